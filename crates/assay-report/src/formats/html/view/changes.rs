//! What differs between two versions of contracts.

use assay_core::change::{Change, ChangeVerdict, ChangesRecord};
use assay_core::verdict::Outcome;
use serde::Serialize;

use super::Badge;
use super::run::Exit;
use crate::formats::text::changes::{self as words, State};

/// The page of a comparison without data.
#[derive(Debug, Serialize)]
pub(crate) struct ComparedPage {
    pub title: String,
    pub badge: Badge,
    pub conclusion: String,
    pub exit: Exit,
    pub changes: ChangesView,
}

/// Changes by what they amount to.
#[derive(Debug, Serialize)]
pub(crate) struct ChangesView {
    /// `from origin/main (1f2e3d4c5b6a) to working tree, 12 documents compared`.
    pub versions: String,
    pub groups: Vec<Group>,
    /// `next version: 2.0.0 (major, after 1.4.0)`.
    pub next_version: Option<String>,
    pub notes: Vec<String>,
}

/// Changes of one verdict.
#[derive(Debug, Serialize)]
pub(crate) struct Group {
    /// What they amount to, and for whom.
    pub title: String,
    pub allowed: bool,
    pub changes: Vec<ChangeView>,
}

/// One change.
#[derive(Debug, Serialize)]
pub(crate) struct ChangeView {
    pub badge: Badge,
    pub document: String,
    pub message: String,
    pub before: Option<String>,
    pub after: Option<String>,
    /// What current data say.
    pub found: Option<String>,
    pub place: String,
    pub code: &'static str,
}

pub(crate) fn compared(changes: &ChangesRecord, exit_code: u8) -> ComparedPage {
    let badge = badge(State::worst(changes));
    ComparedPage {
        title: format!("{} — changes of contracts", badge.word),
        badge,
        conclusion: words::conclusion(changes),
        exit: Exit::of_changes(exit_code),
        changes: view(changes),
    }
}

pub(super) fn outcome(exit_code: u8) -> Outcome {
    match exit_code {
        0 => Outcome::Pass,
        1 => Outcome::Fail,
        _ => Outcome::Error,
    }
}

pub(super) fn view(changes: &ChangesRecord) -> ChangesView {
    let groups = ChangeVerdict::ALL.into_iter().filter_map(|verdict| group(changes, verdict)).collect();
    ChangesView {
        versions: words::versions(changes),
        groups,
        next_version: changes.next_version.as_ref().map(words::next_version),
        notes: changes.notes.clone(),
    }
}

/// The sign and word of a change, or of the worst of them.
fn badge(state: State) -> Badge {
    let class = match state {
        State::Breaks => "fail",
        State::Unknown => "error",
        State::Allowed => "warn",
        State::Kept | State::Fine => "pass",
    };
    let (sign, word) = state.marked().split_once(' ').unwrap_or_default();
    Badge { class, sign, word: word.trim_end() }
}

fn group(changes: &ChangesRecord, verdict: ChangeVerdict) -> Option<Group> {
    let mut of: Vec<&Change> = changes.of(verdict).collect();
    // what breaks comes before what current data keep
    of.sort_by_key(|change| !change.breaks());
    let (first, rest) = verdict.words().split_at(1);
    let title = format!("{}{rest}{}", first.to_uppercase(), words::about(verdict));
    let allowed = changes.allowed.contains(&verdict);
    (!of.is_empty()).then(|| Group { title, allowed, changes: of.iter().map(|found| change(found, changes)).collect() })
}

fn change(change: &Change, changes: &ChangesRecord) -> ChangeView {
    let at = &change.at;
    let old = if change.at_base { " of the old version" } else { "" };
    ChangeView {
        badge: badge(State::of(change, changes)),
        document: change.document.clone(),
        message: change.message.clone(),
        before: change.before.clone(),
        after: change.after.clone(),
        found: change.found.as_ref().map(words::data),
        place: format!("{}:{}:{}{old}", at.path, at.line, at.column),
        code: change.code,
    }
}
