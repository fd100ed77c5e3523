"""Functions from circuit files in every protocol, and programs written as circuit files."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from cloister.compiler.boolean.gates import write
from cloister.compiler.bristol import Gate, Netlist, read, text
from cloister.compiler.diagnostics import ProgramError
from cloister.compiler.interpret import interpret
from cloister.compiler.interpret_netlist import evaluate
from cloister.compiler.pipeline import (
    Compiled,
    Options,
    approve,
    check_sizes,
    compile_program,
    load_program,
    read_file,
    read_text,
)
from cloister.compiler.price.network import NETWORKS
from cloister.runtime.protocols.registry import for_name
from cloister.runtime.traffic import traffic
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from ..runtime.build import run

HEAD = "party a, b, c\nsecurity honest_majority, semi_honest\n"
AES = Path(os.environ.get("CLOISTER_CIRCUITS", Path(__file__).parents[3] / "shared/data/circuits")) / "aes_128.txt"

#: Bits of the small adder.
K = 5


def adder(k: int) -> str:
    """x + y with its carry: k + 1 bits, one AND a bit; some gates more, to have one of each kind."""
    made: list[Gate] = []

    def gate(op: str, a: int, b: int = -1) -> int:
        made.append(Gate(op, a, b, 2 * k + len(made)))
        return made[-1].out

    carry, total = gate("EQ", 0), []
    for i in range(k):
        x, y = gate("XOR", i, carry), gate("XOR", k + i, carry)
        total.append(gate("XOR", x, k + i))
        carry = gate("XOR", carry, gate("AND", x, y))
    one = gate("EQ", 1)
    inverted = [gate("INV", wire) for wire in (*total, carry)]
    for wire in inverted:
        gate("XOR", wire, one)
    return text(Netlist((k, k), (k + 1,), 2 * k + len(made), tuple(made)))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "adder.txt").write_text(adder(K))
    return tmp_path


ADD = f'def add(x: bool[{K}], y: bool[{K}]) -> bool[{K + 1}] from bristol "adder.txt"\n'


def opened(compiled: Compiled, given: dict[int, Any], protocol: str) -> list[np.ndarray]:
    outcome = run(compiled.program, given, protocol)
    for results in outcome.results[1:]:
        assert all(np.array_equal(x.value, y.value)
                   for x, y in zip(results.outputs, outcome.results[0].outputs, strict=True))
    return [np.asarray(output.value) & 1 for output in outcome.results[0].outputs]


def bits(values: Any, k: int) -> np.ndarray:
    return (np.asarray(values)[..., None] >> np.arange(k)) & 1


@pytest.mark.parametrize("level", [0, 2])
@pytest.mark.parametrize("protocol", ["reference", "replicated"])
@pytest.mark.parametrize("n", [0, 1, 63, 64, 65])
def test_a_function_from_a_file(folder: Path, n: int, protocol: str, level: int) -> None:
    """Row by row, one argument shared by all rows, in the clear and in shares."""
    body = f"size n\n{ADD}input x: bool[n, {K}] from a\ninput y: bool[{K}] from b\noutput r = add(x, y) to all\n"
    loaded = load_program(read_text(HEAD + body, folder=folder))
    compiled = compile_program(loaded, {"n": n}, Options(level=level, verify=True))
    rng = np.random.default_rng(n)
    x, y = rng.integers(0, 1 << K, n), rng.integers(0, 1 << K)
    given = {"x.a": bits(x, K).astype(bool), "y.b": bits(y, K).astype(bool)}
    (found,) = opened(compiled, {0: {"x.a": given["x.a"]}, 1: {"y.b": given["y.b"]}, 2: {}}, protocol)
    assert np.array_equal(found, bits(x + y, K + 1))
    assert np.array_equal(interpret(check_sizes(loaded, {"n": n}), given)["r"].value, bits(x + y, K + 1))
    ands = sum(node.type.width * node.type.size for node in compiled.stages[-1][1].nodes if node.op == "and")
    assert ands == K * n
    if n:
        assert traffic(compiled.program, for_name("replicated", 3)).rounds == K + 2


def test_in_a_loop_all_trips_run_at_once(folder: Path) -> None:
    body = (f"{ADD}input x: bool[70, {K}] from a\nfor i in range(70):\n"
            "    output r[i] = add(x[i], x[i]) to all\n")
    loaded = load_program(read_text(HEAD + body, folder=folder))
    compiled = compile_program(loaded, {}, Options(verify=True))
    assert not any(node.op == "loop" for node in compiled.stages[-1][1].nodes)
    x = np.arange(70) % (1 << K)
    (found,) = opened(compiled, {0: {"x.a": bits(x, K).astype(bool)}, 1: {}, 2: {}}, "replicated")
    assert np.array_equal(found, bits(2 * x, K + 1))


def test_the_file_is_part_of_what_is_approved(folder: Path) -> None:
    (folder / "main.mpc").write_text(HEAD + ADD + f"input x: bool[{K}] from a\noutput r = add(x, x) to all\n")
    before = approve(load_program(read_file(folder / "main.mpc"))).digest
    (folder / "adder.txt").write_text(adder(K).replace("XOR", "AND", 1))
    assert approve(load_program(read_file(folder / "main.mpc"))).digest != before


@pytest.mark.parametrize(("definition", "call", "code"), [
    ('def f(x: bool[5], y: bool[5]) -> bool[6] from bristol "none.txt"', "f(x, x)", "E1003"),
    ('def f(x: bool[5], y: bool[5]) -> bool[6] from bristol "../adder.txt"', "f(x, x)", "E1003"),
    ('def f(x: bool[5], y: bool[5]) -> bool[6] from bristol "bad.txt"', "f(x, x)", "E2013"),
    ('def f(x: bool[5], y: bool[4]) -> bool[6] from bristol "adder.txt"', "f(x, x)", "E2013"),
    ('def f(x: bool[5], y: bool[5]) -> bool[5] from bristol "adder.txt"', "f(x, x)", "E2013"),
    ('def f(x: uint8[5], y: bool[5]) -> bool[6] from bristol "adder.txt"', "f(x, x)", "E2013"),
    ('def f(x: bool[5], y: bool[5]) -> bool[6] from bristol "adder.txt"', "f(x, z)", "E2001"),
    ('def f(x: bool[5], y: bool[5]) -> bool[6] from bristol "adder.txt"', "f(x, x[:4])", "E2002"),
    ('def f(x: bool[5], y: bool[5]) -> bool[6] from bristol "adder.txt"', "f(w, v)", "E2002"),
    ('def f(x: bool[5], y: bool[5]) -> bool[6] from bristol "adder.txt"', "f(x)", "E2003"),
])
def test_what_does_not_fit_is_refused(folder: Path, definition: str, call: str, code: str) -> None:
    (folder / "bad.txt").write_text("nothing of this kind\n\n\n")
    body = (f"{definition}\ninput x: bool[5] from a\ninput z: int8[5] from a\ninput w: bool[2, 5] from b\n"
            f"input v: bool[3, 5] from b\noutput r = {call} to all\n")
    with pytest.raises(ProgramError) as caught:
        compile_program(load_program(read_text(HEAD + body, folder=folder)), {})
    assert code in {d.code for d in caught.value.diagnostics}, caught.value


@pytest.mark.skipif(not AES.is_file(), reason="the published AES circuit is not there")
def test_aes_of_a_thousand_blocks_under_a_shared_key(tmp_path: Path) -> None:
    """Against a library; 60 rounds for the 60 AND levels, 6,400 ANDs a block, a circuit that is small."""
    (tmp_path / "aes_128.txt").write_text(AES.read_text())
    body = ('size n\ndef aes(key: bool[128], block: bool[128]) -> bool[128] from bristol "aes_128.txt"\n'
            "input key: bool[128] from a\ninput blocks: bool[n, 128] from b\noutput r = aes(key, blocks) to c\n")
    compiled = compile_program(load_program(read_text(HEAD + body, folder=tmp_path)), {"n": 1000})
    assert len(compiled.stages[-1][1].nodes) < 400
    assert traffic(compiled.program, for_name("replicated", 3)).rounds == 60 + 2
    key, blocks = os.urandom(16), os.urandom(16000)
    encryptor = Cipher(algorithms.AES(key), modes.ECB()).encryptor()
    expected = np.frombuffer(encryptor.update(blocks), np.uint8).reshape(1000, 16)
    given = {0: {"key.a": lowest_first(key)}, 1: {"blocks.b": lowest_first(blocks).reshape(1000, 128)}, 2: {}}
    outcome = run(compiled.program, given, "replicated")
    found = np.asarray(outcome.results[2].outputs[0].value) & 1
    assert np.array_equal(np.packbits(found[:, ::-1].astype(np.uint8), axis=1), expected)


def lowest_first(data: bytes) -> np.ndarray:
    """The file numbers the bits of a block from its last byte's lowest."""
    rows = np.frombuffer(data, np.uint8).reshape(-1, 16)
    return np.unpackbits(rows, axis=1)[:, ::-1].astype(bool).reshape(rows.shape[0] * 128)


