"""Shaped links take as long as they should, and change nothing of what is sent; a proxy process takes as long."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import numpy as np
import pytest
from cloister.runtime.errors import PeerError
from cloister.runtime.session import connect
from cloister.runtime.transport.base import HEADER_BYTES, Transport
from cloister.runtime.transport.memory import network
from cloister.runtime.transport.shaping import Shape, ShapedTransport

from .parties import identities, listeners, succeed

#: A long line: seconds one way, bytes a second.
WAN = Shape(0.04, 12.5e6)
#: What the machine may add while it does other things.
SLACK = 0.15


def ring(transport: Transport, count: int, nbytes: int, work: float = 0.0) -> float:
    """Seconds of `count` rounds in which everybody sends to the next; checks what comes."""
    parties, me = transport.parties, transport.me
    begun = time.monotonic()
    for number in range(count):
        time.sleep(work)
        to, of = (me + 1) % parties, (me - 1) % parties
        link = transport.begin(number, {to: nbytes}, {of: nbytes})
        assert len(link.out[to]) == nbytes
        link.out[to][...] = (me + number) % 251
        link.ready(to, nbytes)
        found = link.finish()
        assert found.keys() == {of}
        assert len(found[of]) == nbytes
        assert np.all(found[of] == (of + number) % 251)
    return time.monotonic() - begun


def shaped(shape: Shape, run: Any, parties: int = 3) -> list[Any]:
    links = [ShapedTransport(inner, shape) for inner in network(parties)]
    with ThreadPoolExecutor(parties) as pool:
        return [one.result() for one in [pool.submit(run, link) for link in links]]


def test_a_round_takes_the_latency() -> None:
    seconds = max(shaped(Shape(0.02, 1e9), lambda link: ring(link, 10, 8)))
    assert 0.2 <= seconds + 0.005 < 0.2 + SLACK


def test_bytes_take_their_time() -> None:
    seconds = max(shaped(Shape(0.0, 1e6), lambda link: ring(link, 4, 50_000)))
    assert 0.2 <= seconds + 0.005 < 0.2 + SLACK


def test_waiting_and_computing_go_on_at_the_same_time() -> None:
    """A party that computes for longer than the latency finds its frame there."""
    def run(link: Transport) -> float:
        return ring(link, 5, 8, work=0.06 if link.me == 0 else 0.0)

    seconds = max(shaped(Shape(0.03, 1e9), run, 2))
    assert seconds < 5 * 0.09 + SLACK


def test_peers_share_what_a_party_receives() -> None:
    def run(link: Transport) -> float:
        peers = [p for p in range(3) if p != link.me]
        begun = time.monotonic()
        sizes = dict.fromkeys(peers, 50_000)
        exchange = link.begin(0, sizes, sizes)
        for peer in peers:
            exchange.out[peer][...] = 1
        exchange.finish()
        return time.monotonic() - begun

    seconds = max(shaped(Shape(0.0, 1e6), run))
    assert 0.1 <= seconds + 0.005 < 0.1 + SLACK


def test_stamps_are_not_counted() -> None:
    def run(link: Transport) -> int:
        ring(link, 3, 40)
        return link.bytes_sent

    assert shaped(Shape(0.0, 1e9), run) == [3 * (HEADER_BYTES + 40)] * 3


def test_empty_bodies_travel() -> None:
    assert shaped(Shape(0.0, 1e9), lambda link: ring(link, 2, 0))


def test_control_messages_wait_too_and_stay_what_they_are() -> None:
    def run(link: Transport) -> tuple[float, dict[int, bytes]]:
        begun = time.monotonic()
        found = link.control(b"from %d" % link.me)
        return time.monotonic() - begun, found

    for me, (seconds, found) in enumerate(shaped(Shape(0.05, 1e9), run)):
        assert 0.045 <= seconds < 0.05 + SLACK
        assert found == {peer: b"from %d" % peer for peer in range(3) if peer != me}


def test_patience_and_the_end_are_those_of_the_links_within() -> None:
    inner = network(2)
    link = ShapedTransport(inner[0], Shape(0.0, 1e9))
    link.patience = 7.0
    assert inner[0].patience == link.patience == 7.0
    link.close("enough")
    with pytest.raises(PeerError, match="enough"):
        inner[1].begin(0, {}, {0: 8}).finish()


@pytest.fixture
def wan_to() -> Iterator[Any]:
    """Starts a proxy to a port and gives its own."""
    running = []

    def start(port: int) -> int:
        command = [sys.executable, "-m", "tests.net.proxy", str(port), str(WAN.latency), str(WAN.bandwidth)]
        running.append(subprocess.Popen(command, stdout=subprocess.PIPE, text=True))
        return int(running[-1].stdout.readline())  # type: ignore[union-attr]

    yield start
    for process in running:
        process.kill()
        process.wait()


@pytest.mark.slow
def test_a_proxy_in_between_takes_as_long(wan_to: Any) -> None:
    """The wrapper's long line beside one between sockets, with TLS over it: small rounds, and large ones."""
    names, known = ("north", "south"), identities(("north", "south"))
    certificates = [one.certificate for one in known]
    with listeners(2) as sockets:
        own, proxy = sockets[0].getsockname(), ("127.0.0.1", wan_to(sockets[0].getsockname()[1]))

        def join(me: int) -> Any:
            addresses = [proxy if me else own, own]
            return lambda: connect(me, names, addresses, known[me], certificates, listener=sockets[me], timeout=10)

        links = [session.transport for session in succeed(join(0), join(1))]
    for count, nbytes in ((20, 8), (6, 1_000_000)):
        rounds = partial(ring, count=count, nbytes=nbytes)
        beside = max(succeed(*(partial(rounds, link) for link in links)))
        assert beside == pytest.approx(max(shaped(WAN, rounds, 2)), rel=0.2)
    for link in links:
        link.close()


def test_what_a_slow_link_takes_is_counted_as_waiting() -> None:
    def run(transport: Transport) -> float:
        ring(transport, 3, 8)
        return sum(transport.waited.values())

    for waited in shaped(Shape(0.1, 1e9), run):
        assert 0.25 < waited < 5.0
