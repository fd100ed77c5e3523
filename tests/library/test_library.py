"""The standard library against numpy, on data and at its edges; interpreter, reference and replicated agree on each."""

from __future__ import annotations

import ipaddress
from typing import Any

import numpy as np
import pytest

from ..language.running import PROTOCOLS, by_protocol, compiled, results

RNG = np.random.default_rng(20261121)
X = np.round(RNG.uniform(0, 300, 24) * 65536).astype(np.int64)
Y = np.round((X / 65536 / 10 - 20 + RNG.uniform(0, 10, 24)) * 65536).astype(np.int64)
G = RNG.integers(0, 4, 24)
x, y, g = X / 65536, Y / 65536, G.astype(float)

COLUMNS = """\
size n <= 100_000
input x: fixed[n] in 0..300 from a
input y: fixed[n] in -50..50 from b
input g: uint8[n] in 0..3 from c
"""
GIVEN = {"x.a": X.tolist(), "y.b": Y.tolist(), "g.c": G.tolist()}


def outputs(text: str, given: dict[str, Any] | None = None, n: int = 24, head: str = COLUMNS) -> dict[str, Any]:
    return results(head + text, GIVEN if given is None else given, {"n": n})


def fixed(value: Any, frac: int = 16) -> Any:
    return np.asarray(value, float) / 2**frac


def test_spread_and_covariance() -> None:
    found = outputs("""\
from stats import variance, std, sample_variance, covariance, correlation
output v = variance(x) to a
output s = std(x) to a
output w = sample_variance(x) to a
output c = covariance(x, y) to a
output r = correlation(x, y) to a
""")
    assert fixed(found["v"]) == pytest.approx(x.var(), rel=1e-5)
    assert fixed(found["s"]) == pytest.approx(x.std(), rel=1e-5)
    assert fixed(found["w"]) == pytest.approx(x.var(ddof=1), rel=1e-5)
    assert fixed(found["c"]) == pytest.approx(np.cov(x, y, bias=True)[0, 1], rel=1e-5)
    assert fixed(found["r"]) == pytest.approx(np.corrcoef(x, y)[0, 1], abs=2**-14)


def test_scores_and_tests() -> None:
    found = outputs("""\
from stats import z_scores, t_test, chi_square
output z = z_scores(x) to a
t, freedom = t_test(x[:10], y)
output t to a
output freedom to a
observed = zeros(2, 4)
for i in range(4):
    observed[0, i] = count(g == i and x > 150)
    observed[1, i] = count(g == i and x <= 150)
output chi = chi_square(observed) to a
""")
    assert fixed(found["z"]) == pytest.approx((x - x.mean()) / x.std(), abs=1e-3)
    u, nu, ny = x[:10], 10, 24
    a, b = u.var(ddof=1) / nu, y.var(ddof=1) / ny
    assert fixed(found["t"]) == pytest.approx((u.mean() - y.mean()) / np.sqrt(a + b), rel=1e-4)
    assert fixed(found["freedom"]) == pytest.approx((a + b) ** 2 / (a * a / (nu - 1) + b * b / (ny - 1)), rel=1e-3)
    observed = np.array([[((i == G) & (high == (x > 150))).sum() for i in range(4)] for high in (True, False)])
    expected = observed.sum(1, keepdims=True) * observed.sum(0, keepdims=True) / observed.sum()
    terms = np.where(expected > 0, (observed - expected) ** 2 / np.where(expected > 0, expected, 1), 0)
    assert fixed(found["chi"]) == pytest.approx(terms.sum(), abs=1e-3)


def ordinary(columns: np.ndarray) -> tuple[np.ndarray, np.ndarray, float]:
    """Least squares with a constant: coefficients, standard errors, and the part of the variance explained."""
    full = np.c_[np.ones(len(columns)), columns]
    coefficients = np.linalg.lstsq(full, y, rcond=None)[0]
    left = y - full @ coefficients
    errors = np.sqrt(np.diag(left @ left / (len(full) - full.shape[1]) * np.linalg.inv(full.T @ full)))
    return coefficients, errors, 1 - left @ left / ((y - y.mean()) ** 2).sum()


def test_a_line_through_the_points() -> None:
    found = outputs("""\
from stats import regression
intercept, slope, wide, error, explained = regression(x, y)
output intercept to a
output slope to a
output wide to a
output error to a
output explained to a
""")
    coefficients, errors, explained = ordinary(x)
    for name, expected in (("intercept", coefficients[0]), ("slope", coefficients[1]), ("wide", errors[0]),
                           ("error", errors[1]), ("explained", explained)):
        assert fixed(found[name], 32) == pytest.approx(expected, rel=1e-4), name


