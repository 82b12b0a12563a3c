//! Incidents and alert events.

use assay_core::ops::incidents::IncidentFilter;

use super::*;

pub(super) fn all(store: &dyn Ops) -> Vec<Incident> {
    store.incidents(&IncidentFilter { most: 99, ..IncidentFilter::default() }).expect("incidents")
}

/// Opens an incident with a run of its document; gives it as it is kept.
fn opened(store: &dyn Ops, document: &str, planned: Millis, check: &str) -> Incident {
    let run = begun(store, document, planned);
    let change = (incident(&run, check), vec![event(EventKind::Opened, planned)]);
    match finish(store, &finished(&run), vec![change]) {
        Ending::Written { mut incidents, .. } => incidents.remove(0),
        Ending::TakenOver => panic!("it is its holder's"),
    }
}

pub(crate) fn incidents_and_events_are_numbered_and_come_back(store: &dyn Ops) {
    let run = begun(store, "orders", 1);
    let full = Incident {
        state: IncidentState::Acknowledged,
        severity: Outcome::Error,
        layer: None,
        owner: Some("ada".into()),
        bad: u32::MAX,
        good: 3,
        reopened: 2,
        acknowledged_by: Some("bob".into()),
        note: Some("looking".into()),
        key: IncidentKey {
            column: None,
            segment: Some("city=7".into()),
            kind: IncidentKind::Error,
            ..key("orders", "validity")
        },
        ..incident(&run, "validity")
    };
    // bad again, after it had been open and resolved
    let pending = Incident { state: IncidentState::Pending, ..resolved(&incident(&run, "range"), 3) };
    let events = vec![event(EventKind::Opened, 5), AlertEvent { run: None, ..event(EventKind::Acknowledged, 6) }];
    let ending = finish(store, &finished(&run), vec![(full.clone(), events.clone()), (pending.clone(), vec![])]);
    let Ending::Written { incidents, events: written } = ending else { panic!("it is its holder's") };
    let numbers: Vec<u64> = incidents.iter().map(|incident| incident.number).collect();
    assert!(numbers[0] > 0 && numbers[0] < numbers[1], "{numbers:?}");
    assert_eq!(incidents[0], Incident { number: numbers[0], ..full });
    assert_eq!(incidents[1], Incident { number: numbers[1], ..pending });
    assert!(written[0].number > 0 && written[0].number < written[1].number, "{written:?}");
    for (event, given) in written.iter().zip(events) {
        assert_eq!(*event, AlertEvent { number: event.number, incident: numbers[0], ..given });
    }
    assert_eq!(all(store), [incidents[1].clone(), incidents[0].clone()]);
    assert_eq!(store.events(0, 9), Ok(written));
}

pub(crate) fn decide_gets_what_is_unresolved_and_what_was_resolved_last(store: &dyn Ops) {
    let first = opened(store, "orders", 1, "completeness");
    opened(store, "users", 2, "completeness");
    let asked = |planned, changes: Vec<Incident>| {
        let run = begun(store, "orders", planned);
        let mut got = Vec::new();
        let ending = store.finish(&finished(&run), &mut |known| {
            got = known.to_vec();
            Decided { changes: changes.iter().map(|incident| (incident.clone(), vec![])).collect() }
        });
        let Ending::Written { incidents, .. } = ending.expect("an end") else { panic!("it is its holder's") };
        (got, incidents)
    };
    let (got, _) = asked(3, vec![resolved(&first, 3)]);
    assert_eq!(got, std::slice::from_ref(&first), "of its document only");
    let again = Incident { number: 0, since: 4, ..first.clone() };
    let (got, second) = asked(4, vec![again]);
    assert_eq!(got, [resolved(&first, 3)], "what was resolved last");
    let other = Incident { number: 0, key: key("orders", "range"), ..first.clone() };
    let (got, third) = asked(5, vec![resolved(&second[0], 5), other]);
    assert_eq!(got, [resolved(&first, 3), second[0].clone()], "that, and what is open");
    let (got, _) = asked(6, vec![]);
    assert_eq!(got, [resolved(&second[0], 5), third[1].clone()], "only the last one of a key");
}

