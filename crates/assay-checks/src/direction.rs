//! Which way each parameter of a check is stricter: what a comparison of two versions of a contract goes by.

/// How two values of a parameter are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// Columns that belong into the check's id: another column is another check.
    Names,
    /// The lower end of what is allowed: a larger one is stricter.
    Lower,
    /// The same, not itself allowed.
    LowerOpen,
    /// The upper end: a smaller one is stricter.
    Upper,
    /// The same, not itself allowed.
    UpperOpen,
    /// Both ends.
    Between,
    /// Both ends at one value.
    Exactly,
    /// What lies between two values is not allowed: nearer values are looser.
    Outside,
    /// The share of rows that have to be right: `99%` is `tolerate: 1%`.
    Share,
    /// How many rows may be wrong: fewer is stricter.
    Tolerance,
    /// The values that are allowed: more are looser.
    OneOf,
    /// What is not allowed: more is stricter.
    NoneOf,
    /// One of these words, from loose to strict; the first or the one after `*` holds where none is written.
    Words(&'static [&'static str]),
    /// A switch that is looser when it is on, which it is unless written otherwise.
    LooserOn,
    /// Which rows are tested: without it all are.
    Filter,
    /// Lifts the contract's own filter: with it more rows are tested.
    Lifts,
    /// Limits of a figure for each percentile.
    Percentiles,
    /// Two values cannot be ordered.
    Unordered,
    /// How bad it is when it breaks.
    Severity,
    /// The check's name in results.
    Id,
    /// For people.
    Prose,
}

/// The parameters of a check by name.
pub type Directions = &'static [(&'static str, Direction)];

/// Those that checks share.
pub const COMMON: Directions = &[
    ("id", Direction::Id),
    ("why", Direction::Prose),
    ("tags", Direction::Prose),
    ("severity", Direction::Severity),
    ("where", Direction::Filter),
    ("rows", Direction::Lifts),
    ("tolerate", Direction::Tolerance),
    // what holds where it is not written is said by assay.yaml
    ("on_empty", Direction::Words(&["pass", "fail"])),
];

/// Limits of a figure.
pub const LIMITS: Directions = &[
    ("min", Direction::Lower),
    ("max", Direction::Upper),
    ("above", Direction::LowerOpen),
    ("below", Direction::UpperOpen),
    ("equals", Direction::Exactly),
    ("not", Direction::Unordered),
    ("between", Direction::Between),
    ("outside", Direction::Outside),
];

impl crate::registry::CheckSpec {
    /// The direction of a parameter; `None`: the check has no such parameter.
    pub fn direction(&self, parameter: &str) -> Option<Direction> {
        let shared = COMMON.iter().filter(|(name, _)| self.common.contains(name));
        let found = self.directions.iter().chain(shared).find(|(name, _)| *name == parameter).map(|(_, found)| *found);
        let percentiles = self.directions.iter().find(|(_, direction)| *direction == Direction::Percentiles);
        found.or_else(|| {
            let is_percentile = parameter.strip_prefix('p')?.starts_with(|c: char| c.is_ascii_digit());
            percentiles.filter(|_| is_percentile).map(|(_, direction)| *direction)
        })
    }
}
