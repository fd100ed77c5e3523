"""`keep` and `load`: what one program keeps another finds again, bit for bit, and nobody sees it in between."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
from cloister.compiler.check.disclosure import statement
from cloister.compiler.diagnostics import ProgramError
from cloister.compiler.interpret import interpret
from cloister.compiler.pipeline import approve, check_sizes, compile_program, load_program, read_text
from cloister.runtime.data.kept import Owner, Record, find
from cloister.runtime.data.wanted import Wanted, bind
from cloister.runtime.errors import ConfigError, DataError
from cloister.runtime.program import KeptKind, ValueType

from ..properties.test_protocols import opened
from ..runtime.build import run
from .running import HEAD, PROTOCOLS, compiled

KEEPER = """\
size n
size h up to 4
input x: int64[n] from a
input f: fixed[n] in -9..9 from b
input t: table(age: uint8, name: text[11], g: category("low", "high"), o: int16 in -5..5 optional)[h] from c
keep x as "numbers"
keep x[0] * (x[1] // 4) as "wide"
keep f * f as "fixed-point"
keep x > 0 as "signs"
keep [x, 2 * x] as "matrix"
keep t.where(t.age > 9) as "table"
keep 7 as "public"
output done = x[0] to a
"""

LOADER = """\
size n
size h up to 4
load x: int64[n] from "numbers"
load w: int in -2**63 * 2**62..2**63 * 2**62 from "wide"
load f: fixed[n] in -100..100 from "fixed-point"
load s: bool[n] from "signs"
load m: int in -2**64..2**64 from "matrix"
load t: table(age: uint8, name: text[11], g: category("low", "high"), o: int16 in -5..5 optional)[h] from "table"
load p: uint8 from "public"
output x1 = x to all
output w1 = w to a
output f1 = f to all
output s1 = s to all
output p1 = p to c
output n1 = count(t) to all
output o1 = sum(t.o) to all
output g1 = count(t.g == "high") to all
output b1 = count(t.name == "bob") to all
"""

GIVEN: dict[str, Any] = {
    "x.a": [2**63 - 1, -2**63, 0, 1, -1], "f.b": [9 << 16, -(9 << 16), 0, 1, -1],
    "t.age.c": [9, 10, 255, 0], "t.name.c": [[0, 0], [6451042, 0], [6451042, 0], [0, 0]], "t.g.c": [0, 1, 0, 0],
    "t.o.c": [5, -5, 0, 0], "t.o?.c": [1, 1, 0, 0], "h?.c": [1, 1, 1, 0],
}
SIZES = {"n": 5, "h": 4}


def inputs(given: dict[str, Any]) -> dict[str, Any]:
    return {name: np.array(values, dtype=object) for name, values in given.items()}


def loader() -> str:
    """The second program, with the matrix in a shape that a size cannot say."""
    return LOADER.replace("load m: int in -2**64..2**64", "load m: int[2, n] in -2**64..2**64") + "output m1 = m to b\n"


@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize("level", [0, 2])
def test_what_is_kept_is_found_again(protocol: str, level: int) -> None:
    first, second = compiled(KEEPER, SIZES, level), compiled(loader(), SIZES, level)
    said = interpret(first.checked, inputs(GIVEN))
    then = interpret(second.checked, said.kept)
    given = inputs(GIVEN)
    mine = {i: {s.name: given[s.name] for s in first.program.inputs if s.party == i} for i in range(3)}
    kept = [results.kept for results in run(first.program, mine, protocol).results]
    places = {(spec.store, spec.kind.part): i for i, spec in enumerate(first.program.keeps)}
    shares = [[own[places[spec.store, spec.kind.part]] for spec in second.program.loads] for own in kept]
    outcome = run(second.program, {0: {}, 1: {}, 2: {}}, protocol, loaded=shares)
    for results in outcome.results:
        for name, (value, _) in opened(second, results).items():
            assert value.tolist() == then[name].value.astype(object).tolist(), name
    assert then["x1"].value.tolist() == GIVEN["x.a"]
    assert then["w1"].value.item() == (2**63 - 1) * -2**61
    assert [then[name].value.item() for name in ("p1", "n1", "o1", "g1", "b1")] == [7, 2, -5, 1, 2]


def test_nobody_learns_it_and_the_statement_says_so() -> None:
    lines = approve(load_program(read_text(HEAD + KEEPER))).statement.text()
    assert "Kept for a later program: nobody learns it, each party stores its share\n  \"numbers\": `x`" in lines
    assert '"table": `t.where(t.age > 9).o`, whole numbers [h], or missing' in lines
    lines = statement(check_sizes(load_program(read_text(HEAD + loader())), SIZES)).text()
    assert "Taken from an earlier program" in lines
    assert '"fixed-point": `f`, fixed[16] numbers [n] in -100..100' in lines


def test_kept_values_change_what_people_approve() -> None:
    text = HEAD + "input x: int32 from a\noutput y = x > 0 to all\n"
    other = text + 'keep x as "x"\n'
    assert approve(load_program(read_text(text))).digest != approve(load_program(read_text(other))).digest


@pytest.mark.parametrize(("body", "code"), [
    ('input x: int32 from a\nkeep x as "../x"\noutput y = x to a\n', "E0003"),
    ('input x: int32 from a\nkeep x as "x"\nkeep x as "x"\noutput y = x to a\n', "E2010"),
    ('input x: int32 from a\nif x > 3:\n    keep x as "x"\noutput y = x to a\n', "E2009"),
    ('input x: int32[70] from a\nfor i in range(70):\n    keep x[i] as "x"\noutput y = x to a\n', "E2009"),
    ('input x: int32 from a\nkeep "word" as "x"\noutput y = x to a\n', "E2001"),
    ('load x: int32 from "x"\nload y: int32 from "x"\noutput z = x + y to a\n', "E1002"),
    ('load x: int from "x"\noutput z = x to a\n', "E2007"),
    ('load x: int32 from "a.b"\noutput z = x to a\n', "E0003"),
])
def test_what_cannot_be_kept_or_loaded(body: str, code: str) -> None:
    with pytest.raises(ProgramError) as raised:
        compile_program(load_program(read_text(HEAD + body)), {})
    assert code in {item.code for item in raised.value.diagnostics}


def test_a_load_that_nobody_uses_is_warned_of() -> None:
    text = HEAD + 'load x: int32 from "x"\ninput y: int32 from a\noutput z = y > 0 to b\n'
    assert [item.code for item in approve(load_program(read_text(text))).warnings] == ["W6001"]


NUMBERS = KeptKind("", "int", 0, "-5", "9", (3,))


@pytest.mark.parametrize(("want", "kind", "said"), [
    (Wanted("k", "x", "", "int", 0, -5, 9, ("n",)), NUMBERS, ""),
    (Wanted("k", "x", "", "int", 0, -500, 900, (3,)), NUMBERS, ""),
    (Wanted("k", "x", "", "int", 0, -4, 9, ("n",)), NUMBERS, "lies in -5..9"),
    (Wanted("k", "x", "", "fixed", 16, -5, 9, ("n",)), NUMBERS, "of the type int"),
    (Wanted("k", "x", "", "int", 0, -5, 9, ("n", 2)), NUMBERS, "1 dimensions, not 2"),
    (Wanted("k", "x", "", "int", 0, -5, 9, (4,)), NUMBERS, "an extent of 3"),
    (Wanted("k", "x", ".age", "int", 0, -5, 9, ("n",)), NUMBERS, "is no table"),
    (Wanted("k", "x", "", "int", 0, -5, 9, ("n",)), KeptKind(".age", "int", 0, "0", "9", (3,)), "is a table of age"),
    (Wanted("k", "x", ".old", "int", 0, -5, 9, ("n",)), KeptKind(".age", "int", 0, "0", "9", (3,)), "it has age"),
    (Wanted("k", "x", "", "text", 0, 0, 9, ("n",), (), 8), KeptKind("", "text", 0, "0", "9", (3, 1), (), 7), "text[7]"),
    (Wanted("k", "x", "", "category", 0, 0, 1, ("n",), ("b", "a")),
     KeptKind("", "category", 0, "0", "1", (3,), ("a", "b")), "the levels a, b"),
    (Wanted("k", "x", "?", "bool", 0, 0, 1, ("n",)), NUMBERS, "leave out `optional`"),
    (Wanted("k", "x", "?rows", "bool", 0, 0, 1, (3,)), NUMBERS, "public number of rows"),
])
def test_types_have_to_be_those_that_were_kept(want: Wanted, kind: KeptKind, said: str) -> None:
    if not said:
        assert bind([want], {"k": [kind]}) == ({"n": 3} if "n" in want.dims else {})
        return
    with pytest.raises(DataError, match=said.replace("[", r"\[")):
        bind([want], {"k": [kind]})


def test_where_values_are_missing_cannot_be_left_behind() -> None:
    want = Wanted("k", "x", "", "int", 0, -5, 9, ("n",))
    with pytest.raises(DataError, match="declare it `optional`"):
        bind([want], {"k": [NUMBERS, KeptKind("?", "bool", 0, "0", "1", (3,))]})
    with pytest.raises(DataError, match="up to 3"):
        bind([want], {"k": [NUMBERS, KeptKind("?rows", "bool", 0, "0", "1", (3,))]})


NARROWED = """\
param full: bool = false
input x: int[4] in -1_000_000_000_000_000_000_000..1_000_000_000_000_000_000_000 from a
flag = select(full, 1, 0)
keep select(flag > 0, x, x // 1_000_000_000_000) as "y"
output z = x > 0 to a
"""


def test_what_a_pass_finds_out_does_not_change_how_it_is_kept() -> None:
    """Whoever loads it declares a range; in which ring it is held follows from that of the program that keeps it."""
    held = {compiled(NARROWED, level=level).program.keeps[0].kind for level in (0, 1, 2)}
    widths = set()
    for level in (0, 1, 2):
        program = compiled(NARROWED, level=level).program
        widths.add(program.body.types[program.body.results[program.keeps[0].value]].width)
    assert widths == {128}
    assert len(held) == 1


def test_a_record_of_a_party_that_is_not_there_is_damaged(tmp_path: Path) -> None:
    owner = Owner(("a", "b"), 5, (), "additive")
    record = Record("x", b"s", owner, (NUMBERS,), (ValueType("arith", 64, (3,)),), "p", "d", 0)
    head = msgspec.msgpack.encode(record)
    path = tmp_path / "x.kept"
    path.write_bytes(b"CLOISTER kept 1\n" + len(head).to_bytes(4, "little") + head)
    path.chmod(0o600)
    with pytest.raises(ConfigError, match="damaged"):
        find(tmp_path, "x")
