//! `assay explain`: what a check, a drift test or a reason means, from the same text as the reference pages.

use std::fmt::Write;

use assay_checks::registry::{CHECKS, find, names};
use assay_core::suggest::did_you_mean;
use assay_stats::drift::docs as drift;
use assay_stats::drift::registry::{MORE, TESTS};

use crate::args::ExplainArgs;
use crate::codes;
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
    if let Some(page) = drift::page_of(name) {
        return Some(page);
    }
    let code = codes::all().find(|code| code.name == name)?;
    Some(format!("# {}\n\n{}\n\nWhat to do: {}\n", code.name, code.means, code.do_next))
}

fn unknown(name: &str) -> Failure {
    let known = names().chain(of_monitors()).chain(codes::all().map(|code| code.name));
    let hint = did_you_mean(name, known).unwrap_or_else(|| "`assay explain` lists all of them".into());
    Failure::usage(format!("there is no check, no drift test and no code named `{name}`"), hint)
}

/// What monitors compare and measure.
fn of_monitors() -> impl Iterator<Item = &'static str> + Clone {
    let tests = TESTS.iter().map(|test| test.name());
    tests.chain(MORE.iter().map(|(name, _)| *name)).chain(drift::metrics().map(|(metric, _)| metric))
}

fn list() -> String {
    let mut out = String::from("Checks (`assay explain NAME` says more):\n");
    for spec in CHECKS {
        let aliases = match spec.aliases {
            [] => String::new(),
            aliases => format!(" (short: {})", aliases.join(", ")),
        };
        let _ = writeln!(out, "  {:<14} {}{aliases}", spec.name, first_sentence(&assay_checks::docs(spec)));
    }
    out.push_str("\nDrift tests of monitors:\n");
    for (name, page) in drift::pages().take(TESTS.len()) {
        let _ = writeln!(out, "  {name:<16} {}", first_sentence(&page));
    }
    out.push_str("\nWhat else monitors compare:\n");
    for (name, page) in drift::pages().skip(TESTS.len()) {
        let _ = writeln!(out, "  {name:<16} {}", first_sentence(&page));
    }
    out.push_str("\nCodes of reasons, why a check was skipped or could not be evaluated, a run not executed, a message given up:\n");
    for line in wrapped(codes::all().map(|code| code.name)) {
        let _ = writeln!(out, "  {line}");
    }
    out
}

/// The first sentence below the first heading of a page.
fn first_sentence(page: &str) -> String {
    let mut body = page.lines().skip_while(|line| !line.starts_with("## ")).skip(1);
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
        for name in names().chain(of_monitors()).chain(codes::all().map(|code| code.name)).chain(["key"]) {
            assert!(explain(name).is_some_and(|text| text.len() > 80), "{name}");
        }
        assert!(CHECKS.iter().all(|spec| first_sentence(&assay_checks::docs(spec)).len() > 10));
        assert!(drift::pages().all(|(_, page)| first_sentence(&page).len() > 10));
        let names: Vec<&str> = names().chain(of_monitors()).chain(codes::all().map(|code| code.name)).collect();
        let mut once = names.clone();
        once.sort_unstable();
        once.dedup();
        assert_eq!(once.len(), names.len(), "a name means two things");
    }
}
