//! From a run record to `assay.result/v1`.

mod drift;

use assay_core::engine::{Cell, RowName};
use assay_core::measurement::Answered;
use assay_core::run::{CheckRecord, SnapshotRecord, TableRecord};
use assay_core::text::format_float;
use assay_core::{engine, problem, run, verdict};

use super::changes;
use super::result::*;
use crate::{FileProblem, Ran};

const SCHEMA: &str = "assay.result/v1";

/// A run, and what changed where it is one of a gate.
pub(super) fn ran(ran: &Ran<'_>, exit_code: u8) -> ResultV1 {
    let run = ran.run;
    let count =
        |wanted| run.tables.iter().flat_map(|t| &t.checks).filter(|c| c.verdict.outcome == wanted).count() as u64;
    ResultV1 {
        schema: SCHEMA,
        assay: env!("CARGO_PKG_VERSION"),
        id: Some(run.id.clone()),
        as_of: Some(run.as_of.clone()),
        vars: Some(Entries(run.vars.clone())),
        outcome: outcome(run.outcome()),
        exit_code,
        summary: Summary {
            pass: count(verdict::Outcome::Pass),
            warn: count(verdict::Outcome::Warn),
            fail: count(verdict::Outcome::Fail),
            error: count(verdict::Outcome::Error),
            skipped: count(verdict::Outcome::Skipped),
        },
        problems: vec![],
        notes: run.notes.clone(),
        changes: ran.changes.map(changes::changes),
        tables: run.tables.iter().map(table).collect(),
    }
}

/// Nothing ran, because files are invalid.
pub(super) fn invalid(problems: &[FileProblem], exit_code: u8) -> ResultV1 {
    ResultV1 {
        schema: SCHEMA,
        assay: env!("CARGO_PKG_VERSION"),
        id: None,
        as_of: None,
        vars: None,
        outcome: Outcome::Invalid,
        exit_code,
        summary: Summary::default(),
        problems: problems.iter().map(problem).collect(),
        notes: vec![],
        changes: None,
        tables: vec![],
    }
}

fn outcome(outcome: verdict::Outcome) -> Outcome {
    match outcome {
        verdict::Outcome::Pass => Outcome::Pass,
        verdict::Outcome::Skipped => Outcome::Skipped,
        verdict::Outcome::Warn => Outcome::Warn,
        verdict::Outcome::Fail => Outcome::Fail,
        verdict::Outcome::Error => Outcome::Error,
    }
}

fn problem(problem: &FileProblem) -> Problem {
    Problem { at: problem.at.as_ref().map(place), message: problem.message.clone(), hint: problem.hint.clone() }
}

pub(super) fn place(place: &problem::Place) -> Place {
    Place { path: place.path.to_string(), line: place.line, column: place.column }
}

fn table(table: &TableRecord) -> Table {
    Table {
        table: table.table.clone(),
        kind: if table.monitor.is_some() { Kind::Monitor } else { Kind::Contract },
        layer: table.layer.clone(),
        owner: table.owner.clone(),
        outcome: outcome(table.outcome()),
        contract: Contract { path: table.contract_path.clone(), sha256: table.contract_sha256.clone() },
        snapshot: table.snapshot.as_ref().map(snapshot),
        rows: table.snapshot.as_ref().and_then(rows),
        cost: table.snapshot.as_ref().map(|snapshot| cost(&table.cost, &snapshot.format)),
        reason: table.reason.as_ref().map(reason),
        monitor: table.monitor.as_deref().map(drift::monitor),
        checks: table.checks.iter().map(check).collect(),
    }
}

fn snapshot(snapshot: &SnapshotRecord) -> Snapshot {
    Snapshot {
        format: snapshot.format.clone(),
        path: snapshot.path.clone(),
        files: snapshot.files,
        files_pruned: (snapshot.files_pruned > 0).then_some(snapshot.files_pruned),
        bytes: snapshot.bytes,
        fingerprint: snapshot.fingerprint.clone(),
        notes: snapshot.notes.clone(),
    }
}

fn rows(snapshot: &SnapshotRecord) -> Option<Rows> {
    let SnapshotRecord { rows_total: total, rows_selected: selected, filter, .. } = snapshot;
    let known = total.is_some() || selected.is_some() || filter.is_some();
    known.then(|| Rows { total: *total, selected: *selected, filter: filter.clone() })
}

