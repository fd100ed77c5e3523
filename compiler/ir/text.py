"""The circuit as text, and back.

One line a node: its number, the operation, attributes, arguments, type of the result, line in the program::

    circuit
    %0 = input {name: 'age.north'} : num[0..119]<1000> @3
    %1 = const {values: (30,)} : public num[30..30]<1000> @12
    %2 = lt %0 %1 : bit<1000> @12
    %3 = output {element: 'bool', flagged: False, frac: 0, name: 'young', receivers: ('north',)} %2 @12

The first word is the stage. The body of a loop stands below it, indented, and ends, as a circuit with results
does, with `yield` and the results. Nodes that yield no value show no type. Text that is printed reads back as
an equal circuit, but for the names and columns of places: a place becomes the line in the program's own text.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, cast, get_args

from ..source import NOWHERE, Span
from .nodes import Circuit, Domain, Node, Stage, Type
from .ops import show

_INDENT = "    "
_NOTHING = Type("none")


def print_circuit(circuit: Circuit, lines: bool = True) -> str:
    """The text of a circuit. Without `lines` the places are left out."""
    return "\n".join([circuit.stage, *_block(circuit, lines, "")]) + "\n"


def _block(circuit: Circuit, lines: bool, indent: str) -> Iterator[str]:
    for i, node in enumerate(circuit.nodes):
        yield f"{indent}%{i} = {_node(node, lines)}"
        if node.body is not None:
            yield from _block(node.body, lines, indent + _INDENT)
    if circuit.results:
        yield f"{indent}yield {' '.join(f'%{r}' for r in circuit.results)}"


def _node(node: Node, lines: bool) -> str:
    words = [node.op]
    if node.attrs:
        words.append(f"{{{', '.join(f'{key}: {value!r}' for key, value in sorted(node.attrs.items()))}}}")
    words += [f"%{arg}" for arg in node.args]
    if node.type != _NOTHING:
        words.append(f": {show(node.type)}")
    if lines and node.span.origin.line:
        words.append(f"@{node.span.origin.line}")
    return " ".join(words)


# --------------------------------------------------------------------------- reading

_LINE = re.compile(
    r"""%(?P<number>\d+)\ =\ (?P<op>\w+)
        (?:\ (?P<attrs>\{(?:[^{}'"]|'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")*\}))?
        (?P<args>(?:\ %\d+)*)
        (?:\ :\ (?P<type>[^@]*[^@ ]))?
        (?:\ @(?P<line>\d+))?""",
    re.VERBOSE,
)
_TYPE = re.compile(
    r"(?P<public>public )?(?P<domain>num|bit|public|arith|planes|rows|order|none)(?P<width>\d*)"
    r"(?:\[(?P<lo>-?\d+)\.\.(?P<hi>-?\d+)\])?<(?P<shape>(?:\d+(?:x\d+)*)?)>"
)


def parse_circuit(text: str) -> Circuit:
    """The circuit that a text describes; empty lines and a common indentation do not matter.

    Raises ValueError that names the line when the text is no circuit. Whether it is sensible is for `verify`.
    """
    numbered = [(i + 1, line.rstrip()) for i, line in enumerate(text.splitlines()) if line.strip()]
    if not numbered or numbered[0][1].strip() not in get_args(Stage):
        raise ValueError(f"line 1: the stage is expected: {' or '.join(get_args(Stage))}")
    reader = _Reader(numbered, 1)
    circuit = reader.block(cast(Stage, numbered[0][1].strip()), _depth(numbered[0][1]))
    if reader.position < len(numbered):
        raise reader.wrong("unexpected indentation, or text after `yield`")
    return circuit


def _depth(line: str) -> int:
    return len(line) - len(line.lstrip())


@dataclass
class _Reader:
    """Lines with their numbers, and the position of the next one."""

    lines: list[tuple[int, str]]
    position: int

    def wrong(self, message: str) -> ValueError:
        number, line = self.lines[min(self.position, len(self.lines) - 1)]
        return ValueError(f"line {number}: {message}: {line.strip()}")

    def next_is_at(self, depth: int) -> bool:
        return self.position < len(self.lines) and _depth(self.lines[self.position][1]) == depth

    def block(self, stage: Stage, depth: int) -> Circuit:
        nodes: list[Node] = []
        while self.next_is_at(depth):
            line = self.lines[self.position][1].strip()
            if line.startswith("yield"):
                self.position += 1
                return Circuit(stage, tuple(nodes), self.numbers(line.removeprefix("yield")))
            nodes.append(self.node(stage, line, len(nodes), depth))
        return Circuit(stage, tuple(nodes))

    def node(self, stage: Stage, line: str, number: int, depth: int) -> Node:
        match = _LINE.fullmatch(line)
        if match is None or int(match["number"]) != number:
            raise self.wrong(f"node %{number} is expected")
        attrs = self.attrs(match["attrs"])
        type = self.type(match["type"])
        span = NOWHERE if match["line"] is None else Span("", int(match["line"]), 0, int(match["line"]), 0)
        args = self.numbers(match["args"])
        self.position += 1
        body = self.block(stage, depth + len(_INDENT)) if match["op"] == "loop" else None
        return Node(match["op"], args, attrs, type, span, body)

    def numbers(self, text: str) -> tuple[int, ...]:
        return tuple(int(word.removeprefix("%")) for word in text.split())

    def attrs(self, text: str | None) -> dict[str, Any]:
        if text is None:
            return {}
        try:
            tree = cast(ast.Dict, ast.parse(text, mode="eval").body)
            return {cast(ast.Name, key).id: ast.literal_eval(value)
                    for key, value in zip(tree.keys, tree.values, strict=True)}
        except (SyntaxError, ValueError, AttributeError) as error:
            raise self.wrong("the attributes cannot be read") from error

    def type(self, text: str | None) -> Type:
        if text is None:
            return _NOTHING
        match = _TYPE.fullmatch(text)
        if match is None or (match["domain"] == "num") != (match["lo"] is not None):
            raise self.wrong("the type cannot be read")
        domain = cast(Domain, match["domain"])
        shape = tuple(int(n) for n in match["shape"].split("x")) if match["shape"] else ()
        lo, hi = (0, 1) if domain == "bit" else (int(match["lo"] or 0), int(match["hi"] or 0))
        return Type(domain, shape, int(match["width"] or 0), lo, hi, match["public"] is None)
