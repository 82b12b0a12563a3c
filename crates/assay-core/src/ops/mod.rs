//! What a daemon keeps beside what every run keeps: planned runs and their states, leases, incidents and alert events,
//! the outbox, silences, tokens and the journal of live observations. [`Ops`] is all that the daemon knows of a store.
//!
//! Times are milliseconds since 1970-01-01T00:00:00Z ([`Millis`]). Calls block; give them a thread that may. Every
//! method that changes something is one transaction.

pub mod incidents;
pub mod journal;
pub mod notices;
pub mod outbox;
pub mod retention;
pub mod runs;
pub mod settings;
pub mod silences;
pub mod tokens;

use crate::drift::store::{Store, StoreError};
use crate::verdict::Reason;

use incidents::{AlertEvent, Change, Decided, Incident, IncidentFilter};
use journal::{Batch, Folding, JournalSize, Taken};
use notices::{Notified, NotifierLog};
use outbox::{Delivery, Lane, Message, MessageFilter, OutboxSize};
use retention::{Pruned, Retention};
use runs::{Claim, Claimed, Counted, Ended, Ending, Enqueue, Finished, Planned, Rewound, Run, RunFilter, StoredRecord};
use silences::Silence;
use tokens::Token;

/// Milliseconds since 1970-01-01T00:00:00Z.
pub type Millis = i64;

/// A lease that somebody holds on a role, such as scheduling.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lease {
    /// The role: [`SCHEDULER`], [`NOTIFIER`].
    pub role: String,
    /// Who holds it.
    pub holder: String,
    /// Counts the holders: whoever writes with an older one is refused.
    pub epoch: i64,
    /// Until when, by the store's clock.
    pub until: Millis,
}

/// No run is anybody's for longer, in milliseconds, without a renewal.
pub const LONGEST_LEASE: Millis = 10 * 60_000;

/// The role of the one who turns schedules into planned runs.
pub const SCHEDULER: &str = "scheduler";
/// The role of the one who turns alert events into messages.
pub const NOTIFIER: &str = "notifier";

/// A store for daemons.
pub trait Ops: Store {
    /// Whether daemons on several machines may work with it.
    fn is_shared(&self) -> bool {
        false
    }

    /// The store's clock: what leases are measured by. That of the machine where the store is a file.
    fn clock(&self) -> Result<Millis, StoreError>;

    /// Takes or renews a role for `ttl` milliseconds. `None`: somebody else holds it. A renewal keeps the epoch, a new
    /// holder (or the same after its lease ran out) gets the next one. Another's lease that has more than [`LONGEST_LEASE`]
    /// (and more than `ttl`) to go was taken by a clock that was ahead: it counts as run out.
    fn lead(&self, role: &str, holder: &str, ttl: Millis) -> Result<Option<Lease>, StoreError>;

    /// Gives a role back, if it is still held by this holder.
    fn resign(&self, role: &str, holder: &str) -> Result<(), StoreError>;

    /// For every document that was ever planned the last instant that was dealt with.
    fn cursors(&self) -> Result<Vec<(String, Millis)>, StoreError>;

    /// Writes planned runs (queued, skipped or missed) and moves the documents' cursors, which only go forward. A run
    /// whose (document, planned) is known is left as it was, unless that one gives way ([`Run::gives_way`]). A queued one of a document that has a run queued, running
    /// or interrupted becomes skipped with the reason `overlap` and that run's id, unless `enqueue.overlaps` of it. What was
    /// written comes back in order, each as it stands in the store now. `epoch` is the scheduler's lease: with an
    /// older one nothing is written and the answer is `None`.
    fn plan(&self, epoch: i64, enqueue: &[Enqueue]) -> Result<Option<Vec<Planned>>, StoreError>;

    /// Moves cursors of documents without a run: they begin there. Cursors only go forward. With an epoch older than the
    /// scheduler's nothing is written and the answer is false.
    fn advance(&self, epoch: i64, cursors: &[(String, Millis)]) -> Result<bool, StoreError>;

    /// The furthest instant that a document was dealt with or judged for, an incident was decided at or a run waits for.
    /// It lies beyond the present only where a clock was ahead.
    fn furthest(&self) -> Result<Option<Millis>, StoreError>;

    /// Takes back what a clock that was ahead left beyond `to`, the present. Cursors go back to it, and what was judged
    /// counts as judged by then, so that later runs are judged again. Times of incidents, of their events and of messages
    /// that wait become `to`. Runs that wait for later instants are skipped with the reason
    /// [`CLOCK_CORRECTED`](runs::CLOCK_CORRECTED), and give way where their instant is planned again; those of earlier
    /// instants that were queued later are due at once. Missed and skipped instants that were never begun are forgotten:
    /// they are still to come. What was executed stays, so that nothing runs twice for one instant. With an epoch older
    /// than the scheduler's nothing is written and the answer is `None`.
    fn rewind(&self, epoch: i64, to: Millis) -> Result<Option<Rewound>, StoreError>;

