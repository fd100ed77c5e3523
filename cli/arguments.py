"""What can be typed: commands, flags and their help. Nothing here does anything."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NoReturn

from .options import byte_count, count, seconds

_NETWORK = "network profile: local, lan (the default), wan, mobile, or a file that `cloister calibrate` wrote"
_DATA = "folder with <party>.csv (default: data/ beside PROGRAM)"
_KEPT = "folder of kept shares (default: kept/ beside PROGRAM, or the configured one)"
_PREPARED = "folder of stored preprocessing (default: prepared/ beside PROGRAM, or the configured one)"


class _Parser(argparse.ArgumentParser):
    """Flags are written out, and an error is one line instead of a screen of usage."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings, allow_abbrev=False)

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"error: {message}\nhelp: {self.prog} --help\n")


def parse(argv: Sequence[str] | None = None) -> argparse.Namespace:
    """The command line as typed. Wrong usage ends the process with code 2, --help with 0."""
    words = sys.argv[1:] if argv is None else argv
    made = parser()
    if not words:
        made.print_help(sys.stderr)
        raise SystemExit(2)
    return made.parse_args(words)


def parser() -> argparse.ArgumentParser:
    """The whole grammar of the command line. The chosen command's module stands in `module`."""
    top = _Parser(
        prog="cloister", description="Joint computations over data that nobody may see.",
        epilog="`cloister COMMAND --help` tells more about each command.")
    top.add_argument("--version", dest="module", action="store_const", const="version", help=argparse.SUPPRESS)
    commands = top.add_subparsers(metavar="COMMAND")

    def command(name: str, help: str, program: bool = True) -> argparse.ArgumentParser:
        added = commands.add_parser(name, help=help, description=help)
        added.set_defaults(module=name)
        if program:
            added.add_argument("program", type=Path, metavar="PROGRAM", help="the .mpc file")
            added.add_argument("-D", dest="define", action="append", default=[], metavar="NAME=VALUE",
                               help="a parameter or a size, such as rows.north=300 or rows=1e6")
        return added

    _run(command("run", "run a program between its parties"))
    _prepare(command("prepare", "make the preprocessing of later runs ahead of time, and store it"))
    _check(command("check", "check types, ranges and secrecy; show all errors at once"))
    _json(command("audit", "who gives what, who learns what, against whom it is safe, and the digest to agree on"))
    _compile(command("compile", "compile to an artifact, or show a stage of the compilation"))
    _cost(command("cost", "rounds, bytes, gates, memory and time before anything runs"))
    _simulate(command("simulate", "run in the clear on sample data, for finding mistakes; not secure"))
    _keygen(command("keygen", "make a party's key and certificate", program=False))
    _approve(command("approve", "write a program's digest into this party's configuration"))
    _fmt(command("fmt", "lay out programs in the standard way", program=False))
    _calibrate(command("calibrate", "measure this machine and its links into a profile", program=False))
    _explain(command("explain", "what a diagnostic code means", program=False))
    doctor = command("doctor", "check that this machine can run a party", program=False)
    doctor.set_defaults(local=True)  # its parties are all here
    command("version", "the version", program=False)
    return top


def _json(command: argparse.ArgumentParser) -> None:
    command.add_argument("--json", action="store_true", help="print one JSON object")


def _network(command: argparse.ArgumentParser) -> None:
    command.add_argument("--network", default="lan", metavar="PROFILE", help=_NETWORK)


def _protocol(command: argparse.ArgumentParser) -> None:
    command.add_argument("--protocol", metavar="P", help="protocol (default: the one that `security` asks for)")
    command.add_argument("-O", dest="level", type=int, choices=(0, 1, 2), default=2, help="optimisation level")
    command.add_argument("--memory", type=byte_count, metavar="N",
                         help="what a party may take, e.g. 500MB: more rows are done in blocks")


def _run(command: argparse.ArgumentParser) -> None:
    where = command.add_mutually_exclusive_group(required=True)
    where.add_argument("--local", action="store_true", help="every party as a process of its own on this machine")
    where.add_argument("--party", metavar="NAME", help="one party for real; see --config")
    command.add_argument("--data", type=Path, metavar="DIR", help=_DATA)
    command.add_argument("--config", type=Path, default=Path("cloister.toml"), metavar="FILE",
                         help="the party's configuration (default: cloister.toml)")
    command.add_argument("--yes", action="store_true", help="approve the disclosure statement without being asked")
    command.add_argument("--insecure", action="store_true", help="plain TCP instead of TLS, with --local; to measure")
    command.add_argument("--emulate", metavar="PROFILE", help="with --local: links as slow as lan, wan or mobile")
    command.add_argument("--prepared", type=Path, metavar="DIR", help=_PREPARED)
    command.add_argument("--kept", type=Path, metavar="DIR", help=_KEPT)
    command.add_argument("--trace", type=Path, metavar="FILE",
                         help="write what was done and sent, without values, to FILE.<party>")
    command.add_argument("-o", "--output", type=Path, metavar="FILE",
                         help="write the results to FILE, whole or not at all")
    _protocol(command)
    _network(command)
    _json(command)


