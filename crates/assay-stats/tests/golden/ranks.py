"""Writes ranks.json: numbers of scipy that the rank tests of this crate are checked on.

Run it in this folder, with the scipy whose version ranks.json names:

    python ranks.py > ranks.json

Seeds are fixed: the same scipy writes the same file. Large samples are stored as the formula that makes them,
((multiplier * i) mod modulus / modulus) ** power * scale + shift for i = 1..rows, small ones as numbers (infinities as
text). In every call the first sample is live, the second one the baseline: D+ is live above baseline. What scipy does
not compute (too few rows, infinities) is null. Tails below what scipy computes are summed in decimals of 60 digits.
"""

import json
import math
import sys
import warnings
from decimal import Decimal, getcontext

import numpy as np
import scipy
from scipy import special, stats
from scipy.stats import _morestats
from scipy.stats._stats_py import _attempt_exact_2kssamp

warnings.simplefilter("ignore")
getcontext().prec = 60


def recipe(rows, multiplier, modulus, power=1.0, scale=1.0, shift=0.0):
    return {"rows": rows, "multiplier": multiplier, "modulus": modulus, "power": power, "scale": scale, "shift": shift}


def make(side):
    if isinstance(side, dict):
        i = np.arange(1, side["rows"] + 1, dtype=np.int64)
        unit = ((side["multiplier"] * i) % side["modulus"]) / side["modulus"]
        return unit ** side["power"] * side["scale"] + side["shift"]
    return np.asarray(side, dtype=float)


def stored(side):
    if isinstance(side, dict):
        return side
    return [x if math.isfinite(x) else ("inf" if x > 0 else "-inf") for x in map(float, side)]


def finite_or_none(x):
    return float(x) if math.isfinite(x) else None


def untied(base, live, pooled):
    """The sums of A^2 and T over all pooled rows, each row of a tie in its middle and otherwise as if not tied: what
    their p-values are of. SciPy takes p of the statistics with all of their terms of ties."""
    n, m, rows = len(base), len(live), pooled.size
    middle = lambda side: (np.searchsorted(np.sort(side), pooled) + np.searchsorted(np.sort(side), pooled, "right")) / 2
    e, at = n * middle(live) - m * middle(base), middle(pooled)
    a2 = (rows - 1) / rows * np.sum(e**2 / (n * m) / (at * (rows - at) - rows / 4))
    return float(a2), float((np.sum(e**2) / (n * m) + rows / 4) / rows**2)


def expected(base, live):
    out = {}
    asymptotic = stats.ks_2samp(live, base, method="asymp")
    out["d"] = float(asymptotic.statistic)
    out["d_plus"] = float(stats.ks_2samp(live, base, alternative="greater", method="asymp").statistic)
    out["d_minus"] = float(stats.ks_2samp(live, base, alternative="less", method="asymp").statistic)
    out["p_asymptotic"] = finite_or_none(asymptotic.pvalue)
    small = max(len(base), len(live)) <= 10_000
    # where rounding takes the exact p above 1, ks_2samp silently returns the asymptotic one instead
    g = math.gcd(len(base), len(live))
    is_exact, _, p = _attempt_exact_2kssamp(len(live), len(base), g, out["d"], "two-sided") if small else (False, 0, 0)
    out["p_exact"] = float(p) if is_exact else None
    out["p_auto"] = float(stats.ks_2samp(live, base, method="auto").pvalue)
    out["w1"] = finite_or_none(stats.wasserstein_distance(live, base))
    pooled = np.sort(np.concatenate([base, live]))
    out["a2"] = out["a2_normalised"] = None
    if np.unique(pooled).size > 1:
        sizes = np.array([len(base), len(live)])
        out["a2"] = float(
            _morestats._anderson_ksamp_midrank([base, live], pooled, np.unique(pooled), 2, sizes, pooled.size)
        )
        if pooled.size >= 4:
            out["a2_normalised"] = float(stats.anderson_ksamp([base, live]).statistic)
    out["a2_untied"], out["t_untied"] = untied(base, live, pooled)
    out["t"] = out["t_p_exact"] = out["t_p_asymptotic"] = None
    if min(len(base), len(live)) > 1:
        limit = stats.cramervonmises_2samp(live, base, method="asymptotic")
        out["t"], out["t_p_asymptotic"] = float(limit.statistic), finite_or_none(limit.pvalue)
        if max(len(base), len(live)) <= 20:
            out["t_p_exact"] = float(stats.cramervonmises_2samp(live, base, method="exact").pvalue)
    return out


