"""What is written, as a tree: every construct of the language, seen as a compact s-expression."""

from __future__ import annotations

import dataclasses
from fractions import Fraction

import pytest
from cloister.compiler.diagnostics import Findings
from cloister.compiler.frontend import syntax
from cloister.compiler.frontend.parser import parse
from cloister.compiler.source import Source


def module(text: str) -> syntax.Module:
    findings = Findings()
    result = parse(Source("p.mpc", text), findings)
    assert not findings.items, findings.items
    return result


def show(node: object) -> str:
    """A node as an s-expression of its class and fields; names, numbers and texts as themselves."""
    match node:
        case syntax.Name(id=id):
            return id
        case syntax.Number(value=value, is_int=is_int):
            return str(value) if is_int else f"{value}f"
        case syntax.Text(value=value):
            return repr(value)
        case syntax.Boolean(value=value):
            return str(value).lower()
        case tuple():
            return f"[{' '.join(show(item) for item in node)}]"
        case syntax.Node():
            fields = [getattr(node, f.name) for f in dataclasses.fields(node) if f.name != "span"]
            return f"({' '.join([type(node).__name__, *(show(field) for field in fields)])})"
    return str(node)


def expression(text: str) -> str:
    (statement,) = module(f"x = {text}\n").statements
    assert isinstance(statement, syntax.Assign)
    return show(statement.value)


def statement(text: str) -> str:
    (only,) = module(text).statements
    return show(only)


@pytest.mark.parametrize(("text", "expected"), [
    ("1 + 2 * 3", "(Binary + 1 (Binary * 2 3))"),
    ("(1 + 2) * 3", "(Binary * (Binary + 1 2) 3)"),
    ("1 - 2 - 3", "(Binary - (Binary - 1 2) 3)"),
    ("2 ** 3 ** 4", "(Binary ** 2 (Binary ** 3 4))"),
    ("-2 ** 2", "(Unary - (Binary ** 2 2))"),
    ("2 ** -1", "(Binary ** 2 (Unary - 1))"),
    ("a @ b / c // d % e", "(Binary % (Binary // (Binary / (Binary @ a b) c) d) e)"),
    ("a | b ^ c & d << 1", "(Binary | a (Binary ^ b (Binary & c (Binary << d 1))))"),
    ("not a == b", "(Unary not (Compare [==] [a b]))"),
    ("a or b and not c", "(Binary or a (Binary and b (Unary not c)))"),
    ("a < b <= c != d", "(Compare [< <= !=] [a b c d])"),
    ("a in b", "(Compare [in] [a b])"),
    ("a not in b", "(Compare [not in] [a b])"),
    ("a if b else c if d else e", "(Conditional b a (Conditional d c e))"),
    ("~a", "(Unary ~ a)"),
    ("f(a, b=1)", "(Call f [(Argument None a) (Argument b 1)])"),
    ("f()", "(Call f [])"),
    ("f(a,)", "(Call f [(Argument None a)])"),
    ("fast(a * b)", "(Call fast [(Argument None (Binary * a b))])"),
    ("a.north.sum()", "(Call (Attribute (Attribute a north) sum) [])"),
    ("t.size", "(Attribute t size)"),
    ("t.to", "(Attribute t to)"),
    ("m[1, 2:]", "(Index m [1 (Slice 2 None None)])"),
    ("m[:]", "(Index m [(Slice None None None)])"),
    ("m[a:b:c]", "(Index m [(Slice a b c)])"),
    ("m[::2]", "(Index m [(Slice None None 2)])"),
    ("m[:-1,]", "(Index m [(Slice None (Unary - 1) None)])"),
    ("[]", "(ListDisplay [])"),
    ("[1, 2,]", "(ListDisplay [1 2])"),
    ("()", "(TupleDisplay [])"),
    ("(1,)", "(TupleDisplay [1])"),
    ("1, 2", "(TupleDisplay [1 2])"),
    ("[i for i in x if i > 1 if i < 3]",
     "(Comprehension i [(Generator i x [(Compare [>] [i 1]) (Compare [<] [i 3])])])"),
    ("sum(a * b for a, b in zip(x, y))",
     "(Call sum [(Argument None (Comprehension (Binary * a b) [(Generator (TupleDisplay [a b]) "
     "(Call zip [(Argument None x) (Argument None y)]) [])]))])"),
    ("[i for r in m for i in r]", "(Comprehension i [(Generator r m []) (Generator i r [])])"),
    ("all(to) + each", "(Binary + (Call all [(Argument None to)]) each)"),
    ("up if from else as", "(Conditional from up as)"),
    ("true and False", "(Binary and true false)"),
    ("[none, None]", "(ListDisplay [(NoneLiteral) (NoneLiteral)])"),
    ("'a\\n\"' + \"b'\"", "(Binary + 'a\\n\"' \"b'\")"),
    ("(1 +\n  2)  # free", "(Binary + 1 2)"),
])
def test_expressions(text: str, expected: str) -> None:
    assert expression(text) == expected


