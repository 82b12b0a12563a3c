//! Each rule on incidents, with contracts.

use assay_core::ops::incidents::EventKind::{Eased, Opened, Reopened, Resolved, Worsened};
use assay_core::ops::incidents::{IncidentKind, IncidentState};
use assay_core::verdict::{Outcome, Reason};

use super::support::{HOUR, Kept, check, key, table, verdict_key};
use crate::{NEVER_CONFIRMED, Policy, RECOVERED, WHOLE, acknowledge};

#[test]
fn one_bad_run_opens_and_one_good_run_resolves() {
    let mut kept = Kept::default();
    assert_eq!(kept.one(HOUR, Outcome::Pass), []);
    assert_eq!(kept.incidents, []);

    assert_eq!(kept.one(2 * HOUR, Outcome::Fail), [Opened]);
    let incident = kept.newest(&verdict_key());
    assert_eq!((incident.state, incident.severity), (IncidentState::Open, Outcome::Fail));
    assert_eq!((incident.bad, incident.good, incident.reopened), (1, 0, 0));
    assert_eq!((incident.since, incident.opened_at, incident.planned), (2 * HOUR, Some(2 * HOUR), 2 * HOUR));
    assert_eq!((incident.message.as_str(), incident.run.as_str()), ("amount.range ended", "run-2"));
    assert_eq!(incident.owner.as_deref(), Some("orders@shop.example"));
    assert_eq!((incident.layer.as_deref(), &incident.tags[..]), (Some("silver"), &["pii".to_owned()][..]));

    assert_eq!(kept.one(3 * HOUR, Outcome::Fail), []);
    assert_eq!((kept.newest(&verdict_key()).bad, kept.newest(&verdict_key()).changed_at), (2, 3 * HOUR));

    assert_eq!(kept.one(4 * HOUR, Outcome::Pass), [Resolved]);
    let incident = kept.newest(&verdict_key());
    assert_eq!((incident.state, incident.resolved_at), (IncidentState::Resolved, Some(4 * HOUR)));
    assert_eq!(incident.resolved_why.as_deref(), Some(RECOVERED));
    assert_eq!(kept.one(5 * HOUR, Outcome::Pass), []);
}

#[test]
fn it_takes_so_many_bad_runs_in_a_row() {
    let mut kept = Kept::with(Policy { fail: 3, ..Policy::default() });
    assert_eq!(kept.one(1, Outcome::Warn), []);
    assert_eq!(kept.newest(&verdict_key()).state, IncidentState::Pending);
    assert_eq!(kept.newest(&verdict_key()).opened_at, None);
    assert_eq!(kept.one(2, Outcome::Fail), []);
    assert_eq!(kept.one(3, Outcome::Pass), [], "nobody was told of what was pending");
    assert_eq!(kept.newest(&verdict_key()).resolved_why.as_deref(), Some(NEVER_CONFIRMED));

    assert_eq!(kept.one(4, Outcome::Fail), []);
    assert_eq!(kept.one(5, Outcome::Fail), [], "the row began anew");
    assert_eq!(kept.one(6, Outcome::Fail), [Opened], "it is opened for the first time");
    assert_eq!(kept.states(), [(1, IncidentState::Open)]);
    assert_eq!(kept.newest(&verdict_key()).since, 4);
}

#[test]
fn it_takes_so_many_good_runs_in_a_row() {
    let mut kept = Kept::with(Policy { recover: 3, ..Policy::default() });
    assert_eq!(kept.one(1, Outcome::Fail), [Opened]);
    assert_eq!(kept.one(2, Outcome::Pass), []);
    assert_eq!(kept.one(3, Outcome::Pass), []);
    assert_eq!(kept.newest(&verdict_key()).good, 2);
    assert_eq!(kept.one(4, Outcome::Warn), [Eased], "warn is bad");
    assert_eq!((kept.newest(&verdict_key()).good, kept.newest(&verdict_key()).bad), (0, 1));
    assert_eq!(kept.one(5, Outcome::Pass), []);
    assert_eq!(kept.one(6, Outcome::Pass), []);
    assert_eq!(kept.one(7, Outcome::Pass), [Resolved]);
}

