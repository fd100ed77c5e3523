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


def _scan(attrs: Attrs, arrays: Sequence[Integers]) -> Integers:
    """Running values along `axis`, or the last of them; they begin anew where a second array is not 0."""
    x, *starts = (np.moveaxis(a, attrs["axis"], 0) for a in arrays)
    combine, made = _COMBINES[attrs["combine"]], x.copy()
    for i in range(1, len(made)):
        made[i] = combine(made[i - 1], made[i])
        if starts:
            made[i] = np.where(starts[0][i] != 0, x[i], made[i])
    return made[-1] if attrs.get("last") else np.moveaxis(made, 0, attrs["axis"])


def _rank(attrs: Attrs, arrays: Sequence[Integers]) -> Integers:
    """Where each row goes in the stable order by the keys, the first of which counts most."""
    order = np.arange(len(arrays[0]))
    for key, descending, bytewise in reversed(list(zip(arrays, attrs["descending"], attrs["bytewise"], strict=True))):
        values = _each(_turned, key) if bytewise else key
        order = order[np.argsort((-values if descending else values)[order], kind="stable")]
    return np.argsort(order)


def _turned(word: int) -> int:
    """A word whose first byte is the lowest, as the number in whose order it sorts."""
    return int.from_bytes(word.to_bytes(8, "little"), "big")


def _move(attrs: Attrs, arrays: Sequence[Integers]) -> Integers:
    return arrays[0][np.argsort(arrays[1])]


def _unmove(attrs: Attrs, arrays: Sequence[Integers]) -> Integers:
    return arrays[0][arrays[1].astype(np.int64)]


def _nth(attrs: Attrs, arrays: Sequence[Integers]) -> Integers:
    """What stands at places of the sorted values, of those that the third array marks; of all where it marks none."""
    x, places, *among = arrays
    kept = x[among[0] != 0] if among and np.any(among[0] != 0) else x
    return np.sort(kept)[np.minimum(places.astype(np.int64), len(kept) - 1)]


_COMBINES: dict[str, Callable[[Any, Any], Any]] = {
    "add": lambda a, b: a + b, "min": np.minimum, "max": np.maximum, "first": lambda a, b: a,
    "and": np.minimum, "or": np.maximum, "xor": lambda a, b: (a + b) % 2,
}

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
    "scan": _scan,
    "rank": _rank,
    "move": _move,
    "unmove": _unmove,
    "nth": _nth,
    "any": lambda t, a: np.any(a[0] != 0, axis=tuple(t["axes"])),
    "all": lambda t, a: np.all(a[0] != 0, axis=tuple(t["axes"])),
}

#: The names that `compute` knows.
FUNCTIONS = frozenset(_FUNCTIONS)

#: Those that go element by element.
SLOW = frozenset({"floordiv", "mod", "divround", "sqrt", "round"})


def compute(attrs: Attrs, arrays: Sequence[Integers]) -> Integers:
    """`attrs["function"]` of the operands, all of one shape (reductions: one operand, `axes`); object integers."""
    result = _FUNCTIONS[attrs["function"]](attrs, arrays)
    return np.asarray(result).astype(object)
