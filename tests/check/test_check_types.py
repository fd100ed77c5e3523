"""Types, ranges, rounding and shapes that the checker finds."""

from __future__ import annotations

import pytest
from cloister.compiler.check.tree import Const, If, Ref
from cloister.compiler.check.types import Bool, Fixed, Int, Type
from cloister.compiler.check.values import number_name
from cloister.compiler.diagnostics import ProgramError

from .programs import HEAD, checked, operations, output


def type_of(expression: str, **sizes: int) -> Type:
    """The type of an expression over the inputs of HEAD, at three rows."""
    program = checked(f"output z = {expression} to all\n", {"n": 3, "r": 5, **sizes})
    return output(program).value.type


@pytest.mark.parametrize(("expression", "elem"), [
    ("y + y", Int(0, 510)),
    ("y - 1", Int(-1, 254)),
    ("-k", Int(-127, 128)),
    ("k * k", Int(0, 16384)),
    ("k * (k + 0)", Int(-16256, 16384)),
    ("k ** 2", Int(0, 16384)),
    ("k ** 3", Int(-128 * 16384, 127 * 16384)),
    ("k ** 0 + k", Int(-127, 128)),
    ("abs(k)", Int(0, 128)),
    ("y // 30", Int(0, 8)),
    ("k // -3", Int(-43, 42)),
    ("y % 10", Int(0, 9)),
    ("y % -10", Int(-9, 0)),
    ("min(y, 7)", Int(0, 7)),
    ("max(k, 3, 5)", Int(5, 127)),
    ("clamp(k, 0, 9)", Int(0, 9)),
    ("sum(y)", Int(0, 765)),
    ("count(y > 3)", Int(0, 3)),
    ("int(k > 3) + k", Int(-128, 128)),
    ("y << 2", Int(0, 1020)),
    ("y >> 2", Int(0, 63)),
    ("y[:3] @ [1, -1, 1]", Int(-765, 765)),
    ("w + 1", Fixed(16, 0, 1 << 17)),
    ("w * w", Fixed(16, 0, 1 << 16)),
    ("w * 2.0", Fixed(16, -(1 << 17), 1 << 17)),
    ("w // 0.25", Int(-4, 4)),
    ("round(w * 3)", Int(-3, 3)),
    ("fixed(k)", Fixed(16, -128 << 16, 127 << 16)),
    ("k / 2", Fixed(16, -64 << 16, 127 << 15)),
    ("k * 0.5", Fixed(16, -64 << 16, 127 << 15)),
    ("sqrt(max(k, 0))", Fixed(16, 0, 738553)),
    ("1 if k > 3 else 0.5", Fixed(16, 1 << 15, 1 << 16)),
    ("y > w", Bool()),
    ("y in [1, 2]", Bool()),
])
def test_elements_and_ranges(expression: str, elem: Int | Fixed | Bool) -> None:
    assert type_of(expression).elem == elem


@pytest.mark.parametrize(("expression", "shape"), [
    ("x", "n"), ("x[1:]", "n - 1"), ("x[:-1]", "n - 1"), ("x[::-1]", "n"), ("x[::2]", "n / 2 rounded up"),
    ("x[:2]", "2"), ("e", "r"), ("e.b", "r.b"), ("concat(e.a, e.b, e.c)", "r"),
    ("concat(e.a, e.b)", "r.a + r.b"),
    ("x * zeros(n)", "n"), ("x[:n // 2] * ones(n // 2)", "n // 2"), ("x[[0, 2]]", "2"), ("[x, y]", "2, n"),
    ("[x, y].T", "n, 2"), ("[x, y] @ w", "2"), ("sum([x, y], axis=0)", "n"), ("ones(2, 1) * x", "2, n"),
    ("[i * k for i in range(5) if i != 2]", "4"), ("[x, y][:, 1]", "2"), ("range(1, len(x)) * k", "n - 1"),
])
def test_shapes_by_name(expression: str, shape: str) -> None:
    assert ", ".join(map(str, type_of(expression).shape)) == shape


@pytest.mark.parametrize("expression", ["w * w", "w ** 2", "w * w * w"])
def test_a_product_rounds_once(expression: str) -> None:
    program = checked(f"output z = {expression} to all\n", {"n": 3, "r": 3})
    assert operations(program).count("round") == operations(program).count("mul")


@pytest.mark.parametrize("expression", [
    "sum(w * w)", "w @ w", "sum(w ** 2)", "sum(select(y > 3, w * w, 0))", "sum([w, w] * w, axis=1)",
])
def test_a_sum_of_products_rounds_once_after_the_sum(expression: str) -> None:
    value = output(checked(f"t = {expression}\noutput z = t to all\n", {"n": 3, "r": 3}))
    assert isinstance(value.value.type.elem, Fixed)
    found = operations(checked(f"output z = {expression} to all\n", {"n": 3, "r": 3}))
    assert found.count("round") == 1
    assert found.index("round") > max(found.index(op) for op in ("sum", "matmul") if op in found)


