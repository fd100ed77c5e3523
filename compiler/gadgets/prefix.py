"""Prefix networks: which positions join which, level by level.

A network over k positions is a list of levels; a level is a list of (target, source): the group that ends at
`target` takes in the group that ends at `source`, just below its own. After all levels the group of every
position reaches down to position 0. All pairs of a level run in one round.

============  ===================  ======================  =========================================
network       levels               pairs                   source
============  ===================  ======================  =========================================
sklansky      ceil(log2 k)         about k/2 log2 k        J. Sklansky, IRE Trans. EC-9 (1960)
brent_kung    about 2 log2 k       about 2k                R. Brent, H. Kung, IEEE ToC C-31 (1982)
serial        k - 1                k - 1
============  ===================  ======================  =========================================

Fan-out costs nothing here, so that Kogge and Stone's network never wins over Sklansky's.
"""

from __future__ import annotations

from collections.abc import Callable

Levels = list[list[tuple[int, int]]]
Network = Callable[[int], Levels]


def sklansky(k: int) -> Levels:
    """Fewest levels."""
    levels: Levels = []
    step = 1
    while step < k:
        levels.append([(i, i // step * step - 1) for i in range(k) if i & step])
        step *= 2
    return levels


def brent_kung(k: int) -> Levels:
    """Few pairs in logarithmically many levels."""
    up: Levels = []
    down: Levels = []
    step = 1
    while step < k:
        up.append([(i, i - step) for i in range(2 * step - 1, k, 2 * step)])
        down.append([(i, i - step) for i in range(3 * step - 1, k, 2 * step)])
        step *= 2
    return [level for level in (*up, *reversed(down)) if level]


def serial(k: int) -> Levels:
    """Fewest pairs."""
    return [[(i, i - 1)] for i in range(1, k)]


NETWORKS: dict[str, Network] = {"sklansky": sklansky, "brent_kung": brent_kung, "serial": serial}
