//! # quantile
//!
//! ## What it checks
//! Quantiles of a numeric column lie within limits: `p99` is the value that 99% of the values do not exceed.
//!
//! ## Why it matters
//! Tails move before means do: the slowest hundredth of requests, the largest orders.
//!
//! ## Parameters
//! - `p50`, `p99`, `p99.9`: limits of that percentile, from `p0` to `p100` with up to four decimals. Each takes
//!   `[lo, hi]`, a number (exactly), or `min`, `max`, `above`, `below`, `equals`, `not`, `between`, `outside`, each of
//!   which may be a pair `{warn: .., fail: ..}`.
//! - `where`, `rows`, `severity`, `id`, `why`, `tags`, `on_empty`: as everywhere.
//!
//! ## Example
//! ```yaml
//! columns:
//!   spend_90d:  {type: float64, quantile: {p99: {max: 5000}}}
//!   latency_ms: {type: int32, quantile: {p50: [10, 80], p99.9: {max: {warn: 500, fail: 900}}}}
//! ```
//!
//! ## How it is measured
//! Exactly, over all values, by linear interpolation between neighbours (type 7). Nulls and NaN are left out, NaN with
//! its count in the message. Several percentiles of one check are judged together: the worst decides. Without any value
//! there is no quantile, which breaks the check; `on_empty: pass` lets it pass.
//!
//! ## Limits
//! Limits are plain numbers in the column's unit. The whole column has to be seen at once, which takes memory.

use std::collections::BTreeMap;

use assay_core::check::Context;
use assay_core::measurement::Measurement;
use assay_core::metric::MetricKind;
use assay_core::node::{Key, Node, NodeKind};
use assay_core::problem::{Problem, Span};
use assay_core::types::Type;
use assay_core::verdict::{Dimension, NotRun};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::aggregate::{self, Figures, Limited, Statistic};
use crate::build::{BuildContext, Built};
use crate::columns::{ColumnRef, own_column};
use crate::common::{AGGREGATE, Frame};
use crate::direction::Direction;
use crate::figure::Figure;
use crate::limits::{LimitParams, Limits};
use crate::read::{read, schema, schema_of, typed};
use crate::registry::{CheckSpec, Place};

/// The entry in the list.
pub static SPEC: CheckSpec = CheckSpec {
    name: "quantile",
    aliases: &[],
    main_key: "",
    number_key: None,
    pair: false,
    common: AGGREGATE,
    later: &[],
    hint: "write `quantile: {p99: {max: 5000}}`",
    stands_on: Place::Column,
    directions: &[("p", Direction::Percentiles)],
    dimension: Dimension::Validity,
    source: include_str!("quantile.rs"),
    build,
    schema: own_schema,
};

/// Besides the percentiles, whose keys are read by hand, there is nothing.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct NoOther {}

/// Quantiles at some levels, in millionths, ascending.
#[derive(Debug)]
pub(super) struct Levels {
    pub(super) column: ColumnRef,
    pub(super) millionths: Vec<u32>,
}

fn build(key: &Key, value: &Node, at: &BuildContext<'_>) -> Result<Option<Built>, Vec<Problem>> {
    let (percentiles, rest) = split(value);
    let (common, NoOther {}) = read::<NoOther>(&SPEC, key, &rest).map_err(|mut problems| {
        problems.iter_mut().for_each(|p| p.hint = p.hint.take().or_else(|| Some(SPEC.hint.into())));
        problems
    })?;
    let mut problems = Vec::new();
    let mut levels: BTreeMap<u32, (&str, Limits)> = BTreeMap::new();
    let names: Vec<&str> = percentiles.iter().map(|(key, _)| key.text.as_str()).collect();
    let frame = Frame::new(common, &SPEC, key, &[], at, &mut problems);
    let column = own_column(at, SPEC.name, key.span, Type::is_numeric, "a numeric column", &mut problems);
    for (name, node) in &percentiles {
        let limits = limits(name, node, frame.severity_span, &mut problems);
        match (millionths(&name.text), limits) {
            (Some(level), Some(limits)) => {
                if levels.insert(level, (&name.text, limits)).is_some() {
                    problems.push(Problem::at(name.span, format!("the percentile `{}` is given twice", name.text)));
                }
            }
            (Some(_), None) => {}
            (None, _) => problems.push(
                Problem::at(name.span, format!("unknown percentile `{}`", name.text))
                    .hint("from `p0` to `p100`, with up to four decimals"),
            ),
        }
    }
    if names.is_empty() {
        problems.push(Problem::at(key.span, "`quantile` needs a percentile").hint(SPEC.hint));
    }
    match column {
        Some(column) if problems.is_empty() => {
            let mut frame = frame;
            if !frame.id_given {
                frame.id = format!("{}.{}", frame.id, names.join("+"));
            }
            let millionths = levels.keys().copied().collect();
            let limited = levels.into_values().map(|(name, limits)| Limited { label: Some(name.to_owned()), limits });
            let limited = limited.collect();
            Ok(Some(aggregate::build(Levels { column, millionths }, limited, frame, &SPEC, at)))
        }
        _ => Err(problems),
    }
}

