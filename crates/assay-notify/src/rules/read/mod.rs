//! Reading rules: the trees of several files become one set of rules, all problems told at once, each with its place.
//!
//! A section is one file beside this and one line in `SECTIONS`. Names are collected before anything is read, so that a
//! receiver that cannot be built does not make every route that names it wrong, too.

mod inhibit;
mod matching;
mod mutes;
mod receivers;
mod routes;
mod secrets;
mod settings;

use std::collections::{BTreeMap, BTreeSet};

use assay_core::node::{Key, Node, NodeKind};
use assay_core::problem::{Place, Problem, Span};
use assay_core::suggest::did_you_mean;
use chrono_tz::Tz;

use super::{Rules, values};
use crate::receivers::registry::RECEIVERS;
use crate::receivers::{Building, ReceiverSpec};

/// Sections, in the order in which they are read; `assay` and `rules` say what the file is.
const SECTIONS: &[(&str, Section)] = &[
    ("assay", |_, _, _| {}),
    ("rules", settings::name),
    ("external_url", settings::external_url),
    ("allow_private", settings::allow_private),
    ("defaults", settings::defaults),
    ("mute_times", mutes::read),
    ("receivers", receivers::read),
    ("inhibit", inhibit::read),
    ("route", routes::read),
];
/// Sections that only one file has.
const ONCE: &[&str] = &["external_url", "defaults", "route"];
/// Most characters of a name.
const LONGEST_NAME: usize = 100;
/// Receivers, and mute times, at most.
const MOST_NAMES: usize = 500;

/// Reads a section of one file.
type Section = fn(&mut Reader<'_>, &Key, &Node);

/// What rules are read with.
pub struct Reading<'a> {
    /// The project's zone: of mute times and digests that name none.
    pub timezone: Tz,
    /// `server.public_url` of assay.yaml: where rules name no `external_url`.
    pub public_url: Option<&'a str>,
    /// Where a span is.
    pub place: &'a dyn Fn(Span) -> Place,
    /// What receivers are built with.
    pub building: &'a Building<'a>,
}

/// What came of reading.
#[derive(Debug, Default)]
pub struct Read {
    /// The rules; `None` where there is a problem.
    pub rules: Option<Rules>,
    /// What is wrong.
    pub problems: Vec<Problem>,
    /// What is allowed but probably not meant.
    pub warnings: Vec<Problem>,
    /// Where secrets are written down. Hide these places before a problem is shown beside its line.
    pub secrets: Vec<Span>,
}

/// Reads the files of a project's rules together; their roots are mappings, and the version is looked at elsewhere.
pub fn read(files: &[Node], reading: &Reading<'_>) -> Read {
    read_with(files, reading, RECEIVERS)
}

/// The same with these kinds of receivers.
pub(crate) fn read_with(files: &[Node], reading: &Reading<'_>, kinds: &[ReceiverSpec]) -> Read {
    let mut reader = Reader::new(reading, kinds);
    reader.rules.external_url = reading.public_url.map(|url| url.trim_end_matches('/').to_owned());
    reader.names(files);
    for (name, section) in SECTIONS {
        for (key, node) in files.iter().flat_map(|file| file.entries().unwrap_or_default()) {
            if key.text == *name && !values::enough(&reader.problems) {
                section(&mut reader, key, node);
            }
        }
    }
    reader.finish()
}

/// Rules that are being read.
struct Reader<'a> {
    reading: &'a Reading<'a>,
    kinds: &'a [ReceiverSpec],
    rules: Rules,
    problems: Vec<Problem>,
    warnings: Vec<Problem>,
    secrets: Vec<Span>,
    /// Where receivers are named first, whether they can be built or not.
    receivers: BTreeMap<String, Span>,
    /// The same of mute times.
    mute_times: BTreeMap<String, Span>,
    /// Whom receivers hand on to, and where they say so.
    fallbacks: BTreeMap<String, (String, Span)>,
    /// Receivers with a digest, also where something else of them is wrong.
    digests: Vec<String>,
    /// Receivers that something leads to.
    used: BTreeSet<String>,
    /// Mute times that a route has.
    muting: BTreeSet<String>,
    /// Ids of routes and how often they were given.
    ids: BTreeMap<String, u32>,
}

impl<'a> Reader<'a> {
    fn new(reading: &'a Reading<'a>, kinds: &'a [ReceiverSpec]) -> Self {
        Reader {
            reading,
            kinds,
            rules: Rules::default(),
            problems: Vec::new(),
            warnings: Vec::new(),
            secrets: Vec::new(),
            receivers: BTreeMap::new(),
            mute_times: BTreeMap::new(),
            fallbacks: BTreeMap::new(),
            digests: Vec::new(),
            used: BTreeSet::new(),
            muting: BTreeSet::new(),
            ids: BTreeMap::new(),
        }
    }

    fn wrong(&mut self, at: Span, message: impl Into<String>, hint: impl Into<String>) {
        self.problems.push(Problem::at(at, message).hint(hint));
    }

    fn warn(&mut self, at: Span, message: impl Into<String>, hint: impl Into<String>) {
        self.warnings.push(Problem::at(at, message).hint(hint));
    }

    fn place(&self, span: Span) -> Place {
        (self.reading.place)(span)
    }

    /// A place for a sentence: `rules/alerts.yaml:3:5`.
    fn shown(&self, span: Span) -> String {
        let place = self.place(span);
        format!("{}:{}:{}", place.path, place.line, place.column)
    }

