//! Binds, refuses what would be open to everybody, and serves until it is told to stop.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use assay_core::drift::store::StoreError;
use assay_core::ops::settings::ServerSettings;
use assay_core::ops::tokens::Token;
use axum_server::Handle;
use axum_server::tls_rustls::{RustlsAcceptor, RustlsConfig};
use hyper_util::rt::TokioTimer;
use tokio::net::{TcpListener, lookup_host};
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;

use crate::daemon::{Daemon, Phase};

use super::auth::Auth;
use super::connections::Bounded;
use super::guards::host::Hosts;
use super::state::{Http, Limits, OBSERVING, Shared};
use super::tls::TlsError;
use super::tokens::{self, TokenError};
use super::{routes, tls};

/// Bytes of a request's head, at most; more is answered by 431.
const HEAD: usize = 16 << 10;
/// Headers of a request, at most; more are answered by 431.
const HEADERS: usize = 100;

/// What the command line says of the server, beside assay.yaml.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// In place of `server.listen`; port 0 is any free one.
    pub listen: Option<String>,
    /// Further names that the server goes by.
    pub hosts: Vec<String>,
    /// Serve others than this machine without token or encryption.
    pub insecure: bool,
    /// How much and how long.
    pub limits: Limits,
}

/// Why the server does not start.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The address is none.
    #[error("cannot listen on `{listen}`: {error}; write HOST:PORT in `server.listen` of assay.yaml")]
    Address {
        /// As written.
        listen: String,
        /// Why.
        error: io::Error,
    },
    /// Somebody else has the port, or it may not be taken.
    #[error("cannot listen on {address}: {error}")]
    Bind {
        /// Where.
        address: SocketAddr,
        /// Why.
        error: io::Error,
    },
    /// Others could read along.
    #[error(
        "{0} is reachable by others and not encrypted: set `server.tls` in assay.yaml, listen on 127.0.0.1, or give --insecure"
    )]
    NoTls(SocketAddr),
    /// Others could do anything.
    #[error(
        "{0} is reachable by others and there is no valid token: make one with `assay token create`, listen on 127.0.0.1, or give --insecure"
    )]
    NoToken(SocketAddr),
    /// Certificates cannot be used.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// The file with tokens cannot be read.
    #[error("cannot read the tokens in `{path}`: {error}")]
    TokensFile {
        /// The file.
        path: String,
        /// Why.
        error: io::Error,
    },
    /// The file with tokens has a bad line.
    #[error("`{path}`: {error}")]
    TokensLine {
        /// The file.
        path: String,
        /// Which line, and why.
        error: TokenError,
    },
    /// The store gives no answer.
    #[error("{0}")]
    Store(#[from] StoreError),
}

/// A server that is listening.
pub struct Server {
    /// Where.
    pub address: SocketAddr,
    task: tokio::task::JoinHandle<io::Result<()>>,
}

impl Server {
    /// Waits until it has stopped: after `shutdown`, and the requests that were under way.
    ///
    /// # Errors
    /// Where it broke off.
    pub async fn stopped(self) -> io::Result<()> {
        self.task.await.unwrap_or_else(|broken| Err(io::Error::other(broken)))
    }
}

/// Binds and begins to serve. Needs the process's default provider of rustls where TLS is set.
///
/// When `shutdown` is cancelled, no more connections are accepted, and requests under way have `limits.drain` to end.
///
/// # Errors
/// What keeps it from starting: nothing listens then.
pub async fn serve(daemon: Arc<Daemon>, options: Options, shutdown: CancellationToken) -> Result<Server, ServeError> {
    let project = daemon.project();
    let mut settings = project.server.clone();
    if let Some(listen) = options.listen {
        settings.listen = listen;
    }
    let listener = bind(&settings.listen).await?;
    let address = listener.local_addr().map_err(|error| address_error(&settings.listen, error))?;
    let everywhere = !address.ip().to_canonical().is_loopback();
    if let Some(path) = settings.tokens_file.clone() {
        add_tokens(&daemon, path).await?;
    }
    if everywhere && !options.insecure {
        if settings.tls.is_none() {
            return Err(ServeError::NoTls(address));
        }
        let now = daemon.now();
        if !daemon.answer(|store| store.tokens()).await?.iter().any(|token| token.is_valid(now)) {
            return Err(ServeError::NoToken(address));
        }
    }
    let certificates = match &settings.tls {
        None => None,
        Some(files) => Some(RustlsConfig::from_config(tls::read(files)?)),
    };
    let http: Shared = Arc::new(Http {
        auth: Auth::new(daemon.clone(), !everywhere || options.insecure),
        hosts: Hosts::new(&settings, &options.hosts, everywhere),
        limits: options.limits,
        tls: certificates.is_some(),
        observing: Semaphore::new(OBSERVING),
        daemon,
    });
    let task = tokio::spawn(run(http, listener, project.server.clone(), certificates, shutdown));
    Ok(Server { address, task })
}

