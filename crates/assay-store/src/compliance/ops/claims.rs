//! Claiming runs, keeping them, losing them.

use assay_core::ops::runs::{Ended, INTERRUPTED};

use super::*;

pub(crate) fn the_most_important_goes_first(store: &dyn Ops) {
    let of = |document: &str, planned, priority| Run { priority, ..run(document, planned) };
    plan(store, vec![of("a", 3, 0), of("b", 1, 0), of("c", 9, 5), of("d", 1, 0), of("e", 0, -1)]);
    assert_eq!(claimed(store, &claim("here", 0)), vec![]);
    assert_eq!(ids(&claimed(store, &claim("here", 2))), ["run-9-c", "run-1-b"]);
    assert_eq!(ids(&claimed(store, &claim("here", 9))), ["run-1-d", "run-3-a", "run-0-e"]);
    assert_eq!(claimed(store, &claim("here", 9)), vec![]);
}

pub(crate) fn what_is_not_due_waits(store: &dyn Ops) {
    let later = store.clock().expect("a clock") + DAY;
    plan(store, vec![Run { not_before: later, priority: 9, ..run("later", 1) }, run("now", 2)]);
    assert_eq!(ids(&claimed(store, &claim("here", 9))), ["run-2-now"]);
}

pub(crate) fn a_source_takes_only_so_many(store: &dyn Ops) {
    let of = |document: &str, source: &str| Run { source: Some(source.into()), ..run(document, 1) };
    plan(store, vec![of("a", "pg"), of("b", "pg"), of("c", "pg"), of("d", "s3"), run("e", 1), run("f", 1)]);
    let one_each = |holder| Claim { per_source: 1, ..claim(holder, 9) };
    assert_eq!(ids(&claimed(store, &one_each("here"))), ["run-1-a", "run-1-d", "run-1-e", "run-1-f"]);
    assert_eq!(claimed(store, &one_each("there")), vec![], "the limit is of all holders together");
    let two_each = Claim { per_source: 2, ..claim("there", 9) };
    let second = claimed(store, &two_each);
    assert_eq!(ids(&second), ["run-1-b"]);
    finish(store, &finished(&second[0]), Vec::new());
    assert_eq!(ids(&claimed(store, &two_each)), ["run-1-c"]);
}

pub(crate) fn a_document_runs_once_at_a_time(store: &dyn Ops) {
    let overlapping = |planned| Enqueue { overlaps: true, ..enqueue(run("orders", planned)) };
    store.plan(1, &[overlapping(2), overlapping(1), enqueue(run("users", 3))]).expect("a plan");
    let first = claimed(store, &claim("here", 9));
    assert_eq!(ids(&first), ["run-1-orders", "run-3-users"]);
    assert_eq!(claimed(store, &claim("there", 9)), vec![]);
    finish(store, &finished(&first[0]), Vec::new());
    assert_eq!(ids(&claimed(store, &claim("there", 9))), ["run-2-orders"]);
}

pub(crate) fn a_document_waits_for_those_it_comes_after(store: &dyn Ops) {
    let after = |most| Claim { after: vec![("gold".into(), vec!["silver".into(), "x".into()])], ..claim("here", most) };
    plan(store, vec![Run { priority: 9, ..run("gold", 5) }, run("silver", 5)]);
    let silver = claimed(store, &after(9));
    assert_eq!(ids(&silver), ["run-5-silver"], "queued no later");
    assert_eq!(claimed(store, &after(9)), vec![], "running");
    store.recover(Some("here")).expect("taken back");
    let silver = claimed(store, &after(9));
    assert_eq!(ids(&silver), ["run-5-silver"], "interrupted");
    finish(store, &finished(&silver[0]), Vec::new());
    plan(store, vec![run("silver", 6)]);
    assert_eq!(ids(&claimed(store, &after(1))), ["run-5-gold"], "what was planned later is not waited for");
}

