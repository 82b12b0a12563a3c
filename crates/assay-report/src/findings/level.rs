//! How bad a finding is: exactly what it does to the exit code.

use assay_core::change::{Change, ChangesRecord};
use assay_core::run::CheckRecord;
use assay_core::verdict::Outcome;

use crate::Ran;

/// How bad a finding is, in the order of badness.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Level {
    /// Worth knowing: a check that was skipped, a change that breaks nobody.
    Note,
    /// Does not break: a warning, a check that is not confirmed yet, a change that is allowed.
    Warning,
    /// Breaks.
    Failure,
    /// Could not be evaluated, or is invalid.
    Error,
}

/// Of a check; `None` where it passed.
pub(crate) fn of_check(check: &CheckRecord, ran: &Ran<'_>) -> Option<Level> {
    match check.verdict.outcome {
        Outcome::Pass => None,
        Outcome::Skipped => Some(Level::Note),
        Outcome::Error => Some(Level::Error),
        Outcome::Warn | Outcome::Fail if check.is_pending() => Some(Level::Warning),
        Outcome::Warn if !ran.fail_on_warn => Some(Level::Warning),
        Outcome::Warn | Outcome::Fail => Some(Level::Failure),
    }
}

/// Of a change.
pub(crate) fn of_change(record: &ChangesRecord, change: &Change) -> Level {
    match (change.is_unknown(), change.breaks()) {
        (false, false) => Level::Note,
        _ if record.allowed.contains(&change.verdict) => Level::Warning,
        (true, _) => Level::Error,
        (false, true) => Level::Failure,
    }
}