def test_a_named_product_is_rounded_before_the_sum() -> None:
    found = operations(checked("p = w * w\noutput z = sum(p) to all\n", {"n": 3, "r": 3}))
    assert found == ["concat", "mul", "round", "sum"]


def test_literals_take_the_digits_of_what_they_meet() -> None:
    head = HEAD + "input f: fixed[32] in 0..1 from a\n"
    program = checked("output z = f + 0.1 to all\noutput q = f + (1 / 3) to all\nrate = 0.1\n"
                      "output p = f + rate to all\n", {"n": 1, "r": 3}, head)
    for name, number in (("z", round(0.1 * 2**32)), ("q", round(2**32 / 3)), ("p", 6554 << 16)):
        assert output(program, name).value.type.elem == Fixed(32, number, number + (1 << 32))


def test_secrecy_is_inferred() -> None:
    body = "v = reveal(sum(y))\noutput z = v + 1 to all\noutput q = v + k to all\n"
    program = checked(body, {"n": 1, "r": 3})
    assert not output(program).value.type.secret
    assert output(program, "q").value.type.secret
    assert [reveal.text for reveal in program.reveals] == ["sum(y)"]


def test_what_is_known_is_a_constant() -> None:
    body = "v = [i * i for i in range(4)]\noutput z = v[1:] * 2 - sum(v) to all\n"
    program = checked(body, {"n": 1, "r": 3})
    value = output(program).value
    assert isinstance(value, Const)
    assert value.values == (2 - 14, 8 - 14, 18 - 14)


def test_functions_are_generic_and_bind_extents() -> None:
    body = """\
def average(u: int32[m], scale: fixed = 0.5) -> fixed:
    return sum(u) * scale / m
output z = average(x) to all
output q = average(y, scale=1) to all
"""
    program = checked(body, {"n": 4, "r": 3})
    assert output(program).value.type.elem == Fixed(16, -(2**31) << 15, (2**31 - 1) << 15)
    assert output(program, "q").value.type.elem == Fixed(16, 0, 255 << 16)


def test_an_error_in_a_function_tells_the_call() -> None:
    body = "def f(v):\n    return 1 / v\noutput z = f(k) to all\n"
    with pytest.raises(ProgramError) as refused:
        checked(body)
    (error,) = (d for d in refused.value.diagnostics if d.code == "E4002")
    assert error.span is not None
    assert error.span.via is not None
    first = len(HEAD.splitlines()) + 1
    assert (error.span.line, error.span.origin.line) == (first + 1, first + 2)


def test_all_errors_at_once_and_no_followers() -> None:
    body = "v = nosuch + 1\nu = v * 2\nt = x / count(y > 3)\nq = x + e\noutput z = t + q to nobody\n"
    with pytest.raises(ProgramError) as refused:
        checked(body)
    assert [d.code for d in refused.value.diagnostics] == ["E1001", "E4002", "E2002", "E5001"]


def test_a_range_error_shows_both_operands() -> None:
    with pytest.raises(ProgramError) as refused:
        checked("v = x * x * x * x\noutput z = v * x to all\n")
    (error,) = refused.value.diagnostics
    assert "156 bits" in error.message
    assert [label.text for label in error.labels[1:]] == ["is int in -2^124..2^124",
                                                          "is int in -2147483648..2147483647"]


def test_secret_and_revealed_ifs_merge_and_known_ones_choose() -> None:
    body = """\
v, u = 1, 2.5
if k > 3:
    v = k
    u = v
elif k > 1:
    v = 0
if bands > 2:
    t = 1
else:
    t = nosuch
output z = v + u * t to all
"""
    program = checked(body, {"n": 1, "r": 3}, HEAD + "param bands = 4\n")
    (choice,) = (s for s in program.body if isinstance(s, If))
    assert [(m.var.name, m.var.type.elem) for m in choice.merges] == [
        ("v", Int(-128, 127)), ("u", Fixed(16, -128 << 16, 127 << 16))]
    assert any(isinstance(s, If) for s in choice.otherwise)


def test_arrays_are_values() -> None:
    body = "u = x\nu[0] = 7\nv = u\nv[1:3] = [k, k]\nv[y > 3] = 0\noutput z = v to a\noutput q = x to a\n"
    program = checked(body, {"n": 3, "r": 3})
    kept = output(program, "q").value
    assert isinstance(kept, Ref)
    assert kept.var.name == "x"
    assert [op for op in operations(program) if op in ("put_at", "select")] == ["put_at", "select"]


@pytest.mark.parametrize(("scaled", "frac", "text"), [
    (0, 0, "0"), (-5, 0, "-5"), (1, 1, "0.5"), (1 << 63, 0, "2^63"), ((1 << 63) - 1, 0, "2^63"),
    (-(1 << 63), 0, "-2^63"), (3 << 16, 16, "3"),
])
def test_numbers_in_messages(scaled: int, frac: int, text: str) -> None:
    assert number_name(scaled, frac) == text
