"""Circuit files: what is read, what is refused, and that what is written reads back."""

from __future__ import annotations

import pytest
from cloister.compiler.bristol import Gate, Netlist, read, text

FULL = """7 11
2 2 2
2 1 2

2 1 0 2 4 XOR
2 1 1 3 5 AND
1 1 4 6 INV
1 1 1 7 EQ
2 1 6 7 8 AND
1 1 8 9 EQW
1 1 5 10 EQW
"""


def test_reads_and_writes() -> None:
    net = read(FULL)
    assert net.inputs == (2, 2)
    assert net.outputs == (1, 2)
    assert list(net.results) == [8, 9, 10]
    assert net.gates[2] == Gate("INV", 4, -1, 6)
    assert net.gates[3] == Gate("EQ", 1, -1, 7)
    assert text(net) == FULL
    assert read(text(net)) == net


def test_mand_is_several_ands() -> None:
    net = read("1 6\n2 2 2\n1 2\n4 2 0 1 2 3 4 5 MAND\n")
    assert net.gates == (Gate("AND", 0, 2, 4), Gate("AND", 1, 3, 5))


@pytest.mark.parametrize(("wrong", "message"), [
    ("", "begins with three lines"),
    ("1 3\n2 1 1\n1 1\n2 1 0 1 2 NAND\n", "line 4: no gate is called NAND"),
    ("2 3\n2 1 1\n1 1\n2 1 0 1 2 AND\n", "line 1: 2 gates are announced, 1 follow"),
    ("1 3\n2 1 1\n1 1\n2 1 0 2 2 AND\n", "line 4: wire 2 is read before it is given"),
    ("1 3\n2 1 1\n1 1\n2 1 0 7 2 AND\n", "line 4: wire 7 is read before"),
    ("1 3\n2 1 1\n1 1\n2 1 0 1 1 AND\n", "line 4: wire 1 does not exist or is given twice"),
    ("1 3\n2 1 1\n1 1\n2 1 0 1 9 AND\n", "line 4: wire 9 does not exist"),
    ("1 3\n2 1 1\n1 1\n1 1 0 1 2 AND\n", "line 4: the numbers of wires do not fit"),
    ("1 3\n2 1 1\n1 1\n2 1 0 -1 2 AND\n", "line 4: whole numbers"),
    ("1 3\n2 1 1\n1 1\n1 1 2 2 EQ\n", "line 4: the constant of an EQ"),
    ("1 4\n2 1 1\n1 1\n2 1 0 1 2 AND\n", "given by no gate"),
    ("1 3\n2 1\n1 1\n2 1 0 1 2 AND\n", "line 2: the number of values"),
    ("1 3\n1 0\n1 1\n2 1 0 1 2 AND\n", "line 2: the number of values"),
    ("0 1\n1 5\n1 1\n", "fewer wires"),
    ("1 99999999999\n1 1\n1 1\n2 1 0 0 1 AND\n", "line 1: whole numbers"),
    ("1 999999999\n1 1\n1 1\n2 1 0 0 1 AND\n", "line 1: the number of gates"),
])
def test_refuses(wrong: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        read(wrong)


def test_an_empty_circuit_gives_its_inputs() -> None:
    assert read("0 2\n1 2\n1 2\n") == Netlist((2,), (2,), 2, ())
