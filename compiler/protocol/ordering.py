"""The rules of `rank`, `move`, `unmove` and `nth`.

Orders of rows are numbers only where something asks for these.
"""

from __future__ import annotations

from ..gadgets.kit import Num
from ..gadgets.nth import nth as select_nth
from ..gadgets.permute import moved, moved_back, moved_in_public, numbers
from ..gadgets.sort import key_number, key_planes, order_of
from ..ir.build import Value
from ..ir.nodes import Type
from .forms import Made
from .site import Site


def rank(s: Site) -> Made:
    """Where each row goes: the keys as planes, the last one lowest; the order is kept for what moves along it."""
    kit, (n,) = s.forms.kit, s.node.type.shape
    flags = zip(s.node.attrs["descending"], s.node.attrs["bytewise"], strict=True)
    keys = [key_planes(kit, _key(s, k), *flag) for k, flag in enumerate(flags)]
    planes = kit.join(*reversed(keys))
    if n < 2 or not planes.type.width:
        type = Type("public", (n,), s.width, secret=False)
        return s.num(kit.builder.add("iota", type=type, start=0, step=1))
    order = order_of(kit, planes)
    s.forms.orders[s.i] = order
    return Num(numbers(kit, order, (n - 1).bit_length() if s.form == "planes" else None), s.node.type.range)


def nth(s: Site) -> Made:
    """The values at some places, as planes."""
    kit, x = s.forms.kit, s.planes(0)
    planes = key_planes(kit, x, False, False)
    if not planes.type.width:
        return s.num(kit.const(x.range.lo, s.width, s.node.type.shape))
    among = s.bit(2) if len(s.node.args) > 2 else None
    return key_number(kit, select_nth(kit, planes, s.planes(1), among), x.range)


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
