"""What is installed works without the checkout: sdist and wheel are built, the wheel runs a program."""

from __future__ import annotations

import json
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
pytestmark = pytest.mark.slow


def run(*command: str | Path, cwd: Path = ROOT) -> str:
    done = subprocess.run([*map(str, command)], cwd=cwd, capture_output=True, text=True, timeout=600,
                          stdin=subprocess.DEVNULL)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def environment(folder: Path) -> Path:
    """The `bin` of a fresh environment."""
    run(sys.executable, "-m", "venv", folder)
    return folder / "bin"


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The wheel built from the checkout, the sdist, and the wheel built from that sdist."""
    folder = tmp_path_factory.mktemp("built")
    tools = environment(folder / "tools")
    run(tools / "pip", "install", "--quiet", "hatchling>=1.27")
    run(tools / "hatchling", "build", "-d", folder / "dist")
    wheel, sdist = (next((folder / "dist").glob(ending)) for ending in ("*.whl", "*.tar.gz"))
    run(tools / "pip", "wheel", "--quiet", "--no-deps", "-w", folder / "again", sdist)
    return {"wheel": wheel, "sdist": sdist, "again": next((folder / "again").glob("*.whl"))}


def names(wheel: Path) -> set[str]:
    with zipfile.ZipFile(wheel) as archive:
        return set(archive.namelist())


def modules() -> set[str]:
    """Every file of the package in the checkout, by its name in the wheel."""
    folders = ("compiler", "runtime", "stdlib", "cli")
    files = (path.relative_to(ROOT) for folder in folders for path in (ROOT / folder).rglob("*"))
    return {f"cloister/{path.as_posix()}" for path in files if path.suffix in (".py", ".mpc", ".lark")}


def test_the_wheel_holds_the_package_and_nothing_else(built: dict[str, Path]) -> None:
    found = names(built["wheel"])
    assert {name.split("/")[0].partition("-")[0] for name in found} == {"cloister"}
    assert {"cloister/__init__.py", *modules()} <= found
    assert not [name for name in found if "__pycache__" in name]


def test_the_sdist_builds_the_same_wheel(built: dict[str, Path]) -> None:
    assert names(built["again"]) == names(built["wheel"])
    with tarfile.open(built["sdist"]) as archive:
        files = {name.partition("/")[2] for name in archive.getnames()}
    assert {"README.md", "LICENSE", "examples/salaries/program.mpc", "docs/index.md",
            "benchmarks/sizes.py", "tests/packaging/test_packaging.py"} <= files


def test_the_wheel_runs_a_program(built: dict[str, Path], tmp_path: Path) -> None:
    fresh = environment(tmp_path / "venv")
    run(fresh / "pip", "install", "--quiet", built["wheel"])
    example = ROOT / "examples/millionaires"
    printed = run(fresh / "cloister", "run", example / "program.mpc", "--local", "--json", cwd=tmp_path)
    right = (example / "expected.json").read_text(encoding="utf-8")
    assert json.loads(printed)["outputs"] == json.loads(right)
    # The package's own name is the only one that it brings.
    brought = run(fresh / "python", "-c", "import importlib.util as u, cloister; print(cloister.__version__, "
                  "[n for n in ('compiler', 'runtime', 'cli', 'stdlib') if u.find_spec(n)])", cwd=tmp_path)
    assert brought.strip().endswith("[]")
