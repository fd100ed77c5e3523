"""Lark's tree to the syntax tree: a method for each rule of the grammar, and what no grammar can check."""

from __future__ import annotations

import inspect
from fractions import Fraction
from itertools import pairwise
from typing import Any

import lark
from lark.tree import Meta

from ..diagnostics import Findings
from ..source import Span
from . import syntax
from .literals import LiteralError, number_value, text_value

MAX_DEPTH = 150  # of nested nodes: the later stages walk the tree by recursion
Children = list[Any]


class Builder:
    """Builds the syntax tree of one file; what is wrong is reported and stands in the tree as it is."""

    def __init__(self, file: str, findings: Findings) -> None:
        self.file = file
        self.findings = findings
        self.too_deep = False

    def build(self, tree: lark.Tree[Any]) -> tuple[syntax.Statement, ...]:
        """The statements of the module. Reports E0001 and E0003; no recursion, whatever the depth."""
        values: dict[int, Any] = {}
        depths: dict[int, int] = {}
        for node in tree.iter_subtrees():
            children = [values[id(c)] if isinstance(c, lark.Tree) else c for c in node.children]
            depth = 1 + max((depths[id(c)] for c in node.children if isinstance(c, lark.Tree)), default=0)
            span = self._span(node.meta)
            depths[id(node)] = depth
            if depth > MAX_DEPTH and not self.too_deep:
                self.too_deep = True
                self.error(span, "this is nested too deeply", help="name a part of it on a line before")
            values[id(node)] = getattr(self, node.data)(span, children)
        return tuple(values[id(tree)])

    def error(self, span: Span, message: str, label: str = "", help: str = "", code: str = "E0001") -> None:
        self.findings.report(code, message, span, label, help=help)

    def _span(self, meta: Meta) -> Span:
        if meta.empty:
            return Span(self.file, 1, 1, 1, 1)
        return Span(self.file, meta.line, meta.column, meta.end_line, meta.end_column)

    # ------------------------------------------------------------------ small parts

    def start(self, span: Span, c: Children) -> Children:
        return c

    def name(self, span: Span, c: Children) -> syntax.Name:
        return syntax.Name(str(c[0]), span=span)

    def sequence(self, span: Span, c: Children) -> tuple[Any, ...]:
        return tuple(item for item in c if item is not None)

    def operator(self, span: Span, c: Children) -> str:
        return " ".join(c)

    word = name
    block = columns = brackets = range_ = subscripts = to_parties = sequence
    or_op = and_op = not_op = compare_op = bit_or_op = bit_xor_op = bit_and_op = operator
    shift_op = sum_op = product_op = sign_op = power_op = augmented = optional = operator

    # ------------------------------------------------------------------ declarations

    def party(self, span: Span, c: Children) -> syntax.Party:
        return syntax.Party(tuple(c), span=span)

    def security(self, span: Span, c: Children) -> syntax.Security:
        return syntax.Security(tuple(c), span=span)

    def param(self, span: Span, c: Children) -> syntax.Param:
        name, type, default = c
        if type is None and default is None:
            self.error(span, f"the parameter `{name.id}` has neither a type nor a value",
                       help=f"write `param {name.id}: int`, or give it a value: `param {name.id} = 4`")
        return syntax.Param(name, type, default, span=span)

    def size(self, span: Span, c: Children) -> syntax.Size:
        return syntax.Size(c[0], c[1], span=span)

    def size_hidden(self, span: Span, c: Children) -> syntax.Size:
        return syntax.Size(c[0], c[1], hidden=True, span=span)

    def input(self, span: Span, c: Children) -> syntax.Input:
        return syntax.Input(c[0], c[1], c[2], span=span)

    def input_each(self, span: Span, c: Children) -> syntax.Input:
        return syntax.Input(c[0], c[1], None, span=span)

    def load(self, span: Span, c: Children) -> syntax.Load:
        return syntax.Load(c[0], c[1], self._text(c[2], span), span=span)

    def keep(self, span: Span, c: Children) -> syntax.Keep:
        return syntax.Keep(c[0], self._text(c[1], span), span=span)

    def to_all(self, span: Span, c: Children) -> None:
        return None

    def output(self, span: Span, c: Children) -> syntax.Output:
        name, indices, value, parties, condition = c
        for index in indices or ():
            if isinstance(index, syntax.Slice):
                self.error(index.span, "an output is written one cell at a time", "a slice",
                           help=f"index it by the variable of a loop, or give the whole array to `{name.id}`")
        if indices and value is None:
            self.error(span, f"`{name.id}[...]` is given no value",
                       help=f"write `output {name.id}[...] = VALUE to ...`")
        return syntax.Output(name, indices or (), value, parties, condition, span=span)

    def import_(self, span: Span, c: Children) -> syntax.Import:
        return syntax.Import(c[0].id, c[1].id if c[1] else None, span=span)

    def import_from(self, span: Span, c: Children) -> syntax.Import:
        return syntax.Import(c[0].id, None, self.sequence(span, c[1:]), is_from=True, span=span)

    def import_item(self, span: Span, c: Children) -> tuple[syntax.Name, str | None]:
        return c[0], c[1].id if c[1] else None

    # ------------------------------------------------------------------ functions and blocks

    def parameter(self, span: Span, c: Children) -> syntax.Parameter:
        return syntax.Parameter(c[0].id, c[1], c[2], span=span)

    def def_(self, span: Span, c: Children) -> syntax.Def:
        doc, body = split_doc(c[-1])
        return syntax.Def(c[0], self._parameters(c[1:-2]), c[-2], body, doc, span=span)

    def def_bristol(self, span: Span, c: Children) -> syntax.Def:
        file = self._text(c[-1], span)
        return syntax.Def(c[0], self._parameters(c[1:-2]), c[-2], (), bristol=file, span=span)

    def _parameters(self, c: Children) -> tuple[syntax.Parameter, ...]:
        parameters = tuple(parameter for parameter in c if parameter is not None)
        for before, parameter in pairwise(parameters):
            if before.default is not None and parameter.default is None:
                self.error(parameter.span, f"`{parameter.name}` needs a default value too",
                           help="parameters with a default value come last")
        return parameters

    def elif_(self, span: Span, c: Children) -> syntax.If:
        return syntax.If(c[0], c[1], (), span=span)

    def else_(self, span: Span, c: Children) -> tuple[syntax.Statement, ...]:
        return tuple(c[0])

    def if_(self, span: Span, c: Children) -> syntax.If:
        otherwise: tuple[syntax.Statement, ...] = c[-1] or ()
        if len(c) - 3 > MAX_DEPTH:
            self.error(c[2].span, "this `if` has too many branches", help="use a table and an index")
            return syntax.If(c[0], c[1], otherwise, span=span)
        for branch in reversed(c[2:-1]):
            otherwise = (syntax.If(branch.condition, branch.then, otherwise, span=branch.span.to(span)),)
        return syntax.If(c[0], c[1], otherwise, span=span)

    def for_(self, span: Span, c: Children) -> syntax.For:
        self._loop_target(c[0])
        return syntax.For(c[0], c[1], c[2], span=span)

    def fast(self, span: Span, c: Children) -> syntax.Fast:
        return syntax.Fast(c[0], span=span)

    def return_(self, span: Span, c: Children) -> syntax.Return:
        return syntax.Return(c[0], span=span)

    # ------------------------------------------------------------------ simple statements

    def assume(self, span: Span, c: Children) -> syntax.Assume:
        return syntax.Assume(c[0], span=span)

    def assume_unchecked(self, span: Span, c: Children) -> syntax.Assume:
        return syntax.Assume(c[0], checked=False, span=span)

    def pass_(self, span: Span, c: Children) -> syntax.Pass:
        return syntax.Pass(span=span)

    def assign(self, span: Span, c: Children) -> syntax.Assign:
        self._target(c[0], "=")
        return syntax.Assign(c[0], None, c[1], span=span)

    def assign_typed(self, span: Span, c: Children) -> syntax.Assign:
        if not isinstance(c[0], syntax.Name):
            self.error(c[0].span, "only a name is given a type", help="write `name: type = value`")
        return syntax.Assign(c[0], c[1], c[2], span=span)

    def augassign(self, span: Span, c: Children) -> syntax.AugAssign:
        target, op, value = c
        if isinstance(target, syntax.TupleDisplay):
            self.error(target.span, f"`{op}` changes one variable at a time",
                       help="write one statement for each")
        else:
            self._target(target, op)
        return syntax.AugAssign(target, op[:-1], value, span=span)

    def expr_statement(self, span: Span, c: Children) -> syntax.ExprStatement:
        match c[0]:
            case syntax.Name(id="break" | "continue" as word):
                self.error(span, f"there is no `{word}`: a loop takes all of its steps",
                           help="put what depends on the condition under an `if`")
            case syntax.Compare(ops=("==",)):
                self.error(span, "`==` compares, and nothing is done with the result",
                           help="to give a variable a value write `=`")
            case syntax.Compare(ops=("<",), operands=(syntax.Name(id=name), syntax.Unary(op="-"))):
                self.error(span, "this compares, and nothing is done with the result",
                           help=f"to give a variable a value write `{name} = ...`")
        return syntax.ExprStatement(c[0], span=span)

    def _target(self, target: syntax.Expr, sign: str) -> None:
        """Refuse what cannot stand left of `=`."""
        match target:
            case syntax.Name() | syntax.Index(value=syntax.Name()):
                return
            case syntax.Attribute(value=syntax.Name(id=table), name=name):
                self.error(target.span, f"only a name or `x[i]` can stand left of `{sign}`",
                           help=f"a column is added by `{table} = {table}.with({name} = ...)`")
            case syntax.Index(value=syntax.Index()):
                self.error(target.span, "an assignment indexes once",
                           help="write `x[i, j]` instead of `x[i][j]`")
            case syntax.TupleDisplay(items=items) if items:
                for item in items:
                    self._target(item, sign)
            case syntax.Call():
                self.error(target.span, f"a call cannot stand left of `{sign}`",
                           help="a function is declared with `def`; a cell of an array is written `x[i]`")
            case _:
                self.error(target.span, f"only a name or `x[i]` can stand left of `{sign}`",
                           help="to compare, use `==`" if sign == "=" else "")

    def _loop_target(self, target: syntax.Expr) -> None:
        if isinstance(target, syntax.TupleDisplay) and target.items:
            for item in target.items:
                self._loop_target(item)
        elif not isinstance(target, syntax.Name):
            self.error(target.span, "a loop variable is a name",
                       help="write `for i in ...` or `for i, x in ...`")

    # ------------------------------------------------------------------ types

    def type(self, span: Span, c: Children) -> syntax.TypeExpr:
        name, columns, *brackets, limits, optional = c
        levels: tuple[str, ...] = ()
        if columns is not None and all(isinstance(column, str) for column in columns):
            levels, columns = columns, None
        if levels and name.id != "category":
            self.error(name.span, f"`{name.id}` has no levels",
                       help="only `category(...)` has levels; arguments stand in brackets: `text[8]`")
        if columns is not None and name.id != "table":
            self.error(name.span, f"`{name.id}` has no columns",
                       help=f"only `table(...)` has columns; arguments stand in brackets: `{name.id}[...]`")
        low, high = limits or (None, None)
        return syntax.TypeExpr(name.id, tuple(brackets), low, high, bool(optional), columns or (), levels,
                               span=span)

    def levels(self, span: Span, c: Children) -> tuple[str, ...]:
        return tuple(self._text(level, span) for level in c if level is not None)

    def column(self, span: Span, c: Children) -> syntax.Column:
        return syntax.Column(c[0].id, c[1], span=span)

    # ------------------------------------------------------------------ expressions

    def tuple_(self, span: Span, c: Children) -> syntax.TupleDisplay:
        return syntax.TupleDisplay(tuple(c), span=span)

    def list_(self, span: Span, c: Children) -> syntax.ListDisplay:
        return syntax.ListDisplay(self.sequence(span, c), span=span)

    def conditional(self, span: Span, c: Children) -> syntax.Conditional:
        return syntax.Conditional(c[1], c[0], c[2], span=span)

    def binary(self, span: Span, c: Children) -> syntax.Binary:
        return syntax.Binary(c[1], c[0], c[2], span=span)

    def unary(self, span: Span, c: Children) -> syntax.Unary:
        return syntax.Unary(c[0], c[1], span=span)

    def compare(self, span: Span, c: Children) -> syntax.Compare:
        return syntax.Compare(tuple(c[1::2]), tuple(c[::2]), span=span)

    def attribute(self, span: Span, c: Children) -> syntax.Attribute:
        return syntax.Attribute(c[0], str(c[1]), span=span)

    def call(self, span: Span, c: Children) -> syntax.Call:
        return syntax.Call(c[0], c[1], span=span)

    def fast_call(self, span: Span, c: Children) -> syntax.Call:
        word = Span(span.file, span.line, span.column, span.line, span.column + len("fast"))
        return syntax.Call(syntax.Name("fast", span=word), c[0], span=span)

    def argument(self, span: Span, c: Children) -> syntax.Argument:
        return syntax.Argument(None, c[0], span=span)

    def argument_named(self, span: Span, c: Children) -> syntax.Argument:
        return syntax.Argument(c[0].id, c[1], span=span)

    def arguments(self, span: Span, c: Children) -> tuple[syntax.Argument, ...]:
        args: tuple[syntax.Argument, ...] = self.sequence(span, c)
        for before, arg in pairwise(args):
            if before.name is not None and arg.name is None:
                self.error(arg.span, "an argument without a name stands behind one with a name",
                           help="put the named arguments last")
        return args

    def argument_generator(self, span: Span, c: Children) -> tuple[syntax.Argument, ...]:
        inner = c[0].span.to(c[-1].span)
        return (syntax.Argument(None, syntax.Comprehension(c[0], tuple(c[1:]), span=inner), span=inner),)

    def comprehension(self, span: Span, c: Children) -> syntax.Comprehension:
        return syntax.Comprehension(c[0], tuple(c[1:]), span=span)

    def generator(self, span: Span, c: Children) -> syntax.Generator:
        self._loop_target(c[0])
        return syntax.Generator(c[0], c[1], tuple(c[2:]), span=span)

    def slice(self, span: Span, c: Children) -> syntax.Slice:
        start, stop, step = c
        return syntax.Slice(start, stop, step, span=span)

    def index(self, span: Span, c: Children) -> syntax.Index:
        return syntax.Index(c[0], c[1], span=span)

    # ------------------------------------------------------------------ literals

    def number(self, span: Span, c: Children) -> syntax.Number:
        try:
            value, is_int = number_value(c[0])
        except LiteralError as problem:
            self.error(span, problem.message, help=problem.help, code="E0003")
            value, is_int = Fraction(0), True
        return syntax.Number(value, is_int, span=span)

    def text(self, span: Span, c: Children) -> syntax.Text:
        return syntax.Text(self._text(c[0], span), span=span)

    def _text(self, token: lark.Token, span: Span) -> str:
        try:
            return text_value(token)
        except LiteralError as problem:
            self.error(span, problem.message, help=problem.help, code="E0003")
            return ""

    def true(self, span: Span, c: Children) -> syntax.Boolean:
        return syntax.Boolean(True, span=span)

    def false(self, span: Span, c: Children) -> syntax.Boolean:
        return syntax.Boolean(False, span=span)

    def none(self, span: Span, c: Children) -> syntax.NoneLiteral:
        return syntax.NoneLiteral(span=span)


def split_doc(statements: tuple[syntax.Statement, ...]) -> tuple[str, tuple[syntax.Statement, ...]]:
    """The docstring at the head of `statements`, without its indentation, and the rest."""
    match statements:
        case (syntax.ExprStatement(value=syntax.Text(value=doc)), *_):
            return inspect.cleandoc(doc), statements[1:]
    return "", statements
