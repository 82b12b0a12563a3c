//! Connections: how many at once, and how long a peer may leave an answer lying.

use std::future::{Ready, ready};
use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use axum_server::accept::Accept;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, Sleep, sleep};

/// Accepts as many connections as there are permits. Further ones are closed at once: one that waits would hold a file
/// descriptor, and whoever opens them would use up all.
#[derive(Clone)]
pub(super) struct Bounded {
    permits: Arc<Semaphore>,
    stalled: Duration,
    /// Closed ones since the last line of the log about them.
    closed: Arc<Mutex<Closed>>,
}

#[derive(Default)]
struct Closed {
    count: u64,
    logged: Option<Instant>,
}

/// Whoever opens too many does so thousands of times: one line of the log tells of all within this time.
const LOGGED_EVERY: Duration = Duration::from_secs(60);

impl Bounded {
    pub fn new(most: usize, stalled: Duration) -> Self {
        Bounded { permits: Arc::new(Semaphore::new(most)), stalled, closed: Arc::default() }
    }

    fn note_closed(&self) {
        let mut closed = self.closed.lock().unwrap_or_else(PoisonError::into_inner);
        closed.count += 1;
        if closed.logged.is_none_or(|at| at.elapsed() >= LOGGED_EVERY) {
            tracing::warn!(connections = closed.count, "connections were closed: there are too many at once");
            *closed = Closed { count: 0, logged: Some(Instant::now()) };
        }
    }
}

impl<S> Accept<TcpStream, S> for Bounded {
    type Stream = Connection;
    type Service = S;
    type Future = Ready<io::Result<(Connection, S)>>;

    fn accept(&self, stream: TcpStream, service: S) -> Self::Future {
        let Ok(permit) = self.permits.clone().try_acquire_owned() else {
            self.note_closed();
            return ready(Err(io::Error::other("too many connections")));
        };
        // answers are written whole; waiting for more to send would only delay them
        let connection = stream.set_nodelay(true).map(|()| Connection {
            stream,
            stalled: self.stalled,
            waits: None,
            _permit: permit,
        });
        ready(connection.map(|connection| (connection, service)))
    }
}

/// A connection whose peer has to take up what is written.
pub(super) struct Connection {
    stream: TcpStream,
    stalled: Duration,
    waits: Option<Pin<Box<Sleep>>>,
    _permit: OwnedSemaphorePermit,
}

impl Connection {
    /// Breaks off a write that made no progress for too long.
    fn unless_stalled<T>(&mut self, cx: &mut Context<'_>, written: Poll<io::Result<T>>) -> Poll<io::Result<T>> {
        if written.is_ready() {
            self.waits = None;
            return written;
        }
        let stalled = self.stalled;
        let waits = self.waits.get_or_insert_with(|| Box::pin(sleep(stalled)));
        match waits.as_mut().poll(cx) {
            Poll::Ready(()) => Poll::Ready(Err(io::ErrorKind::TimedOut.into())),
            Poll::Pending => Poll::Pending,
        }
    }
}

impl AsyncRead for Connection {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buf)
    }
}

impl AsyncWrite for Connection {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(cx, buf);
        self.unless_stalled(cx, written)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write_vectored(cx, bufs);
        self.unless_stalled(cx, written)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let flushed = Pin::new(&mut self.stream).poll_flush(cx);
        self.unless_stalled(cx, flushed)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let shut = Pin::new(&mut self.stream).poll_shutdown(cx);
        self.unless_stalled(cx, shut)
    }
}
