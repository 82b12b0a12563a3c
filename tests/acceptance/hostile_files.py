#!/usr/bin/env python3
"""Files that nobody should hand to a reader, and what `assay check` has to say about each.

    python tests/acceptance/hostile_files.py ASSAY_BINARY [--only NAME]

Every case names the exit code it expects and a word of the reason that has to be given. A case must end within 60
seconds (most end at once) and 1 GB without a signal or a panic. As root, `setpriv` serves to try files without
permission; that case is left out, and said so, where it cannot be tried.
"""
import argparse
import gzip
import json
import os
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from itertools import chain, repeat

import pyarrow as pa
import pyarrow.parquet as pq

SECONDS = 60
PEAK_MB = 1000
MAGIC = b"PAR1"


@dataclass
class Case:
    """A file that `write` makes at a path, and what is expected of a contract over it."""

    name: str
    format: str
    ending: str
    write: object
    codes: tuple
    word: str = ""
    columns: str = "{id: {type: int64, required: true}}"
    before: list = field(default_factory=list)


# Thrift's compact protocol, as far as a Parquet footer needs it: (field id, kind, value), kinds as below.
I32, I64, BINARY, LIST, STRUCT = 5, 6, 8, 9, 12


def varint(n):
    out = bytearray()
    while True:
        byte, n = n & 0x7F, n >> 7
        out.append(byte | (0x80 if n else 0))
        if not n:
            return bytes(out)


def zigzag(n):
    return varint((n << 1) ^ (n >> 63) if n < 0 else n << 1)


def record(*fields):
    """A struct. A value that is bytes already is taken as it is: this is how lies get in."""
    out, last = b"", 0
    for id, kind, value in fields:
        out += bytes([(id - last) << 4 | kind])
        if isinstance(value, bytes) and kind != BINARY:
            out += value
        elif kind in (I32, I64):
            out += zigzag(value)
        elif kind == BINARY:
            out += varint(len(value)) + value
        last = id
    return out + b"\0"


def many(kind, items, claimed=None):
    """A list of encoded items, which may claim to be longer than it is."""
    n = len(items) if claimed is None else claimed
    head = bytes([n << 4 | kind]) if n < 15 else bytes([0xF0 | kind]) + varint(n)
    return head + b"".join(items)


def element(name, children=None, type=None):
    fields = [(1, I32, type)] if type is not None else []
    fields += [(3, I32, 1), (4, BINARY, name)] + ([(5, I32, children)] if children is not None else [])
    return record(*fields)


def chunk(values=10, offset=4, compressed=100, uncompressed=100, codec=0):
    text = lambda word: varint(len(word)) + word  # noqa: E731
    meta = record(
        (1, I32, 2), (2, LIST, many(I32, [zigzag(0)])), (3, LIST, many(BINARY, [text(b"id")])), (4, I32, codec),
        (5, I64, values), (6, I64, uncompressed), (7, I64, compressed), (9, I64, offset))
    return record((2, I64, offset), (3, STRUCT, meta))


def footer(schema=None, rows=10, groups=None, created=b"hostile"):
    schema = many(STRUCT, [element(b"schema", children=1), element(b"id", type=2)]) if schema is None else schema
    groups = many(STRUCT, [record((1, LIST, many(STRUCT, [chunk()])), (2, I64, 100), (3, I64, 10))]) if groups is None else groups
    return record((1, I32, 2), (2, LIST, schema), (3, I64, rows), (4, LIST, groups), (6, BINARY, created))


def parquet(meta, body=b"\0" * 200, length=None):
    return MAGIC + body + meta + struct.pack("<I", len(meta) if length is None else length) + MAGIC


def group(column, rows=10, size=100):
    return many(STRUCT, [record((1, LIST, many(STRUCT, [column])), (2, I64, size), (3, I64, rows))])


