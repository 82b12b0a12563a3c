use assay_core::run::RunRecord;
use assay_core::verdict::{NotRun, Verdict};

use super::*;
use crate::{Ran, fixture};

fn rendered(report: Report<'_>, reading: Reading) -> String {
    let mut out = Vec::new();
    Text(reading).render(&report, &mut out).expect("a vector takes everything");
    String::from_utf8(out).expect("text is UTF-8")
}

fn ran(run: &RunRecord, reading: Reading) -> String {
    rendered(Report::Ran(Ran::new(run)), reading)
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
fn windows_of_monitors_say_what_moved_and_how_sure() {
    insta::assert_snapshot!("monitor", ran(&fixture::monitor::run(), Reading::default()));
}

#[test]
fn verbose_shows_every_test_of_every_column() {
    let run = RunRecord { tables: vec![fixture::monitor::drifted()], ..fixture::run() };
    insta::assert_snapshot!("monitor_verbose", ran(&run, Reading { verbose: true, ..Reading::default() }));
}

#[test]
fn a_narrow_page_leaves_bars_and_counts_out_before_shares() {
    let run = RunRecord { tables: vec![fixture::monitor::drifted()], ..fixture::run() };
    let text = ran(&run, Reading { width: 60, ..Reading::default() });
    insta::assert_snapshot!("monitor_narrow", text);
    let of = |width| ran(&run, Reading { width, ..Reading::default() });
    assert!(of(120).contains('█') && of(120).contains("20,889"));
    assert!(!of(90).contains('█') && of(90).contains("20,889"));
    assert!(!of(60).contains("20,889") && of(60).contains("3.05%"));
}

#[test]
fn columns_of_one_outcome_come_by_their_contribution() {
    let mut table = fixture::monitor::drifted();
    for (check, contribution) in table.checks.iter_mut().zip([0.1, 0.2, 0.7]) {
        check.verdict.outcome = Outcome::Warn;
        check.drift.as_mut().expect("a drift check").contribution = Some(contribution);
    }
    let text = ran(&RunRecord { tables: vec![table], ..fixture::run() }, Reading::default());
    let at = |id| text.find(&format!("! WARN  {id}")).expect("is there");
    assert!(at("drift.city_id") < at("drift.surge") && at("drift.surge") < at("drift.distance_km"));
}

#[test]
fn what_is_pending_says_so_where_it_matters() {
    let mut table = fixture::monitor::drifted();
    table.checks.retain(|check| check.is_pending());
    let run = RunRecord { tables: vec![table], ..fixture::run() };
    assert_eq!(run.exit_code(true), 0);
    let text = ran(&run, Reading::default());
    assert!(text.contains("\n  1 check not confirmed: bad in too few windows yet to break the run\n"), "{text}");
    assert!(text.contains("drift.city_id  pending, 1 of 2 windows: "), "{text}");
    assert!(!ran(&fixture::run(), Reading::default()).contains("not confirmed"));
}

#[test]
fn many_quiet_columns_are_summed_up() {
    let quiet = fixture::monitor::quiet();
    let mut table = fixture::monitor::drifted();
    table.checks.extend(std::iter::repeat_n(quiet.checks[0].clone(), 20));
    let text = ran(&RunRecord { tables: vec![table], ..fixture::run() }, Reading::default());
    assert!(text.contains("and 10 more (--verbose shows"), "{text}");
    let windows: Vec<_> = std::iter::repeat_with(fixture::monitor::quiet).take(11).collect();
    let text = ran(&RunRecord { tables: windows, ..fixture::run() }, Reading::default());
    assert!(text.contains("\n✓ PASS   11 windows with 22 checks\n"), "{text}");
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
    for run in [fixture::run(), fixture::monitor::run()] {
        let text = ran(&run, Reading { verbose: true, ..Reading::default() });
        assert!(text.chars().all(|c| c == '\n' || !c.is_control()));
        assert!(!text.contains('\u{202e}'));
    }
    assert_eq!(printable("a\u{202e}b\u{7f}\u{9b}31m"), "a\\u{202e}b\\u{7f}\\u{9b}31m");
    assert_eq!(printable("Zoë 東京 🙂"), "Zoë 東京 🙂");
}

#[test]
fn data_cannot_command_a_ci_system_that_reads_the_log() {
    let wide = "::stop-commands::x ##[add-mask]a ###".to_owned() + &" word".repeat(30) + " ::error::b";
    let mut table = fixture::run().tables.remove(2);
    for check in &mut table.checks {
        check.verdict.message.clone_from(&wide);
        if let Some(assay_core::run::Samples { rows: Ok(rows), .. }) = &mut check.samples {
            rows.iter_mut().for_each(|row| {
                row.name = assay_core::engine::RowName::Key(vec![(
                    "::k".into(),
                    assay_core::engine::Cell::Text("::add-mask::x".into()),
                )])
            });
        }
    }
    let run = RunRecord { tables: vec![table], ..fixture::run() };
    for width in 40..130 {
        let text = ran(&run, Reading { width, verbose: true, ..Reading::default() });
        assert!(text.contains("\\u{3a}:k") && text.contains("\\u{3a}:add-mask::x"), "{text}");
        assert!(text.lines().all(|line| !line.trim_start().starts_with("::") && !line.contains("##")), "{text}");
    }
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

fn gate(changes: &assay_core::change::ChangesRecord, reading: Reading) -> String {
    rendered(Report::Compared(changes), reading)
}

#[test]
fn changes_are_told_worst_first_with_what_current_data_say() {
    insta::assert_snapshot!("changes", gate(&fixture::changes::changes(), Reading::default()));
    let verbose = gate(&fixture::changes::changes(), Reading { verbose: true, ..Reading::default() });
    assert!(verbose.contains("a@shop.example -> b@shop.example"), "{verbose}");
}

#[test]
fn what_is_allowed_is_told_and_does_not_break() {
    let mut changes = fixture::changes::changes();
    changes.changes.retain(|change| !change.is_unknown());
    changes.allowed = assay_core::change::ChangeVerdict::ALL[..3].to_vec();
    let text = gate(&changes, Reading::default());
    assert!(text.starts_with("✓ FINE     8 changes, none breaks; 6 allowed, 2 compatible"), "{text}");
    assert!(text.contains("! ALLOWED") && !text.contains("✗ BREAKS"), "{text}");
}

#[test]
fn a_comparison_without_changes_says_so_in_a_line() {
    let changes = assay_core::change::ChangesRecord {
        base: "4f2d1c0".into(),
        base_commit: "4f2d1c0a9b8e".into(),
        head: "working tree".into(),
        documents: 1,
        ..Default::default()
    };
    assert_eq!(
        gate(&changes, Reading::default()),
        "✓ FINE     no contract changes\n  from 4f2d1c0 to working tree, 1 document compared\n"
    );
}

#[test]
fn many_compatible_changes_are_summed_up() {
    let mut changes = fixture::changes::changes();
    let one = changes.changes.pop().expect("a compatible one");
    changes.changes = vec![one; 14];
    let text = gate(&changes, Reading::default());
    assert!(text.contains("4 more changes (--verbose lists them)"), "{text}");
    assert!(!gate(&changes, Reading { verbose: true, ..Reading::default() }).contains("--verbose"));
}

#[test]
fn a_gate_tells_changes_before_the_run() {
    let (run, changes) = (fixture::run(), fixture::changes::changes());
    let text = rendered(Report::Ran(Ran { changes: Some(&changes), ..Ran::new(&run) }), Reading::default());
    let (of_changes, of_run) = (text.find("breaks consumers: who"), text.find("run r-5f0c2b9d41aa77e3"));
    assert!(of_changes.expect("changes") < of_run.expect("the run"), "{text}");
}
