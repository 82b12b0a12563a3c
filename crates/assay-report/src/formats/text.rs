//! What a tired person reads in ten seconds: one line of conclusion, then tables and checks worst first, observed and
//! expected in one sentence, failing rows beneath. Words and signs carry the meaning; colour only repeats it.

pub(crate) mod bins;
pub(crate) mod changes;
pub(crate) mod drift;
mod escape;
pub(crate) mod figures;
mod page;
pub(crate) mod sample;
pub(crate) mod window;
pub(crate) mod words;

use std::io;

use assay_core::run::{CheckRecord, RunRecord, SnapshotRecord, TableRecord};
use assay_core::verdict::Outcome;

use crate::{FileProblem, Reading, Renderer, Report};
pub use escape::printable;
use page::{Page, Tone};
use words::{bytes, count, plural};

/// Passing tables beyond this many are summed up unless everything is asked for.
const PASSING_TABLES_SHOWN: usize = 10;
/// Notes beyond this many are summed up.
const NOTES_SHOWN: usize = 5;

/// The renderer.
#[derive(Debug, Clone, Copy)]
pub struct Text(pub Reading);

impl Renderer for Text {
    fn render(&self, report: &Report<'_>, out: &mut dyn io::Write) -> io::Result<()> {
        let mut page = Page::new(self.0);
        match report {
            Report::Ran(ran) => {
                if let Some(changes) = ran.changes {
                    changes::changes_page(changes, &mut page);
                    page.blank();
                }
                run_page(ran.run, ran.run.exit_code(ran.fail_on_warn), &mut page);
            }
            Report::Compared(changes) => changes::changes_page(changes, &mut page),
            Report::Invalid(problems) => invalid_page(problems, &mut page),
        }
        out.write_all(page.text().as_bytes())
    }
}

fn invalid_page(problems: &[FileProblem], page: &mut Page) {
    page.line(
        0,
        &[
            (Tone::Bad, "INVALID"),
            (Tone::Plain, &format!("  {}; no data were read", plural(problems.len(), "problem"))),
        ],
    );
    for problem in problems {
        let at = problem.at.as_ref().map_or(String::new(), |at| format!("{}:{}:{}: ", at.path, at.line, at.column));
        page.wrapped(2, Tone::Plain, &format!("{at}{}", problem.message));
        if let Some(hint) = &problem.hint {
            page.wrapped(4, Tone::Plain, &format!("hint: {hint}"));
        }
    }
}

fn run_page(run: &RunRecord, exit_code: u8, page: &mut Page) {
    page.line(0, &[(tone(run.outcome()), words::sign(run.outcome())), (Tone::Strong, &conclusion(run))]);
    if exit_code == 1 && run.outcome() == Outcome::Warn {
        page.wrapped(2, Tone::Plain, "warnings break this run (--fail-on warn)");
    }
    let pending = run.tables.iter().flat_map(|t| &t.checks).filter(|check| check.is_pending()).count();
    if pending > 0 {
        let text = format!("{} not confirmed: bad in too few windows yet to break the run", plural(pending, "check"));
        page.wrapped(2, Tone::Plain, &text);
    }
    run.notes.iter().for_each(|note| page.wrapped(2, Tone::Plain, &format!("note: {note}")));

    let mut tables: Vec<&TableRecord> = run.tables.iter().collect();
    tables.sort_by_key(|table| std::cmp::Reverse((table.outcome(), broken(table))));
    let (passing, others): (Vec<&TableRecord>, Vec<_>) = tables.into_iter().partition(|t| t.outcome() == Outcome::Pass);
    for table in others {
        page.blank();
        table_block(table, page);
    }
    passing_tables(&passing, page);
    page.blank();
    page.line(0, &[(Tone::Faint, &format!("run {} as of {}", run.id, run.as_of))]);
}

fn passing_tables(tables: &[&TableRecord], page: &mut Page) {
    if page.reading.verbose {
        for table in tables {
            page.blank();
            table_block(table, page);
        }
        return;
    }
    if !tables.is_empty() {
        page.blank();
    }
    if tables.len() <= PASSING_TABLES_SHOWN {
        return tables.iter().for_each(|table| passing_line(table, page));
    }
    let checks: usize = tables.iter().map(|table| table.checks.len()).sum();
    let text = format!("  {} with {}", places(tables.iter().copied(), tables.len()), plural(checks, "check"));
    page.line(0, &[(Tone::Good, words::sign(Outcome::Pass)), (Tone::Plain, &text)]);
}

/// The conclusion of a run in one line, for places where the report itself does not go.
pub fn summary(run: &RunRecord) -> String {
    format!("{}{}", words::sign(run.outcome()), conclusion(run))
}