def test_survival() -> None:
    found = outputs("""\
from stats import kaplan_meier
output survival = kaplan_meier(g, x > 100, 5) to a
""")
    left, expected = 1.0, []
    for t in range(6):
        at_risk = (t <= G).sum()
        left *= 1 - ((t == G) & (x > 100)).sum() / at_risk if at_risk else 1
        expected.append(left)
    assert fixed(found["survival"]) == pytest.approx(expected, abs=2**-13)


SOME = """\
size n <= 1000
input x: fixed[n] in 0..300 optional from a
input y: fixed[n] in -50..50 from b
"""

EDGES = {
    "no value": ([0, 0, 0], [1 << 16, 0, 0], [0, 0, 0]),
    "one value": ([5 << 16, 0, 0], [1 << 16, 0, 0], [1, 0, 0]),
    "two values": ([5 << 16, 300 << 16, 0], [-50 << 16, 50 << 16, 0], [1, 1, 0]),
    "no variation": ([7 << 16] * 5, [3 << 16, 4 << 16, 3 << 16, 4 << 16, 9 << 16], [1] * 5),
    "the ends of the range": ([0, 300 << 16] * 3, [-50 << 16, 50 << 16] * 3, [1] * 6),
}


@pytest.mark.parametrize("name", EDGES)
def test_edges_are_right_or_missing(name: str) -> None:
    """Nothing is divided by a spread of zero, and nothing leaves its range."""
    a, b, there = EDGES[name]
    found = outputs("""\
from stats import correlation, z_scores, t_test, regression, sample_variance, mean
output m = mean(x) to a
output r = correlation(x, y) to a
output z = z_scores(x) to a
t, freedom = t_test(x, y)
output t to a
intercept, slope, wide, error, explained = regression(x, y)
output slope to a
output v = sample_variance(x) to a
""", {"x.a": a, "y.b": b, "x?.a": there}, len(a), SOME)
    if name in ("no value", "one value", "no variation"):
        assert not np.any(found["z"])
        assert found["r"] == found["slope"] == found["v"] == 0
    if name == "two values":
        assert fixed(found["r"]) == pytest.approx(1, abs=2**-12)
        assert found["slope"] == 0, "three pairs at least"
        assert fixed(found["v"]) == pytest.approx(np.var([5, 300], ddof=1), rel=1e-5)
    if name == "the ends of the range":
        assert fixed(found["r"]) == pytest.approx(1, abs=2**-12)
        assert fixed(found["slope"], 32) == pytest.approx(1 / 3, abs=1e-5)


def test_missing_values_count_for_nothing() -> None:
    head = """\
size n <= 1000
input x: fixed[n] in 0..300 optional from a
input y: fixed[n] in -50..50 optional from b
"""
    here, there = np.arange(24) % 5 != 1, np.arange(24) % 7 != 2
    given = {"x.a": np.where(here, X, 0).tolist(), "x?.a": here.astype(int).tolist(),
             "y.b": np.where(there, Y, 0).tolist(), "y?.b": there.astype(int).tolist()}
    found = outputs("""\
from stats import covariance, correlation, regression, std
output c = covariance(x, y) to a
output r = correlation(x, y) to a
output s = std(x) to a
intercept, slope, wide, error, explained = regression(x, y)
output slope to a
""", given, head=head)
    both = here & there
    assert fixed(found["c"]) == pytest.approx(np.cov(x[both], y[both], bias=True)[0, 1], rel=1e-4)
    assert fixed(found["r"]) == pytest.approx(np.corrcoef(x[both], y[both])[0, 1], abs=2**-13)
    assert fixed(found["s"]) == pytest.approx(x[here].std(), rel=1e-5)
    assert fixed(found["slope"], 32) == pytest.approx(np.polyfit(x[both], y[both], 1)[0], rel=1e-4)


MATRIX = """\
input p: fixed in 0..1 from a
m = [[4, 2.5, 1], [2.5, 6, -1.5], [1, -1.5, 3]]
k = [[m[i][j] + p for j in range(3)] for i in range(3)]
"""


@pytest.mark.parametrize("extra", [0, 1])
def test_linear_systems(extra: int) -> None:
    found = results(MATRIX + """\
from linalg import cholesky, solve, inverse
output l = cholesky(k) to a
output s = solve(k, [1, 2, 3.5]) to a
output i = inverse(k) to a
""", {"p.a": extra << 16})
    k = np.array([[4, 2.5, 1], [2.5, 6, -1.5], [1, -1.5, 3]]) + extra
    assert fixed(found["l"], 32) == pytest.approx(np.linalg.cholesky(k), abs=1e-6)
    assert fixed(found["s"], 32) == pytest.approx(np.linalg.solve(k, [1, 2, 3.5]), abs=1e-6)
    assert fixed(found["i"], 32) == pytest.approx(np.linalg.inv(k), abs=1e-6)


