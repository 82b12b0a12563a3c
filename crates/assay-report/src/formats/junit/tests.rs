use assay_core::run::RunRecord;

use super::*;
use crate::fixture;

fn rendered(report: &Report<'_>) -> String {
    let mut out = Vec::new();
    Junit.render(report, &mut out).expect("a vector takes everything");
    String::from_utf8(out).expect("XML is UTF-8")
}

fn of(run: &RunRecord, fail_on_warn: bool) -> String {
    rendered(&Report::Ran(Ran { fail_on_warn, ..Ran::new(run) }))
}

#[test]
fn a_run_has_a_suite_for_each_table() {
    insta::assert_snapshot!("run", of(&fixture::run(), false));
}

#[test]
fn a_monitor_has_a_suite_for_each_window() {
    insta::assert_snapshot!("monitor", of(&fixture::monitor::run(), false));
}

#[test]
fn changes_are_a_suite() {
    insta::assert_snapshot!("changes", rendered(&Report::Compared(&fixture::changes::record())));
}

#[test]
fn invalid_files_are_errors() {
    insta::assert_snapshot!("invalid", rendered(&Report::Invalid(&fixture::problems())));
}

#[test]
fn warnings_fail_where_they_break_the_run_and_what_is_pending_never_does() {
    let mut table = fixture::monitor::drifted();
    table.checks.retain(|check| check.verdict.outcome == Outcome::Warn);
    assert!(table.checks.iter().any(CheckRecord::is_pending) && table.checks.len() == 2);
    let run = RunRecord { tables: vec![table], ..fixture::run() };
    assert_eq!(of(&run, false).matches("<failure").count(), 0);
    let strict = of(&run, true);
    assert_eq!(strict.matches("<failure").count(), 1);
    assert!(strict.contains("warning: pending, 1 of 2 windows: "), "{strict}");
}

#[test]
fn what_was_not_evaluated_is_no_success() {
    let run = RunRecord { tables: vec![], ..fixture::run() };
    assert!(of(&run, false).contains("<error message=\"no check was evaluated"));
    let reason = assay_core::verdict::Reason { code: "unreadable".into(), text: "gone".into() };
    let unread = TableRecord { reason: Some(reason), ..fixture::table("silver.gone", vec![]) };
    let run = RunRecord { tables: vec![unread, fixture::passing()], ..fixture::run() };
    let text = of(&run, false);
    assert!(
        text.contains("errors=\"1\"") && text.contains("<error message=\"the table could not be read: gone\""),
        "{text}"
    );
}

#[test]
fn what_xml_cannot_hold_is_written_as_an_escape() {
    let mut table = fixture::passing();
    table.table = "a\u{0}b\u{b}\u{1b}[31m\u{fffe}\u{ffff}\"<&>'".into();
    let text = of(&RunRecord { tables: vec![table], ..fixture::run() }, false);
    assert!(text.contains("a\\u{0}b\\u{b}\\u{1b}[31m\\u{fffe}\\u{ffff}&quot;&lt;&amp;&gt;"), "{text}");
}

#[test]
fn a_gate_has_both() {
    let (run, record) = (fixture::run(), fixture::changes::record());
    let text = rendered(&Report::Ran(Ran { changes: Some(&record), ..Ran::new(&run) }));
    assert!(
        text.contains("<testsuite name=\"contract changes\"") && text.contains("<testsuite name=\"silver.orders\"")
    );
}
