"""Generated circuit files, run on many instances in shares, against one gate at a time."""

from __future__ import annotations

from pathlib import Path
from random import Random

import numpy as np
import pytest
from cloister.compiler.bristol import Gate, Netlist, text
from cloister.compiler.interpret_netlist import evaluate
from cloister.compiler.pipeline import Options, compile_program, load_program, read_text

from ..additive.parties import run as run_additive
from ..runtime.build import run

HEAD = {"replicated": "party a, b, c\nsecurity honest_majority, semi_honest\n",
        "additive": "party a, b\nsecurity dishonest_majority, semi_honest\n"}
#: How often a gate is an AND, and how far back it reads: near means many levels.
ANDS, BACK = (0.0, 0.05, 0.3, 0.6, 0.95), (3, 30, 1000)


def drawn(random: Random) -> Netlist:
    """Wires read at once or much later, constants, outputs that are inputs, constants, or the same."""
    inputs = (random.choice((1, 5, 20, 64)), random.choice((1, 3, 17)))
    gates: list[Gate] = []
    first, ands, back = sum(inputs), random.choice(ANDS), random.choice(BACK)
    for wire in range(first, first + random.choice((1, 40, 200, 500))):
        a, b = (random.randrange(max(0, wire - back) if random.random() < 0.9 else 0, wire) for _ in range(2))
        op = "AND" if random.random() < ands else random.choice(("XOR", "XOR", "XOR", "INV", "EQW", "EQ"))
        gates.append(Gate(op, random.randrange(2) if op == "EQ" else a, b if op in ("AND", "XOR") else -1, wire))
    wires, outputs = first + len(gates), random.choice((1, 9, 33))
    gates += [Gate("EQW", random.randrange(wires), -1, wires + i) for i in range(outputs)]
    return Netlist(inputs, (outputs,), wires + outputs, tuple(gates))


@pytest.mark.parametrize(("protocol", "seed", "n"), [
    *(("replicated", seed, n) for seed, n in enumerate((1, 63, 64, 65, 1000, 5000, 64, 65))),
    *(("additive", seed, n) for seed, n in enumerate((1, 65, 200), start=20))])
def test_generated_circuits(kernel_path: str, tmp_path: Path, protocol: str, seed: int, n: int) -> None:
    """One argument for each instance, one that all share."""
    net, rng = drawn(Random(seed)), np.random.default_rng(seed)
    (tmp_path / "drawn.txt").write_text(text(net))
    k, shared = net.inputs
    body = (f'size n\ndef f(x: bool[{k}], y: bool[{shared}]) -> bool[{net.outputs[0]}] from bristol "drawn.txt"\n'
            f"input x: bool[n, {k}] from a\ninput y: bool[{shared}] from b\noutput r = f(x, y) to all\n")
    compiled = compile_program(load_program(read_text(HEAD[protocol] + body, folder=tmp_path)), {"n": n}, Options())
    x, y = rng.integers(0, 2, (n, k)).astype(bool), rng.integers(0, 2, shared).astype(bool)
    expected = evaluate(text(net), [x, np.broadcast_to(y, (n, shared))])
    given = {0: {"x.a": x}, 1: {"y.b": y}, 2: {}}
    if protocol == "additive":
        found = run_additive(compiled.program, given).results
    else:
        found = run(compiled.program, given, protocol).results
    for results in found:
        assert np.array_equal(np.asarray(results.outputs[0].value) & 1, expected)
