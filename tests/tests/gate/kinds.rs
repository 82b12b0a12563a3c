//! Every kind of change in a contract: what it is called, what it amounts to, and what the exit codes of `assay diff`
//! and of `assay gate` on real data are.

use assay_tests::repository::Repository;

use crate::project::{CUSTOMERS, MONITOR, ORDERS, change, project};

/// A change that somebody makes, and what has to come out.
struct Kind {
    what: &'static str,
    make: fn(&Repository) -> &Repository,
    code: &'static str,
    verdict: &'static str,
    diff: i32,
    gate: i32,
    /// What current data have to say of it.
    found: Option<&'static str>,
}

const CONSUMERS: &str = "breaks-consumers";
const PRODUCER: &str = "breaks-producer";
const WEAKENED: &str = "monitoring-weakened";
const COMPATIBLE: &str = "compatible";

/// A change that no run is asked about.
const fn kind(
    what: &'static str,
    make: fn(&Repository) -> &Repository,
    code: &'static str,
    verdict: &'static str,
) -> Kind {
    let code_of = if verdict.as_bytes()[0] == COMPATIBLE.as_bytes()[0] { 0 } else { 1 };
    Kind { what, make, code, verdict, diff: code_of, gate: code_of, found: None }
}

/// A change that asks more of the producer, with what current data say.
const fn asked(
    what: &'static str,
    make: fn(&Repository) -> &Repository,
    code: &'static str,
    gate: i32,
    found: &'static str,
) -> Kind {
    Kind { what, make, code, verdict: PRODUCER, diff: 1, gate, found: Some(found) }
}

fn orders<'r>(repository: &'r Repository, old: &str, new: &str) -> &'r Repository {
    repository.edit(ORDERS, old, new)
}

fn kinds() -> Vec<Kind> {
    vec![
        kind("table removed", |r| r.remove("checks/gold/revenue.yaml"), "table_removed", CONSUMERS),
        kind(
            "table renamed",
            |r| r.edit("checks/gold/revenue.yaml", "gold.revenue", "gold.turnover"),
            "table_renamed",
            CONSUMERS,
        ),
        kind(
            "column removed",
            |r| orders(r, "  items: {type: int64, range: {min: 1}}\n", ""),
            "column_removed",
            CONSUMERS,
        ),
        kind(
            "column renamed, in the data as well",
            |r| {
                orders(r, "  items: {", "  pieces: {");
                r.edit("data/orders.csv", ",items", ",pieces")
            },
            "column_renamed",
            CONSUMERS,
        ),
        kind("type narrowed", |r| orders(r, "items: {type: int64", "items: {type: int32"), "type_narrowed", CONSUMERS),
        kind("key dropped", |r| orders(r, "key: [order_id]\n", ""), "key_removed", CONSUMERS),
        kind("value added to a closed set", |r| orders(r, "shipped]", "shipped, lost]"), "value_added", CONSUMERS),
        kind("limit loosened", |r| orders(r, "[0, 1000]", "[0, 5000]"), "limit_loosened", CONSUMERS),
        kind("tolerance raised", |r| orders(r, "completeness: 60%", "completeness: 50%"), "limit_loosened", CONSUMERS),
        kind(
            "severity lowered",
            |r| orders(r, "row_count: {min: 3}", "row_count: {min: 3, severity: warn}"),
            "severity_lowered",
            CONSUMERS,
        ),
        kind("check removed", |r| orders(r, "checks:\n  - row_count: {min: 3}\n", ""), "check_removed", CONSUMERS),
        asked(
            "check tightened, and the data keep it",
            |r| orders(r, "[0, 1000]", "[0, 700]"),
            "limit_tightened",
            0,
            "none of 4",
        ),
        asked(
            "check tightened, and the data break it",
            |r| orders(r, "[0, 1000]", "[0, 500]"),
            "limit_tightened",
            1,
            "1 of 4",
        ),
        asked(
            "check added as fail, and the data keep it",
            |r| orders(r, "  - row_count", "  - expression: {id: paid, sql: \"amount > 0\"}\n  - row_count"),
            "check_added",
            0,
            "none of 4",
        ),
        asked(
            "check added as fail, and the data break it",
            |r| orders(r, "  - row_count", "  - expression: {id: dear, sql: \"amount > 30\"}\n  - row_count"),
            "check_added",
            1,
            "1 of 4",
        ),
        asked(
            "limit of an aggregate tightened",
            |r| orders(r, "{min: 3}", "{min: 4}"),
            "limit_tightened",
            0,
            "kept (4 rows",
        ),
        asked(
            "value removed from a closed set",
            |r| orders(r, "[placed, paid, shipped]", "[placed, paid]"),
            "value_removed",
            1,
            "1 of 4",
        ),
        asked(
            "required column added that the data lack",
            |r| orders(r, "  status:", "  country: {type: string, required: true}\n  status:"),
            "required_column_added",
            1,
            "not kept (column missing",
        ),
        asked(
            "key added",
            |r| r.edit("checks/gold/revenue.yaml", "columns:", "key: [day]\ncolumns:"),
            "key_added",
            0,
            "none of 1",
        ),
        asked(
            "key added that lacks values",
            |r| r.edit(CUSTOMERS, "key: [id]\n", "key: [name]\n").edit("data/customers.csv", "1,Ada", "1,"),
            "key_tightened",
            1,
            "1 of 3",
        ),
        asked(
            "rows of the contract changed",
            |r| orders(r, "key: [order_id]\n", "key: [order_id]\nrows: \"amount > 50\"\n"),
            "may_be_tightened",
            1,
            "1 of 2",
        ),
        kind(
            "optional column added",
            |r| orders(r, "  status:", "  note: {type: string, optional: true}\n  status:"),
            "optional_column_added",
            COMPATIBLE,
        ),
        kind(
            "description changed",
            |r| orders(r, "One row for each order", "Orders, one row each"),
            "description_changed",
            COMPATIBLE,
        ),
        kind("owner changed", |r| orders(r, "orders@shop.example", "sales@shop.example"), "owner_changed", COMPATIBLE),
        kind("type widened", |r| orders(r, "amount: {type: int32", "amount: {type: int64"), "type_widened", COMPATIBLE),
        kind(
            "check added as warn",
            |r| {
                orders(
                    r,
                    "  - row_count",
                    "  - expression: {id: dear, sql: \"amount > 30\", severity: warn}\n  - row_count",
                )
            },
            "check_added_as_warning",
            COMPATIBLE,
        ),
        kind(
            "contract added",
            |r| {
                r.write("data/new.csv", "id\n1\n").write(
                    "checks/gold/new.yaml",
                    "assay: 1\ntable: gold.new\nsource: {format: csv, path: data/new.csv}\ncolumns: {id: int64}\n",
                )
            },
            "contract_added",
            COMPATIBLE,
        ),
        kind(
            "file moved",
            |r| {
                r.git(&["mv", CUSTOMERS, "checks/silver/clients.yaml"]);
                r
            },
            "file_moved",
            COMPATIBLE,
        ),
        kind("drift limit raised", |r| r.edit(MONITOR, "fail: 0.30", "fail: 0.60"), "drift_limit_raised", WEAKENED),
        kind(
            "baseline replaced",
            |r| r.edit(MONITOR, "data/train.csv", "data/live.csv"),
            "baseline_replaced",
            WEAKENED,
        ),
        kind(
            "route removed",
            |r| r.edit("rules/alerts.yaml", "    - {match: {layer: gold}, receiver: oncall}\n", ""),
            "route_removed",
            WEAKENED,
        ),
        kind(
            "schedule slower",
            |r| r.edit(MONITOR, "window:", "schedule: \"0 6 * * *\"\nwindow:"),
            "schedule_slower",
            WEAKENED,
        ),
        kind("disabled", |r| r.edit(MONITOR, "window:", "enabled: false\nwindow:"), "disabled", WEAKENED),
    ]
}

