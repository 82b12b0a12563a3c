#!/usr/bin/env python3
"""Runs the monitors of docs/examples on public data and compares every figure with scipy and a second implementation.

    venv/bin/pip install -r tests/bench/requirements.txt
    venv/bin/python tests/acceptance/drift.py DATA_DIR target/release/assay

DATA_DIR is described in README.md. Ends with exit code 1 and the differences, or with a line that says how many figures
were compared.
"""
import json
import math
import os
import subprocess
import sys

import numpy as np
import pandas as pd
from scipy import stats

HERE = os.path.dirname(os.path.abspath(__file__))
EXAMPLES = os.path.join(HERE, "..", "..", "docs", "examples")
data, assay = os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2])
wrong, compared = [], 0


def equal(what, ours, theirs, relative=1e-10, absolute=1e-12):
    global compared
    compared += 1
    if ours is None or not math.isclose(ours, theirs, rel_tol=relative, abs_tol=absolute):
        wrong.append(f"{what}: {ours!r}, expected {theirs!r}")


def same(what, ours, theirs):
    global compared
    compared += 1
    if ours != theirs:
        wrong.append(f"{what}: {ours!r}, expected {theirs!r}")


def run(monitor, *variables):
    """The checks of the only window, by id."""
    command = [assay, "check", monitor, "--no-store", "--format", "json", "--var", f"data={data}"]
    for variable in variables:
        command += ["--var", variable]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode not in (0, 1):
        sys.exit(f"{' '.join(command)}: {done.stderr}")
    [window] = json.loads(done.stdout)["tables"]
    return {check["id"].removeprefix("drift."): check for check in window["checks"]}


def test(check, name):
    return next(of for of in check["tests"] if of["test"] == name)


def quantile_bins(a, b, bins=10):
    """Counts of both sides by the bins of the language: right-closed at the smallest values that reach i/10 of the rows,
    values of a tenth of the rows or more apart, missing last."""
    x = np.sort(a.dropna().to_numpy(float))
    v, counts = np.unique(x, return_counts=True)
    up_to, n = np.cumsum(counts), len(x)
    cuts = {(v[np.searchsorted(up_to * bins, i * n)], True) for i in range(1, bins)}
    for heavy in v[counts * bins >= n]:
        cuts |= {(heavy, False), (heavy, True)}
    cuts = sorted(cuts)

    def count(side):
        y = np.sort(side.dropna().to_numpy(float))
        ends = [np.searchsorted(y, edge, "right" if closed else "left") for edge, closed in cuts]
        return np.append(np.diff([0, *ends, len(y)]), side.isna().sum())

    return count(a), count(b)


def psi(p, q):
    keep = (p + q) > 0
    p, q, k = p[keep], q[keep], keep.sum()
    p, q = (p + 0.5) / (p.sum() + 0.5 * k), (q + 0.5) / (q.sum() + 0.5 * k)
    return float(((q - p) * np.log(q / p)).sum())


def number(what, check, a, b):
    ks = stats.ks_2samp(a.dropna(), b.dropna(), method="auto")
    equal(f"{what} D", test(check, "ks")["statistic"], ks.statistic)
    w1 = stats.wasserstein_distance(a.dropna(), b.dropna())
    found = test(check, "wasserstein")
    low, high = found["statistic"], found.get("statistic_high", found["statistic"])
    same(f"{what} W1 {w1} within {low} to {high}", low - 1e-9 * w1 <= w1 <= high + 1e-9 * w1, True)
    equal(f"{what} PSI", test(check, "psi")["statistic"], psi(*quantile_bins(a, b)))
    equal(f"{what} missing", test(check, "missing")["effect"], abs(a.isna().mean() - b.isna().mean()))


