"""What a command loads: not the libraries that it has no use for, each of which takes time at every start."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from .terminal import ran, write

#: Runs the command line and says on standard error what of this was loaded.
SCRIPT = """\
import sys
from cloister.cli.main import main
try:
    code = main()
except SystemExit as ended:
    code = ended.code
names = ("numpy", "rich", "lark", "networkx", "pyarrow", "tomlkit", "cryptography", "cloister.compiler.pipeline")
print(*(name for name in names if name in sys.modules), file=sys.stderr)
sys.exit(code)
"""


@pytest.fixture
def script(tmp_path: Path) -> Path:
    path = tmp_path / "script.py"
    path.write_text(SCRIPT, encoding="utf-8")
    return path


def loaded(script: Path, *words: str | Path) -> set[str]:
    done = ran(*words, script=script)
    assert done.code == 0, done
    return set(done.err.splitlines()[-1].split())


@pytest.mark.parametrize("words", [("version",), ("--help",), ("run", "--help"), ("explain", "E4002")])
def test_what_needs_no_program_loads_no_library(script: Path, words: tuple[str, ...]) -> None:
    assert loaded(script, *words) == set()


@pytest.mark.parametrize("command", ["check", "audit"])
def test_checking_needs_no_passes_and_draws_nothing(script: Path, tmp_path: Path, command: str) -> None:
    found = loaded(script, command, write(tmp_path))
    assert "lark" in found
    assert found <= {"lark", "numpy"}


def test_a_program_in_the_clear_needs_no_passes(script: Path, tmp_path: Path) -> None:
    program = write(tmp_path, **dict.fromkeys("abc", "x\n1\n"))
    assert loaded(script, "simulate", program, "--json") <= {"lark", "numpy"}


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere the command does not load what its parties need")
def test_a_run_without_a_choice_of_forms_needs_no_graphs_and_no_files_but_csv(script: Path, tmp_path: Path) -> None:
    """The command, and so each of its parties."""
    program = write(tmp_path, "party a, b, c\nsecurity honest_majority, semi_honest\ninput x: uint8 from a\n"
                              "input y: uint8 from b\noutput more = x > y to all\n", a="x\n1\n", b="y\n1\n")
    found = loaded(script, "run", program, "--local", "--json")
    assert found == {"numpy", "lark", "rich", "cryptography", "cloister.compiler.pipeline"}
