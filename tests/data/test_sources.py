"""Reading a party's data: files found, columns matched, sizes bound, and everything wrong said at once."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from cloister.runtime.data.declare import Declaration
from cloister.runtime.data.sources import Data, read
from cloister.runtime.errors import DataError

ROWS = ("rows.north",)


def integer(name: str, *dims: int | str, lo: int = 0, hi: int = 119, party: str = "north") -> Declaration:
    return Declaration(name, party, "int", 0, lo, hi, dims)


def csv(folder: Path, name: str, content: str | bytes) -> Path:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode("utf-8"))
    return path


def listed(data: Data) -> dict[str, object]:
    return {key: array.tolist() for key, array in data.values.items()}


def refused(folder: Path, *declarations: Declaration, files: dict[str, Path] | None = None) -> str:
    with pytest.raises(DataError) as caught:
        read(declarations, folder, "north", files)
    return str(caught.value).replace(f"{folder}/", "")


def test_a_party_reads_its_own_columns(tmp_path: Path) -> None:
    csv(tmp_path, "north.csv", "name,age,stay\nA,12,1.5\nB,119,0\n\"C, D\",0,365\n")
    stay = Declaration("stay", "north", "fixed", 16, 0, 365 << 16, ROWS)
    data = read([integer("age", *ROWS), stay, integer("age", "rows.south", party="south")], tmp_path, "north")
    assert listed(data) == {"age.north": [12, 119, 0], "stay.north": [3 << 15, 0, 365 << 16]}
    assert data.sizes == {"rows.north": 3}
    assert data.values["age.north"].dtype == np.int64
    assert "119" not in repr(data)
    assert read([integer("age", "rows.west", party="west")], tmp_path / "none", "north").values == {}


@pytest.mark.parametrize("content", [
    "age,b\n1,x\n2,y\n", "age,b\r\n1,x\r\n2,y\r\n", "\ufeffage,b\n1,x\n2,y", "age,b\n1,x\n2,y\n\n\r\n\n",
    '"age","b"\n"1","x"\n"2","y"\n', ' age , b \n 1 ,"x\n,z"\n\t2,"say ""hi"""\n', "b,age\nx,1\ny,2\n",
    'b,"age"\n"\r\n\r\n",1\n,2\n',
])
def test_forms_of_csv(content: str, tmp_path: Path) -> None:
    csv(tmp_path, "north.csv", content)
    assert listed(read([integer("age", *ROWS)], tmp_path, "north")) == {"age.north": [1, 2]}


def test_no_rows_and_one(tmp_path: Path) -> None:
    csv(tmp_path, "north.csv", "age,m_0,m_1\n")
    data = read([integer("age", *ROWS), integer("m", "rows.north", 2)], tmp_path, "north")
    assert data.values["age.north"].shape == (0,)
    assert data.values["m.north"].shape == (0, 2)
    assert data.sizes == {"rows.north": 0}
    csv(tmp_path, "north.csv", "age,limit\n7,3")
    data = read([integer("age", *ROWS), integer("limit")], tmp_path, "north")
    assert listed(data) == {"age.north": [7], "limit.north": 3}
    assert data.values["limit.north"].shape == ()


def test_matrices(tmp_path: Path) -> None:
    csv(tmp_path, "north.csv", "m_1,m_0,m_2,c_0_0,c_0_1,c_1_0,c_1_1\n2,1,3,1,2,3,4\n5,4,6,5,6,7,8\n")
    data = read([integer("m", "rows.north", "k"), integer("c", 2, 2, 2)], tmp_path, "north")
    assert listed(data) == {"m.north": [[1, 2, 3], [4, 5, 6]],
                            "c.north": [[[1, 2], [3, 4]], [[5, 6], [7, 8]]]}
    assert data.sizes == {"rows.north": 2, "k": 3}
    assert data.values["m.north"].flags.c_contiguous
    assert "north.csv has 3 columns `m_0`, `m_1`, ..., but `m` is declared with 2" in refused(
        tmp_path, integer("m", "rows.north", 2))
    assert "north.csv has no column `x_0`" in refused(tmp_path, integer("x", "rows.north", 2))
    assert "no columns `c_0_2`" in refused(tmp_path, integer("c", 2, 2, 3))


