//! The list of checks. A new check is one file under `checks/` and one line here.

use assay_core::node::{Key, Node};
use assay_core::problem::Problem;
use assay_core::suggest::did_you_mean;
use assay_core::verdict::Dimension;
use serde_json::{Value, json};

use crate::build::{BuildContext, Built};
use crate::checks;
use crate::direction::Directions;

/// What a check stands on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// A column.
    Column,
    /// The table.
    Table,
    /// Either.
    Both,
}

/// Builds a check from its key and its value as written. `Ok(None)` cancels an inherited one.
pub type Build = fn(&Key, &Node, &BuildContext<'_>) -> Result<Option<Built>, Vec<Problem>>;

/// A check's entry in the list.
pub struct CheckSpec {
    /// The YAML key.
    pub name: &'static str,
    /// Short forms that mean it: `required` for `completeness`.
    pub aliases: &'static [&'static str],
    /// The key that the scalar form stands for; empty where there is only the map form.
    pub main_key: &'static str,
    /// The key that a scalar stands for where `main_key` takes a list: `equals` beside `between`.
    pub number_key: Option<&'static str>,
    /// Whether `{warn: .., fail: ..}` may stand for the check's whole value.
    pub pair: bool,
    /// The keys it shares with other checks.
    pub common: &'static [&'static str],
    /// Keys of the language that this version does not know yet.
    pub later: &'static [&'static str],
    /// How to write it, said where nothing or the wrong form was written.
    pub hint: &'static str,
    /// What it stands on.
    pub stands_on: Place,
    /// Which way its own parameters are stricter.
    pub directions: Directions,
    /// What it looks after.
    pub dimension: Dimension,
    /// The source file's own text: its header is the documentation.
    pub source: &'static str,
    /// Builds it from its node as written (scalar or map).
    pub build: Build,
    /// JSON Schema of its map form.
    pub schema: fn() -> Value,
}

/// Every check, in the order of the reference.
pub static CHECKS: &[&CheckSpec] = &[
    &checks::completeness::SPEC,
    &checks::uniqueness::SPEC,
    &checks::range::SPEC,
    &checks::r#in::SPEC,
    &checks::not_in::SPEC,
    &checks::pattern::SPEC,
    &checks::not_pattern::SPEC,
    &checks::length::SPEC,
    &checks::parse::SPEC,
    &checks::nan::SPEC,
    &checks::expression::SPEC,
    &checks::references::SPEC,
    &checks::mean::SPEC,
    &checks::median::SPEC,
    &checks::quantile::SPEC,
    &checks::row_count::SPEC,
    &checks::freshness::SPEC,
    &checks::schema::SPEC,
];

/// Checks of the language that this version does not have.
const LATER: &[&str] = &[
    "duplicate_rows",
    "format",
    "monotonic",
    "sum",
    "stddev",
    "min_value",
    "max_value",
    "distinct",
    "null_count",
    "distinct_values",
    "castable",
    "sequence",
    "distribution",
    "correlation",
    "metric",
    "sql",
    "volume",
    "reconcile",
];

/// The check of this name or alias.
pub fn find(name: &str) -> Option<&'static CheckSpec> {
    CHECKS.iter().copied().find(|spec| spec.name == name || spec.aliases.contains(&name))
}

/// Every name and alias.
pub fn names() -> impl Iterator<Item = &'static str> {
    CHECKS.iter().flat_map(|spec| std::iter::once(spec.name).chain(spec.aliases.iter().copied()))
}

/// Builds the check of this name.
pub fn build(key: &Key, value: &Node, at: &BuildContext<'_>) -> Result<Option<Built>, Vec<Problem>> {
    let name = key.text.as_str();
    let Some(spec) = find(name) else { return Err(vec![unknown(key, at)]) };
    match (spec.stands_on, at.column) {
        (Place::Column, None) => {
            let problem = Problem::at(key.span, format!("`{name}` stands on a column, not on the table"));
            Err(vec![problem.hint("write it under the column in `columns:`")])
        }
        (Place::Table, Some(column)) => {
            let problem =
                Problem::at(key.span, format!("`{name}` stands on the table, not on column `{}`", column.name));
            Err(vec![problem.hint("write it under `checks:` of the contract")])
        }
        _ => (spec.build)(key, value, at),
    }
}

fn unknown(key: &Key, at: &BuildContext<'_>) -> Problem {
    let name = key.text.as_str();
    if LATER.contains(&name) {
        return Problem::at(key.span, format!("check `{name}` is not available in this version"));
    }
    if name == "key" {
        return Problem::at(key.span, "`key` is not written as a check")
            .hint("write `key: [..]` at the top of the contract");
    }
    let place = at.column.map_or(String::new(), |column| format!(" on column `{}`", column.name));
    let problem = Problem::at(key.span, format!("unknown check `{name}`{place}"));
    let lists = "`assay explain` lists all checks";
    problem.hint(
        did_you_mean(name, names().chain(LATER.iter().copied())).map_or(lists.into(), |hint| format!("{hint} {lists}")),
    )
}

impl CheckSpec {
    /// JSON Schema of its whole value: the map form, or what may stand for it.
    pub fn value_schema(&self) -> Value {
        let map = (self.schema)();
        let of = |key: &str| map.get("properties").and_then(|p| p.get(key)).cloned();
        let mut forms: Vec<Value> = of(self.main_key).into_iter().collect();
        forms.extend(self.number_key.and_then(of));
        if !self.aliases.is_empty() {
            forms.push(json!({"type": "boolean"}));
        }
        forms.push(map);
        if forms.len() == 1 { forms.remove(0) } else { json!({"anyOf": forms}) }
    }
}
