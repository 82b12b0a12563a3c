//! The first screen: is anything broken now, since when, who owns it, what changed; then every contract and monitor.

use std::collections::{BTreeMap, BTreeSet};
use std::io;

use assay_core::ops::Millis;
use assay_core::ops::incidents::{Incident, IncidentState};
use serde::Serialize;

use super::frame::{Frame, Place};
use super::grid::{Layer, badge_of, counted, layers, tallies};
use super::incidents::{Bad, Choice, Row, what, worst_first};
use super::list::{Filter, Listed, ROWS, Selected, Standing};
use super::time::When;
use super::{Past, link, page, signs};
use crate::formats::html::view::run::Tally;
use crate::formats::html::view::trend::Strip;
use crate::formats::html::view::{Badge, cut};
use crate::formats::text::words::{count, plural};

/// Incidents beyond this many are left to their own page.
const INCIDENTS: usize = 12;
/// Owners named above everything else.
const OWNERS: usize = 3;
/// What happened since this long ago has changed.
pub const LATELY: Millis = 24 * 3_600_000;
/// Owners and tags to choose from.
const CHOICES: usize = 200;
/// Changes that are told.
const CHANGES: usize = 8;

/// The first screen.
#[derive(Debug, Clone)]
pub struct Home<'a> {
    /// Incidents that are not resolved.
    pub incidents: Vec<Bad>,
    /// Incidents of which anything changed lately, resolved ones too.
    pub changed: Vec<Incident>,
    /// All contracts and monitors.
    pub documents: &'a [Listed<'a>],
    /// What the address asks for.
    pub filter: &'a Filter,
    /// What it finds.
    pub selected: Selected<'a>,
    /// More of the documents selected, by name.
    pub more: BTreeMap<String, More>,
}

/// What a row says beside its document.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct More {
    /// The last runs, oldest first.
    pub past: Vec<Past>,
    /// When it is due.
    pub next: Option<Millis>,
}

/// The page.
///
/// # Errors
/// A template that cannot be rendered.
pub fn home(frame: &Frame, home: &Home<'_>) -> io::Result<Vec<u8>> {
    let mut incidents = home.incidents.clone();
    worst_first(&mut incidents);
    let confirmed = incidents.iter().filter(|bad| bad.incident.state != IncidentState::Pending).count();
    let view = Page {
        badge: incidents.first().filter(|_| confirmed > 0).map_or(assay_core::verdict::Outcome::Pass, worst).into(),
        conclusion: conclusion(home, confirmed),
        lead: lead(home, &incidents, frame.now),
        tallies: tallies(home.documents),
        incidents: incidents.iter().take(INCIDENTS).map(|bad| Row::new(bad, frame.now)).collect(),
        incidents_more: incidents.len().saturating_sub(INCIDENTS),
        changes: changes(&home.changed, frame.now),
        layers: layers(home.documents),
        filter: filter(home),
        rows: home.selected.rows.iter().map(|listed| row(listed, home, frame.now)).collect(),
        found: found(home),
        pages: pages(home),
    };
    page("pages/home.html", Place::Overview, &title(home, confirmed), frame, &view)
}

#[derive(Debug, Serialize)]
struct Page {
    badge: Badge,
    conclusion: String,
    lead: String,
    tallies: Vec<Tally>,
    incidents: Vec<Row>,
    incidents_more: usize,
    changes: Vec<Change>,
    layers: Vec<Layer>,
    filter: FilterView,
    rows: Vec<DocumentRow>,
    found: String,
    pages: Pages,
}

#[derive(Debug, Serialize)]
struct Change {
    when: When,
    class: &'static str,
    sign: &'static str,
    word: String,
    what: String,
    href: String,
    document: String,
}

#[derive(Debug, Serialize)]
struct FilterView {
    text: String,
    layers: Vec<Choice>,
    owners: Vec<Choice>,
    tags: Vec<Choice>,
    states: Vec<Choice>,
    is_set: bool,
}

#[derive(Debug, Serialize)]
struct DocumentRow {
    name: String,
    href: String,
    badge: Badge,
    busy: Option<Badge>,
    is_monitor: bool,
    enabled: bool,
    layer: Option<String>,
    owner: Option<String>,
    tags: Vec<String>,
    incidents: usize,
    strip: Option<Strip>,
    last: Option<When>,
    next: Option<When>,
}

