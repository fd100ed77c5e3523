"""The data of all parties, read in one process: for what computes in the clear. Not secure."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from cloister.compiler.loading import Loaded
from cloister.runtime.data.declare import presence
from cloister.runtime.data.sources import read
from cloister.runtime.data.wanted import ROWS
from cloister.runtime.errors import DataError


def read_all(loaded: Loaded, data: Path | None, sizes: dict[str, int]) -> tuple[dict[str, Any], dict[str, int]]:
    """Every party's data, and all sizes: those of the data, and of the command line for what no data says.

    What an earlier program kept is read as if a party gave it: `stays-2026.csv` is a sample of "stays-2026". Without
    a folder nobody gives anything.

    Raises DataError with what is wrong with any party's data, also where -D says another number of rows.
    """
    values: dict[str, Any] = {}
    found: dict[str, int] = {}
    wrong = []
    declared = (*loaded.head.declarations, *loaded.head.samples)
    for party in dict.fromkeys((*loaded.head.parties, *(d.party for d in declared))):
        if data is None:
            break
        try:
            mine = read([d for d in declared if d.party == party], data, party)
        except DataError as error:
            wrong.append(str(error))
            continue
        values.update(mine.values)
        for name, count in mine.sizes.items():
            if found.setdefault(name, count) != count:
                wrong.append(f"the size `{name}` is {found[name]} by other parties' data, but {count} by {party}'s")
    if wrong:
        raise DataError("\n".join(wrong))
    return values | _samples(loaded, values), _joined(loaded, found, sizes)


def _samples(loaded: Loaded, values: Mapping[str, Any]) -> dict[str, Any]:
    """What stands for kept values, by the names under which the program loads them."""
    rows = {fact.store: f"{presence(str(fact.dims[0]))}.{fact.store}" for fact in loaded.head.inputs if fact.dims}
    found = {}
    for want in loaded.head.wanted:
        key = rows[want.store] if want.part == ROWS else f"{want.name}{want.part}.{want.store}"
        if key in values:
            found[want.key] = values[key]
    return found


def _joined(loaded: Loaded, found: dict[str, int], sizes: dict[str, int]) -> dict[str, int]:
    totals = {size.name: sum(found.get(f"{size.name}.{party}", 0) for party in loaded.head.parties)
              for size in loaded.head.sizes if size.each and not size.hidden}
    for name, given in sizes.items():
        count = found.get(name, totals.get(name, given))
        if count != given:
            raise DataError(f"`-D {name}={given}`, but the data has {count}")
    return {**{name: given for name, given in sizes.items() if name not in totals}, **found}
