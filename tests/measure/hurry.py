"""Measuring at small sizes, for tests: right in form, not in what is found."""

from __future__ import annotations

import pytest
from cloister.runtime.measure import links, medley, speeds, transfers


def hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    """Makes all of it take a second or two."""
    for name, value in (("SIZES", (1, 64)), ("_CUBES", (1, 64)), ("_SLOW", (1, 8)), ("_ROW", 2), ("_ROWS", 2)):
        monkeypatch.setattr(speeds, name, value)
    for name, value in (("GROUPS", (1, 1 << 10)), ("SIZES", (1, 64)), ("_PASSES", (1, 2)), ("_TIMES", 1),
                        ("_TURNS", 2)):
        monkeypatch.setattr(medley, name, value)
    for name, seconds in (("_LASTS", 0.02), ("_LONG", 0.001), ("_WORKS", (1e-4, 1e-3))):
        monkeypatch.setattr(links, name, seconds)
    monkeypatch.setattr(links, "_LARGEST", 1 << 17)
    monkeypatch.setattr(transfers, "_TRIES", 1)
    few = {name: sample._replace(items=2) for name, sample in transfers._SAMPLES.items()}
    monkeypatch.setattr(transfers, "_SAMPLES", few)
