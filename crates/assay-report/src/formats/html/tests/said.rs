//! What pages say.

use assay_core::run::{CheckRecord, RunRecord, TableRecord};
use assay_core::verdict::{Dimension, NotRun, Outcome, Verdict};

use super::super::view;
use super::*;

fn run_page(ran: &Ran<'_>) -> view::run::RunPage {
    view::run::page(ran, Report::Ran(*ran).exit_code(), &Layout::file(ran))
}

fn sections(ran: &Ran<'_>) -> Vec<Section> {
    let mut room = Room::of_file();
    let layout = Layout::file(ran);
    layout.places.iter().map(|place| view::section::section(place, 2, &mut room)).collect()
}

#[test]
fn a_run_says_what_is_broken_how_bad_and_who_owns_it() {
    let (run, past) = (fixture::run(), past());
    let ran = Ran { history: Some(&past), ..Ran::new(&run) };
    insta::assert_json_snapshot!("run", run_page(&ran));
}

#[test]
fn a_table_says_what_was_read_and_every_check() {
    let run = RunRecord { tables: fixture::run().tables.split_off(2), ..fixture::run() };
    insta::assert_json_snapshot!("table", sections(&Ran::new(&run))[0]);
}

#[test]
fn a_model_says_every_figure() {
    let run = RunRecord { tables: fixture::monitor::run().tables, ..fixture::run() };
    let mut model = sections(&Ran::new(&run)).remove(0);
    for window in &mut model.windows {
        window.plots.clear();
        for check in window.whole.iter_mut().chain(&mut window.checks).chain(&mut window.quiet) {
            check.spark = None;
            check.drift.iter_mut().for_each(|drift| drift.plots.clear());
        }
    }
    insta::assert_json_snapshot!("model", model);
}

#[test]
fn what_is_bad_says_since_when() {
    let (run, past) = (fixture::run(), past());
    let page = rendered(&Report::Ran(Ran { history: Some(&past), ..Ran::new(&run) }));
    assert!(page.contains("since 2026-11-04T06:00:00Z, 4 runs in a row"));
    assert!(page.contains("aria-label=\"last 7 runs, oldest first: 4 broken, 3 passed\""), "{page}");
    assert!(page.contains("Present values over 7 points"), "completeness is drawn");
    assert!(page.contains("Rows over 7 points"), "volume is drawn");
    assert!(!ran(&run).contains("in a row"));
}

#[test]
fn a_change_that_breaks_is_no_pass() {
    let run = RunRecord { tables: vec![fixture::passing()], ..fixture::run() };
    let changes = changes();
    let page = run_page(&Ran { changes: Some(&changes), ..Ran::new(&run) });
    assert_ne!(page.exit.code, 0);
    assert_ne!(page.badge.word, "PASS");
    assert!(page.conclusion.starts_with("2 of 2 checks passed in 1 of 1 table; "), "{}", page.conclusion);
    assert_eq!(run_page(&Ran::new(&run)).badge.word, "PASS");
}

#[test]
fn warnings_that_break_and_checks_not_confirmed_are_remarked() {
    let warned = Verdict::new(Outcome::Warn, "broken");
    let check = assay_core::run::CheckRecord { verdict: warned, ..fixture::check("a", 3, Outcome::Warn, "") };
    let run = RunRecord { tables: vec![fixture::table("silver.t", vec![check])], ..fixture::run() };
    let page = run_page(&Ran { fail_on_warn: true, ..Ran::new(&run) });
    assert_eq!(page.remarks, ["Warnings break this run (--fail-on warn)."]);
    let monitors = fixture::monitor::run();
    let page = run_page(&Ran::new(&monitors));
    assert_eq!(page.remarks, ["1 check not confirmed: bad in too few windows yet to break the run."]);
}

#[test]
fn nothing_to_check_is_said() {
    let run = RunRecord { tables: vec![], ..fixture::run() };
    let page = ran(&run);
    assert!(page.contains("There was nothing to check."));
    assert_eq!(run_page(&Ran::new(&run)).exit.code, 3);
}

