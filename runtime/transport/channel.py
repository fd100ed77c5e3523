"""One peer of a socket transport: its link, and the frames under way in both directions."""

from __future__ import annotations

import contextlib
import time
from selectors import EVENT_READ, EVENT_WRITE

from ..errors import PeerError
from .base import HEADER_BYTES
from .frame import (
    ABORT,
    ABORT_LIMIT,
    CONTROL,
    ROUND,
    Header,
    abort_frame,
    buffers,
    check,
    check_control,
    stopped,
    unpack,
)
from .tcp import Link

#: Seconds that a broken link is given to tell why, and that a closing party gives its peers to hear it.
LAST_WORDS = 2.0
#: Calls for one peer in a row before the others have their turn.
_BURST = 64
#: Bytes a second that a link has to carry at least: a frame that drips in takes no longer than this allows.
SLOWEST = 20_000


class Inbound:
    """A frame that is coming in: the expected one, or the abort frame that comes in its place."""

    def __init__(self, expected: Header, name: str) -> None:
        self._expected = expected
        self._name = name
        self._header: Header | None = None
        self._got = 0
        # The length of a control message is known only when its header is there.
        self._frame, self.body = buffers(expected.length if expected.kind == ROUND else 0)
        self._room = self._frame.data

    @property
    def nbytes(self) -> int:
        """Bytes of the whole frame, as far as it is known."""
        return len(self._room)

    @property
    def done(self) -> bool:
        """Whether the whole frame is there."""
        return self._header is not None and self._got == len(self._room)

    def receive(self, link: Link) -> int:
        """Takes what is there: how many bytes. Raises PeerError for the wrong frame or an abort."""
        count = link.receive(self._room[self._got:])
        self._got += count
        if self._header is None and self._got >= HEADER_BYTES:
            self._header = unpack(self._room)
            self._identify(self._header)
        if self.done and self._expected.kind == ABORT:
            raise stopped(self._name, self.body.tobytes())
        return count

    def _identify(self, found: Header) -> None:
        if found.kind == ABORT and found.length <= ABORT_LIMIT:
            self._expected = found
            self._resize(found.length)
        elif self._expected.kind == CONTROL:
            check_control(found, self._expected, self._name)
            self._resize(found.length)
        elif self._expected.kind == ABORT:
            raise PeerError(f"{self._name} closed the link")
        else:
            check(found, self._expected, self._name)

    def _resize(self, length: int) -> None:
        """Goes on in a frame of `length` body bytes, with what has come so far."""
        old, self._got = self._frame, min(self._got, HEADER_BYTES + length)
        self._frame, self.body = buffers(length)
        self._frame[:self._got] = old[:self._got]
        self._room = self._frame.data


class Channel:
    """One peer: its link and the frames under way in both directions."""

    def __init__(self, peer: int, name: str, link: Link) -> None:
        self.peer = peer
        self.name = name
        self.link = link
        self.inbound: Inbound | None = None
        self.outbound: memoryview | None = None
        self.sent = 0
        self.final = 0
        self.begun = False
        self.broken = False
        self.watched = 0
        self.started = 0.0
        self.progress = 0.0
        self._outgoing = 0

    def start(self, frame: memoryview, final: int) -> None:
        """Makes `frame` the one to send; its first `final` bytes may go."""
        if self.outbound is not None:
            raise ValueError(f"a frame to {self.name} is still under way")
        self.outbound, self.sent, self.final, self.begun = frame, 0, final, False

    def expect(self, header: Header) -> None:
        """Makes `header` the one of the frame to receive next."""
        self.inbound = Inbound(header, self.name)

    def wants(self) -> int:
        """The events to wait for."""
        reading = EVENT_READ if self.inbound is not None and not self.inbound.done else 0
        return reading | (EVENT_WRITE if self.outbound is not None and self.sent < self.final else 0)

    def send(self) -> bool:
        """Sends what the link takes now; whether it may take more. A broken link is left for reading."""
        for _ in range(_BURST):
            if self.outbound is None or self.sent >= self.final:
                return False
            self.begun = True
            try:
                count = self.link.send(self.outbound[self.sent:min(self.final, self.sent + self.link.chunk)])
            except OSError:
                self._break()
                return False
            if count == 0:
                return False
            self.sent += count
            self.progress = time.monotonic()
            if self.sent == len(self.outbound):
                self.outbound = None
        return True

    def receive(self) -> bool:
        """Takes what is there now; whether there may be more. Raises PeerError."""
        for _ in range(_BURST):
            if self.inbound is None or self.inbound.done:
                return False
            try:
                count = self.inbound.receive(self.link)
            except EOFError:
                raise PeerError(f"{self.name} closed the link") from None
            except OSError as error:
                raise PeerError(f"the link to {self.name} broke: {error.strerror or error}") from None
            if count == 0:
                return False
            self.progress = time.monotonic()
            if self.broken and self.inbound.done:
                self._break()
        return True

    def _under_way(self) -> int:
        """Bytes of the frames in both directions, whole, as far as they are known."""
        return self._outgoing + (self.inbound.nbytes if self.inbound is not None else 0)

    def _break(self) -> None:
        """Nothing can be sent any more: what is still to be read may tell why."""
        self.broken = True
        self.outbound = None
        if self.inbound is None or self.inbound.done:
            self.inbound = Inbound(Header(ABORT, self.peer, 0, 0, 0), self.name)

    def wait(self) -> None:
        """The wait for the frames under way begins now."""
        self.started = self.progress = time.monotonic()
        self._outgoing = len(self.outbound) if self.outbound is not None else 0

    def deadline(self, timeout: float) -> float:
        """When the peer counts as silent, or as too slow for what is under way."""
        if self.broken:
            return self.progress + min(timeout, LAST_WORDS)
        return min(self.progress, self.started + self._under_way() / SLOWEST) + timeout

    def silence(self, timeout: float) -> PeerError:
        """The error for a peer that is past its deadline."""
        if self.broken:
            return PeerError(f"{self.name} closed the link")
        if time.monotonic() < self.progress + timeout:
            spent = time.monotonic() - self.started
            return PeerError(f"{self.name} is too slow: a frame of {self._under_way()} bytes takes longer than "
                             f"{spent:.0f} s")
        if self.wants() & EVENT_READ:
            return PeerError(f"{self.name} sent nothing for {timeout:g} s")
        return PeerError(f"{self.name} took nothing for {timeout:g} s")

    def last_words(self, me: int, reason: str, until: float) -> None:
        """Tells the peer why this party stops, if the stream is or can be brought between two frames."""
        frame = memoryview(abort_frame(me, self.peer, reason))
        if self.outbound is not None and self.begun:
            if self.final < len(self.outbound):
                return  # the rest of this frame was never computed, and nothing else may follow its beginning
            frame = memoryview(self.outbound[self.sent:].tobytes() + frame)
        with contextlib.suppress(OSError):
            self.link.sock.settimeout(max(until - time.monotonic(), 0.01))
            self.link.sock.sendall(frame)
            self.link.half_close()

    def drain(self, until: float) -> None:
        """Reads on until the peer has closed too: a close over unread bytes would destroy the last words."""
        with contextlib.suppress(OSError):
            while (left := until - time.monotonic()) > 0:
                self.link.sock.settimeout(left)
                if not self.link.sock.recv(1 << 16):
                    break