def test_inputs_of_another_length_and_tables(tmp_path: Path) -> None:
    csv(tmp_path, "north.csv", "age\n1\n2\n3\n")
    csv(tmp_path, "north.weights.csv", "weights\n10\n20\n")
    csv(tmp_path, "north.visits.csv", "day,cost\n4,40\n")
    csv(tmp_path, "elsewhere.csv", "limit\n9\n")
    data = read([integer("age", *ROWS), integer("weights", "n"), integer("visits.day", "v"),
                 integer("visits.cost", "v"), integer("limit")], tmp_path, "north",
                {"limit": tmp_path / "elsewhere.csv"})
    assert listed(data) == {"age.north": [1, 2, 3], "weights.north": [10, 20], "visits.day.north": [4],
                            "visits.cost.north": [40], "limit.north": 9}
    assert data.sizes == {"rows.north": 3, "n": 2, "v": 1}
    csv(tmp_path, "south.csv", "day,cost\n4,40\n5,50\n")
    alone = read([integer("visits.cost", "v", party="south")], tmp_path, "south")
    assert listed(alone) == {"visits.cost.south": [40, 50]}


def test_lengths_that_disagree(tmp_path: Path) -> None:
    csv(tmp_path, "north.csv", "age\n1\n2\n3\n")
    csv(tmp_path, "north.stay.csv", "stay\n1\n2\n")
    assert refused(tmp_path, integer("age", *ROWS), integer("stay", *ROWS)) == (
        "the size `rows.north` is 3 by `age` in north.csv, but 2 by `stay` in north.stay.csv")
    assert refused(tmp_path, integer("age", 8)) == "north.csv has 3 rows, but `age` is declared with 8"
    assert refused(tmp_path, integer("age")) == (
        "north.csv has 3 rows, but `age` is a single value; it may stand in a file north.age.csv of one row")


def test_everything_wrong_at_once(tmp_path: Path) -> None:
    rows = "".join(f"{200 + i},1\n" for i in range(8))
    csv(tmp_path, "north.csv", f"age,stay\n7,x\n{rows}")
    inputs = [integer(name, *ROWS) for name in ("age", "stay", "height")]
    assert refused(tmp_path, *inputs).splitlines() == [
        "north.csv, column `age`: 8 values do not fit",
        "  row 3: `200` is above 119, the greatest value declared",
        "  row 4: `201` is above 119, the greatest value declared",
        "  row 5: `202` is above 119, the greatest value declared",
        "  row 6: `203` is above 119, the greatest value declared",
        "  row 7: `204` is above 119, the greatest value declared",
        "  and 3 more",
        "north.csv, column `stay`: 1 value does not fit",
        "  row 2: `x` is not a number",
        "north.csv has no column `height`; it has: age, stay",
    ]


