//! `assay serve` and `assay token`.

use std::path::PathBuf;

use clap::{Args as ClapArgs, Subcommand};

use crate::serve::LogFormat;

const SERVE_EXAMPLES: &str = "\
Examples:
  assay serve                             the project here, on the address of assay.yaml (127.0.0.1:8642)
  assay serve --dir /srv/shop             the project of another folder
  assay serve --listen 127.0.0.1:9000     another port
  ASSAY__STATE__URL=postgres://.. assay serve   several daemons that share the work

What it does: contracts and monitors with a `schedule` are run when they are due; pages and the API are at
the address, /metrics is for Prometheus. SIGHUP reads the project anew, SIGTERM ends it after the runs under way.
Another address than loopback needs TLS (`server: {tls: ..}`) and a token (`assay token create`).

Environment:
  ASSAY_LOG         what is logged: `info`, `debug`, `assay_daemon=debug`
  ASSAY__KEY__KEY   a value in place of that of assay.yaml: ASSAY__SERVER__LISTEN, ASSAY__STATE__URL, ..";

#[derive(Debug, ClapArgs)]
#[command(after_help = SERVE_EXAMPLES)]
pub(crate) struct ServeArgs {
    /// The folder with `assay.yaml` [default: at or above the current folder]
    #[arg(long, value_name = "DIR")]
    pub dir: Option<PathBuf>,

    /// Address and port [default: `server.listen` of assay.yaml, else 127.0.0.1:8642]
    #[arg(long, value_name = "ADDRESS:PORT")]
    pub listen: Option<String>,

    /// Listen on an address that others reach without TLS or without any token
    #[arg(long)]
    pub insecure: bool,

    /// How the log is written
    #[arg(long, value_enum, default_value_t = LogFormat::Text, value_name = "FORMAT")]
    pub log: LogFormat,

    /// Seconds that runs may go on after the daemon was told to stop
    #[arg(long, default_value_t = 30, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(..=3600))]
    pub grace: u64,
}

const BACKUP_EXAMPLES: &str = "\
Examples:
  assay backup /backup/assay-$(date +%F).db

The copy is a store of its own: put it in the place of `.assay/state.db` while no daemon runs, and go on from there.
A store in PostgreSQL is copied by `pg_dump`.";

#[derive(Debug, ClapArgs)]
#[command(after_help = BACKUP_EXAMPLES)]
pub(crate) struct BackupArgs {
    /// The new file, which must not be there yet
    pub file: PathBuf,
}

const TOKEN_EXAMPLES: &str = "\
Examples:
  assay token create --name ci --scope run --expires 90d
  assay token create --name prometheus --scope read > /run/secrets/assay_prometheus
  assay token list
  assay token revoke 3k9fz0aq

Scopes: `read` looks, `run` also triggers runs, sends observations, silences and acknowledges, `admin` also reloads.
As long as there is no token, a daemon on loopback lets everybody look and nobody change anything.";

#[derive(Debug, Subcommand)]
#[command(after_help = TOKEN_EXAMPLES)]
pub(crate) enum TokenCommand {
    /// Make a token and print it, once
    Create(CreateTokenArgs),
    /// List tokens; their secrets are not kept
    List(ListTokensArgs),
    /// End a token at once
    Revoke(RevokeTokenArgs),
}

#[derive(Debug, ClapArgs)]
pub(crate) struct CreateTokenArgs {
    /// What people call it
    #[arg(long, value_name = "NAME")]
    pub name: String,

    /// What it allows: `read`, `run`, `admin`; separated by commas
    #[arg(long, value_name = "SCOPES", value_delimiter = ',', required = true)]
    pub scope: Vec<String>,

    /// When it ends by itself: `12h`, `90d`, `52w` [default: never]
    #[arg(long, value_name = "DURATION")]
    pub expires: Option<String>,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct ListTokensArgs {
    /// For people or for machines
    #[arg(long, default_value = "text", value_parser = ["text", "json"], value_name = "FORMAT")]
    pub format: String,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct RevokeTokenArgs {
    /// The eight characters after `assay_`, as `assay token list` shows them
    pub id: String,
}
