//! Health, readiness and reload.

use assay_core::ops::tokens::Scope;

use super::support::Served;
use crate::testing::{Fixture, ProjectOf, contract};
use crate::work::NotLoaded;

#[tokio::test]
async fn a_reload_applies_what_is_right_and_nothing_of_what_is_wrong() {
    let fixture = Fixture::new(vec![contract("silver.orders")]);
    let token = fixture.token("ops", Scope::Admin);
    let served = Served::new(fixture).await;
    let server = served.fixture.daemon.project().server.clone();
    let documents = vec![contract("silver.orders"), contract("gold.sales")];
    *served.fixture.workshop.next.lock().unwrap() = Ok(ProjectOf { documents, server, ..ProjectOf::default() });
    let nothing = serde_json::Value::Null;
    let applied = served.post("/-/reload", &token, &nothing).await.json();
    assert_eq!(applied, serde_json::json!({"changed": true, "documents": 2}));
    let again = served.post("/-/reload", &token, &nothing).await.json();
    assert_eq!(again["changed"], false);
    let problems = vec!["checks/a.yaml:3:1: unknown check `not_nul`".to_string()];
    *served.fixture.workshop.next.lock().unwrap() = Err(NotLoaded { summary: "1 problem".into(), problems });
    let refused = served.post("/-/reload", &token, &nothing).await;
    assert_eq!((refused.status, refused.code().as_str()), (422, "project_invalid"));
    assert_eq!(refused.json()["problems"][0], "checks/a.yaml:3:1: unknown check `not_nul`");
    assert_eq!(served.fixture.daemon.project().documents.len(), 2);
}

#[tokio::test]
async fn readiness_says_what_is_amiss_and_health_does_not_care() {
    let served = Served::new(Fixture::new(vec![])).await;
    let ready = async || {
        let answered = served.send("GET", "/-/ready", &[], b"").await;
        if answered.status == 200 { "ready".into() } else { answered.code() }
    };
    assert_eq!(ready().await, "ready");
    served.fixture.clock.advance(60_001);
    assert_eq!(ready().await, "scheduler");
    served.fixture.daemon.looked();
    assert_eq!(ready().await, "ready");
    served.fixture.flaky.breaks(true);
    assert!(served.fixture.daemon.answer(|store| store.size()).await.is_err());
    assert_eq!(ready().await, "store");
    served.fixture.flaky.breaks(false);
    assert!(served.fixture.daemon.ask(|store| store.size()).await.is_ok());
    assert_eq!(ready().await, "store", "that it can be read does not mean that it takes anything");
    served.fixture.daemon.store_works();
    assert_eq!(ready().await, "ready");
    assert_eq!(served.send("GET", "/-/healthy", &[], b"").await.text(), "healthy\n");
}
