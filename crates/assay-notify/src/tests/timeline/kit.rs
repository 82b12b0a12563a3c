//! A timeline: what happens when, and which messages are wanted between when and when. Time is made up and jumps from one
//! thing to the next: the notifier passes when something happened and when it said that it wants to, never else. Every
//! message has to be wanted, and every one that is wanted has to come, exactly.

use std::collections::BTreeSet;

use assay_core::ops::Millis;
use assay_core::ops::incidents::{EventKind, IncidentState};
use assay_core::ops::silences::Silence;
use assay_core::verdict::Outcome;
use chrono::DateTime;

use super::store::Kept;
use crate::Policy;
use crate::matchers::parse_all;
use crate::notification::{Notification, Reason};
use crate::rules::Rules;

pub(crate) fn s(seconds: i64) -> Millis {
    seconds * 1_000
}

pub(crate) fn m(minutes: i64) -> Millis {
    minutes * 60_000
}

pub(crate) fn h(hours: i64) -> Millis {
    hours * 3_600_000
}

/// So many passes of a timeline, at most, may find nothing to do.
const IDLE: usize = 2;

/// What happens.
#[derive(Debug, Clone)]
pub(crate) enum Step {
    /// Checks of a document end so.
    Run(String, Vec<(String, Outcome)>),
    Acknowledge(String, String),
    Silence(Silence),
    EndSilence(String),
    Remove(String),
    Reload(Box<Rules>),
    /// The notifier is gone, and is there again at once: it knows what is stored.
    Restart,
    /// The notifier is gone.
    Stop,
    /// It is there again.
    Start,
}

/// A message that is wanted.
#[derive(Debug)]
pub(crate) struct Want {
    receiver: String,
    reason: Reason,
    listed: Listed,
}

#[derive(Debug)]
enum Listed {
    /// These incidents, those that are over with a minus before.
    Exactly(BTreeSet<String>),
    /// So many open ones and so many that are over.
    Counts(u64, u64),
}

/// What happens when, and what is wanted.
#[derive(Debug)]
pub(crate) struct Timeline {
    pub kept: Kept,
    rules: Rules,
    start: Millis,
    steps: Vec<(Millis, Step)>,
    wants: Vec<(Millis, Millis, Want)>,
    until: Millis,
    at_once: bool,
}

/// The timeline begins on a Friday at six in the morning, UTC, and goes on for a day.
pub(crate) fn timeline(rules: Rules) -> Timeline {
    let timeline = Timeline {
        kept: Kept::default(),
        rules,
        start: 0,
        steps: Vec::new(),
        wants: Vec::new(),
        until: h(24),
        at_once: false,
    };
    timeline.starting("2026-11-20T06:00:00Z")
}

impl Timeline {
    pub fn starting(self, instant: &str) -> Timeline {
        let start = DateTime::parse_from_rfc3339(instant).expect("an instant").timestamp_millis();
        Timeline { start, ..self }
    }

    pub fn until(self, until: Millis) -> Timeline {
        Timeline { until, ..self }
    }

    pub fn at_once(self) -> Timeline {
        Timeline { at_once: true, ..self }
    }

    pub fn policy(mut self, policy: Policy) -> Timeline {
        self.kept.policy = policy;
        self
    }

    pub fn depends_on(mut self, document: &str, on: &[&str]) -> Timeline {
        self.kept.document(document).depends_on = on.iter().map(|name| (*name).to_owned()).collect();
        self
    }

    pub fn at(mut self, at: Millis, step: Step) -> Timeline {
        self.steps.push((at, step));
        self
    }

    pub fn between(mut self, from: Millis, to: Millis, want: Want) -> Timeline {
        self.wants.push((from, to, want));
        self
    }

    /// The notifier is not there.
    pub fn down(self, from: Millis, to: Millis) -> Timeline {
        self.at(from, Step::Stop).at(to, Step::Start)
    }

    /// Plays it and compares the messages with those wanted.
    #[track_caller]
    pub fn holds(self) {
        let (wants, start) = (&self.wants, self.start);
        let (told, _) = self.play();
        let mut left: Vec<&Notification> = told.iter().collect();
        let mut missing = Vec::new();
        for (from, to, want) in wants {
            let is_in_time = |told: &Notification| (*from..=*to).contains(&(told.at - start));
            match left.iter().position(|told| is_in_time(told) && want.is(told)) {
                Some(place) => drop(left.remove(place)),
                None => missing.push((from, to, want)),
            }
        }
        if missing.is_empty() && left.is_empty() {
            return;
        }
        let all: Vec<String> = told.iter().map(|told| shown(told, start)).collect();
        let unwanted: Vec<String> = left.iter().map(|told| shown(told, start)).collect();
        panic!("all:\n  {}\nunwanted:\n  {}\nmissing:\n  {missing:#?}", all.join("\n  "), unwanted.join("\n  "));
    }

