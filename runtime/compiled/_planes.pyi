"""What `hatch_build.py` compiles from `planes.h` and `planes.c`."""

from typing import Any

#: A pointer, or an array that C may read or write.
CData = Any

class _FFI:
    def from_buffer(self, ctype: str, data: Any) -> CData: ...

class _Lib:
    REVISION: int
    def cloister_xors(
        self, components: int, parts: int, part: list[CData], heights: CData, gates: int, left: CData, right: CData,
        place: CData, copies: int, source: CData, to: CData, columns: int, step: int, room: CData, out: list[CData], /,
    ) -> None: ...
    def cloister_conjoin(
        self, rows: int, words: int, x0: CData, x1: CData, x_apart: int, y0: CData, y1: CData, y_apart: int,
        kept: int, out: CData, /,
    ) -> None: ...
    def cloister_widen(self, rows: int, words: int, nbytes: int, source: CData, out: CData, /) -> int: ...

ffi: _FFI
lib: _Lib
