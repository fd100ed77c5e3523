"""Where variables live while a circuit is made: a scope for the program, and one for each loop."""

from __future__ import annotations

from dataclasses import dataclass, field

from ..check.tree import Var
from ..ir.build import Builder, Value


@dataclass(frozen=True)
class Broken:
    """Whether an assumption is broken, and the texts of what is assumed."""

    bit: Value
    texts: tuple[str, ...]


@dataclass
class Scope:
    """The circuit under construction and the values of its variables, by id.

    The body of a loop has a scope of its own: a variable from outside becomes, at its first use, an argument
    of the body, after its `own` arguments (trip number and carried values). `captured` are the outer values.
    `broken` are the assumptions that were not checked yet, `token` that of the last check.
    """

    builder: Builder
    outer: Scope | None = None
    own: int = 0
    values: dict[int, Value] = field(default_factory=dict)
    captured: list[Value] = field(default_factory=list)
    broken: list[Broken] = field(default_factory=list)
    token: Value | None = None

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

    def checked(self) -> tuple[Value, ...]:
        """The token of the last check before this place, in this scope or around it; none where there was no check."""
        if self.token is None and self.outer is not None:
            around = self.outer.checked()
            self.token = self._capture(around[0]) if around else None
        return () if self.token is None else (self.token,)

    def _capture(self, value: Value) -> Value:
        self.captured.append(value)
        return self.builder.add("arg", type=value.type, index=self.own + len(self.captured) - 1)
