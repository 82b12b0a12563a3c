//! What earlier runs and windows concluded, beside this one.

use std::borrow::Cow;
use std::collections::BTreeMap;

use assay_core::history::{FAILING, OBSERVED, Point, PointCheck};
use assay_core::run::{CheckRecord, TableRecord};
use assay_core::verdict::Outcome;
use assay_stats::drift::Limits;
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
pub(crate) type Moments = Vec<(String, Option<f64>, Outcome)>;

/// Earlier points of a table or model and this run's, oldest first.
pub(crate) struct Trend<'a> {
    points: Vec<Cow<'a, Point>>,
    /// Where each check of this run stands: the point, and the check in it.
    checks: BTreeMap<&'a str, Vec<(usize, usize)>>,
    /// The test that each check of a model is followed by, with its limits, from the newest window that has its figure.
    scores: BTreeMap<&'a str, (&'a str, Option<Limits>)>,
    noun: &'static str,
}

/// One sign for each run, oldest first.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct Strip {
    /// `last 12 runs`.
    pub label: String,
    /// `last 12 runs, oldest first: 10 passed, 2 broken`.
    pub text: String,
    pub marks: Vec<Mark>,
}

/// Neighbouring runs that ended alike.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct Mark {
    pub class: &'static str,
    pub signs: String,
}

impl<'a> Trend<'a> {
    /// Of the records of one table or model, newest first.
    pub fn of(ran: &Ran<'a>, records: &[&'a TableRecord]) -> Self {
        let past = records.first().map_or(&[][..], |newest| ran.past(&newest.table));
        let past = &past[past.len().saturating_sub(POINTS)..];
        // windows of this run before its newest are remembered already, where anything is
        let of_run = if past.is_empty() { records } else { &records[..1] };
        let now = of_run.iter().rev().map(|record| Cow::Owned(Point::of(record, &ran.run.as_of)));
        let points: Vec<Cow<'a, Point>> = past.iter().map(Cow::Borrowed).chain(now).collect();
        let ids = records.iter().flat_map(|record| &record.checks).map(|check| (check.id.as_str(), Vec::new()));
        let mut checks: BTreeMap<&'a str, Vec<(usize, usize)>> = ids.collect();
        for (at, point) in points.iter().enumerate() {
            for (place, check) in point.checks.iter().enumerate() {
                checks.get_mut(check.id.as_str()).into_iter().for_each(|places| places.push((at, place)));
            }
        }
        let mut scores = BTreeMap::new();
        for check in records.iter().flat_map(|record| &record.checks) {
            let test = check.drift.as_ref().and_then(|drift| deciding_most(&drift.tests));
            if let Some(test) = test.filter(|test| test.effect.is_some()) {
                scores.entry(check.id.as_str()).or_insert((test.test.as_str(), test.limits));
            }
        }
        let is_model = records.iter().any(|record| record.monitor.is_some());
        Trend { points, checks, scores, noun: if is_model { "window" } else { "run" } }
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

    /// `2026-11-17T06:00:00Z, 4 runs in a row` of a check that is bad without a good run in between; skipped runs say
    /// neither.
    pub fn since(&self, id: &str) -> Option<String> {
        let evaluated = self.checks(id).rev().filter(|(_, check)| check.outcome != Outcome::Skipped);
        let bad: Vec<&Point> =
            evaluated.take_while(|(_, check)| is_bad(check.outcome)).map(|(point, _)| point).collect();
        let first = bad.last().filter(|_| bad.len() > 1)?;
        Some(format!("{}, {} in a row", first.at, plural(bad.len(), self.noun)))
    }

    /// A figure of a check.
    pub fn figures(&self, id: &str, name: &str) -> Moments {
        newest(self.checks(id).map(|(point, check)| (point.at.clone(), check.figure(name), check.outcome)).collect())
    }

    /// The test that a check of a model is followed by, with its limits: that of this window, else of the last one that
    /// could be evaluated.
    pub fn score(&self, id: &str) -> Option<(&'a str, Option<Limits>)> {
        self.scores.get(id).copied()
    }

    /// Rows, whatever became of the checks.
    pub fn rows(&self) -> Moments {
        let rows = |point: &Point| (point.at.clone(), point.rows.map(|rows| rows as f64), Outcome::Pass);
        newest(self.points.iter().map(|point| rows(point)).collect())
    }

    /// The mean share of present values over these checks of completeness, with the worst of their outcomes.
    pub fn present(&self, ids: &[&str]) -> Moments {
        let mut failing: BTreeMap<&str, (Vec<f64>, Outcome)> = BTreeMap::new();
        for (point, check) in ids.iter().flat_map(|id| self.checks(id)) {
            let (shares, outcome) = failing.entry(&point.at).or_insert((vec![], Outcome::Pass));
            shares.extend(check.figure(FAILING));
            *outcome = check.outcome.max(*outcome);
        }
        let moment = |point: &Point| {
            let (shares, outcome) = failing.get(point.at.as_str())?;
            let mean = shares.iter().sum::<f64>() / shares.len() as f64;
            Some((point.at.clone(), (!shares.is_empty()).then_some(1.0 - mean), *outcome))
        };
        newest(self.points.iter().filter_map(|point| moment(point)).collect())
    }

    fn checks(&self, id: &str) -> impl DoubleEndedIterator<Item = (&Point, &PointCheck)> {
        let places = self.checks.get(id).map_or(&[][..], Vec::as_slice);
        places.iter().map(|(at, place)| (&*self.points[*at], &self.points[*at].checks[*place]))
    }
}

/// The figure that a check is followed by over time.
pub(crate) fn figure_of(check: &CheckRecord) -> String {
    match &check.drift {
        Some(drift) => deciding_most(&drift.tests).map(|test| test.test.clone()).unwrap_or_default(),
        None if check.verdict.observed.is_some() => OBSERVED.into(),
        None => FAILING.into(),
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
