"""Polynomials, written-out recurrences and shared factors, text to text."""

from __future__ import annotations

import pytest
from cloister.compiler.passes.chains import roll_chains
from cloister.compiler.passes.factor import factor_sums
from cloister.compiler.passes.polynomials import find_polynomials

from .test_depth import BIT, BITS, INPUTS, OUT
from .texts import becomes, circuit


def cut_powers(fast: str) -> str:
    """x^10 of 3 fractional bits within -1..1, each product cut."""
    lines = ["%0 = input {name: 'x.a'} : num[-8..8]<>"]
    for k in range(9):
        lines += [f"%{2 * k + 1} = mul %{2 * k} %0 : num[-64..64]<>",
                  f"%{2 * k + 2} = round {{bits: 3{fast}}} %{2 * k + 1} : num[-8..8]<>"]
    return "\n".join([*lines, f"%19 = output {OUT} %18"])


CASES = {
    "a polynomial by Horner's rule": (find_polynomials, f"""
        {INPUTS.splitlines()[0]}
        %1 = scale {{by: 2}} %0 : num[0..18]<>
        %2 = mul %1 %0 : num[0..162]<>
        %3 = const {{values: (3,)}} : public num[3..3]<>
        %4 = sub %2 %3 : num[-3..159]<>
        %5 = mul %4 %0 : num[-27..1431]<>
        %6 = add %5 %0 : num[-27..1440]<>
        %7 = mul %6 %0 : num[-243..12960]<>
        %8 = output {OUT} %7
    """, f"""
        {INPUTS.splitlines()[0]}
        %1 = polynomial {{coefficients: (0, 0, -2, 0, 2), hi: 12960, lo: -243}} %0 : num[-243..12960]<>
        %2 = output {OUT} %1
    """),
    "products that are cut, under `fast`": (find_polynomials, cut_powers(", fast: True"), f"""
        %0 = input {{name: 'x.a'}} : num[-8..8]<>
        %1 = polynomial {{bits: 27, coefficients: (0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1), hi: 8, lo: -8}} %0 : num[-8..8]<>
        %2 = output {OUT} %1
    """),
    "products that are rounded": (find_polynomials, cut_powers(""), None),
    "powers that others read": (find_polynomials, f"""
        {INPUTS.splitlines()[0]}
        %1 = mul %0 %0 : num[0..81]<>
        %2 = mul %1 %0 : num[0..729]<>
        %3 = output {OUT} %2
        %4 = output {OUT.replace("'r'", "'s'")} %1
    """, None),
    "a factor of several products": (factor_sums, f"""
        {INPUTS}
        %4 = mul %0 %1 : num[0..81]<>
        %5 = mul %2 %0 : num[0..81]<>
        %6 = sub %4 %5 : num[-81..81]<>
        %7 = mul %0 %0 : num[0..81]<>
        %8 = sub %6 %7 : num[-162..81]<>
        %9 = mul %1 %3 : num[0..81]<>
        %10 = add %8 %9 : num[-162..162]<>
        %11 = output {OUT} %10
    """, f"""
        {INPUTS}
        %4 = mul %1 %3 : num[0..81]<>
        %5 = sub %1 %2 : num[-9..9]<>
        %6 = sub %5 %0 : num[-18..9]<>
        %7 = mul %0 %6 : num[-162..81]<>
        %8 = add %7 %4 : num[-162..162]<>
        %9 = output {OUT} %8
    """),
    "a condition of several": (factor_sums, f"""
        {BITS}
        %4 = and %0 %1 : bit<>
        %5 = and %2 %1 : bit<>
        %6 = or %4 %5 : bit<>
        %7 = or %0 %3 : bit<>
        %8 = xor %6 %7 : bit<>
        %9 = output {BIT} %8
    """, f"""
        {BITS}
        %4 = or %0 %2 : bit<>
        %5 = and %1 %4 : bit<>
        %6 = or %0 %3 : bit<>
        %7 = xor %5 %6 : bit<>
        %8 = output {BIT} %7
    """),
    "an or that would take a level more": (factor_sums, f"""
        {BITS}
        %4 = and %0 %1 : bit<>
        %5 = and %2 %1 : bit<>
        %6 = or %4 %5 : bit<>
        %7 = or %6 %3 : bit<>
        %8 = output {BIT} %7
    """, None),
    "products that others read": (factor_sums, f"""
        {INPUTS.rsplit(chr(10), 1)[0]}
        %3 = mul %0 %1 : num[0..81]<>
        %4 = mul %0 %2 : num[0..81]<>
        %5 = add %3 %4 : num[0..162]<>
        %6 = output {OUT} %5
        %7 = output {OUT.replace("'r'", "'s'")} %4
    """, None),
    "a short recurrence": (roll_chains, f"""
        {INPUTS}
        %4 = mul %0 %1 : num[0..81]<>
        %5 = sub %2 %4 : num[-81..9]<>
        %6 = mul %5 %3 : num[-729..81]<>
        %7 = add %6 %0 : num[-729..90]<>
        %8 = mul %1 %7 : num[-6561..810]<>
        %9 = output {OUT} %8
    """, f"""
        {INPUTS}
        %4 = const {{values: (0,)}} : public num[0..0]<>
        %5 = scale {{by: -1}} %1 : num[-9..0]<>
        %6 = reshape {{shape: (1,)}} %0 : num[0..9]<1>
        %7 = reshape {{shape: (1,)}} %2 : num[0..9]<1>
        %8 = reshape {{shape: (1,)}} %4 : public num[0..0]<1>
        %9 = concat {{axis: 0}} %6 %7 %6 %8 : num[0..9]<4>
        %10 = reshape {{shape: (1,)}} %5 : num[-9..0]<1>
        %11 = reshape {{shape: (1,)}} %3 : num[0..9]<1>
        %12 = reshape {{shape: (1,)}} %1 : num[0..9]<1>
        %13 = concat {{axis: 0}} %10 %10 %11 %12 : num[-9..9]<4>
        %14 = recurrence {{axis: 0, hi: 810, last: True, lo: -6561}} %9 %13 : num[-6561..810]<>
        %15 = output {OUT} %14
    """),
    "a recurrence that is read on the way": (roll_chains, f"""
        {INPUTS}
        %4 = mul %0 %1 : num[0..81]<>
        %5 = sub %2 %4 : num[-81..9]<>
        %6 = mul %5 %3 : num[-729..81]<>
        %7 = add %6 %0 : num[-729..90]<>
        %8 = mul %7 %1 : num[-6561..810]<>
        %9 = output {OUT} %8
        %10 = output {OUT.replace("'r'", "'s'")} %5
    """, None),
}


@pytest.mark.parametrize("name", CASES)
def test_before_and_after(name: str) -> None:
    step, before, after = CASES[name]
    becomes(step, circuit(before), circuit(before if after is None else after), name)
