"""Base transfers, trees and the extension, against slow implementations that share no code with them."""

from __future__ import annotations

import hashlib
import os

import numpy as np
import pytest
from cloister.runtime.errors import PeerError
from cloister.runtime.preprocess.base_ot import BaseReceiver, BaseSender, checked
from cloister.runtime.preprocess.hashing import hashes
from cloister.runtime.preprocess.softspoken import Blocks, ExtensionReceiver, ExtensionSender, shifted
from cloister.runtime.preprocess.trees import full_trees, punctured_trees
from cloister.runtime.prg import Stream
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

P = 2 ** 255 - 19
D = -121665 * pow(121666, -1, P) % P
ORDER = 2 ** 252 + 27742317777372353535851937790883648493


def _add(a, b):
    x1, y1, x2, y2 = *a, *b
    cross = D * x1 * x2 * y1 * y2 % P
    return ((x1 * y2 + x2 * y1) * pow(1 + cross, -1, P) % P, (y1 * y2 + x1 * x2) * pow(1 - cross, -1, P) % P)


def _times(n, a):
    out = (0, 1)
    for bit in bin(n)[2:]:
        out = _add(out, out)
        out = _add(out, a) if bit == "1" else out
    return out


def _encode(a):
    return (a[1] | (a[0] & 1) << 255).to_bytes(32, "little")


