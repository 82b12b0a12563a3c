//! What of a live table can be compared with a baseline, and by which tests: columns are matched by name, their types
//! are compared, what a column is tested as is decided. A column that cannot be compared is told alone.

use std::collections::{BTreeMap, BTreeSet};

use assay_core::check::{Found, Table};
use assay_core::drift::baseline::{Baseline, BaselineColumn, SegmentId};
use assay_core::drift::monitor::{Monitor, MonitoredColumn, Task, TestLimits};
use assay_core::metric::Column;
use assay_core::problem::Place;
use assay_core::types::Type;
use assay_core::verdict::{NotRun, Outcome, Reason};
use assay_stats::drift::{ColumnKind, registry};

use crate::common::quoted;
use crate::monitor::relations::{Pairs, prepare_pairs};
use crate::monitor::segments::{Division, prepare_divisions};

/// A monitor beside a baseline and a live table.
#[derive(Debug)]
pub struct Prepared<'a> {
    /// The monitor.
    pub monitor: &'a Monitor,
    /// What live rows are compared with.
    pub baseline: &'a Baseline,
    /// The watched columns: the monitor's in its order, the baseline's others in theirs, the prediction last.
    pub columns: Vec<Watched<'a>>,
    /// The segmentations, in the monitor's order.
    pub divisions: Vec<Division<'a>>,
    /// Pairs of columns whose correlation is watched.
    pub pairs: Pairs<'a>,
    /// The columns of the covariance; why it cannot be compared. `None`: not asked for.
    pub covariance: Option<Result<Vec<Column>, Stop>>,
    /// Things worth knowing: columns that the baseline does not hold.
    pub notes: Vec<String>,
    /// The profiles of segments.
    pub(super) of_segments: BTreeMap<(SegmentId, &'a str), &'a BaselineColumn>,
}

/// Why something was not compared, and how that ends it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stop {
    /// Fail, skipped or error.
    pub outcome: Outcome,
    /// Why.
    pub reason: Reason,
}

/// A watched column.
#[derive(Debug)]
pub struct Watched<'a> {
    /// Its name, as the monitor or the baseline has it.
    pub name: String,
    /// Whether it is the prediction, which is not among the columns of the data set.
    pub is_prediction: bool,
    /// Its profile over all rows.
    pub base: Option<&'a BaselineColumn>,
    /// What it is tested as.
    pub kind: ColumnKind,
    /// The tests that decide, with their limits.
    pub tests: Vec<TestLimits>,
    /// Its weight, where the monitor gives one.
    pub importance: Option<f64>,
    /// Where it is written.
    pub at: Place,
    /// The column in the live table; `None` where there is none.
    pub live: Option<Column>,
    /// Why it cannot be compared.
    pub stop: Option<Stop>,
    /// A column found under other case.
    pub notes: Vec<String>,
}

impl Stop {
    /// Something is wrong.
    pub fn error(code: &str, text: impl Into<String>) -> Self {
        Stop { outcome: Outcome::Error, reason: Reason { code: code.into(), text: text.into() } }
    }

    /// On purpose.
    pub fn skipped(code: &str, text: impl Into<String>) -> Self {
        Stop { outcome: Outcome::Skipped, reason: Reason { code: code.into(), text: text.into() } }
    }
}

impl From<NotRun> for Stop {
    fn from(why: NotRun) -> Self {
        match why {
            NotRun::Skipped(reason) => Stop { outcome: Outcome::Skipped, reason },
            NotRun::Error(reason) => Stop { outcome: Outcome::Error, reason },
        }
    }
}

impl Watched<'_> {
    /// `drift.city_id`.
    pub fn id(&self) -> String {
        format!("drift.{}", quoted(&self.name))
    }
}

/// A column as it is asked for.
struct Asked<'m> {
    name: &'m str,
    named: Option<&'m MonitoredColumn>,
    tests: Option<&'m [TestLimits]>,
    kind: Option<ColumnKind>,
    at: &'m Place,
}

