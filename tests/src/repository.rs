//! A git repository in a temporary folder, and the binary in it.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;
use tempfile::TempDir;

/// A repository.
pub struct Repository {
    folder: TempDir,
    /// Where commands run, below its top.
    inside: PathBuf,
}

/// What a command gave.
#[derive(Debug)]
pub struct Ran {
    /// Its exit code.
    pub code: Option<i32>,
    /// Standard output.
    pub out: String,
    /// Standard error.
    pub err: String,
}

/// Environment variables of git that would reach into a test from outside.
const SURROUNDINGS: [&str; 7] = [
    "GIT_DIR",
    "GIT_WORK_TREE",
    "GIT_INDEX_FILE",
    "GIT_PREFIX",
    "GIT_OBJECT_DIRECTORY",
    "GIT_COMMON_DIR",
    "GIT_CEILING_DIRECTORIES",
];

impl Default for Repository {
    fn default() -> Self {
        Repository::new()
    }
}

impl Repository {
    /// An empty one, with the branch `main`.
    pub fn new() -> Self {
        Repository::with(&["--initial-branch=main"])
    }

    /// An empty one, made with these options of `git init`.
    pub fn with(options: &[&str]) -> Self {
        let repository = Repository { folder: tempfile::tempdir().expect("a folder"), inside: PathBuf::new() };
        repository.git(&[&["init", "--quiet"], options].concat());
        repository
    }

    /// A copy made by `git clone` with these options.
    pub fn cloned(&self, options: &[&str]) -> Self {
        let copy = Repository { folder: tempfile::tempdir().expect("a folder"), inside: PathBuf::new() };
        let from = format!("file://{}", self.folder.path().display());
        copy.git(&[&["clone", "--quiet"], options, &[&from, "."]].concat());
        copy
    }

    /// The same one, with commands run in a folder of it.
    pub fn inside(mut self, folder: &str) -> Self {
        self.inside = folder.into();
        self
    }

    /// Where a file is; paths count from where commands run.
    pub fn path(&self, path: impl AsRef<Path>) -> PathBuf {
        self.folder.path().join(&self.inside).join(path)
    }

    /// Writes a file.
    pub fn write(&self, path: impl AsRef<Path>, content: impl AsRef<[u8]>) -> &Self {
        let path = self.path(path);
        fs::create_dir_all(path.parent().expect("a folder")).expect("made");
        fs::write(path, content).expect("written");
        self
    }

    /// Replaces a text that a file has.
    pub fn edit(&self, path: &str, old: &str, new: &str) -> &Self {
        let text = fs::read_to_string(self.path(path)).expect("a text");
        assert!(text.contains(old), "{path} has no `{old}`:\n{text}");
        self.write(path, text.replacen(old, new, 1))
    }

    /// Removes a file.
    pub fn remove(&self, path: &str) -> &Self {
        fs::remove_file(self.path(path)).expect("it was there");
        self
    }

    /// Commits everything.
    pub fn commit(&self, title: &str) -> &Self {
        self.git(&["add", "--all"]);
        self.git(&["commit", "--quiet", "--allow-empty", "-m", title]);
        self
    }

    /// Runs git, which has to succeed; gives what it wrote.
    pub fn git<A: AsRef<OsStr>>(&self, args: &[A]) -> String {
        let mut git = Command::new("git");
        fs::create_dir_all(self.path("")).expect("made");
        let ran = ran(isolated(&mut git).current_dir(self.path("")).args(args));
        assert_eq!(ran.code, Some(0), "git failed: {ran:?}");
        ran.out
    }

    /// Runs the binary.
    pub fn assay<A: AsRef<OsStr>>(&self, args: &[A]) -> Ran {
        ran(self.command(args).current_dir(self.path("")))
    }

    /// The command that runs the binary, where nothing from outside reaches into it.
    pub fn command<A: AsRef<OsStr>>(&self, args: &[A]) -> Command {
        let mut command = Command::new(binary());
        isolated(&mut command).current_dir(self.path("")).args(args).env("NO_COLOR", "1").env_remove("CLICOLOR_FORCE");
        command
    }

    /// Runs the binary with `--format json`; gives the result, too.
    pub fn json<A: AsRef<OsStr>>(&self, args: &[A]) -> (Ran, Value) {
        let args: Vec<&OsStr> = args.iter().map(AsRef::as_ref).chain([OsStr::new("--format=json")]).collect();
        let ran = self.assay(&args);
        let result: Value = serde_json::from_str(&ran.out).unwrap_or_else(|why| panic!("{why}: {ran:?}"));
        assert_eq!(result["exit_code"], ran.code.unwrap_or(-1), "{ran:?}");
        (ran, result)
    }

    /// All that a command that only looks must leave as it is: what git says of the working tree, its references, and
    /// the index to the byte and to the second.
    pub fn state(&self) -> (String, String, Vec<u8>, std::time::SystemTime) {
        let index = PathBuf::from(self.git(&["rev-parse", "--absolute-git-dir"]).trim_end()).join("index");
        let bytes = fs::read(&index).unwrap_or_default();
        let modified = fs::metadata(&index).and_then(|it| it.modified()).unwrap_or(std::time::UNIX_EPOCH);
        let references = self.git(&["for-each-ref"]);
        // asked last: `git status` itself may write the index
        let status =
            self.git(&["--no-optional-locks", "status", "--porcelain=v2", "--branch", "--untracked-files=all"]);
        (status, references, bytes, modified)
    }
}

impl Ran {
    /// Panics where it ended otherwise, or does not say this.
    pub fn assert(&self, code: i32, says: &str) -> &Self {
        assert_eq!(self.code, Some(code), "{self:?}");
        assert!(self.out.contains(says) || self.err.contains(says), "`{says}` is not said: {self:?}");
        self
    }
}

/// The binary beside the tests, or the one that `ASSAY_BIN` names.
pub fn binary() -> PathBuf {
    if let Some(named) = std::env::var_os("ASSAY_BIN") {
        return named.into();
    }
    let this = std::env::current_exe().expect("a program has a file");
    let name = format!("assay{}", std::env::consts::EXE_SUFFIX);
    // tests lie one folder deeper than programs
    let beside = this.ancestors().skip(1).take(2).map(|folder| folder.join(&name)).find(|path| path.is_file());
    beside.expect("`assay` is built beside this program: cargo build --workspace --bins --tests")
}

/// The command without the surroundings: configuration, hooks and names of whoever runs the tests.
pub fn isolated(command: &mut Command) -> &mut Command {
    for name in SURROUNDINGS {
        command.env_remove(name);
    }
    for who in ["AUTHOR", "COMMITTER"] {
        command.env(format!("GIT_{who}_NAME"), "Somebody").env(format!("GIT_{who}_EMAIL"), "somebody@shop.example");
    }
    command.env("GIT_CONFIG_GLOBAL", "/dev/null").env("GIT_CONFIG_NOSYSTEM", "1").env("GIT_TERMINAL_PROMPT", "0")
}

/// Runs a command to its end.
pub fn ran(command: &mut Command) -> Ran {
    let Output { status, stdout, stderr } = command.output().unwrap_or_else(|why| panic!("{command:?}: {why}"));
    let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
    Ran { code: status.code(), out: text(stdout), err: text(stderr) }
}
