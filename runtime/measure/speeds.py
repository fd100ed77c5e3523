"""How fast this machine does each kind of work: the executor runs samples of it, alone and without a network."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from time import process_time
from typing import Any, NamedTuple

from ..executor import execute
from ..plan import planned
from ..program import Instr, Program
from ..protocols.base import Protocol
from ..traffic import owners
from .build import Build, material, named
from .echo import EchoTransport
from .samples import Make, Sample, samples

#: Units at which a kind of work is measured.
SIZES = (1, 1 << 12, 1 << 16, 1 << 18)
#: The same for products of matrices, in scalar products, and for what goes element by element in Python.
_CUBES = (1, 1 << 12, 1 << 18, 1 << 24, 1 << 27)
_SLOW = (1, 1 << 8, 1 << 12)

#: CPU seconds that a row of one instruction is to take, guessed at these seconds for it and for each unit.
_LASTS, _GUESS_CALL, _GUESS_UNIT = 1e-3, 2e-5, 3e-9
#: Instructions in a row, at most; rows, of which the first warms up and of the others the fastest counts.
_ROW = 40
_ROWS = 4

#: Exchanges in which parties have parts of their own.
UNLIKE = frozenset({"input", "part", "permute"})


class Point(NamedTuple):
    """CPU seconds for so many units: of the busiest party, and of a party on average."""

    units: int
    most: float
    mean: float


#: Points by kind of work, by rising units.
Speeds = dict[str, tuple[Point, ...]]


def measure(protocol: Protocol, told: Callable[[int, int], None] = lambda done, of: None) -> Speeds:
    """The speeds of every kind of work under a protocol. `told` hears how many kinds are done, of how many."""
    makes = samples(protocol.passes)
    quiet = _seconds(protocol, 0, None, 0)
    found = {}
    for done, (kind, make) in enumerate(makes.items()):
        found[kind] = tuple(_points(protocol, kind, make, quiet))
        told(done + 1, len(makes))
    return found


def _points(protocol: Protocol, kind: str, make: Make, quiet: float) -> Iterator[Point]:
    last = -1
    for size in _sizes(kind):
        sample = make(size)
        units = sample.effort(kind).units
        if units <= last:
            continue
        last = units
        row = int(min(_ROW, max(1, _LASTS / (_GUESS_CALL + units * _GUESS_UNIT))))
        parties = range(protocol.parties) if sample.op in UNLIKE else (0,)
        seconds = [max(_seconds(protocol, me, sample, row) - quiet, 0.0) / row for me in parties]
        yield Point(units, max(seconds), sum(seconds) / len(seconds))


def _sizes(kind: str) -> Sequence[int]:
    if kind == "fixed":
        return SIZES[:1]
    if kind == "compute.each":
        return _SLOW
    return _CUBES if kind.startswith("matmul") and not kind.endswith(".thin") else SIZES


def _seconds(protocol: Protocol, me: int, sample: Sample | None, row: int) -> float:
    """CPU seconds that party `me` takes for the fastest row of so many instructions, the mark behind it included."""
    program, given = _program(protocol, sample, row)
    clocks: list[float] = []
    keys = {peer: bytes(32) for peer in range(protocol.parties) if peer != me}
    backend = protocol.backend(me, keys, owners(program), material(program, protocol))
    execute(program, planned(program, protocol, me), backend, EchoTransport(me, protocol.parties), me, given,
            lambda rounds, sent: clocks.append(process_time()))
    each = _is_round(program, protocol, sample) * row + 1
    marks = clocks[-1 - _ROWS * each::each]
    return min(after - before for before, after in pairwise(marks[1:]))


def _is_round(program: Program, protocol: Protocol, sample: Sample | None) -> bool:
    """Whether anybody sends anything for the sample, so that the executor tells of it as it does of a mark."""
    if sample is None or not sample.exchanges:
        return False
    instr = Instr(sample.op, (0,), (), named(sample, protocol))
    return any(one.nbytes for one in protocol.messages(instr, sample.args, (sample.to,), owners(program)))


def _program(protocol: Protocol, sample: Sample | None, row: int) -> tuple[Program, dict[str, Any]]:
    """Operands and a mark; rows of the instruction, each with a mark behind it; and what the parties give."""
    build = Build(protocol)
    args = build.operands(sample) if sample is not None else ()
    build.mark()
    for _ in range(_ROWS):
        for _ in range(row):
            assert sample is not None
            build.run([(sample, args)])
        build.mark()
    return build.program()
