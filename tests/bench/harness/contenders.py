"""Who runs, and whether what they found is true."""
import json
import os
import sys
import tempfile

from measure import Contender
from prepare import HERE

# The clock of the run: the data ends on 2026-04-10.
AS_OF = "2026-04-11T00:00:00Z"
# What the contract's limits make of the planted faults, the same at every size.
FAILS = {
    "uniqueness.trip_id+created_at", "distance_km.range", "duration_min.range", "amount.range", "status.in",
    "customer_id.references", "email.completeness",
}
UNIQUENESS = {"order_id.uniqueness", "uniqueness.trip_id+created_at"}
WITHOUT_FAILING_ROWS = {"schema", "row_count", "freshness.created_at", "amount.mean", "distance_km.median"}
RELATIVE = 1e-12


def field(options, size, data, python, assay):
    """The contenders; the first is the one whose figures are compared with the others'."""
    if options.contract == "footers":
        contract, references = "footers.yaml", []
    elif options.uniqueness == "off":
        contract, references = "without_uniqueness.yaml", ["duckdb_split", "polars_streaming", "duckdb_decode"]
    else:
        contract, references = "orders.yaml", ["duckdb_split", "polars_streaming", "duckdb_decode"]
    path = os.path.join(HERE, "contracts", contract)
    base = [assay, "check", path, "--as-of", AS_OF, "--var", f"data={data}", "--var", f"size={size}"]
    base += ["--threads", str(options.threads), "--format", "json"]
    if options.memory:
        base += ["--memory", options.memory]

    def ours(name, *flags):
        answer = os.path.join(tempfile.gettempdir(), f"assay-bench-{os.getpid()}-{name.replace(' ', '_')}.json")
        return Contender(name, [*base, *flags, "--output", answer], answer)

    # The references count and show no failing rows: without samples the work is the same. `assay with samples` is what
    # the same contract costs with the failing rows shown, as it does by default.
    all_of_us = [ours("assay", "--no-samples")]
    if options.contract == "orders":
        all_of_us += [ours("assay --no-footers", "--no-samples", "--no-footers"), ours("assay with samples")]
    orders, customers = os.path.join(data, f"orders_{size}.parquet"), os.path.join(data, "customers.parquet")
    flags = ["--without-uniqueness"] if options.uniqueness == "off" else []
    theirs = [
        Contender(name, [python, os.path.join(HERE, "references", f"{name}.py"), orders, customers, str(options.threads), *flags])
        for name in references
    ]
    contenders = all_of_us + theirs
    if options.only:
        wanted = options.only.split(",")
        unknown = set(wanted) - {c.name for c in contenders}
        if unknown:
            sys.exit(f"no such contender: {', '.join(unknown)}; there are {', '.join(c.name for c in contenders)}")
        contenders = [c for c in contenders if c.name in wanted]
    return contenders


def judge(contenders, runs, data, options):
    """Sentences about everything that differs from what was planted. A fast wrong answer is no answer."""
    wrong = []
    for contender in contenders:
        for run in runs[contender.name]:
            wrong += [f"{contender.name}: {sentence}" for sentence in one(contender, run, data, options)]
    return list(dict.fromkeys(wrong))


def one(contender, run, data, options):
    is_assay = contender.name.startswith("assay")
    expected_code = 1 if is_assay and options.contract == "orders" else 0
    if run.code != expected_code:
        last = run.errors.decode(errors="replace").strip().splitlines()[-3:]
        return [f"exit code {run.code}, expected {expected_code}: {' / '.join(last)}"]
    try:
        answer = json.loads(run.output)
    except ValueError:
        return [f"printed no JSON: {run.output[:100]!r}"]
    if contender.name == "duckdb_decode":
        return []
    size = next(part for part in contender.command if "orders_" in part or part.startswith("size="))
    size = size.removeprefix("size=") if size.startswith("size=") else os.path.basename(size)[len("orders_"):-len(".parquet")]
    with open(os.path.join(data, f"orders_{size}.truth.json")) as file:
        truth = json.load(file)
    if options.uniqueness == "off":
        truth["failing"] = {check: n for check, n in truth["failing"].items() if check not in UNIQUENESS}
    if not is_assay:
        return reference(answer, truth)
    if options.contract == "footers":
        return footers(answer, truth)
    return assay(answer, truth)


def assay(answer, truth):
    [table] = answer["tables"]
    checks = {check["id"]: check for check in table["checks"]}
    wrong = counts({id: check.get("failing") for id, check in checks.items()}, truth["failing"])
    observed = {id: checks[id].get("observed") for id in truth["observed"] if id in checks}
    wrong += aggregates(observed, truth["observed"])
    written = set(truth["failing"]) | WITHOUT_FAILING_ROWS
    for id in sorted(written | set(checks)):
        outcome = checks[id]["outcome"] if id in checks else "missing"
        expected = "fail" if id in FAILS else "pass"
        if outcome != expected:
            wrong.append(f"{id} is {outcome}, expected {expected}: {checks.get(id, {}).get('message') or checks.get(id, {}).get('reason')}")
    if table["rows"]["total"] != truth["rows"]:
        wrong.append(f"{table['rows']['total']} rows, expected {truth['rows']}")
    return wrong


def footers(answer, truth):
    [table] = answer["tables"]
    wrong = [f"{check['id']} is {check['outcome']}: {check.get('message')}" for check in table["checks"] if check["outcome"] != "pass"]
    wrong += [f"{check['id']} was answered from {check['from']}" for check in table["checks"] if check.get("from") not in ("footer", None)]
    if table["rows"]["total"] != truth["rows"]:
        wrong.append(f"{table['rows']['total']} rows, expected {truth['rows']}")
    return wrong


def reference(answer, truth):
    wrong = counts(answer["failing"], truth["failing"]) + aggregates(answer["observed"], truth["observed"])
    if answer["rows"] != truth["rows"]:
        wrong.append(f"{answer['rows']} rows, expected {truth['rows']}")
    return wrong


def counts(found, planted):
    return [f"{check}: {found.get(check)} failing rows, planted {n}" for check, n in planted.items() if found.get(check) != n]


def aggregates(found, planted):
    return [
        f"{check}: observed {found.get(check)}, planted {value}"
        for check, value in planted.items()
        if check not in found or abs(float(found[check]) - value) > RELATIVE * abs(value)
    ]
