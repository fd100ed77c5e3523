"""The passes that make circuits shallower, text to text; and what they do to whole programs."""

from __future__ import annotations

import pytest
from cloister.compiler.passes.choices import balance_selects
from cloister.compiler.passes.counts import count_bits
from cloister.compiler.passes.fold import fold_constants
from cloister.compiler.passes.products import fuse_products
from cloister.compiler.passes.reassociate import reassociate
from cloister.compiler.passes.savings import multiplicative_depth, savings
from cloister.compiler.passes.selects import simplify_selects
from cloister.compiler.passes.sums import gather_sums
from cloister.compiler.pipeline import Compiled, Options, compile_program, load_program, read_text
from cloister.compiler.price.network import NETWORKS
from cloister.runtime.protocols.registry import for_name
from cloister.runtime.traffic import traffic

from .texts import becomes, circuit

OUT = "{element: 'int', flagged: False, frac: 0, name: 'r', receivers: ('a',)}"
BIT = "{element: 'bool', flagged: False, frac: 0, name: 'r', receivers: ('a',)}"
#: As they stand in an indented text.
INPUTS = "\n        ".join(f"%{k} = input {{name: '{name}.a'}} : num[0..9]<>" for k, name in enumerate("xyzw"))
BITS = "\n        ".join(f"%{k} = input {{name: '{name}.a'}} : bit<>" for k, name in enumerate("cdef"))
MIXED = """%0 = input {name: 'c.a'} : bit<>
        %1 = input {name: 'x.a'} : num[0..9]<>
        %2 = input {name: 'y.a'} : num[0..9]<>"""