def samples():
    rng = np.random.default_rng(20260101)
    inf = math.inf
    yield "published 8 and 8", [38.7, 41.5, 43.8, 44.5, 45.5, 46.0, 47.7, 58.0], [39.2, 39.3, 39.7, 41.4, 41.8, 42.9, 43.3, 45.8]
    yield "one and one", [1.0], [2.0]
    yield "one and one equal", [1.0], [1.0]
    yield "one and many", [0.3], list(np.round(rng.normal(size=20), 3))
    yield "many and one", list(np.round(rng.normal(size=20), 3)), [0.3]
    yield "constants equal", [5.0] * 12, [5.0] * 9
    yield "constants apart", [5.0] * 12, [6.0] * 9
    yield "constant and spread", [5.0] * 12, [4.0, 5.0, 5.0, 6.0, 7.0]
    yield "negative zero", [-0.0, 0.0, 1.0, 2.0, -1.0], [0.0, -0.0, -0.0, 3.0]
    yield "infinities on both sides", [-inf, 1.0, 2.0, 3.0, inf], [-inf, 1.5, 2.5, 2.75, inf]
    yield "infinity in live", [1.0, 2.0, 3.0, 4.0], [1.0, 2.5, inf]
    yield "infinity in baseline", [-inf, 2.0, 3.0, 4.0], [1.0, 2.5, 7.0]
    yield "tiny numbers", [1e-300, 2e-300, 3e-300, 9e-300], [1.5e-300, 2e-300, 8e-300]
    yield "huge numbers", [-1e300, 2e300, 3e300, 9e300], [1.5e300, 2e300, -8e300]
    sizes = [(2, 2), (2, 3), (3, 5), (4, 4), (5, 7), (6, 9), (7, 7), (8, 12), (10, 10), (11, 13), (12, 18), (15, 20),
             (16, 17), (19, 20), (20, 20), (25, 5), (30, 30), (31, 37), (40, 24), (60, 45)]
    for n, m in sizes:
        yield f"normal {n} {m}", list(np.round(rng.normal(size=n), 4)), list(np.round(rng.normal(0.4, 1.2, size=m), 4))
        yield f"ties {n} {m}", list(rng.integers(0, 6, n)), list(rng.integers(1, 7, m))
        yield f"few ties {n} {m}", list(np.round(rng.normal(size=n), 1)), list(np.round(rng.normal(0.2, 1, size=m), 1))
        yield f"apart {n} {m}", list(np.round(rng.uniform(0, 1, n), 3)), list(np.round(rng.uniform(0.7, 2, m), 3))
        yield f"heavy tail {n} {m}", list(np.round(rng.standard_cauchy(n), 3)), list(np.round(rng.standard_cauchy(m) * 2, 3))
        yield f"two values {n} {m}", list(rng.integers(0, 2, n)), list(rng.integers(0, 2, m))
    yield "published formula", recipe(10_000, 7919, 10_007), recipe(5_000, 104_729, 5_003, 1.1)
    for n, m in [(100, 100), (500, 5_000), (997, 1_009), (2_000, 2_000), (9_999, 10_000), (10_000, 10_000), (9_973, 3),
                 (10_000, 10_001), (20_000, 300), (30_000, 40_000), (100_000, 100_000), (70_000, 7)]:
        for power in (1.0, 1.04, 1.3):
            yield (f"formula {n} {m} {power}", recipe(n, 48_271, 2_147_483_647), recipe(m, 69_621, 2_147_483_647, power))
    for n, m in [(600, 700), (5_000, 4_000), (15_000, 15_000)]:
        yield f"formula tied {n} {m}", recipe(n, 7919, 101, 1.0, 3.0), recipe(m, 104_729, 97, 1.02, 3.0, 0.01)
        yield f"formula far {n} {m}", recipe(n, 7919, 10_007), recipe(m, 104_729, 5_003, 1.0, 1.0, 0.4)


def exact_law():
    """n, m, the excess D n m, p."""
    rows = []
    for n, m in [(1, 1), (1, 5), (2, 3), (5, 7), (6, 9), (12, 18), (30, 30), (97, 101), (100, 250), (500, 499),
                 (1_000, 1_000), (1_000, 333), (4_096, 4_095), (9_999, 10_000), (10_000, 2_500), (10_000, 10_000)]:
        g = math.gcd(n, m)
        lcm = n // g * m
        for share in (0.02, 0.05, 0.1, 0.2, 0.35, 0.6, 1.0):
            h = max(1, round(lcm * share))
            if n * m * share > 2e7:
                continue
            ok, _, p = _attempt_exact_2kssamp(n, m, g, h / lcm, "two-sided")
            if ok and p > 1e-290:
                rows.append([n, m, h * g, float(p)])
    return rows