pub(crate) fn a_run_older_than_the_newest_judged_decides_nothing(store: &dyn Ops) {
    done(store, "orders", 5);
    let late = begun(store, "orders", 3);
    let end = Finished { record: Some(b"r".to_vec()), ..finished(&late) };
    let ending = store.finish(&end, &mut |_| panic!("it is history")).expect("an end");
    assert_eq!(ending, Ending::Written { incidents: vec![], events: vec![] });
    assert!(store.record(&late.id).expect("a record").is_some());
    let other = begun(store, "users", 1);
    let mut was_asked = false;
    let decide = &mut |_: &[Incident]| {
        was_asked = true;
        Decided::default()
    };
    store.finish(&finished(&other), decide).expect("an end");
    assert!(was_asked, "another document has its own history");
}

pub(crate) fn a_run_that_evaluated_nothing_is_no_judgement(store: &dyn Ops) {
    let empty = begun(store, "orders", 5);
    let skipped = Finished { state: RunState::Skipped, outcome: Outcome::Skipped, ..finished(&empty) };
    finish(store, &skipped, Vec::new());
    let earlier = begun(store, "orders", 3);
    let mut was_asked = false;
    store
        .finish(&finished(&earlier), &mut |_| {
            was_asked = true;
            Decided::default()
        })
        .expect("an end");
    assert!(was_asked);
}

pub(crate) fn a_decision_that_cannot_be_kept_writes_nothing(store: &dyn Ops) {
    let other = opened(store, "users", 1, "completeness");
    let run = begun(store, "orders", 2);
    let new = incident(&run, "completeness");
    let bad: Vec<(Incident, Vec<AlertEvent>)> = vec![
        (Incident { number: 99, ..new.clone() }, vec![]),
        (Incident { number: other.number, ..new.clone() }, vec![]),
        (Incident { key: other.key.clone(), ..new.clone() }, vec![]),
        (Incident { state: IncidentState::Resolved, ..new.clone() }, vec![]),
        (new.clone(), vec![AlertEvent { incident: other.number, ..event(EventKind::Opened, 1) }]),
    ];
    let end = Finished { record: Some(b"r".to_vec()), ..finished(&run) };
    for change in bad {
        let good = (incident(&run, "range"), vec![event(EventKind::Opened, 1)]);
        let decided = Decided { changes: vec![good, change.clone()] };
        let error = store.finish(&end, &mut |_| decided.clone()).expect_err("it cannot be kept");
        assert_eq!(error.code, "store_unfit", "{change:?}: {error}");
        assert_eq!(store.run(&run.id), Ok(Some(run.clone())));
        assert_eq!((all(store).len(), store.events(0, 9).expect("events").len()), (1, 1));
        assert_eq!(store.record(&run.id), Ok(None));
    }
}

pub(crate) fn one_is_unresolved_for_each_key(store: &dyn Ops) {
    let first = opened(store, "orders", 1, "completeness");
    let run = begun(store, "orders", 2);
    let second = incident(&run, "completeness");
    let twice = Decided { changes: vec![(second.clone(), vec![])] };
    let error = store.finish(&finished(&run), &mut |_| twice.clone()).expect_err("one is open");
    assert_eq!(error.code, "store_unfit", "{error}");
    let moved = vec![(resolved(&first, 2), vec![]), (second, vec![])];
    let Ending::Written { incidents, .. } = finish(store, &finished(&run), moved) else { panic!("it is its holder's") };
    assert_eq!(incidents.len(), 2);
    let reopened = store.change_incident(first.number, &mut |_| Some((first.clone(), vec![])));
    assert_eq!(reopened.expect_err("the second is open").code, "store_unfit");
}

pub(crate) fn a_missing_column_is_another_key_than_one_without_a_name(store: &dyn Ops) {
    let run = begun(store, "orders", 1);
    let of = |column: Option<&str>, segment: Option<&str>, kind| {
        let key = IncidentKey {
            column: column.map(str::to_owned),
            segment: segment.map(str::to_owned),
            kind,
            ..key("orders", "schema")
        };
        (Incident { key, ..incident(&run, "schema") }, vec![])
    };
    let changes = vec![
        of(None, None, IncidentKind::Verdict),
        of(Some(""), None, IncidentKind::Verdict),
        of(None, Some(""), IncidentKind::Verdict),
        of(None, None, IncidentKind::Error),
    ];
    finish(store, &finished(&run), changes);
    assert_eq!(all(store).len(), 4);
}

