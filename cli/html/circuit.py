"""The circuit as a drawing that can be zoomed: what is computed from what, before the protocol takes over."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from cloister.compiler.ir.nodes import Circuit, Node
from cloister.compiler.ir.ops import show

from ..pricing import Priced
from .layout import MOST_BOXES, Box, Drawing, lay_out
from .marks import Markup, join, tag

_WIDE, _HIGH = 132, 30
_ACROSS, _DOWN = 190, 44
_MARGIN, _BETWEEN = 24, 70
_LONGEST = 18

_BUTTONS = (("in", "+", "Zoom in"), ("out", "−", "Zoom out"), ("whole", "Fit", "Show the whole circuit"))


@dataclass(frozen=True)
class _Part:
    """A circuit laid out: the program's own, or the body of a loop under its heading; `top` is where it begins."""

    heading: str
    drawing: Drawing
    top: float

    @property
    def height(self) -> float:
        return self.drawing.rows * _DOWN + (_DOWN if self.heading else 0)


def circuit(priced: Priced) -> Markup:
    """The drawing with its buttons, and a line of text for the box that is looked at."""
    made = dict(priced.compiled.stages)[priced.compiled.optimised]
    parts = _parts(made)
    most = max((line.seconds for line in priced.lines), default=0.0) or 1.0
    heat = {line.line: (line.seconds / most) ** 0.5 for line in priced.lines}
    width = 2 * _MARGIN + max(part.drawing.layers for part in parts) * _ACROSS
    height = parts[-1].top + parts[-1].height + _MARGIN
    count = sum(len(box.nodes) for part in parts for box in part.drawing.boxes)
    said = f"The circuit: {count:,} operations in {max(part.drawing.layers for part in parts):,} layers"
    drawing = tag("svg", tag("title", said), _arrowhead(), tag("g", *(_draw(part, heat) for part in parts)),
                  id="circuit", viewBox=f"0 0 {width:.0f} {height:.0f}", role="group", aria_label=said, tabindex="0",
                  style=f"--high:{0.8 * height:.0f}px")
    buttons = [tag("button", sign, type="button", data_zoom=name, aria_label=said) for name, sign, said in _BUTTONS]
    return join(
        tag("p", f"{said}, each on a whole array; public constants are written where they are used."
                 f"{_together(made)} Drag to move; zoom with the buttons, with + and −, or with Ctrl and the wheel."),
        tag("div", tag("div", *buttons, class_="buttons"), drawing, class_="circuit"),
        tag("p", "Choose a box to see what it is.", id="chosen", aria_live="polite"))


def _together(made: Circuit) -> str:
    if len(made.nodes) <= MOST_BOXES:
        return ""
    return " Operations of one kind, line and layer share a box."


def _parts(made: Circuit) -> list[_Part]:
    """The circuit and below it the bodies of its loops, outermost first."""
    found: list[_Part] = []
    todo: list[tuple[str, Circuit]] = [("", made)]
    top: float = _MARGIN
    while todo:
        heading, one = todo.pop(0)
        part = _Part(heading, lay_out(one, f"n{len(found)}_"), top)
        found.append(part)
        top += part.height + _BETWEEN
        todo += [(f"one trip of the loop at line {node.span.origin.line}, of {node.attrs['trips']:,}", node.body)
                 for node in one.nodes if node.body is not None]
    return found


def _arrowhead() -> Markup:
    head = tag("path", d="M0,0 L8,4 L0,8 z")
    return tag("defs", tag("marker", head, id="head", markerWidth="8", markerHeight="8", refX="7", refY="4",
                           orient="auto", markerUnits="userSpaceOnUse"))


def _draw(part: _Part, heat: Mapping[int, float]) -> Markup:
    middle = part.top + (_DOWN if part.heading else 0) + part.drawing.rows * _DOWN / 2
    place = {box.id: (_MARGIN + box.layer * _ACROSS, middle + box.row * _DOWN) for box in part.drawing.boxes}
    heading = tag("text", part.heading, x=_MARGIN, y=part.top + 16, class_="heading") if part.heading else ""
    arrows = [_arrow(place[a], place[b], a, b) for a, b in part.drawing.arrows]
    boxes = [_box(box, *place[box.id], heat.get(box.node.span.origin.line, 0.0)) for box in part.drawing.boxes]
    return tag("g", heading, *arrows, *boxes)


def _arrow(start: tuple[float, float], end: tuple[float, float], a: str, b: str) -> Markup:
    (x1, y1), (x2, y2) = (start[0] + _WIDE, start[1]), end
    bend = max(30.0, (x2 - x1) / 2)
    path = f"M{x1:.0f},{y1:.0f} C{x1 + bend:.0f},{y1:.0f} {x2 - bend:.0f},{y2:.0f} {x2:.0f},{y2:.0f}"
    return tag("path", d=path, class_="arrow", marker_end="url(#head)", data_from=a, data_to=b)


def _box(box: Box, x: float, y: float, heat: float) -> Markup:
    label = box.label if len(box.label) <= _LONGEST else f"{box.label[:_LONGEST - 1]}…"
    said = _about(box)
    return tag(
        "g", tag("title", said), tag("rect", x=x, y=y - _HIGH / 2, width=_WIDE, height=_HIGH, rx="5"),
        tag("text", label, x=x + _WIDE / 2, y=y + 4.5), id=box.id, class_=f"box {_kind(box.node)}", tabindex="0",
        role="button", aria_label=said, style=f"--heat:{heat:.3f}", data_line=str(box.node.span.origin.line))


def _kind(node: Node) -> str:
    if node.op in ("input", "output", "reveal", "loop"):
        return node.op
    return node.type.domain


def _about(box: Box) -> str:
    node = box.node
    line = node.span.origin.line
    kind = "" if node.type.domain == "none" else f" gives {show(node.type)}"
    where = f", line {line}" if line else ""
    return f"{box.label}:{kind}{where}"
