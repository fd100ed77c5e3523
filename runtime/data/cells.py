"""The cells of a column of text: places in a buffer of bytes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Places = NDArray[np.int64]

_QUOTE = ord('"')
_BLANK = np.zeros(256, dtype=bool)
_BLANK[list(b" \t\r\n")] = True


@dataclass(frozen=True)
class Cells:
    """The cells of one column: the bytes buffer[start:end] each, trimmed and unquoted."""

    buffer: NDArray[np.uint8]
    starts: Places
    ends: Places

    def __len__(self) -> int:
        return len(self.starts)

    def text(self, index: int) -> str:
        """The cell as text."""
        content = self.buffer[self.starts[index]:self.ends[index]].tobytes().decode("utf-8")
        return content.replace('""', '"')

    @property
    def empty(self) -> NDArray[np.bool_]:
        """Which cells hold nothing."""
        return np.asarray(self.starts == self.ends)

    def part(self, first: int, last: int) -> Cells:
        """The cells first..last-1."""
        return Cells(self.buffer, self.starts[first:last], self.ends[first:last])


def trimmed(buffer: NDArray[np.uint8], starts: Places, ends: Places) -> Cells:
    """Cells without the white space around them and without the quotes."""
    starts, ends = _stripped(buffer, starts, ends)
    quoted = (ends - starts >= 2) & (buffer[starts] == _QUOTE) & (buffer[ends - 1] == _QUOTE)
    if quoted.any():
        starts, ends = _stripped(buffer, starts + quoted, ends - quoted)
    return Cells(buffer, starts, ends)


def _stripped(buffer: NDArray[np.uint8], starts: Places, ends: Places) -> tuple[Places, Places]:
    """Places moved inwards over white space. The byte at an end is a break: there is always one."""
    while (blank := _BLANK[buffer[starts]] & (starts < ends)).any():
        starts = starts + blank
    while (blank := _BLANK[buffer[ends - 1]] & (starts < ends)).any():
        ends = ends - blank
    return starts, ends
