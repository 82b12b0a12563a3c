//! What changed between two versions: the verdicts worst first, each change with what was, what is, and what current
//! data say of it.

use assay_core::change::{Change, ChangeVerdict, ChangesRecord, Found, NextVersion};

use super::page::{Page, Tone};
use super::words::{count, plural};

/// Compatible changes beyond this many are summed up unless everything is asked for.
const COMPATIBLE_SHOWN: usize = 10;
/// Of a value as it was and is, so many characters are shown.
const VALUE_SHOWN: usize = 160;
/// A commit's id is shown by so many digits.
const ID_SHOWN: usize = 12;

/// What became of a change.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum State {
    Breaks,
    Unknown,
    Allowed,
    Kept,
    Fine,
}

impl State {
    pub(crate) fn of(change: &Change, changes: &ChangesRecord) -> State {
        match change.verdict {
            ChangeVerdict::Compatible => State::Fine,
            verdict if changes.allowed.contains(&verdict) => State::Allowed,
            _ if change.is_unknown() => State::Unknown,
            _ if change.breaks() => State::Breaks,
            _ => State::Kept,
        }
    }

    /// Of the worst change.
    pub(crate) fn worst(changes: &ChangesRecord) -> State {
        match changes.exit_code() {
            0 => State::Fine,
            1 => State::Breaks,
            _ => State::Unknown,
        }
    }

    /// Sign and word, for pages that have their own colours.
    pub(crate) fn marked(self) -> &'static str {
        self.sign().1
    }

    /// A sign and a word, all of one width.
    fn sign(self) -> (Tone, &'static str) {
        match self {
            State::Breaks => (Tone::Bad, "✗ BREAKS "),
            State::Unknown => (Tone::Bad, "? UNKNOWN"),
            State::Allowed => (Tone::Doubtful, "! ALLOWED"),
            State::Kept => (Tone::Good, "✓ KEPT   "),
            State::Fine => (Tone::Good, "✓ FINE   "),
        }
    }
}

pub(super) fn changes_page(changes: &ChangesRecord, page: &mut Page) {
    let worst = State::worst(changes);
    page.line(0, &[worst.sign(), (Tone::Strong, &format!("  {}", conclusion(changes)))]);
    page.wrapped(2, Tone::Faint, &versions(changes));
    if let Some(next) = &changes.next_version {
        page.wrapped(2, Tone::Plain, &next_version(next));
    }
    for verdict in ChangeVerdict::ALL {
        group(changes, verdict, page);
    }
    if !changes.notes.is_empty() {
        page.blank();
    }
    for note in &changes.notes {
        page.wrapped(0, Tone::Faint, &format!("note: {note}"));
    }
}

/// `2 of 9 changes break: 1 breaks consumers, 1 breaks the producer; 1 allowed, 6 compatible`.
pub(crate) fn conclusion(changes: &ChangesRecord) -> String {
    if changes.changes.is_empty() {
        return "no contract changes".into();
    }
    let in_state = |state| changes.changes.iter().filter(move |change| State::of(change, changes) == state);
    let by_verdict = |state| {
        let of = |verdict: ChangeVerdict| (in_state(state).filter(|change| change.verdict == verdict).count(), verdict);
        let told = ChangeVerdict::ALL.into_iter().map(of).filter(|(n, _)| *n > 0);
        told.map(|(n, verdict)| format!("{} {}", count(n as u64), words(verdict, n))).collect::<Vec<_>>().join(", ")
    };
    let all = plural(changes.changes.len(), "change");
    let mut parts = Vec::new();
    for (state, verb) in [(State::Unknown, "cannot be judged"), (State::Breaks, "break")] {
        match in_state(state).count() {
            0 => {}
            n if parts.is_empty() => {
                parts.push(format!("{} of {all} {}: {}", count(n as u64), verb_of(verb, n), by_verdict(state)))
            }
            n => parts.push(format!("{} {}: {}", count(n as u64), verb_of(verb, n), by_verdict(state))),
        }
    }
    if parts.is_empty() {
        parts.push(if changes.changes.len() == 1 {
            format!("{all}, which breaks nothing")
        } else {
            format!("{all}, none breaks")
        });
    }
    let told = [(State::Kept, "kept by current data"), (State::Allowed, "allowed"), (State::Fine, "compatible")];
    let others = told.into_iter().map(|(state, word)| (in_state(state).count(), word)).filter(|(n, _)| *n > 0);
    let others: Vec<String> = others.map(|(n, word)| format!("{} {word}", count(n as u64))).collect();
    if !others.is_empty() {
        parts.push(others.join(", "));
    }
    parts.join("; ")
}

fn verb_of(verb: &str, n: usize) -> &str {
    if n == 1 && verb == "break" { "breaks" } else { verb }
}

