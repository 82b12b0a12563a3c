//! From a node of a contract to a check: the border between `assay-contract`, which reads files, and the checks.

use assay_core::check::Check;
use assay_core::contract::{ColumnSpec, Files, Source};
use assay_core::metric::Sql;
use assay_core::node::{Key, Node};
use assay_core::problem::{Problem, Span};
use assay_core::verdict::{Dimension, Severity};

/// What a check may know of the contract around it while it is built.
#[derive(Debug, Clone, Copy)]
pub struct BuildContext<'a> {
    /// The column it stands on; `None` for checks of the table.
    pub column: Option<&'a ColumnSpec>,
    /// All declared columns.
    pub columns: &'a [ColumnSpec],
    /// The table's source.
    pub source: &'a Source,
    /// The contract's `rows`, which every check but `schema` obeys unless it says `rows: all`.
    pub rows: Option<&'a Sql>,
    /// The contract's severity: the check's own unless it says otherwise.
    pub severity: Severity,
    /// Whether undeclared columns are forbidden, so that a name that is not declared is a load error.
    pub extra_columns_forbidden: bool,
    /// The contract's key.
    pub key: &'a [String],
    /// assay.yaml `defaults.on_empty.row_checks`: outcome of a row check that tested nothing passes (the default).
    pub empty_row_checks_pass: bool,
    /// assay.yaml `defaults.on_empty.aggregates`: an aggregate without value passes (default: it fails).
    pub empty_aggregates_pass: bool,
    /// assay.yaml `defaults.freshness.skew` in seconds (default 300).
    pub skew_seconds: i64,
    /// The project's zone.
    pub timezone: &'a str,
    /// Reads files that checks name.
    pub files: &'a dyn Files,
    /// The contract's own path, to which those are relative.
    pub path: &'a str,
}

/// A check as its file built it; `assay-contract` gives it its place.
#[derive(Debug)]
pub struct Built {
    /// Its id: `email.completeness`, `row_count`, `freshness.created_at`, or the one the contract gives.
    pub id: String,
    /// Whether the contract gave the id.
    pub id_given: bool,
    /// The check's (long) name.
    pub name: &'static str,
    /// What it looks after.
    pub dimension: Dimension,
    /// The worst level it can break at.
    pub severity: Severity,
    /// `why:`.
    pub why: Option<String>,
    /// `tags:`.
    pub tags: Vec<String>,
    /// Where it was written (its key).
    pub span: Span,
    /// The check.
    pub check: Box<dyn Check>,
}

/// Where an implicit check comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// Written in the contract.
    Written,
    /// Implied by something else at this place.
    Implied,
}

/// What the checks on a column say about how its cells are read; `assay-contract` puts it into
/// [`ColumnSpec::read`](assay_core::contract::ColumnSpec) before any check is built.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ColumnReading {
    /// `nan: null`.
    pub nan_is_null: bool,
    /// `nan: allow`.
    pub nan_allowed: bool,
    /// `parse: {trim: true}`.
    pub trim: bool,
    /// `parse: {true: [..]}`.
    pub true_texts: Vec<String>,
    /// `parse: {false: [..]}`.
    pub false_texts: Vec<String>,
    /// `parse: {format: ..}`.
    pub format: Option<String>,
}

/// Builds the check written as `key: value` on a column or as a table check, in scalar or map form. `Ok(None)` is
/// `required: false` or `unique: false`, which only cancel something inherited. Unknown names are a problem with a
/// did-you-mean; every problem of the value is returned, each with its place.
pub fn build(key: &Key, value: &Node, at: &BuildContext<'_>) -> Result<Option<Built>, Vec<Problem>> {
    crate::registry::build(key, value, at)
}

/// Reads what the `nan` and `parse` checks of a column say about reading (entries as written, list form included).
/// Problems are left to [`build`], which sees the same nodes.
pub fn column_reading(entries: &[(Key, Node)]) -> ColumnReading {
    crate::checks::column_reading(entries)
}

/// The implicit checks of a column, after its written ones: `parse` on non-text columns of text sources, `nan` where
/// a float column has a numeric check, full completeness where the column is part of the key. `written` are the names
/// (long) of the checks written on the column; `completeness_without_where` whether one of them is an unfiltered
/// completeness. `span` is the column's key.
pub fn implicit(at: &BuildContext<'_>, written: &[&str], completeness_without_where: bool, span: Span) -> Vec<Built> {
    crate::checks::implicit(at, written, completeness_without_where, span)
}

/// The `schema` check: from its node where the contract has one, else with defaults at `span`. Always present.
pub fn schema(node: Option<(&Key, &Node)>, at: &BuildContext<'_>, span: Span) -> Result<Built, Vec<Problem>> {
    crate::checks::schema::build(node, at, span)
}

/// The uniqueness of the contract's `key`, id `key`; `None` without a key.
pub fn key(at: &BuildContext<'_>, span: Span) -> Option<Built> {
    crate::checks::uniqueness::key(at, span)
}
