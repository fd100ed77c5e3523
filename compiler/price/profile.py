"""Profiles: what a machine and its links are like, for estimates of time. Built in by name, or measured into a file.

A profile is a network of which more is known. It never decides what a program compiles to: parties have profiles of
their own and must get the same circuit. That is decided by the *named* network that the profile is `like`, which the
parties agree on.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from itertools import pairwise
from math import log
from pathlib import Path

import msgspec
from cloister.runtime.errors import ConfigError
from cloister.runtime.measure.links import Factor, Link
from cloister.runtime.measure.medley import Since, Wake
from cloister.runtime.measure.samples import samples
from cloister.runtime.measure.speeds import Speeds
from cloister.runtime.measure.transfers import TRANSFERS

from .network import LOCAL, NETWORKS, Network

VERSION = 4

_REFERENCE = Path(__file__).with_name("reference.json")

#: A profile file that is larger is none.
_MOST_BYTES = 1 << 22


class Machine(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What one party's machine does in CPU seconds.

    `speeds` are points by protocol and kind of work; `transfers` what correlated randomness takes; `round`, `frame` and
    `byte` are for sending and receiving.
    `crowd` is how many times as long work takes where one, two, .. parties share the machine, by rising seconds of it.
    `stir` is how much longer an instruction takes by how many other kinds of work were done since one of its like,
    `wake` how much longer a round by how many words were worked on since the last one.
    """

    speeds: dict[str, Speeds]
    transfers: dict[str, float]
    round: float
    frame: float
    byte: float
    crowd: tuple[tuple[Factor, ...], ...]
    stir: tuple[Since, ...]
    wake: tuple[Wake, ...]

    def crowded(self, parties: int, seconds: float) -> float:
        """The factor for so many parties on this machine, for work of so many seconds alone."""
        points = self.crowd[min(parties, len(self.crowd)) - 1]
        # short and long work lie decades apart
        scaled = [(log(point.seconds), point.times) for point in points]
        times = _on_lines(scaled, log(max(seconds, points[0].seconds)))
        return times * max(1.0, parties / len(self.crowd))

    def stirred(self, kinds: int) -> float:
        """Seconds more of an instruction."""
        return _on_lines(self.stir, kinds)

    def woken(self, words: int) -> float:
        """Seconds more of a round."""
        return _on_lines(self.wake, words)


def _on_lines(points: Sequence[tuple[float, float]], at: float) -> float:
    """On straight lines between the points; beyond the ends as at the ends."""
    if at >= points[-1][0]:
        return points[-1][1]
    for low, high in pairwise(points):
        if low[0] <= at < high[0]:
            return low[1] + (at - low[0]) / (high[0] - low[0]) * (high[1] - low[1])
    return points[0][1]


class _File(msgspec.Struct, forbid_unknown_fields=True):
    """A profile file. `shared`: all parties were on this machine. `links` are to each peer by name; `all`: together."""

    version: int
    like: str
    shared: bool
    made: str
    all: Link
    links: dict[str, Link]
    machine: Machine


@dataclass(frozen=True)
class Profile(Network):
    """A profile in use; latency and bandwidth are those of all parties at the same time.

    `kin` is the named network to compile for; `shared` whether all parties are on this machine; `links` are those to
    peers by name.
    """

    kin: Network
    shared: bool
    links: dict[str, Link]
    machine: Machine

    @property
    def like(self) -> Network:
        return self.kin

    def link(self, parties: Sequence[str]) -> Link:
        """The slowest link to these parties, as far as they are known."""
        known = [self.links[name] for name in parties if name in self.links]
        if not known or self.shared:
            return Link(self.latency, self.bandwidth)
        return Link(max(one.latency for one in known), min(one.bandwidth for one in known))

    def crowd(self, parties: int, seconds: float) -> float:
        """How many times as long work of so many seconds takes for the parties' sharing a machine."""
        return self.machine.crowded(parties, seconds) if self.shared else 1.0


def of(network: Network) -> Profile:
    """The profile of a network: what was measured, or for a named one its links and the machine of the last release.

    `local` is that machine with all parties on it.
    """
    if isinstance(network, Profile):
        return network
    reference = _reference()
    if network is LOCAL:
        return replace(reference, name=network.name)
    return Profile(network.name, network.latency, network.bandwidth, network, False, {}, reference.machine)


def on_one_machine(network: Network, emulated: Network | None) -> Profile:
    """The profile of a run in which all parties share this machine, over links as they are or as `emulated`.

    A profile that was measured is left as it is.
    """
    links = of(LOCAL) if emulated is None else emulated
    if isinstance(network, Profile):
        return network
    return replace(of(network), latency=links.latency, bandwidth=links.bandwidth, shared=True)


