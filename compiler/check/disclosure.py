"""The statement of who gives what and who learns what: what the parties agree to.

It names sizes and holds none of their values, so that its digest is the same for every run of a program with
the same parameters.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from cloister.runtime.data.declare import is_presence, presence
from cloister.runtime.data.wanted import ROWS

from ..source import Source
from .tree import Checked, Const, PartyInput
from .types import Date, Type, Word
from .values import elem_name, range_name

DIGEST_DOMAIN = b"cloister disclosure statement 1\0"


@dataclass(frozen=True)
class Gift:
    """One input of one party: its type, its declared range and its shape by names of sizes; `optional` ones need
    not have every value.
    """

    party: str
    name: str
    type: str
    range: str
    shape: str
    optional: bool = False

    def line(self) -> str:
        within = (
            f", each in {self.range}"
            if self.range and self.shape
            else f" in {self.range}"
            if self.range
            else ""
        )
        missing = ", or missing" if self.optional else ""
        return f"{self.party} gives `{self.name}`: {_noun(self.type, self.shape)}{within}{missing}"


@dataclass(frozen=True)
class Result:
    """One output, as its receivers see it; `condition` is the text of its suppression condition, or empty.

    `optional`: where the value is missing, they see that.
    """

    receivers: tuple[str, ...]
    name: str
    type: str
    shape: str
    condition: str
    optional: bool = False

    def line(self) -> str:
        if self.optional:
            return f"`{self.name}`: {_noun(self.type, self.shape)}, or that it is missing"
        shown = f"; shown only where `{self.condition}`, otherwise they see that it is suppressed"
        return f"`{self.name}`: {_noun(self.type, self.shape)}{shown if self.condition else ''}"


@dataclass(frozen=True)
class Stored:
    """One array that passes from program to program as shares, under the name `store`; `text` is what it is here."""

    store: str
    text: str
    type: str
    range: str
    shape: str
    optional: bool = False

    def line(self) -> str:
        within = f" in {self.range}" if self.range else ""
        missing = ", or missing" if self.optional else ""
        return f'"{self.store}": `{self.text}`, {_noun(self.type, self.shape)}{within}{missing}'


@dataclass(frozen=True)
class Opening:
    """A value that is opened to everybody in mid-program."""

    text: str
    type: str
    shape: str

    def line(self) -> str:
        return f"`{self.text}`: {_noun(self.type, self.shape)}"


@dataclass(frozen=True)
class Assumption:
    """What is taken to hold; `checked` in secret, or else believed."""

    text: str
    checked: bool

    def line(self) -> str:
        return f"`{self.text}`"


@dataclass(frozen=True)
class PublicSize:
    """A size that everybody knows; `each` when it is known for every party. Of a `hidden` one its bound is known."""

    name: str
    bound: int | None
    each: bool
    hidden: bool = False

    def line(self) -> str:
        if self.hidden:
            return f"`{self.name}`, only that it is at most {self.bound}{' for each party' if self.each else ''}"
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
    assumptions: tuple[Assumption, ...] = ()
    loads: tuple[Stored, ...] = ()
    keeps: tuple[Stored, ...] = ()

    def plain(self) -> dict[str, Any]:
        """The statement as dictionaries, lists, numbers and texts."""
        return asdict(self)

    def within(self, approved: Statement) -> bool:
        """Whether this, at some sizes, is what was approved at their bounds.

        What can be missing there may be missing here for certain, or be there: that follows from the sizes alone.
        """
        if len(self.learns) != len(approved.learns):
            return False
        pairs = zip(self.learns, approved.learns, strict=True)
        learns = tuple(replace(own, optional=own.optional or theirs.optional) for own, theirs in pairs)
        return replace(self, learns=learns) == approved

    def differences(self, approved: Statement) -> list[str]:
        """What of the results is not as approved, in words; each result once."""
        theirs = {(result.name, result.receivers): result for result in approved.learns}
        found = []
        for own in self.learns:
            other = theirs.get((own.name, own.receivers))
            if other is not None and (own.type, own.shape) != (other.type, other.shape):
                here, there = _noun(own.type, own.shape), _noun(other.type, other.shape)
                found.append(f"here `{own.name}` is {here}, approved is {there}")
        return found

    def lines(self) -> list[str]:
        """The statement in words, a line each."""
        lines = [self.title.strip(), ""] if self.title.strip() else []
        lines += ["Who gives what", *(f"  {gift.line()}" for gift in self.gives), ""]
        lines += _stored("Taken from an earlier program, as shares that nobody can read alone", self.loads)
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
        lines += _stored("Kept for a later program: nobody learns it, each party stores its share", self.keeps)
        lines += _assumed(self.assumptions)
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
            o.receivers,
            o.name,
            elem_name(o.value.type.elem),
            _shape(o.value.type),
            o.condition_text,
            not (o.condition is None or o.condition_text or isinstance(o.condition, Const)),
        )
        for o in checked.outputs
    )
    missing = {(given.name, given.party) for given in checked.inputs}
    return Statement(
        title=checked.title,
        parties=checked.parties,
        security=checked.security,
        gives=tuple(
            _gift(given, (presence(given.name), given.party) in missing)
            for given in checked.inputs
            if not is_presence(given.name)
        ),
        learns=results,
        reveals=tuple(dict.fromkeys(_opening(r.text, r.type) for r in checked.reveals)),
        sizes=tuple(PublicSize(size.name, size.bound, size.each, size.hidden) for size in checked.sizes),
        parameters=tuple((name, checked.binding.params[name]) for name in checked.params),
        assumptions=tuple(dict.fromkeys(Assumption(a.text, a.checked) for a in checked.assumptions)),
        loads=_loads(checked),
        keeps=_keeps(checked),
    )


def _loads(checked: Checked) -> tuple[Stored, ...]:
    keys = {part.key for part in checked.loads}
    return tuple(
        Stored(part.store, part.var.name, elem_name(part.elem), "" if part.elem == Date() else range_name(part.elem),
               f"[{', '.join(map(str, part.dims))}]" if part.dims else "", presence(part.key) in keys)
        for part in checked.loads if not _tells_presence(part.part)
    )


def _keeps(checked: Checked) -> tuple[Stored, ...]:
    keys = {part.key for part in checked.keeps}
    return tuple(
        Stored(part.store, part.text + part.part, elem_name(part.value.type.elem), "", _shape(part.value.type),
               presence(part.key) in keys)
        for part in checked.keeps if not _tells_presence(part.part)
    )


def _tells_presence(part: str) -> bool:
    return part == ROWS or is_presence(part)


def _stored(head: str, parts: tuple[Stored, ...]) -> list[str]:
    return [head, *(f"  {part.line()}" for part in parts), ""] if parts else []


def _assumed(assumptions: tuple[Assumption, ...]) -> list[str]:
    """What is assumed, in words: what is checked, and what is believed."""
    lines: list[str] = []
    for checked, head in (
        (True, "Checked in secret before anything is opened; where one does not hold everybody learns that, not which, "
               "and the run ends without results"),
        (False, "Believed without a check; where one does not hold the results are wrong"),
    ):
        own = [f"  {assumption.line()}" for assumption in assumptions if assumption.checked == checked]
        lines += [head, *own, ""] if own else []
    return lines


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


_NOUNS = {"bool": "truth value", "int": "whole number", "date": "date", "ip4": "IPv4 address", "text": "text"}


def _noun(type_: str, shape: str) -> str:
    """A kind of element in words: `one whole number`, `levels of category(low, high) [rows]`."""
    kind, detail = type_, ""
    if type_.startswith("text["):
        kind, detail = "text", f" of up to {type_[len('text['):-1]} bytes"
    word = _NOUNS.get(kind, f"{type_} number")
    if type_.startswith("category("):
        word, detail = "level", f" of {type_}"
    if not shape:
        return f"one {word}{detail}"
    return f"{word}{'es' if word.endswith('s') else 's'}{detail} {shape}"


def _shape(type_: Type) -> str:
    """The shape in words, without the axis that the words of a text stand along."""
    shape = type_.shape[:-1] if isinstance(type_.elem, Word) else type_.shape
    return f"[{', '.join(map(str, shape))}]" if shape else ""


def _gift(given: PartyInput, optional: bool) -> Gift:
    dims = f"[{', '.join(map(str, given.dims))}]" if given.dims else ""
    limits = "" if given.elem == Date() else range_name(given.elem)
    return Gift(given.party, given.name, elem_name(given.elem), limits, dims, optional)


def _opening(text: str, type_: Type) -> Opening:
    return Opening(text, elem_name(type_.elem), _shape(type_))


def _value(value: int | bool | float | str) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
