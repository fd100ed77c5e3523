"""Mistakes: each is found, named in words, underlined at its place, and brings no other with it."""

from __future__ import annotations

import time

import pytest
from cloister.compiler.diagnostics import Findings
from cloister.compiler.frontend import syntax
from cloister.compiler.frontend.parser import parse
from cloister.compiler.source import Source


def findings(text: str) -> list[tuple[str, str, int, int]]:
    found = Findings()
    parse(Source("p.mpc", text), found)
    return [(d.code, d.message, d.span.line, d.span.column) for d in found.items if d.span]


@pytest.mark.parametrize(("text", "code", "message", "line", "column"), [
    ("if x = 3:\n    y = 1", "E0001", "`=` assigns; use `==` to compare", 1, 6),
    ("if x\n    y = 1", "E0001", "expected `:` at the end of this line", 1, 4),
    ("for i in range(3)\n    y = 1", "E0001", "expected `:` at the end of this line", 1, 17),
    ("def f(x)\n    return x", "E0001", "expected `:` at the end of this line", 1, 8),
    ("x = a && b", "E0001", "`&&` is written `and`", 1, 7),
    ("x = a || b", "E0001", "`||` is written `or`", 1, 7),
    ("x = !a", "E0001", "`!` is written `not`", 1, 5),
    ("x = a <> b", "E0001", "`<>` is written `!=`", 1, 7),
    ("x = a AND b", "E0001", "`AND` is written `and`", 1, 7),
    ("x = a is b", "E0001", "`is` is written `==`", 1, 7),
    ("x++", "E0001", "there is no `++`", 1, 3),
    ("x = 1;", "E0001", "there are no semicolons: one statement a line", 1, 6),
    ("x = {1: 2}", "E0001", "`{ }` has no meaning here", 1, 5),
    ("x = a ? b : c", "E0001", "`?` has no meaning here", 1, 7),
    ("while x < 3:\n    y = 1", "E0001",
     "there is no `while`: everybody would see the number of steps", 1, 1),
    ("try:\n    y = 1", "E0001", "there are no exceptions", 1, 1),
    ("class A:\n    y = 1", "E0001", "there are no classes", 1, 1),
    ("x = lambda y: y", "E0001", "there is no `lambda`", 1, 5),
    ("if a:\n    pass\nelse if b:\n    pass", "E0001", "`else if` is written `elif`", 3, 6),
    ("else:\n    pass", "E0001", "this `else` belongs to no `if`", 1, 1),
    ("party a, all", "E0001", "no party is called `all`", 1, 10),
    ("output x", "E0001", "this output does not say who learns it", 1, 8),
    ("output x = 1 to each", "E0001", "an output goes to `all` or to parties by name", 1, 17),
    ("output x = a if b > 2 to all", "E0001",
     "the condition of an output stands behind its receivers", 1, 23),
    ("output x[1:2] = y to all", "E0001", "an output is written one cell at a time", 1, 10),
    ("input x: uint8[n]", "E0001", "this input does not say whose it is", 1, 17),
    ("input x: uint8 from all", "E0001", "an input comes from `each` or from a party", 1, 21),
    ("input x from each", "E0001", "the type of this input is missing", 1, 9),
    ("input x = 3", "E0001", "an input has no value in the program: its party gives it", 1, 9),
    ("keep x", "E0001", "this does not say under which name to keep it", 1, 6),
    ("param p", "E0001", "the parameter `p` has neither a type nor a value", 1, 1),
    ("size = 3", "E0001", "`size` is a reserved word, which names nothing", 1, 1),
    ("x = size + 1", "E0001", "`size` is a reserved word, which names nothing", 1, 5),
    ("x = assume(y)", "E0001", "`assume` is a statement and has no value", 1, 5),
    ("x: int", "E0001", "`x` is given a type, but no value", 1, 4),
    ("f(a b)", "E0001", "expected an operator or a comma before `b`", 1, 5),
    ("x = 3 y", "E0001", "expected an operator before `y`", 1, 7),
    ("f(*a)", "E0001", "there is no `*` before an argument", 1, 3),
    ("f(a=1, b)", "E0001", "an argument without a name stands behind one with a name", 1, 8),
    ("a = b = c", "E0001", "a statement assigns once", 1, 7),
    ("f(x) = 3", "E0001", "a call cannot stand left of `=`", 1, 1),
    ("1 = x", "E0001", "only a name or `x[i]` can stand left of `=`", 1, 1),
    ("x, y += 1", "E0001", "`+=` changes one variable at a time", 1, 1),
    ("x[1][2] = 3", "E0001", "an assignment indexes once", 1, 1),
    ("for x[1] in y: pass", "E0001", "a loop variable is a name", 1, 5),
    ("for i in 0..5: pass", "E0001", "a range `a..b` stands behind a type only", 1, 11),
    ("x == 3", "E0001", "`==` compares, and nothing is done with the result", 1, 1),
    ("x <- 3", "E0001", "this compares, and nothing is done with the result", 1, 1),
    ("for i in n: break", "E0001", "there is no `break`: a loop takes all of its steps", 1, 13),
    ("import a.b", "E0001", "a module has a single name", 1, 9),
    ("from a import *", "E0001", "names are imported one by one", 1, 15),
    ("x = ", "E0001", "this line ends too early", 1, 3),
    ("def f(a=1, b): return a", "E0001", "`b` needs a default value too", 1, 12),
    ("input x: int8(n) from each", "E0001", "the column `n` has no type", 1, 15),
    ("input x: category(low, high) from each", "E0001", "the level `low` stands without quotes", 1, 19),
    ("input t: table(x: category('a', b))[n] from each", "E0001", "the level `b` stands without quotes", 1, 33),
    ("input t: table(x: category('a'), y)[n] from each", "E0001", "the column `y` has no type", 1, 34),
    ("security honest-majority", "E0001", "`-` does not fit into the security statement", 1, 16),
    ("security honest majority", "E0001", "`majority` does not fit into the security statement", 1, 17),
    ("security", "E0001", "this line ends too early", 1, 1),
    ("security = 3", "E0001", "`security` is a reserved word, which names nothing", 1, 1),
    ("input x: int8(n: int8) from each", "E0001", "`int8` has no columns", 1, 10),
    ("x = (1, 2\ny = 3", "E0001", "this `(` is never closed", 1, 5),
    ("x = (1, 2\nparty a, b\ny = f(3)", "E0001", "this `(` is never closed", 1, 5),
    ("x = f(1,\n      2\ny = 3", "E0001", "this `(` is never closed", 1, 6),
    ("x = 1)", "E0001", "this `)` closes nothing", 1, 6),
    ("x = (1]", "E0001", "`]` does not close `(`", 1, 7),
    ("x = é", "E0001", "`é` has no meaning here", 1, 5),
    ("x = 1 # \u202e", "E0001", "an invisible character (U+202E) stands here", 1, 9),
    ("x = 1 + \\\n    2", "E0001", "a backslash does not continue a line", 1, 9),
    ("return 3", "E0001", "`return` stands outside of a function", 1, 1),
    ("x = 1\n  y = 2\nz = 3", "E0002", "this line is indented for no reason", 2, 3),
    ("if a:\nx = 1", "E0002", "an indented block is expected below this line", 1, 5),
    ("if a:", "E0002", "an indented block is expected below this line", 1, 5),
    ("if a:\n    x = 1\n  y = 2", "E0002", "this indentation fits no block above", 3, 3),
    ("if a:\n    x = 1\nif b:\n\ty = 2", "E0002",
     "this file indents by tabs in one place and by spaces in another", 4, 1),
    ("if a:\n \tx = 1", "E0002", "this indentation mixes tabs and spaces", 2, 1),
    ('x = "abc\ny = 1', "E0003", "this text is never closed", 1, 5),
    ('x = f("abc)\ny = 1', "E0003", "this text is never closed", 1, 7),
    ('x = """abc\ny = (1', "E0003", "this text is never closed", 1, 5),
    ('x = "a\\q"', "E0003", "`\\q` means nothing in a text", 1, 5),
    ("x = 3y", "E0003", "`3y` is neither a number nor a name", 1, 5),
    ("x = 10.1.2.3", "E0003", "an address is written as a text", 1, 5),
    ("x = 1__0", "E0003", "a `_` in `1__0` separates no digits", 1, 5),
    ("x = 007", "E0003", "`007` starts with a zero", 1, 5),
    ("x = 0xfg", "E0003", "`0xfg` is not a number to the base 16", 1, 5),
    ("x = 1e999999999", "E0003", "the exponent of `1e999999999` is too large", 1, 5),
    ("if a:\n    input x: int8 from each", "E0004", "`input` cannot stand inside of a block", 2, 5),
    ("def f():\n    output x = 1 to all", "E0004", "`output` cannot stand inside of a function", 2, 5),
])
def test_one_mistake_one_finding(text: str, code: str, message: str, line: int, column: int) -> None:
    assert findings(text) == [(code, message, line, column)]


