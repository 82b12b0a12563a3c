//! What a daemon keeps, each method in one transaction.

use std::path::Path;

use assay_core::drift::store::StoreError;
use assay_core::ops::incidents::{AlertEvent, Change, Decided, Incident, IncidentFilter};
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

use super::{
    SqliteStore, backup, claims, counters, endings, executions, incidents, journal, leases, notices, outbox, planning,
    prune, records, rewind, silences, tokens,
};

impl Ops for SqliteStore {
    fn clock(&self) -> Result<Millis, StoreError> {
        Ok((self.clock)())
    }

    fn lead(&self, role: &str, holder: &str, ttl: Millis) -> Result<Option<Lease>, StoreError> {
        // The clock is read under the lock: waiting for it takes nothing from the lease.
        self.write(|transaction| leases::lead(transaction, role, holder, ttl, (self.clock)()))
    }

    fn resign(&self, role: &str, holder: &str) -> Result<(), StoreError> {
        self.write(|transaction| leases::resign(transaction, role, holder, (self.clock)()))
    }

    fn cursors(&self) -> Result<Vec<(String, Millis)>, StoreError> {
        self.read(planning::cursors)
    }

    fn plan(&self, epoch: i64, enqueue: &[Enqueue]) -> Result<Option<Vec<Planned>>, StoreError> {
        self.write(|transaction| planning::plan(transaction, epoch, enqueue))
    }

    fn advance(&self, epoch: i64, cursors: &[(String, Millis)]) -> Result<bool, StoreError> {
        self.write(|transaction| planning::advance(transaction, epoch, cursors))
    }

    fn furthest(&self) -> Result<Option<Millis>, StoreError> {
        self.read(rewind::furthest)
    }

    fn rewind(&self, epoch: i64, to: Millis) -> Result<Option<Rewound>, StoreError> {
        self.write(|transaction| rewind::rewind(transaction, epoch, to))
    }

    fn trigger(&self, enqueue: &Enqueue) -> Result<Planned, StoreError> {
        self.write(|transaction| planning::trigger(transaction, enqueue))
    }

    fn cancel(&self, run: &str, reason: &Reason, at: Millis) -> Result<bool, StoreError> {
        self.write(|transaction| executions::cancel(transaction, run, reason, at))
    }

    fn claim_known(&self, claim: &Claim, is_known: &dyn Fn(&str) -> bool) -> Result<Vec<Claimed>, StoreError> {
        self.write(|transaction| claims::claim(transaction, claim, is_known, (self.clock)()))
    }

    fn renew(&self, holder: &str, runs: &[String], lease: Millis) -> Result<Vec<String>, StoreError> {
        self.write(|transaction| claims::renew(transaction, holder, runs, (self.clock)().saturating_add(lease)))
    }

    fn recover(&self, holder: Option<&str>) -> Result<Vec<Run>, StoreError> {
        self.write(|transaction| claims::recover(transaction, holder, (self.clock)()))
    }

    fn finish(
        &self,
        finished: &Finished,
        decide: &mut dyn FnMut(&[Incident]) -> Decided,
    ) -> Result<Ending, StoreError> {
        self.write(|transaction| endings::finish(transaction, finished, decide))
    }

    fn end(&self, ended: &Ended) -> Result<bool, StoreError> {
        self.write(|transaction| endings::end(transaction, ended))
    }

    fn skip(&self, epoch: i64, runs: &[String], reason: &Reason, at: Millis) -> Result<Option<u64>, StoreError> {
        self.write(|transaction| planning::skip_waiting(transaction, epoch, runs, reason, at))
    }

    fn runs(&self, filter: &RunFilter) -> Result<Vec<Run>, StoreError> {
        self.read(|transaction| executions::found(transaction, filter))
    }

    fn run(&self, id: &str) -> Result<Option<Run>, StoreError> {
        self.read(|transaction| executions::by_id(transaction, id))
    }

    fn newest_runs(&self) -> Result<Vec<Run>, StoreError> {
        self.read(executions::newest)
    }

    fn last_runs(&self, documents: &[String], most: usize) -> Result<Vec<Run>, StoreError> {
        self.read(|transaction| executions::last(transaction, documents, most))
    }

    fn record(&self, run: &str) -> Result<Option<StoredRecord>, StoreError> {
        self.read(|transaction| records::of(transaction, run))
    }

