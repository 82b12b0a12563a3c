#!/usr/bin/env python3
"""Damages small files of every format at random and runs `assay check` on each: a result or an error, never a crash.

    python tests/acceptance/fuzz_files.py ASSAY_BINARY [--count 2000] [--seed 1] [--only parquet] [--keep DIR]

A run must end within 10 seconds and 1 GB with exit code 0 (the damage did not matter), 1 (the data break the contract)
or 3 (the file could not be read, and the result says why), without a signal, an abort or a panic. Whatever breaks this
is kept under `--keep` with its contract, and the script exits with 1. The same seed damages the same bytes.
"""
import argparse
import gzip
import json
import os
import random
import resource
import signal
import subprocess
import sys
import tempfile
from collections import Counter

import pyarrow as pa
import pyarrow.parquet as pq

SECONDS = 10
PEAK_MB = 1000
# A guard for the machine, not the limit that is judged: allocators reserve address space that they never touch.
ADDRESS_SPACE = 16 << 30

CONTRACT = """\
assay: 1
table: fuzz.{name}
source: {{format: {format}, path: {file}}}
columns:
  id: {{type: int64, required: true, unique: true, range: {{min: 0}}}}
  name: {{type: string, completeness: 50%, pattern: '^[a-z]+', length: [1, 20], in: [ann, bob, cyd, dee]}}
  amount: {{type: "decimal(12,2)", range: [-1000, 1000]}}
  ratio: {{type: float64, range: [0, 1]}}
  day: {{type: date, range: {{min: "2020-01-01"}}}}
  seen: {{type: timestamp, timezone: UTC}}
  good: bool
checks:
  - row_count: {{min: 1}}
  - freshness: {{column: seen, max_age: 100d}}
  - uniqueness: {{columns: [name, day]}}
  - expression: {{id: ratio_small, sql: "ratio < 2 or amount > 0"}}
"""


def table():
    n = 400
    rng = random.Random(7)
    return pa.table({
        "id": pa.array(range(n), pa.int64()),
        "name": pa.array([rng.choice(["ann", "bob", "cyd", "dee", None]) for _ in range(n)]),
        "amount": pa.array([f"{rng.randint(-99999, 99999) / 100:.2f}" for _ in range(n)]).cast(pa.decimal128(12, 2)),
        "ratio": pa.array([rng.choice([rng.random(), None]) for _ in range(n)], pa.float64()),
        "day": pa.array([18300 + i for i in range(n)], pa.int32()).cast(pa.date32()),
        "seen": pa.array([1_790_000_000_000_000 + i * 10**9 for i in range(n)], pa.int64()).cast(pa.timestamp("us")),
        "good": pa.array([i % 3 == 0 for i in range(n)]),
    })


def parquet(**options):
    sink = pa.BufferOutputStream()
    pq.write_table(table(), sink, row_group_size=150, **options)
    return sink.getvalue().to_pybytes()


def arrow(compression):
    sink = pa.BufferOutputStream()
    with pa.ipc.new_file(sink, table().schema, options=pa.ipc.IpcWriteOptions(compression=compression)) as writer:
        writer.write_table(table(), max_chunksize=150)
    return sink.getvalue().to_pybytes()


def cells():
    for row in table().to_pylist():
        yield {key: value if value is None or isinstance(value, (bool, int, float)) else str(value) for key, value in row.items()}


def csv():
    text = lambda value: "" if value is None else str(value).lower() if isinstance(value, bool) else str(value)  # noqa: E731
    lines = [",".join(table().column_names)] + [",".join(text(value) for value in row.values()) for row in cells()]
    return "\n".join(lines).encode()


def jsonl():
    return b"\n".join(json.dumps(row | {"amount": float(row["amount"])}).encode() for row in cells())


def originals():
    """name -> (format, file ending, bytes)"""
    return {
        "parquet_plain": ("parquet", "parquet", parquet(compression="none", use_dictionary=False)),
        "parquet_snappy": ("parquet", "parquet", parquet(compression="snappy")),
        "parquet_zstd_v2": ("parquet", "parquet", parquet(compression="zstd", data_page_version="2.0", write_page_index=True)),
        "parquet_delta": ("parquet", "parquet", parquet(
            compression="gzip", use_dictionary=False, column_encoding={"id": "DELTA_BINARY_PACKED", "name": "DELTA_BYTE_ARRAY", "ratio": "BYTE_STREAM_SPLIT"})),
        "csv": ("csv", "csv", csv()),
        "csv_gzip": ("csv", "csv.gz", gzip.compress(csv(), mtime=0)),
        "csv_zstd": ("csv", "csv.zst", pa.compress(csv(), codec="zstd", asbytes=True)),
        "jsonl": ("jsonl", "jsonl", jsonl()),
        "arrow": ("arrow", "arrow", arrow(None)),
        "arrow_zstd": ("arrow", "arrow", arrow("zstd")),
    }


