//! Which tables and models there are, in the order of pages, and how they are linked.

use std::cmp::Reverse;

use assay_core::run::{CheckRecord, RunRecord, TableRecord};
use assay_core::verdict::Outcome;

use super::super::files::Files;
use super::is_bad;

/// All places of a report, worst first.
pub(in super::super) struct Layout<'a> {
    pub places: Vec<Place<'a>>,
}

/// A table or model.
pub(in super::super) struct Place<'a> {
    pub name: &'a str,
    /// What its elements' ids begin with.
    pub id: String,
    /// Its file, where it has one.
    pub path: String,
    /// How the run's page links to it.
    pub href: String,
    /// One record of a table; of a model one for each window, newest first.
    pub records: Vec<&'a TableRecord>,
}

impl<'a> Layout<'a> {
    /// All in one file.
    pub fn file(run: &'a RunRecord) -> Self {
        let mut places = places(run);
        for place in &mut places {
            place.href = format!("#{}", place.id);
        }
        Layout { places }
    }

    /// A file for each.
    pub fn folder(run: &'a RunRecord) -> Self {
        let mut places = places(run);
        let mut files = Files::default();
        for place in &mut places {
            let folder = if place.is_model() { "models" } else { "tables" };
            place.path = files.file(folder, place.name);
            place.href = place.path.clone();
        }
        Layout { places }
    }
}

impl Place<'_> {
    pub fn is_model(&self) -> bool {
        self.records.iter().any(|record| record.monitor.is_some())
    }

    pub fn outcome(&self) -> Outcome {
        self.records.iter().map(|record| record.outcome()).max().unwrap_or(Outcome::Skipped)
    }

    pub fn broken(&self) -> usize {
        let checks = self.records.iter().flat_map(|record| &record.checks);
        checks.filter(|check| is_bad(check.verdict.outcome)).count()
    }

    /// Checks of one of its records, with the ids of their elements.
    pub fn numbered<'r>(&self, record: &'r TableRecord) -> Vec<(String, &'r CheckRecord)> {
        let prefix = self.prefix(record);
        record.checks.iter().enumerate().map(|(at, check)| (format!("{prefix}c{}", at + 1), check)).collect()
    }

    /// How the run's page links to a check.
    pub fn check_href(&self, record: &TableRecord, check: &CheckRecord) -> String {
        let at = record.checks.iter().position(|known| std::ptr::eq(known, check)).unwrap_or_default();
        format!("{}#{}c{}", self.path, self.prefix(record), at + 1)
    }

    /// What ids of a record's elements begin with; windows before the newest have their number.
    pub fn prefix(&self, record: &TableRecord) -> String {
        match self.records.iter().position(|known| std::ptr::eq(*known, record)) {
            None | Some(0) => format!("{}-", self.id),
            Some(at) => format!("{}-w{}-", self.id, at + 1),
        }
    }

    pub fn checks(&self) -> usize {
        self.records.iter().map(|record| record.checks.len()).sum()
    }
}

fn places(run: &RunRecord) -> Vec<Place<'_>> {
    let mut places: Vec<Place<'_>> = Vec::new();
    let mut known: std::collections::BTreeMap<(&str, bool), usize> = std::collections::BTreeMap::new();
    for record in &run.tables {
        let at = *known.entry((&record.table, record.monitor.is_some())).or_insert_with(|| {
            let (id, path, href) = Default::default();
            places.push(Place { name: &record.table, id, path, href, records: Vec::new() });
            places.len() - 1
        });
        places[at].records.push(record);
    }
    places.sort_by_cached_key(|place| Reverse((place.outcome(), place.broken())));
    for (at, place) in places.iter_mut().enumerate() {
        place.id = format!("t{}", at + 1);
        place.records.reverse();
        place.records.sort_by(|a, b| start(b).cmp(start(a)));
    }
    places
}

/// Civil time of the window's beginning; windows that are not of time stay in the order of the run.
fn start(record: &TableRecord) -> &str {
    const CIVIL: usize = "2026-11-20T00:00:00".len();
    let window = record.monitor.as_ref().and_then(|monitor| monitor.window.as_ref());
    let start = window.and_then(|window| window.start.as_deref()).unwrap_or_default();
    start.get(..CIVIL).unwrap_or(start)
}
