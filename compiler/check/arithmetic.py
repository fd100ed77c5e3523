"""Arithmetic on numbers: what each operator becomes, where a product rounds, and the range of the result."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction

from .. import intervals
from ..diagnostics import Label
from ..intervals import Interval
from ..source import Span
from .context import Context
from .operands import (
    MAX_NUMERATOR_BITS,
    element_name,
    fit,
    fit_all,
    fits,
    is_fixed,
    numbers,
    scaled,
    trimmed,
    unify,
)
from .shapes import broadcast, common_shape, make, opaque, operand, settle
from .tree import Expr, Ref
from .types import Dim, Fixed
from .values import (
    DEFAULT_FRAC,
    POISON,
    Extent,
    Literal,
    Value,
    extent,
    known_dim,
    known_int,
    literal,
    number_elem,
    plain,
    ranged,
    whole,
)

MAX_EXPONENT = 64
MAX_LITERAL_EXPONENT = 256


def binary(ctx: Context, op: str, left: Value, right: Value, span: Span) -> Value:
    """`left op right` for an arithmetic operator."""
    args = numbers(ctx, f"`{op}`", (left, right), span)
    if args is None:
        return POISON
    a, b = args
    if isinstance(a, Literal) and isinstance(b, Literal) and op in _EXACT:
        exact = _exact(op, a, b, span)
        if exact is not None:
            return exact
    if isinstance(a, Extent) or isinstance(b, Extent):
        dim = _extent_form(ctx, op, a, b)
        if dim is not None:
            return extent(dim, span)
    return _OPERATORS[op](ctx, a, b, span)


def _exact(op: str, a: Literal, b: Literal, span: Span) -> Literal | None:
    """Literals among themselves compute exactly."""
    if op == "/" and b.exact == 0:
        return None
    value = {
        "+": a.exact + b.exact,
        "-": a.exact - b.exact,
        "*": a.exact * b.exact,
        "/": a.exact / b.exact if b.exact else Fraction(0),
    }[op]
    return literal(value, span, op != "/" and not is_fixed(a) and not is_fixed(b))


_EXACT = ("+", "-", "*", "/")


def _extent_form(ctx: Context, op: str, a: Expr, b: Expr) -> Dim | None:
    left, right = known_dim(a), known_dim(b)
    if left is None or right is None:
        return None
    if op == "+":
        return settle(ctx, left + right)
    if op == "-":
        return settle(ctx, left + right.times(-1))
    if op == "*" and not right.terms:
        return left.times(right.constant)
    if op == "*" and not left.terms:
        return right.times(left.constant)
    if op in ("//", "%") and left.terms and right.value:
        value = left.value // right.value if op == "//" else left.value % right.value
        return opaque(f"{operand(left)} {op} {operand(right)}", value)
    return None


def add(ctx: Context, a: Expr, b: Expr, span: Span) -> Value:
    """a + b: exact."""
    return _sum(ctx, "add", "this sum", intervals.add, a, b, span)


def sub(ctx: Context, a: Expr, b: Expr, span: Span) -> Value:
    """a - b: exact."""
    return _sum(ctx, "sub", "this difference", intervals.sub, a, b, span)


def _sum(
    ctx: Context,
    op: str,
    what: str,
    ranges: Callable[[Interval, Interval], Interval],
    a: Expr,
    b: Expr,
    span: Span,
) -> Value:
    args = unify(ctx, what, (a, b), span)
    if args is None:
        return POISON
    range_ = ranges(args[0].type.elem.range, args[1].type.elem.range)
    if not fits(ctx, what, range_, span, (a, b)):
        return POISON
    elem = args[0].type.elem
    return make(op, args, number_elem(isinstance(elem, Fixed), elem.frac, range_), args[0].type.shape, span)


def negate(ctx: Context, value: Value, span: Span) -> Value:
    """-value: exact."""
    args = numbers(ctx, "`-`", (value,), span)
    if args is None:
        return POISON
    (a,) = args
    if isinstance(a, Literal):
        return literal(-a.exact, span, not is_fixed(a))
    if isinstance(a, Extent):
        return extent(a.dim.times(-1), span)
    elem = number_elem(is_fixed(a), a.type.elem.frac, intervals.neg(a.type.elem.range))
    return (
        make("neg", (a,), elem, a.type.shape, span)
        if fits(ctx, "this number", elem.range, span, (a,))
        else POISON
    )


def mul(ctx: Context, a: Expr, b: Expr, span: Span) -> Value:
    """a * b: exact for whole numbers; a product of fixed-point numbers rounds once, to the finer one."""
    a, b = fit_all((a, b))
    frac = max(a.type.elem.frac, b.type.elem.frac)
    product = exact_product(ctx, trimmed(a), trimmed(b), span)
    if product is None:
        return POISON
    return to_frac(ctx, product, frac, span) if is_fixed(product) else product


def exact_product(ctx: Context, a: Expr, b: Expr, span: Span) -> Expr | None:
    """The product before it rounds: its fractional bits are those of both factors."""
    shape = common_shape(ctx, (a, b), span)
    if shape is None:
        return None
    same = isinstance(a, Ref) and isinstance(b, Ref) and a.var == b.var
    range_ = (
        intervals.square(a.type.elem.range) if same else intervals.mul(a.type.elem.range, b.type.elem.range)
    )
    if not fits(ctx, "this product", range_, span, (a, b)):
        return None
    elem = number_elem(is_fixed(a) or is_fixed(b), a.type.elem.frac + b.type.elem.frac, range_)
    return make("mul", (broadcast(a, shape), broadcast(b, shape)), elem, shape, span)


def to_frac(ctx: Context, product: Expr, frac: int, span: Span) -> Value:
    """A fixed-point number with `frac` fractional bits: rounded when it has more, scaled when fewer."""
    drop = product.type.elem.frac - frac
    if drop < 0:
        return scaled(ctx, product, frac) or POISON
    if drop == 0:
        return product
    return rounding(ctx, product, drop, frac, span)


def rounding(ctx: Context, value: Expr, bits: int, frac: int, span: Span) -> Expr:
    """value / 2^bits as a number of `frac` fractional bits: to nearest, ties up; under `fast` to either neighbour."""
    own, shape = value.type.elem.range, value.type.shape
    if ctx.fast:
        elem = number_elem(True, frac, intervals.cut_shift(own, bits))
        return make("round", (value,), elem, shape, span, bits=bits, fast=True)
    elem = number_elem(True, frac, intervals.round_shift(own, bits))
    return make("round", (value,), elem, shape, span, bits=bits)


def nonzero(ctx: Context, op: str, divisor: Expr, span: Span) -> bool:
    """Whether the divisor cannot be zero; reports E4002."""
    if 0 not in divisor.type.elem.range:
        return True
    text = ctx.text(divisor.span) or "d"
    mend = f"`max({text}, 1)` where zero cannot occur or does not matter"
    if divisor.type.elem.range == (0, 0):
        mend = "divide by something else"
    ctx.error(
        "E4002",
        f"the divisor of `{op}` can be zero",
        divisor.span,
        f"is {element_name(divisor.type.elem)}",
        Label(span, "in this division"),
        help=mend,
    )
    return False


def div(ctx: Context, a: Expr, b: Expr, span: Span) -> Value:
    """a / b, a fixed-point number of at least sixteen fractional bits, to nearest, ties up."""
    frac = max(DEFAULT_FRAC, *(arg.type.elem.frac for arg in fit_all((a, b))))
    a, b = trimmed(fit(a, frac)), trimmed(fit(b, frac))
    if not nonzero(ctx, "/", b, span):
        return POISON
    shape = common_shape(ctx, (a, b), span)
    if shape is None:
        return POISON
    shift = frac + b.type.elem.frac - a.type.elem.frac
    numerator = intervals.scale(a.type.elem.range, 1 << shift)
    if not fits(
        ctx,
        "the numerator of this division, with the fractional bits of the result,",
        numerator,
        span,
        (a, b),
        MAX_NUMERATOR_BITS,
    ):
        return POISON
    elem = number_elem(True, frac, intervals.div(a.type.elem.range, b.type.elem.range, shift))
    return make("div", (broadcast(a, shape), broadcast(b, shape)), elem, shape, span, shift=shift)


def floordiv(ctx: Context, a: Expr, b: Expr, span: Span) -> Value:
    """a // b: the floor, a whole number."""
    if not nonzero(ctx, "//", b, span):
        return POISON
    args = unify(ctx, "`//`", (a, b), span)
    if args is None:
        return POISON
    range_ = intervals.floordiv(args[0].type.elem.range, args[1].type.elem.range)
    return make("floordiv", args, number_elem(False, 0, range_), args[0].type.shape, span)


