"""Loops become array operations: the same numbers, no loop left where none is needed, no growth with trips."""

from __future__ import annotations

import numpy as np
import pytest
from cloister.compiler.ir.build import Builder, Value
from cloister.compiler.ir.nodes import Circuit, Type
from cloister.compiler.ir.verify import verify
from cloister.compiler.passes.dead import drop_dead
from cloister.compiler.passes.vectorise import vectorise_loops

from ..properties.evaluate import evaluate

N = 12


class Loop:
    """Builds `for i in range(trips)` over captured arrays and carried values."""

    def __init__(self, trips: int, init: list[Type], captured: list[Type]) -> None:
        self.b = Builder("circuit")
        self.trips = trips
        self.i = self.b.add("arg", type=Type("num", (), 0, 0, trips - 1, False), index=0)
        args = [self.b.add("arg", type=t, index=k) for k, t in enumerate([*init, *captured], start=1)]
        self.carried, self.captured = args[:len(init)], args[len(init):]
        self.types = [*init, *captured]

    def close(self, *results: Value) -> Circuit:
        outer = Builder("circuit")
        args = [outer.add("input", type=t, name=f"v{k}.a") for k, t in enumerate(self.types)]
        body = self.b.finish([self.refined(r, t) for r, t in zip(results, self.types, strict=False)])
        loop = outer.add("loop", *args, body=body, trips=self.trips, carried=len(results))
        for k in range(len(results)):
            value = outer.add("result", loop, type=self.types[k], index=k)
            element = "bool" if value.type.domain == "bit" else "int"
            outer.add("output", value, name=f"r{k}", receivers=("a",), element=element, frac=0, flagged=False)
        return outer.finish()

    def refined(self, value: Value, type: Type) -> Value:
        return self.b.add("refine", value, lo=type.lo, hi=type.hi) if type.domain == "num" else value


def num(*shape: int, bound: int = 10**6) -> Type:
    return Type("num", shape, 0, -bound, bound)


def small(*shape: int) -> Type:
    return num(*shape, bound=50)


BIT = Type("bit", (N,), 0, 0, 1)


def total(trips: int = N) -> Circuit:
    loop = Loop(trips, [num()], [small(trips)])
    return loop.close(loop.b.add("add", loop.carried[0], loop.b.add("take_at", loop.captured[0], loop.i)))


def guarded_total() -> Circuit:
    loop = Loop(N, [num()], [small(N), BIT])
    b, x = loop.b, loop.b.add("take_at", loop.captured[0], loop.i)
    chosen = b.add("take_at", loop.captured[1], loop.i)
    less = b.add("sub", loop.carried[0], b.add("mul", x, x))
    return loop.close(b.add("select", chosen, less, loop.carried[0]))


def reversed_write() -> Circuit:
    loop = Loop(N - 3, [num(N)], [small(N)])
    b = loop.b
    place = b.add("add", b.add("neg", loop.i), b.add("const", type=Type("num", (), 0, 10, 10, False), values=(10,)))
    x = b.add("take_at", loop.captured[0], place)
    return loop.close(b.add("put_at", loop.carried[0], place, b.add("mul", x, x)))


def strided_write() -> Circuit:
    loop = Loop(4, [num(N)], [small(N)])
    b = loop.b
    place = b.add("scale", loop.i, by=3)
    return loop.close(b.add("put_at", loop.carried[0], place, b.add("take_at", loop.captured[0], loop.i)))


def rows_with_reductions() -> Circuit:
    """Each trip takes a row of a matrix: its maximum, sorted shape, product with a vector."""
    loop = Loop(5, [num(5), Type("num", (), 0, -10**6, 10**6)], [small(5, 7), small(7)])
    b, row = loop.b, loop.b.add("take_at", loop.captured[0], loop.i)
    dot = b.add("dot", row, loop.captured[1], axis=0)
    top = b.add("reduce_max", row, axes=(0,))
    put = b.add("put_at", loop.carried[0], loop.i, b.add("sub", dot, top))
    return loop.close(put, b.add("min", loop.carried[1], dot))


def recurrence_beside_a_sum() -> Circuit:
    loop = Loop(N, [num(), num(bound=10**30)], [small(N)])
    b, x = loop.b, loop.b.add("take_at", loop.captured[0], loop.i)
    doubled = b.add("add", b.add("scale", loop.carried[1], by=3), x)
    return loop.close(b.add("add", loop.carried[0], x), doubled)


def squares_beside_a_sum() -> Circuit:
    loop = Loop(N, [num(), num(bound=10**30)], [small(N)])
    b, x = loop.b, loop.b.add("take_at", loop.captured[0], loop.i)
    squared = b.add("mod", b.add("mul", loop.carried[1], loop.carried[1]),
                    b.add("const", type=Type("num", (), 0, 101, 101, False), values=(101,)))
    return loop.close(b.add("add", loop.carried[0], x), b.add("add", squared, x))


def guarded_twice_from_far() -> Circuit:
    """What is held lies outside of what the terms can be, and most trips leave it alone."""
    loop = Loop(N, [num(bound=1000)], [small(N), small(N), BIT])
    b = loop.b
    x, y, chosen = (b.add("take_at", c, loop.i) for c in loop.captured)
    lower = b.add("min", b.add("min", loop.carried[0], x), y)
    return loop.close(b.add("select", chosen, lower, loop.carried[0]))


def parity() -> Circuit:
    loop = Loop(N, [Type("bit", (), 0, 0, 1)], [BIT])
    return loop.close(loop.b.add("xor", loop.carried[0], loop.b.add("take_at", loop.captured[0], loop.i)))


def data(circuit: Circuit, seed: int) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(seed)
    given = {}
    for node in circuit.nodes:
        if node.op == "input":
            hi = 1 if node.type.domain == "bit" else min(50, node.type.hi)
            lo = 0 if node.type.domain == "bit" else -hi
            given[node.attrs["name"]] = rng.integers(lo, hi + 1, node.type.shape).astype(object)
    return given


def loops(circuit: Circuit) -> int:
    return sum(node.op == "loop" for node in circuit.nodes)


@pytest.mark.parametrize(("make", "left"), [
    (total, 0), (guarded_total, 0), (reversed_write, 0), (strided_write, 0), (rows_with_reductions, 0),
    (recurrence_beside_a_sum, 0), (squares_beside_a_sum, 1), (parity, 0), (guarded_twice_from_far, 0),
], ids=lambda value: getattr(value, "__name__", str(value)))
def test_same_numbers(make, left: int) -> None:
    before = make()
    verify(before, "test")
    after = drop_dead(vectorise_loops(before))
    verify(after, "vectorise")
    assert loops(after) == left
    for seed in range(5):
        given = data(before, seed)
        if seed == 0:  # the first carried value at its far end, and no condition holds
            given["v0.a"] = np.full(given["v0.a"].shape, min(1000, before.nodes[0].type.hi)).astype(object)
            given = {k: v * 0 if v.size and k != "v0.a" and set(v.ravel()) <= {0, 1} else v for k, v in given.items()}
        old, new = evaluate(before, given).outputs, evaluate(after, given).outputs
        assert old.keys() == new.keys()
        for name in old:
            np.testing.assert_array_equal(old[name][0], new[name][0])


def test_the_circuit_does_not_grow_with_the_trips() -> None:
    sizes = {len(drop_dead(vectorise_loops(total(trips))).nodes) for trips in (10, 1000, 1_000_000)}
    assert len(sizes) == 1