/// Sets a monitor, a baseline and a live table beside each other.
pub fn prepare<'a>(monitor: &'a Monitor, baseline: &'a Baseline, table: &Table) -> Prepared<'a> {
    let named = |name: &str| monitor.columns.iter().find(|column| column.name == name);
    let prediction = monitor.prediction.as_ref();
    let mut asked: Vec<Asked<'a>> = Vec::new();
    for column in &monitor.columns {
        if prediction.is_none_or(|prediction| prediction.column != column.name) {
            let tests = column.tests.as_deref();
            asked.push(Asked { name: &column.name, named: Some(column), tests, kind: None, at: &column.at });
        }
    }
    if monitor.watch_all {
        let others = unnamed(monitor, baseline);
        asked.extend(others.map(|name| Asked { name, named: None, tests: None, kind: None, at: &monitor.at }));
    }
    let mut columns: Vec<Watched<'a>> =
        asked.into_iter().map(|column| watched(monitor, baseline, table, column)).collect();
    if let Some(prediction) = prediction {
        let named = named(&prediction.column);
        let own = prediction.tests.as_deref().or(named.and_then(|column| column.tests.as_deref()));
        // classes are categories, also where they are written as numbers
        let kind = matches!(prediction.task, Task::Classification { .. }).then_some(ColumnKind::Categorical);
        let asked = Asked { name: &prediction.column, named, tests: own, kind, at: &prediction.at };
        columns.push(Watched { is_prediction: true, ..watched(monitor, baseline, table, asked) });
    }
    let divisions = prepare_divisions(monitor, baseline, table);
    let pairs = prepare_pairs(monitor, baseline, table, &columns);
    let covariance = monitor.covariance.as_ref().map(|_| covariance(baseline, table));
    let notes = new_columns(monitor, baseline, table);
    let segmented =
        baseline.columns.iter().filter_map(|column| Some(((column.segment?, column.name.as_str()), column)));
    let of_segments = segmented.collect();
    Prepared { monitor, baseline, columns, divisions, pairs, covariance, notes, of_segments }
}

/// Columns of the baseline that are watched though the monitor does not name them.
fn unnamed<'a>(monitor: &'a Monitor, baseline: &'a Baseline) -> impl Iterator<Item = &'a str> {
    let target = baseline.target.as_ref().map(|target| target.column.as_str());
    let profiles = monitor.columns.iter().filter_map(|column| profile(baseline, &column.name));
    let named: BTreeSet<&str> = profiles.map(|base| base.name.as_str()).collect();
    let out = left_out(monitor, baseline.whole().map(|column| column.name.as_str()));
    baseline
        .whole()
        .map(|column| column.name.as_str())
        .filter(move |name| !named.contains(name) && Some(*name) != target && !out.contains(name))
}

/// Of these columns those that are excluded or are no feature: time, id, prediction. Each name stands for the column of
/// this name, else for the only one without regard to case.
pub(super) fn left_out<'c>(monitor: &Monitor, columns: impl Iterator<Item = &'c str>) -> BTreeSet<&'c str> {
    let columns: Vec<&str> = columns.collect();
    let time = monitor.timestamp.as_ref().map(|timestamp| timestamp.column.as_str());
    let prediction = monitor.prediction.as_ref().map(|prediction| prediction.column.as_str());
    let excluded = monitor.exclude.iter().map(String::as_str);
    let names = excluded.chain(time).chain(monitor.id.as_deref()).chain(prediction);
    let find = |name: &str| {
        let mut alike = columns.iter().filter(|column| column.to_lowercase() == name.to_lowercase());
        let exact = columns.iter().find(|column| **column == name);
        exact.or_else(|| alike.next().filter(|_| alike.next().is_none())).copied()
    };
    names.filter_map(find).collect()
}

fn watched<'a>(monitor: &Monitor, baseline: &'a Baseline, table: &Table, asked: Asked<'_>) -> Watched<'a> {
    let base = profile(baseline, asked.name);
    let kind = kind_of(asked.kind.or(asked.named.and_then(|column| column.kind)), asked.tests, base);
    let mut column = Watched {
        name: asked.name.to_owned(),
        is_prediction: false,
        base,
        kind,
        tests: match base.is_some_and(is_unprofiled) {
            true => asked.tests.map_or_else(|| monitor.defaults.missing.iter().cloned().collect(), <[_]>::to_vec),
            false => deciding(monitor, kind, asked.tests),
        },
        importance: asked.named.and_then(|column| column.importance),
        at: asked.at.clone(),
        live: None,
        stop: None,
        notes: Vec::new(),
    };
    match table.column(asked.name) {
        Ok(Found { column: live, ty, note }) => {
            column.live = Some(live);
            column.notes.extend(note);
            column.stop = comparable(&column, &ty);
        }
        Err(NotRun::Skipped(reason)) => {
            // the column is not there
            let optional = asked.named.is_some_and(|column| column.optional);
            column.stop = Some(Stop { outcome: if optional { Outcome::Skipped } else { Outcome::Fail }, reason });
        }
        Err(other) => column.stop = Some(other.into()),
    }
    column
}

/// The profile of a column: exact name first, else the only one without regard to case.
fn profile<'a>(baseline: &'a Baseline, name: &str) -> Option<&'a BaselineColumn> {
    let mut alike = baseline.whole().filter(|column| column.name.to_lowercase() == name.to_lowercase());
    baseline.column(name).or_else(|| alike.next().filter(|_| alike.next().is_none()))
}

