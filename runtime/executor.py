"""One party's run of a program: a loop over steps, each of them local work and at most one exchange.

The whole state of a run between two steps is one value, `State`. Nothing here knows a share: the backend does
the work, the transport carries the bytes, and the lengths of all messages come from the protocol's
declaration.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from time import perf_counter
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .errors import DataError
from .plan import BlockPlan, Places, StepPlan
from .program import Block, Instr, Loop, OutputSpec, Program, Step, ValueType
from .protocols.base import Backend, Incoming, Outgoing, Share
from .trace import Trace
from .traffic import owners, padded
from .transport.base import Round, Transport

Bytes = NDArray[np.uint8]

#: Called after each round with the rounds done and the bytes sent so far.
Progress = Callable[[int, int], None]


@dataclass
class Frame:
    """One block under way: the next step, values by number (None: not yet or no more), the trip of a loop."""

    plan: BlockPlan
    values: list[Any] = field(repr=False)
    step: int = 0
    loop: Loop | None = None
    trip: int = 0


@dataclass
class State:
    """Everything that a run knows between two steps; positions in the random streams are the backend's."""

    frames: list[Frame]
    rounds: int = 0
    results: tuple[Any, ...] = field(default=(), repr=False)

    @property
    def at(self) -> list[int]:
        """The path: the step of the body, then for each loop around: the trip and the step inside."""
        path = [self.frames[0].step]
        for frame in self.frames[1:]:
            path += [frame.trip, frame.step]
        return path


@dataclass(frozen=True)
class Opened:
    """An output as public ring words; None where it was not opened to this party, or has no flag."""

    value: NDArray[np.uint64] | None
    flag: NDArray[np.uint64] | None


@dataclass(frozen=True)
class Results:
    """What a run gives: the outputs in the order of `Program.outputs`, the rounds it took, and this party's shares
    of what is kept, in the order of `Program.keeps`.
    """

    outputs: tuple[Opened, ...]
    rounds: int
    kept: tuple[Share, ...] = field(default=(), repr=False)


@dataclass
class _Run:
    """What does not change during a run."""

    program: Program
    backend: Backend
    transport: Transport | None
    given: Mapping[str, Any] = field(repr=False)
    progress: Progress | None
    trace: Trace | None
    check: bool
    state: State = field(init=False)


def execute(program: Program, plan: BlockPlan, backend: Backend, transport: Transport | None, me: int,
            given: Mapping[str, Any], progress: Progress | None = None, trace: Trace | None = None,
            check: bool = False, loaded: Sequence[Share] = ()) -> Results:
    """Runs `program` as computing party `me`, whose plan it is.

    `given` holds this party's inputs by name: arrays of scaled integers (without a transport: everybody's).
    `loaded` are this party's shares of what earlier runs kept, in the order of `Program.loads`.
    `check` compares every value with its declared type. Raises DataError for missing or misshapen inputs,
    PeerError when a peer fails, AssumptionFailed when a `require` does not hold.
    """
    _check_given(program, me if transport is not None else None, given)
    _check_loaded(program, backend, loaded)
    run = _Run(program, backend, transport, given, progress, trace, check)
    run.state = State([Frame(plan, _fresh(program.body))])
    for number, share in zip(program.body.args, loaded, strict=True):
        run.state.frames[0].values[number] = share
    try:
        _steps(run)
    finally:
        if trace is not None:
            trace.flush()
    results = run.state.results
    return Results(tuple(_opened(results, spec) for spec in program.outputs), run.state.rounds,
                   tuple(results[spec.value] for spec in program.keeps))


def _steps(run: _Run) -> None:
    """The loop; the marks of the trace stand before the first step, after the last one with inputs, at the end."""
    last_input = _last_input(run.program.body)
    shared = last_input < 0
    _mark(run, "start")
    while run.state.frames:
        frame = run.state.frames[-1]
        number = frame.step
        if number < len(frame.plan.steps):
            _step(run, frame, frame.plan.steps[number])
        else:
            _leave(run, frame)
        if not shared and (not run.state.frames or run.state.frames[0].step > last_input):
            shared = True
            _meet(run)
            _mark(run, "inputs")
    _mark(run, "end")


