"""Random programs of what the depth passes look for: running values, choices, chains, written-out sums, counts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hypothesis import strategies as st

from .generate import Program

HEAD = "party north, south, west\nsecurity honest_majority, semi_honest\n"

#: Trips: written out, the last that are, kept as loops; sizes that are no powers of two.
TRIPS = (2, 3, 7, 63, 64, 65, 66, 97)

#: Statements of a loop over `i`, and the variables that they carry; `{c}` is a condition of the trip.
STEPS = (
    ("s = s + x[i]", "s"),
    ("s = s - y[i] * x[i]", "s"),
    ("if {c}:\n        s = s + y[i]", "s"),
    ("if {c}:\n        s = s + 1\n    else:\n        s = s - x[i]", "s"),
    ("t = t + s", "st"),
    ("best = max(best, x[i])", "best"),
    ("least = min(y[i], least)", "least"),
    ("if x[i] > best:\n        best = x[i]\n        where = i", "best where"),
    ("if {c}:\n        where = i", "where"),
    ("if {c}:\n        best = max(best, y[i])", "best"),
    ("ok = ok and {c}", "ok"),
    ("seen = seen or {c}", "seen"),
    ("odd = odd ^ {c}", "odd"),
    ("if seen:\n        s = s + x[i]", "s seen"),
    ("if ok:\n        where = i", "ok where"),
    ("if {c}:\n        run = 0\n    else:\n        run = run + x[i]", "run"),
    ("run = run * int({c}) + y[i]", "run"),
    ("if {c}:\n        where = y[i]\n    elif b[i]:\n        where = i", "where"),
    ("if {c}:\n        best = x[i]\n    else:\n        best = max(best, y[i])", "best"),
    ("least = min(least, x[i]) if {c} else y[i]", "least"),
    ("ok = (ok and {c}) or b[i]", "ok"),
    ("odd = {c} if odd else not b[i]", "odd"),
    ("seen = seen ^ (odd and b[i])", "seen odd"),
)
CONDITIONS = ("b[i]", "(x[i] < y[i])", "(x[i] == 3)", "(not b[i])", "(b[i] or x[i] > 0)")
START = {"s": "0", "t": "x[0]", "best": "-200", "least": "y[0]", "where": "-1", "ok": "true", "seen": "false",
         "odd": "b[0]", "run": "y[0]"}

Draw = Callable[[Any], Any]


@st.composite
def depth_programs(draw: Draw) -> Program:
    """A loop with several carried values, or expressions of chains, over three inputs."""
    n = draw(st.sampled_from(TRIPS))
    head = f"{HEAD}input x: int8[{n}] from north\ninput y: int8[{n}] from south\ninput b: bool[{n}] from west\n"
    body = draw(st.sampled_from((_loop, _chains)))(draw, n)
    numbers = st.lists(st.sampled_from((-128, -1, 0, 1, 3, 5, 127)) | st.integers(-128, 127), min_size=n, max_size=n)
    data = {"north": {"x": draw(numbers)}, "south": {"y": draw(numbers)},
            "west": {"b": draw(st.lists(st.booleans(), min_size=n, max_size=n))}}
    return Program(head + body, {}, {}, data)


def _loop(draw: Draw, n: int) -> str:
    steps = draw(st.lists(st.sampled_from(STEPS), min_size=1, max_size=4))
    names = [name for name in START if any(name in _words(step) for step, _ in steps)]
    lines = [f"{name}: {'bool' if START[name] in ('true', 'false', 'b[0]') else 'int64'} = {START[name]}"
             for name in names]
    lines.append(f"for i in range({n}):")
    for k, (step, _) in enumerate(steps):
        lines.append("    " + step.format(c=draw(st.sampled_from(CONDITIONS))))
        read = draw(st.sampled_from([None, *names]))
        if read is not None:
            lines.append(f"    output r{k}[i] = {read} to all")
    lines += [f"output {name}_ = {name} to all" for name in names]
    return "\n".join(lines) + "\n"


def _words(text: str) -> set[str]:
    return set(text.replace("[i]", "").replace("(", " ").replace(")", " ").replace(",", " ").replace(":", " ").split())


def _chains(draw: Draw, n: int) -> str:
    """Sums, products, extremes, truth and choices, each over some elements."""
    def some(text: str, least: int = 1, most: int = 7) -> list[str]:
        places = draw(st.lists(st.integers(0, n - 1), min_size=least, max_size=most))
        return [text.format(k=k, j=(k + 1) % n) for k in places]

    lines = [
        f"output p = {' * '.join(some('x[{k}]', 2, 6))} to all",
        f"output q = {' + '.join(some('x[{k}] * y[{j}]'))} - {' - '.join(some('x[{k}] * x[{j}]', 1, 3))} to all",
        f"output c = {' + '.join(some('int(b[{k}])'))} - {' - '.join(some('int(x[{k}] < y[{j}])', 1, 5))} to all",
        f"output a = {' and '.join(some('x[{k}] < y[{j}]'))} to all",
        f"output o = ({' or '.join(some('b[{k}]'))}) ^ ({' ^ '.join(some('b[{k}]', 1, 4))}) to all",
        "output n = count(b) - sum(select(b, x, 0)) to all",
        "output k = count(x < y) >= 3 to all",
    ]
    lines += [
        f"output f = {' - '.join(some('x[0] * y[{k}]', 2, 4))} + {' - '.join(some('y[{k}] * x[0]', 1, 3))} to all",
        f"output g = (b[0] and {') ^ (b[0] and '.join(some('x[{k}] < y[{j}]', 2, 4))}) to all",
        f"output i = (b[0] or {') and (b[0] or '.join(some('x[{k}] < y[{j}]', 2, 4))}) to all",
    ]
    horner = "x"
    for k in draw(st.lists(st.integers(-5, 5), min_size=1, max_size=5)):
        horner = f"({horner} + {k}) * x"
    lines += [f"output h = {horner} - 7 to all", f"output h_{draw(st.integers(3, 9))} = (y[1] - 2) ** 3 * y[1] to all"]
    chain = "0"
    for k, term in enumerate(some("x[{k}]", 2, 6)):
        chain = f"{draw(st.sampled_from(('min', 'max')))}({chain}, {term} + {k})"
    lines.append(f"output m = {chain} to all")
    choice = draw(st.lists(st.integers(0, n - 1), min_size=2, max_size=7))
    conditions = [f"{'if' if k == 0 else 'elif'} x[{i}] > {k}:\n    v = y[{i}] - {k}" for k, i in enumerate(choice)]
    lines = ["v: int64 = 0", *conditions, "else:\n    v = x[0]", *lines, "output v_ = v to all"]
    return "\n".join(lines) + "\n"