def read(path: Path) -> Profile:
    """A profile file as `cloister calibrate` writes it. Raises ConfigError that says what is wrong with it."""
    try:
        with path.open("rb") as file:
            data = file.read(_MOST_BYTES + 1)
    except OSError as error:
        raise ConfigError(f"{path} cannot be read: {(error.strerror or 'it is no file').lower()}") from None
    if len(data) > _MOST_BYTES:
        raise ConfigError(f"{path} is no profile: it is too large")
    return _checked(data, str(path))


def write(profile: Profile, made: str) -> bytes:
    """The profile as a file; `made` says where and when."""
    everybody = Link(profile.latency, profile.bandwidth)
    file = _File(VERSION, profile.like.name, profile.shared, made, everybody, profile.links, profile.machine)
    return msgspec.json.format(msgspec.json.encode(_rounded(msgspec.to_builtins(file))), indent=1)


def nearest(link: Link) -> Network:
    """The named network that a link is most like, by what a thousand rounds of a kilobyte take."""
    seconds = 1000 * (link.latency + 1e3 / link.bandwidth)
    return min(NETWORKS.values(), key=lambda one: abs(_log_ratio(one.seconds(1000, 10**6), seconds)))


def _log_ratio(a: float, b: float) -> float:
    return max(a / b, b / a)


@cache
def _reference() -> Profile:
    return _checked(_REFERENCE.read_bytes(), "the built-in profile")


def _checked(data: bytes, name: str) -> Profile:
    try:
        version = msgspec.json.decode(data, type=_Versioned).version
        if version != VERSION:
            raise ConfigError(f"{name} is a profile of version {version}, this is Cloister with version {VERSION}; "
                              "make it anew with `cloister calibrate`")
        file = msgspec.json.decode(data, type=_File)
    except msgspec.DecodeError as error:
        raise ConfigError(f"{name} is no profile such as `cloister calibrate` writes: {error}") from None
    _check(file, name)
    return Profile(name, file.all.latency, file.all.bandwidth, NETWORKS[file.like], file.shared, file.links,
                   file.machine)


class _Versioned(msgspec.Struct):
    version: int


def _check(file: _File, name: str) -> None:
    """Raises ConfigError for values that no measurement gives, and where a kind of work is missing."""
    if file.like not in NETWORKS:
        raise ConfigError(f"{name}: `like` is {file.like!r}, not one of {', '.join(NETWORKS)}")
    for where, link in (("all", file.all), *((f"links.{peer}", link) for peer, link in file.links.items())):
        if not 0 <= link.latency < 1e6 or not 0 < link.bandwidth <= 1e15:
            raise ConfigError(f"{name}: `{where}` has a latency or a bandwidth that no link has")
    machine = file.machine
    for needed in TRANSFERS:
        if needed not in machine.transfers:
            raise ConfigError(f"{name} does not know how long `{needed}` of the transfers takes; "
                              "make it anew with `cloister calibrate`")
    if not machine.crowd or not all(map(_is_crowd, machine.crowd)):
        raise ConfigError(f"{name}: `machine.crowd` takes factors of at least 1, by rising seconds")
    for where, more in (("stir", machine.stir), ("wake", machine.wake)):
        numbers = [number for number, _ in more]
        if not numbers or numbers != sorted(set(numbers)):
            raise ConfigError(f"{name}: `machine.{where}` takes seconds by rising numbers")
    costs = [machine.round, machine.frame, machine.byte, *machine.transfers.values(),
             *(seconds for _, seconds in (*machine.stir, *machine.wake))]
    for protocol, speeds in machine.speeds.items():
        missing = sorted(samples(0).keys() - speeds.keys())
        if missing:
            raise ConfigError(f"{name} does not know how fast {protocol} does `{missing[0]}`; "
                              "make it anew with `cloister calibrate`")
        for kind, points in speeds.items():
            units = [point.units for point in points]
            if not units or units != sorted(set(units)):
                raise ConfigError(f"{name}: `machine.speeds.{protocol}.{kind}` takes points by rising units")
            costs += [seconds for point in points for seconds in (point.most, point.mean)]
    if not machine.speeds or not all(0 <= seconds < 1e6 for seconds in costs):
        raise ConfigError(f"{name} has speeds that no machine has")


def _is_crowd(points: Sequence[Factor]) -> bool:
    seconds = [point.seconds for point in points]
    return bool(points) and seconds[0] > 0 and seconds == sorted(set(seconds)) and all(
        1 <= point.times < 1e6 for point in points)


def _rounded(value: object) -> object:
    """Seconds to four digits: what is beyond is noise."""
    if isinstance(value, float):
        return float(f"{value:.4g}")
    if isinstance(value, dict):
        return {key: _rounded(one) for key, one in value.items()}
    return [_rounded(one) for one in value] if isinstance(value, list | tuple) else value