def nested(depth):
    return many(STRUCT, [element(b"schema", children=1)] + [element(b"g", children=1) for _ in range(depth)] + [element(b"id", type=2)])


def page(uncompressed, compressed, values, body):
    """A data page with a header that may lie about all of it."""
    data_header = record((1, I32, values), (2, I32, 0), (3, I32, 3), (4, I32, 3))
    return record((1, I32, 0), (2, I32, uncompressed), (3, I32, compressed), (5, STRUCT, data_header)) + body


def paged(codec, uncompressed, compressed, values, body, rows=10):
    first = page(uncompressed, compressed, values, body)
    return parquet(footer(rows=rows, groups=group(chunk(values=rows, compressed=len(first), uncompressed=uncompressed, codec=codec), rows=rows)), body=first)


def million_nulls(n):
    """Valid, and tiny: one run of definition levels says that n values are null."""
    levels = varint(n << 1) + b"\0"
    body = struct.pack("<I", len(levels)) + levels
    return paged(0, len(body), len(body), n, body, rows=n)


def content(data):
    """Writes bytes, or piece by piece what a function gives: a child's peak memory starts at what its parent ever held."""
    def write(path):
        with open(path, "wb") as file:
            for piece in [data] if isinstance(data, bytes) else data():
                file.write(piece)
    return write


def sparse(gigabytes, head=b"", tail=b""):
    def write(path):
        with open(path, "wb") as file:
            file.write(head)
            file.seek(gigabytes << 30)
            file.write(tail or b"\0")
    return write


def gzipped(pieces):
    def write(path):
        with gzip.open(path, "wb", compresslevel=1) as file:
            for piece in pieces():
                file.write(piece)
    return write


def wide_parquet(n):
    def write(path):
        pq.write_table(pa.table({("id" if i == 0 else f"c{i}"): pa.array([1, 2, None]) for i in range(n)}), path)
    return write


def a_parquet():
    sink = pa.BufferOutputStream()
    pq.write_table(pa.table({"id": pa.array(range(1000), pa.int64())}), sink, compression="zstd")
    return sink.getvalue().to_pybytes()


