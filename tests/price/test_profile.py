"""Profiles: what is written is read, and what no measurement gives is refused with words."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest
from cloister.compiler.price.network import LAN, LOCAL, MOBILE, NETWORKS, WAN
from cloister.compiler.price.profile import nearest, of, on_one_machine, read, write
from cloister.runtime.errors import ConfigError
from cloister.runtime.measure.links import Factor, Link


@pytest.fixture
def path(tmp_path: Path) -> Path:
    found = tmp_path / "profile.json"
    found.write_bytes(write(of(LOCAL), "for a test"))
    return found


def test_what_is_written_is_read(path: Path) -> None:
    again, before = read(path), of(LOCAL)
    assert again.machine == before.machine
    assert (again.latency, again.bandwidth) == (before.latency, before.bandwidth)
    assert again.like is before.like
    assert again.shared
    assert again.name == str(path)


def test_named_networks_have_their_own_links_and_machines_of_their_own() -> None:
    for network in NETWORKS.values():
        found = of(network)
        assert found.name == network.name
        assert found.shared == (network is LOCAL)
        assert found.crowd(3, 0.001) == 1 or network is LOCAL
    assert (of(WAN).latency, of(WAN).bandwidth) == (WAN.latency, WAN.bandwidth)
    assert of(of(WAN)) == of(WAN)


def test_parties_on_one_machine_share_it_over_links_as_they_are_or_emulated() -> None:
    plain, emulated = on_one_machine(LAN, None), on_one_machine(LAN, WAN)
    assert plain.shared
    assert emulated.shared
    assert plain.like is emulated.like is LAN
    assert plain.latency == of(LOCAL).latency
    assert (emulated.latency, emulated.bandwidth) == (WAN.latency, WAN.bandwidth)
    assert on_one_machine(emulated, None) is emulated


def test_a_crowd_beyond_what_was_measured_grows_in_proportion() -> None:
    machine = of(LOCAL).machine
    assert machine.crowded(1, 0.01) == 1
    for seconds in (1e-6, 1e-3, 1.0):
        most = machine.crowded(len(machine.crowd), seconds)
        assert machine.crowded(2 * len(machine.crowd), seconds) == pytest.approx(2 * most)


def test_a_crowd_is_as_measured_between_its_points_on_a_line_and_beyond_as_at_the_ends() -> None:
    points = (Factor(1e-3, 2.0), Factor(1e-1, 1.5))
    machine = msgspec.structs.replace(of(LOCAL).machine, crowd=(points,))
    found = [machine.crowded(1, seconds) for seconds in (0.0, 1e-4, 1e-3, 1e-2, 1e-1, 10.0)]
    assert found == pytest.approx([2.0, 2.0, 2.0, 1.75, 1.5, 1.5])


def test_the_slowest_of_the_links_that_are_used_counts(path: Path) -> None:
    content = json.loads(path.read_text())
    content["shared"] = False
    content["links"] = {"near": {"latency": 0.001, "bandwidth": 1e9}, "far": {"latency": 0.1, "bandwidth": 1e6}}
    path.write_text(json.dumps(content))
    found = read(path)
    assert found.link(["me", "near"]) == Link(0.001, 1e9)
    assert found.link(["me", "near", "far"]) == Link(0.1, 1e6)
    assert found.link(["me", "others"]) == Link(found.latency, found.bandwidth)


@pytest.mark.parametrize(("link", "network"), [
    (Link(5e-5, 5e8), LOCAL), (Link(4e-4, 1e8), LAN), (Link(0.03, 2e7), WAN), (Link(0.06, 1e6), MOBILE)])
def test_a_measured_link_is_like_the_nearest_named_one(link: Link, network: object) -> None:
    assert nearest(link) is network


def _delete(content: dict[str, Any]) -> None:
    del content["machine"]["speeds"]["replicated"]["and"]


def _unsorted(content: dict[str, Any]) -> None:
    content["machine"]["speeds"]["replicated"]["and"].reverse()


WRONG: dict[str, tuple[Callable[[dict[str, Any]], object], str]] = {
    "version": (lambda c: c.update(version=99), "version 99"),
    "no version": (lambda c: c.pop("version"), "no profile"),
    "unknown key": (lambda c: c.update(more=1), "more"),
    "no such network": (lambda c: c.update(like="moon"), "moon"),
    "latency": (lambda c: c["all"].update(latency=-1), "`all`"),
    "bandwidth": (lambda c: c["all"].update(bandwidth=0), "`all`"),
    "text": (lambda c: c["machine"].update(round="fast"), "round"),
    "nobody": (lambda c: c["machine"].update(crowd=[]), "crowd"),
    "nothing of one": (lambda c: c["machine"].update(crowd=[[]]), "crowd"),
    "shrinking crowd": (lambda c: c["machine"].update(crowd=[[[0.001, 0.5]]]), "crowd"),
    "crowd out of order": (lambda c: c["machine"].update(crowd=[[[0.1, 1.0], [0.001, 2.0]]]), "rising"),
    "no stir": (lambda c: c["machine"].update(stir=[]), "`machine.stir`"),
    "no wake": (lambda c: c["machine"].update(wake=[]), "`machine.wake`"),
    "stir out of order": (lambda c: c["machine"].update(stir=[[0, 0.0], [7, 0.1], [3, 0.2]]), "rising"),
    "negative stir": (lambda c: c["machine"].update(stir=[[0, -1.0]]), "speeds"),
    "negative": (lambda c: c["machine"].update(byte=-1.0), "speeds"),
    "no protocol": (lambda c: c["machine"].update(speeds={}), "speeds"),
    "missing kind": (_delete, "replicated does `and`"),
    "unsorted": (_unsorted, "rising"),
    "missing transfers": (lambda c: c["machine"]["transfers"].pop("start"), "`start`"),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_no_measurement_gives_is_refused(path: Path, name: str) -> None:
    change, words = WRONG[name]
    content = json.loads(path.read_text())
    change(content)
    path.write_text(json.dumps(content))
    with pytest.raises(ConfigError, match=words) as error:
        read(path)
    assert str(path) in str(error.value)


@pytest.mark.parametrize("content", [b"", b"{", b"\xff\xfe", b"[]", b"null", b"9" * 5_000_000])
def test_files_that_are_no_profiles(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "profile.json"
    path.write_bytes(content)
    with pytest.raises(ConfigError, match="no profile"):
        read(path)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read"):
        read(tmp_path / "profile.json")
    with pytest.raises(ConfigError, match="cannot be read"):
        read(tmp_path)
