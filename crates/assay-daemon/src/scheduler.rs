//! The scheduler: turns schedules into planned runs, on the one daemon that has the role.
//!
//! What was dealt with is known by each document's cursor, which is kept in the store together with the runs: so
//! nothing is planned twice, whoever plans it, and what nobody was there for is recorded by the next who is.

pub(crate) mod corrected;
mod unknown;

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use assay_core::drift::store::StoreError;
use assay_core::ops::runs::{Enqueue, Run, RunState, Trigger};
use assay_core::ops::{Millis, SCHEDULER};
use chrono_tz::Tz;
use tracing::{debug, error, info, warn};

use crate::daemon::{Daemon, Phase};
use crate::keep;
use crate::leader::{Hold, PAUSE, Role};
use crate::queue::{CAUGHT_UP, queued};
use crate::schedule::{Decision, Due, Policy, Subject, Timetable, decide};
use crate::work::{Document, Project};

use corrected::{Corrected, Looked};
use unknown::Unknown;

/// The clock is looked at so often, because it may be set.
const LOOK: Duration = Duration::from_secs(1);
/// Runs that are written in one transaction.
const WRITTEN_AT_ONCE: usize = 2_000;

/// A document with a schedule.
struct Entry {
    document: Arc<Document>,
    timetable: Arc<Timetable>,
    cursor: Option<Millis>,
    since: Option<Millis>,
    /// When something is due next.
    next: Option<Millis>,
}

/// All documents with a schedule.
#[derive(Default)]
struct Entries {
    digest: String,
    entries: Vec<Entry>,
}

/// What the one that schedules looks after besides.
#[derive(Default)]
struct Care {
    unknown: Unknown,
    corrected: Corrected,
}

/// Plans runs until the daemon stops.
pub async fn schedule(daemon: Arc<Daemon>) {
    let mut role = Role::new(SCHEDULER);
    let mut entries: Option<Entries> = None;
    let mut care = Care::default();
    let mut phase = daemon.follow();
    while daemon.phase() != Phase::Stopping {
        let wait = match role.hold(&daemon).await {
            Hold::Elsewhere => {
                entries = None;
                daemon.looked();
                PAUSE
            }
            Hold::Unknown => {
                entries = None;
                PAUSE
            }
            Hold::Held { epoch, taken } => {
                if taken {
                    // somebody else may have planned meanwhile
                    entries = None;
                    care = Care::default();
                }
                match look(&daemon, epoch, &mut entries, &mut care).await {
                    Ok(true) => {
                        daemon.looked();
                        entries.as_ref().map_or(LOOK, |entries| entries.wait(daemon.now()))
                    }
                    Ok(false) => {
                        role.lose();
                        PAUSE
                    }
                    Err(why) => {
                        error!(%why, "cannot plan runs; trying again");
                        entries = None;
                        PAUSE
                    }
                }
            }
        };
        tokio::select! {
            () = daemon.clock.sleep(wait) => {}
            () = daemon.schedule_changed.notified() => {}
            _ = phase.changed() => {}
        }
    }
    role.resign(&daemon).await;
}

/// Plans what is due, after what a clock left that was ahead and what nobody can execute were seen to. False: another daemon has the role.
async fn look(
    daemon: &Arc<Daemon>,
    epoch: i64,
    entries: &mut Option<Entries>,
    care: &mut Care,
) -> Result<bool, StoreError> {
    let project = daemon.project();
    match care.corrected.look(daemon, epoch).await? {
        Looked::Unchanged => {}
        Looked::Rewound => *entries = None,
        Looked::Elsewhere => return Ok(false),
    }
    if !care.unknown.end(daemon, &project, epoch).await? {
        return Ok(false);
    }
    let known = match entries.take() {
        Some(known) if known.digest == project.digest => known,
        Some(known) => {
            keep::retire(daemon, &project).await;
            known.updated(&project, daemon.now())
        }
        None => {
            keep::retire(daemon, &project).await;
            Entries::read(daemon, &project).await?
        }
    };
    let known = entries.insert(known);
    known.plan(daemon, &project, epoch).await
}

