"""Recurrences freed of their loops, text to text."""

from __future__ import annotations

import pytest
from cloister.compiler.passes.vectorise import vectorise_loops

from .texts import becomes

HEAD = """circuit
%0 = input {name: 'x.a'} : num[-9..9]<9>
%1 = input {name: 'k.a'} : num[0..1]<9>
%2 = input {name: 'c.a'} : bit<9>
%3 = const {values: (0,)} : public num[0..0]<>
%4 = const {values: (0,)} : public num[0..0]<9>
"""
OUT = "{element: 'int', flagged: False, frac: 0, name: 'r', receivers: ('a',)}"
#: A loop over two arrays, up to what is done with an element of each.
LOOP = """\
%5 = loop {carried: 1, trips: 9} %3 %0 %1
    %0 = arg {index: 0} : public num[0..8]<>
    %1 = arg {index: 1} : num[-99..99]<>
    %2 = arg {index: 2} : num[-9..9]<9>
    %3 = arg {index: 3} : num[0..1]<9>
    %4 = take_at %2 %0 : num[-9..9]<>
    %5 = take_at %3 %0 : num[0..1]<>
"""
CASES = {
    "multiplied and added to, the end alone": (LOOP + """\
    %6 = mul %1 %5 : num[-99..99]<>
    %7 = add %6 %4 : num[-108..108]<>
    %8 = refine {hi: 99, lo: -99} %7 : num[-99..99]<>
    yield %8
%6 = result {index: 0} %5 : num[-99..99]<>
%7 = output {OUT} %6
""", """\
circuit
%0 = input {name: 'x.a'} : num[-9..9]<9>
%1 = input {name: 'k.a'} : num[0..1]<9>
%2 = slice {counts: (9,), starts: (0,), steps: (1,)} %0 : num[-9..9]<9>
%3 = slice {counts: (9,), starts: (0,), steps: (1,)} %1 : num[0..1]<9>
%4 = recurrence {axis: 0, hi: 99, last: True, lo: -99} %2 %3 : num[-99..99]<>
%5 = output {OUT} %4
"""),
    "the value since a condition held": ("""\
%5 = loop {carried: 2, trips: 9} %3 %4 %0 %2
    %0 = arg {index: 0} : public num[0..8]<>
    %1 = arg {index: 1} : num[-9..9]<>
    %2 = arg {index: 2} : num[-9..9]<9>
    %3 = arg {index: 3} : num[-9..9]<9>
    %4 = arg {index: 4} : bit<9>
    %5 = take_at %3 %0 : num[-9..9]<>
    %6 = take_at %4 %0 : bit<>
    %7 = select %6 %5 %1 : num[-9..9]<>
    %8 = put_at %2 %0 %7 : num[-9..9]<9>
    yield %7 %8
%6 = result {index: 1} %5 : num[-9..9]<9>
%7 = output {OUT} %6
""", """\
circuit
%0 = input {name: 'x.a'} : num[-9..9]<9>
%1 = input {name: 'c.a'} : bit<9>
%2 = const {values: (0,)} : public num[0..0]<>
%3 = slice {counts: (9,), starts: (0,), steps: (1,)} %1 : bit<9>
%4 = not %3 : bit<9>
%5 = not %4 : bit<9>
%6 = slice {counts: (9,), starts: (0,), steps: (1,)} %0 : num[-9..9]<9>
%7 = reshape {shape: (1,)} %2 : public num[0..0]<1>
%8 = concat {axis: 0} %7 %6 : num[-9..9]<10>
%9 = const {values: (0,)} : public bit<>
%10 = reshape {shape: (1,)} %9 : public bit<1>
%11 = concat {axis: 0} %10 %5 : bit<10>
%12 = scan {axis: 0, combine: 'first'} %8 %11 : num[-9..9]<10>
%13 = slice {counts: (9,), starts: (1,), steps: (1,)} %12 : num[-9..9]<9>
%14 = slice {counts: (9,), starts: (0,), steps: (1,)} %13 : num[-9..9]<9>
%15 = output {OUT} %14
"""),
    "cut under `fast`, the end alone": (LOOP + """\
    %6 = scale {by: 3} %5 : num[0..3]<>
    %7 = mul %1 %6 : num[-297..297]<>
    %8 = round {bits: 2, fast: True} %7 : num[-75..75]<>
    %9 = add %8 %4 : num[-84..84]<>
    yield %9
%6 = result {index: 0} %5 : num[-99..99]<>
%7 = output {OUT} %6
""", """\
circuit
%0 = input {name: 'x.a'} : num[-9..9]<9>
%1 = input {name: 'k.a'} : num[0..1]<9>
%2 = slice {counts: (9,), starts: (0,), steps: (1,)} %0 : num[-9..9]<9>
%3 = scale {by: 4} %2 : num[-36..36]<9>
%4 = slice {counts: (9,), starts: (0,), steps: (1,)} %1 : num[0..1]<9>
%5 = scale {by: 3} %4 : num[0..3]<9>
%6 = recurrence {axis: 0, bits: 2, hi: 99, last: True, lo: -99} %3 %5 : num[-99..99]<>
%7 = output {OUT} %6
"""),
    "added to between bounds, the end alone": ("""\
%5 = slice {counts: (3,), starts: (0,), steps: (1,)} %0 : num[-9..9]<3>
%6 = loop {carried: 1, trips: 3} %3 %5
    %0 = arg {index: 0} : public num[0..2]<>
    %1 = arg {index: 1} : num[0..20]<>
    %2 = arg {index: 2} : num[-9..9]<3>
    %3 = take_at %2 %0 : num[-9..9]<>
    %4 = add %1 %3 : num[-9..29]<>
    %5 = const {values: (0,)} : public num[0..0]<>
    %6 = max %4 %5 : num[0..29]<>
    %7 = refine {hi: 20, lo: 0} %6 : num[0..20]<>
    yield %7
%7 = result {index: 0} %6 : num[0..20]<>
%8 = output {OUT} %7
""", """\
circuit
%0 = input {name: 'x.a'} : num[-9..9]<9>
%1 = const {values: (0,)} : public num[0..0]<>
%2 = slice {counts: (3,), starts: (0,), steps: (1,)} %0 : num[-9..9]<3>
%3 = slice {counts: (3,), starts: (0,), steps: (1,)} %2 : num[-9..9]<3>
%4 = reshape {shape: (1,)} %1 : public num[0..0]<1>
%5 = broadcast {shape: (3,)} %4 : public num[0..0]<3>
%6 = slice {counts: (1,), starts: (2,), steps: (1,)} %5 : public num[0..0]<1>
%7 = slice {counts: (1,), starts: (2,), steps: (1,)} %3 : num[-9..9]<1>
%8 = slice {counts: (1,), starts: (0,), steps: (2,)} %5 : public num[0..0]<1>
%9 = slice {counts: (1,), starts: (0,), steps: (2,)} %3 : num[-9..9]<1>
%10 = slice {counts: (1,), starts: (1,), steps: (2,)} %5 : public num[0..0]<1>
%11 = slice {counts: (1,), starts: (1,), steps: (2,)} %3 : num[-9..9]<1>
%12 = add %9 %11 : num[-18..18]<1>
%13 = add %8 %11 : num[-9..9]<1>
%14 = max %13 %10 : num[0..9]<1>
%15 = concat {axis: 0} %14 %6 : num[0..9]<2>
%16 = concat {axis: 0} %12 %7 : num[-18..18]<2>
%17 = slice {counts: (1,), starts: (0,), steps: (2,)} %15 : num[0..9]<1>
%18 = slice {counts: (1,), starts: (0,), steps: (2,)} %16 : num[-18..18]<1>
%19 = slice {counts: (1,), starts: (1,), steps: (2,)} %15 : num[0..9]<1>
%20 = slice {counts: (1,), starts: (1,), steps: (2,)} %16 : num[-18..18]<1>
%21 = add %18 %20 : num[-36..36]<1>
%22 = add %17 %20 : num[-18..27]<1>
%23 = max %22 %19 : num[0..27]<1>
%24 = add %4 %21 : num[-36..36]<1>
%25 = max %24 %23 : num[0..36]<1>
%26 = reshape {shape: ()} %25 : num[0..36]<>
%27 = refine {hi: 20, lo: 0} %26 : num[0..20]<>
%28 = output {OUT} %27
"""),
}


@pytest.mark.parametrize("name", CASES)
def test_before_and_after(name: str) -> None:
    before, after = (text.replace("{OUT}", OUT) for text in CASES[name])
    becomes(vectorise_loops, HEAD + before, after, "vectorise-loops")