# --------------------------------------------------------------------------- programs as circuit files

PROGRAMS = {
    "sum and order": "input x: int32 from a\ninput y: int32 from b\noutput s = x + y to all\noutput l = x < y to all\n",
    "products and division": (
        "input x: int8[4] from a\ninput y: int8[4] from b\noutput s = sum(x * y) to all\n"
        "output q = x // (y * y + 1) to all\noutput m = x % -7 to all\noutput t = max(x) to a if x[0] > y[1]\n"),
    "fixed point": (
        "input x: fixed[4] in -9..9 from a\ninput y: fixed[4] in 1..9 from b\noutput s = x / y to all\n"
        "output r = sqrt(y) to all\noutput p = x * y to all\noutput z = abs(x) to b\noutput d = y / (-3) to a\n"),
    "a recurrence": (
        "input x: int8[66] from a\ns: int64 = 1\nfor i in range(66):\n    s = clamp(s * x[i], -9, 9)\n"
        "output r = s to all\noutput m = sum(x) - x[3] * 10 to all\n"),
    "running values and counts": (
        "input x: int8[66] from a\ns: int64 = 0\nm: int64 = -3\nok: bool = true\nfor i in range(66):\n"
        "    s = s + x[i]\n    m = max(m, x[i])\n    ok = ok and x[i] < 9\n    output r[i] = s + m to all\n"
        "    output k[i] = ok to all\n"
        "output n = count(x > 3) to all\n"),
    "values that begin anew, and a polynomial": (
        "input x: int8[66] in -9..9 from a\ninput k: int8[66] in 0..1 from b\nn = 0\nv = 3\ns = 0\nm = -9\n"
        "for i in range(66):\n    if x[i] > 5:\n        n = 0\n        v = x[i]\n        m = x[i]\n    else:\n"
        "        n = n + 1\n        m = max(m, k[i])\n    s = s * k[i] + x[i]\n    output r[i] = n + v + m to all\n"
        "output e = s to all\noutput p = ((x[0] * 2 - 3) * x[0] + 1) * x[0] to all\n"),
    "matrices": (
        "input x: int8[2, 3] from a\ninput y: int8[3, 2] from b\noutput r = x @ y to all\n"
        "output e = x == 3 to all\noutput f = count(x > y.T) to all\n"),
    "truth": (
        "input p: bool[3] from a\ninput q: bool[3] from b\noutput r = (p and not q) or p ^ q to all\n"
        "output s = any(p) to all\noutput t = select(all(q), 5, -5) to all\n"),
}


