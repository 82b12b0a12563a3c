//! GitLab's code quality report: what is not as it should be, at the line of the contract that says so.

use std::io;

use serde::Serialize;

use crate::findings::{Level, Merged, Subject, findings, merged};
use crate::formats::text::printable;
use crate::{Renderer, Report};

/// Where a finding is shown that is written nowhere.
const PROJECT_FILE: &str = "assay.yaml";

/// The renderer.
#[derive(Debug, Clone, Copy)]
pub struct Gitlab;

impl Renderer for Gitlab {
    fn render(&self, report: &Report<'_>, out: &mut dyn io::Write) -> io::Result<()> {
        let findings = findings(report);
        let violations: Vec<Violation> = merged(&findings).iter().map(violation).collect();
        serde_json::to_writer_pretty(&mut *out, &violations)?;
        out.write_all(b"\n")
    }
}

#[derive(Serialize)]
struct Violation {
    description: String,
    check_name: String,
    fingerprint: String,
    severity: &'static str,
    location: Location,
}

#[derive(Serialize)]
struct Location {
    path: String,
    lines: Lines,
}

#[derive(Serialize)]
struct Lines {
    begin: u32,
}

fn violation(merged: &Merged<'_>) -> Violation {
    let finding = &merged.finding;
    let at = finding.at();
    let path = at.as_ref().map_or(PROJECT_FILE, |at| &at.path);
    Violation {
        description: printable(&format!("{}: {}", finding.title(), merged.message())).into_owned(),
        check_name: finding.rule(),
        fingerprint: merged.fingerprint.clone(),
        severity: match (finding.level, finding.subject) {
            (_, Subject::Problem(_)) => "blocker",
            (Level::Error, _) => "critical",
            (Level::Failure, _) => "major",
            (Level::Warning, _) => "minor",
            (Level::Note, _) => "info",
        },
        location: Location { path: relative(path), lines: Lines { begin: at.as_ref().map_or(1, |at| at.line).max(1) } },
    }
}

/// GitLab compares paths with those of the repository, which never begin with `./`.
fn relative(path: &str) -> String {
    let path = path.replace('\\', "/");
    path.trim_start_matches("./").to_owned()
}

#[cfg(test)]
mod tests;
