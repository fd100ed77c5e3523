"""The README's commands are what they should be, and its walk goes as it is shown."""

from __future__ import annotations

from pathlib import Path

from .pages import README, ROOT, blocks, section
from .walk import TITLE, timeless, walk

TEXT = README.read_text(encoding="utf-8")


def test_start_has_two_commands_of_one_line() -> None:
    found = list(blocks(section(TEXT, "Start")))
    assert [(block.language, len(block.lines)) for block in found] == [("sh", 1), ("sh", 1)]
    run, test = (block.lines[0] for block in found)
    assert "pip install" in run
    assert run.endswith(".venv/bin/cloister run examples/salaries/program.mpc --local")
    assert ".[dev]" in test
    assert ".venv/bin/pytest" in test


def test_the_program_shown_is_the_example() -> None:
    shown = next(block for block in blocks(TEXT) if block.language == "mpc")
    assert shown.text == (ROOT / "examples/salaries/program.mpc").read_text(encoding="utf-8")


def test_the_walk_goes_as_shown(tmp_path: Path) -> None:
    """`python -m tests.docs.walk` brings the README up to date where this fails on purpose."""
    shown = section(TEXT, TITLE)
    assert timeless(walk(shown, tmp_path)) == timeless(shown)
