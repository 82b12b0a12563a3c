//! A notifier that is killed between its passes and within them.

use std::io::Write;
use std::path::Path;

use assay_core::ops::Ops;
use assay_core::ops::notices::{LogEntry, Notified};
use assay_core::ops::outbox::{Delivery, Message, MessageFilter, MessageState};
use assay_store::SqliteStore;

use crate::Random;

/// A pass of the notifier for each number, after which one of its messages is given up. What a process that was killed
/// left waiting is given up first.
pub(crate) fn notify_for_ever(path: &Path, from: u32) {
    let store = SqliteStore::open(path).expect("a store");
    let mut stdout = std::io::stdout();
    if from > 1 {
        give_up(&store, from - 1);
    }
    for number in from.. {
        assert!(store.notify(1, &pass(number)).expect("a pass"), "nobody else notifies");
        writeln!(stdout, "{number}").and_then(|()| stdout.flush()).expect("somebody listens");
        assert!(give_up(&store, number), "it waited");
    }
}

/// Gives up the first message of a pass, unless that was done.
fn give_up(store: &SqliteStore, number: u32) -> bool {
    let end = Delivery::Dead { at: number.into(), reason: "expired".into(), error: "x".into() };
    store.delivered(&format!("m{number}.1"), &end, &[fallback(number)]).expect("noted")
}

/// The pass with a number: an entry that grows, one that comes and goes, and two messages.
fn pass(number: u32) -> Notified {
    let entry = |key: String| LogEntry {
        key,
        receiver: "team".into(),
        body: text(number).repeat(1 + number as usize % 3),
        changed_at: number.into(),
    };
    Notified {
        cursor: number.into(),
        entries: vec![entry("always".into()), entry(format!("of {number}"))],
        forgotten: vec![format!("of {}", number - 1)],
        messages: vec![message(number, &format!("m{number}.1")), message(number, &format!("m{number}.2"))],
    }
}

fn message(number: u32, id: &str) -> Message {
    Message {
        id: id.into(),
        group: "g".into(),
        receiver: "team".into(),
        target: String::new(),
        integration: "webhook".into(),
        reason: "opened".into(),
        body: text(number),
        incidents: vec![number.into(), u64::from(number) + 1],
        created_at: number.into(),
        state: MessageState::Waiting,
        attempts: 0,
        next_at: number.into(),
        last_error: None,
        ended_at: None,
    }
}

fn fallback(number: u32) -> Message {
    Message { receiver: "fallback".into(), ..message(number, &format!("m{number}.1 instead")) }
}

/// A text that compresses badly; another size for each number.
fn text(number: u32) -> String {
    let mut random = Random(number.into());
    (0..500 + (number as usize % 7) * 700).map(|_| char::from(b' ' + (random.next() % 95) as u8)).collect()
}

/// Each pass is there with its log and its messages or not at all, and a message that was given up with its fallback.
/// Returns the number of the last pass.
pub(crate) fn assert_told(path: &Path, said: u32) -> u32 {
    let store = SqliteStore::open(path).expect("the store opens");
    store.verify().expect("the store is whole");
    let log = store.notifier_log().expect("a log");
    let last = u32::try_from(log.cursor).expect("a number");
    assert!(last >= said, "pass {said} was confirmed and is lost: the last one is {last}");
    let expected = if last == 0 { Vec::new() } else { pass(last).entries };
    assert_eq!(log.entries, expected, "the log is of another pass than {last}");

    let of = |receiver: &str| MessageFilter {
        receiver: Some(receiver.into()),
        most: usize::MAX,
        ..MessageFilter::default()
    };
    let (told, instead) = (store.messages(&of("team")).expect("messages"), store.messages(&of("fallback")));
    let dead: Vec<&Message> = told.iter().filter(|message| message.state == MessageState::Dead).collect();
    assert!(dead.len() as u32 + 1 >= last, "only the last one may still wait");
    let ids: Vec<String> = dead.iter().map(|message| format!("{} instead", message.id)).collect();
    let instead = instead.expect("messages");
    assert_eq!(instead.iter().map(|message| message.id.clone()).collect::<Vec<_>>(), ids);
    assert_eq!(told.len() as u32, 2 * last);
    for (two, number) in told.chunks(2).zip(1..) {
        let whole = pass(number).messages;
        assert_eq!(two[1], whole[1], "the messages of {number}");
        assert_eq!((&two[0].body, &two[0].incidents), (&whole[0].body, &whole[0].incidents));
    }
    let failed = store.outbox().expect("a size").failed;
    assert_eq!(failed.iter().map(|(_, _, value)| value).sum::<u64>(), dead.len() as u64);
    last
}
