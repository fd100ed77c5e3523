"""Which protocol runs a program: one that withstands what its `security` statement names."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from cloister.runtime.protocols.base import Protocol
from cloister.runtime.protocols.registry import PROTOCOLS, for_name

from ..check.scope import suggestion
from ..diagnostics import Diagnostic, ProgramError


def choose_protocol(parties: Sequence[str], security: Sequence[str], wanted: str | None = None) -> Protocol:
    """The protocol named by `wanted`, or the first of the registry that gives the security for these parties.

    Raises ProgramError (E5002) when none does, or when the wanted one does not.
    """
    if wanted == "reference":
        return for_name(wanted, len(parties))
    if wanted is not None and wanted not in PROTOCOLS:
        near = suggestion(wanted, list(PROTOCOLS))
        raise _refusal(f"there is no protocol `{wanted}`", near or f"known are: {', '.join(sorted(PROTOCOLS))}")
    for protocol in fitting(parties, security):
        if wanted in (None, protocol.name):
            return protocol
    asked = ", ".join(security)
    if wanted:
        raise _refusal(f"`{wanted}` does not give `{asked}` for {len(parties)} parties", "leave --protocol away")
    raise _refusal(f"no protocol gives `{asked}` for {len(parties)} parties", _advice(len(parties), security))


def fitting(parties: Sequence[str], security: Sequence[str]) -> Iterator[Protocol]:
    """All protocols that give the security for these parties, the one that is chosen first."""
    for name in PROTOCOLS:
        try:
            protocol = for_name(name, len(parties))
        except ValueError:
            continue
        if name != "reference" and _gives(protocol, len(parties), security):
            yield protocol


def _gives(protocol: Protocol, parties: int, security: Sequence[str]) -> bool:
    given = protocol.security
    corrupted = parties - 1 if "dishonest_majority" in security else max(1, (parties - 1) // 2)
    return given.corrupted >= corrupted and (given.malicious or "malicious" not in security)


def _advice(parties: int, security: Sequence[str]) -> str:
    if "malicious" in security:
        return "`semi_honest` is what can be had today: it trusts every party to follow the protocol"
    return "`security honest_majority, semi_honest` works with exactly three parties (a third may help to compute)"


def _refusal(message: str, help: str) -> ProgramError:
    return ProgramError([Diagnostic("E5002", message, (), (), help)])
