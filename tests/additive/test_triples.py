"""Triples: every kind, for 2, 3 and 5 parties and every k; edges of what one party holds; the plan's bounds."""

from __future__ import annotations

import numpy as np
import pytest
from cloister.runtime.errors import PeerError
from cloister.runtime.preprocess import bit_products, digit_products, gilboa, injections
from cloister.runtime.preprocess.hashing import hashes
from cloister.runtime.preprocess.kinds import (
    Conjunctions,
    Injections,
    Kind,
    Narrow,
    Need,
    Needs,
    Products,
    holds_left,
    holds_right,
    total,
)
from cloister.runtime.preprocess.material import Material, shapes
from cloister.runtime.preprocess.pair import START_BYTES
from cloister.runtime.preprocess.phase import prepare
from cloister.runtime.preprocess.pieces import BATCH_BYTES, BATCH_WORDS, batches
from cloister.runtime.preprocess.softspoken import Blocks, shifted
from cloister.runtime.prg import Stream
from cloister.runtime.ring import ring
from cloister.runtime.transport.record import RecordingTransport

from .parties import make, together

EVERYTHING: Needs = tuple(Need(kind, count) for kind, count in (
    (Products(64), 1), (Products(128), 3), (Conjunctions(), 5), (Conjunctions(64), 3), (Conjunctions(200), 2),
    (Products(64, 2, 3, 5), 7), (Products(128, 2, 3, 5), 3)))

ONE_SIDED: Needs = tuple(Need(kind, count) for kind, count in (
    (Products(64, 1, 1, 1, 0, 1), 2), (Products(128, 1, 1, 1, 1), 3), (Products(64, 1, 1, 1, -1, 0), 4),
    (Products(64, 2, 3, 5, 1, 0), 3), (Products(64, 2, 3, 25, 1), 2), (Products(128, 2, 3, 5, -1, 1), 2),
    (Conjunctions(1, 0, 1), 5),
    (Conjunctions(1, 1), 2), (Conjunctions(64, -1, 1), 3), (Conjunctions(200, 0, 1), 2), (Injections(64, 0, 1), 2),
    (Injections(128, 1, 0), 3), (Injections(64, 1), 1)))

NARROW: Needs = tuple(Need(kind, count) for kind, count in (
    (Narrow(64, 1, 1, 1, 1, 0, 1), 130), (Narrow(64, 31, 1, 1, 1, 1), 65), (Narrow(64, 62, 1, 1, 1, 1, 0), 2),
    (Narrow(128, 20, 1, 1, 1, 0), 67), (Narrow(64, 20, 3, 4, 5, 0, 1), 2), (Narrow(64, 21, 2, 3, 40, 1), 2),
    (Narrow(64, 7, 2, 3, 40, 1, 0), 9), (Narrow(128, 62, 2, 3, 5, 0), 2)))


def _check(materials: list[Material]) -> None:
    """The sums of all parties' shares are triples, and no party's factors are anybody's."""
    for place, need in enumerate(materials[0].needs):
        parts = [material.arrays[place] for material in materials]
        assert all(tuple(array.shape for array in arrays) == shapes(need) for arrays in parts)
        a, b, c = _sums(need.kind, parts)
        if isinstance(need.kind, Conjunctions):
            assert np.array_equal(a & b, c)
        elif isinstance(need.kind, Injections):
            assert np.array_equal(b & -injections.unpacked(a), c)
        elif isinstance(need.kind, Narrow):
            _check_narrow(need.kind, a, b, c)
        else:
            assert np.array_equal(ring(need.kind.width).matmul(a, b), c)
        held = [[holds_left(need.kind, me), holds_right(need.kind, me)] for me in range(len(parts))]
        for arrays, holds in zip(parts, held, strict=True):
            assert [bool(np.any(array)) for array in arrays] == [*holds, any(holds)]
        assert len({array.tobytes() for arrays in parts for array in arrays if np.any(array)}) == sum(
            sum(holds) + any(holds) for holds in held)


