//! What assay.yaml says of the daemon: `server`, `scheduler`, `metrics`.

use super::Millis;

/// What is done about instants that passed while nobody was there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Catchup {
    /// The newest of each document is run, the others are missed.
    #[default]
    Latest,
    /// Each is run, oldest first, at most 100 of a document.
    All,
    /// All are missed.
    None,
}

/// `scheduler:`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SchedulerSettings {
    /// Runs at once, of one daemon.
    pub concurrency: usize,
    /// Runs at once that read from the same source, of all daemons together.
    pub per_connection: usize,
    /// Milliseconds after which a run is cancelled.
    pub timeout: Millis,
    /// What is done after an outage.
    pub catchup: Catchup,
    /// How far back, in milliseconds.
    pub catchup_window: Millis,
    /// By how many milliseconds runs of one instant are spread, where the schedule says nothing.
    pub jitter: Millis,
}

/// `server:`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServerSettings {
    /// `127.0.0.1:8642`: host or address, and port.
    pub listen: String,
    /// Certificate chain and key, PEM files.
    pub tls: Option<Tls>,
    /// A file with tokens, one a line, added at start.
    pub tokens_file: Option<String>,
    /// Under which people reach it; its host may be asked for.
    pub public_url: Option<String>,
}

/// Where certificate and key are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tls {
    /// The certificate chain.
    pub cert: String,
    /// Its private key.
    pub key: String,
}

/// How much of each check /metrics tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Detail {
    /// Every check and column.
    #[default]
    Check,
    /// The worst of each document.
    Contract,
    /// Nothing of documents.
    Off,
}

/// `metrics:`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MetricsSettings {
    /// How much is told.
    pub detail: Detail,
    /// Series at most, before detail falls.
    pub max_series: u64,
}

impl Default for SchedulerSettings {
    fn default() -> Self {
        SchedulerSettings {
            concurrency: 4,
            per_connection: 2,
            timeout: 30 * 60_000,
            catchup: Catchup::Latest,
            catchup_window: 24 * 3_600_000,
            jitter: 30_000,
        }
    }
}

impl Default for ServerSettings {
    fn default() -> Self {
        ServerSettings { listen: "127.0.0.1:8642".into(), tls: None, tokens_file: None, public_url: None }
    }
}

impl Default for MetricsSettings {
    fn default() -> Self {
        MetricsSettings { detail: Detail::Check, max_series: 20_000 }
    }
}
