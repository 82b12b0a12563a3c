//! # freshness
//!
//! ## What it checks
//! The newest value of a date or timestamp column is not older than `max_age`, and does not lie in the future.
//!
//! ## Why it matters
//! A feed that stops leaves a table that looks perfect and is a week old.
//!
//! ## Parameters
//! - `column`: the column.
//! - `max_age`: how old its newest value may be, `6h`, or a pair `{warn: 2h, fail: 6h}`. Units: `s m h d w`; `m` is
//!   minutes, a day has 24 hours.
//! - `where`, `rows`, `severity`, `id`, `why`, `tags`, `on_empty`: as everywhere.
//!
//! ## Example
//! ```yaml
//! columns:
//!   created_at: {type: timestamp, timezone: Europe/Berlin}
//! checks:
//!   - freshness: {column: created_at, max_age: {warn: 2h, fail: 6h}}
//! ```
//!
//! ## How it is measured
//! Against the run's clock, or `--as-of`. A timestamp without zone is read in the zone that the column or the source
//! declares. Dates are compared as whole days in that zone, else the project's: yesterday is one day old all day. A
//! value more than `skew` ahead (5 minutes, `defaults.freshness` of assay.yaml) fails as "in the future" instead of
//! looking fresh; with `--as-of`, which looks back, that is only noted. Without any value the table is not fresh:
//! the check breaks, unless `on_empty: pass`.
//!
//! ## Limits
//! Freshness of a naive timestamp without a declared zone is an error, not a guess. Deadlines (`due`), gaps between
//! loads (`every`) and the age of files are not available in this version.

use assay_core::check::{Check, Context};
use assay_core::measurement::{Extremes, Measurement, Measurements};
use assay_core::metric::{Metric, MetricKind};
use assay_core::node::de::Spanned;
use assay_core::node::{Key, Node};
use assay_core::problem::Problem;
use assay_core::types::Type;
use assay_core::value::Value;
use assay_core::verdict::{Dimension, Limits, NotRun, Observed, Outcome, Severity, Verdict};
use chrono::{DateTime, Days, Duration, NaiveDate, TimeZone, Utc};
use chrono_tz::Tz;
use schemars::JsonSchema;
use serde::Deserialize;

use crate::build::{BuildContext, Built};
use crate::columns::ColumnRef;
use crate::common::{AGGREGATE, Frame, Scope};
use crate::direction::Direction;
use crate::duration::{self, Length};
use crate::levels::Levels;
use crate::read::{read, schema};
use crate::registry::{CheckSpec, Place};
use crate::row_check::{measured, no_value, rows_before_where};

/// The entry in the list.
pub static SPEC: CheckSpec = CheckSpec {
    name: "freshness",
    aliases: &[],
    main_key: "",
    number_key: None,
    pair: false,
    common: AGGREGATE,
    later: &["due", "every", "covers", "source"],
    hint: "write `freshness: {column: created_at, max_age: 6h}`",
    stands_on: Place::Table,
    directions: &[("column", Direction::Names), ("max_age", Direction::Upper)],
    dimension: Dimension::Timeliness,
    source: include_str!("freshness.rs"),
    build,
    schema: || schema::<Params>(&SPEC),
};

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Params {
    /// The column whose newest value counts.
    #[schemars(with = "String")]
    column: Option<Spanned<String>>,
    /// How old that may be.
    #[schemars(with = "Levels<Length>")]
    max_age: Option<Spanned<Levels<Length>>>,
}

#[derive(Debug)]
struct Freshness {
    column: ColumnRef,
    max_age: Levels<Length>,
    /// The declared zone of naive timestamps and dates.
    zone: Option<Tz>,
    skew: Duration,
    scope: Scope,
    severity: Severity,
    empty_passes: bool,
}

fn build(key: &Key, value: &Node, at: &BuildContext<'_>) -> Result<Option<Built>, Vec<Problem>> {
    let (common, params) = read::<Params>(&SPEC, key, value)?;
    let mut problems = Vec::new();
    let named: Vec<&str> = params.column.iter().map(|c| c.value.as_str()).collect();
    let frame = Frame::new(common, &SPEC, key, &named, at, &mut problems);
    let column = params.column.as_ref().map(|name| ColumnRef::checked(&name.value, name.span, at, &mut problems));
    if column.is_none() {
        let problem =
            Problem::at(key.span, "`freshness` needs a `column`: that of files is not available in this version");
        problems.push(problem.hint(SPEC.hint));
    }
    if params.max_age.is_none() {
        problems.push(Problem::at(key.span, "`freshness` needs `max_age`").hint(SPEC.hint));
    }
    if let Some(max_age) = &params.max_age {
        frame.check_levels(&max_age.value, max_age.span, |fail, warn| Some(fail.seconds < warn.seconds), &mut problems);
    }
    let zone = params.column.as_ref().and_then(|name| declared_zone(&name.value, at));
    if let (Some(column), Some(name)) = (&column, &params.column) {
        check_type(column, zone, name, &mut problems);
    }
    match (column, params.max_age) {
        (Some(column), Some(max_age)) if problems.is_empty() => {
            let empty_passes = frame.empty_passes.unwrap_or(at.empty_aggregates_pass);
            let (max_age, severity, skew) =
                (max_age.value, frame.severity, Duration::seconds(at.skew_seconds.clamp(0, 31_557_600)));
            let worst = max_age.worst(severity);
            let check = Freshness { column, max_age, zone, skew, scope: frame.scope, severity, empty_passes };
            Ok(Some(Built {
                id: frame.id,
                id_given: frame.id_given,
                name: SPEC.name,
                dimension: SPEC.dimension,
                severity: worst,
                why: frame.why,
                tags: frame.tags,
                span: frame.span,
                check: Box::new(check),
            }))
        }
        _ => Err(problems),
    }
}

