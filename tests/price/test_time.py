"""The model of time: what it adds up is what the executor does, each thing once."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import msgspec
import pytest
from cloister.compiler.pipeline import Compiled, Options, compile_program, load_program, read_file, read_text
from cloister.compiler.price.network import LAN, LOCAL, NETWORKS, WAN
from cloister.compiler.price.profile import Machine, Profile, of
from cloister.compiler.price.time import Rates, interpolated, times
from cloister.compiler.report.estimate import estimate
from cloister.runtime.instructions import INSTRUCTIONS
from cloister.runtime.measure.links import Factor
from cloister.runtime.measure.medley import Since, Wake
from cloister.runtime.measure.samples import samples
from cloister.runtime.measure.speeds import Point
from cloister.runtime.program import Instr, ValueType
from cloister.runtime.protocols.registry import for_name

EXAMPLES = sorted((Path(__file__).parents[2] / "examples").glob("*/program.mpc"))

HEAD = "party a, b, c\nsecurity honest_majority, semi_honest\nsize n <= 1_000_000\n"
COMPARED = "input x: int32[n] from a\ninput y: int32[n] from b\noutput r = count(x < y) to c\n"
LOOPED = ("input x: int8[n] in -3..3 from a\ninput y: int8 in -1..1 from b\ns: int8 = 1\nfor i in range(n):\n"
          "    s = clamp(s * y + x[i], -100, 100)\noutput r = s to all\n")
TWO = ("party a, b\nsecurity dishonest_majority, semi_honest\nsize n <= 1_000_000\n"
       "input x: int32[n] from a\ninput y: int32[n] from b\noutput r = sum(x * y) to a\n")


def compiled(text: str, n: int) -> Compiled:
    return compile_program(load_program(read_text(text)), {"n": n}, Options(LAN))


def seconds(made: Compiled, profile: Profile) -> float:
    return times(made.program, made.protocol, profile).online


def test_every_instruction_has_a_sample_or_takes_no_work() -> None:
    sampled = {make(1 << 12).op for make in samples(1).values()}
    views = {"reshape", "broadcast", "narrow", "slice", "transpose", "share", "require"}
    alike = {"take_at", "put_at", "pad", "invert", "fold_planes", "unfold_planes", "scatter"}
    assert INSTRUCTIONS.keys() - sampled - views - alike == set()


@pytest.mark.parametrize("kind", samples(1))
def test_a_sample_is_of_its_kind(kind: str) -> None:
    units = [samples(1)[kind](size).effort(kind).units for size in (1 << 6, 1 << 12, 1 << 16)]
    assert kind == "fixed" or units[0] < units[1] < units[2]


@pytest.mark.parametrize("text", [HEAD + COMPARED, HEAD + LOOPED])
def test_every_round_waits_once_for_the_latency(text: str) -> None:
    made, profile = compiled(text, 100), of(WAN)
    price = estimate(made.program, made.protocol, WAN)
    waited = seconds(made, replace(profile, latency=2 * profile.latency)) - seconds(made, profile)
    ending = 1  # a message of control
    assert waited == pytest.approx((price.rounds + ending) * profile.latency)


def test_a_round_takes_the_work_of_all_parties_that_share_a_machine() -> None:
    """Where that is longer than what a small frame takes."""
    made = compiled(HEAD + COMPARED, 1)
    machine = msgspec.structs.replace(of(LOCAL).machine, round=1.0, crowd=((Factor(1e-3, 1.5),),))
    price, profile = estimate(made.program, made.protocol, LOCAL), replace(of(LOCAL), machine=machine)
    ending = 1
    assert seconds(made, profile) == pytest.approx((price.rounds + ending) * 3 * 1.5, rel=0.01)
    assert seconds(made, replace(profile, shared=False, latency=0.5)) == pytest.approx(price.rounds + ending, rel=0.01)


def test_bytes_take_the_bandwidth() -> None:
    """With nothing to compute and no latency, what is left is what the busiest party sends in each round."""
    made = compiled(HEAD + "input x: int64[n] in 0..1000 from a\noutput r = x to all\n", 500_000)
    profile = replace(of(WAN), latency=0.0, bandwidth=1e5)
    price = estimate(made.program, made.protocol, profile)
    assert price.seconds == pytest.approx(12.5, rel=0.02)  # ten planes of 62,500 bytes, shared and opened


@pytest.mark.parametrize("text", [HEAD + COMPARED, HEAD + LOOPED, TWO])
def test_more_rows_take_longer_and_so_do_slower_networks(text: str) -> None:
    by_size = [seconds(compiled(text, n), of(LAN)) for n in (10, 300, 8000)]
    assert by_size == sorted(by_size)
    made = compiled(text, 300)
    assert seconds(made, of(LAN)) < seconds(made, of(WAN))


def test_parties_that_share_a_machine_hold_each_other_up() -> None:
    made, profile = compiled(HEAD + COMPARED, 100_000), of(LOCAL)
    crowded = replace(profile, machine=_with_crowd(profile, tuple((Factor(1e-3, n),) for n in (1.0, 2.0, 3.0))))
    alone = replace(profile, shared=False)
    work = times(made.program, made.protocol, alone).work
    assert work < times(made.program, made.protocol, crowded).work <= 3 * work * (1 + 1e-9)


def test_longer_work_is_shared_better() -> None:
    """Where it is measured so; what one party enters alone is not shared at all."""
    crowd = ((Factor(1e-4, 2.0), Factor(1e-2, 1.5)),) * 3
    profile = replace(of(LOCAL), machine=_with_crowd(of(LOCAL), crowd))
    alone = replace(profile, shared=False)
    for rows, least, most in ((1, 1.9, 2.0), (1_000_000, 1.2, 1.5)):
        made = compiled(HEAD + "input x: int64[n] in 0..1000 from a\noutput r = sum(x * x) to all\n", rows)
        took = times(made.program, made.protocol, profile).work / times(made.program, made.protocol, alone).work
        assert least < took < most + 1e-9


STIR = (Since(0, 0.0), Since(1, 1.0), Since(3, 2.0))


def test_an_instruction_takes_longer_by_the_kinds_of_work_since_one_of_its_like() -> None:
    machine = msgspec.structs.replace(of(LOCAL).machine, stir=STIR)
    protocol, types = for_name("replicated", 3), [ValueType("arith", 64, (8,))]
    rates, plain = (Rates(protocol, replace(of(LOCAL), machine=msgspec.structs.replace(machine, stir=stir)))
                    for stir in (STIR, STIR[:1]))
    more = []
    for op in ("add", "add", "mul", "add", "add", "neg", "sub", "mul", "reshape", "add"):
        instr = Instr(op, (0,), (0, 0))
        more.append(round(rates.next(instr, types).most - plain.next(instr, types).most, 6))
    assert more == [0, 0, 1, 1, 0, 1.5, 2, 2, 2, 2]


def test_the_trips_of_a_loop_are_alike() -> None:
    """Each has the kinds of work of the last one before it, the first as well."""
    def work(trips: int, stir: tuple[Since, ...]) -> float:
        profile = replace(of(LOCAL), shared=False)
        made = compiled(HEAD + LOOPED, trips)
        machine = msgspec.structs.replace(profile.machine, stir=stir)
        return times(made.program, made.protocol, replace(profile, machine=machine)).work

    more = [work(trips, STIR) - work(trips, STIR[:1]) for trips in (100, 200, 300)]
    assert more[1] - more[0] > 100
    assert more[2] - more[1] == pytest.approx(more[1] - more[0], rel=0.01)


def test_a_round_takes_longer_by_what_was_worked_on_since_the_last() -> None:
    profile = replace(of(LOCAL), shared=False)
    few, many = (times(made.program, made.protocol, replace(profile, machine=msgspec.structs.replace(
        profile.machine, wake=(Wake(0, 0.0), Wake(1_000_000, 1.0))))).work for made in (
            compiled(HEAD + COMPARED, 1000), compiled(HEAD + COMPARED, 100_000)))
    assert 10 < many / few < 120


def test_between_numbers_of_kinds_it_is_on_a_line() -> None:
    machine = msgspec.structs.replace(of(LOCAL).machine, stir=STIR)
    assert [machine.stirred(kinds) for kinds in range(5)] == [0.0, 1.0, 1.5, 2.0, 2.0]


def test_what_a_party_enters_does_not_wait_for_what_another_enters() -> None:
    """Where the links are what takes the time, each party's own is busy at the same time as the others'."""
    one = compiled(HEAD + "input x: int64[n] from a\noutput r = sum(x) to all\n", 100_000)
    two = compiled(HEAD + "input x: int64[n] from a\ninput y: int64[n] from b\n"
                   "output r = sum(x) + sum(y) to all\n", 100_000)
    profile = replace(of(LOCAL), bandwidth=1e6)
    took = [times(made.program, made.protocol, profile).online for made in (one, two)]
    assert took[1] < 1.05 * took[0]


def _with_crowd(profile: Profile, crowd: tuple[tuple[Factor, ...], ...]) -> Machine:
    return msgspec.structs.replace(profile.machine, crowd=crowd)


def test_preprocessing_takes_time_where_there_is_any() -> None:
    few, many = (estimate(made.program, made.protocol, LAN) for made in (compiled(TWO, 10), compiled(TWO, 20_000)))
    assert 0 < few.preprocessing_seconds < many.preprocessing_seconds
    three = compiled(HEAD + COMPARED, 10)
    assert estimate(three.program, three.protocol, LAN).preprocessing_seconds == 0


@pytest.mark.parametrize("program", EXAMPLES, ids=lambda path: path.parent.name)
@pytest.mark.parametrize("network", NETWORKS)
def test_every_example_has_a_time(program: Path, network: str) -> None:
    loaded = load_program(read_file(program))
    sizes = {f"{size.name}.{party}" if size.each else size.name: 7 for size in loaded.head.sizes
             for party in loaded.head.parties}
    made = compile_program(loaded, sizes, Options(NETWORKS[network]))
    price = estimate(made.program, made.protocol, NETWORKS[network])
    assert 0 < price.longest_round <= price.seconds < 3600


def test_between_points_time_is_on_a_line() -> None:
    points = (Point(1, 10.0, 5.0), Point(101, 110.0, 55.0), Point(201, 310.0, 155.0))
    assert interpolated(points, 0).most == 10
    assert interpolated(points, 1).most == 10
    assert interpolated(points, 51) == Point(51, 60.0, 30.0)
    assert interpolated(points, 101).most == 110
    assert interpolated(points, 151).most == 210
    assert interpolated(points, 401) == Point(401, 710.0, 355.0)
    assert interpolated(points[:1], 1000).most == 10


def test_noise_never_makes_more_work_faster() -> None:
    assert interpolated((Point(1, 10.0, 10.0), Point(100, 8.0, 8.0)), 1000).most == 10


def test_a_profile_does_not_change_what_is_compiled() -> None:
    loaded = load_program(read_text(HEAD + COMPARED))
    measured = replace(of(LAN), name="my.json", latency=10.0, bandwidth=1.0)
    made = [compile_program(loaded, {"n": 1000}, Options(network)).program for network in (LAN, measured)]
    assert made[0].circuit_digest == made[1].circuit_digest
