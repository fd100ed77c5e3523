"""The second opinion on functions from circuit files: reads the file by itself and evaluates it gate by gate."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

Bits = np.ndarray[Any, np.dtype[np.bool_]]


def evaluate(text: str, inputs: Sequence[Bits]) -> Bits:
    """The output bits along the last axis, for input bits along the last axes; the leading axes agree."""
    lines = [line.split() for line in text.split("\n") if line.split()]
    wires: dict[int, Any] = {}
    for value in inputs:
        for k in range(value.shape[-1]):
            wires[len(wires)] = value[..., k]
    shape = inputs[0].shape[:-1]
    for words in lines[3:]:
        _gate(words, wires, shape)
    total, results = int(lines[0][1]), sum(int(word) for word in lines[2][1:])
    return np.stack([wires[w] for w in range(total - results, total)], axis=-1)


def _gate(words: Sequence[str], wires: dict[int, Any], shape: tuple[int, ...]) -> None:
    ins, outs = int(words[0]), int(words[1])
    places = [int(word) for word in words[2:-1]]
    sources, targets = places[:ins], places[ins:]
    match words[-1]:
        case "XOR":
            wires[targets[0]] = wires[sources[0]] != wires[sources[1]]
        case "AND" | "MAND":
            for k in range(outs):
                wires[targets[k]] = wires[sources[k]] & wires[sources[outs + k]]
        case "INV":
            wires[targets[0]] = ~wires[sources[0]]
        case "EQW":
            wires[targets[0]] = wires[sources[0]]
        case "EQ":
            wires[targets[0]] = np.full(shape, sources[0] == 1)
        case other:
            raise ValueError(f"no gate is called {other}")