#[test]
fn many_broken_checks_are_summed_up_in_the_list_and_all_in_their_section() {
    let check = |at: usize| fixture::check(&format!("c{at}.range"), 3, Outcome::Fail, "broken");
    let table = fixture::table("silver.t", (0..130).map(check).collect());
    let run = RunRecord { tables: vec![table], ..fixture::run() };
    let page = run_page(&Ran::new(&run));
    assert_eq!(page.broken.len(), 100);
    assert_eq!(page.broken_more, ["30 more checks, told with the tables"]);
    assert!(ran(&run).contains(">c129.range<"));
}

#[test]
fn checks_that_could_not_be_evaluated_for_one_reason_are_told_together() {
    let reason = || Verdict::not_run(NotRun::error("unreadable", "no such file"));
    let check = |at: usize| assay_core::run::CheckRecord {
        verdict: reason(),
        ..fixture::check(&format!("c{at}.range"), 3, Outcome::Error, "")
    };
    let table = fixture::table("silver.t", (0..40).map(check).collect());
    let run = RunRecord { tables: vec![table], ..fixture::run() };
    let page = run_page(&Ran::new(&run));
    assert_eq!(page.broken.len(), 1);
    assert_eq!(page.broken[0].check, "c0.range and 39 more");
    let section = &sections(&Ran::new(&run))[0];
    let table = section.table.as_ref().expect("a table");
    assert_eq!((table.checks.len(), table.checks[0].also.len()), (1, 39));
    assert_eq!(table.checks[0].code.as_deref(), Some("unreadable"));
}

#[test]
fn windows_come_newest_first_and_older_ones_are_short() {
    let mut run = fixture::monitor::run();
    run.tables.reverse();
    let model = sections(&Ran::new(&run)).remove(0);
    let names: Vec<&str> = model.windows.iter().map(|window| window.name.as_str()).collect();
    assert_eq!(names, ["2026-11-19T00:00:00+04:00", "2026-11-18T00:00:00+04:00"]);
    assert!(!model.windows[0].checks.is_empty() && model.windows[0].rows.is_empty());
    let earlier = &model.windows[1];
    assert!(earlier.checks.is_empty() && earlier.rows.is_empty(), "what passed is counted");
    assert_eq!(earlier.tally, "2 passed");
}

#[test]
fn of_many_columns_those_that_moved_least_are_not_drawn_and_that_is_said() {
    let mut table = fixture::monitor::drifted();
    let surge = table.checks.iter().find(|check| check.id == "drift.surge").expect("is there").clone();
    table.checks =
        (0..200).map(|at| assay_core::run::CheckRecord { id: format!("drift.c{at}"), ..surge.clone() }).collect();
    let run = RunRecord { tables: vec![table], ..fixture::run() };
    let page = ran(&run);
    assert!(page.len() < 1_000_000, "{} bytes", page.len());
    assert!(page.contains("drawings left out to keep this file small"));
    let second = page.find("id=\"t1-c2\"").expect("the second check");
    assert!(page[..second].contains("<svg class=\"plot plot-categories"), "the first is drawn");
}

#[test]
fn three_thousand_checks_take_few_bytes_each() {
    let small = fixture::table(
        "silver.t",
        vec![fixture::check("c.range", 3, Outcome::Pass, "10,000 of 10,000 rows within 0 to 100000")],
    );
    let mut large = small.clone();
    large.checks = (0..3_000).map(|_| small.checks[0].clone()).collect();
    let size = |table| ran(&RunRecord { tables: vec![table], ..fixture::run() }).len();
    let each = (size(large) - size(small)) / 2_999;
    assert!(each <= 300, "{each} bytes");
}

#[test]
fn style_and_script_are_small() {
    let page = rendered(&Report::Invalid(&[]));
    assert!(page.len() <= 27_000, "{} bytes", page.len());
}

