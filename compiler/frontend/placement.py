"""Where a statement may stand: declarations at the top level, `return` inside of a function."""

from __future__ import annotations

from ..diagnostics import Findings
from . import syntax

_TOP = (
    syntax.Party, syntax.Security, syntax.Param, syntax.Size, syntax.Input, syntax.Load, syntax.Import,
)
_RUN = (*_TOP[:-1], syntax.Keep, syntax.Output, syntax.Assume)


def check_placement(statements: tuple[syntax.Statement, ...], findings: Findings) -> None:
    """Report declarations in a block, results in a function (E0004), `return` outside of one (E0001)."""
    for statement in statements:
        _check(statement, findings, nested=False, function=False)


def check_module(module: syntax.Module, findings: Findings) -> None:
    """Report what an imported file may not hold (E0004): declarations and results are the program's own."""
    for statement in module.statements:
        if isinstance(statement, _RUN):
            findings.report("E0004", f"an imported file cannot hold `{_word(statement)}`", statement.span,
                            help="declare it in the program, and give it to the functions as an argument")


def _check(statement: syntax.Statement, findings: Findings, nested: bool, function: bool) -> None:
    if nested and isinstance(statement, _TOP):
        findings.report("E0004", f"`{_word(statement)}` cannot stand inside of a block", statement.span,
                        help="move it to the top level of the program, without indentation")
    if function and isinstance(statement, syntax.Output | syntax.Keep):
        findings.report("E0004", f"`{_word(statement)}` cannot stand inside of a function", statement.span,
                        help="return the value, and give it out where the function is called")
    if not function and isinstance(statement, syntax.Return):
        findings.report("E0001", "`return` stands outside of a function", statement.span,
                        help="a result is given out by `output NAME = VALUE to ...`")
    blocks: tuple[tuple[syntax.Statement, ...], ...] = ()
    match statement:
        case syntax.Def(body=body):
            blocks, function = (body,), True
        case syntax.If(then=then, otherwise=otherwise):
            blocks = (then, otherwise)
        case syntax.For(body=body) | syntax.Fast(body=body):
            blocks = (body,)
    for block in blocks:
        for inner in block:
            _check(inner, findings, nested=True, function=function)


def _word(statement: syntax.Statement) -> str:
    """The word that the statement starts with."""
    if isinstance(statement, syntax.Import):
        return "import"
    if isinstance(statement, syntax.Assume):
        return "assume" if statement.checked else "assume_unchecked"
    return type(statement).__name__.lower()