CASES = {
    "a product in a row": (reassociate, f"""
        {INPUTS}
        %4 = mul %0 %1 : num[0..81]<>
        %5 = mul %4 %2 : num[0..729]<>
        %6 = mul %5 %3 : num[0..6561]<>
        %7 = output {OUT} %6
    """, f"""
        {INPUTS}
        %4 = mul %0 %1 : num[0..81]<>
        %5 = mul %2 %3 : num[0..81]<>
        %6 = mul %4 %5 : num[0..6561]<>
        %7 = output {OUT} %6
    """),
    "what is ready first is combined first": (reassociate, f"""
        {BITS}
        %4 = input {{name: 'x.a'}} : num[0..9]<>
        %5 = lt %4 %4 : bit<>
        %6 = and %5 %0 : bit<>
        %7 = and %6 %1 : bit<>
        %8 = and %7 %2 : bit<>
        %9 = output {BIT} %8
    """, f"""
        {BITS.rpartition("%3")[0].rstrip()}
        %3 = input {{name: 'x.a'}} : num[0..9]<>
        %4 = lt %3 %3 : bit<>
        %5 = and %0 %1 : bit<>
        %6 = and %2 %5 : bit<>
        %7 = and %6 %4 : bit<>
        %8 = output {BIT} %7
    """),
    "values on the way come from a prefix network": (reassociate, f"""
        {INPUTS}
        %4 = max %0 %1 : num[0..9]<>
        %5 = max %4 %2 : num[0..9]<>
        %6 = max %5 %3 : num[0..9]<>
        %7 = output {OUT} %5
        %8 = output {OUT.replace("'r'", "'s'")} %6
    """, f"""
        {INPUTS}
        %4 = max %0 %1 : num[0..9]<>
        %5 = max %4 %2 : num[0..9]<>
        %6 = max %2 %3 : num[0..9]<>
        %7 = max %4 %6 : num[0..9]<>
        %8 = output {OUT} %5
        %9 = output {OUT.replace("'r'", "'s'")} %7
    """),
    "a square ends a chain": (reassociate, f"""
        {INPUTS.splitlines()[0]}
        %1 = mul %0 %0 : num[0..81]<>
        %2 = mul %1 %1 : num[0..6561]<>
        %3 = output {OUT} %2
    """, None),
    "a rounding ends a chain": (reassociate, f"""
        {INPUTS}
        %4 = mul %0 %1 : num[0..81]<>
        %5 = round {{bits: 2}} %4 : num[0..20]<>
        %6 = mul %5 %2 : num[0..180]<>
        %7 = round {{bits: 2}} %6 : num[0..45]<>
        %8 = mul %7 %3 : num[0..405]<>
        %9 = output {OUT} %8
    """, None),
    "a chain that would need a wider ring": (reassociate, f"""
        %0 = input {{name: 'x.a'}} : num[0..0]<>
        %1 = input {{name: 'y.a'}} : num[0..{2**60}]<>
        %2 = mul %0 %1 : num[0..0]<>
        %3 = mul %2 %1 : num[0..0]<>
        %4 = mul %3 %1 : num[0..0]<>
        %5 = output {OUT} %4
    """, None),
    "a maximum by hand": (simplify_selects, f"""
        {MIXED}
        %3 = lt %1 %2 : bit<>
        %4 = select %3 %2 %1 : num[0..9]<>
        %5 = output {OUT} %4
    """, f"""
        %0 = input {{name: 'x.a'}} : num[0..9]<>
        %1 = input {{name: 'y.a'}} : num[0..9]<>
        %2 = max %1 %0 : num[0..9]<>
        %3 = output {OUT} %2
    """),
    "adding under a condition": (simplify_selects, f"""
        {MIXED}
        %3 = add %1 %2 : num[0..18]<>
        %4 = select %0 %3 %1 : num[0..18]<>
        %5 = output {OUT} %4
    """, f"""
        {MIXED}
        %3 = const {{values: (0,)}} : public num[0..0]<>
        %4 = select %0 %2 %3 : num[0..9]<>
        %5 = add %1 %4 : num[0..18]<>
        %6 = output {OUT} %5
    """),
    "one condition, chosen twice": (simplify_selects, f"""
        {MIXED}
        %3 = neg %1 : num[-9..0]<>
        %4 = select %0 %1 %2 : num[0..9]<>
        %5 = not %0 : bit<>
        %6 = select %5 %3 %4 : num[-9..9]<>
        %7 = output {OUT} %6
    """, f"""
        {MIXED.rpartition("%2")[0].rstrip()}
        %2 = neg %1 : num[-9..0]<>
        %3 = select %0 %1 %2 : num[-9..9]<>
        %4 = output {OUT} %3
    """),
    "two conditions for one value": (simplify_selects, f"""
        {MIXED}
        %3 = input {{name: 'd.a'}} : bit<>
        %4 = select %3 %1 %2 : num[0..9]<>
        %5 = select %0 %4 %2 : num[0..9]<>
        %6 = output {OUT} %5
    """, f"""
        {MIXED}
        %3 = input {{name: 'd.a'}} : bit<>
        %4 = and %0 %3 : bit<>
        %5 = select %4 %1 %2 : num[0..9]<>
        %6 = output {OUT} %5
    """),
    "a choice of four": (balance_selects, f"""
        {BITS}
        %4 = input {{name: 'x.a'}} : num[0..9]<5>
        %5 = slice {{counts: (1,), starts: (0,), steps: (1,)}} %4 : num[0..9]<1>
        %6 = reshape {{shape: ()}} %5 : num[0..9]<>
        %7 = neg %6 : num[-9..0]<>
        %8 = abs %6 : num[0..9]<>
        %9 = add %6 %6 : num[0..18]<>
        %10 = select %3 %9 %6 : num[0..18]<>
        %11 = select %2 %8 %10 : num[0..18]<>
        %12 = select %1 %7 %11 : num[-9..18]<>
        %13 = select %0 %6 %12 : num[-9..18]<>
        %14 = output {OUT} %13
    """, f"""
        {BITS}
        %4 = input {{name: 'x.a'}} : num[0..9]<5>
        %5 = slice {{counts: (1,), starts: (0,), steps: (1,)}} %4 : num[0..9]<1>
        %6 = reshape {{shape: ()}} %5 : num[0..9]<>
        %7 = neg %6 : num[-9..0]<>
        %8 = abs %6 : num[0..9]<>
        %9 = add %6 %6 : num[0..18]<>
        %10 = select %3 %9 %6 : num[0..18]<>
        %11 = select %2 %8 %10 : num[0..18]<>
        %12 = or %0 %1 : bit<>
        %13 = select %0 %6 %7 : num[-9..9]<>
        %14 = select %12 %13 %11 : num[-9..18]<>
        %15 = output {OUT} %14
    """),
    "products in a sum": (gather_sums, f"""
        {INPUTS}
        %4 = mul %0 %1 : num[0..81]<>
        %5 = mul %2 %3 : num[0..81]<>
        %6 = sub %4 %5 : num[-81..81]<>
        %7 = add %6 %0 : num[-81..90]<>
        %8 = output {OUT} %7
    """, f"""
        {INPUTS}
        %4 = reshape {{shape: (1,)}} %0 : num[0..9]<1>
        %5 = reshape {{shape: (1,)}} %1 : num[0..9]<1>
        %6 = reshape {{shape: (1,)}} %2 : num[0..9]<1>
        %7 = reshape {{shape: (1,)}} %3 : num[0..9]<1>
        %8 = neg %6 : num[-9..0]<1>
        %9 = concat {{axis: 0}} %4 %8 : num[-9..9]<2>
        %10 = concat {{axis: 0}} %5 %7 : num[0..9]<2>
        %11 = dot {{axis: 0}} %9 %10 : num[-162..162]<>
        %12 = add %0 %11 : num[-162..171]<>
        %13 = refine {{hi: 90, lo: -81}} %12 : num[-81..90]<>
        %14 = output {OUT} %13
    """),
    "a masked sum is a dot product": (fuse_products, f"""
        %0 = input {{name: 'c.a'}} : bit<10>
        %1 = input {{name: 'x.a'}} : num[0..9]<10>
        %2 = const {{values: (0,)}} : public num[0..0]<10>
        %3 = select %0 %1 %2 : num[0..9]<10>
        %4 = sum {{axes: (0,)}} %3 : num[0..90]<>
        %5 = output {OUT} %4
    """, f"""
        %0 = input {{name: 'c.a'}} : bit<10>
        %1 = input {{name: 'x.a'}} : num[0..9]<10>
        %2 = to_num %0 : num[0..1]<10>
        %3 = dot {{axis: 0}} %2 %1 : num[0..90]<>
        %4 = output {OUT} %3
    """),
    "a count": (count_bits, f"""
        %0 = input {{name: 'c.a'}} : bit<10x3>
        %1 = to_num %0 : num[0..1]<10x3>
        %2 = sum {{axes: (0, 1)}} %1 : num[0..30]<>
        %3 = output {OUT} %2
    """, f"""
        %0 = input {{name: 'c.a'}} : bit<10x3>
        %1 = count {{axes: (0, 1)}} %0 : num[0..30]<>
        %2 = output {OUT} %1
    """),
    "bits that are numbers anyway are summed": (count_bits, f"""
        %0 = input {{name: 'c.a'}} : bit<10>
        %1 = to_num %0 : num[0..1]<10>
        %2 = sum {{axes: (0,)}} %1 : num[0..10]<>
        %3 = output {OUT} %2
        %4 = output {OUT.replace("'r'", "'s'")} %1
    """, None),
    "ranges decide a maximum": (fold_constants, f"""
        %0 = input {{name: 'x.a'}} : num[0..9]<>
        %1 = const {{values: (-5,)}} : public num[-5..-5]<>
        %2 = max %1 %0 : num[0..9]<>
        %3 = output {OUT} %2
    """, f"""
        %0 = input {{name: 'x.a'}} : num[0..9]<>
        %1 = output {OUT} %0
    """),
}


