"""What the compiler makes of a fixed suite at every level and network: python benchmarks/optimiser.py [--passes NAME]

Gates, multiplicative depth, rounds and bytes are those of the compiled circuit; nothing is run. Beside stands the
best that is published for the problem, by rounds or by gates, and where. `--passes` shows one program pass by pass.
"""

from __future__ import annotations

import argparse
import os
import time
from dataclasses import dataclass, field
from pathlib import Path

from cloister.compiler.ir.nodes import Circuit
from cloister.compiler.passes.savings import multiplicative_depth, savings
from cloister.compiler.pipeline import Compiled, Options, compile_program, load_program, read_text
from cloister.compiler.price.circuit import price
from cloister.compiler.price.network import NETWORKS
from cloister.runtime.traffic import owners, traffic
from rich.console import Console
from rich.table import Table

CIRCUITS = Path(os.environ.get("CLOISTER_CIRCUITS", Path(__file__).parents[2] / "shared" / "data" / "circuits"))

HEAD = "party a, b, c\nsecurity honest_majority, semi_honest\nsize n <= 100_000\n"
LEVELS, PROFILES = (0, 1, 2), ("lan", "wan")

#: Rounds in which inputs are shared and results opened, which every program has.
AROUND = 2


@dataclass(frozen=True)
class Task:
    """A program, its size, and the best known: `rounds` between sharing and opening, and in words with its source."""

    text: str
    best: str
    rounds: int | None = None
    sizes: dict[str, int] = field(default_factory=dict)
    file: str = ""


TREE = """\
input x: int32[n, 3] from a
input t: int32[7] from b
def leaf(row, t):
    if row[0] < t[0]:
        if row[1] < t[1]:
            r = 1 if row[2] < t[2] else 2
        else:
            r = 3 if row[2] < t[3] else 4
    else:
        if row[1] < t[4]:
            r = 5 if row[2] < t[5] else 6
        else:
            r = 7 if row[2] < t[6] else 8
    return r
for i in range(n):
    output r[i] = leaf(x[i], t) to c
"""

REGRESSION = """\
input x: fixed[n, 4] in -1..1 from a
input y: fixed[n] in 0..1 from b
input w: fixed[16][4] in -4..4 from c
p = clamp((x @ w) / 4 + 0.5, 0, 1)
output g = x.T @ (p - y) to all
"""

