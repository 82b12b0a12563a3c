//! A clock was ahead, and what it left is taken back.

use assay_core::ops::NOTIFIER;
use assay_core::ops::incidents::IncidentFilter;
use assay_core::ops::notices::Notified;
use assay_core::ops::outbox::{Delivery, MessageFilter};
use assay_core::ops::runs::{CLOCK_CORRECTED, Counted, Rewound, RunFilter};

use super::*;

/// The present, and a year later.
fn instants(store: &dyn Ops) -> (Millis, Millis) {
    let now = store.clock().expect("a clock");
    (now, now + 365 * DAY)
}

/// A run of a document at an instant to come, executed by a clock that was ahead; an incident is open since.
fn done_ahead(store: &dyn Ops, document: &str, planned: Millis) -> Run {
    plan(store, vec![Run { not_before: 0, ..run(document, planned) }]);
    let run = claimed(store, &claim("here", 1)).remove(0);
    assert_eq!(run.planned, planned);
    finish(store, &finished(&run), vec![(incident(&run, "a"), vec![event(EventKind::Opened, planned)])]);
    run
}

fn one_incident(store: &dyn Ops) -> Incident {
    store.incidents(&IncidentFilter { most: 9, ..IncidentFilter::default() }).expect("incidents").remove(0)
}

fn rewind(store: &dyn Ops, to: Millis) -> Rewound {
    store.rewind(1, to).expect("taken back").expect("the newest epoch")
}

pub(crate) fn what_a_clock_left_that_was_ahead_is_taken_back(store: &dyn Ops) {
    let (now, ahead) = instants(store);
    assert_eq!(store.furthest(), Ok(None));
    assert_eq!(rewind(store, now), Rewound::default());
    let before = done(store, "orders", 5);
    assert_eq!(store.advance(1, &[("orders".into(), 5), ("users".into(), 7)]), Ok(true));
    assert_eq!(store.furthest(), Ok(Some(7)));
    let executed = done_ahead(store, "orders", ahead);
    let missed = Run { state: RunState::Missed, reason: reason("missed"), ..run("orders", ahead - 1) };
    let early = Run { state: RunState::Missed, reason: reason("missed"), ..run("orders", 6) };
    plan(store, vec![missed, early, run("items", ahead)]);
    store.advance(1, &[("orders".into(), ahead)]).expect("moved");
    assert_eq!(store.furthest(), Ok(Some(ahead)));

    assert_eq!(rewind(store, now), Rewound { documents: 1, incidents: 1, skipped: 1, forgotten: 1 });
    assert!(store.furthest().expect("an instant").is_some_and(|furthest| furthest <= now));
    assert_eq!(store.cursors(), Ok(vec![("orders".into(), now), ("users".into(), 7)]));
    let over = store.run(&format!("run-{ahead}-items")).expect("a run").expect("it is kept");
    assert_eq!((over.state, over.ended_at, over.outcome), (RunState::Skipped, Some(now), None));
    assert_eq!(over.reason.expect("a reason").code, CLOCK_CORRECTED);
    let runs = store.runs(&RunFilter { document: Some("orders".into()), most: 9, ..RunFilter::default() });
    let kept: Vec<Millis> = runs.expect("runs").iter().map(|run| run.planned).collect();
    assert_eq!(kept, [ahead, 6, 5], "what was executed stays, and what is over");
    assert_eq!(ids(&store.newest_runs().expect("runs")), [before.id.as_str()]);
    assert!(store.run(&executed.id).expect("a run").is_some());
    let incident = one_incident(store);
    let times = [Some(incident.planned), Some(incident.since), incident.opened_at, Some(incident.changed_at)];
    assert_eq!(times, [Some(now); 4]);
    assert_eq!((incident.state, incident.resolved_at), (IncidentState::Open, None));
    assert_eq!(store.events(0, 9).expect("events")[0].at, now);
    assert_eq!(store.counted().expect("counts").skipped, 1);
    assert_eq!(rewind(store, now), Rewound::default(), "there is nothing left");
}