@pytest.mark.parametrize("name", CASES)
def test_before_and_after(name: str) -> None:
    step, before, after = CASES[name]
    becomes(step, circuit(before), circuit(before if after is None else after), name)


# --------------------------------------------------------------------------- whole programs

HEAD = """party a, b, c
security honest_majority, semi_honest
input x: int8[100] from a
input y: int8[100] from b
input b: bool[100] from c
"""

#: A program, the most rounds that it may take at -O2 (sharing and opening included), and at least at -O0.
PROGRAMS = {
    "prefix sums": ("s: int64 = 0\nfor i in range(100):\n    s = s + x[i]\n    output r[i] = s to all\n", 2, 2),
    "running maximum": ("m: int64 = -200\nfor i in range(100):\n    m = max(m, x[i])\n    output r[i] = m to all\n",
                        2 + 7 * 5, 900),
    "largest and where": ("m: int64 = -200\nw: int64 = -1\nfor i in range(100):\n    if x[i] > m:\n        m = x[i]\n"
                          "        w = i\noutput r = w to all\n", 52, 900),
    "a counter": ("s: int64 = 0\nfor i in range(60):\n    if x[i] > y[i]:\n        s = s + 1\n"
                  "output r = s to all\n", 9, 60),
    "a chain of and": ("k: bool = true\nfor i in range(60):\n    k = k and x[i] > y[i]\noutput r = k to all\n", 12, 60),
    "a short recurrence": ("s = 0\nfor i in range(60):\n    s = s * int(b[i]) + x[i]\noutput r = s to all\n", 11, 60),
    "a polynomial": ("v = x[0]\noutput r = ((((v + 2) * v - 3) * v + 4) * v + 5) * v + 6 to all\n", 5, 6),
    "a product": ("output r = x[0] * x[1] * x[2] * x[3] * x[4] * x[5] * x[6] * x[7] to all\n", 5, 9),
    "written-out products": ("s: int64 = 0\nfor i in range(60):\n    s = s + x[i] * y[i]\noutput r = s to all\n", 3, 3),
    "the last choice": ("w: int64 = -1\nfor i in range(100):\n    if b[i]:\n        w = y[i]\n"
                        "output r = w to all\n", 14, 200),
}


