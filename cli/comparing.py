"""`cost --compare`: every protocol and family of adders that would do, as a table and as JSON."""

from __future__ import annotations

from typing import Any

from cloister.compiler.price.network import NETWORKS
from cloister.compiler.report.compare import Alternative, Way, compare
from cloister.compiler.report.estimate import Estimate

from .options import human_bytes, human_seconds
from .pricing import Priced
from .show import table

_COMPARED = ("local", "lan", "wan")
_FAMILIES = {"sklansky": "prefix (Sklansky)", "brent_kung": "prefix (Brent–Kung)", "ripple": "ripple"}


def alternatives(priced: Priced) -> list[Alternative]:
    """All ways to compile what was priced, at the same sizes."""
    networks = {name: NETWORKS[name] for name in _COMPARED} | {priced.network.name: priced.network}
    made = priced.compiled
    return compare(priced.loaded, made.checked.binding.sizes, made.options, networks.values())


def print_alternatives(found: list[Alternative], title: str) -> None:
    """The table, and one of what comes before the run where anything does; what the compiler takes is marked."""
    networks = tuple(found[0].estimates)
    headings = ("", "protocol", "adders", "rounds", "sent by one", *networks)
    rows = [(*_ways(one), *_online(one)) for one in found]
    table(headings, rows, f"every way that would do{f', {title}' if title else ''}", left=headings[:3])
    before = [(*_ways(one), *_before(one)) for one in found if _first(one).preprocessing_rounds]
    if before:
        table(headings, before, "and before it, the preprocessing of", left=headings[:3])
    print("→ is what the compiler takes; ways that lead to the same circuit share a row")


def _first(one: Alternative) -> Estimate:
    """Rounds and bytes are the same on every network."""
    return next(iter(one.estimates.values()))


def _ways(one: Alternative) -> tuple[str, ...]:
    return "→" if one.chosen else "", one.protocol, ", ".join(_name(way) for way in one.ways)


def _online(one: Alternative) -> tuple[str, ...]:
    return (f"{_first(one).rounds:,}", human_bytes(max(_first(one).bytes_sent.values(), default=0)),
            *(human_seconds(made.seconds) for made in one.estimates.values()))


def _before(one: Alternative) -> tuple[str, ...]:
    return (f"{_first(one).preprocessing_rounds:,}",
            human_bytes(max(_first(one).preprocessing_bytes.values(), default=0)),
            *(human_seconds(made.preprocessing_seconds) for made in one.estimates.values()))


def _name(way: Way) -> str:
    return _FAMILIES[way.adders] if way.adders else f"by price for {way.priced}"


def alternative_json(one: Alternative) -> dict[str, Any]:
    """One row of the contract."""
    first = _first(one)
    return {
        "protocol": one.protocol, "chosen": one.chosen,
        "ways": [{"adders": way.adders, "priced_for": way.priced} for way in one.ways],
        "rounds": first.rounds, "bytes_sent": first.bytes_sent, "gates": first.gates,
        "preprocessing": {"rounds": first.preprocessing_rounds, "bytes_sent": first.preprocessing_bytes},
        "seconds": {name: {"online": made.seconds, "preprocessing": made.preprocessing_seconds}
                    for name, made in one.estimates.items()},
    }