pub(crate) fn a_document_after_itself_does_not_wait_for_ever(store: &dyn Ops) {
    plan(store, vec![run("gold", 5)]);
    let odd = Claim { after: vec![("gold".into(), vec!["gold".into()])], ..claim("here", 1) };
    assert_eq!(ids(&claimed(store, &odd)), ["run-5-gold"]);
}

pub(crate) fn a_claim_counts_attempts_and_gives_a_lease(store: &dyn Ops) {
    let before = store.clock().expect("a clock");
    plan(store, vec![Run { not_before: before - 1_000, ..run("orders", 1) }]);
    let claims = store.claim(&claim("here", 1)).expect("a claim");
    let after = store.clock().expect("a clock");
    let run = &claims[0].run;
    assert_eq!((run.state, run.attempt, run.holder.as_deref()), (RunState::Running, 1, Some("here")));
    assert!((before..=after).contains(&run.started_at.expect("an instant")), "{run:?}");
    assert!((before + 60_000..=after + 60_000).contains(&run.lease_until.expect("a lease")), "{run:?}");
    assert!((1_000..=after - before + 1_000).contains(&claims[0].waited), "{claims:?}");
    assert_eq!(store.run(&run.id), Ok(Some(run.clone())));
    store.recover(Some("here")).expect("taken back");
    assert_eq!(claimed(store, &claim("there", 1))[0].attempt, 2);
}

pub(crate) fn runs_of_unknown_documents_are_left_for_others(store: &dyn Ops) {
    // More than a store looks at in one go, and all of them more important.
    let new = (0..200).map(|at| Run { priority: 9, source: Some("s".into()), ..run(&format!("new{at}"), at) });
    plan(store, new.chain([run("old", 7), run("both", 8)]).collect());
    let known = |names: &'static [&'static str], most| {
        let claimed = store.claim_known(&claim("here", most), &|name| names.contains(&name)).expect("a claim");
        claimed.into_iter().map(|claimed| claimed.run.id).collect::<Vec<_>>()
    };
    assert_eq!(known(&[], 9), Vec::<String>::new());
    assert_eq!(known(&["old", "both", "elsewhere"], 9), ["run-7-old", "run-8-both"]);
    assert_eq!(known(&["old", "both"], 9), Vec::<String>::new());
    assert_eq!(known(&["new7", "new3"], 1), ["run-3-new3"]);
    let left = store.run("run-5-new5").expect("a run").expect("it");
    assert_eq!((left.state, left.attempt), (RunState::Queued, 0), "it waits for somebody who knows it");
}

pub(crate) fn threads_never_claim_the_same_run(store: &dyn Ops) {
    plan(store, (0..60).map(|at| run(&format!("d{at}"), at)).collect());
    let mut all: Vec<String> = std::thread::scope(|scope| {
        let worker = |thread: i32| {
            scope.spawn(move || {
                let mut mine = Vec::new();
                loop {
                    let runs = claimed(store, &claim(&format!("w{thread}"), 3));
                    if runs.is_empty() {
                        return mine;
                    }
                    mine.extend(runs.into_iter().map(|run| run.id));
                }
            })
        };
        let threads: Vec<_> = (0..4).map(worker).collect();
        threads.into_iter().flat_map(|thread| thread.join().expect("a worker")).collect()
    });
    assert_eq!(all.len(), 60);
    all.sort();
    all.dedup();
    assert_eq!(all.len(), 60, "a run was claimed twice");
}

