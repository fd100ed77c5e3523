"""Every transport does the same: one suite over memory, TCP and TLS."""

from __future__ import annotations

import threading
import time

import numpy as np
import pytest
from cloister.runtime.errors import PeerError
from cloister.runtime.transport import channel
from cloister.runtime.transport.base import CONTROL_LIMIT, HEADER_BYTES, Transport
from cloister.runtime.transport.frame import ABORT_LIMIT, ROUND, Header, abort_frame, stopped, unpack
from cloister.runtime.transport.sockets import SocketTransport

from .parties import KINDS, NAMES, linked, succeed, together

every_kind = pytest.mark.parametrize("kind", KINDS)


def pattern(src: int, dst: int, number: int, length: int) -> np.ndarray:
    """Bytes that differ by link and round."""
    period = (np.arange(251) * 31 + 7 * src + 11 * dst + 13 * number) % 251
    return np.resize(period.astype(np.uint8), length)


def exchange(transport: Transport, number: int, lengths: dict[tuple[int, int], int]) -> None:
    """One round with a frame of the given length on each of the links; checks what comes."""
    me = transport.me
    to = {dst: n for (src, dst), n in lengths.items() if src == me}
    incoming = {src: n for (src, dst), n in lengths.items() if dst == me}
    under_way = transport.begin(number, to, incoming)
    assert under_way.out.keys() == to.keys()
    for peer, body in under_way.out.items():
        assert len(body) == to[peer]
        assert not len(body) or body.ctypes.data % 64 == 0
        body[:] = pattern(me, peer, number, to[peer])
    received = under_way.finish()
    assert received.keys() == incoming.keys()
    for peer, body in received.items():
        np.testing.assert_array_equal(body, pattern(peer, me, number, incoming[peer]))
        assert not len(body) or body.ctypes.data % 64 == 0
        body[:] = 0  # what came is the receiver's own


@every_kind
def test_rounds_of_all_sizes(kind: str) -> None:
    sizes = [0, 1, 7, 8, 63, 64, 65, 1000, 1 << 16, (1 << 20) + 3]

    def run(transport: Transport) -> int:
        for number, size in enumerate(sizes):
            exchange(transport, number, {(s, d): size + s for s in range(3) for d in range(3) if s != d})
        return transport.bytes_sent

    with linked(kind) as transports:
        sent = succeed(*[lambda t=t: run(t) for t in transports])
    assert sent == [sum(2 * (HEADER_BYTES + size + me) for size in sizes) for me in range(3)]


@every_kind
def test_rounds_need_not_be_symmetric(kind: str) -> None:
    plans = [{(0, 1): 5}, {}, {(1, 0): 100_000, (2, 0): 0}, {(2, 1): 1}, {(0, 1): 3, (1, 2): 4, (2, 0): 5}]
    with linked(kind) as transports:
        succeed(*[lambda t=t: [exchange(t, n, plan) for n, plan in enumerate(plans)] for t in transports])


@every_kind
def test_large_frames_both_ways_at_once(kind: str) -> None:
    size = 12 << 20
    with linked(kind, parties=2) as transports:
        succeed(*[lambda t=t: exchange(t, 0, {(0, 1): size, (1, 0): size}) for t in transports])


@every_kind
def test_a_frame_filled_piece_by_piece(kind: str) -> None:
    size, pieces = 3_000_000, 10

    def run(transport: Transport) -> None:
        peer = 1 - transport.me
        under_way = transport.begin(4, {peer: size}, {peer: size})
        content = pattern(transport.me, peer, 4, size)
        for i in range(pieces):
            a, b = size * i // pieces, size * (i + 1) // pieces
            under_way.out[peer][a:b] = content[a:b]
            under_way.ready(peer, b)
        received = under_way.finish()
        np.testing.assert_array_equal(received[peer], pattern(peer, transport.me, 4, size))
        np.testing.assert_array_equal(under_way.out[peer], content)

    with linked(kind, parties=2) as transports:
        succeed(*[lambda t=t: run(t) for t in transports])


