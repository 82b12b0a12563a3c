//! Relays as programs of their own.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;

use serde_json::Value;
use tempfile::TempDir;

/// Scripts for tests.
pub fn tools() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/tools")
}

/// Python with the packages that tests use; installed where it is not yet.
fn python() -> &'static Path {
    static PYTHON: OnceLock<PathBuf> = OnceLock::new();
    PYTHON.get_or_init(|| {
        let printed = said(Command::new(tools().join("install.sh")));
        Path::new(printed.trim_end()).join("python/bin/python")
    })
}

pub fn said(mut command: Command) -> String {
    let output = command.stdin(Stdio::null()).output().expect("it starts");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}: {errors}");
    String::from_utf8(output.stdout).expect("UTF-8")
}

/// What Python's own parser makes of mails.
pub fn read(paths: &[PathBuf]) -> Vec<Value> {
    let mut command = Command::new(python());
    command.arg(tools().join("python/mails.py")).args(paths);
    serde_json::from_str(&said(command)).expect("a list as JSON")
}

/// `tests/tools/python/relay.py`; it ends with this value.
pub struct PythonRelay {
    process: Child,
    pub folder: TempDir,
    pub port: u16,
}

impl PythonRelay {
    pub fn start(options: &[&str]) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        if options.contains(&"--tls") {
            certificates(folder.path());
        }
        let mut command = Command::new(python());
        command.arg(tools().join("python/relay.py")).arg(folder.path()).args(options);
        let mut process = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("it starts");
        let mut line = String::new();
        BufReader::new(process.stdout.take().expect("a pipe")).read_line(&mut line).expect("a line");
        PythonRelay { process, folder, port: line.trim().parse().expect("a port") }
    }

    /// The mails it kept, the oldest first.
    pub fn mails(&self) -> Vec<PathBuf> {
        let files = std::fs::read_dir(self.folder.path()).expect("a folder");
        let mut paths: Vec<PathBuf> = files.map(|file| file.expect("a file").path()).collect();
        paths.retain(|path| path.extension().is_some_and(|ending| ending == "eml"));
        paths.sort();
        paths
    }
}

impl Drop for PythonRelay {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// A root, and a certificate for localhost.
pub fn certificates(folder: &Path) {
    let mut command = Command::new(tools().join("mail/certificates.sh"));
    command.arg(folder);
    said(command);
}
