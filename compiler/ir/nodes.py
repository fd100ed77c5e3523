"""The circuit: immutable operations on whole arrays, in topological order.

A circuit passes through two stages. At the *circuit* stage values are `num` (integers with a range, whatever
holds them) and `bit` (truth values). At the *protocol* stage they are `public`, `arith`, `planes`, `rows` or `order`,
as the runtime holds them (see `cloister.runtime.program`), and the operations are those of
`cloister.runtime.instructions`. `ops.py` lists what is legal where, and the type of every result.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from ..intervals import Interval
from ..source import NOWHERE, Span

Stage = Literal["circuit", "protocol"]
Domain = Literal["num", "bit", "public", "arith", "planes", "rows", "order", "none"]


@dataclass(frozen=True)
class Type:
    """What a node yields. `width`: ring bits (public, arith), number of planes or bits of a row; 0 at the circuit
    stage.

    lo..hi bounds the elements of a `num`; at the protocol stage it is 0..0 and means nothing. `none` is the type
    of nodes that yield no value (outputs) or several (loops, read by `result`). `secret` is False for what every
    party may know.
    """

    domain: Domain
    shape: tuple[int, ...] = ()
    width: int = 0
    lo: int = 0
    hi: int = 0
    secret: bool = True

    @property
    def range(self) -> Interval:
        return Interval(self.lo, self.hi)

    @property
    def size(self) -> int:
        """The number of elements."""
        n = 1
        for extent in self.shape:
            n *= extent
        return n


@dataclass(frozen=True)
class Node:
    """One operation. `args` are positions of earlier nodes; `attrs` hold plain numbers, strings and tuples.

    `body` is given for a `loop` alone.
    """

    op: str
    args: tuple[int, ...]
    attrs: dict[str, Any]
    type: Type
    span: Span = NOWHERE
    body: Circuit | None = None

    def key(self) -> tuple[Any, ...]:
        """Equal for nodes that compute the same from the same arguments."""
        return (self.op, self.args, tuple(sorted(self.attrs.items())), self.type)


@dataclass(frozen=True)
class Circuit:
    """Nodes in topological order. `results` are the values handed out of a loop's body; () for a whole program."""

    stage: Stage
    nodes: tuple[Node, ...]
    results: tuple[int, ...] = ()

    def uses(self) -> list[int]:
        """How often each node is read."""
        count = [0] * len(self.nodes)
        for node in self.nodes:
            for arg in node.args:
                count[arg] += 1
        for result in self.results:
            count[result] += 1
        return count
