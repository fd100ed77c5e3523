"""What is added to and held between bounds is known without a loop: generated bodies, and the ends of ranges."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
from cloister.compiler.ir.build import Builder, Value
from cloister.compiler.ir.nodes import Circuit, Type
from cloister.compiler.ir.verify import verify
from cloister.compiler.passes.dead import drop_dead
from cloister.compiler.passes.vectorise import vectorise_loops
from hypothesis import given as drawn
from hypothesis import settings
from hypothesis import strategies as st

from ..properties.evaluate import evaluate

#: The bounds of the generated bodies, and what is known of the number where it is bounded on one side alone.
REACH, KNOWN = 60, 10**5
Draw = Callable[[st.SearchStrategy[Any]], Any]


@st.composite
def cases(draw: Draw) -> tuple[Circuit, dict[str, Any]]:
    """`for i in range(n)` over a number that is added to and bounded, by -60, 60 or both at last; its end, or it after
    each trip too. The data lie at the ends of their ranges as often as not."""
    trips, read = draw(st.integers(2, 17)), draw(st.booleans())
    inner = Builder("circuit")
    trip = inner.add("arg", type=Type("num", (), 0, 0, trips - 1, False), index=0)
    held, array = (Type("num", shape, 0, -KNOWN, KNOWN) for shape in ((), (trips,)))
    types = [held, array, Type("num", (trips,), 0, -9, 9),
             Type("num", (trips,), 0, -40, 40), Type("bit", (trips,), 0, 0, 1)]
    args = [inner.add("arg", type=type, index=k) for k, type in enumerate(types, start=1)]
    terms = [inner.add("take_at", array, trip) for array in args[2:]]
    end = inner.add("refine", _bounded(draw, inner, _body(draw, inner, args[0], terms)), lo=-KNOWN, hi=KNOWN)
    body = inner.finish([end, inner.add("put_at", args[1], trip, end if read else terms[0])])
    given = [replace(type, lo=max(type.lo, -REACH), hi=min(type.hi, REACH)) for type in types]
    outer = Builder("circuit")
    values = [outer.add("input", type=type, name=f"v{k}.a") for k, type in enumerate(given)]
    loop = outer.add("loop", *values, body=body, trips=trips, carried=2)
    for k in range(2):
        outer.add("output", outer.add("result", loop, type=types[k], index=k), name=f"r{k}", receivers=("a",),
                  element="int", frac=0, flagged=False)
    return outer.finish(), {f"v{k}.a": _numbers(draw, type) for k, type in enumerate(given)}


def _body(draw: Draw, builder: Builder, value: Value, terms: list[Value]) -> Value:
    *numbers, condition = terms
    for op in draw(st.lists(st.sampled_from(("add", "sub", "min", "max", "keep", "anew")), min_size=1, max_size=4)):
        term = draw(st.sampled_from(numbers))
        if op in ("keep", "anew"):
            other = term if op == "anew" else builder.add("add", value, term)
            value = builder.add("select", condition, other, value)
        else:
            value = builder.add(op, value, term)
    return value


def _bounded(draw: Draw, builder: Builder, value: Value) -> Value:
    for op in draw(st.sampled_from((("max",), ("min",), ("max", "min")))):
        bound = REACH if op == "min" else -REACH
        known = builder.add("const", type=Type("num", (), 0, bound, bound, False), values=(bound,))
        value = builder.add(op, value, known)
    return value


def _numbers(draw: Draw, type: Type) -> Any:
    one = st.one_of(st.sampled_from((type.lo, type.hi)), st.integers(type.lo, type.hi))
    values = draw(st.lists(one, min_size=type.size, max_size=type.size))
    return np.array(values, dtype=object).reshape(type.shape)


@settings(max_examples=200, deadline=None)
@drawn(cases())
def test_the_same_numbers_without_a_loop(case: tuple[Circuit, dict[str, Any]]) -> None:
    before, data = case
    verify(before, "the test")
    after = drop_dead(vectorise_loops(before))
    verify(after, "vectorise-loops")
    assert not any(node.op == "loop" for node in after.nodes)
    old, new = evaluate(before, data).outputs, evaluate(after, data).outputs
    for name in old:
        np.testing.assert_array_equal(old[name][0], new[name][0])
