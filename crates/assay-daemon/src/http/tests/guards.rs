//! Host, Origin, headers, panics, and problems as pages.

use assay_core::ops::settings::ServerSettings;
use assay_core::ops::tokens::Scope;
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::middleware::from_fn_with_state;
use axum::routing::get;
use tower::ServiceExt;

use super::support::{Served, options};
use crate::http::auth::Auth;
use crate::http::guards::gate::{Gate, pass};
use crate::http::guards::{around, host::Hosts};
use crate::http::routes::Access;
use crate::http::{Http, Limits, Shared};
use crate::testing::{Fixture, ProjectOf};

#[tokio::test]
async fn a_request_for_another_name_is_misdirected_whatever_it_brings() {
    let fixture = Fixture::new(vec![]);
    let bearer = format!("Bearer {}", fixture.token("a", Scope::Admin));
    let served = Served::new(fixture).await;
    for host in ["evil.example", "evil.example:8642", "127.0.0.1.evil.example", "10.0.0.1", "0.0.0.0:80"] {
        let headers = [("Host", host), ("Authorization", bearer.as_str())];
        let answered = served.send("GET", "/-/healthy", &headers, b"").await;
        assert_eq!((answered.status, answered.code().as_str()), (421, "host_unknown"), "{host}");
    }
    let port = served.address.port();
    for host in ["localhost".to_string(), format!("127.0.0.1:{port}"), format!("[::1]:{port}")] {
        assert_eq!(served.send("GET", "/-/healthy", &[("Host", &host)], b"").await.status, 200, "{host}");
    }
    let without = served.raw(b"GET /-/healthy HTTP/1.1\r\nConnection: close\r\n\r\n").await;
    assert_eq!((without.status, without.code().as_str()), (400, "host_missing"));
    let twice = b"GET /-/healthy HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\nConnection: close\r\n\r\n";
    assert_eq!(served.raw(twice).await.status, 400);
    let absolute = b"GET http://evil.example/-/healthy HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    assert_eq!(served.raw(absolute).await.status, 421);
}

#[tokio::test]
async fn the_public_name_and_those_of_the_command_line_are_its_own() {
    let public_url = Some("https://assay.shop.example".to_string());
    let server = ServerSettings { listen: "127.0.0.1:0".into(), public_url, ..ServerSettings::default() };
    let fixture = Fixture::with(ProjectOf { server, ..ProjectOf::default() });
    let mut options = options();
    options.hosts = vec!["assay".into()];
    let served = Served::with(fixture, options).await;
    for (host, status) in [("assay.shop.example", 200), ("assay:8642", 200), ("shop.example", 421)] {
        assert_eq!(served.send("GET", "/-/healthy", &[("Host", host)], b"").await.status, status, "{host}");
    }
}

#[tokio::test]
async fn changes_on_behalf_of_another_site_are_refused_even_with_a_token() {
    let fixture = Fixture::new(vec![]);
    let bearer = format!("Bearer {}", fixture.token("a", Scope::Admin));
    let served = Served::new(fixture).await;
    let own = format!("http://{}", served.address);
    let cases = [
        (("Origin", "http://evil.example"), 403),
        (("Origin", "null"), 403),
        (("Origin", "http://localhost:1"), 403),
        (("Sec-Fetch-Site", "cross-site"), 403),
        (("Sec-Fetch-Site", "same-site"), 403),
        (("Origin", own.as_str()), 200),
        (("Sec-Fetch-Site", "same-origin"), 200),
    ];
    for (header, status) in cases {
        let headers = [("Authorization", bearer.as_str()), header];
        let answered = served.send("POST", "/-/reload", &headers, b"").await;
        assert_eq!(answered.status, status, "{header:?}");
        // reading from elsewhere tells the other site nothing: its scripts do not see the answer
        assert_eq!(served.send("GET", "/-/healthy", &headers, b"").await.status, 200);
    }
}

#[tokio::test]
async fn every_answer_says_what_a_browser_may_do_with_it() {
    let served = Served::new(Fixture::new(vec![])).await;
    let large = vec![b'x'; 2 << 20];
    let json = ("Content-Type", "application/json");
    let requests = [
        ("GET", "/-/healthy", json, &b""[..], 200),
        ("GET", "/api/v1/runs", json, b"", 200),
        ("GET", "/nowhere", ("Accept", "text/html"), b"", 404),
        ("DELETE", "/-/healthy", json, b"", 405),
        ("GET", "/", ("Host", "evil.example"), b"", 421),
        ("POST", "/login", json, &large, 413),
    ];
    for (method, path, header, body, status) in requests {
        let answered = served.send(method, path, &[header], body).await;
        assert_eq!(answered.status, status, "{method} {path}");
        let policy = answered.header("content-security-policy");
        for part in ["default-src 'none'", "script-src 'self'", "frame-ancestors 'none'", "form-action 'self'"] {
            assert!(policy.contains(part), "{method} {path}: {policy}");
        }
        assert!(!policy.contains("unsafe"), "{policy}");
        assert_eq!(answered.header("x-content-type-options"), "nosniff");
        assert_eq!(answered.header("referrer-policy"), "no-referrer");
        assert_eq!(answered.header("cross-origin-opener-policy"), "same-origin");
        assert_eq!(answered.header("cross-origin-resource-policy"), "same-origin");
        assert_eq!(answered.header("cache-control"), "no-store");
        assert_eq!(answered.header("strict-transport-security"), "", "not encrypted");
    }
}

