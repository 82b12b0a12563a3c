//! Ends of runs and what they conclude; looking for runs.

use assay_core::drift::store::Commit;
use assay_core::ops::runs::{Counted, RunFilter, StoredRecord};

use super::*;
use crate::compliance::{point, state, window};

fn commit() -> Commit {
    Commit { windows: vec![window(1)], states: vec![state(1, b"s")], points: vec![point(1, 0.5)], ..Commit::default() }
}

/// What the commit writes is there, or nothing of it.
fn assert_committed(store: &dyn Ops, is_there: bool) {
    let found = (
        store.windows("fare_eta").expect("windows"),
        store.states("fare_eta", "77ab", i128::MIN, i128::MAX).expect("states"),
        store.points("silver.orders", i128::MAX, 9).expect("points"),
    );
    let all = (commit().windows, commit().states, vec![point(1, 0.5).point]);
    assert_eq!(found, if is_there { all } else { Default::default() });
}

pub(crate) fn what_a_run_concluded_comes_back(store: &dyn Ops) {
    let run = begun(store, "orders", 1);
    let end = Finished {
        outcome: Outcome::Fail,
        record: Some(b"{\"tables\":[]}".to_vec()),
        samples: Some(b"[1,2]".to_vec()),
        commit: commit(),
        ..finished(&run)
    };
    let open = (incident(&run, "completeness"), vec![event(EventKind::Opened, 11)]);
    let Ending::Written { incidents, events } = finish(store, &end, vec![open]) else { panic!("it is its holder's") };
    assert_eq!((incidents.len(), events.len()), (1, 1));
    let kept = store.run(&run.id).expect("a run").expect("it");
    let expected = Run {
        state: RunState::Finished,
        outcome: Some(Outcome::Fail),
        result: Some(end.result.clone()),
        ended_at: Some(end.ended_at),
        lease_until: None,
        ..run.clone()
    };
    assert_eq!(kept, expected);
    let record = StoredRecord { record: end.record.clone().expect("bytes"), samples: end.samples.clone() };
    assert_eq!(store.record(&run.id), Ok(Some(record)));
    assert_committed(store, true);
    let plain = done(store, "users", 1);
    assert_eq!(store.record(&plain.id), Ok(None), "nothing was recorded");
}

pub(crate) fn a_run_that_was_taken_over_writes_nothing(store: &dyn Ops) {
    plan(store, vec![run("orders", 1)]);
    let lost = claimed(store, &Claim { lease: 0, ..claim("here", 1) }).remove(0);
    store.recover(None).expect("taken back");
    let end = |run: &Run| Finished {
        record: Some(b"r".to_vec()),
        commit: commit(),
        downstream: vec![enqueue(super::run("gold", 1))],
        ..finished(run)
    };
    let taken_over = |end: &Finished| {
        let ending = store.finish(end, &mut |_| panic!("nobody decides")).expect("an answer");
        assert_eq!(ending, Ending::TakenOver);
    };
    taken_over(&end(&lost));
    let there = claimed(store, &claim("there", 1)).remove(0);
    taken_over(&end(&lost));
    taken_over(&Finished { attempt: 1, ..end(&there) });
    taken_over(&Finished { holder: "here".into(), ..end(&there) });
    taken_over(&Finished { run: "run-nobody".into(), ..end(&there) });
    assert_committed(store, false);
    assert_eq!((store.run(&there.id), store.record(&there.id)), (Ok(Some(there.clone())), Ok(None)));
    assert_eq!(store.run("run-1-gold"), Ok(None));
    assert_eq!(store.counted(), Ok(Counted::default()));
    assert!(matches!(finish(store, &end(&there), Vec::new()), Ending::Written { .. }));
    assert_committed(store, true);
}

pub(crate) fn a_run_finishes_once(store: &dyn Ops) {
    let run = done(store, "orders", 1);
    let again = Finished { outcome: Outcome::Fail, ..finished(&run) };
    assert_eq!(store.finish(&again, &mut |_| panic!("nobody decides")), Ok(Ending::TakenOver));
    assert_eq!(store.run(&run.id).expect("a run").expect("it").outcome, Some(Outcome::Pass));
    assert_eq!(store.counted().expect("counts").runs, vec![(Trigger::Schedule, 1)]);
}

