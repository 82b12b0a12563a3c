//! What can be written on the command line.

use std::path::PathBuf;

use clap::{Args as ClapArgs, Parser, Subcommand, ValueEnum};

pub(crate) use alerts::*;
pub(crate) use compare::*;
pub(crate) use daemon::*;
pub(crate) use drift::*;
pub(crate) use publish::PublishArgs;

use crate::size::Size;

mod alerts;
mod compare;
mod daemon;
mod drift;
mod publish;

/// Checks data against contracts, and live features and predictions against their training baseline.
#[derive(Debug, Parser)]
#[command(name = "assay", version, max_term_width = 100, after_help = EXIT_CODES, subcommand_required = true)]
pub(crate) struct Args {
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Check tables against their contracts, and models against their baselines
    Check(CheckArgs),
    /// Say what changes between two versions of contracts, and whom it breaks
    Diff(DiffArgs),
    /// Check a pull request: what it changes, and whether current data keep it
    Gate(GateArgs),
    /// Read contracts without touching data; say what is wrong or probably not meant
    Lint(LintArgs),
    /// Explain a check, a drift test, or the code of a reason; without a name, list them
    Explain(ExplainArgs),
    /// Make and look at baselines, which monitors compare live rows with
    #[command(subcommand)]
    Baseline(BaselineCommand),
    /// Decide on models: retraining, drift that is the new normal
    #[command(subcommand)]
    Model(ModelCommand),
    /// Show the windows that monitors evaluated
    History(HistoryArgs),
    /// Run contracts and monitors when they are due; pages, API and metrics over HTTP
    Serve(ServeArgs),
    /// Say what is broken and who looks after it; acknowledge
    Incidents(IncidentsArgs),
    /// Read the rules for alerts: whether they are valid, and who would be told of what
    #[command(subcommand)]
    Rules(RulesCommand),
    /// Try receivers of alerts
    #[command(subcommand)]
    Alert(AlertCommand),
    /// Do not tell of something for a while
    #[command(subcommand)]
    Silence(SilenceCommand),
    /// Look at messages to receivers; try them again, or give them up
    #[command(subcommand)]
    Outbox(OutboxCommand),
    /// Make, list and revoke tokens of the daemon's API
    #[command(subcommand)]
    Token(TokenCommand),
    /// Copy the store to a new file, also while a daemon works on it
    Backup(BackupArgs),
    /// Make a small data lake with planted defects and find them
    Demo(DemoArgs),
    /// Print a JSON Schema, for editors and for readers of results
    Schema(SchemaArgs),
    /// Print a completion script for a shell
    Completions(CompletionsArgs),
}

const EXIT_CODES: &str = "\
Exit codes:
  0    everything passed (warnings allowed)
  1    the data break a contract, or a model drifted
  2    a contract, a monitor, the project file or the command line is invalid; no data were read
  3    something could not be evaluated, or nothing was
  130  interrupted";

const CHECK_EXAMPLES: &str = "\
Examples:
  assay check                                     all contracts of the project
  assay check checks/silver --as-of 2026-11-20    a folder, as on that day
  assay check --select layer:gold,check:freshness only the freshness of gold tables
  assay check --var lake=/data/lake               set a variable of the contracts
  assay check checks/models/fare_eta.yaml         a monitor: every window that closed since the last run
  assay check --report public                     a report for people: public/index.html
  assay check --format json --output result.json  for machines
  assay check --notify                            tell whom rules/ name, without a daemon

Selecting: terms of one kind are alternatives, different kinds must all hold, `*` stands for any text.
  layer:NAME  table:NAME  owner:NAME  tag:NAME (of a contract or a check)  check:NAME (check or id)

The project is the nearest folder with `assay.yaml` at or above PATHS (without PATHS: the current folder).";

#[derive(Debug, ClapArgs)]
#[command(after_help = format!("{CHECK_EXAMPLES}\n\n{EXIT_CODES}"))]
pub(crate) struct CheckArgs {
    /// Contracts, or folders of contracts [default: the project's checks]
    pub paths: Vec<PathBuf>,

    /// Only these: `layer:`, `table:`, `owner:`, `tag:`, `check:`, separated by commas
    #[arg(long, value_name = "TERMS", value_delimiter = ',')]
    pub select: Vec<String>,

    /// The run's clock: a date (midnight in the project's zone) or RFC 3339 with an offset [default: now]
    #[arg(long, value_name = "TIME")]
    pub as_of: Option<String>,

    /// Set a variable that contracts use; may be repeated
    #[arg(long = "var", value_name = "NAME=VALUE")]
    pub vars: Vec<String>,

    /// What makes the exit code 1
    #[arg(long, value_enum, default_value_t = FailOn::Fail, value_name = "LEVEL")]
    pub fail_on: FailOn,

    #[command(flatten)]
    pub publish: PublishArgs,

