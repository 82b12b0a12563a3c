//! The `assay` command: arguments, wiring and exit codes. What is decided here is how people and machines talk to
//! Assay; what is true about their data is decided below.

#![allow(clippy::disallowed_methods, reason = "the rim: files, clock and environment are read here and handed down")]

mod alerts;
mod args;
mod backup;
mod baseline;
mod check;
mod clock;
mod codes;
mod compare;
mod demo;
mod disk;
mod explain;
mod failure;
mod gate;
mod git;
mod history;
mod lint;
mod load;
mod model;
mod named;
mod output;
mod progress;
mod publish;
mod select;
mod serve;
mod size;
mod store;
mod token;

use std::process::ExitCode;

use clap::{CommandFactory, Parser};

use args::{Args, Command, SchemaOf};
use failure::Failure;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let args = Args::parse();
    let ended = match args.command {
        Command::Check(args) => check::command(&args),
        Command::Diff(args) => compare::command(&args),
        Command::Gate(args) => gate::command(&args),
        Command::Lint(args) => lint::command(&args),
        Command::Explain(args) => explain::command(&args),
        Command::Schema(args) => schema(args.of),
        Command::Completions(args) => completions(args.shell),
        Command::Baseline(args) => baseline::command(&args),
        Command::Model(args) => model::command(&args),
        Command::History(args) => history::command(&args),
        Command::Serve(args) => serve::command(&args),
        Command::Incidents(args) => alerts::incidents(&args),
        Command::Rules(args) => alerts::rules(&args),
        Command::Alert(args) => alerts::alert(&args),
        Command::Silence(args) => alerts::silence(&args),
        Command::Outbox(args) => alerts::outbox(&args),
        Command::Token(args) => token::command(&args),
        Command::Backup(args) => backup::command(&args),
        Command::Demo(args) => demo::command(&args),
    };
    match ended {
        Ok(code) => ExitCode::from(code),
        Err(failure) => {
            failure.tell();
            ExitCode::from(failure.exit_code())
        }
    }
}

fn schema(of: SchemaOf) -> Result<u8, Failure> {
    let schema = match of {
        SchemaOf::Contract => assay_contract::contract_schema(),
        SchemaOf::Monitor => assay_contract::monitor_schema(),
        SchemaOf::Rules => assay_notify::rules::rules_schema(),
        SchemaOf::Project => assay_contract::project_schema(),
        SchemaOf::Result => assay_report::result_schema(),
        SchemaOf::Changes => assay_report::changes_schema(),
    };
    output::stdout(format!("{schema:#}\n").as_bytes())?;
    Ok(0)
}

fn completions(shell: clap_complete::Shell) -> Result<u8, Failure> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Args::command(), "assay", &mut script);
    output::stdout(&script)?;
    Ok(0)
}