#[test]
fn errors_and_skipped_checks_leave_a_verdict_as_it_is() {
    for neutral in [Outcome::Error, Outcome::Skipped] {
        let mut kept = Kept::with(Policy { fail: 2, recover: 2, errors: 100, ..Policy::default() });
        kept.one(1, Outcome::Fail);
        kept.one(2, neutral);
        let incident = kept.newest(&verdict_key()).clone();
        assert_eq!((incident.state, incident.bad), (IncidentState::Pending, 1), "{neutral:?} does not advance");
        assert_eq!(kept.one(3, Outcome::Fail), [Opened], "{neutral:?} does not interrupt");
        kept.one(4, Outcome::Pass);
        kept.one(5, neutral);
        assert_eq!(kept.newest(&verdict_key()).good, 1, "{neutral:?} does not resolve");
        assert_eq!(kept.one(6, Outcome::Pass), [Resolved]);
    }
}

#[test]
fn two_errors_in_a_row_open_an_incident_of_their_own() {
    let mut kept = Kept::default();
    let error = key("amount.range", Some("amount"), None, IncidentKind::Error);
    assert_eq!(kept.one(1, Outcome::Error), []);
    assert_eq!(kept.newest(&error).state, IncidentState::Pending);
    assert_eq!(kept.one(2, Outcome::Skipped), []);
    assert_eq!(kept.one(3, Outcome::Error), [Opened]);
    assert_eq!(kept.newest(&error).severity, Outcome::Error);
    // it can be evaluated, and is broken: the one is over, the other begins
    let mut events = kept.one(4, Outcome::Fail);
    events.sort();
    assert_eq!(events, [Opened, Resolved]);
    assert_eq!(kept.newest(&error).state, IncidentState::Resolved);
    assert_eq!(kept.newest(&verdict_key()).state, IncidentState::Open);
}

#[test]
fn getting_worse_is_told_and_getting_better_recorded() {
    let mut kept = Kept::default();
    assert_eq!(kept.one(1, Outcome::Warn), [Opened]);
    assert_eq!(kept.one(2, Outcome::Fail), [Worsened]);
    assert_eq!(kept.one(3, Outcome::Fail), []);
    assert_eq!(kept.one(4, Outcome::Warn), [Eased]);
    assert_eq!(kept.one(5, Outcome::Warn), []);
    assert_eq!(kept.one(6, Outcome::Fail), [Worsened]);
    let severities: Vec<Outcome> = kept.events.iter().map(|event| event.severity).collect();
    assert_eq!(severities, [Outcome::Warn, Outcome::Fail, Outcome::Warn, Outcome::Fail]);
}

#[test]
fn an_acknowledgement_ends_when_it_gets_worse() {
    let mut kept = Kept::default();
    kept.one(1, Outcome::Warn);
    kept.incidents[0] = acknowledge(&kept.incidents[0], "mia", Some("on it"), 2).expect("it is open").0;
    assert_eq!(kept.one(3, Outcome::Warn), []);
    assert_eq!(kept.incidents[0].state, IncidentState::Acknowledged);
    assert_eq!(kept.one(4, Outcome::Fail), [Worsened]);
    assert_eq!(kept.incidents[0].state, IncidentState::Open);
    assert_eq!((&kept.incidents[0].acknowledged_by, &kept.incidents[0].note), (&None, &None));

    kept.incidents[0] = acknowledge(&kept.incidents[0], "mia", None, 5).expect("it is open").0;
    assert_eq!(kept.one(6, Outcome::Warn), [Eased]);
    assert_eq!(kept.incidents[0].state, IncidentState::Acknowledged);
    assert_eq!(kept.one(7, Outcome::Pass), [Resolved]);
}

#[test]
fn what_is_bad_again_within_a_day_is_the_same_incident() {
    let mut kept = Kept::default();
    kept.one(0, Outcome::Fail);
    kept.one(HOUR, Outcome::Pass);
    assert_eq!(kept.one(25 * HOUR, Outcome::Warn), [Reopened]);
    let incident = kept.newest(&verdict_key());
    assert_eq!((incident.number, incident.reopened, incident.bad), (1, 1, 1));
    assert_eq!((incident.since, incident.opened_at, incident.resolved_at), (25 * HOUR, Some(25 * HOUR), None));
    assert_eq!(incident.resolved_why, None);

    kept.one(26 * HOUR, Outcome::Pass);
    assert_eq!(kept.one(50 * HOUR + 1, Outcome::Fail), [Opened], "a millisecond too late");
    assert_eq!(kept.states(), [(1, IncidentState::Resolved), (2, IncidentState::Open)]);
}