def _meet(run: _Run) -> None:
    if run.transport is not None and run.trace is not None and run.trace.together:
        run.transport.control(b"inputs are shared")


def _mark(run: _Run, name: str) -> None:
    if run.trace is not None:
        run.trace.mark(name)


def _last_input(body: Block) -> int:
    """The last step of the body that takes inputs; -1 where none does."""
    return max((i for i, step in enumerate(body.steps) if _takes_inputs(step)), default=-1)


def _takes_inputs(step: Step) -> bool:
    inside = step.loop.body.steps if step.loop is not None else ()
    return any(instr.op == "input" for instr in step.exchange) or any(_takes_inputs(each) for each in inside)


def _check_given(program: Program, me: int | None, given: Mapping[str, Any]) -> None:
    owner = owners(program)
    for spec in program.inputs:
        if me is not None and owner[spec.name] != me:
            continue
        if spec.name not in given:
            raise DataError(f"no data for the input {spec.name}")
        if np.shape(given[spec.name]) != spec.shape:
            raise DataError(f"the input {spec.name} has shape {np.shape(given[spec.name])} "
                            f"where the program takes {spec.shape}")


def _check_loaded(program: Program, backend: Backend, loaded: Sequence[Share]) -> None:
    if len(loaded) != len(program.loads):
        raise DataError(f"{len(loaded)} loaded arrays where the program takes {len(program.loads)}")
    for spec, number, share in zip(program.loads, program.body.args, loaded, strict=True):
        if not backend.fits(share, program.body.types[number]):
            raise DataError(f'what was kept as "{spec.store}" is no {program.body.types[number]}')


def _opened(results: tuple[Any, ...], spec: OutputSpec) -> Opened:
    return Opened(results[spec.value], results[spec.flag] if spec.flag >= 0 else None)


def _fresh(block: Block) -> list[Any]:
    return [None] * len(block.types)


# -- steps ---------------------------------------------------------------------------------------------------


def _step(run: _Run, frame: Frame, plan: StepPlan) -> None:
    values, local = frame.values, run.backend.local
    for instr, args_t, outs_t in plan.local:
        started = perf_counter()
        results = local(instr, [values[a] for a in instr.args], args_t, outs_t)
        _bind(run, frame, instr, results, 0, perf_counter() - started)
    if plan.exchange:
        _exchange(run, frame, plan)
    if plan.step.loop is not None and plan.body is not None:
        _enter(run, frame, plan.step.loop, plan.body)
    else:
        frame.step += 1


def _bind(run: _Run, frame: Frame, instr: Instr, results: tuple[Any, ...], nbytes: int,
          seconds: float) -> None:
    """Stores results and lets go of what was used for the last time."""
    types, values = frame.plan.block.types, frame.values
    for number, value in zip(instr.outs, results, strict=True):
        values[number] = value
        if run.check:
            _check(run, instr, value, types[number])
    for number in instr.free:
        values[number] = None
    if run.trace is not None:
        run.trace.instr(run.state.at, instr, types, nbytes, seconds)


def _check(run: _Run, instr: Instr, value: Any, of: ValueType) -> None:
    hidden = value is None and instr.op == "reveal"
    if not hidden and not run.backend.fits(value, of):
        raise AssertionError(f"{instr.op} at {run.state.at} made no {of}")


def _exchange(run: _Run, frame: Frame, plan: StepPlan) -> None:
    """Prepares all instructions of the step, exchanges once, finishes all of them."""
    link = None
    if run.transport is not None and (plan.outgoing or plan.incoming):
        link = run.transport.begin(run.state.rounds, plan.outgoing, plan.incoming)
    states, seconds, values = [], [], frame.values
    for (instr, args_t, outs_t), places in zip(plan.exchange, plan.sends, strict=True):
        started = perf_counter()
        out = _Out(link, places)
        states.append(run.backend.prepare(instr, [values[a] for a in instr.args], args_t, outs_t, run.given, out))
        out.close()
        seconds.append(perf_counter() - started)
    started = perf_counter()
    bodies = link.finish() if link is not None else {}
    waited = perf_counter() - started
    for i, (instr, args_t, outs_t) in enumerate(plan.exchange):
        started = perf_counter()
        incoming = _In(bodies, plan.receives[i])
        operands = [values[a] for a in instr.args]
        results = run.backend.finish(instr, operands, args_t, outs_t, states[i], incoming)
        sent = sum(nbytes for _, nbytes in plan.sends[i].values())
        _bind(run, frame, instr, results, sent, seconds[i] + perf_counter() - started)
    if plan.is_round:
        _count(run, plan, waited)


