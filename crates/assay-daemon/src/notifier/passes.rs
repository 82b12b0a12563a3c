//! Passes of the notifier: one reads what is known, has it decided who is told of what, and writes messages and log in
//! one transaction. What fails is done again; nothing is lost, because nothing is taken up that was not written.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use assay_core::drift::store::StoreError;
use assay_core::ops::incidents::{AlertEvent, Incident, IncidentFilter, IncidentState};
use assay_core::ops::notices::{Notified, NotifierLog};
use assay_core::ops::silences::Silence;
use assay_core::ops::{Millis, Ops};
use assay_notify::plan::{self, World};
use assay_notify::{Subjects, health};
use tracing::{debug, error, info};

use super::{messages, retrain};
use crate::daemon::{Daemon, Phase};
use crate::notices;
use crate::work::Project;

/// Between two passes at least; what others wrote to the store is looked for as often.
const LOOK: Duration = Duration::from_secs(1);
/// Events that a pass takes up.
const EVENTS: usize = 5_000;
/// Numbers of incidents that are asked for at once.
const NUMBERS: usize = 500;
/// How often is looked for models to be trained again.
const RETRAIN: Millis = 10_000;

/// What is known between passes, as long as this daemon has the role and every write succeeded.
struct Known {
    epoch: i64,
    log: NotifierLog,
    /// Digest of the project that the last pass saw, and its documents with the daemon among them.
    seen: Option<(String, Arc<Subjects>)>,
    silences: Vec<Silence>,
    /// When the next pass is due although nothing happens.
    next_at: Option<Millis>,
    /// Whether the last pass left events.
    more: bool,
    retrained_at: Option<Millis>,
}

/// Makes passes until the daemon stops.
pub(super) async fn make(daemon: &Arc<Daemon>) {
    let mut leading = daemon.notices.follow();
    let mut phase = daemon.follow();
    let mut known: Option<Known> = None;
    let mut trouble: Option<&'static str> = None;
    let mut is_woken = true;
    while daemon.phase() != Phase::Stopping {
        let epoch = *leading.borrow_and_update();
        if let Some(epoch) = epoch {
            match step(daemon, epoch, known.take(), is_woken).await {
                Ok(kept) => {
                    if kept.is_none() {
                        daemon.notices.lose();
                    }
                    if trouble.take().is_some() {
                        info!("the notifier works again");
                    }
                    known = kept;
                }
                Err(why) => {
                    if trouble.replace(why.code) != Some(why.code) {
                        error!(%why, "cannot turn alerts into messages; trying again until it works");
                    }
                }
            }
        } else {
            known = None;
        }
        is_woken = false;
        if known.as_ref().is_some_and(|known| known.more) {
            continue;
        }
        tokio::select! {
            () = daemon.clock.sleep(LOOK) => {}
            _ = leading.changed() => {}
            _ = phase.changed() => {}
            () = daemon.notices.changed.notified() => {
                is_woken = true;
                // whatever else happens in the same second is told with it
                daemon.clock.sleep(LOOK).await;
            }
        }
    }
}

/// Makes a pass where one is due. `None`: another daemon has the role.
async fn step(
    daemon: &Arc<Daemon>,
    epoch: i64,
    known: Option<Known>,
    is_woken: bool,
) -> Result<Option<Known>, StoreError> {
    let known = known.filter(|known| known.epoch == epoch);
    let (project, now) = (daemon.project(), daemon.now());
    let passed = daemon.ask(move |store| {
        let mut known = match known {
            Some(known) => known,
            None => Known::read(store, epoch)?,
        };
        let mut written = 0;
        let retrains = known.retrained_at.is_none_or(|at| is_woken || (now - at).abs() >= RETRAIN);
        if retrains {
            let Some(posted) = retrain::post(store, &project, epoch, now)? else { return Ok(None) };
            (known.retrained_at, written) = (Some(now), posted);
        }
        let silences = store.silences(Some(now))?;
        let events = store.events(known.log.cursor, EVENTS)?;
        if is_woken || known.is_due(&project, &silences, &events, now) {
            let Some(posted) = known.pass(store, &project, silences, events, now, false)? else { return Ok(None) };
            written += posted.len();
        }
        Ok(Some((known, written)))
    });
    let Some((known, written)) = passed.await? else { return Ok(None) };
    if written > 0 {
        debug!(messages = written, "wrote messages");
        daemon.store_works();
        daemon.metrics.outbox_changed();
        daemon.notices.due.notify_one();
    }
    Ok(Some(known))
}

