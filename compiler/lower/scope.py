"""Where variables live while a circuit is made: a scope for the program, and one for each loop."""

from __future__ import annotations

from dataclasses import dataclass, field

from ..check.tree import Var
from ..ir.build import Builder, Value


@dataclass
class Scope:
    """The circuit under construction and the values of its variables, by id.

    The body of a loop has a scope of its own: a variable from outside becomes, at its first use, an argument
    of the body, after its `own` arguments (trip number and carried values). `captured` are the outer values.
    """

    builder: Builder
    outer: Scope | None = None
    own: int = 0
    values: dict[int, Value] = field(default_factory=dict)
    captured: list[Value] = field(default_factory=list)

    def bind(self, var: Var, value: Value) -> None:
        """Gives the variable its one value."""
        self.values[var.id] = value

    def read(self, var: Var) -> Value:
        """The value of a variable of this scope or of one around it. Raises KeyError for an unbound one."""
        if var.id not in self.values:
            if self.outer is None:
                raise KeyError(f"{var.name} has no value")
            self.values[var.id] = self._capture(self.outer.read(var))
        return self.values[var.id]

    def _capture(self, value: Value) -> Value:
        self.captured.append(value)
        return self.builder.add("arg", type=value.type, index=self.own + len(self.captured) - 1)
