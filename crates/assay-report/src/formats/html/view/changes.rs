//! What differs between two versions of contracts.

use assay_core::change::{Change, ChangeVerdict, ChangesRecord, Found};
use serde::Serialize;

use super::Badge;
use super::run::Exit;
use crate::formats::text::words::{count, plural};
use assay_core::verdict::Outcome;

/// The page of a comparison without data.
#[derive(Debug, Serialize)]
pub(in super::super) struct ComparedPage {
    pub title: String,
    pub badge: Badge,
    pub conclusion: String,
    pub exit: Exit,
    pub changes: ChangesView,
}

/// Changes by what they amount to.
#[derive(Debug, Serialize)]
pub(in super::super) struct ChangesView {
    /// `origin/main (1f2e3d4c) to working tree, 12 documents`.
    pub versions: String,
    pub groups: Vec<Group>,
    /// `2.0.0, a major version`.
    pub next_version: Option<String>,
    pub notes: Vec<String>,
}

/// Changes of one verdict.
#[derive(Debug, Serialize)]
pub(in super::super) struct Group {
    pub title: String,
    /// What it means for those who rely on it.
    pub about: &'static str,
    pub class: &'static str,
    pub allowed: bool,
    pub changes: Vec<ChangeView>,
}

/// One change.
#[derive(Debug, Serialize)]
pub(in super::super) struct ChangeView {
    pub breaks: bool,
    pub document: String,
    pub message: String,
    pub before: Option<String>,
    pub after: Option<String>,
    /// What current data say.
    pub found: Option<String>,
    pub found_badge: Option<Badge>,
    pub place: String,
    pub code: &'static str,
}

pub(in super::super) fn compared(changes: &ChangesRecord, exit_code: u8) -> ComparedPage {
    let outcome = outcome(exit_code);
    let conclusion = conclusion(changes);
    ComparedPage {
        title: format!("{} — changes of contracts", Badge::from(outcome).word),
        badge: outcome.into(),
        conclusion,
        exit: Exit::of_changes(exit_code),
        changes: view(changes),
    }
}

fn outcome(exit_code: u8) -> Outcome {
    match exit_code {
        0 => Outcome::Pass,
        1 => Outcome::Fail,
        _ => Outcome::Error,
    }
}

/// `2 changes break consumers, 1 change compatible`.
pub(super) fn conclusion(changes: &ChangesRecord) -> String {
    let of = |verdict: ChangeVerdict| {
        let n = changes.of(verdict).count();
        let words = match (verdict, n) {
            (ChangeVerdict::BreaksConsumers, 2..) => "break consumers",
            (ChangeVerdict::BreaksProducer, 2..) => "break the producer",
            (ChangeVerdict::MonitoringWeakened, 2..) => "weaken monitoring",
            (ChangeVerdict::MonitoringWeakened, _) => "weakens monitoring",
            (ChangeVerdict::Compatible, 2..) => "are compatible",
            (ChangeVerdict::Compatible, _) => "is compatible",
            _ => verdict.words(),
        };
        (n > 0).then(|| (n, words))
    };
    let mut parts: Vec<String> = Vec::new();
    for (n, words) in ChangeVerdict::ALL.into_iter().filter_map(of) {
        let noun = if parts.is_empty() { plural(n, "change") } else { count(n as u64) };
        parts.push(format!("{noun} {words}"));
    }
    if parts.is_empty() { "no change of contracts".into() } else { parts.join(", ") }
}

pub(super) fn view(changes: &ChangesRecord) -> ChangesView {
    let version = |name: &str, commit: &str| match commit.get(..8).unwrap_or(commit) {
        "" => name.to_owned(),
        commit => format!("{name} ({commit})"),
    };
    let versions = format!(
        "{} to {}, {} compared",
        version(&changes.base, &changes.base_commit),
        version(&changes.head, &changes.head_commit),
        plural(changes.documents as usize, "document")
    );
    let next_version = changes.next_version.as_ref().map(|next| match (&next.next, &next.current, next.level) {
        (_, _, "none") => "none: nothing changed".to_owned(),
        (Some(version), Some(current), level) => format!("{version} (a {level} version after {current})"),
        (Some(version), None, level) => format!("{version} (a {level} version)"),
        (None, _, level) => format!("a {level} version"),
    });
    let groups = ChangeVerdict::ALL.into_iter().filter_map(|verdict| group(changes, verdict)).collect();
    ChangesView { versions, groups, next_version, notes: changes.notes.clone() }
}

fn group(changes: &ChangesRecord, verdict: ChangeVerdict) -> Option<Group> {
    let of: Vec<ChangeView> = changes.of(verdict).map(change).collect();
    let (class, about) = match verdict {
        ChangeVerdict::BreaksConsumers => ("fail", "Who reads the table may rely on what is no longer promised."),
        ChangeVerdict::BreaksProducer => ("fail", "Who writes the table has to keep more than before."),
        ChangeVerdict::MonitoringWeakened => ("warn", "Something may go wrong unnoticed."),
        ChangeVerdict::Compatible => ("pass", "Nobody has to do anything."),
    };
    let words = verdict.words();
    let (first, rest) = words.split_at(1);
    let title = format!("{}{rest}: {}", first.to_uppercase(), plural(of.len(), "change"));
    (!of.is_empty()).then(|| Group { title, about, class, allowed: changes.allowed.contains(&verdict), changes: of })
}

fn change(change: &Change) -> ChangeView {
    let at = &change.at;
    let old = if change.at_base { " in the old version" } else { "" };
    let (found, found_badge) = match &change.found {
        None => (None, None),
        Some(Found::Rows { failing, tested, passes }) => {
            let text = format!("{} of {} rows of current data break it", count(*failing), count(*tested));
            (Some(text), Some(passing(*passes)))
        }
        Some(Found::Judged { passes, message }) => (Some(format!("current data: {message}")), Some(passing(*passes))),
        Some(Found::Unknown(why)) => {
            (Some(format!("current data could not be asked: {why}")), Some(Outcome::Error.into()))
        }
    };
    ChangeView {
        breaks: change.breaks(),
        document: change.document.clone(),
        message: change.message.clone(),
        before: change.before.clone(),
        after: change.after.clone(),
        found,
        found_badge,
        place: format!("{}:{}:{}{old}", at.path, at.line, at.column),
        code: change.code,
    }
}

fn passing(passes: bool) -> Badge {
    if passes { Outcome::Pass.into() } else { Outcome::Fail.into() }
}
