//! Two versions of a file of rules: who is told of what.

mod inherited;
mod networks;

use std::cmp::Ordering;
use std::collections::BTreeSet;

use assay_core::node::{Node, NodeKind};

use crate::codes::*;
use crate::findings::{About, At, Findings, Values, key};
use crate::quantity;
use crate::tree::{items, same, same_or_none, show};
use inherited::{Inherited, ends, escalation};

/// Keys that are compared by themselves.
const KNOWN: &[&str] = &["receivers", "route", "routes", "inhibit", "mute_times", "defaults", "allow_private"];
const KNOWN_IN_ROUTES: &[&str] =
    &["receiver", "match", "mute", "repeat_interval", "continue", "escalate", "send_resolved", "routes"];

/// All that differs.
pub(crate) fn compare(found: &mut Findings<'_>) {
    receivers(found);
    let (before, after) = (root_route(&found.base.root), root_route(&found.head.root));
    match (&before, &after) {
        (Some(old), Some(new)) => {
            let usual = Inherited::default();
            route(found, "the root route", (old, new), (&usual, &usual));
        }
        (Some(old), None) => {
            found.add(
                ROUTE_REMOVED,
                At::Base(old.span),
                About::default(),
                Values::of(Some(old), None),
                "every route was removed",
            );
        }
        (None, Some(new)) => {
            found.add(
                RULES_CHANGED,
                At::Head(new.span),
                About::default(),
                Values::of(None, Some(new)),
                "routes were added",
            );
            mutes_of_new(found, new);
        }
        (None, None) => {}
    }
    inhibitions(found);
    mute_times(found);
    confirm(found);
    networks::compare(found);
    other_keys(found);
}

/// `route:`, or `routes:` without one above them.
fn root_route(root: &Node) -> Option<Node> {
    if let Some(route) = root.get("route").filter(|node| !node.is_null()) {
        return Some(route.clone());
    }
    let (key, routes) = root.entries()?.iter().find(|(key, _)| key.text == "routes")?;
    Some(Node { kind: NodeKind::Map(vec![(key.clone(), routes.clone())]), span: key.span })
}

fn receivers(found: &mut Findings<'_>) {
    let (before, after) = found.both("receivers");
    for (name, old) in before.and_then(Node::entries).unwrap_or_default() {
        let text = &name.text;
        match after.and_then(|after| after.get(text)) {
            None => {
                let values = Values::of(Some(old), None);
                found.add(
                    RECEIVER_REMOVED,
                    At::Base(name.span),
                    About::default(),
                    values,
                    format!("receiver `{text}` was removed"),
                );
            }
            Some(new) if same(old, new) => {}
            Some(new) => {
                let at = after.and_then(|after| key(after, text)).map_or(At::Head(new.span), At::Head);
                let values = Values::of(Some(old), Some(new));
                let (code, what) = match holds(new, old) {
                    true => (RULES_CHANGED, "tells more than before"),
                    false => (RECEIVER_CHANGED, "tells otherwise than before"),
                };
                found.add(code, at, About::default(), values, format!("receiver `{text}` {what}"));
            }
        }
    }
    for (name, new) in after.and_then(Node::entries).unwrap_or_default() {
        if before.and_then(|before| before.get(&name.text)).is_none() {
            let message = format!("receiver `{}` was added", name.text);
            found.add(RULES_CHANGED, At::Head(name.span), About::default(), Values::of(None, Some(new)), message);
        }
    }
}

/// Whether a tree holds all that another one does.
fn holds(whole: &Node, part: &Node) -> bool {
    match (&whole.kind, &part.kind) {
        (NodeKind::Map(_), NodeKind::Map(entries)) => {
            entries.iter().all(|(key, value)| whole.get(&key.text).is_some_and(|other| holds(other, value)))
        }
        (NodeKind::Seq(all), NodeKind::Seq(some)) => some.iter().all(|item| all.iter().any(|other| same(other, item))),
        _ => same(whole, part),
    }
}

/// What a route is called: by what it matches.
fn called(route: &Node) -> String {
    match route.get("match") {
        Some(matchers) => format!("the route of {}", show(matchers)),
        None => "a route without matchers".to_owned(),
    }
}