/// The zone that the column declares, else the source.
fn declared_zone(name: &str, at: &BuildContext<'_>) -> Option<Tz> {
    let lower = name.to_lowercase();
    let column = at
        .columns
        .iter()
        .find(|c| c.name == name)
        .or_else(|| at.columns.iter().find(|c| c.name.to_lowercase() == lower));
    let zone = column.and_then(|c| c.read.timezone.as_deref()).or(at.source.timezone.as_deref())?;
    zone.parse().ok()
}

fn check_type(column: &ColumnRef, zone: Option<Tz>, name: &Spanned<String>, problems: &mut Vec<Problem>) {
    match &column.ty {
        None | Some(Type::Date | Type::TimestampZoned(_)) => {}
        Some(Type::Timestamp) => {
            if zone.is_none() {
                let problem =
                    Problem::at(name.span, format!("column `{}` has no zone, so its age cannot be told", name.value));
                problems.push(problem.hint("add `timezone: UTC` (or its own zone) to the column or to `source`"));
            }
        }
        Some(ty) => {
            let message = format!("`freshness` needs a date or timestamp column, `{}` is {ty}", name.value);
            problems.push(Problem::at(name.span, message).hint("declare the column's `type`"));
        }
    }
}

/// How old the newest value is.
struct Age {
    /// The age; negative where the value is ahead.
    age: Duration,
    /// Whether it is further ahead than clocks differ.
    in_future: bool,
    /// In whole days, as dates are.
    whole_days: bool,
}

impl Freshness {
    fn plan(&self, at: &Context<'_>) -> Result<(Metric, Vec<String>), NotRun> {
        let has_age = |ty: &Type| matches!(ty, Type::Date | Type::Timestamp | Type::TimestampZoned(_));
        let found = self.column.find_of(at, has_age, "a date or a timestamp")?;
        if found.ty == Type::Timestamp && self.zone.is_none() {
            let text =
                format!("column `{}` has no zone, so its age cannot be told: declare its `timezone`", self.column.name);
            return Err(NotRun::error("zone_missing", text));
        }
        Ok((self.scope.metric(MetricKind::Extremes(found.column), at)?, found.note.into_iter().collect()))
    }

    fn age(&self, newest: &Value, at: &Context<'_>) -> Option<Age> {
        match newest {
            Value::Date(days) => {
                let zone = self.zone.or_else(|| at.timezone.parse().ok()).unwrap_or(Tz::UTC);
                let date = NaiveDate::from_num_days_from_ce_opt(days.checked_add(719_163)?)?;
                let today = |instant: DateTime<Utc>| instant.with_timezone(&zone).date_naive();
                let age = today(at.now) - date;
                Some(Age { age, in_future: date > today(at.now + self.skew), whole_days: true })
            }
            Value::Instant(nanos) => Some(self.age_of(*nanos, at)),
            Value::Naive(nanos) => Some(self.age_of(instant_of(*nanos, self.zone?)?, at)),
            _ => None,
        }
    }

    fn age_of(&self, nanos: i128, at: &Context<'_>) -> Age {
        let now = i128::from(at.now.timestamp()) * 1_000_000_000 + i128::from(at.now.timestamp_subsec_nanos());
        let age = now - nanos;
        let skew = i128::from(self.skew.num_seconds()) * 1_000_000_000;
        // an age that i64 nanoseconds cannot hold is told in whole seconds
        let age = i64::try_from(age).map_or_else(|_| seconds(age / 1_000_000_000), Duration::nanoseconds);
        Age { age, in_future: nanos > now + skew, whole_days: false }
    }