def category(what, check, a, b):
    p, q = a.value_counts(), b.value_counts()
    keys = p.index.union(q.index)
    table = np.array([p.reindex(keys, fill_value=0), q.reindex(keys, fill_value=0)])
    n, m, k = table[0].sum(), table[1].sum(), len(keys)
    smaller = table.sum(0) * min(n, m) / (n + m)
    if smaller.min() >= 5:
        chi2, p_value, df, _ = stats.chi2_contingency(table, correction=False)
        found = test(check, "chi_square")
        equal(f"{what} chi-square", found["statistic"], chi2)
        l, r = table[0] / n, table[1] / m
        v = math.sqrt(max(0.0, ((l - r) ** 2 / (l + r)).sum() / 2 - (k - 1) / 4 * (1 / n + 1 / m)))
        equal(f"{what} V", found["effect"], v)
        if p_value > 1e-300:
            equal(f"{what} p", found["p_value"], p_value, relative=1e-9)


def flights():
    checks = run(os.path.join(EXAMPLES, "flights", "delays_monitor.yaml"))
    a, b = (pd.read_csv(os.path.join(data, "flights", f"flight_delays_2015_{half}.csv.gz")) for half in ("h1", "h2"))
    outcomes = {name: check["outcome"] for name, check in checks.items()}
    same("flights outcomes", outcomes, {
        "CANCELLED": "pass", "AIRLINE": "fail", "DEPARTURE_DELAY": "warn", "TAXI_OUT": "warn", "AIR_TIME": "warn", "DISTANCE": "pass",
    })
    for name in ("DEPARTURE_DELAY", "TAXI_OUT", "AIR_TIME", "DISTANCE"):
        number(f"flights {name}", checks[name], a[name], b[name])
    category("flights AIRLINE", checks["AIRLINE"], a["AIRLINE"], b["AIRLINE"])
    airline = test(checks["AIRLINE"], "chi_square")
    equal("AIRLINE chi-square", airline["statistic"], 4409.58995863, relative=1e-11)
    equal("AIRLINE V", airline["effect"], 0.2096683031854726)
    shown = airline["shown"]
    equal("AIRLINE classical V", shown["classical_v"], 0.20999023688327917)
    equal("AIRLINE V at equal weights", shown["equal_weight_v"], 0.20997808781871327)
    equal("AIRLINE PSI", test(checks["AIRLINE"], "psi")["statistic"], 0.6443039514686575)
    for name, known in [("DEPARTURE_DELAY", 0.019603150508768444), ("TAXI_OUT", 0.01156530845813741), ("DISTANCE", 0.001539571162403352)]:
        equal(f"{name} PSI", test(checks[name], "psi")["statistic"], known)
    w1 = test(checks["DEPARTURE_DELAY"], "wasserstein")
    equal("DEPARTURE_DELAY W1, low", w1["statistic"], 2.2317330730, relative=1e-9)
    equal("DEPARTURE_DELAY W1, high", w1["statistic_high"], 2.2322439603, relative=1e-9)


def taxis():
    january = pd.read_csv(os.path.join(data, "taxi", "yellow_tripdata_sample_2019-01.csv.gz"))
    for month in range(2, 13):
        name = f"2019-{month:02d}"
        checks = run(os.path.join(EXAMPLES, "taxi", "fares_monitor.yaml"), f"month={name}")
        live = pd.read_csv(os.path.join(data, "taxi", f"yellow_tripdata_sample_{name}.csv.gz"))
        for column in ("total_amount", "tip_amount", "fare_amount", "trip_distance"):
            number(f"taxi {name} {column}", checks[column], january[column], live[column])
        outcomes = {column: checks[column]["outcome"] for column in ("total_amount", "tip_amount", "fare_amount", "trip_distance")}
        same(f"taxi {name}", outcomes, {"total_amount": "fail", "tip_amount": "warn", "fare_amount": "pass", "trip_distance": "pass"})


flights()
taxis()
for sentence in wrong:
    print(f"WRONG  {sentence}")
print(f"{compared} figures compared, {len(wrong)} differ")
sys.exit(1 if wrong else 0)
