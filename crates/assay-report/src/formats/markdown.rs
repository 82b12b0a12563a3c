//! Markdown, for comments on pull requests, wikis and the summaries of CI systems. No HTML, no image and no link: what
//! comes from data is shown as the text that it is, and names nobody.

mod changes;
mod escape;
mod page;

use std::io;

use assay_core::change::ChangesRecord;
use assay_core::run::{RunRecord, Samples, TableRecord};
use assay_core::verdict::Outcome;

use crate::cut::cut;
use crate::findings::{Finding, Level, Subject, conclusion, findings, place};
use crate::formats::text::words::{plural, sign};
use crate::formats::text::{broken, rows, tally, window};
use crate::{Ran, Renderer, Report, samples};
use escape::{code, inline};
use page::{Page, row};

/// A comment on GitHub holds 65,536 characters; bytes are never fewer.
const COMMENT: usize = 65_000;
/// Characters of a sentence.
const SENTENCE: usize = 1_000;
/// Failing rows that are shown of a check.
const ROWS: usize = 5;
/// Columns of failing rows.
const COLUMNS: usize = 8;

/// The renderer.
#[derive(Debug, Clone, Copy)]
pub struct Markdown;

impl Renderer for Markdown {
    fn render(&self, report: &Report<'_>, out: &mut dyn io::Write) -> io::Result<()> {
        out.write_all(page(report, COMMENT).as_bytes())
    }
}

/// A report of at most so many bytes (but no fewer than 16 KiB), cut at whole rows with how many more there are.
pub(crate) fn page(report: &Report<'_>, limit: usize) -> String {
    let mut page = Page::new(limit);
    page.line(&format!("## {}", conclusion(report)));
    match report {
        Report::Ran(ran) => {
            if let Some(record) = ran.changes {
                changes::section(record, &mut page);
            }
            run(ran, &findings(report), &mut page);
        }
        Report::Compared(record) => changes::section(record, &mut page),
        Report::Invalid(_) => {
            let blocks = findings(report);
            page.list("Problems", "", blocks.iter().map(problem), blocks.len(), ("problem", 1.0));
        }
    }
    page.text()
}

