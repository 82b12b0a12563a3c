//! What can be written about baselines, models and their history.

use std::path::PathBuf;

use clap::{Args as ClapArgs, Subcommand};

/// `assay baseline ..`.
#[derive(Debug, Subcommand)]
pub(crate) enum BaselineCommand {
    /// Freeze what training data look like into a file
    Create(Box<BaselineCreateArgs>),
    /// Show a baseline
    Show(BaselineShowArgs),
    /// Compare two baselines
    Diff(BaselineDiffArgs),
    /// List the baselines of the project
    List(BaselineListArgs),
    /// Give a baseline an alias, such as `champion`, that monitors can name
    Promote(BaselinePromoteArgs),
}

#[derive(Debug, ClapArgs)]
#[command(after_help = "\
Examples:
  assay baseline create fare_eta --from 'lake/train/fare_eta/*.parquet' --where \"split = 'train'\"
  assay baseline create fare_eta --from train.csv --target eta --prediction eta_pred --task regression
  assay baseline create fare_eta --from lake/live --timestamp event_time --since 2026-10-01 --until 2026-11-01 \\
      --timezone Asia/Dubai
  assay baseline create fare_eta --from train.parquet --segment city_id --covariance --model fare_eta --model-version 7

The file is immutable: the same data and options give the same content hash.")]
pub(crate) struct BaselineCreateArgs {
    /// Its name
    pub name: String,

    /// The rows: a file, a folder or a pattern
    #[arg(long, value_name = "PATH")]
    pub from: String,

    /// Their format [default: by the file's ending, else parquet]
    #[arg(long, value_name = "FORMAT", value_parser = ["parquet", "csv", "jsonl", "arrow"])]
    pub format: Option<String>,

    /// Only rows for which this SQL holds
    #[arg(long = "where", value_name = "SQL")]
    pub filter: Option<String>,

    /// A random sample of about so many rows, the same every time
    #[arg(long, value_name = "ROWS")]
    pub sample: Option<u64>,

    /// The time of a row, for --since and --until, and for the time range that the baseline remembers
    #[arg(long, value_name = "COLUMN")]
    pub timestamp: Option<String>,

    /// Rows from this time on: a date or RFC 3339
    #[arg(long, value_name = "TIME", requires = "timestamp")]
    pub since: Option<String>,

    /// Rows before this time
    #[arg(long, value_name = "TIME", requires = "timestamp")]
    pub until: Option<String>,

    /// The zone of naive times and of dates [default: the project's]
    #[arg(long, value_name = "ZONE")]
    pub timezone: Option<String>,

    /// Columns to leave out
    #[arg(long, value_name = "COLUMNS", value_delimiter = ',')]
    pub exclude: Vec<String>,

    /// Columns to test as numbers, whatever they look like
    #[arg(long, value_name = "COLUMNS", value_delimiter = ',')]
    pub numeric: Vec<String>,

    /// Columns to test as categories
    #[arg(long, value_name = "COLUMNS", value_delimiter = ',')]
    pub categorical: Vec<String>,

    /// The type of a column of a text file; without it the type is found from all cells, once
    #[arg(long = "type", value_name = "COLUMN=TYPE")]
    pub types: Vec<String>,

    /// Profile the largest segments by these columns, too; may be repeated, `a+b` for two columns together
    #[arg(long = "segment", value_name = "COLUMNS")]
    pub segments: Vec<String>,

    /// How many segments
    #[arg(long, default_value_t = 20, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub top: u32,

    /// The label, for the relation of features and target, and for performance at training
    #[arg(long, value_name = "COLUMN")]
    pub target: Option<String>,

    /// The prediction at training, for performance
    #[arg(long, value_name = "COLUMN", requires = "target")]
    pub prediction: Option<String>,

    /// What is predicted
    #[arg(long, value_parser = ["regression", "classification"], requires = "target")]
    pub task: Option<String>,

    /// The probability of the positive class
    #[arg(long, value_name = "COLUMN", requires = "target")]
    pub score: Option<String>,

    /// The positive class
    #[arg(long, value_name = "VALUE", requires = "target")]
    pub positive: Option<String>,

    /// Keep what the covariance test needs
    #[arg(long)]
    pub covariance: bool,

    /// Keep no pairs of columns (correlations cannot be watched then)
    #[arg(long)]
    pub no_pairs: bool,

    /// Keep no sample of values
    #[arg(long)]
    pub no_sample: bool,

    /// Name no category and no value of fewer rows
    #[arg(long, default_value_t = 1, value_name = "ROWS")]
    pub min_bin_count: u64,

    /// Seed of the samples
    #[arg(long, default_value_t = 0, value_name = "N")]
    pub seed: u64,

