//! Servers that count, and a client that is less patient.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use assay_core::connection::Network;
use assay_core::secret::Secret;
use assay_notify::receivers::{Answer, Carried, Request, Tried};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use crate::addresses::Addresses;
use crate::http::{Http, Limits};

/// Loopback is allowed.
pub(super) fn loopback() -> Vec<Network> {
    ["127.0.0.0/8", "::1/128"].iter().map(|text| network(text)).collect()
}

pub(super) fn network(text: &str) -> Network {
    Network::parse(text).unwrap_or_else(|error| panic!("{text}: {error:?}"))
}

pub(super) fn client() -> Http {
    client_with(Addresses::default())
}

/// A client that waits long enough for any answer that comes, and not much longer for those that do not.
pub(super) fn client_with(addresses: Addresses) -> Http {
    Http::new(addresses, Limits { connect: Duration::from_secs(5), whole: Duration::from_secs(5) })
}

/// A client for servers that never answer.
pub(super) fn impatient() -> Http {
    Http::new(Addresses::default(), Limits { connect: Duration::from_secs(5), whole: Duration::from_millis(300) })
}

pub(super) fn request(url: &str) -> Request {
    Request {
        url: Secret::new(url),
        headers: vec![("x-of-ours".into(), Secret::new("seen"))],
        body: br#"{"n": 1}"#.to_vec(),
        content_type: "application/json",
        ca: None,
    }
}

/// The answer.
pub(super) fn answered(carried: Carried) -> Answer {
    match carried {
        Carried::Answered(answer) => answer,
        Carried::Decided(tried) => panic!("no answer: {tried:?}"),
    }
}

/// Why it is tried again.
pub(super) fn failed(carried: Carried) -> String {
    match carried {
        Carried::Decided(Tried::Retry { error, after: None }) => error,
        other => panic!("expected a failure that is tried again: {other:?}"),
    }
}

/// A server that counts its connections and does with each what it was told.
pub(super) struct Counting {
    pub(super) address: SocketAddr,
    count: Arc<AtomicUsize>,
    task: tokio::task::JoinHandle<()>,
}

impl Drop for Counting {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Counting {
    pub(super) async fn new<F: Future<Output = ()> + Send + 'static>(
        address: &str,
        serve: impl Fn(TcpStream) -> F + Send + 'static,
    ) -> Self {
        Self::on(TcpListener::bind(address).await.unwrap(), serve)
    }

    pub(super) fn on<F: Future<Output = ()> + Send + 'static>(
        listener: TcpListener,
        serve: impl Fn(TcpStream) -> F + Send + 'static,
    ) -> Self {
        let address = listener.local_addr().unwrap();
        let count = Arc::new(AtomicUsize::new(0));
        let counter = count.clone();
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                counter.fetch_add(1, Ordering::SeqCst);
                tokio::spawn(serve(stream));
            }
        });
        Counting { address, count, task }
    }

    pub(super) fn count(&self) -> usize {
        self.count.load(Ordering::SeqCst)
    }
}

/// Reads a request's head and answers with these bytes.
pub(super) async fn say(mut stream: TcpStream, answer: &[u8]) {
    hear(&mut stream).await;
    let _ = stream.write_all(answer).await;
}

/// Reads a request: the body of these tests comes in one piece with `}` at its end.
pub(super) async fn hear(stream: &mut TcpStream) {
    let mut heard = Vec::new();
    let mut buffer = [0; 4096];
    while !heard.ends_with(b"}") {
        match stream.read(&mut buffer).await {
            Ok(n) if n > 0 => heard.extend_from_slice(&buffer[..n]),
            _ => return,
        }
    }
}
