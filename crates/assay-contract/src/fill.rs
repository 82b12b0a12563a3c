//! Filling the variables of a contract: its own `vars` first, then every value of its tree.

use std::collections::BTreeMap;

use assay_core::node::{Node, NodeKind};
use assay_core::problem::{Problem, Span};

use crate::environment::{Variables, check_variable_name, refuse_secret};
use crate::extends::Merged;
use crate::placeholders::{Form, Value, fill, has_any};
use crate::read;

/// Keys whose values are SQL wherever they stand.
const SQL_KEYS: &[&str] = &["rows", "where", "sql", "expression", "query"];

/// Reads `vars:`; gives the names with their places.
pub(crate) fn own_variables(
    merged: &Merged,
    variables: &mut Variables<'_>,
    problems: &mut Vec<Problem>,
) -> Vec<(String, Span)> {
    let mut names = Vec::new();
    let Some((_, node)) = merged.get("vars") else { return names };
    let mut own = BTreeMap::new();
    for (key, value) in read::map(node, "vars", problems).unwrap_or_default() {
        if let Err(why) = check_variable_name(&key.text) {
            problems.push(Problem::at(key.span, why));
            continue;
        }
        // A name whose value failed is known all the same: its uses are not at fault.
        let mut known = Value { text: String::new(), secret: false };
        if let Some(text) = read::text(value, &format!("variable `{}`", key.text), problems) {
            match fill(&text, Form::Text, value.span, variables) {
                Ok(filled) => known = Value { text: filled.text, secret: filled.secret },
                Err(problem) => problems.push(problem),
            }
        }
        own.insert(key.text.clone(), known);
        names.push((key.text.clone(), key.span));
    }
    variables.own = own;
    names
}

/// Fills the placeholders of every value but `source.path`, which is shown otherwise than it is used (and is filled
/// where it is only compared).
pub(crate) fn fill_all(mut merged: Merged, variables: &mut Variables<'_>, problems: &mut Vec<Problem>) -> Merged {
    merged.entries.retain_mut(|(key, value)| match key.text.as_str() {
        "vars" => false,
        "source" => {
            if let NodeKind::Map(entries) = &mut value.kind {
                entries.retain_mut(|(key, value)| {
                    let left = key.text == "path" && !variables.lenient;
                    left || fill_tree(value, false, variables, problems)
                });
            }
            true
        }
        // Below `columns` a key is a name: a column may well be called `rows`.
        "columns" => match &mut value.kind {
            NodeKind::Map(columns) => {
                columns.retain_mut(|(_, column)| fill_tree(column, false, variables, problems));
                true
            }
            _ => fill_tree(value, false, variables, problems),
        },
        name => fill_tree(value, SQL_KEYS.contains(&name), variables, problems),
    });
    merged.checks.retain_mut(|(_, item)| fill_tree(item, false, variables, problems));
    merged
}

/// Fills the scalars of a tree; `false` where a scalar could not be filled and has to be left out.
fn fill_tree(node: &mut Node, sql: bool, variables: &mut Variables<'_>, problems: &mut Vec<Problem>) -> bool {
    match &mut node.kind {
        NodeKind::Scalar { text, .. } => return fill_scalar(text, sql, node.span, variables, problems),
        NodeKind::Seq(items) => items.retain_mut(|item| fill_tree(item, sql, variables, problems)),
        NodeKind::Map(entries) => {
            entries.retain_mut(|(key, value)| {
                fill_tree(value, SQL_KEYS.contains(&key.text.as_str()), variables, problems)
            });
        }
    }
    true
}

/// Fills one scalar, which may not take secrets; `false` where it could not be filled.
pub(crate) fn fill_scalar(
    text: &mut String,
    sql: bool,
    at: Span,
    variables: &mut Variables<'_>,
    problems: &mut Vec<Problem>,
) -> bool {
    if !has_any(text) {
        return true;
    }
    let form = if sql { Form::Sql } else { Form::Text };
    if variables.lenient {
        if let Ok(filled) = fill(text, form, at, variables) {
            *text = filled.shown;
        }
        return true;
    }
    let filled = fill(text, form, at, variables)
        .and_then(|filled| if filled.secret { Err(refuse_secret(at)) } else { Ok(filled.text) });
    match filled {
        Ok(filled) => {
            *text = filled;
            true
        }
        Err(problem) => {
            problems.push(problem);
            false
        }
    }
}
