//! # median
//!
//! ## What it checks
//! The median of a numeric column lies within limits.
//!
//! ## Why it matters
//! Half of the rows lie on either side, so a few wild values do not move it: what moves it has happened to many rows.
//!
//! ## Parameters
//! - `between` (main key as a list): `[3, 8]`, both included; `equals` (main key as a number).
//! - `min`, `max`, `above`, `below`, `not`, `outside`: the other limits. Each may be a pair `{warn: .., fail: ..}`.
//! - `where`, `rows`, `severity`, `id`, `why`, `tags`, `on_empty`: as everywhere.
//!
//! ## Example
//! ```yaml
//! columns:
//!   distance_km: {type: float64, median: [3, 8]}
//!   age:         {type: int32, median: {min: {warn: 30, fail: 25}}}
//! ```
//!
//! ## How it is measured
//! Exactly, over all values; between the two middle ones by linear interpolation (type 7). Nulls and NaN are left out,
//! NaN with its count in the message. Without any value there is no median, which breaks the check; `on_empty: pass`
//! lets it pass.
//!
//! ## Limits
//! Limits are plain numbers in the column's unit. The whole column has to be seen at once, which takes memory.

use assay_core::node::{Key, Node};
use assay_core::problem::Problem;
use assay_core::types::Type;
use assay_core::verdict::Dimension;

use super::quantile::Levels;
use crate::aggregate::{self, Limited};
use crate::build::{BuildContext, Built};
use crate::columns::own_column;
use crate::common::{AGGREGATE, Frame};
use crate::direction::LIMITS;
use crate::limits::LimitParams;
use crate::read::{read, schema};
use crate::registry::{CheckSpec, Place};

/// The entry in the list.
pub static SPEC: CheckSpec = CheckSpec {
    name: "median",
    aliases: &[],
    main_key: "between",
    number_key: Some("equals"),
    pair: false,
    common: AGGREGATE,
    later: &[],
    hint: "write `median: [3, 8]` or `median: {min: 3}`",
    stands_on: Place::Column,
    directions: LIMITS,
    dimension: Dimension::Validity,
    source: include_str!("median.rs"),
    build,
    schema: || schema::<LimitParams>(&SPEC),
};

fn build(key: &Key, value: &Node, at: &BuildContext<'_>) -> Result<Option<Built>, Vec<Problem>> {
    let (common, params) = read::<LimitParams>(&SPEC, key, value)?;
    let mut problems = Vec::new();
    let frame = Frame::new(common, &SPEC, key, &[], at, &mut problems);
    let column = own_column(at, SPEC.name, key.span, Type::is_numeric, "a numeric column", &mut problems);
    let limits = params.limits(SPEC.name, key.span, frame.severity_span, &mut problems);
    match (column, limits) {
        (Some(column), Some(limits)) if problems.is_empty() => {
            let limited = Limited { label: Some("median".into()), limits };
            let half = Levels { column, millionths: vec![500_000] };
            Ok(Some(aggregate::build(half, vec![limited], frame, &SPEC, at)))
        }
        _ => Err(problems),
    }
}
