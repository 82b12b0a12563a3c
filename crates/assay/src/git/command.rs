//! Running git so that it reads and does nothing else.

use std::ffi::OsStr;
use std::io::ErrorKind;
use std::process::{Command, Output, Stdio};

use assay_report::formats::text::printable;

use crate::disk::reason;
use crate::failure::Failure;

/// A command of git that is about to run.
pub(super) struct Git(pub Command);

/// Git with these arguments, in the current folder: hooks name `GIT_DIR` and `GIT_INDEX_FILE` relative to it.
pub(super) fn git<A: AsRef<OsStr>>(args: impl IntoIterator<Item = A>) -> Git {
    let mut git = Command::new("git");
    // a path is that path, whatever stars and colons are in it
    git.args(["--no-pager", "--literal-pathspecs"]);
    // looking must not start a daemon that writes into the repository
    git.args(["-c", "core.fsmonitor=false"]);
    git.args(args);
    // messages are told apart by their English words
    git.env("LC_ALL", "C").env("GIT_OPTIONAL_LOCKS", "0").env_remove("GIT_EXTERNAL_DIFF");
    git.stdin(Stdio::null());
    Git(git)
}

impl Git {
    /// One more argument, as it is.
    pub fn arg(mut self, arg: impl AsRef<OsStr>) -> Self {
        self.0.arg(arg);
        self
    }

    /// One more variable.
    pub fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.0.env(name, value);
        self
    }

    /// What it wrote; an error where it failed.
    pub fn output(self) -> Result<Vec<u8>, Failure> {
        self.output_or(|_| None)
    }

    /// What it wrote. Where it failed, `known` may know what its words mean.
    pub fn output_or(self, known: impl FnOnce(&str) -> Option<Failure>) -> Result<Vec<u8>, Failure> {
        let name = self.name();
        let output = self.run()?;
        if output.status.success() {
            return Ok(output.stdout);
        }
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        Err(known(&said).unwrap_or_else(|| failed(&name, &said)))
    }

    /// What it wrote; `None` where it says that there is no such thing.
    pub fn found(self) -> Result<Option<Vec<u8>>, Failure> {
        let output = self.run()?;
        Ok(output.status.success().then_some(output.stdout))
    }

    /// The command's name, for errors.
    pub fn name(&self) -> String {
        let mut args = self.0.get_args().map(OsStr::to_string_lossy).skip(4);
        args.find(|arg| !arg.starts_with('-')).unwrap_or_default().into_owned()
    }

    fn run(mut self) -> Result<Output, Failure> {
        self.0.output().map_err(|error| cannot_start(&error))
    }
}

/// Why git did not start.
pub(super) fn cannot_start(error: &std::io::Error) -> Failure {
    match error.kind() {
        ErrorKind::NotFound => Failure::Outside(
            "git was not found, and versions of contracts are read by it: install git 2.30 or newer, or put it on the PATH"
                .into(),
        ),
        _ => Failure::Outside(format!("git does not start: {}", reason(error))),
    }
}

/// A command failed; what git said about it, in one line.
pub(super) fn failed(name: &str, said: &str) -> Failure {
    let said: Vec<&str> = said.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    let said = said.join("; ");
    let said = said.strip_prefix("fatal: ").unwrap_or(&said);
    Failure::Outside(format!("`git {name}` failed: {}", printable(said)))
}
