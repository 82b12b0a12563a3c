//! Columns that came, went, or are declared otherwise.

use assay_core::types::{Fit, Type};
use assay_core::verdict::Severity;

use super::limits::own_severity;
use super::renames::Renames;
use super::table::{Column, Table};
use super::{check, differs};
use crate::codes::*;
use crate::findings::{About, At, Findings, Values};
use crate::tree::show;

/// Options that say how cells are read.
const READING: &[&str] = &["missing", "timezone"];

/// Compares the columns of two versions.
pub(crate) fn compare(found: &mut Findings<'_>, base: &Table<'_>, head: &Table<'_>, renames: &Renames) {
    for (old, new) in renames.iter() {
        let Some(column) = head.column(new) else { continue };
        let values = Values::texts(old, new);
        let about = About { column: Some(new), check: None };
        found.add(COLUMN_RENAMED, At::Head(column.at), about, values, format!("column `{old}` was renamed to `{new}`"));
    }
    for column in base.columns.iter().filter(|column| head.column(renames.new_name(column.name)).is_none()) {
        let about = About { column: Some(column.name), check: None };
        let message = format!("column `{}` was removed", column.name);
        found.add(COLUMN_REMOVED, At::Base(column.at), about, Values(Some(column.name.to_owned()), None), message);
    }
    for column in &head.columns {
        match base.column(renames.old_name(column.name)) {
            Some(before) => one(found, before, column),
            None => added(found, head, column),
        }
    }
    order(found, base, head, renames);
}

fn added(found: &mut Findings<'_>, head: &Table<'_>, column: &Column<'_>) {
    let about = About { column: Some(column.name), check: None };
    let values = Values(None, Some(column.name.to_owned()));
    let schema = head.checks.iter().find(|placed| placed.check.spec.name == "schema");
    let blocks = schema.and_then(own_severity).unwrap_or(found.head.severity) == Severity::Fail;
    let (code, message) = if column.optional {
        (OPTIONAL_COLUMN_ADDED, format!("column `{}` was added, and may be missing", column.name))
    } else if blocks {
        (REQUIRED_COLUMN_ADDED, format!("column `{}` was added, and has to be there", column.name))
    } else {
        (OPTIONAL_COLUMN_ADDED, format!("column `{}` was added; `schema` only warns where it is missing", column.name))
    };
    found.add(code, At::Head(column.at), about, values, message);
}

fn one(found: &mut Findings<'_>, before: &Column<'_>, after: &Column<'_>) {
    let about = About { column: Some(after.name), check: None };
    ty(found, before, after, about);
    if before.optional != after.optional {
        let at = At::Head(after.get("optional").map_or(after.at, |node| node.span));
        let values = Values::of(before.get("optional"), after.get("optional"));
        let (code, message) = if after.optional {
            (COLUMN_MADE_OPTIONAL, format!("column `{}` may be missing", after.name))
        } else {
            (COLUMN_MADE_REQUIRED, format!("column `{}` may no longer be missing", after.name))
        };
        found.add(code, at, about, values, message);
    }
    for name in READING {
        let (old, new) = (before.get(name), after.get(name));
        if !differs(old, new) {
            continue;
        }
        let at = match (new, old) {
            (Some(node), _) => At::Head(node.span),
            (None, Some(node)) => At::Base(node.span),
            (None, None) => continue,
        };
        let what = format!("`{name}` of column `{}`", after.name);
        for (code, at, values, message) in check::unordered(&what, true, at, Values::of(old, new)) {
            found.add(code, at, about, values, message);
        }
    }
    let (old, new) = (before.get("description"), after.get("description"));
    if differs(old, new) {
        let at = new.map_or(At::Head(after.at), |node| At::Head(node.span));
        let message = format!("the description of column `{}` changed", after.name);
        found.add(DESCRIPTION_CHANGED, at, about, Values::of(old, new), message);
    }
}

