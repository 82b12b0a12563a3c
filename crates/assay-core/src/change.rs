//! What differs between two versions of contracts, monitors and rules, and what that means for those who rely on them.

use serde::Serialize;

use crate::problem::Place;

/// All that changed between two versions of a project.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ChangesRecord {
    /// The old version as it was named: `origin/main`.
    pub base: String,
    /// Its commit, hex; empty where it is none.
    pub base_commit: String,
    /// The new version as it was named; `working tree` where it is none.
    pub head: String,
    /// Its commit, hex; empty where it is none.
    pub head_commit: String,
    /// Documents that were compared.
    pub documents: u64,
    /// Worst first, then by document and place.
    pub changes: Vec<Change>,
    /// Verdicts that do not break (`--allow`).
    pub allowed: Vec<ChangeVerdict>,
    /// The next version, where it was asked for.
    pub next_version: Option<NextVersion>,
    /// Things worth knowing: a document that did not load at the base, renames that were followed.
    pub notes: Vec<String>,
}

/// What a change amounts to, worst first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ChangeVerdict {
    /// Who reads the table may rely on what is no longer promised.
    BreaksConsumers,
    /// Who writes the table has to keep more than before.
    BreaksProducer,
    /// Something may go wrong unnoticed.
    MonitoringWeakened,
    /// Nobody has to do anything.
    Compatible,
}

/// What kind of document changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum DocumentKind {
    /// A contract of a table.
    Contract,
    /// A monitor of a model.
    Monitor,
    /// Routes of alerts.
    Rules,
}

/// One change.
#[derive(Debug, Clone, PartialEq)]
pub struct Change {
    /// What it amounts to.
    pub verdict: ChangeVerdict,
    /// Stable and machine-readable: `column_removed`, `limit_loosened`, `route_removed`.
    pub code: &'static str,
    /// Of which kind of document.
    pub kind: DocumentKind,
    /// The table, monitor or file of rules, by its new name where it has one.
    pub document: String,
    /// The column, where it is about one.
    pub column: Option<String>,
    /// The id of the check, where it is about one; of the new version where there is one.
    pub check: Option<String>,
    /// Where it is written in the new version; where it is gone, the place in the old one.
    pub at: Place,
    /// Whether `at` is a place in the old version.
    pub at_base: bool,
    /// As it was, as written.
    pub before: Option<String>,
    /// As it is, as written.
    pub after: Option<String>,
    /// One sentence without a final period: `column `email` was removed`.
    pub message: String,
    /// What current data say of it, where they were asked.
    pub found: Option<Found>,
}

/// What current data say of a change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found {
    /// So many rows of those tested break it, with the check's sentence, and whether the check as a whole passes.
    Rows {
        /// Rows that break it.
        failing: u64,
        /// Rows that were tested.
        tested: u64,
        /// Whether the check passes all the same (`tolerate`).
        passes: bool,
    },
    /// A check without failing rows: its sentence, and whether it passes.
    Judged {
        /// Whether it passes.
        passes: bool,
        /// The check's sentence.
        message: String,
    },
    /// The data could not be asked, and why.
    Unknown(String),
}

/// How versions go on (semver.org): a change that breaks consumers is a new major version; one that promises more, or
/// says more, a new minor one; one of words alone a patch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NextVersion {
    /// `major`, `minor`, `patch`; `none` without a change.
    pub level: &'static str,
    /// The version now, where it is known.
    pub current: Option<String>,
    /// The next one, where the one now is known.
    pub next: Option<String>,
}

impl ChangeVerdict {
    /// All of them, worst first.
    pub const ALL: [ChangeVerdict; 4] = [
        ChangeVerdict::BreaksConsumers,
        ChangeVerdict::BreaksProducer,
        ChangeVerdict::MonitoringWeakened,
        ChangeVerdict::Compatible,
    ];

    /// On the command line and in results.
    pub fn name(self) -> &'static str {
        match self {
            ChangeVerdict::BreaksConsumers => "breaks-consumers",
            ChangeVerdict::BreaksProducer => "breaks-producer",
            ChangeVerdict::MonitoringWeakened => "monitoring-weakened",
            ChangeVerdict::Compatible => "compatible",
        }
    }

    /// In sentences.
    pub fn words(self) -> &'static str {
        match self {
            ChangeVerdict::BreaksConsumers => "breaks consumers",
            ChangeVerdict::BreaksProducer => "breaks the producer",
            ChangeVerdict::MonitoringWeakened => "monitoring weakened",
            ChangeVerdict::Compatible => "compatible",
        }
    }
}

impl Change {
    /// Whether it breaks: consumers and weaker monitoring always, the producer unless current data pass.
    pub fn breaks(&self) -> bool {
        match (self.verdict, &self.found) {
            (ChangeVerdict::Compatible, _) => false,
            (ChangeVerdict::BreaksConsumers | ChangeVerdict::MonitoringWeakened, _) => true,
            (ChangeVerdict::BreaksProducer, Some(Found::Rows { passes, .. } | Found::Judged { passes, .. })) => !passes,
            (ChangeVerdict::BreaksProducer, None | Some(Found::Unknown(_))) => true,
        }
    }

    /// Whether current data were asked and could not answer.
    pub fn is_unknown(&self) -> bool {
        matches!(self.found, Some(Found::Unknown(_)))
    }
}

impl ChangesRecord {
    /// Changes of this verdict.
    pub fn of(&self, verdict: ChangeVerdict) -> impl Iterator<Item = &Change> {
        self.changes.iter().filter(move |change| change.verdict == verdict)
    }

    /// 3: current data could not answer for a change that is not allowed; 1: a change breaks that is not allowed; 0:
    /// none does.
    pub fn exit_code(&self) -> u8 {
        let not_allowed = || self.changes.iter().filter(|change| !self.allowed.contains(&change.verdict));
        if not_allowed().any(Change::is_unknown) {
            return 3;
        }
        u8::from(not_allowed().any(Change::breaks))
    }
}
