//! What becomes of instants: each case by name.

use assay_core::ops::runs::{RunState, Trigger};
use assay_core::ops::settings::Catchup;

use super::*;
use crate::schedule::due::{MOST_CAUGHT_UP, MOST_DUE};
use crate::schedule::{Decision, Due, Policy, Subject, decide};

const NOON: &str = "2026-05-04T12:00Z";

fn policy(catchup: Catchup) -> Policy {
    Policy { catchup, window: DAY, kept: 30 * DAY }
}

fn subject<'a>(timetable: &'a Timetable, cursor: Option<Millis>) -> Subject<'a> {
    Subject { document: "orders", timetable, enabled: true, jitter: 0, cursor, since: None }
}

/// `12:00 queued schedule`, ...
fn told(decision: &Decision) -> Vec<String> {
    let told = |due: &Due| {
        let reason = due.reason.as_ref().map_or(due.trigger.name(), |reason| reason.code.as_str());
        format!("{} {} {reason}", &shown(due.planned)[11..16], due.state.name())
    };
    decision.due.iter().map(told).collect()
}

fn counted(decision: &Decision, state: RunState, trigger: Trigger) -> usize {
    decision.due.iter().filter(|due| due.state == state && due.trigger == trigger).count()
}

#[test]
fn an_instant_that_has_come_is_queued_on_time() {
    let five = timetable("*/5 * * * *", "UTC");
    let subject = Subject { jitter: 30 * SECOND, ..subject(&five, Some(at("2026-05-04T11:55Z"))) };
    let before = decide(&subject, &policy(Catchup::Latest), at(NOON) - 1);
    assert_eq!((told(&before), before.next), (vec![], Some(at(NOON))));
    let decision = decide(&subject, &policy(Catchup::Latest), at(NOON));
    assert_eq!(told(&decision), ["12:00 queued schedule"]);
    assert_eq!((decision.cursor, decision.more), (at(NOON), false));
    assert_eq!(decision.next, Some(at("2026-05-04T12:05Z")));
    let jitter = decision.due[0].not_before - at(NOON);
    assert!((0..=30 * SECOND).contains(&jitter), "{jitter}");
    assert!(!decision.due[0].overlaps);
    // dealt with
    let again = Subject { cursor: Some(decision.cursor), ..subject };
    assert_eq!(decide(&again, &policy(Catchup::Latest), at(NOON) + SECOND).due, []);
}

#[test]
fn an_instant_is_missed_after_its_interval_or_ten_minutes() {
    let none = policy(Catchup::None);
    let daily = timetable("@daily", "UTC");
    let midnight = at("2026-05-05T00:00Z");
    let yesterday = subject(&daily, Some(midnight - DAY));
    assert_eq!(told(&decide(&yesterday, &none, midnight + 10 * MINUTE - 1)), ["00:00 queued schedule"]);
    assert_eq!(told(&decide(&yesterday, &none, midnight + 10 * MINUTE)), ["00:00 missed missed"]);
    let minutes = timetable("* * * * *", "UTC");
    let last = subject(&minutes, Some(at(NOON) - MINUTE));
    assert_eq!(told(&decide(&last, &none, at(NOON) + MINUTE - 1)), ["12:00 queued schedule"]);
    assert_eq!(
        told(&decide(&last, &none, at(NOON) + MINUTE)),
        ["12:00 missed missed", "12:01 queued schedule"],
        "the next one is due"
    );
}

#[test]
fn the_newest_missed_instant_is_caught_up_and_the_others_are_missed() {
    let hourly = timetable("0 * * * *", "UTC");
    let subject = subject(&hourly, Some(at("2026-05-04T06:00Z")));
    let now = at("2026-05-04T09:30Z");
    let decision = decide(&subject, &policy(Catchup::Latest), now);
    assert_eq!(told(&decision), ["07:00 missed missed", "08:00 missed missed", "09:00 queued catch_up"]);
    assert_eq!(decision.cursor, at("2026-05-04T09:00Z"));
    let begins = decision.due[2].not_before;
    assert!((now..=now + 5 * MINUTE).contains(&begins), "{begins}");
    let decision = decide(&subject, &policy(Catchup::None), now);
    assert_eq!(told(&decision), ["07:00 missed missed", "08:00 missed missed", "09:00 missed missed"]);
    let decision = decide(&subject, &policy(Catchup::All), now);
    assert_eq!(told(&decision), ["07:00 queued catch_up", "08:00 queued catch_up", "09:00 queued catch_up"]);
    assert!(decision.due.iter().all(|due| due.overlaps && due.not_before == begins), "oldest first, by their instants");
}

