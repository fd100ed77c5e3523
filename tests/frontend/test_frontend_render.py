"""Diagnostics as the analyst sees them."""

from __future__ import annotations

import io

from cloister.compiler.diagnostics import Diagnostic, Findings, Label
from cloister.compiler.frontend.parser import parse
from cloister.compiler.render import render, summary
from cloister.compiler.source import Source, Span
from rich.console import Console


def shown(diagnostics: list[Diagnostic], *sources: Source, colour: bool = False) -> str:
    out = io.StringIO()
    console = Console(file=out, width=40, force_terminal=colour, color_system="standard" if colour else None)
    render(diagnostics, {source.name: source for source in sources}, console)
    return out.getvalue()


def test_a_mistake_of_syntax() -> None:
    source = Source("p.mpc", "x = 1\nif x = 3:\n    y = 1\n")
    findings = Findings()
    parse(source, findings)
    assert shown(findings.items, source) == """\
error[E0001]: `=` assigns; use `==` to compare
 --> p.mpc:2:6
  |
2 | if x = 3:
  |      ^
  = help: write `==`

1 error
"""


def test_labels_in_two_files_calls_and_notes() -> None:
    lines = "".join(f"line {number}\n" for number in range(1, 13))
    program, module = Source("p.mpc", lines), Source("m.mpc", "def f(x):\n    return x @ y\n")
    main = Span("m.mpc", 2, 12, 2, 17, via=Span("p.mpc", 12, 1, 12, 5))
    labels = (Label(main, "shapes differ"), Label(Span("p.mpc", 2, 1, 2, 5), "n rows"),
              Label(Span("p.mpc", 4, 1, 4, 5), "m rows"))
    text = shown([Diagnostic("E2002", "the shapes do not match", labels, ("n is 3",), "use the same size")],
                 program, module)
    assert text == """\
error[E2002]: the shapes do not match
  --> m.mpc:2:12
   |
 2 |     return x @ y
   |            ^^^^^ shapes differ
  ::: p.mpc:2:1
   |
 2 | line 2
   | ---- n rows
 3 | line 3
 4 | line 4
   | ---- m rows
...
12 | line 12
   | ---- called from here
   = note: n is 3
   = help: use the same size

1 error
"""


def test_a_stretch_over_several_lines() -> None:
    source = Source("p.mpc", "x = f(a,\n      b)\n")
    text = shown([Diagnostic("E2001", "no", (Label(Span("p.mpc", 1, 5, 2, 9), "this call"),))], source)
    assert "1 | x = f(a,\n  |     ^^^^ from here\n2 |       b)\n  |       ^^ to here: this call\n" in text


def test_the_end_of_a_file_an_unknown_file_and_no_place() -> None:
    source = Source("p.mpc", "x =")
    end, elsewhere = Label(Span("p.mpc", 1, 4, 1, 4)), Label(Span("q.mpc", 7, 1, 7, 2))
    assert "1 | x =\n  |    ^\n" in shown([Diagnostic("E0001", "m", (end,))], source)
    assert " --> q.mpc:7:1\n" in shown([Diagnostic("E0001", "m", (elsewhere,))], source)
    assert shown([Diagnostic("E5002", "no protocol")]) == "error[E5002]: no protocol\n\n1 error\n"
    assert shown([]) == ""


def test_wide_and_hostile_characters_keep_the_columns() -> None:
    source = Source("p.mpc", 'x = "日本" y\t\x1b[2J\u202e')
    text = shown([Diagnostic("E0001", "bad \x1b[31m", (Label(Span("p.mpc", 1, 10, 1, 11)),))], source)
    assert "\x1b" not in text
    assert "\u202e" not in text
    assert '1 | x = "日本" y �[2J�\n  |            ^\n' in text


def test_markup_is_text_and_colour_is_for_terminals() -> None:
    source = Source("p.mpc", "x = m[bold]\n")
    diagnostic = Diagnostic("W6001", "an input [red]x[/red]", (Label(Span("p.mpc", 1, 5, 1, 6)),))
    assert "[red]x[/red]" in shown([diagnostic], source)
    assert "m[bold]" in shown([diagnostic], source)
    assert "\x1b[" in shown([diagnostic], source, colour=True)


def test_summary() -> None:
    error, warning = Diagnostic("E0001", "a"), Diagnostic("W6001", "b")
    assert summary([error, warning, error]) == "2 errors, 1 warning"
    assert summary([warning, warning]) == "2 warnings"
