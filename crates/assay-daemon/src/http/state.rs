//! What all handlers share.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Semaphore;

use crate::daemon::Daemon;

use super::auth::Auth;
use super::guards::host::Hosts;

/// What all handlers share: `State(http): State<Shared>`.
pub type Shared = Arc<Http>;

/// What all handlers share.
pub struct Http {
    /// The daemon.
    pub daemon: Arc<Daemon>,
    /// Who may do what.
    pub auth: Auth,
    /// How much and how long.
    pub limits: Limits,
    /// The names that this server goes by.
    pub(crate) hosts: Hosts,
    /// Whether connections are encrypted.
    pub(crate) tls: bool,
    /// Batches of observations that are in memory at once.
    pub(crate) observing: Semaphore,
}

/// How much and how long. The defaults are what the server runs with; tests have shorter times.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// For the head of a request, and between two on one connection.
    pub head: Duration,
    /// For a whole request, what it waits for on purpose aside.
    pub request: Duration,
    /// For its body.
    pub body: Duration,
    /// For a peer to take up bytes of an answer.
    pub stalled: Duration,
    /// Connections at once; further ones are closed as soon as they are accepted.
    pub connections: usize,
    /// For requests that are under way when the server stops.
    pub drain: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            head: Duration::from_secs(10),
            request: Duration::from_secs(30),
            body: Duration::from_secs(20),
            stalled: Duration::from_secs(30),
            connections: 1_024,
            drain: Duration::from_secs(5),
        }
    }
}

/// Batches of observations in memory at once: each up to 8 MiB as sent, and again as read.
pub(crate) const OBSERVING: usize = 8;
