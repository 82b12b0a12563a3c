//! Planning, asking for runs, and the leases of those who plan.

use assay_core::ops::incidents::IncidentFilter;
use assay_core::ops::outbox::OutboxSize;
use assay_core::ops::retention::Retention;
use assay_core::ops::runs::{Counted, RunFilter};

use super::*;

pub(crate) fn a_store_without_runs_has_nothing(store: &dyn Ops) {
    assert_eq!(store.cursors(), Ok(vec![]));
    assert_eq!(store.runs(&RunFilter { most: 9, ..RunFilter::default() }), Ok(vec![]));
    assert_eq!(store.run("run-1"), Ok(None));
    assert_eq!(store.record("run-1"), Ok(None));
    assert_eq!(store.newest_runs(), Ok(vec![]));
    assert_eq!(store.counted(), Ok(Counted::default()));
    assert_eq!(store.claim(&claim("here", 9)), Ok(vec![]));
    assert_eq!(store.recover(None), Ok(vec![]));
    assert_eq!(store.incidents(&IncidentFilter { most: 9, ..IncidentFilter::default() }), Ok(vec![]));
    assert_eq!(store.events(0, 9), Ok(vec![]));
    assert_eq!(store.outbox(), Ok(OutboxSize::default()));
    assert_eq!(store.journal(), Ok(vec![]));
    assert_eq!(store.plan(1, &[]), Ok(Some(vec![])));
    let pruned = store.prune(&Retention::default(), DAY).expect("a step");
    assert_eq!((pruned.rows, pruned.more), (0, false));
    assert!(store.size().expect("a size") > 0);
}

pub(crate) fn what_is_planned_comes_back_as_it_was(store: &dyn Ops) {
    let full = Run {
        kind: Kind::Monitor,
        trigger: Trigger::Webhook,
        not_before: 7,
        priority: i32::MIN,
        source: Some("s3://lake".into()),
        state: RunState::Skipped,
        reason: reason("disabled"),
        queued_at: -1,
        related: Some("run-0".into()),
        requested_by: Some("ci".into()),
        ..run("fare_eta", 5)
    };
    let planned = plan(store, vec![full.clone(), run("orders", Millis::MAX)]);
    assert_eq!(planned[0], Planned { run: full.clone(), added: true });
    assert_eq!(planned[1], Planned { run: run("orders", Millis::MAX), added: true });
    assert_eq!(store.run(&full.id), Ok(Some(full)));
}

pub(crate) fn planning_again_changes_nothing(store: &dyn Ops) {
    plan(store, vec![run("orders", 1), run("users", 1)]);
    let running = claimed(store, &claim("here", 1));
    let again = Run { id: "run-other".into(), priority: 9, ..run("orders", 1) };
    let planned = plan(store, vec![again, run("items", 1)]);
    assert_eq!(planned[0], Planned { run: running[0].clone(), added: false });
    assert!(planned[1].added);
    assert_eq!(store.run("run-other"), Ok(None));
    assert_eq!(store.counted(), Ok(Counted::default()), "nothing was skipped");
}

pub(crate) fn a_run_beside_an_open_one_is_skipped_and_names_it(store: &dyn Ops) {
    plan(store, vec![run("orders", 1)]);
    let overlapped = |planned| {
        let run = plan(store, vec![run("orders", planned)]).remove(0).run;
        let first = store.run("run-1-orders").expect("a run").expect("the first");
        assert_eq!(run.related.as_deref(), Some("run-1-orders"), "beside one {}", first.state.name());
        assert_eq!((run.state, run.reason.map(|reason| reason.code)), (RunState::Skipped, Some("overlap".into())));
        assert_eq!(store.run(&run.id).expect("a run").map(|run| run.state), Some(RunState::Skipped));
    };
    overlapped(2);
    let running = claimed(store, &claim("here", 9));
    assert_eq!(ids(&running), ["run-1-orders"]);
    overlapped(3);
    store.recover(Some("here")).expect("taken back");
    overlapped(4);
    assert_eq!(store.counted().expect("counts").skipped, 3);
    // In one plan as well as in several.
    let planned = plan(store, vec![run("users", 1), run("users", 2)]);
    assert_eq!(planned[1].run.related.as_deref(), Some("run-1-users"));
}

pub(crate) fn runs_that_may_overlap_wait_beside_each_other(store: &dyn Ops) {
    let overlapping = |planned| Enqueue { overlaps: true, ..enqueue(run("orders", planned)) };
    let planned = store.plan(1, &[overlapping(1), overlapping(2)]).expect("a plan").expect("the epoch");
    assert!(planned.iter().all(|planned| planned.added && planned.run.state == RunState::Queued));
    assert_eq!(plan(store, vec![run("orders", 3)])[0].run.state, RunState::Skipped);
}

