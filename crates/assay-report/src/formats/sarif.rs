//! SARIF 2.1.0, for code scanning: one result for each check that is broken or could not be evaluated and for each change
//! of a contract, at the line that says so. What was skipped is no result, as nothing was found; it is a notification.

mod text;
mod uri;

use std::collections::BTreeMap;
use std::io;

use assay_core::problem::Place;
use serde_json::{Value, json};

use crate::findings::{Finding, Level, Merged, Subject, findings, merged};
use crate::formats::text::words::plural;
use crate::{Renderer, Report};
use text::message;

const SCHEMA: &str = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

/// GitHub refuses a run of more results (it shows the worst 5,000).
const RESULTS: usize = 25_000;
/// GitHub refuses a file that is larger than 10 MB when compressed; this one is not larger before. A part is left for what
/// surrounds results.
const BYTES: usize = 9_500_000;
/// Of those, what is left for notifications however many results there are.
const NOTIFICATION_BYTES: usize = 1_000_000;

/// The renderer.
#[derive(Debug, Clone, Copy)]
pub struct Sarif;

impl Renderer for Sarif {
    fn render(&self, report: &Report<'_>, out: &mut dyn io::Write) -> io::Result<()> {
        serde_json::to_writer(&mut *out, &log(report, RESULTS, BYTES))?;
        out.write_all(b"\n")
    }
}

fn log(report: &Report<'_>, most: usize, bytes: usize) -> Value {
    let findings = findings(report);
    let (results, notes): (Vec<Finding<'_>>, Vec<Finding<'_>>) = findings.into_iter().partition(is_result);
    let merged = merged(&results);

    let mut rules = Rules::default();
    let wanted = merged.iter().take(most).map(|merged| result(merged, &mut rules));
    let results: Vec<Value> = fitting(wanted, bytes.saturating_sub(NOTIFICATION_BYTES));
    let cut = merged.len() - results.len();

    let left = NOTIFICATION_BYTES.min(bytes) / 2;
    let remarks = remarks(report);
    let all = notes.iter().map(notification).chain(remarks.iter().map(|note| remark(note)));
    let mut notifications: Vec<Value> = fitting(all, left);
    let cut_notes = notes.len() + remarks.len() - notifications.len();
    notifications.extend(told(cut, "result", "the worst are shown"));
    notifications.extend(told(cut_notes, "notification", "the first are shown"));

    let code = report.exit_code();
    json!({
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "assay",
                "version": env!("CARGO_PKG_VERSION"),
                "semanticVersion": env!("CARGO_PKG_VERSION"),
                "informationUri": env!("CARGO_PKG_REPOSITORY"),
                "rules": rules.list,
            }},
            "invocations": [{
                "executionSuccessful": code <= 1,
                "exitCode": code,
                "toolExecutionNotifications": notifications,
            }],
            "columnKind": "unicodeCodePoints",
            "results": results,
        }],
    })
}

/// What was found of data or of contracts; the rest is about the run.
fn is_result(finding: &Finding<'_>) -> bool {
    match finding.subject {
        Subject::Check(..) => finding.level > Level::Note,
        Subject::Table(_) | Subject::Change(_) => true,
        Subject::Problem(_) | Subject::Nothing => false,
    }
}

/// What is worth knowing of the run or of the comparison as a whole.
fn remarks<'a>(report: &Report<'a>) -> Vec<&'a String> {
    let (run, changes) = match report {
        Report::Ran(ran) => (Some(ran.run), ran.changes),
        Report::Compared(record) => (None, Some(*record)),
        Report::Invalid(_) => (None, None),
    };
    let of_run = run.into_iter().flat_map(|run| &run.notes);
    of_run.chain(changes.into_iter().flat_map(|record| &record.notes)).collect()
}

fn remark(note: &str) -> Value {
    json!({ "level": "note", "message": { "text": message(note) }, "descriptor": { "id": "note" } })
}

/// As many values as fit.
fn fitting(values: impl Iterator<Item = Value>, bytes: usize) -> Vec<Value> {
    let mut used = 0;
    let fits = |value: &Value| {
        used += value.to_string().len() + 1;
        used <= bytes
    };
    values.take_while(fits).collect()
}

