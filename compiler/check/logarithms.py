"""log, log2 and log10 over the whole range of their argument.

x = 2^e z with z in [1, 2) is found in two sweeps of comparisons, first with every w-th power of two, then with the
powers in between: about 2 sqrt(b) comparisons of a number of b bits, in the rounds of two. The logarithm of z is a
polynomial with p = fractional bits of the result + 11 bits, that of 2^e is linear in e. The error is below one unit
of the last place: the roundings before the last add up to less than 2^-(p - 8), the last is half a unit.
"""

from __future__ import annotations

from fractions import Fraction
from math import ceil, floor, isqrt

from ..intervals import Interval
from ..source import Span
from .arithmetic import exact_product, rounding, to_frac
from .context import Context
from .logic import invert
from .operands import element_name
from .polynomials import (
    approximation,
    checked,
    fixed_constant,
    logarithm,
    plus,
    polynomial,
    refined,
)
from .reductions import to_int
from .shapes import broadcast, make
from .tree import Expr
from .types import Bool, Fixed, Int
from .values import DEFAULT_FRAC, POISON, Literal, Value, literal, plain, whole

_GUARD = 11


def log(ctx: Context, name: str, base: int | None, x: Expr, span: Span) -> Value:
    """The logarithm to `base` (None: e), of at least sixteen fractional bits; the argument must be positive."""
    if x.type.elem.range.lo <= 0:
        return ctx.error(
            "E4003",
            f"the argument of `{name}` can be zero or negative",
            x.span,
            f"is {element_name(x.type.elem)}",
            help=f"`max({ctx.text(x.span) or 'x'}, 1)` where that does not matter, `assume` where it does not occur",
        )
    if isinstance(x, Literal):
        return literal(logarithm(x.exact) * _per_natural(base), span, False)
    x = ctx.let("argument", plain(x), span)
    own, frac = x.type.elem, max(DEFAULT_FRAC, x.type.elem.frac)
    bits = frac + _GUARD
    exponent, part = _normalised(ctx, x, bits, span)
    middle = plus(part, fixed_constant(Fraction(-3, 2), bits, part, span), span)
    natural = _BASES[base]
    value = polynomial(ctx, approximation(natural, Fraction(1), Fraction(2), bits + 1), middle, span)
    of_two = fixed_constant(natural(Fraction(2)), bits, x, span)
    moved = plus(exponent, broadcast(whole(-own.frac, span), x.type.shape), span)
    total = plus(value, checked(exact_product(ctx, moved, of_two, span)), span)
    result = to_frac(ctx, total, frac, span)
    if not isinstance(result, Expr):
        return POISON
    ends = [natural(Fraction(end, 1 << own.frac)) * (1 << frac) for end in own.range]
    return refined(result, Interval(floor(ends[0]) - 2, ceil(ends[1]) + 2), span)


def _per_natural(base: int | None) -> Fraction:
    """What a natural logarithm is multiplied by."""
    return Fraction(1) if base is None else 1 / logarithm(Fraction(base))


def _log2(x: Fraction) -> Fraction:
    return logarithm(x) * _per_natural(2)


def _log10(x: Fraction) -> Fraction:
    return logarithm(x) * _per_natural(10)


_BASES = {None: logarithm, 2: _log2, 10: _log10}


def _normalised(ctx: Context, x: Expr, bits: int, span: Span) -> tuple[Expr, Expr]:
    """The exponent e of the scaled integer x = 2^e z, and z in 1..2 with `bits` fractional bits."""
    length = x.type.elem.range.hi.bit_length()
    width = isqrt(length - 1) + 1
    coarse = -(-length // width) - 1
    high, raised = _sweep(ctx, x, width, [width * j for j in range(1, coarse + 1)], width * (coarse + 1), span)
    first = width * coarse
    low, raised = _sweep(ctx, raised, 1, [first + i for i in range(1, width)], first + width, span)
    top = first + width - 1
    elem = Fixed(bits, 1 << bits, 2 << bits)
    if top > bits:
        part = refined(rounding(ctx, raised, top - bits, bits, span), elem.range, span)
    else:
        part = make("scale", (raised,), elem, x.type.shape, span, bits=bits - top)
    return ctx.let("exponent", plus(high, low, span), span), part


def _sweep(ctx: Context, x: Expr, step: int, places: list[int], top: int, span: Span) -> tuple[Expr, Expr]:
    """For x < 2^top: `step` times the number of places p with x >= 2^p, and x moved up by `step` bits for each place
    that it does not reach, so that it reaches the last one."""
    shape, least, most = x.type.shape, x.type.elem.range.lo, x.type.elem.range.hi
    sure = [p for p in places if 1 << p <= least]
    open_ = [p for p in places if least < 1 << p <= most]
    spare = len(places) - len(sure) - len(open_)
    count: Expr = broadcast(whole(step * len(sure), span), shape)
    most_up = 1 << step * (len(open_) + spare)
    factor: Expr = broadcast(whole(most_up, span), shape)
    for number, place in enumerate(open_, start=1):
        less = make("lt", (x, broadcast(whole(1 << place, span), shape)), Bool(), shape, span)
        reached = ctx.let("reached", to_int(invert(less, span), span), span)
        count = plus(count, _times(reached, step, span), span)
        saved = (most_up >> step * (number - 1)) - (most_up >> step * number)
        factor = plus(factor, _times(reached, -saved, span), span)
    factor = refined(factor, Interval(1 << step * spare, most_up), span)
    x_whole = make("mul", (x, factor), Int(0, (1 << top) - 1), shape, span)
    lowest = 1 << places[-1] if places else least
    return count, ctx.let("raised", refined(x_whole, Interval(lowest, (1 << top) - 1), span), span)


def _times(a: Expr, factor: int, span: Span) -> Expr:
    ends = sorted((a.type.elem.range.lo * factor, a.type.elem.range.hi * factor))
    return make("mul", (a, broadcast(whole(factor, span), a.type.shape)), Int(ends[0], ends[1]), a.type.shape, span)