/// The entries that name a percentile, and the others as a mapping of their own.
fn split(value: &Node) -> (Vec<(Key, Node)>, Node) {
    let is_percentile =
        |key: &Key| key.text.strip_prefix('p').is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()));
    match &value.kind {
        NodeKind::Map(entries) => {
            let (percentiles, rest) = entries.iter().cloned().partition(|(key, _)| is_percentile(key));
            (percentiles, Node { kind: NodeKind::Map(rest), span: value.span })
        }
        NodeKind::Scalar { .. } | NodeKind::Seq(_) => (Vec::new(), value.clone()),
    }
}

/// `p99.9` in millionths.
fn millionths(name: &str) -> Option<u32> {
    let number = name.strip_prefix('p')?;
    let (whole, fraction) = number.split_once('.').unwrap_or((number, "0"));
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    if !digits(whole) || !digits(fraction) || whole.len() > 3 || fraction.len() > 4 {
        return None;
    }
    let level = whole.parse::<u32>().ok()? * 10_000 + format!("{fraction:0<4}").parse::<u32>().ok()?;
    (level <= 1_000_000).then_some(level)
}

/// The limits of one percentile, in scalar, list or map form.
fn limits(key: &Key, node: &Node, severity: Option<Span>, problems: &mut Vec<Problem>) -> Option<Limits> {
    let under = |name: &str| vec![(Key { text: name.into(), span: key.span }, node.clone())];
    let entries = match &node.kind {
        NodeKind::Map(entries) => entries.clone(),
        NodeKind::Seq(_) => under("between"),
        NodeKind::Scalar { .. } => under("equals"),
    };
    let before = problems.len();
    let params = typed::<LimitParams>(entries, node.span, problems)?;
    if problems.len() > before {
        return None;
    }
    params.limits(&key.text, key.span, severity, problems)
}

fn own_schema() -> Value {
    let mut whole = schema::<NoOther>(&SPEC);
    let mut map = schema_of::<LimitParams>();
    let property = |name: &str| map.get("properties").and_then(|p| p.get(name)).cloned().unwrap_or_default();
    let (between, equals) = (property("between"), property("equals"));
    if let Some(object) = map.as_object_mut() {
        object.remove("$schema");
        object.remove("title");
    }
    let object = whole.as_object_mut().expect("a schema is an object");
    object.insert(
        "patternProperties".into(),
        json!({"^p[0-9]{1,3}(\\.[0-9]{1,4})?$": {"anyOf": [between, equals, map]}}),
    );
    whole
}

impl Statistic for Levels {
    fn plan(&self, at: &Context<'_>) -> Result<(MetricKind, Vec<String>), NotRun> {
        let found = self.column.find_of(at, Type::is_numeric, "a number")?;
        let kind = MetricKind::Quantiles { column: found.column, levels: self.millionths.clone() };
        Ok((kind, found.note.into_iter().collect()))
    }

    fn figures(&self, measurement: &Measurement) -> Option<Figures> {
        let Measurement::Quantiles(quantiles) = measurement else { return None };
        let values = quantiles.values.as_ref().map(|values| values.iter().map(|v| Figure::Float(*v)).collect());
        Some(Figures { values, selected: quantiles.selected, tested: Some(quantiles.tested), nan: quantiles.nan })
    }
}
