"""Ring words to values for people, and files that are whole."""

from __future__ import annotations

import json
import math
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from cloister.runtime.data.results import decode
from cloister.runtime.program import OutputSpec


def spec(element: Any, shape: tuple[int, ...], frac: int = 0) -> OutputSpec:
    return OutputSpec("result", (0,), element, frac, shape, 0)


def words(numbers: list[int], shape: tuple[int, ...], width: int = 64) -> np.ndarray:
    low = np.array([n % 2**64 for n in numbers], dtype=np.uint64).reshape(shape)
    high = np.array([(n >> 64) % 2**64 for n in numbers], dtype=np.uint64).reshape(shape)
    return low if width == 64 else np.stack([low, high])


@pytest.mark.parametrize("width", [64, 128])
def test_integers(width: int) -> None:
    numbers = [0, 1, -1, 2**63 - 1, -(2**63), 33333333333333333]
    if width == 128:
        numbers += [2**64, -(2**64), 2**127 - 1, -(2**127), 2**63, 2**64 - 1]
    shape = (2, len(numbers) // 2)
    found = decode(spec("int", shape), words(numbers, shape, width))
    assert [n for row in found for n in row] == numbers
    assert all(type(n) is int for row in found for n in row)
    for number in numbers:
        assert decode(spec("int", ()), words([number], (), width)) == number
    assert decode(spec("int", (0,)), words([], (0,), width)) == []
    assert decode(spec("int", (2,)), words([5, -6], (2,), width)) == [5, -6]


@pytest.mark.parametrize("width", [64, 128])
def test_fixed_point(width: int) -> None:
    numbers = [0, 1, -1, 65536, 3 << 15, 2**53 - 1, -(2**53), 2**62 + 1, -(2**63)]
    if width == 128:
        numbers += [2**100 + 1, -(2**126)]
    found = decode(spec("fixed", (len(numbers),), 16), words(numbers, (len(numbers),), width))
    for number, value in zip(numbers, found, strict=True):
        exactly = Fraction(number, 65536)
        assert type(value) is float
        assert value == (float(exactly))
        assert abs(Fraction(value) - exactly) <= abs(exactly) / 2**53
    assert decode(spec("fixed", (), 16), words([3 << 15], (), width)) == 1.5
    assert json.loads(json.dumps(found)) == found
    assert not any(math.isnan(value) for value in found)


def test_bools() -> None:
    assert decode(spec("bool", (3,)), words([1, 0, 1], (3,))) == [True, False, True]
    assert decode(spec("bool", ()), words([0], ())) is False


def test_suppressed_values() -> None:
    value = words([1, 2, 0, 0], (2, 2))
    flag = words([1, 0], (2,))
    assert decode(spec("int", (2, 2)), value, flag) == [[1, 2], [None, None]]
    assert decode(spec("int", (2, 2)), value, words([1, 1, 0, 1], (2, 2))) == [[1, 2], [None, 0]]
    assert decode(spec("int", (2, 2)), value, words([1, 0], (1, 2))) == [[1, None], [0, None]]
    assert decode(spec("int", (2, 2)), value, words([1], ())) == [[1, 2], [0, 0]]
    assert decode(spec("fixed", (), 1), words([3], ()), words([0], ())) is None
    assert decode(spec("fixed", (), 1), words([3], ()), words([1], ())) == 1.5
    assert decode(spec("bool", (2,)), words([1, 0], (2,)), words([1, 0], (2,))) == [True, None]
    assert decode(spec("int", (1,)), words([2**70], (1,), 128), words([1], (1,))) == [2**70]


def test_shapes_that_do_not_fit() -> None:
    with pytest.raises(ValueError, match="result: words of shape"):
        decode(spec("int", (3,)), words([1, 2], (2,)))
    with pytest.raises(ValueError, match=r".*"):
        decode(spec("int", (2, 3)), words([0] * 6, (2, 3)), words([1, 1, 1], (3,)))