/// Compares two routes and those below them; what either says is compared, whatever the other inherits.
fn route(found: &mut Findings<'_>, name: &str, (old, new): (&Node, &Node), above: (&Inherited, &Inherited)) {
    receiver(found, name, old, new);
    matchers(found, name, old, new);
    let (before, after) = (above.0.of(old), above.1.of(new));
    let says = |key: &str| old.get(key).is_some() || new.get(key).is_some();
    if says("mute") {
        mutes(found, name, (old, new), (&before.mute, &after.mute));
    }
    if says("repeat_interval") {
        repeat_interval(found, name, new, (&before.repeat, &after.repeat));
    }
    if says("escalate") {
        escalation(found, name, (old, new), (before.escalate.as_ref(), after.escalate.as_ref()));
    }
    if says("send_resolved") {
        ends(found, name, (old, new), (before.send_resolved, after.send_resolved));
    }
    match (continues(old), continues(new)) {
        (true, false) => {
            let message = format!("{name} no longer continues: routes after it are told less");
            found.add(
                MATCHER_NARROWED,
                at(old, new, "continue"),
                About::default(),
                Values::texts("true", "false"),
                message,
            );
        }
        (false, true) => {
            let message = format!("{name} continues to the routes after it");
            found.add(
                RULES_CHANGED,
                at(old, new, "continue"),
                About::default(),
                Values::texts("false", "true"),
                message,
            );
        }
        _ => {}
    }
    others(found, name, old, new, KNOWN_IN_ROUTES);
    children(found, old, new, (&before, &after));
}

/// Where an entry of a route is written.
fn at(old: &Node, new: &Node, name: &str) -> At {
    match (key(new, name), key(old, name)) {
        (Some(span), _) => At::Head(span),
        (None, Some(span)) => At::Base(span),
        (None, None) => At::Head(new.span),
    }
}

fn receiver(found: &mut Findings<'_>, name: &str, old: &Node, new: &Node) {
    let names = |route: &Node| -> BTreeSet<String> {
        let nodes = route.get("receiver").map(items).unwrap_or_default();
        nodes.iter().filter_map(|node| Some(node.text()?.to_owned())).collect()
    };
    let (before, after) = (names(old), names(new));
    if before == after {
        return;
    }
    let values = Values::of(old.get("receiver"), new.get("receiver"));
    let message = format!("the receiver of {name} changed{}", values.words());
    let code = if after.is_superset(&before) && !before.is_empty() { RULES_CHANGED } else { RECEIVER_REMOVED };
    found.add(code, at(old, new, "receiver"), About::default(), values, message);
}

fn texts(route: &Node, name: &str) -> BTreeSet<String> {
    route.get(name).map(items).unwrap_or_default().iter().map(|item| show(item).replace(' ', "")).collect()
}

fn matchers(found: &mut Findings<'_>, name: &str, old: &Node, new: &Node) {
    let (before, after) = (texts(old, "match"), texts(new, "match"));
    if before == after {
        return;
    }
    let values = Values::of(old.get("match"), new.get("match"));
    let widened = before.is_superset(&after);
    let (code, what) = match (widened, after.is_superset(&before)) {
        (true, _) => (RULES_CHANGED, "matches more"),
        (_, true) => (MATCHER_NARROWED, "matches less"),
        _ => (MATCHER_NARROWED, "matches otherwise; the two cannot be ordered"),
    };
    found.add(
        code,
        at(old, new, "match"),
        About::default(),
        values.clone(),
        format!("{name} {what}{}", values.words()),
    );
}

fn mutes(
    found: &mut Findings<'_>,
    name: &str,
    (old, new): (&Node, &Node),
    (before, after): (&BTreeSet<String>, &BTreeSet<String>),
) {
    let values = || Values::of(old.get("mute"), new.get("mute"));
    let list = |names: Vec<&String>| names.into_iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
    let added: Vec<&String> = after.difference(before).collect();
    let removed: Vec<&String> = before.difference(after).collect();
    if !added.is_empty() {
        let message = format!("{name} is muted by {}", list(added));
        found.add(MUTE_ADDED, at(old, new, "mute"), About::default(), values(), message);
    }
    if !removed.is_empty() {
        let message = format!("{name} is no longer muted by {}", list(removed));
        found.add(RULES_CHANGED, at(old, new, "mute"), About::default(), values(), message);
    }
}

/// What new routes mute from the beginning.
fn mutes_of_new(found: &mut Findings<'_>, new: &Node) {
    let nothing = Node { kind: NodeKind::Map(Vec::new()), span: new.span };
    mutes(found, &called(new), (&nothing, new), (&BTreeSet::new(), &texts(new, "mute")));
    for child in new.get("routes").map(items).unwrap_or_default() {
        mutes_of_new(found, child);
    }
}