#[tokio::test]
async fn problems_are_pages_for_people_and_json_for_programs() {
    let served = Served::new(Fixture::new(vec![])).await;
    let accept = [("Accept", "text/html,application/xhtml+xml,*/*;q=0.8")];
    let page = served.send("GET", "/nowhere", &accept, b"").await;
    assert_eq!((page.status, page.header("content-type")), (404, "text/html; charset=utf-8"));
    assert!(page.text().contains("There is no such page</h1>"));
    assert_eq!(served.send("GET", "/nowhere", &[], b"").await.code(), "no_such_route");
    assert_eq!(served.send("GET", "/api/v1/documents/<b>", &accept, b"").await.status, 400);
    let program = served.send("GET", "/api/v1/documents/%3Cb%3E", &accept, b"").await;
    assert_eq!(program.code(), "not_found");
    let body = program.json();
    assert_eq!((body["type"].as_str(), body["status"].as_u64()), (Some("about:blank"), Some(404)));
    assert_eq!(served.send("DELETE", "/-/healthy", &[], b"").await.code(), "method_not_allowed");
}

#[tokio::test]
async fn a_page_of_a_person_without_a_session_is_the_login() {
    let fixture = Fixture::new(vec![]);
    fixture.token("a", Scope::Admin);
    let served = Served::new(fixture).await;
    let html = [("Accept", "text/html")];
    let page = served.send("GET", "/incidents?state=open&x=<b>", &html, b"").await;
    assert_eq!(page.status, 400, "that is no URL");
    let page = served.send("GET", "/incidents?state=open&x=%0D%0A", &html, b"").await;
    assert_eq!((page.status, page.header("location")), (303, "/login?next=/incidents%3Fstate%3Dopen%26x%3D%250D%250A"));
    assert_eq!(served.send("GET", page.header("location"), &html, b"").await.status, 200);
    let program = served.send("GET", "/incidents", &[], b"").await;
    assert_eq!((program.status, program.code().as_str()), (401, "token_missing"));
    assert_eq!(served.send("GET", "/api/v1/runs", &html, b"").await.status, 401, "programs are told");
    let logout = served.send("POST", "/logout", &[("Accept", "text/html")], b"").await;
    assert_eq!((logout.status, logout.header("content-type")), (401, "text/html; charset=utf-8"));
}

fn shared(fixture: &Fixture, limits: Limits) -> Shared {
    std::sync::Arc::new(Http {
        auth: Auth::new(fixture.daemon.clone(), true),
        hosts: Hosts::new(&ServerSettings::default(), &[], false),
        limits,
        tls: true,
        observing: tokio::sync::Semaphore::new(1),
        daemon: fixture.daemon.clone(),
    })
}

#[tokio::test]
async fn a_handler_that_does_not_end_is_given_up() {
    let time = std::time::Duration::from_millis(100);
    let http = shared(&Fixture::new(vec![]), Limits::default());
    let gate = Gate { http: http.clone(), access: Access::Open, body: 10, time };
    let routes = Router::new().route("/", get(std::future::pending::<()>));
    let router = around(routes.route_layer(from_fn_with_state(gate, pass)), &http).with_state(http);
    let request = Request::get("/").header("host", "localhost").body(Body::empty()).unwrap();
    let answered = router.oneshot(request).await.unwrap();
    assert_eq!((answered.status().as_u16(), &answered.headers()["retry-after"]), (503, &"5".parse().unwrap()));
}

#[tokio::test]
async fn a_handler_that_panics_gives_an_id_and_the_next_request_is_answered() {
    let fixture = Fixture::new(vec![]);
    let http = shared(&fixture, Limits::default());
    let routes = Router::new().route("/", get(async || -> &'static str { panic!("<secret>") }));
    let router = around(routes, &http).with_state(http);
    for _ in 0..2 {
        let request = Request::get("/").header("host", "localhost").header("accept", "text/html");
        let answered = router.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
        assert_eq!(answered.status(), 500);
        assert_eq!(answered.headers()["strict-transport-security"], "max-age=31536000");
        assert!(answered.headers().contains_key("content-security-policy"));
        let body = to_bytes(answered.into_body(), 1 << 20).await.unwrap();
        let text = std::str::from_utf8(&body).unwrap();
        assert!(text.contains("under the id ") && !text.contains("secret"), "{text}");
    }
}