def _check_narrow(kind: Narrow, a: np.ndarray, b: np.ndarray, c: np.ndarray) -> None:
    """Against Python's integers."""
    r, modulus = ring(kind.width), 1 << kind.width
    factors = (a & np.uint64((1 << kind.bits) - 1)).astype(object)
    carries = (a >> np.uint64(kind.bits)).astype(object)
    assert carries.max() <= 1
    rows, made = r.to_ints(b).astype(object), r.to_ints(c).astype(object) % modulus
    assert np.array_equal(made[:, :, 0], factors @ rows % modulus)
    below = (carries << kind.bits)[..., None] * rows[:, None]
    assert np.array_equal(made[:, :, 1:], below % modulus)


def _sums(kind: Kind, parts: list) -> tuple:
    """Factors and products of all parties' shares."""
    if isinstance(kind, Conjunctions):
        return tuple(np.bitwise_xor.reduce([arrays[i] for arrays in parts]) for i in range(3))
    r = ring(kind.width)
    a, b, c = parts[0]
    for other in parts[1:]:
        a = a ^ other[0] if isinstance(kind, Injections | Narrow) else r.add(a, other[0])
        b, c = r.add(b, other[1]), r.add(c, other[2])
    return a, b, c


@pytest.mark.parametrize(("parties", "k"), [(2, 1), (2, 2), (2, 4), (2, 8), (3, 4), (5, 2)])
def test_every_kind(parties, k):
    _check(make(parties, EVERYTHING, k=k)[0])


@pytest.mark.parametrize(("parties", "k"), [(2, 1), (2, 8), (3, 4), (4, 2)])
def test_factors_that_one_party_knows(parties, k):
    """Who holds no factor has zeros and sends nothing for it."""
    _check(make(parties, ONE_SIDED, k=k)[0])


@pytest.mark.parametrize(("parties", "k"), [(2, 1), (2, 2), (2, 4), (2, 8), (3, 4), (5, 2)])
def test_narrow_factors_that_one_party_knows(parties, k):
    _check(make(parties, NARROW, k=k)[0])


def test_a_known_factor_takes_half_of_the_bytes():
    start = sum(START_BYTES)
    for shared, known in ((Products(64), Products(64, 1, 1, 1, 0, 1)), (Conjunctions(), Conjunctions(1, 0))):
        full, half = (make(2, (Need(kind, 8192),))[1] for kind in (shared, known))
        for whole, part in zip(full, half, strict=True):
            assert abs(whole.bytes_sent - start - 2 * (part.bytes_sent - start)) < 200


@pytest.mark.parametrize("need", [
    Need(Products(64, 1, 1, 1, 0, 1), 2000), Need(Conjunctions(1, 1, 0), 1100), Need(Injections(128, 0), 700),
    Need(Narrow(64, 31, 1, 1, 1, 0, 1), 2500), Need(Narrow(128, 40, 1, 1, 1, 1), 900),
    Need(Narrow(64, 20, 40, 30, 70, 1, 0), 2), Need(Narrow(64, 5, 2, 3, 1030, 0), 2),
    Need(Narrow(64, 9, 2, 2500, 3, 0), 1),
    Need(Products(64, 40, 30, 70), 2), Need(Products(64, 2, 3, 1030, 1, 0), 2),
    Need(Products(64), 8193), Need(Products(128), 700), Need(Products(64, 1, 1, 2500), 2),
    Need(Products(64, 3, 700, 4), 1), Need(Products(128, 2, 300, 40), 1), Need(Conjunctions(), 8300),
    Need(Conjunctions(130), 600)], ids=repr)
def test_more_than_a_piece(need):
    _check(make(2, (need,))[0])


def test_nothing_is_sent_for_nothing():
    materials, links = make(2, ())
    assert [link.bytes_sent for link in links] == [0, 0]
    assert materials[0].left() == {}


def test_total_keeps_the_order_and_drops_nothing():
    rows = [Need(Products(64), 2), Need(Conjunctions(3), 0), Need(Conjunctions(), 4), Need(Products(64), 5)]
    assert total(rows) == (Need(Products(64), 7), Need(Conjunctions(), 4))