def _prepare(command: argparse.ArgumentParser) -> None:
    where = command.add_mutually_exclusive_group(required=True)
    where.add_argument("--local", action="store_true", help="for runs with --local")
    where.add_argument("--party", metavar="NAME", help="one party for real, together with the others; see --config")
    command.add_argument("--count", type=count, default=1, metavar="N", help="for so many runs (default: 1)")
    command.add_argument("--list", action="store_true", help="show what is stored instead")
    command.add_argument("--data", type=Path, metavar="DIR", help=f"{_DATA}; only its sizes are used, if -D says less")
    command.add_argument("--config", type=Path, default=Path("cloister.toml"), metavar="FILE",
                         help="the party's configuration (default: cloister.toml)")
    command.add_argument("--prepared", type=Path, metavar="DIR", help=_PREPARED)
    command.add_argument("--kept", type=Path, metavar="DIR", help=_KEPT)
    _protocol(command)
    _network(command)
    _json(command)


def _check(command: argparse.ArgumentParser) -> None:
    command.add_argument("--show-types", action="store_true", help="show the type and secrecy of every name")
    command.add_argument("--max-rounds", type=count, metavar="N", help="fail when the program takes more rounds")
    command.add_argument("--max-bytes", type=byte_count, metavar="N", help="fail when a party sends more, e.g. 100MB")
    command.add_argument("--max-seconds", type=seconds, metavar="S", help="fail when the estimate is longer")
    _protocol(command)
    _network(command)


def _compile(command: argparse.ArgumentParser) -> None:
    command.add_argument("-o", "--output", type=Path, metavar="FILE", help="where to write the artifact, or the stage")
    command.add_argument("--emit", choices=("ast", "ir", "circuit", "rounds", "dot", "bristol"),
                         help="show a stage instead; bristol: the Boolean circuit for other systems")
    command.add_argument("--after", metavar="PASS", help="with --emit ir, circuit, rounds or dot: after this pass")
    command.add_argument("--explain", action="store_true", help="say which circuits were chosen, and what others cost")
    command.add_argument("--savings", action="store_true", help="show what each pass saved")
    _protocol(command)
    _network(command)


def _cost(command: argparse.ArgumentParser) -> None:
    command.add_argument("--by-line", action="store_true", help="show the cost beside each line of the program")
    command.add_argument("--open", action="store_true", help="as --by-line, with the lines of the functions called")
    command.add_argument("--compare", action="store_true",
                         help="show every protocol and family of adders that would do")
    command.add_argument("--html", type=Path, metavar="FILE", help="write a page with pictures, for any browser")
    _protocol(command)
    _network(command)
    _json(command)


def _simulate(command: argparse.ArgumentParser) -> None:
    command.add_argument("--data", type=Path, metavar="DIR", help=_DATA)
    _json(command)


def _keygen(command: argparse.ArgumentParser) -> None:
    command.add_argument("name", metavar="NAME", help="the party's name as in the program")
    command.add_argument("-o", "--output", type=Path, default=Path(), metavar="DIR", help="folder (default: here)")


def _approve(command: argparse.ArgumentParser) -> None:
    command.add_argument("--config", type=Path, default=Path("cloister.toml"), metavar="FILE",
                         help="the party's configuration (default: cloister.toml)")
    command.add_argument("--yes", action="store_true", help="do not ask")


def _calibrate(command: argparse.ArgumentParser) -> None:
    where = command.add_mutually_exclusive_group()
    where.add_argument("--local", action="store_true", help="three parties on this machine, as `run --local` has them")
    where.add_argument("--config", type=Path, default=Path("cloister.toml"), metavar="FILE",
                       help="this party's configuration; its peers calibrate at the same time (default: cloister.toml)")
    command.add_argument("--emulate", metavar="PROFILE", help="with --local: links as slow as lan, wan or mobile")
    command.add_argument("-o", "--output", type=Path, default=Path("profile.json"), metavar="FILE",
                         help="where to write the profile (default: profile.json)")


def _fmt(command: argparse.ArgumentParser) -> None:
    command.add_argument("programs", type=Path, nargs="+", metavar="PROGRAM", help="the .mpc files")
    command.add_argument("--check", action="store_true", help="change nothing; exit 1 when something would change")


def _explain(command: argparse.ArgumentParser) -> None:
    command.add_argument("code", metavar="CODE", help="such as E4002")
