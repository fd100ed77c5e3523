"""`cloister fmt`: even spacing, nothing lost, nothing changed the second time."""

from __future__ import annotations

import pytest
from cloister.compiler.diagnostics import Findings, ProgramError
from cloister.compiler.frontend.format import format_source
from cloister.compiler.frontend.modules import STDLIB
from cloister.compiler.frontend.tokens import tokenize
from cloister.compiler.source import Source

UNTIDY = '''

"""Doc
  string."""
#comment
party   a,b   # two
input age:uint8[ rows ]   in  - 5 .. 2**7-1   from   each
input c : table( ip:ip4,
   sightings : uint8 in 1..10,   # column
   # own
)[ rows ] from each



for b in range( bands , start = -1 ):
  x[b,1:n-1] = - age [ 2 ]**-1 if not (b==3) else [1,2 ,3] @ y .north
  # in the block

# outside
def f(x:int8 = 3,y=4)->bool : return (x , )
assume (a<b)
z = f([
1,
2,
])\r
if a:
\tif b:
\t\tpass
\t# behind
# end'''

TIDY = '''"""Doc
  string."""
# comment
party a, b  # two
input age: uint8[rows] in -5..2 ** 7 - 1 from each
input c: table(ip: ip4,
    sightings: uint8 in 1..10,  # column
    # own
)[rows] from each


for b in range(bands, start=-1):
    x[b, 1:n - 1] = -age[2] ** -1 if not (b == 3) else [1, 2, 3] @ y.north
    # in the block

# outside
def f(x: int8 = 3, y=4) -> bool: return (x,)
assume(a < b)
z = f([
    1,
    2,
])
if a:
    if b:
        pass
    # behind
# end
'''


def tokens(text: str) -> list[tuple[str, str]]:
    lexed = tokenize(Source("p.mpc", text), Findings())
    return [(token.kind, token.text) for line in lexed.lines for token in line.tokens]


def test_untidy_text_becomes_tidy() -> None:
    untidy = UNTIDY.replace("\t", "    ")
    assert format_source(Source("p.mpc", untidy)) == TIDY
    assert tokens(untidy) == tokens(TIDY)
    assert format_source(Source("p.mpc", TIDY)) == TIDY


@pytest.mark.parametrize("text", ["", "\n", "# a\n"])
def test_next_to_nothing(text: str) -> None:
    assert format_source(Source("p.mpc", text)) == text.lstrip("\n")


def test_tabs_become_spaces() -> None:
    assert format_source(Source("p.mpc", "if a:\n\tx = 1")) == "if a:\n    x = 1\n"


def test_a_wrong_program_is_not_touched() -> None:
    with pytest.raises(ProgramError):
        format_source(Source("p.mpc", "x = ("))


@pytest.mark.parametrize("name", sorted(path.name for path in STDLIB.glob("*.mpc")))
def test_the_standard_library_is_tidy_in_meaning(name: str) -> None:
    text = (STDLIB / name).read_text("utf-8")
    formatted = format_source(Source(name, text))
    assert tokens(formatted) == tokens(text)
    assert format_source(Source(name, formatted)) == formatted
