//! The page of a run: is anything broken, what, how bad, who owns it.

use std::collections::{BTreeMap, BTreeSet};

use assay_core::run::{CheckRecord, TableRecord};
use assay_core::verdict::{Dimension, Outcome};
use serde::Serialize;

use super::changes::ChangesView;
use super::check::told_together;
use super::layout::{Layout, Place};
use super::section::Section;
use super::trend::Strip;
use super::{Badge, Fact, WORST_FIRST, class, cut, is_bad};
use crate::Ran;
use crate::formats::text;
use crate::formats::text::words::{count, counted, plural};

/// Broken checks beyond this many are left to the tables' own sections.
const BROKEN_SHOWN: usize = 100;

/// The page.
#[derive(Debug, Serialize)]
pub(crate) struct RunPage {
    pub title: String,
    pub badge: Badge,
    pub conclusion: String,
    /// What changes how the conclusion is read: warnings that break, checks not confirmed yet.
    pub remarks: Vec<String>,
    pub notes: Vec<String>,
    pub exit: Exit,
    pub facts: Vec<Fact>,
    pub tallies: Vec<Tally>,
    pub dimensions: Vec<DimensionRow>,
    pub broken: Vec<BrokenRow>,
    /// `23 more checks, told with the tables`, where not all are listed.
    pub broken_more: Vec<String>,
    pub tables: Vec<PlaceRow>,
    /// Outcomes that occur, and layers, to filter by.
    pub outcomes: Vec<Badge>,
    pub layers: Vec<String>,
    pub changes: Option<ChangesView>,
    pub changes_conclusion: Option<String>,
    /// Tables and models, where they are in the same file.
    pub sections: Vec<Section>,
}

/// The exit code of the process and what it means.
#[derive(Debug, Serialize)]
pub(crate) struct Exit {
    pub code: u8,
    pub meaning: &'static str,
}

/// Checks of an outcome.
#[derive(Debug, PartialEq, Serialize)]
pub(crate) struct Tally {
    pub badge: Badge,
    pub count: String,
    pub word: &'static str,
    /// Where its part of the bar begins and how wide it is, of 1,000.
    pub x: u32,
    pub width: u32,
}

/// Checks of a dimension by outcome, in the order of [`WORST_FIRST`].
#[derive(Debug, PartialEq, Serialize)]
pub(crate) struct DimensionRow {
    pub name: &'static str,
    pub counts: Vec<DimensionCount>,
}

/// A cell of the table of dimensions.
#[derive(Debug, PartialEq, Serialize)]
pub(crate) struct DimensionCount {
    pub class: &'static str,
    pub sign: &'static str,
    /// Empty for none.
    pub count: String,
}

/// A broken check.
#[derive(Debug, Serialize)]
pub(crate) struct BrokenRow {
    pub badge: Badge,
    pub check: String,
    pub href: String,
    pub sentence: String,
    pub table: String,
    pub table_href: String,
    pub owner: Option<String>,
    pub since: Option<String>,
}

/// A table or model.
#[derive(Debug, Serialize)]
pub(crate) struct PlaceRow {
    pub badge: Badge,
    pub name: String,
    pub href: String,
    pub kind: &'static str,
    pub layer: Option<String>,
    pub owner: Option<String>,
    pub rows: Option<String>,
    /// Figures to sort by.
    pub rows_order: u64,
    pub outcome_order: usize,
    pub broken_order: usize,
    pub broken: String,
    pub checks: String,
    pub strip: Option<Strip>,
}

pub(crate) fn page(ran: &Ran<'_>, exit_code: u8, layout: &Layout<'_>) -> RunPage {
    let run = ran.run;
    let outcome = outcome(ran);
    let mut facts = vec![Fact::new("As of", &run.as_of), Fact::new("Run", &run.id)];
    facts.extend((!run.vars.is_empty()).then(|| Fact::new("Variables", variables(&run.vars))));
    let (broken, more) = broken(layout);
    let occurring: BTreeSet<Outcome> = layout.places.iter().map(Place::outcome).collect();
    let layers: BTreeSet<&String> = run.tables.iter().filter_map(|table| table.layer.as_ref()).collect();
    RunPage {
        title: format!("{} — {}", Badge::from(outcome).word, cut(&run.as_of)),
        badge: outcome.into(),
        conclusion: conclusion(ran),
        remarks: remarks(ran, exit_code),
        notes: run.notes.clone(),
        exit: Exit::of_run(exit_code, ran.changes.is_some()),
        facts,
        tallies: tallies(checks(ran)),
        dimensions: dimensions(checks(ran)),
        broken,
        broken_more: more,
        tables: layout.places.iter().map(place_row).collect(),
        outcomes: occurring.into_iter().rev().map(Badge::from).collect(),
        layers: layers.into_iter().cloned().collect(),
        changes: ran.changes.map(super::changes::view),
        // changes that break are in the page's own conclusion
        changes_conclusion: ran.changes.filter(|changes| changes.exit_code() == 0).map(text::changes::conclusion),
        sections: Vec::new(),
    }
}

