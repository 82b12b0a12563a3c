//! What holds whatever happens when: for random runs, acknowledgements, silences, restarts and absences.

use std::collections::BTreeMap;

use assay_core::ops::Millis;
use assay_core::ops::incidents::IncidentState;
use proptest::prelude::*;

use super::book::{inhibit, matching, route, rules};
use super::kit::{Step, Timeline, acknowledged, fails, h, m, passes, s, silenced, spells, timeline, warns};
use super::store::Kept;
use crate::labels_of;
use crate::notification::{Notification, Reason};
use crate::rules::Rules;
use crate::rules::routing::routes_of;

const DOCUMENTS: [&str; 4] = ["gold.revenue", "gold.orders", "silver.orders", "models.eta"];
const CHECKS: [&str; 2] = ["range", "freshness"];
const WAIT: Millis = 30_000;
const INTERVAL: Millis = 300_000;

/// Seconds after the one before, a document, a check, and what happens.
type Happening = (i64, usize, usize, usize);

fn happenings(most: usize) -> impl Strategy<Value = Vec<Happening>> {
    let after = prop_oneof![3 => 0..40_i64, 3 => 40..400_i64, 1 => 400..9_000_i64];
    prop::collection::vec((after, 0..DOCUMENTS.len(), 0..CHECKS.len(), 0..10_usize), 1..most)
}

fn receivers() -> Rules {
    let gold = matching("layer=gold").to("oncall").goes_on().escalate(m(30), "boss");
    let some = matching("layer!=models").tells(&["chat", "mail"]).by(&["layer"]);
    rules(route().to("mail").below(gold).below(some))
}

fn play(rules: Rules, happened: &[Happening], with_silences: bool, also: &[(Millis, Step)]) -> Timeline {
    let mut now = 0;
    let mut played = timeline(rules);
    for (after, document, check, what) in happened {
        now += s(*after);
        let (document, check) = (DOCUMENTS[*document], CHECKS[*check]);
        let step = match what {
            0..=3 => fails(document, check),
            4 => warns(document, check),
            5..=7 => passes(document, check),
            8 if with_silences => silenced("s-1", &format!("check={check},layer=gold"), m(40)),
            8 => fails(document, check),
            _ => acknowledged(document, check),
        };
        played = played.at(now, step);
    }
    let played = also.iter().fold(played, |played, (at, step)| played.at(*at, step.clone()));
    // long enough for everything to come to rest
    let last = also.iter().map(|(at, _)| *at).fold(now, Millis::max);
    played.until(last + h(3))
}

/// What a receiver believes of incidents, from what it was told alone.
#[derive(Debug, Default)]
struct Beliefs(BTreeMap<(String, u64), bool>);

impl Beliefs {
    /// Reads all messages: no opening twice, no end without an opening, but of what was over before it could be told.
    fn read(told: &[Notification], kept: &Kept) -> Result<Beliefs, TestCaseError> {
        let spells = spells(kept);
        let mut beliefs = Beliefs::default();
        for message in told {
            for item in &message.incidents {
                let believed = beliefs.0.entry((message.receiver.clone(), item.number)).or_default();
                match item.news {
                    Some(Reason::Opened | Reason::Reopened | Reason::MuteEnded | Reason::Escalated) => {
                        prop_assert!(!*believed, "opened twice: {message:?}");
                        *believed = true;
                    }
                    Some(Reason::Resolved) => {
                        let long = |(number, opened, over): &(u64, Millis, Option<Millis>)| {
                            *number == item.number && over.is_some_and(|over| over - opened >= WAIT)
                        };
                        let was_long = spells.iter().any(long) || item.reopened >= 2;
                        prop_assert!(*believed || was_long, "an end without an opening: {message:?}");
                        *believed = false;
                    }
                    _ => prop_assert!(*believed, "listed and never told: {message:?}"),
                }
            }
        }
        Ok(beliefs)
    }

    /// In the end everybody believes what is so.
    fn are_true(&self, kept: &Kept, rules: &Rules) -> Result<(), TestCaseError> {
        for incident in &kept.incidents {
            let is_open = matches!(incident.state, IncidentState::Open | IncidentState::Acknowledged);
            let labels = labels_of(&kept.subjects, incident);
            for receiver in routes_of(rules, &labels).iter().flat_map(|route| &route.receivers) {
                let believed = self.0.get(&(receiver.clone(), incident.number)).copied().unwrap_or(false);
                prop_assert_eq!(believed, is_open, "{} of {:?}", receiver, incident);
            }
            let boss = self.0.get(&("boss".to_owned(), incident.number)).copied().unwrap_or(false);
            prop_assert!(is_open || !boss, "who was told of an escalation is told of its end");
        }
        Ok(())
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn nothing_is_lost_and_nothing_told_twice(happened in happenings(40)) {
        let timeline = play(receivers(), &happened, true, &[]);
        let (told, kept) = timeline.play();
        Beliefs::read(&told, &kept)?.are_true(&kept, &receivers())?;
    }

    #[test]
    fn not_even_by_one_that_is_gone_at_times(
        happened in happenings(40),
        gone in prop::collection::vec((0..h(6), 0..h(4)), 1..4),
    ) {
        let steps: Vec<(Millis, Step)> =
            gone.iter().flat_map(|(at, lasts)| [(*at, Step::Stop), (at + lasts, Step::Start)]).collect();
        let timeline = play(receivers(), &happened, true, &steps);
        let (told, kept) = timeline.play();
        Beliefs::read(&told, &kept)?.are_true(&kept, &receivers())?;
    }

    #[test]
    fn a_group_is_told_once_an_interval_unless_something_becomes_worse(happened in happenings(60)) {
        let (told, _) = play(receivers(), &happened, false, &[]).play();
        let mut last: BTreeMap<&str, Millis> = BTreeMap::new();
        for message in &told {
            let is_urgent = message.incidents.iter().any(|item| item.news == Some(Reason::Worsened));
            let before = last.insert(&message.group, message.at);
            prop_assert!(is_urgent || before.is_none_or(|before| message.at - before >= INTERVAL), "{message:?}");
        }
    }

    #[test]
    fn passing_more_often_changes_nothing(
        happened in happenings(30),
        restarts in prop::collection::vec(0..h(8), 1..30),
    ) {
        let rules = inhibit(receivers(), "check=freshness", "check!=freshness", &["contract"], None);
        let (expected, _) = play(rules.clone(), &happened, true, &[]).until(h(8)).play();
        let restarts: Vec<(Millis, Step)> = restarts.into_iter().map(|at| (at, Step::Restart)).collect();
        let (told, _) = play(rules, &happened, true, &restarts).until(h(8)).play();
        prop_assert_eq!(told, expected);
    }

    #[test]
    fn what_is_over_and_told_is_forgotten(happened in happenings(40)) {
        let timeline = play(receivers(), &happened, true, &[]);
        let ends = DOCUMENTS.iter().flat_map(|document| CHECKS.iter().map(move |check| (document, check)));
        let all_over = ends.fold(timeline, |timeline, (document, check)| {
            timeline.at(h(30), passes(document, check)).at(h(32), passes("silver.last", "range"))
        });
        let (_, kept) = all_over.until(h(33)).play();
        let left: Vec<&String> = kept.log.keys().filter(|key| *key != "notifier").collect();
        prop_assert!(left.is_empty(), "{left:?}");
    }
}
