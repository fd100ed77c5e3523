"""The contract of `run --json`: from results to plain values, and the reports of all parties as one."""

from __future__ import annotations

import re
import resource
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cloister.runtime.data.results import decode
from cloister.runtime.executor import Results
from cloister.runtime.program import Program

_STATUS = Path("/proc/self/status")


def present(program: Program, results: Results, party: str) -> dict[str, Any]:
    """The outputs of `party` as plain values by name."""
    me = program.parties.index(party)
    shown = {}
    for spec, opened in zip(program.outputs, results.outputs, strict=True):
        if me in spec.receivers and opened.value is not None:
            shown[spec.name] = decode(spec, opened.value, opened.flag)
    return shown


@dataclass(frozen=True)
class Phase:
    """What one phase of a run took: rounds, and bytes sent by party; nothing where it was `stored` before.

    `waited` are the seconds that each party spent in exchanges, by the peer that came last in them.
    """

    rounds: int
    sent: Mapping[str, int]
    stored: bool = False
    waited: Mapping[str, Mapping[str, float]] = field(default_factory=dict)


def report(program: Program, outputs: Mapping[str, Any], online: Phase, preprocessing: Phase,
           seconds: Mapping[str, float], memory: Mapping[str, int]) -> dict[str, Any]:
    """One run's report. `outputs` and `memory` (bytes) are by party."""
    return {
        "outputs": dict(outputs), "digest": program.digest, "circuit_digest": program.circuit_digest,
        "protocol": program.protocol, "parameters": program.parameters,
        "measured": {
            "rounds": online.rounds, "bytes_sent": dict(online.sent),
            "preprocessing": {"rounds": preprocessing.rounds, "bytes_sent": dict(preprocessing.sent),
                              "stored": preprocessing.stored},
            "seconds": {name: round(value, 6) for name, value in seconds.items()},
            "waited": {party: {peer: round(value, 6) for peer, value in online.waited[party].items()}
                       for party in online.waited},
            "peak_memory_bytes": dict(memory),
        },
    }


def merge(reports: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The reports of all parties of a local run as one; seconds are the slowest party's."""
    first = reports[0]
    measured = [r["measured"] for r in reports]
    joined = {key: {k: v for m in measured for k, v in m[key].items()}
              for key in ("bytes_sent", "waited", "peak_memory_bytes")}
    return {
        **first,
        "outputs": {party: shown for r in reports for party, shown in r["outputs"].items()},
        "measured": {
            "rounds": max(m["rounds"] for m in measured), "bytes_sent": joined["bytes_sent"],
            "preprocessing": {
                "rounds": max(m["preprocessing"]["rounds"] for m in measured),
                "bytes_sent": {k: v for m in measured for k, v in m["preprocessing"]["bytes_sent"].items()},
                "stored": all(m["preprocessing"]["stored"] for m in measured),
            },
            "seconds": {key: max(m["seconds"][key] for m in measured) for key in measured[0]["seconds"]},
            "waited": joined["waited"],
            "peak_memory_bytes": joined["peak_memory_bytes"],
        },
    }


def peak_memory() -> int:
    """The most memory this process has held, in bytes.

    Linux keeps `ru_maxrss` over exec, so that a child would be blamed for its parent; VmHWM is the process's own.
    """
    if _STATUS.exists():
        found = re.search(r"^VmHWM:\s*(\d+) kB$", _STATUS.read_text(encoding="ascii", errors="replace"), re.MULTILINE)
        if found:
            return int(found[1]) * 1024
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024
