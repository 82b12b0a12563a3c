//! Why somebody is told, or is not: the way that an incident with given labels takes through the rules, step by step.

use assay_core::ops::Millis;
use assay_core::ops::silences::{Matcher, Silence};
use assay_core::problem::Place;

use super::{Escalation, GroupBy, Inhibition, MuteTime, Route, Rules, mute};
use crate::matchers::{self, Matchers};

/// Labels of an incident: names and values, a name with several values several times.
type Labels<'a> = &'a [(String, String)];

/// The way of an incident through the rules.
#[derive(Debug, Clone, PartialEq)]
pub struct Explanation {
    /// The root route and those below it that were looked at; `None`: there are no routes.
    pub route: Option<Step>,
    /// The routes that it falls into, in order.
    pub reached: Vec<Reached>,
    /// Silences in force and to come that match it.
    pub silences: Vec<Silence>,
    /// Inhibitions that could apply to it.
    pub inhibitions: Vec<Inhibited>,
}

/// A route that was looked at.
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    /// Its id.
    pub id: String,
    /// Where it is written.
    pub at: Place,
    /// Its matchers and what they found.
    pub matchers: Vec<Tried>,
    /// What came of it.
    pub outcome: Outcome,
    /// The routes below that were looked at; none where it did not match.
    pub below: Vec<Step>,
}

/// What came of looking at a route.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// Some matcher did not hold.
    NoMatch,
    /// It matched, and one below it as well, which stands in for it.
    Below,
    /// It matched: its receivers are told.
    Reached,
    /// It was not looked at: one before it matched and does not continue.
    NotTried,
}

/// A matcher and what it found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tried {
    /// The matcher, as it is written.
    pub matcher: String,
    /// The values of its label; none: the incident does not have it.
    pub found: Vec<String>,
    /// Whether it holds.
    pub holds: bool,
}

/// A route that an incident falls into.
#[derive(Debug, Clone, PartialEq)]
pub struct Reached {
    /// The route's id.
    pub route: String,
    /// Where it is written.
    pub at: Place,
    /// Who is told.
    pub receivers: Vec<ReachedReceiver>,
    /// Whether the incident is a group of its own.
    pub alone: bool,
    /// The labels that tell groups apart, with its values; of a label that it does not have an empty text.
    pub group: Vec<(String, String)>,
    /// Milliseconds until the first notification.
    pub group_wait: Millis,
    /// Milliseconds between notifications.
    pub group_interval: Millis,
    /// Milliseconds until it is told again.
    pub repeat_interval: Millis,
    /// Whether its end is told.
    pub send_resolved: bool,
    /// Who else is told, and when.
    pub escalate: Option<Escalation>,
    /// Its mute times.
    pub mute: Vec<Mute>,
}

/// A receiver that is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReachedReceiver {
    /// Its name.
    pub name: String,
    /// Its kind.
    pub integration: &'static str,
    /// When its next digest is due, where it gets them.
    pub next_digest: Option<Millis>,
    /// Who is told where it cannot be reached.
    pub fallback: Option<String>,
}

/// A mute time of a route.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mute {
    /// Its name.
    pub name: String,
    /// Its times, as people write them.
    pub times: Vec<String>,
    /// Until when it holds; `None`: it does not now.
    pub until: Option<Millis>,
}

/// An inhibition that could apply.
#[derive(Debug, Clone, PartialEq)]
pub struct Inhibited {
    /// Where it is written.
    pub at: Place,
    /// The incident mutes those that match these, while it is open; empty: any.
    pub mutes: Option<Vec<String>>,
    /// It is muted by those that match these, while one is open.
    pub muted_by: Option<Vec<String>>,
    /// Labels that both have in common, with the values of this one.
    pub equal: Vec<(String, Vec<String>)>,
    /// Steps along `depends_on` between the two at most.
    pub hops: Option<u32>,
}

/// Follows an incident with these labels through the rules, at a moment.
pub fn explain(rules: &Rules, labels: Labels<'_>, silences: &[Silence], now: Millis) -> Explanation {
    let mut reached = Vec::new();
    let route = rules.route.as_ref().map(|root| follow(root, labels, &mut reached));
    let matching = |silence: &&Silence| {
        let is_sound = silence.ends_at > now && !silence.matchers.is_empty();
        is_sound && Matchers::new(&silence.matchers).is_ok_and(|matchers| matchers.match_all(labels))
    };
    Explanation {
        route,
        reached: reached.into_iter().map(|route| arrived(rules, route, labels, now)).collect(),
        silences: silences.iter().filter(matching).cloned().collect(),
        inhibitions: rules.inhibit.iter().filter_map(|rule| inhibited(rule, labels)).collect(),
    }
}

