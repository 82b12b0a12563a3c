//! The journal of live observations.

use assay_core::ops::journal::{Batch, Folding, JournalSize, Taken};

use super::*;
use crate::compliance::{state, window};

const MUCH: u64 = 1 << 30;

pub(super) fn batch(key: &str, body: &[u8]) -> Batch {
    Batch {
        number: 0,
        monitor: "fare_eta".into(),
        key: key.into(),
        sha256: [key.len() as u8; 32],
        rows: 3,
        body: body.into(),
        answer: format!("{{\"key\":\"{key}\"}}"),
        taken_at: 5,
        key_until: 100,
    }
}

pub(super) fn take(store: &dyn Ops, batch: &Batch) {
    assert_eq!(store.take(batch, MUCH), Ok(Taken::Taken));
}

fn waiting(store: &dyn Ops, most: u64) -> Vec<Batch> {
    store.batches("fare_eta", most).expect("batches")
}

fn keys(batches: &[Batch]) -> Vec<&str> {
    batches.iter().map(|batch| batch.key.as_str()).collect()
}

pub(crate) fn a_batch_is_taken_once_and_comes_back(store: &dyn Ops) {
    let noise: Vec<u8> = (0..500_000_u32).map(|at| (at.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
    let (large, empty) = (batch("k", &noise), Batch { rows: 0, taken_at: 4, ..batch("kk", b"") });
    take(store, &large);
    take(store, &empty);
    take(store, &Batch { monitor: "other".into(), ..batch("k", b"x") });
    let back = waiting(store, MUCH);
    assert!(back.len() == 2 && 0 < back[0].number && back[0].number < back[1].number);
    assert!(back[0] == Batch { number: back[0].number, ..large });
    assert_eq!(back[1], Batch { number: back[1].number, ..empty });
    let size = |monitor: &str, batches, rows, bytes, oldest| JournalSize {
        monitor: monitor.into(),
        batches,
        rows,
        bytes,
        oldest,
    };
    assert_eq!(store.journal(), Ok(vec![size("fare_eta", 2, 3, 500_000, 4), size("other", 1, 3, 1, 5)]));
    assert_eq!(store.batches("nobody", MUCH), Ok(vec![]));
}

pub(crate) fn a_known_key_is_replayed_or_a_conflict(store: &dyn Ops) {
    take(store, &batch("k", b"rows"));
    let again = Batch { answer: "another".into(), ..batch("k", b"rows") };
    let replayed = Ok(Taken::Replayed { answer: "{\"key\":\"k\"}".into() });
    assert_eq!(store.take(&again, MUCH), replayed);
    assert_eq!(store.take(&again, 0), replayed, "also by a full journal");
    let other = Batch { sha256: [9; 32], ..batch("k", b"others") };
    assert_eq!(store.take(&other, MUCH), Ok(Taken::Conflict));
    assert_eq!(waiting(store, MUCH).len(), 1);
    let folding =
        Folding { monitor: "fare_eta".into(), batches: vec![waiting(store, MUCH)[0].number], ..Folding::default() };
    assert_eq!(store.fold(&folding), Ok(true));
    assert_eq!(store.take(&again, MUCH), replayed, "the key outlives its batch");
    assert_eq!(store.take(&other, MUCH), Ok(Taken::Conflict));
    assert_eq!(waiting(store, MUCH), vec![]);
}

pub(crate) fn a_full_journal_takes_nothing_until_it_is_folded(store: &dyn Ops) {
    assert_eq!(store.take(&batch("k", &[0; 60]), 100), Ok(Taken::Taken));
    let other = Batch { monitor: "other".into(), ..batch("k", &[0; 41]) };
    assert_eq!(store.take(&other, 100), Ok(Taken::Full { bytes: 60 }), "of all monitors together");
    assert_eq!(store.batches("other", MUCH), Ok(vec![]));
    assert_eq!(store.take(&other, 101), Ok(Taken::Taken));
    let number = waiting(store, MUCH)[0].number;
    store.fold(&Folding { monitor: "fare_eta".into(), batches: vec![number], ..Folding::default() }).expect("folded");
    assert_eq!(store.take(&batch("kk", &[0; 59]), 100), Ok(Taken::Taken));
    assert_eq!(store.take(&batch("kkk", &[0; 1]), 100), Ok(Taken::Full { bytes: 100 }));
}

pub(crate) fn batches_come_in_order_within_their_size(store: &dyn Ops) {
    for (key, size) in [("c", 30), ("a", 40), ("b", 50)] {
        take(store, &Batch { sha256: [1; 32], ..batch(key, &vec![1; size]) });
    }
    assert_eq!(keys(&waiting(store, 120)), ["c", "a", "b"]);
    assert_eq!(keys(&waiting(store, 119)), ["c", "a"]);
    assert_eq!(keys(&waiting(store, 70)), ["c", "a"]);
    assert_eq!(keys(&waiting(store, 1)), ["c"], "one at least");
}

pub(crate) fn folding_writes_states_and_forgets_the_batches(store: &dyn Ops) {
    take(store, &batch("k", b"1"));
    take(store, &batch("kk", b"2"));
    take(store, &batch("kkk", b"3"));
    let numbers: Vec<u64> = waiting(store, MUCH).iter().map(|batch| batch.number).collect();
    let folding = Folding {
        monitor: "fare_eta".into(),
        batches: numbers[..2].into(),
        states: vec![state(1, b"folded")],
        windows: vec![window(1)],
    };
    assert_eq!(store.fold(&folding), Ok(true));
    assert_eq!(store.states("fare_eta", "77ab", i128::MIN, i128::MAX), Ok(folding.states.clone()));
    assert_eq!(store.windows("fare_eta"), Ok(folding.windows.clone()));
    assert_eq!(keys(&waiting(store, MUCH)), ["kkk"]);
    assert_eq!(store.journal().expect("sizes")[0].bytes, 1);
    take(store, &batch("kkkk", b"4"));
    assert!(waiting(store, MUCH)[1].number > numbers[2], "numbers go on");
}

pub(crate) fn a_batch_folded_before_folds_nothing(store: &dyn Ops) {
    take(store, &batch("k", b"1"));
    take(store, &batch("kk", b"2"));
    take(store, &Batch { monitor: "other".into(), ..batch("k", b"x") });
    let numbers: Vec<u64> = waiting(store, MUCH).iter().map(|batch| batch.number).collect();
    let of = |batches: &[u64], state| Folding {
        monitor: "fare_eta".into(),
        batches: batches.into(),
        states: vec![state],
        ..Folding::default()
    };
    assert_eq!(store.fold(&of(&numbers[..1], state(1, b"first"))), Ok(true));
    assert_eq!(store.fold(&of(&numbers, state(1, b"twice"))), Ok(false));
    let other = store.batches("other", MUCH).expect("batches")[0].number;
    assert_eq!(store.fold(&of(&[numbers[1], other], state(1, b"of another"))), Ok(false));
    assert_eq!(store.fold(&of(&[u64::MAX], state(1, b"of nobody"))), Ok(false));
    assert_eq!(store.states("fare_eta", "77ab", i128::MIN, i128::MAX), Ok(vec![state(1, b"first")]));
    assert_eq!(keys(&waiting(store, MUCH)), ["kk"]);
    assert_eq!(store.journal().expect("sizes").len(), 2);
}

pub(crate) fn an_unfit_fold_leaves_the_batches(store: &dyn Ops) {
    take(store, &batch("k", b"1"));
    let mut unfit = state(2, b"x");
    unfit.end = i128::MAX;
    let folding = Folding {
        monitor: "fare_eta".into(),
        batches: vec![waiting(store, MUCH)[0].number],
        states: vec![state(1, b"x"), unfit],
        ..Folding::default()
    };
    assert_eq!(store.fold(&folding).expect_err("an instant beyond 2262").code, "store_unfit");
    assert_eq!(waiting(store, MUCH).len(), 1);
    assert_eq!(store.states("fare_eta", "77ab", i128::MIN, i128::MAX), Ok(vec![]));
}