@pytest.mark.parametrize("name", PROGRAMS)
def test_a_program_as_a_file(name: str) -> None:
    """The gates give what the interpreter gives, at the ends of ranges and in between."""
    loaded = load_program(read_text(HEAD + PROGRAMS[name]))
    compiled = compile_program(loaded, {}, Options(NETWORKS["lan"]))
    circuit = dict(compiled.stages)[compiled.optimised]
    written = write(circuit)
    inputs = [node for node in circuit.nodes if node.op == "input"]
    assert read(written).inputs == tuple(node.type.range.bits * node.type.size for node in inputs)
    rng = np.random.default_rng(3)
    for trial in range(6):
        given = {}
        for node in inputs:
            low, high = node.type.range
            drawn = rng.integers(low, high + 1, node.type.shape)
            given[node.attrs["name"]] = np.asarray((drawn, np.full(node.type.shape, low))[trial == 0] if trial != 1
                                                   else np.full(node.type.shape, high))
        rows = [bits(given[node.attrs["name"]], node.type.range.bits).reshape(-1).astype(bool) for node in inputs]
        check(circuit, interpret(compiled.checked, given), evaluate(written, rows))


def check(circuit: Any, expected: Any, found: np.ndarray) -> None:
    at = 0
    for node in circuit.nodes:
        if node.op == "output":
            for arg in node.args:
                of = circuit.nodes[arg].type
                k = of.range.bits
                row = found[at:at + k * of.size].reshape(of.size, k).astype(object)
                at += k * of.size
                weights = [1 << i for i in range(k - 1)] + [-(1 << (k - 1)) if of.lo < 0 else 1 << (k - 1)]
                said = expected[node.attrs["name"]]
                wanted = said.value if arg == node.args[0] else said.shown
                assert (row @ np.array(weights, object)).tolist() == np.asarray(wanted, object).reshape(-1).tolist()
    assert at == len(found)


