//! A store that stops answering when a test says so.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use assay_core::drift::store::{BaselineRow, Commit, Proposal, StateRow, Store, StoreError, WindowRow};
use assay_core::history::Point;
use assay_core::ops::incidents::{AlertEvent, Decided, Incident, IncidentFilter};
use assay_core::ops::journal::{Batch, Folding, JournalSize, Taken};
use assay_core::ops::notices::{Notified, NotifierLog};
use assay_core::ops::outbox::{Delivery, Lane, Message, MessageFilter, OutboxSize};
use assay_core::ops::retention::{Pruned, Retention};
use assay_core::ops::runs::{
    Claim, Claimed, Counted, Ended, Ending, Enqueue, Finished, Planned, Rewound, Run, RunFilter, StoredRecord,
};
use assay_core::ops::silences::Silence;
use assay_core::ops::tokens::Token;
use assay_core::ops::{Lease, Millis, Ops};
use assay_core::verdict::Reason;
use assay_store::SqliteStore;

/// A store that stops answering when a test says so.
pub(crate) struct Flaky {
    inner: Arc<SqliteStore>,
    broken: AtomicBool,
    most_messages: AtomicUsize,
}

impl Flaky {
    pub fn new(inner: Arc<SqliteStore>) -> Self {
        Flaky { inner, broken: AtomicBool::new(false), most_messages: AtomicUsize::new(0) }
    }

    /// From now on it does not answer, or does again.
    pub fn breaks(&self, broken: bool) {
        self.broken.store(broken, Ordering::SeqCst);
    }

    /// How many messages were read at once, at most.
    pub fn most_messages(&self) -> usize {
        self.most_messages.load(Ordering::SeqCst)
    }

    fn works(&self) -> Result<(), StoreError> {
        if !self.broken.load(Ordering::SeqCst) {
            return Ok(());
        }
        Err(StoreError { code: "store_unreadable", text: "the disk is gone".into() })
    }
}

macro_rules! pass_on {
    ($($name:ident($($given:ident: $kind:ty),*) -> $answer:ty;)*) => {
        $(fn $name(&self, $($given: $kind),*) -> Result<$answer, StoreError> {
            self.works()?;
            self.inner.$name($($given),*)
        })*
    };
}

impl Store for Flaky {
    pass_on! {
        monitors() -> Vec<String>;
        windows(monitor: &str) -> Vec<WindowRow>;
        states(monitor: &str, measures: &str, start: i128, end: i128) -> Vec<StateRow>;
        points(document: &str, before: i128, most: usize) -> Vec<Point>;
        commit(commit: &Commit) -> ();
        accept(monitor: &str, window: &str) -> bool;
        proposals(monitor: Option<&str>) -> Vec<Proposal>;
        move_proposal(id: &str, from: &[&str], to: &str, now: i64, note: Option<&str>) -> Option<(Proposal, bool)>;
        add_baseline(row: &BaselineRow) -> ();
        baselines() -> Vec<BaselineRow>;
        set_alias(name: &str, sha256: &str, alias: &str) -> ();
    }
}

impl Ops for Flaky {
    pass_on! {
        clock() -> Millis;
        lead(role: &str, holder: &str, ttl: Millis) -> Option<Lease>;
        resign(role: &str, holder: &str) -> ();
        cursors() -> Vec<(String, Millis)>;
        plan(epoch: i64, enqueue: &[Enqueue]) -> Option<Vec<Planned>>;
        advance(epoch: i64, cursors: &[(String, Millis)]) -> bool;
        furthest() -> Option<Millis>;
        rewind(epoch: i64, to: Millis) -> Option<Rewound>;
        trigger(enqueue: &Enqueue) -> Planned;
        cancel(run: &str, reason: &Reason, at: Millis) -> bool;
        claim_known(claim: &Claim, is_known: &dyn Fn(&str) -> bool) -> Vec<Claimed>;
        renew(holder: &str, runs: &[String], lease: Millis) -> Vec<String>;
        recover(holder: Option<&str>) -> Vec<Run>;
        finish(finished: &Finished, decide: &mut dyn FnMut(&[Incident]) -> Decided) -> Ending;
        end(ended: &Ended) -> bool;
        skip(epoch: i64, runs: &[String], reason: &Reason, at: Millis) -> Option<u64>;
        runs(filter: &RunFilter) -> Vec<Run>;
        run(id: &str) -> Option<Run>;
        newest_runs() -> Vec<Run>;
        last_runs(documents: &[String], most: usize) -> Vec<Run>;
        record(run: &str) -> Option<StoredRecord>;
        counted() -> Counted;
        incidents(filter: &IncidentFilter) -> Vec<Incident>;
        change_incident(
            number: u64,
            change: &mut dyn FnMut(&Incident) -> Option<(Incident, Vec<AlertEvent>)>
        ) -> Option<Incident>;
        retire_incidents(known: &[(String, Vec<String>)], now: Millis) -> u64;
        events(after: u64, most: usize) -> Vec<AlertEvent>;
        events_of(incident: u64, most: usize) -> Vec<AlertEvent>;
        judge(document: &str, decide: &mut dyn FnMut(&[Incident]) -> Decided) -> u64;
        notifier_log() -> NotifierLog;
        notify(epoch: i64, notified: &Notified) -> bool;
        lanes() -> Vec<Lane>;
        delivered(message: &str, delivery: &Delivery, instead: &[Message]) -> bool;
        retry(messages: &[String], now: Millis) -> u64;
        outbox() -> OutboxSize;
        add_silence(silence: &Silence) -> ();
        end_silence(id: &str, by: &str, now: Millis) -> bool;
        silences(at: Option<Millis>) -> Vec<Silence>;
        add_token(token: &Token) -> ();
        revoke_token(id: &str, now: Millis) -> bool;
        tokens() -> Vec<Token>;
        take(batch: &Batch, most_bytes: u64) -> Taken;
        batches(monitor: &str, most_bytes: u64) -> Vec<Batch>;
        journal() -> Vec<JournalSize>;
        fold(folding: &Folding) -> bool;
        prune(retention: &Retention, now: Millis) -> Pruned;
        size() -> u64;
        backup(to: &Path) -> ();
    }

    fn messages(&self, filter: &MessageFilter) -> Result<Vec<Message>, StoreError> {
        self.works()?;
        let messages = self.inner.messages(filter)?;
        self.most_messages.fetch_max(messages.len(), Ordering::SeqCst);
        Ok(messages)
    }
}