def test_files_and_columns_that_are_missing(tmp_path: Path) -> None:
    assert refused(tmp_path, integer("age", *ROWS), integer("stay", *ROWS)).splitlines() == [
        f"no file for the input `age`: in {tmp_path} there is none of north.csv, north.parquet, "
        "north.age.csv, north.age.parquet",
        f"no file for the input `stay`: in {tmp_path} there is none of north.csv, north.parquet, "
        "north.stay.csv, north.stay.parquet"]
    csv(tmp_path, "north.csv", "Age,stay\n1,2\n")
    assert refused(tmp_path, integer("age", *ROWS)) == (
        "north.csv has no column `age` (is it `Age`?); it has: Age, stay")
    csv(tmp_path, "north.csv", "age,stay,age\n1,2,3\n")
    assert refused(tmp_path, integer("age", *ROWS)) == "north.csv has 2 columns named `age`"
    assert listed(read([integer("stay", *ROWS)], tmp_path, "north")) == {"stay.north": [2]}
    csv(tmp_path, "north.parquet", b"")
    assert refused(tmp_path, integer("age", *ROWS)) == (
        "north.csv and north.parquet are both there; which one is meant?")
    assert refused(tmp_path, integer("age", *ROWS), files={"age": tmp_path / "a.xlsx"}) == (
        "a.xlsx is neither .csv nor .parquet")
    csv(tmp_path, "north.parquet", "").unlink()
    columns = [integer(f"t.{name}", *ROWS) for name in ("age", "stays", "host", "age")]
    csv(tmp_path, "north.csv", "Age,stay\n1,2\n")
    assert refused(tmp_path, *columns) == (
        "north.csv has no columns `age` (is it `Age`?), `stays` (is it `stay`?), `host`; it has: Age, stay")
    csv(tmp_path, "North.CSV", "age\n").replace(tmp_path / "North.csv")
    (tmp_path / "north.csv").unlink()
    nowhere = ("no file for the input `t`: in {} there is none of north.csv, north.parquet, north.t.csv, "
               "north.t.parquet")
    assert refused(tmp_path, *columns) == f"{nowhere.format(tmp_path)}; is it `North.csv`?"
    (tmp_path / "North.csv").replace(tmp_path / "north.xlsx")
    assert refused(tmp_path, *columns) == f"{nowhere.format(tmp_path)}; `north.xlsx` is neither, save it as CSV"
    assert refused(tmp_path / "none", *columns) == nowhere.format(tmp_path / "none")
    absent = {"age": tmp_path / "a.csv"}
    assert "a.csv cannot be read" in refused(tmp_path, integer("age", *ROWS), files=absent)


@pytest.mark.parametrize(("content", "words"), [
    (b"", "north.csv is empty; its first row must name the columns"),
    (b"\n\n", "north.csv is empty; its first row must name the columns"),
    (b"age,b\n1,2\n3\n", "north.csv: row 3 has 1 cell, the header has 2; empty cells have their commas too"),
    (b"age,b\n1,2,3\n", "north.csv: row 2 has 3 cells, the header has 2; a cell with a comma in it stands in quotes"),
    (b"age,b\n\n1,2\n", "north.csv: row 2 has 1 cell, the header has 2; empty cells have their commas too"),
    (b'age,b\n1,2\n3,"x\n4,5\n', "north.csv: a quoted cell that begins in row 3 never ends"),
    (b'"age', "north.csv: a quoted cell that begins in row 1 never ends"),
    (b"age,b\n1,2\n3,\xe9\n", "north.csv is not UTF-8 text (byte 0xe9 in row 3); save it as UTF-8"),
    ("age\n1\n".encode("utf-16"), "north.csv is UTF-16 text; save it as UTF-8"),
    (b"age\n1\n\n2\n", "north.csv, column `age`: 1 value does not fit\n  row 3: the value is missing"),
    (b"age;b\n1;2,5\n", "north.csv: the columns are separated by `;`; save it with commas between them, and a point "
                         "before decimals"),
    (b'"age"\t"b"\n"1"\t"2"\n', "north.csv: the columns are separated by tabs; save it with commas between them, and "
                                 "a point before decimals"),
    (b"17,4\n18,5\n", "north.csv has no column `age`; it has: 17, 4; its first row must name the columns"),
    (b"age\nNA\n", "north.csv, column `age`: 1 value does not fit\n  row 2: `NA` is not a number: leave a missing "
                   "value empty, where the input is `optional`"),
])
def test_broken_files(content: bytes, words: str, tmp_path: Path) -> None:
    csv(tmp_path, "north.csv", content)
    assert refused(tmp_path, integer("age", *ROWS)) == words


def test_a_header_alone_with_quotes_and_commas(tmp_path: Path) -> None:
    csv(tmp_path, "north.csv", '"a ""b"", c",age\n1,2\n')
    assert listed(read([integer('a "b", c', *ROWS)], tmp_path, "north")) == {'a "b", c.north': [1]}


# -- Parquet -------------------------------------------------------------------------------------------------