    /// Queues a run that somebody asked for. Where the document has one queued or interrupted, that one is the answer,
    /// from now on at least as important and as early, and nothing is added (`Planned::added` is false); beside a running
    /// one, which may read what was there before, another one is queued. A planned instant that is taken moves by
    /// milliseconds.
    fn trigger(&self, enqueue: &Enqueue) -> Result<Planned, StoreError>;

    /// Ends a run that waits (queued or interrupted) as cancelled. False: it does not wait.
    fn cancel(&self, run: &str, reason: &Reason, at: Millis) -> Result<bool, StoreError>;

    /// Takes queued and interrupted runs that are due, most important first (priority, then planned, then id), for a
    /// lease of `claim.lease` milliseconds, within the limits of the claim; each becomes running with one more attempt.
    /// A run waits while a document that it comes after (`claim.after`) has a run queued, interrupted or running that
    /// was planned no later, and while another run of its own document is running. Runs of documents that the claimer
    /// does not know (`is_known`, which must not ask the store) are left for others: daemons may have different versions
    /// of a project.
    fn claim_known(&self, claim: &Claim, is_known: &dyn Fn(&str) -> bool) -> Result<Vec<Claimed>, StoreError>;

    /// [`Ops::claim_known`] for one that knows every document.
    fn claim(&self, claim: &Claim) -> Result<Vec<Claimed>, StoreError> {
        self.claim_known(claim, &|_| true)
    }

    /// Renews the leases of running runs by `lease` milliseconds; gives the ids that this holder no longer has.
    fn renew(&self, holder: &str, runs: &[String], lease: Millis) -> Result<Vec<String>, StoreError>;

    /// Makes runs interrupted whose lease ran out, or has more than [`LONGEST_LEASE`] to go (of `holder`: all that it held, whatever their lease), with the reason
    /// [`INTERRUPTED`](runs::INTERRUPTED). Gives those changed. How often one is claimed again is for its claimer to
    /// decide ([`Claimed::was_lost`]).
    fn recover(&self, holder: Option<&str>) -> Result<Vec<Run>, StoreError>;

    /// Writes a run that ended with all that it concluded, in one transaction: state, record, samples, the commit of
    /// its windows and points, incidents and alert events as `decide` has them, runs downstream. `decide` gets the
    /// document's incidents that are not resolved and of each key the one that was resolved last; it must not ask the
    /// store. Where a run planned later was judged before, this one is history only and nobody decides. Nothing is written
    /// where the run is no longer this holder's at this attempt.
    fn finish(&self, finished: &Finished, decide: &mut dyn FnMut(&[Incident]) -> Decided)
    -> Result<Ending, StoreError>;

    /// Ends a run without a record: cancelled, or handed back as interrupted. False: it was no longer this holder's.
    fn end(&self, ended: &Ended) -> Result<bool, StoreError>;

    /// Ends runs that wait (queued or interrupted) as skipped, for the scheduler; others are left as they are. Gives how
    /// many there were. With an epoch older than the scheduler's nothing is written and the answer is `None`.
    fn skip(&self, epoch: i64, runs: &[String], reason: &Reason, at: Millis) -> Result<Option<u64>, StoreError>;

    /// Runs, newest planned first.
    fn runs(&self, filter: &RunFilter) -> Result<Vec<Run>, StoreError>;

    /// One run.
    fn run(&self, id: &str) -> Result<Option<Run>, StoreError>;

    /// The newest run of every document that came to an outcome: finished, or cancelled.
    fn newest_runs(&self) -> Result<Vec<Run>, StoreError>;

    /// The last `most` runs of each of these documents, whatever became of them: document after document as they are
    /// given, newest planned first.
    fn last_runs(&self, documents: &[String], most: usize) -> Result<Vec<Run>, StoreError> {
        let of = |document: &String| RunFilter { document: Some(document.clone()), most, ..RunFilter::default() };
        let runs = documents.iter().map(|document| self.runs(&of(document)));
        Ok(runs.collect::<Result<Vec<_>, _>>()?.concat())
    }

    /// What a run recorded; `None`: there is no such run, or nothing of it is kept.
    fn record(&self, run: &str) -> Result<Option<StoredRecord>, StoreError>;

    /// How many runs there were by trigger and state, since the store began: pruning takes nothing from these.
    fn counted(&self) -> Result<Counted, StoreError>;

    /// Incidents, newest number first.
    fn incidents(&self, filter: &IncidentFilter) -> Result<Vec<Incident>, StoreError>;

    /// Changes an incident: `change` gets it as it is, and gives it as it shall be with the events of that, or nothing;
    /// it must not ask the store. `None`: there is no such number.
    fn change_incident(
        &self,
        number: u64,
        change: &mut dyn FnMut(&Incident) -> Option<Change>,
    ) -> Result<Option<Incident>, StoreError>;

