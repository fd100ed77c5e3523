"""`cloister calibrate`: this machine and its links, measured into a profile for `--network`."""

from __future__ import annotations

import argparse
import platform
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import msgspec
from cloister import __version__
from cloister.compiler.price.profile import Machine, Profile, write
from cloister.runtime.config import Config, load
from cloister.runtime.errors import RuntimeFailure
from cloister.runtime.measure.links import Link
from cloister.runtime.private import write_whole
from cloister.runtime.session import connect
from rich.console import Console

from ..calibrating import Found, Told, calibrate, profile
from ..failures import note
from ..loopback import started
from ..networks import check_emulated
from ..options import check_writable, human_bytes, human_seconds
from ..show import console, table

_PARTIES = ("first", "second", "third")
_TIMEOUT = 60.0

#: What the summary tells of the work, with the units.
_TOLD = (("mul.64", "64-bit products"), ("and", "ANDs of 64 bits"), ("xor", "XORs of 64 bits"),
         ("part.bits.64.64", "numbers to bits"), ("matmul.64", "scalar products in matrices"))


def run(arguments: argparse.Namespace) -> int:
    """Measures, tells in short, and writes the profile."""
    check_writable(arguments.output, "-o")
    check_emulated(arguments.emulate, arguments.local)
    with _telling() as told:
        found = _local(arguments.emulate, told) if arguments.local else measure_together(load(arguments.config), told)
    today, machine = f"{datetime.now(UTC):%Y-%m-%d}", platform.machine()
    made = f"{today}, Cloister {__version__}, {machine}, Python {platform.python_version()}"
    write_whole(arguments.output, write(found, made))
    _summary(found)
    print(f"written to {arguments.output}: `cloister cost PROGRAM --network {arguments.output}` estimates by it")
    return 0


def _local(emulate: str | None, told: Told) -> Profile:
    """All parties on this machine; the first measures it alone before. Raises RuntimeFailure when one fails."""
    results: dict[str, Found] = {}
    with started("cloister.cli.calibrating", _PARTIES, {}, {}, False, emulate, _TIMEOUT) as events:
        running = set(_PARTIES)
        while running:
            party, event = events.get()
            if event is None:
                running.discard(party)
            elif event["event"] == "failure":
                raise _Failed(event["message"], event["exit_code"])
            elif event["event"] == "result":
                results[party] = msgspec.convert(event["found"], Found, str_keys=True)
            elif event["event"] == "measuring" and party == _PARTIES[0]:
                told(event["what"])
    return profile(results[_PARTIES[0]], _PARTIES, shared=True)


class _Failed(RuntimeFailure):
    """A party of a local calibration failed, for the reason that it gives."""

    def __init__(self, message: str, exit_code: int) -> None:
        super().__init__(message)
        self.exit_code = exit_code


def measure_together(settings: Config, told: Told) -> Profile:
    """This party with its peers, who calibrate at the same time. Raises ConfigError, PeerError, Disagreement."""
    if settings.insecure:
        note("`insecure = true` in the configuration: links without TLS are measured, which are faster")
    names = sorted([settings.party, *settings.peers])
    me = names.index(settings.party)
    told(f"waiting for {', '.join(name for name in names if name != settings.party)}")
    session = connect(me, names, settings.addresses(names), settings.identity, settings.certificates(names),
                      timeout=settings.connect_timeout, silence=settings.silence_timeout, insecure=settings.insecure)
    try:
        found = calibrate(session, True, False, told)
    except BaseException as error:
        session.close(error)
        raise
    session.close()
    return profile(found, names, shared=False)


@contextmanager
def _telling() -> Iterator[Told]:
    """What is measured now, on standard error while there is a terminal."""
    screen = Console(stderr=True)
    if not screen.is_terminal:
        yield lambda what: None
        return
    with screen.status("starting") as status:
        yield lambda what: status.update(what)


def _summary(found: Profile) -> None:
    links = {"all parties at the same time": Link(found.latency, found.bandwidth),
             **({} if found.shared else found.links)}
    table(("link", "latency", "bandwidth"),
          [(name, human_seconds(link.latency), f"{human_bytes(link.bandwidth)}/s") for name, link in links.items()],
          f"most like the profile `{found.like.name}`", left=("link",))
    machine = found.machine
    rows = [(name, *(_rate(machine, protocol, kind) for protocol in machine.speeds)) for kind, name in _TOLD]
    table(("a second, by one party", *machine.speeds), rows, left=("a second, by one party",))
    transfers = ", ".join(f"{1e-6 / seconds:.3g} (k = {key.removeprefix('extension.')})"
                          for key, seconds in machine.transfers.items() if key.startswith("extension.") and seconds)
    console().print(f"a round takes {human_seconds(machine.round)} of work, a megabyte "
                    f"{human_seconds(1e6 * machine.byte)}; millions of oblivious transfers a second: {transfers}; "
                    f"their start {human_seconds(machine.transfers['start'])} with every peer", soft_wrap=True)
    if found.shared:
        factors = "; ".join(", ".join(f"{point.times:.2f}" for point in points) for points in machine.crowd)
        console().print(f"short and longer work takes {factors} times as long where one; two; .. parties share this "
                        f"machine", soft_wrap=True)
    console().print(f"an instruction takes up to {human_seconds(machine.stir[-1].seconds)} longer where other kinds "
                    "ran since one of its like", soft_wrap=True)


def _rate(machine: Machine, protocol: str, kind: str) -> str:
    points = machine.speeds[protocol][kind]
    last = points[-1]
    return f"{last.units / last.most / 1e6:,.0f} million"
