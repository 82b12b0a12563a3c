//! Answers of a daemon with a real store.

use std::path::Path;

use assay_core::drift::store::Commit;
use assay_core::engine::Watch;
use assay_core::ops::runs::{Claim, Enqueue, Finished, RunState, Trigger};
use assay_core::ops::{Ops, journal};
use assay_store::SqliteStore;
use tempfile::TempDir;

use super::*;
use crate::clock::SystemClock;
use crate::testing::carrier::FakeCarrier;
use crate::work::{NotLoaded, NotObserved, ObservationFormat, Observed, Order, Workshop};

/// Has one project, and is asked for nothing else.
struct Shop(&'static [&'static str]);

impl Workshop for Shop {
    fn load(&self) -> Result<Project, NotLoaded> {
        Ok(fixture::project(self.0))
    }

    fn execute(
        &self,
        _: &Project,
        order: Order<'_>,
        _: &dyn assay_core::drift::store::Store,
        _: &dyn Watch,
    ) -> RunRecord {
        fixture::contract(order.document, 1)
    }

    fn observe(
        &self,
        _: &Project,
        monitor: &str,
        _: ObservationFormat,
        _: &[u8],
        _: &dyn assay_core::drift::store::Store,
        _: Millis,
    ) -> Result<Observed, NotObserved> {
        Err(NotObserved::Unavailable(format!("{monitor} takes no observations")))
    }

    fn fold(
        &self,
        _: &Project,
        monitor: &str,
        _: &[journal::Batch],
        _: &dyn assay_core::drift::store::Store,
        _: Millis,
    ) -> Result<journal::Folding, String> {
        Err(format!("{monitor} takes no observations"))
    }
}

fn daemon(store: &Path) -> Arc<Daemon> {
    let store = Arc::new(SqliteStore::open(store).expect("a store"));
    let shop = Arc::new(Shop(&["silver.orders"]));
    let project = shop.load().expect("a project");
    let clock = Arc::new(SystemClock::new());
    let carrier = Arc::new(FakeCarrier::new(clock.clone()));
    Daemon::new(store, shop, clock, carrier, "a".into(), project)
}

/// Writes a run of `silver.orders` to the store.
fn ran(store: &dyn Ops, record: &RunRecord, planned: Millis) {
    kept(store, record, assay_core::stored::write(record).0, planned);
}

fn kept(store: &dyn Ops, record: &RunRecord, bytes: Vec<u8>, planned: Millis) {
    let run = Run {
        id: format!("run-{planned:020}"),
        document: "silver.orders".into(),
        kind: Kind::Contract,
        trigger: Trigger::Manual,
        planned,
        not_before: planned,
        priority: 0,
        source: None,
        state: RunState::Queued,
        reason: None,
        attempt: 0,
        holder: None,
        lease_until: None,
        queued_at: planned,
        started_at: None,
        ended_at: None,
        outcome: None,
        result: None,
        related: None,
        requested_by: None,
    };
    store.trigger(&Enqueue { run, cursor: None, overlaps: false }).expect("it is queued");
    let claim = Claim { holder: "a".into(), lease: 60_000, most: 1, per_source: 1, after: Vec::new() };
    let claimed = store.claim(&claim).expect("claims").pop().expect("a run").run;
    let finished = Finished {
        run: claimed.id,
        attempt: claimed.attempt,
        holder: "a".into(),
        state: RunState::Finished,
        reason: None,
        outcome: record.outcome(),
        result: record.id.clone(),
        ended_at: claimed.started_at.expect("it was started") + 500,
        record: Some(bytes),
        samples: None,
        commit: Commit::default(),
        downstream: Vec::new(),
    };
    store.finish(&finished, &mut |_| Default::default()).expect("it is written");
}

async fn scrape(daemon: &Arc<Daemon>) -> String {
    let (content, text) = daemon.metrics.render(daemon).await;
    assert_eq!(content, "text/plain; version=0.0.4; charset=utf-8");
    String::from_utf8(text.to_vec()).expect("text")
}

#[tokio::test]
async fn a_daemon_that_starts_again_knows_what_it_knew() {
    let folder = TempDir::new().expect("a folder");
    let path = folder.path().join("assay.db");
    let first = daemon(&path);
    let (store, now) = (Arc::clone(&first.store), first.now());
    ran(&*store, &fixture::contract("silver.orders", 3), now - HOUR);
    first.metrics.fill(&first).await;
    let text = scrape(&first).await;
    promtool(&text);
    let key = "assay_check_success{contract=\"silver.orders\",check=\"c000.range\",severity=\"fail\"}";
    assert_eq!(value(&text, key), Some("0"));
    assert_eq!(value(&text, "assay_runs_total{trigger=\"manual\"}"), Some("1"));
    assert_eq!(value(&text, "assay_table_scan_duration_seconds{contract=\"silver.orders\"}"), Some("0.5"));
    drop(first);
    let second = daemon(&path);
    let again = scrape(&second).await;
    let of_documents =
        |text: &str| text.lines().filter(|line| line.contains("silver.orders")).map(str::to_owned).collect();
    let [before, after]: [Vec<String>; 2] = [of_documents(&text), of_documents(&again)];
    assert_eq!(before, after);
    assert_eq!(value(&again, "assay_runs_total{trigger=\"manual\"}"), Some("1"), "counters of the store go on");
}

