//! The drift page of a monitor: every column with its method, score, limits and p, live against baseline, over time.

use std::io;

use assay_core::history::History;
use assay_core::ops::Millis;
use assay_core::ops::runs::Run;
use assay_core::run::RunRecord;
use serde::Serialize;

use super::document::{About, Head};
use super::frame::{Frame, Place};
use super::page;
use super::section::section;
use crate::formats::html::view::Badge;
use crate::formats::html::view::check::CheckView;
use crate::formats::html::view::section::Section;

/// The drift of a monitor.
#[derive(Debug, Clone)]
pub struct Drift {
    /// What is known of it without any run.
    pub about: About,
    /// The next instants that it is due at.
    pub next: Vec<Millis>,
    /// Its newest run with a record.
    pub newest: Option<(Run, RunRecord)>,
    /// Why what was recorded could not be read.
    pub unreadable: Option<String>,
    /// The windows before it.
    pub history: History,
    /// Its last runs, newest first.
    pub runs: Vec<Run>,
}

/// The page.
///
/// # Errors
/// A template that cannot be rendered.
pub fn drift(frame: &Frame, of: &Drift) -> io::Result<Vec<u8>> {
    let head = Head::new(&of.about, &of.runs, of.newest.as_ref().map(|(run, _)| run), &of.next, frame.now);
    let title = format!("Drift — {}", head.name);
    let section = of.newest.as_ref().and_then(|(_, record)| section(record, &of.history));
    let view = Page {
        columns: section.as_ref().map_or_else(Vec::new, columns),
        window: section.as_ref().and_then(|section| section.windows.first()).map(|window| window.name.clone()),
        unreadable: of.unreadable.clone(),
        section,
        head,
    };
    page("pages/drift.html", Place::Overview, &title, frame, &view)
}

#[derive(Debug, Serialize)]
struct Page {
    head: Head,
    window: Option<String>,
    columns: Vec<Column>,
    unreadable: Option<String>,
    section: Option<Section>,
}

/// One test of one column.
#[derive(Debug, Serialize)]
struct Column {
    /// Where its figures are, on this page.
    href: String,
    name: String,
    badge: Badge,
    method: String,
    score: String,
    limits: String,
    p: String,
    /// A small curve of its score over windows, as markup.
    spark: Option<String>,
}

fn columns(section: &Section) -> Vec<Column> {
    let Some(window) = section.windows.first() else { return Vec::new() };
    let checks = window.whole.iter().chain(&window.checks).chain(&window.quiet);
    checks.flat_map(tests).collect()
}

fn tests(check: &CheckView) -> Vec<Column> {
    let row = |badge: &Badge, method: &str| Column {
        href: format!("#{}", check.id),
        name: check.name.clone(),
        badge: badge.clone(),
        method: method.to_owned(),
        score: String::new(),
        limits: String::new(),
        p: String::new(),
        spark: None,
    };
    let tests = check.drift.as_ref().map_or(&[][..], |drift| drift.tests.as_slice());
    let mut rows: Vec<Column> = tests
        .iter()
        .map(|test| Column {
            score: test.effect.clone(),
            limits: test.limits.clone(),
            p: test.adjusted_p.clone(),
            ..row(&test.badge, &test.name)
        })
        .collect();
    if rows.is_empty() {
        rows.push(row(&check.badge, ""));
    }
    rows[0].spark = check.spark.clone();
    rows
}