def _count(run: _Run, plan: StepPlan, waited: float) -> None:
    """A round is over: it is counted and told."""
    if run.trace is not None:
        run.trace.round(run.state.rounds, run.state.at, sum(plan.outgoing.values()), waited)
    run.state.rounds += 1
    if run.progress is not None:
        run.progress(run.state.rounds, run.transport.bytes_sent if run.transport is not None else 0)


# -- loops ---------------------------------------------------------------------------------------------------


def _enter(run: _Run, frame: Frame, loop: Loop, body: BlockPlan) -> None:
    carried = [frame.values[number] for number in loop.init]
    for number in set(loop.init) & set(loop.free) - set(loop.captures):
        frame.values[number] = None
    if loop.trips == 0:
        _finish_loop(frame, loop, carried)
        return
    inner = Frame(body, [], loop=loop)
    _start_trip(inner, frame, loop, carried)
    run.state.frames.append(inner)


def _start_trip(inner: Frame, outer: Frame, loop: Loop, carried: list[Any]) -> None:
    """Binds trip number, carried and captured values; nothing else lives on from the trip before."""
    inner.step = 0
    inner.values = _fresh(inner.plan.block)
    captured = [outer.values[number] for number in loop.captures]
    trip = np.array(inner.trip, np.uint64)
    for number, value in zip(inner.plan.block.args, [trip, *carried, *captured], strict=True):
        inner.values[number] = value


def _finish_loop(outer: Frame, loop: Loop, carried: list[Any]) -> None:
    for number, value in zip(loop.outs, carried, strict=True):
        outer.values[number] = value
    for number in set(loop.free) - set(loop.outs):
        outer.values[number] = None
    outer.step += 1


def _leave(run: _Run, frame: Frame) -> None:
    """The end of a block: of the program, or of one trip."""
    results = [frame.values[number] for number in frame.plan.block.results]
    if frame.loop is None:
        run.state.frames.pop()
        run.state.results = tuple(results)
        return
    outer = run.state.frames[-2]
    frame.trip += 1
    if frame.trip < frame.loop.trips:
        _start_trip(frame, outer, frame.loop, results)
    else:
        run.state.frames.pop()
        _finish_loop(outer, frame.loop, results)


# -- places in the frames ------------------------------------------------------------------------------------


class _Out(Outgoing):
    """The places of one instruction in the frames of a round that it fills."""

    def __init__(self, link: Round | None, places: Places) -> None:
        self._link = link
        self._places = places

    def to(self, peer: int) -> Bytes:
        if self._link is None or peer not in self._places:
            return np.empty(0, np.uint8)
        start, nbytes = self._places[peer]
        return self._link.out[peer][start:start + nbytes]

    def ready(self, peer: int, filled: int) -> None:
        if self._link is not None and peer in self._places:
            self._link.ready(peer, self._places[peer][0] + filled)

    def close(self) -> None:
        """The instruction is done: fresh memory may hold anything, so what pads its messages is zeroed."""
        if self._link is None:
            return
        for peer, (start, nbytes) in self._places.items():
            self._link.out[peer][start + nbytes:start + padded(nbytes)] = 0
            self._link.ready(peer, start + padded(nbytes))


class _In(Incoming):
    """The places of one instruction in the frames that came."""

    def __init__(self, bodies: Mapping[int, Bytes], places: Places) -> None:
        self._bodies = bodies
        self._places = places

    def of(self, peer: int) -> Bytes:
        if peer not in self._places:
            return np.empty(0, np.uint8)
        start, nbytes = self._places[peer]
        return self._bodies[peer][start:start + nbytes]