#[test]
fn one_that_is_on_time_after_an_outage_stands_for_the_newest_missed_one() {
    let hourly = timetable("0 * * * *", "UTC");
    let subject = subject(&hourly, Some(at("2026-05-04T07:00Z")));
    let now = at("2026-05-04T09:05Z");
    let decision = decide(&subject, &policy(Catchup::Latest), now);
    assert_eq!(told(&decision), ["08:00 missed missed", "09:00 queued schedule"]);
    assert!((now..=now + 5 * MINUTE).contains(&decision.due[1].not_before), "spread like what is caught up");
    let decision = decide(&subject, &policy(Catchup::All), now);
    assert_eq!(told(&decision), ["08:00 queued catch_up", "09:00 queued schedule"]);
    assert!(decision.due.iter().all(|due| due.overlaps), "none is skipped for the other");
    let begins: Vec<Millis> = decision.due.iter().map(|due| due.not_before).collect();
    assert!(begins[0] <= begins[1], "{begins:?}");
}

#[test]
fn what_is_older_than_the_window_is_not_caught_up() {
    let daily = timetable("0 6 * * *", "UTC");
    let subject = subject(&daily, Some(at("2026-05-01T06:00Z")));
    let six = at("2026-05-02T06:00Z");
    let last = |now: Millis, window: Millis, catchup: Catchup| {
        told(&decide(&subject, &Policy { window, ..policy(catchup) }, now)).pop().unwrap_or_default()
    };
    assert_eq!(last(six + DAY - MINUTE, DAY, Catchup::Latest), "06:00 queued catch_up");
    assert_eq!(last(six + HOUR, HOUR, Catchup::Latest), "06:00 queued catch_up");
    assert_eq!(last(six + HOUR + 1, HOUR, Catchup::Latest), "06:00 missed missed");
    assert_eq!(last(six + HOUR + 1, HOUR, Catchup::All), "06:00 missed missed");
    assert_eq!(last(six + HOUR, 0, Catchup::Latest), "06:00 missed missed");
}

#[test]
fn all_is_a_hundred_at_most_of_those_within_the_window() {
    let five = timetable("*/5 * * * *", "UTC");
    let now = at(NOON) + 4 * MINUTE;
    let subject = subject(&five, Some(now - 3 * DAY));
    let decision = decide(&subject, &policy(Catchup::All), now);
    assert_eq!(decision.due.len(), 864);
    assert_eq!(counted(&decision, RunState::Queued, Trigger::CatchUp), MOST_CAUGHT_UP);
    assert_eq!(counted(&decision, RunState::Queued, Trigger::Schedule), 1);
    let queued = &decision.due[864 - MOST_CAUGHT_UP - 1..];
    assert!(queued.iter().all(|due| due.state == RunState::Queued), "the newest");
    assert!(queued.windows(2).all(|two| two[0].planned < two[1].planned));
    let narrow = decide(&subject, &Policy { window: HOUR, ..policy(Catchup::All) }, now);
    assert_eq!(counted(&narrow, RunState::Queued, Trigger::CatchUp), 11, "11:05 to 11:55");
}

#[test]
fn six_hours_without_a_daemon_give_one_run_of_each_document_spread() {
    let five = timetable("*/5 * * * *", "Europe/Paris");
    let now = at(NOON) + 2 * MINUTE;
    let mut begins = Vec::new();
    for number in 0..100 {
        let document = format!("table_{number}");
        let subject = Subject { document: &document, ..subject(&five, Some(at("2026-05-04T06:00Z"))) };
        let decision = decide(&subject, &policy(Catchup::Latest), now);
        let (missed, queued) = decision.due.split_at(71);
        assert!(missed.iter().all(|due| due.state == RunState::Missed));
        let [only] = queued else { panic!("{queued:?}") };
        assert_eq!(only.state, RunState::Queued);
        begins.push(only.not_before - now);
        assert_eq!(decide(&subject, &policy(Catchup::Latest), now), decision, "always the same");
    }
    begins.sort_unstable();
    assert!(begins[0] >= 0 && begins[99] <= 150 * SECOND, "half of the interval: {begins:?}");
    for quarter in begins.chunks(25) {
        assert!(quarter[24] - quarter[0] < 80 * SECOND, "evenly: {begins:?}");
    }
}