def position(rng, n):
    """A place in the file; every second one in its last quarter, where footers are."""
    return rng.randrange(n) if rng.random() < 0.5 else rng.randrange(n * 3 // 4, n)


def damage(rng, original):
    """The damaged bytes and what was done to them."""
    data = bytearray(original)
    kind = rng.choice(["flip", "flip", "flip", "byte", "byte", "word", "cut", "hole", "insert", "repeat", "zeros", "tail"])
    at = position(rng, len(data))
    if kind == "flip":
        n = rng.choice([1, 1, 1, 2, 4, 16])
        for _ in range(n):
            at = position(rng, len(data))
            data[at] ^= 1 << rng.randrange(8)
        return data, f"{n} bits flipped, the last at {at}"
    if kind == "byte":
        data[at] = rng.choice([0x00, 0x7F, 0x80, 0xFF, 0x22, 0x0A, 0x0D, 0x2C, rng.randrange(256)])
        return data, f"byte {at} set to {data[at]:#04x}"
    if kind == "word":
        value = rng.choice([0, 1, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF, rng.randrange(1 << 32)])
        data[at : at + 4] = value.to_bytes(4, "little")
        return data, f"32 bits at {at} set to {value:#x}"
    if kind == "cut":
        return data[:at], f"cut at {at}"
    if kind == "hole":
        n = rng.randint(1, 64)
        del data[at : at + n]
        return data, f"{n} bytes left out at {at}"
    if kind == "insert":
        data[at:at] = rng.randbytes(rng.choice([1, 8, 100]))
        return data, f"bytes inserted at {at}"
    if kind == "repeat":
        piece = data[at : at + 200]
        data[at:at] = piece * rng.choice([1, 10])
        return data, f"bytes repeated at {at}"
    if kind == "zeros":
        n = rng.randint(4, 400)
        data[at : at + n] = bytes(len(data[at : at + n]))
        return data, f"{n} zeros at {at}"
    data += rng.randbytes(rng.randint(1, 50))
    return data, "bytes added at the end"


def run(binary, contract):
    """Exit code (a signal is negative; None: killed for time), peak memory in MB, stdout and stderr."""
    with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as errors:
        process = subprocess.Popen(
            [binary, "check", contract, "--as-of", "2026-11-01T00:00:00Z", "--format", "json"],
            stdin=subprocess.DEVNULL, stdout=output, stderr=errors,
            preexec_fn=lambda: (
                resource.setrlimit(resource.RLIMIT_AS, (ADDRESS_SPACE, ADDRESS_SPACE)),
                resource.setrlimit(resource.RLIMIT_CORE, (0, 0)),
                resource.setrlimit(resource.RLIMIT_CPU, (2 * SECONDS, 2 * SECONDS)),
            ),
        )
        try:
            # the zombie is left for wait4, which alone tells the peak
            signal.signal(signal.SIGALRM, lambda *_: process.kill())
            signal.setitimer(signal.ITIMER_REAL, SECONDS)
            _, status, usage = os.wait4(process.pid, 0)
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        output.seek(0)
        errors.seek(0)
        return process.returncode, usage.ru_maxrss / 1024, output.read(), errors.read()


def wrong(code, peak, output, errors):
    """What is wrong with how a run ended, or None."""
    if code < 0:
        return f"ended by signal {-code}" if code != -9 else f"killed after {SECONDS} s"
    if code not in (0, 1, 3):
        return f"exit code {code}"
    if b"panicked" in errors or b"panicked" in output:
        return "a panic"
    if peak > PEAK_MB:
        return f"{peak:.0f} MB"
    try:
        result = json.loads(output)
    except ValueError:
        return "stdout is no JSON"
    if result["exit_code"] != code:
        return f"exit code {code}, but the result says {result['exit_code']}"
    if code == 3 and not any(check.get("reason") for table in result["tables"] for check in table["checks"]):
        return "exit code 3 without a reason"
    return None


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("binary")
    p.add_argument("--count", type=int, default=2000)
    p.add_argument("--seed", type=int, default=1)
    p.add_argument("--only", help="originals whose name begins with this")
    p.add_argument("--keep", default="fuzz-failures", help="where files that break the promise are kept")
    options = p.parse_args()
    binary = os.path.abspath(options.binary)
    sources = {name: source for name, source in originals().items() if name.startswith(options.only or "")}
    codes, bad = {name: Counter() for name in sources}, []
    with tempfile.TemporaryDirectory() as folder:
        for number in range(-len(sources), options.count):
            rng = random.Random(f"{options.seed}/{number}")
            # first every original as it is, or the damage would be measured on files that never could be read
            name = list(sources)[number] if number < 0 else rng.choice(list(sources))
            format, ending, original = sources[name]
            data, what = (original, "undamaged") if number < 0 else damage(rng, original)
            contract = os.path.join(folder, "contract.yaml")
            path = os.path.join(folder, f"data.{ending}")
            with open(contract, "w") as file:
                file.write(CONTRACT.format(name=name, format=format, file=os.path.basename(path)))
            with open(path, "wb") as file:
                file.write(data)
            code, peak, output, errors = run(binary, contract)
            codes[name][code] += 1
            reason = wrong(code, peak, output, errors)
            if number < 0 and code == 3:
                reason = reason or f"an undamaged file ends with exit code 3: {output[:2000].decode()}"
            if reason:
                bad.append((number, name, what, reason))
                print(f"{number}: {name}, {what}: {reason}", flush=True)
                kept = os.path.join(options.keep, f"{options.seed}-{number}-{name}")
                os.makedirs(kept, exist_ok=True)
                for source, target in ((contract, "contract.yaml"), (path, os.path.basename(path))):
                    with open(source, "rb") as a, open(os.path.join(kept, target), "wb") as b:
                        b.write(a.read())
                with open(os.path.join(kept, "what.txt"), "wb") as file:
                    file.write(f"{what}\n{reason}\n".encode() + errors)
            os.remove(path)
    for name, counter in codes.items():
        print(f"{name:18}" + ", ".join(f"{n} with exit code {code}" for code, n in sorted(counter.items())))
    print(f"{options.count} damaged files, {len(bad)} broke the promise")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
