//! `assay serve`: the daemon, with the store, the engine and the signals of this machine.

mod carrier;
mod documents;
mod lock;
mod log;
mod observations;
pub(crate) mod recorded;
pub(crate) mod rules;
mod signals;
mod workshop;

use std::sync::Arc;
use std::time::Duration;

use assay_daemon::clock::SystemClock;
use assay_daemon::daemon::{Daemon, Phase};
use assay_daemon::http::{self, Limits, Options};
use tokio_util::sync::CancellationToken;
use tracing::{error, info};

use crate::args::ServeArgs;
use crate::failure::Failure;
use crate::{load, store};
pub(crate) use carrier::carrier;
pub(crate) use documents::{of_contract, of_monitor, subject};
pub(crate) use lock::unique_holder;
pub(crate) use log::LogFormat;
use signals::Signals;
pub(crate) use workshop::LocalWorkshop;

/// Runs the daemon until it is told to stop; gives the exit code.
pub(crate) fn command(args: &ServeArgs) -> Result<u8, Failure> {
    log::begin(args.log)?;
    install_tls();
    let root = load::root_for_daemon(args.dir.as_deref())?;
    let workshop = LocalWorkshop::new(root.clone());
    let settings = workshop.settings()?;
    let project = workshop.read()?;
    let _lock = lock::take(&settings, &root)?;
    let store = store::for_daemon(&settings, Some(&root))?;

    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .thread_name("assay")
        .build()
        .map_err(|error| Failure::Outside(format!("cannot start: {error}")))?;
    let holder = lock::holder(&settings);
    let clock = Arc::new(SystemClock::new());
    let daemon = Daemon::new(store, Arc::new(workshop), clock, carrier(&root), holder, project);
    let options =
        Options { listen: args.listen.clone(), hosts: Vec::new(), insecure: args.insecure, limits: Limits::default() };
    let ended = runtime.block_on(serve(daemon, options, Duration::from_secs(args.grace)));
    // threads that hang in a source are not waited for
    runtime.shutdown_timeout(Duration::from_millis(100));
    ended.map(|()| 0)
}

async fn serve(daemon: Arc<Daemon>, options: Options, grace: Duration) -> Result<(), Failure> {
    let signals = Signals::of(&daemon).map_err(|why| Failure::Outside(format!("cannot listen to signals: {why}")))?;
    let closing = CancellationToken::new();
    let server = http::serve(Arc::clone(&daemon), options, closing.clone()).await;
    let server = server.map_err(|why| Failure::Outside(why.to_string()))?;
    info!(address = %server.address, "listening");
    let signals = tokio::spawn(signals::listen(Arc::clone(&daemon), signals));
    let ended = assay_daemon::run::run(Arc::clone(&daemon), grace).await;
    // pages and the API answer until the last run was written
    daemon.enter(Phase::Stopping);
    closing.cancel();
    if let Err(why) = server.stopped().await {
        error!(%why, "the server broke off");
    }
    signals.abort();
    ended.map_err(store::outside)
}

/// The provider of cryptography; before anything speaks TLS.
fn install_tls() {
    // an error says that one is installed already
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
}