impl Entries {
    /// Those of a project, with the cursors that the store holds.
    async fn read(daemon: &Arc<Daemon>, project: &Project) -> Result<Self, StoreError> {
        let cursors: BTreeMap<String, Millis> = daemon.ask(|store| store.cursors()).await?.into_iter().collect();
        let mut entries = of(project);
        for entry in &mut entries {
            entry.cursor = cursors.get(&entry.document.name).copied();
        }
        Ok(Entries { digest: project.digest.clone(), entries })
    }

    /// Those of a project that was loaded anew: a schedule that changed begins now.
    fn updated(self, project: &Project, now: Millis) -> Self {
        let former: HashMap<&str, &Entry> =
            self.entries.iter().map(|entry| (entry.document.name.as_str(), entry)).collect();
        let mut entries = of(project);
        for entry in &mut entries {
            match former.get(entry.document.name.as_str()) {
                Some(known) if is_same_schedule(&known.document, &entry.document) => {
                    (entry.cursor, entry.since) = (known.cursor, known.since);
                }
                Some(known) => (entry.cursor, entry.since) = (known.cursor, Some(now)),
                None => entry.since = Some(now),
            }
        }
        Entries { digest: project.digest.clone(), entries }
    }

    /// How long to wait: until the next is due, but never for long.
    fn wait(&self, now: Millis) -> Duration {
        let next = self.entries.iter().filter_map(|entry| entry.next).min();
        let left = next.map_or(LOOK, |next| Duration::from_millis((next - now).max(0).unsigned_abs()));
        left.min(LOOK)
    }

