//! The false-alarm study of drift: resampled windows without drift and with a known one, every rule that can decide,
//! its rate of false alarms against alpha and its power, beside those of the p-value alone.
//!
//! `cargo run --release --workspace --bin drift-study [-- --short] [--only PART] [--json FILE]`. Tables go
//! to standard output, progress to standard error. Exit code 1: a rule raises false alarms above alpha; it is named.
#![allow(clippy::disallowed_methods, reason = "a program: it reads arguments, a clock for progress, and writes a file")]

mod categories;
mod column;
mod interval;
mod monitor;
mod null;
mod numbers;
mod options;
mod power;
mod random;
mod relations;
mod report;
mod rules;
mod sparse;
mod tables;
mod tally;
mod windows;
mod work;

use std::process::ExitCode;

use options::Options;
use tally::Tally;
use work::Plan;

/// Parts whose rules must keep to alpha.
const BOUND: &[&str] = &[null::PART, relations::PAIRS, relations::TARGET, windows::PART, windows::DISAGREE];

fn main() -> ExitCode {
    let options = match Options::parse(std::env::args().skip(1)) {
        Ok(options) => options,
        Err(why) => {
            eprintln!("{why}\n{}", options::USAGE);
            return ExitCode::from(2);
        }
    };
    let plan = Plan { short: options.short, seed: options.seed, threads: options.threads };
    let mut tally = Tally::new();
    let parts = [null::run, sparse::run, relations::pairs, relations::target, windows::run, power::run];
    for (name, part) in options::PARTS.into_iter().zip(parts) {
        if options.only.as_deref().is_none_or(|only| only == name) {
            tally.extend(part(&plan));
        }
    }
    let rules = rules::all();
    let broken = report::broken(&tally, BOUND);
    println!("{}", tables::all(&tally, &rules));
    if let Some(path) = &options.json {
        let text = report::json(&tally, &rules, &broken, options.seed, options.short).to_string();
        if let Err(why) = std::fs::write(path, text + "\n") {
            eprintln!("{path}: {why}");
            return ExitCode::from(2);
        }
    }
    if broken.is_empty() {
        println!("No rule raises false alarms above alpha.");
        return ExitCode::SUCCESS;
    }
    println!("{}", tables::broken(&broken));
    ExitCode::from(1)
}
