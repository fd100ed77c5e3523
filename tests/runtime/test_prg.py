"""Shared streams: the same at both ends, however they are drawn, and never the same twice."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from cloister.runtime.prg import Stream

KEY = bytes(range(32))


def test_the_cut_of_a_draw_does_not_change_the_stream():
    whole = Stream(KEY, b"x").words(60_001)
    pieces, cuts = Stream(KEY, b"x"), (0, 1, 6, 20_000, 20_001, 60_001)
    drawn = [pieces.words(stop - start) for start, stop in pairwise(cuts)]
    assert np.array_equal(np.concatenate(drawn), whole)
    assert pieces.position == 8 * 60_001
    assert len(np.unique(whole)) == whole.size


def test_masking_is_adding_the_stream():
    data = np.arange(1000, dtype=np.uint64).reshape(10, 100)
    masked = data.copy()
    Stream(KEY, b"x").mask(masked)
    assert np.array_equal(masked ^ data, Stream(KEY, b"x").words(1000).reshape(10, 100))


def test_purposes_and_keys_are_apart():
    first = Stream(KEY, b"x").words(100)
    assert not np.array_equal(first, Stream(KEY, b"y").words(100))
    assert not np.array_equal(first, Stream(bytes(32), b"x").words(100))


def test_refusals():
    with pytest.raises(ValueError, match="32 bytes"):
        Stream(KEY[:16], b"x")
    with pytest.raises(ValueError, match="contiguous"):
        Stream(KEY, b"x").fill(np.zeros((4, 4), np.uint64).T)
