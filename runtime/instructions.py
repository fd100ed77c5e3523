"""The instruction set: one row an op. The compiler emits these names, every protocol implements them.

Notation: A(w) arithmetic shares over Z_2^w, B(k) k shared bit planes, P(w) public ring words, X any of them; R(k)
shared rows of k bits, S(n) a secret order of n rows, which only the operations on orders know.
All operands of an elementwise op have the same shape (broadcasting is an op of its own), except that a public
operand of one element goes with any shape. Numbers that may not fit 63 bits stand in attrs as decimal strings.

An op that exchanges takes one round, whatever its size. `part` speaks of the pieces in which a protocol holds
a secret: x = part 0 + part 1 + ... in the ring (for A), the XOR of them (for B), each piece known to at least
one party in the clear. Gadgets that need bits, carries or wraps are built on it alone, for every protocol.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Op:
    """`exchanges` tells whether it may send anything; `signature` and `meaning` are for people."""

    name: str
    exchanges: bool
    signature: str
    meaning: str


_ROWS = (
    # constants and kinds
    Op("const", False, "-> P(w)", "words: bytes, little endian, one element for all or one each, in C order"),
    Op("iota", False, "-> P(w)", "start, step: start + step * flat index"),
    Op("share", False, "P(w) -> A(w)", "the public value as a sharing of itself"),
    Op("share_planes", False, "P(w) -> B(k)", "the low k bits of the public value as planes"),
    Op("require", False, "P -> P", "the value, 0 everywhere; otherwise ends the run (AssumptionFailed: message)"),
    # linear arithmetic; A with A, A with P, P with P (then the result is P)
    Op("add", False, "X, X -> X", "elementwise"),
    Op("sub", False, "X, X -> X", "elementwise"),
    Op("neg", False, "X -> X", "elementwise"),
    Op("scale", False, "X, P -> X", "elementwise product with a public value"),
    Op("sum", False, "X -> X", "axes: reduced and dropped"),
    Op("cumsum", False, "X -> X", "axis: element i is the sum of elements 0..i along it; on A and P"),
    Op("matmul_public", False, "X, P or P, X -> X", "as matmul, one side public"),
    Op("compute", False, "P.. -> P(w)", "function: one of `clear.FUNCTIONS` with its attributes; whole numbers, exact"),
    Op("extend", False, "P(64) -> P(128)", "the same number in more bits, by its sign"),
    Op("narrow", False, "X(128) -> X(64)", "the value modulo 2^64; on A and P"),
    # planes
    Op("xor", False, "B(k), B(k) -> B(k)", "elementwise; a side of one plane goes with every plane of the other"),
    Op("invert", False, "B(k) -> B(k)", "all planes negated"),
    Op("pick", False, "B(k) -> B(m)", "planes: m plane numbers, repeats allowed, -1 a plane of zeros"),
    Op("join", False, "B.. -> B(sum)", "planes of all arguments, one after the other"),
    Op("xors", False, "B.. -> B(m)", "wires: planes of all arguments, then gate i: wire left[i] XOR wire right[i]; "
       "layers: how many gates in order need nothing of each other; outs: the m wires of the result"),
    Op("fold_planes", False, "B(k), shape (m, *s) -> B(m*k)", "first axis to planes: plane i*k+j is plane j of [i]"),
    Op("unfold_planes", False, "B(m*k), shape s -> B(k)", "k: the inverse of fold_planes: shape (m, *s)"),
    # shape; on A, B and P alike
    Op("reshape", False, "X -> X", "to the shape of the result, C order"),
    Op("broadcast", False, "X -> X", "to the shape of the result, by numpy's rules"),
    Op("transpose", False, "X -> X", "axes: a permutation"),
    Op("slice", False, "X -> X", "starts, steps: one each axis, counts by the result: element i is start + i*step"),
    Op("concat", False, "X.. -> X", "axis"),
    Op("take", False, "X -> X", "indices: list of int along axis `axis`, static"),
    Op("pad", False, "X -> X", "axis, before, after: zeros"),
    Op("take_at", False, "X, P -> X", "the element at a public run-time index of the first axis, which is dropped"),
    Op("put_at", False, "X, P, X -> X", "a copy of the first with the third at that index of the first axis"),
    # orders of the rows of the first axis; permute goes through the protocol's passes 0, 1, .., one round each,
    # its inverse through the same from the last to the first
    Op("draw_order", False, "-> S(n)", "a random order of n rows that no party knows, another one at every execution"),
    Op("to_rows", False, "B(k) -> R(k)", "planes of shape (n,) as n rows"),
    Op("from_rows", False, "R(k) -> B(m)", "lo: bits lo..lo+m-1 of every row as planes"),
    Op("cut_rows", False, "R(k) -> R(m)", "lo: bits lo..lo+m-1 of every row"),
    Op("gather", False, "X, P(n) -> X", "place i holds the row whose public run-time number stands at i; on A, P, R"),
    Op("scatter", False, "X, P(n) -> X", "row i goes to the place whose number stands at i, n different ones"),
    # exchanges
    Op("input", True, "-> A(w) or B(k)", "name: the InputSpec; the result's kind says which; two's complement planes; "
       "with a P: as many rows of it as the result has, from that one on"),
    Op("mul", True, "A, A -> A", "elementwise ring product"),
    Op("dot", True, "A, A -> A", "axis: sum over it of the elementwise products; one element an output is sent"),
    Op("matmul", True, "A, A -> A", "(.., n, k) @ (.., k, m), equal leading axes"),
    Op("and", True, "B(k), B(k) -> B(k)", "elementwise; a side of one plane goes with every plane of the other"),
    Op("part", True, "A(w) or B(k) -> A(w') or B(k')", "index: which part; take: what of it, see below"),
    Op("permute", True, "S, X -> X", "index: the pass; inverse: back instead; on A and R, which keep their shape"),
    Op("open_masked", True, "A(w) -> P(w), R(k) -> P(64)", "to everybody; why: what makes it say nothing"),
    Op("reveal", True, "A(w) -> P(w), B(k) -> P(64)", "to: who learns it; signed: planes are two's complement"),
)

#: What `part` may take of the plain piece u of an arithmetic value over Z_2^w (unsigned), by `take`:
#:   bits    planes lo..hi-1 of u; with neg true of (-u mod 2^w)                  -> B(hi - lo)
#:   shift   u >> f                                                               -> A(w')
#:   bit     bit number f of u, as 0 or 1                                         -> A(w')
#:   low     u mod 2^f                                                            -> A(w')
#:   quotient, remainder   u // d, u % d   (d: decimal string)                    -> A(w')
#: and of the plain piece of k planes:
#:   planes  the integer of the k planes, unsigned                                -> A(w')
#:   each    every plane as 0 or 1, the planes as a new first axis                -> A(w'), shape (k, *shape)
TAKES = ("bits", "shift", "bit", "low", "quotient", "remainder", "planes", "each")

INSTRUCTIONS: dict[str, Op] = {row.name: row for row in _ROWS}
