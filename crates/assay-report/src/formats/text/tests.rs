use assay_core::run::RunRecord;
use assay_core::verdict::{NotRun, Verdict};

use super::*;
use crate::fixture;

fn rendered(report: Report<'_>, reading: Reading) -> String {
    let mut out = Vec::new();
    Text(reading).render(&report, &mut out).expect("a vector takes everything");
    String::from_utf8(out).expect("text is UTF-8")
}

fn ran(run: &RunRecord, reading: Reading) -> String {
    rendered(Report::Ran { run, fail_on_warn: false }, reading)
}

#[test]
fn a_run_is_told_worst_first() {
    insta::assert_snapshot!("run", ran(&fixture::run(), Reading::default()));
}

#[test]
fn verbose_lists_what_passed() {
    insta::assert_snapshot!("verbose", ran(&fixture::run(), Reading { verbose: true, ..Reading::default() }));
}

#[test]
fn a_narrow_page_keeps_within_its_width_where_words_allow() {
    let text = ran(&fixture::run(), Reading { width: 60, ..Reading::default() });
    insta::assert_snapshot!("narrow", text);
}

#[test]
fn invalid_contracts_are_summed_up() {
    insta::assert_snapshot!("invalid", rendered(Report::Invalid(&fixture::problems()), Reading::default()));
}

#[test]
fn colour_adds_nothing_but_colour() {
    let run = fixture::run();
    let colored = ran(&run, Reading { color: true, ..Reading::default() });
    let mut plain = String::new();
    let mut chars = colored.chars();
    while let Some(c) = chars.next() {
        match c {
            '\u{1b}' => drop(chars.by_ref().find(|c| *c == 'm')),
            c => plain.push(c),
        }
    }
    assert!(colored.contains("\u{1b}[31m"));
    assert_eq!(plain, ran(&run, Reading::default()));
}

#[test]
fn data_cannot_write_control_characters() {
    let text = ran(&fixture::run(), Reading { verbose: true, ..Reading::default() });
    assert!(text.chars().all(|c| c == '\n' || !c.is_control()));
    assert_eq!(printable("a\u{202e}b\u{7f}\u{9b}31m"), "a\\u{202e}b\\u{7f}\\u{9b}31m");
    assert_eq!(printable("Zoë 東京 🙂"), "Zoë 東京 🙂");
}

#[test]
fn nothing_evaluated_says_so() {
    let skipped = Verdict::not_run(NotRun::skipped("column_missing", "column missing: `a`"));
    let check = assay_core::run::CheckRecord { verdict: skipped, ..fixture::check("a.range", 3, Outcome::Pass, "") };
    let run = RunRecord { tables: vec![fixture::table("silver.t", vec![check])], ..fixture::run() };
    assert!(
        ran(&run, Reading::default()).starts_with("- SKIP   1 of 1 check skipped, none evaluated, in 1 of 1 table\n")
    );
    let run = RunRecord { tables: vec![], ..fixture::run() };
    assert!(ran(&run, Reading::default()).contains("there was nothing to check"));
}

#[test]
fn many_passing_tables_are_one_line() {
    let tables = std::iter::repeat_with(fixture::passing).take(11).collect();
    let run = RunRecord { tables, ..fixture::run() };
    let text = ran(&run, Reading::default());
    assert_eq!(
        text,
        "✓ PASS   22 of 22 checks passed in 11 of 11 tables\n\n✓ PASS   11 tables with 22 checks\n\nrun r-5f0c2b9d41aa77e3 as of 2026-11-20T06:00:00Z\n"
    );
}

#[test]
fn sizes_and_counts_are_readable() {
    assert_eq!([count(0), count(999), count(1_000), count(1_234_567)], ["0", "999", "1,000", "1,234,567"]);
    assert_eq!([bytes(999), bytes(1_000), bytes(999_999), bytes(3_310_442)], ["999 B", "1.0 kB", "1.0 MB", "3.3 MB"]);
}
