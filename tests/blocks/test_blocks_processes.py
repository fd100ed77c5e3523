"""Row blocks between real processes: what a party takes stays within the budget; and where a budget can be given."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from ..cli.terminal import PARTIES, TOTAL, ran, typed, write

#: Rows of each party: done at once they take over 180 MB.
ROWS = 600_000

PROGRAM = """\
party a, b, c
security honest_majority, semi_honest
size rows <= 10_000_000
input x: uint32[rows] in 0..1_000_000 from each
mean = sum(x) // rows
output above = count(x > mean) to all
output top = max(x) to all
output spread = sum((x - mean) ** 2) // rows to b
"""


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    rng = np.random.default_rng(1)
    data = {party: "x\n" + "\n".join(map(str, rng.integers(0, 10**6, ROWS + k))) + "\n"
            for k, party in enumerate(PARTIES)}
    return write(tmp_path_factory.mktemp("blocks"), PROGRAM, **data)


def test_a_budget_on_the_command_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    program = write(tmp_path, TOTAL)
    for command in ("cost", "compile", "check"):
        assert typed(capsys, command, program, "--memory", "1GB").code == 0
    wrong = typed(capsys, "cost", program, "--memory", "much")
    assert (wrong.code, wrong.out) == (2, "")
    small = typed(capsys, "cost", program, "--memory", "10MB")
    assert (small.code, small.out) == (1, "")
    assert "E5004" in small.err


def test_a_budget_in_the_configuration(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The command line comes first; a budget that cannot be read is told before anything is linked."""
    program = write(tmp_path, TOTAL, a="x\n1\n")
    peers = "".join(f'[peers.{name}]\naddress = "127.0.0.1:9"\n' for name in "bc")
    config = tmp_path / "cloister.toml"
    config.write_text(f'party = "a"\nlisten = "127.0.0.1:9"\ninsecure = true\nmemory = "much"\n{peers}')
    done = typed(capsys, "run", program, "--party", "a", "--config", config, "--yes")
    assert (done.code, done.out) == (2, "")
    assert "`memory`: `much` is not a number of bytes" in done.err


@pytest.mark.slow
def test_a_party_stays_within_its_memory(program: Path) -> None:
    sizes = [word for k, party in enumerate(PARTIES) for word in ("-D", f"rows.{party}={ROWS + k}")]
    whole = ran("run", program, "--local", "--insecure", "--json").json
    assert min(whole["measured"]["peak_memory_bytes"].values()) > 180e6
    for megabytes in (150,):
        budget = ("--memory", f"{megabytes}MB")
        priced = ran("cost", program, "--json", *sizes, *budget).json
        found = ran("run", program, "--local", "--insecure", "--json", *budget).json
        assert found["outputs"] == whole["outputs"]
        measured = found["measured"]
        assert measured["rounds"] == priced["rounds"]
        assert measured["bytes_sent"] == priced["bytes_sent"]
        assert found["circuit_digest"] == priced["circuit_digest"]
        assert priced["memory_bytes"] <= megabytes * 1e6
        assert max(measured["peak_memory_bytes"].values()) <= megabytes * 1e6