#[tokio::test]
async fn runs_of_another_daemon_are_seen_and_own_ones_at_once() {
    let folder = TempDir::new().expect("a folder");
    let daemon = daemon(&folder.path().join("assay.db"));
    let now = daemon.now();
    ran(&*daemon.store, &fixture::contract("silver.orders", 2), now - HOUR);
    daemon.metrics.fill(&daemon).await;
    ran(&*daemon.store, &fixture::contract("silver.orders", 4), now - HOUR + 1);
    daemon.metrics.fill(&daemon).await;
    assert_eq!(scrape(&daemon).await.matches("assay_check_error{").count(), 4);
    let record = fixture::contract("silver.orders", 7);
    daemon.metrics.began(20);
    daemon.metrics.ran(&daemon, &fixture::ran("silver.orders", &record, now));
    let text = scrape(&daemon).await;
    assert_eq!(text.matches("assay_check_error{").count(), 7);
    assert_eq!(value(&text, "assay_run_duration_seconds_count"), Some("1"));
    daemon.metrics.fill(&daemon).await;
    assert_eq!(scrape(&daemon).await.matches("assay_check_error{").count(), 7, "what the store has is older");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_scrape_while_runs_end() {
    let folder = TempDir::new().expect("a folder");
    let daemon = daemon(&folder.path().join("assay.db"));
    let ending = Arc::clone(&daemon);
    let runs = tokio::task::spawn_blocking(move || {
        for planned in 1..200 {
            let record = fixture::contract("silver.orders", 1 + planned % 9);
            let planned = Millis::try_from(planned).expect("small");
            ending.metrics.ran(&ending, &fixture::ran("silver.orders", &record, planned));
        }
    });
    let scrapers: Vec<_> = (0..50)
        .map(|_| {
            let daemon = Arc::clone(&daemon);
            tokio::spawn(async move {
                for _ in 0..20 {
                    let text = scrape(&daemon).await;
                    let of = |family: &str| text.matches(&format!("\n{family}{{")).count();
                    let (errors, clocks) = (of("assay_check_error"), of("assay_check_last_run_timestamp_seconds"));
                    assert_eq!(errors, clocks, "no half of a run");
                    assert_eq!(value(&text, "assay_store_up"), Some("1"));
                }
            })
        })
        .collect();
    for scraper in scrapers {
        scraper.await.expect("no panic");
    }
    runs.await.expect("no panic");
    let text = scrape(&daemon).await;
    assert_eq!(value(&text, "assay_run_duration_seconds_count"), Some("199"));
    assert_eq!(text.matches("assay_check_error{").count(), 2, "the last run counts: 199 % 9 = 1");
}

#[tokio::test]
async fn a_record_that_cannot_be_read_leaves_the_rest() {
    let folder = TempDir::new().expect("a folder");
    let daemon = daemon(&folder.path().join("assay.db"));
    let record = fixture::contract("silver.orders", 2);
    kept(&*daemon.store, &record, b"{\"v\": 1, \"record\"".to_vec(), daemon.now() - HOUR);
    daemon.metrics.fill(&daemon).await;
    let text = scrape(&daemon).await;
    assert!(!text.contains("assay_check_success{"));
    assert_eq!(value(&text, "assay_table_scan_duration_seconds{contract=\"silver.orders\"}"), Some("0.5"));
}

/// How long a scrape takes where a thousand a second come and runs end meanwhile, with the figures for those who look.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_scrapes_a_second_share_answers() {
    let folder = TempDir::new().expect("a folder");
    let store = Arc::new(SqliteStore::open(&folder.path().join("assay.db")).expect("a store"));
    let names: Vec<String> = (0..100).map(|at| format!("silver.table_{at:03}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let (shop, clock) = (Arc::new(Shop(&[])), Arc::new(SystemClock::new()));
    let carrier = Arc::new(FakeCarrier::new(clock.clone()));
    let daemon = Daemon::new(store, shop, clock, carrier, "a".into(), fixture::project(&names));
    let record = |name: &str| fixture::contract(name, 10);
    let end = |name: &str, planned| daemon.metrics.ran(&daemon, &fixture::ran(name, &record(name), planned));
    names.iter().for_each(|name| end(name, HOUR));
    let series = scrape(&daemon).await.lines().filter(|line| !line.starts_with('#')).count();
    let mut ticks = tokio::time::interval(Duration::from_millis(1));
    let mut scrapes = Vec::new();
    for tick in 0..2_000 {
        ticks.tick().await;
        if tick % 200 == 0 {
            end(names[tick / 200], 2 * HOUR);
        }
        let daemon = Arc::clone(&daemon);
        scrapes.push(tokio::spawn(async move {
            let since = Instant::now();
            daemon.metrics.render(&daemon).await;
            since.elapsed()
        }));
    }
    let mut took = Vec::new();
    for scrape in scrapes {
        took.push(scrape.await.expect("no panic"));
    }
    took.sort();
    let [median, p99] = [took.len() / 2, took.len() * 99 / 100].map(|at| took[at]);
    eprintln!("{series} series: median {median:?}, p99 {p99:?}, at most {:?}", took[took.len() - 1]);
    assert!(p99 < Duration::from_millis(500), "{p99:?}");
}
