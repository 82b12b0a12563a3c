//! What the newest run of every document found, and the text of it.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use assay_core::ops::Millis;
use assay_core::ops::settings::MetricsSettings;
use assay_report::metrics::{DOCUMENTS, Facts, Kept, Sink, facts, header};
use chrono_tz::Tz;

use super::Ran;
use super::cap::{Counts, Level, Told};
use crate::schedule::Timetable;
use crate::work::{Document, Project};

/// The documents of the project as it is now, and what is known of each.
#[derive(Debug, Default)]
pub struct Documents {
    project: String,
    settings: MetricsSettings,
    of: BTreeMap<String, Entry>,
    level: Level,
    /// `None`: something changed since it was written.
    written: Option<Written>,
}

#[derive(Debug)]
struct Written {
    text: Arc<str>,
    counts: Counts,
}

/// The instants of schedules, by expression and zone: thousands of documents have a few schedules among them.
#[derive(Debug, Default)]
struct Timetables(HashMap<(String, Tz), Arc<Timetable>>);

#[derive(Debug)]
struct Entry {
    document: Arc<Document>,
    /// `None`: it is not due by itself.
    timetable: Option<Arc<Timetable>>,
    facts: Facts,
    counts: Counts,
    newest: Option<Newest>,
    /// The next run is the first one that is due after this.
    after: Millis,
    /// When a reload changed its schedule.
    rescheduled: Option<Millis>,
}

#[derive(Debug, Clone, Copy)]
struct Newest {
    planned: Millis,
    duration: f64,
}

/// What is known of a document from a run.
#[derive(Debug)]
pub struct Known {
    facts: Option<Facts>,
    newest: Newest,
}

impl Known {
    /// From a run.
    pub fn of(ran: &Ran<'_>) -> Self {
        let seconds = |millis: Millis| millis as f64 / 1e3;
        Known {
            facts: ran.record.and_then(|record| facts(ran.document, record, seconds(ran.started))),
            newest: Newest { planned: ran.planned, duration: seconds(ran.ended.saturating_sub(ran.started).max(0)) },
        }
    }
}

impl Documents {
    /// Takes up the project as it is now: documents that are gone are forgotten, and so is what was found of those that
    /// are no longer evaluated.
    pub fn follow(&mut self, project: &Project, now: Millis) {
        if self.project == project.digest {
            return;
        }
        let mut before = std::mem::take(&mut self.of);
        let mut timetables = Timetables::default();
        let entry = |(name, document): (&String, &Arc<Document>)| {
            let entry = match before.remove(name) {
                Some(known) => known.renewed(document, now, &mut timetables),
                None => Entry::new(document, now, &mut timetables),
            };
            (name.clone(), entry)
        };
        self.of = project.documents.iter().map(entry).collect();
        self.project.clone_from(&project.digest);
        self.settings = project.metrics;
        self.written = None;
    }

    /// Whether a run planned then is newer than what is known of its document.
    pub fn is_news(&self, document: &str, planned: Millis) -> bool {
        let is_newer =
            |entry: &Entry| entry.document.enabled && entry.newest.is_none_or(|newest| newest.planned < planned);
        self.of.get(document).is_some_and(is_newer)
    }

    /// Takes what a run found, where the document is evaluated and nothing newer is known of it.
    pub fn put(&mut self, document: &str, known: Known) {
        if !self.is_news(document, known.newest.planned) {
            return;
        }
        let Some(entry) = self.of.get_mut(document) else { return };
        entry.newest = Some(known.newest);
        entry.after = entry.rescheduled.map_or(known.newest.planned, |at| at.max(known.newest.planned));
        if let Some(facts) = known.facts {
            entry.facts = facts;
        }
        entry.tell();
        self.written = None;
    }

    /// The text of all documents, and how many series it lacks for being too many. `others`: how many more there are.
    pub fn text(&mut self, others: u64) -> (Arc<str>, u64) {
        let MetricsSettings { detail, max_series } = self.settings;
        let counts = match &self.written {
            Some(written) => written.counts,
            None => self.of.values().fold(Counts::default(), |sum, entry| sum.plus(&entry.counts)),
        };
        let level = self.level.next(&counts, others, self.settings);
        let [all, told] = [Level::default(), level].map(|level| counts.at(detail, level));
        if level != self.level {
            let (series, left_out) = (told + others, level.left_out());
            tracing::warn!(max_series, series, %left_out, "the detail of /metrics changed");
            self.level = level;
            self.written = None;
        }
        let text = match self.written.take() {
            Some(written) => written.text,
            None => self.write().into(),
        };
        self.written = Some(Written { text: Arc::clone(&text), counts });
        (text, all - told)
    }

    fn write(&self) -> String {
        let mut out = String::new();
        for family in DOCUMENTS {
            let told = self.level.told(family, self.settings.detail);
            let head = header(family);
            out.push_str(&head);
            let mut sink = Sink::text(family, &mut out);
            match told {
                Told::Detail => self.of.values().for_each(|entry| family.detail(&entry.facts, &mut sink)),
                Told::Worst => self.of.values().for_each(|entry| family.worst(&entry.facts, &mut sink)),
                Told::Nothing => (),
            }
            if sink.series == 0 {
                out.truncate(out.len() - head.len());
            }
        }
        out
    }
}

impl Timetables {
    fn of(&mut self, document: &Document) -> Option<Arc<Timetable>> {
        let schedule = document.schedule.as_ref().filter(|_| document.enabled)?;
        let timetable = self.0.entry((schedule.text.clone(), document.timezone));
        Some(Arc::clone(timetable.or_insert_with(|| Arc::new(Timetable::new(&schedule.cron, document.timezone)))))
    }
}

impl Entry {
    fn new(document: &Arc<Document>, now: Millis, timetables: &mut Timetables) -> Self {
        let mut entry = Entry {
            document: Arc::clone(document),
            timetable: timetables.of(document),
            facts: Facts::new(&document.name),
            counts: Counts::default(),
            newest: None,
            after: now,
            rescheduled: None,
        };
        entry.tell();
        entry
    }

    /// The same with the document as it is now.
    fn renewed(mut self, document: &Arc<Document>, now: Millis, timetables: &mut Timetables) -> Self {
        let before = std::mem::replace(&mut self.document, Arc::clone(document));
        let is_due_as_before = (before.enabled, before.timezone, &before.schedule)
            == (document.enabled, document.timezone, &document.schedule);
        if !is_due_as_before {
            self.timetable = timetables.of(document);
            (self.after, self.rescheduled) = (now, Some(now));
        }
        let is_told_as_before =
            (before.kind, &before.layer, &before.owner) == (document.kind, &document.layer, &document.owner);
        // thousands of documents are the same after most reloads
        if !is_due_as_before || !is_told_as_before {
            self.tell();
        }
        self
    }

    /// What the daemon knows of it, after anything changed.
    fn tell(&mut self) {
        let document = &self.document;
        let kept = Kept::new(document.kind.name(), document.layer.as_deref(), document.owner.as_deref());
        if !document.enabled {
            self.facts = Facts::new(&document.name);
            self.newest = None;
        }
        let next_run = self.timetable.as_ref().and_then(|timetable| timetable.next_after(self.after));
        self.facts.kept = Some(Kept {
            duration: self.newest.map(|newest| newest.duration),
            next_run: next_run.map(|millis| millis as f64 / 1e3),
            ..kept
        });
        self.counts = Counts::of(&self.facts);
    }
}
