//! A project in a temporary folder, and the binary on it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::OnceLock;

use serde_json::Value;
use tempfile::TempDir;

/// A folder with files.
pub struct Project {
    folder: TempDir,
}

/// What a run of the binary gave.
#[derive(Debug)]
pub struct Ran {
    pub code: Option<i32>,
    pub out: String,
    pub err: String,
}

impl Project {
    /// An empty folder.
    pub fn new() -> Self {
        Project { folder: tempfile::tempdir().expect("a temporary folder") }
    }

    /// With `assay.yaml` and two tables in CSV, `silver.a` and `silver.b`, whose contracts hold.
    pub fn with_two_tables() -> Self {
        let project = Project::new().file("assay.yaml", "assay: 1\ntimezone: UTC\n");
        ["a", "b"].into_iter().fold(project, |project, name| {
            project.file(&format!("data/{name}.csv"), "id,amount\n1,2.50\n2,3.00\n").contract(name, "")
        })
    }

    /// Writes a file.
    pub fn file(self, path: &str, content: impl AsRef<[u8]>) -> Self {
        let path = self.path(path);
        fs::create_dir_all(path.parent().expect("a folder")).expect("made");
        fs::write(path, content).expect("written");
        self
    }

    /// Writes the contract of `silver.NAME` over `data/NAME.csv`, with further lines.
    pub fn contract(self, name: &str, more: &str) -> Self {
        self.contract_of(name, "csv", &format!("data/{name}.csv"), more)
    }

    /// Writes a contract over a source.
    pub fn contract_of(self, name: &str, format: &str, path: &str, more: &str) -> Self {
        let text = format!(
            "assay: 1\ntable: silver.{name}\nowner: {name}@shop.example\nsource: {{format: {format}, path: {path}}}\nkey: [id]\n\
             columns:\n  id: int64\n  amount: {{type: \"decimal(12,2)\", range: {{min: 0}}}}\n{more}"
        );
        self.file(&format!("checks/silver/{name}.yaml"), text)
    }

    /// Where a file is.
    pub fn path(&self, path: &str) -> PathBuf {
        self.folder.path().join(path)
    }

    /// Runs the binary in the folder.
    pub fn assay(&self, args: &[&str]) -> Ran {
        ran(self.command(args))
    }

    /// The command that runs the binary in the folder.
    pub fn command(&self, args: &[&str]) -> Command {
        command(self.folder.path(), args)
    }

    /// Runs `check --format json`; gives the result, which is valid under the published schema.
    pub fn json(&self, args: &[&str]) -> (Ran, Value) {
        let ran = self.assay(&[&["check", "--format", "json"], args].concat());
        let result = serde_json::from_str(&ran.out).unwrap_or_else(|why| panic!("{why}: {ran:?}"));
        assert_valid(&result);
        assert_eq!(result["exit_code"], ran.code.unwrap_or(-1), "{ran:?}");
        (ran, result)
    }
}

/// The command that runs the binary, without what the surroundings would change.
pub fn command(folder: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_assay"));
    command.args(args).current_dir(folder).env("NO_COLOR", "1").env_remove("CLICOLOR_FORCE");
    command
}

/// Runs a command to its end.
pub fn ran(mut command: Command) -> Ran {
    let Output { status, stdout, stderr } = command.output().expect("the binary starts");
    let text = |bytes| String::from_utf8(bytes).expect("UTF-8");
    Ran { code: status.code(), out: text(stdout), err: text(stderr) }
}

/// Panics where a result is not as published.
pub fn assert_valid(result: &Value) {
    static SCHEMA: OnceLock<jsonschema::Validator> = OnceLock::new();
    let schema = SCHEMA.get_or_init(|| {
        let text = include_str!("../../../../docs/schemas/assay.result.v1.json");
        jsonschema::validator_for(&serde_json::from_str(text).expect("JSON")).expect("a schema")
    });
    let problems: Vec<String> =
        schema.iter_errors(result).map(|error| format!("{}: {error}", error.instance_path())).collect();
    assert!(problems.is_empty(), "{problems:#?}\n{result:#}");
}

/// The table of this name in a result.
pub fn table<'a>(result: &'a Value, name: &str) -> &'a Value {
    let tables = result["tables"].as_array().expect("tables");
    tables.iter().find(|table| table["table"] == name).unwrap_or_else(|| panic!("no {name} in {result:#}"))
}

/// The check of this id in a table of a result.
pub fn check<'a>(table: &'a Value, id: &str) -> &'a Value {
    let checks = table["checks"].as_array().expect("checks");
    checks.iter().find(|check| check["id"] == id).unwrap_or_else(|| panic!("no {id} in {table:#}"))
}

impl Ran {
    /// Panics where the code or a part of standard error is another.
    #[track_caller]
    pub fn assert(&self, code: i32, err_holds: &str) {
        assert_eq!(self.code, Some(code), "{self:?}");
        assert!(self.err.contains(err_holds), "{err_holds:?} is not in {self:?}");
    }
}
