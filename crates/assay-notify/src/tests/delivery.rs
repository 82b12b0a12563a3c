//! What a try means for its message.

use assay_core::ops::Millis;
use assay_core::ops::outbox::{Delivery, Message, MessageState};
use proptest::prelude::*;

use crate::delivery::{DELAYS, LONGEST_AFTER, MOST_TRIES, Next, after, delay, is_wanted, next};
use crate::receivers::Tried;

const NOON: Millis = 1_795_262_400_000;
const HOUR: Millis = 3_600_000;

fn message(id: &str) -> Message {
    Message {
        id: id.into(),
        group: "{}:{}|ops".into(),
        receiver: "ops".into(),
        target: String::new(),
        integration: "webhook".into(),
        reason: "opened".into(),
        body: "{}".into(),
        incidents: vec![1],
        created_at: NOON,
        state: MessageState::Waiting,
        attempts: 0,
        next_at: NOON,
        last_error: None,
        ended_at: None,
    }
}

fn retry(after: Option<Millis>) -> Tried {
    Tried::Retry { error: "the answer was 503".into(), after }
}

/// Fails until it is given up; gives the instants of the tries and the end.
fn failing(id: &str) -> (Vec<Millis>, Delivery) {
    let mut message = message(id);
    let mut tries = Vec::new();
    loop {
        tries.push(message.next_at);
        match after(&message, retry(None), message.next_at) {
            Delivery::Retry { next_at, .. } => {
                message.attempts += 1;
                message.next_at = next_at;
            }
            end => return (tries, end),
        }
    }
}

#[test]
fn what_fails_is_tried_ten_times_over_75_h_35_min_5_s_and_then_given_up() {
    let whole = (75 * 60 + 35) * 60_000 + 5_000;
    assert_eq!(DELAYS.iter().sum::<Millis>(), whole);
    let mut totals = Vec::new();
    for nth in 0..200 {
        let (tries, end) = failing(&format!("n-{nth}"));
        assert_eq!((tries.len(), tries[0]), (MOST_TRIES as usize, NOON));
        for (at, (usual, waited)) in DELAYS.iter().zip(tries.windows(2).map(|two| two[1] - two[0])).enumerate() {
            assert!((waited - usual).abs() <= usual / 10, "n-{nth}, after try {}: {waited} ms", at + 1);
        }
        let Delivery::Dead { at, reason, error } = end else { panic!("n-{nth}: {end:?}") };
        assert_eq!((at, reason.as_str()), (tries[9], "expired"));
        assert_eq!(error, "the answer was 503; given up after 10 tries");
        totals.push(tries[9] - NOON);
    }
    assert!(totals.iter().all(|total| (total - whole).abs() <= whole / 10));
    // what failed together is spread
    let apart = totals.iter().max().unwrap() - totals.iter().min().unwrap();
    assert!(apart > HOUR, "{apart} ms");
    let mean = totals.iter().sum::<Millis>() / 200;
    assert!((mean - whole).abs() < HOUR, "{mean}");
}

#[test]
fn the_same_message_waits_as_long_whoever_asks() {
    assert_eq!(failing("n-1"), failing("n-1"));
    assert_ne!(failing("n-1").0, failing("n-2").0);
    assert_eq!((delay("n-1", 0), delay("n-1", MOST_TRIES), delay("n-1", u32::MAX)), (None, None, None));
}

#[test]
fn a_receiver_that_asks_for_more_time_gets_it_up_to_a_day() {
    let next_at = |after_try: u32, asked| match after(
        &Message { attempts: after_try, ..message("n-1") },
        retry(Some(asked)),
        NOON,
    ) {
        Delivery::Retry { next_at, .. } => next_at - NOON,
        other => panic!("{other:?}"),
    };
    assert_eq!(next_at(0, 2 * HOUR), 2 * HOUR);
    assert_eq!(next_at(0, 1_000), delay("n-1", 1).unwrap());
    assert_eq!(next_at(0, -5), delay("n-1", 1).unwrap());
    assert_eq!(next_at(0, 1_000 * HOUR), LONGEST_AFTER);
    assert_eq!(next_at(8, HOUR), delay("n-1", 9).unwrap());
}

#[test]
fn what_never_will_arrive_is_given_up_at_once() {
    let dead = |tried| match after(&message("n-1"), tried, NOON) {
        Delivery::Dead { at, reason, error } => (at, reason, error),
        other => panic!("{other:?}"),
    };
    let permanent = dead(Tried::Permanent { error: "the answer was 404".into() });
    assert_eq!(permanent, (NOON, "permanent".into(), "the answer was 404".into()));
    let gone = dead(Tried::Gone { error: "the answer was 410".into() });
    assert_eq!(gone, (NOON, "gone".into(), "the answer was 410".into()));
    assert_eq!(after(&message("n-1"), Tried::Delivered, NOON), Delivery::Delivered { at: NOON });
}

#[test]
fn only_the_oldest_of_a_lane_is_tried() {
    let open = Message { attempts: 1, next_at: NOON + 5_000, ..message("n-2") };
    let over = Message { state: MessageState::Delivered, ..message("n-1") };
    let lane = [over.clone(), open.clone(), message("n-3")];
    assert_eq!(next(&lane, NOON), Next::Wait(NOON + 5_000));
    assert_eq!(next(&lane, NOON + 5_000), Next::Try(&open));
    assert_eq!((next(&[], NOON), next(&[over], NOON)), (Next::Nothing, Next::Nothing));
}

#[test]
fn only_what_somebody_asked_for_again_is_tried_of_a_receiver_that_wants_nothing() {
    let new = message("n-1");
    assert!(!is_wanted(&new, NOON - 1) && !is_wanted(&new, NOON + 1));
    let again = Message { next_at: NOON + 2 * HOUR, ..message("n-1") };
    assert!(is_wanted(&again, NOON + HOUR) && !is_wanted(&again, NOON + 3 * HOUR));
    // one that waits for its second try was there before
    let failed = Message { attempts: 1, ..again };
    assert!(!is_wanted(&failed, NOON + HOUR));
}

proptest! {
    #[test]
    fn no_try_is_lost_and_none_is_early(attempts in 0_u32..20, asked in proptest::option::of(any::<i64>()), now in any::<i64>()) {
        let message = Message { attempts, ..message("n-1") };
        match after(&message, retry(asked), now) {
            Delivery::Retry { at, next_at, .. } => {
                prop_assert!(attempts < 9 && at == now);
                prop_assert!(next_at > now || now > i64::MAX - 30 * HOUR);
                prop_assert!(next_at - now.min(next_at) <= 27 * HOUR);
            }
            Delivery::Dead { reason, .. } => prop_assert!(attempts >= 9 && reason == "expired"),
            Delivery::Delivered { .. } => prop_assert!(false),
        }
    }
}
