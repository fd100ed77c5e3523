"""Every node knows its exact place."""

from __future__ import annotations

import dataclasses

from cloister.compiler.diagnostics import Findings
from cloister.compiler.frontend import syntax
from cloister.compiler.frontend.parser import parse
from cloister.compiler.source import Source, Span

TEXT = '''"""Doc."""
party north, south
input age: uint8[rows] in 0..119 from each  # comment

def f(x, y: int8 = 3):
    """Doc of f."""
    return (x +
            y) * 2

for i in range(3):
    if a: b = c[1:2, i].d
    elif e:
        g = [h for h in (1, 2)]
    else:
        output o[i] = f(x=1) to all if not p

x = sum(q for q in r)
'''


def nodes(value: object) -> list[syntax.Node]:
    if isinstance(value, tuple):
        return [node for item in value for node in nodes(item)]
    if not isinstance(value, syntax.Node):
        return []
    inner = [getattr(value, field.name) for field in dataclasses.fields(value) if field.name != "span"]
    return [value, *nodes(tuple(inner))]


def cut(span: Span, text: str = TEXT) -> str:
    lines = text.splitlines(keepends=True)[span.line - 1 : span.end_line]
    lines[-1] = lines[-1][: span.end_column - 1]
    lines[0] = lines[0][span.column - 1 :]
    return "".join(lines)


def tree() -> syntax.Module:
    findings = Findings()
    module = parse(Source("p.mpc", TEXT), findings)
    assert not findings.items
    return module


def test_spans_are_what_was_written() -> None:
    written = {(type(node).__name__, cut(node.span)) for node in nodes(tree())}
    for expected in [
        ("Party", "party north, south"),
        ("Name", "south"),
        ("Input", "input age: uint8[rows] in 0..119 from each"),
        ("TypeExpr", "uint8[rows] in 0..119"),
        ("Number", "119"),
        ("Parameter", "y: int8 = 3"),
        ("Binary", "(x +\n            y) * 2"),
        ("Binary", "x +\n            y"),
        ("Assign", "b = c[1:2, i].d"),
        ("Index", "c[1:2, i]"),
        ("Slice", "1:2"),
        ("Attribute", "c[1:2, i].d"),
        ("Generator", "for h in (1, 2)"),
        ("TupleDisplay", "(1, 2)"),
        ("Comprehension", "[h for h in (1, 2)]"),
        ("Comprehension", "q for q in r"),
        ("Argument", "x=1"),
        ("Output", "output o[i] = f(x=1) to all if not p"),
        ("Unary", "not p"),
        ("If", TEXT[TEXT.index("elif e") : TEXT.index("\n\nx = sum")]),
        ("For", TEXT[TEXT.index("for i") : TEXT.index("\n\nx = sum")]),
        ("Def", TEXT[TEXT.index("def f") : TEXT.index("\n\nfor i")]),
    ]:
        assert expected in written, expected


def test_inner_spans_lie_in_outer_ones() -> None:
    def check(node: syntax.Node) -> None:
        for inner in nodes(node)[1:]:
            start, end = (inner.span.line, inner.span.column), (inner.span.end_line, inner.span.end_column)
            assert (node.span.line, node.span.column) <= start < end, inner
            assert end <= (node.span.end_line, node.span.end_column), (node, inner)
            assert inner.span.file == "p.mpc"
            check(inner)

    check(tree())
