"""The salary survey over two years: what the first program keeps the second one loads."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from cloister.cli.main import main

SURVEY = Path(__file__).parents[2] / "examples" / "salary-survey"


def ran(*words: str | Path) -> dict[str, Any]:
    command = [sys.executable, "-m", "cloister.cli.main", "run", *map(str, words), "--local", "--json"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_the_next_year_knows_the_year_before(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shutil.copytree(SURVEY, tmp_path / "survey", ignore=shutil.ignore_patterns("kept"))
    first, second = tmp_path / "survey/program.mpc", tmp_path / "survey/next_year.mpc"
    later = tmp_path / "survey/next"
    assert ran(first)["outputs"] == json.loads((SURVEY / "expected.json").read_text(encoding="utf-8"))
    report = ran(second, "--data", later)
    assert report["outputs"] == json.loads((SURVEY / "expected_next.json").read_text(encoding="utf-8"))
    given = [f"-D{key}={value}" for key, value in report["parameters"].items()]
    capsys.readouterr()
    assert main(["cost", str(second), "--json", *given]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["rounds"], told["bytes_sent"]) == (report["measured"]["rounds"], report["measured"]["bytes_sent"])


def test_the_data_and_results_are_what_the_scripts_make(tmp_path: Path) -> None:
    (tmp_path / "now").mkdir()
    (tmp_path / "next").mkdir()
    folders = ["--to", str(tmp_path / "now"), "--next", str(tmp_path / "next")]
    subprocess.run([sys.executable, str(SURVEY / "make_data.py"), *folders], check=True, timeout=60)
    for path in (tmp_path / "next").iterdir():
        assert path.read_bytes() == (SURVEY / "next" / path.name).read_bytes()
    script = [sys.executable, str(SURVEY / "expected.py"), "--next", str(tmp_path / "next")]
    printed = subprocess.run(script, check=True, capture_output=True, text=True, timeout=60).stdout
    assert json.loads(printed) == json.loads((SURVEY / "expected_next.json").read_text(encoding="utf-8"))


def test_the_second_program_is_laid_out_and_without_warnings(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["fmt", "--check", str(SURVEY / "next_year.mpc")]) == 0
    assert main(["check", str(SURVEY / "next_year.mpc")]) == 0
    assert capsys.readouterr().err == ""