def test_what_is_opened_on_the_way_is_no_gate() -> None:
    loaded = load_program(read_text(HEAD + "input x: int8 from a\noutput r = reveal(x) + 1 to all\n"))
    compiled = compile_program(loaded, {})
    with pytest.raises(ProgramError, match="reveal"):
        write(dict(compiled.stages)[compiled.optimised])


@pytest.mark.parametrize("protocol", ["reference", "replicated"])
@pytest.mark.parametrize(("x", "y"), [
    ("p[:, ::-1][:, :5]", "q"), ("p[:, 2:7]", "q[::-1]"), ("p[::-1, :5]", "q"), ("p[:, 1:10:2]", "q[::-1][::-1]"),
    ("p[::-1][:, ::-1][:, :5]", "q"), ("s[::-1]", "q[::-1]"), ("p[1:2, 6:1:-1]", "q"), ("p[:, :5]", "w[:, 3:8]"),
])
def test_arguments_that_are_taken_or_spread(folder: Path, x: str, y: str, protocol: str) -> None:
    """Wires are taken and spread before the rows, or after them: it is the same."""
    body = (f"{ADD}input p: bool[70, 11] from a\ninput s: bool[{K}] from a\ninput q: bool[{K}] from b\n"
            f"input w: bool[70, 9] from b\noutput r = add({x}, {y}) to all\n")
    compiled = compile_program(load_program(read_text(HEAD + body, folder=folder)), {}, Options(verify=True))
    rng = np.random.default_rng(1)
    held = {name: rng.integers(0, 2, shape).astype(bool)
            for name, shape in (("p", (70, 11)), ("s", (K,)), ("q", (K,)), ("w", (70, 9)))}
    given = {0: {f"{n}.a": held[n] for n in "ps"}, 1: {f"{n}.b": held[n] for n in "qw"}, 2: {}}
    (found,) = opened(compiled, given, protocol)
    left, right = (np.asarray(eval(each, {}, held)) @ (1 << np.arange(K)) for each in (x, y))
    assert np.array_equal(found, bits(left + right, K + 1))
