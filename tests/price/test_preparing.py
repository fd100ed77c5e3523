"""The time of preprocessing: its rounds, what travels in them, and the work of both sides of the transfers."""

from __future__ import annotations

from dataclasses import replace

import msgspec
import pytest
from cloister.compiler.pipeline import Compiled, Options, compile_program, load_program, read_text
from cloister.compiler.price.network import LAN
from cloister.compiler.price.preparing import preparing
from cloister.compiler.price.profile import Profile, of
from cloister.compiler.price.time import times
from cloister.runtime.preprocess.needs import needs
from cloister.runtime.preprocess.phase import preprocessing_traffic, rounds

ROWS = 20_000
#: Rounds of control messages around it.
AROUND = 2


def compiled(parties: str, output: str) -> Compiled:
    names = parties.split()
    text = (f"party {', '.join(names)}\nsecurity dishonest_majority, semi_honest\nsize n <= 1_000_000\n"
            f"input x: int32[n] from {names[0]}\ninput y: int32[n] from {names[1]}\noutput r = {output} to a\n")
    return compile_program(load_program(read_text(text)), {"n": ROWS}, Options(LAN))


MADE = {f"{name}, {len(parties.split())} parties": compiled(parties, output)
        for name, output in (("products", "sum(x * y)"), ("comparisons", "count(x < y)"))
        for parties in ("a b", "a b c")}


def _profile(latency: float = 0.0, bandwidth: float = 1e15, transfer: float | None = None) -> Profile:
    """Separate machines; `transfer`: everything of the transfers takes so many seconds."""
    known = replace(of(LAN), latency=latency, bandwidth=bandwidth)
    if transfer is None:
        return known
    machine = known.machine
    transfers = dict.fromkeys(machine.transfers, transfer)
    return replace(known, machine=msgspec.structs.replace(machine, transfers=transfers, byte=transfer))


def _seconds(made: Compiled, profile: Profile) -> float:
    return times(made.program, made.protocol, profile).preprocessing


@pytest.mark.parametrize("name", MADE)
def test_every_round_waits_once(name: str) -> None:
    made = MADE[name]
    rounds_of_it = preprocessing_traffic(made.program, made.protocol).rounds
    more = _seconds(made, _profile(latency=2.0)) - _seconds(made, _profile(latency=1.0))
    assert more == pytest.approx(rounds_of_it + AROUND)


@pytest.mark.parametrize("name", MADE)
def test_a_slow_link_is_what_takes_the_time(name: str) -> None:
    """In each round as long as the party that sends or receives the most."""
    made = MADE[name]
    parties = range(made.protocol.parties)
    expected = 0
    for plan in list(rounds(needs(made.program, made.protocol), made.program.digit_bits))[2:]:
        sent = [[plan.nbytes(src, dst) - plan.start if src != dst else 0 for dst in parties] for src in parties]
        expected += max(*map(sum, sent), *map(sum, zip(*sent, strict=True)))
    assert preparing(made.program, made.protocol, _profile(bandwidth=1.0, transfer=0.0), 0.0) == pytest.approx(
        expected, rel=0.01)


@pytest.mark.parametrize("name", MADE)
def test_all_work_of_both_sides_is_in_it(name: str) -> None:
    """Where a word of choices and a byte of an answer take a second each: no more than one side after the other would
    take, no less than all of it by turns."""
    made = MADE[name]
    batches = [plan.asked for plan in rounds(needs(made.program, made.protocol), made.program.digit_bits)]
    pairs = [(me, peer) for me in range(made.protocol.parties) for peer in range(made.protocol.parties) if me != peer]
    chosen = [batch.between(*pair) for batch in batches for pair in pairs]
    whole = sum(batch.words + batch.reply for batch in chosen)
    machine = _profile(transfer=1.0).machine
    found = preparing(made.program, made.protocol, replace(_profile(), machine=msgspec.structs.replace(
        machine, byte=0.0)), 0.0) - (made.protocol.parties - 1)
    assert whole / made.protocol.parties <= found * (1 + 1e-9)
    assert found <= whole * (1 + 1e-9)
    assert found > 0


@pytest.mark.parametrize("name", ["products", "comparisons"])
def test_with_more_peers_there_is_more_to_make(name: str) -> None:
    assert _seconds(MADE[f"{name}, 2 parties"], of(LAN)) < _seconds(MADE[f"{name}, 3 parties"], of(LAN))
