"""Networks of XORs and products of planes: both ways through the code against one gate at a time; what is refused."""

from __future__ import annotations

import sys
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from cloister.runtime import bits, compiled, wiring
from cloister.runtime.errors import ConfigError
from cloister.runtime.prg import Stream
from cloister.runtime.protocols.replicated import kernels as products
from cloister.runtime.wiring import Network, xors

from .build import B, Builder, run

#: Small enough for the sizes below to cross every boundary of the pieces.
PIECE = 1 << 9
COLUMNS = (0, 1, 2, 7, 8, 9, 15, 16, 17, 31, 33, 64, 65, 600)


def words(rng: np.random.Generator, *shape: int) -> np.ndarray:
    return rng.integers(0, 1 << 64, shape, np.uint64)


def masks() -> products.Masks:
    """Of the same two keys each time."""
    return products.Masks(Stream(bytes(32), b"right"), Stream(bytes(32), b"left"))


def drawn(rng: np.random.Generator, given: int) -> dict[str, Any]:
    """A network over `given` wires: layers of any size, wires wanted twice, never, and as they came."""
    left: list[int] = []
    right: list[int] = []
    layers = [int(size) for size in rng.integers(0, 9, rng.integers(0, 6))]
    for size in layers:
        there = given + len(left)
        left += rng.integers(0, there, size).tolist()
        right += rng.integers(0, there, size).tolist()
    outs = rng.integers(0, given + len(left), rng.integers(0, 20)).tolist()
    return {"left": left, "right": right, "layers": layers, "outs": outs}


def one_by_one(parts: list[np.ndarray], attrs: dict[str, Any]) -> np.ndarray:
    """What the network means."""
    wires = [row for part in parts for row in part]
    for a, b in zip(attrs["left"], attrs["right"], strict=True):
        wires.append(wires[a] ^ wires[b])
    return np.array([wires[w] for w in attrs["outs"]], np.uint64).reshape(len(attrs["outs"]), parts[0].shape[1])


@pytest.mark.parametrize("columns", COLUMNS)
def test_generated_networks(kernel_path, monkeypatch, columns):
    monkeypatch.setattr(wiring, "_WORDS", PIECE)
    rng = np.random.default_rng(columns)
    for _ in range(40):
        heights = rng.integers(0, 9, rng.integers(1, 5)).tolist()
        heights[0] += 1
        attrs = drawn(rng, sum(heights))
        network = Network(attrs, sum(heights))
        assert (network.compiled is not None) == (kernel_path == "compiled")
        components = [[words(rng, height, columns) for height in heights] for _ in range(rng.integers(1, 4))]
        for given, made in zip(components, xors(components, network), strict=True):
            assert np.array_equal(made, one_by_one(given, attrs))


@pytest.mark.parametrize("columns", [16, 5000])
def test_pieces_of_the_true_size(kernel_path, columns):
    rng = np.random.default_rng(columns)
    attrs = {"left": [0, 3, *range(2, 90)], "right": [1, 2, *range(1, 89)], "layers": [1] * 90, "outs": [92, 0, 50, 50]}
    given = [words(rng, 3, columns)]
    assert np.array_equal(xors([given], Network(attrs, 3))[0], one_by_one(given, attrs))


def test_parts_that_do_not_stand_row_by_row(kernel_path):
    """Views, planes that take no memory, and what must not be written to."""
    rng = np.random.default_rng(1)
    whole, fixed = words(rng, 9, 40), words(rng, 2, 11)
    fixed.flags.writeable = False
    parts = [whole[2:5, 7:18], np.broadcast_to(np.uint64(0), (2, 11)), whole[::2, 20:31], whole[:1, 29:40],
             words(rng, 11, 3).T, fixed]
    assert sum(part.flags.c_contiguous for part in parts) == 2
    attrs = drawn(rng, 16)
    before = [part.copy() for part in parts]
    assert np.array_equal(xors([parts], Network(attrs, 16))[0], one_by_one(parts, attrs))
    assert all(np.array_equal(*pair) for pair in zip(parts, before, strict=True))


@pytest.mark.parametrize("change", [
    {"left": [0, -1]}, {"left": [3, 2]}, {"left": [0, 4]}, {"right": [3, 3]}, {"right": [0, 1 << 40]},
    {"left": [0]}, {"right": [0, 1, 2]}, {"layers": [1]}, {"layers": [3, -1]}, {"layers": [1, 2]}, {"outs": [5]},
    {"outs": [-1]}, {"outs": [[0]]}, {"left": [[0, 1]]}, {"outs": ["a"]}, {"layers": [2], "right": [0, 3]},
])
def test_what_is_no_network_is_refused(kernel_path, change):
    """Three wires and two gates, the second of which may read the first."""
    attrs = {"left": [0, 2], "right": [1, 3], "layers": [1, 1], "outs": [4]}
    Network(attrs, 3)
    with pytest.raises(ValueError, match=r"reads a wire|layers of|invalid literal"):
        Network({**attrs, **change}, 3)


@pytest.mark.parametrize("shapes", [[(2, 5)], [(4, 5)], [(2, 5), (1, 4)], [(2, 5), (2, 5)]])
def test_other_planes_than_the_networks_are_refused(kernel_path, shapes):
    network = Network({"left": [0], "right": [1], "layers": [1], "outs": [3]}, 3)
    rng = np.random.default_rng(1)
    with pytest.raises(ValueError, match="planes of"):
        xors([[words(rng, *shape) for shape in shapes]], network)
    with pytest.raises(ValueError, match="planes of"):
        xors([[words(rng, 3, 5)], [words(rng, *shape) for shape in shapes]], network)


