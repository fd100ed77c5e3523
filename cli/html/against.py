"""One network against another: where the time goes on each, and what another circuit would change."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from cloister.compiler.price.network import NETWORKS, Network
from cloister.compiler.price.profile import of
from cloister.compiler.report.estimate import Estimate, estimate

from ..options import human_bytes, human_seconds
from ..pricing import Priced
from .marks import Markup, join, tag

_KINDS = ("waiting", "sending", "computing", "preprocessing")


@dataclass(frozen=True)
class _Run:
    """A circuit, named by the network that it was compiled for, on a network. What is sent while others compute is
    counted as sending."""

    made_for: str
    network: Network
    estimate: Estimate

    @property
    def seconds(self) -> dict[str, float]:
        """By kind: waiting for rounds, sending, computing, and what is prepared before."""
        link, whole = of(self.network), self.estimate.seconds
        waiting = min(whole, link.seconds(self.estimate.rounds, 0))
        sending = min(whole - waiting, link.seconds(0, max(self.estimate.bytes_sent.values(), default=0)))
        computing = whole - waiting - sending
        return dict(zip(_KINDS, (waiting, sending, computing, self.estimate.preprocessing_seconds), strict=True))


def against(circuits: Mapping[str, Priced]) -> Markup:
    """Bars for each network, one for each of `circuits` (by the network that they were compiled for); the first of
    these circuits is also shown on the network that it was priced for, where that is none of the named ones."""
    own = next(iter(circuits.values())).network
    networks = {own.name: own, **NETWORKS} if own.name not in NETWORKS else NETWORKS
    first: dict[str, str] = {}
    for name, priced in circuits.items():
        first.setdefault(priced.compiled.program.circuit_digest, name)
    kept = {name: circuits[name] for name in first.values()}
    runs = [_Run(name, network, estimate(priced.compiled.program, priced.compiled.protocol, network))
            for network in networks.values() for name, priced in kept.items()]
    present = [kind for kind in _KINDS if any(run.seconds[kind] for run in runs)]
    legend = tag("p", *(tag("span", kind, class_=f"key {kind}") for kind in present), class_="legend")
    return join(tag("p", _said(circuits, kept)), legend, _table(runs, len(kept), present))


def _said(circuits: Mapping[str, Priced], kept: Mapping[str, Priced]) -> str:
    if len(kept) == 1:
        return f"The circuit is the same, whether it is compiled for {' or for '.join(circuits)}."
    parts = [f"compiled for {name} it takes {priced.estimate.rounds:,} rounds and "
             f"{human_bytes(max(priced.estimate.bytes_sent.values(), default=0))} sent by one"
             for name, priced in kept.items()]
    text = "; ".join(parts)
    return f"{text[0].upper()}{text[1:]}."


def _table(runs: list[_Run], each: int, present: list[str]) -> Markup:
    rows = []
    for i, run in enumerate(runs):
        first = i % each == 0
        group = runs[i - i % each:i - i % each + each]
        whole = max(sum(other.seconds.values()) for other in group) or 1.0
        cells = [tag("th", run.network.name, tag("span", _about(run.network), class_="quiet"), scope="rowgroup",
                     rowspan=str(each))] if first else []
        if each > 1:
            cells.append(tag("td", f"made for {run.made_for}", class_="made"))
        cells += [tag("td", human_seconds(sum(run.seconds.values())), class_="time"),
                  tag("td", _bar(run, whole, present), class_="bar")]
        rows.append(tag("tr", *cells))
    return tag("table", tag("tbody", *rows), class_="against")


def _about(network: Network) -> str:
    link = of(network)
    return f" {human_seconds(link.latency)} one way, {human_bytes(link.bandwidth)}/s"


def _bar(run: _Run, whole: float, present: list[str]) -> Markup:
    said = ", ".join(f"{kind} {human_seconds(run.seconds[kind])}" for kind in present)
    parts = [tag("span", class_=kind, title=f"{kind} {human_seconds(run.seconds[kind])}",
                 style=f"width:{100 * run.seconds[kind] / whole:.2f}%") for kind in present if run.seconds[kind]]
    return tag("div", *parts, class_="parts", role="img", aria_label=said)
