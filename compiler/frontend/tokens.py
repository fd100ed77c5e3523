"""Text to logical lines of tokens.

Comments are set aside, brackets are matched, and a line that cannot be read is marked, so that the parser
can go on behind it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import NamedTuple

from ..diagnostics import Findings, Label
from ..source import Source, Span

# Words that no expression holds: at the start of a line they show that a bracket was left open.
_DECLARING = frozenset(("party", "security", "param", "size", "input", "output", "keep", "load", "def",
                        "return", "import", "pass", "assume", "assume_unchecked", "elif"))
# With those that expressions hold: the words that name nothing, except behind a dot.
RESERVED = _DECLARING | {"for", "if", "else", "fast", "and", "or", "not", "in",
                         "true", "false", "none", "True", "False", "None"}
# Words only where they stand: elsewhere they are ordinary names.
SOFT = frozenset(("to", "all", "each", "up", "as", "from", "optional", "bristol"))

# How other languages write it → (how it is written here; empty where nothing can stand in, message, help).
FOREIGN: dict[str, tuple[str, str, str]] = {
    "&&": ("and", "`&&` is written `and`", "replace `&&` by `and`"),
    "||": ("or", "`||` is written `or`", "replace `||` by `or`"),
    "!==": ("!=", "`!==` is written `!=`", "replace it by `!=`"),
    "===": ("==", "`===` is written `==`", "replace it by `==`"),
    "<>": ("!=", "`<>` is written `!=`", "replace `<>` by `!=`"),
    "=<": ("<=", "`=<` is written `<=`", "replace `=<` by `<=`"),
    "=>": (">=", "`=>` is written `>=`", "replace `=>` by `>=`"),
    ":=": ("=", "`:=` is written `=`, as a statement of its own", "assign on the line before"),
    "!": ("not", "`!` is written `not`", "replace `!` by `not`"),
    ";": ("", "there are no semicolons: one statement a line", "put each statement on its own line"),
    "{": ("", "`{ }` has no meaning here", "blocks are made by `:` and indentation, lists by `[ ]`"),
    "}": ("", "`{ }` has no meaning here", "blocks are made by `:` and indentation, lists by `[ ]`"),
    "?": ("", "`?` has no meaning here", "a choice is written `a if condition else b`"),
    "\\": ("", "a backslash does not continue a line", "put the expression in parentheses to break it"),
    "$": ("", "`$` has no meaning here", "names are written without a sign before them"),
    "`": ("", "a backquote has no meaning here", "names are written without quotes"),
}

_TOKEN = re.compile(
    r"""
    (?P<space>[ \t]+)
  | (?P<comment>\#[^\n]*)
  | (?P<newline>\n)
  | (?P<string>\"\"\"(?:\\.|[^\\])*?\"\"\" | '''(?:\\.|[^\\])*?'''
        | (?!\"\"\")"(?:\\[^\n]|[^"\\\n])*" | (?!''')'(?:\\[^\n]|[^'\\\n])*')
  | (?P<open_string>\"\"\"|'''|"|')
  | (?P<address>[0-9]+(?:\.[0-9]+){2,}(?:/[0-9]+)?)
  | (?P<number>0[xXbBoO]\w* | (?:[0-9][0-9_]*(?:\.(?!\.)[0-9_]*)? | \.[0-9][0-9_]*)(?:[eE][+-]?[0-9_]+)?)
  | (?P<name>[A-Za-z_][A-Za-z0-9_]*)
  | (?P<foreign>&&|\|\||!==|===|<>|=<|=>|:=|!(?!=)|[;{}?\\$`])
  | (?P<op>\*\*=|//=|<<=|>>=|\*\*|//|<<|>>|<=|>=|==|!=|->|\.\.|[-+*/%@&|^]=|[-+*/%@&|^~<>=()\[\],:.])
    """,
    re.VERBOSE | re.DOTALL,
)
_FIRST_WORD = re.compile(r"[ \t]*(\w+)")
# Characters that no editor shows or that reorder what it shows (CVE-2021-42574): a program reads as it runs.
INVISIBLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]")
_BRACKETS = {")": "(", "]": "["}
MAX_ERRORS = 50  # behind so many the rest of the file is not read
MAX_BRACKETS = 60  # deeper nesting is no program but an attack on the stack of a later stage


class Token(NamedTuple):
    """A token. `kind` is `name`, `number`, `string`, else the reserved word or sign; ends are exclusive."""

    kind: str
    text: str
    line: int
    column: int
    end_line: int
    end_column: int

    def span(self, file: str) -> Span:
        """Its place in `file`."""
        return Span(file, self.line, self.column, self.end_line, self.end_column)


@dataclass
class Line:
    """A logical line: its tokens (never empty), its indentation in characters, and whether it was refused.

    `refused` counts: once, the line is replaced by one of its kind; twice, by `pass`.
    """

    tokens: list[Token]
    indent: int
    refused: int = 0


@dataclass
class Lexed:
    """The lines of a file, and its comments in order."""

    lines: list[Line] = field(default_factory=list)
    comments: list[Token] = field(default_factory=list)


def tokenize(source: Source, findings: Findings) -> Lexed:
    """Read `source` into logical lines; what cannot be read is reported (E0001 to E0003), its line marked."""
    return _Lexer(source, findings).run()


class _Lexer:
    """Walks over the text once. `number` is that of the current line, `start` its position in the text."""

    def __init__(self, source: Source, findings: Findings) -> None:
        self.file = source.name
        self.findings = findings
        self.text = source.text.replace("\r\n", "\n").replace("\r", "\n")
        self.position = 0
        self.start = 0
        self.number = 1
        self.lexed = Lexed()
        self.brackets: list[Token] = []
        self.current: Line | None = None
        self.indent_sign = ""
        self.skip_deeper: int | None = None

    def run(self) -> Lexed:
        self._refuse_invisible()
        while True:
            self._indentation()
            while self.position < len(self.text):
                self._step()
            if not self.brackets:
                self._end_line()
                return self.lexed
            self._unclosed()

    def _step(self) -> None:
        match = _TOKEN.match(self.text, self.position)
        kind = (match.lastgroup or "") if match else ""
        if match is None:
            self._strange_character()
        elif kind == "newline":
            self._newline()
        elif kind == "open_string":
            self._open_string(match.group())
        else:
            token = self._token(kind, match.end())
            if kind == "comment":
                self.lexed.comments.append(token)
            elif kind != "space":
                self._add(kind, token)

    # ------------------------------------------------------------------ lines

    def _newline(self) -> None:
        self.position += 1
        self._next_line(self.position)
        if not self.brackets:
            self._end_line()
            self._indentation()
        elif (word := _FIRST_WORD.match(self.text, self.position)) and word[1] in _DECLARING:
            self._unclosed()
            self._indentation()

    def _next_line(self, position: int) -> None:
        self.start = position
        self.number += 1

    def _indentation(self) -> None:
        """Open the next logical line, unless the physical one is blank or holds a comment alone."""
        end = self.position
        while end < len(self.text) and self.text[end] in " \t":
            end += 1
        white, self.position = self.text[self.position : end], end
        if end == len(self.text) or self.text[end] in "\n#":
            return
        if self.skip_deeper is not None and len(white) > self.skip_deeper:
            stop = self.text.find("\n", end)
            self.position = len(self.text) if stop < 0 else stop
            return
        self.skip_deeper = None
        self._check_white(white)
        self.current = Line([], len(white))

    def _check_white(self, white: str) -> None:
        span = Span(self.file, self.number, 1, self.number, len(white) + 1)
        if " " in white and "\t" in white:
            self.findings.report("E0002", "this indentation mixes tabs and spaces", span,
                                 help="indent by four spaces")
        elif white and self.indent_sign and white[0] != self.indent_sign:
            self.findings.report("E0002", "this file indents by tabs in one place and by spaces in another",
                                 span, help="indent by four spaces everywhere")
        elif white:
            self.indent_sign = white[0]

    def _end_line(self) -> None:
        if self.current is not None and self.current.tokens:
            self.lexed.lines.append(self.current)
        self.current = None

    # ------------------------------------------------------------------ tokens

    def _token(self, kind: str, end: int) -> Token:
        """The token from the position to `end`; the position moves behind it."""
        text = self.text[self.position : end]
        line, column = self.number, self.position - self.start + 1
        newlines = text.count("\n")
        if newlines:
            self.number += newlines
            self.start = self.position + text.rfind("\n") + 1
        self.position = end
        return Token(kind, text, line, column, self.number, end - self.start + 1)

    def _add(self, kind: str, token: Token) -> None:
        assert self.current is not None
        tokens = self.current.tokens
        self._check_apart(tokens, token)
        if kind == "name":
            behind_dot = bool(tokens) and tokens[-1].kind == "."
            token = token._replace(kind=token.text if token.text in RESERVED and not behind_dot else "name")
        elif kind == "address":
            self.findings.report("E0003", "an address is written as a text", token.span(self.file),
                                 help=f'write `ip4("{token.text}")`')
            self.current.refused = 1
        elif kind == "foreign":
            written, message, help = FOREIGN[token.text]
            if not any(FOREIGN.get(other.text, "")[1:2] == (message,) for other in tokens):
                self.findings.report("E0001", message, token.span(self.file), help=help)
            self.current.refused |= not written
            token = token._replace(kind=written)
        elif kind == "op":
            token = token._replace(kind=token.text)
            self._bracket(token)
        tokens.append(token)

    def _check_apart(self, tokens: list[Token], token: Token) -> None:
        """Refuse `3x`: a name or a number glued to a number."""
        if not tokens or tokens[-1].kind != "number" or token.kind not in ("name", "number"):
            return
        if (tokens[-1].end_line, tokens[-1].end_column) == token[2:4]:
            assert self.current is not None
            self.findings.report("E0003", f"`{tokens[-1].text}{token.text}` is neither a number nor a name",
                                 tokens[-1].span(self.file).to(token.span(self.file)),
                                 help="a name starts with a letter; a product needs a `*`")
            self.current.refused = 1

    def _bracket(self, token: Token) -> None:
        assert self.current is not None
        span = token.span(self.file)
        if token.text in "([":
            self.brackets.append(token)
            if len(self.brackets) == MAX_BRACKETS + 1:
                self.findings.report("E0001", "brackets are nested too deeply here", span,
                                     help="name a part of the expression on a line before")
            self.current.refused |= len(self.brackets) > MAX_BRACKETS
        elif token.text in _BRACKETS:
            opening = self.brackets.pop() if self.brackets else None
            if opening is None:
                self.findings.report("E0001", f"this `{token.text}` closes nothing", span,
                                     help=f"take it away, or add its `{_BRACKETS[token.text]}`")
                self.current.refused = 1
            elif opening.text != _BRACKETS[token.text]:
                self.findings.report("E0001", f"`{token.text}` does not close `{opening.text}`", span,
                                     "closed here", Label(opening.span(self.file), "opened here"))
                self.current.refused = 1

    # ------------------------------------------------------------------ what cannot be read

    def _refuse_invisible(self) -> None:
        for match in INVISIBLE.finditer(self.text):
            line = self.text.count("\n", 0, match.start()) + 1
            column = match.start() - self.text.rfind("\n", 0, match.start())
            self.findings.report("E0001", f"an invisible character (U+{ord(match.group()):04X}) stands here",
                                 Span(self.file, line, column, line, column + 1),
                                 help="take it away: a program must read as it runs")
        self.text = INVISIBLE.sub(" ", self.text)

    def _strange_character(self) -> None:
        token = self._token("", self.position + 1)
        help = "names are written with the letters a to z, digits and `_`" if token.text.isalpha() else ""
        self.findings.report("E0001", f"`{token.text}` has no meaning here", token.span(self.file), help=help)
        assert self.current is not None
        self.current.tokens.append(token)
        self.current.refused = 1

    def _open_string(self, quote: str) -> None:
        stop = self.text.find("\n", self.position)
        token = self._token("string", len(self.text) if stop < 0 else stop)
        self.findings.report("E0003", "this text is never closed", token.span(self.file),
                             help=f"end it with `{quote}`" + ("" if len(quote) == 3 else " on the same line"))
        assert self.current is not None
        self.current.tokens.append(token)
        self.current.refused = 1
        self.skip_deeper = self.current.indent
        self.brackets.clear()
        if len(quote) == 3:  # what follows is text, not program
            self.position = len(self.text)

    def _unclosed(self) -> None:
        """Report the innermost open bracket, keep the first line of its statement, and go on below it.

        Lines indented more deeply are taken to belong to it.
        """
        opening = self.brackets[-1]
        self.findings.report("E0001", f"this `{opening.text}` is never closed", opening.span(self.file),
                             help=f"add the closing `{')' if opening.text == '(' else ']'}`")
        assert self.current is not None
        first = self.current.tokens[0]
        self.current.tokens = [t for t in self.current.tokens if t.line == first.line]
        self.current.refused = 1
        self.skip_deeper = self.current.indent
        self.brackets.clear()
        self._end_line()
        self.number = first.line + 1
        self.position = sum(len(line) + 1 for line in self.text.split("\n", first.line)[: first.line])
        if len(self.findings.items) > MAX_ERRORS:
            self.position = len(self.text)
        self.position = self.start = min(self.position, len(self.text))
