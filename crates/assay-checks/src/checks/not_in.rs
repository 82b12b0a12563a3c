//! # not_in
//!
//! ## What it checks
//! No value is one of a given set.
//!
//! ## Why it matters
//! Test accounts, placeholders such as `n/a` and retired codes are values like any other until somebody lists them.
//!
//! ## Parameters
//! - `values` (main key): the set, `[test, dummy]`.
//! - `file`, `header`: the set from a file, one value per line, as in `in`.
//! - `tolerate`: how many rows may fail, `5` or `0.1%`. Default `0`.
//! - `where`, `rows`, `severity`, `id`, `why`, `tags`, `on_empty`: as everywhere.
//!
//! ## Example
//! ```yaml
//! columns:
//!   name:     {type: string, not_in: [test, dummy, "n/a"]}
//!   postcode: {type: string, not_in: {values: ["00000"], severity: warn}}
//!   account:  {type: string, not_in: {file: blocked.csv}}
//! ```
//!
//! ## How it is measured
//! As `in`, turned round: rows whose value is in the set fail. Nulls are not tested; NaN is in no set and passes.
//!
//! ## Limits
//! Text is compared by its characters, case matters: list both spellings or use `not_pattern`.

use assay_core::verdict::Dimension;

use super::r#in::{Params, build};
use crate::common::ROW_CHECK;
use crate::direction::Direction;
use crate::read::schema;
use crate::registry::{CheckSpec, Place};

/// The entry in the list.
pub static SPEC: CheckSpec = CheckSpec {
    name: "not_in",
    aliases: &[],
    main_key: "values",
    number_key: None,
    pair: false,
    common: ROW_CHECK,
    later: &[],
    hint: "write `not_in: [a, b]` or `not_in: {file: codes.csv}`",
    stands_on: Place::Column,
    directions: &[("values", Direction::NoneOf), ("file", Direction::Unordered), ("header", Direction::Unordered)],
    dimension: Dimension::Validity,
    source: include_str!("not_in.rs"),
    build: |key, value, at| build(&SPEC, false, key, value, at),
    schema: || schema::<Params>(&SPEC),
};
