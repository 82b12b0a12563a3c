use assay_core::verdict::Verdict;

use super::*;
use crate::fixture;

fn of(report: &Report<'_>) -> String {
    page(report, COMMENT)
}

#[test]
fn a_run_is_told_worst_first() {
    let run = fixture::run();
    insta::assert_snapshot!("run", of(&Report::Ran(Ran::new(&run))));
}

#[test]
fn windows_of_monitors_are_told() {
    let run = fixture::monitor::run();
    insta::assert_snapshot!("monitor", of(&Report::Ran(Ran::new(&run))));
}

#[test]
fn a_gate_groups_changes_by_verdict() {
    let record = fixture::changes::record();
    insta::assert_snapshot!("changes", of(&Report::Compared(&record)));
    let run = fixture::run();
    let gate = of(&Report::Ran(Ran { changes: Some(&record), ..Ran::new(&run) }));
    assert!(gate.contains("### Breaks consumers: 1") && gate.contains("### Broken checks"));
}

#[test]
fn invalid_files_are_listed() {
    insta::assert_snapshot!("invalid", of(&Report::Invalid(&fixture::problems())));
}

fn many(n: usize, message: &str) -> RunRecord {
    let fail = |at: usize| {
        let verdict = Verdict::new(Outcome::Fail, message);
        assay_core::run::CheckRecord { verdict, ..fixture::check(&format!("c{at}.in"), 3, Outcome::Fail, "") }
    };
    RunRecord { tables: vec![fixture::table("wide", (0..n).map(fail).collect())], ..fixture::run() }
}

#[test]
fn a_page_keeps_to_its_limit_and_counts_what_it_left_out() {
    let run = many(5_000, &"a long message with @mentions ".repeat(200));
    for limit in [0, 20_000, COMMENT, 900_000] {
        let text = page(&Report::Ran(Ran::new(&run)), limit);
        assert!(text.len() <= limit.max(16 * 1024), "{} of {limit}", text.len());
        let shown = text.matches("**✗ FAIL**").count();
        let rest = crate::formats::text::words::count(5_000 - shown as u64);
        let word = if shown == 0 { "" } else { "more " };
        assert!(text.contains(&format!("\n… and {rest} {word}findings\n")), "{shown} shown of {limit}");
        assert!(text.ends_with("as of `2026-11-20T06:00:00Z`\n"));
    }
    assert!(page(&Report::Ran(Ran::new(&run)), 900_000).len() > 600_000);
}

#[test]
fn every_section_is_bounded() {
    let mut run = many(300, &"word ".repeat(300));
    run.tables = (0..3_000)
        .map(|_| run.tables[0].clone())
        .map(|mut table| {
            table.checks.truncate(1);
            table
        })
        .collect();
    let mut record = fixture::changes::record();
    let changes: Vec<_> = record.changes.iter().cycle().take(20_000).cloned().collect();
    record.changes = changes;
    record.notes = vec!["a note ".repeat(100); 1_000];
    let text = of(&Report::Ran(Ran { changes: Some(&record), ..Ran::new(&run) }));
    assert!(text.len() <= COMMENT, "{}", text.len());
    for noun in ["changes", "notes", "tables", "findings"] {
        assert!(text.lines().any(|line| line.starts_with("… and ") && line.ends_with(noun)), "{noun}");
    }
}
