"""Why a line cannot be read, in words: habits of Python, SQL, R and C, then what the grammar expects."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from .tokens import RESERVED, Token


class Explanation(NamedTuple):
    """What a diagnostic will say; `at` is the token to underline."""

    message: str
    at: Token
    label: str = ""
    help: str = ""


@dataclass(frozen=True)
class Place:
    """Where a line stops making sense: its tokens, the index of the first that does not fit (the number of
    tokens, when that is the end of the line), and what would fit."""

    line: list[Token]
    index: int
    expected: frozenset[str]

    @property
    def token(self) -> Token | None:
        return self.line[self.index] if self.index < len(self.line) else None

    @property
    def text(self) -> str:
        return self.token.text if self.token else ""

    @property
    def before(self) -> Token | None:
        return self.line[self.index - 1] if self.index else None

    @property
    def first(self) -> str:
        """The word that the line starts with."""
        return self.line[0].text

    @property
    def end(self) -> Token:
        """The token to underline: the one that does not fit, or the last of the line."""
        return self.token or self.line[-1]

    def has(self, *texts: str) -> bool:
        """Whether one of `texts` stands before the place."""
        return any(token.text in texts and token.kind != "string" for token in self.line[: self.index])

    @property
    def in_brackets(self) -> bool:
        before = [token.kind for token in self.line[: self.index]]
        return sum(kind in ("(", "[") for kind in before) > sum(kind in (")", "]") for kind in before)


# A word of another language at the start of a line → (message, help).
_STATEMENTS: dict[str, tuple[str, str]] = {
    "while": ("there is no `while`: everybody would see the number of steps", "write `for i in range(n):`"),
    "class": ("there are no classes", "related values are columns of a `table`, functions are made by `def`"),
    "try": ("there are no exceptions", "state what must hold by `assume(condition)`"),
    "raise": ("there are no exceptions", "state what must hold by `assume(condition)`"),
    "assert": ("there is no `assert`", "state what must hold by `assume(condition)`"),
    "with": ("there is no `with`", "inputs are declared: `input x: uint8[rows] from each`"),
    "del": ("there is no `del`", "a variable that is not used costs nothing"),
    "global": ("there is no `global`", "give the value to the function and return the new one"),
    "nonlocal": ("there is no `nonlocal`", "give the value to the function and return the new one"),
    "yield": ("there are no generator functions", "return an array"),
    "print": ("nothing is printed: a result goes to somebody", "write `output NAME = VALUE to all`"),
    "select": ("this is SQL; here a query is made of functions of a table", "name the result: `x = ...`"),
    "let": ("a variable needs no declaration", "write `name = value`"),
    "var": ("a variable needs no declaration", "write `name = value`"),
    "const": ("a variable needs no declaration", "write `name = value`"),
    "function": ("a function is made by `def`", "write `def name(parameters):`"),
    "func": ("a function is made by `def`", "write `def name(parameters):`"),
    "fn": ("a function is made by `def`", "write `def name(parameters):`"),
    "elsif": ("this is written `elif`", "write `elif condition:`"),
    "elseif": ("this is written `elif`", "write `elif condition:`"),
    "async": ("there is no `async`", "the compiler decides what runs side by side"),
    "match": ("there is no `match`", "write `if`, `elif` and `else`"),
}

# A word inside of an expression → (message, help).
_WORDS: dict[str, tuple[str, str]] = {
    "is": ("`is` is written `==`", "replace `is` by `==`, and `is not` by `!=`"),
    "then": ("there is no `then`", "write `if condition:`, or `a if condition else b` for a value"),
    "do": ("there is no `do`", "end the line with `:`"),
    "mod": ("`mod` is written `%`", "replace `mod` by `%`"),
    "div": ("`div` is written `//`", "replace `div` by `//`"),
    "xor": ("`xor` is written `^`, or `!=` between conditions", "replace `xor` by `^`"),
    "between": ("`between` is written as a chain", "write `low <= x <= high`"),
    "where": ("there is no `where` here", "write `select(condition, a, b)`, or filter the table"),
    "lambda": ("there is no `lambda`", "define a function by `def`, or write a comprehension"),
    "await": ("there is no `await`", "the compiler decides what runs side by side"),
}


def explain(place: Place) -> Explanation:
    """The most helpful explanation of why the line stops making sense at `place`."""
    for rule in _RULES:
        explanation = rule(place)
        if explanation is not None:
            return explanation
    return _generic(place)


def _foreign_statement(place: Place) -> Explanation | None:
    word = place.line[0]
    known = _STATEMENTS.get(word.text.lower())
    if word.kind != "name" or known is None or (place.index > 1 and place.token is not None):
        return None
    return Explanation(known[0], word, help=known[1])


def _equals(place: Place) -> Explanation | None:
    if place.text != "=":
        return None
    if place.first in ("if", "elif", "return", "assume", "assume_unchecked") or place.in_brackets:
        return Explanation("`=` assigns; use `==` to compare", place.end, help="write `==`")
    if place.has("=") and place.first not in ("param", "output"):
        return Explanation("a statement assigns once", place.end, "a second `=`",
                           help="write two statements, or `==` to compare")
    return None


def _else(place: Place) -> Explanation | None:
    if place.first == "else" and place.text == "if":
        return Explanation("`else if` is written `elif`", place.end, help="write `elif condition:`")
    if place.index == 0 and place.text in ("else", "elif"):
        return Explanation(f"this `{place.text}` belongs to no `if`", place.end,
                           help="start it in the column of its `if`, directly below that one's block")
    return None


def _foreign_word(place: Place) -> Explanation | None:
    for token in (place.token, place.before):
        if token is None or token.kind != "name":
            continue
        if token.text.lower() in ("and", "or", "not", "in", "if", "else", "for"):
            return Explanation(f"`{token.text}` is written `{token.text.lower()}`", token,
                               help=f"write `{token.text.lower()}`")
        if token.text.lower() in _WORDS:
            message, help = _WORDS[token.text.lower()]
            return Explanation(message, token, help=help)
    return None


def _increment(place: Place) -> Explanation | None:
    if place.index < 2 or place.before is None:
        return None
    sign = place.line[place.index - 2].kind
    if place.before.kind == sign and sign in ("+", "-"):
        name = place.line[0].text if place.index == 3 else "x"
        return Explanation(f"there is no `{sign}{sign}`", place.before, help=f"write `{name} {sign}= 1`")
    return None


def _reserved(place: Place) -> Explanation | None:
    token = place.token
    if place.index == 1 and place.text in ("=", ".", "[", ",") and place.line[0].kind in RESERVED:
        token = place.line[0]
    elif token is None or token.kind not in RESERVED or "a name" not in place.expected:
        return None
    if token.kind in ("and", "or", "in", "if", "for", "else", "not"):
        return None
    if token.kind in ("assume", "assume_unchecked"):
        return Explanation(f"`{token.text}` is a statement and has no value", token,
                           help="write it on its own line")
    return Explanation(f"`{token.text}` is a reserved word, which names nothing", token,
                       help=f"choose another name, such as `{token.text.lower()}_`")


def _declaration(place: Place) -> Explanation | None:
    """What a declaration lacks."""
    end = place.end
    match place.first:
        case "security" if place.token is not None and place.text not in ("=", ".", "["):
            return Explanation(f"{_shown(end)} does not fit into the security statement", end,
                               help="write `security honest_majority, semi_honest`")
        case "party" if place.text in ("all", "each"):
            return Explanation(f"no party is called `{place.text}`", end, help="choose another name")
        case "output" if not place.has("to"):
            if place.text == "to" and place.has("if"):
                return Explanation("the condition of an output stands behind its receivers", end,
                                   help="write `output NAME = VALUE to all if CONDITION`")
            if place.token is None or place.text == "if":
                return Explanation("this output does not say who learns it", end,
                                   help="write `to all`, or `to` and names of parties, behind the value")
        case "output" if place.text == "each":
            return Explanation("an output goes to `all` or to parties by name", end, help="write `to all`")
        case "input" if place.text == "from" and not place.has(":"):
            return Explanation("the type of this input is missing", end,
                               help="write `input NAME: TYPE from ...`, such as `uint8[rows] in 0..119`")
        case "input" if place.text == "=":
            return Explanation("an input has no value in the program: its party gives it", end,
                               help="a public value is a `param`")
        case "input" if place.token is None and place.has(":") and "from" in place.expected:
            return Explanation("this input does not say whose it is", end,
                               help="write `from each`, or `from` and the name of a party, at the end")
        case "input" if place.text == "all":
            return Explanation("an input comes from `each` or from a party", end, help="write `from each`")
        case "input" | "load" if place.token is None and not place.has(":"):
            return Explanation(f"the type of this {place.first} is missing", end,
                               help=f"write `{place.first} NAME: TYPE from ...`")
        case "load" if "from" in place.expected:
            return Explanation("this does not say what is loaded", end,
                               help='write `load NAME: TYPE from "name"`')
        case "keep" if "as" in place.expected:
            return Explanation("this does not say under which name to keep it", end,
                               help='write `keep VALUE as "name"`')
        case "import" | "from" if place.text == ".":
            return Explanation("a module has a single name", end,
                               help="a module is of the standard library, or a file beside the program")
        case "from" if place.text == "*":
            return Explanation("names are imported one by one", end,
                               help="write `from module import first, second`")
    return None


def _without_value(place: Place) -> Explanation | None:
    if place.token is None and place.line[0].kind == "name" and place.index > 2 and place.line[1].kind == ":":
        return Explanation(f"`{place.first}` is given a type, but no value", place.end,
                           help="write `name: type = value`; what a party gives is an `input`")
    return None


def _level(place: Place) -> Explanation | None:
    """A name among the levels of a category."""
    texts = [token.text for token in place.line[:place.index]]
    if "category" not in texts or place.before is None:
        return None
    inside = place.line[len(texts) - texts[::-1].index("category"):place.index]
    token = place.token if place.before.kind == "," else place.before
    if not inside or inside[0].kind != "(" or any(one.kind == ")" for one in inside):
        return None
    if token is None or token.kind != "name":
        return None
    return Explanation(f"the level `{token.text}` stands without quotes", token,
                       help='levels are texts: `category("low", "high")`')


def _column(place: Place) -> Explanation | None:
    if place.expected == {"`:`"} and place.in_brackets and place.before is not None:
        return Explanation(f"the column `{place.before.text}` has no type", place.before,
                           help="columns are written `table(name: type)`, arguments of a type `text[8]`")
    return None


def _range(place: Place) -> Explanation | None:
    if place.text == "..":
        return Explanation("a range `a..b` stands behind a type only", place.end,
                           help="write `a <= x <= b` to compare, `range(a, b)` to count, `x[a:b]` to cut")
    return None


def _star(place: Place) -> Explanation | None:
    if place.text in ("*", "**") and place.before is not None and place.before.kind in ("(", ",", "["):
        return Explanation(f"there is no `{place.text}` before an argument", place.end,
                           help="name the arguments one by one, or use one array")
    return None


def _two_values(place: Place) -> Explanation | None:
    values = ("name", "number", "string")
    if place.token is None or place.before is None or place.token.kind not in values:
        return None
    if place.before.kind in values or place.before.kind in (")", "]"):
        what = "an operator or a comma" if place.in_brackets else "an operator"
        return Explanation(f"expected {what} before {_shown(place.token)}", place.token,
                           help="a product needs a `*`" if place.before.kind == "number" else "")
    return None


def _generic(place: Place) -> Explanation:
    expected = sorted(place.expected)
    help = f"expected {' or '.join(expected)}" if 0 < len(expected) <= 4 else ""
    if place.token is None:
        return Explanation("this line ends too early", place.end, "something is missing behind this", help)
    return Explanation(f"{_shown(place.token)} does not fit here", place.token, help=help)


def _shown(token: Token) -> str:
    return "this text" if token.kind == "string" else f"`{token.text}`"


_RULES: tuple[Callable[[Place], Explanation | None], ...] = (
    _foreign_statement,
    _equals,
    _else,
    _declaration,
    _foreign_word,
    _increment,
    _reserved,
    _without_value,
    _level,
    _column,
    _range,
    _star,
    _two_values,
)
