//! A notification in plain words: what both templates lay out.

use std::collections::BTreeMap;

use assay_core::ops::silences::{MatchOp, Matcher};
use assay_core::verdict::Outcome;
use serde::Serialize;

use super::facts::{self, Fact, Link, Row, Strip};
use super::said::{self, Badge, Stage, is_over, news, stage_of};
use super::{escape, strip, time};
use crate::labels::LABELS;
use crate::matchers;
use crate::notification::{Item, Notification, Reason};

/// Characters of a request that is shown, at most.
const MOST_REQUEST: usize = 4_000;

/// All that a mail says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct View {
    /// One line: what is broken.
    pub title: String,
    /// What nobody may overlook.
    pub banner: Option<&'static str>,
    /// How it stands.
    pub badge: Badge,
    /// How many.
    pub summary: Option<String>,
    /// Of the whole: why it is sent, project, what the group has in common.
    pub facts: Vec<Fact>,
    /// Incidents, under headings.
    pub sections: Vec<Section>,
    /// How many are not listed.
    pub more: Option<String>,
    /// A call that is passed on.
    pub request: Option<String>,
    /// Who is told, by which rule, and how that ends.
    pub about: Vec<Fact>,
    /// Where all of it is shown.
    pub links: Vec<Link>,
    /// What silences it.
    pub silence: Option<String>,
    /// Drawings by id.
    #[serde(skip)]
    pub images: Vec<(String, Vec<u8>)>,
}

/// Incidents under a heading.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Section {
    /// The heading.
    pub heading: String,
    /// The incidents.
    pub rows: Vec<Row>,
}

/// The words for a notification, with so many incidents at most.
pub(super) fn of(notification: &Notification, host: &str, most: usize) -> View {
    let external_url = notification.external_url.as_deref().filter(|url| is_web(url));
    let mut drawings = Drawings { host, notification, images: Vec::new(), known: BTreeMap::new() };
    let listed = listed(&notification.incidents, most);
    let more = (notification.incidents.len() - listed.len()) as u64 + notification.left_out;
    let sections = sections(notification, &listed)
        .into_iter()
        .map(|(heading, items)| {
            let rows = items.into_iter().map(|(item, news)| {
                let mut row = facts::row(item, notification.at, external_url, news);
                row.strip = drawings.of(&item.strip);
                row
            });
            Section { heading, rows: rows.collect() }
        })
        .collect();
    View {
        title: escape::shortened(&notification.title, 400).into_owned(),
        banner: said::banner(notification),
        badge: said::of_all(notification),
        summary: said::summary(notification),
        facts: common(notification),
        sections,
        more: (more > 0).then(|| format!("and {} more", said::grouped(more))),
        request: request(notification),
        about: about(notification),
        links: external_url.map(links).unwrap_or_default(),
        silence: silence(notification),
        images: drawings.images,
    }
}

/// Links lead to web pages, nowhere else.
fn is_web(url: &str) -> bool {
    url.starts_with("https://") || url.starts_with("http://")
}

/// Which are listed, in their order: what is new comes before what was told already, where not all have room.
fn listed(items: &[Item], most: usize) -> Vec<&Item> {
    let mut chosen: Vec<usize> = (0..items.len()).collect();
    chosen.sort_by_key(|at| (items[*at].news.is_none(), *at));
    chosen.truncate(most);
    chosen.sort_unstable();
    chosen.into_iter().map(|at| &items[at]).collect()
}

type Listed<'a> = Vec<(&'a Item, Option<&'static str>)>;

/// Incidents under their headings; headings without any are left out. What a test is about is made up, and left out, too.
fn sections<'a>(notification: &Notification, items: &[&'a Item]) -> Vec<(String, Listed<'a>)> {
    if notification.reason == Reason::Test {
        return Vec::new();
    }
    if let Some((from, _)) = notification.period {
        return by_document(items, from);
    }
    let (over, open): (Vec<&Item>, Vec<&Item>) = items.iter().copied().partition(|item| is_over(item));
    let (new, old): (Vec<&Item>, Vec<&Item>) = open.into_iter().partition(|item| news(item).is_some());
    let (first, second) = if new.is_empty() || old.is_empty() { ("Open", "Open") } else { ("New", "Still open") };
    [(first, new), (second, old), ("Resolved", over)]
        .into_iter()
        .filter(|(_, items)| !items.is_empty())
        .map(|(heading, items)| (heading.to_owned(), items.into_iter().map(|item| (item, news(item))).collect()))
        .collect()
}

