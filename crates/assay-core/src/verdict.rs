//! What a check concluded, and why.

use serde::{Deserialize, Serialize};

use crate::measurement::Answered;

/// How a check ended, in the order of badness that people read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    /// The data keep the contract.
    Pass,
    /// Not evaluated, with a reason; never counts as a pass.
    Skipped,
    /// Broken at the level that does not block.
    Warn,
    /// Broken.
    Fail,
    /// Could not be evaluated.
    Error,
}

/// What breaking a check amounts to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Reported, does not block.
    Warn,
    /// Blocks.
    Fail,
}

impl Severity {
    /// The outcome of a broken check of this severity.
    pub fn outcome(self) -> Outcome {
        match self {
            Severity::Warn => Outcome::Warn,
            Severity::Fail => Outcome::Fail,
        }
    }
}

/// What a check looks after.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[allow(missing_docs)]
pub enum Dimension {
    Completeness,
    Uniqueness,
    Validity,
    Timeliness,
    Consistency,
    Volume,
    Schema,
    Drift,
    Performance,
}

/// Why something was skipped or could not be evaluated.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reason {
    /// Stable and machine-readable: `column_missing`, `unreadable`, `bad_sql`, ...
    pub code: String,
    /// For people.
    pub text: String,
}

/// A check that was not evaluated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NotRun {
    /// On purpose.
    Skipped(Reason),
    /// Because something is wrong.
    Error(Reason),
}

impl NotRun {
    /// Not evaluated because something is wrong.
    pub fn error(code: &str, text: impl Into<String>) -> Self {
        NotRun::Error(Reason { code: code.into(), text: text.into() })
    }

    /// Not evaluated on purpose.
    pub fn skipped(code: &str, text: impl Into<String>) -> Self {
        NotRun::Skipped(Reason { code: code.into(), text: text.into() })
    }
}

/// A measured figure of a verdict, for machines; people read the message.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Observed {
    /// A number without a better form. NaN and infinities are written as text.
    Number(#[serde(with = "assay_stats::exact")] f64),
    /// A count.
    Count(u64),
    /// An exact number or a time, as text.
    Text(String),
}

/// Limits as the contract states them: the single level, or the pair.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Limits {
    /// Entries of the level `warn`, as (name, text): `("min", "99%")`.
    pub warn: Vec<(String, String)>,
    /// Entries of the level `fail`.
    pub fail: Vec<(String, String)>,
}

/// What a check concluded. Absent means not applicable.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Verdict {
    /// How it ended.
    pub outcome: Outcome,
    /// Rows decided on.
    pub tested: Option<u64>,
    /// Of those, rows that break it.
    pub failing: Option<u64>,
    /// Rows left out because the value is null.
    pub nulls: Option<u64>,
    /// Rows left out because a SQL predicate is null.
    pub unknown: Option<u64>,
    /// Rows left out because the value is NaN.
    pub nan: Option<u64>,
    /// Duplicated groups.
    pub groups: Option<u64>,
    /// Rows too many in them.
    pub surplus: Option<u64>,
    /// How much may fail, as written.
    pub tolerate: Option<String>,
    /// The limits as written, where the contract gave a pair or named limits.
    pub limits: Option<Limits>,
    /// What was expected, in words: `0 to 100000`, `at least 95%`.
    pub expected: Option<String>,
    /// What was measured, for machines.
    pub observed: Option<Observed>,
    /// Observed and expected in one sentence without the table's and column's name.
    pub message: String,
    /// Why it was skipped or is an error.
    pub reason: Option<Reason>,
    /// Which source answered.
    pub from: Option<Answered>,
    /// Things worth knowing that change nothing: a column found under other case, a check of the future left off.
    pub notes: Vec<String>,
}

impl Verdict {
    /// A verdict with nothing but its outcome and sentence.
    pub fn new(outcome: Outcome, message: impl Into<String>) -> Self {
        Verdict {
            outcome,
            tested: None,
            failing: None,
            nulls: None,
            unknown: None,
            nan: None,
            groups: None,
            surplus: None,
            tolerate: None,
            limits: None,
            expected: None,
            observed: None,
            message: message.into(),
            reason: None,
            from: None,
            notes: Vec::new(),
        }
    }

    /// The verdict of a check that was not evaluated.
    pub fn not_run(why: NotRun) -> Self {
        let (outcome, reason) = match why {
            NotRun::Skipped(reason) => (Outcome::Skipped, reason),
            NotRun::Error(reason) => (Outcome::Error, reason),
        };
        Verdict { reason: Some(reason.clone()), ..Verdict::new(outcome, reason.text) }
    }
}