fn repeat_interval(found: &mut Findings<'_>, name: &str, new: &Node, (before, after): (&str, &str)) {
    let order = if before == after { Some(Ordering::Equal) } else { quantity::compare_texts(after, before) };
    let values = Values::texts(before, after);
    let at = At::Head(key(new, "repeat_interval").unwrap_or(new.span));
    let message = format!("`repeat_interval` of {name} changed{}", values.words());
    match order {
        Some(Ordering::Equal) => {}
        Some(Ordering::Less) => found.add(RULES_CHANGED, at, About::default(), values, message),
        Some(Ordering::Greater) | None => found.add(REPEAT_INTERVAL_LONGER, at, About::default(), values, message),
    }
}

/// Routes below: the same ones by what they match and whom they tell, then by either.
fn children(found: &mut Findings<'_>, old: &Node, new: &Node, above: (&Inherited, &Inherited)) {
    let (before, after) =
        (old.get("routes").map(items).unwrap_or_default(), new.get("routes").map(items).unwrap_or_default());
    let alike: [fn(&Node, &Node) -> bool; 4] = [
        |a, b| same(a, b),
        |a, b| texts(a, "match") == texts(b, "match") && texts(a, "receiver") == texts(b, "receiver"),
        |a, b| texts(a, "match") == texts(b, "match"),
        |a, b| texts(a, "receiver") == texts(b, "receiver") && !texts(a, "match").is_disjoint(&texts(b, "match")),
    ];
    let mut partner: Vec<Option<usize>> = vec![None; before.len()];
    let mut taken = vec![false; after.len()];
    for alike in alike {
        for (at, old) in before.iter().enumerate().filter(|(at, _)| partner[*at].is_none()).collect::<Vec<_>>() {
            if let Some(other) = (0..after.len()).find(|other| !taken[*other] && alike(old, &after[*other])) {
                partner[at] = Some(other);
                taken[other] = true;
            }
        }
    }
    for (old, partner) in before.iter().zip(&partner) {
        match partner {
            Some(other) => route(found, &called(&after[*other]), (old, &after[*other]), above),
            None => {
                let message = format!("{} was removed", called(old));
                found.add(ROUTE_REMOVED, At::Base(old.span), About::default(), Values::of(Some(old), None), message);
            }
        }
    }
    for (new, _) in after.iter().zip(&taken).filter(|(_, taken)| !**taken) {
        found.add(
            RULES_CHANGED,
            At::Head(new.span),
            About::default(),
            Values::of(None, Some(new)),
            format!("{} was added", called(new)),
        );
        mutes_of_new(found, new);
    }
    let order: Vec<usize> = partner.iter().flatten().copied().collect();
    let is_overtaken = overtaken(found, (before, &partner), after);
    if !is_overtaken && order.windows(2).any(|two| two[0] > two[1]) {
        let message =
            "routes stand in another order, which changes nothing: no alert can match two of those that moved";
        found.add(RULES_CHANGED, at(old, new, "routes"), About::default(), Values::default(), message);
    }
}

/// Routes that were told first and no longer are: another one stands before them now, may match the same, and does not
/// continue.
fn overtaken(found: &mut Findings<'_>, (before, partner): (&[Node], &[Option<usize>]), after: &[Node]) -> bool {
    let mut is_overtaken = false;
    for (at, now) in partner.iter().enumerate().filter_map(|(at, now)| Some((at, (*now)?))) {
        let stood_before = |other: usize| partner[..at].contains(&Some(other));
        let stands_before = |other: &usize| !stood_before(*other) && !continues(&after[*other]);
        let Some(other) = (0..now).filter(stands_before).find(|other| !apart(&after[*other], &before[at])) else {
            continue;
        };
        let message =
            format!("{} stands before {} now: the first that matches wins", called(&after[other]), called(&after[now]));
        found.add(ROUTE_OVERTAKEN, At::Head(after[other].span), About::default(), Values::default(), message);
        is_overtaken = true;
    }
    is_overtaken
}

fn continues(route: &Node) -> bool {
    route.get("continue").and_then(Node::text).is_some_and(|text| text.eq_ignore_ascii_case("true"))
}

