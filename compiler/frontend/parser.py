"""Text to syntax tree.

A line that does not parse is explained, something neutral is put in its place, and the file is parsed
again: so every mistake of a file is found at once, and none of them brings others with it.
"""

from __future__ import annotations

from typing import Any

import lark
from lark.exceptions import UnexpectedToken

from ..diagnostics import Diagnostic, Findings
from ..source import Source, Span
from . import syntax
from .layout import Placed, lay_out, mend_indentation
from .mistakes import Place, explain
from .placement import check_placement
from .tables import parser, terminals
from .tokens import MAX_ERRORS, SOFT, Token, tokenize
from .tree import Builder, split_doc

_KINDS = {"name": "NAME", "number": "NUMBER", "string": "STRING"}
_WORDS_FOR = {"NAME": "a name", "NUMBER": "a number", "STRING": "a text in quotes"}


def parse(source: Source, findings: Findings) -> syntax.Module:
    """The syntax tree of `source`.

    Never raises for what is written: every mistake is reported, in source order (E0001 to E0004), and its
    line is absent from the tree.
    """
    known = len(findings.items)
    lines = tokenize(source, findings).lines
    mend_indentation(lines, source.name, findings)
    tree = None
    while tree is None and len(findings.items) - known < MAX_ERRORS:
        tree = _attempt(lay_out(lines), source.name, findings)
    builder = Builder(source.name, findings)
    doc, statements = split_doc(builder.build(tree) if tree is not None else ())
    if len(findings.items) == known:  # a refused `def` would leave its `return` behind
        check_placement(statements, findings)
    findings.items[known:] = sorted(findings.items[known:], key=_position)
    return syntax.Module(source.name, doc, statements, span=_whole(source))


def _position(finding: Diagnostic) -> tuple[int, int]:
    return (finding.span.line, finding.span.column) if finding.span else (0, 0)


def _whole(source: Source) -> Span:
    lines = source.text.splitlines() or [""]
    return Span(source.name, 1, 1, len(lines), len(lines[-1]) + 1)


def _attempt(placed: list[Placed], file: str, findings: Findings) -> lark.Tree[Any] | None:
    """Lark's tree; or None, when a line had to be reported and refused."""
    session = parser().parse_interactive()
    before = ""
    for index, (token, line) in enumerate(placed):
        try:
            session.feed_token(_terminal(token, before))
        except UnexpectedToken:
            if not line.refused:
                accepted = session.accepts()  # type: ignore[no-untyped-call]
                _report(placed, index, accepted, file, findings)
            line.refused += 1
            return None
        before = token.kind
    tree: lark.Tree[Any] = session.feed_eof()  # type: ignore[no-untyped-call]
    return tree


def _terminal(token: Token, before: str) -> lark.Token:
    """The token as lark knows it. Soft words are names behind a dot."""
    soft = token.kind == "name" and token.text in SOFT and before != "."
    kind = terminals()[token.text] if soft else _KINDS.get(token.kind) or terminals().get(token.kind, token.kind)
    return lark.Token(kind, token.text, None, token.line, token.column, token.end_line, token.end_column)


def _report(placed: list[Placed], index: int, accepted: set[str], file: str, findings: Findings) -> None:
    line = placed[index].line
    texts = {terminal: f"`{text}`" for text, terminal in terminals().items() if text not in SOFT} | _WORDS_FOR
    texts |= {terminals()[word]: word for word in SOFT if "NAME" not in accepted}
    expected = frozenset(texts[terminal] for terminal in accepted if terminal in texts)
    first = next(i for i, other in enumerate(placed) if other.line is line and other.token in line.tokens)
    found = explain(Place(line.tokens, index - first, expected))
    findings.report("E0001", found.message, found.at.span(file), found.label, help=found.help)
