"""Beside which rows values stand.

Two tables can have equally many rows and yet hold them in different sequences: a table, and the same one sorted. Shapes
do not tell them apart, so every table that is made with a sequence of its own gets a number, and what is computed row
by row of its columns keeps it. A table that is made once more of the same columns by the same steps is the same, and so
is its sequence. A table that an `if` chooses of two stands in a third sequence, and what trips of a loop leave in
sequences of theirs stands in another one still. Inputs stand as they were given, one beside the other. Of much nothing
is known (slices, lists, arrays that were sorted by themselves): that goes with all tables of its shape.
"""

from __future__ import annotations

from collections.abc import Mapping

from .tree import Apply, Expr, Ref

#: The sequences in which rows stand that a value was computed of; empty where nothing is known.
Origins = frozenset[int]

NOWHERE: Origins = frozenset()

#: As the parties gave them.
GIVEN: Origins = frozenset({0})

#: What makes each row of its result of the same row of its operands, or of those before it.
_ROW_BY_ROW = frozenset({
    "abs", "add", "and", "broadcast", "div", "eq", "floordiv", "lt", "max", "min", "mod", "mul", "neg", "not", "or",
    "rank", "refine", "reshape", "reveal", "round", "scale", "scan", "select", "sqrt", "sub", "to_int", "xor",
})


def origins(expr: Expr, known: Mapping[int, Origins]) -> Origins:
    """Of an expression over variables of `known` origins."""
    if isinstance(expr, Ref):
        return known.get(expr.var.id, NOWHERE)
    if not isinstance(expr, Apply) or not expr.type.shape:
        return NOWHERE
    if expr.op == "concat":
        parts = {origins(arg, known) for arg in expr.args}
        return GIVEN if parts == {GIVEN} else NOWHERE
    if expr.op not in _ROW_BY_ROW:
        return NOWHERE
    rows = [arg for arg in expr.args if arg.type.shape and arg.type.shape[0].same(expr.type.shape[0])]
    return NOWHERE.union(*(origins(arg, known) for arg in rows))
