"""Every instruction, in every protocol: the result, the rounds and the bytes."""

from __future__ import annotations

import numpy as np
import pytest
from cloister.runtime.errors import AssumptionFailed
from cloister.runtime.instructions import INSTRUCTIONS, TAKES
from cloister.runtime.protocols.replicated import kernels

from .build import A, B, Builder, P, ints, run, signed
from .cases import APART, CASES, numbers, shaped

PROTOCOLS = ("reference", "replicated")
SHAPES = ((), (1,), (63,), (64,), (65,), (1000,), (3, 5), (0,))


def _enter(build: Builder, of, values, place: int) -> int:
    if of.kind == "public":
        return build.const(values, of)
    return build.input(values, of, place % 3)


def _emit(build: Builder, op: str, args: list[int], to, attrs) -> int:
    if op == "input":
        return args[0]
    if INSTRUCTIONS[op].exchanges:
        return build.exchange(op, args, to, **attrs)
    return build.local(op, args, to, **attrs)


def test_every_instruction_is_tested():
    assert set(CASES) | APART == set(INSTRUCTIONS)
    assert set(_PIECES) == set(TAKES)


@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize("width", [64, 128])
@pytest.mark.parametrize("op", sorted(CASES))
def test_instruction(op, width, protocol):
    """One program an op: all its cases at all shapes, results revealed to all."""
    rng = np.random.default_rng(sum(map(ord, op)) + width)
    build, expected, results = Builder(), [], []
    for shape in SHAPES:
        for case in CASES[op](width, shape, rng):
            args = [_enter(build, of, values, i + len(results)) for i, (of, values) in enumerate(case.args)]
            out = _emit(build, op, args, case.out, case.attrs)
            results.append(out if case.out.kind == "public" else build.reveal(out))
            expected.append((op, case, build.types[results[-1]].width))
    outcome = run(build.program(results), build.given, protocol)
    for got in outcome.results:
        for opened, (_, case, modulus) in zip(got.outputs, expected, strict=True):
            found = ints(opened.value, modulus)
            assert found.shape == case.out.shape
            assert np.array_equal(found, signed(case.expected, modulus)), (case.args, case.attrs)


@pytest.mark.parametrize("op", ["and", "xors"])
@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_instruction_on_both_paths(kernel_path, op, protocol):
    """What is compiled where it can be."""
    test_instruction(op, 64, protocol)


_PIECES = {
    "bits": lambda u, w: (u >> 3) % (1 << 20),
    "shift": lambda u, w: u >> 7,
    "bit": lambda u, w: (u >> (w - 1)) & 1,
    "low": lambda u, w: u % (1 << 33),
    "quotient": lambda u, w: u // 1000003,
    "remainder": lambda u, w: u % 1000003,
    "planes": lambda u, w: u,
    "each": lambda u, w: u,
}
_ATTRS = {
    "bits": {"lo": 3, "hi": 23}, "shift": {"f": 7}, "bit": {"f": None}, "low": {"f": 33},
    "quotient": {"d": "1000003"}, "remainder": {"d": "1000003"}, "planes": {}, "each": {},
}


@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize("width", [64, 128])
@pytest.mark.parametrize("what", ["shift", "low", "bit"])
def test_parts_of_numbers_add_up(what, width, protocol):
    """The bit, shift and low of both parts make the parts again, and these the value."""
    rng = np.random.default_rng(5)
    build, results, wanted = Builder(), [], []
    for shape in SHAPES:
        values = numbers(width, shape, rng)
        x = build.input(values, A(width, *shape), 1)
        whole = [build.exchange("part", [x], A(width, *shape), index=i, take="shift", f=0) for i in (0, 1)]
        cut = {"shift": 7, "low": 33, "bit": width - 1}[what]
        taken = [build.exchange("part", [x], A(width, *shape), index=i, take=what, f=cut) for i in (0, 1)]
        results += [build.reveal(v) for v in (*whole, *taken)]
        wanted.append((values, cut))
    outcome = run(build.program(results), build.given, protocol)
    for got in outcome.results:
        found = [ints(o.value, width) % (1 << width) for o in got.outputs]
        for i, (values, cut) in enumerate(wanted):
            u, v, a, b = found[4 * i:4 * i + 4]
            assert np.array_equal((u + v) % (1 << width), values)
            for piece, taken in ((u, a), (v, b)):
                model = {"shift": piece >> cut, "low": piece % (1 << cut), "bit": (piece >> cut) & 1}[what]
                assert np.array_equal(taken, model)


@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize("width", [64, 128])
@pytest.mark.parametrize("what", sorted(_PIECES))
def test_part(what, width, protocol):
    """What is taken of both parts, against the parts themselves."""
    rng = np.random.default_rng(6)
    build, results, of_planes = Builder(), [], what in ("planes", "each")
    attrs = {**_ATTRS[what], **({"f": width - 1} if what == "bit" else {})}
    other = 192 - width
    for shape in SHAPES:
        of = B(11, *shape) if of_planes else A(width, *shape)
        x = build.input(numbers(of.width, shape, rng), of, 2)
        for index in (0, 1):
            if of_planes:
                plain = build.exchange("part", [x], A(64, *shape), index=index, take="planes")
                to = A(width, 11, *shape) if what == "each" else A(width, *shape)
            else:
                plain = build.exchange("part", [x], A(width, *shape), index=index, take="shift", f=0)
                to = B(20, *shape) if what == "bits" else A(other, *shape)
            taken = build.exchange("part", [x], to, index=index, take=what, **attrs)
            negated = build.exchange("part", [x], to, index=index, take=what, neg=True, **attrs) \
                if what == "bits" else taken
            results += [build.reveal(plain), build.reveal(taken), build.reveal(negated)]
    program = build.program(results)
    outcome = run(program, build.given, protocol)
    types = [program.body.types[r] for r in results]
    for got in outcome.results:
        found = [ints(o.value, t.width) % (1 << t.width) for o, t in zip(got.outputs, types, strict=True)]
        for i in range(0, len(found), 3):
            plain, taken, negated = found[i:i + 3]
            model = np.asarray(_PIECES[what](plain, width), object)
            if what == "each":
                model = np.stack([np.asarray(model >> j, object) & 1 for j in range(11)]).astype(object)
            assert np.array_equal(taken, model % (1 << types[i + 1].width))
            if what == "bits":
                assert np.array_equal(negated, _PIECES[what]((-plain) % (1 << width), width))