/// `  3 of 60 checks broken in 2 of 4 tables, 1 warning, 55 passed`.
pub(crate) fn conclusion(run: &RunRecord) -> String {
    let checks = run.tables.iter().map(|t| t.checks.len()).sum::<usize>();
    if checks == 0 {
        return "  there was nothing to check".into();
    }
    let of = |outcome| {
        let n = run.tables.iter().flat_map(|t| &t.checks).filter(|c| c.verdict.outcome == outcome).count();
        let tables = run.tables.iter().filter(|t| t.checks.iter().any(|c| c.verdict.outcome == outcome)).count();
        (n, tables)
    };
    let mut parts = Vec::new();
    for outcome in [Outcome::Error, Outcome::Fail, Outcome::Warn, Outcome::Skipped, Outcome::Pass] {
        let (n, tables) = of(outcome);
        if n == 0 {
            continue;
        }
        parts.push(match parts.is_empty() {
            true => format!(
                "{} of {} {} in {} of {}",
                count(n as u64),
                plural(checks, "check"),
                words::happened(outcome, n == checks),
                count(tables as u64),
                places(&run.tables, run.tables.len())
            ),
            false => format!("{} {}", count(n as u64), words::counted(outcome, n)),
        });
    }
    format!("  {}", parts.join(", "))
}

/// `3 tables`; a monitor is told once for each window.
fn places<'a>(tables: impl IntoIterator<Item = &'a TableRecord>, n: usize) -> String {
    let (monitors, contracts): (Vec<_>, Vec<_>) = tables.into_iter().partition(|table| table.monitor.is_some());
    match (contracts.is_empty(), monitors.is_empty()) {
        (_, true) => plural(n, "table"),
        (true, false) => plural(n, "window"),
        (false, false) => format!("{} tables and windows", count(n as u64)),
    }
}

pub(crate) fn broken(table: &TableRecord) -> usize {
    table.checks.iter().filter(|c| matches!(c.verdict.outcome, Outcome::Error | Outcome::Fail | Outcome::Warn)).count()
}

fn tone(outcome: Outcome) -> Tone {
    match outcome {
        Outcome::Pass => Tone::Good,
        Outcome::Skipped | Outcome::Warn => Tone::Doubtful,
        Outcome::Fail | Outcome::Error => Tone::Bad,
    }
}

fn passing_line(table: &TableRecord, page: &mut Page) {
    let vacuous = vacuous(table.checks.iter());
    let vacuous = if vacuous > 0 { format!(" ({} with 0 rows tested)", count(vacuous as u64)) } else { String::new() };
    let rows = match &table.monitor {
        Some(monitor) => Some(window::summary(monitor)),
        None => table.snapshot.as_ref().and_then(rows),
    };
    let rows = rows.map_or(String::new(), |rows| format!(", {rows}"));
    let text =
        format!("  {}{vacuous}{rows}, {} read", plural(table.checks.len(), "check"), bytes(table.cost.bytes_read));
    page.line(
        0,
        &[
            (Tone::Good, words::sign(Outcome::Pass)),
            (Tone::Strong, &format!("  {}", table.table)),
            (Tone::Plain, &text),
        ],
    );
}

fn table_block(table: &TableRecord, page: &mut Page) {
    let owner = table.owner.as_ref().map_or(String::new(), |owner| format!("  owner {owner}"));
    page.line(
        0,
        &[
            (tone(table.outcome()), words::sign(table.outcome())),
            (Tone::Strong, &format!("  {}", table.table)),
            (Tone::Plain, &format!("  {}", tally(table))),
            (Tone::Faint, &owner),
        ],
    );
    if let Some(monitor) = &table.monitor {
        window::header(monitor, page);
    }
    let window = table.monitor.as_ref().and_then(|monitor| monitor.window.as_ref()).map(|window| window.name.as_str());
    let mut checks: Vec<&CheckRecord> = table.checks.iter().collect();
    checks.sort_by(|a, b| b.verdict.outcome.cmp(&a.verdict.outcome).then(contribution(b).total_cmp(&contribution(a))));
    let (passed, others): (Vec<_>, Vec<_>) = checks.into_iter().partition(|c| c.verdict.outcome == Outcome::Pass);
    match &table.reason {
        Some(reason) if !page.reading.verbose => page.wrapped(2, Tone::Plain, &reason.text),
        _ => alike(&others).for_each(|alike| check_block(alike, window, page)),
    }
    if page.reading.verbose {
        passed.iter().for_each(|check| check_block(&[check], window, page));
    }
    if let Some(monitor) = &table.monitor {
        if !page.reading.verbose {
            window::quiet(&passed, page);
        }
        window::retrain(monitor, page);
    }
    notes(table, page);
    if table.snapshot.is_some() {
        page.wrapped(2, Tone::Faint, &cost(table));
    }
}

/// Of checks that ended alike the one whose column moved most comes first; contracts keep their order.
pub(crate) fn contribution(check: &CheckRecord) -> f64 {
    check.drift.as_ref().and_then(|drift| drift.contribution).unwrap_or_default()
}

