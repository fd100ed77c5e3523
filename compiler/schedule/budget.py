"""The largest row blocks with which a party stays within its memory.

Larger blocks take fewer rounds and more memory. What a choice takes is estimated on the finished program, with gadgets
and rounds as they are then, so that the estimate which people see is the one that was held against the budget.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from ..diagnostics import Diagnostic, Label, ProgramError
from ..ir.nodes import Circuit
from ..passes.blocks import block_rows
from ..passes.dead import drop_dead
from ..passes.plan import LEAVES, Plan

#: Fewer rows than this save nothing worth the rounds.
FEWEST_ROWS = 256

#: A choice that leaves less than this part of the budget unused is good enough.
_CLOSE = 0.15

#: How much smaller blocks get when they were too large, at least.
_STEP = 1.2

#: Places named where the program does not fit.
_NAMED = 5

Finished = TypeVar("Finished")


def within(circuit: Circuit, budget: int, finish: Callable[[Circuit], Finished],
           memory: Callable[[Finished], int]) -> tuple[Circuit, Finished]:
    """The circuit, in row blocks where the budget of so many bytes asks for them, and what `finish` makes of it.

    `memory` tells the bytes that a party holds. Raises ProgramError (E5004) where no blocks are small enough.
    """
    search = _Search(circuit, budget, finish, memory)
    whole = search.bytes(1)
    if whole <= budget:
        return search.finished(1)
    most = max(1, search.longest // FEWEST_ROWS)
    least = search.bytes(most)
    if least > budget:
        raise _too_large(circuit, search.rows(most), budget, whole, least)
    return search.finished(search.between(most, least, whole))


@dataclass
class _Search(Generic[Finished]):
    """Numbers of blocks that are tried. Of what was made of them the last alone is held: it is large."""

    circuit: Circuit
    budget: int
    finish: Callable[[Circuit], Finished]
    memory: Callable[[Finished], int]
    _last: dict[int, tuple[Circuit, Finished]] = field(default_factory=dict)

    @property
    def longest(self) -> int:
        """The most rows along any axis."""
        return max((n for node in self.circuit.nodes for n in node.type.shape), default=0)

    def rows(self, blocks: int) -> int:
        """The rows of a block, the longest axis parted into so many."""
        return -(-self.longest // blocks)

    def finished(self, blocks: int) -> tuple[Circuit, Finished]:
        """The circuit in so many blocks, and what `finish` makes of it."""
        if blocks not in self._last:
            self._last.clear()
            circuit = self.circuit if blocks == 1 else drop_dead(block_rows(self.circuit, self.rows(blocks)))
            self._last[blocks] = circuit, self.finish(circuit)
        return self._last[blocks]

    def bytes(self, blocks: int) -> int:
        """What a party holds with so many blocks."""
        return self.memory(self.finished(blocks)[1])

    def between(self, most: int, least: int, whole: int) -> int:
        """The fewest blocks that fit, nearly: `most` do and take `least` bytes; one block does not and takes `whole`.

        What is held beyond the least grows about in proportion to the rows of a block.
        """
        fits, too_few, held = most, 1, (1, whole)
        while fits > too_few + 1:
            tried, found = held
            guess = math.ceil(tried * (found - least) / max(self.budget - least, 1))
            blocks = min(max(guess, too_few + 1, math.ceil(too_few * _STEP)), fits - 1)
            held = blocks, self.bytes(blocks)
            if held[1] > self.budget:
                too_few = blocks
                continue
            fits = blocks
            if held[1] >= (1 - _CLOSE) * self.budget or blocks <= too_few * _STEP:
                break
        return fits


def _too_large(circuit: Circuit, rows: int, budget: int, plain: int, least: int) -> ProgramError:
    """What is too large, and which operations need all rows at once."""
    plan = Plan(circuit, rows)
    labels: dict[int, Label] = {}
    for i in sorted(plan.whole):
        node = circuit.nodes[i]
        longest = max((n for a in node.args for n in circuit.nodes[a].type.shape), default=0)
        if plan.made_by(i) is None and node.op not in LEAVES and longest > rows and node.span.line:
            labels.setdefault(node.span.origin.line, Label(node.span, f"`{node.op}` needs all rows at once"))
    return ProgramError([Diagnostic(
        "E5004", f"a party needs {least / 1e6:,.0f} MB at least, and {budget / 1e6:,.0f} MB are allowed",
        tuple(list(labels.values())[:_NAMED]),
        (f"in blocks of {rows:,} rows; all rows at once take {plain / 1e6:,.0f} MB",),
        "allow more with --memory, or ask for fewer rows")])
