"""The work that `peers.py` measures: the same inputs for everybody, and what the right result is."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from numpy.typing import NDArray

Array = NDArray[np.int64]
Outputs = Mapping[str, Mapping[str, Any]]

ROOT = Path(__file__).parents[1]
PROGRAMS = ROOT / "benchmarks" / "programs"

#: The folder of the published circuits, for AES.
CIRCUITS = Path(os.environ.get("CLOISTER_CIRCUITS", "."))

#: Fractional bits of the fixed-point rows; their inputs are multiples of 2^-FRAC.
FRAC = 16

#: Steps and columns of the logistic regression.
EPOCHS, COLUMNS = 10, 100


@dataclass(frozen=True)
class Row:
    """One kind of work.

    `work` is what the drivers call it, `draw(size)` makes the inputs a and b as integers, those named in `fixed` times
    2^FRAC; `names` are what the program calls them. `right` checks the outputs of a Cloister run against them. `peers`
    gives the size at which each peer is run: the same as ours but where that would take minutes; with `beside` they do
    that row's work instead. `proof` is the instruction, with the number of elements that it makes for a size, which
    the trace has to show: nothing was optimised away. `at_most` is the ratio to SPU that is wanted. `circuit` is a
    file of CIRCUITS that the program needs. `grows`: its size can be anything.
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
    fixed: str = ""
    names: tuple[str, str] = ("a", "b")
    beside: Row | None = None
    circuit: str = ""
    tls: bool = False
    grows: bool = True
    whole: bool = False

    @property
    def possible(self) -> bool:
        """Whether the circuit that it needs is there."""
        return not self.circuit or (CIRCUITS / self.circuit).exists()


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


def less_in_ring(outputs: Outputs, a: Array, b: Array) -> bool:
    return less(outputs, a, b) and bool(outputs["alice"]["total"] == int((a - b).astype(object).sum()))


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


def logistic_inputs(rows: int) -> tuple[Array, Array]:
    """Features that are normal, as multiples of 2^-FRAC, and what a hidden plane says of them."""
    source = np.random.default_rng(rows)
    x = np.clip(np.rint(source.normal(size=(rows, COLUMNS)) * (1 << FRAC)), -8 << FRAC, 8 << FRAC).astype(np.int64)
    return x, (x @ source.normal(size=COLUMNS) > 0).astype(np.int64)


def logistic(outputs: Outputs, a: Array, b: Array) -> bool:
    """The weights to a hundredth."""
    x, weights = a / (1 << FRAC), np.zeros(COLUMNS)
    for _ in range(EPOCHS):
        weights -= x.T @ (1 / (1 + np.exp(-(x @ weights))) - b) / len(x)
    return bool(np.abs(np.array(outputs["carol"]["weights"]) - weights).max() < 0.01)


def aes_inputs(blocks: int) -> tuple[Array, Array]:
    """The bits of a key and of blocks, the highest of each byte first."""
    source = np.random.default_rng(blocks)
    return source.integers(0, 2, 128, np.int64), source.integers(0, 2, (blocks, 128), np.int64)


def aes(outputs: Outputs, a: Array, b: Array) -> bool:
    key, blocks = (np.packbits(bits.astype(np.uint8), axis=-1).tobytes() for bits in (a, b))
    encryptor = Cipher(algorithms.AES(key), modes.ECB()).encryptor()
    enciphered = np.frombuffer(encryptor.update(blocks), np.uint8).reshape(-1, 16)
    return bool(np.array_equal(outputs["alice"]["enciphered"], np.unpackbits(enciphered, axis=1)))


def _matrices(size: int, fixed: str = "") -> Row:
    low, high = (-4 << FRAC, 4 << FRAC) if fixed else (0, (1 << 20) - 1)
    return Row(
        f"matrix product, {'fixed point' if fixed else 'integers'}, {size}",
        PROGRAMS / ("matmul_fixed.mpc" if fixed else "matmul.mpc"), "matmul", size, drawn(low, high, matrix=True),
        matmul_fixed if fixed else matmul, ("matmul", lambda n: n * n), {"spu": size}, 0.40, fixed=fixed, grows=False)