def compiled(text: str, level: int, network: str = "lan") -> Compiled:
    return compile_program(load_program(read_text(HEAD + text)), {}, Options(NETWORKS[network], level, verify=True))


@pytest.mark.parametrize("name", PROGRAMS)
def test_depth(name: str) -> None:
    text, most, before = PROGRAMS[name]
    after = compiled(text, 2)
    assert not any(node.op == "loop" for node in after.stages[-1][1].nodes)
    assert traffic(after.program, for_name("replicated", 3)).rounds <= most
    assert traffic(compiled(text, 0).program, for_name("replicated", 3)).rounds >= before


def test_nothing_grows_with_the_trips_of_a_scan() -> None:
    """A running maximum of 200 and of 100,000 elements: the size is that of the levels."""
    def nodes(n: int) -> int:
        head = f"party a, b, c\nsecurity honest_majority, semi_honest\ninput x: int8[{n}] from a\n"
        text = f"m: int64 = -200\nfor i in range({n}):\n    m = max(m, x[i])\n    output r[i] = m to all\n"
        loaded = load_program(read_text(head + text))
        return len(compile_program(loaded, {}, Options()).stages[-1][1].nodes)

    assert nodes(100_000) < 4 * nodes(200)


def test_networks_choose_different_counts() -> None:
    """A hundred thousand bits are first added up where bytes cost more than rounds, and injected otherwise."""
    counted = "input b: bool[100000] from a\noutput r = count(b) to all\n"
    loaded = load_program(read_text("party a, b, c\nsecurity honest_majority, semi_honest\n" + counted))
    bytes_sent = {}
    for network in ("mobile", "wan"):
        found = compile_program(loaded, {}, Options(NETWORKS[network]))
        assert any(choice.what in ("count", "sharing of count") for choice in found.choices)
        bytes_sent[network] = traffic(found.program, for_name("replicated", 3)).bytes_sent[0]
    assert 10 * bytes_sent["mobile"] < bytes_sent["wan"]


def test_savings_tell_what_each_pass_did() -> None:
    found = compiled(PROGRAMS["a product"][0], 2)
    stages = savings(found)
    assert [stage.name for stage in stages] == [name for name, _ in found.stages]
    first, last = stages[0], stages[-1]
    assert last.rounds == traffic(found.program, found.protocol).rounds
    assert last.depth == multiplicative_depth(found.stages[-1][1])
    assert last.depth < first.depth
    assert last.rounds < first.rounds
    assert all(stage.nodes > 0 for stage in stages)
