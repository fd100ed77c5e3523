"""What the parties see: lengths without secrets, bytes that look like noise, openings that show nothing else."""

from __future__ import annotations

from functools import reduce

import numpy as np
import pytest
from cloister.runtime.protocols.additive.zeros import Zeros
from cloister.runtime.transport.record import Frame

from ..runtime.build import A, B
from .parties import Outcome, Shared, run

N = 3000


def _chi_square(data: bytes) -> float:
    """Of the bytes' counts against equal ones: 255 degrees of freedom, standard deviation 23."""
    counts = np.bincount(np.frombuffer(data, np.uint8), minlength=256)
    mean = len(data) / 256
    return float(((counts - mean) ** 2 / mean).sum())


def _program(parties: int, x: int, y: int, bits_x: int, bits_y: int) -> Outcome:
    """Every product, on inputs of two parties; only x*y and the AND are opened."""
    build = Shared(parties)
    a, b = build.input(np.full(N, x), A(64, N), 0), build.input(np.full(N, y), A(64, N), 1)
    wide = build.input(np.full(N // 10, x), A(128, N // 10), parties - 1)
    c, d = build.input(np.full(N, bits_x), B(16, N), 1), build.input(np.full(N, bits_y), B(16, N), 0)
    one = build.local("pick", [c], B(1, N), planes=[2])
    products = [build.exchange("mul", [a, b], A(64, N), held=True), build.exchange("and", [c, d], B(16, N), held=True)]
    build.exchange("and", [one, d], B(16, N), held=True)
    build.exchange("mul", [wide, wide], A(128, N // 10), held=True)
    build.exchange("dot", [a, b], A(64), held=True, axis=0)
    few = [build.local("slice", [v], A(64, 300), starts=[0], steps=[1]) for v in (a, b)]
    left, right = (build.local("reshape", [v], A(64, *to)) for v, to in zip(few, ((10, 30), (30, 10)), strict=True))
    build.exchange("matmul", [left, right], A(64, 10, 10))
    return run(build.program([build.reveal(v) for v in products]), build.given)


@pytest.fixture(scope="module", params=[2, 3])
def outcomes(request) -> tuple[Outcome, Outcome]:
    return _program(request.param, 6, 4, 0b1100, 0b0110), _program(request.param, -2, -12, 0b0101, 0b1110)


def _all(outcome: Outcome) -> list[list[Frame]]:
    return [before + after for before, after in zip(outcome.before, outcome.frames, strict=True)]


def test_lengths_do_not_depend_on_secrets(outcomes):
    one, other = ([[(f.round, f.peer, f.length) for f in frames] for frames in _all(outcome)] for outcome in outcomes)
    assert one == other
    for a, b in zip(outcomes[0].results, outcomes[1].results, strict=True):
        assert all(np.array_equal(o.value, p.value) for o, p in zip(a.outputs, b.outputs, strict=True))


def test_what_is_received_looks_like_noise(outcomes):
    """450 is more than eight standard deviations away. The points of the base transfers are no uniform bytes."""
    checked = 0
    for outcome in outcomes:
        for before, after in zip(outcome.before, outcome.frames, strict=True):
            for frame in before[2 * (len(outcome.results) - 1):] + after:
                if frame.length >= 256 * 20:
                    assert _chi_square(frame.body) < 450, frame
                    checked += 1
    assert checked > 10


def test_no_word_is_sent_twice(outcomes):
    """The secrets here are the same in every row: a mask or a triple that is used again shows as a repetition."""
    for outcome in outcomes:
        for me in range(len(outcome.results)):
            for peer in range(len(outcome.results)):
                bodies = [f.body[:f.length // 8 * 8] for f in _all(outcome)[me] if f.peer == peer]
                words = np.frombuffer(b"".join(bodies), np.uint64)
                large = np.sort(words[words > 1 << 40])
                assert not np.any(large[1:] == large[:-1])


def _sum_of_inputs(n: int, parties: int) -> tuple[Outcome, list[np.ndarray]]:
    """The sum of all parties' small numbers, and the XOR of their bits, opened to all."""
    rng, build = np.random.default_rng(4), Shared(parties)
    values = [rng.integers(0, 100, n) for _ in range(parties)]
    total = reduce(lambda a, b: build.local("add", [a, b], A(64, n)),
                   [build.input(v, A(64, n), party) for party, v in enumerate(values)])
    odd = reduce(lambda a, b: build.local("xor", [a, b], B(7, n)),
                 [build.input(v, B(7, n), party) for party, v in enumerate(values)])
    outcome = run(build.program([build.reveal(total), build.reveal(odd)]), build.given)
    for got in outcome.results:
        assert np.array_equal(got.outputs[0].value, sum(values))
        assert np.array_equal(got.outputs[1].value, reduce(np.bitwise_xor, values))
    return outcome, values


@pytest.mark.parametrize("parties", [3, 5])
def test_opened_shares_of_a_sum_are_uniform(parties):
    """Given the result: what a party receives of any of the others is noise."""
    outcome, _ = _sum_of_inputs(N, parties)
    for frames in outcome.frames:
        assert len(frames) == 2 * (parties - 1)
        for frame in frames:
            data = frame.body if frame.length == 8 * N else frame.body[:7 * (N // 8)]
            assert _chi_square(data) < 450


def test_all_but_two_learn_no_more_of_these_than_their_sum(monkeypatch):
    """Three of five take away all that they drew themselves: what hides the other two is what those draw together."""
    whole = Zeros.__init__

    def of_the_first_two(self, me, keys):
        whole(self, me, keys)
        apart = {0: 1, 1: 0}.get(me)
        for streams in (self._plus, self._minus):
            for peer in set(streams) - {apart}:
                del streams[peer]

    monkeypatch.setattr(Zeros, "__init__", of_the_first_two)
    outcome, values = _sum_of_inputs(N, 5)
    received = [next(np.frombuffer(frame.body, np.uint64) for frame in outcome.frames[4] if frame.peer == peer)
                for peer in range(4)]
    assert _chi_square(received[0].tobytes()) < 450
    assert _chi_square(received[1].tobytes()) < 450
    assert np.array_equal(received[0] + received[1], values[0] + values[1])
    assert all(np.array_equal(received[peer], values[peer]) for peer in (2, 3))


def test_without_sharings_of_zero_they_are_the_inputs(monkeypatch):
    monkeypatch.setattr(Zeros, "add", lambda self, of, share: None)
    outcome, values = _sum_of_inputs(N, 3)
    for frames in outcome.frames:
        assert np.array_equal(np.frombuffer(frames[0].body, np.uint64), values[frames[0].peer])


def test_every_opening_has_a_sharing_of_its_own():
    """The same value opened twice: the shares differ, and so do those of its masked form in products."""
    build = Shared(3)
    x = build.input(np.arange(100), A(64, 100), 0)
    for _ in range(2):
        build.reveal(x, (1,))
    frames = run(build.program([]), build.given).frames[1]
    assert len(frames) == 4
    assert len({frame.body for frame in frames}) == 4


@pytest.mark.parametrize(("n", "start", "count"), [(100, 13, 40), (200, 0, 70), (200, 64, 70), (100, 99, 1)])
def test_a_revealed_slice_does_not_carry_neighbours(n, start, count):
    """What is past the end of what is sent arrives as zeros: in reveals, in products, and in the frames' padding."""
    build = Shared(3)
    whole = build.input(np.full(n, 7), B(3, n), 1)
    v = build.local("slice", [whole], B(3, count), starts=[start], steps=[1])
    v = build.local("invert", [v], B(3, count))
    w = build.exchange("and", [v, v], B(3, count))
    build.reveal(v, (0,))
    build.reveal(w, (0,))
    frames = [f for f in run(build.program([]), build.given).frames[0] if f.peer == 1]
    assert len(frames) == 3
    for frame, values in zip(frames, (2, 1, 1), strict=True):
        bits = np.unpackbits(np.frombuffer(frame.body, np.uint8), bitorder="little")
        if count >= 64:
            row = 8 * ((count + 7) // 8)
            assert not bits[:3 * values * row].reshape(-1, row)[:, count:].any()
            assert not bits[3 * values * row:].any()
        elif values == 1:
            assert not bits[3 * count:].any()
