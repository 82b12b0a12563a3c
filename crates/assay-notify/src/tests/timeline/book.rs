//! Rules as a test writes them.

use std::collections::BTreeMap;
use std::sync::Arc;

use assay_core::ops::Millis;
use assay_core::problem::Place;

use super::kit::{h, m, s};
use crate::matchers::parse_all;
use crate::notification::Notification;
use crate::receivers::{Outgoing, Receiver};
use crate::rules::{Destination, Digest, Escalation, GroupBy, Inhibition, MuteTime, Route, Rules};

/// A receiver that nobody asks for anything.
#[derive(Debug)]
struct Silent;

impl Receiver for Silent {
    fn integration(&self) -> &'static str {
        "silent"
    }

    fn outgoing(&self, _: &Notification, _: &str, _: Millis) -> Result<Outgoing, String> {
        Err("nothing is sent in these tests".to_owned())
    }
}

/// A receiver that forgets, and is told every quarter of an hour.
#[derive(Debug)]
struct Forgetful;

impl Receiver for Forgetful {
    fn integration(&self) -> &'static str {
        "forgetful"
    }

    fn resend_every(&self) -> Option<Millis> {
        Some(m(15))
    }

    fn outgoing(&self, _: &Notification, _: &str, _: Millis) -> Result<Outgoing, String> {
        Err("nothing is sent in these tests".to_owned())
    }
}

/// A route as it is written: what is not said comes from above.
#[derive(Debug, Clone, Default)]
pub(crate) struct Branch {
    matching: String,
    to: Option<Vec<String>>,
    by: Option<GroupBy>,
    wait: Option<Millis>,
    interval: Option<Millis>,
    repeat: Option<Millis>,
    mute: Option<Vec<String>>,
    resolves: Option<bool>,
    escalate: Option<Option<Escalation>>,
    goes_on: bool,
    below: Vec<Branch>,
}

/// A route for everything.
pub(crate) fn route() -> Branch {
    Branch::default()
}

/// A route for incidents with these labels.
pub(crate) fn matching(matchers: &str) -> Branch {
    Branch { matching: matchers.to_owned(), ..Branch::default() }
}

