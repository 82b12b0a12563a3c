//! What a mail says of one incident.

use assay_core::ops::Millis;
use assay_core::verdict::Outcome;
use serde::Serialize;

use super::escape::{query, shortened};
use super::said::{Badge, is_over, of_item};
use super::time;
use crate::notification::Item;

/// Characters of a sentence, at most.
const MOST_MESSAGE: usize = 1_000;
/// Characters of a name, at most.
const MOST_NAME: usize = 200;
/// Characters of a command, at most: half a command is none.
const MOST_COMMAND: usize = 2_000;

/// A name and a value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Fact {
    /// What it is.
    pub name: &'static str,
    /// It.
    pub value: String,
}

/// Where something is shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Link {
    /// What is there.
    pub name: &'static str,
    /// Where.
    pub href: String,
}

/// A drawing of the last runs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Strip {
    /// The drawing's id.
    pub cid: String,
    /// The same in words.
    pub text: String,
    /// How wide it is shown.
    pub width: u32,
}

/// An incident.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Row {
    /// How it stands.
    pub badge: Badge,
    /// What is new about it.
    pub news: Option<&'static str>,
    /// Where the check is: document and column.
    pub name: String,
    /// The check.
    pub check: String,
    /// What was found.
    pub message: String,
    /// What else is known.
    pub facts: Vec<Fact>,
    /// Where more is shown.
    pub links: Vec<Link>,
    /// What shows it on a desk.
    pub command: Option<String>,
    /// How the last runs went.
    pub strip: Option<Strip>,
}

/// The row of an incident; its drawing comes later.
pub(super) fn row(item: &Item, at: Millis, external_url: Option<&str>, news: Option<&'static str>) -> Row {
    let column = item.column.as_ref().map(|column| format!(".{column}")).unwrap_or_default();
    let command = item.reproduce.clone().filter(|command| command.chars().count() <= MOST_COMMAND);
    Row {
        badge: of_item(item),
        news,
        name: short(&format!("{}{column}", item.document)),
        check: short(check(item)),
        message: shortened(&item.message, MOST_MESSAGE).into_owned(),
        facts: facts(item, at),
        links: links(item, external_url),
        command,
        strip: None,
    }
}

/// Ids of checks begin with their column, which is said already.
fn check(item: &Item) -> &str {
    let rest = item.column.as_deref().and_then(|column| item.check.strip_prefix(column)?.strip_prefix('.'));
    rest.unwrap_or(&item.check)
}

fn short(text: &str) -> String {
    shortened(text, MOST_NAME).into_owned()
}

fn facts(item: &Item, at: Millis) -> Vec<Fact> {
    let mut facts = Vec::new();
    let mut say = |name: &'static str, value: String| facts.push(Fact { name, value });
    say("Number", item.number.to_string());
    say("Severity", how_bad(item).to_owned());
    match item.resolved_at.filter(|_| is_over(item)) {
        Some(resolved) => {
            say("Opened", time::instant(item.opened_at));
            say("Resolved", format!("{}{}", time::instant(resolved), why_resolved(item)));
            say("Open for", time::length(resolved - item.opened_at));
        }
        None => say("Since", format!("{}, for {}", time::instant(item.since), time::length(at - item.since))),
    }
    if let Some(segment) = &item.segment {
        say("Segment", short(segment));
    }
    say("Owner", item.owner.as_deref().map_or_else(|| "nobody is named".to_owned(), short));
    if let Some(layer) = &item.layer {
        say("Layer", short(layer));
    }
    if let Some(who) = &item.acknowledged_by {
        say("Acknowledged by", short(who));
    }
    if item.reopened > 0 {
        say("Opened again", times(item.reopened));
    }
    if item.is_flapping {
        say("Flapping", "it goes on and off too often to tell each time".to_owned());
    }
    let tags: Vec<&str> = item.labels.iter().filter(|(name, _)| name == "tag").map(|(_, tag)| tag.as_str()).collect();
    if !tags.is_empty() {
        say("Tags", short(&tags.join(", ")));
    }
    if item.is_of_daemon() {
        say("Run", format!("{}, planned for {}", short(&item.run), time::instant(item.planned)));
    }
    facts
}

fn how_bad(item: &Item) -> &'static str {
    match item.severity {
        Outcome::Pass => "pass",
        Outcome::Skipped => "skipped",
        Outcome::Warn => "warn",
        Outcome::Fail => "fail",
        Outcome::Error => "error: it could not be evaluated",
    }
}

fn why_resolved(item: &Item) -> String {
    match item.resolved_why.as_deref() {
        None => String::new(),
        Some("recovered") => ": the check holds again".to_owned(),
        Some("removed") => ": nobody checks it any more".to_owned(),
        Some(other) => format!(": {}", short(other)),
    }
}

fn times(n: u32) -> String {
    if n == 1 { "once".to_owned() } else { format!("{n} times") }
}

fn links(item: &Item, external_url: Option<&str>) -> Vec<Link> {
    let Some(base) = external_url else { return Vec::new() };
    let mut links = Vec::new();
    if item.is_of_daemon() {
        links.push(Link { name: "Report", href: format!("{base}/runs/{}", query(&item.run)) });
    }
    links.extend(item.url(Some(base)).map(|href| Link { name: "Incident", href }));
    if !is_over(item) {
        links.push(Link { name: "Silence", href: silence(item, base) });
    }
    links
}

/// The page that makes a silence, filled in for this check.
fn silence(item: &Item, base: &str) -> String {
    let of = ["contract", "monitor", "check", "column", "segment"];
    let labels = item.labels.iter().filter(|(name, value)| of.contains(&name.as_str()) && !value.is_empty());
    let query: Vec<String> = labels.map(|(name, value)| format!("{name}={}", query(value))).collect();
    let mark = if query.is_empty() { "" } else { "?" };
    format!("{base}/silences{mark}{}#new", query.join("&"))
}
