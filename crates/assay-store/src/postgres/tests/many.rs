//! Ten thousand documents. Times are printed: `cargo test -p assay-store --lib postgres::tests::many -- --nocapture`.

use std::time::{Duration, Instant};

use assay_core::ops::Ops;
use assay_core::ops::runs::{Claim, Enqueue, Run};

use super::fresh;
use crate::compliance::ops::{claim, enqueue, run};

const DOCUMENTS: i64 = 10_000;
/// Far beyond what it takes, so that only another order of magnitude fails.
const LIMIT: Duration = Duration::from_secs(20);

fn timed<T>(what: &str, work: impl FnOnce() -> T) -> T {
    let start = Instant::now();
    let value = work();
    println!("{what}: {:.1} ms", start.elapsed().as_secs_f64() * 1e3);
    assert!(start.elapsed() < LIMIT, "{what} took {:?}", start.elapsed());
    value
}

#[test]
fn ten_thousand_documents_are_planned_and_claimed_in_little_time() {
    let store = fresh();
    let entry = |at: i64| Enqueue {
        cursor: Some(at),
        ..enqueue(Run { source: Some(format!("s{}", at % 100)), ..run(&format!("layer.document_{at}"), at) })
    };
    let entries: Vec<Enqueue> = (0..DOCUMENTS).map(entry).collect();
    let planned = timed("plan of 10,000", || store.plan(1, &entries)).expect("a plan").expect("the newest epoch");
    assert!(planned.iter().all(|planned| planned.added));
    let again = timed("the same again", || store.plan(1, &entries)).expect("a plan").expect("the newest epoch");
    assert!(again.iter().all(|planned| !planned.added));

    let one = timed("claim of 1 among 10,000", || store.claim(&claim("here", 1))).expect("a claim");
    assert_eq!(one.len(), 1);
    let batch = timed("claim of 50 among 10,000", || store.claim(&claim("here", 50))).expect("a claim");
    assert_eq!(batch.len(), 50);
    // Sources that are full, and documents that wait for a run that was planned first.
    let full = Claim { per_source: 1, ..claim("here", 60) };
    assert_eq!(timed("claim with 51 of 100 sources full", || store.claim(&full)).expect("a claim").len(), 49);
    let nothing = timed("claim with all sources full", || store.claim(&full)).expect("a claim");
    assert_eq!(nothing, vec![]);
    let after = (0..DOCUMENTS).map(|at| (format!("layer.document_{at}"), vec!["layer.document_0".into()])).collect();
    let waiting = Claim { after, ..claim("here", 50) };
    assert_eq!(timed("claim where all 9,900 wait for one", || store.claim(&waiting)).expect("a claim"), vec![]);
    let cursors = timed("cursors", || store.cursors()).expect("cursors");
    assert_eq!(cursors.len(), DOCUMENTS as usize);
}
