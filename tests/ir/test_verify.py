"""What `verify` refuses, each with the pass and the node named."""

from __future__ import annotations

import pytest
from cloister.compiler.diagnostics import InternalError
from cloister.compiler.ir.text import parse_circuit
from cloister.compiler.ir.verify import verify
from cloister.compiler.lower.program import lower

from ..interpret.test_interpret import horner

X = "%0 = input {name: 'x.north'} : num[0..9]<3>\n"
BIT = X + "%1 = const {values: (5,)} : public num[5..5]<3>\n%2 = lt %0 %1 : bit<3>\n"


def output(value: str, element: str = "int", receivers: str = "('north',)", flagged: bool = False,
           frac: int = 0) -> str:
    attrs = f"element: '{element}', flagged: {flagged}, frac: {frac}, name: 'r', receivers: {receivers}"
    return f"= output {{{attrs}}} {value}\n"


ILLEGAL = [
    ("%0 = mul_shares : num[0..1]<>", "no operation of the circuit stage"),
    (X + "%1 = neg %1 : num[-9..0]<3>", "does not come earlier"),
    (X + "%1 = neg %2 : num[-9..0]<3>\n%2 = neg %0 : num[-9..0]<3>", "does not come earlier"),
    (X + "%1 = neg %0 : num[-8..0]<3>", "the rule says"),
    (X + "%1 = neg %0 : num[-9..0]<4>", "the rule says"),
    (X + "%1 = neg %0 : public num[-9..0]<3>", "the rule says"),
    (X + "%1 = not %0 : bit<3>", "bit expected"),
    (X + "%1 = add %0 : num[0..9]<3>", "2 operands"),
    (X + "%1 = refine {lo: 9, hi: 0} %0 : num[9..0]<3>", "empty range"),
    (X + "%1 = reshape {shape: (2,)} %0 : num[0..9]<2>", "sizes differ"),
    (X + "%1 = slice {starts: (1,), steps: (1,), counts: (3,)} %0 : num[0..9]<3>", "out of bounds"),
    (X + "%1 = scale {by: 1.5} %0 : num[0..13]<3>", "not plain"),
    (X + "%1 = input {name: 'x.north'} : bit<1>", "of one name"),
    (X + "%1 = input {name: 'y'} : arith64<1>", "no arith at the circuit stage"),
    ("%0 = const {values: (1, 2)} : num[0..9]<3>", "one value, or one each"),
    ("%0 = const {values: (1, 2, 10)} : num[0..9]<3>", "outside of its range"),
    ("%0 = iota {start: 0, step: 3} : num[0..5]<3>", "outside of its range"),
    (X + "%1 " + output("%0", receivers="()"), "nobody"),
    (X + "%1 " + output("%0", receivers="('a', 'a')"), "twice"),
    (X + "%1 " + output("%0", element="bool"), "another kind"),
    (X + "%1 " + output("%0", element="text"), "no element"),
    (X + "%1 " + output("%0", frac=3), "fractional"),
    (X + "%1 " + output("%0", flagged=True), "a flag if it is flagged"),
    (X + "%1 " + output("%0 %0", flagged=True), "a flag is a bit"),
    (BIT + "%3 = sum {axes: (0,)} %0 : num[0..27]<>\n%4 " + output("%3 %2", flagged=True), "does not lead"),
    (X + "%1 " + output("%0") + "%2 = neg %1 : num[0..9]<3>", "yields no value"),
    (X + "yield %1", "no result"),
    (X + "%1 " + output("%0") + "yield %1", "no value"),
    ("%0 = arg {index: 0} : num[0..9]<3>", "only inside of a loop"),
    (X + "%1 = result {index: 0} %0 : num[0..9]<3>", "from a loop"),
]


@pytest.mark.parametrize(("text", "message"), ILLEGAL)
def test_illegal(text: str, message: str) -> None:
    with pytest.raises(InternalError, match=f"after the pass: .*{message}"):
        verify(parse_circuit("circuit\n" + text), "the pass")


TRIP = "    %0 = arg {index: 0} : public num[0..4]<>\n"
CARRIED = TRIP + "    %1 = arg {index: 1} : num[0..9]<3>\n"


def loop(body: str, trips: int = 5, carried: int = 1) -> str:
    return X + f"%1 = loop {{carried: {carried}, trips: {trips}}} %0\n" + body


BAD_LOOPS = [
    (loop(TRIP + "    yield %0"), "not one argument each"),
    (loop(CARRIED + "    %2 = arg {index: 1} : num[0..9]<3>\n    yield %1"), "not one argument each"),
    (loop(CARRIED.replace("public ", "") + "    yield %1"), "trip number"),
    (loop(CARRIED.replace("0..9", "0..8") + "    yield %1"), "given num"),
    (loop(CARRIED + "    %2 = neg %1 : num[-9..0]<3>\n    yield %2"), "the body yields"),
    (loop(CARRIED), "does not yield"),
    (loop(CARRIED + "    yield %1", carried=2), "do not fit"),
    (loop(CARRIED + "    yield %1", trips=-1), "do not fit"),
    (loop(CARRIED + "    %2 = input {name: 'y'} : num[0..1]<>\n    yield %1"), "not inside of a loop"),
    (loop(CARRIED + "    yield %1\n%2 = result {index: 1} %1 : num[0..9]<3>"), "no such carried"),
    (loop(CARRIED + "    yield %1\n%2 = result {index: 0} %1 : num[0..8]<3>"), "the loop ends with"),
]


@pytest.mark.parametrize(("text", "message"), BAD_LOOPS)
def test_bodies_agree_with_what_goes_in_and_out(text: str, message: str) -> None:
    with pytest.raises(InternalError, match=message):
        verify(parse_circuit("circuit\n" + text), "the pass")


def test_legal() -> None:
    verify(parse_circuit("circuit\n" + BIT + "%3 " + output("%0 %2", flagged=True)), "nothing")
    verify(parse_circuit("circuit\n" + X + "%1 = neg %0 : num[-10..10]<3>"), "a wider range is no mistake")
    read = loop(CARRIED + "    yield %1\n%2 = result {index: 0} %1 : num[0..9]<3>")
    verify(parse_circuit("circuit\n" + read), "nothing")
    verify(lower(horner(4)), "lower")


def test_the_node_and_line_are_named() -> None:
    text = "circuit\n" + X + "%1 = neg %0 : num[-8..0]<3> @14"
    with pytest.raises(InternalError, match=r"after fold: %1 = neg \(line 14\)"):
        verify(parse_circuit(text), "fold")


def test_protocol_stage() -> None:
    legal = "protocol\n%0 = input {name: 'x.north'} : arith64<3>\n%1 = mul %0 %0 : arith64<3>\n"
    verify(parse_circuit(legal), "legalise")
    for wrong, message in [
        (legal.replace("arith64<3>\n%1", "arith63<3>\n%1"), "no ring of 63 bits"),
        (legal.replace("mul", "min"), "no operation of the protocol stage"),
        ("protocol\n%0 = const {words: b'1234'} : public public64<3>", "one element, or one each"),
        ("protocol\n%0 = const {words: b'12345678'} : public64<3>", "public and secret"),
    ]:
        with pytest.raises(InternalError, match=message):
            verify(parse_circuit(wrong), "legalise")
