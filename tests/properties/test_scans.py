"""Segmented scans, as the checker builds them: the interpreter and every protocol agree, at every level."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from cloister.compiler.check.context import Context
from cloister.compiler.check.expressions import evaluate as expression
from cloister.compiler.check.scans import scan
from cloister.compiler.check.statements import run as statements
from cloister.compiler.check.tree import Checked, Const, Expr
from cloister.compiler.check.values import POISON
from cloister.compiler.diagnostics import Findings
from cloister.compiler.gadgets.kit import Kit
from cloister.compiler.interpret import interpret
from cloister.compiler.ir.build import Builder
from cloister.compiler.lower.program import lower
from cloister.compiler.pipeline import Options, optimise
from cloister.compiler.price.network import NETWORKS
from cloister.compiler.price.transfers import digit_bits
from cloister.compiler.protocol.legalise import legalise
from cloister.compiler.schedule.artifact import artifact
from cloister.runtime.program import FORMAT, Program
from cloister.runtime.protocols.registry import for_name
from cloister.runtime.ring import ring
from cloister.runtime.traffic import traffic

from ..additive.parties import run as run_additive
from ..interpret.trees import HERE, apply, bools, const, fixeds, ints, output, program, ref, var
from ..runtime.build import run
from .evaluate import evaluate

PARTIES = ("north", "south", "west")
NUMBERS, TRUTH = ("add", "min", "max", "first"), ("and", "or", "xor", "first")


def built(combine: str, arg: Expr, starts: Expr | None = None, axis: int = 0) -> Expr:
    findings = Findings()
    found = scan(Context(findings, {}, evaluate=expression, run=statements), combine, arg, HERE, axis, starts)
    assert isinstance(found, Expr), findings.items
    return found


def every_scan(n: int) -> Checked:
    """All kinds of scans over numbers, fixed-point numbers in two rows, and truth values."""
    x, w = var("x", ints(-50, 49, n)), var("w", fixeds(4, -64, 64, 2, n))
    b, s = var("b", bools(n)), var("s", bools(n))
    made = {f"x_{combine}": built(combine, ref(x), ref(s)) for combine in NUMBERS}
    made |= {f"w_{combine}": built(combine, ref(w), ref(s), 1) for combine in NUMBERS}
    made |= {f"b_{combine}": built(combine, ref(b), ref(s)) for combine in TRUTH}
    made |= {"least": built("min", ref(x)), "total": built("add", ref(w), axis=1)}
    return program([x, w, b, s], [output(name, value) for name, value in made.items()])


def data(n: int, often: float, seed: int) -> dict[str, Any]:
    rng = np.random.default_rng(seed)
    return {"x.north": rng.integers(-50, 50, n), "w.north": rng.integers(-64, 65, (2, n)),
            "b.north": rng.integers(0, 2, n) != 0, "s.north": rng.random(n) < often}


def artifact_of(checked: Checked, protocol: str, parties: int, options: Options) -> Program:
    checked = replace(checked, parties=PARTIES[:parties])
    kit = Kit(Builder("protocol"), for_name(protocol, parties), options.network)
    legal = legalise(optimise(lower(checked), options)[-1][1], kit, checked.parties, checked.parties)
    return artifact(checked, "", legal, kit.protocol, FORMAT, "test", digit_bits(options.network))


def integers(compiled: Program, given: Mapping[str, Any], protocol: str) -> dict[str, list[Any]]:
    """What the first party opens."""
    used = {spec.name: given[spec.name] for spec in compiled.inputs}
    outcome: Any = run_additive(compiled, {0: used, 1: {}}) if protocol == "additive" else \
        run(compiled, {0: used, 1: {}, 2: {}}, protocol)
    found = {}
    for spec, words in zip(compiled.outputs, outcome.results[0].outputs, strict=True):
        width = compiled.body.types[compiled.body.results[spec.value]].width
        found[spec.name] = np.asarray(ring(width).to_ints(words.value), object).tolist()
    return found


@pytest.mark.parametrize(("n", "often"), [(0, 0.3), (1, 0.3), (2, 0), (9, 1), (65, 0.3)])
def test_every_protocol_agrees(n: int, often: float) -> None:
    checked, given = every_scan(n), data(n, often, n)
    expected = {name: shown.value.astype(object).tolist() for name, shown in interpret(checked, given).items()}
    outputs = evaluate(optimise(lower(checked), Options())[-1][1], given).outputs
    assert {name: value.tolist() for name, (value, _) in outputs.items()} == expected
    for level, network, protocol, parties in [(0, "lan", "reference", 3), (2, "wan", "reference", 3),
                                              (0, "wan", "replicated", 3), (2, "lan", "replicated", 3),
                                              (2, "mobile", "additive", 2)]:
        if protocol == "additive" and n > 9:
            continue  # its preprocessing takes a while
        options = Options(NETWORKS[network], level, verify=True)
        assert integers(artifact_of(checked, protocol, parties, options), given, protocol) == expected, protocol


def test_what_everybody_knows_needs_no_message() -> None:
    x, s = var("x", ints(-9, 9, 5)), var("s", bools(5))
    numbers = apply("reveal", ints(-9, 9, 5, secret=False), ref(x))
    starts = apply("reveal", bools(5, secret=False), ref(s))
    flags = apply("lt", bools(5, secret=False), numbers, const(ints(1, 1, 5, secret=False), 1))
    outputs = [output(c, built(c, numbers, starts)) for c in NUMBERS]
    outputs += [output(f"b_{c}", built(c, flags, starts)) for c in TRUTH]
    checked = program([x, s], outputs)
    given = {"x.north": np.array([3, -1, 4, 9, -9]), "s.north": np.array([0, 0, 1, 0, 1]) != 0}
    expected = {"add": [3, 2, 4, 13, -9], "min": [3, -1, 4, 4, -9], "max": [3, 3, 4, 9, -9], "first": [3, 3, 4, 4, -9],
                "b_and": [0, 0, 0, 0, 1], "b_or": [0, 1, 0, 0, 1], "b_xor": [0, 1, 0, 0, 1], "b_first": [0, 0, 0, 0, 1]}
    assert {name: shown.value.astype(object).tolist() for name, shown in interpret(checked, given).items()} == expected
    compiled = artifact_of(checked, "replicated", 3, Options(verify=True))
    assert traffic(compiled, for_name("replicated", 3)).rounds == 2
    assert integers(compiled, given, "replicated") == expected


def test_what_is_known_at_compile_time_is_computed_there() -> None:
    numbers, starts = const(ints(-9, 9, 5, secret=False), 3, -1, 4, 9, -9), const(bools(5, secret=False), 0, 0, 1, 0, 1)
    for combine, expected in (("add", (3, 2, 4, 13, -9)), ("max", (3, 3, 4, 9, -9)), ("first", (3, 3, 4, 4, -9))):
        found = built(combine, numbers, starts)
        assert isinstance(found, Const)
        assert found.values == expected


def test_a_sum_that_fits_nothing_is_refused() -> None:
    findings = Findings()
    ctx = Context(findings, {}, evaluate=expression, run=statements)
    arg = ref(var("x", ints(0, 1 << 120, 1 << 10)))
    assert scan(ctx, "add", arg, HERE) is POISON
    assert [item.code for item in findings.items] == ["E4001"]