def cases():
    huge = (1 << 31) - 1
    good = b"id\n1\n2\n"
    yield Case("empty file", "parquet", "parquet", content(b""), (3,))
    yield Case("empty CSV", "csv", "csv", content(b""), (1, 3))
    yield Case("empty gzip", "csv", "csv.gz", content(b""), (1, 3))
    yield Case("empty JSON lines", "jsonl", "jsonl", content(b""), (0, 1))
    yield Case("empty Arrow file", "arrow", "arrow", content(b""), (3,))
    yield Case("header alone", "csv", "csv", content(b"id\n"), (0,))
    yield Case("header without line end", "csv", "csv", content(b"id"), (0,))
    yield Case("one row", "csv", "csv", content(b"id\n7"), (0,))
    yield Case("blank lines alone", "csv", "csv", content(b"\n" * 1000), (1, 3))
    yield Case("text for Parquet", "parquet", "parquet", content(good * 100), (3,))
    yield Case("Parquet for CSV", "csv", "csv", content(a_parquet()), (1, 3))
    yield Case("CSV for Arrow", "arrow", "arrow", content(good * 100), (3,))
    yield Case("no such file", "csv", "csv", lambda path: None, (3,))
    yield Case("folder named as a file", "parquet", "parquet", os.mkdir, (3,))
    yield Case("pipe", "csv", "csv", os.mkfifo, (3,))
    yield Case("link to itself", "parquet", "parquet", lambda path: os.symlink(path, path), (3,))
    yield Case("link to nothing", "csv", "csv", lambda path: os.symlink(path + ".gone", path), (3,))
    yield Case("link to an endless device", "csv", "csv", lambda path: os.symlink("/dev/zero", path), (3,))
    yield Case("link to a file", "csv", "csv", lambda path: (content(good)(path + ".real"), os.symlink(path + ".real", path)), (0,))
    yield Case("no permission", "csv", "csv", lambda path: (content(good)(path), os.chmod(path, 0)), (3,), "ermission",
               before=["setpriv", "--reuid=65534", "--clear-groups"])
    for at in (0, 3, 4, 8, 20, 100, 200, 300, 400, -9, -8, -5, -4, -1):
        yield Case(f"Parquet cut at {at}", "parquet", "parquet", content(a_parquet()[:at]), (3,))
    for at in (1, 5, 10, 15, 20, -8, -4, -1):
        # a single byte is no beginning of gzip yet, but it could be a column's name
        codes = (1, 3) if at == 1 else (3,)
        yield Case(f"gzip cut at {at}", "csv", "csv.gz", content(gzip.compress(good * 1000, mtime=0)[:at]), codes)
        yield Case(f"zstd cut at {at}", "csv", "csv.zst", content(pa.compress(good * 1000, codec="zstd", asbytes=True)[:at]), codes)
    yield Case("gzip with text after it", "csv", "csv.gz", content(gzip.compress(good) + b"what is this"), (0, 3))
    yield Case("two gzip members", "csv", "csv.gz", content(gzip.compress(b"id\n1\n") + gzip.compress(b"2\n")), (0,))
    yield Case("text named gzip", "csv", "csv.gz", content(good), (0, 3))

    yield Case("footer length beyond the file", "parquet", "parquet", content(parquet(footer(), length=0xFFFFFFF0)), (3,))
    yield Case("footer length zero", "parquet", "parquet", content(parquet(footer(), length=0)), (3,))
    yield Case("footer of junk", "parquet", "parquet", content(parquet(b"\xff" * 500)), (3,))
    for what, meta in {
        "schema of 2^31 elements": footer(schema=many(STRUCT, [element(b"schema", children=1)], claimed=huge)),
        "schema of no element": footer(schema=many(STRUCT, [])),
        "2^31 row groups": footer(groups=many(STRUCT, [], claimed=huge)),
        "2^31 columns in a group": footer(groups=many(STRUCT, [record((1, LIST, many(STRUCT, [], claimed=huge)), (2, I64, 1), (3, I64, 1))])),
        "group with 2^31 children": footer(schema=many(STRUCT, [element(b"schema", children=huge), element(b"id", type=2)])),
        "negative number of children": footer(schema=many(STRUCT, [element(b"schema", children=-5), element(b"id", type=2)])),
        "schema nested 100 deep": footer(schema=nested(100)),
        "schema nested 100,000 deep": footer(schema=nested(100_000)),
        "text of 2^31 bytes": footer()[:-1 - len(varint(7)) - 7] + varint(huge) + b"x",
        "negative rows in a group": footer(rows=-1, groups=group(chunk(), rows=-1)),
        "2^62 rows in a group": footer(rows=1 << 62, groups=group(chunk(values=1 << 62), rows=1 << 62)),
        "chunk beyond the file": footer(groups=group(chunk(offset=1 << 40))),
        "chunk at a negative place": footer(groups=group(chunk(offset=-4))),
        "chunk of 2^60 bytes": footer(groups=group(chunk(compressed=1 << 60, uncompressed=1 << 60), size=1 << 60)),
        "chunk of negative size": footer(groups=group(chunk(compressed=-1, uncompressed=-1))),
        "group without columns": footer(groups=many(STRUCT, [record((1, LIST, many(STRUCT, [])), (2, I64, 1), (3, I64, 10))])),
    }.items():
        # nested moderately, the file is sound: the column that the contract wants is not there
        codes = (1, 3) if what == "schema nested 100 deep" else (3,)
        yield Case(f"footer: {what}", "parquet", "parquet", content(parquet(meta)), codes)
    yield Case("footer: rows claimed that no group holds", "parquet", "parquet",
               content(parquet(footer(rows=1 << 62, groups=many(STRUCT, [])))), (1, 3))
    for codec, name in ((0, "none"), (1, "snappy"), (2, "gzip"), (4, "brotli"), (6, "zstd"), (7, "lz4")):
        yield Case(f"page of 2 GB out of 20 bytes, {name}", "parquet", "parquet", content(paged(codec, huge, 20, 10, b"\0" * 20)), (3,))
        yield Case(f"page of negative size, {name}", "parquet", "parquet", content(paged(codec, -1, -1, 10, b"\0" * 20)), (3,))
    yield Case("page of 2^31 values", "parquet", "parquet", content(paged(0, 20, 20, huge, b"\0" * 20)), (3,))
    yield Case("ten million nulls in a hundred bytes", "parquet", "parquet", content(million_nulls(10_000_000)), (1,))
    yield Case("two billion nulls in a hundred bytes", "parquet", "parquet", content(million_nulls(2_000_000_000)), (1, 3))

    yield Case("5 GB of nothing, Parquet", "parquet", "parquet", sparse(5), (3,))
    yield Case("5 GB of nothing, CSV", "csv", "csv", sparse(5, b"id\n"), (1, 3))
    yield Case("5 GB of nothing, JSON lines", "jsonl", "jsonl", sparse(5), (1, 3))
    yield Case("5 GB of nothing, Arrow", "arrow", "arrow", sparse(5, b"ARROW1\0\0", b"ARROW1"), (3,))
    yield Case("5 GB before a good footer", "parquet", "parquet", sparse(5, MAGIC, a_parquet()[4:]), (0, 3))
    block = b"0" * (1 << 20)
    yield Case("4 GB cell in 20 MB of gzip", "csv", "csv.gz", gzipped(lambda: chain([b"id\n"], repeat(block, 4096))), (3,))
    yield Case("line of 300 MB", "csv", "csv", content(lambda: [b"id\n", *[block] * 300]), (1, 3))
    yield Case("quote never closed, 300 MB", "csv", "csv", content(lambda: [b'id\n"', *[block[:-1] + b"\n"] * 300]), (3,))
    yield Case("JSON line of 300 MB", "jsonl", "jsonl", content(lambda: [b'{"id": 1, "x": "', *[block] * 300, b'"}\n']), (0, 1, 3))
    yield Case("JSON nested 1,000,000 deep", "jsonl", "jsonl", content(lambda: [b'{"id": ', *[b"[" * 1000] * 1000, *[b"]" * 1000] * 1000, b"}\n"]), (1, 3))
    yield Case("JSON object of 200,000 keys", "jsonl", "jsonl",
               content(lambda: chain([b'{"id": 1'], (b', "k%d": 1' % i for i in range(200_000)), [b"}\n"])), (0, 3))
    yield Case("not JSON", "jsonl", "jsonl", content(b"id: 1\n" * 10), (1, 3))
    yield Case("JSON array", "jsonl", "jsonl", content(b'[{"id": 1}]\n'), (1, 3))

    wide = ",".join(["id"] + [f"c{i}" for i in range(1, 5000)]).encode()
    yield Case("CSV of 5,000 columns", "csv", "csv", content(wide + b"\n" + b"\n".join([b",".join([b"1"] * 5000)] * 200)), (0,))
    yield Case("Parquet of 5,000 columns", "parquet", "parquet", wide_parquet(5000), (1,))
    yield Case("CSV of 1,000,000 columns", "csv", "csv",
               content(lambda: chain([b"id"], (b",c%d" % i for i in range(1, 1_000_000)), [b"\n"], repeat(b"1,", 999_999), [b"1\n"])), (0, 3))
    yield Case("ragged rows", "csv", "csv", content(b"id,x\n1,2\n3\n4,5,6\n"), (3,), "line")
    yield Case("same name twice", "csv", "csv", content(b"id,id\n1,2\n"), (3,), "id")
    yield Case("not UTF-8", "csv", "csv", content(b"id,x\n1,\xff\xfe\n"), (3,), "UTF-8")
    yield Case("zero bytes in cells", "csv", "csv", content(b"id\n\0\0\n1\n"), (1, 3))
    yield Case("byte order mark", "csv", "csv", content(b"\xef\xbb\xbfid\r\n1\r\n"), (0,))
    yield Case("UTF-16", "csv", "csv", content("id\n1\n".encode("utf-16")), (1, 3))
    yield Case("old Mac line ends", "csv", "csv", content(b"id\r1\r2\r"), (0, 1, 3))


