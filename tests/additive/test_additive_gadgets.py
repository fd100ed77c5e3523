"""Gadgets between two, three and five parties who make their own correlated randomness: every circuit there is for
each, at the edges of ranges, with ties, in both rings and on bits. (With `reference` tests/gadgets goes further.)"""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from cloister.compiler.gadgets import adders, bits, compare, count, divide, extreme, logic, scan, sqrt, truncate
from cloister.compiler.gadgets.kit import Num
from cloister.compiler.gadgets.select import select
from cloister.compiler.intervals import Interval, rounded_div, rounded_shift, rounded_sqrt
from cloister.compiler.ir.build import Value
from cloister.compiler.schedule.rounds import schedule
from cloister.runtime.program import FORMAT, InputSpec, OutputSpec, Program
from cloister.runtime.protocols.additive import Additive

from ..gadgets.bench import Bench
from ..runtime.build import ints
from .parties import run

Expected = list[Any]


class Parted(Bench):
    """A circuit whose inputs come from the parties in turn, and whose results open to all of them."""

    def __init__(self, parties: int, turn: int | None) -> None:
        super().__init__(turn=turn, protocol=Additive(parties))

    def run(self, *results: Num | Value) -> list[np.ndarray]:
        shown = [(r.value, r.range.lo < 0) if isinstance(r, Num) else (r, False) for r in results]
        everybody = tuple(range(self.protocol.parties))
        opened = [self.kit.builder.add("reveal", v, to=everybody, signed=signed) for v, signed in shown]
        circuit = self.kit.builder.finish(opened)
        gives = {name: i % len(everybody) for i, name in enumerate(self.given)}
        inputs = tuple(InputSpec(name, gives[name], "int", 0, str(-1 << 127), str((1 << 127) - 1), values.shape)
                       for name, values in self.given.items())
        outputs = tuple(OutputSpec(f"r{i}", everybody, "int", 0, v.type.shape, i) for i, v in enumerate(opened))
        program = Program(FORMAT, "test", "test", "", tuple(f"p{i}" for i in everybody), everybody, "additive", {},
                          inputs, outputs, schedule(circuit, self.protocol, gives))
        given = {party: {name: values for name, values in self.given.items() if gives[name] == party}
                 for party in everybody}
        found = [[ints(out.value, v.type.width) for out, v in zip(one.outputs, opened, strict=True)]
                 for one in run(program, given).results]
        for other in found[1:]:
            assert all(np.array_equal(a, b) for a, b in zip(found[0], other, strict=True))
        return found[0]


def edges(lo: int, hi: int, n: int, seed: int) -> list[int]:
    """Ends, powers of two with their neighbours, and what is drawn, in a mixed order."""
    rng = random.Random(seed)
    around = [s * (1 << e) + o for e in range(0, hi.bit_length(), 7) for s in (1, -1) for o in (-1, 0, 1)]
    found = [lo, hi, *(v for v in (*around, 0, lo + 1, hi - 1) if lo <= v <= hi)]
    found += [rng.randint(lo, hi) for _ in range(n)]
    return rng.sample(found[:n], n) if len(found) >= n else found


def _compares(bench: Parted) -> tuple[list[Num | Value], Expected]:
    lo, hi = -1 << 63, (1 << 63) - 1
    a, b = edges(lo, hi, 65, 1), edges(lo, hi, 65, 2)
    b[:20] = a[:20]
    x, y, flags = bench.arith(a, lo, hi, 128), bench.planes(b, lo, hi), bench.planes([v & 1 for v in range(65)], 0, 1)
    kit, pairs = bench.kit, list(zip(a, b, strict=True))
    return [compare.less(kit, x, y), compare.equal(kit, x, y), extreme.minimum(kit, x, y), extreme.maximum(kit, x, y),
            select(kit, flags.value, x, y), compare.negative(kit, x)], [
        [int(p < q) for p, q in pairs], [int(p == q) for p, q in pairs], [min(pair) for pair in pairs],
        [max(pair) for pair in pairs], [p if i & 1 else q for i, (p, q) in enumerate(pairs)], [int(p < 0) for p in a]]


def _narrow(bench: Parted) -> tuple[list[Num | Value], Expected]:
    pairs = [(p, q) for p in range(-4, 4) for q in range(-2, 6)]
    x, y = bench.arith([p for p, _ in pairs], -4, 3), bench.arith([q for _, q in pairs], -2, 5)
    kit = bench.kit
    return [compare.less(kit, x, y), compare.less(kit, y, x), compare.equal(kit, x, y)], [
        [int(p < q) for p, q in pairs], [int(q < p) for p, q in pairs], [int(p == q) for p, q in pairs]]


