"""Loops that stay loops: which values they carry, and the ranges that hold in every trip.

The body is checked with a guess of the carried values' types, at first those before the loop. A value whose
range does not hold is widened: by its growth in closed form when a trip adds to it what can be bounded (see
`growth`), otherwise by the range that one trip gives, and after a few trips in leaps, so that what a `clamp` in
the loop holds is found; from a leap it comes back to the range that a trip gives. It is done when one and the same
check shows that all types hold, so the number of trips does not matter for the time it takes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from .. import intervals
from ..frontend import syntax
from ..intervals import Interval
from ..source import Span
from . import outputs
from .alignment import throughout
from .assign import assigned_names, forget, target_names
from .carried_rows import Guesses, Rows, begin, enter, leave
from .context import Context, Growth
from .growth import Moved, growth
from .operands import fits, same_kind, scaled
from .origins import Origin
from .shapes import same_shape
from .tree import Block, Carry, Expr, For, Ref, Var
from .types import Bool, Elem, Fixed, Int, Type
from .unpacked import repack, unpack, unpack_end, widened
from .values import Composite, Unassigned, Value, join_elems, number_elem, plain, ranged

#: Checks of the body in which ranges are widened by what one trip gives.
PLAIN_RUNS = 8

#: Then the ranges tried, in bits: widening with thresholds (Cousot and Cousot 1977).
LEAPS = (16, 32, 62, 90, 120)

RETURN_MEND = "assign to a name in the loop, and return it after the loop"
LATER = "in the first trip of the loop it has no value yet"
INSIDE = "it is assigned inside of a loop only"
MIXED = (
    "a loop of more than 64 trips cannot both assume and reveal: what is assumed in it is checked once, after its "
    "last trip, and before anything is opened"
)


@dataclass
class State:
    """A carried value: before the loop, the type guessed for it inside, of what rows it is, and how a trip moves it."""

    name: str
    init: Expr
    type: Type
    rows: Rows
    moved: Moved | None = None


@dataclass(frozen=True)
class Run:
    """One check of the body."""

    index: Var
    block: Block
    inside: dict[str, Var]
    ends: dict[str, Value]
    failed: bool


@dataclass
class Kept:
    """A loop that stays a loop. `into` gives the index its names; `trips` is (start, step, count)."""

    ctx: Context
    node: syntax.For
    into: Callable[[Ref], None]
    trips: tuple[int, int, int]
    place: Span
    span: Span
    states: dict[str, State]
    names: list[str]
    guesses: Guesses
    whole: dict[str, Composite] = field(default_factory=dict)
    moving: list[str] = field(default_factory=list)
    leap: int | None = None
    leapt: set[str] = field(default_factory=set)

    def run(self) -> Run:
        """Check the body once with the types guessed."""
        ctx, (start, step, count) = self.ctx, self.trips
        ends = sorted((start, start + step * (count - 1)))
        title = self.node.target.id if isinstance(self.node.target, syntax.Name) else "index"
        index = ctx.fresh(title, Type(Int(ends[0], ends[1])))
        saved, blocked, found = dict(ctx.scope.names), ctx.no_return, len(ctx.findings.items)
        opened, assumed = len(ctx.reveals), len(ctx.assumptions)
        inside = {state.name: ctx.fresh(state.name.strip(), state.type) for state in self.states.values()}
        enter(ctx.origins, index)
        for name, state in self.states.items():
            begin(ctx.origins, state.rows, index, inside[name])
        for name in self.names:
            if name in inside:
                ctx.scope.names[name] = Ref(inside[name].type, self.span, var=inside[name])
            elif name in saved:
                forget(ctx, name, LATER, self.span)
        for name, value in self.whole.items():
            ctx.scope.names[name] = repack(ctx, name, value) or Unassigned(LATER, self.span)
        ctx.no_return = RETURN_MEND
        with ctx.block() as block:
            self.into(Ref(index.type, self.place, var=index))
            ctx.run(ctx, self.node.body)
            for name, value in self.whole.items():
                unpack_end(ctx, name, value)
        values = {name: ctx.scope.names.get(name, Unassigned(INSIDE, self.span)) for name in inside}
        ctx.scope.names, ctx.no_return = saved, blocked
        if len(ctx.reveals) > opened and len(ctx.assumptions) > assumed:
            ctx.error("E2009", MIXED, self.span, help="assume before the loop, or reveal after it")
        failed = any(item.severity == "error" for item in ctx.findings.items[found:])
        return Run(index, tuple(block), inside, values, failed)

    def settle(self, run: Run) -> bool:
        """Whether every guess held; widens those that did not."""
        held = [
            self._settle(state, run.ends[name], run.inside[name]) for name, state in list(self.states.items())
        ]
        self.moving = [name for name, fixed in zip(run.inside, held, strict=True) if not fixed]
        rows = {name: state.rows for name, state in self.states.items()}
        return self.guesses.hold(rows, self._left(run), run.index) and not self.moving

    def _left(self, run: Run) -> dict[str, Origin]:
        """The origins of what a trip leaves."""
        ends = {name: run.ends.get(name) for name in self.states}
        return {name: self.ctx.origins.of(end) for name, end in ends.items() if isinstance(end, Expr)}

    def _settle(self, state: State, end: Value, inside: Var) -> bool:
        if not isinstance(end, Expr) or not _alike(end.type, state.type):
            del self.states[state.name]
            missing = widened(state.init, end)
            if missing is not None:
                self.carry_parts(state.name, missing)
            return False
        joined = _structure(state.type, end.type)
        if joined != state.type:
            init = (
                state.init if isinstance(joined.elem, Bool) else scaled_to(self.ctx, state.init, joined.elem)
            )
            if init is not None:
                state.init, state.type, state.moved = init, joined, None
            return False
        last = end if isinstance(joined.elem, Bool) else scaled_to(self.ctx, end, joined.elem)
        if last is None or intervals.covers(state.type.elem.range, last.type.elem.range):
            return last is not None
        moved = growth(self.ctx, last, inside)
        if moved is None:
            self._widen(state, intervals.join(state.type.elem.range, last.type.elem.range))
            return False
        if state.moved is not None and state.moved.covers(moved):
            return True
        state.moved = (state.moved or Moved(Interval(0, 0))).join(moved)
        begins = intervals.join(state.init.type.elem.range, state.moved.anew or state.init.type.elem.range)
        reach = intervals.add(begins, intervals.total(state.moved.step, self.trips[2] - 1))
        state.type = _with_range(state.type, reach)
        return False

    def _widen(self, state: State, joined: Interval) -> None:
        if self.leap is not None:
            held = state.type.elem.range
            joined = Interval(min(joined.lo, -(1 << self.leap)) if joined.lo < held.lo else held.lo,
                              max(joined.hi, 1 << self.leap) if joined.hi > held.hi else held.hi)
            self.leapt.add(state.name)
        state.type = _with_range(state.type, joined)

    def come_back(self, run: Run) -> bool:
        """After a check that held: give what was widened in a leap the range of one trip. False if nothing changed."""
        changed = False
        for name in self.leapt & self.states.keys():
            state, end = self.states[name], run.ends[name]
            assert isinstance(end, Expr)
            last = scaled_to(self.ctx, end, state.type.elem)
            assert last is not None
            reach = intervals.join(state.init.type.elem.range, last.type.elem.range)
            changed |= reach != state.type.elem.range
            state.type = _with_range(state.type, reach)
        self.leapt.clear()
        return changed

    def carry_parts(self, name: str, value: Composite) -> None:
        """Carry a value of several arrays part by part."""
        keys = unpack(self.ctx, name, value)
        self.whole[name] = value
        self.names += keys
        self.states |= _states(self.ctx, keys)

    def finish(self, run: Run) -> None:
        """Put the loop into the tree; the carried names have their last values from here on."""
        ctx, carries, ends = self.ctx, [], self._left(run)
        for name, state in self.states.items():
            end, inside = run.ends[name], run.inside[name]
            assert isinstance(end, Expr)
            last = end if isinstance(inside.type.elem, Bool) else scaled_to(ctx, end, inside.type.elem)
            assert last is not None
            elem = join_elems([state.init.type.elem, last.type.elem])
            out = ctx.fresh(inside.name, Type(elem, inside.type.shape, inside.type.secret))
            ctx.origins.known[out.id] = leave(ctx.origins, state.rows, ends[name], run.index, self.trips)
            moved = growth(ctx, end, inside)
            if moved is not None and moved.anew is None:
                reach = intervals.total(intervals.join(moved.step, Interval(0, 0)), self.trips[2])
                ctx.growth[out.id] = Growth(state.init, reach)
            carries.append(Carry(inside, plain(state.init), plain(last), out))
            ctx.scope.names[name] = Ref(out.type, self.span, var=out)
        start, step, count = self.trips
        ctx.emit(For(run.index, start, step, count, run.block, tuple(carries), self.span))
        for name in (*target_names(self.node.target), *self.names):
            if name not in self.states:
                forget(ctx, name, INSIDE, self.span)
        for name, value in self.whole.items():
            ctx.scope.names[name] = repack(ctx, name, value) or Unassigned(INSIDE, self.span)


def repeat(
    ctx: Context,
    node: syntax.For,
    into: Callable[[Ref], None],
    trips: tuple[int, int, int],
    place: Span,
    span: Span,
) -> None:
    """Check a loop that stays a loop."""
    targets = target_names(node.target)
    names = [name for name in assigned_names(node.body) if name not in targets]
    guesses = Guesses(ctx.origins, ctx.next_id)
    kept = Kept(ctx, node, into, trips, place, span, _states(ctx, names), [*names], guesses)
    for name in names:
        value = ctx.scope.names.get(name)
        if isinstance(value, Composite):
            kept.carry_parts(name, throughout(ctx, value, span))
    if not _prepare_outputs(kept):
        return
    for leap in (*[None] * PLAIN_RUNS, *LEAPS, *[None] * 2):
        kept.leap = leap
        with ctx.attempt() as undo:
            run = kept.run()
            if run.failed and not kept.leapt:
                return
            if not run.failed and kept.settle(run) and not kept.come_back(run):
                kept.finish(run)
                return
            undo()
        if run.failed:
            break
        if not kept.leapt and not all(_fits(ctx, state, trips[2], span) for state in kept.states.values()):
            return
    moving = ", ".join(f"`{name.strip()}`" for name in kept.moving)
    ctx.error(
        "E4001",
        f"no bound can be told for what this loop carries in {moving}: it can grow with every trip",
        span,
        help="hold it with `clamp(x, lo, hi)` inside of the loop",
    )


def _fits(ctx: Context, state: State, count: int, span: Span) -> bool:
    return fits(
        ctx,
        f"`{state.name.strip()}`, after {count} trips of this loop,",
        state.type.elem.range,
        span,
        (state.init,),
    )


def _states(ctx: Context, names: Iterable[str]) -> dict[str, State]:
    states: dict[str, State] = {}
    for name in names:
        value = ctx.scope.names.get(name)
        if isinstance(value, Expr):
            states[name] = State(name, plain(value), value.type, Rows(ctx.origins.of(value)))
    return states


def _prepare_outputs(kept: Kept) -> bool:
    """Outputs by a loop's index become arrays that the loop carries; a first check tells their types."""
    ctx = kept.ctx
    wanted = outputs.indexed(kept.node.body)
    if any(not outputs.started(ctx, name) for name in wanted):
        with ctx.attempt() as undo:
            if kept.run().failed:
                return False
            undo()
        for name in wanted:
            outputs.start(ctx, name, kept.span)
    keys = [key for name in wanted for key in outputs.keys(name)]
    kept.names += keys
    kept.states |= _states(ctx, keys)
    return True


def scaled_to(ctx: Context, value: Expr, elem: Elem) -> Expr | None:
    """The number with the fractional bits of `elem`."""
    return scaled(ctx, value, elem.frac) if isinstance(elem, Fixed) else value


def _alike(a: Type, b: Type) -> bool:
    return same_shape(a.shape, b.shape) and same_kind((a.elem, b.elem))


def _structure(state: Type, end: Type) -> Type:
    """The type with the fractional bits and the secrecy of both; the range of `state`."""
    secret = state.secret or end.secret
    if not isinstance(state.elem, Int | Fixed):
        return Type(state.elem, state.shape, secret)
    fixed = isinstance(state.elem, Fixed) or isinstance(end.elem, Fixed)
    frac = max(state.elem.frac, end.elem.frac)
    range_ = intervals.scale(state.elem.range, 1 << (frac - state.elem.frac))
    return Type(number_elem(fixed, frac, range_), state.shape, secret)


def _with_range(type_: Type, range_: Interval) -> Type:
    return Type(ranged(type_.elem, range_), type_.shape, type_.secret)
