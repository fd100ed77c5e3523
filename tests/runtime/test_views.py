"""What one party sees: lengths without secrets, bytes that look like noise, no neighbours' bits."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from cloister.runtime.program import ValueType

from .build import A, B, Builder, Outcome, P, run

N = 3000


def _chi_square(data: bytes) -> float:
    """Of the bytes' counts against equal ones: 255 degrees of freedom."""
    counts = np.bincount(np.frombuffer(data, np.uint8), minlength=256)
    mean = len(data) / 256
    return float(((counts - mean) ** 2 / mean).sum())


def _program(x: int, y: int, bits_x: int, bits_y: int) -> Outcome:
    """Every primitive that sends, on inputs of every party; only x*y, x.y and the AND are opened."""
    build = Builder()
    a, b = build.input(np.full(N, x), A(64, N), 0), build.input(np.full(N, y), A(64, N), 1)
    wide = build.input(np.full(N, x), A(128, N), 2)
    c, d = build.input(np.full(N, bits_x), B(16, N), 1), build.input(np.full(N, bits_y), B(16, N), 2)
    product = build.exchange("mul", [a, b], A(64, N), held=True)
    both = build.exchange("and", [c, d], B(16, N), held=True)
    build.exchange("mul", [wide, wide], A(128, N), held=True)
    for take, to in (("shift", A(64, N)), ("bits", B(11, N))):
        for index in (0, 1):
            build.exchange("part", [a], to, held=True, index=index, take=take, f=3, lo=2, hi=13)
    build.exchange("dot", [a, b], A(64), held=True, axis=0)
    drawn = build.local("draw_order", [], ValueType("order", 64, (N,)))
    moving = [a, wide, build.local("to_rows", [c], ValueType("rows", 16, (N,)))]
    build.flush()
    for index in range(3):
        moving = [build.exchange("permute", [drawn, v], build.types[v], held=True, index=index, inverse=index == 1)
                  for v in moving]
        build.flush()
    build.exchange("open_masked", moving[:1], P(64, N), why="a test")
    return run(build.program([build.reveal(product), build.reveal(both)]), build.given, "replicated")


@pytest.fixture(scope="module")
def outcomes() -> tuple[Outcome, Outcome]:
    return _program(6, 4, 0b1100, 0b0110), _program(-2, -12, 0b0101, 0b1110)


def test_two_inputs_with_the_same_output(outcomes):
    for one, other in zip(outcomes[0].results, outcomes[1].results, strict=True):
        for a, b in zip(one.outputs, other.outputs, strict=True):
            assert np.array_equal(a.value, b.value)


def test_lengths_do_not_depend_on_secrets(outcomes):
    for one, other in zip(outcomes[0].links, outcomes[1].links, strict=True):
        sizes = [[(number, peer, len(body)) for number, peer, body in link.received] for link in (one, other)]
        assert sizes[0] == sizes[1]
        assert sizes[0]


def test_what_is_received_looks_like_noise(outcomes):
    """Mean 255, standard deviation 23: 450 is more than eight of them away."""
    for outcome in outcomes:
        for link in outcome.links:
            for _, _, body in link.received:
                if len(body) >= 256 * 20:
                    assert _chi_square(body) < 450


def test_no_word_is_sent_twice(outcomes):
    """A mask that is used again shows as a repetition: the secrets here are the same in every row.

    A reveal repeats its sender's own component, which the learner has not seen before.
    """
    for outcome in outcomes:
        for link in outcome.links:
            words = np.concatenate([np.frombuffer(body, np.uint64) for _, _, body in link.received])
            counts = Counter(words[words > 1 << 32].tolist())
            assert max(counts.values()) == 1


@pytest.mark.parametrize(("n", "start", "count"), [(100, 0, 40), (100, 13, 40), (200, 0, 70), (200, 64, 70),
                                                   (64 * 6, 64, 65), (100, 99, 1), (128, 0, 64)])
def test_a_revealed_slice_does_not_carry_neighbours(n, start, count):
    """Whatever is past the end of what is revealed arrives as zeros, padding of frames included."""
    for _ in range(5):
        build = Builder()
        whole = build.input(np.full(n, 7), B(3, n), 1)
        for flip in (False, True):
            v = build.local("slice", [whole], B(3, count), starts=[start], steps=[1])
            v = build.local("invert", [v], B(3, count)) if flip else v
            build.reveal(v, (0,))
        outcome = run(build.program([]), build.given, "replicated")
        frames = [body for number, _, body in outcome.links[0].received if number]
        assert len(frames) == 2
        for body in frames:
            bits = np.unpackbits(np.frombuffer(body, np.uint8), bitorder="little")
            if count >= 64:
                plane = 8 * ((count + 7) // 8)
                rows = bits[:3 * plane].reshape(3, plane)
                assert not rows[:, count:].any()
                assert not bits[3 * plane:].any()
            else:
                assert not bits[3 * count:].any()


def test_streams_stay_in_step():
    """Positions of the two ends of each pairwise stream agree after everything was drawn."""
    build = Builder()
    x, b = build.input(np.arange(70), A(64, 70), 2), build.input(np.arange(70), B(9, 70), 1)
    build.exchange("mul", [x, x], A(64, 70), held=True)
    build.exchange("and", [b, b], B(9, 70))
    build.exchange("part", [x], A(128, 70), index=0, take="shift", f=1)
    drawn = build.local("draw_order", [], ValueType("order", 64, (70,)))
    rows = build.local("to_rows", [b], ValueType("rows", 9, (70,)))
    for index in range(3):
        x = build.exchange("permute", [drawn, x], A(64, 70), held=True, index=index, inverse=False)
        rows = build.exchange("permute", [drawn, rows], build.types[rows], index=index, inverse=True)
    positions = [backend.position() for backend in run(build.program([]), build.given, "replicated").backends]
    for i in range(3):
        assert positions[i]["right"] == positions[(i + 1) % 3]["left"] > 0