@pytest.mark.parametrize("d", ["1", "3", "4294967297", str(1 << 63), str((1 << 64) + 13), str(1 << 126)])
@pytest.mark.parametrize("width", [64, 128])
def test_part_divides_by_any_number(d, width):
    build = Builder()
    x = build.input(numbers(width, (65,), np.random.default_rng(1)), A(width, 65))
    results = []
    for index in (0, 1):
        results += [build.reveal(build.exchange("part", [x], A(width, 65), index=index, take=take, d=d, f=0))
                    for take in ("quotient", "remainder", "shift")]
    outcome = run(build.program(results), build.given, "replicated")
    found = [ints(o.value, width) % (1 << width) for o in outcome.results[0].outputs]
    for quotient, remainder, plain in (found[:3], found[3:]):
        assert np.array_equal(quotient, plain // int(d))
        assert np.array_equal(remainder, plain % int(d))


@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize("learners", [(), (0,), (1,), (2,), (0, 2), (0, 1, 2)])
def test_reveal_tells_only_those_named(learners, protocol):
    build, rng = Builder(), np.random.default_rng(3)
    cases = []
    for shape in SHAPES:
        for of in (A(64, *shape), A(128, *shape), B(1, *shape), B(9, *shape), B(64, *shape)):
            values = numbers(of.width, shape, rng)
            v = build.input(values, of, 1)
            cases += [(build.reveal(v, learners, sign), values, of, sign) for sign in (False, True)]
    outcome = run(build.program([row[0] for row in cases]), build.given, protocol)
    for me, got in enumerate(outcome.results):
        for opened, (_, values, of, negative) in zip(got.outputs, cases, strict=True):
            if protocol == "replicated" and me not in learners:
                assert opened.value is None
                continue
            width = of.width if of.kind == "arith" else 64
            model = signed(values, of.width) if negative or of.kind == "arith" else signed(values, width)
            assert np.array_equal(ints(opened.value, width), model)


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_negative_inputs_wide_planes(protocol):
    build = Builder()
    values = shaped([-1, 0, 1, -(1 << 63), (1 << 63) - 1], (5,))
    a = build.input(np.array([-1, 0, 1, -(1 << 63), (1 << 63) - 1]), A(128, 5), 1)
    b = build.input(values, B(100, 5), 2)
    parts = [build.local("pick", [b], B(50, 5), planes=list(range(lo, lo + 50))) for lo in (0, 50)]
    results = [build.reveal(a), build.reveal(parts[0]), build.reveal(parts[1], signed=True)]
    outcome = run(build.program(results), build.given, protocol)
    for got in outcome.results:
        assert np.array_equal(ints(got.outputs[0].value, 128), values)
        low, high = (ints(o.value, 64) for o in got.outputs[1:])
        assert np.array_equal(low + (high << 50), values)


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_large_products_are_cut_into_pieces(protocol, monkeypatch):
    """More elements and words than one piece of the kernels holds, with and without a ragged end."""
    monkeypatch.setattr(kernels, "CHUNK", 256)
    rng = np.random.default_rng(9)
    for n in (640, 1025, 20_000, 20_001):
        build = Builder()
        x, y = (rng.integers(-1 << 63, 1 << 63, n) for _ in range(2))
        a, b = build.input(x, A(64, n), 0), build.input(y, A(64, n), 1)
        c, d = build.input(x, B(64, n), 1), build.input(y, B(64, n), 2)
        products = [build.exchange("mul", [a, b], A(64, n), held=True)]
        products.append(build.exchange("and", [c, d], B(64, n)))
        outcome = run(build.program([build.reveal(v) for v in products]), build.given, protocol)
        for got in outcome.results:
            with np.errstate(over="ignore"):
                assert np.array_equal(got.outputs[0].value.astype(np.int64), x * y)
            assert np.array_equal(got.outputs[1].value.astype(np.int64), x & y)
    build = Builder()
    bits = rng.integers(0, 4, 30_001)
    c, d = build.input(bits, B(2, bits.size), 1), build.input(bits[::-1] & 1, B(1, bits.size), 2)
    both = build.exchange("and", [c, d], B(2, bits.size))
    outcome = run(build.program([build.reveal(both)]), build.given, protocol)
    assert np.array_equal(outcome.results[0].outputs[0].value, bits & (-(bits[::-1] & 1)))


@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize("violated", [False, True])
def test_require(protocol, violated):
    build = Builder()
    v = build.const([0, int(violated)], P(64, 2))
    build.local("require", [v], P(64, 2), message="line 3")
    result = build.reveal(build.input(7, A(64)))
    if violated:
        with pytest.raises(AssumptionFailed, match="line 3"):
            run(build.program([result]), build.given, protocol)
    else:
        assert run(build.program([result]), build.given, protocol).results[0].outputs[0].value == 7