#[test]
fn an_incident_that_is_pending_again_and_comes_to_nothing_is_over_as_before() {
    let mut kept = Kept::with(Policy { fail: 2, ..Policy::default() });
    kept.one(1, Outcome::Fail);
    kept.one(2, Outcome::Fail);
    kept.one(3, Outcome::Pass);
    assert_eq!(kept.one(HOUR, Outcome::Fail), []);
    assert_eq!(kept.incidents[0].state, IncidentState::Pending);
    assert_eq!(kept.one(2 * HOUR, Outcome::Pass), []);
    let incident = &kept.incidents[0];
    assert_eq!((incident.state, incident.resolved_at), (IncidentState::Resolved, Some(3)));
    assert_eq!((incident.resolved_why.as_deref(), incident.opened_at), (Some(RECOVERED), Some(2)));

    kept.one(3 * HOUR, Outcome::Fail);
    assert_eq!(kept.one(4 * HOUR, Outcome::Fail), [Reopened]);
    assert_eq!((kept.incidents.len(), kept.incidents[0].reopened), (1, 1));
}

#[test]
fn a_run_planned_before_one_that_was_judged_is_history_only() {
    let mut kept = Kept::default();
    kept.one(10, Outcome::Fail);
    let before = kept.incidents.clone();
    let good = || vec![table(vec![check("amount.range", Some("amount"), Outcome::Pass)])];
    assert_eq!(kept.run_planned(9, 20, good()), []);
    assert_eq!(kept.incidents, before);
    assert_eq!(kept.run_planned(10, 21, good()), [Resolved]);
}

#[test]
fn a_hundred_times_within_the_hour_stay_one_number() {
    let mut kept = Kept::default();
    for n in 0..100 {
        let opened = kept.one(n * 36_000, Outcome::Fail);
        assert_eq!(opened, [if n == 0 { Opened } else { Reopened }]);
        assert_eq!(kept.one(n * 36_000 + 18_000, Outcome::Pass), [Resolved]);
    }
    assert_eq!((kept.incidents.len(), kept.incidents[0].reopened), (1, 99));
}

#[test]
fn a_table_that_cannot_be_read_is_one_incident() {
    let unreadable = || {
        let reason = Reason { code: "unreadable".into(), text: "lake/orders: no such file".into() };
        let checks = ["a.range", "b.range"].map(|id| {
            let mut check = check(id, None, Outcome::Error);
            check.verdict.reason = Some(reason.clone());
            check
        });
        let mut table = table(checks.into());
        table.snapshot = None;
        table.reason = Some(reason);
        vec![table]
    };
    let mut kept = Kept::default();
    assert_eq!(kept.run(1, unreadable()), []);
    assert_eq!(kept.run(2, unreadable()), [Opened]);
    assert_eq!(kept.incidents.len(), 1);
    let incident = kept.newest(&key(WHOLE, None, None, IncidentKind::Error));
    assert_eq!(incident.message, "lake/orders: no such file");

    // every check stopped for the same reason, while the table itself could be opened
    let mut stopped = unreadable();
    stopped[0].reason = None;
    assert_eq!(kept.run(3, stopped), []);
    assert_eq!(kept.incidents[0].bad, 3);

    let switched_off = || {
        let mut table = table(vec![check("a.range", None, Outcome::Skipped)]);
        table.snapshot = None;
        vec![table]
    };
    assert_eq!(kept.run(4, switched_off()), [], "nobody tried to read it");
    assert_eq!(kept.run(5, vec![table(vec![check("a.range", None, Outcome::Pass)])]), [Resolved]);
}

#[test]
fn a_check_that_cannot_be_evaluated_is_its_own_incident() {
    let mut kept = Kept::default();
    let tables = || {
        let good = check("b.range", None, Outcome::Pass);
        vec![table(vec![check("a.range", None, Outcome::Error), good])]
    };
    kept.run(1, tables());
    assert_eq!(kept.run(2, tables()), [Opened]);
    assert_eq!(kept.newest(&key("a.range", None, None, IncidentKind::Error)).bad, 2);
    assert_eq!(kept.incidents.len(), 1);
}

#[test]
fn other_documents_are_left_alone() {
    let mut kept = Kept::default();
    let mut other = table(vec![check("amount.range", Some("amount"), Outcome::Fail)]);
    other.table = "gold.sales".into();
    assert_eq!(kept.run(1, vec![other]), []);
    assert_eq!(kept.incidents, []);
}