    /// Writes what became due, document by document, some thousands at once.
    async fn plan(&mut self, daemon: &Arc<Daemon>, project: &Project, epoch: i64) -> Result<bool, StoreError> {
        let policy = Policy {
            catchup: project.scheduler.catchup,
            window: project.scheduler.catchup_window,
            // what may still be run is not too old to be written
            kept: project.retention.missed.max(project.scheduler.catchup_window),
        };
        let mut at = 0;
        while at < self.entries.len() {
            let now = daemon.now();
            let mut writing = Writing::default();
            while at < self.entries.len() && writing.runs.len() < WRITTEN_AT_ONCE {
                let entry = &self.entries[at];
                if entry.next.is_none_or(|next| next <= now) {
                    let decision = entry.decide(project, &policy, now);
                    if let Some(from) = decision.passed_over_from {
                        let document = &entry.document.name;
                        info!(document, from, "nobody was there for so long that what was missed is not recorded");
                    }
                    writing.take(at, entry, decision, now);
                }
                // what there is more of this one comes with the next transaction
                if writing.goes_on() {
                    break;
                }
                at += 1;
            }
            if !self.write(daemon, epoch, writing).await? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    async fn write(&mut self, daemon: &Arc<Daemon>, epoch: i64, writing: Writing) -> Result<bool, StoreError> {
        let Writing { runs, cursors, decided } = writing;
        if !cursors.is_empty() && !daemon.change(move |store| store.advance(epoch, &cursors)).await? {
            return Ok(false);
        }
        if !runs.is_empty() {
            let Some(planned) = daemon.change(move |store| store.plan(epoch, &runs)).await? else {
                return Ok(false);
            };
            let count = |state| planned.iter().filter(|one| one.added && one.run.state == state).count();
            if let Some(first) = planned.iter().find(|one| one.added && one.run.state == RunState::Missed) {
                daemon.health.missed(count(RunState::Missed), &first.run.document);
                warn!(missed = count(RunState::Missed), "instants passed that nobody was there for");
            }
            if count(RunState::Queued) > 0 {
                debug!(queued = count(RunState::Queued), skipped = count(RunState::Skipped), "planned runs");
                daemon.work_queued.notify_one();
            }
        }
        for (at, decision) in decided {
            let entry = &mut self.entries[at];
            (entry.cursor, entry.next) = (Some(decision.cursor), decision.next);
        }
        Ok(true)
    }
}

/// What one transaction is to write.
#[derive(Default)]
struct Writing {
    runs: Vec<Enqueue>,
    cursors: Vec<(String, Millis)>,
    decided: Vec<(usize, Decision)>,
}

impl Writing {
    fn take(&mut self, at: usize, entry: &Entry, decision: Decision, now: Millis) {
        // without a run: the document or its schedule is new, or it passes over what nothing is kept of
        if decision.due.is_empty() && entry.cursor != Some(decision.cursor) {
            self.cursors.push((entry.document.name.clone(), decision.cursor));
        }
        self.runs.extend(decision.due.iter().map(|due| enqueue(&entry.document, due, now)));
        self.decided.push((at, Decision { due: Vec::new(), ..decision }));
    }

    /// Whether the last document has more that is due.
    fn goes_on(&self) -> bool {
        self.decided.last().is_some_and(|(_, decision)| decision.more)
    }
}

impl Entry {
    fn decide(&self, project: &Project, policy: &Policy, now: Millis) -> Decision {
        let own = self.document.schedule.as_ref().and_then(|schedule| schedule.jitter_seconds);
        let subject = Subject {
            document: &self.document.name,
            timetable: &self.timetable,
            enabled: self.document.enabled,
            jitter: own.map_or(project.scheduler.jitter, |seconds| seconds.saturating_mul(1000)),
            cursor: self.cursor,
            since: self.since,
        };
        decide(&subject, policy, now)
    }
}

fn enqueue(document: &Document, due: &Due, now: Millis) -> Enqueue {
    let run = queued(document, now);
    let priority = run.priority + if due.trigger == Trigger::CatchUp { CAUGHT_UP } else { 0 };
    let run = Run {
        trigger: due.trigger,
        planned: due.planned,
        not_before: due.not_before,
        priority,
        state: due.state,
        reason: due.reason.clone(),
        ended_at: (!due.state.is_open()).then_some(now),
        ..run
    };
    Enqueue { run, cursor: Some(due.planned), overlaps: due.overlaps }
}

fn is_same_schedule(one: &Document, other: &Document) -> bool {
    let text = |document: &Document| document.schedule.as_ref().map(|schedule| schedule.cron);
    text(one) == text(other) && one.timezone == other.timezone
}

/// Documents so that each comes after those that it depends on: their runs are written first. Circles are refused when
/// a project is loaded.
fn in_order(project: &Project) -> Vec<&Arc<Document>> {
    let mut begun: HashSet<&str> = HashSet::new();
    let mut ordered = Vec::with_capacity(project.documents.len());
    for document in project.documents.values() {
        // (document, whether those before it are placed)
        let mut waiting = vec![(document, false)];
        while let Some((document, ready)) = waiting.pop() {
            if ready {
                ordered.push(document);
            } else if begun.insert(&document.name) {
                waiting.push((document, true));
                waiting.extend(document.depends_on.iter().filter_map(|on| Some((project.documents.get(on)?, false))));
            }
        }
    }
    ordered
}

/// The documents of a project with a schedule; equal schedules share their timetable.
fn of(project: &Project) -> Vec<Entry> {
    let mut timetables: HashMap<(String, Tz), Arc<Timetable>> = HashMap::new();
    let mut entries = Vec::new();
    for document in in_order(project) {
        let Some(schedule) = &document.schedule else { continue };
        let key = (schedule.text.clone(), document.timezone);
        let timetable =
            timetables.entry(key).or_insert_with(|| Arc::new(Timetable::new(&schedule.cron, document.timezone)));
        entries.push(Entry {
            document: Arc::clone(document),
            timetable: Arc::clone(timetable),
            cursor: None,
            since: None,
            next: None,
        });
    }
    entries
}
