//! `assay demo`: makes a small lake with planted defects and drift, checks it, and says which check found which.

use std::fmt::Write;
use std::io;
use std::path::{Path, PathBuf};

use assay_core::run::{CheckRecord, RunRecord, TableRecord};
use assay_core::verdict::Outcome;
use assay_demo::{AS_OF, PLANTED, Planted};
use assay_engine::EngineOptions;
use assay_report::{Ran, Report, Templates};
use tempfile::TempDir;

use crate::args::DemoArgs;
use crate::check::{self, Done, Plan};
use crate::disk::reason;
use crate::failure::Failure;
use crate::select::Selection;
use crate::{clock, load, named, output, publish, store};

/// Runs the command; gives its exit code.
pub(crate) fn command(args: &DemoArgs) -> Result<u8, Failure> {
    let place = Place::make(args)?;
    let folder = place.folder();
    let made = assay_demo::write_project(folder).and_then(|()| assay_demo::write_lake(folder));
    made.map_err(|error| Failure::Outside(format!("cannot write to `{}`: {}", folder.display(), reason(&error))))?;

    let Done { run, history } = check::execute(plan(folder)?, true)?;
    let page = page(&run);
    output::stdout(&publish::text(output::reading(false, true), &Report::Ran(Ran::new(&page)))?)?;
    let report = place.report()?;
    publish::pages(&report, &Report::Ran(Ran { history: history.as_ref(), ..Ran::new(&run) }), &Templates::default())?;

    let Comparison { text, complete } = compare(&run);
    output::stdout(text.as_bytes())?;
    let report = format!("\nThe report: {}\n", report.join("index.html").display());
    output::stdout(report.as_bytes())?;
    output::stdout(place.leave(args)?.as_bytes())?;
    Ok(match (complete, run.outcome()) {
        (_, Outcome::Error) => 3,
        (true, _) => 0,
        (false, _) => 1,
    })
}

/// The run as the page shows it: of a monitor's windows the newest has its figures, those before it have one sentence for
/// each check. Segments, which drift alike here, are left to `assay check`.
fn page(run: &RunRecord) -> RunRecord {
    let newest = |table: &str| run.tables.iter().filter(|other| other.table == table).filter_map(day).max();
    let mut page = run.clone();
    for table in &mut page.tables {
        let is_newest = day(table) == newest(&table.table);
        for drift in table.checks.iter_mut().filter_map(|check| check.drift.as_mut()) {
            drift.segments.clear();
            if !is_newest {
                drift.bins = None;
                drift.figures.clear();
                drift.tests.clear();
            }
        }
    }
    page
}

fn plan(folder: &Path) -> Result<Plan, Failure> {
    let vars = load::variables(&[])?;
    let found = load::find(&[folder.to_path_buf()])?;
    let now = clock::as_of(AS_OF, &found.project.timezone)?;
    let mut selected = Selection::default().apply(found.load(&vars, now)?)?;
    selected.others = named::load(&selected.contracts, &selected.monitors, selected.others, &found, &vars, now)?;
    let engine = EngineOptions::default();
    let store = store::for_run(&found, !selected.monitors.is_empty());
    let monitoring = (!selected.monitors.is_empty()).then(|| check::OfModels::new(&found, &engine, store.as_deref()));
    Ok(Plan {
        notifying: None,
        selected,
        now,
        as_of: true,
        timezone: found.project.timezone.clone(),
        mask_key: None,
        root: found.root,
        engine,
        store,
        history: true,
        monitoring,
    })
}

/// What the planted list and the verdicts have in common.
struct Comparison {
    text: String,
    /// Every defect was found, and nothing was reported that is not planted.
    complete: bool,
}

fn compare(run: &RunRecord) -> Comparison {
    let mut text = String::from("\nPlanted defects, and what found them:\n");
    let mut missed = 0;
    let width = PLANTED.iter().map(|planted| planted.what.chars().count()).max().unwrap_or_default();
    for planted in PLANTED {
        let otherwise = places(run, planted).into_iter().filter_map(|(day, check)| {
            let found = check.is_some_and(|check| is_found(planted, check));
            (!found).then(|| (day, check.map_or("there is no such check", |check| check.verdict.message.as_str())))
        });
        let otherwise: Vec<(&str, &str)> = otherwise.collect();
        missed += usize::from(!otherwise.is_empty());
        let sign = if otherwise.is_empty() { "✓ found " } else { "✗ MISSED" };
        let days = planted.days.join(", ");
        let _ = writeln!(
            text,
            "  {sign}  {:width$}  {} {}{}{days}",
            planted.what,
            planted.table,
            planted.check,
            if days.is_empty() { "" } else { " on " }
        );
        for (day, message) in otherwise {
            let on = if day.is_empty() { String::new() } else { format!(" on {day}") };
            let message = assay_report::formats::text::printable(message);
            let _ = writeln!(text, "            it ended{on} as: {message}");
        }
    }

    let surprises = surprises(run);
    for (table, check) in &surprises {
        let day = day(table).map_or_else(String::new, |day| format!(" on {day}"));
        let message = assay_report::formats::text::printable(&check.verdict.message);
        let _ = writeln!(text, "  ✗ NOT PLANTED  {} {}{day}: {message}", table.table, check.id);
    }
    let _ = match (missed, surprises.len()) {
        (0, 0) => writeln!(text, "All {} planted defects were found, and nothing else was reported.", PLANTED.len()),
        (_, unplanned) => writeln!(
            text,
            "{missed} of {} planted defects were missed, {unplanned} checks report what is not planted.",
            PLANTED.len()
        ),
    };
    Comparison { text, complete: missed == 0 && surprises.is_empty() }
}

