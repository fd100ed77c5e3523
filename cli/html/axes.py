"""Round values for the marks of an axis."""

from __future__ import annotations

from math import ceil, floor, log10

#: Steps of clocks, in seconds: from a minute on, powers of ten are not round.
_CLOCK = (60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 21600, 43200, 86400)


def step(rough: float) -> float:
    """1, 2 or 5 times a power of ten, not less than `rough` > 0."""
    power = 10.0 ** floor(log10(rough))
    return next(factor * power for factor in (1, 2, 5, 10) if factor * power >= rough * 0.999)


def time_step(rough: float) -> float:
    """The same for seconds: above half a minute as clocks count."""
    if rough <= 30:
        return step(rough)
    return next((float(one) for one in _CLOCK if one >= rough * 0.999), step(rough))


def marks(lo: float, hi: float, by: float) -> list[float]:
    """The multiples of `by` from `lo` to `hi`."""
    return [i * by for i in range(ceil(lo / by - 1e-9), floor(hi / by + 1e-9) + 1)]