#[test]
fn windows_that_the_run_itself_left_in_the_history_are_counted_once() {
    let mut run = fixture::monitor::run();
    run.tables.reverse();
    let strips = |ran: &Ran<'_>| sections(ran)[0].strip.clone().map(|strip| strip.label);
    assert_eq!(strips(&Ran::new(&run)).as_deref(), Some("last 2 windows"), "nothing is remembered");
    // what a store has after the run: all windows before its newest, this run's among them
    let earlier = ["2026-11-16T00:00:00+04:00", "2026-11-17T00:00:00+04:00", "2026-11-18T00:00:00+04:00"];
    let point = |at: &&str| Point { at: (*at).into(), outcome: Outcome::Pass, rows: Some(1), checks: vec![] };
    let name = fixture::monitor::drifted().table;
    let past = History { documents: [(name, earlier.iter().map(point).collect())].into() };
    let ran = Ran { history: Some(&past), ..Ran::new(&run) };
    assert_eq!(strips(&ran).as_deref(), Some("last 4 windows"));
}

#[test]
fn of_models_the_newest_window_says_what_is_broken() {
    let mut run = fixture::monitor::run();
    let mut earlier = fixture::monitor::drifted();
    let window = earlier.monitor.as_mut().and_then(|monitor| monitor.window.as_mut()).expect("a window");
    (window.name, window.start) = ("2026-11-18T00:00:00+04:00".into(), Some("2026-11-18T00:00:00+04:00".into()));
    let bad = |table: &TableRecord| table.checks.iter().filter(|check| view::is_bad(check.verdict.outcome)).count();
    let n = bad(&earlier);
    run.tables = vec![fixture::monitor::drifted(), earlier];
    let page = run_page(&Ran::new(&run));
    assert_eq!(page.broken.len(), n);
    assert_eq!(page.broken_more, [format!("{n} checks in earlier windows")]);
}

#[test]
fn a_metric_without_labels_yet_shows_how_it_went_before() {
    let mut run = fixture::monitor::run();
    let mut metric = fixture::monitor::drifted().checks.remove(0);
    (metric.id, metric.column, metric.dimension) = ("performance.rmse".into(), None, Dimension::Performance);
    let drift = metric.drift.as_mut().expect("of a monitor");
    drift.tests.truncate(1);
    (drift.tests[0].test, drift.tests[0].deciding, drift.tests[0].effect) = ("rmse".into(), true, Some(2.4));
    let waiting = CheckRecord {
        verdict: Verdict::not_run(NotRun::skipped("low_coverage", "coverage 0% of 80%")),
        drift: Some(Box::default()),
        ..metric.clone()
    };
    run.tables = [vec![waiting], vec![metric]]
        .into_iter()
        .zip(["2026-11-19", "2026-11-18"])
        .map(|(checks, day)| {
            let mut table = TableRecord { checks, ..fixture::monitor::drifted() };
            let window = table.monitor.as_mut().and_then(|monitor| monitor.window.as_mut()).expect("a window");
            (window.name, window.start) = (day.into(), Some(format!("{day}T00:00:00+04:00")));
            table
        })
        .collect();
    let figures = vec![("rmse".to_owned(), 1.5)];
    let check = PointCheck { id: "performance.rmse".into(), outcome: Outcome::Pass, figures };
    let point = |day: u32| Point {
        at: format!("2026-11-{day}"),
        outcome: Outcome::Pass,
        rows: Some(9),
        checks: vec![check.clone()],
    };
    let past = History { documents: [(run.tables[0].table.clone(), (10..19).map(point).collect())].into() };
    let model = &sections(&Ran { history: Some(&past), ..Ran::new(&run) })[0];
    let shown = &model.windows[0].whole[0];
    assert_eq!(shown.code.as_deref(), Some("low_coverage"));
    let drawn = &shown.drift.as_ref().expect("of a monitor").plots;
    assert!(drawn.iter().any(|plot| plot.svg.contains("rmse over 10 points: last 1.5")), "{drawn:?}");
}
