//! What holds of all schedules, zones and patterns of calls.

use std::collections::BTreeMap;

use assay_core::ops::runs::{RunState, Trigger};
use assay_core::ops::settings::Catchup;
use chrono::{Datelike, TimeZone, Timelike};
use chrono_tz::{TZ_VARIANTS, Tz};
use proptest::prelude::*;

use super::*;
use crate::schedule::due::MOST_CAUGHT_UP;
use crate::schedule::{Policy, Subject, decide};

/// A field: any, a step, a number, a range or a list, of numbers from `least` to `most`.
fn field(least: u32, most: u32) -> impl Strategy<Value = String> {
    let number = least..=most;
    prop_oneof![
        3 => Just("*".to_owned()),
        1 => (1..=most).prop_map(|step| format!("*/{step}")),
        2 => number.clone().prop_map(|one| one.to_string()),
        1 => (number.clone(), number.clone()).prop_map(|(a, b)| format!("{}-{}", a.min(b), a.max(b))),
        1 => (number.clone(), number.clone(), number).prop_map(|(a, b, c)| format!("{a},{b},{c}")),
    ]
}

fn cron() -> impl Strategy<Value = (String, Cron)> {
    let fields = (field(0, 59), field(0, 23), field(1, 31), field(1, 12), field(0, 6));
    let text =
        fields.prop_map(|(minute, hour, day, month, weekday)| format!("{minute} {hour} {day} {month} {weekday}"));
    text.prop_filter_map("never fires", |text| Cron::parse(&text).ok().map(|cron| (text, cron)))
}

/// Any zone, more often one whose clocks change.
fn zone() -> impl Strategy<Value = Tz> {
    let changing = ["Europe/Paris", "Australia/Lord_Howe", "Africa/Cairo", "America/Sao_Paulo", "Pacific/Apia"];
    let changing: Vec<Tz> = changing.iter().filter_map(|name| name.parse().ok()).collect();
    prop_oneof![prop::sample::select(changing), prop::sample::select(TZ_VARIANTS.to_vec())]
}

/// 1975 to 2095, to the millisecond.
fn instant() -> impl Strategy<Value = Millis> {
    157_766_400_000..3_944_678_400_000_i64
}

