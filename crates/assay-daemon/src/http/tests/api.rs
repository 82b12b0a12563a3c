//! Documents, incidents, silences, the outbox and tokens.

use assay_core::ops::Ops;
use assay_core::ops::incidents::{EventKind, IncidentState};
use assay_core::ops::notices::Notified;
use assay_core::ops::outbox::{Message, MessageState};
use assay_core::ops::tokens::Scope;
use assay_core::verdict::Outcome;
use serde_json::{Value, json};

use super::support::Served;
use crate::testing::{Fixture, NOON, contract, incident, monitor};

fn texts(list: &Value, key: &str) -> Vec<String> {
    list.as_array().unwrap().iter().map(|item| item[key].as_str().unwrap().to_string()).collect()
}

#[tokio::test]
async fn documents_are_listed_by_name_in_parts_and_found_by_what_they_are() {
    let names = ["bronze.raw", "gold.sales", "silver.<b>", "silver.orders", "silver.users"];
    let mut documents: Vec<_> = names.iter().map(|name| contract(name)).collect();
    documents.push(monitor("eta"));
    let fixture = Fixture::new(documents);
    fixture.ran("silver.orders", NOON, Outcome::Fail, vec![]);
    let served = Served::new(fixture).await;
    let list = async |query: &str| served.get(&format!("/api/v1/documents{query}"), "").await;
    // without any token reading is open, but a wrong one is told
    assert_eq!(list("").await.status, 401);
    let list = async |query: &str| served.send("GET", &format!("/api/v1/documents{query}"), &[], b"").await.json();
    assert_eq!(texts(&list("").await["documents"], "name").len(), 6);
    let first = list("?limit=4").await;
    assert_eq!(texts(&first["documents"], "name"), ["bronze.raw", "eta", "gold.sales", "silver.<b>"]);
    let rest = list(&format!("?limit=4&cursor={}", first["next"].as_str().unwrap())).await;
    assert_eq!(texts(&rest["documents"], "name"), ["silver.orders", "silver.users"]);
    assert_eq!(rest["next"], Value::Null);
    for (query, expected) in [
        ("?layer=silver&q=ORD", vec!["silver.orders"]),
        ("?kind=monitor", vec!["eta"]),
        ("?outcome=fail", vec!["silver.orders"]),
        ("?outcome=none&layer=silver", vec!["silver.<b>", "silver.users"]),
        ("?tag=pii&owner=data@shop.example&layer=gold", vec!["gold.sales"]),
        ("?tag=none", vec![]),
    ] {
        assert_eq!(texts(&list(query).await["documents"], "name"), expected, "{query}");
    }
    let one = served.send("GET", "/api/v1/documents/silver.orders", &[], b"").await.json();
    assert_eq!((&one["newest_run"]["outcome"], &one["checks"][0]["id"]), (&json!("fail"), &json!("id.not_null")));
    assert_eq!(one["takes_observations"], false);
    assert_eq!(served.send("GET", "/api/v1/documents/nope", &[], b"").await.code(), "not_found");
    for bad in ["?cursor=%2B", "?kind=table", "?outcome=good", "?limit=1000"] {
        assert_eq!(served.send("GET", &format!("/api/v1/documents{bad}"), &[], b"").await.status, 422, "{bad}");
    }
}

