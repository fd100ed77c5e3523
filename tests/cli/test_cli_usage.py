"""What a stranger types wrong: a clear message on standard error, the documented exit code, no result."""

from __future__ import annotations

from pathlib import Path

import pytest

from .terminal import PARTIES, TOTAL, Done, ran, typed, write

Capture = pytest.CaptureFixture[str]


@pytest.fixture
def program(tmp_path: Path) -> Path:
    return write(tmp_path, **dict.fromkeys(PARTIES, "x\n1\n2\n3\n"))


def refused(done: Done, code: int, *words: str) -> None:
    assert (done.code, done.out) == (code, ""), done
    for word in words:
        assert word in done.err
    assert "Traceback" not in done.err


@pytest.mark.parametrize(("words", "said"), [
    (["frob"], "invalid choice: 'frob'"),
    (["run"], "arguments are required: PROGRAM"),
    (["run", "p.mpc"], "one of the arguments --local --party is required"),
    (["run", "p.mpc", "--local", "--part", "a"], "unrecognized arguments: --part"),
    (["check", "p.mpc", "--max-bytes", "1 boat"], "not a number of bytes"),
    (["check", "p.mpc", "--max-bytes", "1e400"], "not a number of bytes"),
    (["check", "p.mpc", "--max-seconds", "nan"], "is not a time such as"),
    (["check", "p.mpc", "--max-rounds", "-1"], "not a whole number"),
    (["cost", "p.mpc", "-O", "3"], "invalid choice"),
])
def test_a_wrong_command_line_is_told_in_one_line(words: list[str], said: str, capsys: Capture) -> None:
    done = typed(capsys, *words)
    refused(done, 2, said, "--help")
    assert done.err.startswith("error: ")
    assert len(done.err.splitlines()) == 2


def test_without_a_command_there_is_help(capsys: Capture) -> None:
    done = typed(capsys)
    refused(done, 2, "usage: cloister", "simulate")
    assert typed(capsys, "--help").code == 0
    assert typed(capsys, "--version").out == typed(capsys, "version").out


@pytest.mark.parametrize(("words", "said"), [
    (["-D", "k"], "NAME=VALUE"),
    (["-D", "k=1", "-D", "k=2"], "twice"),
    (["-D", "kk=1"], "did you mean `k`?"),
    (["-D", "row.a=1"], "did you mean `rows`?"),
    (["-D", "rows.d=1"], "did you mean `rows.c`?"),
    (["-D", "rows=1.5"], "`1.5` is not a whole number"),
    (["-D", "rows=-1"], "not a whole number"),
    (["-D", "rows=1/2"], "not a whole number"),
    (["-D", "rows=1e999"], "not a whole number"),
    (["--network", "lam"], "no network profile `lam` (a file is named with its ending); did you mean `lan`?"),
])
@pytest.mark.parametrize("command", ["cost", "run"])
def test_definitions_are_checked_before_anything_runs(command: str, words: list[str], said: str, program: Path,
                                                      capsys: Capture) -> None:
    refused(typed(capsys, command, program, *words, *(["--local"] if command == "run" else [])), 2, said)


@pytest.mark.parametrize(("words", "said"), [
    (["-D", "k=x"], "`x` is no value for the parameter `k`"),
    (["-D", "rows=2000"], "above the bound 1000"),
    (["-D", "rows.a=1"], "`-D rows.b="),
    (["-D", "rows=3", "-D", "rows.a=1"], "both"),
    (["--protocol", "magic"], "there is no protocol `magic`\n  = help: known are: additive, reference, replicated"),
    (["--protocol", "replicate"], "there is no protocol `replicate`\n  = help: did you mean `replicated`?"),
    (["-D", "k=400"], "the value 400 of `k` is outside of its range"),
])
def test_values_that_the_program_cannot_take(words: list[str], said: str, program: Path, capsys: Capture) -> None:
    program.write_text(TOTAL.replace("k: int", "k: int in 1..300"), encoding="utf-8")
    refused(typed(capsys, "cost", program, *words), 1, said)


@pytest.mark.parametrize("command", [["check"], ["audit"], ["cost"], ["compile"], ["simulate"], ["run", "--local"]])
def test_every_command_shows_all_errors_at_once_and_starts_nothing(command: list[str], tmp_path: Path,
                                                                   capsys: Capture) -> None:
    program = write(tmp_path, TOTAL + "output half = sum(y) to d\nif x[0] > 3:\n    z = summ(x)\n")
    done = typed(capsys, command[0], program, *command[1:])
    refused(done, 1, "E1001", "`y`", "E5001", "`d`", "`summ`", "program.mpc:8:", "^", "errors")


@pytest.mark.parametrize(("line", "code"), [
    ("y = x +", "E0001"),
    ("output y = x @ 3 ! to all", "E0001"),
    ("for i in range(x[0]):\n    y = 1", "E3001"),
    ("while true:\n    y = 1", "E0001"),
])
def test_a_secret_where_public_is_needed_and_bad_syntax(line: str, code: str, tmp_path: Path, capsys: Capture) -> None:
    refused(typed(capsys, "check", write(tmp_path, f"{TOTAL}{line}\n")), 1, code, "program.mpc:8:")


def test_a_program_that_is_not_there(program: Path, tmp_path: Path, capsys: Capture) -> None:
    refused(typed(capsys, "check", tmp_path / "nope.mpc"), 2, "nope.mpc", "no such file")
    refused(typed(capsys, "check", program.with_suffix("")), 2, "did you mean", "program.mpc")
    refused(typed(capsys, "audit", tmp_path), 2, "directory")
    program.write_bytes(b"party a\xff\n")
    refused(typed(capsys, "check", program), 1, "not UTF-8")


