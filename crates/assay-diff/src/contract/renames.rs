//! Columns that were renamed: gone under one name, there under another, alike in type, place and checks.

use std::collections::{BTreeMap, BTreeSet};

use super::table::{Column, Table};

/// Old names to new ones.
#[derive(Debug, Default)]
pub(crate) struct Renames {
    /// New names by old ones.
    new: BTreeMap<String, String>,
    old: BTreeMap<String, String>,
}

impl Renames {
    /// Follows the columns of `base` into `head`.
    pub fn between(base: &Table<'_>, head: &Table<'_>) -> Self {
        let (gone, new) = (Candidate::of(base, head), Candidate::of(head, base));
        // where nearly everything changed only places can tell what became what
        let by_place = gone.len().saturating_mul(new.len()) > MOST_PAIRS;
        let mut alike: Vec<(u32, usize, usize)> = Vec::new();
        for old in &gone {
            for other in new.iter().filter(|other| !by_place || old.at == other.at) {
                let score = old.score(other);
                if score >= ALIKE {
                    alike.push((score, old.at, other.at));
                }
            }
        }
        // the best first; of equals the first in the file
        alike.sort_by(|a, b| b.0.cmp(&a.0).then((a.1, a.2).cmp(&(b.1, b.2))));
        let (mut old, mut taken) = (BTreeSet::new(), BTreeSet::new());
        let mut renames = Renames::default();
        for (_, before, after) in alike {
            if !old.contains(&before) && !taken.contains(&after) {
                old.insert(before);
                taken.insert(after);
                let (before, after) = (base.columns[before].name, head.columns[after].name);
                renames.new.insert(before.to_owned(), after.to_owned());
                renames.old.insert(after.to_owned(), before.to_owned());
            }
        }
        renames
    }

    /// The name of a column in the new version.
    pub fn new_name<'n>(&'n self, name: &'n str) -> &'n str {
        self.new.get(name).map_or(name, String::as_str)
    }

    /// The name that a column of the new version had.
    pub fn old_name<'n>(&'n self, name: &'n str) -> &'n str {
        self.old.get(name).map_or(name, String::as_str)
    }

    /// Old and new names.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.new.iter().map(|(old, new)| (old.as_str(), new.as_str()))
    }
}

/// The same type and place, or the same type and checks.
const ALIKE: u32 = 5;
/// The most pairs that are looked at.
const MOST_PAIRS: usize = 250_000;

/// A column that the other version does not have under its name.
struct Candidate<'t> {
    at: usize,
    column: &'t Column<'t>,
    before: Option<&'t str>,
    after: Option<&'t str>,
    /// Its written checks, with their parameters.
    checks: BTreeSet<String>,
}

impl<'t> Candidate<'t> {
    fn of(table: &'t Table<'t>, other: &Table<'_>) -> Vec<Self> {
        let known: BTreeSet<&str> = other.columns.iter().map(|column| column.name).collect();
        let mut checks: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
        for placed in table.checks.iter().filter(|placed| !placed.implied) {
            if let Some(column) = placed.column.as_deref().filter(|name| !known.contains(name)) {
                checks.entry(column).or_default().insert(placed.shown());
            }
        }
        let name = |at: Option<usize>| at.and_then(|at| table.columns.get(at)).map(|column| column.name);
        let gone = table.columns.iter().enumerate().filter(|(_, column)| !known.contains(column.name));
        gone.map(|(at, column)| Candidate {
            at,
            column,
            before: name(at.checked_sub(1)),
            after: name(at.checked_add(1)),
            checks: checks.remove(column.name).unwrap_or_default(),
        })
        .collect()
    }

    /// Type 3, place 2, checks up to 4: another type is never the same column.
    fn score(&self, other: &Candidate<'_>) -> u32 {
        if self.column.ty != other.column.ty || self.column.ty_node.is_some() != other.column.ty_node.is_some() {
            return 0;
        }
        let by_checks = match self.checks.union(&other.checks).count() {
            0 => 0,
            all => (4 * self.checks.intersection(&other.checks).count() / all) as u32,
        };
        if !self.checks.is_empty() && !other.checks.is_empty() && by_checks == 0 {
            return 0;
        }
        let beside = |a: Option<&str>, b: Option<&str>| a.is_some() && a == b;
        let same_place = self.at == other.at || beside(self.before, other.before) || beside(self.after, other.after);
        let by_type = if self.column.ty.is_some() { 3 } else { 1 };
        by_type + 2 * u32::from(same_place) + by_checks
    }
}
