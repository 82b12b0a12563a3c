//! JUnit XML, for the test pages of CI systems: a suite for each table or window of a monitor, a case for each check. A
//! case fails where the check breaks the run, and no attribute is measured by a clock.

use std::borrow::Cow;
use std::io;

use assay_core::change::ChangesRecord;
use assay_core::problem::Place;
use assay_core::run::{CheckRecord, TableRecord};
use assay_core::verdict::{Dimension, Observed, Outcome, Severity};
use quick_junit::{NonSuccessKind, Property, Report as Suites, TestCase, TestCaseStatus, TestSuite, XmlString};

use crate::findings::{Finding, Level, Subject, findings, of_change, of_check, place};
use crate::formats::text::changes::data;
use crate::formats::text::printable;
use crate::{FileProblem, Ran, Renderer, Report, samples};

/// The renderer.
#[derive(Debug, Clone, Copy)]
pub struct Junit;

impl Renderer for Junit {
    fn render(&self, report: &Report<'_>, out: &mut dyn io::Write) -> io::Result<()> {
        let mut suites = Suites::new("assay");
        match report {
            Report::Ran(ran) => run(ran, &mut suites),
            Report::Compared(record) => drop(suites.add_test_suite(changes(record))),
            Report::Invalid(problems) => drop(suites.add_test_suite(invalid(problems))),
        }
        if findings(report).iter().any(|finding| matches!(finding.subject, Subject::Nothing)) {
            suites.add_test_suite(nothing());
        }
        suites.serialize(out).map_err(io::Error::other)
    }
}

fn run(ran: &Ran<'_>, suites: &mut Suites) {
    if let Some(record) = ran.changes {
        suites.add_test_suite(changes(record));
    }
    for table in &ran.run.tables {
        let window = table.monitor.as_ref().and_then(|monitor| monitor.window.as_ref());
        let window = window.map_or(String::new(), |window| format!(" {}", window.name));
        let mut suite = TestSuite::new(xml(&format!("{}{window}", table.table)));
        suite.add_test_cases(table.checks.iter().map(|check| case(table, check, ran)));
        let told = table.checks.iter().any(|check| check.verdict.outcome == Outcome::Error);
        if let (Some(reason), false) = (&table.reason, told) {
            let message = format!("the table could not be read: {}", reason.text);
            suite.add_test_case(named(
                "table",
                &table.table,
                broken(NonSuccessKind::Error, &reason.code, &message, &[]),
            ));
        }
        suites.add_test_suite(suite);
    }
}

fn case(table: &TableRecord, check: &CheckRecord, ran: &Ran<'_>) -> TestCase {
    // its own words, without the table's
    let message = Finding { level: Level::Note, subject: Subject::Check(table, check) }.message();
    let code = check.verdict.reason.as_ref().map_or(check.check.as_str(), |reason| &reason.code);
    let mut remark = None;
    let status = match of_check(check, ran) {
        Some(Level::Error) => broken(NonSuccessKind::Error, code, &message, &details(check)),
        Some(Level::Failure) => broken(NonSuccessKind::Failure, &check.check, &message, &details(check)),
        Some(Level::Note) => {
            let mut status = TestCaseStatus::skipped();
            status.set_message(xml(&message)).set_type(xml(code));
            status
        }
        Some(Level::Warning) => {
            remark = Some(body(&format!("warning: {message}"), &details(check)));
            TestCaseStatus::success()
        }
        None => TestCaseStatus::success(),
    };
    let mut case = named(&check.id, &table.table, status);
    if let Some(remark) = remark {
        case.set_system_out(remark);
    }
    locate(&mut case, &check.at);
    case.add_property(("severity", word(check.severity)));
    case.add_property(("dimension", dimension(check.dimension)));
    if let Some(owner) = &table.owner {
        case.add_property(Property::new("owner", xml(owner)));
    }
    case
}

fn changes(record: &ChangesRecord) -> TestSuite {
    let mut suite = TestSuite::new("contract changes");
    for change in &record.changes {
        let found = change.found.as_ref().map(|found| format!("current data: {}", data(found)));
        let side = |name: &str, text: &Option<String>| text.as_ref().map(|text| format!("{name}: {text}"));
        let base = if change.at_base { format!(" of {}", record.base) } else { String::new() };
        let at = Some(format!("at: {}{base}", place(&change.at)));
        let sides = [side("before", &change.before), side("after", &change.after), found, at];
        let details: Vec<String> = sides.into_iter().flatten().collect();
        let mut remark = None;
        let message = format!("{}: {}", change.verdict.words(), change.message);
        let status = match of_change(record, change) {
            Level::Error => broken(NonSuccessKind::Error, change.code, &message, &details),
            Level::Failure => broken(NonSuccessKind::Failure, change.code, &message, &details),
            Level::Warning => {
                remark = Some(body(&format!("allowed: {message}"), &details));
                TestCaseStatus::success()
            }
            Level::Note => {
                remark = Some(body(&message, &details));
                TestCaseStatus::success()
            }
        };
        let what = change.check.as_deref().or(change.column.as_deref()).unwrap_or_default();
        let mut case = named(format!("{} {what}", change.code).trim_end(), &change.document, status);
        if let Some(remark) = remark {
            case.set_system_out(remark);
        }
        locate(&mut case, &change.at);
        case.add_property(("verdict", change.verdict.name()));
        suite.add_test_case(case);
    }
    suite
}

