"""Random expressions of the language as text, with bounds of their values, so that the checker accepts most.

A shape is a tuple of extents as the program writes them: ("rows", "3"). Two extents agree when they are
written alike, which is the checker's own rule.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from hypothesis import strategies as st

Shape = tuple[str, ...]


@dataclass(frozen=True)
class Term:
    """Text of an expression, and what its value can be: |value| <= top, at most `frac` fractional bits."""

    text: str
    kind: str
    shape: Shape = ()
    top: int = 1
    frac: int = 0

    @property
    def bits(self) -> int:
        """About the bits of the scaled value."""
        return self.top.bit_length() + self.frac


@dataclass
class Writer:
    """Writes expressions over the terms in sight. `limit`: bits that an intermediate value may have."""

    draw: Callable[[Any], Any]
    extents: dict[str, int]
    terms: list[Term]
    limit: int

    def among(self, items: Sequence[Any]) -> Any:
        return self.draw(st.sampled_from(items))

    def number_below(self, n: int) -> int:
        return int(self.draw(st.integers(0, n - 1)))

    def any(self, kind: str, shape: Shape, depth: int) -> Term:
        """An expression of exactly this kind (int, fixed, bool) and shape."""
        return self.truth(shape, depth) if kind == "bool" else self.number(kind, shape, depth)

    def number(self, kind: str, shape: Shape, depth: int) -> Term:
        if depth <= 0:
            return self._leaf(kind, shape)
        options = [self._leaf, self._sum, self._sum, self._product, self._extreme, self._chosen, self._unary]
        options += [self._quotient, self._quotient] + ([] if shape else [self._reduced, self._reduced])
        options += [self._picked] if len(shape) <= 1 else []
        options += [self._rooted] if kind == "fixed" else [self._counted]
        options += [self._matrix] * len(shape)
        rule: Callable[..., Term] = self.among(options)
        return self._held(rule(kind, shape, depth) if rule != self._leaf else self._leaf(kind, shape))

    # ------------------------------------------------------------------ leaves

    def _leaf(self, kind: str, shape: Shape) -> Term:
        known = [t for t in self.terms if t.kind == kind and t.shape == shape]
        if known and (shape or self.number_below(4)):
            return self.among(known)
        if not shape:
            return self._literal(kind)
        return self._converted(kind, shape)

    def _literal(self, kind: str) -> Term:
        if kind == "bool":
            return Term(self.among(["true", "false"]), "bool")
        if kind == "fixed":
            return Term(self.among(["0.5", "1.25", "(-0.375)", "3.0", "0.1"]), "fixed", (), 3, 16)
        n = self.among([0, 1, 2, 3, 7, 10, -1, -2, -5])
        return Term(str(n) if n >= 0 else f"({n})", "int", (), abs(n))

    def _converted(self, kind: str, shape: Shape) -> Term:
        """A value of a shape for which there is a term of another kind, or a public array."""
        known = [t for t in self.terms if t.shape == shape]
        source = self.among(known) if known else Term(f"ones({', '.join(shape)})", "int", shape)
        if kind == "bool":
            text = f"(not {source.text})" if source.kind == "bool" else f"({source.text} > 0)"
            return Term(text, "bool", shape)
        if source.kind == "bool":
            source = replace(source, text=f"int({source.text})", kind="int")
        if source.kind == kind:
            return source
        if kind == "fixed":
            return Term(f"({source.text} * 0.5)", "fixed", shape, source.top, 16)
        return Term(f"round({source.text})", "int", shape, source.top + 1)

    def _held(self, term: Term) -> Term:
        """The term, clamped when it may have grown too large."""
        if term.kind == "bool" or term.bits <= self.limit:
            return term
        return replace(term, text=f"clamp({term.text}, -100, 99)", top=100)

    # ------------------------------------------------------------------ numbers

    def _beside(self, kind: str, shape: Shape, depth: int) -> Term:
        """A second operand: of that shape or of a tail of it; whole beside whole, any beside fixed-point."""
        other = self.among(["int", "fixed"]) if kind == "fixed" else "int"
        tail = shape[self.number_below(len(shape) + 1):]
        return self.number(other, tail, depth - 1)

    def _sum(self, kind: str, shape: Shape, depth: int) -> Term:
        a, b = self.number(kind, shape, depth - 1), self._beside(kind, shape, depth)
        text = self.among([f"({a.text} + {b.text})", f"({b.text} - {a.text})"])
        return Term(text, kind, shape, a.top + b.top, max(a.frac, b.frac))

    def _product(self, kind: str, shape: Shape, depth: int) -> Term:
        a = self.number(kind, shape, depth - 1)
        if self.number_below(4) == 0:
            return Term(f"({a.text} ** 2)", kind, shape, a.top ** 2, a.frac)
        b = self._beside(kind, shape, depth)
        return Term(f"({a.text} * {b.text})", kind, shape, a.top * b.top, max(a.frac, b.frac))

    def _extreme(self, kind: str, shape: Shape, depth: int) -> Term:
        a, b = self.number(kind, shape, depth - 1), self._beside(kind, shape, depth)
        name = self.among(["min", "max"])
        return Term(f"{name}({a.text}, {b.text})", kind, shape, max(a.top, b.top), max(a.frac, b.frac))

    def _chosen(self, kind: str, shape: Shape, depth: int) -> Term:
        a, b = self.number(kind, shape, depth - 1), self._beside(kind, shape, depth)
        top, frac = max(a.top, b.top), max(a.frac, b.frac)
        if self.number_below(2):
            condition = self.truth(shape, depth - 1)
            return Term(f"select({condition.text}, {a.text}, {b.text})", kind, shape, top, frac)
        condition = self.truth((), depth - 1)
        b = self.number(kind, shape, 0)
        top, frac = max(a.top, b.top), max(a.frac, b.frac)
        return Term(f"({a.text} if {condition.text} else {b.text})", kind, shape, top, frac)

    def _unary(self, kind: str, shape: Shape, depth: int) -> Term:
        a = self.number(kind, shape, depth - 1)
        text = self.among([f"(-{a.text})", f"abs({a.text})", f"clamp({a.text}, -3, 5)"])
        return replace(a, text=text, top=max(a.top, 5))

    def _divisor(self, kind: str, shape: Shape, depth: int) -> Term:
        if self.number_below(2):
            n = self.among([1, 2, 3, 7, 10, 64, -1, -3])
            return Term(f"({n})", "int", (), abs(n))
        a = self._beside(kind, shape, depth)
        text = self.among([f"max({a.text}, 1)", f"(abs({a.text}) + 1)", f"min({a.text}, -1)"])
        return replace(a, text=text, top=a.top + 1)

    def _quotient(self, kind: str, shape: Shape, depth: int) -> Term:
        a = self.number(self.among(["int", "fixed"]), shape, depth - 1)
        b = self._divisor(kind, shape, depth)
        if kind == "int":
            if a.kind == "fixed" or self.number_below(2):
                return Term(f"({a.text} // {b.text})", "int", shape, a.top + 1)
            return Term(f"({a.text} % {b.text})", "int", shape, b.top)
        if a.kind == "fixed" and self.number_below(4) == 0:
            return Term(f"({a.text} % {b.text})", "fixed", shape, b.top, max(a.frac, b.frac))
        return Term(f"({a.text} / {b.text})", "fixed", shape, a.top + 1, max(a.frac, b.frac, 16))

    def _rooted(self, kind: str, shape: Shape, depth: int) -> Term:
        if self.number_below(6) == 0:
            return self._curved(shape, depth)
        a = self.number(self.among(["int", "fixed"]), shape, depth - 1)
        text = self.among([f"sqrt(abs({a.text}))", f"sqrt(max({a.text}, 0))"])
        return Term(text, "fixed", shape, a.top, max(a.frac, 16))

    def _curved(self, shape: Shape, depth: int) -> Term:
        """A function that is computed by polynomials."""
        a = self.number(self.among(["int", "fixed"]), shape, depth - 1)
        text, top = self.among([
            (f"exp(clamp({a.text}, -30, 2))", 8), (f"log(max(abs({a.text}), 1))", a.top.bit_length() + 1),
            (f"sigmoid({a.text})", 1), (f"log2(abs({a.text}) + 0.5)", a.top.bit_length() + 2),
        ])
        return Term(text, "fixed", shape, top, max(a.frac, 16))

    def _counted(self, kind: str, shape: Shape, depth: int) -> Term:
        if self.number_below(3) == 0:
            a = self.number("fixed", shape, depth - 1)
            return Term(f"{self.among(['floor', 'ceil', 'round'])}({a.text})", "int", shape, a.top + 1)
        condition = self.truth(shape, depth - 1)
        return Term(f"int({condition.text})", "int", shape)

    # ------------------------------------------------------------------ across shapes

    def _shapes(self, fits: Callable[[Shape], bool]) -> list[Shape]:
        return sorted({t.shape for t in self.terms if fits(t.shape)})

    def _size(self, shape: Shape) -> int:
        n = 1
        for extent in shape:
            n *= self.extents[extent]
        return n

    def _reduced(self, kind: str, shape: Shape, depth: int) -> Term:
        shapes = self._shapes(lambda s: len(s) > 0)
        if not shapes:
            return self._leaf(kind, shape)
        over: Shape = self.among(shapes)
        name = self.among(["sum", "sum", "min", "max", "dot"] + (["count"] if kind == "int" else []))
        if name == "count":
            return Term(f"count({self.truth(over, depth - 1).text})", "int", (), self._size(over))
        a = self.number(kind, over, depth - 1)
        if name in ("min", "max"):
            return replace(a, text=f"{name}({a.text})", shape=())
        if name == "sum":
            return replace(a, text=f"sum({a.text})", shape=(), top=a.top * self._size(over))
        b = self.number(kind, over, depth - 1)
        dot = len(over) == 1 and self.number_below(2)
        text = f"({a.text} @ {b.text})" if dot else f"sum({a.text} * {b.text})"
        return Term(text, kind, (), a.top * b.top * self._size(over), max(a.frac, b.frac))

    def _picked(self, kind: str, shape: Shape, depth: int) -> Term:
        """An element of a vector, a row or a column of a matrix, a stretch of a vector."""
        sources = [t for t in self.terms if t.kind == kind and t.shape and self._pick(t, shape) is not None]
        if not sources:
            return self._leaf(kind, shape)
        source: Term = self.among(sources)
        index = self._pick(source, shape)
        if source.shape[1:] == shape and self.number_below(2):
            index = self.hidden(self.extents[source.shape[0]])
        return replace(source, text=f"{source.text}[{index}]", shape=shape)

    def hidden(self, n: int) -> str:
        """A secret index, or one that is known at run time, of an array of n."""
        inside = self.number("int", (), 1)
        held = f"clamp({inside.text}, 0, {n - 1})", f"clamp({inside.text}, {-n}, -1)"
        return str(self.among([*held, f"{inside.text} % {n}"]))

    def _pick(self, source: Term, shape: Shape) -> str | None:
        if source.shape[1:] == shape:
            n = self.extents[source.shape[0]]
            return str(self.number_below(2 * n) - n)
        if source.shape[:-1] == shape:
            return f":, {self.number_below(self.extents[source.shape[1]])}"
        if len(source.shape) == len(shape) == 1 and shape[0].isdigit() and source.shape[0].isdigit():
            n, m = int(source.shape[0]), int(shape[0])
            if n == m:
                return self.among([":", "::-1"])
            if n > m:
                start = self.number_below(n - m + 1)
                return self.among([f"{start}:{start + m}", f":{m}", f"-{m}:"])
            return None
        return None

    def _matrix(self, kind: str, shape: Shape, depth: int) -> Term:
        """A reduction along an axis, or a product with a matrix."""
        if len(shape) == 1:
            along = self._shapes(lambda s: len(s) == 2 and shape[0] in s)
            if not along:
                return self._sum(kind, shape, depth)
            return self._along(kind, self.among(along), shape, depth)
        lefts = self._shapes(lambda s: len(s) == 2 and s[0] == shape[0])
        rights = self._shapes(lambda s: len(s) == 2 and s[1] == shape[1])
        pairs = [(s, t) for s in lefts for t in rights if s[1] == t[0]]
        if not pairs:
            return self._sum(kind, shape, depth)
        return self._times(kind, *self.among(pairs), shape, depth)

    def _along(self, kind: str, over: Shape, shape: Shape, depth: int) -> Term:
        axis = 1 - over.index(shape[0])
        if axis == 1 and self.number_below(3) == 0:
            return self._times(kind, over, over[1:], shape, depth)
        a = self.number(kind, over, depth - 1)
        name = self.among(["sum", "min", "max"])
        top = a.top * (self.extents[over[axis]] if name == "sum" else 1)
        return replace(a, text=f"{name}({a.text}, axis={axis})", shape=shape, top=top)

    def _times(self, kind: str, left: Shape, right: Shape, shape: Shape, depth: int) -> Term:
        a, b = self.number(kind, left, depth - 1), self.number(kind, right, depth - 1)
        top = a.top * b.top * self.extents[left[1]]
        return Term(f"({a.text} @ {b.text})", kind, shape, top, max(a.frac, b.frac))

    # ------------------------------------------------------------------ truth

    def truth(self, shape: Shape, depth: int) -> Term:
        if depth <= 0:
            return self._leaf("bool", shape)
        rules = [self._compared, self._compared, self._joined, self._negated]
        rule: Callable[[Shape, int], Term] = self.among(rules + ([] if shape else [self._quantified]))
        return rule(shape, depth)

    def _compared(self, shape: Shape, depth: int) -> Term:
        kind = self.among(["int", "fixed"])
        a, b = self.number(kind, shape, depth - 1), self._beside(kind, shape, depth)
        first = self.among(["<", "<=", ">", ">=", "==", "!="])
        text = f"{a.text} {first} {b.text}"
        if self.number_below(4) == 0:
            text += f" <= {self._beside(kind, shape, depth).text}"
        return Term(f"({text})", "bool", shape)

    def _joined(self, shape: Shape, depth: int) -> Term:
        a, b = self.truth(shape, depth - 1), self.truth(shape, depth - 1)
        op = self.among(["and", "or", "&", "|", "^", "==", "!="])
        return Term(f"({a.text} {op} {b.text})", "bool", shape)

    def _negated(self, shape: Shape, depth: int) -> Term:
        a = self.truth(shape, depth - 1)
        return Term(self.among([f"(not {a.text})", f"(~{a.text})"]), "bool", shape)

    def _quantified(self, shape: Shape, depth: int) -> Term:
        shapes = self._shapes(lambda s: len(s) > 0)
        if not shapes:
            return self._leaf("bool", shape)
        return Term(f"{self.among(['any', 'all'])}({self.truth(self.among(shapes), depth - 1).text})", "bool")