/// What a wall clock shows matches, or is the end of a gap.
fn is_of(cron: &Cron, zone: Tz, instant: Millis) -> bool {
    let local = zone.timestamp_millis_opt(instant).single().expect("an instant");
    let (day, weekday) = (local.day(), local.weekday().num_days_from_sunday());
    let after_gap = || {
        let before = zone.timestamp_millis_opt(instant - 1).single().expect("an instant").naive_local();
        (local.naive_local() - before).num_seconds() > 1
    };
    let matches = cron.fires_at(local.month(), day, weekday, local.hour(), local.minute()) && local.second() == 0;
    matches || (!cron.hours_are_any() && after_gap())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    #[test]
    fn instants_go_up_and_are_the_schedules((text, cron) in cron(), zone in zone(), from in instant()) {
        let timetable = Timetable::new(&cron, zone);
        let first: Vec<Millis> = timetable.between(from, Millis::MAX).take(40).collect();
        let mut last = from;
        for instant in &first {
            prop_assert!(*instant > last, "{text} {zone} {}", shown(*instant));
            prop_assert!(is_of(&cron, zone, *instant), "{text} {zone} {}", shown(*instant));
            // the same from anywhere before it, and nothing between
            prop_assert_eq!(timetable.next_after(last + (*instant - last) / 2), Some(*instant));
            prop_assert_eq!(timetable.next_after(*instant - 1), Some(*instant));
            last = *instant;
        }
    }

    #[test]
    fn no_minute_is_left_out((text, cron) in cron(), zone in zone(), from in instant()) {
        let timetable = Timetable::new(&cron, zone);
        let begin = from - from.rem_euclid(MINUTE);
        let fired: Vec<Millis> = timetable.between(begin - 1, begin + DAY).collect();
        for minute in 0..=1440 {
            let instant = begin + minute * MINUTE;
            let local = zone.timestamp_millis_opt(instant).single().expect("an instant");
            // repeated ones of fixed hours fire the first time only
            let again = zone.from_local_datetime(&local.naive_local()).latest() == Some(local)
                && zone.from_local_datetime(&local.naive_local()).earliest() != Some(local);
            let weekday = local.weekday().num_days_from_sunday();
            let due = local.second() == 0
                && cron.fires_at(local.month(), local.day(), weekday, local.hour(), local.minute())
                && (cron.hours_are_any() || !again);
            prop_assert!(!due || fired.binary_search(&instant).is_ok(), "{text} {zone} {}", shown(instant));
        }
    }

    /// A daemon that comes and goes, is slow, has its clock turned, loses what it did not write, writes what it knows.
    #[test]
    fn every_instant_gets_one_state_whatever_the_calls(
        (text, cron) in cron(),
        zone in zone(),
        begin in instant(),
        pauses in prop::collection::vec(prop_oneof![
            4 => 0..2 * MINUTE,
            3 => 0..2 * HOUR,
            1 => 0..3 * DAY,
            1 => -HOUR..0,
        ], 1..30),
        lost in prop::collection::vec(prop::bool::weighted(0.2), 30),
        catchup in prop::sample::select(vec![Catchup::Latest, Catchup::All, Catchup::None]),
        window in prop::sample::select(vec![0, HOUR, DAY]),
        jitter in 0..10 * MINUTE,
    ) {
        let timetable = Timetable::new(&cron, zone);
        let policy = Policy { catchup, window, kept: 400 * DAY };
        let (mut cursor, mut now) = (begin, begin);
        let mut states: BTreeMap<Millis, (RunState, Trigger)> = BTreeMap::new();
        // at last the clock is right, and all is written
        let calls = pauses.into_iter().zip(lost).chain([(DAY, false)]);
        for (pause, is_lost) in calls {
            now += pause;
            let mut more = true;
            while more {
                let cursor_now = Some(cursor);
                let subject =
                    Subject { document: &text, timetable: &timetable, enabled: true, jitter, cursor: cursor_now, since: None };
                let decision = decide(&subject, &policy, now);
                prop_assert!(decision.due.len() <= crate::schedule::due::MOST_DUE);
                prop_assert!(decision.next.is_none_or(|next| next >= now));
                if is_lost {
                    break;
                }
                more = decision.more;
                prop_assert!(decision.cursor >= cursor);
                cursor = decision.cursor;
                let caught_up = decision.due.iter().filter(|due| due.trigger == Trigger::CatchUp).count();
                let most = match catchup { Catchup::None => 0, Catchup::Latest => 1, Catchup::All => MOST_CAUGHT_UP };
                prop_assert!(caught_up <= most);
                let queued = decision.due.iter().filter(|due| due.state == RunState::Queued);
                prop_assert!(catchup == Catchup::All || queued.clone().count() <= 1);
                for due in queued {
                    let oldest = if due.trigger == Trigger::CatchUp { window } else { 10 * MINUTE };
                    prop_assert!(now - due.planned <= oldest);
                    prop_assert!(due.not_before >= due.planned && due.not_before <= now + 10 * MINUTE);
                }
                for due in decision.due {
                    prop_assert!(due.planned <= now);
                    let before = states.insert(due.planned, (due.state, due.trigger));
                    prop_assert_eq!(before, None, "{} {} twice: {}", text, zone, shown(due.planned));
                }
            }
        }
        // those that were decided while the clock was ahead are among them
        let expected: Vec<Millis> = timetable.between(begin, now.max(cursor)).collect();
        prop_assert_eq!(states.into_keys().collect::<Vec<_>>(), expected);
    }
}
