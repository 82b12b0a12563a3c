//! What becomes of each kind of answer.

use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use assay_core::engine::BoxFuture;
use assay_notify::receivers::{Carried, Carrier as _, Outgoing, Tried, judge};
use axum::Router;
use axum::body::Bytes;
use axum::extract::Path;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};
use axum::routing::post;
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpListener;

use crate::Outside;
use crate::addresses::{Addresses, Names};
use crate::http::{Http, Limits};

use super::support::{Counting, answered, client, client_with, failed, hear, impatient, loopback, request, say};

/// A server whose paths are the statuses that it answers with; `/target` counts.
struct Server {
    base: String,
    at_target: Arc<AtomicUsize>,
    task: tokio::task::JoinHandle<()>,
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn server() -> Server {
    let at_target = Arc::new(AtomicUsize::new(0));
    let counter = at_target.clone();
    let target = move || {
        counter.fetch_add(1, Ordering::SeqCst);
        async { "reached" }
    };
    let routes = Router::new()
        .route("/status/{status}", post(status))
        .route(
            "/wait/{*text}",
            post(|Path(text): Path<String>| async move { (StatusCode::TOO_MANY_REQUESTS, [("retry-after", text)]) }),
        )
        .route("/echo", post(echo))
        .route("/target", post(target.clone()).get(target));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    let task = tokio::spawn(async move { axum::serve(listener, routes).await.unwrap() });
    Server { base, at_target, task }
}

async fn status(Path(status): Path<u16>) -> Response {
    let status = StatusCode::from_u16(status).unwrap();
    match status.is_redirection() {
        true => (status, [("location", "/target")], "elsewhere").into_response(),
        false if status == StatusCode::NO_CONTENT => status.into_response(),
        false => (status, "what is wrong").into_response(),
    }
}

async fn echo(headers: HeaderMap, body: Bytes) -> String {
    let header = |name: &str| headers.get(name).map(|value| value.to_str().unwrap().to_owned()).unwrap_or_default();
    let names = ["content-type", "user-agent", "x-of-ours", "content-length", "accept-encoding", "connection"];
    let told: Vec<String> = names.iter().map(|name| header(name)).collect();
    format!("{} | {}", told.join(" | "), String::from_utf8_lossy(&body))
}

#[tokio::test]
async fn statuses_come_out_as_the_table_has_them() {
    let server = server().await;
    let client = client();
    for (status, wanted) in [
        (200, "delivered"),
        (202, "delivered"),
        (204, "delivered"),
        (301, "permanent"),
        (302, "permanent"),
        (303, "permanent"),
        (307, "permanent"),
        (308, "permanent"),
        (400, "permanent"),
        (401, "permanent"),
        (404, "permanent"),
        (408, "retry"),
        (410, "gone"),
        (413, "permanent"),
        (425, "retry"),
        (429, "retry"),
        (500, "retry"),
        (502, "retry"),
        (503, "retry"),
        (504, "retry"),
    ] {
        let answer = answered(client.post(&request(&format!("{}/status/{status}", server.base)), &loopback()).await);
        assert_eq!(answer.status, status);
        let came = match judge(&answer) {
            Tried::Delivered => "delivered",
            Tried::Retry { .. } => "retry",
            Tried::Permanent { .. } => "permanent",
            Tried::Gone { .. } => "gone",
        };
        assert_eq!(came, wanted, "{status}");
    }
    assert_eq!(server.at_target.load(Ordering::SeqCst), 0, "a redirect was followed");
}

#[tokio::test]
async fn the_server_hears_what_was_to_be_sent_and_who_sends_it() {
    let server = server().await;
    let heard = answered(client().post(&request(&format!("{}/echo", server.base)), &loopback()).await);
    let version = env!("CARGO_PKG_VERSION");
    assert_eq!(heard.body, format!("application/json | assay/{version} | seen | 8 |  |  | {{\"n\": 1}}"));
}

#[tokio::test]
async fn a_wait_is_handed_on() {
    let server = server().await;
    let client = client();
    let soon = chrono::Utc::now() + Duration::from_secs(3600);
    let instant = soon.format("%a, %d %b %Y %H:%M:%S GMT").to_string().replace(' ', "%20");
    let wait = async |text: &str| {
        answered(client.post(&request(&format!("{}/wait/{text}", server.base)), &loopback()).await).retry_after
    };
    assert_eq!(wait("120").await, Some(120_000));
    assert_eq!(wait("later").await, None);
    let until = wait(&instant).await.unwrap();
    assert!((3_500_000..=3_600_000).contains(&until), "{until}");
}

#[tokio::test]
async fn of_an_answer_without_end_the_first_words_are_kept_and_the_rest_is_not_read() {
    let endless = Counting::new("127.0.0.1:0", async |mut stream| {
        hear(&mut stream).await;
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await;
        while stream.write_all(&[b'x'; 1024]).await.is_ok() {}
    })
    .await;
    let (client, request) = (client(), request(&format!("http://{}/", endless.address)));
    let allow = loopback();
    let carried = tokio::time::timeout(Duration::from_secs(4), client.post(&request, &allow)).await;
    let answer = answered(carried.expect("it was read until the time was over"));
    assert_eq!((answer.status, answer.body.len()), (200, 4096));
}

#[tokio::test]
async fn a_head_that_does_not_come_in_time_is_tried_again() {
    let silent = Counting::new("127.0.0.1:0", async |mut stream| {
        hear(&mut stream).await;
        std::future::pending::<()>().await;
    });
    let silent = silent.await;
    let url = format!("http://{}/secret-path?token=secret", silent.address);
    let error = failed(impatient().post(&request(&url), &loopback()).await);
    assert_eq!(error, format!("no answer from {} within 300ms", silent.address));
}

#[tokio::test]
async fn a_head_that_drips_is_tried_again() {
    let dripping = Counting::new("127.0.0.1:0", async |mut stream| {
        hear(&mut stream).await;
        for byte in b"HTTP/1.1 200 OK\r\nx: ".iter().chain(b"x".repeat(1000).iter()) {
            tokio::time::sleep(Duration::from_millis(20)).await;
            if stream.write_all(&[*byte]).await.is_err() {
                return;
            }
        }
    })
    .await;
    let error = failed(impatient().post(&request(&format!("http://{}/", dripping.address)), &loopback()).await);
    assert!(error.contains("within 300ms"), "{error}");
}

#[tokio::test]
async fn a_body_that_drips_for_ever_does_not_undo_what_the_status_said() {
    let dripping = Counting::new("127.0.0.1:0", async |mut stream| {
        say_head(&mut stream, "200 OK").await;
        while stream.write_all(b"o").await.is_ok() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    })
    .await;
    let answer = answered(impatient().post(&request(&format!("http://{}/", dripping.address)), &loopback()).await);
    assert_eq!(answer.status, 200);
    assert!(answer.body.starts_with('o'), "{}", answer.body);
}

async fn say_head(stream: &mut tokio::net::TcpStream, status: &str) {
    hear(stream).await;
    let head = format!("HTTP/1.1 {status}\r\ncontent-length: 1000\r\n\r\n");
    stream.write_all(head.as_bytes()).await.unwrap();
}

#[tokio::test]
async fn a_body_that_breaks_off_does_not_undo_what_the_status_said() {
    for (status, code) in [("200 OK", 200), ("503 Service Unavailable", 503)] {
        let breaking = Counting::new("127.0.0.1:0", move |mut stream| async move {
            say_head(&mut stream, status).await;
            stream.write_all(b"half").await.unwrap();
        })
        .await;
        let answer = answered(client().post(&request(&format!("http://{}/", breaking.address)), &loopback()).await);
        assert_eq!((answer.status, answer.body.as_str()), (code, "half"));
    }
}

#[tokio::test]
async fn an_answer_that_is_cut_off_in_its_head_is_tried_again() {
    for answer in ["", "HTTP/1.1 200 OK\r\ncontent-le"] {
        let cut = Counting::new("127.0.0.1:0", move |stream| say(stream, answer.as_bytes())).await;
        let error = failed(client().post(&request(&format!("http://{}/", cut.address)), &loopback()).await);
        assert_eq!(error, format!("the answer of {} was cut off", cut.address));
        assert_eq!(cut.count(), 1, "tried twice by itself");
    }
}

#[tokio::test]
async fn a_connection_that_is_reset_is_tried_again() {
    let resetting = Counting::new("127.0.0.1:0", async |mut stream| {
        hear(&mut stream).await;
        // closed without a farewell
        let _ = stream.set_zero_linger();
    })
    .await;
    let error = failed(client().post(&request(&format!("http://{}/", resetting.address)), &loopback()).await);
    assert_eq!(error, format!("the answer of {} was cut off", resetting.address));
    assert_eq!(resetting.count(), 1, "tried twice by itself");
}

#[tokio::test]
async fn what_is_not_http_is_told_apart() {
    let mail = Counting::new("127.0.0.1:0", |stream| say(stream, b"220 relay.example ESMTP\r\n")).await;
    let error = failed(client().post(&request(&format!("http://{}/", mail.address)), &loopback()).await);
    assert_eq!(error, format!("the answer of {} is not HTTP; does it want https?", mail.address));
    let endless = Counting::new("127.0.0.1:0", async |mut stream| {
        hear(&mut stream).await;
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\n").await;
        while stream.write_all(b"x-header: and more of it\r\n").await.is_ok() {}
    })
    .await;
    let error = failed(client().post(&request(&format!("http://{}/", endless.address)), &loopback()).await);
    assert!(error.contains("is not HTTP"), "{error}");
}

#[tokio::test]
async fn nobody_listening_and_unknown_names_are_told_apart() {
    let nobody = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = nobody.local_addr().unwrap();
    drop(nobody);
    let error = failed(client().post(&request(&format!("http://{address}/")), &loopback()).await);
    assert_eq!(error, format!("{address} refuses the connection"));
    let nameless = client_with(Addresses::new(Arc::new(NoNames)));
    let error = failed(nameless.post(&request("http://nowhere.invalid/secret"), &loopback()).await);
    assert_eq!(error, "nowhere.invalid cannot be resolved: nobody knows it");
}

/// Knows no name.
struct NoNames;

impl Names for NoNames {
    fn look_up<'a>(&'a self, _: &'a str) -> BoxFuture<'a, std::io::Result<Vec<IpAddr>>> {
        Box::pin(async { Err(std::io::Error::other("nobody knows it")) })
    }
}

#[tokio::test]
async fn a_connection_that_does_not_stand_in_time_is_told_apart_from_an_answer_that_does_not_come() {
    // it takes the connection and never says a word of TLS
    let mute = Counting::new("127.0.0.1:0", async |_stream| std::future::pending::<()>().await).await;
    let limits = Limits { connect: Duration::from_millis(200), whole: Duration::from_secs(5) };
    let http = Http::new(Addresses::default(), limits);
    let error = failed(http.post(&request(&format!("https://{}/secret", mute.address)), &loopback()).await);
    assert_eq!(error, format!("no connection to {} in time", mute.address));
}

#[tokio::test]
async fn the_way_out_takes_requests() {
    let server = server().await;
    let request = Outgoing::Http(request(&format!("{}/status/204", server.base)));
    let outside = Outside::default();
    let refused = failed(outside.carry(&request, &[]).await);
    assert!(refused.contains("may not be called"), "{refused}");
    assert_eq!(answered(outside.carry(&request, &loopback()).await).status, 204);
}

#[tokio::test]
async fn a_header_that_cannot_be_sent_is_given_up() {
    let server = server().await;
    let mut request = request(&format!("{}/echo", server.base));
    request.headers.push(("x-evil".into(), assay_core::secret::Secret::new("a\r\nx-more: b")));
    let carried = client().post(&request, &loopback()).await;
    let Carried::Decided(Tried::Permanent { error }) = carried else { panic!("{carried:?}") };
    assert_eq!(error, "the header `x-evil` cannot be sent");
}