/// The check of a planted defect: once in a table, once for each day in a monitor.
fn places<'a>(run: &'a RunRecord, planted: &Planted) -> Vec<(&'static str, Option<&'a CheckRecord>)> {
    let of = |table: &'a TableRecord| table.checks.iter().find(|check| check.id == planted.check);
    let mut records = run.tables.iter().filter(|table| table.table == planted.table);
    if planted.days.is_empty() {
        return vec![("", records.next().and_then(of))];
    }
    let of_day =
        |wanted: &&'static str| (*wanted, records.clone().find(|table| day(table) == Some(wanted)).and_then(of));
    planted.days.iter().map(of_day).collect()
}

fn is_found(planted: &Planted, check: &CheckRecord) -> bool {
    check.verdict.outcome == planted.outcome
        && !check.is_pending()
        && planted.failing.is_none_or(|failing| check.verdict.failing == Some(failing))
}

/// The day of a monitor's window.
fn day(table: &TableRecord) -> Option<&str> {
    table.monitor.as_ref()?.window.as_ref()?.name.get(..10)
}

/// What was reported though it is not planted.
fn surprises(run: &RunRecord) -> Vec<(&TableRecord, &CheckRecord)> {
    let checks = run.tables.iter().flat_map(|table| table.checks.iter().map(move |check| (table, check)));
    let is_planned = |table: &TableRecord, check: &CheckRecord| {
        PLANTED.iter().any(|planted| {
            let on_its_day = planted.days.is_empty() || day(table).is_some_and(|day| planted.days.contains(&day));
            planted.table == table.table && planted.check == check.id && on_its_day
        })
    };
    checks.filter(|(table, check)| !is_quiet(table, check) && !is_planned(table, check)).collect()
}

/// Passed, or bad in a first window, which counts only with the next; or skipped because labels may still come, or
/// because a day has too few rows for a correlation.
fn is_quiet(table: &TableRecord, check: &CheckRecord) -> bool {
    let skipped_for = |code: &str| check.verdict.reason.as_ref().is_some_and(|reason| reason.code == code);
    let awaits_labels = || {
        let window = table.monitor.as_ref().and_then(|monitor| monitor.window.as_ref());
        skipped_for("low_coverage") && window.is_some_and(|window| window.partial)
    };
    let is_small = || check.check == "correlation" && skipped_for("too_few_rows");
    match check.verdict.outcome {
        Outcome::Pass => true,
        Outcome::Skipped => awaits_labels() || is_small(),
        Outcome::Warn | Outcome::Fail => check.is_pending(),
        Outcome::Error => false,
    }
}

/// Where the demo takes place.
enum Place {
    Given(PathBuf),
    Temporary(TempDir),
}

impl Place {
    fn make(args: &DemoArgs) -> Result<Place, Failure> {
        let outside = |what: &str, error: &io::Error| Failure::Outside(format!("cannot use {what}: {}", reason(error)));
        let Some(folder) = &args.dir else {
            let temporary = tempfile::Builder::new().prefix("assay-demo-").tempdir();
            return temporary.map(Place::Temporary).map_err(|error| outside("a temporary folder", &error));
        };
        let named = format!("`{}`", folder.display());
        std::fs::create_dir_all(folder).map_err(|error| outside(&named, &error))?;
        let mut entries = std::fs::read_dir(folder).map_err(|error| outside(&named, &error))?;
        if entries.next().is_some() {
            return Err(Failure::usage(
                format!("the folder {named} is not empty"),
                "name a new one: nothing is overwritten",
            ));
        }
        Ok(Place::Given(folder.clone()))
    }

    fn folder(&self) -> &Path {
        match self {
            Place::Given(folder) => folder,
            Place::Temporary(folder) => folder.path(),
        }
    }

    /// The folder of the report, which stays when a temporary lake goes.
    fn report(&self) -> Result<PathBuf, Failure> {
        match self {
            Place::Given(folder) => Ok(folder.join("report")),
            Place::Temporary(_) => {
                let folder = tempfile::Builder::new().prefix("assay-demo-report-").tempdir();
                let outside = |error| Failure::Outside(format!("cannot make a temporary folder: {}", reason(&error)));
                folder.map(TempDir::keep).map_err(outside)
            }
        }
    }

    /// Removes what is not to be kept; says where the rest is and what to do with it.
    fn leave(self, args: &DemoArgs) -> Result<String, Failure> {
        let folder = match self {
            Place::Given(folder) => folder,
            Place::Temporary(folder) if args.keep => folder.keep(),
            Place::Temporary(folder) => {
                folder.close().map_err(|error| {
                    Failure::Outside(format!("cannot remove the temporary folder: {}", reason(&error)))
                })?;
                return Ok("\nTo keep the lake and its contracts and play with them: assay demo --dir shop\n".into());
            }
        };
        Ok(format!(
            "\nThe lake and its contracts are kept:\n  cd {} && assay check --as-of {AS_OF}\n",
            folder.display()
        ))
    }
}
