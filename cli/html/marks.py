"""Markup that is escaped by the way it is made: text becomes markup only through `tag`."""

from __future__ import annotations

from html import escape


class Markup(str):
    """Text that is markup already. Everything else is escaped where it is put in."""

    __slots__ = ()


#: Elements that have no end.
_VOID = frozenset({"meta", "input", "br"})


def tag(element: str, /, *children: str, **attributes: str | float | bool | None) -> Markup:
    """One element. In the names of attributes `class_` stands for class, and an underscore for a hyphen; None and
    False leave an attribute out, True gives it no value."""
    written = "".join(_attribute(key.rstrip("_").replace("_", "-"), value) for key, value in attributes.items())
    if element in _VOID:
        return Markup(f"<{element}{written}>")
    return Markup(f"<{element}{written}>{join(*children)}</{element}>")


def join(*children: str) -> Markup:
    """Pieces one after the other, text escaped."""
    return Markup("".join(child if isinstance(child, Markup) else escape(child) for child in children))


def _attribute(name: str, value: str | float | bool | None) -> str:
    if value is None or value is False:
        return ""
    if value is True:
        return f" {name}"
    text = f"{value:.6g}" if isinstance(value, float) else str(value)
    return f' {name}="{escape(text)}"'
