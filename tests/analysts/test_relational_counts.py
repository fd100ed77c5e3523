"""The library `tables`: counts by ranges and levels, beside numpy and plain Python."""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np

from .runs import outputs, refused

PROGRAM = """size rows <= 1000
input t: table(age: uint8 in 0..99 optional, pay: fixed in -5..5, ward: category("a", "b", "c"),
    sex: category("f", "m") optional)[rows] from each
from tables import histogram, value_counts, crosstab
ages = histogram(t.where(t.pay > -4).age, [0, 10, 50, 99])
output ages to all if ages >= 3
output all_ages = ages to north
output pays = histogram(t.pay, [-5, -0.5, 0.5, 5]) to all
output wards = value_counts(t.ward) to all
output table = crosstab(t.ward, t.sex) to all
"""


def test_counts_are_those_of_numpy(tmp_path: Path) -> None:
    rng = random.Random(3)
    rows = [(rng.choice([None, 0, 9, 10, 49, 50, 98, 99]), rng.choice([-5, -0.5, 0.25, 0.5, 5]), rng.choice("abc"),
             rng.choice(["f", "m", ""])) for _ in range(24)]
    files = {f"{party}.csv": "age,pay,ward,sex\n" + "".join(
        f"{'' if age is None else age},{pay},{ward},{sex}\n" for age, pay, ward, sex in rows[i * 8:i * 8 + 8])
        for i, party in enumerate(("north", "south", "west"))}
    said = outputs(PROGRAM, files, tmp_path)
    ages = np.histogram([age for age, pay, *_ in rows if age is not None and pay > -4], [0, 10, 50, 99])[0].tolist()
    assert said["all_ages"] == ages
    assert said["ages"] == [count if count >= 3 else None for count in ages]
    assert said["pays"] == np.histogram([row[1] for row in rows], [-5, -0.5, 0.5, 5])[0].tolist()
    assert said["wards"] == [sum(row[2] == ward for row in rows) for ward in "abc"]
    assert said["table"] == [[sum(row[2:] == (ward, sex) for row in rows) for sex in "fm"] for ward in "abc"]


def test_edges_ascend() -> None:
    found = refused(PROGRAM.replace("[0, 10, 50, 99]", "[0, 50, 10, 99]"))
    assert [code for code, _ in found] == ["E4005"], found
