//! Specs in Markdown: a contract, a table, and what Assay has to say about it. The format is in `tests/specs/README.md`.
//!
//! Each case is run twice: once on the text as it stands, once on the same rows as typed Parquet. Both have to give
//! the expected verdicts.

mod case;
mod monitor;
mod parquet;
mod repeated;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use assay_contract::{Broken, Environment, Project, load};
use assay_core::contract::{Contract, Files};
use assay_core::engine::Unwatched;
use assay_core::run::{CheckRecord, RunRecord};
use assay_core::verdict::{Observed, Outcome};
use assay_engine::{EngineOptions, LocalEngine};
use assay_runner::{Job, Others};

pub use case::{Case, Expectation, Form, Rows, read_cases};
pub use monitor::Watched;

/// Runs every case of a spec; what came out otherwise than expected, one sentence each.
pub fn run_spec(path: &Path) -> Vec<String> {
    let text = std::fs::read_to_string(path).expect("a spec can be read");
    let name = path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
    let cases = match read_cases(&text) {
        Ok(cases) => cases,
        Err(why) => return vec![format!("{name}: {why}")],
    };
    let mut wrong = Vec::new();
    for case in &cases {
        for form in case.forms() {
            let found = match &case.monitor {
                Some(watched) => monitor::run_case(case, watched),
                None => run_case(case, form),
            };
            let found = found.unwrap_or_else(|why| vec![why]);
            wrong.extend(found.into_iter().map(|why| format!("{name}, {} ({}): {why}", case.title, form.name())));
        }
    }
    wrong
}

/// Runs one case in one form. The error says why it could not be run at all.
fn run_case(case: &Case, form: Form) -> Result<Vec<String>, String> {
    let folder = tempfile::tempdir().map_err(|e| e.to_string())?;
    for (name, content) in &case.files {
        std::fs::write(folder.path().join(name), content).map_err(|e| e.to_string())?;
    }
    let mut contracts = Vec::new();
    for (index, (contract, rows)) in case.tables.iter().enumerate() {
        let text_file = format!("table{index}.{}", rows.extension());
        std::fs::write(folder.path().join(&text_file), rows.text()).map_err(|e| e.to_string())?;
        let as_text = load_contract(case, contract, rows.extension(), &text_file, folder.path());
        let loaded = match (as_text, form) {
            (Ok(as_text), Form::Parquet) => {
                let file = format!("table{index}.parquet");
                parquet::write(&folder.path().join(&file), rows, &as_text)?;
                load_contract(case, contract, "parquet", &file, folder.path())
            }
            (other, _) => other,
        };
        match loaded {
            Ok(contract) => contracts.push(contract),
            Err(problems) => return Ok(expect_problems(case, &problems)),
        }
    }
    if let Some(expected) = case.expected.iter().find(|e| matches!(e, Expectation::Problem(_))) {
        return Ok(vec![format!("loads, expected {expected:?}")]);
    }
    let table = contracts[0].table.clone();
    let record = run(case, contracts, folder.path());
    Ok(compare(case, form, &table, &record))
}

/// The contract's text with what the case leaves out.
fn complete(contract: &str, format: &str, file: &str) -> String {
    let has = |key: &str| contract.lines().any(|line| line.starts_with(key));
    let mut text = String::new();
    for (key, line) in
        [("assay:", "assay: 1"), ("table:", "table: t"), ("source:", "source: {format: FORMAT, path: PATH}")]
    {
        if !has(key) {
            text.push_str(line);
            text.push('\n');
        }
    }
    text.push_str(contract);
    text.replace("FORMAT", format).replace("PATH", file)
}

fn load_contract(
    case: &Case,
    contract: &str,
    format: &str,
    file: &str,
    folder: &Path,
) -> Result<Contract, Vec<String>> {
    let text = complete(contract, format, file);
    match environment(case, folder, |environment| load("contract.yaml", text.as_bytes(), environment)) {
        Ok(loaded) => Ok(loaded.contract),
        Err(broken) => Err(broken.problems.into_iter().map(|p| p.message).collect()),
    }
}

