//! What holds for every sequence of runs.

use std::collections::{BTreeMap, BTreeSet};

use assay_core::ops::Millis;
use assay_core::ops::incidents::{EventKind, Incident, IncidentKey, IncidentKind, IncidentState};
use assay_core::run::TableRecord;
use assay_core::verdict::Outcome;
use proptest::prelude::*;

use super::support::{Kept, check, table, verdict_key};
use crate::{Policy, acknowledge};

const OUTCOMES: [Outcome; 5] = [Outcome::Pass, Outcome::Skipped, Outcome::Warn, Outcome::Fail, Outcome::Error];

/// How long after the one before, the outcomes of two checks, and whether somebody acknowledges afterwards.
type Run = (Millis, usize, usize, bool);

fn runs() -> impl Strategy<Value = Vec<Run>> {
    let minutes = prop_oneof![4 => 1..120_i64, 1 => 1_000..3_000_i64];
    prop::collection::vec((minutes.prop_map(|minutes| minutes * 60_000), 0..5_usize, 0..5_usize, any::<bool>()), 1..60)
}

fn policies() -> impl Strategy<Value = Policy> {
    (1..4_u32, 1..4_u32, 1..4_u32).prop_map(|(fail, recover, errors)| Policy {
        fail,
        recover,
        errors,
        ..Policy::default()
    })
}

fn tables(first: Outcome, second: Outcome) -> Vec<TableRecord> {
    vec![table(vec![check("amount.range", Some("amount"), first), check("volume", None, second)])]
}

/// Bad and good runs in a row of a key, told from the outcomes alone.
#[derive(Debug, Default, Clone, Copy)]
struct Row {
    bad: u32,
    good: u32,
}

impl Row {
    fn count(&mut self, outcome: Outcome) {
        match outcome {
            Outcome::Pass => *self = Row { bad: 0, good: self.good + 1 },
            Outcome::Warn | Outcome::Fail => *self = Row { bad: self.bad + 1, good: 0 },
            Outcome::Skipped | Outcome::Error => {}
        }
    }
}

fn is_open(incident: &Incident) -> bool {
    matches!(incident.state, IncidentState::Open | IncidentState::Acknowledged)
}

proptest! {
    #[test]
    fn incidents_stand_as_their_outcomes_say(runs in runs(), policy in policies()) {
        let mut kept = Kept::with(policy);
        let mut now = 0;
        let mut row = Row::default();
        for (after, first, second, acknowledges) in runs {
            now += after;
            let (first, second) = (OUTCOMES[first], OUTCOMES[second]);
            let before: BTreeMap<u64, Incident> =
                kept.incidents.iter().map(|incident| (incident.number, incident.clone())).collect();
            let n_events = kept.events.len();
            kept.run(now, tables(first, second));
            row.count(first);

            // at most one of each key is not over
            let mut unresolved: BTreeSet<&IncidentKey> = BTreeSet::new();
            for incident in kept.incidents.iter().filter(|incident| incident.state != IncidentState::Resolved) {
                prop_assert!(unresolved.insert(&incident.key), "two of {:?}", incident.key);
            }

            // the rows are those of the outcomes
            if let Some(incident) = kept.incidents.iter().rev().find(|incident| incident.key == verdict_key()) {
                prop_assert_eq!(incident.bad, row.bad);
                prop_assert_eq!(incident.state == IncidentState::Pending, row.bad > 0 && !is_open(incident));
                prop_assert!(!is_open(incident) || row.good < policy.recover);
                prop_assert!(is_open(incident) || row.bad < policy.fail);
                prop_assert_eq!(incident.resolved_at.is_some(), incident.resolved_why.is_some());
                prop_assert!(!is_open(incident) || (incident.opened_at.is_some() && incident.resolved_at.is_none()));
                prop_assert!(incident.since <= now && incident.planned <= now);
            }

            // every event is a change of state or severity, and the other way round
            for event in &kept.events[n_events..] {
                let incident = &kept.incidents[event.incident as usize - 1];
                let old = before.get(&event.incident);
                let (was_open, severity) = old.map_or((false, None), |old| (is_open(old), Some(old.severity)));
                match event.kind {
                    EventKind::Opened => prop_assert!(!was_open && is_open(incident) && incident.reopened == 0),
                    EventKind::Reopened => {
                        prop_assert!(!was_open && is_open(incident));
                        prop_assert_eq!(Some(incident.reopened), old.map(|old| old.reopened + 1));
                    }
                    EventKind::Worsened => {
                        prop_assert!(was_open && incident.state == IncidentState::Open);
                        prop_assert!(severity < Some(incident.severity));
                    }
                    EventKind::Eased => prop_assert!(was_open && severity > Some(incident.severity)),
                    EventKind::Resolved => prop_assert!(was_open && incident.state == IncidentState::Resolved),
                    EventKind::Acknowledged => prop_assert!(false, "nobody acknowledges in a run"),
                }
            }
            for incident in &kept.incidents {
                let was_open = before.get(&incident.number).is_some_and(is_open);
                let events = kept.events[n_events..].iter().filter(|event| event.incident == incident.number).count();
                prop_assert!(events <= 1);
                prop_assert!(was_open == is_open(incident) || events == 1, "a change that is not told");
            }

            for incident in &mut kept.incidents {
                if acknowledges && let Some((acknowledged, _)) = acknowledge(incident, "mia", None, now) {
                    *incident = acknowledged;
                }
            }
        }
    }

    #[test]
    fn a_new_number_needs_a_day_of_rest(runs in runs(), policy in policies()) {
        let mut kept = Kept::with(policy);
        let mut now = 0;
        for (after, first, second, _) in runs {
            now += after;
            let before = kept.incidents.clone();
            kept.run(now, tables(OUTCOMES[first], OUTCOMES[second]));
            for incident in &kept.incidents[before.len()..] {
                for old in before.iter().filter(|old| old.key == incident.key) {
                    prop_assert_eq!(old.state, IncidentState::Resolved);
                    prop_assert!(old.resolved_at.is_some_and(|over| now - over > policy.reopen));
                }
            }
        }
    }

    #[test]
    fn an_earlier_run_changes_nothing(runs in runs(), first in 0..5_usize, second in 0..5_usize) {
        let mut kept = Kept::default();
        let mut now = 0;
        for (after, first, second, _) in runs {
            now += after;
            kept.run(now, tables(OUTCOMES[first], OUTCOMES[second]));
        }
        let before = kept.incidents.clone();
        let newest = before.iter().map(|incident| incident.planned).max();
        prop_assume!(newest.is_some());
        kept.run_planned(newest.unwrap_or(0) - 1, now + 1, tables(OUTCOMES[first], OUTCOMES[second]));
        prop_assert_eq!(kept.incidents, before);
    }

    #[test]
    fn verdicts_and_errors_have_keys_of_their_own(runs in runs()) {
        let mut kept = Kept::default();
        let mut now = 0;
        for (after, first, second, _) in runs {
            now += after;
            kept.run(now, tables(OUTCOMES[first], OUTCOMES[second]));
            for incident in &kept.incidents {
                let is_error = incident.severity == Outcome::Error;
                prop_assert_eq!(incident.key.kind == IncidentKind::Error, is_error);
            }
        }
    }
}