fn told(cut: usize, noun: &str, which: &str) -> Option<Value> {
    let text =
        format!("and {} left out, for this file would be larger than code scanning takes; {which}", more(cut, noun));
    (cut > 0).then(|| json!({ "level": "warning", "message": { "text": text }, "descriptor": { "id": "cut" } }))
}

fn more(n: usize, noun: &str) -> String {
    plural(n, &format!("more {noun}"))
}

fn result(merged: &Merged<'_>, rules: &mut Rules) -> Value {
    let finding = &merged.finding;
    let mut result = json!({
        "ruleId": finding.rule(),
        "ruleIndex": rules.index(finding),
        "level": level(finding.level),
        "message": { "text": message(&format!("{}: {}", finding.title(), merged.message())) },
        // Code scanning knows an alert again by the first one; without it, by the text of the contract's line.
        "partialFingerprints": {
            "primaryLocationLineHash": format!("{}:1", &merged.fingerprint[..16]),
            "finding/v1": merged.fingerprint,
        },
    });
    if let Some(location) = location(finding) {
        result["locations"] = json!([location]);
    }
    result
}

fn notification(finding: &Finding<'_>) -> Value {
    let (id, text) = match finding.subject {
        Subject::Check(..) => ("skipped", format!("{}: skipped: {}", finding.title(), finding.message())),
        _ => ("not_run", finding.message()),
    };
    let text = finding.hint().map_or(text.clone(), |hint| format!("{text} ({hint})"));
    let mut notification = json!({
        "level": level(finding.level),
        "message": { "text": message(&text) },
        "descriptor": { "id": id },
    });
    if let Some(location) = location(finding) {
        notification["locations"] = json!([location]);
    }
    notification
}

fn level(level: Level) -> &'static str {
    match level {
        Level::Error | Level::Failure => "error",
        Level::Warning => "warning",
        Level::Note => "note",
    }
}

fn location(finding: &Finding<'_>) -> Option<Value> {
    let at = finding.at()?;
    let mut physical = json!({ "artifactLocation": uri::artifact(&at.path) });
    // a line of the old version says nothing in the new one
    let of_base = matches!(finding.subject, Subject::Change(change) if change.at_base);
    if let (Place { line: line @ 1.., column, .. }, false) = (&at, of_base) {
        physical["region"] = json!({ "startLine": line, "startColumn": column.max(&1) });
    }
    Some(json!({ "physicalLocation": physical }))
}

/// The rules that occur, in the order in which they do.
#[derive(Default)]
struct Rules {
    list: Vec<Value>,
    index: BTreeMap<String, usize>,
}

impl Rules {
    fn index(&mut self, finding: &Finding<'_>) -> usize {
        let id = finding.rule();
        *self.index.entry(id).or_insert_with_key(|id| {
            self.list.push(rule(id, finding));
            self.list.len() - 1
        })
    }
}

fn rule(id: &str, finding: &Finding<'_>) -> Value {
    let docs = concat!(env!("CARGO_PKG_REPOSITORY"), "/blob/main/docs");
    let (short, page) = match finding.subject {
        Subject::Check(table, _) if table.monitor.is_some() => {
            (format!("Check of a monitored model: {id}"), Some(format!("{docs}/monitor-language.md")))
        }
        Subject::Check(..) => {
            (format!("Check of a data contract: {id}"), Some(format!("{docs}/checks/{}.md", uri::encoded(id))))
        }
        Subject::Change(change) => (format!("Change of a contract: {}", change.code.replace('_', " ")), None),
        Subject::Table(_) | Subject::Problem(_) | Subject::Nothing => ("A table that cannot be read".to_owned(), None),
    };
    let short = message(&short);
    let mut rule = json!({
        "id": id,
        "shortDescription": { "text": short },
        "fullDescription": { "text": short },
        "properties": { "tags": ["data-quality"] },
    });
    if let Some(page) = page {
        rule["help"] = json!({ "text": format!("Described in {page}") });
        rule["helpUri"] = json!(page);
    }
    rule
}

#[cfg(test)]
mod tests;
