"""Each pass, text to text; and what no pass may do."""

from __future__ import annotations

import pytest
from cloister.compiler.ir.text import parse_circuit, print_circuit
from cloister.compiler.passes.dead import drop_dead
from cloister.compiler.passes.fold import fold_constants
from cloister.compiler.passes.leading import lead_rows
from cloister.compiler.passes.products import fuse_products
from cloister.compiler.passes.share import share_common
from cloister.compiler.pipeline import PASSES

from .texts import becomes, circuit

X = "%0 = input {name: 'x.a'} : num[0..100]<10>"
OUT = "{element: 'int', flagged: False, frac: 0, name: 'r', receivers: ('a',)}"


CASES = {
    "x + 0": (fold_constants, f"""
        {X}
        %1 = const {{values: (0,)}} : public num[0..0]<10>
        %2 = add %0 %1 : num[0..100]<10>
        %3 = output {OUT} %2
    """, f"""
        {X}
        %1 = output {OUT} %0
    """),
    "constants of constants": (fold_constants, f"""
        {X}
        %1 = const {{values: (7,)}} : public num[7..7]<10>
        %2 = const {{values: (-2,)}} : public num[-2..-2]<10>
        %3 = floordiv %1 %2 : public num[-4..-4]<10>
        %4 = add %0 %3 : num[-4..96]<10>
        %5 = output {OUT} %4
    """, f"""
        {X}
        %1 = const {{values: (-4,)}} : public num[-4..-4]<10>
        %2 = add %0 %1 : num[-4..96]<10>
        %3 = output {OUT} %2
    """),
    "a product with a constant is no product": (fold_constants, f"""
        {X}
        %1 = const {{values: (3,)}} : public num[3..3]<10>
        %2 = mul %0 %1 : num[0..300]<10>
        %3 = output {OUT} %2
    """, f"""
        {X}
        %1 = scale {{by: 3}} %0 : num[0..300]<10>
        %2 = output {OUT} %1
    """),
    "select on a constant": (fold_constants, f"""
        {X}
        %1 = const {{values: (1,)}} : public bit<10>
        %2 = neg %0 : num[-100..0]<10>
        %3 = select %1 %0 %2 : num[-100..100]<10>
        %4 = output {OUT} %3
    """, f"""
        {X}
        %1 = output {OUT} %0
    """),
    "not not": (fold_constants, """
        %0 = input {name: 'b.a'} : bit<10>
        %1 = not %0 : bit<10>
        %2 = not %1 : bit<10>
        %3 = output {element: 'bool', flagged: False, frac: 0, name: 'r', receivers: ('a',)} %2
    """, """
        %0 = input {name: 'b.a'} : bit<10>
        %1 = output {element: 'bool', flagged: False, frac: 0, name: 'r', receivers: ('a',)} %0
    """),
    "equal nodes": (share_common, f"""
        {X}
        %1 = mul %0 %0 : num[0..10000]<10>
        %2 = mul %0 %0 : num[0..10000]<10>
        %3 = sub %1 %2 : num[-10000..10000]<10>
        %4 = output {OUT} %3
    """, f"""
        {X}
        %1 = mul %0 %0 : num[0..10000]<10>
        %2 = sub %1 %1 : num[-10000..10000]<10>
        %3 = output {OUT} %2
    """),
    "dead nodes and unused inputs": (drop_dead, f"""
        {X}
        %1 = input {{name: 'y.b'}} : num[0..100]<10>
        %2 = mul %0 %1 : num[0..10000]<10>
        %3 = output {OUT} %0
    """, f"""
        {X}
        %1 = output {OUT} %0
    """),
    "a sum of products over two axes": (fuse_products, f"""
        %0 = input {{name: 'x.a'}} : num[0..9]<2x3x4>
        %1 = mul %0 %0 : num[0..81]<2x3x4>
        %2 = sum {{axes: (0, 2)}} %1 : num[0..648]<3>
        %3 = output {OUT} %2
    """, f"""
        %0 = input {{name: 'x.a'}} : num[0..9]<2x3x4>
        %1 = transpose {{axes: (1, 0, 2)}} %0 : num[0..9]<3x2x4>
        %2 = reshape {{shape: (3, 8)}} %1 : num[0..9]<3x8>
        %3 = dot {{axis: 1}} %2 %2 : num[0..648]<3>
        %4 = output {OUT} %3
    """),
    "first rows of an order": (lead_rows, f"""
        {X}
        %1 = rank {{bytewise: (False,), descending: (True,)}} %0 : num[0..9]<10>
        %2 = move %0 %1 : num[0..100]<10>
        %3 = slice {{counts: (3,), starts: (0,), steps: (1,)}} %2 : num[0..100]<3>
        %4 = slice {{counts: (1,), starts: (1,), steps: (1,)}} %2 : num[0..100]<1>
        %5 = output {OUT} %3
        %6 = output {OUT.replace("'r'", "'s'")} %4
    """, f"""
        {X}
        %1 = leaders {{bytewise: (False,), count: 3, descending: (True,)}} %0 : num[0..9]<3>
        %2 = led %0 %1 : num[0..100]<3>
        %3 = slice {{counts: (1,), starts: (1,), steps: (1,)}} %2 : num[0..100]<1>
        %4 = output {OUT} %2
        %5 = output {OUT.replace("'r'", "'s'")} %3
    """),
    "first rows of an order turned round": (lead_rows, f"""
        {X}
        %1 = rank {{bytewise: (False,), descending: (True,)}} %0 : num[0..9]<10>
        %2 = move %0 %1 : num[0..100]<10>
        %3 = slice {{counts: (3,), starts: (2,), steps: (-1,)}} %2 : num[0..100]<3>
        %4 = output {OUT} %3
    """, f"""
        {X}
        %1 = leaders {{bytewise: (False,), count: 3, descending: (True,)}} %0 : num[0..9]<3>
        %2 = led %0 %1 : num[0..100]<3>
        %3 = slice {{counts: (3,), starts: (2,), steps: (-1,)}} %2 : num[0..100]<3>
        %4 = output {OUT} %3
    """),
    "an order of which more is read": (lead_rows, f"""
        {X}
        %1 = rank {{bytewise: (False,), descending: (True,)}} %0 : num[0..9]<10>
        %2 = move %0 %1 : num[0..100]<10>
        %3 = slice {{counts: (3,), starts: (0,), steps: (1,)}} %2 : num[0..100]<3>
        %4 = output {OUT} %3
        %5 = output {OUT.replace("'r'", "'s'")} %1
    """, None),
    "the last rows of an order": (lead_rows, f"""
        {X}
        %1 = rank {{bytewise: (False,), descending: (True,)}} %0 : num[0..9]<10>
        %2 = move %0 %1 : num[0..100]<10>
        %3 = slice {{counts: (3,), starts: (9,), steps: (-1,)}} %2 : num[0..100]<3>
        %4 = output {OUT} %3
    """, None),
    "a product that is read elsewhere stays": (fuse_products, f"""
        {X}
        %1 = mul %0 %0 : num[0..10000]<10>
        %2 = sum {{axes: (0,)}} %1 : num[0..100000]<>
        %3 = output {OUT} %1
        %4 = output {OUT.replace("'r'", "'s'")} %2
    """, None),
}


