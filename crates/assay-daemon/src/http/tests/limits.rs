//! Slow and huge requests, too many connections, and stopping.

use std::time::{Duration, Instant};

use assay_core::ops::tokens::Scope;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::support::{Served, options, read};
use crate::daemon::Phase;
use crate::http::{Limits, Options};
use crate::testing::{Fixture, contract, monitor};

fn impatient() -> Options {
    let short = Duration::from_millis(300);
    Options {
        limits: Limits { head: short, body: short, request: 2 * short, stalled: short, ..Limits::default() },
        ..options()
    }
}

/// Sends a byte every 50 ms until the server closes or answers; gives how long it took, and the answer.
async fn trickle(served: &Served, begin: &[u8], byte: &[u8]) -> (Duration, Vec<u8>) {
    let mut stream = TcpStream::connect(served.address).await.unwrap();
    stream.write_all(begin).await.unwrap();
    let begun = Instant::now();
    let (mut from, mut to) = stream.split();
    let mut answer = Vec::new();
    let trickling = async {
        while to.write_all(byte).await.is_ok() {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        std::future::pending::<()>().await;
    };
    tokio::select! {
        _ = from.read_to_end(&mut answer) => {}
        () = trickling => unreachable!("waits for the server"),
        () = tokio::time::sleep(Duration::from_secs(15)) => panic!("the server hangs"),
    }
    (begun.elapsed(), answer)
}

#[tokio::test]
async fn a_head_that_trickles_in_is_cut_off() {
    let served = Served::with(Fixture::new(vec![]), impatient()).await;
    let (took, _) = trickle(&served, b"GET /-/healthy HTTP/1.1\r\nHost: localhost\r\nX: ", b"x").await;
    assert!((Duration::from_millis(250)..Duration::from_secs(5)).contains(&took), "{took:?}");
    let (took, _) = trickle(&served, b"", b"").await;
    assert!(took < Duration::from_secs(5), "a connection that says nothing: {took:?}");
}

#[tokio::test]
async fn a_connection_that_is_left_open_is_closed() {
    let served = Served::with(Fixture::new(vec![]), impatient()).await;
    let mut stream = TcpStream::connect(served.address).await.unwrap();
    stream.write_all(b"GET /-/healthy HTTP/1.1\r\nHost: localhost\r\n\r\n").await.unwrap();
    assert_eq!(read(&mut stream).await.unwrap().status, 200);
    let closed = tokio::time::timeout(Duration::from_secs(5), stream.read(&mut [0; 1])).await;
    assert_eq!(closed.expect("it stays open").unwrap_or(0), 0);
}

#[tokio::test]
async fn a_body_that_trickles_in_is_cut_off_with_an_answer() {
    let fixture = Fixture::new(vec![contract("silver.orders"), monitor("eta")]);
    let token = fixture.token("a", Scope::Admin);
    let served = Served::with(fixture, impatient()).await;
    for path in ["/api/v1/runs", "/api/v1/hooks/silver.orders", "/api/v1/monitors/eta/observations", "/login"] {
        for length in ["Content-Length: 9000\r\n", "Transfer-Encoding: chunked\r\n"] {
            let kind = if path.ends_with("observations") { "application/x-ndjson" } else { "application/json" };
            let head = format!(
                "POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: {kind}\r\nIdempotency-Key: k\r\n\
                 Authorization: Bearer {token}\r\n{length}\r\n"
            );
            let byte: &[u8] = if length.starts_with('C') { b"1" } else { b"1\r\n1\r\n" };
            let (took, answer) = trickle(&served, head.as_bytes(), byte).await;
            assert!(answer.starts_with(b"HTTP/1.1 408"), "{path}: {}", String::from_utf8_lossy(&answer));
            assert!(took < Duration::from_secs(5), "{took:?}");
        }
    }
}

#[tokio::test]
async fn a_head_that_is_too_large_is_refused() {
    let served = Served::new(Fixture::new(vec![])).await;
    let long = "x".repeat(17 << 10);
    assert_eq!(served.send("GET", "/-/healthy", &[("X", &long)], b"").await.status, 431);
    let path = format!("/-/healthy?{long}");
    assert!(matches!(served.send("GET", &path, &[], b"").await.status, 414 | 431));
    let names: Vec<String> = (0..101).map(|number| format!("X-{number}")).collect();
    let many: Vec<(&str, &str)> = names.iter().map(|name| (name.as_str(), "1")).collect();
    assert_eq!(served.send("GET", "/-/healthy", &many, b"").await.status, 431);
    assert_eq!(served.send("GET", "/-/healthy", &many[..90], b"").await.status, 200);
}

#[tokio::test]
async fn a_body_that_is_too_large_is_refused_before_and_while_it_arrives() {
    let fixture = Fixture::new(vec![contract("silver.orders"), monitor("eta")]);
    let token = fixture.token("a", Scope::Admin);
    let served = Served::new(fixture).await;
    let cases = [
        ("/api/v1/runs", 1 << 20),
        ("/api/v1/silences", 1 << 20),
        ("/api/v1/hooks/silver.orders", 64 << 10),
        ("/api/v1/monitors/eta/observations", 8 << 20),
        ("/login", 16 << 10),
    ];
    for (path, most) in cases {
        let kind = if path.ends_with("observations") { "application/x-ndjson" } else { "application/json" };
        let head = format!(
            "POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: {kind}\r\nIdempotency-Key: k\r\n\
             Authorization: Bearer {token}\r\nConnection: close\r\n"
        );
        let declared = format!("{head}Content-Length: {}\r\n\r\n", most + 1);
        let answered = served.raw(declared.as_bytes()).await;
        assert_eq!((answered.status, answered.code().as_str()), (413, "body_too_large"), "{path}");
        let chunk = [format!("{:x}\r\n", most + 1).into_bytes(), vec![b' '; most + 1], b"\r\n0\r\n\r\n".to_vec()];
        let chunked = [format!("{head}Transfer-Encoding: chunked\r\n\r\n").into_bytes(), chunk.concat()].concat();
        let answered = served.raw(&chunked).await;
        assert_eq!((answered.status, answered.code().as_str()), (413, "body_too_large"), "{path}, chunked");
    }
}

#[tokio::test]
async fn connections_beyond_the_limit_are_closed_and_those_within_served() {
    let mut options = options();
    options.limits.connections = 3;
    let served = Served::with(Fixture::new(vec![]), options).await;
    let mut held = Vec::new();
    for _ in 0..3 {
        let mut stream = TcpStream::connect(served.address).await.unwrap();
        stream.write_all(b"GET /-/healthy HTTP/1.1\r\nHost: localhost\r\n\r\n").await.unwrap();
        assert_eq!(read(&mut stream).await.unwrap().status, 200);
        held.push(stream);
    }
    let mut further = TcpStream::connect(served.address).await.unwrap();
    let _ = further.write_all(b"GET /-/healthy HTTP/1.1\r\nHost: localhost\r\n\r\n").await;
    assert!(read(&mut further).await.is_none());
    drop(held.pop());
    let again = async {
        loop {
            let mut stream = TcpStream::connect(served.address).await.unwrap();
            let _ = stream.write_all(b"GET /-/healthy HTTP/1.1\r\nHost: localhost\r\n\r\n").await;
            if let Some(answered) = read(&mut stream).await {
                return answered.status;
            }
        }
    };
    assert_eq!(tokio::time::timeout(Duration::from_secs(10), again).await.expect("no place is given back"), 200);
}

#[tokio::test]
async fn a_peer_that_does_not_take_up_its_answers_is_cut_off() {
    let mut options = impatient();
    options.limits.connections = 1;
    let served = Served::with(Fixture::new(vec![]), options).await;
    let mut stream = TcpStream::connect(served.address).await.unwrap();
    let one = b"GET /api/v1/openapi.json HTTP/1.1\r\nHost: localhost\r\n\r\n";
    let many = one.repeat(2_000);
    // sends requests and reads nothing: sooner or later neither side can write
    let cut_off =
        tokio::time::timeout(Duration::from_secs(15), async { while stream.write_all(&many).await.is_ok() {} });
    cut_off.await.expect("the connection is held for good");
}

#[tokio::test]
async fn stopping_says_so_at_once_ends_waiting_and_closes_the_door() {
    let fixture = Fixture::new(vec![contract("silver.orders")]);
    let token = fixture.token("a", Scope::Admin);
    let mut served = Served::new(fixture).await;
    let asked = serde_json::json!({"documents": ["silver.orders"]});
    let asked = served.post("/api/v1/runs", &token, &asked).await.json();
    let path = format!("/api/v1/runs/{}?wait=60s", asked["runs"][0]["id"].as_str().unwrap());
    let mut waiting = TcpStream::connect(served.address).await.unwrap();
    let bearer = format!("Bearer {token}");
    waiting.write_all(&served.request("GET", &path, &[("Authorization", &bearer)], b"")).await.unwrap();
    served.fixture.daemon.enter(Phase::Stopping);
    let ready = served.send("GET", "/-/ready", &[], b"").await;
    assert_eq!((ready.status, ready.code().as_str()), (503, "stopping"));
    let waited = read(&mut waiting).await.unwrap();
    assert_eq!((waited.status, waited.json()["state"].as_str()), (200, Some("queued")));
    let begun = Instant::now();
    served.shutdown.cancel();
    served.server.take().unwrap().stopped().await.unwrap();
    assert!(begun.elapsed() < Duration::from_secs(4), "{:?}", begun.elapsed());
    assert!(TcpStream::connect(served.address).await.is_err());
}

#[tokio::test]
async fn a_request_that_does_not_end_is_given_up_when_stopping() {
    let mut options = options();
    options.limits.drain = Duration::from_millis(300);
    let mut served = Served::with(Fixture::new(vec![]), options).await;
    let mut stream = TcpStream::connect(served.address).await.unwrap();
    stream.write_all(b"POST /login HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\n").await.unwrap();
    assert_eq!(served.send("GET", "/-/healthy", &[], b"").await.status, 200);
    served.shutdown.cancel();
    let stopped = tokio::time::timeout(Duration::from_secs(10), served.server.take().unwrap().stopped()).await;
    stopped.expect("it waits for good").unwrap();
}