    /// Plays it; gives all messages in order, and what is stored in the end.
    pub fn play(&self) -> (Vec<Notification>, Kept) {
        let mut steps: Vec<(Millis, &Step)> = self.steps.iter().map(|(at, step)| (*at, step)).collect();
        steps.sort_by_key(|(at, _)| *at);
        let mut steps = steps.into_iter().peekable();
        let mut playing = Playing {
            kept: self.kept.clone(),
            rules: self.rules.clone(),
            at_once: self.at_once,
            told: Vec::new(),
            // it begins with a pass, as a daemon does
            next_at: Some(self.start),
            is_up: true,
            idle: 0,
        };
        loop {
            let step_at = steps.peek().map(|(at, _)| self.start + at);
            let pass_at = playing.next_at.filter(|_| playing.is_up);
            let Some(now) = [step_at, pass_at].into_iter().flatten().min() else { break };
            if now > self.start + self.until {
                break;
            }
            let mut is_woken = true;
            while let Some((_, step)) = steps.next_if(|(at, _)| self.start + at == now) {
                playing.step(now, step);
                is_woken = false;
            }
            if playing.is_up {
                playing.pass(now, is_woken);
            }
        }
        (playing.told, playing.kept)
    }
}

struct Playing {
    kept: Kept,
    rules: Rules,
    at_once: bool,
    told: Vec<Notification>,
    next_at: Option<Millis>,
    is_up: bool,
    idle: usize,
}

impl Playing {
    fn step(&mut self, now: Millis, step: &Step) {
        match step {
            Step::Run(document, outcomes) => {
                let outcomes: Vec<(&str, Outcome)> =
                    outcomes.iter().map(|(check, outcome)| (check.as_str(), *outcome)).collect();
                self.kept.run(now, document, &outcomes);
            }
            Step::Acknowledge(document, check) => self.kept.acknowledge(now, document, check),
            Step::Silence(silence) => {
                let (starts_at, ends_at) = (now + silence.starts_at, now + silence.ends_at);
                self.kept.silences.push(Silence { starts_at, ends_at, ..silence.clone() });
            }
            Step::EndSilence(id) => {
                self.kept.silences.iter_mut().filter(|silence| silence.id == *id).for_each(|it| it.ends_at = now);
            }
            Step::Remove(document) => self.kept.remove(now, document),
            Step::Reload(rules) => self.rules = (**rules).clone(),
            Step::Restart => self.next_at = None,
            Step::Stop => self.is_up = false,
            Step::Start => self.is_up = true,
        }
    }

    fn pass(&mut self, now: Millis, is_woken: bool) {
        let pass = self.kept.plan(now, &self.rules, self.at_once);
        // what wakes it wakes it for something: at most a mute begins anew, or ends with nothing left to tell
        let is_idle = pass.notifications.is_empty() && pass.entries.is_empty() && pass.forgotten.is_empty();
        self.idle += usize::from(is_woken && is_idle);
        assert!(self.idle <= IDLE, "it wakes for nothing");
        assert!(pass.next_at.is_none_or(|next| next > now), "the next pass is not later");
        pass.notifications.iter().for_each(well_made);
        self.kept.write(&pass);
        // what is decided is decided: the same moment again gives nothing
        let again = self.kept.plan(now, &self.rules, self.at_once);
        assert_eq!(again.notifications, [], "told twice");
        assert_eq!((again.entries.as_slice(), again.forgotten.as_slice()), (&[][..], &[][..]), "not at rest");
        assert_eq!(again.next_at, pass.next_at);
        self.next_at = pass.next_at;
        self.told.extend(pass.notifications);
    }
}

