//! Which tables and models there are, in the order of pages, and how they are linked.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use assay_core::run::{CheckRecord, TableRecord};
use assay_core::verdict::Outcome;

use super::super::files::Files;
use super::is_bad;
use super::trend::Trend;
use crate::Ran;

/// All places of a report, worst first.
pub(crate) struct Layout<'a> {
    pub places: Vec<Place<'a>>,
}

/// A table or model.
pub(crate) struct Place<'a> {
    pub name: &'a str,
    /// What its elements' ids begin with.
    pub id: String,
    /// Its file, where it has one.
    pub path: String,
    /// How the run's page links to it.
    pub href: String,
    /// One record of a table; of a model one for each window, newest first.
    pub records: Vec<&'a TableRecord>,
    /// Beside what came before.
    pub trend: Trend<'a>,
}

impl<'a> Layout<'a> {
    /// All in one file.
    pub fn file(ran: &Ran<'a>) -> Self {
        let mut places = places(ran);
        for place in &mut places {
            place.href = format!("#{}", place.id);
        }
        Layout { places }
    }

    /// A file for each.
    pub fn folder(ran: &Ran<'a>) -> Self {
        let mut places = places(ran);
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

    /// How the run's page links to an element of it.
    pub fn link(&self, id: &str) -> String {
        format!("{}#{id}", self.path)
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

fn places<'a>(ran: &Ran<'a>) -> Vec<Place<'a>> {
    let mut known: BTreeMap<(&str, bool), usize> = BTreeMap::new();
    let mut grouped: Vec<Vec<&'a TableRecord>> = Vec::new();
    for record in &ran.run.tables {
        let at = *known.entry((&record.table, record.monitor.is_some())).or_insert_with(|| {
            grouped.push(Vec::new());
            grouped.len() - 1
        });
        grouped[at].push(record);
    }
    let mut places: Vec<Place<'_>> = grouped.into_iter().map(|records| place(ran, records)).collect();
    places.sort_by_cached_key(|place| Reverse((place.outcome(), place.broken())));
    for (at, place) in places.iter_mut().enumerate() {
        place.id = format!("t{}", at + 1);
    }
    places
}

fn place<'a>(ran: &Ran<'a>, mut records: Vec<&'a TableRecord>) -> Place<'a> {
    records.reverse();
    records.sort_by(|a, b| start(b).cmp(start(a)));
    let trend = Trend::of(ran, &records);
    Place { name: &records[0].table, id: String::new(), path: String::new(), href: String::new(), records, trend }
}

/// Civil time of the window's beginning; windows that are not of time stay in the order of the run.
fn start(record: &TableRecord) -> &str {
    const CIVIL: usize = "2026-11-20T00:00:00".len();
    let window = record.monitor.as_ref().and_then(|monitor| monitor.window.as_ref());
    let start = window.and_then(|window| window.start.as_deref()).unwrap_or_default();
    start.get(..CIVIL).unwrap_or(start)
}
