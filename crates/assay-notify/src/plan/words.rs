//! Titles and reasons in words. Names and messages come from data: what could move a cursor or turn a line around is
//! left out.

use assay_core::ops::Millis;
use assay_core::ops::incidents::Incident;
use assay_core::verdict::Outcome;

use super::items::instant;
use crate::notification::{Item, Reason};
use crate::rules::Route;

/// Characters of a title, at most.
const LONGEST: usize = 150;

/// An incident of a message.
#[derive(Debug, Clone, Copy)]
pub(super) struct Case<'a> {
    pub incident: &'a Incident,
    pub news: Option<Reason>,
    pub is_over: bool,
}

/// What a reason is told with.
#[derive(Debug)]
pub(super) struct Why<'a> {
    pub route: Option<&'a Route>,
    /// How long nothing changed, of what is repeated.
    pub repeat: Option<Millis>,
    /// What muted incidents that no longer are.
    pub mutes: Vec<&'a str>,
    pub period: Option<(Millis, Millis)>,
}

/// `[2 failing, 1 warning] gold.revenue: amount range 812 of 10,000 rows out of range`. The cases are sorted, worst first.
pub(super) fn title(reason: Reason, cases: &[Case<'_>]) -> String {
    let open: Vec<&Case<'_>> = cases.iter().filter(|case| !case.is_over).collect();
    let resolved = cases.len() - open.len();
    let counts = counts(open.iter().map(|case| case.incident.severity), resolved);
    let standing = match reason {
        Reason::Digest => format!("digest: {counts}"),
        Reason::Escalated => format!("escalated: {counts}"),
        _ if open.is_empty() => "resolved".to_owned(),
        _ => self::counts(open.iter().map(|case| case.incident.severity), 0),
    };
    let shown = if open.is_empty() { cases.iter().collect() } else { open };
    let Some(first) = shown.first() else { return format!("[{standing}]") };
    let mut documents: Vec<&str> = shown.iter().map(|case| case.incident.key.document.as_str()).collect();
    documents.sort_unstable();
    documents.dedup();
    let others = documents.len() - 1;
    let place = match others {
        0 => first.incident.key.document.clone(),
        n => format!("{} and {n} {}", first.incident.key.document, if n == 1 { "other" } else { "others" }),
    };
    let what = what(first.incident);
    let text = match (first.is_over, shown.len()) {
        (true, 1) => format!("[{standing}] {place}: {what}"),
        (true, _) => format!("[{standing}] {place}"),
        (false, _) => format!("[{standing}] {place}: {what} {}", first.incident.message),
    };
    shorten(&clean(&text), LONGEST)
}

/// `2 failing, 1 warning, 3 resolved`.
fn counts(severities: impl Iterator<Item = Outcome>, resolved: usize) -> String {
    let severities: Vec<Outcome> = severities.collect();
    let of = |outcome: Outcome| severities.iter().filter(|severity| **severity == outcome).count();
    let errors = of(Outcome::Error);
    let kinds = [
        (of(Outcome::Fail), "failing"),
        (errors, if errors == 1 { "error" } else { "errors" }),
        (of(Outcome::Warn), "warning"),
        (resolved, "resolved"),
    ];
    let said: Vec<String> =
        kinds.iter().filter(|(n, _)| *n > 0).map(|(n, word)| format!("{} {word}", grouped(*n))).collect();
    if said.is_empty() { "open".to_owned() } else { said.join(", ") }
}

/// `amount range`, of a segment `amount drift (city_id=7)`.
fn what(incident: &Incident) -> String {
    let key = &incident.key;
    let check = match &key.column {
        Some(column) => match key.check.strip_prefix(column.as_str()).and_then(|rest| rest.strip_prefix('.')) {
            Some(check) => format!("{column} {check}"),
            None => format!("{column} {}", key.check),
        },
        None => key.check.clone(),
    };
    match &key.segment {
        Some(segment) => format!("{check} ({segment})"),
        None => check,
    }
}

/// Why a message is sent, in one sentence.
pub(super) fn why(reason: Reason, cases: &[Case<'_>], why: &Why<'_>) -> String {
    let with = |news: &[Reason]| -> Vec<&Case<'_>> {
        cases.iter().filter(|case| case.news.is_some_and(|of| news.contains(&of))).collect()
    };
    let open = cases.iter().filter(|case| !case.is_over).count();
    let text = match reason {
        Reason::Opened => format!("{} opened", some(&with(&[Reason::Opened]))),
        Reason::NewMember => format!("{} opened beside what was told before", some(&with(&[Reason::Opened]))),
        Reason::Worsened => format!("{} worse", some(&with(&[Reason::Worsened]))),
        Reason::Reopened => format!("{} open again", some(&with(&[Reason::Reopened]))),
        Reason::MuteEnded => {
            let mut mutes = why.mutes.clone();
            mutes.sort_unstable();
            mutes.dedup();
            let more = mutes.len().saturating_sub(3);
            mutes.truncate(3);
            let more = if more > 0 { format!(" and {more} more") } else { String::new() };
            format!("{} open and no longer muted by {}{more}", some(&with(&[Reason::MuteEnded])), mutes.join(", "))
        }
        Reason::PartlyResolved => {
            format!("{} over, {} still open", some(&with(&[Reason::Resolved])), grouped(open))
        }
        Reason::Resolved => format!("{} over", some(&with(&[Reason::Resolved]))),
        Reason::Repeat => match why.repeat {
            Some(repeat) => format!("{} still open {} later", some_of(cases), duration(repeat)),
            None => format!("{} still open", some_of(cases)),
        },
        Reason::Escalated => {
            let after = why.route.and_then(|route| route.escalate.as_ref());
            let within = after.map(|escalate| format!(" within {}", duration(escalate.after))).unwrap_or_default();
            format!("nobody acknowledged{within}: {} open", some(&with(&[Reason::Escalated])))
        }
        Reason::Digest => {
            let at = |at: Millis| instant(at).unwrap_or_default();
            let period = why.period.map(|(from, to)| format!(" from {} to {}", at(from), at(to))).unwrap_or_default();
            format!("the digest{period}: {} open, {} over", grouped(open), grouped(cases.len() - open))
        }
        Reason::Test => "somebody wants to see whether it arrives".to_owned(),
        Reason::Fallback => "another receiver could not be reached".to_owned(),
    };
    clean(&text)
}

fn some(cases: &[&Case<'_>]) -> String {
    match cases {
        [case] => one(case),
        cases => format!("{} incidents are", grouped(cases.len())),
    }
}

fn some_of(cases: &[Case<'_>]) -> String {
    match cases {
        [case] => one(case),
        cases => format!("{} incidents are", grouped(cases.len())),
    }
}

fn one(case: &Case<'_>) -> String {
    shorten(&format!("{} of {} is", what(case.incident), case.incident.key.document), LONGEST)
}

/// The title of what stands for messages that could not be delivered.
pub(super) fn fallback_title(receiver: &str, n_messages: usize, incidents: &[Item]) -> String {
    let open = incidents.iter().filter(|item| item.resolved_at.is_none());
    let resolved = incidents.iter().filter(|item| item.resolved_at.is_some()).count();
    let counts = counts(open.map(|item| item.severity), resolved);
    let messages = if n_messages == 1 { "a message".to_owned() } else { format!("{} messages", grouped(n_messages)) };
    shorten(&clean(&format!("[not delivered: {counts}] {messages} to {receiver}")), LONGEST)
}

/// Why it stands for them.
pub(super) fn fallback_why(receiver: &str, n_messages: usize, why: &str) -> String {
    let messages = if n_messages == 1 { "a message".to_owned() } else { format!("{} messages", grouped(n_messages)) };
    shorten(&clean(&format!("{messages} to {receiver} could not be delivered: {why}")), 500)
}

/// `10,000`.
fn grouped(n: usize) -> String {
    let digits = n.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// `4h`, `1h 30m`, `45s`.
pub(super) fn duration(millis: Millis) -> String {
    let units = [(86_400_000, "d"), (3_600_000, "h"), (60_000, "m"), (1_000, "s"), (1, "ms")];
    let mut left = millis;
    let mut said = Vec::new();
    for (size, unit) in units {
        if left >= size && said.len() < 2 {
            said.push(format!("{}{unit}", left / size));
            left %= size;
        }
    }
    if said.is_empty() { "0s".to_owned() } else { said.join(" ") }
}

/// The text on one line, without characters that show nothing or turn the line around.
pub(super) fn clean(text: &str) -> String {
    let spaced = text.chars().map(|char| if matches!(char, '\n' | '\r' | '\t' | '\u{85}') { ' ' } else { char });
    spaced.filter(|char| !is_unsafe(*char)).collect()
}

/// Control characters, line and paragraph separators, and formatting characters that show nothing.
fn is_unsafe(char: char) -> bool {
    char.is_control()
        || matches!(
            char,
            '\u{ad}' | '\u{600}'..='\u{605}' | '\u{61c}' | '\u{6dd}' | '\u{70f}' | '\u{180e}' | '\u{200b}'..='\u{200f}'
                | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}'
                | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}'
        )
}

/// At most so many characters, the last of them `…` where more were there.
pub(super) fn shorten(text: &str, most: usize) -> String {
    if text.chars().nth(most).is_none() {
        return text.to_owned();
    }
    let kept: String = text.chars().take(most - 1).collect();
    format!("{}…", kept.trim_end())
}