    /// Looks at the keys of all files: which are known, which are there more than once, which names there are.
    fn names(&mut self, files: &[Node]) {
        let mut first: BTreeMap<&str, Span> = BTreeMap::new();
        for file in files {
            let Some(entries) = values::map(file, "a file of rules", &mut self.problems) else { continue };
            if file.get("rules").is_none() {
                let top = Span { len: 0, ..file.span };
                self.wrong(top, "`rules` is missing", "say what these rules are called: `rules: alerts`");
            }
            for (key, node) in entries {
                let Some((name, _)) = SECTIONS.iter().find(|(name, _)| *name == key.text) else {
                    let known: Vec<&str> = SECTIONS.iter().map(|(name, _)| *name).collect();
                    self.problems.push(values::unknown_key(key, "in rules", &known));
                    continue;
                };
                let before = *first.entry(name).or_insert(key.span);
                if before != key.span && ONCE.contains(name) {
                    let before = self.shown(before);
                    self.wrong(key.span, format!("`{name}` is there twice, first at {before}"), "keep one of the two");
                }
                if !secrets::may_stand_in(name) {
                    self.refuse_placeholders(node);
                }
                match *name {
                    "receivers" => self.collect(node, "receiver"),
                    "mute_times" => self.collect(node, "mute time"),
                    _ => {}
                }
            }
        }
    }

    /// Takes the names of receivers or mute times.
    fn collect(&mut self, node: &Node, what: &str) {
        for (key, _) in node.entries().unwrap_or_default() {
            let known = if what == "receiver" { &mut self.receivers } else { &mut self.mute_times };
            if known.len() >= MOST_NAMES {
                let message = format!("there are more than {MOST_NAMES} {what}s");
                self.wrong(key.span, message, "a receiver can have several places, a mute time several entries");
                return;
            }
            let first = *known.entry(key.text.clone()).or_insert(key.span);
            if first != key.span {
                let message =
                    format!("{what} `{}` is defined twice, first at {}", values::shorten(&key.text), self.shown(first));
                self.wrong(key.span, message, "rename one of the two, or keep one");
            }
            let is_sound = !key.text.trim().is_empty()
                && key.text.chars().count() <= LONGEST_NAME
                && !key.text.chars().any(char::is_control);
            if !is_sound {
                let message = format!("a {what} cannot have this name: `{}`", values::shorten(&key.text));
                self.wrong(key.span, message, format!("1 to {LONGEST_NAME} characters that can be seen"));
            }
        }
    }

    /// Placeholders stand in settings of receivers only: everything else is shown, and the same everywhere.
    fn refuse_placeholders(&mut self, node: &Node) {
        let mut waiting = vec![node];
        while let Some(node) = waiting.pop() {
            match &node.kind {
                NodeKind::Scalar { text, .. } if text.contains("${") => self.wrong(
                    node.span,
                    format!("a placeholder cannot stand here: {}", node.describe()),
                    "rules take them in secrets of receivers, such as `url`",
                ),
                NodeKind::Scalar { .. } => {}
                NodeKind::Seq(items) => waiting.extend(items.iter().rev()),
                NodeKind::Map(entries) => waiting.extend(entries.iter().rev().map(|(_, value)| value)),
            }
        }
    }

    /// The name of a receiver, which is known.
    fn receiver(&mut self, node: &Node, what: &str) -> Option<String> {
        let name = values::text(node, what, &mut self.problems)?.to_owned();
        self.used.insert(name.clone());
        if !self.receivers.contains_key(&name) {
            let hint = unknown(&name, &self.receivers, "receivers");
            self.wrong(node.span, format!("there is no receiver `{}`", values::shorten(&name)), hint);
            return None;
        }
        Some(name)
    }

    fn finish(mut self) -> Read {
        self.check_fallbacks();
        self.unused();
        // in the order of places, however sections were read
        self.problems.sort_by_key(|problem| problem.span.map(|span| (span.file, span.offset)));
        self.problems.dedup();
        self.warnings.sort_by_key(|problem| problem.span.map(|span| (span.file, span.offset)));
        self.problems.truncate(values::MANY);
        let rules = self.problems.is_empty().then_some(self.rules);
        Read { rules, problems: self.problems, warnings: self.warnings, secrets: self.secrets }
    }

    /// Names that nothing leads to.
    fn unused(&mut self) {
        let lost = |names: &BTreeMap<String, Span>, used: &BTreeSet<String>| -> Vec<(String, Span)> {
            names
                .iter()
                .filter(|(name, _)| !used.contains(name.as_str()))
                .map(|(name, at)| (name.clone(), *at))
                .collect()
        };
        if self.rules.route.is_none() && self.problems.is_empty() {
            if let Some(at) = self.receivers.values().next().copied() {
                self.warn(at, "nobody is told of anything: no file has a `route`", "add `route: {receiver: NAME}`");
            }
            return;
        }
        for (name, at) in lost(&self.receivers, &self.used) {
            let hint = "name it in a route, or remove it";
            self.warn(at, format!("nothing leads to receiver `{}`", values::shorten(&name)), hint);
        }
        for (name, at) in lost(&self.mute_times, &self.muting) {
            let hint = "name it under `mute` of a route, or remove it";
            self.warn(at, format!("no route is muted by `{}`", values::shorten(&name)), hint);
        }
    }
}

/// Advice about a name that nobody gave.
fn unknown(name: &str, known: &BTreeMap<String, Span>, what: &str) -> String {
    if known.is_empty() {
        return format!("there are no {what}: add them under `{}:`", what.replace(' ', "_"));
    }
    let alike = if name.is_empty() { None } else { did_you_mean(name, known.keys().map(String::as_str)) };
    alike.unwrap_or_else(|| {
        let names: Vec<String> = known.keys().take(20).map(|name| format!("`{}`", values::shorten(name))).collect();
        format!("{what} are {}", names.join(", "))
    })
}
