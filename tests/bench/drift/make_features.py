"""Makes the tables of the drift benchmark: training rows and live rows of a made-up model, with shifts planted.

    python make_features.py FOLDER NAME MILLIONS [--live] [--columns 50|100]

One row group is a million rows and a pure function of (SEED, side, its number). Of every fifty columns forty are numbers
of ten families (normal, skewed, heavy tails, counts, many zeros, rounded) and ten are categories of 4 to 6,000 values.
Live rows differ from training rows only in the columns of SHIFTED, which are written beside the data.
"""
import argparse
import json
import os

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

SEED = 90210
GROUP = 1_000_000
FAMILIES = ["normal", "gamma", "uniform", "weibull", "counts", "many_zeros", "cents", "two_peaks", "t3", "pareto"]
NULLS = {4: 0.02, 13: 0.08, 22: 0.15, 31: 0.01}
SIZES = [4, 9, 16, 30, 60, 120, 300, 700, 1500, 6000]
# column -> size of the shift: of the mean in standard units, or of the zeros' share
SHIFTED = {1: 0.03, 6: 0.12, 10: 0.06, 14: 0.30, 17: 0.10, 23: 0.25, 25: 0.08, 28: 0.15, 35: 0.06, 39: 0.20}
TILTED = {1: 0.03, 5: 0.12, 8: 0.22}


def number(rng, i, live):
    n, family = GROUP, FAMILIES[i % 10]
    by = SHIFTED.get(i % 40, 0.0) if live else 0.0
    if family == "normal":
        x = rng.normal(by, 1, n) * (2 + i) + 7 * i
    elif family == "gamma":
        x = rng.gamma(1.8, 4.0 * (1 + by), n)
    elif family == "uniform":
        x = rng.random(n) * 80 + 40 * by
    elif family == "weibull":
        x = rng.weibull(1.3, n) * 25 * (1 + by)
    elif family == "counts":
        x = rng.poisson((4 + i) * (1 + by), n).astype(np.int64)
    elif family == "many_zeros":
        x = np.where(rng.random(n) < 0.55 - by, 0.0, rng.gamma(2.2, 3.0, n))
    elif family == "cents":
        x = np.round(rng.normal(40 + 9 * by, 9, n), 2)
    elif family == "two_peaks":
        x = rng.normal(by, 1, n) + np.where(rng.random(n) < 0.35, -3.5, 3.5)
    elif family == "t3":
        x = rng.standard_t(3, n) * (1 + by)
    else:
        x = (rng.pareto(2.5, n) + 1) * 3 * (1 + by)
    share = NULLS.get(i % 40)
    return pa.array(x, mask=rng.random(n) < share if share else None)


def categories(rng, j, live):
    k = SIZES[j % 10]
    weights = 1.0 / np.arange(1, k + 1) ** 0.9
    if live and j % 10 in TILTED:
        weights *= np.where(np.arange(k) % 2 == 0, 1 + TILTED[j % 10], 1 - TILTED[j % 10])
    codes = rng.choice(k, GROUP, p=weights / weights.sum()).astype(np.int32)
    return pa.DictionaryArray.from_arrays(pa.array(codes), pa.array([f"value {j}/{v:04d}" for v in range(k)])).cast(pa.string())


def group(part, live, columns):
    rng = np.random.default_rng([SEED, int(live), part])
    numbers, words = columns * 4 // 5, columns // 5
    table = {f"n{i:02d}": number(rng, i, live) for i in range(numbers)}
    table |= {f"c{j:02d}": categories(rng, j, live) for j in range(words)}
    return pa.table(table)


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("folder")
    p.add_argument("name")
    p.add_argument("millions", type=int)
    p.add_argument("--live", action="store_true")
    p.add_argument("--columns", type=int, choices=[50, 100], default=50)
    a = p.parse_args()
    os.makedirs(a.folder, exist_ok=True)
    path = os.path.join(a.folder, f"{a.name}.parquet")
    writer = None
    for part in range(a.millions):
        table = group(part, a.live, a.columns)
        writer = writer or pq.ParquetWriter(path + ".part", table.schema, compression="zstd")
        writer.write_table(table, row_group_size=GROUP)
    writer.close()
    if a.live:
        moved = [f"n{i:02d}" for i in range(a.columns * 4 // 5) if i % 40 in SHIFTED]
        moved += [f"c{j:02d}" for j in range(a.columns // 5) if j % 10 in TILTED]
        with open(path + ".truth.json", "w") as file:
            json.dump({"shifted": sorted(moved), "rows": a.millions * GROUP}, file)
    os.replace(path + ".part", path)


if __name__ == "__main__":
    main()