_MILLION = 1_000_000
_SMALL = drawn(0, (1 << 20) - 1)
_WIDE = drawn(0, (1 << 62) - 1)
_NARROW = drawn(-(1 << 31), (1 << 31) - 1)

_PRODUCTS = Row("products, 64 bits", PROGRAMS / "products.mpc", "products", _MILLION, _SMALL, products,
                ("mul", int), {"spu": _MILLION, "mpyc": 100_000}, 0.15)

ROWS = (
    _PRODUCTS,
    Row("products, 64 bits, TLS", PROGRAMS / "products.mpc", "products", _MILLION, _SMALL, products,
        ("mul", int), {"spu": _MILLION}, 0.30, tls=True, grows=False),
    Row("comparisons, 64 bits", PROGRAMS / "less64.mpc", "less64", _MILLION, _WIDE, less,
        ("and", int), {"spu": _MILLION, "mpyc": 1000}, 0.09),
    Row("comparisons, 32 bits", PROGRAMS / "less32.mpc", "less32", _MILLION, _NARROW, less,
        ("and", int), {"spu": _MILLION, "mpyc": 1000}, 0.045),
    Row("comparisons, 64 bits, from the ring", PROGRAMS / "less_ring.mpc", "less64", _MILLION, _WIDE, less_in_ring,
        ("part", int), {"spu": _MILLION}, 0.09),
    Row("dot product", PROGRAMS / "dot.mpc", "dot", _MILLION, _SMALL, dot,
        ("dot", lambda n: 1), {"spu": _MILLION, "mpyc": _MILLION}, 0.40),
    Row("sort, 32 bits, 100,000", PROGRAMS / "sort.mpc", "sort32", 100_000, halves, sort,
        ("open_masked", int), {"spu": 100_000}, 0.15),
    Row("sort, 32 bits, 1,000,000", PROGRAMS / "sort.mpc", "sort32", _MILLION, halves, sort,
        ("open_masked", int), {}),
    _matrices(512),
    _matrices(1024),
    _matrices(512, "ab"),
    _matrices(1024, "ab"),
    Row("logistic regression, 1000 by 100", PROGRAMS / "logistic.mpc", "logistic", 1000, logistic_inputs, logistic,
        ("matmul", int), {"spu": 1000}, 0.50, fixed="a", names=("x", "y"), grows=False),
    Row("AES of 1,000 blocks", PROGRAMS / "aes.mpc", "aes", 1000, aes_inputs, aes, ("and", lambda n: n),
        {"spu": _MILLION}, 0.20, names=("key", "block"), beside=_PRODUCTS, circuit="aes_128.txt", grows=False),
    Row("one comparison, start to result", PROGRAMS / "richer.mpc", "less64", 1, _WIDE, richer,
        ("reveal", int), {"spu": 1, "mpyc": 1}, names=("alice_wealth", "bob_wealth"), tls=True, grows=False,
        whole=True),
)


def write_inputs(row: Row, size: int, folder: Path) -> tuple[Array, Array]:
    """Draws the inputs and writes them: a.npy, b.npy for the drivers; data/<party>.csv and program.mpc for Cloister."""
    a, b = row.draw(size)
    (folder / "data").mkdir()
    for party, letter, name, array in zip(("alice", "bob"), "ab", row.names, (a, b), strict=True):
        fixed = letter in row.fixed
        np.save(folder / f"{letter}.npy", array / (1 << FRAC) if fixed else array)
        _write_csv(folder / "data" / f"{party}.csv", name, array, fixed)
    (folder / "data" / "carol.csv").write_text("nothing\n", encoding="utf-8")
    shutil.copy(row.program, folder / "program.mpc")
    if row.circuit:
        shutil.copy(CIRCUITS / row.circuit, folder)
    return a, b


def _write_csv(path: Path, name: str, array: Array, fixed: bool) -> None:
    """Multiples of 2^-16 have at most 16 decimals, so the text is exact."""
    heading = ",".join(f"{name}_{i}" for i in range(array.shape[1])) if array.ndim > 1 else name
    shown, form = (array / (1 << FRAC), f"%.{FRAC}f") if fixed else (array, "%d")
    np.savetxt(path, shown, fmt=form, delimiter=",", header=heading, comments="")
