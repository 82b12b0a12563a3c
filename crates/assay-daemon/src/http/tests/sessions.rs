//! Sessions of browsers.

use assay_core::ops::Ops;
use assay_core::ops::tokens::Scope;

use super::support::{Answered, Served};
use crate::testing::{Fixture, NOON, contract};

const FORM: (&str, &str) = ("Content-Type", "application/x-www-form-urlencoded");

async fn login(served: &Served, token: &str) -> Answered {
    let json = serde_json::json!({"token": token}).to_string();
    served.send("POST", "/login", &[("Content-Type", "application/json")], json.as_bytes()).await
}

/// The cookie as a browser sends it back, and the session's own token.
async fn session(served: &Served, token: &str) -> (String, String) {
    let answered = login(served, token).await;
    assert_eq!(answered.status, 200, "{}", answered.text());
    let cookie = answered.header("set-cookie").split(';').next().unwrap().to_string();
    (cookie, answered.json()["csrf"].as_str().unwrap().to_string())
}

#[tokio::test]
async fn a_token_is_traded_for_a_cookie_that_scripts_and_other_sites_do_not_get() {
    let fixture = Fixture::new(vec![]);
    let token = fixture.token("anna", Scope::Read);
    let served = Served::new(fixture).await;
    let form = format!("token={token}&next=%2Fincidents");
    let answered = served.send("POST", "/login", &[FORM], form.as_bytes()).await;
    assert_eq!((answered.status, answered.header("location")), (303, "/incidents"));
    let cookie = answered.header("set-cookie");
    for part in ["; Path=/", "; HttpOnly", "; SameSite=Strict", "; Max-Age=43200"] {
        assert!(cookie.contains(part), "{cookie}");
    }
    assert!(!cookie.contains("Secure") && !cookie.contains(&token[15..]));
    let cookie = cookie.split(';').next().unwrap();
    assert_eq!(served.send("GET", "/api/v1/runs", &[("Cookie", cookie)], b"").await.status, 200);
    let other = format!("{cookie}x");
    assert_eq!(served.send("GET", "/api/v1/runs", &[("Cookie", &other)], b"").await.status, 401);
    let elsewhere = format!("token={token}&next=%2F%2Fevil.example");
    let answered = served.send("POST", "/login", &[FORM], elsewhere.as_bytes()).await;
    assert_eq!(answered.header("location"), "/");
}

#[tokio::test]
async fn by_cookie_nothing_changes_without_the_sessions_own_token() {
    let fixture = Fixture::new(vec![contract("silver.orders")]);
    let token = fixture.token("anna", Scope::Run);
    let served = Served::new(fixture).await;
    let (cookie, csrf) = session(&served, &token).await;
    let (other, other_csrf) = session(&served, &token).await;
    assert_ne!((&cookie, &csrf), (&other, &other_csrf));
    let json = br#"{"documents": ["silver.orders"]}"#;
    let own = [("Cookie", cookie.as_str()), ("Content-Type", "application/json")];
    let sent = [("X-CSRF-Token", csrf.as_str()), ("X-CSRF-Token", other_csrf.as_str()), ("X-CSRF-Token", "")];
    for (header, status) in [(None, 403), (Some(sent[1]), 403), (Some(sent[2]), 403), (Some(sent[0]), 202)] {
        let headers: Vec<(&str, &str)> = own.into_iter().chain(header).collect();
        let answered = served.send("POST", "/api/v1/runs", &headers, json).await;
        assert_eq!(answered.status, status, "{header:?}: {}", answered.text());
    }
    let form = [("Cookie", cookie.as_str()), FORM];
    for (body, status) in [("", 403), ("csrf=", 403), (other_csrf.as_str(), 403)] {
        assert_eq!(served.send("POST", "/logout", &form, body.as_bytes()).await.status, status, "{body}");
    }
    let logout = served.send("POST", "/logout", &form, format!("a=b&csrf={csrf}").as_bytes()).await;
    assert_eq!((logout.status, logout.header("location")), (303, "/"));
    assert!(logout.header("set-cookie").contains("Max-Age=0"));
    assert_eq!(served.send("GET", "/api/v1/runs", &[("Cookie", &cookie)], b"").await.status, 401);
    assert_eq!(served.send("GET", "/api/v1/runs", &[("Cookie", &other)], b"").await.status, 200);
}

#[tokio::test]
async fn a_session_ends_with_its_token_and_after_twelve_hours() {
    let fixture = Fixture::new(vec![]);
    let (text, token) = fixture.token_until("anna", Scope::Read, None);
    let bob = fixture.token("bob", Scope::Read);
    let served = Served::new(fixture).await;
    let (anna, _) = session(&served, &text).await;
    let (bob, _) = session(&served, &bob).await;
    let status = async |cookie: &str| served.send("GET", "/metrics", &[("Cookie", cookie)], b"").await.status;
    assert_eq!((status(&anna).await, status(&bob).await), (200, 200));
    served.fixture.store.revoke_token(&token.id, NOON).unwrap();
    served.fixture.clock.advance(3_000);
    assert_eq!((status(&anna).await, status(&bob).await), (401, 200));
    served.fixture.clock.advance(12 * 3_600_000);
    assert_eq!(status(&bob).await, 401);
}

#[tokio::test]
async fn a_session_may_do_what_its_token_may() {
    let fixture = Fixture::new(vec![]);
    let token = fixture.token("anna", Scope::Run);
    let served = Served::new(fixture).await;
    let (cookie, csrf) = session(&served, &token).await;
    let headers = [("Cookie", cookie.as_str()), ("X-CSRF-Token", csrf.as_str())];
    let refused = served.send("POST", "/-/reload", &headers, b"").await;
    assert_eq!((refused.status, refused.code().as_str()), (403, "scope_too_small"));
    assert_eq!(served.send("GET", "/api/v1/tokens", &headers, b"").await.status, 403);
}

#[tokio::test]
async fn wrong_logins_are_refused_and_then_have_to_wait() {
    let fixture = Fixture::new(vec![]);
    let token = fixture.token("anna", Scope::Read);
    let served = Served::new(fixture).await;
    for _ in 0..10 {
        assert_eq!(login(&served, "assay_nope").await.status, 401);
    }
    let refused = login(&served, &token).await;
    assert_eq!((refused.status, refused.code().as_str()), (429, "too_many_logins"));
    assert!(refused.header("retry-after").parse::<u64>().unwrap() <= 60);
    served.fixture.clock.advance(60_000);
    assert_eq!(login(&served, &token).await.status, 200);
}
