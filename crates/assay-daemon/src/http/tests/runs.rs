//! Runs: asked for, waited for, stopped, listed, and their results.

use std::collections::BTreeSet;

use assay_core::ops::Ops;
use assay_core::ops::runs::{Claim, Ended, RunState};
use assay_core::ops::tokens::Scope;
use assay_core::verdict::{Outcome, Reason};
use serde_json::json;

use super::support::Served;
use crate::testing::{Fixture, NOON, contract};
use crate::work::Document;

async fn served() -> (Served, String) {
    let disabled = Document { enabled: false, ..contract("bronze.raw") };
    let fixture = Fixture::new(vec![contract("silver.orders"), contract("gold.sales"), disabled]);
    let token = fixture.token("ci", Scope::Run);
    (Served::new(fixture).await, token)
}

#[tokio::test]
async fn a_run_that_is_asked_for_is_queued_once_under_the_callers_name() {
    let (served, token) = served().await;
    let asked = served.post("/api/v1/runs", &token, &json!({"documents": ["silver.orders", "silver.orders"]})).await;
    assert_eq!(asked.status, 202);
    let asked = asked.json();
    assert_eq!(asked["runs"].as_array().unwrap().len(), 1);
    assert_eq!(asked["runs"][0]["added"], true);
    let id = asked["runs"][0]["id"].as_str().unwrap();
    let run = served.get(&format!("/api/v1/runs/{id}"), &token).await.json();
    let shown = (&run["state"], &run["trigger"], &run["requested_by"], &run["planned"]);
    assert_eq!(shown, (&json!("queued"), &json!("manual"), &json!("ci"), &json!("2026-03-01T12:00:00.000Z")));
    let bearer = format!("Bearer {token}");
    let hook = async |document: &str, body: &[u8]| {
        let path = format!("/api/v1/hooks/{document}");
        served.send("POST", &path, &[("Authorization", &bearer)], body).await.json()["runs"][0].clone()
    };
    let again = hook("silver.orders", b"{}").await;
    assert_eq!(again, json!({"id": id, "document": "silver.orders", "added": false}));
    let other = hook("gold.sales", b"\xff").await;
    let id = other["id"].as_str().unwrap();
    assert_eq!(served.get(&format!("/api/v1/runs/{id}"), &token).await.json()["trigger"], "webhook");
}

#[tokio::test]
async fn documents_are_selected_as_on_the_command_line() {
    let (served, token) = served().await;
    let names = async |select: &str| -> Result<Vec<String>, String> {
        let asked = served.post("/api/v1/runs", &token, &json!({"select": select})).await;
        if asked.status != 202 {
            return Err(asked.code());
        }
        let runs = asked.json()["runs"].as_array().unwrap().clone();
        Ok(runs.iter().map(|run| run["document"].as_str().unwrap().to_string()).collect())
    };
    assert_eq!(names("layer:silver").await.unwrap(), ["silver.orders"]);
    assert_eq!(names("layer:silver,layer:gold,tag:pii").await.unwrap(), ["gold.sales", "silver.orders"]);
    for nothing in ["layer:silver,table:gold.sales", "layer:bronze", "layer:", "silver", "colour:red", ""] {
        assert_eq!(names(nothing).await.unwrap_err(), "select_invalid", "{nothing}");
    }
}

#[tokio::test]
async fn what_cannot_be_run_is_refused_and_nothing_is_queued() {
    let (served, token) = served().await;
    let cases = [
        (json!({"documents": ["silver.orders", "no.such"]}), 404, "not_found"),
        (json!({"documents": ["silver.orders", "bronze.raw"]}), 409, "document_disabled"),
        (json!({"documents": []}), 422, "documents_or_select"),
        (json!({"documents": ["silver.orders"], "select": "layer:gold"}), 422, "documents_or_select"),
        (json!({"documents": ["silver.orders"], "planned": "2026-03-01T12:00:01Z"}), 422, "planned_in_future"),
        (json!({"documents": ["silver.orders"], "planned": "noon"}), 422, "time_invalid"),
        (json!({"documents": "silver.orders"}), 422, "body_invalid"),
        (json!({"documents": ["silver.orders"], "force": true}), 422, "body_invalid"),
    ];
    for (body, status, code) in cases {
        let refused = served.post("/api/v1/runs", &token, &body).await;
        assert_eq!((refused.status, refused.code().as_str()), (status, code), "{body}");
    }
    let bearer = format!("Bearer {token}");
    let json = [("Authorization", bearer.as_str()), ("Content-Type", "application/json")];
    assert_eq!(served.send("POST", "/api/v1/runs", &json, b"{").await.code(), "body_unreadable");
    let plain = served.send("POST", "/api/v1/runs", &json[..1], b"{}").await;
    assert_eq!((plain.status, plain.code().as_str()), (415, "content_type"));
    assert_eq!(served.get("/api/v1/runs", &token).await.json()["runs"], json!([]));
}

