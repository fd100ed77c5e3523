"""The statement of who gives what and who learns what: what the parties agree to.

It names sizes and holds none of their values, so that its digest is the same for every run of a program with
the same parameters.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from ..source import Source
from .tree import Checked, PartyInput
from .types import Bool, Dim, Elem, Fixed, Type
from .values import range_name

DIGEST_DOMAIN = b"cloister disclosure statement 1\0"


@dataclass(frozen=True)
class Gift:
    """One input of one party: its type, its declared range and its shape by names of sizes."""

    party: str
    name: str
    type: str
    range: str
    shape: str

    def line(self) -> str:
        within = (
            f", each in {self.range}"
            if self.range and self.shape
            else f" in {self.range}"
            if self.range
            else ""
        )
        return f"{self.party} gives `{self.name}`: {_noun(self.type, self.shape)}{within}"


@dataclass(frozen=True)
class Result:
    """One output, as its receivers see it; `condition` is the text of its suppression condition, or empty."""

    receivers: tuple[str, ...]
    name: str
    type: str
    shape: str
    condition: str

    def line(self) -> str:
        shown = f"; shown only where `{self.condition}`, otherwise they see that it is suppressed"
        return f"`{self.name}`: {_noun(self.type, self.shape)}{shown if self.condition else ''}"


@dataclass(frozen=True)
class Opening:
    """A value that is opened to everybody in mid-program."""

    text: str
    type: str
    shape: str

    def line(self) -> str:
        return f"`{self.text}`: {_noun(self.type, self.shape)}"


@dataclass(frozen=True)
class PublicSize:
    """A size that everybody knows; `each` when it is known for every party."""

    name: str
    bound: int | None
    each: bool

    def line(self) -> str:
        what = f"`{self.name}`, for each party" if self.each else f"`{self.name}`"
        return what if self.bound is None else f"{what} (at most {self.bound} in all)"


@dataclass(frozen=True)
class Statement:
    """Who gives what, who learns what, what everybody knows, and against whom it is safe."""

    title: str
    parties: tuple[str, ...]
    security: tuple[str, ...]
    gives: tuple[Gift, ...]
    learns: tuple[Result, ...]
    reveals: tuple[Opening, ...]
    sizes: tuple[PublicSize, ...]
    parameters: tuple[tuple[str, int | bool | float | str], ...]

    def plain(self) -> dict[str, Any]:
        """The statement as dictionaries, lists, numbers and texts."""
        return asdict(self)

    def lines(self) -> list[str]:
        """The statement in words, a line each."""
        lines = [self.title.strip(), ""] if self.title.strip() else []
        lines += ["Who gives what", *(f"  {gift.line()}" for gift in self.gives), ""]
        lines.append("Who learns what")
        for party in self.parties:
            own = [result for result in self.learns if party in result.receivers]
            lines.append(f"  {party} learns {'nothing of its own' if not own else ''}".rstrip())
            lines += [f"    {result.line()}" for result in own]
        lines.append("")
        if self.reveals:
            lines += [
                "Opened to everybody while computing",
                *(f"  {opening.line()}" for opening in self.reveals),
                "",
            ]
        lines.append("What everybody knows")
        lines += [f"  the size {size.line()}" for size in self.sizes]
        lines += [f"  the parameter `{name}` = {_value(value)}" for name, value in self.parameters]
        lines += ["  this program", "", "Against whom it is safe"]
        lines += [f"  {line}" for line in security_lines(self.security, len(self.parties))]
        return lines

    def text(self) -> str:
        """The statement in words."""
        return "\n".join(self.lines())


def statement(checked: Checked) -> Statement:
    """The disclosure statement of a checked program."""
    results = tuple(
        Result(
            o.receivers, o.name, type_word(o.value.type.elem), _shape(o.value.type.shape), o.condition_text
        )
        for o in checked.outputs
    )
    return Statement(
        title=checked.title,
        parties=checked.parties,
        security=checked.security,
        gives=tuple(_gift(given) for given in checked.inputs),
        learns=results,
        reveals=tuple(dict.fromkeys(_opening(r.text, r.type) for r in checked.reveals)),
        sizes=tuple(PublicSize(size.name, size.bound, size.each) for size in checked.sizes),
        parameters=tuple((name, checked.binding.params[name]) for name in checked.params),
    )


def digest(statement: Statement, sources: Mapping[str, Source]) -> str:
    """SHA-256, in hexadecimal, of the statement and the text of the program and of all its modules."""
    texts = [[name, source.text] for name, source in sorted(sources.items())]
    canonical = json.dumps(
        [statement.plain(), texts], sort_keys=True, separators=(",", ":"), ensure_ascii=True
    )
    return hashlib.sha256(DIGEST_DOMAIN + canonical.encode("ascii")).hexdigest()


def security_lines(words: tuple[str, ...], parties: int) -> list[str]:
    """The security statement in words, for a number of parties."""
    most = parties - 1 if "dishonest_majority" in words else (parties - 1) // 2
    who = "no single party" if most == 1 else f"no group of up to {most} of the {parties} parties"
    if most == 0:
        who = "nobody outside"
    lines = [
        f"{', '.join(words)}:",
        f"{who} learns anything about the inputs of the others, besides what stands above,",
    ]
    if "malicious" in words:
        lines.append(
            "even when it does not follow the protocol; a run that is disturbed ends without results."
        )
    else:
        lines.append("as long as every party follows the protocol; it may keep and study all that it sees.")
    if "dishonest_majority" not in words and most:
        lines.append(f"{most + 1} parties together could learn everything.")
    return lines


def type_word(elem: Elem) -> str:
    """The kind of a number: `bool`, `int` or `fixed[16]`."""
    return "bool" if isinstance(elem, Bool) else f"fixed[{elem.frac}]" if isinstance(elem, Fixed) else "int"


def _noun(type_: str, shape: str) -> str:
    word = {"bool": "truth value", "int": "whole number"}.get(type_, f"{type_} number")
    return f"one {word}" if not shape else f"{word}s {shape}"


def _shape(shape: tuple[Dim, ...]) -> str:
    return f"[{', '.join(map(str, shape))}]" if shape else ""


def _gift(given: PartyInput) -> Gift:
    dims = f"[{', '.join(map(str, given.dims))}]" if given.dims else ""
    limits = "" if isinstance(given.elem, Bool) else range_name(given.elem)
    return Gift(given.party, given.name, type_word(given.elem), limits, dims)


def _opening(text: str, type_: Type) -> Opening:
    return Opening(text, type_word(type_.elem), _shape(type_.shape))


def _value(value: int | bool | float | str) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
