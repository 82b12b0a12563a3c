//! # not_pattern
//!
//! ## What it checks
//! No text matches a regular expression. It is searched for anywhere in the text unless `^` and `$` anchor it.
//!
//! ## Why it matters
//! Control characters, HTML in names, card numbers in comments: things that must not be there are often easier to
//! describe than what may.
//!
//! ## Parameters
//! - `regex` (main key): the expression, `'<[a-z]+>'`. Single quotes keep backslashes as they are.
//! - `tolerate`: how many rows may fail, `5` or `0.1%`. Default `0`.
//! - `where`, `rows`, `severity`, `id`, `why`, `tags`, `on_empty`: as everywhere.
//!
//! ## Example
//! ```yaml
//! columns:
//!   name:    {type: string, not_pattern: '[\x00-\x1f]'}
//!   comment: {type: string, not_pattern: {regex: '\b[0-9]{16}\b', why: no card numbers in comments}}
//! ```
//!
//! ## How it is measured
//! As `pattern`, turned round: rows that match fail. Nulls are not tested, an empty string is.
//!
//! ## Limits
//! As `pattern`: no look-around, no back-references.

use assay_core::verdict::Dimension;

use super::pattern::{Params, build};
use crate::common::ROW_CHECK;
use crate::direction::Direction;
use crate::read::schema;
use crate::registry::{CheckSpec, Place};

/// The entry in the list.
pub static SPEC: CheckSpec = CheckSpec {
    name: "not_pattern",
    aliases: &[],
    main_key: "regex",
    number_key: None,
    pair: false,
    common: ROW_CHECK,
    later: &[],
    hint: "write `not_pattern: '[<>]'`",
    stands_on: Place::Column,
    directions: &[("regex", Direction::Unordered)],
    dimension: Dimension::Validity,
    source: include_str!("not_pattern.rs"),
    build: |key, value, at| build(&SPEC, false, key, value, at),
    schema: || schema::<Params>(&SPEC),
};