/// `3 of 20 checks broken, 1 warning, 16 passed (2 with 0 rows tested)`.
pub(crate) fn tally(table: &TableRecord) -> String {
    let mut parts = Vec::new();
    for outcome in [Outcome::Error, Outcome::Fail, Outcome::Warn, Outcome::Skipped, Outcome::Pass] {
        let of: Vec<_> = table.checks.iter().filter(|c| c.verdict.outcome == outcome).collect();
        if of.is_empty() {
            continue;
        }
        let vacuous = vacuous(of.iter().copied());
        let vacuous =
            if vacuous > 0 { format!(" ({} with 0 rows tested)", count(vacuous as u64)) } else { String::new() };
        parts.push(format!("{} {}{vacuous}", count(of.len() as u64), words::counted(outcome, of.len())));
    }
    if parts.is_empty() { "no checks".into() } else { parts.join(", ") }
}

fn vacuous<'a>(checks: impl Iterator<Item = &'a CheckRecord>) -> usize {
    checks.filter(|c| c.verdict.outcome == Outcome::Pass && c.verdict.tested == Some(0)).count()
}

/// Neighbours that were not evaluated for one and the same reason are told together.
fn alike<'a, 'b>(checks: &'b [&'a CheckRecord]) -> impl Iterator<Item = &'b [&'a CheckRecord]> {
    checks.chunk_by(|a, b| {
        a.verdict.reason.is_some() && a.verdict.reason == b.verdict.reason && a.verdict.outcome == b.verdict.outcome
    })
}

fn check_block(checks: &[&CheckRecord], window: Option<&str>, page: &mut Page) {
    let [check, more @ ..] = checks else { return };
    let id = match more.len() {
        0 => check.id.clone(),
        n => format!("{} and {} more", check.id, count(n as u64)),
    };
    let outcome = check.verdict.outcome;
    page.headed(2, (tone(outcome), words::sign(outcome)), &id, &drift::message(check));
    if outcome == Outcome::Pass {
        return drift::details(check, window, page);
    }
    if page.reading.verbose {
        more.iter().for_each(|check| page.line(10, &[(Tone::Faint, &format!("also {}", check.id))]));
    }
    if let Some(why) = &check.why {
        page.wrapped(10, Tone::Plain, &format!("why: {why}"));
    }
    if more.is_empty() {
        drift::details(check, window, page);
    }
    if let Some(samples) = &check.samples {
        sample::table(samples, page);
    }
    if more.is_empty() {
        page.line(10, &[(Tone::Faint, &format!("{}:{}:{}", check.at.path, check.at.line, check.at.column))]);
    }
}

fn notes(table: &TableRecord, page: &mut Page) {
    let of_snapshot = table.snapshot.iter().flat_map(|snapshot| &snapshot.notes);
    let of_monitor = table.monitor.iter().flat_map(|monitor| &monitor.notes);
    let mut notes: Vec<&String> = Vec::new();
    for note in of_snapshot.chain(of_monitor).chain(table.checks.iter().flat_map(|check| &check.verdict.notes)) {
        if !notes.contains(&note) {
            notes.push(note);
        }
    }
    let shown = if page.reading.verbose { notes.len() } else { NOTES_SHOWN };
    for note in notes.iter().take(shown) {
        page.wrapped(2, Tone::Plain, &format!("note: {note}"));
    }
    if notes.len() > shown {
        page.wrapped(
            2,
            Tone::Plain,
            &format!("note: {} more (--verbose lists them)", count((notes.len() - shown) as u64)),
        );
    }
}

/// `10,000 of 1,200,345 rows, 2 passes and 1 for samples, 3.3 MB read, 11 of 12 row groups proven by footers`.
pub(crate) fn cost(table: &TableRecord) -> String {
    let Some(snapshot) = &table.snapshot else { return "not read".into() };
    let mut parts: Vec<String> = rows(snapshot).into_iter().collect();
    if snapshot.files != 1 || snapshot.files_pruned > 0 {
        let pruned = match snapshot.files_pruned {
            0 => String::new(),
            n => format!(" ({} left out by partition)", count(n)),
        };
        parts.push(format!("{}{pruned}", plural(snapshot.files as usize, "file")));
    }
    let samples = match table.cost.sample_passes {
        0 => String::new(),
        n => format!(" and {} for samples", count(n)),
    };
    parts.push(match table.cost.passes {
        0 if samples.is_empty() => "no pass over the rows".into(),
        1 => format!("1 pass{samples}"),
        n => format!("{} passes{samples}", count(n)),
    });
    parts.push(format!("{} read", bytes(table.cost.bytes_read)));
    if table.cost.row_groups_proven > 0 {
        let all = table.cost.row_groups_read + table.cost.row_groups_proven;
        parts.push(format!(
            "{} of {} proven by footers",
            count(table.cost.row_groups_proven),
            plural(all as usize, "row group")
        ));
    }
    parts.join(", ")
}

/// `10,000 of 1,200,345 rows selected`, where they were counted.
pub(crate) fn rows(snapshot: &SnapshotRecord) -> Option<String> {
    let selected = snapshot.filter.as_ref().and(snapshot.rows_selected);
    match (selected, snapshot.rows_total) {
        (Some(selected), Some(total)) => Some(format!("{} of {} rows selected", count(selected), count(total))),
        (None, Some(total)) => Some(plural(total as usize, "row")),
        (_, None) => None,
    }
}

#[cfg(test)]
mod tests;