/// The worst of the run and of what its changes amount to.
fn outcome(ran: &Ran<'_>) -> Outcome {
    let changes = ran.changes.filter(|changes| changes.exit_code() > 0);
    let changes = changes.map(|changes| super::changes::outcome(changes.exit_code()));
    changes.map_or(ran.run.outcome(), |changes| changes.max(ran.run.outcome()))
}

/// Of the run, and of changes where they break somebody.
fn conclusion(ran: &Ran<'_>) -> String {
    let run = text::conclusion(ran.run);
    let changes = ran.changes.filter(|changes| changes.exit_code() > 0).map(text::changes::conclusion);
    std::iter::once(run.trim_start().to_owned()).chain(changes).collect::<Vec<_>>().join("; ")
}

fn checks<'a>(ran: &Ran<'a>) -> impl Iterator<Item = &'a CheckRecord> {
    ran.run.tables.iter().flat_map(|table| &table.checks)
}

/// `date = 2026-11-20, region = eu`.
fn variables(vars: &[(String, String)]) -> String {
    vars.iter().map(|(name, value)| format!("{name} = {value}")).collect::<Vec<_>>().join(", ")
}

fn remarks(ran: &Ran<'_>, exit_code: u8) -> Vec<String> {
    let mut remarks = Vec::new();
    if ran.fail_on_warn && exit_code == 1 && ran.run.outcome() == Outcome::Warn {
        remarks.push("Warnings break this run (--fail-on warn).".into());
    }
    let pending = checks(ran).filter(|check| check.is_pending()).count();
    if pending > 0 {
        let checks = plural(pending, "check");
        remarks.push(format!("{checks} not confirmed: bad in too few windows yet to break the run."));
    }
    remarks
}

/// How many checks ended how, worst first.
pub(super) fn tallies<'a>(checks: impl Iterator<Item = &'a CheckRecord>) -> Vec<Tally> {
    let mut counts: BTreeMap<Outcome, usize> = BTreeMap::new();
    checks.for_each(|check| *counts.entry(check.verdict.outcome).or_default() += 1);
    let all: usize = counts.values().sum();
    let place = |n: usize| (n as f64 / all as f64 * 1000.0).round() as u32;
    let mut before = 0;
    let tally = |(outcome, n): (Outcome, usize)| {
        let (x, end) = (place(before), place(before + n));
        before += n;
        Tally {
            badge: outcome.into(),
            count: count(n as u64),
            word: counted(outcome, n),
            x,
            // something that is not nothing is seen
            width: (end - x).max(4),
        }
    };
    counts.into_iter().rev().map(tally).collect()
}

fn dimensions<'a>(checks: impl Iterator<Item = &'a CheckRecord>) -> Vec<DimensionRow> {
    let mut counts: BTreeMap<Dimension, BTreeMap<Outcome, u64>> = BTreeMap::new();
    for check in checks {
        *counts.entry(check.dimension).or_default().entry(check.verdict.outcome).or_default() += 1;
    }
    let cell = |counts: &BTreeMap<Outcome, u64>, outcome: Outcome| DimensionCount {
        class: class(outcome),
        sign: Badge::from(outcome).sign,
        count: counts.get(&outcome).map_or(String::new(), |n| count(*n)),
    };
    let row = |(dimension, counts): (Dimension, BTreeMap<Outcome, u64>)| DimensionRow {
        name: dimension_name(dimension),
        counts: WORST_FIRST.into_iter().map(|outcome| cell(&counts, outcome)).collect(),
    };
    counts.into_iter().map(row).collect()
}

/// As it is written in contracts and results.
pub(super) fn dimension_name(dimension: Dimension) -> &'static str {
    match dimension {
        Dimension::Completeness => "completeness",
        Dimension::Uniqueness => "uniqueness",
        Dimension::Validity => "validity",
        Dimension::Timeliness => "timeliness",
        Dimension::Consistency => "consistency",
        Dimension::Volume => "volume",
        Dimension::Schema => "schema",
        Dimension::Drift => "drift",
        Dimension::Performance => "performance",
    }
}

