"""A node where a rule is applied, and what a rule is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ..gadgets.kit import Num
from ..gadgets.permute import Order
from ..intervals import Interval
from ..ir.build import Value
from ..ir.nodes import Circuit, Node, Type
from .assign import Form
from .forms import Forms, Made


@dataclass(frozen=True)
class Site:
    """A node where a rule is applied: the forms of what came before, the width and form chosen for it."""

    forms: Forms
    circuit: Circuit
    i: int
    node: Node
    width: int
    form: Form

    def arg_type(self, k: int) -> Type:
        """The circuit-stage type of operand k."""
        return self.circuit.nodes[self.node.args[k]].type

    def ring(self, k: int, width: int | None = None) -> Num:
        """Operand k in the ring of this node (or of `width`); public words stay public."""
        return self.forms.arith(self.node.args[k], width or self.width)

    def shares(self, k: int, width: int | None = None) -> Num:
        """Operand k as ring shares."""
        return self.forms.shares(self.node.args[k], width or self.width)

    def planes(self, k: int, bounds: Interval | None = None) -> Num:
        """Operand k as planes."""
        return self.forms.planes(self.node.args[k], bounds)

    def bit(self, k: int) -> Value:
        """Operand k, a truth value, as one plane."""
        return self.forms.bit(self.node.args[k])

    def order(self, k: int) -> Order:
        """Operand k, a number for each row, as the order in which the rows move there."""
        return self.forms.order(self.node.args[k])

    def is_public(self, k: int) -> bool:
        """Whether the parties hold operand k in the clear."""
        made = self.forms.made[self.node.args[k]]
        value = made.value if isinstance(made, Num) else made
        return value is not None and value.type.domain == "public"

    def clear(self, k: int, width: int | None = None) -> Value:
        """The public words of operand k, in the ring of `width` bits if it is a number and a width is asked for."""
        made = self.forms.made[self.node.args[k]]
        if isinstance(made, Num):
            return made.value if width is None else self.forms.arith(self.node.args[k], width).value
        assert made is not None
        return made

    def num(self, value: Value) -> Num:
        """The result, known to lie in this node's range."""
        return Num(value, self.node.type.range)


Rule = Callable[[Site], Made]
