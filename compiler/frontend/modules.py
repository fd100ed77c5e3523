"""Files to a whole program: finds what is imported, in the standard library or beside the program."""

from __future__ import annotations

import difflib
from dataclasses import dataclass, field
from pathlib import Path

from ..diagnostics import Findings, Label
from ..source import Source, Span
from . import syntax
from .parser import parse
from .placement import check_module

STDLIB = Path(__file__).parents[2] / "stdlib"
SUFFIX = ".mpc"


@dataclass(frozen=True)
class Modules:
    """A program with everything it imports.

    `modules` is by import name, what a module imports before the module itself; `sources` is by the name that
    spans bear (`Span.file`). These names hold no folder, so that they are the same on every party's machine.
    """

    main: syntax.Module
    modules: dict[str, syntax.Module]
    sources: dict[str, Source]


def load(path: Path, findings: Findings) -> Modules:
    """The program in the file `path`, and its modules.

    Mistakes are reported (E0001 to E0004, E1002 to E1004). Raises OSError when `path` itself cannot be read.
    """
    loader = _Loader(path.parent, findings)
    return loader.program(path.name, loader.read(path, path.name), path.stem)


def load_text(text: str, findings: Findings, name: str = "<text>", folder: Path | None = None) -> Modules:
    """The program `text`, and its modules; without `folder` it can import the standard library alone."""
    return _Loader(folder, findings).program(name, Source(name, text), "")


@dataclass
class _Loader:
    """Loads depth first. `path` holds the names and places of the imports that lead to the current file."""

    folder: Path | None
    findings: Findings
    modules: dict[str, syntax.Module] = field(default_factory=dict)
    sources: dict[str, Source] = field(default_factory=dict)
    path: list[tuple[str, Span | None]] = field(default_factory=list)

    def program(self, name: str, source: Source, stem: str) -> Modules:
        main = self._file(source, stem, None, standard=False)
        return Modules(main, self.modules, self.sources)

    def read(self, path: Path, name: str) -> Source:
        """The text of a file; what is not UTF-8 is reported."""
        content = path.read_bytes()
        try:
            return Source(name, content.decode("utf-8-sig"))
        except UnicodeDecodeError as problem:
            line = content.count(b"\n", 0, problem.start) + 1
            self.findings.report("E0001", f"`{name}` is not UTF-8 text", Span(name, line, 1, line, 2),
                                 help="save the file with the encoding UTF-8")
            return Source(name, "")

    def _file(self, source: Source, name: str, asked: Span | None, standard: bool) -> syntax.Module:
        self.sources[source.name] = source
        module = parse(source, self.findings)
        self.path.append((name, asked))
        for statement in _imports(module.statements):
            self._import(statement, standard)
        for definition in module.statements:
            if isinstance(definition, syntax.Def) and definition.bristol is not None:
                self._circuit(definition, standard)
        self.path.pop()
        return module

    def _import(self, statement: syntax.Import, from_standard: bool) -> None:
        name, span = statement.module, statement.span
        if name in [asking for asking, _ in self.path]:
            self._circle(name, span)
            return
        standard, local = STDLIB / (name + SUFFIX), (self.folder or STDLIB) / (name + SUFFIX)
        beside = self.folder is not None and not from_standard and local.is_file()
        if beside and standard.is_file():
            self.findings.report("E1002", f"there are two modules `{name}`", span, "",
                                 notes=[f"one is the file `{local.name}` beside the program, "
                                        f"the other is `{name}` of the standard library"],
                                 help="rename the file")
        elif name in self.modules:
            return
        elif beside or standard.is_file():
            self._module(name, local if beside else standard, span, standard=not beside)
        else:
            self._unknown(name, span, from_standard)

    def _module(self, name: str, path: Path, span: Span, standard: bool) -> None:
        try:
            source = self.read(path, f"stdlib/{path.name}" if standard else path.name)
        except OSError as problem:
            self.findings.report("E1003", f"the module `{name}` cannot be read: {problem.strerror}", span)
            return
        module = self._file(source, name, span, standard)
        check_module(module, self.findings)
        self.modules[name] = module

    def _circuit(self, statement: syntax.Def, standard: bool) -> None:
        """The circuit file of a function is a source as well: what people approve includes its text."""
        file = statement.bristol or ""
        folder = STDLIB if standard else self.folder
        if not file or Path(file).name != file or folder is None:
            self.findings.report("E1003", f"the circuit file `{file}` must stand beside the program, "
                                          "and is named without a folder", statement.span)
            return
        try:
            self.sources[circuit_file(statement)] = self.read(folder / file, circuit_file(statement))
        except OSError as problem:
            self.findings.report("E1003", f"the circuit file `{file}` cannot be read: {problem.strerror}",
                                 statement.span)

    def _circle(self, name: str, span: Span) -> None:
        names = [asking for asking, _ in self.path]
        start = names.index(name)
        circle = " → ".join([*names[start:], name])
        others = [Label(asked, "which is imported here") for _, asked in self.path[start + 1 :] if asked]
        self.findings.report("E1004", f"modules import each other in a circle: {circle}", span,
                             "closes the circle", *others, help="move what both need into a third file")

    def _unknown(self, name: str, span: Span, from_standard: bool) -> None:
        known = {path.stem for path in STDLIB.glob("*" + SUFFIX)}
        if self.folder is not None and not from_standard:
            known |= {path.stem for path in self.folder.glob("*" + SUFFIX)}
        close = difflib.get_close_matches(name, sorted(known), n=1)
        help = f"did you mean `{close[0]}`?" if close else f"put a file `{name}{SUFFIX}` beside the program"
        self.findings.report("E1003", f"there is no module `{name}`", span, help=help)


def circuit_file(definition: syntax.Def) -> str:
    """The name of the circuit file of a function among the sources: it stands beside the text of the function."""
    folder = definition.span.file.rpartition("/")[0]
    return f"{folder}/{definition.bristol}" if folder else str(definition.bristol)


def _imports(statements: tuple[syntax.Statement, ...]) -> list[syntax.Import]:
    """The imports at the top level; elsewhere there are none in a program without mistakes."""
    return [statement for statement in statements if isinstance(statement, syntax.Import)]