@pytest.mark.parametrize("command", [["run", "--local"], ["simulate"], ["run", "--local", "--protocol", "reference"]])
def test_data_that_is_not_there(command: list[str], program: Path, tmp_path: Path, capsys: Capture) -> None:
    refused(typed(capsys, command[0], program, "--data", tmp_path / "nope", *command[1:]), 2, "no folder", "nope")


@pytest.mark.parametrize("flag", ["-o", "--trace"])
def test_a_result_that_could_not_be_written_is_refused_before_the_run(flag: str, program: Path, tmp_path: Path,
                                                                      capsys: Capture) -> None:
    refused(typed(capsys, "run", program, "--local", flag, tmp_path / "no" / "x"), 2, "there is no folder")
    refused(typed(capsys, "run", program, "--local", flag, tmp_path), 2, "this is a folder")
    refused(typed(capsys, "run", program, "--local", flag, "/dev/null"), 2, "no ordinary file")


def test_a_party_that_runs_for_real_needs_a_configuration(program: Path, tmp_path: Path, capsys: Capture) -> None:
    nowhere = tmp_path / "cloister.toml"
    refused(typed(capsys, "run", program, "--party", "a", "--config", nowhere), 2, "there is no such file", "--config")
    refused(typed(capsys, "run", program, "--party", "d", "--config", nowhere), 2, "`d` is no party of program.mpc",
            "its parties are a, b, c")


def test_insecure_links_are_for_local_runs(program: Path, capsys: Capture) -> None:
    refused(typed(capsys, "run", program, "--party", "a", "--insecure"), 2, "--local only")


@pytest.mark.parametrize(("rows", "said"), [
    ("x\n1\n101\n", "data/b.csv, column `x`: 1 value does not fit\n  row 3: `101` is above 100"),
    ("x\n1\nmany\n", "row 3: `many` is not a"),
    ("x\n1\n\n2\n", "row 3"),
    ("y\n1\n2\n", "data/b.csv has no column `x`"),
    ("x;y\n1;2\n", "the columns are separated by `;`; save it with commas"),
    ("", "data/b.csv is empty"),
])
@pytest.mark.parametrize("command", [["simulate"], ["run", "--local", "--protocol", "reference"]])
def test_bad_data_is_named_by_file_row_and_column(command: list[str], rows: str, said: str, program: Path,
                                                  capsys: Capture) -> None:
    (program.parent / "data" / "b.csv").write_text(rows, encoding="utf-8")
    refused(typed(capsys, command[0], program, *command[1:]), 1, said)


def test_two_parties_mistakes_are_told_together(program: Path, capsys: Capture) -> None:
    (program.parent / "data" / "a.csv").unlink()
    (program.parent / "data" / "b.csv").write_text("x\n-1\n", encoding="utf-8")
    refused(typed(capsys, "simulate", program), 1, "a.csv", "`-1` is below 0")


def test_a_bug_says_so_without_a_value(program: Path) -> None:
    breaking = "import cloister.cli.commands.check as c, sys; from cloister.cli.main import main\n" \
               "def broken(*_): raise KeyError('4711')\n" \
               "c.approve = broken; sys.exit(main(sys.argv[1:]))\n"
    script = program.with_name("broken.py")
    script.write_text(breaking, encoding="utf-8")
    for debug in ("", "1"):
        done = ran("check", program, script=script, environment={"CLOISTER_DEBUG": debug})
        assert (done.code, done.out) == (70, "")
        assert "bug in Cloister" in done.err
        assert "KeyError" in done.err
        assert "4711" not in done.err.replace("raise KeyError('4711')", "")
        assert ("broken.py" in done.err) == bool(debug)


@pytest.mark.parametrize(("used", "said"), [
    ("age", "did you mean the column `t.age`?"), ('t.ward == icu', 'did you mean the level `"icu"`?'),
    ("t.ages", "did you mean `age`?"), ("tt.age", "did you mean `t`?"),
])
def test_names_that_nothing_has(used: str, said: str, tmp_path: Path, capsys: Capture) -> None:
    text = TOTAL + 'input t: table(age: uint8, ward: category("icu", "other"))[rows] from each\n' \
                   f"output n = count(t.age > 3) + count({used}) to all\n"
    refused(typed(capsys, "check", write(tmp_path, text)), 1, "E1001", said)


def test_what_check_takes_is_checked(program: Path, capsys: Capture) -> None:
    """Sizes and a protocol that are given, also where no budget asks for them."""
    refused(typed(capsys, "check", program, "-D", "rows=1001"), 1, "`rows` is 1001, above the bound 1000")
    refused(typed(capsys, "check", program, "--protocol", "replicate"), 1, "did you mean `replicated`?")
    assert typed(capsys, "check", program, "-D", "rows=1000", "--protocol", "additive").code == 0


def test_an_unknown_code_has_no_explanation(capsys: Capture) -> None:
    refused(typed(capsys, "explain", "E301"), 2, "E3001")
    assert typed(capsys, "explain", "e3001").out.startswith("E3001: ")


def test_a_number_without_end_is_refused_at_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    done = typed(capsys, "cost", write(tmp_path), "-D", "rows=1e999999999")
    assert done.code == 2
    assert "digits" in done.err
