"""Columns of a Parquet file as exact numbers: the same values and the same complaints as from CSV.

Imported only when there is such a file, since loading pyarrow takes longer than a small run.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from ..errors import DataError
from .coded import CODED, exact_coded
from .declare import Declaration
from .labels import text_layout
from .numbers import exact, holds_int64, scale
from .problems import Problems

#: Whole numbers beyond this are rounded by whoever put them into a column of floating point.
_FLOAT_EXACT = 1 << 53


@dataclass(frozen=True)
class ParquetTable:
    """A Parquet file, of which only the columns asked for are read."""

    path: Path
    file: Any
    columns: tuple[str, ...]
    rows: int
    first_row: int = 1

    def values(self, column: str, declaration: Declaration) -> tuple[NDArray[Any], Problems]:
        """The scaled integers of a column, as `numbers.parse` gives them. Raises DataError."""
        array = self._read(column)
        missing = _missing(array)
        scaled, done = _coded(array, declaration) if declaration.element in CODED else _quick(array, declaration)
        problems = Problems()
        values = np.zeros(scaled.shape, dtype=np.int64 if holds_int64(declaration) else object)
        done &= ~missing
        values[done] = scaled[done]
        if declaration.optional:
            values[missing] = declaration.filler
            done |= missing
        for index in np.flatnonzero(~done).tolist():
            try:
                values[index] = _exact(array[index].as_py(), array.type, declaration)
            except TypeError:
                wanted = f"{declaration.element} values" if declaration.element in CODED else "numbers"
                raise DataError(f"{self.path}: column `{column}` holds {array.type}, not {wanted}") from None
            except ValueError as error:
                problems.add(index, str(error))
        return values, problems

    def missing(self, column: str) -> NDArray[np.bool_]:
        """Which values of a column are null, or empty texts. Raises DataError."""
        return _missing(self._read(column))

    def _read(self, column: str) -> Any:
        try:
            return self.file.read(columns=[column]).column(0)
        except (pa.ArrowException, OSError) as error:
            raise DataError(f"{self.path}, column `{column}`: {error}") from None


def read_parquet(path: Path) -> ParquetTable:
    """Opens a file. Raises DataError."""
    try:
        file = pq.ParquetFile(path)
    except (pa.ArrowException, OSError) as error:
        raise DataError(f"{path} cannot be read as Parquet: {error}") from None
    return ParquetTable(path, file, tuple(file.schema_arrow.names), file.metadata.num_rows)


def _quick(array: Any, declaration: Declaration) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """The scaled integers that are certain from whole-column arithmetic, and which those are."""
    nothing = np.zeros(len(array), dtype=np.int64), np.zeros(len(array), dtype=bool)
    is_bool = pa.types.is_boolean(array.type)
    if is_bool != (declaration.element == "bool") or declaration.frac > 62:
        return nothing
    low, high = max(declaration.lo, -(1 << 62)), min(declaration.hi, 1 << 62)
    if is_bool or pa.types.is_integer(array.type):
        whole = array.fill_null(False if is_bool else 0).to_numpy()
        limit = 1 << (62 - declaration.frac)
        done = (whole < limit) if whole.dtype == np.uint64 else (whole < limit) & (whole > -limit)
        scaled = np.where(done, whole, 0).astype(np.int64) << declaration.frac
    elif pa.types.is_floating(array.type):
        exactly = np.ldexp(array.fill_null(0.0).to_numpy().astype(np.float64), declaration.frac)
        done = np.abs(exactly) < float(_FLOAT_EXACT)
        exactly = np.where(done, exactly, 0.0)
        below = np.floor(exactly)
        scaled = below.astype(np.int64) + (exactly - below >= 0.5)
        if declaration.element == "int":
            done &= below == exactly
    else:
        return nothing
    return scaled, done & (scaled >= low) & (scaled <= high)


def _missing(array: Any) -> NDArray[np.bool_]:
    """Which values are null, or empty texts."""
    missing: NDArray[np.bool_] = array.is_null().to_numpy()
    if pa.types.is_string(array.type) or pa.types.is_large_string(array.type):
        missing = missing | (array.fill_null("").to_numpy() == "")
    return missing


def _coded(array: Any, declaration: Declaration) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """The days of a column of dates at once; everything else is left to `_exact`, value by value."""
    wide = (text_layout(declaration.length)[0],) if declaration.element == "text" else ()
    values = np.zeros((len(array), *wide), dtype=np.int64)
    done = np.zeros(len(array), dtype=bool)
    if declaration.element == "date" and pa.types.is_date32(array.type):
        values = array.cast(pa.int32()).fill_null(0).to_numpy().astype(np.int64)
        done = (values >= declaration.lo) & (values <= declaration.hi)
    return values, done


def _exact(value: Any, kind: Any, declaration: Declaration) -> int | tuple[int, ...]:
    """The number of one value. Raises ValueError, or TypeError for a column that is of no use."""
    if declaration.element in CODED:
        if declaration.element == "date" and pa.types.is_date(kind) and value is not None:
            value = value.isoformat()
        if not isinstance(value, str | None):
            raise TypeError
        if value is None and declaration.element == "text":
            raise ValueError("the value is missing")
        return exact_coded((value or "").strip(), declaration)
    if value is None:
        return exact("", declaration)
    if isinstance(value, str):
        return exact(value.strip(), declaration)
    if isinstance(value, bool) != (declaration.element == "bool") and not (
            declaration.element == "bool" and value in (0, 1)):
        raise TypeError
    if isinstance(value, float):
        if value != value or abs(value) == float("inf"):
            return exact(str(value), declaration)
        if declaration.element == "int" and abs(value) > _FLOAT_EXACT:
            raise ValueError(f"{value!r} stands in a column of floating point, which does not hold whole "
                             "numbers of this size exactly; store the column as integers")
        return scale(Fraction(value), str(value), declaration)
    if pa.types.is_integer(kind) or pa.types.is_decimal(kind) or pa.types.is_boolean(kind):
        return scale(Fraction(value), str(value), declaration)
    raise TypeError