def _divides(bench: Parted) -> tuple[list[Num | Value], Expected]:
    a, b = edges(-1 << 31, (1 << 31) - 1, 65, 3), edges(1, 1 << 20, 65, 4)
    x, y, kit = bench.arith(a, -1 << 31, (1 << 31) - 1), bench.arith(b, 1, 1 << 20), bench.kit
    pairs = list(zip(a, b, strict=True))
    return [divide.floordiv(kit, x, y), divide.mod(kit, x, y), divide.divround(kit, x, y, 8),
            divide.divround_public(kit, x, 1000, 4)], [
        [p // q for p, q in pairs], [p % q for p, q in pairs], [rounded_div(p << 8, q) for p, q in pairs],
        [rounded_div(p << 4, 1000) for p in a]]


def _roots(bench: Parted) -> tuple[list[Num | Value], Expected]:
    a = [abs(v) for v in edges(-1 << 40, 1 << 40, 64, 5)]
    return [sqrt.sqrt(bench.kit, bench.arith(a, 0, 1 << 40), 8)], [[rounded_sqrt(v << 8) for v in a]]


def _shifts(bench: Parted) -> tuple[list[Num | Value], Expected]:
    kit, wanted, expected = bench.kit, list[Num | Value](), Expected()
    for lo, hi, width in ((-1 << 62, (1 << 62) - 1, 64), (-1 << 100, 1 << 100, 128)):
        values = edges(lo, hi, 63, 6)
        x = bench.arith(values, lo, hi, width)
        wanted += [truncate.shift_floor(kit, x, 16), truncate.round_shift(kit, x, 16)]
        expected += [[v >> 16 for v in values], [rounded_shift(v, 16) for v in values]]
    return wanted, expected


def _bits(bench: Parted) -> tuple[list[Num | Value], Expected]:
    lo, hi = -1 << 126, (1 << 126) - 1
    values, small = edges(lo, hi, 65, 7), [v % 11 for v in range(65)]
    kit = bench.kit
    planes = bits.decompose(kit, bench.arith(values, lo, hi, 128))
    flags, addend = bench.planes([v & 1 for v in small], 0, 1), bench.planes(small, 0, 10)
    times = bits.times_bit(kit, flags.value, bench.arith(small, 0, 10).value)
    total = adders.add(kit, addend.value, bench.planes(small[::-1], 0, 10).value)
    return [planes, bits.compose(kit, planes, 128), Num(times, Interval(0, 10)), total], [
        values, values, [v * (v & 1) for v in small], [(p + q) % 16 for p, q in zip(small, small[::-1], strict=True)]]


def _reductions(bench: Parted) -> tuple[list[Num | Value], Expected]:
    table = np.array(edges(-100, 100, 65, 8), object).reshape(5, 13)
    truth = np.array([[int((i * j) % 3 == 0) for j in range(13)] for i in range(5)], object)
    kit, x, flags = bench.kit, bench.arith(table, -100, 100), bench.planes(truth, 0, 1).value
    return [extreme.reduce_min(kit, x, (1,)), extreme.reduce_max(kit, x, (0, 1)), logic.reduce_and(kit, flags, (0,)),
            logic.reduce_or(kit, flags, (0, 1)), Num(count.count_arith(kit, flags, (1,), 64), Interval(0, 13)),
            count.count_planes(kit, flags, (0,)), scan.scan(kit, x, 1, "max")], [
        table.min(axis=1), table.max(), truth.min(axis=0), truth.max(), truth.sum(axis=1), truth.sum(axis=0),
        np.maximum.accumulate(table, axis=1)]


GROUPS: dict[str, Callable[[Parted], tuple[list[Num | Value], Expected]]] = {
    "compares": _compares, "narrow compares": _narrow, "divides": _divides, "roots": _roots, "shifts": _shifts,
    "bits": _bits, "reductions": _reductions}
#: Parties, and which of the circuits (None: the cheapest); two parties on the cheapest are tried every time.
RUNS = [(2, None), (2, 0), (2, 1), (2, 2), (3, None), (3, 0), (5, None)]


@pytest.mark.parametrize(("parties", "turn"), [
    pytest.param(*one, marks=() if one == (2, None) else pytest.mark.slow) for one in RUNS])
@pytest.mark.parametrize("group", GROUPS)
def test_gadgets(group: str, parties: int, turn: int | None) -> None:
    bench = Parted(parties, turn)
    wanted, expected = GROUPS[group](bench)
    for found, right in zip(bench.run(*wanted), expected, strict=True):
        assert np.array_equal(found, np.array(right, object)), group
