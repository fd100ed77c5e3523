"""What measures, run at small sizes: every sample runs under every protocol, and what is found is a time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from functools import partial
from itertools import pairwise

import pytest
from cloister.runtime.measure import links, medley, speeds, transfers
from cloister.runtime.measure.medley import Medley
from cloister.runtime.measure.samples import samples
from cloister.runtime.protocols.registry import for_name
from cloister.runtime.transport.base import Transport
from cloister.runtime.transport.memory import network
from cloister.runtime.transport.shaping import Shape, ShapedTransport

from ..net.parties import succeed
from .hurry import hurry

Played = Callable[[int], Medley]


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    hurry(monkeypatch)


@pytest.mark.parametrize(("name", "parties"), [("replicated", 3), ("additive", 2), ("additive", 3)])
def test_every_kind_of_work_is_measured(quick: None, name: str, parties: int) -> None:
    protocol = for_name(name, parties)
    heard: list[tuple[int, int]] = []
    found = speeds.measure(protocol, lambda done, of: heard.append((done, of)))
    assert found.keys() == samples(protocol.passes).keys()
    assert heard[-1] == (len(found), len(found))
    for points in found.values():
        assert [point.units for point in points] == sorted({point.units for point in points})
        assert all(0 <= point.mean <= point.most < 1 for point in points)


def test_transfers_are_measured(quick: None) -> None:
    found = transfers.measure()
    assert set(transfers.TRANSFERS) <= found.keys()
    assert all(0 <= seconds < 1 for seconds in found.values())


def measure(parties: int, shape: Shape | None = None, shared: bool = True) -> list[links.Links]:
    inner = network(parties)
    over = [ShapedTransport(one, shape) for one in inner] if shape is not None else inner

    def party(me: int) -> Callable[[], links.Links]:
        return lambda: links.measure(over[me], shared)

    return succeed(*(party(me) for me in range(parties)), timeout=60.0)


@pytest.mark.parametrize(("name", "parties"), [("replicated", 3), ("additive", 2), ("additive", 3)])
def test_medleys_are_played_together(quick: None, name: str, parties: int) -> None:
    protocol = for_name(name, parties)
    for played in (*(partial(medley.rounds, protocol, n, 0.0) for n in medley.SIZES),
                   *(partial(medley.turns, protocol, n) for n in medley.GROUPS)):
        over = network(parties)

        def party(me: int, over: list[Transport] = over, played: Played = played) -> Callable[[], float]:
            keys = {peer: bytes(32) for peer in range(parties) if peer != me}
            return lambda: medley.seconds(protocol, over[me], keys, 0.0, played)

        assert all(abs(seconds) < 1 for seconds in succeed(*(party(me) for me in range(parties)), timeout=60.0))


def _ops(played: Played) -> Counter[str]:
    """The instructions of one pass."""
    first, second = (Counter(instr.op for step in played(passes)[0].body.steps
                             for instr in (*step.local, *step.exchange)) for passes in (1, 2))
    return second - first


@pytest.mark.parametrize("group", medley.GROUPS)
def test_every_kind_takes_its_turns_in_a_medley(group: int) -> None:
    protocol = for_name("replicated", 3)
    found = _ops(partial(medley.turns, protocol, group))
    assert found.pop("reveal") == 1  # the mark
    assert sum(found.values()) == 8 * medley.kinds(protocol)
    assert found["neg"] == 8


@pytest.mark.parametrize("size", medley.SIZES)
def test_instructions_stand_between_the_rounds_of_a_medley(size: int) -> None:
    """A round for each that sends, alike for some turns: the same kinds are near each other, as in a program."""
    program, _ = medley.rounds(for_name("replicated", 3), size, 0.0, 1)
    steps = [step for step in program.body.steps if step.local and step.exchange]
    assert len(steps) > 30
    for step in steps:
        assert [len(step.local), len(step.exchange)] == [8, 1]
    assert all([i.op for i in one.local] == [i.op for i in other.local]
               for i in range(0, len(steps), 8) for one, other in pairwise(steps[i:i + 8]))


def test_slow_links_have_fewer_rounds_to_play() -> None:
    """A calibration over them takes about a minute too."""
    played = [medley.rounds(for_name("replicated", 3), 1, latency, 1)[0] for latency in (0.0, 0.05)]
    many, few = (sum(bool(step.exchange) for step in program.body.steps) for program in played)
    assert few < 15 < 8 * few < many + 15


@pytest.mark.parametrize("parties", [2, 3])
def test_links_are_measured_and_all_find_the_same(quick: None, parties: int) -> None:
    found = measure(parties)
    for me, one in enumerate(found):
        assert one.all == found[0].all
        assert one.peers.keys() == set(range(parties)) - {me}
        assert len(one.crowd) == parties
        assert all(point.times >= 1 for points in one.crowd for point in points)
        assert all(point.times == 1 for point in one.crowd[0])
        assert min(one.round, one.frame, one.byte) >= 0
        assert all(link.latency >= 0 < link.bandwidth for link in (one.all, *one.peers.values()))


def test_who_has_a_machine_alone_is_held_up_by_nobody(quick: None) -> None:
    assert [len(one.crowd) for one in measure(3, shared=False)] == [1, 1, 1]


def test_a_long_line_is_found_to_be_long(quick: None) -> None:
    found = measure(2, Shape(0.05, 1e6))[0]
    assert 0.03 < found.all.latency < 0.1
    assert 5e5 < found.all.bandwidth < 1.6e6
