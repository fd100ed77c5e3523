"""Operations on values that every party knows: exact, on whole numbers, without a message.

They serve what a program computes from revealed values and from loop indices. Numbers come and go as signed
integers; truth values are 0 and 1. Rounding is to nearest, ties up.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from math import isqrt
from typing import Any

import numpy as np
from numpy.typing import NDArray

Integers = NDArray[Any]
Attrs = Mapping[str, Any]


def _quotient(a: int, b: int) -> int:
    """a // b; 0 of a divisor that an assumption excludes, so that it is the assumption that ends the run."""
    return a // b if b else 0


def _remainder(a: int, b: int) -> int:
    return a % b if b else 0


def _rounded_div(a: int, b: int) -> int:
    if not b:
        return 0
    if b < 0:
        a, b = -a, -b
    return (2 * a + b) // (2 * b)


def _rounded_sqrt(a: int) -> int:
    root = isqrt(max(a, 0))
    return root + (max(a, 0) - root * root > root)


def _round(a: int, bits: int) -> int:
    return (a + (1 << bits >> 1)) >> bits


def _each(function: Callable[..., int], *arrays: Integers) -> Integers:
    """The function applied to every element, on Python's integers."""
    applied: Integers = np.asarray(np.frompyfunc(function, len(arrays), 1)(*(a.astype(object) for a in arrays)), object)
    return applied


_FUNCTIONS: dict[str, Callable[[Attrs, Sequence[Integers]], Integers]] = {
    "abs": lambda t, a: abs(a[0]),
    "min": lambda t, a: np.minimum(a[0], a[1]),
    "max": lambda t, a: np.maximum(a[0], a[1]),
    "lt": lambda t, a: a[0] < a[1],
    "eq": lambda t, a: a[0] == a[1],
    "and": lambda t, a: np.all([x != 0 for x in a], axis=0),
    "or": lambda t, a: np.any([x != 0 for x in a], axis=0),
    "xor": lambda t, a: np.sum([x != 0 for x in a], axis=0) % 2,
    "not": lambda t, a: a[0] == 0,
    "select": lambda t, a: np.where(a[0] != 0, a[1], a[2]),
    "floordiv": lambda t, a: _each(_quotient, *a),
    "mod": lambda t, a: _each(_remainder, *a),
    "divround": lambda t, a: _each(lambda x, y: _rounded_div(x << t["shift"], y), *a),
    "sqrt": lambda t, a: _each(lambda x: _rounded_sqrt(x << t["shift"]), *a),
    "round": lambda t, a: _each(lambda x: _round(x, t["bits"]), *a),
    "reduce_min": lambda t, a: np.min(a[0], axis=tuple(t["axes"])),
    "reduce_max": lambda t, a: np.max(a[0], axis=tuple(t["axes"])),
    "any": lambda t, a: np.any(a[0] != 0, axis=tuple(t["axes"])),
    "all": lambda t, a: np.all(a[0] != 0, axis=tuple(t["axes"])),
}

#: The names that `compute` knows.
FUNCTIONS = frozenset(_FUNCTIONS)


def compute(attrs: Attrs, arrays: Sequence[Integers]) -> Integers:
    """`attrs["function"]` of the operands, all of one shape (reductions: one operand, `axes`); object integers."""
    result = _FUNCTIONS[attrs["function"]](attrs, arrays)
    return np.asarray(result).astype(object)
