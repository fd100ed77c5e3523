"""`cloister fmt`: a program with even spacing. The tokens, comments and the author's line breaks stay."""

from __future__ import annotations

from dataclasses import dataclass, field

from ..diagnostics import Findings
from ..source import Source
from .parser import parse
from .tokens import Line, Token, tokenize

INDENT = 4
MAX_BLANK = 2  # blank lines kept in a row
_VALUES = frozenset(("name", "number", "string", ")", "]", "true", "false", "none", "True", "False", "None"))
_CALLABLE = frozenset(("name", ")", "]", "assume", "assume_unchecked", "fast"))
_SIGNS = frozenset("+-~")


@dataclass
class _Row:
    """One line of the result: `first` and `last` are the lines of the original that it stands for."""

    first: int
    last: int
    indent: int
    text: str


def format_source(source: Source) -> str:
    """The text of `source` in the project's layout; formatting twice changes nothing. Raises ProgramError."""
    findings = Findings()
    parse(source, findings)
    findings.raise_if_failed()
    lexed = tokenize(source, findings)
    rows = _code_rows(lexed.lines)
    _add_comments(rows, lexed.lines, lexed.comments)
    written: list[str] = []
    before: _Row | None = None
    for row in sorted(rows, key=lambda row: row.first):
        if before is not None:
            written.extend([""] * min(row.first - before.last - 1, MAX_BLANK))
        written.append(" " * row.indent + row.text)
        before = row
    return "".join(line + "\n" for line in written)


def _code_rows(lines: list[Line]) -> list[_Row]:
    levels = [0]
    rows: list[_Row] = []
    for line in lines:
        while line.indent < levels[-1]:
            levels.pop()
        if line.indent > levels[-1]:
            levels.append(line.indent)
        rows.extend(_Writer(INDENT * (len(levels) - 1)).write(line.tokens))
    return rows


@dataclass
class _Bracket:
    """An open bracket: its sign, the line it stands on, and whether a `:` was met since its last comma."""

    sign: str
    line: int
    typed: bool = False


@dataclass
class _Writer:
    """Writes one logical line as rows."""

    indent: int
    rows: list[_Row] = field(default_factory=list)
    brackets: list[_Bracket] = field(default_factory=list)
    unary: bool = False

    def write(self, tokens: list[Token]) -> list[_Row]:
        before: Token | None = None
        for index, token in enumerate(tokens):
            if before is None or token.line > before.end_line:
                depth = len({bracket.line for bracket in self._open_behind(tokens[index:])})
                self.rows.append(_Row(token.line, token.end_line, self.indent + INDENT * depth, ""))
            elif self._space(before, token):
                self.rows[-1].text += " "
            self.rows[-1].text += token.text
            self.rows[-1].last = token.end_line
            self._follow(before, token)
            before = token
        return self.rows

    def _open_behind(self, tokens: list[Token]) -> list[_Bracket]:
        """The brackets that are still open behind the closing ones that `tokens` start with."""
        closing = next((i for i, token in enumerate(tokens) if token.kind not in (")", "]")), len(tokens))
        return self.brackets[: len(self.brackets) - closing]

    def _follow(self, before: Token | None, token: Token) -> None:
        self.unary = token.kind in _SIGNS and (before is None or before.kind not in _VALUES)
        if token.kind in ("(", "["):
            self.brackets.append(_Bracket(token.kind, token.line))
        elif token.kind in (")", "]"):
            self.brackets.pop()
        elif self.brackets and token.kind in (",", ":"):
            self.brackets[-1].typed = token.kind == ":"

    def _space(self, before: Token, token: Token) -> bool:
        """Whether a space stands between two tokens of a row."""
        inside = self.brackets[-1] if self.brackets else None
        if before.kind in ("(", "[") or token.kind in (")", "]", ",") or self.unary:
            return False
        if token.kind == "(":
            return before.kind not in _CALLABLE
        if token.kind == "[":
            return before.kind not in ("name", ")", "]")
        if "." in (before.kind, token.kind) or ".." in (before.kind, token.kind):
            return before.kind == "number" and (before.text.endswith(".") or token.kind == ".")
        if token.kind == ":" or before.kind == ":":
            return before.kind == ":" and (inside is None or inside.sign == "(")
        if "=" in (before.kind, token.kind):
            return inside is None or inside.typed
        return True


def _add_comments(rows: list[_Row], lines: list[Line], comments: list[Token]) -> None:
    """Put every comment behind its row, or on a row of its own."""
    ends = {row.last: row for row in rows}
    own: list[_Row] = []
    for comment in comments:
        text = comment.text.rstrip()
        if text[1:2].isalnum():
            text = "# " + text[1:]
        if comment.line in ends:
            ends[comment.line].text += "  " + text
        else:
            own.append(_Row(comment.line, comment.line, _comment_indent(rows, lines, comment), text))
    rows.extend(own)


def _comment_indent(rows: list[_Row], lines: list[Line], comment: Token) -> int:
    """The indentation of a comment on its own line: that of the deepest block it stands under, as written."""
    around = [line for line in lines if line.tokens[0].line < comment.line < line.tokens[-1].end_line]
    if around:  # inside of brackets: that of the code around
        last = max(i for i, row in enumerate(rows) if row.first < comment.line)
        return max(rows[last].indent, rows[last + 1].indent)
    starts = {row.first: row.indent for row in rows}
    open_blocks: list[Line] = []
    for line in lines:
        behind = line.tokens[0].line > comment.line
        if behind and open_blocks and line.indent <= open_blocks[-1].indent:
            break
        while open_blocks and line.indent <= open_blocks[-1].indent:
            open_blocks.pop()
        open_blocks.append(line)
        if behind:
            break
    fitting = [line for line in open_blocks if line.indent < comment.column]
    return starts[fitting[-1].tokens[0].line] if fitting else 0
