//! What a report has to say, one finding after the other and worst first: for formats that list findings instead of
//! drawing a page. A finding is as bad as what it does to the exit code, so that a list and a code never disagree.

mod level;
mod merged;

use std::cmp::Reverse;

use assay_core::change::{Change, ChangesRecord};
use assay_core::problem::Place;
use assay_core::run::{CheckRecord, TableRecord};
use assay_core::verdict::Outcome;
use sha2::{Digest, Sha256};

use crate::formats::text::words::{plural, sign};
use crate::formats::text::{self, contribution, drift};
use crate::{FileProblem, Ran, Report};
pub(crate) use level::{Level, of_change, of_check};
pub(crate) use merged::{Merged, merged};

/// One thing that a report has to say.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Finding<'a> {
    /// How bad it is.
    pub level: Level,
    /// What it is about.
    pub subject: Subject<'a>,
}

/// What a finding is about.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Subject<'a> {
    /// A check of a table, or of one window of a monitor.
    Check(&'a TableRecord, &'a CheckRecord),
    /// A table that could not be read, where none of its checks says so.
    Table(&'a TableRecord),
    /// A change of a contract, monitor or rule.
    Change(&'a Change),
    /// Something wrong with a file.
    Problem(&'a FileProblem),
    /// Nothing was evaluated.
    Nothing,
}

/// All findings, worst first; passed checks are none.
pub(crate) fn findings<'a>(report: &Report<'a>) -> Vec<Finding<'a>> {
    let mut findings = match report {
        Report::Ran(ran) => {
            let of_changes = ran.changes.map_or(Vec::new(), changes);
            of_changes.into_iter().chain(run(ran)).collect()
        }
        Report::Compared(record) => changes(record),
        Report::Invalid(problems) => {
            problems.iter().map(|problem| Finding { level: Level::Error, subject: Subject::Problem(problem) }).collect()
        }
    };
    // a stable sort: of findings alike the record's order stays
    findings.sort_by_key(|finding| Reverse(finding.level));
    findings
}

fn changes(record: &ChangesRecord) -> Vec<Finding<'_>> {
    let of = |change| Finding { level: of_change(record, change), subject: Subject::Change(change) };
    record.changes.iter().map(of).collect()
}

fn run<'a>(ran: &Ran<'a>) -> Vec<Finding<'a>> {
    let mut findings: Vec<Finding<'a>> = ran.run.tables.iter().flat_map(|table| of_table(table, ran)).collect();
    let is_error = findings.iter().any(|finding| finding.level == Level::Error);
    let evaluated = |check: &CheckRecord| !matches!(check.verdict.outcome, Outcome::Skipped | Outcome::Error);
    if !is_error && !ran.run.tables.iter().flat_map(|table| &table.checks).any(evaluated) {
        findings.push(Finding { level: Level::Error, subject: Subject::Nothing });
    }
    findings
}

fn of_table<'a>(table: &'a TableRecord, ran: &Ran<'a>) -> Vec<Finding<'a>> {
    let mut checks: Vec<&CheckRecord> = table.checks.iter().collect();
    checks.sort_by(|a, b| contribution(b).total_cmp(&contribution(a)));
    let of = |check| Some(Finding { level: of_check(check, ran)?, subject: Subject::Check(table, check) });
    let mut findings: Vec<Finding<'a>> = checks.into_iter().filter_map(of).collect();
    if table.reason.is_some() && !findings.iter().any(|finding| finding.level == Level::Error) {
        findings.push(Finding { level: Level::Error, subject: Subject::Table(table) });
    }
    findings
}

impl<'a> Finding<'a> {
    /// The kind of thing that it is: the check's name, `change/` and the change's code.
    pub fn rule(&self) -> String {
        match self.subject {
            Subject::Check(_, check) => check.check.clone(),
            Subject::Table(_) => "unreadable_table".into(),
            Subject::Change(change) => format!("change/{}", change.code),
            Subject::Problem(_) => "invalid".into(),
            Subject::Nothing => "nothing_evaluated".into(),
        }
    }

