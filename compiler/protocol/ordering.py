"""The rules of `rank`, `move`, `unmove`, `leaders`, `led` and `nth`.

Orders of rows are numbers only where something asks for these.
"""

from __future__ import annotations

from ..gadgets.kit import Num
from ..gadgets.leaders import first_rows, leaders_of
from ..gadgets.leaders import led as led_by
from ..gadgets.nth import nth as select_nth
from ..gadgets.permute import moved, moved_back, moved_in_public, numbers
from ..gadgets.sort import key_number, key_planes, order_of
from ..ir.build import Value
from ..ir.nodes import Type
from .forms import Made
from .site import Site


def rank(s: Site) -> Made:
    """Where each row goes; the order is kept for what moves along it."""
    kit, (n,) = s.forms.kit, s.node.type.shape
    planes = _keys(s)
    if n < 2 or not planes.type.width:
        return _as_they_stand(s)
    order = order_of(kit, planes)
    s.forms.orders[s.i] = order
    return Num(numbers(kit, order, (n - 1).bit_length() if s.form == "planes" else None), s.node.type.range)


def leaders(s: Site) -> Made:
    """Which rows come first; how they do is kept for what is taken of them."""
    kit, (n,) = s.forms.kit, s.arg_type(0).shape
    planes = _keys(s)
    if not planes.type.width:
        return _as_they_stand(s)
    s.forms.leaders[s.i] = found = leaders_of(kit, planes, s.node.attrs["count"])
    own = kit.builder.add("iota", type=Type("public", (n,), s.width, secret=False), start=0, step=1)
    k = s.node.type.range.bits
    numbers = kit.builder.add("share_planes", own, k=k) if s.form == "planes" else kit.builder.add("share", own)
    return s.num(led_by(kit, found, s.node.attrs["count"], numbers))


def led(s: Site) -> Made:
    """The first rows, as they stand where all are alike."""
    value, (count, *_) = _moving(s), s.node.type.shape
    found = s.forms.leaders.get(s.node.args[1])
    kit = s.forms.kit
    return _made(s, first_rows(kit, value, count) if found is None else led_by(kit, found, count, value))


def _as_they_stand(s: Site) -> Made:
    """The order of rows that nothing tells apart."""
    type = Type("public", s.node.type.shape, s.width, secret=False)
    return s.num(s.forms.kit.builder.add("iota", type=type, start=0, step=1))


def nth(s: Site) -> Made:
    """The values at some places, as planes."""
    kit, x = s.forms.kit, s.planes(0)
    planes = key_planes(kit, x, False, False)
    if not planes.type.width:
        return s.num(kit.const(x.range.lo, s.width, s.node.type.shape))
    among = s.bit(2) if len(s.node.args) > 2 else None
    return key_number(kit, select_nth(kit, planes, s.planes(1), among), x.range)


def _keys(s: Site) -> Value:
    """The keys of `rank` or `leaders` as planes, the last one lowest."""
    flags = zip(s.node.attrs["descending"], s.node.attrs["bytewise"], strict=True)
    keys = [key_planes(s.forms.kit, _key(s, k), *flag) for k, flag in enumerate(flags)]
    return s.forms.kit.join(*reversed(keys))


def _key(s: Site, k: int) -> Num:
    if s.arg_type(k).domain == "bit":
        return Num(s.bit(k), s.arg_type(k).range)
    return s.planes(k)


def move(s: Site) -> Made:
    """`move` and `unmove` along a secret or a public order."""
    kit, back = s.forms.kit, s.node.op == "unmove"
    value = _moving(s)
    if s.is_public(1):
        return _made(s, moved_in_public(kit, s.clear(1, 64), value, back))
    return _made(s, (moved_back if back else moved)(kit, s.order(1), value))


def _moving(s: Site) -> Value:
    if s.node.type.domain == "bit":
        return s.bit(0)
    return s.planes(0).value if s.form == "planes" else s.shares(0).value


def _made(s: Site, value: Value) -> Made:
    return s.num(value) if s.node.type.domain == "num" else value
