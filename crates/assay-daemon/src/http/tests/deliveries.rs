//! The outbox and the receivers, for programs and for people.

use assay_core::ops::Ops;
use assay_core::ops::incidents::Incident;
use assay_core::ops::notices::Notified;
use assay_core::ops::outbox::{Delivery, Message, MessageFilter, MessageState};
use assay_core::ops::tokens::Scope;
use assay_core::verdict::Outcome;
use assay_notify::health::{DOCUMENT, Found, NOTIFICATIONS, health};
use serde_json::{Value, json};

use super::pages::Browser;
use super::support::Served;
use crate::senders::receivers::{KEY, State};
use crate::testing::{Fixture, NOON, contract, incident};

const HOSTILE: &str = "<script>alert(1)</script>\"'";

fn message(number: i64, receiver: &str, incidents: &[u64]) -> Message {
    Message {
        id: format!("n-{number}"),
        group: "g".into(),
        receiver: receiver.into(),
        target: String::new(),
        integration: "webhook".into(),
        reason: "opened".into(),
        body: "{\"secret\":1}".into(),
        incidents: incidents.to_vec(),
        created_at: NOON + number,
        state: MessageState::Waiting,
        attempts: 0,
        next_at: NOON + number,
        last_error: None,
        ended_at: None,
    }
}

/// Five messages: two that wait, one that was delivered, one that was given up, one to a target.
fn fixture() -> Fixture {
    let fixture = Fixture::new(vec![contract("silver.orders")]);
    fixture.ran("silver.orders", NOON, Outcome::Fail, vec![incident("silver.orders", "key")]);
    let to = Message { target: HOSTILE.into(), ..message(5, HOSTILE, &[1]) };
    let messages = vec![
        message(1, "ops", &[1]),
        message(2, "ops", &[1, 2]),
        message(3, "mail", &[2]),
        message(4, "mail", &[1]),
        to,
    ];
    post(&fixture, Notified { messages, ..Notified::default() });
    fixture.store.delivered("n-3", &Delivery::Delivered { at: NOON + 9 }, &[]).unwrap();
    let error = format!("the answer was 404: {HOSTILE}");
    let dead = Delivery::Dead { at: NOON + 9, reason: "permanent".into(), error };
    fixture.store.delivered("n-4", &dead, &[]).unwrap();
    fixture
}

fn post(fixture: &Fixture, notified: Notified) {
    let epoch = fixture.store.lead("notifier", "d-1", 60_000).unwrap().unwrap().epoch;
    assert!(fixture.store.notify(epoch, &notified).unwrap());
}

fn state(fixture: &Fixture, id: &str) -> MessageState {
    let filter = MessageFilter { id: Some(id.into()), most: 1, ..MessageFilter::default() };
    fixture.store.messages(&filter).unwrap().remove(0).state
}

