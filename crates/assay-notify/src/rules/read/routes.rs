//! `route`: a tree, in which routes inherit what they do not say from the one above.

use assay_core::node::{Key, Node};
use assay_core::ops::Millis;
use assay_core::ops::silences::Matcher;
use assay_core::problem::{Place, Span};

use super::matching::{apart, covers};
use super::{Reader, unknown};
use crate::matchers;
use crate::rules::{Escalation, GroupBy, Route, mute, values};

const KEYS: &[&str] = &[
    "receiver",
    "match",
    "continue",
    "group_by",
    "group_wait",
    "group_interval",
    "repeat_interval",
    "mute",
    "send_resolved",
    "escalate",
    "routes",
];
const SECOND: Millis = 1_000;
const MINUTE: Millis = 60 * SECOND;
const DAY: Millis = 24 * 60 * MINUTE;
/// The beginning of 2026: whatever comes back every week comes in the week after it.
const SOME_WEEK: Millis = 1_767_225_600_000;
/// Routes, at most.
const MOST: u32 = 1_000;

pub(super) fn read(reader: &mut Reader<'_>, key: &Key, node: &Node) {
    let Some(route) = reader.route(node, None) else { return };
    if node.get("receiver").is_none() {
        let hint = unknown("", &reader.receivers, "receivers");
        reader.wrong(key.span, "the root route has no `receiver`: it takes what no other route takes", hint);
    }
    reader.rules.route.get_or_insert(route);
}

/// What holds where no route says otherwise.
fn usual(at: Place) -> Route {
    Route {
        id: String::new(),
        at,
        matchers: Vec::new(),
        receivers: Vec::new(),
        group_by: GroupBy::Labels(vec!["contract".to_owned(), "monitor".to_owned()]),
        group_wait: 30 * SECOND,
        group_interval: 5 * MINUTE,
        repeat_interval: 4 * 60 * MINUTE,
        mute: Vec::new(),
        goes_on: false,
        send_resolved: true,
        escalate: None,
        routes: Vec::new(),
    }
}

/// The routes above a route, the root first.
struct Above<'a> {
    route: &'a Route,
    above: Option<&'a Above<'a>>,
}