/// Whether no alert can match both routes, because they ask for different values of one label.
fn apart(a: &Node, b: &Node) -> bool {
    let equals = |route: &Node| -> Vec<(String, String)> {
        let matchers = texts(route, "match");
        let pairs = matchers.iter().filter_map(|matcher| matcher.split_once('='));
        let pairs = pairs.filter(|(label, value)| !label.ends_with('!') && !value.starts_with('~'));
        pairs.map(|(label, value)| (label.to_owned(), value.trim_matches('"').to_owned())).collect()
    };
    let of_b = equals(b);
    equals(a).iter().any(|(label, value)| of_b.iter().any(|(other, wanted)| other == label && wanted != value))
}

fn inhibitions(found: &mut Findings<'_>) {
    let (before, after) = found.both("inhibit");
    let (before, after) = (before.map(items).unwrap_or_default(), after.map(items).unwrap_or_default());
    for new in after.iter().filter(|new| !before.iter().any(|old| same(old, new))) {
        let message = format!("an inhibition was added: {}", show(new));
        found.add(INHIBITION_ADDED, At::Head(new.span), About::default(), Values::of(None, Some(new)), message);
    }
    for old in before.iter().filter(|old| !after.iter().any(|new| same(old, new))) {
        let message = format!("an inhibition was removed: {}", show(old));
        found.add(RULES_CHANGED, At::Base(old.span), About::default(), Values::of(Some(old), None), message);
    }
}

fn mute_times(found: &mut Findings<'_>) {
    let (before, after) = found.both("mute_times");
    for (name, new) in after.and_then(Node::entries).unwrap_or_default() {
        let old = before.and_then(|before| before.get(&name.text));
        if same_or_none(old, Some(new)) {
            continue;
        }
        let values = Values::of(old, Some(new));
        let (code, what) = match old {
            // a route that uses it says so itself
            None => (RULES_CHANGED, "was added"),
            Some(old) if holds(old, new) => (RULES_CHANGED, "mutes less"),
            Some(_) => (MUTE_ADDED, "mutes at other times"),
        };
        found.add(code, At::Head(name.span), About::default(), values, format!("mute time `{}` {what}", name.text));
    }
    for (name, old) in before.and_then(Node::entries).unwrap_or_default() {
        if after.and_then(|after| after.get(&name.text)).is_none() {
            let message = format!("mute time `{}` was removed", name.text);
            found.add(RULES_CHANGED, At::Base(name.span), About::default(), Values::of(Some(old), None), message);
        }
    }
}

/// `defaults: {confirm: {fail: 2}}`: how many bad runs in a row open an incident.
fn confirm(found: &mut Findings<'_>) {
    let (before, after) = found.both("defaults");
    if same_or_none(before, after) {
        return;
    }
    let fail = |node: Option<&Node>| {
        let written = node.and_then(|node| node.get("confirm")).and_then(|confirm| confirm.get("fail"));
        written.and_then(Node::text).unwrap_or("1").to_owned()
    };
    let (old, new) = (fail(before), fail(after));
    let at = found.at("defaults");
    if quantity::compare_texts(&new, &old) == Some(Ordering::Greater) {
        let values = Values::texts(&old, &new);
        let message = format!("`defaults.confirm.fail` was raised{}", values.words());
        found.add(CONFIRM_WEAKENED, at, About::default(), values, message);
    } else {
        found.add(RULES_CHANGED, at, About::default(), Values::of(before, after), "`defaults` changed");
    }
}

fn other_keys(found: &mut Findings<'_>) {
    let (before, after) = (found.base.root.clone(), found.head.root.clone());
    others(found, "the file", &before, &after, KNOWN);
}

/// Whatever else changed tells nobody less.
fn others(found: &mut Findings<'_>, name: &str, old: &Node, new: &Node, known: &[&str]) {
    let keys = |node: &Node| -> Vec<String> {
        node.entries().unwrap_or_default().iter().map(|(key, _)| key.text.clone()).collect()
    };
    let names: BTreeSet<String> =
        keys(old).into_iter().chain(keys(new)).filter(|key| !known.contains(&key.as_str())).collect();
    for key in names {
        let (before, after) = (old.get(&key), new.get(&key));
        if !same_or_none(before, after) {
            let values = Values::of(before, after);
            let message = format!("`{key}` of {name} changed{}", values.words());
            found.add(RULES_CHANGED, at(old, new, &key), About::default(), values, message);
        }
    }
}