fn owned(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

impl Branch {
    pub fn to(self, receiver: &str) -> Branch {
        self.tells(&[receiver])
    }

    pub fn tells(self, receivers: &[&str]) -> Branch {
        Branch { to: Some(owned(receivers)), ..self }
    }

    pub fn by(self, labels: &[&str]) -> Branch {
        Branch { by: Some(GroupBy::Labels(owned(labels))), ..self }
    }

    pub fn alone(self) -> Branch {
        Branch { by: Some(GroupBy::Incident), ..self }
    }

    pub fn wait(self, wait: Millis) -> Branch {
        Branch { wait: Some(wait), ..self }
    }

    pub fn interval(self, interval: Millis) -> Branch {
        Branch { interval: Some(interval), ..self }
    }

    pub fn repeat(self, repeat: Millis) -> Branch {
        Branch { repeat: Some(repeat), ..self }
    }

    pub fn mute(self, names: &[&str]) -> Branch {
        Branch { mute: Some(owned(names)), ..self }
    }

    pub fn without_ends(self) -> Branch {
        Branch { resolves: Some(false), ..self }
    }

    pub fn escalate(self, after: Millis, to: &str) -> Branch {
        Branch { escalate: Some(Some(Escalation { after, to: to.to_owned() })), ..self }
    }

    pub fn goes_on(self) -> Branch {
        Branch { goes_on: true, ..self }
    }

    pub fn below(mut self, branch: Branch) -> Branch {
        self.below.push(branch);
        self
    }

    fn build(self, above: &Route) -> Route {
        let matchers = if self.matching.is_empty() { Vec::new() } else { parse_all(&self.matching).expect("matchers") };
        let mut route = Route {
            id: format!(
                "{}{{{}}}",
                if above.id.is_empty() { String::new() } else { format!("{}/", above.id) },
                self.matching
            ),
            at: above.at.clone(),
            matchers,
            receivers: self.to.unwrap_or_else(|| above.receivers.clone()),
            group_by: self.by.unwrap_or_else(|| above.group_by.clone()),
            group_wait: self.wait.unwrap_or(above.group_wait),
            group_interval: self.interval.unwrap_or(above.group_interval),
            repeat_interval: self.repeat.unwrap_or(above.repeat_interval),
            mute: self.mute.unwrap_or_else(|| above.mute.clone()),
            goes_on: self.goes_on,
            send_resolved: self.resolves.unwrap_or(above.send_resolved),
            escalate: self.escalate.unwrap_or_else(|| above.escalate.clone()),
            routes: Vec::new(),
        };
        route.routes = self.below.into_iter().map(|branch| branch.build(&route)).collect();
        route
    }
}

fn nowhere() -> Place {
    Place { path: Arc::from("rules/alerts.yaml"), line: 1, column: 1 }
}

/// Rules with this route for everything: groups by contract, 30 s, 5 m, 4 h. Receivers are those that routes name.
pub(crate) fn rules(root: Branch) -> Rules {
    let above = Route {
        id: String::new(),
        at: nowhere(),
        matchers: Vec::new(),
        receivers: Vec::new(),
        group_by: GroupBy::Labels(owned(&["contract"])),
        group_wait: s(30),
        group_interval: m(5),
        repeat_interval: h(4),
        mute: Vec::new(),
        goes_on: false,
        send_resolved: true,
        escalate: None,
        routes: Vec::new(),
    };
    let route = root.build(&above);
    let mut names = Vec::new();
    let mut open = vec![&route];
    while let Some(route) = open.pop() {
        names.extend(route.receivers.iter().cloned());
        names.extend(route.escalate.iter().map(|escalate| escalate.to.clone()));
        open.extend(&route.routes);
    }
    let receivers: BTreeMap<String, Arc<Destination>> =
        names.into_iter().map(|name| (name.clone(), destination(&name, None))).collect();
    Rules { receivers, route: Some(route), ..Rules::default() }
}

fn destination(name: &str, digest: Option<Digest>) -> Arc<Destination> {
    Arc::new(Destination {
        name: name.to_owned(),
        at: nowhere(),
        receiver: Box::new(Silent),
        fallback: None,
        digest,
        fingerprint: String::new(),
    })
}

/// The receiver is told at these times only.
pub(crate) fn digest(mut rules: Rules, receiver: &str, digest: Digest) -> Rules {
    rules.receivers.insert(receiver.to_owned(), destination(receiver, Some(digest)));
    rules
}

/// The receiver forgets what it was told.
pub(crate) fn forgetful(mut rules: Rules, receiver: &str) -> Rules {
    let silent = destination(receiver, None);
    let forgetful = Destination {
        name: silent.name.clone(),
        at: silent.at.clone(),
        receiver: Box::new(Forgetful),
        fallback: None,
        digest: None,
        fingerprint: String::new(),
    };
    rules.receivers.insert(receiver.to_owned(), Arc::new(forgetful));
    rules
}

/// A time of the week that routes may name.
pub(crate) fn mute_time(mut rules: Rules, name: &str, time: MuteTime) -> Rules {
    rules.mute_times.entry(name.to_owned()).or_default().push(time);
    rules
}

/// While a source is open, a target with the same values of these labels is not told.
pub(crate) fn inhibit(mut rules: Rules, source: &str, target: &str, equal: &[&str], hops: Option<u32>) -> Rules {
    let matchers = |text: &str| if text.is_empty() { Vec::new() } else { parse_all(text).expect("matchers") };
    rules.inhibit.push(Inhibition {
        at: nowhere(),
        source: matchers(source),
        target: matchers(target),
        equal: owned(equal),
        along_depends_on: hops,
    });
    rules
}