/// Loads in the circumstances of a case.
fn environment<T>(
    case: &Case,
    folder: &Path,
    load: impl FnOnce(&Environment<'_>) -> Result<T, Broken>,
) -> Result<T, Broken> {
    load(&Environment {
        project: &Project::default(),
        root: Some(folder),
        vars: &case.vars.iter().cloned().collect::<BTreeMap<_, _>>(),
        env: &|_| None,
        files: &Folder(folder.to_path_buf()),
        planned: case.now,
    })
}

/// Reads files beside the contract.
#[derive(Debug)]
struct Folder(PathBuf);

impl Files for Folder {
    fn read(&self, path: &str, _: &str) -> Result<Vec<u8>, String> {
        std::fs::read(self.0.join(path)).map_err(|e| format!("{path}: {e}"))
    }
}

fn run(case: &Case, contracts: Vec<Contract>, folder: &Path) -> RunRecord {
    let job = Job {
        contracts,
        others: Others { contracts: Vec::new(), root: Some(folder.to_path_buf()) },
        monitoring: None,
        store: None,
        planned: None,
        as_of: case.as_of,
        timezone: "UTC".into(),
        mask_key: None,
        watch: &Unwatched,
    };
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime of one thread");
    runtime.block_on(assay_runner::run(job, &engine(folder), case.now))
}

fn engine(folder: &Path) -> LocalEngine {
    LocalEngine::new(EngineOptions { threads: 1, spill: folder.to_path_buf(), ..EngineOptions::default() })
}

fn expect_problems(case: &Case, problems: &[String]) -> Vec<String> {
    let mut wrong = Vec::new();
    let mut expected = 0;
    for expectation in &case.expected {
        if let Expectation::Problem(text) = expectation {
            expected += 1;
            if !problems.iter().any(|p| p == text) {
                wrong.push(format!("expected the problem `{text}`, found {problems:?}"));
            }
        }
    }
    if expected != problems.len() && wrong.is_empty() {
        wrong.push(format!("expected {expected} problems, found {problems:?}"));
    }
    wrong
}

/// What is expected of checks has to hold, and every other check has to pass.
fn compare(case: &Case, form: Form, table: &str, record: &RunRecord) -> Vec<String> {
    let Some(found) = record.tables.iter().find(|t| t.table == table) else {
        return vec!["the record lacks the table".into()];
    };
    let mut wrong = Vec::new();
    wrong.extend(found.reason.as_ref().map(|reason| format!("the table could not be read: {}", reason.text)));
    let mut named = Vec::new();
    for expectation in &case.expected {
        match expectation {
            Expectation::Exit(code) => {
                let got = record.exit_code(false);
                if got != *code {
                    wrong.push(format!("exit code {got}, expected {code}"));
                }
            }
            Expectation::Problem(_) => {}
            Expectation::Windows(_) => wrong.push("`windows` is an expectation of monitors".into()),
            Expectation::Verdict { id, outcome, values } => {
                named.push(id.as_str());
                match found.checks.iter().find(|check| check.id == *id) {
                    Some(check) => wrong.extend(compare_verdict(check, outcome, values, form)),
                    None => wrong.push(format!("there is no check `{id}`")),
                }
            }
            Expectation::Message { id, text } => {
                let message =
                    found.checks.iter().find(|check| check.id == *id).map(|check| check.verdict.message.as_str());
                if message != Some(text) {
                    wrong.push(format!("`{id}` says {message:?}, expected `{text}`"));
                }
            }
        }
    }
    for check in found.checks.iter().filter(|check| !named.contains(&check.id.as_str())) {
        if check.verdict.outcome != Outcome::Pass {
            wrong.push(format!("`{}` is {}: {}", check.id, word(check.verdict.outcome), check.verdict.message));
        }
    }
    wrong
}

fn compare_verdict(check: &CheckRecord, outcome: &str, values: &[(String, String)], form: Form) -> Vec<String> {
    let verdict = &check.verdict;
    let mut wrong = Vec::new();
    if word(verdict.outcome) != outcome {
        let got = word(verdict.outcome);
        wrong.push(format!("`{}` is {got}, expected {outcome}: {}", check.id, verdict.message));
    }
    let count = |n: Option<u64>| n.map_or("-".to_owned(), |n| n.to_string());
    for (key, expected) in values {
        let got = match key.as_str() {
            "tested" => count(verdict.tested),
            "failing" => count(verdict.failing),
            "nulls" => count(verdict.nulls),
            "nan" => count(verdict.nan),
            "unknown" => count(verdict.unknown),
            "groups" => count(verdict.groups),
            "surplus" => count(verdict.surplus),
            "notes" => verdict.notes.len().to_string(),
            "code" => verdict.reason.as_ref().map_or("-".to_owned(), |reason| reason.code.clone()),
            "observed" => match &verdict.observed {
                Some(Observed::Number(number)) => number.to_string(),
                Some(Observed::Count(count)) => count.to_string(),
                Some(Observed::Text(text)) => text.clone(),
                None => "-".into(),
            },
            // text has no footers that could answer
            "from" if form == Form::Text => expected.clone(),
            "from" => verdict.from.map_or("-".to_owned(), |from| format!("{from:?}").to_lowercase()),
            other => return vec![format!("unknown word `{other}` in an expectation")],
        };
        if got != *expected {
            wrong.push(format!("`{}` has {key}={got}, expected {expected}: {}", check.id, verdict.message));
        }
    }
    wrong
}

fn word(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Pass => "pass",
        Outcome::Skipped => "skipped",
        Outcome::Warn => "warn",
        Outcome::Fail => "fail",
        Outcome::Error => "error",
    }
}
