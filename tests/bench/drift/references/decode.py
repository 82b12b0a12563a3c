"""The floor: every column of the live rows is decoded, column by column, and nothing is done with it.

    python decode.py BASELINE LIVE THREADS
"""
import json
import sys
from concurrent.futures import ThreadPoolExecutor

import pyarrow as pa
import pyarrow.parquet as pq

live, threads = sys.argv[2], int(sys.argv[3])
pa.set_cpu_count(1)
meta = pq.read_metadata(live)
names = pq.read_schema(live).names


def decode(name):
    file = pq.ParquetFile(live, metadata=meta, read_dictionary=[name] if name.startswith("c") else None)
    for group in range(file.num_row_groups):
        file.read_row_group(group, columns=[name], use_threads=False)


with ThreadPoolExecutor(threads) as pool:
    list(pool.map(decode, names))
print(json.dumps({}))
