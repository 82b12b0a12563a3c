//! Every route of the list, without and with every kind of wrong token.

use assay_core::ops::Ops;
use assay_core::ops::tokens::Scope;
use axum::http::Method;

use super::support::Served;
use crate::http::routes::{Access, Route, all};
use crate::testing::{Fixture, NOON, contract};

/// What anybody may call. A route that is added here is open to all: think twice.
const OPEN: &[&str] = &["GET /-/healthy", "GET /-/ready", "GET /assets/1", "GET /login", "POST /login"];

/// What it takes, method, and a path with names put in.
fn routes() -> Vec<(Access, Method, String)> {
    let routes = all();
    let each = |route: &Route| {
        let path = route.path().split('/').map(|part| if part.starts_with('{') { "1" } else { part });
        let path = path.collect::<Vec<_>>().join("/");
        let access = route.access;
        route.methods().into_iter().map(move |method| (access, method, path.clone())).collect::<Vec<_>>()
    };
    routes.iter().flat_map(each).collect()
}

/// Whether the gate refused, with which status and code.
async fn refused(served: &Served, method: &Method, path: &str, token: Option<&str>) -> Option<(u16, String)> {
    let bearer = token.map(|token| format!("Bearer {token}"));
    let headers: Vec<(&str, &str)> = bearer.iter().map(|bearer| ("Authorization", bearer.as_str())).collect();
    let answered = served.send(method.as_str(), path, &headers, b"").await;
    let by_gate = matches!(answered.status, 401 | 403);
    if by_gate {
        assert!(answered.header("www-authenticate").starts_with("Bearer realm=\"assay\""), "{method} {path}");
    }
    by_gate.then(|| (answered.status, answered.code()))
}

#[test]
fn only_these_routes_are_open() {
    let routes = routes();
    let open = routes.iter().filter(|(access, ..)| *access == Access::Open);
    let mut open: Vec<String> = open.map(|(_, method, path)| format!("{method} {path}")).collect();
    open.sort();
    assert_eq!(open, OPEN);
    assert!(routes.len() > 20);
}

#[test]
fn whatever_changes_something_takes_more_than_reading() {
    for (access, method, path) in routes() {
        let own_session = path == "/login" || path == "/logout";
        let expected = method.is_safe() || matches!(access, Access::Run | Access::Admin) || own_session;
        assert!(expected, "{method} {path}");
    }
}

#[tokio::test]
async fn every_route_is_refused_without_a_token_and_with_a_wrong_one() {
    let fixture = Fixture::new(vec![contract("silver.orders")]);
    let good = fixture.token("good", Scope::Admin);
    let (expired, _) = fixture.token_until("expired", Scope::Admin, Some(NOON + 1));
    let (revoked, token) = fixture.token_until("revoked", Scope::Admin, None);
    fixture.store.revoke_token(&token.id, NOON).unwrap();
    fixture.clock.advance(1);
    let served = Served::new(fixture).await;
    let last = if good.ends_with('A') { "E" } else { "A" };
    let forged = format!("{}{last}", &good[..good.len() - 1]);
    for (access, method, path) in routes().iter().filter(|(access, ..)| *access != Access::Open) {
        let missing = Some((401, "token_missing".to_string()));
        let invalid = Some((401, "token_invalid".to_string()));
        assert_eq!(refused(&served, method, path, None).await, missing, "{access:?} {method} {path}");
        for wrong in [forged.as_str(), "", "x", &expired, &revoked, &good[..20]] {
            assert_eq!(refused(&served, method, path, Some(wrong)).await, invalid, "{method} {path} {wrong}");
        }
        assert_eq!(refused(&served, method, path, Some(&good)).await, None, "{method} {path}");
    }
}

#[tokio::test]
async fn every_route_is_refused_with_a_scope_that_is_too_small() {
    let fixture = Fixture::new(vec![]);
    let tokens = [Scope::Read, Scope::Run, Scope::Admin].map(|scope| (scope, fixture.token(scope.name(), scope)));
    let served = Served::new(fixture).await;
    for (access, method, path) in routes() {
        for (scope, token) in &tokens {
            let expected = access.scope().is_some_and(|needed| needed > *scope);
            let expected = expected.then(|| (403, "scope_too_small".to_string()));
            assert_eq!(refused(&served, &method, &path, Some(token)).await, expected, "{scope:?} {method} {path}");
        }
    }
}

#[tokio::test]
async fn without_any_token_reading_is_open_on_loopback_and_changing_is_not() {
    let served = Served::new(Fixture::new(vec![])).await;
    for (access, method, path) in routes() {
        let closed = matches!(access, Access::Run | Access::Admin);
        let expected = closed.then(|| (401, "token_missing".to_string()));
        let logout = path == "/logout";
        assert_eq!(refused(&served, &method, &path, None).await.filter(|_| !logout), expected, "{method} {path}");
    }
}

#[tokio::test]
async fn reading_does_not_open_again_when_the_last_token_ran_out() {
    let fixture = Fixture::new(vec![]);
    let (_, token) = fixture.token_until("old", Scope::Admin, None);
    fixture.store.revoke_token(&token.id, NOON).unwrap();
    let served = Served::new(fixture).await;
    let answered = served.send("GET", "/api/v1/runs", &[], b"").await;
    assert_eq!((answered.status, answered.code().as_str()), (401, "token_missing"));
}

#[tokio::test]
async fn a_revoked_token_is_refused_within_five_seconds_and_a_new_one_taken() {
    let fixture = Fixture::new(vec![]);
    let (text, token) = fixture.token_until("ci", Scope::Read, None);
    let served = Served::new(fixture).await;
    assert_eq!(served.get("/metrics", &text).await.status, 200);
    served.fixture.store.revoke_token(&token.id, NOON).unwrap();
    let new = served.fixture.token("new", Scope::Read);
    served.fixture.clock.advance(3_000);
    assert_eq!(served.get("/metrics", &text).await.status, 401);
    assert_eq!(served.get("/metrics", &new).await.status, 200);
}

#[tokio::test]
async fn a_store_that_gives_no_answer_leaves_reading_open_for_known_tokens_and_refuses_changes() {
    let fixture = Fixture::new(vec![contract("silver.orders")]);
    let token = fixture.token("ci", Scope::Admin);
    let served = Served::new(fixture).await;
    assert_eq!(served.get("/metrics", &token).await.status, 200);
    served.fixture.flaky.breaks(true);
    served.fixture.clock.advance(10_000);
    assert_eq!(served.get("/metrics", &token).await.status, 200);
    let asked = serde_json::json!({"documents": ["silver.orders"]});
    let refused = served.post("/api/v1/runs", &token, &asked).await;
    assert_eq!((refused.status, refused.code().as_str()), (503, "tokens_unreadable"));
    assert_eq!(refused.header("retry-after"), "5");
    assert!(!refused.text().contains("disk"), "what is wrong with it is for the log");
    served.fixture.clock.advance(300_000);
    assert_eq!(served.get("/metrics", &token).await.status, 503);
    served.fixture.flaky.breaks(false);
    served.fixture.clock.advance(10_000);
    assert_eq!(served.get("/metrics", &token).await.status, 200);
}
