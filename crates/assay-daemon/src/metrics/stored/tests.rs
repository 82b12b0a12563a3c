use std::sync::atomic::{AtomicU64, Ordering};

use tokio::sync::Notify;

use super::*;

fn refused() -> StoreError {
    StoreError { code: "store_locked", text: "the store is locked".into() }
}

fn numbers(size: u64) -> Numbers {
    Numbers { size, ..Numbers::default() }
}

#[tokio::test]
async fn many_ask_at_once_and_the_store_is_asked_once() {
    let (stored, asked) = (Arc::new(Stored::new()), Arc::new(AtomicU64::new(0)));
    let scrapes = (0..200).map(|_| {
        let (stored, asked) = (Arc::clone(&stored), Arc::clone(&asked));
        tokio::spawn(async move {
            let ask = || async move {
                asked.fetch_add(1, Ordering::SeqCst);
                tokio::task::yield_now().await;
                Ok(numbers(7))
            };
            stored.now(ask).await
        })
    });
    for scrape in scrapes.collect::<Vec<_>>() {
        let seen = scrape.await.expect("no panic");
        assert_eq!((seen.up, seen.numbers.expect("numbers").size), (true, 7));
    }
    assert_eq!(asked.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn a_store_that_refuses_leaves_what_was_known() {
    let stored = Arc::new(Stored::new());
    let seen = stored.now(|| async { Err(refused()) }).await;
    assert!(!seen.up && seen.numbers.is_none());
    stored.state().answered = None;
    assert!(stored.now(|| async { Ok(numbers(1)) }).await.up);
    stored.state().answered = None;
    let seen = stored.now(|| async { Err(refused()) }).await;
    assert_eq!((seen.up, seen.numbers.expect("numbers").size), (false, 1));
}

#[tokio::test]
async fn nobody_waits_for_a_store_that_hangs() {
    let stored = Arc::new(Stored { patience: Duration::from_millis(20), ..Stored::new() });
    let wake = Arc::new(Notify::new());
    let woken = Arc::clone(&wake);
    let hangs = || async move {
        woken.notified().await;
        Ok(numbers(3))
    };
    let seen = stored.now(hangs).await;
    assert!(!seen.up && seen.numbers.is_none());
    let seen = stored.now(|| async { unreachable!("one question is under way") }).await;
    assert!(!seen.up);
    wake.notify_one();
    tokio::task::yield_now().await;
    tokio::task::yield_now().await;
    let seen = stored.now(|| async { Ok(numbers(4)) }).await;
    assert!(seen.up, "it is there again: {seen:?}");
}

#[tokio::test]
async fn known_changes_shorten_the_life_of_an_answer() {
    let stored = Arc::new(Stored::new());
    stored.now(|| async { Ok(numbers(1)) }).await;
    stored.outdate();
    let known = stored.now(|| async { Ok(numbers(2)) }).await;
    assert_eq!(known.numbers.expect("numbers").size, 1, "not at once: runs may end many times a second");
    stored.state().answered = Some(Instant::now() - SHORT_LIFE);
    assert_eq!(stored.now(|| async { Ok(numbers(2)) }).await.numbers.expect("numbers").size, 2);
    stored.state().answered = Some(Instant::now() - SHORT_LIFE);
    assert_eq!(stored.now(|| async { Ok(numbers(3)) }).await.numbers.expect("numbers").size, 2);
}

#[test]
fn failures_have_series_before_they_happen() {
    let mut known = Numbers::default();
    known.outbox.delivered = vec![("webhook".into(), 5)];
    known.outbox.failed = vec![("webhook".into(), "permanent".into(), 2), ("pigeon".into(), "lost".into(), 1)];
    assert_eq!((known.ended("webhook"), known.failed("webhook", "permanent")), (7, 2));
    assert_eq!((known.ended("pigeon"), known.failed("pigeon", "lost"), known.failed("slack", "expired")), (1, 1, 0));
    assert!(
        known.integrations().contains("slack")
            && known.integrations().contains("retrain")
            && known.integrations().contains("pigeon")
    );
    assert!(known.reasons().contains("expired") && known.reasons().contains("lost"));
}