@every_kind
def test_one_party_far_ahead(kind: str) -> None:
    """Frames of later rounds wait in the link."""
    def sender(transport: Transport) -> None:
        for number in range(200):
            exchange(transport, number, {(0, 1): number})

    def receiver(transport: Transport) -> None:
        time.sleep(0.2)
        sender(transport)

    with linked(kind, parties=2) as transports:
        succeed(lambda: sender(transports[0]), lambda: receiver(transports[1]))


@every_kind
def test_control_messages(kind: str) -> None:
    def run(transport: Transport) -> None:
        for size in (0, 1, 1000, 300_000):
            got = transport.control(bytes([transport.me]) * size)
            assert got == {p: bytes([p]) * size for p in range(3) if p != transport.me}
            exchange(transport, size, {(0, 1): 9})
        with pytest.raises(ValueError, match="control message"):
            transport.control(bytes(CONTROL_LIMIT + 1))
        assert transport.bytes_sent == (4 * (HEADER_BYTES + 9) if transport.me == 0 else 0)

    with linked(kind) as transports:
        succeed(*[lambda t=t: run(t) for t in transports])


@every_kind
@pytest.mark.parametrize(("ours", "theirs", "words"), [
    ((3, 100), (4, 100), "round 4, expected 3"),
    ((3, 100), (3, 101), "length 101, expected 100"),
    ((3, 100), (3, 0), "length 0, expected 100"),
])
def test_another_frame_than_expected(kind: str, ours: tuple[int, int], theirs: tuple[int, int],
                                     words: str) -> None:
    with linked(kind, parties=2) as transports:
        def send() -> None:
            transports[0].begin(theirs[0], {1: theirs[1]}, {}).finish()

        def receive() -> None:
            transports[1].begin(ours[0], {}, {0: ours[1]}).finish()

        _, error = together(send, receive)
    assert isinstance(error, PeerError)
    assert str(error).startswith("north sent a frame with ")
    assert words.split(", ")[1] in str(error)


@every_kind
def test_a_round_where_a_control_message_belongs(kind: str) -> None:
    with linked(kind, parties=2) as transports:
        first, second = together(lambda: transports[0].control(b"hello"),
                                 lambda: transports[1].begin(0, {0: 1}, {0: 1}).finish())
    assert "north sent a control message where a frame of a round was expected" in str(second)
    assert "south sent a frame of a round where a control message was expected" in str(first)


@every_kind
def test_a_silent_peer(kind: str) -> None:
    with linked(kind, parties=2, silence=0.3) as transports:
        start = time.monotonic()
        with pytest.raises(PeerError, match=r"south sent nothing for 0\.3 s"):
            transports[0].begin(0, {}, {1: 8}).finish()
        assert time.monotonic() - start < 2


