"""The same comparison as it stands in notebooks: pandas, scipy.stats.ks_2samp and chi2_contingency, column by column so
that it fits in memory. It flags by p alone, which at ten million rows flags everything that moved at all.

    python scipy_by_hand.py BASELINE LIVE THREADS
"""
import json
import sys

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
from scipy import stats

base, live = sys.argv[1], sys.argv[2]
flagged = []
for name in pq.read_schema(live).names:
    a, b = (pq.read_table(path, columns=[name]).column(0).to_pandas() for path in (base, live))
    if name.startswith("c"):
        table = pd.concat([a.value_counts(), b.value_counts()], axis=1).fillna(0).to_numpy().T
        p = stats.chi2_contingency(table, correction=False)[1]
    else:
        p = stats.ks_2samp(a.dropna().to_numpy(np.float64), b.dropna().to_numpy(np.float64), method="asymp").pvalue
    if p < 0.01 / 50:
        flagged.append(name)
print(json.dumps({"flagged": sorted(flagged)}))