fn invalid(problems: &[FileProblem]) -> TestSuite {
    let mut suite = TestSuite::new("assay");
    for problem in problems {
        let at = problem.at.as_ref().map_or("project".to_owned(), place);
        let hint: Vec<String> = problem.hint.iter().map(|hint| format!("hint: {hint}")).collect();
        let status = broken(NonSuccessKind::Error, "invalid", &problem.message, &hint);
        let mut case = named(&at, problem.at.as_ref().map_or("project", |at| &at.path), status);
        if let Some(at) = &problem.at {
            locate(&mut case, at);
        }
        suite.add_test_case(case);
    }
    suite
}

/// A run that evaluated nothing is no success, though no case of it failed.
fn nothing() -> TestSuite {
    let nothing = Finding { level: Level::Error, subject: Subject::Nothing };
    let mut suite = TestSuite::new("assay");
    suite.add_test_case(named("run", "assay", broken(NonSuccessKind::Error, &nothing.rule(), &nothing.message(), &[])));
    suite
}

fn named(name: &str, class: &str, status: TestCaseStatus) -> TestCase {
    let mut case = TestCase::new(xml(name), status);
    case.set_classname(xml(class));
    case
}

/// Where it is written, as attributes, which most consumers read, and as properties.
fn locate(case: &mut TestCase, at: &Place) {
    let (file, line) = (xml(&at.path), XmlString::new(at.line.to_string()));
    case.extra.insert("file".into(), file.clone());
    case.extra.insert("line".into(), line.clone());
    case.add_property(Property::new("file", file));
    case.add_property(Property::new("line", line));
}

fn broken(kind: NonSuccessKind, code: &str, message: &str, details: &[String]) -> TestCaseStatus {
    let mut status = TestCaseStatus::non_success(kind);
    status.set_type(xml(code)).set_message(xml(message)).set_description(body(message, details));
    status
}

/// The sentence and what belongs to it, a line each.
fn body(message: &str, details: &[String]) -> XmlString {
    let lines = std::iter::once(message).chain(details.iter().map(String::as_str));
    let lines: Vec<String> = lines.map(|line| writable(line).into_owned()).collect();
    XmlString::new(lines.join("\n"))
}

fn details(check: &CheckRecord) -> Vec<String> {
    let verdict = &check.verdict;
    let observed = verdict.observed.as_ref().map(|observed| match observed {
        Observed::Number(number) => number.to_string(),
        Observed::Count(count) => count.to_string(),
        Observed::Text(text) => text.clone(),
    });
    let line = |name: &str, text: Option<&String>| text.map(|text| format!("{name}: {text}"));
    let mut lines: Vec<String> = line("expected", verdict.expected.as_ref()).into_iter().collect();
    lines.extend(line("observed", observed.as_ref()));
    lines.extend(line("why", check.why.as_ref()));
    lines.push(format!("at: {}", place(&check.at)));
    lines.extend(verdict.notes.iter().map(|note| format!("note: {note}")));
    lines.extend(check.samples.iter().flat_map(samples::lines));
    lines
}

/// Text that XML 1.0 can hold, nothing of which is lost: what it cannot hold, or nobody can see, is written as an escape.
fn xml(text: &str) -> XmlString {
    XmlString::new(writable(text))
}

fn writable(text: &str) -> Cow<'_, str> {
    let text = printable(text);
    // no controls, but no characters of XML either
    if !text.contains(['\u{fffe}', '\u{ffff}']) {
        return text;
    }
    Cow::Owned(text.replace('\u{fffe}', "\\u{fffe}").replace('\u{ffff}', "\\u{ffff}"))
}

fn word(severity: Severity) -> &'static str {
    match severity {
        Severity::Warn => "warn",
        Severity::Fail => "fail",
    }
}

fn dimension(dimension: Dimension) -> &'static str {
    match dimension {
        Dimension::Completeness => "completeness",
        Dimension::Uniqueness => "uniqueness",
        Dimension::Validity => "validity",
        Dimension::Timeliness => "timeliness",
        Dimension::Consistency => "consistency",
        Dimension::Volume => "volume",
        Dimension::Schema => "schema",
        Dimension::Drift => "drift",
        Dimension::Performance => "performance",
    }
}

#[cfg(test)]
mod tests;