pub(crate) fn what_was_missed_stays_missed(store: &dyn Ops) {
    let missed = |planned| Run { state: RunState::Missed, reason: reason("down"), ..run("orders", planned) };
    plan(store, vec![run("orders", 9)]);
    let planned = plan(store, vec![missed(1), missed(2)]);
    assert_eq!(planned[1], Planned { run: missed(2), added: true });
    plan(store, vec![missed(1)]);
    let counted = store.counted().expect("counts");
    assert_eq!((counted.missed, counted.skipped), (2, 0));
    assert_eq!(ids(&claimed(store, &claim("here", 9))), ["run-9-orders"]);
}

pub(crate) fn a_cursor_only_goes_forward(store: &dyn Ops) {
    let to = |document: &str, planned, cursor| Enqueue { cursor, ..enqueue(run(document, planned)) };
    let put = |entry| store.plan(1, &[entry]).expect("a plan").expect("the epoch");
    put(to("users", 1, Some(-5)));
    put(to("orders", 1, None));
    assert_eq!(store.cursors(), Ok(vec![("users".into(), -5)]), "a run without a cursor leaves none");
    put(to("orders", 2, Some(20)));
    put(to("orders", 3, Some(10)));
    put(to("users", 1, Some(7)));
    assert_eq!(store.cursors(), Ok(vec![("orders".into(), 20), ("users".into(), 7)]), "also with a known run");
}

pub(crate) fn cursors_move_without_a_run(store: &dyn Ops) {
    assert_eq!(store.advance(1, &[("users".into(), 5), ("orders".into(), 7)]), Ok(true));
    assert_eq!(store.advance(1, &[("users".into(), 4), ("orders".into(), 8)]), Ok(true));
    let cursors = Ok(vec![("orders".into(), 8), ("users".into(), 5)]);
    assert_eq!(store.cursors(), cursors);
    replace(store, SCHEDULER);
    assert_eq!(store.advance(1, &[("users".into(), 99)]), Ok(false));
    assert_eq!(store.cursors(), cursors);
}

pub(crate) fn an_older_scheduler_writes_nothing(store: &dyn Ops) {
    replace(store, SCHEDULER);
    let entry = Enqueue { cursor: Some(1), ..enqueue(run("orders", 1)) };
    assert_eq!(store.plan(1, std::slice::from_ref(&entry)), Ok(None));
    assert_eq!((store.cursors(), store.run("run-1-orders")), (Ok(vec![]), Ok(None)));
    assert!(store.plan(2, &[entry]).expect("a plan").is_some());
    assert_eq!(store.cursors(), Ok(vec![("orders".into(), 1)]));
}

pub(crate) fn an_id_that_another_run_has_is_refused_and_nothing_is_written(store: &dyn Ops) {
    plan(store, vec![run("orders", 1)]);
    let taken = Run { id: "run-1-orders".into(), ..run("users", 1) };
    let error = store.plan(1, &[enqueue(run("items", 1)), enqueue(taken.clone())]).expect_err("the id is taken");
    assert_eq!(error.code, "store_unfit", "{error}");
    assert_eq!(store.run("run-1-items"), Ok(None));
    assert_eq!(store.trigger(&enqueue(taken)).expect_err("the id is taken").code, "store_unfit");
}

pub(crate) fn a_state_no_run_is_planned_in_is_refused(store: &dyn Ops) {
    for state in [RunState::Running, RunState::Interrupted, RunState::Finished, RunState::Cancelled] {
        let odd = enqueue(Run { state, ..run("orders", 1) });
        assert_eq!(store.plan(1, std::slice::from_ref(&odd)).expect_err("no such plan").code, "store_unfit");
        assert_eq!(store.trigger(&odd).expect_err("no such wish").code, "store_unfit");
    }
    assert_eq!(store.run("run-1-orders"), Ok(None));
}

pub(crate) fn what_is_asked_for_twice_is_one_run(store: &dyn Ops) {
    let wish = |planned| enqueue(Run { trigger: Trigger::Manual, ..run("orders", planned) });
    let first = store.trigger(&wish(1)).expect("a run");
    assert!(first.added);
    assert_eq!(store.trigger(&wish(2)), Ok(Planned { added: false, ..first.clone() }));
    claimed(store, &claim("here", 1)).remove(0);
    store.recover(Some("here")).expect("taken back");
    let waiting = store.trigger(&wish(2)).expect("a run");
    assert_eq!((waiting.added, waiting.run.state), (false, RunState::Interrupted));
    let running = claimed(store, &claim("here", 1)).remove(0);
    // what it reads may be older than what the wish is about
    let beside = store.trigger(&wish(2)).expect("a run");
    assert!(beside.added && beside.run.state == RunState::Queued, "{beside:?}");
    assert_eq!(claimed(store, &claim("there", 1)), vec![], "a document runs once at a time");
    finish(store, &finished(&running), Vec::new());
    assert_eq!(claimed(store, &claim("there", 1)).remove(0).id, beside.run.id);
    assert_eq!(store.counted().expect("counts").skipped, 0);
}