fn ty(found: &mut Findings<'_>, before: &Column<'_>, after: &Column<'_>, about: About<'_>) {
    let (Some(code), at) = (type_change(before, after), after.ty_node.map_or(after.at, |node| node.span)) else {
        return;
    };
    let values = Values::of(before.ty_node, after.ty_node);
    let what = match code.name {
        "type_narrowed" => "was narrowed",
        "type_widened" => "was widened",
        "type_removed" => "was removed",
        "type_declared" => "was fixed",
        "type_restated" => "is written otherwise",
        _ => "changed",
    };
    let name = after.name;
    let message = match (before.ty_node, after.ty_node) {
        (Some(old), Some(new)) => format!("the type of column `{name}` {what} from `{}` to `{}`", show(old), show(new)),
        _ => format!("the type of column `{name}` {what}{}", values.words()),
    };
    found.add(code, At::Head(at), about, values, message);
}

fn type_change(before: &Column<'_>, after: &Column<'_>) -> Option<Code> {
    let any = |ty: &Option<Type>| matches!(ty, None | Some(Type::Any));
    // a type that cannot be read is compared as text
    let unread = |column: &Column<'_>| column.ty.is_none() && column.ty_node.is_some();
    if unread(before) || unread(after) {
        return differs(before.ty_node, after.ty_node).then_some(TYPE_CHANGED);
    }
    match (&before.ty, &after.ty) {
        (old, new) if any(old) && any(new) => None,
        (old, _) if any(old) => Some(TYPE_DECLARED),
        (_, new) if any(new) => Some(TYPE_REMOVED),
        (Some(old), Some(new)) => of_types(old, new),
        _ => None,
    }
}

/// By the rules of the `schema` check, with one thing more: `integer` holds every `int32`.
pub(crate) fn of_types(old: &Type, new: &Type) -> Option<Code> {
    let general = |ty: &Type| matches!(ty, Type::AnyInteger | Type::AnyFloat | Type::AnyDecimal | Type::Binary(None));
    if old == new {
        return None;
    }
    Some(match (old.fit(new), new.fit(old)) {
        (Fit::Equal, Fit::Equal) => TYPE_RESTATED,
        (Fit::Equal, _) if general(old) => TYPE_DECLARED,
        (_, Fit::Equal) if general(new) => TYPE_WIDENED,
        (Fit::Equal | Fit::Widened, _) => TYPE_WIDENED,
        (Fit::Narrowed, _) => TYPE_NARROWED,
        (Fit::Changed, _) => TYPE_CHANGED,
    })
}

/// With `order: strict` in both versions, columns may be read by position.
fn order(found: &mut Findings<'_>, base: &Table<'_>, head: &Table<'_>, renames: &Renames) {
    let strict = |document: &assay_contract::Resolved| {
        document
            .root
            .get("schema")
            .and_then(|schema| schema.get("order"))
            .and_then(|node| node.text().map(str::to_owned))
            == Some("strict".into())
    };
    if !strict(found.base) || !strict(found.head) {
        return;
    }
    let before: Vec<&str> = base.columns.iter().map(|column| renames.new_name(column.name)).collect();
    let after: Vec<&str> = head.columns.iter().map(|column| column.name).collect();
    let kept_before: Vec<&&str> = before.iter().filter(|name| after.contains(name)).collect();
    let kept_after: Vec<&&str> = after.iter().filter(|name| before.contains(name)).collect();
    let moved = kept_before.iter().zip(&kept_after).find(|(old, new)| old != new);
    let Some(column) = moved.and_then(|(_, new)| head.column(new)) else { return };
    let names = |names: &[&&str]| Some(names.iter().map(|name| **name).collect::<Vec<_>>().join(", "));
    let values = Values(names(&kept_before), names(&kept_after));
    let about = About { column: Some(column.name), check: Some("schema") };
    let message = format!("columns stand in another order from `{}` on", column.name);
    found.add(COLUMNS_REORDERED, At::Head(column.at), about, values, message);
}
