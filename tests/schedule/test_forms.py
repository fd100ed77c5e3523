"""In which forms numbers are held: an input that is wanted in two is entered in both, and never converted."""

from __future__ import annotations

from collections import Counter

import pytest
from cloister.compiler.pipeline import Compiled, Options, compile_program, load_program, read_text
from cloister.compiler.price.network import NETWORKS

from ..language.running import HEAD, results

BOTH = {
    "one party's": "input x: int16[70] in -900..900 from a\n",
    "the rows of several, moved": "input w: int16[40] in -900..900 from a\ninput v: int16[31] in 0..900 from b\n"
                                  "x = concat(w, v)[1:]\n",
}
TAIL = "output s = sum(x) to all\noutput m = max(x) to all\n"
LOW = [(i * 331) % 1801 - 900 for i in range(70)]
GIVEN = {"x.a": LOW, "w.a": LOW[:40], "v.b": [abs(v) for v in LOW[:31]]}


def compiled(text: str, network: str) -> Compiled:
    return compile_program(load_program(read_text(HEAD + text)), {}, Options(NETWORKS[network], verify=True))


@pytest.mark.parametrize("network", ["lan", "wan"])
@pytest.mark.parametrize("name", BOTH)
def test_an_input_is_entered_in_both_forms(name: str, network: str) -> None:
    circuit = compiled(BOTH[name] + TAIL, network).expanded()
    entered = [node for node in circuit.nodes if node.op == "input"]
    forms = Counter((node.attrs["name"], node.type.domain) for node in entered)
    assert set(forms.values()) == {1}
    assert {domain for _, domain in forms} == {"arith", "planes"}
    assert len(forms) == 2 * len({node.attrs["name"] for node in entered})
    largest = max(node.type.size for node in entered)
    assert not any(node.op == "part" and circuit.nodes[node.args[0]].type.size >= largest for node in circuit.nodes)


@pytest.mark.parametrize("name", BOTH)
def test_both_sharings_are_of_the_same_numbers(name: str) -> None:
    results(BOTH[name] + TAIL, {key: GIVEN[key] for key in GIVEN if f"input {key[0]}:" in BOTH[name]})


def test_a_wide_sum_and_a_comparison() -> None:
    """The ring of 128 bits is entered too, where the sum asks for it."""
    found = results("input x: int64[70] from a\noutput s = sum(x) to all\noutput m = min(x) to all\n"
                    "output n = count(x < 5) to all\n", {"x.a": [v << 50 for v in LOW]})
    assert found["s"] == sum(LOW) << 50


def test_one_element_of_many_is_converted() -> None:
    """Entering all of an input again for one of its elements would cost more."""
    circuit = compiled("input x: int16[5_000_000] in -900..900 from a\noutput s = sum(x) to all\n"
                       "output m = x[3] > 5 to all\n", "lan").expanded()
    assert sum(node.op == "input" for node in circuit.nodes) == 1