pub(crate) fn a_wish_hurries_what_waits(store: &dyn Ops) {
    let later = store.clock().expect("a clock") + 3_600_000;
    let waits = Run { not_before: later, priority: 0, ..run("orders", 1) };
    store.plan(1, &[enqueue(waits)]).expect("a plan").expect("the newest epoch");
    assert_eq!(claimed(store, &claim("here", 1)), vec![]);
    let wish = enqueue(Run { trigger: Trigger::Manual, priority: 100, ..run("orders", 2) });
    let hurried = store.trigger(&wish).expect("a run");
    assert_eq!((hurried.added, hurried.run.priority, hurried.run.not_before), (false, 100, 2));
    assert_eq!(claimed(store, &claim("here", 1)).remove(0).id, hurried.run.id);
}

pub(crate) fn a_taken_instant_moves_by_milliseconds(store: &dyn Ops) {
    done(store, "orders", 100);
    done(store, "orders", 101);
    let wish = Run { id: "run-new".into(), ..run("orders", 100) };
    let planned = store.trigger(&enqueue(wish)).expect("a run");
    assert_eq!((planned.run.planned, planned.added), (102, true));
    assert_eq!(store.run("run-new"), Ok(Some(planned.run)));
}

pub(crate) fn a_lease_is_one_holder_s_until_it_runs_out(store: &dyn Ops) {
    let now = store.clock().expect("a clock");
    let first = store.lead(SCHEDULER, "a", 600_000).expect("a lease").expect("nobody held it");
    assert_eq!((first.role.as_str(), first.holder.as_str(), first.epoch), (SCHEDULER, "a", 1));
    assert!(first.until >= now + 600_000, "{first:?}");
    assert_eq!(store.lead(SCHEDULER, "b", 600_000), Ok(None));
    let renewed = store.lead(SCHEDULER, "a", 0).expect("a lease").expect("its own");
    assert_eq!(renewed.epoch, 1);
    assert_eq!(store.lead(SCHEDULER, "b", 0).expect("a lease").map(|lease| lease.epoch), Some(2), "it ran out");
    assert_eq!(store.lead(SCHEDULER, "b", 600_000).expect("a lease").map(|lease| lease.epoch), Some(3), "again");
    assert_eq!(store.lead("other", "c", 600_000).expect("a lease").map(|lease| lease.epoch), Some(1));
}

pub(crate) fn a_role_given_back_is_free_and_the_epoch_goes_on(store: &dyn Ops) {
    let lead = |holder| store.lead(SCHEDULER, holder, 600_000).expect("a lease").map(|lease| lease.epoch);
    assert_eq!(lead("a"), Some(1));
    store.resign(SCHEDULER, "b").expect("nothing to give back");
    assert_eq!(lead("b"), None);
    store.resign(SCHEDULER, "a").expect("given back");
    assert_eq!(lead("b"), Some(2));
    store.resign(SCHEDULER, "a").expect("nothing to give back");
    assert_eq!(lead("a"), None);
}

pub(crate) fn only_what_waits_is_skipped_by_the_scheduler(store: &dyn Ops) {
    let over = done(store, "over", 1);
    let running = begun(store, "running", 2);
    plan(store, vec![run("lost", 3)]);
    assert_eq!(ids(&claimed(store, &Claim { lease: 0, ..claim("here", 1) })), ["run-3-lost"]);
    store.recover(None).expect("taken back");
    plan(store, vec![run("queued", 4), run("other", 4)]);
    let why = reason("removed").expect("one");
    let given = ["run-4-queued", "run-3-lost", &running.id, &over.id, "run-nobody"].map(String::from);
    assert_eq!(store.skip(1, &given, &why, 50), Ok(Some(2)));
    for id in ["run-4-queued", "run-3-lost"] {
        let run = store.run(id).expect("a run").expect("it");
        assert_eq!((run.state, run.outcome, run.ended_at), (RunState::Skipped, None, Some(50)));
        assert_eq!(run.reason.as_ref(), Some(&why));
    }
    assert_eq!(store.run(&running.id), Ok(Some(running)));
    assert_eq!(store.counted().expect("counts").skipped, 2);
    assert_eq!(store.skip(1, &given, &why, 60), Ok(Some(0)), "they are over");
    replace(store, SCHEDULER);
    assert_eq!(store.skip(1, &["run-4-other".into()], &why, 60), Ok(None));
    assert_eq!(ids(&claimed(store, &claim("here", 9))), ["run-4-other"]);
}

pub(crate) fn threads_plan_the_same_instants_once(store: &dyn Ops) {
    let added: usize = std::thread::scope(|scope| {
        let planner = |thread: i32| {
            scope.spawn(move || {
                let entry = |at| Enqueue {
                    run: Run { id: format!("run-{at}-by-{thread}"), ..run("orders", at) },
                    cursor: Some(at),
                    overlaps: true,
                };
                (0..20).map(|at| usize::from(store.plan(1, &[entry(at)]).expect("a plan").expect("it")[0].added)).sum()
            })
        };
        let threads: Vec<_> = (0..4).map(planner).collect();
        threads.into_iter().map(|thread| thread.join().unwrap_or(0_usize)).sum()
    });
    assert_eq!(added, 20);
    assert_eq!(store.cursors(), Ok(vec![("orders".into(), 19)]));
}