def mod(ctx: Context, a: Expr, b: Expr, span: Span) -> Value:
    """a % b: a - b * (a // b), with the sign of b."""
    if not nonzero(ctx, "%", b, span):
        return POISON
    args = unify(ctx, "`%`", (a, b), span)
    if args is None:
        return POISON
    elem = args[0].type.elem
    range_ = intervals.mod(elem.range, args[1].type.elem.range)
    return make(
        "mod", args, number_elem(isinstance(elem, Fixed), elem.frac, range_), args[0].type.shape, span
    )


def power(ctx: Context, base: Expr, exponent: Expr, span: Span) -> Value:
    """base ** n for a public whole n >= 0: by squaring; each product rounds. Of literals exact, also for n < 0."""
    n = known_int(exponent)
    if isinstance(base, Literal) and n is not None and abs(n) <= MAX_LITERAL_EXPONENT and (n >= 0 or base.exact):
        return literal(base.exact**n, span, n >= 0 and not is_fixed(base))
    if n is None or n < 0 or n > MAX_EXPONENT:
        return ctx.error(
            "E2006",
            f"the exponent of `**` is a whole number from 0 to {MAX_EXPONENT}, known at compile time",
            exponent.span,
            help="`sqrt(x)` is the square root; `1 / x ** 2` a negative power",
        )
    if n == 0:
        return broadcast(whole(1, span), base.type.shape)
    result: Expr | None = None
    square = ctx.let("base", base, span) if n > 1 else base
    while True:
        if n & 1:
            step = square if result is None else mul(ctx, result, square, span)
            if not isinstance(step, Expr):
                return POISON
            result = step
        n >>= 1
        if not n:
            assert result is not None
            return result
        step = mul(ctx, square, square, span)
        if not isinstance(step, Expr):
            return POISON
        square = ctx.let("base", step, span) if n > 1 else step


