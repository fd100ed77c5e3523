"""Declarations, parameters, sizes, warnings, and the disclosure statement."""

from __future__ import annotations

import pytest
from cloister.compiler.check.disclosure import digest, statement
from cloister.compiler.check.program import bind_sizes
from cloister.compiler.diagnostics import ProgramError
from cloister.runtime.data.declare import Declaration

from .programs import checked, output, read

HEAD = """\
\"\"\"Two hospitals compare.\"\"\"
party north, south
security dishonest_majority, semi_honest
param bands: int = 4
param rate: fixed in 0..1 = 0.1
param strict = false
size rows <= 1000
size wide
input age: uint8[rows, wide] in 0..119 from each
input flag: bool from each
input fee: fixed[8][wide] in 0..0.3 from south
"""
BODY = """\
for b in range(bands):
    output cells[b] = count(age // 30 == b) to all if count(age > 3) >= 10
shares = (sum(fee) + rate) * age[:, 0]
output shares to north
opened = reveal(count(flag) > 1)
output z = sum(age.north) if opened and not strict else 0 to south
"""


def test_declarations_are_known_before_any_data() -> None:
    _, declared = read(HEAD + BODY)
    assert declared.declarations == (
        Declaration("age", "north", "int", 0, 0, 119, ("rows.north", "wide")),
        Declaration("age", "south", "int", 0, 0, 119, ("rows.south", "wide")),
        Declaration("flag", "north", "bool", 0, 0, 1, ()),
        Declaration("flag", "south", "bool", 0, 0, 1, ()),
        Declaration("fee", "south", "fixed", 8, 0, 77, ("wide",)),
    )
    assert {size.name: (size.bound, size.each) for size in declared.sizes} == {
        "rows": (1000, True), "wide": (None, False)}


def test_parameters_from_text_and_values() -> None:
    _, declared = read(HEAD + BODY, {"bands": "0_2", "rate": "0.25", "strict": "TRUE"})
    assert {fact.name: fact.given for fact in declared.params} == {"bands": 2, "rate": 0.25, "strict": True}
    program = checked(BODY, {"rows": 4, "wide": 2}, HEAD, {"bands": 3})
    assert output(program, "cells").value.type.extents == (3,)
    assert program.binding.params == {"bands": 3, "rate": 6554 / 65536, "strict": False}


@pytest.mark.parametrize("given", [
    {"bands": "2.5"}, {"bands": "four"}, {"rate": 2}, {"rate": float("nan")}, {"strict": "yes"}, {"band": 3},
])
def test_wrong_parameters_are_refused(given: dict[str, str | int | float | bool]) -> None:
    _, declared = read(HEAD + BODY, given)
    assert [problem.code for problem in declared.problems] == ["E2012"]


@pytest.mark.parametrize(("given", "sizes"), [
    ({"rows": 7, "wide": 2}, {"rows.north": 4, "rows.south": 3, "wide": 2}),
    ({"rows.north": 0, "rows.south": 9, "wide": 0}, {"rows.north": 0, "rows.south": 9, "wide": 0}),
    ({"rows": 0, "wide": 1}, {"rows.north": 0, "rows.south": 0, "wide": 1}),
])
def test_sizes_are_bound(given: dict[str, int], sizes: dict[str, int]) -> None:
    _, declared = read(HEAD + BODY)
    assert bind_sizes(declared, given) == sizes


@pytest.mark.parametrize(("given", "code"), [
    ({"rows": 7}, "E2012"), ({"rows.north": 7, "wide": 2}, "E2012"),
    ({"rows": 7, "wide": 2, "wied": 1}, "E2012"),
    ({"rows": 1001, "wide": 2}, "E2008"), ({"rows": 7, "rows.north": 7, "wide": 2}, "E2012"),
    ({"rows": -1, "wide": 2}, "E2012"),
])
def test_wrong_sizes_are_refused(given: dict[str, int], code: str) -> None:
    _, declared = read(HEAD + BODY)
    with pytest.raises(ProgramError) as refused:
        bind_sizes(declared, given)
    assert code in [d.code for d in refused.value.diagnostics]


def test_a_missing_size_names_the_flag() -> None:
    _, declared = read(HEAD + BODY)
    with pytest.raises(ProgramError) as refused:
        bind_sizes(declared, {"rows.south": 1, "wide": 2})
    assert refused.value.diagnostics[0].help == "`-D rows.north=1000`"


def test_header_errors_come_together_with_the_rest() -> None:
    with pytest.raises(ProgramError) as refused:
        checked("input q: float from north\noutput z = q + nosuch to all\n", head=HEAD)
    assert [d.code for d in refused.value.diagnostics] == ["E2007", "E1001"]


def test_the_statement_says_who_gives_and_who_learns_and_no_size() -> None:
    modules, _ = read(HEAD + BODY)
    said = statement(checked(BODY, head=HEAD))
    text = said.text()
    for line in (
        "north gives `age`: whole numbers [rows.north, wide], each in 0..119",
        "south gives `fee`: fixed[8] numbers [wide], each in 0..0.300781",
        "`cells`: whole numbers [4]; shown only where `count(age > 3) >= 10`, otherwise they see that",
        "`shares`: fixed[16] numbers [rows]",
        "`count(flag) > 1`: one truth value",
        "the parameter `bands` = 4",
        "no single party learns anything about the inputs of the others, besides what stands above,",
    ):
        assert line in text
    for rows, wide in ((7, 2), (500, 70), (1, 1)):
        again = statement(checked(BODY, {"rows": rows, "wide": wide}, HEAD))
        assert again == said
        assert digest(again, modules.sources) == digest(said, modules.sources)


def test_the_digest_covers_statement_and_texts() -> None:
    modules, _ = read(HEAD + BODY)
    said = statement(checked(BODY, head=HEAD))
    other = statement(checked(BODY, head=HEAD, params={"bands": 5}))
    changed, _ = read(HEAD + BODY + "# a remark\n")
    assert len({digest(said, modules.sources), digest(other, modules.sources),
                digest(said, changed.sources)}) == 3


@pytest.mark.parametrize(("body", "codes"), [
    ("output z = sum(age) + fee[0] to all\n", ["W6001"]),
    ("output z = sum(age) + fee[0] + count(flag) to all\noutput q = rate to all\n", ["W6002"]),
    ("output z = sum(age) + fee[0] + count(flag) to all\noutput q = 1 - fee to north\n", ["W6003"]),
    ("output z = sum(age) + fee[0] + count(flag) to all\noutput q = 1 - fee to south\n", []),
    ("output z = sum(age) + fee[0] to all if count(flag) > 0\n", ["W6004"]),
])
def test_warnings(body: str, codes: list[str]) -> None:
    program = checked(body, {"rows": 3, "wide": 2}, HEAD)
    assert [w.code for w in program.warnings] == codes