pub(crate) fn a_lease_is_renewed_only_by_its_holder(store: &dyn Ops) {
    plan(store, vec![run("a", 1), run("b", 1)]);
    let before = claimed(store, &claim("here", 2));
    let runs = ["run-1-a", "run-1-b", "run-nobody"].map(String::from);
    assert_eq!(store.renew("here", &runs, 600_000), Ok(vec!["run-nobody".into()]));
    let lease = |id| store.run(id).expect("a run").expect("it").lease_until.expect("a lease");
    assert!(lease("run-1-a") >= before[0].lease_until.expect("a lease") + 500_000);
    assert_eq!(store.renew("there", &runs[..1], 0), Ok(vec!["run-1-a".into()]));
    finish(store, &finished(&before[1]), Vec::new());
    assert_eq!(store.renew("here", &runs[..2], 0), Ok(vec!["run-1-b".into()]));
    assert_eq!(store.run("run-1-b").expect("a run").expect("it").lease_until, None);
}

pub(crate) fn what_ran_out_is_interrupted_and_goes_on(store: &dyn Ops) {
    plan(store, vec![run("a", 1), run("b", 1)]);
    let lost = claimed(store, &Claim { lease: 0, ..claim("here", 1) });
    claimed(store, &claim("here", 1));
    let recovered = store.recover(None).expect("taken back");
    assert_eq!(ids(&recovered), ["run-1-a"], "the other one has its lease");
    assert_eq!((recovered[0].state, recovered[0].lease_until), (RunState::Interrupted, None));
    assert_eq!(store.run("run-1-a"), Ok(Some(recovered[0].clone())));
    assert_eq!(store.recover(None), Ok(vec![]));
    assert_eq!(finish(store, &finished(&lost[0]), Vec::new()), Ending::TakenOver);
    let again = claimed(store, &claim("there", 9));
    assert_eq!((ids(&again), again[0].attempt), (vec!["run-1-a"], 2));
    assert_eq!(again[0].reason, None);
    assert_eq!(store.renew("here", &["run-1-a".into()], 1), Ok(vec!["run-1-a".into()]));
}

pub(crate) fn a_holder_takes_back_all_that_it_held(store: &dyn Ops) {
    plan(store, vec![run("a", 1), run("b", 1), run("c", 1)]);
    claimed(store, &claim("here", 2));
    claimed(store, &claim("there", 1));
    assert_eq!(ids(&store.recover(Some("here")).expect("taken back")), ["run-1-a", "run-1-b"]);
    assert_eq!(store.recover(Some("here")), Ok(vec![]));
    assert_eq!(store.run("run-1-c").expect("a run").expect("it").state, RunState::Running);
}

pub(crate) fn a_lost_run_is_taken_back_however_often_and_its_claimer_hears_of_it(store: &dyn Ops) {
    plan(store, vec![run("orders", 1)]);
    for attempt in 1..=5 {
        let claimed = store.claim(&Claim { lease: 0, ..claim("here", 1) }).expect("a claim").remove(0);
        assert_eq!((claimed.run.attempt, claimed.was_lost, claimed.run.reason), (attempt, attempt > 1, None));
        let run = store.recover(None).expect("taken back").remove(0);
        assert_eq!((run.state, run.outcome, run.ended_at), (RunState::Interrupted, None, None));
        assert_eq!(run.reason.expect("a reason").code, INTERRUPTED);
    }
    assert_eq!(store.counted().expect("counts").runs, vec![], "nobody ended it");
    // Handed back in good order it was not lost.
    let run = claimed(store, &claim("here", 1)).remove(0);
    assert_eq!(store.end(&ended(&run, RunState::Interrupted)), Ok(true));
    let again = store.claim(&claim("there", 1)).expect("a claim").remove(0);
    assert_eq!((again.run.attempt, again.was_lost), (7, false));
}

fn ended(run: &Run, state: RunState) -> Ended {
    Ended {
        run: run.id.clone(),
        attempt: run.attempt,
        holder: run.holder.clone().expect("a holder"),
        state,
        reason: Reason { code: "stopped".into(), text: "by ada".into() },
        at: 77,
    }
}

