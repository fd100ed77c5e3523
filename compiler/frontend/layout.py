"""Logical lines to blocks: _NEWLINE, _INDENT and _DEDENT, and something in the place of refused lines.

Every mistake of indentation is reported and mended here, so that the grammar never meets one.
"""

from __future__ import annotations

from typing import NamedTuple

from ..diagnostics import Findings, Label
from .tokens import Line, Token

BLOCK_WORDS = frozenset(("def", "if", "elif", "else", "for", "fast"))


class Placed(NamedTuple):
    """A token for the parser, and the logical line it comes from."""

    token: Token
    line: Line


def mend_indentation(lines: list[Line], file: str, findings: Findings) -> None:
    """Report wrong indentation (E0002) and missing colons (E0001); bring every line into an open block."""
    levels = [0]
    previous: Line | None = None
    for line in lines:
        _check_colon(line, file, findings)
        if line.indent > levels[-1]:
            if previous is not None and (previous.refused or _opens(previous)):
                levels.append(line.indent)
            else:
                _too_deep(previous, line, file, findings)
                line.indent = levels[-1]
        else:
            _missing_block(previous, line, file, findings)
            while line.indent < levels[-1]:
                levels.pop()
            if line.indent != levels[-1]:
                findings.report("E0002", "this indentation fits no block above", line.tokens[0].span(file),
                                help="indent the line exactly as the block that it continues")
                line.indent = levels[-1]
        previous = line
    _missing_block(previous, None, file, findings)


def _opens(line: Line) -> bool:
    return line.tokens[-1].kind == ":"


def _check_colon(line: Line, file: str, findings: Findings) -> None:
    """Report the first line of a block that lacks its colon; refuse it."""
    word = line.tokens[0]
    if word.kind not in BLOCK_WORDS or line.refused:
        return
    depth = 0
    for token in line.tokens:
        depth += (token.kind in "([") - (token.kind in ")]")
        if token.kind == ":" and depth == 0:
            return
    if word.kind == "fast" and len(line.tokens) > 1:  # `fast(...)`, an expression
        return
    if word.kind == "def" and any(token.text == "bristol" for token in line.tokens):
        return
    findings.report("E0001", "expected `:` at the end of this line", line.tokens[-1].span(file),
                    "a `:` is missing behind this",
                    help=f"the line with `{word.kind}` ends in `:`, and its block is indented below it")
    line.refused = 1


def _too_deep(previous: Line | None, line: Line, file: str, findings: Findings) -> None:
    others = [Label(previous.tokens[0].span(file), "this line opens no block")] if previous else []
    findings.report("E0002", "this line is indented for no reason", line.tokens[0].span(file),
                    "indented more", *others, help="start it where the line above starts")


def _missing_block(previous: Line | None, line: Line | None, file: str, findings: Findings) -> None:
    if previous is None or previous.refused or not _opens(previous):
        return
    others = [Label(line.tokens[0].span(file), "this line is not indented")] if line else []
    findings.report("E0002", "an indented block is expected below this line", previous.tokens[-1].span(file),
                    "opened here", *others, help="indent the block by four spaces, or write `pass`")
    previous.refused = 1


def lay_out(lines: list[Line]) -> list[Placed]:
    """The tokens of `lines` with blocks marked. Needs `mend_indentation` first; never reports."""
    placed: list[Placed] = []
    levels = [0]
    for number, line in enumerate(lines):
        while line.indent < levels[-1]:
            levels.pop()
            placed.append(Placed(_mark("_DEDENT", placed[-1].token), line))
        deeper = number + 1 < len(lines) and lines[number + 1].indent > line.indent
        tokens = _stand_in(line, deeper) if line.refused else line.tokens
        placed.extend(Placed(token, line) for token in tokens)
        placed.append(Placed(_mark("_NEWLINE", tokens[-1]), line))
        if deeper:
            levels.append(lines[number + 1].indent)
            placed.append(Placed(_mark("_INDENT", placed[-1].token), line))
    placed.extend(Placed(_mark("_DEDENT", placed[-1].token), lines[-1]) for _ in levels[1:])
    return placed


def _mark(kind: str, behind: Token) -> Token:
    return Token(kind, "", behind.end_line, behind.end_column, behind.end_line, behind.end_column)


def _stand_in(line: Line, deeper: bool) -> list[Token]:
    """What the parser reads in the place of a refused line: as little as keeps its neighbours readable."""
    first, last = line.tokens[0], line.tokens[-1]
    kinds: list[str] = []
    if first.kind in ("if", "elif", "else") and line.refused == 1:
        kinds = ["else", ":"] if first.kind == "else" else [first.kind, "true", ":"]
    elif deeper:
        kinds = ["if", "true", ":"]
    if not deeper:
        kinds.append("pass")
    return [Token(kind, kind, first.line, first.column, last.end_line, last.end_column) for kind in kinds]