def finite_law():
    """n, d, p of one sample."""
    rows = []
    for n in [1, 2, 3, 5, 10, 30, 100, 139, 140, 141, 142, 200, 1_000, 1_999, 2_000, 2_001, 5_000, 10_000, 54_321,
              100_000, 100_001, 1_000_000, 30_000_000, 1_000_000_000]:
        for z in (0.3, 0.45, 0.6, 0.8, 0.86, 1.0, 1.2, 1.36, 1.48, 1.49, 1.63, 1.9, 2.1, 2.5, 3.0, 3.5, 4.0):
            d = z / math.sqrt(n)
            if d < 1:
                p = float(stats.kstwo.sf(d, n))
                if p > 1e-14:
                    rows.append([n, d, p])
    return rows


def deep_tails():
    """n, d, ln p: twice the one-sided sum of Birnbaum and Tingey, in decimals."""
    rows = []
    for n, d in [(50, "0.9"), (150, "0.5"), (150, "0.95"), (1_000, "0.25"), (1_000, "0.7"), (3_000, "0.08"), (5_000, "0.3"),
                 (20_000, "0.03"), (20_000, "0.2")]:
        x, total, binomial = Decimal(d), Decimal(0), Decimal(1)
        for j in range(int(n * x.__rsub__(1)) + 1):
            share = Decimal(j) / n
            rest = 1 - x - share
            if rest > 0:
                total += binomial * (x + share) ** (j - 1) * rest ** (n - j)
            binomial = binomial * (n - j) / (j + 1)
        rows.append([n, float(d), float((2 * x * total).ln())])
    return rows


def anderson_law():
    """A^2, p of the limiting law: G. and J. Marsaglia's series (2004), 15 digits of the distribution function."""

    def part(z, j):
        t = (4 * j + 1) ** 2 * math.pi**2 / (8 * z)
        if t > 150:
            return 0.0
        a = math.pi / math.sqrt(2) * math.exp(-t) / math.sqrt(t)
        b = math.pi**1.5 / math.sqrt(2) * math.erfc(math.sqrt(t))
        r = z / 8
        f = a + b * r
        for i in range(1, 200):
            c = ((i - 0.5 - t) * b + t * a) / i
            a, b, r = b, c, r * z / (8 * i + 8)
            if abs(r) < 1e-40 or abs(c) < 1e-40:
                break
            f += c * r
        return f

    def cdf(z):
        factor, total = 1 / z, 0.0
        for j in range(100):
            total += (4 * j + 1) * factor * part(z, j)
            factor *= (0.5 + j) * -1.0 / (j + 1)
        return total

    def total(z):
        return [z, 1 - cdf(z)]

    return [total(z) for z in (0.1, 0.15, 0.3, 0.5, 0.8, 1.0, 1.5, 1.933, 2.492, 3.0, 3.857, 5.0, 6.0, 8.0)]


def cramer_law():
    """T, p of the limiting law: the Bessel series of T. Anderson and D. Darling (1952), summed to the end."""

    def cdf(x):
        total, factor = 0.0, 1.0
        for k in range(40):
            y = (4 * k + 1) ** 2 / (16 * x)
            total += factor * math.sqrt(4 * k + 1) * math.exp(-y) * special.kv(0.25, y)
            factor *= (k + 0.5) / (k + 1)
        return total / (math.pi * math.sqrt(x))

    return [[x, 1 - cdf(x)] for x in (0.02, 0.04, 0.08, 0.12, 0.2, 0.34730, 0.46136, 0.74346, 1.0, 1.5, 2.0)]


cases = [
    {"name": name, "base": stored(base), "live": stored(live), **expected(make(base), make(live))}
    for name, base, live in samples()
]
golden = {
    "scipy": scipy.__version__,
    "numpy": np.__version__,
    "cases": cases,
    "exact_law": exact_law(),
    "finite_law": finite_law(),
    "deep_tails": deep_tails(),
    "anderson_law": anderson_law(),
    "cramer_law": cramer_law(),
}
lines = ",\n".join(
    f'"{key}": ' + ("[\n" + ",\n".join(json.dumps(row) for row in value) + "\n]" if isinstance(value, list) else json.dumps(value))
    for key, value in golden.items()
)
sys.stdout.write("{\n" + lines + "\n}\n")