/// Of a digest: documents in the order of their worst, in each what was opened, is still open, is over.
fn by_document<'a>(items: &[&'a Item], from: i64) -> Vec<(String, Listed<'a>)> {
    let mut sections: Vec<(String, Vec<(Stage, &'a Item)>)> = Vec::new();
    for item in items {
        let entry = (stage_of(item, from), *item);
        match sections.iter_mut().find(|(document, _)| *document == item.document) {
            Some((_, items)) => items.push(entry),
            None => sections.push((item.document.clone(), vec![entry])),
        }
    }
    sections
        .into_iter()
        .map(|(document, mut items)| {
            items.sort_by_key(|(stage, _)| *stage);
            let items = items.into_iter().map(|(stage, item)| (item, Some(stage.word()))).collect();
            (escape::shortened(&document, 200).into_owned(), items)
        })
        .collect()
}

fn common(notification: &Notification) -> Vec<Fact> {
    let mut facts = Vec::new();
    if !notification.why.is_empty() {
        facts.push(Fact { name: "Why", value: escape::shortened(&notification.why, 1_000).into_owned() });
    }
    if let Some(project) = &notification.project {
        facts.push(Fact { name: "Project", value: escape::shortened(project, 200).into_owned() });
    }
    if !notification.labels.is_empty() {
        let labels: Vec<String> = notification.labels.iter().map(|(name, value)| format!("{name}={value}")).collect();
        facts.push(Fact { name: "Group", value: escape::shortened(&labels.join(", "), 400).into_owned() });
    }
    facts
}

fn about(notification: &Notification) -> Vec<Fact> {
    let fact = |name, value: &str| Fact { name, value: escape::shortened(value, 400).into_owned() };
    vec![
        fact("Reason", &notification.reason.name().replace('_', " ")),
        fact("Receiver", &notification.receiver),
        fact("Route", &notification.route),
        fact("Decided", &time::instant(notification.at)),
        fact("Message", &notification.id),
    ]
}

fn links(base: &str) -> Vec<Link> {
    vec![
        Link { name: "All incidents", href: format!("{base}/incidents") },
        Link { name: "Silences", href: format!("{base}/silences") },
    ]
}

/// The command that silences the group for a while.
fn silence(notification: &Notification) -> Option<String> {
    if !notification.is_open || notification.reason == Reason::Test {
        return None;
    }
    let labels = match notification.labels.is_empty() {
        false => notification.labels.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect(),
        true => of_document(notification),
    };
    let matchers: Vec<String> = labels
        .into_iter()
        .filter(|(name, value)| LABELS.contains(name) && !value.is_empty())
        .map(|(name, value)| Matcher { label: name.to_owned(), op: MatchOp::Is, value: value.to_owned() })
        .map(|matcher| matchers::text(&matcher))
        .collect();
    if matchers.is_empty() || matchers.iter().map(String::len).sum::<usize>() > 1_000 {
        return None;
    }
    Some(format!("assay silence add '{}' --for 4h", matchers.join(",").replace('\'', r"'\''")))
}

/// The document, where all are of one.
fn of_document(notification: &Notification) -> Vec<(&str, &str)> {
    let Some(first) = notification.incidents.first() else { return Vec::new() };
    if notification.left_out > 0 || notification.incidents.iter().any(|item| item.document != first.document) {
        return Vec::new();
    }
    let is_name = |name: &str| name == "contract" || name == "monitor";
    first.labels.iter().filter(|(name, _)| is_name(name)).map(|(name, value)| (name.as_str(), value.as_str())).collect()
}

fn request(notification: &Notification) -> Option<String> {
    let text = serde_json::to_string(notification.retrain.as_ref()?).ok()?;
    Some(escape::shortened(&text, MOST_REQUEST).into_owned())
}

/// Drawings of last runs, each once.
struct Drawings<'a> {
    host: &'a str,
    notification: &'a Notification,
    images: Vec<(String, Vec<u8>)>,
    known: BTreeMap<Vec<Outcome>, String>,
}

impl Drawings<'_> {
    fn of(&mut self, outcomes: &[Outcome]) -> Option<Strip> {
        let outcomes = strip::newest(outcomes);
        if outcomes.is_empty() {
            return None;
        }
        if !self.known.contains_key(outcomes) {
            let id = super::headers::atom(&self.notification.id);
            let cid = format!("strip{}.{id}@{}", self.images.len() + 1, self.host);
            self.images.push((cid.clone(), strip::png(outcomes)?));
            self.known.insert(outcomes.to_vec(), cid);
        }
        let cid = self.known.get(outcomes)?.clone();
        Some(Strip { cid, text: strip::words(outcomes), width: strip::width(outcomes) })
    }
}
