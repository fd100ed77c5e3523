"""Names: which are visible where, and what to suggest for one that is not."""

from __future__ import annotations

from dataclasses import dataclass, field
from difflib import get_close_matches

from ..source import Span
from .values import Value, is_constant


@dataclass
class Scope:
    """The names of a module or of one call of a function. `home` is the module's scope of a function's.

    `fixed` names were declared (inputs, parameters, sizes, functions, imports) and are not assigned to;
    `places` says where a name was declared.
    """

    names: dict[str, Value] = field(default_factory=dict)
    home: Scope | None = None
    fixed: set[str] = field(default_factory=set)
    places: dict[str, Span] = field(default_factory=dict)

    def find(self, name: str) -> Value | None:
        """The value of `name` here. A function sees what is fixed or known at compile time in its module."""
        if name in self.names:
            return self.names[name]
        if self.home is not None and name in self.home.names:
            value = self.home.names[name]
            if is_constant(value):
                return value
        return None

    def hidden(self, name: str) -> bool:
        """Whether the name stands in the module but holds a run-time value, which functions do not see."""
        return self.home is not None and name in self.home.names and self.find(name) is None

    def visible(self) -> list[str]:
        """All names that `find` finds."""
        names = list(self.names)
        if self.home is not None:
            names += [name for name in self.home.names if self.find(name) is not None]
        return names


def suggestion(name: str, known: list[str]) -> str:
    """`did you mean `salary`?`, or nothing."""
    close = get_close_matches(name, [k for k in known if not k.startswith(" ")], n=1, cutoff=0.6)
    return f"did you mean `{close[0]}`?" if close else ""
