//! The list of checks. A new check is one file under `checks/` and one line here.

use assay_core::node::{Key, Node};
use assay_core::problem::Problem;
use assay_core::verdict::Dimension;

use crate::build::{BuildContext, Built};

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

/// A check's entry in the list.
pub struct CheckSpec {
    /// The YAML key.
    pub name: &'static str,
    /// Short forms that mean it: `required` for `completeness`.
    pub aliases: &'static [&'static str],
    /// The key that the scalar form stands for.
    pub main_key: &'static str,
    /// What it stands on.
    pub stands_on: Place,
    /// What it looks after.
    pub dimension: Dimension,
    /// The source file's own text: its header is the documentation.
    pub source: &'static str,
    /// Builds it from its node as written (scalar or map).
    pub build: fn(&Key, &Node, &BuildContext<'_>) -> Result<Option<Built>, Vec<Problem>>,
    /// JSON Schema of its map form.
    pub schema: fn() -> serde_json::Value,
}

/// Every check, in the order of the reference.
pub static CHECKS: &[&CheckSpec] = &[];

/// Builds the check of this name.
pub fn build(_key: &Key, _value: &Node, _at: &BuildContext<'_>) -> Result<Option<Built>, Vec<Problem>> {
    Ok(None)
}