/// What a column is tested as: as the monitor says, as its own tests ask, else as the baseline has it.
pub(super) fn kind_of(
    said: Option<ColumnKind>,
    own: Option<&[TestLimits]>,
    base: Option<&BaselineColumn>,
) -> ColumnKind {
    let only = |kind: ColumnKind, other: ColumnKind| {
        own.into_iter()
            .flatten()
            .any(|test| registry::find(test.test).is_some_and(|test| test.applies_to(kind) && !test.applies_to(other)))
    };
    if let Some(kind) = said {
        kind
    } else if only(ColumnKind::Numeric, ColumnKind::Categorical) {
        ColumnKind::Numeric
    } else if only(ColumnKind::Categorical, ColumnKind::Numeric) {
        ColumnKind::Categorical
    } else {
        base.map_or(ColumnKind::Numeric, |base| base.role)
    }
}

/// The deciding tests: the column's own, or the defaults of its kind; `missing` always.
fn deciding(monitor: &Monitor, kind: ColumnKind, own: Option<&[TestLimits]>) -> Vec<TestLimits> {
    let defaults = match kind {
        ColumnKind::Numeric => &monitor.defaults.numeric,
        ColumnKind::Categorical => &monitor.defaults.categorical,
    };
    let mut tests = own.map_or_else(|| defaults.clone(), <[TestLimits]>::to_vec);
    if !tests.iter().any(|test| test.test == "missing") {
        tests.extend(monitor.defaults.missing.clone());
    }
    tests
}

/// Why a column that is in the live table cannot be compared with its profile.
fn comparable(column: &Watched<'_>, ty: &Type) -> Option<Stop> {
    let name = &column.name;
    let Some(base) = column.base else {
        return Some(Stop::error("not_in_baseline", format!("the baseline holds no column `{name}`")));
    };
    if is_unprofiled(base) {
        // nested values have neither order nor categories; their missing cells are compared
        return None;
    }
    match column.kind {
        ColumnKind::Numeric if base.numeric.is_none() => {
            let text = format!("the baseline holds `{name}` by category alone, as {}: it has no order", base.dtype);
            return Some(Stop::error("not_in_baseline", text));
        }
        ColumnKind::Categorical if base.categories.is_none() => {
            let text = format!(
                "the baseline holds `{name}` by order alone: create it with `{name}` as a category, or test it as a number"
            );
            return Some(Stop::error("not_in_baseline", text));
        }
        ColumnKind::Numeric | ColumnKind::Categorical => {}
    }
    let before = Type::parse(&base.dtype).ok()?;
    let changed = match column.kind {
        ColumnKind::Numeric => !ty.is_numeric() && *ty != Type::Null,
        ColumnKind::Categorical => matches!((sort(&before), sort(ty)), (Some(a), Some(b)) if a != b),
    };
    changed.then(|| {
        let text = format!("type changed: `{name}` was {before} in the baseline and is {ty} now");
        Stop::error("type_changed", text)
    })
}

/// Whether a profile holds nothing but how many cells are missing.
pub(super) fn is_unprofiled(base: &BaselineColumn) -> bool {
    base.numeric.is_none() && base.categories.is_none()
}

/// Types whose categories can be equal; `None`: any.
fn sort(ty: &Type) -> Option<&'static str> {
    match ty {
        Type::Bool => Some("bool"),
        ty if ty.is_numeric() => Some("number"),
        Type::String | Type::Uuid | Type::Json => Some("text"),
        Type::Date | Type::Timestamp | Type::TimestampZoned(_) | Type::Time | Type::Duration => Some("time"),
        Type::Binary(_) => Some("binary"),
        Type::List(_) | Type::Struct | Type::Map(..) => Some("nested"),
        _ => None,
    }
}

fn covariance(baseline: &Baseline, table: &Table) -> Result<Vec<Column>, Stop> {
    let Some(covariance) = &baseline.covariance else {
        let text = "the baseline holds no covariance: create it with `--covariance`";
        return Err(Stop::error("not_in_baseline", text));
    };
    let numeric = |name: &String| -> Result<Column, Stop> {
        let found = table.column(name)?;
        if found.ty.is_numeric() {
            return Ok(found.column);
        }
        let text = format!("type changed: `{name}` was a number in the baseline and is {} now", found.ty);
        Err(Stop::error("type_changed", text))
    };
    covariance.columns.iter().map(|(name, _)| numeric(name)).collect()
}

/// Live columns that the baseline does not hold, which nothing watches.
fn new_columns(monitor: &Monitor, baseline: &Baseline, table: &Table) -> Vec<String> {
    const SHOWN: usize = 10;
    let known = |name: &str| baseline.whole().any(|column| column.name.eq_ignore_ascii_case(name));
    let live = table.snapshot.columns.iter().map(|column| column.name.as_str());
    let out = left_out(monitor, live.clone());
    let new: Vec<&str> = live.filter(|name| !known(name) && !out.contains(name)).collect();
    if new.is_empty() || !monitor.watch_all {
        return Vec::new();
    }
    let more = if new.len() > SHOWN { ", .." } else { "" };
    let names = new[..new.len().min(SHOWN)].join(", ");
    vec![format!("columns that are not in the baseline are not watched ({}): {names}{more}", new.len())]
}
