"""From revealed ring words to the values that people read."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..program import OutputSpec
from .labels import LABELLED, labels, texts

Words = NDArray[np.uint64]

#: Scaled integers up to this are exact in a double.
_EXACT = 1 << 53


def decode(spec: OutputSpec, words: Words, flag: Words | None = None) -> Any:
    """The output as a JSON value: a number, or nested lists of the shape `spec.shape`; None where suppressed.

    `words` are two's complement, uint64 of the output's shape or, at 128 bits, of shape (2, *shape), low
    words first. `flag` is uint64, 0 or 1, with the leading axes of the output, each whole or of extent 1;
    where it is 0 the value is suppressed. Integers are exact; a bool is True or False. A fixed-point number
    is the nearest double: exact as long as the scaled integer is below 2^53, right to 53 bits beyond. Dates,
    addresses, levels and texts are strings. Raises ValueError when the shapes do not fit.
    """
    numbers = _signed(words, len(spec.shape))
    if numbers.shape != spec.shape:
        raise ValueError(f"{spec.name}: words of shape {words.shape} for an output of shape {spec.shape}")
    values = _people(numbers, spec)
    if flag is not None:
        aligned = flag.reshape(flag.shape + (1,) * (values.ndim - flag.ndim))
        values = np.array(values, dtype=object)
        values[np.broadcast_to(aligned == 0, values.shape)] = None
    return values.tolist()


def _signed(words: Words, dimensions: int) -> NDArray[Any]:
    """Two's complement to int64, or to Python integers where there is a second word."""
    if words.ndim == dimensions:
        return words.view(np.int64)
    low, high = words[:1].astype(object), words[1:].view(np.int64).astype(object)
    whole: NDArray[Any] = low + high * (1 << 64)
    return whole.reshape(words.shape[1:])


def _people(numbers: NDArray[Any], spec: OutputSpec) -> NDArray[Any]:
    """Scaled integers as integers, truth values or doubles."""
    values: NDArray[Any]
    if spec.element == "int":
        values = numbers
    elif spec.element == "text":
        values = texts(numbers, spec.length)
    elif spec.element in LABELLED:
        values = labels(numbers, spec.element, spec.levels)
    elif spec.element == "bool":
        values = np.asarray(numbers != 0)
    elif numbers.dtype == np.int64 and ((numbers > -_EXACT) & (numbers < _EXACT)).all():
        values = np.asarray(numbers / float(1 << spec.frac))
    else:
        # Python divides integers to the nearest double, whatever their size.
        nearest = [number / (1 << spec.frac) for number in numbers.astype(object).flat]
        values = np.array(nearest, dtype=float).reshape(spec.shape)
    return values
