//! What Prometheus scrapes. Three parts make an answer:
//!
//! - `documents`: what the newest runs found, as text that is kept until a run or a reload changes it (`cap` says
//!   how much of it);
//! - `stored`: numbers that the store has, asked for once a second at most, however many scrape;
//! - `process`: what this process counts itself.
//!
//! A family of documents is one entry in `assay_report::metrics::DOCUMENTS`, any other one in [`families::OWN`].

mod cap;
mod documents;
pub mod families;
mod process;
mod stored;

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use assay_core::ops::Millis;
use assay_core::ops::runs::Run;
use assay_core::run::RunRecord;
use assay_core::stored as records;
use axum::body::Bytes;

use crate::daemon::Daemon;
use documents::{Documents, Known};
use families::State;
use process::Process;
use stored::{Numbers, Stored};

/// The content type of an answer.
pub const CONTENT_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";

/// How long an answer is given again: a burst of scrapers is answered with one.
const SAME_ANSWER: Duration = Duration::from_millis(20);
/// How often the store is asked for what others ran.
const OTHERS_RAN: Duration = Duration::from_secs(30);
/// How long the first answer waits for what the store knows of earlier runs.
const FIRST_ANSWER: Duration = Duration::from_secs(2);
/// Records that are read from the store in one go.
const RECORDS: usize = 64;

/// Numbers about documents, runs and this process.
pub struct Metrics {
    process: Process,
    documents: Mutex<Documents>,
    stored: Arc<Stored>,
    answer: tokio::sync::Mutex<Option<Answer>>,
    changes: AtomicU64,
    filled: Mutex<Option<Instant>>,
}

struct Answer {
    at: Instant,
    changes: u64,
    text: Bytes,
}

/// A run that came to its end.
#[derive(Debug, Clone, Copy)]
pub struct Ran<'a> {
    /// The contract's table or the monitor's name.
    pub document: &'a str,
    /// The planned instant.
    pub planned: Millis,
    /// When it was executed.
    pub started: Millis,
    /// When it ended.
    pub ended: Millis,
    /// What it found; `None`: it was cancelled.
    pub record: Option<&'a RunRecord>,
}

impl Metrics {
    /// With nothing known yet.
    pub fn new() -> Self {
        Metrics {
            process: Process::new(),
            documents: Mutex::new(Documents::default()),
            stored: Arc::new(Stored::new()),
            answer: tokio::sync::Mutex::new(None),
            changes: AtomicU64::new(0),
            filled: Mutex::new(None),
        }
    }

    /// A run began, so many milliseconds after it could have.
    pub fn began(&self, waited: Millis) {
        self.process.began(waited);
        self.changed();
    }

    /// A run ended. One that was planned before the newest that is known changes no document, nor does one of a document
    /// that is gone.
    pub fn ran(&self, daemon: &Daemon, ran: &Ran<'_>) {
        self.process.ended(ran.ended.saturating_sub(ran.started));
        if ran.record.is_some() {
            let mut documents = self.documents();
            documents.follow(&daemon.project(), daemon.now());
            documents.put(ran.document, Known::of(ran));
        }
        self.stored.outdate();
        self.changed();
    }

    /// Takes from the store what is newer than what is known: at start, and what other daemons ran. A record that cannot
    /// be read is logged and left out.
    pub async fn fill(&self, daemon: &Arc<Daemon>) {
        let Ok(newest) = daemon.ask(|store| store.newest_runs()).await else { return };
        self.documents().follow(&daemon.project(), daemon.now());
        let news: Vec<Run> =
            newest.into_iter().filter(|run| self.documents().is_news(&run.document, run.planned)).collect();
        for runs in news.chunks(RECORDS) {
            let runs = runs.to_vec();
            let read = move |store: &dyn assay_core::ops::Ops| {
                let record = |run: Run| Ok((store.record(&run.id)?, run));
                runs.into_iter().map(record).collect::<Result<Vec<_>, _>>()
            };
            let Ok(found) = daemon.ask(read).await else { return };
            for (stored, run) in found {
                let record = stored.map(|stored| records::read(&stored.record, None)).transpose();
                let record = record.unwrap_or_else(|why| {
                    tracing::warn!(run = run.id, document = run.document, error = %why, "a record cannot be read for /metrics");
                    None
                });
                let ran = Ran {
                    document: &run.document,
                    planned: run.planned,
                    started: run.started_at.unwrap_or(run.planned),
                    ended: run.ended_at.or(run.started_at).unwrap_or(run.planned),
                    record: record.as_ref(),
                };
                self.documents().put(&run.document, Known::of(&ran));
            }
            self.changed();
        }
    }

    /// What Prometheus is answered: content type and text. Never fails: where the store does not answer, what is known
    /// is told, and `assay_store_up` is 0.
    pub async fn render(&self, daemon: &Arc<Daemon>) -> (&'static str, Bytes) {
        let mut answer = self.answer.lock().await;
        self.follow_others(daemon).await;
        let changes = self.changes.load(Ordering::Acquire);
        if let Some(known) = &*answer
            && known.changes == changes
            && known.at.elapsed() < SAME_ANSWER
        {
            return (CONTENT_TYPE, known.text.clone());
        }
        let asked = Arc::clone(daemon);
        let seen = self.stored.now(move || async move { asked.ask(Numbers::of).await }).await;
        let own = Arc::clone(daemon);
        let text = tokio::task::spawn_blocking(move || own.metrics.text(&own, &seen)).await;
        let text = text.unwrap_or_else(|broken| {
            tracing::error!(error = %broken, "/metrics could not be written");
            Bytes::new()
        });
        *answer = Some(Answer { at: Instant::now(), changes, text: text.clone() });
        (CONTENT_TYPE, text)
    }

    fn text(&self, daemon: &Daemon, seen: &stored::Seen) -> Bytes {
        let (detail, dropped) = {
            let mut documents = self.documents();
            documents.follow(&daemon.project(), daemon.now());
            documents.text(self.process.series() + families::series(seen))
        };
        let mut text = String::with_capacity(detail.len() + 32 * 1024);
        families::write(&State { gauges: &daemon.gauges, seen, dropped }, &mut text);
        self.process.write(&mut text);
        text.push_str(&detail);
        Bytes::from(text)
    }

    /// Takes from the store what others ran, now and then. The first time it is waited for, so that a daemon that began
    /// again does not look as if nothing had ever been broken.
    async fn follow_others(&self, daemon: &Arc<Daemon>) {
        let is_first = {
            let mut filled = self.filled.lock().unwrap_or_else(PoisonError::into_inner);
            if filled.is_some_and(|at| at.elapsed() < OTHERS_RAN) {
                return;
            }
            filled.replace(Instant::now()).is_none()
        };
        let own = Arc::clone(daemon);
        let filling = tokio::spawn(async move { own.metrics.fill(&own).await });
        if is_first && tokio::time::timeout(FIRST_ANSWER, filling).await.is_err() {
            tracing::info!("the first answer of /metrics is not complete: records are still being read");
        }
    }

    /// Messages were written, or came to an end.
    pub fn outbox_changed(&self) {
        self.stored.outdate();
        self.changed();
    }

    /// What was told last is no longer so.
    pub fn changed(&self) {
        self.changes.fetch_add(1, Ordering::AcqRel);
    }

    fn documents(&self) -> MutexGuard<'_, Documents> {
        self.documents.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Default for Metrics {
    fn default() -> Self {
        Metrics::new()
    }
}

impl std::fmt::Debug for Metrics {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Metrics").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod fixture;
#[cfg(test)]
mod tests;
