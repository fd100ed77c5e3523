"""The units that forms are chosen by: what a protocol takes for one element, before the run and in it."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest
from cloister.compiler.gadgets.kit import Kit
from cloister.compiler.ir.build import Builder
from cloister.compiler.pipeline import Compiled, Options, compile_program, load_program, read_text
from cloister.compiler.price.circuit import Price
from cloister.compiler.price.network import LAN
from cloister.compiler.protocol.units import Amount, Units
from cloister.compiler.report.estimate import Estimate, estimate
from cloister.runtime.protocols.additive import Additive
from cloister.runtime.protocols.base import Protocol
from cloister.runtime.protocols.replicated import Replicated


def _units(protocol: Protocol) -> Units:
    return Units(Kit(Builder("protocol"), protocol, LAN))


def _bits(amount: Amount) -> tuple[Fraction, Fraction]:
    return amount.sent, amount.prepared


def test_of_three_parties():
    """Nothing is prepared; an element of a ring is sent for what is shared and for a product."""
    units = _units(Replicated(3))
    assert _bits(units.conjunction()) == _bits(units.parted()) == (1, 0)
    assert _bits(units.entered(20)) == (20, 0)
    assert (*_bits(units.injected(64).amount), units.injected(64).rounds) == (128, 0, 2)
    assert (*_bits(units.chosen(128).amount), units.chosen(128).rounds) == (384, 0, 3)


@pytest.mark.parametrize("parties", [2, 3])
def test_of_parties_that_prepare(parties):
    """Both factors of an AND to everybody else, and its triple: 33 bits each way with k = 4 where both are shared."""
    units = _units(Additive(parties))
    assert _bits(units.conjunction()) == (2 * (parties - 1), 33 * (parties - 1))
    assert _bits(units.entered(64)) == _bits(units.parted()) == (0, 0)
    assert units.chosen(64).amount.prepared < (units.conjunction() * 32).prepared
    assert units.injected(64).rounds == {2: 1, 3: 2}[parties]


CLIPPED = """\
party a, b
security dishonest_majority, semi_honest
input x: int32[2000] from a
input y: int32[2000] from b
output total = sum(min(max(x + y, 0), 1000)) to all
"""


def _compiled() -> Compiled:
    return compile_program(load_program(read_text(CLIPPED)), {}, Options(LAN, protocol="additive"))


def _bytes(compiled: Compiled) -> tuple[int, Estimate]:
    found = estimate(compiled.program, compiled.protocol, LAN)
    return max(found.bytes_sent.values()) + max(found.preprocessing_bytes.values()), found


def test_forms_count_what_is_prepared(monkeypatch):
    """Where only what the run sends counts, more is sent in all, in more rounds too."""
    counted, found = _bytes(_compiled())
    price = Amount.price

    def online(amount: Amount, rounds: int) -> Price:
        return replace(price(amount, rounds), prepared=0)

    monkeypatch.setattr(Amount, "price", online)
    uncounted, other = _bytes(_compiled())
    assert counted < 0.9 * uncounted
    assert found.rounds <= other.rounds