fn cost(cost: &engine::Cost, format: &str) -> Cost {
    Cost {
        passes: cost.passes,
        sample_passes: cost.sample_passes,
        bytes_read: cost.bytes_read,
        row_groups: (format == "parquet")
            .then_some(RowGroups { read: cost.row_groups_read, proven: cost.row_groups_proven }),
    }
}

fn reason(reason: &verdict::Reason) -> Reason {
    Reason { code: reason.code.clone(), text: reason.text.clone() }
}

fn check(check: &CheckRecord) -> Check {
    let verdict = &check.verdict;
    Check {
        id: check.id.clone(),
        check: check.check.clone(),
        column: check.column.clone(),
        dimension: dimension(check.dimension),
        outcome: outcome(verdict.outcome),
        severity: match check.severity {
            verdict::Severity::Warn => Severity::Warn,
            verdict::Severity::Fail => Severity::Fail,
        },
        at: place(&check.at),
        tested: verdict.tested,
        failing: verdict.failing,
        nulls: verdict.nulls,
        unknown: verdict.unknown,
        nan: verdict.nan,
        groups: verdict.groups,
        surplus: verdict.surplus,
        tolerate: verdict.tolerate.clone(),
        limits: verdict.limits.as_ref().and_then(limits),
        expected: verdict.expected.clone(),
        observed: verdict.observed.as_ref().map(observed),
        // A check that was not evaluated has a reason instead of a sentence about the data.
        message: verdict.reason.is_none().then(|| verdict.message.clone()),
        from: verdict.from.map(|from| match from {
            Answered::Footer => From::Footer,
            Answered::Scan => From::Scan,
        }),
        why: check.why.clone(),
        tags: check.tags.clone(),
        notes: verdict.notes.clone(),
        reason: verdict.reason.as_ref().map(reason),
        samples: check.samples.as_ref().map(samples),
        drift: check.drift.as_deref().map(drift::drift),
    }
}

fn dimension(dimension: verdict::Dimension) -> Dimension {
    match dimension {
        verdict::Dimension::Completeness => Dimension::Completeness,
        verdict::Dimension::Uniqueness => Dimension::Uniqueness,
        verdict::Dimension::Validity => Dimension::Validity,
        verdict::Dimension::Timeliness => Dimension::Timeliness,
        verdict::Dimension::Consistency => Dimension::Consistency,
        verdict::Dimension::Volume => Dimension::Volume,
        verdict::Dimension::Schema => Dimension::Schema,
        verdict::Dimension::Drift => Dimension::Drift,
        verdict::Dimension::Performance => Dimension::Performance,
    }
}

fn limits(limits: &verdict::Limits) -> Option<Limits> {
    let level = |entries: &[(String, String)]| (!entries.is_empty()).then(|| Entries(entries.to_vec()));
    let limits = Limits { warn: level(&limits.warn), fail: level(&limits.fail) };
    (limits.warn.is_some() || limits.fail.is_some()).then_some(limits)
}

fn observed(observed: &verdict::Observed) -> Datum {
    match observed {
        verdict::Observed::Number(number) => float(*number),
        verdict::Observed::Count(count) => Datum::Count(*count),
        verdict::Observed::Text(text) => Datum::Text(text.clone()),
    }
}

/// JSON has no NaN and no infinities.
fn float(number: f64) -> Datum {
    if number.is_finite() { Datum::Float(number) } else { Datum::Text(format_float(number)) }
}

fn samples(samples: &run::Samples) -> Samples {
    let rows = samples.rows.as_deref().unwrap_or_default();
    Samples {
        kept: rows.len() as u64,
        of: samples.of,
        named_by: rows.first().map(|row| match row.name {
            RowName::Key(_) => NamedBy::Key,
            RowName::Place { .. } => NamedBy::Place,
        }),
        rows: rows.iter().map(sample_row).collect(),
        error: samples.rows.as_ref().err().cloned(),
    }
}

fn sample_row(row: &engine::SampleRow) -> SampleRow {
    let (key, place) = match &row.name {
        RowName::Key(key) => (Some(data(key)), None),
        RowName::Place { file, row } => (None, Some(RowPlace { file: file.clone(), row: *row })),
    };
    SampleRow { key, place, values: data(&row.values) }
}

fn data(cells: &[(String, Cell)]) -> Entries<Datum> {
    let datum = |cell: &Cell| match cell {
        Cell::Null => Datum::Null,
        Cell::Bool(truth) => Datum::Bool(*truth),
        Cell::Float(number) => float(*number),
        Cell::Text(text) => Datum::Text(text.clone()),
    };
    Entries(cells.iter().map(|(name, cell)| (name.clone(), datum(cell))).collect())
}
