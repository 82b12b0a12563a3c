//! Columns that were renamed: gone under one name, there under another, alike in type, place and checks.

use std::collections::{BTreeMap, BTreeSet};

use super::table::{Column, Table};
use crate::tree::show;

/// Old names to new ones.
#[derive(Debug, Default)]
pub(crate) struct Renames(BTreeMap<String, String>);

impl Renames {
    /// Follows the columns of `base` into `head`.
    pub fn between(base: &Table<'_>, head: &Table<'_>) -> Self {
        let gone = base.columns.iter().enumerate().filter(|(_, column)| head.column(column.name).is_none());
        let new: Vec<_> =
            head.columns.iter().enumerate().filter(|(_, column)| base.column(column.name).is_none()).collect();
        let mut alike: Vec<(u32, usize, usize)> = Vec::new();
        for (before, old) in gone {
            for (after, column) in &new {
                let score = score(base, before, old, head, *after, column);
                if score >= ALIKE {
                    alike.push((score, before, *after));
                }
            }
        }
        // the best first; of equals the first in the file
        alike.sort_by(|a, b| b.0.cmp(&a.0).then((a.1, a.2).cmp(&(b.1, b.2))));
        let (mut old, mut taken) = (BTreeSet::new(), BTreeSet::new());
        let mut renames = BTreeMap::new();
        for (_, before, after) in alike {
            if !old.contains(&before) && !taken.contains(&after) {
                old.insert(before);
                taken.insert(after);
                renames.insert(base.columns[before].name.to_owned(), head.columns[after].name.to_owned());
            }
        }
        Renames(renames)
    }

    /// The name of a column in the new version.
    pub fn new_name<'n>(&'n self, name: &'n str) -> &'n str {
        self.0.get(name).map_or(name, String::as_str)
    }

    /// The name that a column of the new version had.
    pub fn old_name<'n>(&'n self, name: &'n str) -> &'n str {
        self.0.iter().find(|(_, new)| *new == name).map_or(name, |(old, _)| old)
    }

    /// Old and new names.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(old, new)| (old.as_str(), new.as_str()))
    }
}

/// The same type and place, or the same type and checks.
const ALIKE: u32 = 5;

/// Type 3, place 2, checks up to 4: another type is never the same column.
fn score(base: &Table<'_>, before: usize, old: &Column<'_>, head: &Table<'_>, after: usize, new: &Column<'_>) -> u32 {
    if old.ty != new.ty || old.ty_node.is_some() != new.ty_node.is_some() {
        return 0;
    }
    let (checks, others) = (checks(base, old), checks(head, new));
    let by_checks = match checks.union(&others).count() {
        0 => 0,
        all => (4 * checks.intersection(&others).count() / all) as u32,
    };
    let disagree = !checks.is_empty() && !others.is_empty() && by_checks == 0;
    if disagree {
        return 0;
    }
    let typed = if old.ty.is_some() { 3 } else { 1 };
    let neighbour = |table: &Table<'_>, at: usize, step: isize| {
        let next = at.checked_add_signed(step)?;
        table.columns.get(next).map(|column| column.name.to_owned())
    };
    let same_place = before == after
        || [-1, 1].into_iter().any(|step| {
            let other = neighbour(base, before, step);
            other.is_some() && other == neighbour(head, after, step)
        });
    typed + 2 * u32::from(same_place) + by_checks
}

/// The written checks of a column, with their parameters.
fn checks(table: &Table<'_>, column: &Column<'_>) -> BTreeSet<String> {
    let written = table.checks_of(column.name).filter(|placed| !placed.implied);
    let shown = written.map(|placed| {
        let parameters: Vec<String> =
            placed.check.parameters.iter().map(|(key, value)| format!("{}: {}", key.text, show(value))).collect();
        format!("{} {}", placed.check.spec.name, parameters.join(", "))
    });
    shown.collect()
}