/// Passes until every event is taken up, telling everything at once; gives the ids of the messages. `None`: another daemon
/// has the role.
pub(super) async fn all(daemon: &Arc<Daemon>, epoch: i64) -> Result<Option<Vec<String>>, StoreError> {
    let (project, now) = (daemon.project(), daemon.now());
    let passed = daemon.ask(move |store| {
        let mut known = Known::read(store, epoch)?;
        if retrain::post(store, &project, epoch, now)?.is_none() {
            return Ok(None);
        }
        let mut written = Vec::new();
        loop {
            let silences = store.silences(Some(now))?;
            let events = store.events(known.log.cursor, EVENTS)?;
            let Some(posted) = known.pass(store, &project, silences, events, now, true)? else { return Ok(None) };
            written.extend(posted);
            if !known.more {
                return Ok(Some(written));
            }
        }
    });
    passed.await
}

impl Known {
    fn read(store: &dyn Ops, epoch: i64) -> Result<Self, StoreError> {
        let mut log = store.notifier_log()?;
        log.entries.retain(|entry| !notices::is_of_receiver(entry));
        let (seen, silences) = (None, Vec::new());
        Ok(Known { epoch, log, seen, silences, next_at: None, more: false, retrained_at: None })
    }

    fn is_due(&self, project: &Project, silences: &[Silence], events: &[AlertEvent], now: Millis) -> bool {
        let is_same = self.seen.as_ref().is_some_and(|(digest, _)| *digest == project.digest);
        !is_same || !events.is_empty() || self.next_at.is_some_and(|at| at <= now) || self.silences != silences
    }

    /// One pass; gives the ids of the messages that were written. `None`: another daemon has the role, and nothing was written.
    fn pass(
        &mut self,
        store: &dyn Ops,
        project: &Project,
        silences: Vec<Silence>,
        events: Vec<AlertEvent>,
        now: Millis,
        at_once: bool,
    ) -> Result<Option<Vec<String>>, StoreError> {
        let subjects = self.subjects(project);
        let incidents = incidents(store, &self.log, &events)?;
        let pass = plan::plan(&World {
            now,
            rules: &project.rules,
            subjects: &subjects,
            project: project.name.as_deref(),
            incidents: &incidents,
            events: &events,
            silences: &silences,
            log: &self.log,
            at_once,
        });
        let messages = messages::of(store, project, pass.notifications)?;
        let written = messages.iter().map(|message| message.id.clone()).collect();
        let notified = Notified { cursor: pass.cursor, entries: pass.entries, forgotten: pass.forgotten, messages };
        let is_news = notified.cursor > self.log.cursor
            || !(notified.entries.is_empty() && notified.forgotten.is_empty() && notified.messages.is_empty());
        if is_news && !store.notify(self.epoch, &notified)? {
            return Ok(None);
        }
        notices::apply(&mut self.log, notified);
        (self.silences, self.next_at, self.more) = (silences, pass.next_at, events.len() == EVENTS);
        Ok(Some(written))
    }

    fn subjects(&mut self, project: &Project) -> Arc<Subjects> {
        if let Some((digest, subjects)) = &self.seen
            && *digest == project.digest
        {
            return Arc::clone(subjects);
        }
        let mut subjects = (*project.subjects).clone();
        subjects.entry(health::DOCUMENT.into()).or_insert_with(health::subject);
        let subjects = Arc::new(subjects);
        self.seen = Some((project.digest.clone(), Arc::clone(&subjects)));
        subjects
    }
}

/// Incidents that are not over, those that the log names, and those of the events.
fn incidents(store: &dyn Ops, log: &NotifierLog, events: &[AlertEvent]) -> Result<Vec<Incident>, StoreError> {
    let states = vec![IncidentState::Pending, IncidentState::Open, IncidentState::Acknowledged];
    let mut found = store.incidents(&IncidentFilter { states, most: usize::MAX, ..IncidentFilter::default() })?;
    let known: BTreeSet<u64> = found.iter().map(|incident| incident.number).collect();
    let named = plan::named(log).into_iter().chain(events.iter().map(|event| event.incident));
    let others: Vec<u64> =
        named.filter(|number| !known.contains(number)).collect::<BTreeSet<_>>().into_iter().collect();
    for numbers in others.chunks(NUMBERS) {
        let filter = IncidentFilter { numbers: numbers.to_vec(), most: usize::MAX, ..IncidentFilter::default() };
        found.extend(store.incidents(&filter)?);
    }
    Ok(found)
}
