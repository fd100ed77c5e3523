"""The transport over streams: one loop that sends to and receives from all peers at the same time.

Since every party always takes what has come while it waits to send, no size of frames can make parties wait
for each other in a circle. The streams are `tcp.Link` or `tls.TlsLink`; the loop does not know which.
"""

from __future__ import annotations

import os
import selectors
import time
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

from ..errors import PeerError
from .base import CONTROL_LIMIT, HEADER_BYTES, Bytes, Round, Transport
from .channel import LAST_WORDS, Channel
from .frame import CONTROL, ROUND, Header, check_plan, outgoing
from .tcp import Link

#: A frame that is being filled is sent in pieces of at least this many bytes.
_PIECE = 1 << 16

#: How often the processor is passed on before a sleep: a peer on the same machine is mostly about to send, and being
#: woken takes longer than its turn.
_TURNS = 3
_pass_on: Callable[[], None] = getattr(os, "sched_yield", lambda: None)

#: Seconds of one sleep, and by how much it may last longer before this process counts as having stood still itself.
_NAP, _LATE = 1.0, 0.5


class SocketTransport(Transport):
    """The links of party `me`.

    `links` are by the position of the peer; `names` are those of all computing parties, for messages.
    `timeout`: seconds without any progress after which a peer that is waited for counts as silent, and for which
    it may fall behind the slowest link that there can be, `channel.SLOWEST`.
    """

    def __init__(self, me: int, names: Sequence[str], links: Mapping[int, Link],
                 timeout: float = 30.0) -> None:
        self.me = me
        self.parties = len(names)
        self.patience = timeout
        self._channels = {peer: Channel(peer, names[peer], link) for peer, link in sorted(links.items())}
        self._selector = selectors.DefaultSelector()
        self._sent = 0
        self._waited = dict.fromkeys(self._channels, 0.0)
        self._stood = 0.0
        self._controls = 0
        self._closed = False

    @property
    def bytes_sent(self) -> int:
        return self._sent

    @property
    def waited(self) -> Mapping[int, float]:
        return dict(self._waited)

    def begin(self, number: int, outgoing: Mapping[int, int], incoming: Mapping[int, int]) -> Round:
        check_plan(self.me, self.parties, number, outgoing, incoming)
        self._check_open()
        return _SocketRound(self, number, outgoing, incoming)

    def control(self, payload: bytes) -> dict[int, bytes]:
        if len(payload) > CONTROL_LIMIT:
            raise ValueError(f"a control message of {len(payload)} bytes; at most {CONTROL_LIMIT} are sent")
        self._check_open()
        number, self._controls = self._controls, self._controls + 1
        for peer, channel in self._channels.items():
            frame = memoryview(Header(CONTROL, self.me, peer, number, len(payload)).pack() + payload)
            channel.start(frame, len(frame))
            channel.expect(Header(CONTROL, peer, self.me, number, 0))
        self.settle(self._channels.values())
        return {peer: self.collect(peer).tobytes() for peer in self._channels}

    def close(self, reason: str = "") -> None:
        if self._closed:
            return
        self._closed = True
        channels = self._channels.values()
        if reason:
            until = time.monotonic() + LAST_WORDS
            for channel in channels:
                channel.last_words(self.me, reason, until)
            for channel in channels:
                channel.drain(until)
        for channel in channels:
            channel.link.close()
        self._selector.close()

    def channel(self, peer: int) -> Channel:
        """The state of the link to `peer`."""
        return self._channels[peer]

    def pump(self) -> None:
        """Receives what has come for the frames under way, without blocking. Raises PeerError."""
        for channel in self._channels.values():
            channel.receive()

    def collect(self, peer: int) -> Bytes:
        """The body of the frame from `peer` that has come whole."""
        channel = self._channels[peer]
        assert channel.inbound is not None
        body, channel.inbound = channel.inbound.body, None
        return body

    def settle(self, channels: Collection[Channel]) -> None:
        """Sends and receives until the frames of `channels` are through.

        Raises PeerError for a peer that is gone, stopped, silent or too slow, or that sends what it should not.
        """
        for channel in channels:
            channel.wait()
        begun, stood, turns = time.monotonic(), self._stood, _TURNS
        pending = last = list(channels)
        while True:
            more = False
            for channel in pending:
                more |= channel.send()
                more |= channel.receive()
            last, pending = pending, [channel for channel in pending if channel.wants()]
            if not pending:
                break
            if more or not turns:
                self._wait(pending, poll=more)
            else:
                turns -= 1
                _pass_on()
        for channel in last[-1:]:
            self._waited[channel.peer] += time.monotonic() - begun - (self._stood - stood)

    def count(self, nbytes: int) -> None:
        """Adds to the bytes of round frames sent."""
        self._sent += nbytes

    def _wait(self, pending: Sequence[Channel], poll: bool) -> None:
        """Sleeps until one of the links can go on, or a while. Raises PeerError for one that is past its deadline.

        Who is stopped while it waits does not wait: what a sleep lasts beyond its time is no peer's doing.
        """
        self._watch(pending)
        first = min(pending, key=lambda channel: channel.deadline(self.patience))
        left = first.deadline(self.patience) - time.monotonic()
        if left <= 0:
            raise first.silence(self.patience)
        begun, nap = time.monotonic(), 0 if poll else min(left, _NAP)
        self._selector.select(nap)
        late = time.monotonic() - begun - nap
        if late > _LATE:
            self._stood += late

    def _watch(self, pending: Iterable[Channel]) -> None:
        """Brings the selector in line with what the pending channels want; it stays so until the next wait, which is
        mostly for the same."""
        wanted = {channel.peer: channel.wants() for channel in pending}
        for peer, channel in self._channels.items():
            events = wanted.get(peer, 0)
            if events == channel.watched:
                continue
            if not channel.watched:
                self._selector.register(channel.link.sock, events)
            elif not events:
                self._selector.unregister(channel.link.sock)
            else:
                self._selector.modify(channel.link.sock, events)
            channel.watched = events

    def _check_open(self) -> None:
        if self._closed:
            raise PeerError("the links of this party are closed")