def parquet(folder: Path, **columns: pa.Array) -> None:
    pq.write_table(pa.table(columns), folder / "north.parquet")


def test_parquet_is_as_exact_as_csv(tmp_path: Path) -> None:
    big = [0, 1, 33333333333333333, 2**63 - 1]
    parquet(tmp_path, big=pa.array(big, pa.int64()), u=pa.array([*big[:3], 2**64 - 1], pa.uint64()),
            half=pa.array([0.5, -2.0**-17, 3 * 2.0**-17, -3 * 2.0**-17]),
            single=pa.array([1.5, 0, -1, 7], pa.float32()),
            yes=pa.array([True, False, True, True]), money=pa.array(["1.10", "2.2", "0", "1e1"]),
            small=pa.array([1, 2, 3, -4], pa.int8()), name=pa.array(["a", "b", "c", "d"]))
    wide = (1 << 64) - 1

    def number(name: str, frac: int = 16) -> Declaration:
        return Declaration(name, "north", "fixed", frac, -(1 << 62), 1 << 62, ROWS)

    data = read([integer("big", *ROWS, hi=2**63 - 1), integer("u", *ROWS, hi=wide), number("half"),
                 number("single"), Declaration("yes", "north", "bool", 0, 0, 1, ROWS), number("money"),
                 number("small")], tmp_path, "north")
    assert listed(data) == {
        "big.north": big, "u.north": [*big[:3], wide], "half.north": [32768, 0, 2, -1],
        "single.north": [98304, 0, -65536, 7 << 16], "yes.north": [1, 0, 1, 1],
        "money.north": [72090, 144179, 0, 655360], "small.north": [65536, 131072, 196608, -262144]}
    assert data.sizes == {"rows.north": 4}


def test_what_parquet_may_not_hold(tmp_path: Path) -> None:
    parquet(tmp_path, age=pa.array([1, None, 200], pa.int32()), x=pa.array([1.0, float("nan"), 1e17]),
            h=pa.array([1.0, 2.5, -1.0]), name=pa.array(["a", "", "2"]), yes=pa.array([True, None, False]),
            when=pa.array([1, 2, 3], pa.timestamp("ms")))
    assert refused(tmp_path, integer("age", *ROWS)).splitlines()[1:] == [
        "  row 2: the value is missing", "  row 3: `200` is above 119, the greatest value declared"]
    assert refused(tmp_path, integer("x", *ROWS)).splitlines()[1:] == [
        "  row 2: `nan` is not a finite number: leave a missing value empty, where the input is `optional`",
        "  row 3: 1e+17 stands in a column of floating point, which does not hold whole numbers of this size "
        "exactly; store the column as integers"]
    assert refused(tmp_path, integer("h", *ROWS)).splitlines()[1:] == [
        "  row 2: `2.5` is not a whole number", "  row 3: `-1.0` is below 0, the least value declared"]
    assert refused(tmp_path, integer("name", *ROWS)).splitlines()[1:] == [
        "  row 1: `a` is not a number", "  row 2: the value is missing"]
    assert refused(tmp_path, integer("yes", *ROWS)) == "north.parquet: column `yes` holds bool, not numbers"
    assert "column `when` holds timestamp[ms], not numbers" in refused(tmp_path, integer("when", *ROWS))
    csv(tmp_path, "north.parquet", b"PAR1 rubbish")
    assert "north.parquet cannot be read as Parquet" in refused(tmp_path, integer("age", *ROWS))


def test_csv_does_not_load_pyarrow(tmp_path: Path) -> None:
    csv(tmp_path, "north.csv", "age\n1\n")
    script = ("import sys; from pathlib import Path; from cloister.runtime.data import sources, declare\n"
              "age = declare.Declaration('age', 'north', 'int', 0, 0, 9, ('n',))\n"
              "sources.read([age], Path(sys.argv[1]), 'north')\n"
              "sys.exit('pyarrow' in sys.modules)")
    assert subprocess.run([sys.executable, "-c", script, str(tmp_path)], check=False).returncode == 0
