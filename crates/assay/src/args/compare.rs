//! What can be written about versions of contracts.

use assay_core::change::ChangeVerdict;
use clap::Args as ClapArgs;
use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};

use crate::args::{FailOn, PublishArgs};
use crate::size::Size;

const DIFF_EXIT_CODES: &str = "\
Exit codes: 0 nothing breaks, 1 a change breaks and is not allowed, 2 something is invalid, 3 git could not be read.";

const GATE_EXIT_CODES: &str = "\
Exit codes:
  0    no change breaks, and the data keep what ran
  1    a change breaks and is not allowed, or the data break a contract that ran
  2    a contract, a monitor, the project file or the command line is invalid; no data were read
  3    something could not be evaluated
  130  interrupted";

const VERDICTS: &str = "\
Verdicts, worst first:
  breaks-consumers     a column is gone, a type or a limit promises less: who reads the table may rely on it
  breaks-producer      a check is new or tighter: who writes the table has to keep more than before
  monitoring-weakened  a baseline replaced, a drift limit raised, a route removed: things may go wrong unnoticed
  compatible           nobody has to do anything";

/// The versions to compare.
#[derive(Debug, ClapArgs)]
pub(crate) struct VersionArgs {
    /// Compare with where this work left REF, the branch it goes into [default: origin's default branch]
    #[arg(long, value_name = "REF")]
    pub base: Option<String>,

    /// Verdicts that do not break: breaks-consumers, breaks-producer, monitoring-weakened; separated by commas
    #[arg(long, value_name = "VERDICTS", value_delimiter = ',', value_parser = verdicts())]
    pub allow: Vec<ChangeVerdict>,

    /// Set a variable that contracts use; may be repeated
    #[arg(long = "var", value_name = "NAME=VALUE")]
    pub vars: Vec<String>,

    /// The clock of both versions: a date (midnight in the project's zone) or RFC 3339 with an offset [default: now]
    #[arg(long, value_name = "TIME")]
    pub as_of: Option<String>,

    #[command(flatten)]
    pub publish: PublishArgs,

    /// List compatible changes one by one, and what passed
    #[arg(long, short)]
    pub verbose: bool,
}

/// `assay diff`.
#[derive(Debug, ClapArgs)]
#[command(after_help = format!("\
Examples:
  assay diff                                  what this branch changes, with what is not committed yet
  assay diff --base origin/release-2          against where the branch left another one
  assay diff v1.4.0 v1.5.0                    these two versions
  assay diff HEAD                             what is not committed yet
  assay diff --suggest-version --current 1.4.0
  assay diff --allow breaks-consumers         tell, but do not break
  assay diff --format json --output changes.json
  assay diff --also json=changes.json         for people, and for machines

Versions are read as git keeps them: nothing is checked out, and nothing of the repository is written.

{VERDICTS}

{DIFF_EXIT_CODES}"))]
pub(crate) struct DiffArgs {
    /// The old version itself: a branch, a tag or a commit
    #[arg(value_name = "BASE", conflicts_with = "base")]
    pub from: Option<String>,

    /// The new version [default: the working tree]
    #[arg(value_name = "HEAD", conflicts_with = "head")]
    pub to: Option<String>,

    /// The new version, where BASE is left out [default: the working tree]
    #[arg(long, value_name = "REF")]
    pub head: Option<String>,

    /// The project's folder in a bare repository [default: where its assay.yaml is]
    #[arg(long, value_name = "FOLDER")]
    pub project: Option<String>,

    /// Say which version comes next: major, minor or patch (semver.org)
    #[arg(long)]
    pub suggest_version: bool,

    /// The version now, for --suggest-version
    #[arg(long, value_name = "X.Y.Z", requires = "suggest_version")]
    pub current: Option<String>,

    #[command(flatten)]
    pub versions: VersionArgs,
}

/// `assay gate`.
#[derive(Debug, ClapArgs)]
#[command(after_help = format!("\
Examples:
  assay gate --base origin/main                      before a merge: what changes, and whether the data keep it
  assay gate --base origin/main --allow breaks-producer
  assay gate --base origin/main --as-of 2026-11-20 --var lake=/data/lake
  assay gate --base origin/main --format github      annotations on the lines of a pull request
  assay gate --base origin/main --also json=gate.json

It runs on current data, as they are where this runs:
  - contracts that change, in their new version
  - contracts that reference a table whose contract changes
  - contracts whose data files, packs, code lists or `produced_by` files change
  - monitors that change, or whose baseline does

A change that asks more of the producer breaks only where current data do not keep it.

{VERDICTS}

{GATE_EXIT_CODES}"))]
pub(crate) struct GateArgs {
    #[command(flatten)]
    pub versions: VersionArgs,

    /// What makes broken data exit code 1
    #[arg(long, value_enum, default_value_t = FailOn::Fail, value_name = "LEVEL")]
    pub fail_on: FailOn,

    /// Memory for uniqueness before it spills to temporary files, such as 512MiB [default: assay.yaml, else 192MiB]
    #[arg(long, value_name = "SIZE")]
    pub memory: Option<Size>,

    /// Worker threads; 0 uses every core [default: assay.yaml, else 0]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(..=4096))]
    pub threads: Option<u16>,

    /// Do not fetch failing rows
    #[arg(long)]
    pub no_samples: bool,

    /// Do not show progress (it is shown only on a terminal)
    #[arg(long)]
    pub no_progress: bool,
}

/// What may be allowed: everything but what is compatible anyway.
fn verdicts() -> impl TypedValueParser<Value = ChangeVerdict> {
    let breaking = ChangeVerdict::ALL.into_iter().filter(|verdict| *verdict != ChangeVerdict::Compatible);
    PossibleValuesParser::new(breaking.map(|verdict| PossibleValue::new(verdict.name()).help(verdict.words()))).map(
        |name| {
            let known = ChangeVerdict::ALL.into_iter().find(|verdict| verdict.name() == name);
            known.expect("one of the possible values")
        },
    )
}