#[tokio::test]
async fn incidents_are_listed_newest_first_and_acknowledged_by_name() {
    let fixture = Fixture::new(vec![contract("silver.orders")]);
    let token = fixture.token("anna", Scope::Run);
    let resolved = |number: usize| {
        let mut one = incident("silver.orders", &format!("c{number}"));
        if number.is_multiple_of(3) {
            one.state = IncidentState::Resolved;
            one.resolved_at = Some(NOON);
            one.resolved_why = Some("recovered".into());
        }
        one
    };
    fixture.ran("silver.orders", NOON, Outcome::Fail, (0..30).map(resolved).collect());
    let served = Served::new(fixture).await;
    let mut seen = Vec::new();
    let mut cursor = String::new();
    loop {
        let part = served.get(&format!("/api/v1/incidents?limit=4&state=open{cursor}"), &token).await.json();
        seen.extend(part["incidents"].as_array().unwrap().iter().map(|one| one["number"].as_u64().unwrap()));
        let Some(next) = part["next"].as_str() else { break };
        cursor = format!("&cursor={next}");
    }
    assert_eq!(seen.len(), 20);
    assert!(seen.is_sorted_by(|newer, older| newer > older));
    let number = seen[0];
    let path = format!("/api/v1/incidents/{number}");
    let said = served.post(&format!("{path}/acknowledge"), &token, &json!({"note": " looking <b> "})).await;
    assert_eq!(said.status, 200, "{}", said.text());
    let one = served.get(&path, &token).await.json();
    let shown = (&one["state"], &one["acknowledged_by"], &one["note"]);
    assert_eq!(shown, (&json!("acknowledged"), &json!("anna"), &json!("looking <b>")));
    let event = (&one["events"][0]["kind"], &one["events"][0]["message"]);
    assert_eq!(event, (&json!("acknowledged"), &json!("anna: looking <b>")));
    let events = served.fixture.store.events(0, 100).unwrap();
    let events: Vec<_> = events.iter().filter(|event| event.kind == EventKind::Acknowledged).collect();
    assert_eq!((events.len(), events[0].incident), (1, number));
    let over = (1..=30).find(|number| !seen.contains(number)).unwrap();
    let refused = served.post(&format!("/api/v1/incidents/{over}/acknowledge"), &token, &json!({})).await;
    assert_eq!((refused.status, refused.code().as_str()), (409, "incident_not_open"));
    let long = json!({"note": "x".repeat(2_001)});
    assert_eq!(served.post(&format!("{path}/acknowledge"), &token, &long).await.code(), "text_invalid");
    for nobody in ["31", "0", "-1", "x", "18446744073709551615", "99999999999999999999"] {
        let path = format!("/api/v1/incidents/{nobody}");
        assert_eq!(served.get(&path, &token).await.status, 404, "{nobody}");
        assert_eq!(served.post(&format!("{path}/acknowledge"), &token, &json!({})).await.status, 404, "{nobody}");
    }
}

#[tokio::test]
async fn a_silence_is_checked_added_listed_and_ended() {
    let fixture = Fixture::new(vec![]);
    let token = fixture.token("anna", Scope::Run);
    let served = Served::new(fixture).await;
    let matcher = json!({"label": "contract", "op": "=~", "value": "silver\\..*"});
    let cases = [
        (json!({"matchers": [], "duration": "2h", "comment": ""}), "silence_matchers"),
        (
            json!({"matchers": [{"label": "colour", "op": "=", "value": "x"}], "duration": "2h", "comment": ""}),
            "silence_matchers",
        ),
        (
            json!({"matchers": [{"label": "check", "op": "~", "value": "x"}], "duration": "2h", "comment": ""}),
            "silence_matchers",
        ),
        (
            json!({"matchers": [{"label": "check", "op": "=~", "value": "("}], "duration": "2h", "comment": ""}),
            "silence_matchers",
        ),
        (
            json!({"matchers": [{"label": "check", "op": "=~", "value": ".*"}], "duration": "2h", "comment": ""}),
            "silence_matchers",
        ),
        (json!({"matchers": [matcher], "comment": ""}), "silence_times"),
        (
            json!({"matchers": [matcher], "duration": "2h", "ends_at": "2026-03-01T13:00:00Z", "comment": ""}),
            "silence_times",
        ),
        (json!({"matchers": [matcher], "ends_at": "2026-03-01T12:00:00Z", "comment": ""}), "silence_times"),
        (json!({"matchers": [matcher], "duration": "400d", "comment": ""}), "silence_times"),
        (json!({"matchers": [matcher], "duration": "2 hours", "comment": ""}), "duration_invalid"),
        (json!({"matchers": [matcher], "duration": "2h"}), "body_invalid"),
    ];
    for (body, code) in cases {
        let refused = served.post("/api/v1/silences", &token, &body).await;
        assert_eq!((refused.status, refused.code().as_str()), (422, code), "{body}");
    }
    let body = json!({"matchers": [matcher], "duration": "2h", "comment": "a move"});
    let added = served.post("/api/v1/silences", &token, &body).await;
    assert_eq!(added.status, 201);
    let added = added.json();
    let shown = (&added["state"], &added["created_by"], &added["ends_at"], &added["matchers"][0]);
    assert_eq!(shown, (&json!("active"), &json!("anna"), &json!("2026-03-01T14:00:00.000Z"), &matcher));
    let id = added["id"].as_str().unwrap().to_string();
    assert_eq!(served.get("/api/v1/silences", &token).await.json()["silences"][0]["id"], id.as_str());
    served.fixture.clock.advance(1_000);
    let bearer = format!("Bearer {token}");
    let end =
        async || served.send("DELETE", &format!("/api/v1/silences/{id}"), &[("Authorization", &bearer)], b"").await;
    assert_eq!(end().await.status, 204);
    assert_eq!(end().await.status, 404);
    served.fixture.clock.advance(1);
    assert_eq!(served.get("/api/v1/silences", &token).await.json()["silences"], json!([]));
    let ended = served.get("/api/v1/silences?ended=true", &token).await.json();
    assert_eq!((&ended["silences"][0]["state"], &ended["silences"][0]["ended_by"]), (&json!("ended"), &json!("anna")));
}