SUITE = {
    "dot product": Task(
        "input x: int32[n] from a\ninput y: int32[n] from b\noutput r = sum(x * y) to c\n",
        "1 round, one element a party (Araki et al., CCS 2016)", 1, {"n": 1000}),
    "variance": Task(
        "input x: int16[n] from a\ninput y: int16[n] from b\nd = x - y\n"
        "output r = n * sum(d * d) - sum(d) * sum(d) to c\n",
        "1 round: two products side by side (Araki et al., CCS 2016)", 1, {"n": 1000}),
    "comparison": Task(
        "input x: uint32[n] from a\ninput y: uint32[n] from b\noutput r = x < y to c\n",
        "under 3 ANDs a bit, ⌈log2 k⌉ + 1 levels for k bits (Harris, prefix networks, 2003): 6", 6, {"n": 1000}),
    "comparison chain": Task(
        "input x: uint32[60] from a\nok: bool = true\nfor i in range(1, 60):\n    ok = ok and x[i - 1] <= x[i]\n"
        "output r = ok to c\n",
        "a comparison, then ⌈log2 59⌉ levels of AND: 6 + 6", 12),
    "polynomial": Task(
        "input x: int8 in -8..7 from a\n"
        "output r = x*x*x*x*x*x*x*x + 3*x*x*x*x*x*x*x - 2*x*x*x*x*x + 7*x*x*x + x to c\n",
        "⌈log2 8⌉ levels (Paterson, Stockmeyer, SIAM J. Comput. 1973)", 3),
    "polynomial by Horner's rule": Task(
        "input x: int8[n] in -8..7 from a\ns = 1\nfor i in range(16):\n    s = s * x + i\noutput r = s to c\n",
        "⌈log2 16⌉ levels, 7 products for 2√16 - 1 (Paterson, Stockmeyer, SIAM J. Comput. 1973)", 4, {"n": 1000}),
    "the same in fixed point, fast": Task(
        "input x: fixed[16][n] in -1..1 from a\nfast:\n    s = 0.125\n    for i in range(16):\n"
        "        s = s * x + 0.25 * i\noutput r = s to c\n",
        "four levels of a product (1) and its cut (2), and one exact rounding", None, {"n": 1000}),
    "linear recurrence": Task(
        "input x: int16[n] from a\ninput k: int8[n] in 0..1 from b\ns = 0\nfor i in range(n):\n"
        "    s = s * k[i] + x[i]\n    output r[i] = s to c\n",
        "⌈log2 n⌉ levels (Kogge, Stone, IEEE Trans. C-22, 1973; Blelloch, CMU-CS-90-190)", 10, {"n": 1000}),
    "recurrence of 60 steps": Task(
        "input x: int16[60] from a\ninput k: int8[60] in 0..1 from b\ns = 0\nfor i in range(60):\n"
        "    s = s * k[i] + x[i]\noutput r = s to c\n",
        "⌈log2 60⌉ levels (as above)", 6),
    "counter that begins anew": Task(
        "input x: bool[n] from a\ns = 0\nfor i in range(n):\n    if x[i]:\n        s = 0\n    else:\n"
        "        s = s + 1\n    output r[i] = s to c\n",
        "a bit into the ring (2), then ⌈log2 n⌉ levels (Blelloch, CMU-CS-90-190)", 12, {"n": 1000}),
    "largest since": Task(
        "input x: int16[n] from a\ninput c: bool[n] from b\nbest = 0\nfor i in range(n):\n    if c[i]:\n"
        "        best = x[i]\n    else:\n        best = max(best, x[i])\n    output r[i] = best to c\n",
        "⌈log2 n⌉ comparisons and choices in sequence, as without segments: 10 x 6", 60, {"n": 1000}),
    "level between bounds": Task(
        "input x: int16[n] in -99..99 from a\ns = 0\nfor i in range(n):\n    s = clamp(s + x[i], 0, 1000)\n"
        "output r = s to c\n",
        "⌈log2 n⌉ maps combined (Blelloch, CMU-CS-90-190), each an addition, two comparisons side by side, two choices",
        None, {"n": 1000}),
    "sum of smaller ones": Task(
        "input x: int8[n] from a\ninput y: int8[n] from b\noutput r = sum(min(x, y)) to c\n",
        "a minimum (5), then k bits into the ring (2) or full adders on planes, k ANDs a number (Wallace, 1964)", 7,
        {"n": 100_000}),
    "running maximum": Task(
        "input x: int16[n] from a\nbest: int64 = -40000\nfor i in range(n):\n    best = max(best, x[i])\n"
        "    output r[i] = best to c\n",
        "⌈log2 n⌉ comparisons and choices in sequence (Ladner, Fischer, JACM 1980): 10 x 6", 60, {"n": 1000}),
    "largest and where": Task(
        "input x: int16[n] from a\nbest: int64 = -40000\nwhere: int64 = 0\nfor i in range(n):\n"
        "    if x[i] > best:\n        best = x[i]\n        where = i\noutput r = best to c\noutput i = where to c\n",
        "⌈log2 n⌉ comparisons and choices in sequence: 10 x 6; here the last choice is found behind the scan: 6 + 10",
        60, {"n": 1000}),
    "median by counting": Task(
        "input x: uint8[51] from a\ninput y: uint8[51] from b\nz = concat(x, y)\n"
        "below: int64 = 0\nfor v in range(256):\n    if count(z < v) * 2 <= 102:\n        below = v\n"
        "output r = below to c\n",
        "all counts side by side: one comparison (4), a count (2), one more (4) and the last choice of 256 (8); here a "
        "count comes in the ring, where comparing takes 6", 18),
    "sort": Task(
        "input x: uint32[n] from a\noutput r = sort(x) to c\n",
        "for k bits, w a pass, k / w passes of few rounds (Chida et al., eprint 2019/695; Asharov et al., CCS 2022, "
        "eprint 2022/1595): here 8 x 9; each compared with each where rounds are dear", None, {"n": 1000}),
    "median": Task(
        "input x: uint32[n] from a\noutput r = median(x) to c\n",
        "a sort, and half of a sum", None, {"n": 1000}),
    "decision tree": Task(
        TREE, "a comparison (6) and one select a level (3), each a level of AND", 9, {"n": 1000}),
    "logistic regression step": Task(
        REGRESSION, "two matrix products, three truncations, a clamp (Mohassel, Rindal, ABY3, CCS 2018)", None,
        {"n": 1000}),
    "AES of 1000 blocks": Task(
        'def aes(key: bool[128], block: bool[128]) -> bool[128] from bristol "aes_128.txt"\n'
        "input key: bool[128] from a\ninput x: bool[n, 128] from b\noutput r = aes(key, x) to c\n",
        "60 levels, 6400 ANDs a block, of this circuit (Archer et al., Bristol Fashion)", 60, {"n": 1000},
        "aes_128.txt"),
}


def compiled(task: Task, level: int, profile: str) -> Compiled:
    """The task at a level, for a network."""
    loaded = load_program(read_text(HEAD + task.text, folder=CIRCUITS))
    return compile_program(loaded, task.sizes or {"n": 1}, Options(NETWORKS[profile], level))


def figures(found: Compiled) -> tuple[int, int, int, int, int]:
    """ANDs, products, multiplicative depth, rounds, and the bytes of the busiest party."""
    circuit: Circuit = found.stages[-1][1]
    cost, sent = price(circuit, found.protocol, owners(found.program)), traffic(found.program, found.protocol)
    return cost.ands, cost.muls, multiplicative_depth(circuit), sent.rounds, max(sent.bytes_sent)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--passes", metavar="NAME", choices=SUITE, help="one program, pass by pass")
    name = parser.parse_args().passes
    console = Console(width=160)
    console.print(_passes(name) if name else _suite())


def _suite() -> Table:
    table = Table("program", "level", "network", "ANDs", "products", "depth", "rounds", "sent by a party", "compile",
                  "best known", title="rounds include sharing the inputs and opening the results")
    for name, task in SUITE.items():
        if task.file and not (CIRCUITS / task.file).is_file():
            continue
        best = task.best if task.rounds is None else f"{task.best}; {task.rounds} + {AROUND} rounds"
        for level in LEVELS:
            for profile in PROFILES:
                started = time.perf_counter()
                found = compiled(task, level, profile)
                took = time.perf_counter() - started
                table.add_row(name, f"-O{level}", profile, *(f"{n:,}" for n in figures(found)), f"{took:.2f} s", best)
                name = best = ""
        table.add_section()
    return table


def _passes(name: str) -> Table:
    table = Table("after", "ANDs", "products", "depth", "rounds", "sent by a party", "nodes", title=f"{name}, for lan")
    for stage in savings(compiled(SUITE[name], 2, "lan")):
        row = (stage.ands, stage.muls, stage.depth, stage.rounds, stage.bytes, stage.nodes)
        table.add_row(stage.name, *(f"{n:,}" for n in row))
    return table


if __name__ == "__main__":
    main()