    fn counted(&self) -> Result<Counted, StoreError> {
        self.read(counters::counted)
    }

    fn incidents(&self, filter: &IncidentFilter) -> Result<Vec<Incident>, StoreError> {
        self.read(|transaction| incidents::found(transaction, filter))
    }

    fn change_incident(
        &self,
        number: u64,
        change: &mut dyn FnMut(&Incident) -> Option<Change>,
    ) -> Result<Option<Incident>, StoreError> {
        self.write(|transaction| incidents::change(transaction, number, change))
    }

    fn retire_incidents(&self, known: &[(String, Vec<String>)], now: Millis) -> Result<u64, StoreError> {
        self.write(|transaction| incidents::retire(transaction, known, now))
    }

    fn events(&self, after: u64, most: usize) -> Result<Vec<AlertEvent>, StoreError> {
        self.read(|transaction| incidents::events(transaction, after, most))
    }

    fn events_of(&self, incident: u64, most: usize) -> Result<Vec<AlertEvent>, StoreError> {
        self.read(|transaction| incidents::events_of(transaction, incident, most))
    }

    fn judge(&self, document: &str, decide: &mut dyn FnMut(&[Incident]) -> Decided) -> Result<u64, StoreError> {
        self.write(|transaction| incidents::judge(transaction, document, decide))
    }

    fn notifier_log(&self) -> Result<NotifierLog, StoreError> {
        self.read(notices::log)
    }

    fn notify(&self, epoch: i64, notified: &Notified) -> Result<bool, StoreError> {
        self.write(|transaction| notices::notify(transaction, epoch, notified))
    }

    fn messages(&self, filter: &MessageFilter) -> Result<Vec<Message>, StoreError> {
        self.read(|transaction| outbox::found(transaction, filter))
    }

    fn lanes(&self) -> Result<Vec<Lane>, StoreError> {
        self.read(outbox::lanes)
    }

    fn delivered(&self, message: &str, delivery: &Delivery, instead: &[Message]) -> Result<bool, StoreError> {
        self.write(|transaction| outbox::delivered(transaction, message, delivery, instead))
    }

    fn retry(&self, messages: &[String], now: Millis) -> Result<u64, StoreError> {
        self.write(|transaction| outbox::retry(transaction, messages, now))
    }

    fn outbox(&self) -> Result<OutboxSize, StoreError> {
        self.read(outbox::size)
    }

    fn add_silence(&self, silence: &Silence) -> Result<(), StoreError> {
        self.write(|transaction| silences::add(transaction, silence))
    }

    fn end_silence(&self, id: &str, by: &str, now: Millis) -> Result<bool, StoreError> {
        self.write(|transaction| silences::end(transaction, id, by, now))
    }

    fn silences(&self, at: Option<Millis>) -> Result<Vec<Silence>, StoreError> {
        self.read(|transaction| silences::after(transaction, at))
    }

    fn add_token(&self, token: &Token) -> Result<(), StoreError> {
        self.write(|transaction| tokens::add(transaction, token))
    }

    fn revoke_token(&self, id: &str, now: Millis) -> Result<bool, StoreError> {
        self.write(|transaction| tokens::revoke(transaction, id, now))
    }

    fn tokens(&self) -> Result<Vec<Token>, StoreError> {
        self.read(tokens::all)
    }

    fn take(&self, batch: &Batch, most_bytes: u64) -> Result<Taken, StoreError> {
        self.write(|transaction| journal::take(transaction, batch, most_bytes))
    }

    fn batches(&self, monitor: &str, most_bytes: u64) -> Result<Vec<Batch>, StoreError> {
        self.read(|transaction| journal::waiting(transaction, monitor, most_bytes))
    }

    fn journal(&self) -> Result<Vec<JournalSize>, StoreError> {
        self.read(journal::sizes)
    }

    fn fold(&self, folding: &Folding) -> Result<bool, StoreError> {
        self.write(|transaction| journal::fold(transaction, folding))
    }

    fn prune(&self, retention: &Retention, now: Millis) -> Result<Pruned, StoreError> {
        self.write(|transaction| prune::step(transaction, retention, now))
    }

    fn size(&self) -> Result<u64, StoreError> {
        self.read(|transaction| backup::size(transaction, &self.path))
    }

    fn backup(&self, to: &Path) -> Result<(), StoreError> {
        backup::write(&self.path, to).map_err(|trouble| trouble.at(&self.path))
    }
}