@pytest.mark.parametrize("kind", ["tcp", "tls"])
@pytest.mark.parametrize("size", [2_000, 200_000])
def test_a_peer_that_drips(kind: str, size: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is never silent for long, but a frame has its time: as long as the slowest link would take, and patience."""
    with linked(kind, parties=2, silence=0.4) as transports:
        slow = transports[1]
        assert isinstance(slow, SocketTransport)
        link, frame = slow.channel(0).link, Header(ROUND, 1, 0, 0, size).pack() + bytes(size)
        ended = threading.Event()

        def drip() -> None:
            for i in range(len(frame)):
                link.send(memoryview(frame)[i:i + 1])
                if ended.wait(0.02):
                    return

        dripping = threading.Thread(target=drip)
        dripping.start()
        start = time.monotonic()
        monkeypatch.setattr(channel, "SLOWEST", size / 0.2)
        with pytest.raises(PeerError, match=r"south is too slow: a frame of \d+ bytes takes longer than \d s"):
            transports[0].begin(0, {}, {1: size}).finish()
        assert 0.5 < time.monotonic() - start < 5
        ended.set()
        dripping.join()


@every_kind
def test_a_closed_link(kind: str) -> None:
    with linked(kind, parties=2) as transports:
        transports[1].close()
        start = time.monotonic()
        with pytest.raises(PeerError, match="south closed the link"):
            transports[0].begin(0, {}, {1: 8}).finish()
        assert time.monotonic() - start < 2
        transports[1].close("again")
        with pytest.raises(PeerError, match="links of this party are closed"):
            transports[1].begin(0, {}, {})
        with pytest.raises(PeerError, match="links of this party are closed"):
            transports[1].control(b"")


@every_kind
def test_a_party_that_stops_says_why(kind: str) -> None:
    def wait(transport: Transport) -> str:
        with pytest.raises(PeerError) as caught:
            transport.begin(0, {0: 100}, {0: 100}).finish()
        transport.close(str(caught.value))
        return str(caught.value)

    with linked(kind) as transports:
        start = time.monotonic()
        heard = together(lambda: transports[0].close("its data does not fit\nthe declaration"),
                         *[lambda t=t: wait(t) for t in transports[1:]])
        assert time.monotonic() - start < 5
    assert heard[1:] == ["north stopped: its data does not fit�the declaration"] * 2


@every_kind
def test_the_cause_is_heard_after_frames_and_by_a_sender(kind: str) -> None:
    """A party that stops has often received much that it will not read."""
    with linked(kind, parties=2) as transports:
        def stop() -> None:
            transports[0].begin(0, {1: 50_000}, {}).finish()
            transports[0].close("an assumption does not hold")

        def go_on() -> str:
            exchanged = transports[1].begin(0, {}, {0: 50_000}).finish()
            assert len(exchanged[0]) == 50_000
            with pytest.raises(PeerError) as caught:
                transports[1].begin(1, {0: 32 << 20}, {0: 32}).finish()
            transports[1].close()
            return str(caught.value)

        results = together(stop, go_on)
    assert results == [None, "north stopped: an assumption does not hold"]


@every_kind
def test_a_plan_that_no_frame_can_carry(kind: str) -> None:
    with linked(kind, parties=2) as transports:
        for number, to, incoming in ((0, {0: 1}, {}), (0, {2: 1}, {}), (0, {}, {1: -1}), (1 << 32, {}, {}),
                                     (-1, {}, {})):
            with pytest.raises(ValueError, match=r"round|frame"):
                transports[0].begin(number, to, incoming)
        under_way = transports[0].begin(0, {1: 10}, {})
        with pytest.raises(ValueError, match="11 bytes ready"):
            under_way.ready(1, 11)


def test_headers_and_last_words() -> None:
    header = Header(b"CR", 1, 2, 1 << 31, 1 << 40)
    assert len(header.pack()) == HEADER_BYTES
    assert unpack(header.pack()) == header
    frame = abort_frame(0, 1, "é" * ABORT_LIMIT)
    assert len(frame) == HEADER_BYTES + ABORT_LIMIT
    assert str(stopped("north", b"\x1b[31mred\xff")) == "north stopped: �[31mred�"
    assert NAMES[0] == "north"


def test_recorded_frames() -> None:
    with linked("recorded", parties=2) as transports:
        succeed(*[lambda t=t: exchange(t, 7, {(0, 1): 3, (1, 0): 0}) for t in transports])
        frames = [[(f.sent, f.round, f.peer, f.length, f.body) for f in t.frames] for t in transports]
    body = pattern(0, 1, 7, 3).tobytes()
    assert frames[0] == [(True, 7, 1, 3, body), (False, 7, 1, 0, b"")]
    assert frames[1][0] == (True, 7, 0, 0, b"")
    assert frames[1][1] == (False, 7, 0, 3, body)


@every_kind
def test_waiting_counts_for_the_peer_that_came_last(kind: str) -> None:
    late, everybody = 0.4, {(s, d): 100 for s in range(3) for d in range(3) if s != d}

    def run(transport: Transport) -> dict[int, float]:
        for number in range(2):
            if transport.me == 2:
                time.sleep(late)
            exchange(transport, number, everybody)
        return dict(transport.waited)

    with linked(kind) as transports:
        waited = succeed(*[lambda t=t: run(t) for t in transports])
    for me in (0, 1):
        assert waited[me].keys() == {0, 1, 2} - {me}
        assert waited[me][2] > 1.8 * late
        assert waited[me][1 - me] < late
    assert sum(waited[2].values()) < late
