"""A polynomial with public whole coefficients, in few products and few levels.

=============  ===========================  ==============================================
circuit        levels for degree n          products
=============  ===========================  ==============================================
k baby steps   ceil(log2 k) + ceil(log2 m)  k - 1 + m - 1 + log2 m - 1, of m = ceil(n / k)
=============  ===========================  ==============================================

The powers up to x^k make blocks of k coefficients, which cost nothing; pairs of blocks are joined by powers of x^k. The
last block has k + 1 coefficients where k divides n, so that a degree of 2^t takes t levels. Powers are made by halving
their exponents, each of them once, and only those with a coefficient. The ring's overflow does no harm: sums and
products are right modulo 2^width.

Source: M. Paterson and L. Stockmeyer, On the number of nonscalar multiplications necessary to evaluate polynomials
(SIAM J. Comput. 1973), with a tree in the place of Horner's rule between the blocks.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Generic, TypeVar

from ..ir.build import Value
from .kit import Kit

#: More baby steps are not tried.
MOST_STEPS = 8

_T = TypeVar("_T")


@dataclass
class Arithmetic(Generic[_T]):
    """What a polynomial is made of; `plus` adds a number that everybody knows."""

    mul: Callable[[_T, _T], _T]
    add: Callable[[_T, _T], _T]
    scale: Callable[[_T, int], _T]
    plus: Callable[[_T, int], _T]


def polynomial(kit: Kit, x: Value, coefficients: Sequence[int]) -> Value:
    """The sum of coefficients[i] x^i of ring shares, modulo 2^width; the degree is at least 1."""
    candidates = {f"{k} baby steps": partial(_evaluated, k) for k in steps(len(coefficients) - 1)}
    return kit.choose("polynomial", candidates, x, tuple(coefficients))


def steps(degree: int) -> range:
    """The numbers of baby steps that are tried."""
    return range(1, min(degree, MOST_STEPS) + 1)


def _evaluated(k: int, kit: Kit, x: Value, coefficients: Sequence[int]) -> Value:
    arithmetic = Arithmetic(kit.mul, kit.add, kit.scale, kit.add)
    return evaluate(arithmetic, x, coefficients, k)


def evaluate(arithmetic: Arithmetic[_T], x: _T, coefficients: Sequence[int], k: int) -> _T:
    """The polynomial by k baby steps. Raises ValueError where it does not depend on x."""
    made = _Steps(arithmetic, {1: x}).tree(list(coefficients), k)
    if made.value is None:
        raise ValueError("a constant is no polynomial of x")
    return arithmetic.plus(made.value, made.constant)


@dataclass(frozen=True)
class _Block(Generic[_T]):
    """A value plus a constant; None stands for a value of 0."""

    value: _T | None
    constant: int


@dataclass
class _Steps(Generic[_T]):
    arithmetic: Arithmetic[_T]
    powers: dict[int, _T] = field(default_factory=dict)

    def tree(self, coefficients: list[int], k: int) -> _Block[_T]:
        degree = len(coefficients) - 1
        count = max(-(-degree // k), 1)
        ends = [*range(k, count * k, k), degree + 1]
        blocks = [self._block(coefficients[start:end]) for start, end in zip([0, *ends[:-1]], ends, strict=True)]
        while len(blocks) > 1:
            pairs = [self._joined(a, b, k) for a, b in zip(blocks[::2], blocks[1::2], strict=False)]
            blocks = pairs + blocks[2 * len(pairs):]
            k *= 2
        return blocks[0]

    def power(self, exponent: int) -> _T:
        if exponent not in self.powers:
            half = exponent // 2
            self.powers[exponent] = self.arithmetic.mul(self.power(exponent - half), self.power(half))
        return self.powers[exponent]

    def _block(self, coefficients: Sequence[int]) -> _Block[_T]:
        terms = [self.arithmetic.scale(self.power(i), c) for i, c in enumerate(coefficients) if i and c]
        total = terms[0] if terms else None
        for term in terms[1:]:
            assert total is not None
            total = self.arithmetic.add(total, term)
        return _Block(total, coefficients[0])

    def _joined(self, low: _Block[_T], high: _Block[_T], exponent: int) -> _Block[_T]:
        """low + x^exponent * high."""
        if high.value is None and high.constant == 0:
            return low
        if high.value is None:
            moved = self.arithmetic.scale(self.power(exponent), high.constant)
        else:
            moved = self.arithmetic.mul(self.power(exponent), self.arithmetic.plus(high.value, high.constant))
        return _Block(moved if low.value is None else self.arithmetic.add(low.value, moved), low.constant)