    /// Resolves incidents of documents that are gone, and of checks that are (`known`: each document with its check ids),
    /// with the reason `removed` and their events. Gives how many.
    fn retire_incidents(&self, known: &[(String, Vec<String>)], now: Millis) -> Result<u64, StoreError>;

    /// Alert events with a number above `after`, in order.
    fn events(&self, after: u64, most: usize) -> Result<Vec<AlertEvent>, StoreError>;

    /// The last `most` events of one incident, in order.
    fn events_of(&self, incident: u64, most: usize) -> Result<Vec<AlertEvent>, StoreError> {
        const AT_ONCE: usize = 1_000;
        let (mut of_it, mut after) = (Vec::new(), 0);
        loop {
            let events = self.events(after, AT_ONCE)?;
            let Some(last) = events.last() else { break };
            after = last.number;
            of_it.extend(events.into_iter().filter(|event| event.incident == incident));
        }
        Ok(of_it.split_off(of_it.len().saturating_sub(most)))
    }

    /// Changes a document's incidents without a run of the daemon, in one transaction: `decide` gets what it gets from
    /// [`Ops::finish`] and must not ask the store. Gives how many events there were.
    fn judge(&self, document: &str, decide: &mut dyn FnMut(&[Incident]) -> Decided) -> Result<u64, StoreError>;

    /// What the notifier knew when it last wrote.
    fn notifier_log(&self) -> Result<NotifierLog, StoreError>;

    /// Writes what a pass of the notifier gave: its log, and the messages for the outbox. With an epoch older than the
    /// notifier's nothing is written and the answer is false.
    fn notify(&self, epoch: i64, notified: &Notified) -> Result<bool, StoreError>;

    /// Messages of the outbox, oldest first where the filter says nothing else.
    fn messages(&self, filter: &MessageFilter) -> Result<Vec<Message>, StoreError>;

    /// The lanes with messages that wait, by receiver and target.
    fn lanes(&self) -> Result<Vec<Lane>, StoreError>;

    /// Notes what a try to deliver gave; `instead` is written where it gave the message up (the receiver's fallback).
    /// False: there is no such message, or it is no longer waiting; nothing is written.
    fn delivered(&self, message: &str, delivery: &Delivery, instead: &[Message]) -> Result<bool, StoreError>;

    /// Makes messages wait again that were given up, and those due now that wait for another try: as if they had never
    /// been tried. Gives how many there were; delivered ones are left alone.
    fn retry(&self, messages: &[String], now: Millis) -> Result<u64, StoreError>;

    /// What waits in the outbox, and what was delivered or failed since the store began.
    fn outbox(&self) -> Result<OutboxSize, StoreError>;

    /// Adds a silence.
    fn add_silence(&self, silence: &Silence) -> Result<(), StoreError>;

    /// Ends a silence now. False: there is none of this id, or it had ended.
    fn end_silence(&self, id: &str, by: &str, now: Millis) -> Result<bool, StoreError>;

    /// Silences, newest first; with `at` only those in force then or later.
    fn silences(&self, at: Option<Millis>) -> Result<Vec<Silence>, StoreError>;

    /// Adds a token. An error where the id is taken.
    fn add_token(&self, token: &Token) -> Result<(), StoreError>;

    /// Revokes a token. False: there is none of this id, or it was revoked.
    fn revoke_token(&self, id: &str, now: Millis) -> Result<bool, StoreError>;

    /// All tokens, newest first, revoked and expired ones too.
    fn tokens(&self) -> Result<Vec<Token>, StoreError>;

    /// Takes a batch of live observations into the journal. A key that is known gives its first answer again, or says
    /// that its body was another one. Refused where the journal would hold more than `most_bytes`.
    fn take(&self, batch: &Batch, most_bytes: u64) -> Result<Taken, StoreError>;

    /// Batches that wait to be folded, in the order they came, of one monitor, as many as are within `most_bytes` (one at
    /// least).
    fn batches(&self, monitor: &str, most_bytes: u64) -> Result<Vec<Batch>, StoreError>;

    /// The monitors with batches that wait, and how much of them.
    fn journal(&self) -> Result<Vec<JournalSize>, StoreError>;

    /// Writes states that batches were folded into and forgets these batches, in one transaction. False: some batch
    /// was gone already, and nothing was written.
    fn fold(&self, folding: &Folding) -> Result<bool, StoreError>;

    /// Removes what retention no longer keeps, at most 1,000 rows in one transaction; call it again while
    /// `Pruned::more`.
    fn prune(&self, retention: &Retention, now: Millis) -> Result<Pruned, StoreError>;

    /// Bytes that the store takes up.
    fn size(&self) -> Result<u64, StoreError>;

    /// Writes a copy of the store to a new file while others go on reading and writing; `store_unwritable` where the
    /// file exists or the kind of store has tools of its own for this.
    fn backup(&self, to: &std::path::Path) -> Result<(), StoreError>;
}
