"""`cost --html`: one page that needs nothing else, for a browser that asks nobody."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path

from cloister import __version__

from ..bindings import sizes_line
from ..options import human_bytes, human_count, human_seconds
from ..pricing import Priced
from .against import against
from .circuit import circuit
from .growth import Growth, curves
from .marks import Markup, tag
from .program import listing
from .timeline import timeline

_HERE = Path(__file__).parent


def page(priced: Priced, circuits: Mapping[str, Priced], growth: Growth | None) -> str:
    """The whole page. `circuits` are the same program and sizes compiled for several networks, by their names."""
    style, script = (_part(name) for name in ("report.css", "report.js"))
    allowed = f"default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-{_digest(script)}'"
    name = priced.compiled.program.name
    head = tag(
        "head", tag("meta", charset="utf-8"), tag("meta", http_equiv="Content-Security-Policy", content=allowed),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("meta", name="color-scheme", content="light dark"), tag("title", f"What {name} costs"),
        tag("style", style))
    body = tag("body", tag("main", *_head(priced), *_sections(priced, circuits, growth)), _foot(priced),
               tag("script", script))
    return f"<!doctype html>\n{tag('html', head, body, lang='en')}\n"


def _part(name: str) -> Markup:
    """A file of this folder, which is written for this page and holds no text of anybody else."""
    return Markup((_HERE / name).read_text(encoding="utf-8"))


def _digest(script: str) -> str:
    return b64encode(sha256(script.encode()).digest()).decode()


def _head(priced: Priced) -> tuple[Markup, ...]:
    found, compiled = priced.estimate, priced.compiled
    sizes = compiled.checked.binding.sizes
    at = f", at {sizes_line(priced.loaded, sizes)}" if sizes else ""
    tiles = [
        _tile("rounds", f"{found.rounds:,}", f"{found.depth:,} deep in products and ANDs"),
        _tile("sent by one", human_bytes(max(found.bytes_sent.values(), default=0)), "the party that sends most"),
        _tile(f"time on {priced.network.name}", human_seconds(found.seconds), "estimated"),
        _tile("memory", human_bytes(found.memory_bytes), "of one party, estimated"),
        _tile("gates", human_count(sum(found.gates.values())),
              f"{human_count(found.gates['mul'])} products, {human_count(found.gates['and'])} ANDs"),
    ]
    if found.preprocessing_rounds:
        sent = human_bytes(max(found.preprocessing_bytes.values(), default=0))
        tiles.append(_tile("before it", human_seconds(found.preprocessing_seconds),
                           f"preprocessing: {found.preprocessing_rounds:,} rounds, {sent} sent by one"))
    return (
        tag("h1", "What ", tag("code", compiled.program.name), " costs"),
        tag("p", f"{len(compiled.program.parties)} parties, protocol {compiled.program.protocol}{at}. "
                 "Rounds and bytes are exact; memory and time are estimates."),
        tag("div", *tiles, class_="tiles"),
    )


def _tile(name: str, value: str, about: str) -> Markup:
    return tag("div", tag("div", name, class_="name"), tag("div", value, class_="value"),
               tag("div", about, class_="quiet"))


def _sections(priced: Priced, circuits: Mapping[str, Priced], growth: Growth | None) -> list[Markup]:
    found = [
        _section("program", "By line", tag("p", tag("span", "●", class_="critical"), " marks lines on the critical "
                 "path: the rounds wait for them. A round counts for every line that takes part in it."),
                 listing(priced)),
        _section("rounds", "Rounds over time", tag("p", "When each line exchanges anything; ",
                 tag("span", "what the rounds wait for", class_="key held"), " and ",
                 tag("span", "what travels with it", class_="key shared"), "."), timeline(priced)),
    ]
    if growth is not None:
        found.append(_section("growth", "Growth", tag("p", f"The same program at other values of {growth.name}, "
                                                      "preprocessing included."), curves(growth)))
    found.append(_section("networks", "One network against another", against(circuits)))
    found.append(_section("drawing", "The circuit", circuit(priced)))
    return found


def _section(name: str, title: str, *content: Markup) -> Markup:
    return tag("section", tag("h2", title, id=f"{name}-title"), *content, id=name, aria_labelledby=f"{name}-title")


def _foot(priced: Priced) -> Markup:
    program = priced.compiled.program
    return tag(
        "footer", tag("p", "digest ", tag("code", program.digest)),
        tag("p", "circuit digest ", tag("code", program.circuit_digest)),
        tag("p", f"Cloister {__version__}, compiled for {priced.network.like.name}"))