/// What holds for every message.
fn well_made(told: &Notification) {
    let text = serde_json::to_string(told).expect("it can be written");
    assert_eq!(serde_json::from_str::<Notification>(&text).expect("it can be read"), *told);
    assert!(told.title.chars().count() <= 150 && !told.title.chars().any(char::is_control), "{:?}", told.title);
    assert!(!told.why.is_empty() && !told.title.is_empty());
    let open = told.incidents.iter().filter(|item| item.state != IncidentState::Resolved).count() as u64;
    assert_eq!(told.incidents.len() as u64 + told.left_out, told.open + told.resolved);
    assert!(told.left_out > 0 || open == told.open);
    assert_eq!(told.is_open, told.open > 0);
    let news = told.incidents.iter().filter(|item| item.news.is_some()).count();
    assert!(told.left_out > 0 || (news == 0) == matches!(told.reason, Reason::Repeat) || told.reason == Reason::Digest);
}

impl Want {
    fn is(&self, told: &Notification) -> bool {
        let listed = match &self.listed {
            Listed::Exactly(names) => *names == told.incidents.iter().map(name).collect(),
            Listed::Counts(open, resolved) => (*open, *resolved) == (told.open, told.resolved),
        };
        listed && self.receiver == told.receiver && self.reason == told.reason
    }
}

/// `gold.revenue/range`, with a minus before where it is over.
pub(crate) fn name(item: &crate::notification::Item) -> String {
    let sign = if item.state == IncidentState::Resolved { "-" } else { "" };
    format!("{sign}{}/{}", item.document, item.check)
}

fn shown(told: &Notification, start: Millis) -> String {
    let names: Vec<String> = told.incidents.iter().take(10).map(name).collect();
    let at = (told.at - start) as f64 / 1_000.0;
    format!("{at:>10} s  {} {} {names:?} {}", told.receiver, told.reason.name(), told.title)
}

fn run(document: &str, check: &str, outcome: Outcome) -> Step {
    Step::Run(document.to_owned(), vec![(check.to_owned(), outcome)])
}

pub(crate) fn fails(document: &str, check: &str) -> Step {
    run(document, check, Outcome::Fail)
}

pub(crate) fn warns(document: &str, check: &str) -> Step {
    run(document, check, Outcome::Warn)
}

pub(crate) fn passes(document: &str, check: &str) -> Step {
    run(document, check, Outcome::Pass)
}

pub(crate) fn acknowledged(document: &str, check: &str) -> Step {
    Step::Acknowledge(document.to_owned(), check.to_owned())
}

/// Somebody silences what matches, from now on for so long.
pub(crate) fn silenced(id: &str, matchers: &str, lasts: Millis) -> Step {
    Step::Silence(Silence {
        id: id.to_owned(),
        matchers: parse_all(matchers).expect("matchers"),
        starts_at: 0,
        ends_at: lasts,
        created_by: "mia".to_owned(),
        created_at: 0,
        comment: "planned".to_owned(),
        ended_by: None,
    })
}

pub(crate) fn silence_ends(id: &str) -> Step {
    Step::EndSilence(id.to_owned())
}

pub(crate) fn removed(document: &str) -> Step {
    Step::Remove(document.to_owned())
}

pub(crate) fn reloads(rules: Rules) -> Step {
    Step::Reload(Box::new(rules))
}

/// A message that lists these incidents, those that are over with a minus before.
pub(crate) fn wants(receiver: &str, reason: Reason, listed: &[&str]) -> Want {
    let names = listed.iter().map(|name| (*name).to_owned()).collect();
    Want { receiver: receiver.to_owned(), reason, listed: Listed::Exactly(names) }
}

/// A message about so many open incidents and so many that are over.
pub(crate) fn wants_many(receiver: &str, reason: Reason, open: u64, resolved: u64) -> Want {
    Want { receiver: receiver.to_owned(), reason, listed: Listed::Counts(open, resolved) }
}

/// When each incident was opened and when it was over, in order: for properties.
pub(crate) fn spells(kept: &Kept) -> Vec<(u64, Millis, Option<Millis>)> {
    let mut spells: Vec<(u64, Millis, Option<Millis>)> = Vec::new();
    for event in &kept.events {
        match event.kind {
            EventKind::Opened | EventKind::Reopened => spells.push((event.incident, event.at, None)),
            EventKind::Resolved => {
                let open = spells.iter_mut().rev().find(|(number, ..)| *number == event.incident);
                open.into_iter().for_each(|(_, _, over)| *over = Some(event.at));
            }
            EventKind::Worsened | EventKind::Eased | EventKind::Acknowledged => {}
        }
    }
    spells
}
