//! What daemons keep, each method in one transaction.

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

use super::error::Problem;
use super::values::Text;
use super::{
    PostgresStore, claims, counters, endings, executions, incidents, journal, leases, notices, outbox, planning, prune,
    records, rewind, silences, tokens,
};

impl PostgresStore {
    fn schema(&self) -> &str {
        &self.pool.target().schema
    }
}

impl Ops for PostgresStore {
    fn clock(&self) -> Result<Millis, StoreError> {
        self.read(|tx| tx.clock())
    }

    fn lead(&self, role: &str, holder: &str, ttl: Millis) -> Result<Option<Lease>, StoreError> {
        self.write(|tx| leases::lead(tx, role, holder, ttl))
    }

    fn resign(&self, role: &str, holder: &str) -> Result<(), StoreError> {
        self.write(|tx| leases::resign(tx, role, holder))
    }

    fn cursors(&self) -> Result<Vec<(String, Millis)>, StoreError> {
        self.read(planning::cursors)
    }

    fn plan(&self, epoch: i64, enqueue: &[Enqueue]) -> Result<Option<Vec<Planned>>, StoreError> {
        self.write(|tx| planning::plan(tx, epoch, enqueue))
    }

    fn advance(&self, epoch: i64, cursors: &[(String, Millis)]) -> Result<bool, StoreError> {
        self.write(|tx| planning::advance(tx, epoch, cursors))
    }

    fn furthest(&self) -> Result<Option<Millis>, StoreError> {
        self.read(rewind::furthest)
    }

    fn rewind(&self, epoch: i64, to: Millis) -> Result<Option<Rewound>, StoreError> {
        self.write(|tx| rewind::rewind(tx, epoch, to))
    }

    fn trigger(&self, enqueue: &Enqueue) -> Result<Planned, StoreError> {
        self.write(|tx| planning::trigger(tx, enqueue))
    }

    fn cancel(&self, run: &str, reason: &Reason, at: Millis) -> Result<bool, StoreError> {
        self.write(|tx| executions::cancel(tx, run, reason, at))
    }

    fn is_shared(&self) -> bool {
        true
    }

    fn claim_known(&self, claim: &Claim, is_known: &dyn Fn(&str) -> bool) -> Result<Vec<Claimed>, StoreError> {
        self.write(|tx| claims::claim(tx, self.schema(), claim, is_known))
    }

    fn renew(&self, holder: &str, runs: &[String], lease: Millis) -> Result<Vec<String>, StoreError> {
        self.write(|tx| claims::renew(tx, holder, runs, lease))
    }

    fn recover(&self, holder: Option<&str>) -> Result<Vec<Run>, StoreError> {
        self.write(|tx| claims::recover(tx, holder))
    }

    fn finish(
        &self,
        finished: &Finished,
        decide: &mut dyn FnMut(&[Incident]) -> Decided,
    ) -> Result<Ending, StoreError> {
        self.write(|tx| endings::finish(tx, finished, decide))
    }

    fn end(&self, ended: &Ended) -> Result<bool, StoreError> {
        self.write(|tx| endings::end(tx, ended))
    }

    fn skip(&self, epoch: i64, runs: &[String], reason: &Reason, at: Millis) -> Result<Option<u64>, StoreError> {
        self.write(|tx| planning::skip_waiting(tx, epoch, runs, reason, at))
    }

    fn runs(&self, filter: &RunFilter) -> Result<Vec<Run>, StoreError> {
        self.read(|tx| executions::found(tx, filter))
    }

    fn run(&self, id: &str) -> Result<Option<Run>, StoreError> {
        self.read(|tx| executions::by_id(tx, id))
    }

    fn newest_runs(&self) -> Result<Vec<Run>, StoreError> {
        self.read(executions::newest)
    }

    fn last_runs(&self, documents: &[String], most: usize) -> Result<Vec<Run>, StoreError> {
        self.read(|tx| executions::last(tx, documents, most))
    }

    fn record(&self, run: &str) -> Result<Option<StoredRecord>, StoreError> {
        self.read(|tx| records::of(tx, run))
    }

    fn counted(&self) -> Result<Counted, StoreError> {
        self.read(counters::counted)
    }

    fn incidents(&self, filter: &IncidentFilter) -> Result<Vec<Incident>, StoreError> {
        self.read(|tx| incidents::found(tx, filter))
    }