    /// The registered model that was trained on these rows
    #[arg(long, value_name = "NAME")]
    pub model: Option<String>,

    /// Its version
    #[arg(long, value_name = "VERSION", requires = "model")]
    pub model_version: Option<String>,

    /// Where the rows come from, for whoever asks later: `mlflow_run=..`, `git_commit=..`, `dvc_md5=..`
    #[arg(long = "lineage", value_name = "NAME=VALUE")]
    pub lineage: Vec<String>,

    /// Performance at training: `rmse=3.1`
    #[arg(long = "performance", value_name = "METRIC=VALUE")]
    pub performance: Vec<String>,

    /// Where the file goes [default: NAME-HASH.baseline.parquet in the project's baselines]
    #[arg(long, short, value_name = "FILE")]
    pub output: Option<PathBuf>,

    /// Worker threads; 0 uses every core
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(..=4096))]
    pub threads: Option<u16>,

    /// Do not show progress
    #[arg(long)]
    pub no_progress: bool,
}

#[derive(Debug, ClapArgs)]
#[command(after_help = "\
Examples:
  assay baseline show fare_eta                          the newest of this name
  assay baseline show fare_eta@champion --format json   by alias, for machines
  assay baseline show baselines/fare_eta-7.baseline.parquet")]
pub(crate) struct BaselineShowArgs {
    /// A file, `NAME`, `NAME@ALIAS` or `NAME@HASH`
    pub baseline: String,

    /// How it is written
    #[arg(long, default_value = "text", value_parser = ["text", "json"])]
    pub format: String,
}

#[derive(Debug, ClapArgs)]
#[command(after_help = "\
Examples:
  assay baseline diff fare_eta@champion fare_eta
  assay baseline diff old.baseline.parquet new.baseline.parquet")]
pub(crate) struct BaselineDiffArgs {
    /// A file, `NAME`, `NAME@ALIAS` or `NAME@HASH`
    pub before: String,
    /// Another
    pub after: String,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct BaselineListArgs {
    /// Only of this name
    pub name: Option<String>,
}

#[derive(Debug, ClapArgs)]
#[command(after_help = "\
Examples:
  assay baseline promote fare_eta --alias champion              the newest of this name
  assay baseline promote fare_eta@3fa9c1d2 --alias champion     the one with this hash

A monitor that names `fare_eta@champion` uses it for windows that were not evaluated before.")]
pub(crate) struct BaselinePromoteArgs {
    /// A file, `NAME` or `NAME@HASH`
    pub baseline: String,

    /// The alias
    #[arg(long, default_value = "champion", value_name = "ALIAS")]
    pub alias: String,
}

/// `assay model ..`.
#[derive(Debug, Subcommand)]
pub(crate) enum ModelCommand {
    /// Proposals to train a model again
    #[command(subcommand)]
    Retrain(RetrainCommand),
    /// Accept a window's drift as the new normal: rolling baselines may learn from it
    Accept(AcceptArgs),
}

/// `assay model retrain ..`.
#[derive(Debug, Subcommand)]
pub(crate) enum RetrainCommand {
    /// List proposals, newest first
    List(RetrainListArgs),
    /// Approve a proposal
    Approve(RetrainDecisionArgs),
    /// Reject a proposal
    Reject(RetrainDecisionArgs),
    /// Say that the training took place
    Done(RetrainDecisionArgs),
}

#[derive(Debug, ClapArgs)]
pub(crate) struct RetrainListArgs {
    /// Only of this monitor
    pub monitor: Option<String>,

    /// How it is written
    #[arg(long, default_value = "text", value_parser = ["text", "json"])]
    pub format: String,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct RetrainDecisionArgs {
    /// The proposal, as listed: `rt-0123456789ab`
    pub id: String,

    /// Why, for whoever asks later
    #[arg(long, value_name = "TEXT")]
    pub note: Option<String>,
}

#[derive(Debug, ClapArgs)]
#[command(after_help = "\
Example:
  assay model accept fare_eta --window 2026-11-19T00:00:00+04:00")]
pub(crate) struct AcceptArgs {
    /// The monitor
    pub monitor: String,

    /// The window, as `assay history` names it
    #[arg(long, value_name = "START")]
    pub window: String,
}

#[derive(Debug, ClapArgs)]
#[command(after_help = "\
Examples:
  assay history fare_eta
  assay history fare_eta --last 60 --format json")]
pub(crate) struct HistoryArgs {
    /// The monitor [default: every monitor that was evaluated]
    pub monitor: Option<String>,

    /// So many windows of each
    #[arg(long, default_value_t = 30, value_name = "N")]
    pub last: usize,

    /// How it is written
    #[arg(long, default_value = "text", value_parser = ["text", "json"])]
    pub format: String,
}