pub(crate) fn a_run_handed_back_is_claimed_again(store: &dyn Ops) {
    let run = begun(store, "orders", 1);
    assert_eq!(store.end(&ended(&run, RunState::Interrupted)), Ok(true));
    let back = store.run(&run.id).expect("a run").expect("it");
    assert_eq!((back.state, back.lease_until, back.ended_at), (RunState::Interrupted, None, None));
    assert_eq!(back.reason.expect("a reason").code, "stopped");
    assert_eq!(claimed(store, &claim("there", 1))[0].attempt, 2);
    assert_eq!(store.counted().expect("counts").runs, vec![]);
}

pub(crate) fn a_run_cancelled_is_an_error_and_over(store: &dyn Ops) {
    let run = begun(store, "orders", 1);
    assert_eq!(store.end(&ended(&run, RunState::Cancelled)), Ok(true));
    let over = store.run(&run.id).expect("a run").expect("it");
    assert_eq!((over.state, over.outcome), (RunState::Cancelled, Some(Outcome::Error)));
    assert_eq!((over.ended_at, over.lease_until), (Some(77), None));
    assert_eq!(claimed(store, &claim("there", 1)), vec![]);
    assert_eq!(store.end(&ended(&run, RunState::Cancelled)), Ok(false), "it is over");
    let counted = store.counted().expect("counts");
    assert_eq!((counted.runs, counted.errors), (vec![(Trigger::Schedule, 1)], 1));
}

pub(crate) fn a_run_of_which_nothing_is_left_ends_as_skipped(store: &dyn Ops) {
    let run = begun(store, "orders", 1);
    assert_eq!(store.end(&ended(&run, RunState::Skipped)), Ok(true));
    let kept = store.run(&run.id).expect("a run").expect("it is there");
    assert_eq!((kept.state, kept.outcome, kept.lease_until), (RunState::Skipped, None, None));
    assert!(kept.ended_at.is_some());
    let counted = store.counted().expect("counts");
    assert_eq!((counted.skipped, counted.runs, counted.errors), (1, vec![], 0));
}

pub(crate) fn only_what_waits_is_cancelled(store: &dyn Ops) {
    let reason = Reason { code: "stopped".into(), text: "stopped by anna".into() };
    assert_eq!(store.cancel("run-nobody", &reason, 5), Ok(false));
    let wish = enqueue(Run { trigger: Trigger::Manual, ..run("orders", 1) });
    let queued = store.trigger(&wish).expect("a run").run;
    assert_eq!(store.cancel(&queued.id, &reason, 5), Ok(true));
    let kept = store.run(&queued.id).expect("a run").expect("it is there");
    assert_eq!((kept.state, kept.outcome, kept.ended_at), (RunState::Cancelled, Some(Outcome::Error), Some(5)));
    assert_eq!(kept.reason, Some(reason.clone()));
    assert_eq!(claimed(store, &claim("here", 9)), vec![]);
    assert_eq!(store.cancel(&queued.id, &reason, 6), Ok(false), "it is over");
    let running = begun(store, "users", 2);
    assert_eq!(store.cancel(&running.id, &reason, 6), Ok(false), "it does not wait");
    assert_eq!(store.counted().expect("counts").errors, 1);
}

pub(crate) fn only_the_holder_ends_a_run(store: &dyn Ops) {
    let run = begun(store, "orders", 1);
    let good = ended(&run, RunState::Cancelled);
    for bad in [
        Ended { holder: "there".into(), ..good.clone() },
        Ended { attempt: 2, ..good.clone() },
        Ended { run: "run-nobody".into(), ..good.clone() },
    ] {
        assert_eq!(store.end(&bad), Ok(false));
    }
    assert_eq!(store.run(&run.id), Ok(Some(run.clone())));
    for state in [RunState::Queued, RunState::Running, RunState::Missed] {
        assert_eq!(store.end(&Ended { state, ..good.clone() }).expect_err("no end").code, "store_unfit");
    }
    assert_eq!(store.run(&run.id), Ok(Some(run)));
}
