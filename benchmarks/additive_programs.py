"""Whole programs between two parties, for `additive.py`: texts, inputs, and whether a result is right."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from cloister.compiler.pipeline import Compiled, Options, compile_program, load_program, read_text
from cloister.compiler.price.network import Network
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from numpy.typing import NDArray

Array = NDArray[np.int64]
Draw = Callable[[], tuple[Array, Array]]

#: The folder of the published circuits, for AES.
CIRCUITS = Path(os.environ.get("CLOISTER_CIRCUITS", "."))

_HEAD = "party north, south\nsecurity dishonest_majority, semi_honest\n"


@dataclass(frozen=True)
class Work:
    """A program with inputs x of north and y of south, and what its output is.

    `spu` is the name that the driver of SPU has for the same work.
    """

    name: str
    text: str
    draw: Draw
    expected: Callable[[Array, Array], Array]
    spu: str = ""

    def compiled(self, network: Network) -> Compiled:
        """The program, compiled for a network."""
        return compile_program(load_program(read_text(_HEAD + self.text, folder=CIRCUITS)), {}, Options(network))

    def given(self, me: int, x: Array, y: Array) -> Mapping[str, Any]:
        """What party `me` gives."""
        return {"y.south": y} if me else {"x.north": x}


def _drawn(low: int, high: int, *shape: int) -> Draw:
    """Integers low..high: measured work, no secrets."""
    def draw() -> tuple[Array, Array]:
        source = np.random.default_rng(len(shape))
        x, y = (source.integers(low, high, shape, np.int64, endpoint=True) for _ in "xy")
        return x, y

    return draw


def _matrices(size: int) -> Work:
    shape = f"int64[{size}, {size}] in 0..1048575"
    return Work(f"matrix product of {size}", f"input x: {shape} from north\ninput y: {shape} from south\n"
                "output product = x @ y to all\n", _drawn(0, (1 << 20) - 1, size, size), lambda x, y: x @ y, "matmul")


def _aes(blocks: int) -> Work:
    def draw() -> tuple[Array, Array]:
        source = np.random.default_rng(blocks)
        return source.integers(0, 2, 128, np.int64), source.integers(0, 2, (blocks, 128), np.int64)

    def expected(key: Array, blocks: Array) -> Array:
        cipher = Cipher(algorithms.AES(_bytes(key)), modes.ECB()).encryptor()
        enciphered = np.frombuffer(cipher.update(_bytes(blocks)), np.uint8).reshape(-1, 16)
        return np.unpackbits(enciphered, axis=1).astype(np.int64)

    text = ('def aes(key: bool[128], block: bool[128]) -> bool[128] from bristol "aes_128.txt"\n'
            f"input x: bool[128] from north\ninput y: bool[{blocks}, 128] from south\n"
            "output secret = aes(x[::-1], y[:, ::-1])[:, ::-1] to all\n")
    return Work(f"AES of {blocks} blocks", text, draw, expected)


def _bytes(bits: Array) -> bytes:
    """Bits, the highest of each byte first."""
    return np.packbits(bits.astype(np.uint8), axis=-1).tobytes()


def works(count: int, matrices: tuple[int, ...], blocks: int) -> tuple[Work, ...]:
    """All of them; AES where its circuit is."""
    vector = f"input x: int32[{count}] from north\ninput y: int32[{count}] from south\n"
    narrow = _drawn(-(1 << 31), (1 << 31) - 1, count)
    small = vector.replace("int32", "int64").replace("] from", "] in 0..2147483647 from")
    rows = [
        Work(f"{count} comparisons, 32 bits", vector + "output less = x < y to all\n", narrow,
             lambda x, y: (x < y).astype(np.int64), "less32"),
        Work(f"{count} comparisons, counted", vector + "output less = count(x < y) to all\n", narrow,
             lambda x, y: np.asarray((x < y).sum())),
        Work(f"{count} products, 64 bits", small + "output product = x * y to all\n", _drawn(0, (1 << 31) - 1, count),
             lambda x, y: x * y, "products"),
        Work(f"{count} selections", vector + "output most = max(x, y) to all\n", narrow, np.maximum),
        *(_matrices(size) for size in matrices),
    ]
    return (*rows, _aes(blocks)) if (CIRCUITS / "aes_128.txt").exists() else tuple(rows)
