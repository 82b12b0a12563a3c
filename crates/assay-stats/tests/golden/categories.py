#!/usr/bin/env python3
"""Writes categories.json, the numbers that the tests of bins, categories and corrections are checked on.

    python categories.py [FLIGHTS_DIR]

Needs numpy, scipy and statsmodels. Every value is computed twice: by a library, and here, from integers and in
fifty decimal digits; the second is written, after the two were found to agree as far as the library is exact. Seeds
are fixed. FLIGHTS_DIR holds flight_delays_2015_h1.csv.gz and _h2.csv.gz (US DOT on-time performance, 2015, by half
year); without it the counts by bin that categories.json already holds are kept.
"""
import csv
import gzip
import json
import math
import os
import sys
from decimal import Decimal as D
from decimal import getcontext
from fractions import Fraction as F

import numpy as np
import scipy
import statsmodels
from scipy import stats
from scipy.spatial.distance import jensenshannon
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.proportion import proportions_ztest

getcontext().prec = 50
getcontext().Emin, getcontext().Emax = -10**15, 10**15
HERE = os.path.dirname(os.path.abspath(__file__))
OUT = os.path.join(HERE, "categories.json")
PI = D("3.14159265358979323846264338327950288419716939937510")


def dec(fraction):
    return D(fraction.numerator) / D(fraction.denominator)


def agree(ours, theirs, tolerance=1e-9, floor=0.0):
    ours, theirs = float(ours), float(theirs)
    assert ours == theirs or abs(ours - theirs) <= tolerance * abs(ours) + floor, (ours, theirs)


# ---- laws, in fifty digits ----------------------------------------------------------------------------------------


def erfc(root):
    """erfc of a positive Decimal: the series below 3, the continued fraction above."""
    y = root * root
    if root < 3:
        term, total, i = root, root, 0
        while abs(term) > D(10) ** -60:
            i += 1
            term = -term * y / i
            total += term / (2 * i + 1)
        return 1 - 2 / PI.sqrt() * total
    fraction = D(0)
    for i in range(2000, 0, -1):
        fraction = (D(i) / 2) / (root + fraction)
    return (-y).exp() / PI.sqrt() / (root + fraction)


