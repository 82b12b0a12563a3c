//! Live observations.

use assay_core::ops::Ops;
use assay_core::ops::journal::Batch;
use assay_core::ops::tokens::Scope;
use serde_json::json;

use super::support::{Answered, Served};
use crate::testing::{Fixture, NOON, contract, monitor};

const NDJSON: &str = "application/x-ndjson";

async fn served() -> (Served, String) {
    let quiet = crate::work::Document { takes_observations: false, ..monitor("quiet") };
    let fixture = Fixture::new(vec![monitor("eta"), quiet, contract("silver.orders")]);
    let token = fixture.token("model", Scope::Run);
    (Served::new(fixture).await, token)
}

async fn send(served: &Served, token: &str, key: &str, kind: &str, body: &[u8]) -> Answered {
    let bearer = format!("Bearer {token}");
    let headers = [("Authorization", bearer.as_str()), ("Content-Type", kind), ("Idempotency-Key", key)];
    served.send("POST", "/api/v1/monitors/eta/observations", &headers, body).await
}

#[tokio::test]
async fn a_batch_is_committed_once_whatever_happens_to_the_answer() {
    let (served, token) = served().await;
    let body = b"{\"a\": 1}\n{\"bad\": 1}\n{\"late\": 1}\n";
    let first = send(&served, &token, "k-1", NDJSON, body).await;
    assert_eq!(first.status, 200, "{}", first.text());
    let rejected = json!([{"row": 1, "reason": "`bad` is no number"}]);
    let expected = json!({"rows": 2, "n_rejected": 1, "rejected": rejected, "late": 1, "replayed": false});
    assert_eq!(first.json(), expected);
    let again = send(&served, &token, "k-1", NDJSON, body).await;
    let mut expected = expected;
    expected["replayed"] = json!(true);
    assert_eq!((again.status, again.json()), (200, expected));
    let other = send(&served, &token, "k-1", NDJSON, b"{\"a\": 2}\n").await;
    assert_eq!((other.status, other.code().as_str()), (409, "idempotency_key_reused"));
    let journal = served.fixture.store.journal().unwrap();
    assert_eq!((journal.len(), journal[0].batches, journal[0].rows), (1, 1, 2));
    let batches = served.fixture.store.batches("eta", 1 << 20).unwrap();
    assert_eq!((batches[0].key_until, batches[0].taken_at), (NOON + 86_400_000, NOON));
}

#[tokio::test]
async fn what_cannot_be_read_is_refused_and_nothing_of_it_taken() {
    let (served, token) = served().await;
    let row: &[u8] = b"{\"a\": 1}\n";
    let long = "k".repeat(129);
    for key in ["", " ", "a b", "é", &long] {
        assert_eq!(send(&served, &token, key, NDJSON, row).await.code(), "idempotency_key", "{key}");
    }
    let bearer = format!("Bearer {token}");
    let without = [("Authorization", bearer.as_str()), ("Content-Type", NDJSON)];
    let path = "/api/v1/monitors/eta/observations";
    assert_eq!(served.send("POST", path, &without, row).await.code(), "idempotency_key");
    for kind in ["application/json", "text/csv", ""] {
        let refused = send(&served, &token, "k", kind, row).await;
        assert_eq!((refused.status, refused.code().as_str()), (415, "content_type"), "{kind}");
    }
    let packed = [("Content-Encoding", "gzip"), ("Idempotency-Key", "k"), without[0], without[1]];
    assert_eq!(served.send("POST", path, &packed, row).await.status, 415);
    let broken = send(&served, &token, "k", NDJSON, b"{\"a\": 1}\n{\"a\":").await;
    assert_eq!((broken.status, broken.code().as_str()), (400, "observations_unreadable"));
    let many = row.repeat(50_001);
    let refused = send(&served, &token, "k", NDJSON, &many).await;
    assert_eq!((refused.status, refused.code().as_str()), (413, "too_many_rows"));
    let arrow = send(&served, &token, "k", "application/vnd.apache.arrow.stream", &many).await;
    assert_eq!((arrow.status, arrow.code().as_str()), (413, "too_many_rows"));
    assert_eq!(served.fixture.store.journal().unwrap(), []);
    for (monitor, status) in [("nope", 404), ("silver.orders", 404), ("quiet", 409)] {
        let path = format!("/api/v1/monitors/{monitor}/observations");
        let headers = [without[0], without[1], ("Idempotency-Key", "k")];
        assert_eq!(served.send("POST", &path, &headers, row).await.status, status, "{monitor}");
    }
    assert_eq!(send(&served, &token, "k", "application/x-ndjson; charset=utf-8", row).await.status, 200);
}

#[tokio::test]
async fn a_full_journal_asks_to_come_again() {
    let (served, token) = served().await;
    let body = vec![0; 64 << 20];
    for number in 0..16_u8 {
        let batch = Batch {
            number: 0,
            monitor: "eta".into(),
            key: format!("fill-{number}"),
            sha256: [number; 32],
            rows: 1,
            body: body.clone(),
            answer: "{}".into(),
            taken_at: NOON,
            key_until: NOON,
        };
        served.fixture.store.take(&batch, u64::MAX).unwrap();
    }
    let refused = send(&served, &token, "k", NDJSON, b"{\"a\": 1}\n").await;
    assert_eq!((refused.status, refused.code().as_str()), (429, "journal_full"));
    assert_eq!(refused.header("retry-after"), "30");
}