@pytest.mark.parametrize(("text", "value", "is_int"), [
    ("0", 0, True), ("1_000", 1000, True), ("0x1F", 31, True), ("0b101", 5, True),
    ("0o17", 15, True), ("00", 0, True), ("1e6", 10**6, False), ("2.0", 2, False), ("1.", 1, False),
    ("1.5", Fraction(3, 2), False), (".5", Fraction(1, 2), False), ("0.1", Fraction(1, 10), False),
    ("1_0.2_5e-1", Fraction(41, 40), False),
])
def test_numbers(text: str, value: Fraction, is_int: bool) -> None:
    (assign,) = module(f"x = {text}").statements
    assert isinstance(assign, syntax.Assign)
    assert isinstance(assign.value, syntax.Number)
    assert (assign.value.value, assign.value.is_int) == (value, is_int)


@pytest.mark.parametrize(("text", "expected"), [
    ("party north, south, up", "(Party [north south up])"),
    ("security honest_majority, semi_honest", "(Security [honest_majority semi_honest])"),
    ("param bands: int = 4", "(Param bands (TypeExpr int [] None None False [] []) 4)"),
    ("param bands = 4", "(Param bands None 4)"),
    ("param p: int in 1..9", "(Param p (TypeExpr int [] 1 9 False [] []) None)"),
    ("size rows", "(Size rows None False)"),
    ("size rows <= 2**20", "(Size rows (Binary ** 2 20) False)"),
    ("size rows up to 10_000", "(Size rows 10000 True)"),
    ("input age: uint8[rows] in 0..119 from each",
     "(Input age (TypeExpr uint8 [[rows]] 0 119 False [] []) None)"),
    ("input x: fixed[16][n, 2] in -0.5..9.5 optional from north",
     "(Input x (TypeExpr fixed [[16] [n 2]] (Unary - 1/2f) 19/2f True [] []) north)"),
    ("input x: int64 in -5..2**62-1 from up",
     "(Input x (TypeExpr int64 [] (Unary - 5) (Binary - (Binary ** 2 62) 1) False [] []) up)"),
    ("input t: table(\n  ip: ip4,\n  to: uint8 in 1..10,\n)[rows] from each",
     "(Input t (TypeExpr table [[rows]] None None False [(Column ip (TypeExpr ip4 [] None None False [] [])) "
     "(Column to (TypeExpr uint8 [] 1 10 False [] []))] []) None)"),
    ('input g: category("low", "high",)[rows] optional from each',
     "(Input g (TypeExpr category [[rows]] None None True [] [low high]) None)"),
    ('load stays: fixed[rows] from "stays-2026"',
     "(Load stays (TypeExpr fixed [[rows]] None None False [] []) stays-2026)"),
    ('keep a + b as "x"', "(Keep (Binary + a b) x)"),
    ("output m = max(x) to all", "(Output m [] (Call max [(Argument None x)]) None None)"),
    ("output m to a, b", "(Output m [] None [a b] None)"),
    ("output m[i, j] = x if c else y to all if n >= 10",
     "(Output m [i j] (Conditional c x y) None (Compare [>=] [n 10]))"),
    ("x: uint8 in 0..5 = 3", "(Assign x (TypeExpr uint8 [] 0 5 False [] []) 3)"),
    ("a, (b, c) = x", "(Assign (TupleDisplay [a (TupleDisplay [b c])]) None x)"),
    ("x[i, 1:] = y", "(Assign (Index x [i (Slice 1 None None)]) None y)"),
    ("x //= 2", "(AugAssign x // 2)"),
    ("x[i] **= 2", "(AugAssign (Index x [i]) ** 2)"),
    ("to = from", "(Assign to None from)"),
    ("from = 3", "(Assign from None 3)"),
    ("reveal(x)", "(ExprStatement (Call reveal [(Argument None x)]))"),
    ("assume(x < 3)", "(Assume (Compare [<] [x 3]) True)"),
    ("assume_unchecked(x)", "(Assume x False)"),
    ("import stats", "(Import stats None [] False)"),
    ("import stats as s", "(Import stats s [] False)"),
    ("from stats import mean, variance as var",
     "(Import stats None [[mean None] [variance var]] True)"),
    ("from to import (a,\n  b)", "(Import to None [[a None] [b None]] True)"),
    ("pass", "(Pass)"),
    ("for i, x in enumerate(xs): y += x",
     "(For (TupleDisplay [i x]) (Call enumerate [(Argument None xs)]) [(AugAssign y + x)])"),
    ("if a: pass\nelif b: pass\nelse: pass", "(If a [(Pass)] [(If b [(Pass)] [(Pass)])])"),
    ("fast:\n    x = 1", "(Fast [(Assign x None 1)])"),
    ("def f(): return 1", "(Def f [] None [(Return 1)]  None)"),
    ("def f(x: int8[n], y=2) -> bool:\n    \"\"\"Doc.\n\n    More:\n      less.\n    \"\"\"\n    return",
     "(Def f [(Parameter x (TypeExpr int8 [[n]] None None False [] []) None) (Parameter y None 2)] "
     "(TypeExpr bool [] None None False [] []) [(Return None)] Doc.\n\nMore:\n  less. None)"),
    ('def aes(key: bool[128]) -> bool[128] from bristol "aes_128.txt"',
     "(Def aes [(Parameter key (TypeExpr bool [[128]] None None False [] []) None)] "
     "(TypeExpr bool [[128]] None None False [] []) []  aes_128.txt)"),
])
def test_statements(text: str, expected: str) -> None:
    assert statement(text) == expected


@pytest.mark.parametrize("text", ["", "\n\n", "# only a comment", "   \n\t\n", "\ufeff"[1:]])
def test_an_empty_program(text: str) -> None:
    assert module(text).statements == ()


def test_blocks_nest_and_comments_do_not_matter() -> None:
    tree = module("for i in n:\n    # a\n\n    if c:\n        x = 1\n# b\n        y = 2\n    z = 3\nw = 4\n")
    assert [type(s).__name__ for s in tree.statements] == ["For", "Assign"]
    loop = tree.statements[0]
    assert isinstance(loop, syntax.For)
    assert [type(s).__name__ for s in loop.body] == ["If", "Assign"]
    assert isinstance(loop.body[0], syntax.If)
    assert len(loop.body[0].then) == 2


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_every_line_ending(newline: str) -> None:
    tree = module(newline.join(['"""Doc."""', "if a:", "    x = 1", "y = 2"]))
    assert tree.doc == "Doc."
    assert [s.span.line for s in tree.statements] == [2, 4]


def test_tabs_indent() -> None:
    assert statement("if a:\n\tx = 1\n\ty = 2") == "(If a [(Assign x None 1) (Assign y None 2)] [])"
