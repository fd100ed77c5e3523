"""The interpreter against the meaning of operations on single numbers, and against the lowered circuit."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from math import floor, isqrt
from typing import Any

import numpy as np
import pytest
from cloister.compiler.check.tree import Carry, Checked, Expr, For, If, Let, Merge
from cloister.compiler.check.types import Type
from cloister.compiler.interpret import Interpretation, RangeViolation, interpret, present
from cloister.compiler.ir.verify import verify
from cloister.compiler.lower.program import lower

from ..properties.evaluate import evaluate
from .trees import (
    HERE,
    apply,
    at,
    bools,
    const,
    fixeds,
    ints,
    iota,
    number,
    output,
    program,
    ref,
    var,
)

BIG = 1 << 100


def run(checked: Checked, **inputs: Any) -> Interpretation:
    """Interprets, lowers, verifies, evaluates, and compares."""
    data = {f"{name}.north": np.array(value, dtype=object) for name, value in inputs.items()}
    result = interpret(checked, data)
    circuit = lower(checked)
    verify(circuit, "lower")
    opened = evaluate(circuit, data)
    assert list(opened.outputs) == list(result)
    for name, shown in result.items():
        value, flag = opened.outputs[name]
        assert value.tolist() == shown.value.astype(object).tolist()
        assert (flag is None) == (shown.shown is None)
        assert flag is None or flag.tolist() == shown.shown.tolist()
    assert [r.tolist() for r in opened.revealed] == [r.value.tolist() for r in result.revealed]
    return result


def one(expr: Expr, *variables: Any, **inputs: Any) -> Any:
    return run(program(list(variables), [output("r", expr)]), **inputs)["r"].value.tolist()


def near(x: Fraction) -> int:
    return floor(x + Fraction(1, 2))


BINARY: list[tuple[str, Callable[[int, int], int], dict[str, int]]] = [
    ("add", lambda a, b: a + b, {}),
    ("sub", lambda a, b: a - b, {}),
    ("mul", lambda a, b: a * b, {}),
    ("min", min, {}),
    ("max", max, {}),
    ("lt", lambda a, b: a < b, {}),
    ("eq", lambda a, b: a == b, {}),
    ("floordiv", lambda a, b: floor(Fraction(a, b)), {}),
    ("mod", lambda a, b: a - b * floor(Fraction(a, b)), {}),
    ("div", lambda a, b: near(Fraction(a << 5, b)), {"shift": 5}),
    ("div", lambda a, b: near(Fraction(a, b)), {"shift": 0}),
]
DIVIDING = ("floordiv", "mod", "div")


def wide(op: str, *shape: int) -> Type:
    return bools(*shape) if op in ("lt", "eq") else ints(-(1 << 300), 1 << 300, *shape)


@pytest.mark.parametrize(("op", "meaning", "attrs"), BINARY)
@pytest.mark.parametrize("sign", [1, -1])
@pytest.mark.parametrize("top", [9, (1 << 31), (1 << 62) - 1, 1 << 62, BIG])
def test_binary(op: str, meaning: Callable[[int, int], int], attrs: dict[str, int], sign: int,
                top: int) -> None:
    lefts = [-top, 1 - top, -3, -2, -1, 0, 1, 2, 3, top - 1, top]
    rights = sorted(sign * v for v in (1, 2, 3, 4, top - 1, top))
    if op not in DIVIDING:
        rights = [-top, -1, 0, *rights]
    pairs = [(a, b) for a in lefts for b in rights]
    x = var("x", ints(-top, top, len(pairs)))
    low, high = (min(rights), max(rights))
    y = var("y", ints(low, high, len(pairs)))
    expr = apply(op, wide(op, len(pairs)), ref(x), ref(y), **attrs)
    got = one(expr, x, y, x=[a for a, _ in pairs], y=[b for _, b in pairs])
    assert got == [meaning(a, b) for a, b in pairs]


UNARY: list[tuple[str, Callable[[int], int], dict[str, int]]] = [
    ("neg", lambda a: -a, {}),
    ("abs", abs, {}),
    ("scale", lambda a: a << 7, {"bits": 7}),
    ("round", lambda a: near(Fraction(a, 8)), {"bits": 3}),
    ("round", lambda a: a, {"bits": 0}),
    ("round", lambda a: near(Fraction(a, 1 << 70)), {"bits": 70}),
    ("refine", lambda a: a, {}),
]


@pytest.mark.parametrize(("op", "meaning", "attrs"), UNARY)
@pytest.mark.parametrize("top", [100, (1 << 62) - 1, 1 << 62, BIG])
def test_unary(op: str, meaning: Callable[[int], int], attrs: dict[str, int], top: int) -> None:
    values = [*range(-20, 21), -top, 1 - top, top - 1, top]
    x = var("x", ints(-top, top, len(values)))
    got = one(apply(op, wide(op, len(values)), ref(x), **attrs), x, x=values)
    assert got == [meaning(v) for v in values]


@pytest.mark.parametrize("shift", [0, 1, 16, 65])
def test_sqrt_is_nearest(shift: int) -> None:
    values = [*range(40), (1 << 40) - 1, (1 << 62) - 1, 1 << 62]
    x = var("x", ints(0, 1 << 62, len(values)))
    got = one(apply("sqrt", wide("sqrt", len(values)), ref(x), shift=shift), x, x=values)
    for value, root in zip(values, got, strict=True):
        target = value << shift
        assert root in (isqrt(target), isqrt(target) + 1)
        assert (2 * root - 1) ** 2 <= 4 * target < (2 * root + 1) ** 2 or target == root == 0


def test_booleans() -> None:
    x, y = var("x", bools(4)), var("y", bools(4))
    a, b = [0, 0, 1, 1], [0, 1, 0, 1]
    tables = {"and": [0, 0, 0, 1], "or": [0, 1, 1, 1], "xor": [0, 1, 1, 0], "eq": [1, 0, 0, 1]}
    for op, table in tables.items():
        assert one(apply(op, bools(4), ref(x), ref(y)), x, y, x=a, y=b) == [bool(t) for t in table]
    assert one(apply("not", bools(4), ref(x)), x, x=a) == [True, True, False, False]
    assert one(apply("to_int", ints(0, 1, 4), ref(x)), x, x=a) == a
    chosen = apply("select", ints(2, BIG, 4), ref(x), number(BIG, 4), number(2, 4))
    assert one(chosen, x, x=a) == [2, 2, BIG, BIG]
    chosen = apply("select", bools(4), ref(x), ref(y), ref(x))
    assert one(chosen, x, y, x=a, y=b) == [False, False, False, True]


@pytest.mark.parametrize("n", [0, 1, 2, 63, 64, 65])
def test_reductions(n: int) -> None:
    values = [(i * 37) % 23 - 11 for i in range(n)]
    x = var("x", ints(-11, 11, n))
    positive = apply("lt", bools(n), number(0, n), ref(x))
    assert one(apply("sum", ints(-11 * n, 11 * n), ref(x), axes=(0,)), x, x=values) == sum(values)
    assert one(apply("any", bools(), positive, axes=(0,)), x, x=values) == any(v > 0 for v in values)
    assert one(apply("all", bools(), positive, axes=(0,)), x, x=values) == all(v > 0 for v in values)
    if n:
        assert one(apply("reduce_min", ints(-11, 11), ref(x), axes=(0,)), x, x=values) == min(values)
        assert one(apply("reduce_max", ints(-11, 11), ref(x), axes=(0,)), x, x=values) == max(values)


def test_reductions_over_axes() -> None:
    values = np.arange(24).reshape(2, 3, 4)
    x = var("x", ints(0, 23, 2, 3, 4))
    total = apply("sum", ints(0, 23 * 8, 3), ref(x), axes=(0, 2))
    assert one(total, x, x=values) == values.sum(axis=(0, 2)).tolist()
    least = apply("reduce_min", ints(0, 23, 4), ref(x), axes=(0, 1))
    assert one(least, x, x=values) == values.min(axis=(0, 1)).tolist()
    assert one(apply("sum", ints(0, 24 * 23), ref(x), axes=(0, 1, 2)), x, x=values) == values.sum()


@pytest.mark.parametrize("top", [7, BIG])
@pytest.mark.parametrize("shape", [(1, 1, 1), (2, 3, 4), (2, 0, 3)])
def test_matmul(top: int, shape: tuple[int, int, int]) -> None:
    n, k, m = shape
    x, y = var("x", ints(-top, top, n, k)), var("y", ints(-top, top, k, m))
    left = [[(top * (i - k)) // (1 + i + k) for k in range(k)] for i in range(n)]
    right = [[(top * (j + 1)) // (1 + j + 2 * k) * -1 for j in range(m)] for k in range(k)]
    bound = k * top * top
    product = apply("matmul", ints(-bound, bound, n, m), ref(x), ref(y))
    a, b = (np.array(v, dtype=object) for v in (left, right))
    got = one(product, x, y, x=a.reshape(n, k), y=b.reshape(k, m))
    assert got == [[sum(left[i][t] * right[t][j] for t in range(k)) for j in range(m)] for i in range(n)]


def test_shapes() -> None:
    values = np.arange(12).reshape(3, 4)
    x = var("x", ints(0, 11, 3, 4))

    def shaped(op: str, *shape: int, **attrs: Any) -> Any:
        return one(apply(op, ints(0, 11, *shape), ref(x), **attrs), x, x=values)

    assert shaped("reshape", 2, 6) == values.reshape(2, 6).tolist()
    assert shaped("broadcast", 2, 3, 4) == [values.tolist()] * 2
    assert shaped("transpose", 4, 3, axes=(1, 0)) == values.T.tolist()
    assert shaped("slice", 2, 2, starts=(2, 0), steps=(-1, 3)) == values[2:0:-1, ::3].tolist()
    assert shaped("slice", 0, 4, starts=(0, 0), steps=(1, 1)) == []
    assert shaped("take", 3, 3, axis=1, indices=(3, 0, 0)) == values[:, [3, 0, 0]].tolist()
    joined = apply("concat", ints(-5, 11, 4, 4), ref(x), number(-5, 1, 4), axis=0)
    assert one(joined, x, x=values) == [*values.tolist(), [-5] * 4]


def test_run_time_index() -> None:
    x = var("x", ints(0, 9, 3))
    index = apply("reveal", ints(0, 2, secret=False), apply("reduce_min", ints(0, 9), ref(x), axes=(0,)))
    assert one(apply("take_at", ints(0, 9), ref(x), index), x, x=[7, 2, 5]) == 5
    put = apply("put_at", ints(0, BIG, 3), ref(x), index, number(BIG))
    assert one(put, x, x=[7, 2, 5]) == [7, 2, BIG]
    with pytest.raises(RangeViolation):
        one(apply("take_at", ints(0, 9), ref(x), index), x, x=[7, 3, 5])


def test_constants() -> None:
    assert one(number(4, 2, 2)) == [[4, 4], [4, 4]]
    assert one(const(ints(1, BIG, 3, secret=False), 1, BIG, 3)) == [1, BIG, 3]
    assert one(const(bools(2, secret=False), 1, 0)) == [True, False]
    assert one(iota(4, 10, -3)) == [10, 7, 4, 1]
    assert one(iota(0, 10, -3)) == []


def test_tighter_ranges_are_refined() -> None:
    x = var("x", ints(-5, 5, 3))
    square = program([x], [output("r", apply("mul", ints(0, 25, 3), ref(x), ref(x)))])
    refined = [node for node in lower(square).nodes if node.op == "refine"]
    assert [(n.type.lo, n.type.hi) for n in refined] == [(0, 25)]
    assert run(square, x=[-5, 0, 5])["r"].value.tolist() == [25, 0, 25]
    plain = program([x], [output("r", apply("add", ints(-10, 10, 3), ref(x), ref(x)))])
    assert all(node.op != "refine" for node in lower(plain).nodes)


# --------------------------------------------------------------------------- statements


def test_a_choice_evaluates_both_branches() -> None:
    c, x = var("c", bools()), var("x", ints(0, 9, 2))
    double, merged, flag = var("d", ints(0, 18, 2)), var("m", ints(0, 18, 2)), var("f", bools())
    branch = If(
        ref(c), (Let(double, apply("add", double.type, ref(x), ref(x)), HERE),), (),
        (Merge(merged, ref(double), ref(x)), Merge(flag, ref(c), const(bools(secret=False), 1))), HERE,
    )
    checked = program([c, x], [output("r", ref(merged)), output("f", ref(flag))], (branch,))
    assert run(checked, c=1, x=[3, 4])["r"].value.tolist() == [6, 8]
    assert run(checked, c=0, x=[3, 4])["r"].value.tolist() == [3, 4]
    assert run(checked, c=0, x=[3, 4])["f"].value.tolist() is True


def horner(trips: int, start: int = 5, step: int = -2) -> Checked:
    """total = total + x * index, previous = index."""
    x = var("x", ints(0, 9))
    ends = (start, start + step * max(trips - 1, 0))
    index = var("i", ints(min(ends), max(ends), secret=False))
    bound = 9 * trips * max(abs(e) for e in ends)
    inside, after = var("total", ints(-bound, bound)), var("total", ints(-bound, bound))
    seen, last = var("seen", ints(-100, 100, secret=False)), var("seen", ints(-100, 100, secret=False))
    term = apply("mul", ints(-9 * 99, 9 * 99), ref(x), ref(index))
    following = var("total", ints(-bound, bound))
    wider = ints(-2 * bound - 999, 2 * bound + 999)
    grown = apply("refine", following.type, apply("add", wider, ref(inside), term))
    loop = For(
        index, start, step, trips, (Let(following, grown, at(3)),),
        (Carry(inside, number(0), ref(following), after), Carry(seen, number(77), ref(index), last)), at(2),
    )
    return program([x], [output("total", ref(after)), output("last", ref(last))], (loop,))


@pytest.mark.parametrize("trips", [0, 1, 2, 7])
def test_loop(trips: int) -> None:
    result = run(horner(trips), x=9)
    indices = [5 - 2 * t for t in range(trips)]
    assert result["total"].value.tolist() == 9 * sum(indices)
    assert result["last"].value.tolist() == (indices[-1] if indices else 77)


def test_nested_loops_capture_from_both_levels() -> None:
    x = var("x", ints(0, 9, 3))
    outer, inner = var("i", ints(0, 2, secret=False)), var("j", ints(0, 3, secret=False))
    big = ints(0, 10_000)
    a_in, a_out, b_in, b_out = (var(name, big) for name in ("a", "a", "b", "b"))
    element = var("e", ints(0, 9))
    term = apply("mul", ints(0, 27), ref(element), ref(inner))
    grown = apply("refine", big, apply("add", ints(0, 10_027), ref(b_in), term))
    inside = For(inner, 0, 1, 4, (), (Carry(b_in, ref(a_in), grown, b_out),), at(4))
    loop = For(
        outer, 0, 1, 3, (Let(element, apply("take_at", ints(0, 9), ref(x), ref(outer)), at(3)), inside),
        (Carry(a_in, number(1), ref(b_out), a_out),), at(2),
    )
    result = run(program([x], [output("r", ref(a_out))], (loop,)), x=[3, 5, 9])
    assert result["r"].value.tolist() == 1 + 6 * (3 + 5 + 9)


def test_reveals_are_kept_in_order() -> None:
    x = var("x", ints(0, 9, 3))
    index = var("i", ints(0, 2, secret=False))
    seen, out = var("s", ints(0, 9, secret=False)), var("s", ints(0, 9, secret=False))
    opened = apply("reveal", seen.type, apply("take_at", ints(0, 9), ref(x), ref(index)))
    loop = For(index, 0, 1, 3, (), (Carry(seen, number(0), opened, out),), HERE)
    result = run(program([x], [output("r", ref(out))], (loop,)), x=[4, 0, 8])
    assert [r.value.tolist() for r in result.revealed] == [4, 0, 8]


# --------------------------------------------------------------------------- outputs


def test_suppressed_cells_are_zero_and_read_as_none() -> None:
    x, c = var("x", ints(-9, 9, 2, 3)), var("c", bools(2))
    checked = program([x, c], [output("r", ref(x), ref(c)), output("b", ref(c), ref(c))])
    result = run(checked, x=[[1, 2, 3], [-4, 5, 6]], c=[0, 1])
    assert result["r"].value.tolist() == [[0, 0, 0], [-4, 5, 6]]
    assert present(checked.outputs[0], result["r"]) == [[None] * 3, [-4, 5, 6]]
    assert present(checked.outputs[1], result["b"]) == [None, True]


def test_one_flag_for_a_whole_matrix_and_a_single_value() -> None:
    x, c = var("x", ints(0, 9, 2, 2)), var("c", bools())
    checked = program([x, c], [output("r", ref(x), ref(c)), output("c", ref(c))])
    hidden = run(checked, x=[[1, 2], [3, 4]], c=0)
    assert present(checked.outputs[0], hidden["r"]) == [[None, None], [None, None]]
    assert present(checked.outputs[1], hidden["c"]) is False
    shown = run(checked, x=[[1, 2], [3, 4]], c=1)
    assert present(checked.outputs[0], shown["r"]) == [[1, 2], [3, 4]]


def test_fixed_point_is_presented_as_a_fraction() -> None:
    x = var("x", fixeds(16, -(1 << 40), 1 << 40, 3))
    checked = program([x], [output("r", ref(x))])
    values = [-1, 3 << 15, 1 << 40]
    shown = run(checked, x=values)["r"]
    assert present(checked.outputs[0], shown) == [-1 / 65536, 1.5, float(1 << 24)]


# --------------------------------------------------------------------------- what is refused


def test_values_are_held_against_their_types() -> None:
    x = var("x", ints(0, 9, 2))
    wrong = program([x], [output("r", apply("add", ints(0, 10, 2), ref(x), ref(x)))])
    data = {"x.north": np.array([5, 5])}
    assert interpret(wrong, data)["r"].value.tolist() == [10, 10]
    with pytest.raises(RangeViolation, match="add leaves the range"):
        interpret(wrong, {"x.north": np.array([5, 6])})
    with pytest.raises(RangeViolation, match="x leaves the range"):
        interpret(wrong, {"x.north": np.array([5, 10])})
    with pytest.raises(RangeViolation, match="shape"):
        interpret(wrong, {"x.north": np.array([5])})
    with pytest.raises(ValueError, match=r"no data for x\.north"):
        interpret(wrong, {})
    with pytest.raises(ValueError, match="whole numbers"):
        interpret(wrong, {"x.north": np.array([5.0, 5.0])})


def test_division_by_zero_and_roots_of_negative_numbers() -> None:
    x = var("x", ints(-1, 9, 2))
    for op in ("floordiv", "mod"):
        quotient = program([x], [output("r", apply(op, ints(-9, 9, 2), ref(x), ref(x)))])
        with pytest.raises(RangeViolation, match="by zero"):
            interpret(quotient, {"x.north": np.array([0, 1])})
    root = program([x], [output("r", apply("sqrt", ints(0, 3, 2), ref(x), shift=0))])
    with pytest.raises(RangeViolation, match="square root"):
        interpret(root, {"x.north": np.array([-1, 1])})