class _SocketRound(Round):
    def __init__(self, transport: SocketTransport, number: int, to: Mapping[int, int],
                 incoming: Mapping[int, int]) -> None:
        self._transport = transport
        self._incoming = tuple(incoming)
        self._failure: PeerError | None = None
        self._frames: dict[int, memoryview] = {}
        self.out = {}
        for peer, length in to.items():
            frame, self.out[peer] = outgoing(Header(ROUND, transport.me, peer, number, length))
            self._frames[peer] = frame.data
            transport.channel(peer).start(self._frames[peer], 0)
        for peer, length in incoming.items():
            transport.channel(peer).expect(Header(ROUND, peer, transport.me, number, length))

    def ready(self, peer: int, filled: int) -> None:
        length = len(self.out[peer])
        if not 0 <= filled <= length:
            raise ValueError(f"{filled} bytes ready of a frame of {length}")
        channel = self._transport.channel(peer)
        final = HEADER_BYTES + filled
        if self._failure is not None or final <= channel.final:
            return
        channel.final = final
        if final - channel.sent < _PIECE and filled < length:
            return
        # What goes wrong here is told by `finish`, when nobody is in the middle of computing.
        try:
            channel.send()
            if filled < length:  # what is whole is mostly the last of a round, and `finish` looks at once
                self._transport.pump()
        except PeerError as error:
            self._failure = error

    def finish(self) -> dict[int, Bytes]:
        for peer, frame in self._frames.items():
            self._transport.channel(peer).final = len(frame)
        if self._failure is not None:
            raise self._failure
        involved = sorted({*self._frames, *self._incoming})
        self._transport.settle([self._transport.channel(peer) for peer in involved])
        self._transport.count(sum(len(frame) for frame in self._frames.values()))
        return {peer: self._transport.collect(peer) for peer in self._incoming}
