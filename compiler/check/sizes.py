"""Sizes: what is given for them, and what they are at most."""

from __future__ import annotations

from collections.abc import Mapping

from ..diagnostics import Findings
from .facts import Header
from .scope import suggestion
from .tree import Size


def bind_sizes(header: Header, given: Mapping[str, int]) -> dict[str, int]:
    """A value for every size, as `check` takes them: `rows.north` for each party, or `rows`.

    `rows=1000` for a size that counts rows of each party splits evenly, the remainder to the first party.
    Raises ProgramError (E2012, E2008) when one is missing, unknown or above its bound.
    """
    findings = Findings()
    names = {name for size in header.sizes for name in (size.name, *parts(header, size))}
    for name, value in given.items():
        if name not in names:
            findings.report("E2012", f"there is no size `{name}`", None, help=suggestion(name, sorted(names)))
        elif value < 0:
            findings.report("E2012", f"the size `{name}` cannot be {value}", None)
    sizes: dict[str, int] = {}
    for size in header.sizes:
        _bind(header, size, given, sizes, findings)
    findings.raise_if_failed()
    within_bounds(header, sizes, findings)
    findings.raise_if_failed()
    return sizes


def _bind(
    header: Header, size: Size, given: Mapping[str, int], sizes: dict[str, int], findings: Findings
) -> None:
    own = parts(header, size)
    if size.hidden:
        _bind_hidden(header, size, given, sizes, findings)
        return
    if size.name in given:
        if any(part in given for part in own):
            findings.report(
                "E2012",
                f"`{size.name}` is given both in all and for single parties",
                size.span,
                help="give one of the two",
            )
            return
        sizes.update(split(header, size, given[size.name]))
        return
    for name in own or (size.name,):
        if name in given:
            sizes[name] = given[name]
        else:
            findings.report("E2012", f"the size `{name}` has no value", size.span, help=f"`-D {name}=1000`")


def _bind_hidden(
    header: Header, size: Size, given: Mapping[str, int], sizes: dict[str, int], findings: Findings
) -> None:
    """A hidden size stands at its bound, whatever the data; another value may not even be given."""
    bound = at_bounds(header)
    names = parts(header, size) or (size.name,)
    wanted = {name: bound[name] for name in names} | {size.name: sum(bound[name] for name in names)}
    for name, value in given.items():
        if wanted.get(name, value) != value:
            findings.report(
                "E2012",
                f"`{name}` is hidden: it is padded to {wanted[name]} in every run",
                size.span,
                help=f"leave out `-D {name}={value}`",
            )
    sizes.update({name: bound[name] for name in names})


def parts(header: Header, size: Size) -> tuple[str, ...]:
    """The names of each party's own count; none for a size of single inputs."""
    return tuple(f"{size.name}.{party}" for party in header.parties) if size.each else ()


def split(header: Header, size: Size, total: int) -> dict[str, int]:
    """A total split evenly over the parties, the remainder to the first."""
    own = parts(header, size)
    if not own:
        return {size.name: total}
    share = total // len(own)
    return {name: share + (total - share * len(own) if i == 0 else 0) for i, name in enumerate(own)}


def at_bounds(header: Header) -> dict[str, int]:
    """Every size at its bound."""
    sizes: dict[str, int] = {}
    for size in header.sizes:
        if size.hidden:
            sizes |= dict.fromkeys(parts(header, size) or (size.name,), header.bound(size))
        else:
            sizes |= split(header, size, header.bound(size))
    return sizes


def total(header: Header, size: Size, sizes: Mapping[str, int]) -> int:
    """The value of a size; of one that counts rows of each party, their total."""
    return sum(sizes[name] for name in parts(header, size) or (size.name,))


def within_bounds(header: Header, sizes: Mapping[str, int], findings: Findings) -> None:
    """Report E2008 for a size above its bound; a hidden one stands at its bound."""
    for size in header.sizes:
        if size.hidden:
            continue
        value, bound = total(header, size, sizes), header.bound(size)
        if value > bound:
            declared = "declared" if size.bound is not None else "that holds where none is declared"
            findings.report(
                "E2008",
                f"`{size.name}` is {value}, above the bound {bound} {declared}",
                size.span,
                help=f"`size {size.name} <= {value}`",
            )
