"""The memory that one party holds while it runs a block: what lives, what shares room, what is needed in passing."""

from __future__ import annotations

from collections.abc import Sequence

from cloister.runtime.program import Instr, ValueType

#: Kinds of values that are held as ring words.
RINGS = frozenset({"arith", "public"})

#: Instructions on arithmetic or public values whose result is a view: it takes no room, and keeps its operand's.
VIEWS = frozenset({"reshape", "broadcast", "transpose", "narrow", "slice", "take_at"})

#: Room needed in passing, in multiples of the bytes of the largest operand or result as it is held: measured with
#: tracemalloc on a million rows. Products over Z_2^128 are put together from 32-bit limbs, those over Z_2^64
#: are made in chunks; only `dot` holds the products that it sums.
_SCRATCH = {
    64: {"dot": 1.25, "matmul": 3.0, "matmul_public": 3.0},
    128: {"scale": 2.0, "mul": 3.5, "dot": 3.5, "matmul": 3.5, "matmul_public": 3.5, "sum": 0.5, "add": 0.5,
          "sub": 0.5, "part": 1.0},
}


def scratch(instr: Instr, types: Sequence[ValueType], copies: int) -> int:
    """Bytes that an instruction takes beside its operands and results, which are of `types`."""
    rings = [t for t in types if t.kind in RINGS]
    if not rings:
        return 0
    factor = _SCRATCH[max(t.width for t in rings)].get(instr.op, 0.0)
    return int(factor * max(held_bytes(t, copies) for t in rings))


def held_bytes(of: ValueType, copies: int) -> int:
    """Bytes of one value; of a secret a party holds `copies` components."""
    return 8 * of.words * (1 if of.kind == "public" else copies)


class Held:
    """The values of a block that are alive, and the room they take; views share that of their operand."""

    def __init__(self) -> None:
        self.bytes = 0
        self._room: dict[int, int] = {}
        self._sharing: dict[int, int] = {}
        self._root: dict[int, int] = {}

    def add(self, value: int, nbytes: int) -> None:
        """A value with room of its own."""
        self._root[value] = value
        self._room[value] = nbytes
        self._sharing[value] = 1
        self.bytes += nbytes

    def add_view(self, value: int, of: int) -> None:
        """A value that shares the room of another."""
        root = self._root[of]
        self._root[value] = root
        self._sharing[root] += 1

    def drop(self, value: int) -> None:
        """A value was used for the last time; its room goes with the last that shares it."""
        root = self._root.pop(value, None)
        if root is None:
            return
        self._sharing[root] -= 1
        if not self._sharing[root]:
            del self._sharing[root]
            self.bytes -= self._room.pop(root)
