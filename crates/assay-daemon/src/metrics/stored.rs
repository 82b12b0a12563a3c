//! Numbers that the store has. It is asked when somebody scrapes and what is known is too old; however many scrape
//! meanwhile, one asks and the others wait for the answer, and nobody waits long for a store that hangs.

use std::collections::BTreeSet;
use std::future::Future;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use assay_core::drift::store::StoreError;
use assay_core::ops::Ops;
use assay_core::ops::incidents::{IncidentFilter, IncidentState};
use assay_core::ops::outbox::OutboxSize;
use assay_core::ops::runs::Counted;
use assay_core::verdict::Outcome;
use assay_notify::delivery::REASONS;
use assay_notify::receivers::registry::RECEIVERS;
use tokio::sync::watch;

/// How long numbers are good.
const LIFE: Duration = Duration::from_secs(1);
/// How long they are good where something is known to have changed.
const SHORT_LIFE: Duration = Duration::from_millis(100);
/// How long one waits for the store.
const PATIENCE: Duration = Duration::from_secs(1);
/// Incidents that are counted at most.
const MOST_INCIDENTS: usize = 1_000_000;

/// The way that calls to train a model again take.
const RETRAIN: &str = "retrain";
/// The severities of incidents.
pub const SEVERITIES: [(Outcome, &str); 3] =
    [(Outcome::Warn, "warn"), (Outcome::Fail, "fail"), (Outcome::Error, "error")];

/// What the store has.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Numbers {
    /// Runs.
    pub counted: Counted,
    /// Messages.
    pub outbox: OutboxSize,
    /// Incidents in the order of [`SEVERITIES`].
    pub incidents: [u64; SEVERITIES.len()],
    /// Bytes.
    pub size: u64,
}

/// What is known of the store.
#[derive(Debug, Clone, Default)]
pub struct Seen {
    /// The newest numbers; `None`: it never answered.
    pub numbers: Option<Arc<Numbers>>,
    /// Whether it answered last.
    pub up: bool,
}

/// Asks the store, and keeps what it said.
#[derive(Debug)]
pub struct Stored {
    state: Mutex<State>,
    patience: Duration,
    answers: watch::Sender<()>,
}

#[derive(Debug, Default)]
struct State {
    seen: Seen,
    answered: Option<Instant>,
    asking: Option<Instant>,
    outdated: bool,
}

enum Turn {
    Known,
    Ask,
    Wait(Duration),
}

impl Numbers {
    /// Asks the store.
    pub fn of(store: &dyn Ops) -> Result<Self, StoreError> {
        let states = vec![IncidentState::Open, IncidentState::Acknowledged];
        let open = store.incidents(&IncidentFilter { states, most: MOST_INCIDENTS, ..IncidentFilter::default() })?;
        let number = |severity| open.iter().filter(|incident| incident.severity == severity).count() as u64;
        Ok(Numbers {
            counted: store.counted()?,
            outbox: store.outbox()?,
            incidents: SEVERITIES.map(|(severity, _)| number(severity)),
            size: store.size()?,
        })
    }

    /// Every way to deliver that there is or was.
    pub fn integrations(&self) -> BTreeSet<&str> {
        let OutboxSize { delivered, failed, .. } = &self.outbox;
        let seen = delivered.iter().map(|(name, _)| name.as_str()).chain(failed.iter().map(|(name, ..)| name.as_str()));
        // each has its series before it happens for the first time, so that an increase is seen
        RECEIVERS.iter().map(|kind| kind.name).chain([RETRAIN]).chain(seen).collect()
    }

    /// Every reason to give up that there is or was.
    pub fn reasons(&self) -> BTreeSet<&str> {
        let seen = self.outbox.failed.iter().map(|(_, reason, _)| reason.as_str());
        REASONS.into_iter().chain(seen).collect()
    }

    /// Messages that came to an end.
    pub fn ended(&self, integration: &str) -> u64 {
        let OutboxSize { delivered, failed, .. } = &self.outbox;
        let delivered = delivered.iter().filter(|(name, _)| name == integration).map(|(_, number)| number);
        let failed = failed.iter().filter(|(name, ..)| name == integration).map(|(.., number)| number);
        delivered.chain(failed).sum()
    }

    /// Messages that were given up.
    pub fn failed(&self, integration: &str, reason: &str) -> u64 {
        let is_it = |(name, why, _): &&(String, String, u64)| name == integration && why == reason;
        self.outbox.failed.iter().filter(is_it).map(|(.., number)| number).sum()
    }
}

impl Stored {
    /// With nothing known.
    pub fn new() -> Self {
        Stored { state: Mutex::default(), patience: PATIENCE, answers: watch::Sender::new(()) }
    }

    /// What is known is no longer so.
    pub fn outdate(&self) {
        self.state().outdated = true;
    }

    /// What is known now, asked for where it is too old.
    pub async fn now<F>(self: &Arc<Self>, ask: impl FnOnce() -> F) -> Seen
    where
        F: Future<Output = Result<Numbers, StoreError>> + Send + 'static,
    {
        // before anybody asks, so that no answer is overlooked
        let mut answers = self.answers.subscribe();
        let turn = self.state().turn(self.patience);
        let patience = match turn {
            Turn::Known => return self.state().seen.clone(),
            Turn::Wait(left) => left,
            Turn::Ask => {
                let (this, answer) = (Arc::clone(self), ask());
                tokio::spawn(async move { this.answered(answer.await) });
                self.patience
            }
        };
        let came = tokio::time::timeout(patience, answers.changed()).await;
        let mut seen = self.state().seen.clone();
        seen.up &= came.is_ok();
        seen
    }

    fn answered(&self, answer: Result<Numbers, StoreError>) {
        let mut state = self.state();
        state.seen.up = answer.is_ok();
        if let Ok(numbers) = answer {
            state.seen.numbers = Some(Arc::new(numbers));
        }
        (state.answered, state.asking) = (Some(Instant::now()), None);
        drop(state);
        self.answers.send_replace(());
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn turn(&mut self, patience: Duration) -> Turn {
        let life = if self.outdated { SHORT_LIFE } else { LIFE };
        if self.answered.is_some_and(|at| at.elapsed() < life) {
            return Turn::Known;
        }
        if let Some(since) = self.asking {
            return Turn::Wait(patience.saturating_sub(since.elapsed()));
        }
        self.asking = Some(Instant::now());
        self.outdated = false;
        Turn::Ask
    }
}

#[cfg(test)]
mod tests;
