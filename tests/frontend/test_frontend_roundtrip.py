"""An expression that is printed and parsed again is the same expression."""

from __future__ import annotations

import dataclasses
from fractions import Fraction

from cloister.compiler.diagnostics import Findings
from cloister.compiler.frontend import syntax
from cloister.compiler.frontend.format import format_source
from cloister.compiler.frontend.parser import parse
from cloister.compiler.source import NOWHERE, Source
from hypothesis import given, settings
from hypothesis import strategies as st

BINARY = {"or": 1, "and": 2, "|": 5, "^": 6, "&": 7, "<<": 8, ">>": 8, "+": 9, "-": 9,
          "*": 10, "/": 10, "//": 10, "%": 10, "@": 10, "**": 12}
COMPARE = ("==", "!=", "<", "<=", ">", ">=", "in", "not in")


def binary(op: str, left: syntax.Expr, right: syntax.Expr) -> syntax.Expr:
    return syntax.Binary(op, left, right, span=NOWHERE)


def compound(inner: st.SearchStrategy[syntax.Expr]) -> st.SearchStrategy[syntax.Expr]:
    names = st.sampled_from(["a", "to", "all"])
    arguments = st.builds(syntax.Argument, st.none() | names, inner, span=st.just(NOWHERE))
    slices = st.builds(syntax.Slice, *[st.none() | inner] * 3, span=st.just(NOWHERE))
    nowhere = {"span": st.just(NOWHERE)}
    several = st.lists(inner, max_size=3).map(tuple)
    return st.one_of(
        st.builds(binary, st.sampled_from(sorted(BINARY)), inner, inner),
        st.builds(syntax.Unary, st.sampled_from(["-", "+", "~", "not"]), inner, **nowhere),
        st.builds(lambda op, a, b: syntax.Compare((op, "<"), (a, b, a), span=NOWHERE),
                  st.sampled_from(COMPARE), inner, inner),
        st.builds(syntax.Conditional, inner, inner, inner, **nowhere),
        st.builds(syntax.Call, inner, st.lists(arguments, max_size=3).map(
            lambda args: tuple(sorted(args, key=lambda arg: arg.name is not None))), **nowhere),
        st.builds(syntax.Attribute, inner, st.sampled_from(["a", "size", "if", "to"]), **nowhere),
        st.builds(syntax.Index, inner, st.lists(inner | slices, min_size=1, max_size=2).map(tuple),
                  **nowhere),
        st.builds(syntax.ListDisplay, several, **nowhere),
        st.builds(syntax.TupleDisplay, several, **nowhere),
        st.builds(lambda e, i, c: syntax.Comprehension(
            e, (syntax.Generator(syntax.Name("v", span=NOWHERE), i, tuple(c), span=NOWHERE),), span=NOWHERE),
            inner, inner, st.lists(inner, max_size=2)),
    )


leaves = st.one_of(
    st.sampled_from(["a", "b1", "_c", "to", "each", "from"]).map(lambda id: syntax.Name(id, span=NOWHERE)),
    st.integers(0, 2**70).map(lambda n: syntax.Number(Fraction(n), True, span=NOWHERE)),
    st.integers(0, 999).map(lambda n: syntax.Number(Fraction(n, 8), False, span=NOWHERE)),
    st.booleans().map(lambda b: syntax.Boolean(b, span=NOWHERE)),
    st.text("ab'\"\\\n ", max_size=4).map(lambda t: syntax.Text(t, span=NOWHERE)),
    st.just(syntax.NoneLiteral(span=NOWHERE)),
)
expressions = st.recursive(leaves, compound, max_leaves=12)


def operand(node: syntax.Expr, least: int) -> str:
    """`node` as text, in parentheses where it binds less than `least`."""
    text, level = written(node)
    return text if level >= least else f"({text})"