#[tokio::test]
async fn the_outbox_is_shown_without_what_is_sent() {
    let fixture = Fixture::new(vec![]);
    let token = fixture.token("anna", Scope::Read);
    let message = |number: u32, receiver: &str| Message {
        id: format!("msg-{number}"),
        group: "g".into(),
        receiver: receiver.into(),
        target: String::new(),
        integration: "email".into(),
        reason: "opened".into(),
        body: "{\"secret\":1}".into(),
        incidents: vec![],
        created_at: NOON + i64::from(number),
        state: MessageState::Waiting,
        attempts: 0,
        next_at: NOON,
        last_error: None,
        ended_at: None,
    };
    let epoch = fixture.store.lead("notifier", "d-1", 60_000).unwrap().unwrap().epoch;
    let messages = vec![message(1, "mail"), message(2, "hook"), message(3, "mail")];
    assert!(fixture.store.notify(epoch, &Notified { messages, ..Notified::default() }).unwrap());
    let served = Served::new(fixture).await;
    let outbox = served.get("/api/v1/outbox?state=waiting&receiver=mail&limit=1", &token).await;
    assert!(!outbox.text().contains("secret"));
    let outbox = outbox.json();
    assert_eq!((&outbox["waiting"], &outbox["more"], &outbox["dead"]), (&json!(3), &json!(true), &json!(0)));
    assert_eq!(texts(&outbox["messages"], "id"), ["msg-1"]);
    assert_eq!(served.get("/api/v1/outbox?state=lost", &token).await.code(), "filter_invalid");
}

#[tokio::test]
async fn tokens_are_listed_without_their_secrets() {
    let fixture = Fixture::new(vec![]);
    let admin = fixture.token("admin", Scope::Admin);
    let (_, old) = fixture.token_until("old", Scope::Read, Some(NOON + 5));
    let (_, gone) = fixture.token_until("gone", Scope::Run, None);
    fixture.store.revoke_token(&gone.id, NOON).unwrap();
    fixture.clock.advance(5);
    let served = Served::new(fixture).await;
    let listed = served.get("/api/v1/tokens", &admin).await;
    assert!(!listed.text().contains(&admin[15..]) && !listed.text().contains("sha256"));
    let listed = listed.json();
    let state = |id: &str| {
        let tokens = listed["tokens"].as_array().unwrap();
        tokens.iter().find(|token| token["id"] == id).unwrap()["state"].as_str().unwrap().to_string()
    };
    assert_eq!(
        (state(&old.id), state(&gone.id), state(&admin[6..14])),
        ("expired".into(), "revoked".into(), "valid".into())
    );
}
