"""How fast this machine does each kind of work: the executor runs samples of it, alone and without a network."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from hashlib import sha256
from itertools import pairwise
from time import process_time
from typing import Any, NamedTuple

import numpy as np

from ..executor import execute
from ..plan import plan_block
from ..preprocess.kinds import Need, total
from ..preprocess.material import Material, shapes
from ..preprocess.needs import needs
from ..program import FORMAT, Block, InputSpec, Instr, Program, Step, ValueType
from ..protocols.base import Protocol
from ..traffic import owners
from ..transport.base import Transport
from .echo import EchoTransport
from .samples import Make, Sample, samples

#: Units at which a kind of work is measured.
SIZES = (1, 1 << 12, 1 << 16, 1 << 18)
#: The same for products of matrices, in scalar products, and for what goes element by element in Python.
_CUBES = (1, 1 << 12, 1 << 18, 1 << 24)
_SLOW = (1, 1 << 8, 1 << 12)

#: CPU seconds that a row of one instruction is to take, guessed at these seconds for it and for each unit.
_LASTS, _GUESS_CALL, _GUESS_UNIT = 1e-3, 2e-5, 3e-9
#: Instructions in a row, at most; rows, of which the first warms up and of the others the fastest counts.
_ROW = 40
_ROWS = 4

#: How often the medley is played: what takes longer the second way is its own.
_PASSES = (1, 5)

#: From one row to the next of an order: it divides no power of two.
_STRIDE = 0x9E3779B1

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
    backend = protocol.backend(me, keys, owners(program), _material(program, protocol))
    execute(program, protocol, backend, EchoTransport(me, protocol.parties), me, given,
            lambda rounds, sent: clocks.append(process_time()))
    each = _is_round(program, protocol, sample) * row + 1
    marks = clocks[-1 - _ROWS * each::each]
    return min(after - before for before, after in pairwise(marks[1:]))


def _is_round(program: Program, protocol: Protocol, sample: Sample | None) -> bool:
    """Whether anybody sends anything for the sample, so that the executor tells of it as it does of a mark."""
    if sample is None or not sample.exchanges:
        return False
    instr = Instr(sample.op, (0,), (), _attrs(sample, protocol))
    return any(one.nbytes for one in protocol.messages(instr, sample.args, (sample.to,), owners(program)))


def _material(program: Program, protocol: Protocol) -> Material:
    """Triples that are none, in memory of their own."""
    wanted = total(Need(need.kind, need.count) for need in needs(program, protocol))
    made = []
    for need in wanted:
        a, b, c = (np.full(shape, 0, np.uint64) for shape in shapes(need))
        made.append((a, b, c))
    return Material(wanted, made)


# -- the program ---------------------------------------------------------------------------------------------


class _Build:
    """Values, steps and inputs; every party gives a summand of every operand, so that no share is a view of zeros."""

    def __init__(self, protocol: Protocol) -> None:
        self.protocol = protocol
        self.types: list[ValueType] = []
        self.steps: list[Step] = []
        self.inputs: list[InputSpec] = []
        self.given: dict[str, Any] = {}

    def value(self, of: ValueType) -> int:
        self.types.append(of)
        return len(self.types) - 1

    def enter(self, name: str, party: int, of: ValueType) -> None:
        self.inputs.append(InputSpec(name, party, "int", 0, "0", str(1 << 31), of.shape))
        self.given[name] = np.arange(1, of.size + 1, dtype=np.int64).reshape(of.shape) * _STRIDE

    def operand(self, of: ValueType) -> int:
        """A value of this type; public ones are an order of as many rows."""
        if of.kind == "public":
            return self._local("const", (), of, words=_order(of))
        if of.kind == "order":
            return self._local("draw_order", (), of)
        if of.kind == "rows":
            return self._local("to_rows", (self.operand(ValueType("planes", of.width, of.shape)),), of)
        summands = []
        for party in range(self.protocol.parties):
            name = f"given {len(self.inputs)}"
            self.enter(name, party, of)
            summands.append(self.value(of))
            self.steps.append(Step(exchange=(Instr("input", (summands[-1],), (), {"name": name}),)))
        whole = summands[0]
        for other in summands[1:]:
            whole = self._local("xor" if of.kind == "planes" else "add", (whole, other), of)
        return whole

    def _local(self, op: str, args: tuple[int, ...], to: ValueType, **attrs: Any) -> int:
        out = self.value(to)
        self.steps.append(Step(local=(Instr(op, (out,), args, attrs, args),)))
        return out

    def program(self) -> tuple[Program, dict[str, Any]]:
        """What was built, and what the parties give."""
        everyone = tuple(range(self.protocol.parties))
        body = Block(tuple(self.types), (), tuple(self.steps), ())
        return Program(FORMAT, "", "", "", tuple(f"party {i}" for i in everyone), everyone, self.protocol.name, {},
                       tuple(self.inputs), (), body), self.given

    def mark(self, secret: int) -> None:
        """A round of one element: the executor tells that it is over."""
        shown = self.value(ValueType("public", 64, ()))
        to = list(range(self.protocol.parties))
        self.steps.append(Step(exchange=(Instr("reveal", (shown,), (secret,), {"to": to}),)))


def _program(protocol: Protocol, sample: Sample | None, row: int) -> tuple[Program, dict[str, Any]]:
    """Operands and a mark; rows of the instruction, each with a mark behind it; and what the parties give."""
    build = _Build(protocol)
    secret = build.operand(ValueType("arith", 64, ()))
    args = [build.operand(of) for of in sample.args] if sample is not None else []
    if sample is not None and sample.op == "input":
        build.enter("entered", 0, sample.to)
    build.mark(secret)
    for _ in range(_ROWS):
        for _ in range(row):
            assert sample is not None
            out = build.value(sample.to)
            instr = Instr(sample.op, (out,), tuple(args), _attrs(sample, protocol), (out,))
            build.steps.append(Step(exchange=(instr,)) if sample.exchanges else Step(local=(instr,)))
        build.mark(secret)
    return build.program()


def _order(of: ValueType) -> bytes:
    """Constant words that name every row once, far apart; for more than rows they are any numbers."""
    rows = np.arange(of.size, dtype=np.uint64) * np.uint64(_STRIDE) % np.uint64(max(1, of.size))
    return rows.repeat(of.width // 64).tobytes()


def _attrs(sample: Sample, protocol: Protocol) -> dict[str, Any]:
    """Whom the sample names, among the parties that there are."""
    return {**sample.attrs, "to": list(range(protocol.parties))} if "to" in sample.attrs else sample.attrs


# -- all kinds together --------------------------------------------------------------------------------------


def medley(protocol: Protocol, times: int) -> tuple[Program, dict[str, Any]]:
    """A program of small instructions of every kind, one after the other as chance has it, so many times over; and
    what the parties give."""
    build = _Build(protocol)
    secret = build.operand(ValueType("arith", 64, ()))
    found = [make(1) for kind, make in samples(protocol.passes).items() if "128" not in kind]
    found = [one for one in found if one.op != "input"]
    found.sort(key=lambda one: sha256(repr(one).encode()).digest())
    operands = [[build.operand(of) for of in one.args] for one in found]
    for _ in range(times):
        for one, args in zip(found, operands, strict=True):
            out = build.value(one.to)
            instr = Instr(one.op, (out,), tuple(args), _attrs(one, protocol), (out,))
            build.steps.append(Step(exchange=(instr,)) if one.exchanges else Step(local=(instr,)))
        build.mark(secret)
    return build.program()


def medley_seconds(protocol: Protocol, transport: Transport, keys: Mapping[int, bytes]) -> float:
    """CPU seconds of this party for one pass of the medley, among all that run it together over real links.

    Raises PeerError when a peer fails.
    """
    once, often = (min(_together(protocol, transport, keys, times) for _ in range(_ROWS)) for times in _PASSES)
    return (often - once) / (_PASSES[1] - _PASSES[0])


def _together(protocol: Protocol, transport: Transport, keys: Mapping[int, bytes], times: int) -> float:
    program, given = medley(protocol, times)
    backend = protocol.backend(transport.me, keys, owners(program), _material(program, protocol))
    transport.control(b"medley")
    started = process_time()
    execute(program, protocol, backend, transport, transport.me, given)
    return process_time() - started


# -- what has no kind ----------------------------------------------------------------------------------------


def plan_seconds(protocol: Protocol) -> float:
    """CPU seconds that laying out one exchange takes, before a run begins."""
    program, _ = _program(protocol, samples(0)["and"](1), 10 * _ROW)
    seconds = []
    for _ in range(_ROWS):
        started = process_time()
        plan_block(program.body, protocol, owners(program), 0)
        seconds.append(process_time() - started)
    return min(seconds) / len(program.body.steps)
