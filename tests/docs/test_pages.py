"""What the pages say of the repository is so: links, file names, commands, passes, primitives, codes."""

from __future__ import annotations

import argparse
import re
from pathlib import Path

import pytest
from cloister.cli.arguments import parser
from cloister.compiler.errors import CODES
from cloister.compiler.pipeline import PASSES
from cloister.runtime.instructions import INSTRUCTIONS
from cloister.runtime.protocols.registry import PROTOCOLS

from .pages import ROOT, pages, prose

_LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
_FLAG = re.compile(r"(?<![\w-])(--[a-z][a-z-]*|-[a-zA-Z])(?![\w-])")
_FILE = re.compile(r"`((?:compiler|runtime|cli|stdlib|examples|tests|benchmarks|docs|\.ci|\.pkg)/[\w./*-]*)`")
PAGES = pages()
NAMED = [str(page.relative_to(ROOT)) for page in PAGES]


def read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def anchors(page: Path) -> set[str]:
    """The anchors that a page's headings make."""
    headings = re.findall(r"^#+ (.+)$", prose(page.read_text(encoding="utf-8")), flags=re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("name", NAMED)
def test_links_lead_somewhere(name: str) -> None:
    page = ROOT / name
    for target in _LINK.findall(prose(read(name))):
        if re.match(r"[a-z]+:", target):
            assert target.startswith("https://"), target
            continue
        path, _, anchor = target.partition("#")
        found = (page.parent / path).resolve() if path else page
        assert found.exists(), f"{name}: {target}"
        assert not anchor or anchor in anchors(found), f"{name}: {target}"


@pytest.mark.parametrize("name", NAMED)
def test_files_that_are_named_exist(name: str) -> None:
    for path in _FILE.findall(prose(read(name))):
        assert list(ROOT.glob(path.rstrip("/"))), f"{name}: {path}"


def test_every_page_is_reached_from_the_index() -> None:
    index = ROOT / "docs/index.md"
    linked = {(index.parent / target).resolve() for target in _LINK.findall(prose(read("docs/index.md")))}
    assert set(PAGES) - {index} <= linked


def commands() -> dict[str, argparse.ArgumentParser]:
    """Every command with its own grammar."""
    chosen = next(action for action in parser()._actions if isinstance(action, argparse._SubParsersAction))
    found: dict[str, argparse.ArgumentParser] = dict(chosen.choices)
    return found


def test_the_command_line_page_has_every_command() -> None:
    headings = re.findall(r"^## cloister (\w+)$", read("docs/cli.md"), flags=re.MULTILINE)
    assert sorted(headings) == sorted(commands())


@pytest.mark.parametrize("command", sorted(commands()))
def test_the_command_line_page_has_every_flag(command: str) -> None:
    part = read("docs/cli.md").split(f"\n## cloister {command}\n")[1].split("\n## ")[0]
    rows = " ".join(line.split("|")[1] for line in part.splitlines() if line.startswith("| `"))
    assert set(_FLAG.findall(rows)) == flags(commands()[command])
    assert set(_FLAG.findall(part)) <= set().union(*map(flags, commands().values()))


def flags(command: argparse.ArgumentParser) -> set[str]:
    """Every flag of a command but that for help."""
    return {flag for action in command._actions for flag in action.option_strings} - {"-h", "--help"}


def test_the_architecture_page_has_every_pass_in_order() -> None:
    rows = re.findall(r"^\| `([\w-]+)` \|", read("docs/architecture.md"), flags=re.MULTILINE)
    names = [step.name for step in PASSES]
    assert [row for row in rows if row in names] == names


def test_the_protocols_page_has_every_exchange_and_protocol() -> None:
    page = read("docs/protocols.md")
    for op in INSTRUCTIONS.values():
        assert not op.exchanges or f"| `{op.name}` |" in page, op.name
    for name in PROTOCOLS:
        assert f"## `{name}`" in page
        assert f"| `{name}` |" in read("docs/security.md")


@pytest.mark.parametrize("name", NAMED)
def test_codes_that_are_named_exist(name: str) -> None:
    assert set(re.findall(r"\b[EW]\d{4}\b", read(name))) <= set(CODES)


def test_the_library_page_has_every_function() -> None:
    page = read("docs/library.md")
    for module in sorted((ROOT / "stdlib").glob("*.mpc")):
        assert f"## {module.stem}:" in page
        text = module.read_text(encoding="utf-8")
        for name, comment in re.findall(r'^def ([a-z]\w*)\(.*\n    ("""|)', text, flags=re.MULTILINE):
            assert re.search(rf"\b{name}\b", page), f"{module.stem}.{name}"
            assert comment, f"{module.stem}.{name} has no comment"