def run(case, binary, folder):
    path = os.path.join(folder, f"data.{case.ending}")
    case.write(path)
    contract = os.path.join(folder, "contract.yaml")
    with open(contract, "w") as file:
        file.write(f"assay: 1\ntable: hostile.table\nsource: {{format: {case.format}, path: data.{case.ending}}}\ncolumns: {case.columns}\n")
    # the fifo and whatever `before` becomes have to be reachable
    os.chmod(folder, 0o755)
    with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as errors:
        command = [*case.before, binary, "check", contract, "--as-of", "2026-11-01T00:00:00Z", "--format", "json"]
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=output, stderr=errors)
        signal.signal(signal.SIGALRM, lambda *_: process.kill())
        signal.setitimer(signal.ITIMER_REAL, SECONDS)
        _, status, usage = os.wait4(process.pid, 0)
        signal.setitimer(signal.ITIMER_REAL, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        output.seek(0)
        errors.seek(0)
        return process.returncode, usage, output.read(), errors.read()


def wrong(case, code, usage, output, errors):
    """What is wrong with how a case ended, and the reason it gave."""
    if code < 0:
        return f"ended by signal {-code}" + (" (too slow, or out of memory)" if code == -9 else ""), ""
    if b"panicked" in errors or b"panicked" in output:
        return "a panic", errors.decode(errors="replace").strip()
    try:
        result = json.loads(output)
    except ValueError:
        return f"stdout is no JSON, exit code {code}", errors.decode(errors="replace").strip()[:300]
    checks = [check for table in result["tables"] for check in table["checks"]]
    reasons = [check["reason"]["text"] for check in checks if "reason" in check] or [check.get("message", "") for check in checks if check["outcome"] != "pass"]
    reason = reasons[0] if reasons else "pass"
    if code not in case.codes:
        return f"exit code {code}, expected {' or '.join(map(str, case.codes))}", reason
    if case.word not in reason and code == 3:
        return f"no word of `{case.word}`", reason
    if code == 3 and "data." not in reason:
        return "the reason names no file", reason
    if usage.ru_maxrss / 1024 > PEAK_MB:
        return f"{usage.ru_maxrss / 1024:.0f} MB", reason
    return None, reason


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("binary")
    p.add_argument("--only", default="", help="cases whose name contains this")
    options = p.parse_args()
    bad = 0
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)
        # another user may not reach the binary where it was built
        binary = shutil.copy(options.binary, os.path.join(folder, "assay"))
        os.chmod(binary, 0o755)
        for number, case in enumerate(case for case in cases() if options.only in case.name):
            if case.before and (os.geteuid() != 0 or not shutil.which(case.before[0])):
                print(f"left out  {case.name}: needs root and {case.before[0]}")
                continue
            own = os.path.join(folder, str(number))
            os.mkdir(own)
            code, usage, output, errors = run(case, binary, own)
            problem, reason = wrong(case, code, usage, output, errors)
            seconds = usage.ru_utime + usage.ru_stime
            bad += problem is not None
            print(f"{'WRONG' if problem else 'ok':6}{case.name:48}{code:4}{usage.ru_maxrss / 1024:6.0f} MB{seconds:7.2f} s CPU  {problem + ': ' if problem else ''}{reason[:300]}", flush=True)
            shutil.rmtree(own)
    print(f"{bad} wrong")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