def shift_left(ctx: Context, a: Expr, b: Expr, span: Span) -> Value:
    """a << n: a * 2^n for a public n."""
    factor = _power_of_two(ctx, b, "<<")
    return POISON if factor is None else mul(ctx, a, factor, span)


def shift_right(ctx: Context, a: Expr, b: Expr, span: Span) -> Value:
    """a >> n: a // 2^n for a public n."""
    factor = _power_of_two(ctx, b, ">>")
    return POISON if factor is None else floordiv(ctx, a, factor, span)


def _power_of_two(ctx: Context, exponent: Expr, op: str) -> Expr | None:
    n = known_int(exponent)
    if n is None or not 0 <= n <= MAX_EXPONENT:
        ctx.error(
            "E2006",
            f"`{op}` shifts by a whole number from 0 to {MAX_EXPONENT}, known at compile time",
            exponent.span,
        )
        return None
    return whole(1 << n, exponent.span)


_OPERATORS: dict[str, Callable[[Context, Expr, Expr, Span], Value]] = {
    "+": add,
    "-": sub,
    "*": mul,
    "/": div,
    "//": floordiv,
    "%": mod,
    "**": power,
    "<<": shift_left,
    ">>": shift_right,
}


def absolute(ctx: Context, a: Expr, span: Span) -> Value:
    """|a|."""
    a = plain(a)
    elem = number_elem(is_fixed(a), a.type.elem.frac, intervals.absolute(a.type.elem.range))
    return (
        make("abs", (a,), elem, a.type.shape, span)
        if fits(ctx, "this number", elem.range, span, (a,))
        else POISON
    )


def extreme(ctx: Context, op: str, args: Sequence[Expr], span: Span) -> Value:
    """The smallest (`min`) or largest (`max`) of two or more numbers, elementwise."""
    dims = [dim for dim in map(known_dim, args) if dim is not None]
    if len(dims) == len(args) and any(dim.terms for dim in dims):
        text = ", ".join(sorted(map(str, dims)))
        return extent(opaque(f"{op}({text})", (min if op == "min" else max)(dim.value for dim in dims)), span)
    parts = unify(ctx, f"`{op}`", args, span)
    if parts is None:
        return POISON
    ranges = intervals.minimum if op == "min" else intervals.maximum
    result = parts[0]
    for part in parts[1:]:
        elem = result.type.elem
        range_ = ranges(elem.range, part.type.elem.range)
        result = make(
            op,
            (result, part),
            ranged(elem, range_),
            result.type.shape,
            span,
        )
    return result


def rounded(ctx: Context, a: Expr, span: Span) -> Value:
    """The nearest whole number, ties up."""
    if isinstance(a, Literal):
        return whole(_nearest_whole(a.exact), span)
    if not is_fixed(a):
        return a
    bits = a.type.elem.frac
    range_ = intervals.round_shift(a.type.elem.range, bits)
    return make("round", (a,), number_elem(False, 0, range_), a.type.shape, span, bits=bits)


def floor(ctx: Context, a: Expr, span: Span) -> Value:
    """The largest whole number that is not above it."""
    if isinstance(a, Literal):
        return whole(a.exact.__floor__(), span)
    return floordiv(ctx, a, whole(1, span), span) if is_fixed(a) else a


def ceil(ctx: Context, a: Expr, span: Span) -> Value:
    """The smallest whole number that is not below it."""
    below = negate(ctx, a, span)
    down = floor(ctx, below, span) if isinstance(below, Expr) else POISON
    return negate(ctx, down, span)


def _nearest_whole(value: Fraction) -> int:
    return intervals.rounded_div(value.numerator, value.denominator)
