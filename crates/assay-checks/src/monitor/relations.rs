//! Relations between columns: correlations of pairs, the covariance of all.

use std::collections::BTreeSet;

use assay_core::check::Table;
use assay_core::drift::baseline::{Baseline, BaselinePair};
use assay_core::drift::live::Pair;
use assay_core::drift::monitor::{self, Monitor};
use assay_core::drift::state::WindowState;
use assay_core::metric::Column;
use assay_stats::drift::covariance::{Components, Reconstruction};
use assay_stats::drift::{Drift, NotComputed, correlation};

use crate::common::quoted;
use crate::monitor::plan::{Prepared, Stop, Watched};

/// Pairs of columns whose correlation is watched.
#[derive(Debug, Default)]
pub struct Pairs<'a> {
    /// The pairs, in the order they are judged in.
    pub watched: Vec<WatchedPair<'a>>,
}

/// A pair of columns.
#[derive(Debug)]
pub struct WatchedPair<'a> {
    /// The names, as the monitor or the baseline has them.
    pub names: (String, String),
    /// The baseline's pair and the live columns; why it cannot be compared.
    pub found: Result<(&'a BaselinePair, (Column, Column)), Stop>,
}

impl WatchedPair<'_> {
    /// `correlation.a+b`.
    pub fn id(&self) -> String {
        format!("correlation.{}+{}", quoted(&self.names.0), quoted(&self.names.1))
    }
}

impl Pairs<'_> {
    /// What to count of live rows: the pairs that were found.
    pub(super) fn specs(&self) -> Vec<Pair> {
        let found = self.watched.iter().filter_map(|pair| pair.found.as_ref().ok());
        let spec = |(base, live): &(&BaselinePair, (Column, Column))| Pair {
            x: (live.0.clone(), base.x.1),
            y: (live.1.clone(), base.y.1),
        };
        found.map(spec).collect()
    }
}

/// Chooses the pairs: those the monitor names, or those of largest correlation in the baseline among watched columns.
pub(super) fn prepare_pairs<'a>(
    monitor: &Monitor,
    baseline: &'a Baseline,
    table: &Table,
    columns: &[Watched<'_>],
) -> Pairs<'a> {
    let Some(correlations) = &monitor.correlations else { return Pairs::default() };
    let watched = match &correlations.pairs {
        monitor::Pairs::Named(named) => {
            named.iter().map(|(a, b)| (a.clone(), b.clone(), find(baseline, a, b))).collect()
        }
        monitor::Pairs::Top(top) => {
            let chosen = strongest(baseline, columns, *top as usize);
            chosen.into_iter().map(|pair| (pair.x.0.clone(), pair.y.0.clone(), Some(pair))).collect::<Vec<_>>()
        }
    };
    let place = |(a, b, base): (String, String, Option<&'a BaselinePair>)| {
        let found = base
            .ok_or_else(|| {
                Stop::error("not_in_baseline", format!("the baseline holds no pair of the numbers `{a}` and `{b}`"))
            })
            .and_then(|base| Ok((base, (number(table, &base.x.0)?, number(table, &base.y.0)?))));
        WatchedPair { names: (a, b), found }
    };
    Pairs { watched: watched.into_iter().map(place).collect() }
}

fn find<'a>(baseline: &'a Baseline, a: &str, b: &str) -> Option<&'a BaselinePair> {
    baseline.pairs.iter().find(|pair| {
        let (x, y) = (pair.x.0.as_str(), pair.y.0.as_str());
        (x, y) == (a, b) || (x, y) == (b, a)
    })
}

/// The pairs of largest |r|, ties in the baseline's order.
fn strongest<'a>(baseline: &'a Baseline, columns: &[Watched<'_>], top: usize) -> Vec<&'a BaselinePair> {
    let features = columns.iter().filter(|column| !column.is_prediction);
    let names: BTreeSet<&str> = features.filter_map(|column| column.base).map(|base| base.name.as_str()).collect();
    let watched = |pair: &&BaselinePair| names.contains(pair.x.0.as_str()) && names.contains(pair.y.0.as_str());
    let mut pairs: Vec<(f64, &BaselinePair)> =
        baseline.pairs.iter().filter(watched).filter_map(|pair| Some((pair.moments.r()?.abs(), pair))).collect();
    // stable: equal ones stay in the baseline's order
    pairs.sort_by(|a, b| b.0.total_cmp(&a.0));
    pairs.into_iter().take(top).map(|(_, pair)| pair).collect()
}

/// A live column that is a number.
fn number(table: &Table, name: &str) -> Result<Column, Stop> {
    let found = table.column(name)?;
    if found.ty.is_numeric() {
        return Ok(found.column);
    }
    let text = format!("type changed: `{name}` was a number in the baseline and is {} now", found.ty);
    Err(Stop::error("type_changed", text))
}

/// Compares the pairs with a window: for each pair what was found.
pub(super) fn compare_pairs(
    prepared: &Prepared<'_>,
    state: &WindowState,
) -> Vec<Result<Result<Drift, NotComputed>, Stop>> {
    let mut counted = state.pairs.iter();
    let mut compare = |base: &BaselinePair| match counted.next() {
        Some(live) => correlation::compare(&base.moments, live),
        None => Err(NotComputed { code: "not_counted", text: "the pair was not counted in this window".into() }),
    };
    let pairs = prepared.pairs.watched.iter();
    pairs.map(|pair| pair.found.as_ref().map(|(base, _)| compare(base)).map_err(Stop::clone)).collect()
}

/// Compares the covariance of all numeric columns; `None` where the monitor does not ask for it.
pub(super) fn compare_covariance(
    prepared: &Prepared<'_>,
    state: &WindowState,
) -> Option<Result<Result<Drift, NotComputed>, Stop>> {
    let asked = prepared.monitor.covariance.as_ref()?;
    let base = match prepared.covariance.as_ref()? {
        Ok(_) => prepared.baseline.covariance.as_ref()?,
        Err(stop) => return Some(Err(stop.clone())),
    };
    let components = match asked.components {
        monitor::Components::Share(share) => Components::Share(share),
        monitor::Components::Count(count) => Components::Count(count as usize),
    };
    let not_counted = || NotComputed { code: "not_counted", text: "the columns were not counted together".into() };
    let compared = Reconstruction::new(base.fit.clone(), &base.chunks, components)
        .and_then(|fitted| fitted.compare(state.matrix.as_ref().ok_or_else(not_counted)?));
    Some(Ok(compared))
}
