"""Golden numbers for co-moments and the drift of relations: correlation, covariance, target relation.

Run: python relations.py > relations.json   (numpy, scipy, statsmodels; versions are written into the output)
"""

import json
import math

import numpy as np
import scipy
import statsmodels
from scipy import optimize, stats
from statsmodels.stats.proportion import proportions_ztest

rng = np.random.default_rng(7919)


def numbers(x):
    return np.round(np.asarray(x, dtype=float), 5)


def edges(x):
    return float(np.quantile(x, 0.01, method="inverted_cdf")), float(np.quantile(x, 0.99, method="inverted_cdf"))


def scaled(x, lo, hi):
    if lo == hi:
        return np.zeros(len(x))
    return (np.clip(x, lo, hi) - lo) / (hi - lo) * 2 - 1


def correlation_case(name, base, live, repeat=(1, 1)):
    """`repeat` counts every row of a side that often: large n without many numbers."""
    base, live = [numbers(c) for c in base], [numbers(c) for c in live]
    (xlo, xhi), (ylo, yhi) = edges(base[0]), edges(base[1])
    sides = [(scaled(x, xlo, xhi), scaled(y, ylo, yhi)) for x, y in (base, live)]
    r1, r2 = (float(stats.pearsonr(x, y).statistic) for x, y in sides)
    n1, n2 = len(base[0]) * repeat[0], len(live[0]) * repeat[1]
    z = (math.atanh(r2) - math.atanh(r1)) / math.sqrt(1 / (n1 - 3) + 1 / (n2 - 3))
    return {
        "name": name, "x_scale": [xlo, xhi], "y_scale": [ylo, yhi],
        "base": [c.tolist() for c in base], "live": [c.tolist() for c in live], "repeat": repeat,
        "r_base": r1, "r_live": r2, "z": z, "ln_p": math.log(2) + float(stats.norm.logsf(abs(z))), "effect": abs(r1 - r2),
    }


def pair(n, r, noise="normal"):
    x = rng.normal(size=n)
    e = rng.normal(size=n) if noise == "normal" else rng.standard_t(2, size=n)
    return x, r * x + math.sqrt(1 - r * r) * e


def correlations():
    cases = [correlation_case(f"normal_{i}", pair(60 + 20 * i, a), pair(50 + 10 * i, b)) for i, (a, b) in enumerate(
        [(0.0, 0.0), (0.5, 0.5), (0.9, 0.2), (-0.5, 0.5), (0.99, 0.98), (-0.8, -0.7)])]
    cases.append(correlation_case("heavy_tail_is_clipped", pair(100, 0.6, "t"), pair(100, 0.6, "t")))
    cases.append(correlation_case("large_n", pair(80, 0.3), pair(80, 0.5), (1000, 500)))
    cases.append(correlation_case("p_below_the_smallest_double", pair(80, -0.6), pair(80, 0.6), (1000, 1000)))
    cases.append(correlation_case("four_rows", pair(4, 0.5), pair(4, 0.0)))
    x, y = pair(50, 0.4)
    cases.append(correlation_case("same_rows", (x, y), (x, y)))
    cases.append(correlation_case("far_from_zero", (1e6 + x, y * 1e-4), (1e6 + x[::-1], y * 1e-4)))
    return cases


def mixed(n, loading, noise=0.5):
    factors = rng.normal(size=(n, loading.shape[0]))
    return numbers(factors @ loading + noise * rng.normal(size=(n, loading.shape[1])))


def covariance_case(name, fitted, chunks, live, share=None, count=None):
    scales = [edges(c) for c in fitted.T]
    to = lambda rows: np.column_stack([scaled(rows[:, j], *scales[j]) for j in range(rows.shape[1])])
    f, w = to(fitted), to(live)
    used = [j for j in range(f.shape[1]) if f[:, j].std() > 0]
    f, w, cs = f[:, used], w[:, used], [to(c)[:, used] for c in chunks]
    mean, sd = f.mean(axis=0), f.std(axis=0)
    values, vectors = np.linalg.eigh(np.corrcoef(f.T))
    values, vectors = values[::-1], vectors[:, ::-1]
    kept = count if count is not None else int(np.argmax(np.cumsum(values) / values.sum() >= share - 1e-12)) + 1
    v = vectors[:, :kept]

    def error(rows):
        z = (rows - mean) / sd
        return float(np.sqrt(np.mean(np.sum((z - z @ v @ v.T) ** 2, axis=1))))

    errors = [error(c) for c in cs]
    e = error(w)
    frobenius = float(np.linalg.norm(np.corrcoef(f.T) - np.corrcoef(w.T)))
    return {
        "name": name, "scales": scales, "share": share, "count": count,
        "fitted": fitted.T.tolist(), "chunks": [c.T.tolist() for c in chunks], "live": live.T.tolist(),
        "eigenvalues": values.tolist(), "kept": kept, "chunk_errors": errors, "error": e,
        "effect": (e - np.mean(errors)) / np.std(errors, ddof=1), "frobenius": frobenius,
        "sample_covariance": np.cov(to(fitted).T).tolist(),
    }


def covariances():
    loading = rng.normal(size=(2, 4))
    chunks = lambda n, *args: [mixed(n, *args) for _ in range(20)]
    cases = [covariance_case("same_law", mixed(120, loading), chunks(15, loading), mixed(40, loading), share=0.65)]
    cases.append(covariance_case("other_loadings", mixed(120, loading), chunks(15, loading),
                                 mixed(40, rng.normal(size=(2, 4))), share=0.65))
    cases.append(covariance_case("shifted", mixed(120, loading), chunks(15, loading), mixed(40, loading) + 0.7, count=2))
    single = rng.normal(size=(1, 5))
    cases.append(covariance_case("one_component", mixed(100, single), chunks(12, single), mixed(30, single, 1.5), count=1))
    constant = mixed(100, single)
    constant[:, 3] = 4.5
    held = chunks(12, single)
    for chunk in held:
        chunk[:, 3] = 4.5
    live = mixed(30, single)
    cases.append(covariance_case("constant_in_the_baseline", constant, held, live, share=0.8))
    return cases


