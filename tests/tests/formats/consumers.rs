//! Programs that read reports, and reports for them to read.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use assay_core::change::ChangesRecord;
use assay_core::run::RunRecord;
use assay_report::{FORMATS, FileProblem, Ran, Report, Setup};
use assay_tests::hostile::strings;
use assay_tests::reports;
use serde_json::Value;
use tempfile::TempDir;

/// A report with all that it is about.
pub struct Case {
    /// What it is, in a word or two.
    pub name: &'static str,
    run: Option<RunRecord>,
    changes: Option<ChangesRecord>,
    problems: Vec<FileProblem>,
    fail_on_warn: bool,
}

impl Case {
    pub fn report(&self) -> Report<'_> {
        match (&self.run, &self.changes) {
            (Some(run), changes) => {
                Report::Ran(Ran { changes: changes.as_ref(), fail_on_warn: self.fail_on_warn, ..Ran::new(run) })
            }
            (None, Some(changes)) => Report::Compared(changes),
            (None, None) => Report::Invalid(&self.problems),
        }
    }
}

/// Everything that a report can be, ordinary and hostile.
pub fn cases() -> Vec<Case> {
    let case = |name| Case { name, run: None, changes: None, problems: vec![], fail_on_warn: false };
    let outcomes = || Some(reports::every_outcome());
    vec![
        Case { run: outcomes(), ..case("every outcome") },
        Case { run: outcomes(), fail_on_warn: true, ..case("warnings break") },
        Case { run: Some(reports::run(vec![])), ..case("nothing to check") },
        Case { run: Some(reports::checks(500)), ..case("many checks") },
        Case { run: outcomes(), changes: Some(reports::changes()), ..case("gate") },
        Case { changes: Some(reports::changes()), ..case("changes") },
        Case { problems: reports::problems(), ..case("invalid") },
        Case { run: Some(reports::hostile_run()), ..case("hostile run") },
        Case { changes: Some(reports::hostile_changes()), ..case("hostile changes") },
        Case { problems: reports::hostile_problems(), ..case("hostile problems") },
    ]
}

/// A run of each hostile string alone, so that no limit keeps any of them out.
pub fn hostile_runs() -> Vec<(String, RunRecord)> {
    strings().into_iter().map(|text| (text.clone(), reports::run_of(&[text]))).collect()
}

/// A report in a format.
pub fn rendered(format: &str, report: &Report<'_>) -> String {
    let format = FORMATS.iter().find(|known| known.name == format).expect("a known format");
    let mut out = Vec::new();
    (format.renderer)(&Setup::default()).render(report, &mut out).expect("a vector takes everything");
    String::from_utf8(out).expect("UTF-8")
}

/// Texts as files for a program.
pub fn files(texts: impl IntoIterator<Item = String>) -> (TempDir, Vec<PathBuf>) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let write = |(at, text): (usize, String)| {
        let path = folder.path().join(at.to_string());
        std::fs::write(&path, text).expect("writes");
        path
    };
    let paths = texts.into_iter().enumerate().map(write).collect();
    (folder, paths)
}

/// What a Python consumer found in files.
pub fn python(script: &str, paths: &[PathBuf]) -> Vec<Value> {
    let python = installed().join("python/bin/python");
    json(Command::new(python).arg(tools().join("python").join(script)).args(paths))
}

/// What a consumer for Node found in files; nothing where it writes files itself.
pub fn node(script: &str, paths: &[PathBuf]) -> Vec<Value> {
    let script = tools().join("node").join(script);
    json(Command::new("node").env("CONSUMERS", installed()).arg(script).args(paths))
}

/// What a program printed.
pub fn run(command: &mut Command) -> String {
    let program = command.get_program().to_string_lossy().into_owned();
    let output = command.output().unwrap_or_else(|why| panic!("{program} does not start: {why}"));
    let said = String::from_utf8_lossy(&output.stderr);
    let printed = String::from_utf8(output.stdout).expect("UTF-8");
    assert!(output.status.success(), "{program}: {}\n{said}\n{printed}", output.status);
    printed
}

fn json(command: &mut Command) -> Vec<Value> {
    let printed = run(command);
    if printed.is_empty() { vec![] } else { serde_json::from_str(&printed).expect("a list as JSON") }
}

/// Where the consumers are; they are installed where they are not yet.
pub fn installed() -> &'static Path {
    static INSTALLED: OnceLock<PathBuf> = OnceLock::new();
    INSTALLED.get_or_init(|| {
        let printed = run(&mut Command::new(tools().join("install.sh")));
        PathBuf::from(printed.trim_end())
    })
}

fn tools() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tools")
}
