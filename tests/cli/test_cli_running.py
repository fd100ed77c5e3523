"""docs/running.md, done: its folders, keys and configurations, and the three terminals side by side."""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from .terminal import PATIENCE

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "running.md").read_text(encoding="utf-8")
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
NAMED = re.compile(r"^`([\w./]+)`:\n\n```toml\n(.*?)^```$", re.MULTILINE | re.DOTALL)
TYPED = re.compile(r"^    (cd \w+.*|cloister .+)$", re.MULTILINE)


def shell(command: str, folder: Path) -> subprocess.Popen[str]:
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    return subprocess.Popen(["sh", "-ec", command], cwd=folder, env={**os.environ, "PATH": path}, text=True,
                            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def output(process: subprocess.Popen[str]) -> str:
    out, err = process.communicate(timeout=PATIENCE)
    assert process.returncode == 0, err
    return out


@pytest.mark.slow
def test_the_walk_through_three_terminals(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "examples" / "salaries", tmp_path / "examples" / "salaries")
    for language, text in BLOCK.findall(PAGE):
        if language == "sh":
            output(shell(text, tmp_path))
    configurations = dict(NAMED.findall(PAGE))
    assert set(configurations) == {f"{party}/cloister.toml" for party in ("ashby", "birch", "calder")}
    listeners = {port: socket.create_server(("127.0.0.1", 0)) for port in ("7101", "7102", "7103")}
    for name, text in configurations.items():
        for port, listener in listeners.items():
            text = text.replace(port, str(listener.getsockname()[1]))
        (tmp_path / name).write_text(text, encoding="utf-8")
    for listener in listeners.values():
        listener.close()
    enter, approve, *runs = TYPED.findall(BLOCK.sub("", PAGE))
    for party in ("ashby", "birch", "calder"):
        assert "approved" in output(shell(f"{enter.replace('ashby', party)} && {approve} --yes", tmp_path))
    terminals = [shell(f"{run} --json", tmp_path) for run in runs]
    found: dict[str, object] = {}
    for terminal in terminals:
        found.update(json.loads(output(terminal))["outputs"])
    assert found == json.loads((tmp_path / "examples/salaries/expected.json").read_text(encoding="utf-8"))