def written(node: syntax.Expr | syntax.Slice) -> tuple[str, int]:
    """`node` as text with the fewest parentheses, and how strongly it binds."""
    match node:
        case syntax.Name(id=id):
            return id, 20
        case syntax.Number(value=value, is_int=is_int):
            return (str(value) if is_int else f"{float(value):.3f}"), 20
        case syntax.Boolean(value=value):
            return str(value).lower(), 20
        case syntax.Text(value=value):
            escaped = value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
            return f'"{escaped}"', 20
        case syntax.NoneLiteral():
            return "none", 20
        case syntax.Binary(op="**", left=left, right=right):
            return f"{operand(left, 13)}**{operand(right, 11)}", 12
        case syntax.Binary(op=op, left=left, right=right):
            return f"{operand(left, BINARY[op])} {op} {operand(right, BINARY[op] + 1)}", BINARY[op]
        case syntax.Unary(op="not", operand=inner):
            return f"not {operand(inner, 3)}", 3
        case syntax.Unary(op=op, operand=inner):
            return f"{op}{operand(inner, 11)}", 11
        case syntax.Compare(ops=ops, operands=operands):
            first, *rest = [operand(item, 5) for item in operands]
            return first + "".join(f" {op} {item}" for op, item in zip(ops, rest, strict=True)), 4
        case syntax.Conditional(condition=condition, then=then, otherwise=otherwise):
            return f"{operand(then, 1)} if {operand(condition, 1)} else {operand(otherwise, 0)}", 0
        case syntax.Call(function=function, args=args):
            inside = [f"{a.name} = " * (a.name is not None) + operand(a.value, 0) for a in args]
            return f"{operand(function, 13)}({', '.join(inside)})", 13
        case syntax.Attribute(value=value, name=name):
            text = operand(value, 13)
            return (f"({text}).{name}" if isinstance(value, syntax.Number) else f"{text}.{name}"), 13
        case syntax.Index(value=value, items=items):
            return f"{operand(value, 13)}[{', '.join(written(item)[0] for item in items)}]", 13
        case syntax.Slice(start=start, stop=stop, step=step):
            parts = ["" if part is None else operand(part, 0) for part in (start, stop, step)]
            return ":".join(parts if step else parts[:2]), 0
        case syntax.ListDisplay(items=items):
            return f"[{', '.join(operand(item, 0) for item in items)}]", 20
        case syntax.TupleDisplay(items=items):
            return f"({''.join(operand(item, 0) + ', ' for item in items)})", 20
        case syntax.Comprehension(element=element, generators=generators):
            (generator,) = generators
            tests = "".join(f" if {operand(test, 1)}" for test in generator.conditions)
            return f"[{operand(element, 0)} for v in {operand(generator.iterable, 1)}{tests}]", 20
    raise AssertionError(node)


def placeless(node: object) -> object:
    """`node` without spans."""
    if isinstance(node, tuple):
        return tuple(placeless(item) for item in node)
    if not isinstance(node, syntax.Node):
        return node
    fields = {f.name: placeless(getattr(node, f.name)) for f in dataclasses.fields(node) if f.name != "span"}
    return type(node).__name__, fields


def parsed(text: str) -> object:
    findings = Findings()
    module = parse(Source("p.mpc", text), findings)
    assert not findings.items, (text, findings.items)
    (statement,) = module.statements
    assert isinstance(statement, syntax.Assign)
    return placeless(statement.value)


@settings(max_examples=200, deadline=None)
@given(expressions)
def test_printing_and_parsing_again(expression: syntax.Expr) -> None:
    text = f"x = {operand(expression, 0)}"
    assert parsed(text) == placeless(expression)


@settings(max_examples=100, deadline=None)
@given(expressions)
def test_formatting_keeps_the_tree_and_settles(expression: syntax.Expr) -> None:
    text = f"x = {operand(expression, 0)}"
    formatted = format_source(Source("p.mpc", text))
    assert parsed(formatted) == placeless(expression)
    assert format_source(Source("p.mpc", formatted)) == formatted


@settings(max_examples=200, deadline=None)
@given(st.text("ab1.:=()[]+-*<>\"'# \n\tif:elsdrtu\\", max_size=60))
def test_no_text_breaks_the_parser(text: str) -> None:
    findings = Findings()
    parse(Source("p.mpc", text), findings)
    if not findings.failed:
        formatted = format_source(Source("p.mpc", text))
        assert format_source(Source("p.mpc", formatted)) == formatted