def ln_chi2_above(x, df):
    """scipy's logsf is -inf where the tail is no double; with two degrees of freedom the tail is exp(-x / 2)."""
    return -x / 2 if df == 2 else float(stats.chi2.logsf(x, df))


def numeric_case(name, base, live):
    """Lists of labels by bin."""
    base, live = [numbers(b) for b in base], [numbers(b) for b in live]
    lo, hi = edges(np.concatenate(base))
    clip = lambda bins: [np.clip(b, lo, hi) for b in bins]
    b, l = clip(base), clip(live)
    sd = float(np.concatenate(b).std(ddof=1))
    used = [i for i in range(len(b)) if min(len(b[i]), len(l[i])) >= 30 and max(b[i].std(), l[i].std()) > 0]
    free = lambda i: len(b[i]) + len(l[i]) - 4
    # t of the two-sample test with equal variances, squared, over its mean
    t = lambda i: float(stats.ttest_ind(l[i], b[i], equal_var=True).statistic)
    terms = [t(i) ** 2 * free(i) / (free(i) + 2) for i in used]
    pooled = lambda i: (b[i].var() * len(b[i]) + l[i].var() * len(l[i])) / free(i)
    spreads = [math.sqrt(pooled(i) * (1 / len(b[i]) + 1 / len(l[i]))) for i in used]
    inside = lambda x: math.prod(float(stats.norm.cdf(x / s) - stats.norm.cdf(-x / s)) for s in spreads)
    null = [optimize.brentq(lambda x: inside(x) - share, 0, 20 * max(spreads), xtol=1e-15) for share in (0.95, 0.99)]
    return {
        "name": name, "scale": [lo, hi], "base": [v.tolist() for v in base], "live": [v.tolist() for v in live],
        "df": len(used), "statistic": float(sum(terms)), "ln_p": ln_chi2_above(float(sum(terms)), len(used)),
        "effect": float(max(abs(l[i].mean() - b[i].mean()) for i in used) / sd), "null": [x / sd for x in null],
    }


def binary_case(name, base, live):
    """(rows, positives) by bin."""
    statistic, used, effects = 0.0, 0, []
    for (n, a), (m, b) in zip(base, live):
        if min(n, m) < 30:
            continue
        table = np.array([[a, n - a], [b, m - b]])
        p = (a + b) / (n + m)
        if min(n, m) * min(p, 1 - p) < 5:
            continue
        chi2 = float(stats.chi2_contingency(table, correction=False).statistic)
        z = proportions_ztest([b, a], [m, n])[0]
        assert math.isclose(chi2, z * z, rel_tol=1e-9, abs_tol=1e-12)
        statistic += chi2
        used += 1
        effects.append(abs(b / m - a / n))
    y = np.concatenate([np.r_[np.ones(a), np.zeros(n - a)] for n, a in base])
    return {"name": name, "base": base, "live": live, "df": used, "statistic": statistic,
            "ln_p": ln_chi2_above(statistic, used), "effect": max(effects) / float(y.std(ddof=1))}


def targets():
    bins = lambda sizes, shift=0.0, scale=1.0: [rng.normal(loc=i + shift, scale=scale + 0.2 * i, size=n) for i, n in enumerate(sizes)]
    heavy = lambda sizes: [rng.standard_t(1.5, size=n) for n in sizes]
    numeric = [
        numeric_case("no_drift", bins([60, 50, 40]), bins([40, 40, 30])),
        numeric_case("shift", bins([60, 50, 40]), bins([40, 40, 30], shift=0.8)),
        numeric_case("thin_bins", bins([60, 29, 40, 50]), bins([40, 40, 30, 29])),
        numeric_case("exactly_thirty", bins([30, 30]), bins([30, 30])),
        numeric_case("clipped", heavy([80, 70]), heavy([60, 50])),
        numeric_case("constant_bin", [np.full(40, 2.0)] + bins([50, 60]), [np.full(40, 3.0)] + bins([40, 40])),
        numeric_case("p_below_the_smallest_double", bins([80, 80], scale=0.05), bins([80, 80], shift=9.0, scale=0.05)),
    ]
    binary = [
        binary_case("no_drift", [(500, 50), (400, 80), (300, 90)], [(100, 11), (90, 17), (80, 26)]),
        binary_case("drift", [(500, 50), (400, 80), (300, 90)], [(100, 31), (90, 37), (80, 16)]),
        binary_case("rare_class", [(5000, 5), (4000, 80)], [(100, 0), (900, 17)]),
        binary_case("thin_bins", [(29, 10), (400, 80), (30, 15)], [(100, 31), (29, 7), (30, 14)]),
        binary_case("expected_just_five", [(40, 5), (400, 80)], [(40, 5), (900, 170)]),
        binary_case("large", [(500000, 50000), (400000, 80000)], [(1000000, 101000), (900000, 183000)]),
    ]
    return numeric, binary


numeric, binary = targets()
print(json.dumps({
    "versions": {"numpy": np.__version__, "scipy": scipy.__version__, "statsmodels": statsmodels.__version__},
    "correlations": correlations(),
    "covariances": covariances(),
    "target_numeric": numeric,
    "target_binary": binary,
}, separators=(",", ":")).replace('{"name"', '\n{"name"'))