    fn change_incident(
        &self,
        number: u64,
        change: &mut dyn FnMut(&Incident) -> Option<Change>,
    ) -> Result<Option<Incident>, StoreError> {
        self.write(|tx| incidents::change(tx, number, change))
    }

    fn retire_incidents(&self, known: &[(String, Vec<String>)], now: Millis) -> Result<u64, StoreError> {
        self.write(|tx| incidents::retire(tx, known, now))
    }

    fn events(&self, after: u64, most: usize) -> Result<Vec<AlertEvent>, StoreError> {
        self.read(|tx| incidents::events(tx, after, most))
    }

    fn events_of(&self, incident: u64, most: usize) -> Result<Vec<AlertEvent>, StoreError> {
        self.read(|tx| incidents::events_of(tx, incident, most))
    }

    fn judge(&self, document: &str, decide: &mut dyn FnMut(&[Incident]) -> Decided) -> Result<u64, StoreError> {
        self.write(|tx| incidents::judge(tx, document, decide))
    }

    fn notifier_log(&self) -> Result<NotifierLog, StoreError> {
        self.read(notices::log)
    }

    fn notify(&self, epoch: i64, notified: &Notified) -> Result<bool, StoreError> {
        self.write(|tx| notices::notify(tx, epoch, notified))
    }

    fn messages(&self, filter: &MessageFilter) -> Result<Vec<Message>, StoreError> {
        self.read(|tx| outbox::found(tx, filter))
    }

    fn lanes(&self) -> Result<Vec<Lane>, StoreError> {
        self.read(outbox::lanes)
    }

    fn delivered(&self, message: &str, delivery: &Delivery, instead: &[Message]) -> Result<bool, StoreError> {
        self.write(|tx| outbox::delivered(tx, message, delivery, instead))
    }

    fn retry(&self, messages: &[String], now: Millis) -> Result<u64, StoreError> {
        self.write(|tx| outbox::retry(tx, messages, now))
    }

    fn outbox(&self) -> Result<OutboxSize, StoreError> {
        self.read(outbox::size)
    }

    fn add_silence(&self, silence: &Silence) -> Result<(), StoreError> {
        self.write(|tx| silences::add(tx, silence))
    }

    fn end_silence(&self, id: &str, by: &str, now: Millis) -> Result<bool, StoreError> {
        self.write(|tx| silences::end(tx, id, by, now))
    }

    fn silences(&self, at: Option<Millis>) -> Result<Vec<Silence>, StoreError> {
        self.read(|tx| silences::after(tx, at))
    }

    fn add_token(&self, token: &Token) -> Result<(), StoreError> {
        self.write(|tx| tokens::add(tx, token))
    }

    fn revoke_token(&self, id: &str, now: Millis) -> Result<bool, StoreError> {
        self.write(|tx| tokens::revoke(tx, id, now))
    }

    fn tokens(&self) -> Result<Vec<Token>, StoreError> {
        self.read(tokens::all)
    }

    fn take(&self, batch: &Batch, most_bytes: u64) -> Result<Taken, StoreError> {
        self.write(|tx| journal::take(tx, batch, most_bytes))
    }

    fn batches(&self, monitor: &str, most_bytes: u64) -> Result<Vec<Batch>, StoreError> {
        self.read(|tx| journal::waiting(tx, monitor, most_bytes))
    }

    fn journal(&self) -> Result<Vec<JournalSize>, StoreError> {
        self.read(journal::sizes)
    }

    fn fold(&self, folding: &Folding) -> Result<bool, StoreError> {
        self.write(|tx| journal::fold(tx, folding))
    }

    fn prune(&self, retention: &Retention, now: Millis) -> Result<Pruned, StoreError> {
        self.write(|tx| prune::step(tx, self.schema(), retention, now))
    }

    /// Bytes of the tables of the schema with their indexes.
    fn size(&self) -> Result<u64, StoreError> {
        self.read(|tx| {
            let bytes = tx.value(
                "SELECT coalesce(sum(pg_total_relation_size(c.oid)), 0)::BIGINT
                 FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
                 WHERE n.nspname = $1 AND c.relkind = 'r'",
                &[&Text(self.schema())],
            )?;
            Ok(bytes.unsigned_abs())
        })
    }

    /// PostgreSQL has tools of its own for this, which the error names.
    fn backup(&self, _to: &Path) -> Result<(), StoreError> {
        self.named(Err(Problem::Backup { schema: self.schema().to_owned() }))
    }
}
