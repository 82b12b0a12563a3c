//! Inhibition: while an incident is open, others that follow from it are not told of. Which they are, the rules say.

use std::collections::{BTreeSet, HashMap};

use super::members::is_open;
use super::scene::{Known, Scene};
use crate::matchers::Matchers;
use crate::rules::Inhibition;
use crate::subjects::Subjects;

/// The rules' inhibitions, with the incidents that mute by them.
#[derive(Debug)]
pub(super) struct Inhibitions<'s>(Vec<Ready<'s>>);

/// A rule, ready to be asked about many incidents.
#[derive(Debug)]
struct Ready<'s> {
    rule: &'s Inhibition,
    source: Matchers,
    target: Matchers,
    sources: HashMap<Key<'s>, Sources>,
}

/// The source's document, where the rule goes along dependencies, and the values of the labels that are equal.
type Key<'s> = (Option<&'s str>, Vec<&'s str>);

/// Sources of a key, those apart that are targets as well. Of each no more than it takes to find one that is not the
/// incident in question.
#[derive(Debug, Default)]
struct Sources {
    targets: Vec<u64>,
    others: Vec<u64>,
}

impl<'s> Inhibitions<'s> {
    /// `flapping`: incidents that count as open although they are over.
    pub fn new(scene: &'s Scene<'_>, flapping: &BTreeSet<u64>) -> Inhibitions<'s> {
        // a rule that cannot be evaluated mutes nothing: better to hear too much
        let mut rules: Vec<Ready<'s>> = scene.world.rules.inhibit.iter().filter_map(Ready::new).collect();
        if !rules.is_empty() {
            for (number, known) in
                scene.all().filter(|(number, known)| is_open(known.incident) || flapping.contains(number))
            {
                rules.iter_mut().for_each(|rule| rule.take(number, known, scene.labels(known)));
            }
        }
        Inhibitions(rules)
    }

    /// The incident that mutes this one.
    pub fn by(&self, scene: &'s Scene<'_>, known: &'s Known<'_>) -> Option<u64> {
        let labels = scene.labels(known);
        self.0.iter().find_map(|rule| rule.by(scene.world.subjects, known, labels))
    }
}

impl<'s> Ready<'s> {
    fn new(rule: &'s Inhibition) -> Option<Ready<'s>> {
        let (source, target) = (Matchers::new(&rule.source).ok()?, Matchers::new(&rule.target).ok()?);
        Some(Ready { rule, source, target, sources: HashMap::new() })
    }

    /// Takes an open incident up, where it mutes others.
    fn take(&mut self, number: u64, known: &'s Known<'_>, labels: &'s [(String, String)]) {
        if !self.source.match_all(labels) {
            return;
        }
        let document = self.rule.along_depends_on.map(|_| known.incident.key.document.as_str());
        let is_target = self.target.match_all(labels);
        for values in equals(&self.rule.equal, labels) {
            self.sources.entry((document, values)).or_default().push(number, is_target);
        }
    }

    fn by(&self, subjects: &'s Subjects, known: &'s Known<'_>, labels: &'s [(String, String)]) -> Option<u64> {
        if self.sources.is_empty() || !self.target.match_all(labels) {
            return None;
        }
        let own = known.incident.key.document.as_str();
        let documents: Vec<Option<&str>> = match self.rule.along_depends_on {
            None => vec![None],
            Some(hops) => upstream(subjects, own, hops).into_iter().map(Some).collect(),
        };
        // along dependencies the direction says which of two stands for the other; elsewhere two that are both would
        // mute each other
        let is_both = self.rule.along_depends_on.is_none() && self.source.match_all(labels);
        let values = equals(&self.rule.equal, labels);
        let keys = documents.iter().flat_map(|document| values.iter().map(|values| (*document, values.clone())));
        let mut found =
            keys.filter_map(|key| Some((key.0, self.sources.get(&key)?.but(known.incident.number, is_both)?)));
        // in a circle neither stands for the other
        let circles = |above: Option<&str>| {
            let hops = self.rule.along_depends_on.unwrap_or(0);
            above.is_some_and(|above| upstream(subjects, above, hops).contains(&own))
        };
        found.find(|(document, _)| !circles(*document)).map(|(_, source)| source)
    }
}

impl Sources {
    fn push(&mut self, number: u64, is_target: bool) {
        let list = if is_target { &mut self.targets } else { &mut self.others };
        if list.len() < 2 {
            list.push(number);
        }
    }

    /// One that is not this incident; `no_target`: nor a target.
    fn but(&self, number: u64, no_target: bool) -> Option<u64> {
        let targets = self.targets.iter().filter(|_| !no_target);
        self.others.iter().chain(targets).copied().find(|source| *source != number)
    }
}

/// The values of these labels; none where a label is missing. A label with several values is there with each.
fn equals<'s>(names: &[String], labels: &'s [(String, String)]) -> Vec<Vec<&'s str>> {
    let mut rows: Vec<Vec<&str>> = vec![Vec::new()];
    for name in names {
        let values: Vec<&str> =
            labels.iter().filter(|(label, _)| label == name).map(|(_, value)| value.as_str()).collect();
        let with = |row: &Vec<&'s str>| -> Vec<Vec<&'s str>> {
            values.iter().map(|value| row.iter().copied().chain([*value]).collect()).collect()
        };
        rows = rows.iter().flat_map(with).collect();
    }
    rows
}

/// Documents that this one is made from, over so many steps at most, nearest first.
fn upstream<'s>(subjects: &'s Subjects, document: &str, hops: u32) -> Vec<&'s str> {
    let of = |document: &str| subjects.get(document).map_or(&[][..], |subject| &subject.depends_on);
    let mut found: Vec<&str> = Vec::new();
    let mut known: BTreeSet<&str> = BTreeSet::new();
    let mut edge: Vec<&str> = of(document).iter().map(String::as_str).collect();
    for _ in 0..hops {
        edge.retain(|name| *name != document && known.insert(name));
        if edge.is_empty() {
            break;
        }
        found.extend(&edge);
        edge = edge.iter().flat_map(|name| of(name)).map(String::as_str).collect();
    }
    found
}
