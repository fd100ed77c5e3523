"""The programs by which `estimate.py` holds the estimate of time against the clock: a hundred milliseconds to a minute.

None of them had any part in the model. They are chosen to differ in what takes the time: products, bits, matrices,
rounds, conversions, wide rings, loops, preprocessing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]

THREE = "party a, b, c\nsecurity honest_majority, semi_honest\nsize n <= 10_000_000\n"
TWO = "party a, b\nsecurity dishonest_majority, semi_honest\nsize n <= 10_000_000\n"


@dataclass(frozen=True)
class Row:
    """A program, as text or as a file, and its sizes (as `-D` takes them)."""

    program: str | Path
    sizes: Mapping[str, int]


def _file(path: str, **sizes: int) -> Row:
    return Row(ROOT / path, sizes)


def _three(body: str, n: int) -> Row:
    return Row(THREE + body, {"n": n})


SUITE = {
    "products": _file("benchmarks/programs/products.mpc", rows=4_000_000),
    "dot product": _file("benchmarks/programs/dot.mpc", rows=6_000_000),
    "32-bit comparisons": _file("benchmarks/programs/less32.mpc", rows=3_000_000),
    "64-bit comparisons": _file("benchmarks/programs/less64.mpc", rows=2_000_000),
    "comparisons from the ring": _file("benchmarks/programs/less_ring.mpc", rows=1_000_000),
    "matrix product": _file("benchmarks/programs/matmul.mpc", n=768),
    "fixed-point matrix product": _file("benchmarks/programs/matmul_fixed.mpc", n=512),
    "salaries": _file("examples/salaries/program.mpc", rows=200_000),
    "hospitals": _file("examples/hospitals/program.mpc", rows=100_000),
    "division": _three(
        "input x: fixed[n] in 0..1000 from a\ninput y: fixed[n] in 1..1000 from b\n"
        "output r = sum(x / y) to c\n", 50_000),
    "square roots": _three("input x: fixed[n] in 0..1000 from a\noutput r = sum(sqrt(x)) to c\n", 20_000),
    "exponentials": _three("input x: fixed[n] in -8..8 from a\noutput r = sum(exp(x)) to c\n", 20_000),
    "regression step": _three(
        "input x: fixed[n, 8] in -1..1 from a\ninput y: fixed[n] in 0..1 from b\n"
        "input w: fixed[16][8] in -4..4 from c\n"
        "p = clamp((x @ w) / 8 + 0.5, 0, 1)\noutput g = x.T @ (p - y) to all\n", 200_000),
    "largest and where": _three(
        "input x: int16[n] from a\nbest: int64 = -40000\nwhere: int64 = 0\nfor i in range(n):\n    if x[i] > best:\n"
        "        best = x[i]\n        where = i\noutput r = best to c\noutput i = where to c\n", 100_000),
    "running maximum": _three(
        "input x: int16[n] from a\nbest: int64 = -40000\nfor i in range(n):\n    best = max(best, x[i])\n"
        "    output r[i] = best to c\n", 200_000),
    "histogram": _three(
        "input x: uint8[n] in 0..63 from a\nfor v in range(64):\n    output h[v] = count(x == v) to all\n", 100_000),
    "a loop of products": _three(
        "input x: int8[n] in -3..3 from a\ninput y: int8 in -1..1 from b\ns: int8 = 1\nfor i in range(n):\n"
        "    s = clamp(s * y + x[i], -100, 100)\noutput r = s to all\n", 80),
    "two parties: comparisons": Row(
        TWO + "input x: uint32[n] from a\ninput y: uint32[n] from b\noutput r = count(x < y) to all\n", {"n": 20_000}),
    "two parties: dot product": Row(
        TWO + "input x: int32[n] from a\ninput y: int32[n] from b\noutput r = sum(x * y) to all\n", {"n": 20_000}),
}
