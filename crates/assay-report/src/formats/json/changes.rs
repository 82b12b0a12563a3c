//! `assay.changes/v1`: what differs between two versions of contracts, for machines. A gate's result has the same
//! under `changes`.

use assay_core::change::{self, ChangeVerdict, ChangesRecord, DocumentKind};
use schemars::JsonSchema;
use serde::Serialize;

use super::result::Place;

/// What differs between two versions of contracts (`assay diff`).
///
/// Keys always come in this order; an absent key means not applicable.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "assay.changes/v1")]
pub(super) struct ChangesV1 {
    /// The version of this format.
    #[schemars(extend("const" = "assay.changes/v1"))]
    pub schema: &'static str,
    /// The version of the program.
    pub assay: &'static str,
    /// The exit code of the process.
    pub exit_code: u8,
    #[serde(flatten)]
    pub changes: Changes,
}

/// What differs between two versions of contracts.
#[derive(Serialize, JsonSchema)]
pub(super) struct Changes {
    /// The old version.
    pub base: Version,
    /// The new version.
    pub head: Version,
    /// Documents that were compared.
    pub documents: u64,
    /// Numbers of changes.
    pub summary: Summary,
    /// Verdicts that do not break (`--allow`).
    pub allowed: Vec<Verdict>,
    /// The next version by semver.org, where it was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_version: Option<NextVersion>,
    /// Things worth knowing.
    pub notes: Vec<String>,
    /// Worst first.
    pub changes: Vec<Change>,
}

/// A version of the contracts.
#[derive(Serialize, JsonSchema)]
pub(super) struct Version {
    /// As it was named: `origin/main`, `working tree`.
    pub name: String,
    /// The commit that was read, hex; absent of a working tree.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub commit: Option<String>,
}

/// Numbers of changes.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(super) struct Summary {
    pub breaks_consumers: u64,
    pub breaks_producer: u64,
    pub monitoring_weakened: u64,
    pub compatible: u64,
    /// Those that break and are not allowed.
    pub breaking: u64,
    /// Those of which current data could not tell and that are not allowed.
    pub unknown: u64,
}

/// What a change amounts to.
#[derive(Serialize, JsonSchema, Clone, Copy)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Verdict {
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
#[derive(Serialize, JsonSchema, Clone, Copy)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Kind {
    Contract,
    Monitor,
    Rules,
}

/// One change.
#[derive(Serialize, JsonSchema)]
pub(super) struct Change {
    pub verdict: Verdict,
    /// Stable: `column_removed`, `limit_loosened`, `route_removed`, ...
    pub code: String,
    /// Of which kind of document.
    pub kind: Kind,
    /// The table, monitor or file of rules, by its new name where it has one.
    pub document: String,
    /// The column, where it is about one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub column: Option<String>,
    /// The id of the check, where it is about one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub check: Option<String>,
    /// Whether it breaks: of the producer's only where current data do not keep it or were not asked.
    pub breaks: bool,
    /// Whether its verdict is allowed.
    pub allowed: bool,
    /// One sentence.
    pub message: String,
    /// As it was, as written.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub before: Option<String>,
    /// As it is, as written.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<String>,
    /// Where it is written.
    pub at: Place,
    /// Which version `at` is a place in.
    pub at_version: Side,
    /// What current data say of it, where they were asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub found: Option<Found>,
}

/// One of the two versions.
#[derive(Serialize, JsonSchema, Clone, Copy)]
#[serde(rename_all = "lowercase")]
pub(super) enum Side {
    /// The old one.
    Base,
    /// The new one.
    Head,
}

/// What current data say of a change.
#[derive(Serialize, JsonSchema)]
pub(super) struct Found {
    /// Whether they keep it; absent where they could not be asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub passes: Option<bool>,
    /// Rows that break it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failing: Option<u64>,
    /// Rows that were tested.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tested: Option<u64>,
    /// The check's sentence, of a check without failing rows; why data could not be asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
}

/// The next version.
#[derive(Serialize, JsonSchema)]
pub(super) struct NextVersion {
    /// `major`, `minor`, `patch`; `none` without a change.
    pub level: String,
    /// The version now, where it was given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub current: Option<String>,
    /// The next one, where the one now was given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

/// A document of its own.
pub(super) fn document(record: &ChangesRecord) -> ChangesV1 {
    ChangesV1 {
        schema: "assay.changes/v1",
        assay: env!("CARGO_PKG_VERSION"),
        exit_code: record.exit_code(),
        changes: changes(record),
    }
}

/// What differs.
pub(super) fn changes(record: &ChangesRecord) -> Changes {
    let of = |verdict| record.of(verdict).count() as u64;
    let not_allowed = || record.changes.iter().filter(|change| !record.allowed.contains(&change.verdict));
    Changes {
        base: version(&record.base, &record.base_commit),
        head: version(&record.head, &record.head_commit),
        documents: record.documents,
        summary: Summary {
            breaks_consumers: of(ChangeVerdict::BreaksConsumers),
            breaks_producer: of(ChangeVerdict::BreaksProducer),
            monitoring_weakened: of(ChangeVerdict::MonitoringWeakened),
            compatible: of(ChangeVerdict::Compatible),
            breaking: not_allowed().filter(|change| change.breaks() && !change.is_unknown()).count() as u64,
            unknown: not_allowed().filter(|change| change.is_unknown()).count() as u64,
        },
        allowed: record.allowed.iter().copied().map(verdict).collect(),
        next_version: record.next_version.as_ref().map(|next| NextVersion {
            level: next.level.to_string(),
            current: next.current.clone(),
            next: next.next.clone(),
        }),
        notes: record.notes.clone(),
        changes: record.changes.iter().map(|one| change(one, record)).collect(),
    }
}

fn version(name: &str, commit: &str) -> Version {
    Version { name: name.to_string(), commit: (!commit.is_empty()).then(|| commit.to_string()) }
}

fn change(change: &change::Change, record: &ChangesRecord) -> Change {
    Change {
        verdict: verdict(change.verdict),
        code: change.code.to_string(),
        kind: match change.kind {
            DocumentKind::Contract => Kind::Contract,
            DocumentKind::Monitor => Kind::Monitor,
            DocumentKind::Rules => Kind::Rules,
        },
        document: change.document.clone(),
        column: change.column.clone(),
        check: change.check.clone(),
        breaks: change.breaks() && !change.is_unknown(),
        allowed: record.allowed.contains(&change.verdict),
        message: change.message.clone(),
        before: change.before.clone(),
        after: change.after.clone(),
        at: super::convert::place(&change.at),
        at_version: if change.at_base { Side::Base } else { Side::Head },
        found: change.found.as_ref().map(found),
    }
}

fn verdict(verdict: ChangeVerdict) -> Verdict {
    match verdict {
        ChangeVerdict::BreaksConsumers => Verdict::BreaksConsumers,
        ChangeVerdict::BreaksProducer => Verdict::BreaksProducer,
        ChangeVerdict::MonitoringWeakened => Verdict::MonitoringWeakened,
        ChangeVerdict::Compatible => Verdict::Compatible,
    }
}

fn found(found: &change::Found) -> Found {
    match found {
        change::Found::Rows { failing, tested, passes } => {
            Found { passes: Some(*passes), failing: Some(*failing), tested: Some(*tested), message: None }
        }
        change::Found::Judged { passes, message } => {
            Found { passes: Some(*passes), failing: None, tested: None, message: Some(message.clone()) }
        }
        change::Found::Unknown(why) => Found { passes: None, failing: None, tested: None, message: Some(why.clone()) },
    }
}