#[test]
fn jitter_is_never_more_than_half_of_the_interval() {
    let minutes = timetable("* * * * *", "UTC");
    for number in 0..200 {
        let document = format!("table_{number}");
        let cursor = Some(at(NOON) - MINUTE);
        let subject = Subject { document: &document, jitter: DAY, ..subject(&minutes, cursor) };
        let decision = decide(&subject, &policy(Catchup::Latest), at(NOON));
        assert!((at(NOON)..=at(NOON) + 30 * SECOND).contains(&decision.due[0].not_before));
    }
}

#[test]
fn a_new_document_has_missed_nothing() {
    let five = timetable("*/5 * * * *", "UTC");
    let now = at(NOON) + MINUTE;
    let decision = decide(&subject(&five, None), &policy(Catchup::All), now);
    assert_eq!((told(&decision), decision.cursor), (vec![], now));
    assert_eq!(decision.next, Some(at("2026-05-04T12:05Z")));
    // loaded a moment before the instant, looked at a moment after it
    let loaded = Subject { since: Some(at(NOON) - 5), ..subject(&five, None) };
    assert_eq!(told(&decide(&loaded, &policy(Catchup::All), at(NOON) + 5)), ["12:00 queued schedule"]);
}

#[test]
fn a_denser_schedule_has_missed_nothing_before_it_was_known() {
    let five = timetable("*/5 * * * *", "America/New_York");
    let cursor = Some(at("2026-05-03T06:00Z"));
    let changed = Subject { since: Some(at(NOON) - MINUTE), ..subject(&five, cursor) };
    let decision = decide(&changed, &policy(Catchup::All), at(NOON));
    assert_eq!(told(&decision), ["12:00 queued schedule"]);
    let quiet = decide(&changed, &policy(Catchup::All), at(NOON) - SECOND);
    assert_eq!((told(&quiet), quiet.cursor), (vec![], at(NOON) - MINUTE), "also without `since` from now on");
    // what was dealt with stays so
    let cursor = Some(at(NOON));
    let old = Subject { since: Some(at(NOON) - HOUR), ..subject(&five, cursor) };
    assert_eq!(decide(&old, &policy(Catchup::All), at(NOON)).due, []);
}

#[test]
fn a_disabled_document_is_skipped() {
    let hourly = timetable("0 * * * *", "UTC");
    let disabled = Subject { enabled: false, ..subject(&hourly, Some(at("2026-05-04T10:00Z"))) };
    let decision = decide(&disabled, &policy(Catchup::All), at(NOON));
    assert_eq!(told(&decision), ["11:00 skipped disabled", "12:00 skipped disabled"]);
    assert_eq!(decision.cursor, at(NOON));
}

#[test]
fn a_clock_set_back_repeats_nothing_and_waits() {
    let five = timetable("*/5 * * * *", "UTC");
    let now = at(NOON) - 2 * HOUR - MINUTE;
    for since in [None, Some(at(NOON) + HOUR)] {
        let subject = Subject { since, ..subject(&five, Some(at(NOON))) };
        let decision = decide(&subject, &policy(Catchup::All), now);
        assert_eq!((told(&decision), decision.cursor), (vec![], at(NOON)));
        assert_eq!(decision.next, Some(at(NOON) + 5 * MINUTE));
    }
}