    /// The table, monitor, file of rules or contract; empty where it is about none.
    pub fn document(&self) -> &'a str {
        match self.subject {
            Subject::Check(table, _) | Subject::Table(table) => &table.table,
            Subject::Change(change) => &change.document,
            Subject::Problem(problem) => problem.at.as_ref().map_or("", |at| &at.path),
            Subject::Nothing => "",
        }
    }

    /// What it is about within its document: the check's id, a column.
    pub fn id(&self) -> &'a str {
        match self.subject {
            Subject::Check(_, check) => &check.id,
            Subject::Change(change) => change.check.as_deref().or(change.column.as_deref()).unwrap_or_default(),
            Subject::Table(_) | Subject::Problem(_) | Subject::Nothing => "",
        }
    }

    /// Whether it is about a change, and not about data.
    pub fn is_change(&self) -> bool {
        matches!(self.subject, Subject::Change(_))
    }

    /// Whether both are checks of one table and window that could not be evaluated for one reason: told once.
    pub fn is_alike(&self, other: &Finding<'_>) -> bool {
        let (Subject::Check(table, check), Subject::Check(other_table, other_check)) = (self.subject, other.subject)
        else {
            return false;
        };
        check.verdict.reason.is_some()
            && check.verdict.reason == other_check.verdict.reason
            && table.table == other_table.table
            && self.window() == other.window()
    }

    /// The window of a monitor.
    pub fn window(&self) -> Option<&'a str> {
        let (Subject::Check(table, _) | Subject::Table(table)) = self.subject else { return None };
        Some(&table.monitor.as_ref()?.window.as_ref()?.name)
    }

    /// Where it is written.
    pub fn at(&self) -> Option<Place> {
        match self.subject {
            Subject::Check(_, check) => Some(check.at.clone()),
            Subject::Table(table) => Some(Place { path: table.contract_path.as_str().into(), line: 1, column: 1 }),
            Subject::Change(change) => Some(change.at.clone()),
            Subject::Problem(problem) => problem.at.clone(),
            Subject::Nothing => None,
        }
    }

    /// `silver.orders email.completeness`, as a heading.
    pub fn title(&self) -> String {
        let parts = match self.subject {
            Subject::Check(..) => [self.document(), self.id()],
            Subject::Table(_) => [self.document(), "could not be read"],
            Subject::Change(change) => [self.document(), change.verdict.words()],
            Subject::Problem(_) => ["invalid", ""],
            Subject::Nothing => ["nothing was evaluated", ""],
        };
        parts.join(" ").trim_end().to_owned()
    }

    /// What was found, in one sentence without a final period.
    pub fn message(&self) -> String {
        match self.subject {
            Subject::Check(_, check) => drift::message(check),
            Subject::Table(table) => {
                let why = table.reason.as_ref().map_or("no reason is known", |reason| &reason.text);
                format!("the table could not be read: {why}")
            }
            Subject::Change(change) => match &change.found {
                Some(found) => format!("{}; current data: {}", change.message, text::changes::data(found)),
                None => change.message.clone(),
            },
            Subject::Problem(problem) => problem.message.clone(),
            Subject::Nothing => "no check was evaluated, so nothing is known about the data".into(),
        }
    }

    /// What else helps: the contract's reason for a check, what to do about a problem.
    pub fn hint(&self) -> Option<String> {
        match self.subject {
            Subject::Check(_, check) => check.why.as_ref().map(|why| format!("why: {why}")),
            Subject::Problem(problem) => problem.hint.as_ref().map(|hint| format!("hint: {hint}")),
            Subject::Table(_) | Subject::Change(_) | Subject::Nothing => None,
        }
    }

    /// What it is, whatever was counted: the same from run to run, so that others can tell a new finding from an old one.
    pub fn fingerprint(&self) -> String {
        let (kind, more) = match self.subject {
            Subject::Check(..) => ("check", ""),
            Subject::Table(_) => ("table", ""),
            Subject::Change(change) => ("change", change.column.as_deref().unwrap_or_default()),
            Subject::Problem(problem) => ("problem", problem.message.as_str()),
            Subject::Nothing => ("nothing", ""),
        };
        let rule = if matches!(self.subject, Subject::Change(_)) { self.rule() } else { String::new() };
        let mut hash = Sha256::new();
        for part in [kind, self.document(), &rule, self.id(), more] {
            hash.update((part.len() as u64).to_le_bytes());
            hash.update(part);
        }
        hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

/// `checks/silver/orders.yaml:17:5`.
pub(crate) fn place(at: &Place) -> String {
    format!("{}:{}:{}", at.path, at.line, at.column)
}

/// `✗ FAIL   3 of 60 checks broken in 2 of 4 tables`, of any report.
pub(crate) fn conclusion(report: &Report<'_>) -> String {
    match report {
        Report::Ran(ran) => {
            let run = format!("{} {}", sign(ran.run.outcome()).trim_end(), text::conclusion(ran.run).trim_start());
            match ran.changes {
                Some(record) => format!("{}; {run}", of_changes(record)),
                None => run,
            }
        }
        Report::Compared(record) => of_changes(record),
        Report::Invalid(problems) => {
            format!("INVALID {}; no data were read", plural(problems.len(), "problem"))
        }
    }
}

/// `✗ FAIL 1 of 3 changes breaks: 1 breaks consumers; 2 compatible`.
fn of_changes(record: &ChangesRecord) -> String {
    let outcome = match record.exit_code() {
        0 => Outcome::Pass,
        1 => Outcome::Fail,
        _ => Outcome::Error,
    };
    format!("{} {}", sign(outcome).trim_end(), text::changes::conclusion(record))
}

#[cfg(test)]
mod tests;