impl Reader<'_> {
    fn route(&mut self, node: &Node, above: Option<&Above<'_>>) -> Option<Route> {
        let what = if above.is_none() { "route" } else { "a route" };
        let entries = values::map(node, what, &mut self.problems)?;
        let at = self.place(node.span);
        let mut route = match above {
            None => usual(at),
            Some(Above { route, .. }) => {
                Route { at, matchers: Vec::new(), goes_on: false, routes: Vec::new(), ..(*route).clone() }
            }
        };
        for (key, value) in entries {
            self.setting(&mut route, key, value, above.is_none());
        }
        self.intervals(&route, node);
        self.escalation_to_itself(&mut route, node);
        self.never(&route, node.span, above);
        if node.get("mute").is_some() || node.get("receiver").is_some() {
            self.muted_digests(&route, node);
        }
        route.id = self.id(&route.matchers, above);
        if let Some(below) = node.get("routes") {
            route.routes = self.below(below, &Above { route: &route, above });
        }
        Some(route)
    }

    fn setting(&mut self, route: &mut Route, key: &Key, node: &Node, is_root: bool) {
        let mut millis = |range, into: &mut Millis| {
            if let Some(found) = values::millis(node, &key.text, range, &mut self.problems) {
                *into = found;
            }
        };
        match key.text.as_str() {
            "group_wait" => millis(0..=DAY, &mut route.group_wait),
            "group_interval" => millis(SECOND..=30 * DAY, &mut route.group_interval),
            "repeat_interval" => millis(MINUTE..=366 * DAY, &mut route.repeat_interval),
            "match" | "continue" if is_root => {
                let message = format!("the root route has no `{}`: every incident comes to it", key.text);
                self.wrong(key.span, message, "put it into one of its `routes`");
            }
            "receiver" => {
                if let Some(names) = self.receiver_list(node) {
                    route.receivers = names;
                }
            }
            "group_by" => {
                if let Some(group_by) = self.group_by(node) {
                    route.group_by = group_by;
                }
            }
            "match" => match self.matchers(node, "match") {
                Some(matchers) if matchers.is_empty() => {
                    self.wrong(node.span, "`match` is empty", "leave it out for a route that any incident matches");
                }
                matchers => route.matchers = matchers.unwrap_or_default(),
            },
            "continue" => {
                route.goes_on = values::boolean(node, "continue", &mut self.problems).unwrap_or(false);
            }
            "send_resolved" => {
                let found = values::boolean(node, "send_resolved", &mut self.problems);
                route.send_resolved = found.unwrap_or(route.send_resolved);
            }
            "mute" => route.mute = self.mute(node),
            "escalate" => route.escalate = self.escalation(node),
            // read when everything else of this route is known, which they inherit
            "routes" => {}
            _ => self.problems.push(values::unknown_key(key, "of a route", KEYS)),
        }
    }

    /// Labels; `[...]`: each incident alone; `[]`: all are one group.
    fn group_by(&mut self, node: &Node) -> Option<GroupBy> {
        let items = values::list(node, "group_by", &mut self.problems)?;
        let each = items.iter().find(|item| item.text() == Some("..."));
        match (each, items.len()) {
            (Some(_), 1) => Some(GroupBy::Incident),
            (Some(each), _) => {
                let message = "`...` is each incident alone, and no label beside it tells more apart";
                self.wrong(each.span, message, "write `[...]`, or the labels alone");
                None
            }
            (None, _) => self.labels(node, "group_by").map(GroupBy::Labels),
        }
    }

    fn mute(&mut self, node: &Node) -> Vec<String> {
        let mut names: Vec<String> = Vec::new();
        for item in values::list(node, "mute", &mut self.problems).unwrap_or_default() {
            let Some(name) = values::text(item, "a mute time", &mut self.problems) else { continue };
            if values::enough(&self.problems) {
                break;
            }
            self.muting.insert(name.to_owned());
            if !self.mute_times.contains_key(name) {
                let hint = unknown(name, &self.mute_times, "mute times");
                self.wrong(item.span, format!("there is no mute time `{}`", values::shorten(name)), hint);
            } else if names.iter().any(|known| known == name) {
                self.wrong(item.span, format!("mute time `{name}` is there twice"), "remove one of the two");
            } else {
                names.push(name.to_owned());
            }
        }
        names
    }

    /// `none`, or `{after, unless, to}`.
    fn escalation(&mut self, node: &Node) -> Option<Escalation> {
        if node.text() == Some("none") {
            return None;
        }
        if node.entries().is_none() {
            let message = format!("`escalate` is `none` or says when and to whom, not {}", node.describe());
            self.wrong(node.span, message, "as in `escalate: {after: 30m, unless: acknowledged, to: ops-mail}`");
            return None;
        }
        let (mut after, mut to) = (None, None);
        for (key, value) in node.entries().unwrap_or_default() {
            match key.text.as_str() {
                "after" => after = values::millis(value, "after", MINUTE..=30 * DAY, &mut self.problems),
                "unless" => {
                    values::word(value, "unless", &["acknowledged"], &mut self.problems);
                }
                "to" => {
                    to = self.receiver(value, "to");
                    if let Some(name) = &to {
                        self.no_digest(name, value.span, "an escalation");
                    }
                }
                _ => self.problems.push(values::unknown_key(key, "of `escalate`", &["after", "unless", "to"])),
            }
        }
        for (name, hint) in
            [("after", "how long nobody took care: `after: 30m`"), ("to", "the receiver: `to: ops-mail`")]
        {
            if node.get(name).is_none() {
                self.wrong(node.span, format!("`escalate` has no `{name}`"), hint);
            }
        }
        Some(Escalation { after: after?, to: to? })
    }

    /// Who is told of a group is not told of it as somebody else; an escalation from above stops there.
    fn escalation_to_itself(&mut self, route: &mut Route, node: &Node) {
        let Some(to) = route.escalate.as_ref().map(|escalate| escalate.to.clone()) else { return };
        if !route.receivers.contains(&to) {
            return;
        }
        if let Some(written) = node.get("escalate") {
            let at = written.get("to").map_or(written.span, |to| to.span);
            let message = format!("this route tells receiver `{}` anyway", values::shorten(&to));
            self.wrong(at, message, "escalate to somebody else; `repeat_interval` tells the same one again");
        }
        route.escalate = None;
    }

    /// Warns of digests that only come while the route is quiet: what it would tell is never told.
    fn muted_digests(&mut self, route: &Route, node: &Node) {
        if route.mute.is_empty() {
            return;
        }
        for name in &route.receivers {
            let Some(digest) = self.rules.receivers.get(name).and_then(|receiver| receiver.digest) else { continue };
            let times = std::iter::successors(digest.next(SOME_WEEK), |last| digest.next(*last));
            let mut days = times.take_while(|at| *at < SOME_WEEK + 8 * DAY).peekable();
            if days.peek().is_some() && days.all(|at| mute::muted(&self.rules, &route.mute, at).is_some()) {
                let at = node.get("mute").or_else(|| node.get("receiver")).map_or(node.span, |node| node.span);
                let message = format!("receiver `{}` gets its digest while this route is quiet", values::shorten(name));
                self.warn(
                    at,
                    message,
                    "let the digest come at another time, or `mute: []`: the digest can wait itself",
                );
            }
        }
    }

    fn intervals(&mut self, route: &Route, node: &Node) {
        if route.repeat_interval >= route.group_interval {
            return;
        }
        let written = ["repeat_interval", "group_interval"].into_iter().find_map(|name| node.get(name));
        let Some(at) = written.map(|node| node.span) else { return };
        let (repeat, group) = (values::length(route.repeat_interval), values::length(route.group_interval));
        let message = format!("`repeat_interval` ({repeat}) is shorter than `group_interval` ({group})");
        self.wrong(at, message, "a group is not told more often than its interval: raise the one or lower the other");
    }

    /// Its matchers and those above it; unique.
    fn id(&mut self, matchers: &[Matcher], above: Option<&Above<'_>>) -> String {
        let text = matchers.iter().map(matchers::text).collect::<Vec<_>>().join(",");
        let id = match above {
            None => format!("{{{text}}}"),
            Some(above) => format!("{}/{{{text}}}", above.route.id),
        };
        let times = self.ids.entry(id.clone()).or_insert(0);
        *times += 1;
        if *times == 1 { id } else { format!("{id}#{times}") }
    }

    fn below(&mut self, node: &Node, above: &Above<'_>) -> Vec<Route> {
        let mut routes: Vec<Route> = Vec::new();
        let Some(items) = values::list(node, "routes", &mut self.problems) else { return routes };
        if items.is_empty() {
            self.wrong(
                node.span,
                "`routes` is empty",
                "add a route as in `{match: [severity=\"fail\"], receiver: NAME}`, or leave it out",
            );
        }
        for item in items {
            if values::enough(&self.problems) {
                break;
            }
            if self.ids.values().sum::<u32>() >= MOST {
                self.wrong(
                    item.span,
                    format!("there are more than {MOST} routes"),
                    "a regular expression matches several values",
                );
                break;
            }
            let Some(route) = self.route(item, Some(above)) else { continue };
            let first = routes.iter().find(|first| !first.goes_on && covers(&first.matchers, &route.matchers));
            if let Some(first) = first {
                let message = format!(
                    "this route is never reached: that at {}:{}:{} takes all that it matches, and does not continue",
                    first.at.path, first.at.line, first.at.column
                );
                self.warn(item.span, message, "put it before that one, or add `continue: true` there");
            }
            routes.push(route);
        }
        routes
    }

    /// Warns of a route whose matchers contradict those above it.
    fn never(&mut self, route: &Route, at: Span, mut above: Option<&Above<'_>>) {
        while let Some(Above { route: upper, above: next }) = above {
            if let Some((own, other)) = apart(&route.matchers, &upper.matchers) {
                let (own, other) = (matchers::text(own), matchers::text(other));
                let message =
                    format!("this route is never reached: it asks for `{own}`, and one above it for `{other}`");
                self.warn(at, message, "move it up, or correct one of the two");
                return;
            }
            above = *next;
        }
    }
}
