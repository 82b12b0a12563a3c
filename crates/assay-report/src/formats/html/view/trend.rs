//! What earlier runs and windows concluded, beside this one.

use assay_core::history::{FAILING, OBSERVED, Point, PointCheck};
use assay_core::run::{CheckRecord, TableRecord};
use assay_core::verdict::Outcome;
use serde::Serialize;

use super::{WORST_FIRST, class, is_bad};
use crate::Ran;
use crate::drift::deciding_most;
use crate::formats::text::words::{count, counted, plural};

/// Runs shown in a strip, at most.
const STRIP: usize = 30;
/// Points of a curve, at most.
const POINTS: usize = 60;

/// A figure over time: when, what, how it ended; oldest first.
pub(in super::super) type Moments = Vec<(String, Option<f64>, Outcome)>;

/// Earlier points of a table or model and this run's, oldest first.
pub(in super::super) struct Trend {
    pub points: Vec<Point>,
    noun: &'static str,
}

/// One sign for each run, oldest first.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(in super::super) struct Strip {
    /// `last 12 runs`.
    pub label: String,
    /// `last 12 runs, oldest first: 10 passed, 2 broken`.
    pub text: String,
    pub marks: Vec<Mark>,
}

/// Neighbouring runs that ended alike.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(in super::super) struct Mark {
    pub class: &'static str,
    pub signs: String,
}

impl Trend {
    /// Of the records of one table or model, newest first.
    pub fn of(ran: &Ran<'_>, records: &[&TableRecord]) -> Self {
        let Some(newest) = records.first() else { return Trend { points: vec![], noun: "run" } };
        let mut points = ran.past(&newest.table).to_vec();
        points.extend(records.iter().rev().map(|record| Point::of(record, &ran.run.as_of)));
        let noun = if newest.monitor.is_some() { "window" } else { "run" };
        Trend { points, noun }
    }

    /// Up to the window of a record: what came later is left out.
    pub fn until(&self, record: &TableRecord, as_of: &str) -> Trend {
        let at = Point::of(record, as_of).at;
        let end = self.points.iter().rposition(|point| point.at == at).map_or(self.points.len(), |at| at + 1);
        Trend { points: self.points[..end].to_vec(), noun: self.noun }
    }

    /// How the whole ended; `None` without a past.
    pub fn strip(&self) -> Option<Strip> {
        let outcomes: Vec<Outcome> = self.points.iter().map(|point| point.outcome).collect();
        strip(&outcomes, self.noun)
    }

    /// How a check ended.
    pub fn strip_of(&self, id: &str) -> Option<Strip> {
        let outcomes: Vec<Outcome> = self.checks(id).map(|(_, check)| check.outcome).collect();
        strip(&outcomes, self.noun)
    }

    /// `2026-11-17T06:00:00Z, 4 runs ago` of a check that is bad without a good run in between; skipped runs say
    /// neither.
    pub fn since(&self, id: &str) -> Option<String> {
        let known: Vec<_> = self.checks(id).filter(|(_, check)| check.outcome != Outcome::Skipped).collect();
        let bad = known.iter().rev().take_while(|(_, check)| is_bad(check.outcome)).count();
        let (first, _) = known.get(known.len().checked_sub(bad)?)?;
        (bad > 1).then(|| format!("{}, {} in a row", first.at, plural(bad, self.noun)))
    }

    /// A figure of a check.
    pub fn figures(&self, id: &str, name: &str) -> Moments {
        newest(self.checks(id).map(|(point, check)| (point.at.clone(), check.figure(name), check.outcome)).collect())
    }

    /// Rows, whatever became of the checks.
    pub fn rows(&self) -> Moments {
        let rows = |point: &Point| (point.at.clone(), point.rows.map(|rows| rows as f64), Outcome::Pass);
        newest(self.points.iter().map(rows).collect())
    }

    /// The mean share of present values over these checks of completeness, with the worst of their outcomes.
    pub fn present(&self, ids: &[&str]) -> Moments {
        let moment = |point: &Point| {
            let checks: Vec<&PointCheck> =
                point.checks.iter().filter(|check| ids.contains(&check.id.as_str())).collect();
            let failing: Vec<f64> = checks.iter().filter_map(|check| check.figure(FAILING)).collect();
            let mean = failing.iter().sum::<f64>() / failing.len() as f64;
            let outcome = checks.iter().map(|check| check.outcome).max().unwrap_or(Outcome::Skipped);
            (point.at.clone(), (!failing.is_empty()).then_some(1.0 - mean), outcome)
        };
        newest(self.points.iter().map(moment).collect())
    }

    fn checks<'a>(&'a self, id: &'a str) -> impl Iterator<Item = (&'a Point, &'a PointCheck)> {
        self.points.iter().filter_map(move |point| {
            let check = point.checks.iter().find(|check| check.id == id)?;
            Some((point, check))
        })
    }
}

/// The figure that a check is followed by over time.
pub(in super::super) fn figure_of(check: &CheckRecord) -> String {
    match &check.drift {
        Some(drift) => deciding_most(&drift.tests).map(|test| test.test.clone()).unwrap_or_default(),
        None if check.verdict.tested.is_some() => FAILING.into(),
        None => OBSERVED.into(),
    }
}

fn newest(mut points: Moments) -> Moments {
    points.drain(..points.len().saturating_sub(POINTS));
    points
}

fn strip(outcomes: &[Outcome], noun: &str) -> Option<Strip> {
    if outcomes.len() < 2 {
        return None;
    }
    let shown = &outcomes[outcomes.len().saturating_sub(STRIP)..];
    let tally = |outcome: Outcome| {
        let n = shown.iter().filter(|known| **known == outcome).count();
        (n > 0).then(|| format!("{} {}", count(n as u64), counted(outcome, n)))
    };
    let tallies: Vec<String> = WORST_FIRST.into_iter().filter_map(tally).collect();
    let label = format!("last {}", plural(shown.len(), noun));
    let text = format!("{label}, oldest first: {}", tallies.join(", "));
    let mark = |outcomes: &[Outcome]| {
        let sign = super::Badge::from(outcomes[0]).sign;
        Mark { class: class(outcomes[0]), signs: sign.repeat(outcomes.len()) }
    };
    Some(Strip { label, text, marks: shown.chunk_by(PartialEq::eq).map(mark).collect() })
}