def test_batches_are_bounded_and_cover_everything():
    needs = (Need(Products(64), 20_000), Need(Products(128, 3, 5000, 3000), 1), Need(Conjunctions(), 9000),
             Need(Products(64, 1, 2, 1025), 3), Need(Narrow(64, 62, 3, 200, 2000, 0), 2),
             Need(Narrow(128, 62, 1, 70, 1030, 0), 1), Need(Narrow(64, 20, 1, 1, 1, 0), 5000))
    cells: dict[int, int] = {}
    for batch in batches(needs, 1):
        assert batch.between(0, 1) == batch
        assert batch.words <= BATCH_WORDS
        assert batch.reply <= BATCH_BYTES
        for p in batch.pieces:
            size = (p.last - p.first) * max(1, (p.hi - p.lo) * (p.right - p.left))
            cells[p.need] = cells.get(p.need, 0) + size
    assert cells == {0: 20_000, 1: 3 * 5000 * 3000, 2: 9000, 3: 3 * 2 * 1025, 4: 2 * 3 * 200 * 2000, 5: 70 * 1030,
                     6: 5000}


def _transfers(a: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Blocks of the receiver, those of the sender, and its offset, for the choices `a`; not by the extension."""
    random = Stream(bytes(31) + b"\1", b"test")
    mine, offset = random.words(128 * a.size).reshape(64, a.size, 2), random.words(2)
    picks = -((a >> np.arange(64, dtype=np.uint64)[:, None]) & np.uint64(1))
    return mine, mine ^ (picks[:, :, None] & offset), offset


@pytest.mark.parametrize("columns", [1, 2, 3, 70])
@pytest.mark.parametrize("width", [64, 128])
def test_gilboa_at_the_edges(width, columns):
    """Words 0, 1, -1 and the ends by all of them; a random one too."""
    r, edges = ring(width), [0, 1, (1 << 64) - 1, 1 << 63, (1 << 63) - 1, 0x0123456789abcdef]
    a = np.array(edges, np.uint64)
    b = np.empty((6, columns), object)
    b[...] = [[edges[(i + j) % 6] << (width - 64) | j for j in range(columns)] for i in range(6)]
    hashed = hashes(Stream(bytes(32), b"x"), gilboa.hash_count(r, columns))
    mine, theirs, offset = _transfers(a)
    message = np.empty(gilboa.correction_bytes(r, 6 * columns), np.uint8)
    sent = gilboa.send(r, theirs, offset, r.from_ints(b), hashed, message)
    got = gilboa.receive(r, mine, a, columns, hashed, message)
    assert np.array_equal(r.add(sent, got), r.from_ints(b * np.array(edges, object)[:, None]))


@pytest.mark.parametrize("fan", [1, 2, 64, 65, 128, 129, 300])
def test_bit_products(fan):
    random = Stream(bytes(32), b"y")
    a, b = random.words(5), random.words(5 * fan).reshape(fan, 5)
    a[:2] = 0, (1 << 64) - 1
    hashed = hashes(Stream(bytes(32), b"x"), bit_products.hash_count(fan))
    mine, theirs, offset = _transfers(a)
    message = np.empty_like(b)
    sent = bit_products.send(theirs, offset, b, hashed, message)
    assert np.array_equal(sent ^ bit_products.receive(mine, a, hashed, message), a & b)


@pytest.mark.parametrize("way", ["bits", "digits"])
@pytest.mark.parametrize("bits", [1, 5, 8, 20, 63])
def test_words_of_fewer_bits(way, bits):
    """The bits above them do not count, and the products are the same."""
    random = Stream(bytes(31) + b"\2", b"test")
    a, b, r = random.words(70), random.words(3 * 70).reshape(70, 3), ring(64)
    hashed = hashes(Stream(bytes(32), b"x"), digit_products.hash_count(3))
    mine, theirs, offset = _transfers(a)
    mine, theirs = mine[:bits], theirs[:bits]
    if way == "bits":
        message = np.empty(gilboa.correction_bytes(r, b.size, bits, 1), np.uint8)
        sent = gilboa.send(r, theirs, offset, b, hashed, message, 1)
        got, weight = gilboa.receive(r, mine, a, 3, hashed, message, 1), 2
    else:
        message = np.empty(digit_products.reply_bytes(4, 70, 3, bits), np.uint8)
        sent = digit_products.send(4, theirs, offset, b, hashed, message)
        got, weight = digit_products.receive(4, mine, a, 3, hashed, message), 1
    assert np.array_equal(sent + got, b * (a & np.uint64((1 << bits) - 1))[:, None] * np.uint64(weight))


@pytest.mark.parametrize("columns", [1, 2, 3, 70])
@pytest.mark.parametrize("k", [1, 2, 4, 8])
def test_digit_products_at_the_edges(k, columns):
    """As those of `gilboa`; for the larger digits enough words for several chunks."""
    edges = [0, 1, (1 << 64) - 1, 1 << 63, (1 << 63) - 1, 0x0123456789abcdef]
    a = np.array(edges * 23, np.uint64)
    b = np.array([[edges[(i // 6 + j) % 6] ^ j << 7 for j in range(columns)] for i in range(a.size)], np.uint64)
    hashed = hashes(Stream(bytes(32), b"x"), digit_products.hash_count(columns))
    mine, theirs, offset = _transfers(a)
    message = np.empty(digit_products.reply_bytes(k, a.size, columns), np.uint8)
    sent = digit_products.send(k, theirs, offset, b, hashed, message)
    got = digit_products.receive(k, mine, a, columns, hashed, message)
    assert np.array_equal(sent + got, b * a[:, None])
    assert len({sent.tobytes(), got.tobytes(), b.tobytes()}) == 3


def test_rows_are_made_digit_by_digit_where_that_sends_less():
    def ways(kind: Products, k: int) -> set[int]:
        return {piece.digits for batch in batches((Need(kind, 3),), k) for piece in batch.pieces}

    assert ways(Products(64), 4) == ways(Products(64, 2, 2, 9), 4) == ways(Products(64, 2, 2, 70), 1) == {0}
    assert ways(Products(64, 2, 2, 10), 4) == {4}
    assert ways(Products(64, 2, 2, 70), 8) == {8}
    assert ways(Products(64, 2, 2, 1030), 2) == {0, 2}
    assert ways(Products(128, 2, 2, 70), 4) == {0}


@pytest.mark.parametrize("width", [64, 128])
def test_injections_at_the_edges(width):
    """The ends of the ring, and a random element, by all zeros, all ones and a mixture."""
    r, edges = ring(width), [0, 1, (1 << width) - 1, 1 << (width - 1), (1 << (width - 1)) - 1, 0x0123456789abcdef]
    a = np.array([0, (1 << 64) - 1, 0x0123456789abcdef, 1, 1 << 63, 2], np.uint64)
    b = np.array([[edges[(i + j) % 6] for j in range(6)] for i in range(64)], object)
    (hashed,) = hashes(Stream(bytes(32), b"x"), 1)
    mine, theirs, offset = _transfers(a)
    message = np.empty(injections.correction_bytes(r, 6), np.uint8)
    sent = injections.send(r, theirs, offset, r.from_ints(b), hashed, message)
    got = injections.receive(r, mine, a, hashed, message)
    picks = injections.unpacked(a).astype(object)
    assert np.array_equal(r.add(sent, got), r.from_ints(b * picks))


def test_blocks_and_shifts():
    rows = Stream(bytes(32), b"z").words(128 * 7).reshape(128, 7)
    whole = Blocks()(rows, 0, 7)
    assert np.array_equal(Blocks()(rows, 2, 5), whole[:, 2:5])
    offset = np.array([5, 1 << 63], np.uint64)
    assert np.array_equal(shifted(whole, offset), whole ^ offset)


def test_material_is_used_once_and_never_beyond_its_end():
    material = make(2, (Need(Products(64), 3), Need(Conjunctions(2), 2)))[0][0]
    first, second = material.products(Products(64), 1), material.products(Products(64), 2)
    assert first[0].shape == (1, 1, 1)
    assert np.array_equal(np.concatenate([first[2], second[2]]), material.arrays[0][2])
    assert material.left() == {Products(64): 0, Conjunctions(2): 2}
    with pytest.raises(ValueError, match="more is consumed"):
        material.products(Products(64), 1)


def test_a_peer_that_sends_no_point_is_refused():
    wanted = (Need(Conjunctions(), 1),)

    def party(me: int, link: RecordingTransport) -> None:
        if me == 0:
            prepare(wanted, link, {1: bytes(32)})
            return
        frame = link.begin(0, {0: START_BYTES[0]}, {0: START_BYTES[0]})
        frame.out[0][...] = 2
        frame.finish()
        link.begin(1, {0: START_BYTES[1]}, {0: START_BYTES[1]}).finish()

    with pytest.raises(PeerError, match="no point of the group"):
        together(2, party)