/// A route that matches, and those below it.
fn follow<'a>(route: &'a Route, labels: Labels<'_>, reached: &mut Vec<&'a Route>) -> Step {
    let before = reached.len();
    let mut below = Vec::new();
    let mut is_over = false;
    for child in &route.routes {
        if is_over {
            below.push(step(child, labels, Outcome::NotTried));
        } else if matches(&child.matchers, labels) {
            below.push(follow(child, labels, reached));
            is_over = !child.goes_on;
        } else {
            below.push(step(child, labels, Outcome::NoMatch));
        }
    }
    let is_last = reached.len() == before;
    if is_last {
        reached.push(route);
    }
    let outcome = if is_last { Outcome::Reached } else { Outcome::Below };
    Step { below, ..step(route, labels, outcome) }
}

fn step(route: &Route, labels: Labels<'_>, outcome: Outcome) -> Step {
    let tried = |matcher: &Matcher| Tried {
        matcher: matchers::text(matcher),
        found: values(labels, &matcher.label),
        holds: matches(std::slice::from_ref(matcher), labels),
    };
    Step {
        id: route.id.clone(),
        at: route.at.clone(),
        matchers: route.matchers.iter().map(tried).collect(),
        outcome,
        below: Vec::new(),
    }
}

fn matches(matchers: &[Matcher], labels: Labels<'_>) -> bool {
    Matchers::new(matchers).is_ok_and(|matchers| matchers.match_all(labels))
}

fn values(labels: Labels<'_>, name: &str) -> Vec<String> {
    labels.iter().filter(|(label, _)| label == name).map(|(_, value)| value.clone()).collect()
}

fn arrived(rules: &Rules, route: &Route, labels: Labels<'_>, now: Millis) -> Reached {
    let receiver = |name: &String| {
        let destination = rules.receivers.get(name);
        ReachedReceiver {
            name: name.clone(),
            integration: destination.map_or("unknown", |destination| destination.receiver.integration()),
            next_digest: destination.and_then(|destination| destination.digest?.next(now)),
            fallback: destination.and_then(|destination| destination.fallback.clone()),
        }
    };
    let (alone, group) = match &route.group_by {
        GroupBy::Incident => (true, Vec::new()),
        GroupBy::Labels(names) => {
            (false, names.iter().map(|name| (name.clone(), values(labels, name).join(","))).collect())
        }
    };
    let mute = |name: &String| Mute {
        name: name.clone(),
        times: rules.mute_times.get(name).into_iter().flatten().map(times).collect(),
        until: mute::muted(rules, std::slice::from_ref(name), now).map(|(_, until)| until),
    };
    Reached {
        route: route.id.clone(),
        at: route.at.clone(),
        receivers: route.receivers.iter().map(receiver).collect(),
        alone,
        group,
        group_wait: route.group_wait,
        group_interval: route.group_interval,
        repeat_interval: route.repeat_interval,
        send_resolved: route.send_resolved,
        escalate: route.escalate.clone(),
        mute: route.mute.iter().map(mute).collect(),
    }
}

/// An inhibition by which the incident mutes others or is muted by them.
fn inhibited(rule: &Inhibition, labels: Labels<'_>) -> Option<Inhibited> {
    // a label that one of the two lacks is not equal
    let has_all = rule.equal.iter().all(|label| labels.iter().any(|(name, _)| name == label));
    let texts = |matchers: &[Matcher]| matchers.iter().map(matchers::text).collect();
    let mutes = (has_all && matches(&rule.source, labels)).then(|| texts(&rule.target));
    let muted_by = (has_all && matches(&rule.target, labels)).then(|| texts(&rule.source));
    if mutes.is_none() && muted_by.is_none() {
        return None;
    }
    Some(Inhibited {
        at: rule.at.clone(),
        mutes,
        muted_by,
        equal: rule.equal.iter().map(|label| (label.clone(), values(labels, label))).collect(),
        hops: rule.along_depends_on,
    })
}

/// As people write it: `sat, sun 22:00-24:00 Europe/Berlin`.
fn times(time: &MuteTime) -> String {
    let days: Vec<String> = time.days.iter().map(|day| day.to_string().to_lowercase()).collect();
    let clock = |minute: &u16| format!("{:02}:{:02}", minute / 60, minute % 60);
    let times: Vec<String> = time.times.iter().map(|(from, to)| format!("{}-{}", clock(from), clock(to))).collect();
    let parts = [days.join(", "), times.join(", "), time.timezone.name().to_owned()];
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ")
}
