//! A server that takes what is sent to it, answers as it is told, and remembers everything. Where it refuses something it
//! says what, with all that came.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicU16, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use serde_json::Value;

/// A request that came.
#[derive(Debug, Clone)]
pub struct Received {
    /// The path with its query.
    pub path: String,
    /// Headers, names in lower case.
    pub headers: BTreeMap<String, String>,
    /// The body.
    pub body: String,
    /// What it was answered.
    pub status: u16,
    /// Milliseconds since 1970.
    pub at: i64,
}

impl Received {
    /// A header; empty where it is not there.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", String::as_str)
    }

    /// The body as JSON.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_default()
    }
}

/// What it shares with its threads.
#[derive(Debug, Default)]
struct Shared {
    received: Mutex<Vec<Received>>,
    status: AtomicU16,
    retry_after: Mutex<Option<String>>,
    over: AtomicBool,
}

/// A server on a free port of the loopback; ends when it is dropped.
#[derive(Debug)]
pub struct Sink {
    /// Its address, as in `127.0.0.1:8080`.
    pub address: String,
    shared: Arc<Shared>,
}

impl Sink {
    /// One that answers 200.
    pub fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("an address").to_string();
        let shared = Arc::new(Shared { status: AtomicU16::new(200), ..Shared::default() });
        let own = Arc::clone(&shared);
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                if own.over.load(Ordering::SeqCst) {
                    return;
                }
                let shared = Arc::clone(&own);
                std::thread::spawn(move || serve(stream, &shared));
            }
        });
        Sink { address, shared }
    }

    /// A URL on it.
    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// Answers with this status from now on.
    pub fn answer(&self, status: u16) {
        self.shared.status.store(status, Ordering::SeqCst);
    }

    /// Says in answers when to come again.
    pub fn retry_after(&self, value: Option<&str>) {
        *self.shared.retry_after.lock().unwrap_or_else(PoisonError::into_inner) = value.map(str::to_owned);
    }

    /// All that came so far.
    pub fn received(&self) -> Vec<Received> {
        self.shared.received.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Drop for Sink {
    fn drop(&mut self) {
        self.shared.over.store(true, Ordering::SeqCst);
        // wakes the one who waits for the next
        let _ = TcpStream::connect(&self.address);
    }
}

/// Answers the requests of one connection.
fn serve(stream: TcpStream, shared: &Shared) {
    let _ = stream.set_read_timeout(Some(Duration::from_secs(30)));
    let Ok(mut writer) = stream.try_clone() else { return };
    let mut reader = BufReader::new(stream);
    while let Some(received) = read(&mut reader, shared) {
        let status = received.status;
        // a server that repeats what it was sent, as many do when they refuse it
        let said = match status {
            400.. => format!("refused: {} {:?} {}", received.path, received.headers, received.body),
            _ => String::new(),
        };
        // remembered before it is answered: who was answered is on the list
        shared.received.lock().unwrap_or_else(PoisonError::into_inner).push(received);
        let retry_after = shared.retry_after.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let header = retry_after.map_or(String::new(), |value| format!("Retry-After: {value}\r\n"));
        let length = said.len();
        let answer = format!("HTTP/1.1 {status} Answer\r\n{header}Content-Length: {length}\r\n\r\n{said}");
        if writer.write_all(answer.as_bytes()).is_err() {
            return;
        }
    }
}

/// The next request, where it is one.
fn read(reader: &mut impl BufRead, shared: &Shared) -> Option<Received> {
    let mut line = String::new();
    reader.read_line(&mut line).ok().filter(|read| *read > 0)?;
    let path = line.split_ascii_whitespace().nth(1)?.to_owned();
    let mut headers = BTreeMap::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        match line.trim_end().split_once(':') {
            Some((name, value)) => headers.insert(name.to_ascii_lowercase(), value.trim().to_owned()),
            None => break,
        };
    }
    let length = headers.get("content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    Some(Received {
        path,
        headers,
        body: String::from_utf8_lossy(&body).into_owned(),
        status: shared.status.load(Ordering::SeqCst),
        at: chrono::Utc::now().timestamp_millis(),
    })
}