    /// Memory for uniqueness before it spills to temporary files, such as 512MiB [default: assay.yaml, else 192MiB]
    #[arg(long, value_name = "SIZE")]
    pub memory: Option<Size>,

    /// Worker threads; 0 uses every core [default: assay.yaml, else 0]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(..=4096))]
    pub threads: Option<u16>,

    /// Of monitors: evaluate this window, named by its start (`2026-11-19T00:00:00+04:00` or `2026-11-19`)
    #[arg(long, value_name = "START")]
    pub window: Option<String>,

    /// With --window: evaluate it once more, as a new revision, although it was evaluated before
    #[arg(long, requires = "window")]
    pub again: bool,

    /// Do not read or write the store: monitors evaluate their newest windows, and nothing is remembered
    #[arg(long, conflicts_with_all = ["window", "again"])]
    pub no_store: bool,

    /// Open, change and resolve incidents, and tell whom the rules name; what does not arrive waits in the outbox
    #[arg(long, conflicts_with = "no_store")]
    pub notify: bool,

    /// Do not fetch failing rows
    #[arg(long)]
    pub no_samples: bool,

    /// Read rows even where file footers prove a verdict
    #[arg(long)]
    pub no_footers: bool,

    /// Compare what footers prove with a scan; a difference is an error
    #[arg(long, conflicts_with = "no_footers")]
    pub verify_footers: bool,

    /// List what passed, too
    #[arg(long, short)]
    pub verbose: bool,

    /// Do not show progress (it is shown only on a terminal)
    #[arg(long)]
    pub no_progress: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum FailOn {
    /// Broken checks of severity warn, too
    Warn,
    /// Only broken checks of severity fail
    Fail,
}

#[derive(Debug, ClapArgs)]
#[command(after_help = "\
Examples:
  assay lint                    all contracts of the project
  assay lint checks/silver      a folder
  assay lint --var lake=/data   with a variable that has no value otherwise

Exit codes: 0 contracts are valid (warnings allowed), 2 some are not.")]
pub(crate) struct LintArgs {
    /// Contracts, or folders of contracts [default: the project's checks]
    pub paths: Vec<PathBuf>,

    /// Set a variable that contracts use; may be repeated
    #[arg(long = "var", value_name = "NAME=VALUE")]
    pub vars: Vec<String>,
}

#[derive(Debug, ClapArgs)]
#[command(after_help = "\
Examples:
  assay explain                 all checks, one line each
  assay explain completeness    one check: parameters, examples, limits
  assay explain required        a short form, explained where it belongs
  assay explain psi             a drift test of monitors, or a metric of performance
  assay explain unreadable      the code of a reason")]
pub(crate) struct ExplainArgs {
    /// A check, its short form, a drift test, a metric, or the code of a reason
    pub name: Option<String>,
}

#[derive(Debug, ClapArgs)]
#[command(after_help = "\
Examples:
  assay demo                    make a lake, check it, remove it
  assay demo --dir shop         keep everything in ./shop; then: cd shop && assay check --as-of 2026-11-20T06:00:00Z

Exit codes: 0 every planted defect was found, 1 one was missed, 3 something could not be evaluated.")]
pub(crate) struct DemoArgs {
    /// Make it in this folder, new or empty, and leave it there [default: a temporary folder]
    #[arg(long)]
    pub dir: Option<PathBuf>,

    /// Leave the temporary folder in place
    #[arg(long, conflicts_with = "dir")]
    pub keep: bool,
}

#[derive(Debug, ClapArgs)]
#[command(after_help = "\
Examples:
  assay schema contract > contract.schema.json
  assay schema monitor > monitor.schema.json
  assay schema rules > rules.schema.json
  assay schema result
  assay schema changes

In an editor with the YAML language server, put this into the first line of a contract:
  # yaml-language-server: $schema=contract.schema.json")]
pub(crate) struct SchemaArgs {
    /// Of what
    #[arg(value_enum)]
    pub of: SchemaOf,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum SchemaOf {
    /// Contracts and packs
    Contract,
    /// Monitors
    Monitor,
    /// Rules for alerts
    Rules,
    /// assay.yaml
    Project,
    /// What `assay check --format json` writes
    Result,
    /// What `assay diff --format json` writes
    Changes,
}

#[derive(Debug, ClapArgs)]
#[command(after_help = "\
Examples:
  assay completions bash > ~/.local/share/bash-completion/completions/assay
  assay completions zsh > ~/.zfunc/_assay
  assay completions fish > ~/.config/fish/completions/assay.fish")]
pub(crate) struct CompletionsArgs {
    /// For which shell
    #[arg(value_enum)]
    pub shell: clap_complete::Shell,
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    #[test]
    fn the_arguments_are_consistent() {
        super::Args::command().debug_assert();
    }
}