def _decode(data):
    y = int.from_bytes(data, "little") & ((1 << 255) - 1)
    square = (y * y - 1) * pow(D * y * y + 1, -1, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * pow(2, (P - 1) // 4, P) % P
    assert (x * x - square) % P == 0
    return (P - x if x & 1 != data[31] >> 7 else x, y)


BASE_POINT = _decode((4 * pow(5, -1, P) % P).to_bytes(32, "little"))


def _hash(context, index, *points):
    head = b"cloister base ot" + len(context).to_bytes(4, "little") + context + index.to_bytes(4, "little")
    return hashlib.sha256(head + b"".join(_encode(p) for p in points)).digest()[:16]


def test_base_transfers_against_affine_arithmetic():
    choices = np.array([0, 1, 1, 0], np.uint8)
    sender = BaseSender(b"here")
    receiver = BaseReceiver(b"here", choices, sender.message)
    both, chosen = sender.keys(receiver.message), receiver.keys()
    y = int.from_bytes(sender._secret, "little")
    s = _times(y, BASE_POINT)
    assert sender.message == _encode(s)
    for i, c in enumerate(choices):
        x = int.from_bytes(receiver._secrets[i], "little")
        point = _add(_times(x, BASE_POINT), s if c else (0, 1))
        assert receiver.message[i].tobytes() == _encode(point)
        minus = ((P - s[0]) % P, s[1])
        assert both[i, 0].tobytes() == _hash(b"here", i, s, point, _times(y, point))
        assert both[i, 1].tobytes() == _hash(b"here", i, s, point, _times(y, _add(point, minus)))
        assert chosen[i].tobytes() == both[i, c].tobytes() != both[i, 1 - c].tobytes()


def test_base_transfers_are_bound_to_their_context():
    sender = BaseSender(b"here")
    receiver = BaseReceiver(b"there", np.zeros(1, np.uint8), sender.message)
    assert sender.keys(receiver.message)[0, 0].tobytes() != receiver.keys()[0].tobytes()


def _order_two_and_more():
    """The neutral element, orders 2 and 8, one that is not canonical, one outside of the subgroup, no point."""
    eighth = _decode(bytes.fromhex("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a"))
    mixed = _add(BASE_POINT, eighth)
    return [_encode((0, 1)), _encode((0, P - 1)), _encode(eighth), (P + 1).to_bytes(32, "little"), _encode(mixed),
            (2).to_bytes(32, "little"), b"", bytes(31)]


@pytest.mark.parametrize("point", _order_two_and_more())
def test_bad_points_are_refused(point):
    with pytest.raises(PeerError, match="no point of the group"):
        checked(point)
    with pytest.raises(PeerError):
        BaseReceiver(b"", np.zeros(1, np.uint8), point)
    if len(point) == 32:
        with pytest.raises(PeerError):
            BaseSender(b"").keys(np.frombuffer(point, np.uint8).reshape(1, 32))


def test_a_receiver_that_returns_the_senders_point_is_refused():
    sender = BaseSender(b"")
    with pytest.raises(PeerError, match="degenerate"):
        sender.keys(np.frombuffer(sender.message, np.uint8).reshape(1, 32))


def _aes(key: bytes, block: bytes) -> bytes:
    return Cipher(algorithms.AES(key), modes.ECB()).encryptor().update(block)


def _xor(*parts: bytes) -> bytes:
    out = 0
    for part in parts:
        out ^= int.from_bytes(part, "little")
    return out.to_bytes(len(parts[0]), "little")


def _session(k: int):
    """Trees of both sides from invented base transfers: leaves, punctured leaves, digits."""
    count = 128 // k
    keys = np.frombuffer(os.urandom(128 * 32), np.uint64).reshape(k, 2, count, 2)
    digits = np.frombuffer(os.urandom(8 * count), np.uint64) & np.uint64((1 << k) - 1)
    chosen = np.array([[keys[level, 1 - (int(digits[i]) >> (k - 1 - level) & 1), i] for i in range(count)]
                       for level in range(k)])
    double = hashes(Stream(bytes(32), b"trees"), 2)
    leaves, message = full_trees(count, k, keys, double)
    return leaves, punctured_trees(digits, k, chosen, message, double), digits


@pytest.mark.parametrize("k", [1, 2, 4, 8])
def test_trees(k):
    """All leaves but one are there, at x xor d; leaves are those of a tree that is doubled node by node."""
    leaves, punctured, digits = _session(k)
    for i, d in enumerate(digits.tolist()):
        for x in range(1 << k):
            expected = bytes(16) if x == d else leaves[x, i].tobytes()
            assert punctured[x ^ d, i].tobytes() == expected
    assert len({leaf.tobytes() for leaf in leaves.reshape(-1, 2)}) == 128 // k << k


def test_a_tree_node_by_node():
    keys = [word.tobytes() for word in Stream(bytes(32), b"trees").words(4).reshape(2, 2)]
    zeros = np.zeros((2, 2, 64, 2), np.uint64)
    leaves, message = full_trees(128 // 2, 2, zeros, hashes(Stream(bytes(32), b"trees"), 2))
    for tree, levels in zip(leaves.transpose(1, 0, 2), message.transpose(2, 0, 1, 3), strict=True):
        found = [leaf.tobytes() for leaf in tree]
        for side in range(2):
            assert levels[1, side].tobytes() == _xor(found[side], found[2 + side])
            top = levels[0, side].tobytes()
            assert found[2 * side:2 * side + 2] == [_xor(_aes(key, top), top) for key in keys]


def _bits(seed: bytes, n: int) -> list[int]:
    data = Cipher(algorithms.AES(seed), modes.CTR(bytes(16))).encryptor().update(bytes(n // 8))
    return [data[i // 8] >> (i % 8) & 1 for i in range(n)]


@pytest.mark.parametrize("k", [1, 2, 4])
def test_extension_bit_by_bit(k):
    """The rows of both sides from the definition, one bit at a time, for two batches."""
    leaves, punctured, digits = _session(k)
    receiver, sender = ExtensionReceiver(leaves), ExtensionSender(punctured, digits)
    n, done = 128, 0
    for words in (1, 1):
        choices = np.frombuffer(os.urandom(8 * words), np.uint64)
        message = np.empty((128 // k, words), np.uint64)
        t, q = receiver.extend(choices, message), sender.extend(message)
        picks = [int(choices[i // 64]) >> (i % 64) & 1 for i in range(64 * words)]
        for i in range(0, 128 // k, 5):
            streams = [_bits(leaf.tobytes(), n)[done:done + 64 * words] for leaf in leaves[:, i]]
            d = int(digits[i])
            for j in range(64 * words):
                u = sum(stream[j] for stream in streams) & 1
                assert int(message[i, j // 64]) >> (j % 64) & 1 == u ^ picks[j]
                for b in range(k):
                    v = sum(stream[j] for x, stream in enumerate(streams) if x >> b & 1) & 1
                    w = sum(stream[j] for x, stream in enumerate(streams) if x != d and (x ^ d) >> b & 1) & 1
                    assert w == v ^ (d >> b & 1) & u
                    assert int(t[i * k + b, j // 64]) >> (j % 64) & 1 == v
                    assert int(q[i * k + b, j // 64]) >> (j % 64) & 1 == v ^ (d >> b & 1) & picks[j]
        done += 64 * words


@pytest.mark.parametrize("k", [1, 2, 4, 8])
@pytest.mark.parametrize("words", [1, 3, 513])
def test_transfers_give_what_was_chosen(k, words):
    """The receiver's hash is the sender's of its choice, and not the other; blocks are the columns of the rows."""
    leaves, punctured, digits = _session(k)
    receiver, sender = ExtensionReceiver(leaves), ExtensionSender(punctured, digits)
    choices = np.frombuffer(os.urandom(8 * words), np.uint64)
    message = np.empty((128 // k, words), np.uint64)
    t, q = receiver.extend(choices, message), sender.extend(message)
    mine, theirs = Blocks()(t, 0, words), Blocks()(q, 0, words)
    (h,) = hashes(Stream(bytes(32), b"x"), 1)
    got, zero, one = h(mine), h(theirs), h(shifted(theirs, sender.offset))
    picks = ((choices >> np.arange(64, dtype=np.uint64)[:, None]) & np.uint64(1)).astype(bool)[:, :, None]
    assert np.array_equal(got, np.where(picks, one, zero))
    assert not np.any(np.all(got == np.where(picks, zero, one), axis=2))
    for r, w in ((0, 0), (63, words - 1), (17, words // 2)):
        column = [int(row[w]) >> r & 1 for row in t]
        assert [int(mine[r, w, i // 64]) >> (i % 64) & 1 for i in range(128)] == column


def test_hash():
    (h,) = hashes(Stream(bytes(32), b"x"), 1)
    key = Stream(bytes(32), b"x").words(2).tobytes()
    data = np.frombuffer(os.urandom(48), np.uint64).reshape(3, 1, 2)
    assert [row.tobytes() for row in h(data)] == [_xor(_aes(key, row.tobytes()), row.tobytes()) for row in data]
