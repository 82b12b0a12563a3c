//! Outputs of a step, for steps and jobs after it.

use assay_core::change::ChangesRecord;
use assay_core::run::RunRecord;
use assay_core::verdict::Outcome;
use sha2::{Digest, Sha256};

use crate::Report;
use crate::findings::{Level, findings};

/// What a step's outputs are, by name: what a later step would otherwise have to read out of the report.
pub fn outputs(report: &Report<'_>) -> Vec<(&'static str, String)> {
    let mut outputs = vec![("outcome", outcome(report).to_owned()), ("exit_code", report.exit_code().to_string())];
    match report {
        Report::Ran(ran) => {
            outputs.extend(counts(ran.run));
            let mut broken: Vec<&str> = findings(report)
                .iter()
                .filter(|finding| finding.level >= Level::Failure && !finding.is_change())
                .map(|finding| finding.document())
                .filter(|document| !document.is_empty())
                .collect();
            broken.sort_unstable();
            broken.dedup();
            outputs.push(("broken_tables", broken.len().to_string()));
            outputs.extend(ran.changes.into_iter().flat_map(of_changes));
        }
        Report::Compared(record) => outputs.extend(of_changes(record)),
        Report::Invalid(problems) => outputs.push(("problems", problems.len().to_string())),
    }
    outputs
}

fn outcome(report: &Report<'_>) -> &'static str {
    let word = |outcome| match outcome {
        Outcome::Pass => "pass",
        Outcome::Skipped => "skipped",
        Outcome::Warn => "warn",
        Outcome::Fail => "fail",
        Outcome::Error => "error",
    };
    let of_changes = |record: &ChangesRecord| match record.exit_code() {
        0 => Outcome::Pass,
        1 => Outcome::Fail,
        _ => Outcome::Error,
    };
    match report {
        Report::Ran(ran) => word(ran.changes.map_or(Outcome::Pass, of_changes).max(ran.run.outcome())),
        Report::Compared(record) => word(of_changes(record)),
        Report::Invalid(_) => "invalid",
    }
}

fn counts(run: &RunRecord) -> [(&'static str, String); 5] {
    let n = |outcome| {
        let checks = run.tables.iter().flat_map(|table| &table.checks);
        checks.filter(|check| check.verdict.outcome == outcome).count().to_string()
    };
    [
        ("failed", n(Outcome::Fail)),
        ("warned", n(Outcome::Warn)),
        ("errors", n(Outcome::Error)),
        ("skipped", n(Outcome::Skipped)),
        ("passed", n(Outcome::Pass)),
    ]
}

fn of_changes(record: &ChangesRecord) -> Vec<(&'static str, String)> {
    let worst = record.changes.iter().map(|change| change.verdict).min();
    let next = record.next_version.as_ref();
    vec![
        ("verdict", worst.map_or("none", |verdict| verdict.name()).to_owned()),
        ("changes", record.changes.len().to_string()),
        ("version_level", next.map_or("", |next| next.level).to_owned()),
        ("next_version", next.and_then(|next| next.next.clone()).unwrap_or_default()),
    ]
}

/// Outputs as the file that `GITHUB_OUTPUT` names takes them. Each value stands between two lines that do not occur in
/// it, so that no value can end early and name an output of its own.
pub fn output_file(outputs: &[(&'static str, String)]) -> String {
    let one = |(name, value): &(&'static str, String)| {
        let delimiter = delimiter(value);
        format!("{name}<<{delimiter}\n{value}\n{delimiter}\n")
    };
    outputs.iter().map(one).collect()
}

/// A line that the value does not have, made from the value: the same value gives the same file.
fn delimiter(value: &str) -> String {
    let mut n = 0_u32;
    loop {
        let hash = Sha256::new().chain_update(value).chain_update(n.to_le_bytes()).finalize();
        let hex: String = hash.iter().take(16).map(|byte| format!("{byte:02x}")).collect();
        let delimiter = format!("assay_{hex}");
        if !value.contains(&delimiter) {
            return delimiter;
        }
        n += 1;
    }
}
