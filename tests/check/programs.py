"""Programs for the tests of the checker."""

from __future__ import annotations

from collections.abc import Mapping

from cloister.compiler.check.facts import Header
from cloister.compiler.check.program import bind_sizes, check, check_bounds, header
from cloister.compiler.check.tree import Apply, Block, Checked, Expr, For, If, Let, Output
from cloister.compiler.diagnostics import Findings
from cloister.compiler.frontend.modules import Modules, load_text

HEAD = """\
party a, b, c
security honest_majority, semi_honest
size n
size r
input x: int32[n] from a
input y: uint8[n] from b
input w: fixed[n] in -1..1 from b
input k: int8 from c
input e: uint8[r] from each
"""
"""Declarations that most tests go on from; their line numbers are not of interest."""


def read(text: str, params: Mapping[str, str | int | float | bool] | None = None) -> tuple[Modules, Header]:
    """Parses, and reads the declarations."""
    findings = Findings()
    modules = load_text(text, findings)
    findings.raise_if_failed()
    return modules, header(modules, params or {}, Findings())


def checked(body: str, sizes: Mapping[str, int] | None = None, head: str = HEAD,
            params: Mapping[str, str | int | float | bool] | None = None) -> Checked:
    """The program `head` and `body` at these sizes, at the bounds when there are none."""
    modules, declared = read(head + body, params)
    if sizes is None:
        return check_bounds(modules, declared)
    return check(modules, declared, bind_sizes(declared, sizes))


def output(program: Checked, name: str = "z") -> Output:
    """The output of that name."""
    return next(o for o in program.outputs if o.name == name)


def operations(program: Checked) -> list[str]:
    """The operations in the tree, in order, parts before the whole."""
    found: list[str] = []
    _block(program.body, found)
    return found


def _block(block: Block, found: list[str]) -> None:
    for statement in block:
        match statement:
            case Let(value=value):
                _expr(value, found)
            case If(condition=condition, then=then, otherwise=otherwise):
                _expr(condition, found)
                _block(then, found)
                _block(otherwise, found)
            case For(body=body):
                _block(body, found)


def _expr(expr: Expr, found: list[str]) -> None:
    if isinstance(expr, Apply):
        for arg in expr.args:
            _expr(arg, found)
        found.append(expr.op)
