"""`cloister prepare`: preprocessing ahead of time, stored for the runs that will use it."""

from __future__ import annotations

import argparse
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from cloister.compiler.loading import approve
from cloister.compiler.protocol.choose import choose_protocol
from cloister.runtime.config import load
from cloister.runtime.preprocess.store import Entry, entries

from ..bindings import data_folder, kept_folder, load_bound, prepared_folder, sized, spread
from ..failures import note
from ..local import LocalRun
from ..networks import network
from ..options import Usage, human_bytes, human_seconds
from ..real import prepare_real
from ..show import print_json, table
from ..shown import run_shown


def run(arguments: argparse.Namespace) -> int:
    """Makes and stores what `--count` runs need, or shows what is stored."""
    network(arguments.network)
    if arguments.list:
        return _list(arguments)
    if arguments.count < 1:
        raise Usage("--count takes a number of runs from 1")
    if arguments.party:
        return _deliver(arguments, [prepare_real(arguments)])
    reports, code = _prepare_local(arguments)
    return code or _deliver(arguments, reports)


def _prepare_local(arguments: argparse.Namespace) -> tuple[list[dict[str, Any]], int]:
    loaded, given = load_bound(arguments)
    approve(loaded)
    sizes = spread(loaded.head, given)
    protocol = choose_protocol(loaded.head.parties, loaded.head.security, arguments.protocol)
    needed = not all(sized(loaded.head, party, sizes) for party in loaded.head.parties)
    return run_shown(LocalRun(
        arguments.program.resolve(), loaded.head.parties, data_folder(arguments) if needed else None,
        {fact.name: fact.given for fact in loaded.head.params}, sizes, protocol.name, arguments.network,
        arguments.level, False, None, prepared_folder(arguments), kept_folder(arguments),
        arguments.count, arguments.memory), loaded)


def _deliver(arguments: argparse.Namespace, reports: Sequence[Mapping[str, Any]]) -> int:
    """Shows the reports of those who prepared here as one; seconds are the slowest party's."""
    measured = [report["measured"] for report in reports]
    sent = {party: nbytes for one in measured for party, nbytes in one["bytes_sent"].items()}
    stored = {party: nbytes for report in reports for party, nbytes in report["stored_bytes"].items()}
    spent = max(one["seconds"] for one in measured)
    if arguments.json:
        print_json({**reports[0], "stored_bytes": stored, "measured": {
            "rounds": measured[0]["rounds"], "bytes_sent": sent, "seconds": spent}})
    elif not reports[0]["runs"]:
        note(f"there is nothing to prepare: {reports[0]['protocol']} needs nothing ahead of this program")
    else:
        print(f"{reports[0]['program']}: prepared {reports[0]['runs']:,} runs with {reports[0]['protocol']} in "
              f"{human_seconds(spent)}: {human_bytes(max(sent.values()))} sent, {human_bytes(max(stored.values()))} "
              "stored by a party")
    return 0


def _list(arguments: argparse.Namespace) -> int:
    """What is stored, whatever program it is for."""
    found = [(folder.name, entry) for folder in _folders(arguments) for entry in entries(folder)]
    if arguments.json:
        print_json({"stored": [_as_json(party, entry) for party, entry in found]})
        return 0
    if not found:
        print("nothing is stored")
        return 0
    headings = ("party", "program", "parameters", "parties", "made", "size", "file")
    table(headings, [_row(party, entry) for party, entry in found], "stored preprocessing, each for one run",
          left=headings[:4] + headings[6:])
    return 0


def _folders(arguments: argparse.Namespace) -> list[Path]:
    """The parties' folders of stored preprocessing, in which `--list` looks."""
    loaded, _ = load_bound(arguments)
    if arguments.local:
        return [prepared_folder(arguments) / party for party in loaded.head.parties]
    settings = load(arguments.config)
    return [(arguments.prepared or settings.prepared) / settings.party]


def _as_json(party: str, entry: Entry) -> dict[str, Any]:
    shown: dict[str, Any] = {"party": party, "file": str(entry.path), "bytes": entry.nbytes, "problem": entry.problem}
    if entry.header is not None:
        purpose = entry.header.purpose
        shown |= {"program": entry.header.program, "parameters": entry.header.parameters,
                  "parties": list(purpose.names), "circuit_digest": purpose.circuit_digest}
    return shown


def _row(party: str, entry: Entry) -> tuple[str, ...]:
    made = time.strftime("%Y-%m-%d %H:%M", time.localtime(entry.made))
    header = entry.header
    if header is None:
        return party, entry.problem, "", "", made, human_bytes(entry.nbytes), entry.path.name
    bound = ", ".join(f"{name} = {value}" for name, value in header.parameters.items())
    return (party, header.program, bound, ", ".join(header.purpose.names), made, human_bytes(entry.nbytes),
            entry.path.name)