fn ids(list: &Value) -> Vec<&str> {
    list["messages"].as_array().unwrap().iter().map(|message| message["id"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn messages_are_found_by_state_receiver_and_incident_in_either_order() {
    let fixture = fixture();
    let token = fixture.token("anna", Scope::Read);
    let served = Served::new(fixture).await;
    let list = async |query: &str| served.get(&format!("/api/v1/outbox{query}"), &token).await.json();
    assert_eq!(ids(&list("").await), ["n-1", "n-2", "n-3", "n-4", "n-5"]);
    assert_eq!(ids(&list("?newest=true&limit=2").await), ["n-5", "n-4"]);
    assert_eq!(ids(&list("?incident=2").await), ["n-2", "n-3"]);
    assert_eq!(ids(&list("?state=dead,delivered&receiver=mail&newest=true").await), ["n-4", "n-3"]);
    let one = &list("?receiver=ops").await["messages"][1];
    assert_eq!((&one["incidents"], one.get("target")), (&json!([1, 2]), None));
    assert_eq!(list("?incident=1&state=waiting").await["messages"][2]["target"], HOSTILE);
    assert!(!list("").await.to_string().contains("secret"));
    assert_eq!(served.get("/api/v1/outbox?incident=x", &token).await.code(), "query_unreadable");
}

#[tokio::test]
async fn what_was_given_up_is_tried_again_and_what_waits_is_dropped() {
    let fixture = fixture();
    let admin = fixture.token("anna", Scope::Admin);
    let run = fixture.token("ci", Scope::Run);
    let served = Served::new(fixture).await;
    served.fixture.clock.advance(60_000);
    let post = async |path: &str| served.post(&format!("/api/v1/outbox/{path}"), &admin, &json!({})).await;
    let again = post("n-4/retry").await.json();
    assert_eq!(
        (&again["state"], &again["attempts"], &again["last_error"]),
        (&json!("waiting"), &json!(0), &json!(null))
    );
    assert_eq!(again["next_at"], "2026-03-01T12:01:00.000Z");
    assert_eq!(post("n-3/retry").await.code(), "message_delivered");
    let dropped = post("n-1/drop").await.json();
    assert_eq!((&dropped["state"], &dropped["last_error"]), (&json!("dead"), &json!("dropped by anna")));
    assert_eq!(post("n-1/drop").await.code(), "message_not_waiting");
    assert_eq!((post("n-9/drop").await.status, post("n-9/retry").await.status), (404, 404));
    assert_eq!(served.post("/api/v1/outbox/n-2/drop", &run, &json!({})).await.code(), "scope_too_small");
    assert_eq!(state(&served.fixture, "n-2"), MessageState::Waiting);
    let failed = served.fixture.store.outbox().unwrap().failed;
    assert!(failed.contains(&("webhook".into(), "dropped".into(), 1)), "{failed:?}");
}

#[tokio::test]
async fn receivers_are_shown_without_their_secrets() {
    let fixture = fixture();
    let token = fixture.token("anna", Scope::Read);
    let mut known = State::default();
    known.disable("ops 1", NOON, "the answer was 410");
    let entry = assay_core::ops::notices::LogEntry {
        key: format!("{KEY}ops"),
        receiver: "ops".into(),
        body: serde_json::to_string(&known).unwrap(),
        changed_at: NOON,
    };
    post(&fixture, Notified { entries: vec![entry], ..Notified::default() });
    let served = Served::new(fixture).await;
    let receivers = served.get("/api/v1/receivers", &token).await.json();
    let expected = json!([{
        "name": "ops", "integration": "webhook", "targets": [], "fallback": null,
        "waiting": 2, "oldest": "2026-03-01T12:00:00.001Z",
        "disabled_at": "2026-03-01T12:00:00.000Z", "disabled_why": "the answer was 410",
    }]);
    assert_eq!(receivers["receivers"], expected);
    assert!(served.get("/notifications", &token).await.text().contains("wants nothing since"));
}

#[tokio::test]
async fn the_page_of_an_incident_says_who_was_told() {
    let browser = Browser::new(fixture()).await;
    let page = browser.page("/incidents/1").await;
    let told = page.split_once("Who was told").expect("a section").1;
    assert_eq!(told.matches("<th scope=\"row\">").count(), 4, "{told}");
    assert!(told.contains("GIVEN UP") && told.contains("the answer was 404") && !told.contains("DELIVERED"));
    assert!(page.contains("href=\"/notifications?incident=1\"") && !page.contains("<script>alert"));
    assert!(!told.contains("Try now"), "a token that may run may not retry");
}

#[tokio::test]
async fn the_page_of_notifications_finds_tries_again_and_drops() {
    let browser = Browser::with(fixture(), Scope::Admin).await;
    let page = browser.page("/notifications").await;
    assert!(page.contains("3 messages to be delivered") && page.contains("1 given up and still kept"), "{page}");
    let place = |id: &str| page.find(&format!("/notifications/{id}/retry")).unwrap_or_else(|| panic!("{id}: {page}"));
    assert!(place("n-5") < place("n-4") && place("n-4") < place("n-2"), "newest first");
    assert!(!page.contains("/notifications/n-3/retry") && !page.contains("/notifications/n-4/drop"));
    let waiting = browser.page("/notifications?state=waiting&receiver=ops").await;
    assert!(waiting.find("n-1/retry").unwrap() < waiting.find("n-2/retry").unwrap(), "as they are delivered");
    assert!(browser.page("/notifications?incident=%232").await.contains("n-2/drop"));
    assert!(browser.page("/notifications?receiver=nobody").await.contains("No notification was found."));
    let location = async |path: &str| browser.post(path, "").await.header("location").to_owned();
    assert_eq!(location("/notifications/n-4/retry").await, "/notifications?said=retried");
    assert_eq!(location("/notifications/n-2/drop").await, "/notifications?said=dropped");
    assert_eq!(location("/notifications/n-2/drop").await, "/notifications?said=not-waiting");
    assert_eq!(location("/notifications/n-3/retry").await, "/notifications?said=not-waiting");
    assert_eq!(browser.post("/notifications/n-9/retry", "").await.status, 404);
    let fixture = &browser.served.fixture;
    assert_eq!((state(fixture, "n-4"), state(fixture, "n-2")), (MessageState::Waiting, MessageState::Dead));
}

#[tokio::test]
async fn forms_of_notifications_need_the_sessions_secret_and_scope_admin() {
    let browser = Browser::new(fixture()).await;
    assert_eq!(browser.post("/notifications/n-1/drop", "").await.status, 403);
    let browser = Browser::with(fixture(), Scope::Admin).await;
    let headers = [
        ("Cookie", browser.cookie.as_str()),
        ("Accept", "text/html"),
        ("Content-Type", "application/x-www-form-urlencoded"),
    ];
    let answered = browser.served.send("POST", "/notifications/n-1/drop", &headers, b"csrf=x").await;
    assert_eq!(answered.status, 403);
    assert_eq!(state(&browser.served.fixture, "n-1"), MessageState::Waiting);
}

#[tokio::test]
async fn an_incident_of_the_daemon_itself_links_to_no_contract_and_no_run() {
    let fixture = Fixture::new(vec![contract("silver.orders")]);
    let found = Found::Bad(Outcome::Fail, "a message to the receiver `ops` was given up".into());
    let mut decide = |known: &[Incident]| health(known, NOTIFICATIONS, Some("ops"), &found, NOON);
    assert_eq!(fixture.store.judge(DOCUMENT, &mut decide), Ok(1));
    let browser = Browser::new(fixture).await;
    for path in ["/", "/incidents", "/incidents/1"] {
        let page = browser.page(path).await;
        assert!(page.contains("assay/daemon"), "{path}");
        assert!(!page.contains("/documents/assay") && !page.contains("href=\"/runs/\""), "{path}: {page}");
    }
    let page = browser.page("/incidents/1").await;
    assert!(page.contains("the daemon itself") && !page.contains("assay check"), "{page}");
}