pub(crate) fn an_unfit_commit_leaves_the_run_running(store: &dyn Ops) {
    let run = begun(store, "orders", 1);
    let mut unfit = window(2);
    unfit.end = i128::MAX;
    let mut end = Finished { record: Some(b"r".to_vec()), commit: commit(), ..finished(&run) };
    end.commit.windows.push(unfit);
    let error = store.finish(&end, &mut |_| Decided::default()).expect_err("an instant beyond 2262");
    assert_eq!(error.code, "store_unfit", "{error}");
    assert_committed(store, false);
    assert_eq!((store.run(&run.id), store.record(&run.id)), (Ok(Some(run.clone())), Ok(None)));
    assert_eq!(store.counted(), Ok(Counted::default()));
    for state in [RunState::Queued, RunState::Running, RunState::Interrupted, RunState::Missed] {
        let odd = Finished { state, ..finished(&run) };
        assert_eq!(store.finish(&odd, &mut |_| Decided::default()).expect_err("no end").code, "store_unfit");
    }
    assert!(matches!(finish(store, &finished(&run), Vec::new()), Ending::Written { .. }), "it can still end");
}

pub(crate) fn samples_without_a_record_are_refused(store: &dyn Ops) {
    let run = begun(store, "orders", 1);
    let odd = Finished { samples: Some(b"s".to_vec()), ..finished(&run) };
    assert_eq!(store.finish(&odd, &mut |_| Decided::default()).expect_err("no record").code, "store_unfit");
    assert_eq!(store.run(&run.id), Ok(Some(run)));
}