#[tokio::test]
async fn waiting_ends_with_the_run() {
    let (served, token) = served().await;
    let asked = served.post("/api/v1/runs", &token, &json!({"documents": ["silver.orders"]})).await.json();
    let id = asked["runs"][0]["id"].as_str().unwrap().to_string();
    let path = format!("/api/v1/runs/{id}");
    assert_eq!(served.get(&format!("{path}?wait=10ms"), &token).await.json()["state"], "queued");
    assert_eq!(served.get(&format!("{path}?wait=61s"), &token).await.code(), "wait_too_long");
    assert_eq!(served.get(&format!("{path}?wait=soon"), &token).await.code(), "duration_invalid");
    assert_eq!(served.get("/api/v1/runs/no-such?wait=60s", &token).await.code(), "not_found");
    let store = served.fixture.store.clone();
    let claim = Claim { holder: "d-1".into(), lease: 60_000, most: 1, per_source: 1, after: Vec::new() };
    let claimed = store.claim(&claim).unwrap();
    assert_eq!(claimed.len(), 1);
    let reason = Reason { code: "timeout".into(), text: "its time was up".into() };
    let at = served.fixture.daemon.now();
    let ended = Ended { run: id, attempt: 1, holder: "d-1".into(), state: RunState::Cancelled, reason, at };
    let waited = async {
        let begun = std::time::Instant::now();
        let run = served.get(&format!("{path}?wait=60s"), &token).await.json();
        assert!(begun.elapsed() < std::time::Duration::from_secs(10));
        run
    };
    let (run, ()) = tokio::join!(waited, async {
        tokio::task::yield_now().await;
        assert!(store.end(&ended).unwrap());
    });
    assert_eq!((&run["state"], &run["outcome"]), (&json!("cancelled"), &json!("error")));
    assert_eq!(run["reason"], json!({"code": "timeout", "text": "its time was up"}));
}

#[tokio::test]
async fn a_run_is_stopped_where_it_is_executed() {
    let (served, token) = served().await;
    let asked =
        served.post("/api/v1/runs", &token, &json!({"documents": ["silver.orders", "gold.sales"]})).await.json();
    let ids: Vec<&str> = asked["runs"].as_array().unwrap().iter().map(|run| run["id"].as_str().unwrap()).collect();
    let cancel = async |id: &str| served.post(&format!("/api/v1/runs/{id}/cancel"), &token, &json!(null)).await;
    // one that waits is over at once, whoever would have executed it
    assert_eq!(cancel(ids[1]).await.status, 202);
    let store = &served.fixture.store;
    let over = store.run(ids[1]).unwrap().unwrap();
    assert_eq!((over.state, over.reason.unwrap().code.as_str()), (RunState::Cancelled, "stopped"));
    assert_eq!(cancel("no-such").await.status, 404);
    let claim = Claim { holder: "d-2".into(), lease: 60_000, most: 2, per_source: 2, after: Vec::new() };
    let claimed = store.claim(&claim).unwrap();
    assert_eq!(claimed.len(), 1);
    let running = &served.fixture.daemon.running;
    let executed = running.begin(&claimed[0].run, 0);
    assert_eq!(cancel(ids[0]).await.status, 202);
    assert!(executed.is_cancelled());
    running.end(&claimed[0].run);
    let elsewhere = cancel(ids[0]).await;
    assert_eq!((elsewhere.status, elsewhere.code().as_str()), (409, "run_elsewhere"));
    let reason = Reason { code: "timeout".into(), text: String::new() };
    let (run, at) = (ids[0].to_string(), served.fixture.daemon.now());
    let ended = Ended { run, attempt: 1, holder: "d-2".into(), state: RunState::Cancelled, reason, at };
    assert!(store.end(&ended).unwrap());
    assert_eq!(cancel(ids[0]).await.code(), "run_ended");
}