#[test]
fn a_long_outage_comes_in_chunks_and_is_caught_up_once() {
    let minutes = timetable("* * * * *", "Europe/Paris");
    let now = at(NOON) + 30 * SECOND;
    let (mut cursor, mut states, mut chunks) = (now - 20 * DAY, Vec::new(), 0);
    loop {
        let decision = decide(&subject(&minutes, Some(cursor)), &policy(Catchup::All), now);
        assert!(decision.due.len() <= MOST_DUE);
        assert_eq!(decision.due.last().map(|due| due.planned), Some(decision.cursor));
        states.extend(decision.due.into_iter().map(|due| (due.planned, due.state, due.trigger)));
        (cursor, chunks) = (decision.cursor, chunks + 1);
        if !decision.more {
            break;
        }
        assert_eq!(decision.next, Some(now));
    }
    assert!(chunks > 28, "{chunks}");
    assert_eq!(states.len(), 20 * 1440);
    assert!(states.windows(2).all(|two| two[1].0 - two[0].0 == MINUTE), "none twice, none left out");
    let caught_up =
        states.iter().filter(|(_, state, trigger)| (*state, *trigger) == (RunState::Queued, Trigger::CatchUp));
    assert_eq!(caught_up.count(), MOST_CAUGHT_UP);
    assert_eq!(states.last(), Some(&(at(NOON), RunState::Queued, Trigger::Schedule)));
}

#[test]
fn where_chunks_end_does_not_matter_to_what_is_caught_up() {
    let minutes = timetable("* * * * *", "UTC");
    let now = at(NOON) + 30 * SECOND;
    for instants in [MOST_DUE as i64 - 1, 1_000, 1_001, 1_002, 1_099, 1_101, 1_150] {
        for (catchup, most) in [(Catchup::All, MOST_CAUGHT_UP), (Catchup::Latest, 0)] {
            let mut cursor = at(NOON) - instants * MINUTE;
            let (mut count, mut caught_up, mut more) = (0, 0, true);
            while more {
                let decision = decide(&subject(&minutes, Some(cursor)), &policy(catchup), now);
                assert!(decision.due.len() <= MOST_DUE);
                count += decision.due.len() as i64;
                caught_up += counted(&decision, RunState::Queued, Trigger::CatchUp);
                (cursor, more) = (decision.cursor, decision.more);
            }
            assert_eq!((count, caught_up), (instants, most), "{instants} {catchup:?}");
        }
    }
}

#[test]
fn instants_older_than_what_is_kept_are_passed_over() {
    // a machine that began in 1970, until it learnt the time
    let minutes = timetable("* * * * *", "UTC");
    let decision = decide(&subject(&minutes, Some(0)), &policy(Catchup::Latest), at(NOON));
    assert_eq!(decision.passed_over_from, Some(0));
    assert_eq!(decision.due[0].planned, at(NOON) - 30 * DAY + MINUTE);
    let next = decide(&subject(&minutes, Some(decision.cursor)), &policy(Catchup::Latest), at(NOON));
    assert_eq!(next.passed_over_from, None);
    let oldest = at(NOON) - 30 * DAY;
    let from = |cursor: Millis| decide(&subject(&minutes, Some(cursor)), &policy(Catchup::Latest), at(NOON));
    assert_eq!(from(oldest - MINUTE).passed_over_from, Some(oldest - MINUTE));
    assert_eq!(from(oldest).passed_over_from, None);
    // nothing is lost of a schedule that had nothing then
    let yearly = timetable("@yearly", "UTC");
    let decision = decide(&subject(&yearly, Some(at("2026-01-01T00:00Z"))), &policy(Catchup::Latest), at(NOON));
    assert_eq!((decision.passed_over_from, decision.due.len()), (None, 0));
}

#[test]
fn times_at_the_ends_of_the_range_are_no_problem() {
    for cron in ["* * * * *", "0 0 29 2 *"] {
        let timetable = timetable(cron, "Pacific/Apia");
        for now in [Millis::MIN, -1, 0, Millis::MAX] {
            for cursor in [None, Some(Millis::MIN), Some(0), Some(Millis::MAX)] {
                let kept = Policy { kept: Millis::MAX, window: Millis::MAX, catchup: Catchup::All };
                for policy in [policy(Catchup::Latest), kept] {
                    let subject = Subject { since: Some(now), jitter: Millis::MAX, ..subject(&timetable, cursor) };
                    let decision = decide(&subject, &policy, now);
                    assert!(decision.due.iter().all(|due| due.planned <= now));
                }
            }
        }
    }
}