    fn judge_newest(&self, newest: &Value, at: &Context<'_>) -> Verdict {
        let Some(Age { age, in_future, whole_days }) = self.age(newest, at) else {
            return Verdict::not_run(NotRun::error(
                "out_of_range",
                format!("the newest value {newest} is no time a clock can show"),
            ));
        };
        let broken = self.max_age.broken(self.severity, |max| age > seconds(i128::from(max.seconds)));
        let expected = broken
            .or_else(|| self.max_age.each(self.severity).last())
            .map(|(_, max)| format!("at most {} old", max.text));
        let expected = expected.unwrap_or_default();
        let mut verdict = if in_future && !at.as_of {
            let ahead = show(-age, whole_days);
            let message = format!("newest value {newest} is in the future ({ahead} ahead), expected {expected}");
            Verdict::new(self.max_age.worst(self.severity).outcome(), message)
        } else {
            let outcome = broken.map_or(Outcome::Pass, |(level, _)| level.outcome());
            Verdict::new(
                outcome,
                format!("newest value {newest} is {}, expected {expected}", describe(age, whole_days)),
            )
        };
        if in_future && at.as_of {
            verdict.notes.push(format!("the newest value {newest} lies after --as-of, which is not judged"));
        }
        verdict.expected = Some(expected);
        verdict.observed = Some(Observed::Text(newest.to_string()));
        verdict
    }

    fn nothing(&self, extremes: &Extremes, before: Option<u64>) -> Verdict {
        let why = no_value(extremes.selected, before);
        let expected =
            self.max_age.strictest(self.severity).map_or(String::new(), |max| format!("at most {} old", max.text));
        let outcome = if self.empty_passes { Outcome::Pass } else { self.max_age.worst(self.severity).outcome() };
        let mut verdict = Verdict::new(outcome, format!("no newest value ({why}), expected {expected}"));
        verdict.expected = Some(expected);
        verdict
    }
}

/// A duration of so many seconds, at most what chrono can hold.
fn seconds(seconds: i128) -> Duration {
    let limit = i128::from(i64::MAX / 1_000);
    Duration::seconds(i64::try_from(seconds.clamp(-limit, limit)).unwrap_or(0))
}

fn describe(age: Duration, whole_days: bool) -> String {
    if whole_days && age.is_zero() {
        "of today".into()
    } else if age < Duration::zero() {
        format!("{} ahead", show(-age, whole_days))
    } else {
        format!("{} old", show(age, whole_days))
    }
}

/// Rounded up to seconds, so that an age just beyond its limit does not look like the limit.
fn show(age: Duration, whole_days: bool) -> String {
    if whole_days && age.num_days() >= 1 {
        return format!("{}d", age.num_days());
    }
    duration::show(age.num_seconds() + i64::from(age.subsec_nanos() > 0))
}

/// The instant of a wall-clock time in a zone, in nanoseconds: the earlier one where the clock shows it twice, and
/// where it never does (a gap) as if the clock had not been put forward yet.
fn instant_of(nanos: i128, zone: Tz) -> Option<i128> {
    let (secs, rest) = (nanos.div_euclid(1_000_000_000), nanos.rem_euclid(1_000_000_000));
    let naive = DateTime::from_timestamp(i64::try_from(secs).ok()?, 0)?.naive_utc();
    let instant = match zone.from_local_datetime(&naive).earliest() {
        Some(instant) => instant,
        None => {
            let before = zone.from_local_datetime(&naive.checked_sub_days(Days::new(1))?).earliest()?;
            before + Duration::days(1)
        }
    };
    Some(i128::from(instant.timestamp()) * 1_000_000_000 + rest)
}

impl Check for Freshness {
    fn metrics(&self, at: &Context<'_>) -> Result<Vec<Metric>, NotRun> {
        let (metric, _) = self.plan(at)?;
        Ok([metric].into_iter().chain(self.scope.base(at)).collect())
    }

    fn judge(&self, seen: &Measurements, at: &Context<'_>) -> Verdict {
        let planned = self.plan(at).and_then(|(metric, notes)| Ok((measured(seen, &metric)?, notes)));
        let (measured, notes) = match planned {
            Ok(found) => found,
            Err(why) => return Verdict::not_run(why),
        };
        let Measurement::Extremes(extremes) = &measured.value else {
            return Verdict::not_run(NotRun::error(
                "wrong_answer",
                "the engine answered with another kind of measurement",
            ));
        };
        let mut verdict = match &extremes.max {
            Some(newest) => self.judge_newest(newest, at),
            None => self.nothing(extremes, rows_before_where(seen, &self.scope, at)),
        };
        let mut limits = Limits::default();
        self.max_age.record("max_age", self.severity, |max| max.text.clone(), &mut limits);
        verdict.limits = Some(limits);
        verdict.tested = Some(extremes.tested);
        verdict.nulls = Some(extremes.selected.saturating_sub(extremes.tested));
        verdict.from = Some(measured.from);
        verdict.notes.extend(notes);
        verdict
    }

    fn reads_all_rows(&self) -> bool {
        self.scope.is_lifted()
    }
}
