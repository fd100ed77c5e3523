"""How this process keeps its memory: freed arrays stay with it, instead of going back to the system at once.

glibc gives large blocks back to the system as soon as they are freed, and the next array of that size costs a
page fault for every 4 KiB again, which takes longer than the arithmetic on it. A run makes and frees arrays of
the same sizes over and over, and has read its data before, so the most memory it holds does not grow by this.
"""

from __future__ import annotations

import contextlib
import ctypes

import numpy as np

#: Parameters of mallopt(3), and what they are set to: bytes.
_TRIM_THRESHOLD, _TOP_PAD, _MMAP_THRESHOLD = -1, -2, -3
_NEVER = (1 << 31) - 1
_STEP = 16 << 20

#: Bytes of the smallest page that a system has.
_PAGE = 1 << 12


def keep_freed() -> None:
    """Asks the C library for this; does nothing where it does not know how."""
    with contextlib.suppress(OSError, AttributeError):
        library = ctypes.CDLL(None)
        for parameter, value in ((_MMAP_THRESHOLD, _NEVER), (_TRIM_THRESHOLD, _NEVER), (_TOP_PAD, _STEP)):
            library.mallopt(ctypes.c_int(parameter), ctypes.c_int(value))


def reserve(nbytes: int) -> None:
    """Touches so much memory and frees it, so that what is kept (see above) is there before secrets wait for it.

    Does nothing where so much memory is not to be had: whether a run needs all of it shows later.
    """
    with contextlib.suppress(MemoryError):
        fresh = np.empty(nbytes, np.uint8)
        fresh[::_PAGE] = 0
