//! Which check of one version is which of the other.

use std::collections::HashMap;

use assay_core::verdict::Severity;

use super::check;
use super::limits::Limits;
use super::renames::Renames;
use super::table::{Placed, Table};
use crate::codes::*;
use crate::findings::{About, At, Findings, Values};
use crate::tree::same;

/// Compares the checks of two versions.
pub(crate) fn compare(
    found: &mut Findings<'_>,
    base: &Table<'_>,
    head: &Table<'_>,
    renames: &Renames,
    inherited: bool,
) {
    let old: Vec<Placed> = base.checks.iter().map(|placed| renamed(placed, renames)).collect();
    let (partner, taken) = partners(&old, &head.checks);
    for (placed, partner) in old.iter().zip(&partner) {
        match partner {
            Some(after) => both(found, placed, &head.checks[*after], inherited),
            None => removed(found, placed, head),
        }
    }
    for (placed, _) in head.checks.iter().zip(&taken).filter(|(_, taken)| !**taken) {
        added(found, placed);
    }
}

/// For each old check the new one that it is, and which of the new ones are some old one.
fn partners(old: &[Placed], new: &[Placed]) -> (Vec<Option<usize>>, Vec<bool>) {
    let mut partner: Vec<Option<usize>> = vec![None; old.len()];
    let mut taken = vec![false; new.len()];
    // only checks of one kind on one column can be the same
    let mut groups: HashMap<(&str, Option<&str>), Vec<usize>> = HashMap::new();
    for (at, placed) in new.iter().enumerate() {
        groups.entry((placed.check.spec.name, placed.column.as_deref())).or_default().push(at);
    }
    let passes: [fn(&Placed, &Placed) -> bool; 3] = [by_id, by_parameters, by_kind];
    for alike in passes {
        for (before, placed) in old.iter().enumerate() {
            if partner[before].is_some() {
                continue;
            }
            let group = groups.get(&(placed.check.spec.name, placed.column.as_deref()));
            let group = group.map(Vec::as_slice).unwrap_or_default();
            let after = group.iter().copied().find(|at| !taken[*at] && alike(placed, &new[*at]));
            if let Some(after) = after {
                partner[before] = Some(after);
                taken[after] = true;
            }
        }
    }
    (partner, taken)
}

fn by_id(old: &Placed, new: &Placed) -> bool {
    old.check.id == new.check.id && old.check.spec.name == new.check.spec.name
}

/// The same check of the same column.
fn by_kind(old: &Placed, new: &Placed) -> bool {
    old.check.spec.name == new.check.spec.name && old.column.is_some() && old.column == new.column
}

/// The same check with the same parameters, under another id.
fn by_parameters(old: &Placed, new: &Placed) -> bool {
    let own = |placed: &Placed| placed.check.parameters.iter().filter(|(key, _)| key.text != "id").count();
    old.check.spec.name == new.check.spec.name
        && old.column == new.column
        && own(old) == own(new)
        && old
            .check
            .parameters
            .iter()
            .filter(|(key, _)| key.text != "id")
            .all(|(key, value)| new.check.get(&key.text).is_some_and(|other| same(value, other)))
}

/// A check of a renamed column, under the new name.
fn renamed(placed: &Placed, renames: &Renames) -> Placed {
    let mut placed = placed.clone();
    let on = placed.column.as_deref();
    placed.check = placed.check.with_columns(on, &|name| renames.new_name(name).to_owned());
    placed.column = placed.column.map(|name| renames.new_name(&name).to_owned());
    placed
}

fn both(found: &mut Findings<'_>, old: &Placed, new: &Placed, inherited: bool) {
    if old.check.id != new.check.id {
        let about = About { column: new.column.as_deref(), check: Some(&new.check.id) };
        let message = format!("check `{}` is called `{}`", old.check.id, new.check.id);
        found.add(CHECK_RENAMED, At::Head(new.at), about, Values::texts(&old.check.id, &new.check.id), message);
    }
    check::compare(found, old, new, inherited);
}

/// What goes with its column, or was implied by what is reported itself, is not said again.
fn removed(found: &mut Findings<'_>, placed: &Placed, head: &Table<'_>) {
    let gone = placed.column.as_deref().is_some_and(|name| head.column(name).is_none() && !in_key(head, name));
    if placed.implied || (gone && !head.columns.is_empty() && placed.column.is_some()) {
        return;
    }
    let about = About { column: placed.column.as_deref(), check: Some(&placed.check.id) };
    let message = format!("check `{}` was removed", placed.check.id);
    found.add(CHECK_REMOVED, At::Base(placed.at), about, Values(Some(placed.shown()), None), message);
}

fn in_key(table: &Table<'_>, name: &str) -> bool {
    table.key.iter().any(|(part, _)| part == name)
}

fn added(found: &mut Findings<'_>, placed: &Placed) {
    if placed.implied {
        return;
    }
    let about = About { column: placed.column.as_deref(), check: Some(&placed.check.id) };
    let fails = Limits::of(placed, found.head.severity).worst == Some(Severity::Fail);
    let (code, what) =
        if fails { (CHECK_ADDED, "was added") } else { (CHECK_ADDED_AS_WARNING, "was added, and only warns") };
    let message = format!("check `{}` {what}", placed.check.id);
    found.add(code, At::Head(placed.at), about, Values(None, Some(placed.shown())), message);
}