#[test]
fn every_kind_of_change_has_its_verdict_and_its_exit_codes() {
    let mut wrong = Vec::new();
    for kind in kinds() {
        let repository = project();
        if kind.code == "schedule_slower" {
            repository.edit(MONITOR, "window:", "schedule: \"0 * * * *\"\nwindow:").commit("hourly");
            repository.git(&["branch", "--force", "main"]);
            repository.edit(MONITOR, "schedule: \"0 * * * *\"\n", "");
        }
        (kind.make)(&repository);
        repository.commit(kind.what);
        let before = repository.state();
        let (diff, compared) = repository.json(&["diff"]);
        let (gate, gated) = repository.json(&["gate", "--base", "main"]);
        let codes = (diff.code, gate.code);
        if codes != (Some(kind.diff), Some(kind.gate)) {
            wrong.push(format!("{}: exit codes {codes:?}\n{}\n{}", kind.what, compared["changes"], gate.out));
            continue;
        }
        let found = change(&compared, kind.code);
        let breaks = kind.verdict != COMPATIBLE;
        if found["verdict"] != kind.verdict || found["breaks"] != breaks || found.get("found").is_some() {
            wrong.push(format!("{}: {found:#}", kind.what));
        }
        let found = change(&gated, kind.code);
        if found["verdict"] != kind.verdict || found.get("found").is_some() != kind.found.is_some() {
            wrong.push(format!("{}: {found:#}", kind.what));
        }
        if let Some(words) = kind.found {
            let told = repository.assay(&["gate", "--base", "main"]).out;
            if !told.contains(&format!("current data: {words}")) {
                wrong.push(format!("{}: {told}", kind.what));
            }
        }
        assert!(repository.state() == before, "{}: the repository was written", kind.what);
    }
    assert!(wrong.is_empty(), "{} kinds:\n{}", wrong.len(), wrong.join("\n\n"));
}
