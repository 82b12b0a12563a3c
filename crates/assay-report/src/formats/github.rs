//! GitHub Actions: annotations at the lines of contracts, by workflow commands on standard output. Beside them the
//! step's summary and outputs, which go into files that GitHub names.

mod command;
mod outputs;

use std::io;

use crate::cut::cut;
use crate::findings::{Finding, Level, Subject, conclusion, findings};
use crate::formats::markdown;
use crate::formats::text::printable;
use crate::formats::text::words::plural;
use crate::{Renderer, Report};
use command::{Command, Kind};
pub use outputs::{output_file, outputs};

/// GitHub shows ten annotations of a kind for each step, and 50 of a job; the worst ten are told.
const ANNOTATIONS: usize = 10;
/// Characters of an annotation's sentence; the summary and the other formats have all of them.
const CHARACTERS: usize = 2_000;

/// The renderer.
#[derive(Debug, Clone, Copy)]
pub struct Github;

impl Renderer for Github {
    fn render(&self, report: &Report<'_>, out: &mut dyn io::Write) -> io::Result<()> {
        let findings = findings(report);
        let told: Vec<&Finding<'_>> = findings.iter().filter(|finding| finding.level > Level::Note).collect();
        let groups: Vec<&[&Finding<'_>]> = told.chunk_by(|a, b| a.is_alike(b)).collect();
        for group in groups.iter().take(ANNOTATIONS) {
            writeln!(out, "{}", annotation(group))?;
        }
        let left: usize = groups.iter().skip(ANNOTATIONS).map(|group| group.len()).sum();
        writeln!(out, "{}", notice(report, left))
    }
}

/// The step's summary in Markdown (`GITHUB_STEP_SUMMARY`), at most so many bytes of it: cut at whole rows, with how many
/// more there are. GitHub takes up to 1 MiB of a step.
pub fn summary(report: &Report<'_>, limit_bytes: usize) -> String {
    markdown::page(report, limit_bytes)
}

fn annotation(group: &[&Finding<'_>]) -> Command {
    let finding = group.first().expect("a group has a finding");
    let kind = if finding.level == Level::Warning { Kind::Warning } else { Kind::Error };
    let more = match group.len() {
        0 | 1 => String::new(),
        n => format!(" and {}", plural(n - 1, "more check")),
    };
    let window = finding.window().map_or(String::new(), |window| format!(" ({window})"));
    let lines = [Some(finding.message()), finding.hint()];
    let lines: Vec<String> = lines.into_iter().flatten().map(|line| cut(&printable(&line), CHARACTERS)).collect();
    let command = Command::new(kind, &lines.join("\n"));
    let command = command.property("title", &format!("{}{more}{window}", finding.title()));
    let Some(at) = finding.at().filter(|at| !at.path.is_empty()) else { return command };
    let command = command.property("file", &at.path);
    // a line of the old version is another one in the new
    match finding.subject {
        Subject::Change(change) if change.at_base => command,
        _ => command.property("line", &at.line.to_string()).property("col", &at.column.to_string()),
    }
}

fn notice(report: &Report<'_>, left: usize) -> Command {
    let more = match left {
        0 => String::new(),
        n => format!(" (and {} than the annotations show)", plural(n, "more finding")),
    };
    Command::new(Kind::Notice, &cut(&printable(&format!("{}{more}", conclusion(report))), CHARACTERS))
        .property("title", "assay")
}

#[cfg(test)]
mod tests;
