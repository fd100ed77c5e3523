"""Two, three and five parties of whom none trusts another: random programs open what the interpreter says, with the
rounds, bytes and correlated randomness that were declared. (`parties.run` holds these against what happened.)"""

from __future__ import annotations

from typing import Any

import pytest
from cloister.compiler.diagnostics import ProgramError
from cloister.compiler.interpret import interpret
from cloister.compiler.pipeline import Options, check_sizes, compile_program, load_program, read_text
from cloister.compiler.price.network import NETWORKS
from hypothesis import assume, given, reject, settings
from hypothesis import strategies as st

from ..additive.parties import run
from .analysts import analyses, drawn
from .generate import DISHONEST, Program, keyed, programs
from .test_analysts import MAY_BE_REFUSED
from .test_programs import accepted
from .test_protocols import CHECKS, COMBINATIONS, opened

NAMES = ("north", "south", "west", "east", "center")
everybody = pytest.mark.parametrize("parties", [2, 3, 5])


def agree(program: Program, inputs: dict[str, Any], level: int, network: str) -> None:
    """Runs the program with `additive` and holds what each party opens against the interpreter."""
    loaded = load_program(read_text(program.source), program.params)
    said = interpret(check_sizes(loaded, program.sizes), inputs)
    where = f"-O{level} {network}\n{program.source}\n{program.sizes}\n{program.data}"
    compiled = compile_program(loaded, program.sizes, Options(NETWORKS[network], level, None, verify=True))
    assert compiled.program.protocol == "additive"
    by_party = {i: {spec.name: inputs[spec.name] for spec in compiled.program.inputs if spec.party == i}
                for i in range(len(compiled.program.parties))}
    for me, results in enumerate(run(compiled.program, by_party).results):
        found = opened(compiled, results)
        assert set(found) >= {spec.name for spec in compiled.program.outputs if me in spec.receivers}
        for name, (value, flag) in found.items():
            assert value.tolist() == said[name].value.astype(object).tolist(), (me, name, where)
            assert flag is None or flag.tolist() == said[name].shown.astype(bool).tolist(), (me, name, where)


def draw_program(data: st.DataObject, parties: int, statements: int) -> None:
    program = data.draw(programs(statements, NAMES[:parties], DISHONEST))
    agree(program, keyed(program, accepted(program)), *data.draw(st.sampled_from(COMBINATIONS)))


def draw_analysis(data: st.DataObject, parties: int, statements: int) -> None:
    program = data.draw(analyses(statements, NAMES[:parties], DISHONEST))
    # over no rows a loop makes nothing missing, which is refused as another statement (E2008)
    assume(not program.sizes or any(program.sizes.values()))
    try:
        checked = check_sizes(load_program(read_text(program.source)), program.sizes)
    except ProgramError as error:
        if not {d.code for d in error.diagnostics if d.severity == "error"} <= MAY_BE_REFUSED:
            raise
        reject()
    agree(program, dict(data.draw(drawn(checked))), *data.draw(st.sampled_from(COMBINATIONS)))


@everybody
@settings(max_examples=4, deadline=None, suppress_health_check=CHECKS)
@given(st.data())
def test_programs_agree(parties: int, data: st.DataObject) -> None:
    draw_program(data, parties, 2)


@everybody
@settings(max_examples=2, deadline=None, suppress_health_check=CHECKS)
@given(st.data())
def test_analyses_agree(parties: int, data: st.DataObject) -> None:
    draw_analysis(data, parties, 2)


@pytest.mark.slow
@everybody
@settings(max_examples=40, deadline=None, suppress_health_check=CHECKS)
@given(st.data())
def test_programs_agree_on_many(parties: int, data: st.DataObject) -> None:
    draw_program(data, parties, 5)


@pytest.mark.slow
@everybody
@settings(max_examples=20, deadline=None, suppress_health_check=CHECKS)
@given(st.data())
def test_analyses_agree_on_many(parties: int, data: st.DataObject) -> None:
    draw_analysis(data, parties, 5)