async fn bind(listen: &str) -> Result<TcpListener, ServeError> {
    let resolved = lookup_host(listen).await.map_err(|error| address_error(listen, error))?;
    let mut last = address_error(listen, io::Error::other("the name has no address"));
    for address in resolved {
        match TcpListener::bind(address).await {
            Ok(listener) => return Ok(listener),
            Err(error) => last = ServeError::Bind { address, error },
        }
    }
    Err(last)
}

fn address_error(listen: &str, error: io::Error) -> ServeError {
    ServeError::Address { listen: listen.into(), error }
}

/// Adds the tokens of a file that the store does not have. One that was revoked stays so.
async fn add_tokens(daemon: &Arc<Daemon>, path: String) -> Result<(), ServeError> {
    let read = tokio::fs::read_to_string(&path).await;
    let text = read.map_err(|error| ServeError::TokensFile { path: path.clone(), error })?;
    let tokens = tokens::from_file(&text, daemon.now());
    let tokens: Vec<Token> = tokens.map_err(|error| ServeError::TokensLine { path, error })?;
    let added = daemon
        .ask(move |store| {
            let known = store.tokens()?;
            let new: Vec<&Token> = tokens.iter().filter(|token| !known.iter().any(|old| old.id == token.id)).collect();
            new.iter().try_for_each(|token| store.add_token(token))?;
            Ok(new.len())
        })
        .await?;
    tracing::info!(added, "tokens of the file were read");
    Ok(())
}

async fn run(
    http: Shared,
    listener: TcpListener,
    settings: ServerSettings,
    certificates: Option<RustlsConfig>,
    shutdown: CancellationToken,
) -> io::Result<()> {
    let handle = Handle::new();
    let service = routes::router(&http).into_make_service();
    let bounded = Bounded::new(http.limits.connections, http.limits.stalled);
    let mut server = axum_server::Server::<SocketAddr>::from_listener(listener).handle(handle.clone());
    let builder = server.http_builder();
    builder
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(http.limits.head)
        .max_buf_size(HEAD)
        .max_headers(HEADERS);
    let stop = async {
        shutdown.cancelled().await;
        http.daemon.enter(Phase::Stopping);
        handle.graceful_shutdown(Some(http.limits.drain));
        std::future::pending::<()>().await;
    };
    let serving = async {
        match &certificates {
            // `http1_only` comes last: `acceptor` forgets it, and a connection that says nothing would be waited for
            None => server.acceptor(bounded).http1_only().serve(service).await,
            Some(config) => {
                let acceptor =
                    RustlsAcceptor::new(config.clone()).handshake_timeout(http.limits.head).acceptor(bounded);
                server.acceptor(acceptor).http1_only().serve(service).await
            }
        }
    };
    let renewing = async {
        let mut reloads = http.daemon.reloads();
        while reloads.changed().await.is_ok() {
            let new = http.daemon.project().server.clone();
            warn_of_restart(&settings, &new);
            if let (Some(config), Some(files)) = (&certificates, new.tls) {
                tls::reload(config, files).await;
            }
        }
        std::future::pending::<()>().await;
    };
    tokio::select! {
        ended = serving => ended,
        () = stop => unreachable!("waits for the server to end"),
        () = renewing => unreachable!("waits for the server to end"),
    }
}

/// Says what of `server:` a reload does not change.
fn warn_of_restart(old: &ServerSettings, new: &ServerSettings) {
    let changed = [
        ("server.listen", old.listen != new.listen),
        ("server.public_url", old.public_url != new.public_url),
        ("server.tls", old.tls.is_some() != new.tls.is_some()),
        ("server.tokens", old.tokens_file != new.tokens_file),
    ];
    for (key, _) in changed.iter().filter(|(_, changed)| *changed) {
        tracing::warn!(key, "this changed, and takes effect when the daemon is started again");
    }
}