fn run(ran: &Ran<'_>, findings: &[Finding<'_>], page: &mut Page) {
    remarks(ran, page);
    let mut tables: Vec<&TableRecord> = ran.run.tables.iter().collect();
    tables.sort_by_key(|table| std::cmp::Reverse((table.outcome(), broken(table))));
    let header =
        format!("{}\n{}", row(["", "table", "checks", "rows", "owner"].map(String::from)), "|---".repeat(5) + "|");
    page.list("Tables", &header, tables.iter().map(|table| table_row(table)), tables.len(), ("table", 0.3));

    let told: Vec<&Finding<'_>> = findings.iter().filter(|f| f.level > Level::Note && !f.is_change()).collect();
    let groups: Vec<&[&Finding<'_>]> = told.chunk_by(|a, b| a.is_alike(b)).collect();
    page.list("Broken checks", "", groups.iter().map(|group| block(group)), groups.len(), ("finding", 0.8));

    let skipped: Vec<&Finding<'_>> = findings.iter().filter(|f| f.level == Level::Note && !f.is_change()).collect();
    page.list("Not evaluated", "", skipped.iter().map(|finding| item(finding)), skipped.len(), ("check", 1.0));
    let notes = &ran.run.notes;
    page.list("Notes", "", notes.iter().map(|note| note_item(note)), notes.len(), ("note", 1.0));
    page.line(&footer(ran.run));
}

/// What explains an exit code that the conclusion does not.
fn remarks(ran: &Ran<'_>, page: &mut Page) {
    if ran.fail_on_warn && ran.run.outcome() == Outcome::Warn && ran.run.exit_code(true) == 1 {
        page.line("Warnings break this run.");
    }
    let pending = ran.run.tables.iter().flat_map(|table| &table.checks).filter(|check| check.is_pending()).count();
    if pending > 0 {
        page.line(&format!("{} not confirmed: bad in too few windows yet to break the run.", plural(pending, "check")));
    }
}

fn table_row(table: &TableRecord) -> String {
    let seen = match &table.monitor {
        Some(monitor) => Some(window::summary(monitor)),
        None => table.snapshot.as_ref().and_then(rows),
    };
    row([
        sign(table.outcome()).trim_end().to_owned(),
        value(&table.table),
        inline(&tally(table)),
        inline(&cut(&seen.unwrap_or_default(), SENTENCE)),
        table.owner.as_deref().map(value).unwrap_or_default(),
    ])
}

/// What is broken, why that matters, where it is written, and which rows.
fn block(group: &[&Finding<'_>]) -> String {
    let finding = group.first().expect("a group has a finding");
    let more = match group.len() {
        0 | 1 => String::new(),
        n => format!(" and {}", plural(n - 1, "more check")),
    };
    let mut lines = vec![format!("**{}** {}{more}: {}", mark(finding), named(finding), sentence(&finding.message()))];
    lines.extend(finding.hint().map(|hint| sentence(&hint)));
    lines.extend(finding.at().filter(|_| group.len() == 1).map(|at| format!("at {}", value(&place(&at)))));
    let samples = match finding.subject {
        Subject::Check(_, check) => check.samples.as_ref().map(sample_table),
        _ => None,
    };
    let block = lines.join("  \n");
    samples.map_or(block.clone(), |samples| format!("{block}\n\n{samples}"))
}

/// `silver.orders` `email.completeness`, and of which window.
fn named(finding: &Finding<'_>) -> String {
    let parts = [finding.document(), finding.id()].into_iter().filter(|part| !part.is_empty()).map(value);
    let window = finding.window().map(|window| format!("({})", value(window)));
    parts.chain(window).collect::<Vec<_>>().join(" ")
}

fn mark(finding: &Finding<'_>) -> &'static str {
    match finding.subject {
        Subject::Check(_, check) => sign(check.verdict.outcome).trim_end(),
        _ => sign(Outcome::Error).trim_end(),
    }
}

fn sample_table(samples: &Samples) -> String {
    let (header, rows) = match samples::table(samples) {
        Ok(table) => table,
        Err(why) => return sentence(&why),
    };
    if header.is_empty() {
        return String::new();
    }
    let shown = header.len().min(COLUMNS);
    let cells = |texts: &[String]| row(texts.iter().take(COLUMNS).map(|text| code(text)));
    let mut lines = vec![cells(&header), "|---".repeat(shown) + "|"];
    lines.extend(rows.iter().take(ROWS).map(|row| cells(row)));
    let mut left: Vec<String> = samples::more(samples, rows.len().min(ROWS)).into_iter().collect();
    if header.len() > shown {
        left.push(format!("{} not shown", plural(header.len() - shown, "column")));
    }
    if !left.is_empty() {
        lines.push(format!("\n{}", left.join(", ")));
    }
    lines.join("\n")
}

fn item(finding: &Finding<'_>) -> String {
    format!("- {}: {}", named(finding), sentence(&finding.message()))
}

/// A note, which begins with a word of ours whatever its own first word is.
fn note_item(note: &str) -> String {
    format!("- note: {}", sentence(note))
}

fn problem(finding: &Finding<'_>) -> String {
    let at = finding.at().map_or("project".to_owned(), |at| value(&place(&at)));
    let hint = finding.hint().map_or(String::new(), |hint| format!("  \n  {}", sentence(&hint)));
    format!("- {at}: {}{hint}", sentence(&finding.message()))
}

fn footer(run: &RunRecord) -> String {
    format!("run {} as of {}", value(&run.id), value(&run.as_of))
}

fn sentence(text: &str) -> String {
    inline(&cut(text, SENTENCE))
}

/// A name or a value, as it is.
fn value(text: &str) -> String {
    code(&cut(text, SENTENCE))
}

/// What a comparison compared, for the heading of its changes.
fn versions(record: &ChangesRecord) -> String {
    let side = |name: &str, commit: &str| {
        let commit: String = commit.chars().take(12).collect();
        let commit = if commit.is_empty() || name == commit { String::new() } else { format!(" ({})", value(&commit)) };
        format!("{}{commit}", value(name))
    };
    format!("{} to {}", side(&record.base, &record.base_commit), side(&record.head, &record.head_commit))
}

#[cfg(test)]
mod tests;