pub(crate) fn large_and_empty_records_come_back(store: &dyn Ops) {
    let large: Vec<u8> = (0..2_000_000_u32).map(|at| (at.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
    for (at, record, samples) in [(1, large.clone(), None), (2, vec![], Some(large)), (3, b"r".to_vec(), Some(vec![]))]
    {
        let run = begun(store, "orders", at);
        let end = Finished { record: Some(record.clone()), samples: samples.clone(), ..finished(&run) };
        finish(store, &end, Vec::new());
        assert!(store.record(&run.id) == Ok(Some(StoredRecord { record, samples })), "the record {at}");
    }
}

pub(crate) fn downstream_runs_are_planned_with_it(store: &dyn Ops) {
    let run = begun(store, "silver", 1);
    plan(store, vec![super::run("busy", 0), super::run("known", 1)]);
    let after = |document: &str| Enqueue {
        run: Run { trigger: Trigger::Upstream, related: Some(run.id.clone()), ..super::run(document, 1) },
        cursor: Some(9),
        overlaps: false,
    };
    let end = Finished { downstream: vec![after("gold"), after("busy"), after("known")], ..finished(&run) };
    finish(store, &end, Vec::new());
    assert_eq!(store.run("run-1-gold"), Ok(Some(after("gold").run)));
    let busy = store.run("run-1-busy").expect("a run").expect("it");
    assert_eq!((busy.state, busy.related.as_deref()), (RunState::Skipped, Some("run-0-busy")));
    assert_eq!(store.run("run-1-known").expect("a run").expect("it").trigger, Trigger::Schedule, "left as it was");
    assert_eq!(store.cursors(), Ok(vec![]), "cursors are the scheduler's");
}

pub(crate) fn a_run_skipped_for_nothing_to_evaluate_is_counted_so(store: &dyn Ops) {
    let run = begun(store, "fare_eta", 1);
    let end = Finished {
        state: RunState::Skipped,
        reason: reason("no_closed_window"),
        outcome: Outcome::Skipped,
        ..finished(&run)
    };
    finish(store, &end, Vec::new());
    let kept = store.run(&run.id).expect("a run").expect("it");
    assert_eq!((kept.state, kept.outcome), (RunState::Skipped, Some(Outcome::Skipped)));
    assert_eq!(kept.reason, reason("no_closed_window"));
    assert_eq!(store.counted(), Ok(Counted { skipped: 1, ..Counted::default() }));
    assert_eq!(store.newest_runs(), Ok(vec![]));
}

pub(crate) fn runs_are_counted_by_trigger_and_end(store: &dyn Ops) {
    let ends = [
        (Trigger::Manual, RunState::Finished, Outcome::Fail),
        (Trigger::Manual, RunState::Finished, Outcome::Pass),
        (Trigger::CatchUp, RunState::Finished, Outcome::Error),
        (Trigger::Schedule, RunState::Cancelled, Outcome::Error),
    ];
    for (at, (trigger, state, outcome)) in (1..).zip(ends) {
        store.trigger(&enqueue(Run { trigger, ..run("orders", at) })).expect("a run");
        let run = claimed(store, &claim("here", 1)).remove(0);
        finish(store, &Finished { state, outcome, ..finished(&run) }, Vec::new());
    }
    let mut counted = store.counted().expect("counts");
    counted.runs.sort();
    let runs = vec![(Trigger::Schedule, 1), (Trigger::CatchUp, 1), (Trigger::Manual, 2)];
    assert_eq!(counted, Counted { runs, errors: 2, missed: 0, skipped: 0 });
}

pub(crate) fn runs_come_newest_first_and_filtered(store: &dyn Ops) {
    done(store, "orders", 1);
    done(store, "users", 2);
    let failed = begun(store, "orders", 3);
    finish(store, &Finished { outcome: Outcome::Fail, ..finished(&failed) }, Vec::new());
    plan(store, vec![run("orders", 5), run("orders", 6)]);
    let all = RunFilter { most: 99, ..RunFilter::default() };
    let found = |filter: RunFilter| {
        let runs = store.runs(&filter).expect("runs");
        runs.iter().map(|run| format!("{} {}", run.document, run.planned)).collect::<Vec<_>>()
    };
    assert_eq!(found(all.clone()), ["orders 6", "orders 5", "orders 3", "users 2", "orders 1"]);
    assert_eq!(found(RunFilter { most: 2, ..all.clone() }), ["orders 6", "orders 5"]);
    assert_eq!(found(RunFilter { most: 0, ..all.clone() }), Vec::<String>::new());
    let orders = RunFilter { document: Some("orders".into()), ..all.clone() };
    assert_eq!(found(RunFilter { before: Some(5), ..orders.clone() }), ["orders 3", "orders 1"]);
    let states = |states: &[RunState]| RunFilter { states: states.into(), ..all.clone() };
    assert_eq!(found(states(&[RunState::Queued])), ["orders 5"]);
    assert_eq!(found(states(&[RunState::Skipped, RunState::Missed])), ["orders 6"]);
    assert_eq!(found(states(&[RunState::Queued, RunState::Skipped])), ["orders 6", "orders 5"]);
    let bad = RunFilter { outcomes: vec![Outcome::Fail, Outcome::Error], ..orders };
    assert_eq!(found(bad), ["orders 3"]);
}

pub(crate) fn the_newest_finished_run_of_each_document(store: &dyn Ops) {
    done(store, "orders", 5);
    let late = done(store, "users", 1);
    let first = begun(store, "orders", 3);
    finish(store, &finished(&first), Vec::new());
    plan(store, vec![run("orders", 9), run("queued", 1)]);
    let newest = store.newest_runs().expect("runs");
    assert_eq!(ids(&newest), ["run-5-orders", late.id.as_str()], "by planned, not by when they ended");
}

pub(crate) fn the_last_runs_of_each_document_asked_for(store: &dyn Ops) {
    for (document, planned) in [("orders", 1), ("users", 2), ("orders", 3), ("orders", 5), ("stores", 6)] {
        done(store, document, planned);
    }
    plan(store, vec![run("users", 9)]);
    let last = |documents: &[&str], most| {
        let documents: Vec<String> = documents.iter().map(|name| (*name).to_owned()).collect();
        let runs = store.last_runs(&documents, most).expect("runs");
        runs.iter().map(|run| format!("{} {}", run.document, run.planned)).collect::<Vec<_>>()
    };
    assert_eq!(last(&["users", "nobody", "orders"], 2), ["users 9", "users 2", "orders 5", "orders 3"]);
    assert_eq!(last(&["orders"], 9), ["orders 5", "orders 3", "orders 1"]);
    assert_eq!((last(&[], 9), last(&["orders"], 0)), (vec![], vec![]));
}

pub(crate) fn texts_may_hold_anything(store: &dyn Ops) {
    let odd = "'; DROP TABLE executions; -- \u{202e}\n\"🙂%_\\";
    let planned = Run {
        id: odd.into(),
        source: Some(odd.into()),
        requested_by: Some(odd.into()),
        reason: reason(odd),
        ..run(odd, 1)
    };
    assert_eq!(plan(store, vec![planned.clone()])[0].run, planned);
    let running = claimed(store, &claim(odd, 1)).remove(0);
    assert_eq!(store.renew(odd, &[odd.into()], 60_000), Ok(vec![]));
    let odd_incident = Incident { message: odd.into(), tags: vec![odd.into()], ..incident(&running, odd) };
    let end = Finished { record: Some(odd.into()), ..finished(&running) };
    finish(store, &end, vec![(odd_incident.clone(), vec![])]);
    let filter =
        assay_core::ops::incidents::IncidentFilter { document: Some(odd.into()), most: 9, ..Default::default() };
    let kept = store.incidents(&filter).expect("incidents").remove(0);
    assert_eq!(Incident { number: 0, ..kept }, odd_incident);
    assert_eq!(store.record(odd).expect("a record").expect("it").record, odd.as_bytes());
    let filter = RunFilter { document: Some(odd.into()), most: 9, ..RunFilter::default() };
    assert_eq!(store.runs(&filter).expect("runs").len(), 1);
}
