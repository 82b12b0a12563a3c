#!/usr/bin/env python3
"""Runs the contracts of docs/examples on real data and compares every check with an independent DuckDB query.

    python tests/acceptance/real_data.py DATA_DIR ASSAY_BINARY [--show]

Exits with 1 when anything differs. `--show` prints every check's numbers too. README.md says where the data come from.
"""
import json
import os
import subprocess
import sys
from dataclasses import dataclass

import duckdb

HERE = os.path.dirname(os.path.abspath(__file__))
EXAMPLES = os.path.join(os.path.dirname(os.path.dirname(HERE)), "docs", "examples")
EXIT_CODES = {"pass": 0, "warn": 0, "fail": 1}


@dataclass
class Batch:
    """A contract on one batch of its table."""

    contract: str
    file: str
    query: str
    as_of: str
    variables: dict


def batches():
    for month in range(1, 13):
        after = f"2019-{month + 1:02}-01" if month < 12 else "2020-01-01"
        name = f"2019-{month:02}"
        yield Batch("taxi/yellow_trips.yaml", f"taxi/yellow_tripdata_sample_{name}.csv.gz", "taxi.sql", after, {"month": name})
    for half, after in (("h1", "2015-07-03"), ("h2", "2016-01-01")):
        yield Batch("flights/flights.yaml", f"flights/flight_delays_2015_{half}.csv.gz", "flights.sql", after, {"half": half})
    # the same data seen on three days: fresh, late, and far too old
    for day in ("2002-08-01", "2002-08-20", "2002-12-24"):
        yield Batch("birdstrikes/strikes.yaml", "birdstrikes/birdstrikes.csv", "birdstrikes.sql", day, {})


def by_query(db, data, batch):
    """What DuckDB finds: check id -> the numbers that are known of it."""
    path = os.path.join(data, batch.file)
    # `strict_mode = false`: some batches mix \n and \r\n, which DuckDB refuses otherwise
    db.execute(
        "CREATE OR REPLACE TABLE cells AS SELECT * FROM read_csv(?, all_varchar = true, header = true, delim = ',', quote = '\"', strict_mode = false)",
        [path],
    )
    db.execute("SET TimeZone = 'UTC'")
    db.execute("SET VARIABLE as_of = $1", [batch.as_of])
    for name, value in batch.variables.items():
        db.execute(f"SET VARIABLE {name} = $1", [value])
    for file in ("common.sql", batch.query):
        with open(os.path.join(HERE, "queries", file)) as text:
            db.execute(text.read())
    rows = db.execute("""
        SELECT "check", tested, failing, nulls, unknown, groups, surplus, observed, coalesce(outcome, CASE
            WHEN failing > allowed_fail THEN 'fail' WHEN failing > allowed_warn THEN 'warn' ELSE 'pass' END) AS outcome
        FROM found
    """)
    names = [name for name, *_ in rows.description]
    found = [{name: value for name, value in zip(names, row) if value is not None} for row in rows.fetchall()]
    return {row.pop("check"): row for row in found}


def by_assay(binary, data, batch):
    """What Assay says: the result, and the exit code of the process."""
    variables = {"data": data, **batch.variables}
    command = [binary, "check", os.path.join(EXAMPLES, batch.contract), "--format", "json", "--as-of", f"{batch.as_of}T00:00:00Z"]
    for name, value in variables.items():
        command += ["--var", f"{name}={value}"]
    process = subprocess.run(command, capture_output=True, timeout=120)
    try:
        return json.loads(process.stdout), process.returncode
    except ValueError:
        sys.exit(f"{' '.join(command)}\nprinted no JSON, exit code {process.returncode}:\n{process.stderr.decode(errors='replace')}")


def compare(result, code, found):
    """Sentences about every difference."""
    different = [f"problem: {problem}" for problem in result["problems"]]
    checks = {check["id"]: check for table in result["tables"] for check in table["checks"]}
    for id in found.keys() | checks.keys():
        if id not in checks or id not in found:
            different.append(f"{id}: known to {'the query' if id in found else 'assay'} alone")
            continue
        for field, value in found[id].items():
            # a count that a check does not have is 0
            seen = checks[id].get(field, 0 if field == "unknown" else None)
            if field == "observed":
                seen = str(seen)
            if seen != value:
                different.append(f"{id}: {field} is {seen}, the query says {value}; {checks[id].get('message') or checks[id].get('reason')}")
    worst = max((EXIT_CODES[row["outcome"]] for row in found.values()), default=0)
    if code != worst or result["exit_code"] != worst:
        different.append(f"exit code {code}, expected {worst}")
    return different


def main():
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    data, binary = os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2])
    db = duckdb.connect()
    n_checks = n_different = 0
    for batch in batches():
        found = by_query(db, data, batch)
        result, code = by_assay(binary, data, batch)
        different = compare(result, code, found)
        n_checks += len(found)
        n_different += len(different)
        outcomes = [row["outcome"] for row in found.values()]
        counts = ", ".join(f"{outcomes.count(word)} {word}" for word in ("pass", "warn", "fail"))
        label = " ".join([batch.contract, *batch.variables.values(), "as of", batch.as_of])
        print(f"{'same' if not different else 'DIFFERENT':10}{label:60}{counts}")
        for sentence in sorted(different):
            print(f"    {sentence}")
        if "--show" in sys.argv:
            for id, row in found.items():
                print(f"    {id}: {row}")
    print(f"{n_checks} verdicts compared, {n_different} differences")
    return 1 if n_different else 0


if __name__ == "__main__":
    sys.exit(main())
