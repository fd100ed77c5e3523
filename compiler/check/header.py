"""Reads the declarations: parties, security, parameters, sizes and inputs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from cloister.runtime.data.declare import Declaration, presence
from cloister.runtime.data.wanted import ROWS, Wanted

from ..diagnostics import Findings, Label
from ..frontend import syntax
from ..frontend.modules import Modules
from .assign import may_bind
from .context import Context
from .expressions import evaluate
from .facts import Field, Header, InputFact, ParamFact
from .kept import is_name
from .params import ParamGiven, param_fact
from .scope import suggestion
from .statements import run
from .tree import Size
from .types import Bool, Category, Word, element_of
from .values import Poison, Unassigned, is_known, kind_name, known_int
from .written import read_type

SECURITY = {
    "honest_majority": "corruption",
    "dishonest_majority": "corruption",
    "semi_honest": "behaviour",
    "malicious": "behaviour",
}
"""The words of a security statement, and what each is about."""


@dataclass
class Reader:
    """The declarations read so far."""

    ctx: Context
    given: Mapping[str, ParamGiven]
    parties: list[syntax.Name] = field(default_factory=list)
    security: list[syntax.Name] = field(default_factory=list)
    params: list[ParamFact] = field(default_factory=list)
    sizes: dict[str, Size] = field(default_factory=dict)
    kinds: dict[str, syntax.Input | syntax.Load] = field(default_factory=dict)
    inputs: list[InputFact] = field(default_factory=list)
    names: list[str] = field(default_factory=list)

    def read(self, statements: tuple[syntax.Statement, ...]) -> None:
        """Read all declarations, in order."""
        for node in statements:
            match node:
                case syntax.Party():
                    self._party(node)
                case syntax.Security():
                    self._security(node)
                case syntax.Param():
                    self._param(node)
                case syntax.Size():
                    self._size(node)
                case syntax.Input():
                    self._input(node)
                case syntax.Load():
                    self._load(node)
                case syntax.Assign(target=syntax.Name()):
                    self._constant(node)

    def _declare(self, name: syntax.Name) -> bool:
        """Whether the name is free; it is taken from here on."""
        free = may_bind(self.ctx, name.id, name.span)
        self.ctx.scope.fixed.add(name.id)
        self.ctx.scope.places.setdefault(name.id, name.span)
        return free

    def _party(self, node: syntax.Party) -> None:
        for name in node.names:
            if any(name.id == other.id for other in self.parties):
                self.ctx.error("E5003", f"the party `{name.id}` is declared twice", name.span)
            else:
                self.parties.append(name)

    def _security(self, node: syntax.Security) -> None:
        for word in node.words:
            about = SECURITY.get(word.id)
            same = next((w for w in self.security if SECURITY[w.id] == about), None)
            if about is None:
                self.ctx.error(
                    "E5002",
                    f"unknown security `{word.id}`",
                    word.span,
                    suggestion(word.id, list(SECURITY)),
                    help="honest_majority or dishonest_majority, and semi_honest or malicious",
                )
            elif same is not None:
                self.ctx.error(
                    "E5003", f"the {about} is stated twice", word.span, "", Label(same.span, "stated here")
                )
            else:
                self.security.append(word)

    def _param(self, node: syntax.Param) -> None:
        self.names.append(node.name.id)
        free = self._declare(node.name)
        fact = param_fact(self.ctx, node, self.given)
        self.ctx.scope.names[node.name.id] = Poison() if fact is None else fact.value
        if fact is not None and free:
            self.params.append(fact)

    def _size(self, node: syntax.Size) -> None:
        free, span = self._declare(node.name), node.name.span
        bound: int | None = None
        if node.bound is not None:
            value = evaluate(self.ctx, node.bound)
            bound = known_int(value)
            if not isinstance(value, Poison) and (bound is None or bound < 0):
                self.ctx.error(
                    "E2006", "the bound of a size is a whole number known at compile time", node.bound.span
                )
        self.ctx.scope.names[node.name.id] = Unassigned(
            "the extents of inputs are numbers and names of sizes; a size cannot be computed with here", span
        )
        if free:
            self.sizes[node.name.id] = Size(node.name.id, bound, False, span, node.hidden)

    def _constant(self, node: syntax.Assign) -> None:
        """A name of a public number, which an extent or a range can use."""
        assert isinstance(node.target, syntax.Name)
        with self.ctx.attempt() as undo:
            value = evaluate(self.ctx, node.value)
            undo()
        if is_known(value) and node.target.id not in self.ctx.scope.fixed:
            self.ctx.scope.names[node.target.id] = value

    def _input(self, node: syntax.Input) -> None:
        free = self._declare(node.name)
        party = node.party
        known = [name.id for name in self.parties]
        if party is not None and party.id not in known:
            self.ctx.error(
                "E5001", f"no party is called `{party.id}`", party.span, suggestion(party.id, known)
            )
            free = False
        self._fact(node, free, None if party is None else party.id)

    def _load(self, node: syntax.Load) -> None:
        free = self._declare(node.name) and is_name(self.ctx, node.store, node.span)
        before = next((fact for fact in self.inputs if fact.store == node.store), None)
        if before is not None:
            first = Label(before.span, "loaded here first")
            self.ctx.error("E1002", f'"{node.store}" is loaded twice', node.span, "", first)
        self._fact(node, free and before is None, "", node.store)

    def _fact(self, node: syntax.Input | syntax.Load, free: bool, party: str | None, store: str = "") -> None:
        """What the declared type says; it is an input when the name is `free`."""
        written = read_type(self.ctx, node.type)
        if written is None:
            return
        if written.elem is None and not written.columns:
            what = "an input" if isinstance(node, syntax.Input) else "what is loaded"
            self.ctx.error(
                "E2007",
                f"{what} of type `int` needs a width or a range",
                node.type.span,
                help="`int32`, or `int in 0..1000`",
            )
            return
        dims = [self._dim(expr, axis, node) for axis, expr in enumerate(written.dims)]
        known_dims = tuple(dim for dim in dims if dim is not None)
        if free and len(known_dims) == len(dims):
            self.inputs.append(
                InputFact(
                    node.name.id,
                    written.columns or (Field(node.name.id, written.elem or Bool(), written.optional),),
                    known_dims,
                    party,
                    node.name.span,
                    bool(written.columns),
                    store,
                )
            )

    def _dim(self, expr: syntax.Expr, axis: int, node: syntax.Input | syntax.Load) -> int | str | None:
        if isinstance(expr, syntax.Name) and expr.id in self.sizes:
            return self._size_use(expr, axis, node)
        if isinstance(expr, syntax.Name) and self.ctx.scope.find(expr.id) is None:
            self.ctx.error(
                "E1001",
                f"unknown size `{expr.id}`",
                expr.span,
                suggestion(expr.id, list(self.sizes)),
                help=f"declare it: `size {expr.id}`",
            )
            return None
        value = evaluate(self.ctx, expr)
        number = known_int(value)
        if isinstance(value, Poison):
            return None
        if number is None or number < 0:
            self.ctx.error(
                "E2006",
                "an extent is a size or a public whole number, at least 0",
                expr.span,
                f"is {kind_name(value)}",
            )
            return None
        return number

    def _size_use(self, name: syntax.Name, axis: int, node: syntax.Input | syntax.Load) -> str | None:
        each = axis == 0 and isinstance(node, syntax.Input) and node.party is None
        first = self.kinds.setdefault(name.id, node)
        hidden = self.sizes[name.id].hidden
        if hidden and axis:
            self.ctx.error(
                "E2009",
                f"`{name.id}` is a hidden count of rows and can only be the first extent",
                name.span,
                help=f"`size {name.id} <= …` makes it public",
            )
            return None
        if first is node:
            self.sizes[name.id] = replace(self.sizes[name.id], each=each)
        if hidden and not each and _giver(first) != _giver(node):
            self.ctx.error(
                "E2008",
                f"`{name.id}` is hidden, and counts the rows of one party, or of one kept table, only",
                name.span,
                "",
                Label(first.span, "used here first"),
                help="declare a second size",
            )
            return None
        if self.sizes[name.id].each != each:
            self.ctx.error(
                "E2008",
                f"`{name.id}` counts rows of each party in one place and of one input in another",
                name.span,
                "",
                Label(first.span, "used here first"),
                help="declare a second size",
            )
            return None
        return name.id


def header(modules: Modules, params: Mapping[str, ParamGiven], findings: Findings) -> Header:
    """The declarations of a program, with its parameters as given by name (text as after `-D`, or values).

    What is wrong is reported to `findings` and kept in the header, so that `check` can report it together
    with everything else; nothing is raised.
    """
    ctx = Context(findings, modules.sources, evaluate=evaluate, run=run)
    reader = Reader(ctx, params)
    reader.read(modules.main.statements)
    _whole(reader, modules.main, params)
    parties = tuple(name.id for name in reader.parties)
    return Header(
        name=modules.main.file,
        title=modules.main.doc,
        parties=parties,
        security=tuple(word.id for word in sorted(reader.security, key=lambda w: list(SECURITY).index(w.id))),
        params=tuple(reader.params),
        sizes=tuple(reader.sizes.values()),
        inputs=tuple(reader.inputs),
        declarations=tuple(d for fact in reader.inputs if not fact.store for d in _declarations(fact, reader, parties)),
        wanted=tuple(want for fact in reader.inputs if fact.store for want in _wanted(fact, reader.sizes)),
        samples=tuple(d for fact in reader.inputs if fact.store for d in _declarations(fact, reader, (fact.store,))),
        problems=tuple(findings.items),
    )


def _whole(reader: Reader, main: syntax.Module, params: Mapping[str, ParamGiven]) -> None:
    """What the declarations lack as a whole."""
    ctx, top = reader.ctx, replace(main.span, end_line=main.span.line, end_column=main.span.column)
    if not reader.parties:
        ctx.findings.report(
            "E5003", "the program declares no parties", top, help="`party north, south, west`"
        )
    if len(reader.security) < 2 and not any(d.code == "E5002" for d in ctx.findings.items):
        about = {SECURITY[word.id] for word in reader.security}
        missing = [kind for kind in ("corruption", "behaviour") if kind not in about]
        ctx.findings.report(
            "E5003",
            f"the security statement does not state the {' and the '.join(missing)} tolerated",
            reader.security[0].span if reader.security else top,
            help="`security honest_majority, semi_honest` is part of what the parties agree to",
        )
    for name in params:
        if name not in reader.names:
            close = suggestion(name, reader.names)
            ctx.findings.report("E2012", f"there is no parameter `{name}`", None, help=close)


def _declarations(fact: InputFact, reader: Reader, parties: tuple[str, ...]) -> list[Declaration]:
    """What the givers of one input bring: all of `parties`, or the one that it names."""
    givers = (fact.party,) if fact.party else parties
    return [_declaration(fact, field, party, reader.sizes) for party in givers for field in fact.fields]


def _declaration(fact: InputFact, field: Field, party: str, sizes: Mapping[str, Size]) -> Declaration:
    """What a party has to bring; of a hidden size its rows are padded to the bound."""
    elem, dims = field.elem, party_dims(fact.dims, sizes, party)
    size = sizes.get(str(fact.dims[0])) if fact.dims else None
    hidden = ""
    if size is not None and size.hidden:
        hidden, dims = size.name, (size.bound or 0, *dims[1:])
    return Declaration(
        fact.key(field),
        party,
        element_of(elem),
        elem.frac,
        elem.lo,
        elem.hi,
        dims,
        levels=elem.levels if isinstance(elem, Category) else (),
        length=elem.length if isinstance(elem, Word) else 0,
        optional=field.optional,
        hidden=hidden,
    )


def _wanted(fact: InputFact, sizes: Mapping[str, Size]) -> list[Wanted]:
    """The arrays of what an earlier program kept, as `inputs.give` binds them."""
    size = sizes.get(str(fact.dims[0])) if fact.dims else None
    hidden = size is not None and size.hidden
    dims = (size.bound or 0, *fact.dims[1:]) if size is not None and hidden else fact.dims
    found: list[Wanted] = []
    for column in fact.fields:
        elem, part = column.elem, fact.key(column).removeprefix(fact.name)
        found.append(Wanted(
            fact.store, fact.name, part, element_of(elem), elem.frac, elem.lo, elem.hi, dims,
            elem.levels if isinstance(elem, Category) else (), elem.length if isinstance(elem, Word) else 0))
        if column.optional:
            found.append(Wanted(fact.store, fact.name, presence(part), "bool", 0, 0, 1, dims))
    if hidden:
        found.append(Wanted(fact.store, fact.name, ROWS, "bool", 0, 0, 1, dims[:1]))
    return found


def _giver(node: syntax.Input | syntax.Load) -> str:
    """Who says how many rows there are: a party, all of them, or what was kept."""
    if isinstance(node, syntax.Load):
        return f'"{node.store}"'
    return "" if node.party is None else node.party.id


def party_dims(dims: tuple[int | str, ...], sizes: Mapping[str, Size], party: str) -> tuple[int | str, ...]:
    """The extents of what one party gives: a size that counts rows of each party is the party's own."""
    return tuple(f"{dim}.{party}" if isinstance(dim, str) and sizes[dim].each else dim for dim in dims)