@pytest.mark.parametrize("name", CASES)
def test_before_and_after(name: str) -> None:
    step, before, after = CASES[name]
    becomes(step, circuit(before), circuit(before if after is None else after), name)


@pytest.mark.parametrize("step", PASSES, ids=lambda step: step.name)
def test_no_pass_touches_a_rounding(step) -> None:
    text = circuit(f"""
        {X}
        %1 = mul %0 %0 : num[0..10000]<10>
        %2 = round {{bits: 4}} %1 : num[0..625]<10>
        %3 = round {{bits: 2}} %2 : num[0..156]<10>
        %4 = sum {{axes: (0,)}} %3 : num[0..1560]<>
        %5 = output {OUT} %4
    """)
    assert print_circuit(step.run(parse_circuit(text))) == text


@pytest.mark.parametrize("step", PASSES, ids=lambda step: step.name)
def test_passes_go_into_loops(step) -> None:
    text = circuit(f"""
        %0 = input {{name: 'x.a'}} : num[0..9]<>
        %1 = loop {{carried: 1, trips: 5}} %0
            %0 = arg {{index: 0}} : public num[0..4]<>
            %1 = arg {{index: 1}} : num[0..9]<>
            %2 = neg %1 : num[-9..0]<>
            %3 = abs %2 : num[0..9]<>
            yield %3
        %2 = result {{index: 0}} %1 : num[0..9]<>
        %3 = output {OUT} %2
    """)
    assert print_circuit(step.run(parse_circuit(text))) == text
