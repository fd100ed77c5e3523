"""What is installed works without the checkout: sdist and wheel are built, the wheel runs a program."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import sysconfig
import tarfile
import tomllib
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
pytestmark = pytest.mark.slow


#: Whether the kernels can be compiled here.
COMPILER = (shutil.which((sysconfig.get_config_var("CC") or "cc").split()[0]) is not None
            and (Path(sysconfig.get_path("include")) / "Python.h").exists())


def run(*command: str | Path, cwd: Path = ROOT) -> str:
    """What a command prints."""
    return done(*command, cwd=cwd).stdout


def done(*command: str | Path, cwd: Path = ROOT, **more: str) -> subprocess.CompletedProcess[str]:
    """A command that went well; `more` is added to its environment."""
    ended = subprocess.run([*map(str, command)], cwd=cwd, capture_output=True, text=True, timeout=600,
                          stdin=subprocess.DEVNULL, env={**os.environ, **more})
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return ended


def environment(folder: Path) -> Path:
    """The `bin` of a fresh environment."""
    run(sys.executable, "-m", "venv", folder)
    return folder / "bin"


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The wheel built from the checkout, the sdist, the wheel built from that sdist, and one without a compiler."""
    folder = tmp_path_factory.mktemp("built")
    tools = environment(folder / "tools")
    wanted = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["build-system"]["requires"]
    run(tools / "pip", "install", "--quiet", *wanted)
    run(tools / "hatchling", "build", "-d", folder / "dist")
    plain = done(tools / "hatchling", "build", "-t", "wheel", "-d", folder / "plain", CC=str(folder / "no-compiler"))
    (said, _) = plain.stderr.splitlines()  # (and where the wheel is)
    assert said.startswith("no compiled kernels (")
    assert said.endswith("cloister computes with numpy alone")
    wheel, sdist = (next((folder / "dist").glob(ending)) for ending in ("*.whl", "*.tar.gz"))
    run(tools / "pip", "wheel", "--quiet", "--no-deps", "-w", folder / "again", sdist)
    return {"wheel": wheel, "sdist": sdist, "again": next((folder / "again").glob("*.whl")),
            "plain": next((folder / "plain").glob("*.whl"))}


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


def kernels(wheel: Path) -> list[str]:
    """The compiled modules in a wheel."""
    return [name for name in names(wheel) if "/_planes." in name and not name.endswith(".pyi")]


@pytest.mark.skipif(not COMPILER, reason="no C compiler, or no headers of Python")
def test_the_wheel_holds_the_kernels(built: dict[str, Path]) -> None:
    """For this kind of machine, and this Python and later ones; nothing of them is left where they are made."""
    (compiled,) = kernels(built["wheel"])
    assert compiled.startswith("cloister/runtime/compiled/_planes.")
    assert built["wheel"].stem.split("-")[2:4] == (["cp311", "abi3"] if ".abi3." in compiled else
                                                   [f"cp3{sys.version_info[1]}"] * 2)
    assert not list((ROOT / "runtime" / "compiled").glob("*.o"))


def test_without_a_compiler_there_is_a_wheel_for_every_machine(built: dict[str, Path]) -> None:
    assert built["plain"].name.endswith("-py3-none-any.whl")
    assert kernels(built["plain"]) == []
    assert names(built["plain"]) >= {"cloister/__init__.py", *modules()}


def test_the_sdist_builds_the_same_wheel(built: dict[str, Path]) -> None:
    assert names(built["again"]) == names(built["wheel"])
    with tarfile.open(built["sdist"]) as archive:
        files = {name.partition("/")[2] for name in archive.getnames()}
    assert {"README.md", "LICENSE", "examples/salaries/program.mpc", "docs/index.md",
            "benchmarks/sizes.py", "tests/packaging/test_packaging.py"} <= files


@pytest.mark.parametrize("which", ["wheel", "plain"])
def test_the_wheel_runs_a_program(built: dict[str, Path], tmp_path: Path, which: str) -> None:
    fresh = environment(tmp_path / "venv")
    run(fresh / "pip", "install", "--quiet", built[which])
    asked = "from cloister.runtime.compiled import kernels; print(kernels() is not None)"
    assert run(fresh / "python", "-c", asked, cwd=tmp_path).strip() == str(bool(kernels(built[which])))
    example = ROOT / "examples/millionaires"
    printed = run(fresh / "cloister", "run", example / "program.mpc", "--local", "--json", cwd=tmp_path)
    right = (example / "expected.json").read_text(encoding="utf-8")
    assert json.loads(printed)["outputs"] == json.loads(right)
    # The package's own name is the only one that it brings.
    brought = run(fresh / "python", "-c", "import importlib.util as u, cloister; print(cloister.__version__, "
                  "[n for n in ('compiler', 'runtime', 'cli', 'stdlib') if u.find_spec(n)])", cwd=tmp_path)
    assert brought.strip().endswith("[]")
