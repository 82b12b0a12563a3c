//! What is allowed but probably not meant.

use assay_core::problem::{Problem, Span};

use crate::contract::Loaded;

/// What lint needs to know beyond the contract itself.
#[derive(Debug, Default)]
pub(crate) struct Clues {
    /// Where the table is named.
    pub table: Span,
    /// `layer:` with its place.
    pub layer_key: Option<(String, Span)>,
    /// The folder under `checks/`.
    pub layer_folder: Option<String>,
    /// What stands before the first dot of the table's name.
    pub layer_prefix: Option<String>,
    /// Checks written by hand, of columns and table.
    pub n_written: usize,
    /// Variables of `vars:` that nothing uses.
    pub unused: Vec<(String, Span)>,
}

/// Warnings about a contract, in the order of their places.
pub fn lint(loaded: &Loaded) -> Vec<Problem> {
    let (contract, clues) = (&loaded.contract, &loaded.clues);
    let mut warnings = Vec::new();
    if contract.key.is_empty() && matches!(contract.layer.as_deref(), Some("silver" | "gold")) {
        warnings.push(
            Problem::at(
                clues.table,
                format!(
                    "a {} table without a key: `{}`",
                    contract.layer.as_deref().unwrap_or_default(),
                    contract.table
                ),
            )
            .hint("add `key: [..]`: it names failing rows and keeps samples in a stable order"),
        );
    }
    if contract.owner.is_none() {
        warnings
            .push(Problem::at(clues.table, format!("nobody looks after `{}`", contract.table)).hint("add `owner:`"));
    }
    if clues.n_written == 0 {
        warnings.push(
            Problem::at(clues.table, format!("no check is written for `{}`", contract.table))
                .hint("only its columns and their types are looked at"),
        );
    }
    warnings.extend(layers(clues));
    warnings.extend(
        clues.unused.iter().map(|(name, span)| Problem::at(*span, format!("nothing uses the variable `{name}`"))),
    );
    warnings.sort();
    warnings
}

/// Names of the layer that disagree.
fn layers(clues: &Clues) -> Option<Problem> {
    let key = clues.layer_key.as_ref().map(|(name, _)| ("`layer:`", name.as_str()));
    let folder = clues.layer_folder.as_deref().map(|name| ("the folder", name));
    let prefix = clues.layer_prefix.as_deref().map(|name| ("the table's name", name));
    let said: Vec<(&str, &str)> = [key, folder, prefix].into_iter().flatten().collect();
    let (first, rest) = said.split_first()?;
    let other = rest.iter().find(|(_, name)| name != &first.1)?;
    let at = clues.layer_key.as_ref().map_or(clues.table, |(_, span)| *span);
    Some(
        Problem::at(at, format!("{} says layer `{}`, {} says `{}`", first.0, first.1, other.0, other.1))
            .hint(format!("`{}` is used; make them agree", first.1)),
    )
}