@pytest.mark.parametrize("heights", [(1, 1), (4, 4), (1, 4), (4, 1), (0, 0), (1, 0)])
@pytest.mark.parametrize("width", [0, 1, 3, 8, 65])
def test_products_of_planes(kernel_path, heights, width):
    """Both factors whole, alone, cut out of longer ones, and zeros that take no memory."""
    rng = np.random.default_rng(width)
    x, y = ([words(rng, height, width + 2) for _ in range(2)] for height in heights)
    height = heights[0] if heights[1] == 1 else heights[1]
    nothing = np.broadcast_to(np.uint64(0), (heights[0], width))
    whole = x[0][:, :width].copy(), x[1][:, :width].copy()
    for pair in (whole, (x[0][:, 1:-1], x[1][:, 2:]), (nothing, x[0][:, 2:])):
        other, out = (y[0][:, 2:], y[1][:, :width]), np.empty((height, width), np.uint64)
        n, nothing_shared = max(64 * width - 5, 0), np.zeros_like(out)
        masks().xor(nothing_shared)
        products._conjoin(pair, other, n, masks(), out)
        product = pair[0] & (other[0] ^ other[1]) ^ pair[1] & other[0]
        assert np.array_equal(out, bits.trim(product ^ nothing_shared, n))


@pytest.mark.parametrize("shapes", [((2, 5), (3, 5), (3, 5)), ((3, 5), (3, 4), (3, 5)), ((3, 5), (3, 5), (1, 5)),
                                    ((4, 5), (4, 5), (3, 5))])
def test_planes_of_other_sizes_have_no_product(kernel_path, shapes):
    rng = np.random.default_rng(1)
    x, other, y = (words(rng, *shape) for shape in shapes)
    with pytest.raises(ValueError, match="planes of"):
        products._conjoin((x, other), (y, words(rng, 3, 5)), 320, masks(), np.empty((3, 5), np.uint64))


def test_both_ways_send_the_same(monkeypatch):
    """Words and masks alike, in pieces of any length."""
    rng = np.random.default_rng(1)
    x, y = ([words(rng, 3, 700) for _ in range(2)] for _ in range(2))
    made = []
    for way, chunk in (("numpy", 1 << 15), ("numpy", 300), ("", 1 << 15), ("", 300), ("", 1400)):
        monkeypatch.setenv(compiled.SWITCH, way)
        monkeypatch.setattr(products, "CHUNK", chunk)
        compiled.kernels.cache_clear()
        made.append(np.empty((3, 700), np.uint64))
        products.conjoin((x[0], x[1]), (y[0], y[1]), 64 * 700 - 5, masks(), made[-1], lambda m: None)
    compiled.kernels.cache_clear()
    assert all(np.array_equal(each, made[0]) for each in made)


# -- whether there are kernels -------------------------------------------------------------------------------


@pytest.fixture
def fresh(monkeypatch: pytest.MonkeyPatch) -> Any:
    """The choice is made anew, and once more afterwards."""
    monkeypatch.delenv(compiled.SWITCH, raising=False)
    compiled.kernels.cache_clear()
    yield monkeypatch
    compiled.kernels.cache_clear()


def program() -> np.ndarray:
    """Two secrets, a network and a product, opened to all."""
    build = Builder()
    x = build.input(np.array([0b1100, 0b1010]), B(4, 2), 0)
    y = build.input(np.array([0b0110, 0b0101]), B(4, 2), 1)
    both = build.local("xors", [x, y], B(4, 2), left=[0, 1, 2, 3], right=[4, 5, 6, 7], layers=[4], outs=[8, 9, 10, 11])
    met = build.exchange("and", [both, x], B(4, 2))
    return np.asarray(run(build.program([build.reveal(met)]), build.given, "replicated").results[0].outputs[0].value)


def test_all_works_without_the_compiled_module(fresh):
    with_it = program()
    fresh.setitem(sys.modules, "cloister.runtime.compiled._planes", None)
    compiled.kernels.cache_clear()
    assert compiled.kernels() is None
    assert np.array_equal(program(), with_it)
    assert with_it.tolist() == [0b1000, 0b1010]


def test_a_module_of_another_revision_is_not_taken(fresh):
    other = SimpleNamespace(ffi=None, lib=SimpleNamespace(REVISION=compiled.REVISION + 1))
    fresh.setitem(sys.modules, "cloister.runtime.compiled._planes", other)
    assert compiled.kernels() is None


def test_the_switch(fresh):
    fresh.setenv(compiled.SWITCH, "numpy")
    assert compiled.kernels() is None
    fresh.setenv(compiled.SWITCH, "compiled")
    fresh.setitem(sys.modules, "cloister.runtime.compiled._planes", None)
    compiled.kernels.cache_clear()
    with pytest.raises(ConfigError, match="has none"):
        compiled.kernels()
    fresh.setenv(compiled.SWITCH, "fast")
    with pytest.raises(ConfigError, match="not 'fast'"):
        compiled.kernels()


def test_only_words_in_order_are_handed_over(fresh):
    made = compiled.kernels()
    if made is None:
        pytest.skip("no compiled kernels here")
    whole = np.zeros((4, 6), np.uint64)
    with pytest.raises(TypeError):
        made.words(whole.astype(np.int64))
    with pytest.raises(TypeError):
        made.indices(np.zeros(3, np.int32))
    for wrong in (np.zeros(3, np.int8), np.zeros((3, 4), np.uint8)[:, 1:]):
        with pytest.raises(TypeError):
            made.message(wrong)
    for wrong in (whole[:, 1:], whole.T, np.broadcast_to(np.uint64(0), (2, 2)), whole.view(np.int64)):
        with pytest.raises(TypeError):
            made.written(wrong)
