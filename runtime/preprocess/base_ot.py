"""Random oblivious transfers over the Ed25519 group: a few at the start of a session, by public-key means.

The protocol of Chou and Orlandi ("The simplest protocol for oblivious transfer", LATINCRYPT 2015, eprint
2015/267): the sender sends S = yG, the receiver with choice c sends R = xG + cS; the sender's keys are the
hashes of yR and y(R - S), of which the receiver knows that of its choice, xS. It is secure against parties
that follow it. Neither side hashes into the group. Every point that comes is checked: canonical encoding, on
the curve, not of small order, in the subgroup of prime order.
"""

from __future__ import annotations

import hashlib
import os

import numpy as np
from nacl import bindings, exceptions
from numpy.typing import NDArray

from ..errors import PeerError

Bytes = NDArray[np.uint8]

#: Bytes of a point on the wire.
POINT_BYTES = 32
#: Bytes of a key: what an oblivious transfer gives.
KEY_BYTES = 16


class BaseSender:
    """The side that gets both keys of every transfer. `context` binds the keys to session and direction."""

    def __init__(self, context: bytes) -> None:
        self._context = context
        self._secret = _scalar()
        self.message = bindings.crypto_scalarmult_ed25519_base_noclamp(self._secret)

    def keys(self, points: Bytes) -> Bytes:
        """Both keys of each transfer from the receiver's message uint8[n, 32]: uint8[n, 2, 16].

        Raises PeerError for what is no point of the group.
        """
        out = np.empty((len(points), 2, KEY_BYTES), np.uint8)
        try:
            for i, row in enumerate(points):
                point = checked(row.tobytes())
                other = bindings.crypto_core_ed25519_sub(point, self.message)
                for c, base in enumerate((point, other)):
                    shared = bindings.crypto_scalarmult_ed25519_noclamp(self._secret, base)
                    out[i, c] = _key(self._context, i, self.message, point, shared)
        except exceptions.RuntimeError:
            raise PeerError("a peer sent a base transfer that is degenerate") from None
        return out


class BaseReceiver:
    """The side that gets the key of its choice. `choices` are secret: uint8[n] of 0 and 1."""

    def __init__(self, context: bytes, choices: Bytes, point: bytes) -> None:
        self._context = context
        self._point = checked(point)
        self._secrets = [_scalar() for _ in choices]
        self.message = np.empty((len(choices), POINT_BYTES), np.uint8)
        for i, secret in enumerate(self._secrets):
            plain = bindings.crypto_scalarmult_ed25519_base_noclamp(secret)
            shifted = bindings.crypto_core_ed25519_add(plain, self._point)
            # Both are computed and one is taken by a mask: time and memory accesses do not tell the choice.
            zero, one = np.frombuffer(plain, np.uint8), np.frombuffer(shifted, np.uint8)
            self.message[i] = zero ^ ((zero ^ one) & (np.uint8(0) - choices[i:i + 1]))

    def keys(self) -> Bytes:
        """The chosen key of each transfer: uint8[n, 16]. Raises PeerError for a degenerate point."""
        out = np.empty((len(self._secrets), KEY_BYTES), np.uint8)
        try:
            for i, secret in enumerate(self._secrets):
                shared = bindings.crypto_scalarmult_ed25519_noclamp(secret, self._point)
                out[i] = _key(self._context, i, self._point, self.message[i].tobytes(), shared)
        except exceptions.RuntimeError:
            raise PeerError("a peer sent a base transfer that is degenerate") from None
        return out


def checked(point: bytes) -> bytes:
    """The point, if it is one of the group of prime order. Raises PeerError."""
    if len(point) != POINT_BYTES or not bindings.crypto_core_ed25519_is_valid_point(point):
        raise PeerError("a peer sent what is no point of the group")
    return point


def _scalar() -> bytes:
    """A uniform scalar: 64 random bytes modulo the order of the group."""
    return bindings.crypto_core_ed25519_scalar_reduce(os.urandom(64))


def _key(context: bytes, index: int, sender: bytes, receiver: bytes, shared: bytes) -> Bytes:
    digest = hashlib.sha256(b"cloister base ot" + len(context).to_bytes(4, "little") + context
                            + index.to_bytes(4, "little") + sender + receiver + shared).digest()
    return np.frombuffer(digest[:KEY_BYTES], np.uint8)