pub(crate) fn an_incident_is_changed_with_its_events(store: &dyn Ops) {
    let first = opened(store, "orders", 1, "completeness");
    opened(store, "users", 1, "completeness");
    let acknowledged = Incident {
        state: IncidentState::Acknowledged,
        acknowledged_by: Some("ada".into()),
        note: Some("mine".into()),
        ..first.clone()
    };
    let changed = store.change_incident(first.number, &mut |incident| {
        assert_eq!(*incident, first);
        Some((acknowledged.clone(), vec![event(EventKind::Acknowledged, 9)]))
    });
    assert_eq!(changed, Ok(Some(acknowledged.clone())));
    assert_eq!(all(store)[1], acknowledged);
    let event = store.events(0, 9).expect("events").remove(2);
    assert_eq!((event.incident, event.kind, event.at), (first.number, EventKind::Acknowledged, 9));
    let other = Incident { number: all(store)[0].number, ..first.clone() };
    let error = store.change_incident(first.number, &mut |_| Some((other.clone(), vec![]))).expect_err("another one");
    assert_eq!(error.code, "store_unfit");
    let moved = Incident { key: key("orders", "range"), ..first.clone() };
    let error = store.change_incident(first.number, &mut |_| Some((moved.clone(), vec![]))).expect_err("another key");
    assert_eq!(error.code, "store_unfit");
    assert_eq!(all(store)[1], acknowledged);
}

pub(crate) fn a_change_declined_writes_nothing(store: &dyn Ops) {
    let first = opened(store, "orders", 1, "completeness");
    assert_eq!(store.change_incident(first.number, &mut |_| None), Ok(Some(first.clone())));
    assert_eq!(store.change_incident(99, &mut |_| panic!("there is none")), Ok(None));
    assert_eq!(store.change_incident(u64::MAX, &mut |_| panic!("there is none")), Ok(None));
    assert_eq!((all(store), store.events(0, 9).expect("events").len()), (vec![first], 1));
}

pub(crate) fn what_is_gone_is_resolved(store: &dyn Ops) {
    let kept = opened(store, "orders", 1, "completeness");
    let check_gone = opened(store, "orders", 2, "range");
    let document_gone = opened(store, "users", 1, "completeness");
    let run = begun(store, "users", 2);
    let pending = Incident { state: IncidentState::Pending, opened_at: None, ..incident(&run, "range") };
    finish(store, &finished(&run), vec![(pending, vec![])]);
    let before = store.events(0, 99).expect("events").len() as u64;

    let known = [("orders".to_owned(), vec!["completeness".to_owned(), "other".to_owned()])];
    assert_eq!(store.retire_incidents(&known, 500), Ok(3));
    let of = |number| all(store).into_iter().find(|incident| incident.number == number).expect("it");
    assert_eq!(of(kept.number), kept);
    for gone in [&check_gone, &document_gone] {
        let expected = Incident { resolved_why: Some("removed".into()), ..resolved(gone, 500) };
        assert_eq!(of(gone.number), expected);
    }
    assert!(all(store).iter().all(|incident| incident.state != IncidentState::Pending));
    let events = store.events(before, 99).expect("events");
    let numbers: Vec<u64> = events.iter().map(|event| event.incident).collect();
    assert_eq!(numbers, [check_gone.number, document_gone.number], "nobody was told of the pending one");
    assert!(events.iter().all(|event| event.kind == EventKind::Resolved && event.at == 500 && event.run.is_none()));
    assert_eq!(store.retire_incidents(&known, 501), Ok(0));
}