#[tokio::test]
async fn parts_of_the_list_have_every_run_once_also_of_one_instant() {
    let names: Vec<String> = (0..7).map(|number| format!("silver.t{number}")).collect();
    let fixture = Fixture::new(names.iter().map(|name| contract(name)).collect());
    let token = fixture.token("ci", Scope::Read);
    let mut expected = BTreeSet::new();
    for planned in [NOON - 2_000, NOON - 1_000, NOON] {
        for name in &names {
            expected.insert(fixture.ran(name, planned, Outcome::Pass, vec![]));
        }
    }
    let failed = fixture.ran("silver.t1", NOON - 3_000, Outcome::Fail, vec![]);
    expected.insert(failed.clone());
    let served = Served::new(fixture).await;
    for limit in [1, 2, 3, 7, 8, 22, 500] {
        let (mut seen, mut planned) = (Vec::new(), Vec::new());
        let mut cursor = String::new();
        loop {
            let part = served.get(&format!("/api/v1/runs?limit={limit}{cursor}"), &token).await.json();
            let runs = part["runs"].as_array().unwrap();
            assert!(runs.len() <= limit);
            seen.extend(runs.iter().map(|run| run["id"].as_str().unwrap().to_string()));
            planned.extend(runs.iter().map(|run| run["planned"].as_str().unwrap().to_string()));
            let Some(next) = part["next"].as_str() else { break };
            cursor = format!("&cursor={next}");
        }
        assert_eq!(seen.len(), 22, "{limit}");
        assert_eq!(seen.iter().cloned().collect::<BTreeSet<_>>(), expected);
        assert!(planned.is_sorted_by(|newer, older| newer >= older));
    }
    let some = served.get("/api/v1/runs?document=silver.t1&outcome=fail,error&state=finished", &token).await.json();
    assert_eq!((some["runs"].as_array().unwrap().len(), &some["runs"][0]["id"]), (1, &json!(failed)));
    for bad in [
        "limit=0",
        "limit=501",
        "limit=x",
        "state=done",
        "outcome=good",
        "cursor=x",
        "colour=red",
        "cursor=1.9999999.x",
    ] {
        let status = served.get(&format!("/api/v1/runs?{bad}"), &token).await.status;
        assert!(matches!(status, 400 | 422), "{bad}: {status}");
    }
}

#[tokio::test]
async fn a_result_is_shown_in_every_format_and_a_report_has_no_part_in_this_origin() {
    let fixture = Fixture::new(vec![contract("silver.orders")]);
    let token = fixture.token("ci", Scope::Read);
    let id = fixture.ran("silver.orders", NOON, Outcome::Pass, vec![]);
    let served = Served::new(fixture).await;
    let path = format!("/api/v1/runs/{id}/result");
    let kinds = [
        ("", "application/json"),
        ("?format=json", "application/json"),
        ("?format=text", "text/plain; charset=utf-8"),
        ("?format=html", "text/html; charset=utf-8"),
        ("?format=junit", "application/xml"),
        ("?format=sarif", "application/sarif+json"),
        ("?format=github", "text/plain; charset=utf-8"),
        ("?format=gitlab", "application/json"),
        ("?format=markdown", "text/markdown; charset=utf-8"),
    ];
    assert_eq!(kinds.len(), assay_report::FORMATS.len() + 1);
    for (query, kind) in kinds {
        let answered = served.get(&format!("{path}{query}"), &token).await;
        assert_eq!((answered.status, answered.header("content-type")), (200, kind), "{query}");
        let policy = answered.header("content-security-policy");
        assert_eq!(policy.starts_with("sandbox allow-scripts; default-src 'none'"), query == "?format=html", "{query}");
    }
    assert_eq!(served.get(&path, &token).await.json()["schema"], "assay.result/v1");
    assert_eq!(served.get(&format!("{path}?format=pdf"), &token).await.code(), "format_unknown");
    assert_eq!(served.get("/api/v1/runs/no-such/result", &token).await.code(), "not_found");
}