pub(crate) fn after_it_runs_are_judged_and_planned_again(store: &dyn Ops) {
    let (now, ahead) = instants(store);
    done_ahead(store, "orders", ahead);
    plan(store, vec![Run { not_before: 0, ..run("items", ahead) }]);
    let asked = |store: &dyn Ops, planned| {
        plan(store, vec![Run { not_before: 0, ..run("orders", planned) }]);
        let run = store.claim_known(&claim("here", 1), &|name| name == "orders").expect("a claim").remove(0).run;
        let mut judged = 0;
        let mut decide = |known: &[Incident]| {
            judged = known.len();
            Decided { changes: vec![(resolved(&known[0], planned), vec![])] }
        };
        store.finish(&finished(&run), &mut decide).expect("an end");
        judged
    };
    assert_eq!(asked(store, now - 9), 0, "it is history: a later one was judged");
    rewind(store, now);
    assert_eq!(asked(store, now + 1), 1);
    assert_eq!(one_incident(store).state, IncidentState::Resolved);
    // The instant comes: what was executed is not executed again, what never was is.
    let again = |document: &str| Enqueue {
        cursor: Some(ahead),
        ..enqueue(Run { id: format!("run-again-{document}"), not_before: 0, ..run(document, ahead) })
    };
    let planned = store.plan(1, &[again("orders"), again("items")]).expect("a plan").expect("the newest epoch");
    assert_eq!((planned[0].added, planned[0].run.state), (false, RunState::Finished));
    assert_eq!((planned[1].added, planned[1].run.state), (true, RunState::Queued));
    assert_eq!(store.run(&format!("run-{ahead}-items")), Ok(None), "it gave way");
    assert_eq!(ids(&claimed(store, &claim("here", 9))), ["run-again-items"]);
    assert!(!store.plan(1, &[again("items")]).expect("a plan").expect("the newest epoch")[0].added);
}

pub(crate) fn what_waited_for_another_day_is_due_at_once(store: &dyn Ops) {
    let (now, ahead) = instants(store);
    let wrong = Run { trigger: Trigger::Upstream, not_before: ahead, queued_at: ahead, ..run("gold", 3) };
    let right = Run { not_before: now + DAY, queued_at: now - 1, ..run("jittered", now - 2) };
    plan(store, vec![wrong, right.clone()]);
    rewind(store, now);
    assert_eq!(ids(&claimed(store, &claim("here", 9))), ["run-3-gold"]);
    assert_eq!(store.run(&right.id), Ok(Some(right)));
}

pub(crate) fn messages_that_wait_are_due(store: &dyn Ops) {
    let (now, ahead) = instants(store);
    let of = |id: &str, at| Message { created_at: at, next_at: at, ..outbox::message(id, at) };
    store.lead(NOTIFIER, "here", 60_000).expect("a lease");
    let messages = vec![of("ahead", ahead), of("tried", now - 9), of("soon", now - 8), of("over", now - 7)];
    assert_eq!(store.notify(1, &Notified { messages, ..Notified::default() }), Ok(true));
    let retry = |next_at| Delivery::Retry { at: now, next_at, error: "503".into() };
    assert_eq!(store.delivered("tried", &retry(ahead), &[]), Ok(true));
    assert_eq!(store.delivered("soon", &retry(now + DAY), &[]), Ok(true));
    assert_eq!(store.delivered("over", &Delivery::Delivered { at: ahead }, &[]), Ok(true));
    rewind(store, now);
    let messages = store.messages(&MessageFilter { most: 9, ..MessageFilter::default() }).expect("messages");
    let times: Vec<_> = messages.iter().map(|one| (one.id.as_str(), one.created_at, one.next_at)).collect();
    assert_eq!(times[0], ("tried", now - 9, now));
    assert_eq!(times[1], ("soon", now - 8, now + DAY));
    assert_eq!(times[3], ("ahead", now, now));
    assert_eq!(messages[2].ended_at, Some(ahead), "what is over stays as it was");
}

pub(crate) fn an_older_scheduler_takes_nothing_back(store: &dyn Ops) {
    let (now, ahead) = instants(store);
    done_ahead(store, "orders", ahead);
    plan(store, vec![run("items", ahead)]);
    replace(store, SCHEDULER);
    assert_eq!(store.rewind(1, now), Ok(None));
    assert_eq!((store.furthest(), one_incident(store).planned), (Ok(Some(ahead)), ahead));
    assert_eq!(store.counted().map(|counted| counted.skipped), Ok(Counted::default().skipped));
    assert!(store.rewind(2, now).expect("taken back").is_some());
}

pub(crate) fn leases_that_end_too_far_away_have_run_out(store: &dyn Ops) {
    plan(store, vec![run("a", 1), run("b", 1)]);
    claimed(store, &Claim { lease: DAY, ..claim("ahead", 1) });
    claimed(store, &claim("here", 1));
    assert_eq!(ids(&store.recover(None).expect("taken back")), ["run-1-a"]);

    assert_eq!(store.lead(SCHEDULER, "ahead", DAY).expect("a lease").map(|lease| lease.epoch), Some(1));
    assert_eq!(store.lead(SCHEDULER, "ahead", 15_000).expect("a lease").map(|lease| lease.epoch), Some(1), "its own");
    assert_eq!(store.lead(SCHEDULER, "ahead", DAY).expect("a lease").map(|lease| lease.epoch), Some(1));
    assert_eq!(store.lead(SCHEDULER, "other", 15_000).expect("a lease").map(|lease| lease.epoch), Some(2));
    assert_eq!(store.lead(SCHEDULER, "ahead", 15_000), Ok(None), "that of the other is one");
}
