"""Which expressions certainly have the same value, in every run: value numbers.

Two get one number where they are the same operation on operands of the same numbers (Alpern, Wegman and Zadeck,
Detecting Equality of Variables in Programs, 1988). Inputs, and variables that loops carry or branches merge, are equal
to themselves alone; so is what may round to either neighbour, and can come out differently each time it is computed.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping

from .tree import Apply, Const, Expr, Iota, Ref

#: What each variable was made of; of several where it was merged.
Definitions = Mapping[int, tuple[Expr, ...]]


class Numbers:
    """The numbers of the expressions that were asked for, and of what these consist of."""

    def __init__(self) -> None:
        self._made: dict[Hashable, int] = {}
        self._known: dict[int, int] = {}

    def of(self, expr: Expr, definitions: Definitions) -> int:
        """The number of an expression over variables of these definitions."""
        waiting = [*_variables(expr)]
        while waiting:
            variable = waiting[-1]
            made = definitions.get(variable, ())
            inner = _variables(made[0]) if len(made) == 1 and variable not in self._known else ()
            missing = [one for one in inner if one not in self._known]
            if missing:
                waiting += missing
                continue
            waiting.pop()
            if variable not in self._known:
                self._known[variable] = self._of(made[0]) if len(made) == 1 else self._number(("itself", variable))
        return self._of(expr)

    def _of(self, expr: Expr) -> int:
        match expr:
            case Ref():
                return self._known[expr.var.id]
            case Const():
                return self._number(("const", expr.type, expr.values))
            case Iota():
                return self._number(("iota", expr.type, expr.start, expr.step))
            case Apply() if not expr.attrs.get("fast"):
                attrs = tuple(sorted(expr.attrs.items()))
                return self._number((expr.op, expr.type, attrs, *map(self._of, expr.args)))
        return self._number(object())  # equal to nothing else

    def _number(self, key: Hashable) -> int:
        return self._made.setdefault(key, len(self._made))


def _variables(expr: Expr) -> Iterator[int]:
    """The ids of the variables in an expression."""
    if isinstance(expr, Ref):
        yield expr.var.id
    elif isinstance(expr, Apply):
        for arg in expr.args:
            yield from _variables(arg)
