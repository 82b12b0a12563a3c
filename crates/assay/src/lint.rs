//! `assay lint`.

use std::io::Write;

use crate::args::LintArgs;
use crate::failure::Failure;
use crate::{clock, load, output};

/// Runs the command; gives its exit code.
pub(crate) fn command(args: &LintArgs) -> Result<u8, Failure> {
    let vars = load::variables(&args.vars)?;
    let load::Documents { contracts, monitors } = load::find(&args.paths)?.load(&vars, clock::now())?;
    let mut warnings = 0;
    let mut shown = String::new();
    for loaded in &contracts {
        let problems = assay_contract::lint(loaded);
        warnings += problems.len();
        shown.push_str(&assay_contract::render_as("warning", &problems, &loaded.sources));
    }
    let _ = write!(anstream::stderr(), "{shown}");
    let plural = |n: usize, noun: &str| format!("{n} {noun}{}", if n == 1 { "" } else { "s" });
    let checks = contracts.iter().map(|loaded| loaded.contract.checks.len()).sum();
    let mut valid = format!("{} with {}", plural(contracts.len(), "valid contract"), plural(checks, "check"));
    if !monitors.is_empty() {
        valid = format!("{valid}, {}", plural(monitors.len(), "valid monitor"));
    }
    output::stdout(format!("{valid}, {}\n", plural(warnings, "warning")).as_bytes())?;
    Ok(0)
}