fn words(verdict: ChangeVerdict, n: usize) -> &'static str {
    match (verdict, n) {
        (ChangeVerdict::BreaksConsumers, 1) => "breaks consumers",
        (ChangeVerdict::BreaksConsumers, _) => "break consumers",
        (ChangeVerdict::BreaksProducer, 1) => "breaks the producer",
        (ChangeVerdict::BreaksProducer, _) => "break the producer",
        (ChangeVerdict::MonitoringWeakened, 1) => "weakens monitoring",
        (ChangeVerdict::MonitoringWeakened, _) => "weaken monitoring",
        (ChangeVerdict::Compatible, _) => "compatible",
    }
}

pub(crate) fn versions(changes: &ChangesRecord) -> String {
    let version = |name: &str, commit: &str| {
        let short: String = commit.chars().take(ID_SHOWN).collect();
        if short.is_empty() || commit.starts_with(name) { name.to_string() } else { format!("{name} ({short})") }
    };
    let documents = plural(usize::try_from(changes.documents).unwrap_or(usize::MAX), "document");
    format!(
        "from {} to {}, {documents} compared",
        version(&changes.base, &changes.base_commit),
        version(&changes.head, &changes.head_commit)
    )
}

pub(crate) fn next_version(next: &NextVersion) -> String {
    match (&next.current, &next.next) {
        (Some(current), Some(version)) => format!("next version: {version} ({}, after {current})", next.level),
        _ if next.level == "none" => "next version: none is needed".into(),
        _ => format!("next version: a {} one", next.level),
    }
}

fn group(changes: &ChangesRecord, verdict: ChangeVerdict, page: &mut Page) {
    let mut of_verdict: Vec<&Change> = changes.of(verdict).collect();
    if of_verdict.is_empty() {
        return;
    }
    page.blank();
    let mut title = verdict.words().to_string();
    if changes.allowed.contains(&verdict) {
        title.push_str(" (allowed)");
    }
    page.line(0, &[(Tone::Strong, &title), (Tone::Faint, about(verdict))]);
    // what breaks comes before what current data keep
    of_verdict.sort_by_key(|change| !change.breaks());
    let brief = verdict == ChangeVerdict::Compatible && !page.reading.verbose;
    let shown = if brief { COMPATIBLE_SHOWN } else { usize::MAX };
    for change in of_verdict.iter().take(shown) {
        let state = State::of(change, changes);
        page.headed(2, state.sign(), &change.document, &change.message);
        if !brief {
            details(change, page);
        }
    }
    if of_verdict.len() > shown {
        let more = plural(of_verdict.len() - shown, "more change");
        page.wrapped(2, Tone::Faint, &format!("{more} (--verbose lists them)"));
    }
}

pub(crate) fn about(verdict: ChangeVerdict) -> &'static str {
    match verdict {
        ChangeVerdict::BreaksConsumers => ": who reads the table may rely on what is no longer promised",
        ChangeVerdict::BreaksProducer => ": who writes the table has to keep more than before",
        ChangeVerdict::MonitoringWeakened => ": something may go wrong unnoticed",
        ChangeVerdict::Compatible => ": nobody has to do anything",
    }
}

fn details(change: &Change, page: &mut Page) {
    const INDENT: usize = 12;
    // many sentences name both values
    let told = |value: &Option<String>| value.as_ref().is_none_or(|text| change.message.contains(text.trim()));
    let values = match (&change.before, &change.after) {
        (before, after) if told(before) && told(after) => None,
        (Some(before), Some(after)) => Some(format!("{} -> {}", value(before), value(after))),
        (Some(before), None) => Some(format!("was: {}", value(before))),
        (None, Some(after)) => Some(format!("now: {}", value(after))),
        (None, None) => None,
    };
    if let Some(values) = values {
        page.wrapped(INDENT, Tone::Plain, &values);
    }
    if let Some(found) = &change.found {
        page.wrapped(INDENT, Tone::Plain, &format!("current data: {}", data(found)));
    }
    let version = if change.at_base { " of the old version" } else { "" };
    let at = &change.at;
    page.wrapped(INDENT, Tone::Faint, &format!("{}:{}:{}{version}", at.path, at.line, at.column));
}

/// What current data say of a change.
pub(crate) fn data(found: &Found) -> String {
    match found {
        Found::Rows { failing, tested, passes } => {
            let of = format!("{} of {} rows", count(*failing), count(*tested));
            match (passes, failing) {
                (true, 0) => format!("none of {} rows would fail", count(*tested)),
                (true, _) => format!("{of} would fail, as many as may"),
                (false, _) => format!("{of} would fail"),
            }
        }
        Found::Judged { passes: true, message } => format!("kept ({message})"),
        Found::Judged { passes: false, message } => format!("not kept ({message})"),
        Found::Unknown(why) => format!("not known ({why})"),
    }
}

/// A value as written, short enough for a line.
fn value(text: &str) -> String {
    let text = text.trim();
    if text.chars().count() <= VALUE_SHOWN {
        return text.to_string();
    }
    text.chars().take(VALUE_SHOWN).chain(['…']).collect()
}
