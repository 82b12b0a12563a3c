//! `assay demo`: makes a small lake with planted defects, checks it, and says which check found which defect.

use std::fmt::Write;
use std::io;
use std::path::{Path, PathBuf};

use assay_core::run::{CheckRecord, RunRecord};
use assay_core::verdict::Outcome;
use assay_demo::{AS_OF, PLANTED, Planted};
use assay_engine::EngineOptions;
use assay_report::Report;
use tempfile::TempDir;

use crate::args::DemoArgs;
use crate::check::{self, Plan};
use crate::disk::reason;
use crate::failure::Failure;
use crate::select::Selection;
use crate::{clock, load, named, output};

/// Runs the command; gives its exit code.
pub(crate) fn command(args: &DemoArgs) -> Result<u8, Failure> {
    let place = Place::make(args)?;
    let folder = place.folder();
    let made = assay_demo::write_project(folder).and_then(|()| assay_demo::write_lake(folder));
    made.map_err(|error| Failure::Outside(format!("cannot write to `{}`: {}", folder.display(), reason(&error))))?;

    let run = check::execute(plan(folder)?, true)?;
    let report = check::render("text", output::reading(false, true), &Report::Ran { run: &run, fail_on_warn: false })?;
    output::stdout(&report)?;

    let Comparison { text, complete } = compare(&run);
    output::stdout(text.as_bytes())?;
    output::stdout(place.leave(args)?.as_bytes())?;
    Ok(match (complete, run.outcome()) {
        (_, Outcome::Error) => 3,
        (true, _) => 0,
        (false, _) => 1,
    })
}

fn plan(folder: &Path) -> Result<Plan, Failure> {
    let vars = load::variables(&[])?;
    let found = load::find(&[folder.to_path_buf()])?;
    let now = clock::as_of(AS_OF, &found.project.timezone)?;
    let mut selected = Selection::default().apply(found.load(&vars, now)?)?;
    selected.others = named::load(&selected.contracts, selected.others, &found, &vars, now)?;
    Ok(Plan {
        selected,
        now,
        as_of: true,
        timezone: found.project.timezone.clone(),
        mask_key: None,
        root: found.root,
        engine: EngineOptions::default(),
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
        let check = find(run, planted);
        let found = check.is_some_and(|check| is_found(planted, check));
        missed += usize::from(!found);
        let sign = if found { "✓ found " } else { "✗ MISSED" };
        let _ = writeln!(text, "  {sign}  {:width$}  {} {}", planted.what, planted.table, planted.check);
        if let (false, Some(check)) = (found, check) {
            let _ = writeln!(
                text,
                "            it ended as: {}",
                assay_report::formats::text::printable(&check.verdict.message)
            );
        }
    }

    let mut unplanned = 0;
    for (table, check) in
        run.tables.iter().flat_map(|table| table.checks.iter().map(move |check| (&table.table, check)))
    {
        let planned = PLANTED.iter().any(|planted| planted.table == table && planted.check == check.id);
        if check.verdict.outcome != Outcome::Pass && !planned {
            unplanned += 1;
            let _ = writeln!(text, "  ✗ NOT PLANTED  {table} {}: {}", check.id, check.verdict.message);
        }
    }
    let _ = match (missed, unplanned) {
        (0, 0) => writeln!(text, "All {} planted defects were found, and nothing else was reported.", PLANTED.len()),
        _ => writeln!(
            text,
            "{missed} of {} planted defects were missed, {unplanned} checks report what is not planted.",
            PLANTED.len()
        ),
    };
    Comparison { text, complete: missed == 0 && unplanned == 0 }
}

fn find<'a>(run: &'a RunRecord, planted: &Planted) -> Option<&'a CheckRecord> {
    let table = run.tables.iter().find(|table| table.table == planted.table)?;
    table.checks.iter().find(|check| check.id == planted.check)
}

fn is_found(planted: &Planted, check: &CheckRecord) -> bool {
    check.verdict.outcome == planted.outcome
        && planted.failing.is_none_or(|failing| check.verdict.failing == Some(failing))
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