def test_all_mistakes_of_a_file_at_once() -> None:
    text = "x = (1\nif y = 2:\n    z = 3 4\nelse:\n    w == 1\ndef f(a:\n    return a\noutput x\nok = 1\n"
    found = Findings()
    tree = parse(Source("p.mpc", text), found)
    assert [d.span.line for d in found.items if d.span] == [1, 2, 3, 5, 6, 8]
    assert [s.target for s in tree.statements if isinstance(s, syntax.Assign)][-1].span.line == 9


def test_every_finding_has_a_help_or_says_enough() -> None:
    found = Findings()
    parse(Source("p.mpc", "x++\nwhile a:\n    b = 1\noutput c\nif d = 1: pass\n"), found)
    assert len(found.items) == 4
    assert all(d.help for d in found.items)


@pytest.mark.parametrize("text", [
    "x = " + "(" * 500 + "1" + ")" * 500,
    "x = " + "-" * 5000 + "1",
    "x = " + " + ".join(["1"] * 5000),
    "x = " + "a[" * 500,
    "\n".join(" " * i + "if a:" for i in range(400)) + "\n" + " " * 400 + "pass",
    "if a: pass\n" + "elif a: pass\n" * 500,
    "f(\n" * 2000,
    '"""' + "x\n" * 2000,
    "x = " + "9" * 100_000,
    "\n".join(["x = = 1"] * 2000),
    "\0\x1b[2J)](",
])
def test_hostile_text_is_refused_quickly(text: str) -> None:
    started = time.process_time()
    assert findings(text)
    assert time.process_time() - started < 3