def test_several_columns_at_once() -> None:
    found = outputs("""\
from linalg import least_squares
b, intercept, errors = least_squares([x, fixed(g)].T, y)
output b to a
output intercept to a
output errors to a
""")
    coefficients, errors, _ = ordinary(np.c_[x, g])
    assert fixed(found["b"], 32) == pytest.approx(coefficients[1:], rel=1e-3)
    assert fixed(found["intercept"], 32) == pytest.approx(coefficients[0], rel=1e-3)
    assert fixed(found["errors"], 32) == pytest.approx(errors[1:], rel=1e-3)


LOGISTIC = COLUMNS + """\
from ml import logistic_regression, predict, probability, accuracy, precision, recall, f1, confusion
columns = [fixed(g) / 3, x / 300].T
label = y + g > 0
fast:
    w = logistic_regression(columns, label, epochs=4, rate=4)
said = predict(columns, w)
output w to a
output said to a
output p = probability(columns, w) to a
output right = accuracy(label, said) to a
output precise = precision(label, said) to a
output found = recall(label, said) to a
output both = f1(label, said) to a
output table = confusion(label, said) to a
"""


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_logistic_regression_and_its_metrics(protocol: str) -> None:
    """Within the error of the fast sigmoid, which may differ from protocol to protocol."""
    found = by_protocol(compiled(LOGISTIC, {"n": 24}), GIVEN, protocol)
    columns, label, w, c = np.c_[g / 3, x / 300], y + g > 0, np.zeros(2), 0.0
    for _ in range(4):
        wrong = 1 / (1 + np.exp(-(columns @ w + c))) - label
        w, c = w - 4 * columns.T @ wrong / 24, c - 4 * wrong.sum() / 24
    weights, said = fixed(found["w"]), np.array(found["said"], bool)
    assert weights == pytest.approx([*w, c], abs=0.02)
    level = columns @ weights[:2] + weights[2]
    assert fixed(found["p"]) == pytest.approx(1 / (1 + np.exp(-level)), abs=1e-3)
    assert (said == (level > 0))[np.abs(level) > 1e-3].all()
    hits = int((said & label).sum())
    for name, expected in (("right", (said == label).mean()), ("precise", hits / said.sum()),
                           ("found", hits / label.sum()), ("both", 2 * hits / (said.sum() + label.sum()))):
        assert fixed(found[name]) == pytest.approx(expected, abs=1e-4), name
    assert found["table"] == [[(~said & ~label).sum(), (said & ~label).sum()], [(~said & label).sum(), hits]]


def test_networks() -> None:
    outside = ["11.0.0.0", "172.32.0.0", "192.169.0.0", "100.128.0.0", "8.8.8.8", "9.255.255.255"]
    known = ["10.0.0.0", "10.255.255.255", "172.16.0.1", "192.168.1.1", "127.0.0.1", "169.254.3.4", "224.0.0.1",
             "239.255.255.255", "240.0.0.0", "255.255.255.255", "0.0.0.0", "100.64.0.1", "192.0.2.7", "198.51.100.1",
             "203.0.113.255", "198.18.0.1", *outside]
    addresses = [ipaddress.IPv4Address(one) for one in known]
    found = results("""\
size n <= 100
from net import private, loopback, link_local, multicast, documentation, shared, reserved, public_address
input ip: ip4[n] from a
output p = private(ip) to b
output l = loopback(ip) to b
output k = link_local(ip) to b
output m = multicast(ip) to b
output d = documentation(ip) to b
output s = shared(ip) to b
output r = reserved(ip) to b
output u = public_address(ip) to b
""", {"ip.a": [int(one) for one in addresses]}, {"n": len(known)})

    def within(*blocks: str) -> list[int]:
        return [int(any(one in ipaddress.IPv4Network(block) for block in blocks)) for one in addresses]

    assert found["p"] == within("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16")
    assert found["l"] == within("127.0.0.0/8")
    assert found["k"] == within("169.254.0.0/16")
    assert found["m"] == within("224.0.0.0/4")
    assert found["d"] == within("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24")
    assert found["s"] == within("100.64.0.0/10")
    assert found["r"] == within("240.0.0.0/4", "0.0.0.0/8")
    assert found["u"] == [int(one in outside) for one in known]
