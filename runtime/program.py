"""The artifact: a compiled program as the parties run it. The one seam between compiler and runtime.

Values are numbered inside of a block. A value's type says how it is held:

=======  ==========================================================================================
public   ring words known to every computing party; width 64 or 128, two's complement
arith    additive shares over Z_2^width, width 64 or 128
planes   shares over Z_2 of `width` bit planes, each plane packed 64 values to a word over the
         flattened (C order) shape; plane 0 is the least significant bit
rows     shares over Z_2 of `width` bits for each row (shape (n,)), side by side: see `rows.py`
order    a secret random order of n rows (shape (n,)), as the protocol holds it; width 64
=======  ==========================================================================================
"""

from __future__ import annotations

import hashlib
from typing import Any, Literal

import msgspec

from .rows import row_bytes

FORMAT = 1

Kind = Literal["public", "arith", "planes", "rows", "order"]
#: Bits of a digit of the extension of oblivious transfers (see `preprocess.softspoken`).
DigitBits = Literal[1, 2, 4, 8]
Element = Literal["int", "fixed", "bool", "ip4", "date", "category", "text"]


class ValueType(msgspec.Struct, frozen=True, array_like=True):
    """How one value is held: kind, width (ring bits, or number of planes or bits of a row) and shape."""

    kind: Kind
    width: int
    shape: tuple[int, ...]

    @property
    def size(self) -> int:
        """The number of elements."""
        n = 1
        for extent in self.shape:
            n *= extent
        return n

    @property
    def words(self) -> int:
        """64-bit words that one plain copy takes in memory."""
        if self.kind == "planes":
            return self.width * ((self.size + 63) // 64)
        if self.kind == "rows":
            return (self.size * row_bytes(self.width) + 7) // 8
        return self.size * (self.width // 64)


class Instr(msgspec.Struct, frozen=True, array_like=True):
    """One primitive: see `instructions.py` for the meaning of `op` and `attrs`.

    `free` are the values whose last use this is; `line` is the place in the program's own text (0: none).
    """

    op: str
    outs: tuple[int, ...]
    args: tuple[int, ...]
    attrs: dict[str, Any] = {}
    free: tuple[int, ...] = ()
    line: int = 0


class Step(msgspec.Struct, frozen=True, array_like=True):
    """Local work, then either one exchange (one round when anybody sends anything) or one loop, or neither."""

    local: tuple[Instr, ...] = ()
    exchange: tuple[Instr, ...] = ()
    loop: Loop | None = None


class Block(msgspec.Struct, frozen=True, array_like=True):
    """A straight line of steps over its own numbering. `args` are bound at entry, `results` are read at exit."""

    types: tuple[ValueType, ...]
    args: tuple[int, ...]
    steps: tuple[Step, ...]
    results: tuple[int, ...]


class Loop(msgspec.Struct, frozen=True, array_like=True):
    """A region: `body` run `trips` times.

    The body's args are: the trip number (public, width 64, scalar, from 0), the carried values, the captured
    values. Its results are the next carried values. `init`, `captures` and `outs` are values of the outer block.
    """

    trips: int
    body: Block
    init: tuple[int, ...]
    captures: tuple[int, ...]
    outs: tuple[int, ...]
    free: tuple[int, ...] = ()
    line: int = 0


class InputSpec(msgspec.Struct, frozen=True, array_like=True):
    """One array that one party gives: scaled integers in lo..hi (decimal strings: they may need 128 bits).

    `name` is `input.party`. A fixed-point value v is given as the integer v * 2^frac.
    """

    name: str
    party: int
    element: Element
    frac: int
    lo: str
    hi: str
    shape: tuple[int, ...]


class OutputSpec(msgspec.Struct, frozen=True, array_like=True):
    """One output: `value` and `flag` are positions in the results of the body (flag -1: unconditional).

    `levels` are those of a category; the words of a text of `length` bytes stand along the last axis of `shape`.

    `receivers` are positions in `Program.parties`. The flag is a public 0/1 of the flag's own shape, broadcast
    over the value; where it is 0 the value was masked to 0 in secret and reads as suppressed.
    """

    name: str
    receivers: tuple[int, ...]
    element: Element
    frac: int
    shape: tuple[int, ...]
    value: int
    flag: int = -1
    levels: tuple[str, ...] = ()
    length: int = 0


class KeptKind(msgspec.Struct, frozen=True, array_like=True):
    """One array of a kept value: `part` is its name in it ("": the value itself, `.age` a column, `?` where there are
    values, `?rows` which rows there are); the rest as in `InputSpec` and `OutputSpec`.
    """

    part: str
    element: Element
    frac: int
    lo: str
    hi: str
    shape: tuple[int, ...]
    levels: tuple[str, ...] = ()
    length: int = 0


class LoadedSpec(msgspec.Struct, frozen=True, array_like=True):
    """An array that was kept as `store`: the argument of the body at this place holds its shares."""

    store: str
    kind: KeptKind


class KeptSpec(msgspec.Struct, frozen=True, array_like=True):
    """An array that is kept as `store`: the result of the body at the position `value` holds its shares."""

    store: str
    kind: KeptKind
    value: int


class Program(msgspec.Struct, frozen=True):
    """A compiled program. Equal artifacts have equal digests; see `circuit_digest`.

    `digit_bits` says how its preprocessing is made: more send less and compute more.
    """

    format: int
    compiler: str
    name: str
    digest: str
    parties: tuple[str, ...]
    computing: tuple[int, ...]
    protocol: str
    parameters: dict[str, int | float | str | bool]
    inputs: tuple[InputSpec, ...]
    outputs: tuple[OutputSpec, ...]
    body: Block
    loads: tuple[LoadedSpec, ...] = ()
    keeps: tuple[KeptSpec, ...] = ()
    digit_bits: DigitBits = 4

    def encode(self) -> bytes:
        """The canonical bytes."""
        return _ENCODER.encode(self)

    @property
    def circuit_digest(self) -> str:
        """SHA-256 of the canonical bytes: what the handshake compares."""
        return hashlib.sha256(self.encode()).hexdigest()


_ENCODER = msgspec.msgpack.Encoder(order="deterministic")
_DECODER = msgspec.msgpack.Decoder(Program)


def decode(data: bytes) -> Program:
    """Reads an artifact. Raises ValueError when the bytes are no artifact of this format."""
    try:
        program = _DECODER.decode(data)
    except msgspec.DecodeError as error:
        raise ValueError(f"not a compiled program: {error}") from error
    if program.format != FORMAT:
        raise ValueError(f"compiled for format {program.format}, this runtime reads format {FORMAT}")
    return program
