"""The few loops that are compiled (`planes.c`), where they could be: everything works without them, in numpy.

`CLOISTER_KERNELS` chooses: `numpy` leaves the compiled ones alone, `compiled` insists on them; otherwise they are
taken where they are there. Both give the same words.
"""

from __future__ import annotations

import os
from functools import cache
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from ..errors import ConfigError

if TYPE_CHECKING:
    from ._planes import _FFI, CData, _Lib

#: The revision of `planes.h` that this text calls.
REVISION = 2

SWITCH = "CLOISTER_KERNELS"
_CHOICES = ("", "numpy", "compiled")

_WORD: Final = np.dtype(np.uint64)
_INDEX: Final = np.dtype(np.int64)
_BYTE: Final = np.dtype(np.uint8)


class Kernels:
    """The compiled functions, and arrays as they take them. Who calls checks sizes and indices before."""

    def __init__(self, ffi: _FFI, lib: _Lib) -> None:
        self._from_buffer = ffi.from_buffer
        self.xors = lib.cloister_xors
        self.conjoin = lib.cloister_conjoin
        self.widen = lib.cloister_widen

    def words(self, planes: NDArray[np.uint64]) -> CData:
        """The words of an array in C order: of a copy where they do not stand so in memory. Raises TypeError."""
        if planes.dtype != _WORD:
            raise TypeError(f"planes of {planes.dtype}")
        flags = planes.flags
        return self._from_buffer("uint64_t[]", planes if flags.c_contiguous and flags.aligned else planes.copy())

    def written(self, planes: NDArray[np.uint64]) -> CData:
        """The words of an array that are to be written, never those of a copy. Raises TypeError."""
        flags = planes.flags
        if planes.dtype != _WORD or not (flags.c_contiguous and flags.aligned and flags.writeable):
            raise TypeError("kernels write whole words in C order")
        return self._from_buffer("uint64_t[]", planes)

    def indices(self, numbers: NDArray[np.int64]) -> CData:
        """Whole numbers, for as long as the result lives. Raises TypeError."""
        if numbers.dtype != _INDEX or not numbers.flags.c_contiguous:
            raise TypeError("indices are whole numbers in a row")
        return self._from_buffer("int64_t[]", numbers)

    def message(self, octets: NDArray[np.uint8]) -> CData:
        """The bytes of a message, which stand in a row. Raises TypeError."""
        if octets.dtype != _BYTE or not octets.flags.c_contiguous:
            raise TypeError("a message is bytes in a row")
        return self._from_buffer("uint8_t[]", octets)

    def room(self, words: int) -> CData:
        """Room for so many words."""
        return self._from_buffer("uint64_t[]", np.empty(words, np.uint64))


@cache
def kernels() -> Kernels | None:
    """The compiled functions, or None where numpy does the work. Raises ConfigError for an impossible choice."""
    choice = os.environ.get(SWITCH, "")
    if choice not in _CHOICES:
        raise ConfigError(f"{SWITCH} is numpy, compiled or nothing, not {choice!r}")
    found = None if choice == "numpy" else _loaded()
    if choice == "compiled" and found is None:
        raise ConfigError(f"{SWITCH} asks for compiled kernels, and this installation has none")
    return found


def _loaded() -> Kernels | None:
    try:
        from ._planes import ffi, lib
    except ImportError:
        return None
    return Kernels(ffi, lib) if lib.REVISION == REVISION else None
