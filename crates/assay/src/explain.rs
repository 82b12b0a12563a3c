//! `assay explain`: what a check or a reason means, from the same text as the reference pages.

use std::fmt::Write;

use assay_checks::registry::{CHECKS, CheckSpec, find, names};
use assay_core::suggest::did_you_mean;

use crate::args::ExplainArgs;
use crate::codes::CODES;
use crate::failure::Failure;
use crate::output;

/// Runs the command; gives its exit code.
pub(crate) fn command(args: &ExplainArgs) -> Result<u8, Failure> {
    let text = match args.name.as_deref() {
        None => list(),
        Some(name) => explain(name).ok_or_else(|| unknown(name))?,
    };
    output::stdout(text.as_bytes())?;
    Ok(0)
}

fn explain(name: &str) -> Option<String> {
    if let Some(spec) = find(name) {
        return Some(assay_checks::docs(spec));
    }
    if name == "key" {
        let text = "`key: [..]` at the top of a contract names the columns that identify a row. Each is required, and\n\
                    together they are unique; they name failing rows in samples. See `assay explain uniqueness`.\n";
        return Some(text.to_string());
    }
    let code = CODES.iter().find(|code| code.name == name)?;
    Some(format!("# {}\n\n{}\n\nWhat to do: {}\n", code.name, code.means, code.do_next))
}

fn unknown(name: &str) -> Failure {
    let known = names().chain(CODES.iter().map(|code| code.name));
    let hint = did_you_mean(name, known).unwrap_or_else(|| "`assay explain` lists all checks and codes".into());
    Failure::usage(format!("there is no check and no code named `{name}`"), hint)
}

fn list() -> String {
    let mut out = String::from("Checks (`assay explain NAME` says more):\n");
    for spec in CHECKS {
        let aliases = match spec.aliases {
            [] => String::new(),
            aliases => format!(" (short: {})", aliases.join(", ")),
        };
        let _ = writeln!(out, "  {:<14} {}{aliases}", spec.name, first_sentence(spec));
    }
    out.push_str("\nCodes of reasons, why a check was skipped or could not be evaluated:\n");
    for line in wrapped(CODES.iter().map(|code| code.name)) {
        let _ = writeln!(out, "  {line}");
    }
    out
}

/// The first sentence of a check's documentation.
fn first_sentence(spec: &CheckSpec) -> String {
    let docs = assay_checks::docs(spec);
    let mut body = docs.lines().skip_while(|line| *line != "## What it checks").skip(1);
    let text: Vec<&str> = body.by_ref().take_while(|line| !line.trim().is_empty()).collect();
    let text = text.join(" ");
    text.split_once(". ").map_or(text.trim_end_matches('.'), |(first, _)| first).to_string()
}

fn wrapped<'a>(words: impl Iterator<Item = &'a str>) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in words {
        let line = lines.last_mut().expect("never empty");
        if !line.is_empty() && line.len() + word.len() + 2 > 90 {
            lines.push(word.to_string());
        } else {
            let gap = if line.is_empty() { "" } else { "  " };
            let _ = write!(line, "{gap}{word}");
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_listed_is_explained() {
        for name in names().chain(CODES.iter().map(|code| code.name)).chain(["key"]) {
            assert!(explain(name).is_some_and(|text| text.len() > 80), "{name}");
        }
        assert!(CHECKS.iter().all(|spec| first_sentence(spec).len() > 10));
        assert!(CODES.is_sorted_by_key(|code| code.name));
    }
}