/// Broken checks of all tables and of the newest windows of models, worst first, those of one reason together; and what
/// was left out.
fn broken(layout: &Layout<'_>) -> (Vec<BrokenRow>, Vec<String>) {
    let mut groups: Vec<Broken<'_>> = Vec::new();
    let mut earlier = 0;
    for place in &layout.places {
        for (at, record) in place.records.iter().enumerate() {
            let mut bad = place.numbered(record);
            bad.retain(|(_, check)| is_bad(check.verdict.outcome));
            if at > 0 {
                earlier += bad.len();
                continue;
            }
            let alike = bad.chunk_by(|(_, a), (_, b)| told_together(a, b));
            groups.extend(alike.map(|alike| Broken {
                place,
                record,
                id: alike[0].0.clone(),
                check: alike[0].1,
                n: alike.len(),
            }));
        }
    }
    groups.sort_by_key(|broken| std::cmp::Reverse(broken.check.verdict.outcome));
    let more = groups.iter().skip(BROKEN_SHOWN).map(|broken| broken.n).sum();
    let more = (more > 0).then(|| format!("{}, told with the tables", plural(more, "more check")));
    let earlier = (earlier > 0).then(|| format!("{} in earlier windows", plural(earlier, "check")));
    (groups.iter().take(BROKEN_SHOWN).map(broken_row).collect(), more.into_iter().chain(earlier).collect())
}

/// Checks that are told in one row.
struct Broken<'a> {
    place: &'a Place<'a>,
    record: &'a TableRecord,
    /// Of the element of the first.
    id: String,
    check: &'a CheckRecord,
    n: usize,
}

fn broken_row(broken: &Broken<'_>) -> BrokenRow {
    let Broken { place, record, id, check, n } = broken;
    let window = record.monitor.as_ref().and_then(|monitor| monitor.window.as_ref());
    let window = window.filter(|_| place.records.len() > 1);
    let window = window.map_or(String::new(), |window| format!(" (window {})", window.name));
    let more = if *n > 1 { format!(" and {} more", count(*n as u64 - 1)) } else { String::new() };
    let since = match &check.drift {
        Some(drift) => drift.since.clone(),
        None => place.trend.since(&check.id),
    };
    BrokenRow {
        badge: check.verdict.outcome.into(),
        check: format!("{}{more}", cut(&check.id)),
        href: place.link(id),
        sentence: format!("{}{window}", cut(&text::drift::message(check))),
        table: cut(place.name),
        table_href: place.href.clone(),
        owner: record.owner.clone(),
        since,
    }
}

fn place_row(place: &Place<'_>) -> PlaceRow {
    let newest = place.records[0];
    let window = newest.monitor.as_ref().and_then(|monitor| monitor.window.as_ref());
    let selected = newest.snapshot.as_ref().and_then(|snapshot| snapshot.rows_selected.or(snapshot.rows_total));
    let rows = window.map(|window| window.rows).or(selected);
    PlaceRow {
        badge: place.outcome().into(),
        name: cut(place.name),
        href: place.href.clone(),
        kind: if place.is_model() { "model" } else { "table" },
        layer: newest.layer.clone(),
        owner: newest.owner.clone(),
        rows: rows.map(count),
        rows_order: rows.unwrap_or_default(),
        outcome_order: WORST_FIRST.iter().position(|outcome| *outcome == place.outcome()).unwrap_or_default(),
        broken_order: place.broken(),
        broken: count(place.broken() as u64),
        checks: count(place.checks() as u64),
        strip: place.trend.strip(),
    }
}

impl Exit {
    fn of_run(code: u8, with_changes: bool) -> Self {
        let meaning = match (code, with_changes) {
            (0, false) => "everything passed, or is a warning that does not break",
            (0, true) => "everything passed, and no change of contracts breaks anybody",
            (1, false) => "the data break a contract, or a model drifted",
            (1, true) => "the data break a contract, a model drifted, or a change of contracts breaks somebody",
            (2, _) => "contracts or the project file are invalid; no data were read",
            _ => "something could not be evaluated, or nothing was",
        };
        Exit { code, meaning }
    }

    pub(super) fn of_changes(code: u8) -> Self {
        let meaning = match code {
            0 => "no change breaks anybody, or it is allowed",
            1 => "a change breaks somebody and is not allowed",
            _ => "current data could not answer for a change",
        };
        Exit { code, meaning }
    }
}
