"""The work that `peers.py` measures: the same inputs for everybody, and what the right result is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.int64]
Outputs = Mapping[str, Mapping[str, Any]]

ROOT = Path(__file__).parents[1]
PROGRAMS = ROOT / "benchmarks" / "programs"

#: Fractional bits of the fixed-point rows; their inputs are multiples of 2^-FRAC.
FRAC = 16


@dataclass(frozen=True)
class Row:
    """One kind of work.

    `work` is what the drivers call it, `draw(size)` makes the inputs a and b as integers (times 2^FRAC where
    `fixed`), `right` checks the outputs of a Cloister run against them. `peers` gives the size at which each
    peer is run: the same as ours but where that would take minutes. `proof` is the instruction, with the number
    of elements that it makes for a size, which the trace has to show: nothing was optimised away. `at_most` is
    the ratio to SPU that is wanted.
    """

    name: str
    program: Path
    work: str
    size: int
    draw: Callable[[int], tuple[Array, Array]]
    right: Callable[[Outputs, Array, Array], bool]
    proof: tuple[str, Callable[[int], int]]
    peers: Mapping[str, int]
    at_most: float | None = None
    fixed: bool = False
    tls: bool = False
    matrix: bool = False
    whole: bool = False


def drawn(low: int, high: int, matrix: bool = False) -> Callable[[int], tuple[Array, Array]]:
    """Two vectors (or square matrices) of integers low..high: measured work, no secrets."""
    def draw(size: int) -> tuple[Array, Array]:
        source = np.random.default_rng(size)
        shape = (size, size) if matrix else (size,)
        a, b = (source.integers(low, high, shape, np.int64, endpoint=True) for _ in "ab")
        return a, b

    return draw


def products(outputs: Outputs, a: Array, b: Array) -> bool:
    found = outputs["carol"]
    return bool(found["total"] == int((a * b).sum()) and found["last"] == int(a[-1] * b[-1]))


def dot(outputs: Outputs, a: Array, b: Array) -> bool:
    return bool(outputs["carol"]["product"] == int((a * b).sum()))


def less(outputs: Outputs, a: Array, b: Array) -> bool:
    return bool(np.array_equal(outputs["alice"]["smaller"], a < b))


def less_than_sum(outputs: Outputs, a: Array, b: Array) -> bool:
    expected = int(a.astype(object).sum() + b.astype(object).sum())
    return less(outputs, a, b) and bool(outputs["alice"]["total"] == expected)


def richer(outputs: Outputs, a: Array, b: Array) -> bool:
    return bool(outputs["alice"]["alice_is_richer"] == bool(a[0] > b[0]))


def halves(size: int) -> tuple[Array, Array]:
    """`size` integers of 32 bits, in two halves."""
    a, b = drawn(-(1 << 31), (1 << 31) - 1)(size // 2)
    return a, b


def sort(outputs: Outputs, a: Array, b: Array) -> bool:
    return bool(np.array_equal(outputs["alice"]["up"], np.sort(np.concatenate([a, b]))))


def matmul(outputs: Outputs, a: Array, b: Array) -> bool:
    return _matrix(outputs, a @ b, 1)


def matmul_fixed(outputs: Outputs, a: Array, b: Array) -> bool:
    """Every element rounded to FRAC bits, ties up."""
    return _matrix(outputs, (a @ b + (1 << (FRAC - 1))) >> FRAC, 1 << FRAC)


def _matrix(outputs: Outputs, product: Array, scale: int) -> bool:
    found = outputs["carol"]
    return (np.array_equal(np.multiply(found["columns"], scale), product.sum(axis=0))
            and np.array_equal(np.multiply(found["first"], scale), product[0]))


def _matrices(size: int, **more: Any) -> Row:
    fixed = bool(more.get("fixed"))
    low, high = (-4 << FRAC, 4 << FRAC) if fixed else (0, (1 << 20) - 1)
    return Row(
        f"matrix product, {'fixed point' if fixed else 'integers'}, {size}",
        PROGRAMS / ("matmul_fixed.mpc" if fixed else "matmul.mpc"), "matmul", size, drawn(low, high, matrix=True),
        matmul_fixed if fixed else matmul, ("matmul", lambda n: n * n), {"spu": size}, 0.40, matrix=True, **more)


_MILLION = 1_000_000
_SMALL = drawn(0, (1 << 20) - 1)
_WIDE = drawn(0, (1 << 62) - 1)
_NARROW = drawn(-(1 << 31), (1 << 31) - 1)

ROWS = (
    Row("products, 64 bits", PROGRAMS / "products.mpc", "products", _MILLION, _SMALL, products,
        ("mul", int), {"spu": _MILLION, "mpyc": 100_000}, 0.15),
    Row("products, 64 bits, TLS", PROGRAMS / "products.mpc", "products", _MILLION, _SMALL, products,
        ("mul", int), {"spu": _MILLION}, 0.30, tls=True),
    Row("comparisons, 64 bits", PROGRAMS / "less64.mpc", "less64", _MILLION, _WIDE, less,
        ("and", int), {"spu": _MILLION, "mpyc": 1000}, 0.09),
    Row("comparisons, 32 bits", PROGRAMS / "less32.mpc", "less32", _MILLION, _NARROW, less,
        ("and", int), {"spu": _MILLION, "mpyc": 1000}, 0.045),
    Row("comparisons, 64 bits, of sums", PROGRAMS / "less_sums.mpc", "less64", _MILLION, _WIDE, less_than_sum,
        ("part", int), {"spu": _MILLION}, 0.09),
    Row("dot product", PROGRAMS / "dot.mpc", "dot", _MILLION, _SMALL, dot,
        ("dot", lambda n: 1), {"spu": _MILLION, "mpyc": _MILLION}, 0.40),
    Row("sort, 32 bits, 100,000", PROGRAMS / "sort.mpc", "sort32", 100_000, halves, sort,
        ("open_masked", int), {"spu": 100_000}, 0.15),
    Row("sort, 32 bits, 1,000,000", PROGRAMS / "sort.mpc", "sort32", _MILLION, halves, sort,
        ("open_masked", int), {}),
    _matrices(512),
    _matrices(1024),
    _matrices(512, fixed=True),
    _matrices(1024, fixed=True),
    Row("one comparison, start to result", PROGRAMS / "richer.mpc", "less64", 1, _WIDE, richer,
        ("reveal", int), {"spu": 1, "mpyc": 1}, tls=True, whole=True),
)


def write_inputs(row: Row, size: int, folder: Path) -> tuple[Array, Array]:
    """Draws the inputs and writes them: a.npy, b.npy for the drivers, data/<party>.csv for Cloister."""
    a, b = row.draw(size)
    (folder / "data").mkdir()
    for party, name, array in (("alice", "a", a), ("bob", "b", b)):
        np.save(folder / f"{name}.npy", array / (1 << FRAC) if row.fixed else array)
        _write_csv(folder / "data" / f"{party}.csv", _heading(row, party, name, size), array, row.fixed)
    (folder / "data" / "carol.csv").write_text("nothing\n", encoding="utf-8")
    return a, b


def _heading(row: Row, party: str, name: str, size: int) -> str:
    if row.whole:
        return f"{party}_wealth"
    return ",".join(f"{name}_{i}" for i in range(size)) if row.matrix else name


def _write_csv(path: Path, heading: str, array: Array, fixed: bool) -> None:
    """Multiples of 2^-16 have at most 16 decimals, so the text is exact."""
    shown, form = (array / (1 << FRAC), f"%.{FRAC}f") if fixed else (array, "%d")
    np.savetxt(path, shown, fmt=form, delimiter=",", header=heading, comments="")