#[derive(Debug, Serialize)]
struct Pages {
    here: usize,
    all: usize,
    earlier: Option<String>,
    later: Option<String>,
}

fn worst(bad: &Bad) -> assay_core::verdict::Outcome {
    bad.incident.severity
}

fn title(home: &Home<'_>, confirmed: usize) -> String {
    match (confirmed, home.documents.is_empty()) {
        (_, true) => "Nothing to check".into(),
        (0, false) => "Nothing is broken".into(),
        (n, false) => format!("{} open", plural(n, "incident")),
    }
}

fn conclusion(home: &Home<'_>, confirmed: usize) -> String {
    match (confirmed, home.documents.is_empty()) {
        (0, true) => "There is no contract and no monitor yet".into(),
        (0, false) => "Nothing is broken".into(),
        (n, _) => format!("{} open", plural(n, "incident")),
    }
}

/// Since when, and what was not confirmed yet.
fn lead(home: &Home<'_>, incidents: &[Bad], now: Millis) -> String {
    let mut parts = Vec::new();
    let confirmed = || incidents.iter().filter(|bad| bad.incident.state != IncidentState::Pending);
    if let Some(oldest) = confirmed().map(|bad| bad.incident.since).min() {
        parts.push(format!("Oldest {}", When::new(oldest, now).ago));
    }
    parts.extend(owners(confirmed().map(|bad| bad.incident.owner.as_deref())));
    let acknowledged = confirmed().filter(|bad| bad.incident.state == IncidentState::Acknowledged).count();
    if acknowledged > 0 {
        parts.push(format!("{} acknowledged", count(acknowledged as u64)));
    }
    let silenced = confirmed().filter(|bad| bad.silenced.is_some()).count();
    if silenced > 0 {
        parts.push(format!("{} silenced", count(silenced as u64)));
    }
    let pending = incidents.len() - confirmed().count();
    if pending > 0 {
        parts.push(format!("{} not confirmed yet", count(pending as u64)));
    }
    let busy = home.documents.iter().filter(|listed| listed.busy.is_some()).count();
    if busy > 0 {
        parts.push(format!("{} running or queued", count(busy as u64)));
    }
    parts.join(" · ")
}

/// `2 of orders@shop.example, 1 without an owner`.
fn owners<'i>(of: impl Iterator<Item = Option<&'i str>>) -> Option<String> {
    let mut counts: BTreeMap<Option<&str>, usize> = BTreeMap::new();
    of.for_each(|owner| *counts.entry(owner).or_default() += 1);
    let mut counts: Vec<(Option<&str>, usize)> = counts.into_iter().collect();
    counts.sort_by_key(|(_, n)| std::cmp::Reverse(*n));
    let others = counts.len().saturating_sub(OWNERS);
    let named = |(owner, n): &(Option<&str>, usize)| match owner {
        Some(owner) => format!("{} of {}", count(*n as u64), cut(owner)),
        None => format!("{} without an owner", count(*n as u64)),
    };
    let mut parts: Vec<String> = counts.iter().take(OWNERS).map(named).collect();
    parts.extend((others > 0).then(|| format!("more of {}", plural(others, "other owner"))));
    (!parts.is_empty()).then(|| parts.join(", "))
}

fn changes(incidents: &[Incident], now: Millis) -> Vec<Change> {
    let mut changes: Vec<(Millis, &Incident)> = incidents
        .iter()
        .filter(|incident| incident.state != IncidentState::Pending && incident.opened_at.is_some())
        .map(|incident| (incident.resolved_at.unwrap_or(incident.changed_at), incident))
        .filter(|(at, _)| now.saturating_sub(*at) <= LATELY)
        .collect();
    changes.sort_by_key(|(at, incident)| (std::cmp::Reverse(*at), incident.number));
    let change = |(at, incident): &(Millis, &Incident)| {
        let state = signs::of_incident(incident.state);
        Change {
            when: When::new(*at, now),
            class: state.class,
            sign: state.sign,
            word: match (incident.state, &incident.acknowledged_by) {
                (IncidentState::Acknowledged, Some(by)) => format!("Acknowledged by {}", cut(by)),
                (IncidentState::Acknowledged, None) => "Acknowledged".into(),
                (IncidentState::Resolved, _) => "Resolved".into(),
                _ if incident.opened_at != Some(*at) && incident.reopened == 0 => "Changed".into(),
                _ if incident.reopened > 0 => "Opened again".into(),
                _ => "Opened".into(),
            },
            what: cut(&what(&incident.key)),
            href: link::incident(incident.number),
            document: cut(&incident.key.document),
        }
    };
    changes.iter().take(CHANGES).map(change).collect()
}

