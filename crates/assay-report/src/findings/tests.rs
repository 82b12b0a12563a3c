use assay_core::change::ChangeVerdict;
use assay_core::run::RunRecord;
use assay_core::verdict::{NotRun, Reason, Verdict};

use super::*;
use crate::fixture;

fn ran(run: &RunRecord, fail_on_warn: bool) -> Report<'_> {
    Report::Ran(Ran { fail_on_warn, ..Ran::new(run) })
}

fn worst(report: &Report<'_>) -> Option<Level> {
    findings(report).first().map(|finding| finding.level)
}

#[test]
fn the_worst_finding_and_the_exit_code_agree() {
    let mut pending = fixture::monitor::drifted();
    pending.checks.retain(CheckRecord::is_pending);
    let skipped = Verdict::not_run(NotRun::skipped("no_column", "no such column"));
    let skipped = CheckRecord { verdict: skipped, ..fixture::check("a.range", 3, Outcome::Pass, "") };
    let unread = TableRecord {
        reason: Some(Reason { code: "unreadable".into(), text: "gone".into() }),
        ..fixture::table("silver.gone", vec![])
    };
    let warned = fixture::check("a.in", 3, Outcome::Warn, "1 row");
    let broken = fixture::check("a.in", 3, Outcome::Fail, "1 row");
    let tables = [
        vec![],
        vec![fixture::passing()],
        vec![pending],
        vec![fixture::table("t", vec![skipped])],
        vec![fixture::table("t", vec![warned])],
        vec![fixture::table("t", vec![broken])],
        vec![unread, fixture::passing()],
        fixture::run().tables,
        fixture::monitor::run().tables,
    ];
    for tables in tables {
        let run = RunRecord { tables, ..fixture::run() };
        for fail_on_warn in [false, true] {
            let report = ran(&run, fail_on_warn);
            let code = match worst(&report) {
                None | Some(Level::Note | Level::Warning) => 0,
                Some(Level::Failure) => 1,
                Some(Level::Error) => 3,
            };
            assert_eq!(code, report.exit_code(), "{:?}, warnings break: {fail_on_warn}", findings(&report));
        }
    }
}

#[test]
fn changes_are_as_bad_as_their_exit_code() {
    let mut record = fixture::changes::record();
    assert_eq!(worst(&Report::Compared(&record)), Some(Level::Error));
    record.changes.retain(|change| !change.is_unknown());
    assert_eq!((worst(&Report::Compared(&record)), record.exit_code()), (Some(Level::Failure), 1));
    record.allowed = ChangeVerdict::ALL.to_vec();
    assert_eq!((worst(&Report::Compared(&record)), record.exit_code()), (Some(Level::Warning), 0));
    record.changes.retain(|change| !change.breaks());
    assert_eq!(worst(&Report::Compared(&record)), Some(Level::Note));
}

#[test]
fn findings_come_worst_first() {
    let run = fixture::run();
    let levels: Vec<Level> = findings(&ran(&run, false)).iter().map(|finding| finding.level).collect();
    assert!(levels.is_sorted_by(|a, b| a >= b), "{levels:?}");
    assert_eq!(
        levels.len(),
        run.tables.iter().flat_map(|t| &t.checks).filter(|c| c.verdict.outcome != Outcome::Pass).count()
    );
}

#[test]
fn fingerprints_stay_when_counts_and_lines_change() {
    let run = fixture::run();
    let mut later = fixture::run();
    for check in later.tables.iter_mut().flat_map(|table| &mut table.checks) {
        check.at.line += 10;
        check.verdict.failing = Some(7);
        check.verdict.message.push_str(" once more");
    }
    let prints = |run| findings(&ran(run, false)).iter().map(Finding::fingerprint).collect::<Vec<_>>();
    assert_eq!(prints(&run), prints(&later));
    let mut distinct = prints(&run);
    distinct.sort();
    distinct.dedup();
    assert_eq!(distinct.len(), prints(&run).len());
}

#[test]
fn windows_of_one_finding_are_merged_into_the_newest() {
    let mut older = fixture::monitor::drifted();
    let window = older.monitor.as_mut().and_then(|monitor| monitor.window.as_mut()).expect("a window");
    window.name = "2026-11-18T00:00:00+04:00".into();
    let run = RunRecord { tables: vec![older, fixture::monitor::drifted()], ..fixture::run() };
    let report = ran(&run, false);
    let findings = findings(&report);
    let merged = merged(&findings);
    assert_eq!(merged.len() * 2, findings.len());
    let surge = merged.iter().find(|merged| merged.finding.id() == "drift.surge").expect("is there");
    assert!(
        surge
            .message()
            .ends_with("(window 2026-11-19T00:00:00+04:00; found in 1 other window, too: 2026-11-18T00:00:00+04:00)"),
        "{}",
        surge.message()
    );
}

#[test]
fn conclusions_say_what_changed_and_what_was_found() {
    let record = fixture::changes::record();
    let told = "? ERROR 1 of 5 changes cannot be judged: 1 breaks the producer; \
                2 break: 1 breaks consumers, 1 breaks the producer; 1 allowed, 1 compatible";
    assert_eq!(conclusion(&Report::Compared(&record)), told);
    let run = fixture::run();
    let gate = Report::Ran(Ran { changes: Some(&record), ..Ran::new(&run) });
    assert!(conclusion(&gate).starts_with(&format!("{told}; ? ERROR 3 of 11 checks could not be evaluated")));
    assert_eq!(conclusion(&Report::Invalid(&fixture::problems())), "INVALID 2 problems; no data were read");
}