pub(crate) fn incidents_come_newest_first_and_filtered(store: &dyn Ops) {
    let a = opened(store, "orders", 1, "a").number;
    let b = opened(store, "orders", 2, "b").number;
    let c = opened(store, "users", 1, "a").number;
    store.change_incident(b, &mut |incident| Some((resolved(incident, 9), vec![]))).expect("a change");
    let every = IncidentFilter { most: 99, ..IncidentFilter::default() };
    let found = |filter: &IncidentFilter| {
        let incidents = store.incidents(filter).expect("incidents");
        incidents.iter().map(|incident| incident.number).collect::<Vec<_>>()
    };
    assert_eq!(found(&every), [c, b, a]);
    assert_eq!(found(&IncidentFilter { most: 1, ..every.clone() }), [c]);
    assert_eq!(found(&IncidentFilter { document: Some("orders".into()), ..every.clone() }), [b, a]);
    assert_eq!(found(&IncidentFilter { number: Some(b), ..every.clone() }), [b]);
    assert_eq!(found(&IncidentFilter { number: Some(u64::MAX), ..every.clone() }), Vec::<u64>::new());
    let states = |states: &[IncidentState]| IncidentFilter { states: states.into(), ..every.clone() };
    assert_eq!(found(&states(&[IncidentState::Open, IncidentState::Pending])), [c, a]);
    assert_eq!(found(&states(&[IncidentState::Resolved])), [b]);
    assert_eq!(found(&states(&[IncidentState::Resolved, IncidentState::Open])), [c, b, a]);
}

pub(crate) fn events_of_one_incident_are_its_own(store: &dyn Ops) {
    let (first, second) = (opened(store, "orders", 1, "key"), opened(store, "users", 2, "key"));
    for at in 7..10 {
        let mut again =
            |known: &Incident| Some((known.clone(), vec![AlertEvent { at, ..event(EventKind::Worsened, 0) }]));
        store.change_incident(first.number, &mut again).expect("a change");
    }
    let of = |number, most| {
        let events = store.events_of(number, most).expect("events");
        assert!(events.iter().all(|event| event.incident == number) && events.is_sorted_by_key(|event| event.number));
        events.iter().map(|event| event.kind).collect::<Vec<_>>()
    };
    let worsened = EventKind::Worsened;
    assert_eq!(of(first.number, 9), [EventKind::Opened, worsened, worsened, worsened]);
    assert_eq!((of(first.number, 2), of(second.number, 9)), (vec![worsened; 2], vec![EventKind::Opened]));
    assert_eq!((of(99, 9), of(u64::MAX, 9)), (vec![], vec![]));
}

pub(crate) fn events_come_in_order_after_a_number(store: &dyn Ops) {
    for planned in 1..=4 {
        opened(store, "orders", planned, &format!("check {planned}"));
    }
    let numbers = |after, most| {
        let events = store.events(after, most).expect("events");
        events.iter().map(|event| event.number).collect::<Vec<_>>()
    };
    let all = numbers(0, 99);
    assert!(all.len() == 4 && all.is_sorted(), "{all:?}");
    assert_eq!(numbers(all[1], 99), all[2..]);
    assert_eq!(numbers(all[0], 2), all[1..3]);
    assert_eq!(numbers(all[3], 99), Vec::<u64>::new());
    assert_eq!(numbers(u64::MAX, 99), Vec::<u64>::new());
}

pub(crate) fn incidents_are_found_by_many_numbers(store: &dyn Ops) {
    let numbers: Vec<u64> =
        (1..=4).map(|planned| opened(store, "orders", planned, &format!("check {planned}")).number).collect();
    let found = |filter: &IncidentFilter| {
        let incidents = store.incidents(&IncidentFilter { most: 99, ..filter.clone() }).expect("incidents");
        incidents.iter().map(|incident| incident.number).collect::<Vec<_>>()
    };
    let of = |numbers: &[u64]| IncidentFilter { numbers: numbers.to_vec(), ..IncidentFilter::default() };
    assert_eq!(found(&of(&[numbers[0], numbers[2], numbers[0]])), [numbers[2], numbers[0]]);
    assert_eq!(found(&of(&[])).len(), 4, "none named: any");
    assert!(found(&of(&[u64::MAX])).is_empty(), "one that cannot be there is not any");
    assert_eq!(found(&of(&(numbers[1]..100_000).collect::<Vec<_>>())), [numbers[3], numbers[2], numbers[1]]);
    let both = IncidentFilter { number: Some(numbers[1]), states: vec![IncidentState::Open], ..of(&numbers[..2]) };
    assert_eq!(found(&both), [numbers[1]]);
    assert!(found(&IncidentFilter { number: Some(numbers[3]), ..both }).is_empty());
}