fn filter(home: &Home<'_>) -> FilterView {
    let filter = home.filter;
    let known = |of: &dyn Fn(&Listed<'_>) -> Vec<String>, chosen: &str| {
        let mut values: BTreeMap<String, usize> = BTreeMap::new();
        home.documents.iter().flat_map(of).for_each(|value| *values.entry(value).or_default() += 1);
        let values = commonest(values, chosen);
        let values = values.iter().map(|value| Choice::new(value, value, chosen));
        std::iter::once(Choice::new("", "all", chosen)).chain(values).collect()
    };
    let state = filter.state.map_or("", Standing::name);
    let states = Standing::WORST_FIRST.map(|standing| Choice::new(standing.name(), counted(standing), state));
    FilterView {
        text: filter.text.clone(),
        layers: known(&|listed| vec![listed.group().to_owned()], &filter.layer),
        owners: known(&|listed| listed.owner.iter().map(|owner| (*owner).to_owned()).collect(), &filter.owner),
        tags: known(&|listed| listed.tags.to_vec(), &filter.tag),
        states: std::iter::once(Choice::new("", "all", state)).chain(states).collect(),
        is_set: filter.is_set(),
    }
}

/// As many as a list to choose from has room for, by name; the search finds the others.
fn commonest(values: BTreeMap<String, usize>, chosen: &str) -> BTreeSet<String> {
    let mut values: Vec<(String, usize)> = values.into_iter().collect();
    values.sort_by_key(|(_, n)| std::cmp::Reverse(*n));
    let chosen = (!chosen.is_empty()).then(|| chosen.to_owned());
    values.into_iter().take(CHOICES).map(|(value, _)| value).chain(chosen).collect()
}

fn row(listed: &Listed<'_>, home: &Home<'_>, now: Millis) -> DocumentRow {
    let more = home.more.get(listed.name);
    DocumentRow {
        name: cut(listed.name),
        href: link::document(listed.name),
        badge: badge_of(listed.standing()),
        busy: listed.busy.map(|state| signs::of_run(Past { state, outcome: None })),
        is_monitor: listed.kind == assay_core::ops::runs::Kind::Monitor,
        enabled: listed.enabled,
        layer: listed.layer.map(cut),
        owner: listed.owner.map(cut),
        tags: listed.tags.iter().map(|tag| cut(tag)).collect(),
        incidents: listed.incidents,
        strip: more.and_then(|more| signs::strip(&more.past)),
        last: When::some(listed.last, now),
        next: When::some(more.and_then(|more| more.next), now),
    }
}

/// `101 to 200 of 10,000`.
fn found(home: &Home<'_>) -> String {
    let selected = &home.selected;
    let all = home.documents.len();
    let from = (selected.page - 1) * ROWS;
    let of = match selected.matching == all {
        true => count(all as u64),
        false => format!("{} that match, of {} in all", count(selected.matching as u64), count(all as u64)),
    };
    match selected.rows.len() {
        0 => format!("None of {} matches", count(all as u64)),
        n if n == selected.matching => format!("All {of}").replacen("All 1 ", "1 ", 1),
        n => format!("{} to {} of {of}", count(from as u64 + 1), count((from + n) as u64)),
    }
}

fn pages(home: &Home<'_>) -> Pages {
    let Selected { page, pages, .. } = home.selected;
    Pages {
        here: page,
        all: pages,
        earlier: (page > 1).then(|| home.filter.href(page - 1)),
        later: (page < pages).then(|| home.filter.href(page + 1)),
    }
}
