//! Observations are folded once each, and before the run that judges them.

use std::sync::atomic::AtomicBool;

use assay_core::drift::store::{StateRow, StoreError};

use super::*;

/// Folds as a count of rows in one state, and says what runs found.
#[derive(Default)]
pub(super) struct Folds {
    refuses: AtomicBool,
    at_work: AtomicUsize,
    overlaps: AtomicUsize,
    /// Done once between the reading of states and the writing.
    meanwhile: Mutex<Option<Box<dyn FnOnce() + Send>>>,
    /// Rows that were counted when each run began.
    judged: Mutex<Vec<u64>>,
}

impl Folds {
    pub fn fold(&self, monitor: &str, batches: &[Batch], store: &dyn Store) -> Result<Folding, String> {
        if self.refuses.load(Ordering::SeqCst) {
            return Err("the baseline is gone".into());
        }
        self.overlaps.fetch_add(self.at_work.fetch_add(1, Ordering::SeqCst), Ordering::SeqCst);
        let rows = counted(monitor, store).map_err(|error| error.text)? + batches.iter().map(|b| b.rows).sum::<u64>();
        std::thread::park_timeout(Duration::from_millis(2));
        if let Some(meanwhile) = self.meanwhile.lock().unwrap().take() {
            meanwhile();
        }
        self.at_work.fetch_sub(1, Ordering::SeqCst);
        Ok(Folding {
            monitor: monitor.into(),
            batches: batches.iter().map(|batch| batch.number).collect(),
            states: vec![state(monitor, rows)],
            windows: Vec::new(),
        })
    }

    pub fn judge(&self, document: &str, store: &dyn Store) {
        self.overlaps.fetch_add(self.at_work.load(Ordering::SeqCst), Ordering::SeqCst);
        self.judged.lock().unwrap().push(counted(document, store).unwrap_or_default());
    }
}

fn state(monitor: &str, rows: u64) -> StateRow {
    let state = rows.to_le_bytes().to_vec();
    StateRow { monitor: monitor.into(), measures: "count".into(), window: "w".into(), start: 0, end: 1, state }
}

fn counted(monitor: &str, store: &dyn Store) -> Result<u64, StoreError> {
    let states = store.states(monitor, "count", i128::MIN, i128::MAX)?;
    Ok(states.first().map_or(0, |row| u64::from_le_bytes(row.state.clone().try_into().expect("eight bytes"))))
}

/// Somebody sends a batch of rows.
fn send(store: &dyn Ops, key: &str, rows: u64) {
    let batch = Batch {
        number: 0,
        monitor: "eta".into(),
        key: key.into(),
        sha256: [0; 32],
        rows,
        body: vec![1],
        answer: "{}".into(),
        taken_at: NOON,
        key_until: NOON + HOUR,
    };
    store.take(&batch, u64::MAX).unwrap();
}

fn eta(cron: Option<&str>) -> Document {
    Document { takes_observations: true, kind: Kind::Monitor, ..document("eta", cron) }
}

#[test]
fn a_run_judges_all_rows_that_were_taken_before_and_none_is_folded_meanwhile() {
    let house = House::new(60, vec![eta(None)]);
    house.workshop.goes("eta", Goes::Takes(MINUTE));
    (0..5).for_each(|n| send(&*house.store, &format!("before {n}"), 10));
    let run = house.ask_for("eta");
    let daemon = house.start("one");
    house.until("a run at work", || house.workshop.executions_of("eta") == 1);
    send(&*house.store, "meanwhile", 7);
    house.until("its end", || house.runs_of("eta").iter().any(|r| r.id == run.id && r.state == RunState::Finished));
    house.until("the rest", || house.store.journal().unwrap().is_empty());
    daemon.stop();
    let folds = &house.workshop.folds;
    assert_eq!(*folds.judged.lock().unwrap(), [50]);
    assert_eq!(folds.overlaps.load(Ordering::SeqCst), 0);
    assert_eq!(counted("eta", &*house.store), Ok(57));
}

#[test]
fn where_observations_cannot_be_counted_their_window_is_not_judged() {
    let house = House::new(60, vec![eta(None)]);
    house.workshop.folds.refuses.store(true, Ordering::SeqCst);
    send(&*house.store, "k", 10);
    house.ask_for("eta");
    let daemon = house.start("one");
    let ended = |n: usize| house.states_of("eta").iter().filter(|state| **state == RunState::Finished).count() == n;
    house.until("its end", || ended(1));
    assert_eq!(house.workshop.executions_of("eta"), 0);
    let stored = house.store.record(&house.runs_of("eta")[0].id).unwrap().expect("a record");
    let found = assay_core::stored::read(&stored.record, None).expect("as it was written");
    let reason = found.tables[0].reason.clone().expect("a reason");
    assert_eq!(reason.code, "observations_waiting");
    assert!(reason.text.contains("the baseline is gone"), "{}", reason.text);
    assert_eq!(house.store.journal().unwrap()[0].rows, 10);
    house.workshop.folds.refuses.store(false, Ordering::SeqCst);
    house.ask_for("eta");
    house.until("the next one", || ended(2));
    daemon.stop();
    assert_eq!(*house.workshop.folds.judged.lock().unwrap(), [10]);
}

#[test]
fn rows_that_another_daemon_folded_meanwhile_are_not_counted_again() {
    let house = House::new(60, vec![eta(None)]);
    (0..3).for_each(|n| send(&*house.store, &format!("k{n}"), 10));
    let store = Arc::clone(&house.store);
    *house.workshop.folds.meanwhile.lock().unwrap() = Some(Box::new(move || {
        let batches = store.batches("eta", u64::MAX).unwrap().iter().take(2).map(|batch| batch.number).collect();
        let folding = Folding { monitor: "eta".into(), batches, states: vec![state("eta", 20)], windows: Vec::new() };
        assert_eq!(store.fold(&folding), Ok(true));
    }));
    let daemon = house.start("one");
    house.until("all", || house.store.journal().unwrap().is_empty());
    daemon.stop();
    assert_eq!(counted("eta", &*house.store), Ok(30));
}