def chi2_sf(x, df):
    """Survival of chi-square for a whole number of degrees of freedom, by its finite sum."""
    x = D(x) if not isinstance(x, F) else dec(x)
    if df == 0 or x == 0:
        return D(1) if x == 0 else D(0)
    y = x / 2
    if df % 2 == 0:
        term, total = D(1), D(0)
        for i in range(df // 2):
            total += term
            term = term * y / (i + 1)
        return total * (-y).exp()
    total, term = D(0), y.sqrt() / (PI.sqrt() / 2)
    for j in range(1, (df - 1) // 2 + 1):
        total += term
        term = term * y / (D(j) + D("0.5"))
    return erfc(y.sqrt()) + total * (-y).exp()


def ln(value):
    return float(value.ln())


def hypergeometric(base, live):
    """Weights of all tables with these margins, as far as they count, by first cell of live; exact when small."""
    successes, draws = base[0] + live[0], sum(live)
    total = sum(base) + draws
    low, high = max(0, successes + draws - total), min(successes, draws)
    if high - low <= 3000:
        weights = {x: math.comb(successes, x) * math.comb(total - successes, draws - x) for x in range(low, high + 1)}
        return weights, sum(weights.values())
    mean = successes * draws / total
    sd = math.sqrt(mean * (1 - successes / total) * (total - draws) / (total - 1))
    reach = 60 * sd + abs(live[0] - mean) * 2
    start, end = max(low, int(mean - reach)), min(high, int(mean + reach))
    middle = int(mean)
    weights = {middle: D(1)}
    for x in range(middle, end):
        weights[x + 1] = weights[x] * ((successes - x) * (draws - x)) / ((x + 1) * (total - successes - draws + x + 1))
    for x in range(middle, start, -1):
        weights[x - 1] = weights[x] * (x * (total - successes - draws + x)) / ((successes - x + 1) * (draws - x + 1))
    return weights, sum(weights.values())


def fisher_two_sided(base, live):
    weights, total = hypergeometric(base, live)
    observed = weights[live[0]]
    # whole numbers compare exactly; decimals carry 50 digits, ties agree to 40
    limit = observed if isinstance(observed, int) else observed * (1 + D(10) ** -35)
    return D(sum(w for w in weights.values() if w <= limit)) / D(total)


def fisher_live_more(base, live):
    weights, total = hypergeometric(base, live)
    return D(sum(w for x, w in weights.items() if x >= live[0])) / D(total)


# ---- tables -------------------------------------------------------------------------------------------------------


def drop_empty(base, live):
    kept = [(b, l) for b, l in zip(base, live) if b or l]
    return [b for b, _ in kept], [l for _, l in kept]


def merge(base, live):
    n, m = sum(base), sum(live)
    smaller = lambda c: F((c[0] + c[1]) * min(n, m), n + m)
    cells = list(zip(base, live))
    sparse = [c for c in cells if smaller(c) < 5]
    rest = [c for c in cells if smaller(c) >= 5]
    if not sparse:
        return cells
    other = (sum(c[0] for c in sparse), sum(c[1] for c in sparse))
    while smaller(other) < 5 and rest:
        joining = min(rest, key=sum)
        rest.remove(joining)
        other = (other[0] + joining[0], other[1] + joining[1])
    return rest + [other]


def chi_square(cells):
    n, m = sum(c[0] for c in cells), sum(c[1] for c in cells)
    total = F(0)
    for cell in cells:
        for observed, rows in zip(cell, (n, m)):
            expected = F(sum(cell) * rows, n + m)
            total += (observed - expected) ** 2 / expected
    return total


def g_statistic(cells):
    n, m = sum(c[0] for c in cells), sum(c[1] for c in cells)
    total = D(0)
    for cell in cells:
        for observed, rows in zip(cell, (n, m)):
            if observed:
                total += D(observed) * dec(F(observed * (n + m), sum(cell) * rows)).ln()
    return 2 * total


def v_figures(cells):
    n, m, k = sum(c[0] for c in cells), sum(c[1] for c in cells), len(cells)
    raw = sum(((F(b, n) - F(l, m)) ** 2 / (F(b, n) + F(l, m)) for b, l in cells), F(0)) / 2
    unbiased = max(F(0), raw - F(k - 1, 4) * (F(1, n) + F(1, m)))
    classical = chi_square(cells) / (n + m)
    return [float(dec(x).sqrt()) for x in (unbiased, classical, raw)]


def table_case(name, base, live):
    case = {"name": name, "base": base, "live": live}
    cells = list(zip(*drop_empty(base, live)))
    n, m = sum(base), sum(live)
    smallest = min(F((b + l) * min(n, m), n + m) for b, l in cells)
    exact = len(cells) == 2 and smallest < 5
    merged = cells if exact else merge(*zip(*cells))
    if len(merged) < 2:
        return case | {"refused": "too_sparse"}
    statistic, g, df = chi_square(merged), g_statistic(merged), len(merged) - 1
    ours = np.array(merged).T
    library = stats.chi2_contingency(ours, correction=False)
    agree(statistic, library.statistic, 1e-9, 1e-12)
    by_library = stats.chi2_contingency(ours, correction=False, lambda_="log-likelihood").statistic
    agree(g, by_library, 1e-9, 1e-15 * (n + m))
    chi_p, g_p = chi2_sf(statistic, df), chi2_sf(g, df)
    if chi_p > D("1e-290"):
        agree(chi_p, library.pvalue, 1e-8)
    if exact:
        chi_p = g_p = fisher_two_sided([c[0] for c in merged], [c[1] for c in merged])
        agree(chi_p, stats.fisher_exact(ours).pvalue, 1e-9)
    v, classical, raw = v_figures(merged)
    return case | {"exact": exact, "df": df, "chi_square": float(statistic), "ln_p": ln(chi_p), "g": float(g),
                   "g_ln_p": ln(g_p), "v": v, "classical_v": classical, "equal_weight_v": raw}


def bins_case(name, base, live):
    b_counts, l_counts = drop_empty(base, live)
    n, m, k = sum(base), sum(live), len(b_counts)
    raw = [(F(b, n), F(l, m)) for b, l in zip(b_counts, l_counts)]
    smooth = [((b + F(1, 2)) / (n + F(k, 2)), (l + F(1, 2)) / (m + F(k, 2))) for b, l in zip(b_counts, l_counts)]
    log_ratio = lambda a, b: (dec(a) / dec(b)).ln()
    psi = sum((dec(l - b) * log_ratio(l, b) for b, l in smooth), D(0))
    kl = sum((dec(l) * log_ratio(l, b) for b, l in smooth), D(0))
    nats = D(0)
    for pair in raw:
        mean = sum(pair) / 2
        nats += sum((dec(x) * log_ratio(x, mean) for x in pair if x), D(0))
    js = (max(D(0), nats) / 2 / D(2).ln()).sqrt()
    hellinger = (sum(((dec(b).sqrt() - dec(l).sqrt()) ** 2 for b, l in raw), D(0)) / 2).sqrt()
    if nats < D(10) ** -45:
        js = D(0)
    cells = list(zip(b_counts, l_counts))
    merged = merge(b_counts, l_counts)
    tested = merged if len(merged) >= 2 else cells
    statistic = chi_square(tested)
    # a second opinion in doubles
    bs, ls = (np.array([float(pair[i]) for pair in smooth]) for i in (0, 1))
    br, lr = (np.array([float(pair[i]) for pair in raw]) for i in (0, 1))
    agree(psi, np.sum((ls - bs) * np.log(ls / bs)), 1e-9, 1e-14)
    agree(kl, stats.entropy(ls, bs), 1e-9, 1e-14)
    agree(js, jensenshannon(br, lr, base=2), 1e-9, 1e-7)
    scale = (F(1, n) + F(1, m))
    upper = [float(scale) * stats.chi2.isf(tail, k - 1) if k > 1 else 0.0 for tail in (0.05, 0.01)]
    return {"name": name, "base": base, "live": live, "k": k, "psi": float(psi), "kl": float(kl),
            "jensen_shannon": float(js), "hellinger": float(hellinger),
            "total_variation": float(sum(abs(b - l) for b, l in raw) / 2),
            "l_infinity": float(max(abs(b - l) for b, l in raw)), "chi_square": float(statistic),
            "df": len(tested) - 1, "ln_p": ln(chi2_sf(statistic, len(tested) - 1)), "psi_null": upper,
            "js_null": [min(1.0, math.sqrt(u / (8 * math.log(2)))) for u in upper]}


def proportion_case(name, base, n, live, m):
    """Rows `base` of n and `live` of m, as z, Fisher and the rule between the two; as `unseen` of f1 and f2 = f1 // 2."""
    table = ([base, n - base], [live, m - live])
    with_, without = base + live, n - base + m - live
    change = F(live, m) - F(base, n)
    if with_ and without:
        pooled = F(with_, n + m)
        z = dec(change) / dec(pooled * (1 - pooled) * (F(1, n) + F(1, m))).sqrt()
        agree(z, proportions_ztest([live, base], [m, n])[0], 1e-7, 1e-9)
    else:
        z = D(0)
    z_p = chi2_sf(z * z, 1)
    above = z_p / 2 if z >= 0 else 1 - z_p / 2
    two, more = fisher_two_sided(*table), fisher_live_more(*table)
    if n + m < 10**5:
        agree(two, stats.fisher_exact(table).pvalue, 1e-9)
        agree(more, stats.fisher_exact(table[::-1], "greater").pvalue, 1e-9, 1e-300)
    expected = F(min(with_, without) * min(n, m), n + m)
    larger, pooled, doubletons = max(F(base, n), F(live, m)), F(with_, n + m), base // 2
    variance = larger * (1 - larger) / n + F(2 * doubletons, n * n) + pooled * (1 - pooled) / m
    unseen_z = dec(change) / dec(variance).sqrt() if variance else D(0)
    unseen_p = chi2_sf(unseen_z * unseen_z, 1)
    unseen_p = unseen_p / 2 if unseen_z >= 0 else 1 - unseen_p / 2
    agree(unseen_p, stats.norm.sf(float(unseen_z)), 1e-7, 1e-300)
    by_fisher = expected < 5 and more >= unseen_p
    down, up = live * (n - base), (m - live) * base
    return {"name": name, "base": base, "n": n, "live": live, "m": m, "z": float(z), "z_ln_p": ln(z_p),
            "z_ln_above": ln(above), "fisher_ln_p": ln(two), "fisher_ln_live_more": ln(more), "sparse": expected < 5,
            "doubletons": doubletons, "unseen_z": float(unseen_z), "unseen_by_fisher": by_fisher,
            "unseen_ln_p": ln(more if by_fisher else unseen_p),
            "change": float(change), "odds_ratio": None if up == 0 else float(F(down, up))}


# ---- cases --------------------------------------------------------------------------------------------------------


def counts(rng, shares, rows):
    return [int(x) for x in rng.multinomial(rows, shares)]


def tables(rng):
    yield table_case("published 2 x 6", [16, 18, 16, 14, 12, 12], [16, 16, 16, 16, 16, 8])
    yield table_case("published 2 x 2", [130, 370], [240, 260])
    yield table_case("equal", [100, 200, 300], [100, 200, 300])
    yield table_case("equal shares, unequal rows", [100, 200, 300], [10000, 20000, 30000])
    yield table_case("one category", [100], [50])
    yield table_case("two, sparse", [100, 3], [40, 2])
    yield table_case("two, one side without", [1000, 0], [500, 4])
    yield table_case("two, symmetric and sparse", [8, 2], [2, 8])
    yield table_case("expected exactly 5", [5, 95], [5, 95])
    yield table_case("three, all but one sparse", [1000, 2, 1], [500, 0, 3])
    yield table_case("other is still sparse, joins", [1000, 50, 1, 1], [500, 20, 0, 1])
    yield table_case("many singles", [500] + [1] * 40 + [0] * 20, [300] + [0] * 40 + [1] * 20)
    yield table_case("empty categories on both sides", [0, 40, 60, 0, 100], [0, 60, 40, 0, 90])
    yield table_case("tiny", [3, 2, 1], [1, 2, 3])
    yield table_case("unseen", [5000, 3000, 2000, 0], [4000, 2500, 1500, 800])
    yield table_case("all moved", [1000, 0], [0, 1000])
    yield table_case("p below 1e-300", [4000, 6000], [6000, 4000])
    yield table_case("p far below 1e-300", [500000, 500000, 100], [700000, 300000, 200])
    yield table_case("a rounding apart", [10**6, 10**6], [10**6 + 1, 10**6 - 1])
    yield table_case("a thousand million rows", [6 * 10**8, 4 * 10**8], [600010000, 399990000])
    for i in range(50):
        k = int(rng.choice([2, 2, 3, 4, 7, 12, 30, 120]))
        n, m = (int(10 ** rng.uniform(1, 6)) for _ in range(2))
        if i % 5 == 0:
            m = n
        base = rng.dirichlet(np.full(k, rng.choice([0.3, 1.0, 10.0])))
        tilt = base * np.exp(rng.normal(0, rng.choice([0.0, 0.02, 0.2, 1.0]), k))
        yield table_case(f"random {i}", counts(rng, base, n), counts(rng, tilt / tilt.sum(), m))


def bin_tables(rng):
    yield bins_case("equal", [10] * 10, [10] * 10)
    yield bins_case("one bin", [500], [300])
    yield bins_case("all null", [1000, 1000, 0], [0, 0, 2000])
    yield bins_case("constant that moved", [0, 1000, 0], [0, 0, 1000])
    yield bins_case("empty bins", [0, 100, 100, 0], [0, 90, 110, 0])
    yield bins_case("unseen", [5000, 4000, 1000, 0, 0], [500, 380, 120, 7, 0])
    yield bins_case("a rounding apart", [10**8] * 10, [10**8 + 1] * 5 + [10**8 - 1] * 5)
    yield bins_case("one row each", [1, 0], [0, 1])
    for i in range(45):
        k = int(rng.choice([3, 10, 11, 21, 53]))
        n, m = (int(10 ** rng.uniform(1.5, 6.5)) for _ in range(2))
        if i % 4 == 0:
            m = n
        base = rng.dirichlet(np.full(k, rng.choice([0.3, 10.0, 1000.0])))
        tilt = base * np.exp(rng.normal(0, rng.choice([0.0, 1e-3, 0.1, 1.0]), k))
        yield bins_case(f"random {i}", counts(rng, base, n), counts(rng, tilt / tilt.sum(), m))


def proportions(rng):
    yield proportion_case("none missing", 0, 1000, 0, 500)
    yield proportion_case("all missing", 1000, 1000, 500, 500)
    yield proportion_case("turned all null", 0, 5000, 5000, 5000)
    yield proportion_case("half null", 10, 100000, 50000, 100000)
    yield proportion_case("three unseen", 0, 1000, 3, 800)
    yield proportion_case("one row each", 0, 1, 1, 1)
    yield proportion_case("symmetric", 2, 10, 8, 10)
    yield proportion_case("symmetric and large", 900, 2000, 1100, 2000)
    yield proportion_case("fewer in live", 40, 1000, 3, 900)
    yield proportion_case("rare in a large baseline", 3, 10**6, 4, 500)
    yield proportion_case("rare in large sides", 4 * 10**4, 10**8, 4 * 10**4 + 900, 10**8)
    yield proportion_case("a thousand million rows", 5000, 10**9, 5600, 10**9)
    yield proportion_case("half of large sides", 5 * 10**7, 10**8, 50030000, 10**8)
    yield proportion_case("near the mode of large sides", 5 * 10**7, 10**8, 50000003, 10**8)
    for i in range(40):
        n, m = (int(10 ** rng.uniform(0.5, 5 if i % 2 else 3)) for _ in range(2))
        share = 10 ** rng.uniform(-3, 0)
        other = min(1.0, share * math.exp(rng.normal(0, 0.7)))
        yield proportion_case(f"random {i}", int(rng.binomial(n, share)), n, int(rng.binomial(m, other)), m)


def tails():
    for df in (1, 2, 3, 4, 5, 10, 13, 52, 99, 1000, 9999):
        for factor in ("0.01", "0.5", "0.9", "1", "1.1", "1.5", "3", "30", "300"):
            x = D(df) * D(factor)
            value = chi2_sf(x, df)
            if value > D("1e-290") and df < 1000:
                agree(value, stats.chi2.sf(float(x), df), 1e-9)
            yield {"df": df, "x": float(x), "ln_sf": ln(chi2_sf(D(float(x)), df))}
    for df in (1, 2, 3, 9, 10, 52, 999, 9999):
        yield {"df": df, "x": None, "p95": float(stats.chi2.isf(0.05, df)), "p99": float(stats.chi2.isf(0.01, df))}


def families(rng):
    fixed = [[0.01, 0.04, 0.03, 0.005, 0.2, 0.5], [0.5], [1.0, 1.0], [0.02] * 5, [0.0, 0.5, 0.01],
             [1e-300, 1e-200, 0.3, 1.0], [0.05, 0.05, 0.01, 0.01, 0.9]]
    for i in range(20):
        size = int(rng.choice([2, 5, 50, 200]))
        family = rng.uniform(0, 1, size) ** rng.choice([1, 4, 30])
        if i % 3 == 0:
            family = np.round(family, 2)
        fixed.append([float(p) for p in family])
    for family in fixed:
        adjusted = {method: [float(p) for p in multipletests(family, method=method)[1]]
                    for method in ("fdr_bh", "fdr_by", "bonferroni")}
        yield {"p": family} | adjusted


# ---- flights ------------------------------------------------------------------------------------------------------


def read_flights(folder, half):
    with gzip.open(os.path.join(folder, f"flight_delays_2015_{half}.csv.gz"), "rt", newline="") as file:
        return list(csv.DictReader(file))


def flights(folder):
    """Counts by airline, and by the edges of the quantile bins with the value before each."""
    base, live = read_flights(folder, "h1"), read_flights(folder, "h2")
    airlines = sorted({row["AIRLINE"] for row in base + live})
    tally = lambda rows: [sum(row["AIRLINE"] == airline for row in rows) for airline in airlines]
    result = {"airline": {"labels": airlines, "base": tally(base), "live": tally(live)}}
    for column in ("DEPARTURE_DELAY", "TAXI_OUT", "DISTANCE"):
        sides = [np.array([float(row[column]) for row in rows if row[column] not in ("", "nan")])
                 for rows in (base, live)]
        ordered = np.sort(sides[0])
        n = len(ordered)
        edges = sorted({float(ordered[-(-i * n // 10) - 1]) for i in range(1, 10)})
        values = np.unique(ordered)
        kept = sorted(set(edges) | {float(values[values < edge].max()) for edge in edges})
        below = lambda side, v: int((side < v).sum())
        up_to = lambda side, v: int((side <= v).sum())
        starts = [0] + [up_to(sides[1], v) for v in kept]
        ends = [below(sides[1], v) for v in kept] + [len(sides[1])]
        result[column.lower()] = {
            "edges": edges, "values": kept, "n": n, "below": [below(sides[0], v) for v in kept],
            "up_to": [up_to(sides[0], v) for v in kept], "m": len(sides[1]),
            "gap": [end - start for start, end in zip(starts, ends)],
            "eq": [int((sides[1] == v).sum()) for v in kept],
            "missing": [len(base), len(base) - n, len(live), len(live) - len(sides[1])]}
    return result


def main():
    rng = np.random.default_rng(20150101)
    kept = None
    if len(sys.argv) == 1:
        with open(OUT) as file:
            kept = json.load(file)["flights"]
    golden = {
        "made_by": "categories.py",
        "versions": {"scipy": scipy.__version__, "numpy": np.__version__, "statsmodels": statsmodels.__version__},
        "tables": list(tables(rng)), "bins": list(bin_tables(rng)), "proportions": list(proportions(rng)),
        "chi2": list(tails()), "families": list(families(rng)),
        "flights": kept or flights(sys.argv[1]),
    }
    with open(OUT, "w") as file:
        file.write("{\n")
        for i, (key, value) in enumerate(golden.items()):
            file.write(",\n" if i else "")
            if isinstance(value, list):
                rows = ",\n".join("    " + json.dumps(row) for row in value)
                file.write(f"  {json.dumps(key)}: [\n{rows}\n  ]")
            else:
                file.write(f"  {json.dumps(key)}: {json.dumps(value)}")
        file.write("\n}\n")
    print({key: len(value) for key, value in golden.items()})


if __name__ == "__main__":
    main()
