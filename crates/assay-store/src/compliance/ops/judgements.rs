//! Incidents that change without a run of the daemon.

use super::incidents::all;
use super::*;

pub(crate) fn a_document_is_judged_without_a_run(store: &dyn Ops) {
    let never_planned = run("assay/daemon", 5);
    let judged = store.judge("assay/daemon", &mut |known| {
        assert_eq!(known, []);
        let events = vec![event(EventKind::Opened, 5), event(EventKind::Worsened, 6)];
        let changes = vec![(incident(&never_planned, "reload"), events), (incident(&never_planned, "x"), vec![])];
        Decided { changes }
    });
    assert_eq!(judged, Ok(2));
    let [second, first] = &all(store)[..] else { panic!("two incidents") };
    assert!(0 < first.number && first.number < second.number);
    assert_eq!(*first, Incident { number: first.number, ..incident(&never_planned, "reload") });
    let kinds = |store: &dyn Ops| {
        let events = store.events(0, 99).expect("events");
        assert!(events.is_sorted_by_key(|event| event.number), "{events:?}");
        events.into_iter().map(|event| (event.incident, event.kind)).collect::<Vec<_>>()
    };
    assert_eq!(kinds(store), [(first.number, EventKind::Opened), (first.number, EventKind::Worsened)]);

    let again = store.judge("assay/daemon", &mut |known| {
        assert_eq!(known, [first.clone(), second.clone()]);
        Decided { changes: vec![(resolved(first, 9), vec![event(EventKind::Resolved, 9)])] }
    });
    assert_eq!(again, Ok(1));
    let last = store.judge("assay/daemon", &mut |known| {
        assert_eq!(known, [resolved(first, 9), second.clone()], "what was resolved last, and what is open");
        Decided::default()
    });
    assert_eq!((last, kinds(store).len()), (Ok(0), 3));
    let of_another = store.judge("orders", &mut |known| {
        assert_eq!(known, []);
        Decided::default()
    });
    assert_eq!(of_another, Ok(0));
    let cursors = store.cursors().expect("cursors");
    assert_eq!((cursors, store.newest_runs()), (vec![], Ok(vec![])), "nothing was planned or executed");
}

pub(crate) fn a_judgement_that_cannot_be_kept_writes_nothing(store: &dyn Ops) {
    let of = run("orders", 1);
    let good = (incident(&of, "range"), vec![event(EventKind::Opened, 1)]);
    let bad = [
        Incident { key: key("users", "range"), ..incident(&of, "range") },
        incident(&of, "range"),
        Incident { number: 99, ..incident(&of, "other") },
        Incident { state: IncidentState::Resolved, ..incident(&of, "other") },
    ];
    for change in bad {
        let decided = Decided { changes: vec![good.clone(), (change.clone(), vec![])] };
        let error = store.judge("orders", &mut |_| decided.clone()).expect_err("it cannot be kept");
        assert_eq!(error.code, "store_unfit", "{change:?}: {error}");
        assert_eq!((all(store), store.events(0, 9)), (vec![], Ok(vec![])));
    }
}

pub(crate) fn a_judgement_is_no_run_that_was_judged(store: &dyn Ops) {
    done(store, "orders", 5);
    let of = run("orders", 9);
    let opened = (incident(&of, "range"), vec![event(EventKind::Opened, 9)]);
    assert_eq!(store.judge("orders", &mut |_| Decided { changes: vec![opened.clone()] }), Ok(1));
    let next = begun(store, "orders", 7);
    let mut known = Vec::new();
    let decide = &mut |incidents: &[Incident]| {
        known = incidents.to_vec();
        Decided::default()
    };
    store.finish(&finished(&next), decide).expect("an end");
    assert_eq!(known, all(store), "a run planned before it is asked, and is told of what is open");
    assert_eq!(known.len(), 1);
}
