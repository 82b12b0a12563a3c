//! What goes on and off: told that it is open, and once more when it has been quiet for an hour.

use assay_core::ops::Millis;
use proptest::prelude::*;

use super::book::{route, rules};
use super::kit::{Timeline, fails, h, m, passes, s, timeline, wants};
use crate::notification::Notification;
use crate::notification::Reason::{Opened, Resolved};

fn mail() -> Timeline {
    timeline(rules(route().to("mail")))
}

/// On and off at these times, in turn.
fn switching(start: Timeline, times: impl IntoIterator<Item = Millis>) -> Timeline {
    let steps = times.into_iter().enumerate();
    steps.fold(start, |timeline, (place, at)| {
        let step = if place % 2 == 0 { fails("gold.revenue", "range") } else { passes("gold.revenue", "range") };
        timeline.at(at, step)
    })
}

/// A hundred times in an hour, open for so many of 36 seconds.
fn hundred(open: Millis, phase: Millis) -> Vec<Notification> {
    let times = (0..100).flat_map(|n| [n * s(36) + phase, n * s(36) + phase + open]);
    switching(mail(), times).until(h(12)).play().0
}

#[test]
fn a_hundred_times_in_an_hour_are_two_messages() {
    for open in [s(1), s(6), s(18), s(29), s(30), s(31), s(35)] {
        for phase in [0, s(7), s(29)] {
            let told = hundred(open, phase);
            assert_eq!(told.len(), 2, "{open} {phase}");
            assert!(told[0].is_open && told[0].at < told[1].at - h(1) && !told[1].is_open);
            assert_eq!(told[1].reason, Resolved);
        }
    }
}

#[test]
fn what_is_closed_whenever_it_could_be_told_is_told_nevertheless() {
    // open for five seconds of every minute, for half an hour
    let times = (0..30).flat_map(|n| [m(n), m(n) + s(5)]);
    switching(mail(), times)
        .between(m(2) + s(30), m(2) + s(30), wants("mail", Opened, &["gold.revenue/range"]))
        .between(m(29) + h(1), m(29) + h(1), wants("mail", Resolved, &["-gold.revenue/range"]))
        .holds();
}

#[test]
fn what_flaps_says_so_and_counts_as_open() {
    let times = [m(0), m(10), m(11), m(12), m(13), m(14)];
    let (told, _) = switching(mail(), times).until(h(1)).play();
    let last = told.last().expect("a message");
    assert!(last.is_open && last.incidents[0].is_flapping, "{last:?}");
    assert_eq!(last.incidents[0].resolved_at, None);
}

#[test]
fn what_is_open_when_it_no_longer_flaps_ends_as_any_other() {
    let times = [m(0), m(1), m(2), m(3), m(4), h(2)];
    switching(mail(), times)
        .between(s(30), s(30), wants("mail", Opened, &["gold.revenue/range"]))
        .between(h(2), h(2) + s(30), wants("mail", Resolved, &["-gold.revenue/range"]))
        .holds();
}

#[test]
fn twice_in_an_hour_is_not_flapping() {
    let times = [m(0), m(10), m(20), m(30)];
    switching(mail(), times)
        .between(s(30), s(30), wants("mail", Opened, &["gold.revenue/range"]))
        .between(m(10), m(10) + s(30), wants("mail", Resolved, &["-gold.revenue/range"]))
        .between(m(20), m(20) + s(30), wants("mail", crate::notification::Reason::Reopened, &["gold.revenue/range"]))
        .between(m(30), m(30) + s(30), wants("mail", Resolved, &["-gold.revenue/range"]))
        .holds();
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// A hundred times, whatever the rhythm: no opening is more than a minute and a half from the next.
    #[test]
    fn any_rhythm_is_two_messages(pairs in prop::collection::vec((s(1)..s(45), s(1)..s(45)), 100), wait in 0..s(60)) {
        let mut now = 0;
        let mut times = Vec::new();
        for (open, closed) in pairs {
            times.extend([now, now + open]);
            now += open + closed;
        }
        let rules = rules(route().to("mail").wait(wait));
        let (told, _) = switching(timeline(rules), times).until(h(12)).play();
        prop_assert_eq!(told.len(), 2);
        prop_assert!(told[0].is_open && !told[1].is_open);
    }

    /// However slow it begins: nobody hears of it more than twice before it counts as flapping.
    #[test]
    fn any_times_are_four_messages_at_most(times in prop::collection::btree_set(0..h(1), 200)) {
        let (told, _) = switching(mail(), times).until(h(12)).play();
        prop_assert!((1..=4).contains(&told.len()), "{}", told.len());
        prop_assert!(!told[told.len() - 1].is_open);
    }
}
