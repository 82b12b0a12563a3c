//! A program that takes webhooks: it answers as it is told and keeps what came.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use serde_json::Value;

/// What it answers, and what came.
#[derive(Default)]
struct Desk {
    answer: Mutex<String>,
    came: Mutex<Vec<Value>>,
}

/// One that listens on a free port until the test ends.
pub struct Sink {
    desk: Arc<Desk>,
    port: u16,
}

impl Sink {
    /// One that takes everything.
    pub fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let port = listener.local_addr().expect("an address").port();
        let desk = Arc::new(Desk::default());
        let own = Arc::clone(&desk);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                // who hangs up early sends nothing
                let _ = take(stream, &own);
            }
        });
        let sink = Sink { desk, port };
        sink.answers("204 No Content", "");
        sink
    }

    /// From now on it answers with this status and these header lines.
    pub fn answers(&self, status: &str, headers: &str) {
        *self.desk.answer.lock().expect("whole") =
            format!("HTTP/1.1 {status}\r\n{headers}content-length: 0\r\nconnection: close\r\n\r\n");
    }

    /// Where it listens.
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}/hook", self.port)
    }

    /// The bodies that came since the last time this was asked.
    pub fn came(&self) -> Vec<Value> {
        std::mem::take(&mut *self.desk.came.lock().expect("whole"))
    }
}

fn take(mut stream: TcpStream, desk: &Desk) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream.try_clone()?);
    let mut length = 0;
    loop {
        let mut line = String::new();
        reader.read_line(&mut line)?;
        let line = line.trim_end().to_ascii_lowercase();
        if line.is_empty() {
            break;
        }
        if let Some(value) = line.strip_prefix("content-length:") {
            length = value.trim().parse().unwrap_or(0);
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    desk.came.lock().expect("whole").push(serde_json::from_slice(&body).unwrap_or_default());
    stream.write_all(desk.answer.lock().expect("whole").as_bytes())
}
