"""The walk through the README, done: its files are written and its commands run.

`python -m tests.docs.walk` brings the shown output up to date.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from .pages import README, blocks, section

TITLE = "Five minutes: a program of your own"
_NAMED = re.compile(r"`([\w./]+)`:?$")
_MEASURED = re.compile(r"\d[\d.e+-]*\s?(µs|ms|s|min)\b")


def walk(text: str, folder: Path) -> str:
    """The section `text` with the output of its commands as it is now; they run in `folder`."""
    write_files(text, folder)
    lines = text.splitlines()
    for block in reversed(list(blocks(text))):
        if block.language == "console":
            command = block.lines[0]
            assert command.startswith("$ cloister "), command
            lines[block.first:block.last] = [command, *run(command[2:], folder)]
    return "".join(line + "\n" for line in lines)


def write_files(text: str, folder: Path) -> None:
    """The programs and the data of the section as files, by the names that stand before them."""
    for block in blocks(text):
        if block.language in ("mpc", "csv"):
            name = _NAMED.search(block.before)
            assert name is not None, f"no file is named before the block of line {block.first}"
            path = folder / name[1]
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(block.text, encoding="utf-8")


def run(command: str, folder: Path) -> list[str]:
    """The lines that a command prints on both streams."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environment = {**os.environ, "PATH": path, "COLUMNS": "110"}
    done = subprocess.run(command.split(), cwd=folder, env=environment, stdin=subprocess.DEVNULL, timeout=120,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    return [line.rstrip() for line in done.stdout.rstrip().splitlines()]


def timeless(text: str) -> str:
    """The text without the seconds that differ from run to run, nor the spaces and rules around them."""
    return re.sub(r"[ ─━]+", " ", _MEASURED.sub("T", text))


def main() -> None:
    """Writes the README anew."""
    readme = README.read_text(encoding="utf-8")
    old = section(readme, TITLE)
    with tempfile.TemporaryDirectory() as folder:
        README.write_text(readme.replace(old, walk(old, Path(folder))), encoding="utf-8")


if __name__ == "__main__":
    main()
