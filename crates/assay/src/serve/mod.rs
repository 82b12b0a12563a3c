//! `assay serve`: the daemon, with the store, the engine and the signals of this machine.

pub(crate) use log::LogFormat;

mod documents;
mod lock;
mod log;
mod recorded;
mod signals;
mod workshop;

use std::sync::Arc;
use std::time::Duration;

use assay_daemon::clock::SystemClock;
use assay_daemon::daemon::{Daemon, Phase};
use assay_daemon::http;
use tracing::info;

use crate::args::ServeArgs;
use crate::failure::Failure;
use crate::{load, store, token};
use workshop::LocalWorkshop;

/// After the last run ended: answers that are under way.
const CLOSING: Duration = Duration::from_secs(5);

/// Runs the daemon until it is told to stop; gives the exit code.
pub(crate) fn command(args: &ServeArgs) -> Result<u8, Failure> {
    log::begin(args.log)?;
    install_tls();
    let root = load::root_for_daemon(args.dir.as_deref())?;
    let overrides = load::overrides();
    let workshop = LocalWorkshop { root: root.clone(), overrides };
    let settings = workshop.settings()?;
    let project = workshop.read()?;
    let _lock = lock::take(&settings, &root)?;
    let store = store::for_daemon(&settings, Some(&root))?;
    token::add_from_file(&*store, &project.server, &root)?;

    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .thread_name("assay")
        .build()
        .map_err(|error| Failure::Outside(format!("cannot start: {error}")))?;
    let holder = lock::holder(&settings);
    let options = http::Options { listen: args.listen.clone(), insecure: args.insecure, root };
    let daemon = Daemon::new(store, Arc::new(workshop), Arc::new(SystemClock::new()), holder, project);
    let ended = runtime.block_on(serve(daemon, options, Duration::from_secs(args.grace)));
    // threads that hang in a source are not waited for
    runtime.shutdown_timeout(Duration::from_millis(100));
    ended.map(|()| 0)
}

async fn serve(daemon: Arc<Daemon>, options: http::Options, grace: Duration) -> Result<(), Failure> {
    let server = http::bind(Arc::clone(&daemon), options).await.map_err(|why| Failure::Outside(why.to_string()))?;
    info!(address = %server.address(), "listening");
    let closing = server.closer();
    let answering = tokio::spawn(server.answer());
    let signals = tokio::spawn(signals::listen(Arc::clone(&daemon)));
    let ended = assay_daemon::run::run(Arc::clone(&daemon), grace).await;
    daemon.enter(Phase::Stopping);
    closing.close(CLOSING);
    signals.abort();
    let _ = answering.await;
    ended.map_err(store::outside)
}

/// The provider of cryptography; before anything speaks TLS.
fn install_tls() {
    // an error says that one is installed already
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
}
