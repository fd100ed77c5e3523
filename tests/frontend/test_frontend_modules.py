"""Imports: the standard library, files beside the program, circles, clashes and slips of the pen."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from cloister.compiler.diagnostics import Findings
from cloister.compiler.frontend import syntax
from cloister.compiler.frontend.modules import STDLIB, Modules, load, load_text


def program(folder: Path, **files: str) -> tuple[Modules, Findings]:
    for name, text in files.items():
        (folder / f"{name}.mpc").write_text(text, encoding="utf-8")
    findings = Findings()
    return load(folder / "main.mpc", findings), findings


def errors(findings: Findings) -> list[tuple[str, str]]:
    return [(d.code, d.message) for d in findings.items]


def test_the_standard_library_is_found_and_parses() -> None:
    names = sorted(path.stem for path in STDLIB.glob("*.mpc"))
    assert "stats" in names
    findings = Findings()
    modules = load_text("".join(f"import {name}\n" for name in names), findings)
    assert not findings.items
    assert set(modules.modules) == set(names)
    assert all(module.doc for module in modules.modules.values())
    stats = modules.modules["stats"]
    functions = {s.name.id: s for s in stats.statements if isinstance(s, syntax.Def)}
    assert {"mean", "variance", "std"} <= functions.keys()
    assert all(function.doc for function in functions.values())
    assert modules.sources["stdlib/stats.mpc"].text == (STDLIB / "stats.mpc").read_text("utf-8")
    assert stats.file == "stdlib/stats.mpc"


def test_files_beside_the_program_in_order_of_need(tmp_path: Path) -> None:
    modules, findings = program(tmp_path, main="import a\nfrom b import f\nimport stats",
                                a="import b\n", b="def f(): return 1\n")
    assert not findings.items
    assert list(modules.modules) == ["b", "a", "stats"]
    assert set(modules.sources) == {"main.mpc", "a.mpc", "b.mpc", "stdlib/stats.mpc"}
    assert modules.main.file == "main.mpc"


def test_the_current_directory_does_not_matter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    (tmp_path / "here" / "a.mpc").write_text("x = (")
    _, findings = program(tmp_path, main="import a", a="def f(): return 1")
    assert not findings.items
    text_findings = Findings()
    load_text("import a", text_findings)
    assert errors(text_findings) == [("E1003", "there is no module `a`")]


def test_a_circle_is_shown(tmp_path: Path) -> None:
    _, findings = program(tmp_path, main="import a", a="import b", b="import c", c="import a")
    assert errors(findings) == [("E1004", "modules import each other in a circle: a → b → c → a")]
    assert [label.span.file for label in findings.items[0].labels] == ["c.mpc", "a.mpc", "b.mpc"]


def test_a_program_does_not_import_itself(tmp_path: Path) -> None:
    _, findings = program(tmp_path, main="import main")
    assert errors(findings) == [("E1004", "modules import each other in a circle: main → main")]


def test_two_modules_of_one_name_are_refused(tmp_path: Path) -> None:
    _, findings = program(tmp_path, main="import stats", stats="def mean(x): return x")
    assert errors(findings) == [("E1002", "there are two modules `stats`")]
    assert "stats.mpc" in findings.items[0].notes[0]


def test_an_unknown_module_gets_a_suggestion(tmp_path: Path) -> None:
    _, findings = program(tmp_path, main="import stat\nimport helper\nimport zzz", helpers="x = 1")
    assert [d.help for d in findings.items] == [
        "did you mean `stats`?", "did you mean `helpers`?", "put a file `zzz.mpc` beside the program"]


def test_mistakes_in_a_module_are_found_there(tmp_path: Path) -> None:
    _, findings = program(tmp_path, main="import a\nimport b\nimport a", a="x = (", b="size n")
    places = [(d.code, d.span.file) for d in findings.items if d.span]
    assert places == [("E0001", "a.mpc"), ("E0004", "b.mpc")]


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        load(tmp_path / "none.mpc", Findings())
    (tmp_path / "main.mpc").write_bytes(b"x = 1\ny = '\xff'")
    findings = Findings()
    load(tmp_path / "main.mpc", findings)
    assert errors(findings) == [("E0001", "`main.mpc` is not UTF-8 text")]
    assert findings.items[0].span is not None
    assert findings.items[0].span.line == 2


def test_a_byte_order_mark_is_no_text(tmp_path: Path) -> None:
    (tmp_path / "main.mpc").write_bytes(b"\xef\xbb\xbfx = 1\n")
    findings = Findings()
    assert load(tmp_path / "main.mpc", findings).main.statements[0].span.column == 1
    assert not findings.items


@pytest.mark.skipif(not hasattr(os, "getuid") or os.getuid() == 0, reason="root reads every file")
def test_a_module_without_permission(tmp_path: Path) -> None:
    (tmp_path / "a.mpc").write_text("x = 1")
    (tmp_path / "a.mpc").chmod(0)
    _, findings = program(tmp_path, main="import a")
    assert [d.code for d in findings.items] == ["E1003"]
