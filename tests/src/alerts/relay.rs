//! A mail relay that does what addresses say: `tests/tools/python/relay.py`; and what Python makes of its mails.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;

use serde_json::Value;
use tempfile::TempDir;

/// A relay at work; it ends when it is dropped.
pub struct Relay {
    process: Child,
    folder: TempDir,
    /// Its port on the loopback.
    pub port: u16,
}

/// Scripts of tests.
fn tools() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tools")
}

/// Python with the packages of tests; installed where it is not yet.
fn python() -> &'static Path {
    static PYTHON: OnceLock<PathBuf> = OnceLock::new();
    PYTHON.get_or_init(|| {
        let printed = said(&mut Command::new(tools().join("install.sh")));
        Path::new(printed.trim_end()).join("python/bin/python")
    })
}

fn said(command: &mut Command) -> String {
    let output = command.stdin(Stdio::null()).output().expect("it starts");
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("UTF-8")
}

/// What a script of `tests/tools/python` says of files, as JSON.
pub fn script(name: &str, paths: &[PathBuf]) -> Value {
    let mut command = Command::new(python());
    command.arg(tools().join("python").join(name)).args(paths);
    serde_json::from_str(&said(&mut command)).expect("JSON")
}

impl Relay {
    /// One without encryption and login.
    pub fn start() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let mut command = Command::new(python());
        command.arg(tools().join("python/relay.py")).arg(folder.path());
        let mut process = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("it starts");
        let mut line = String::new();
        BufReader::new(process.stdout.take().expect("a pipe")).read_line(&mut line).expect("a line");
        Relay { process, folder, port: line.trim().parse().expect("a port") }
    }

    /// `connections:` of assay.yaml with it.
    pub fn connections(&self) -> String {
        format!(
            "connections:\n  relay: {{smtp: {{host: 127.0.0.1, port: {}, tls: none, from: assay@shop.example, \
             allow_private: [127.0.0.1]}}}}\n",
            self.port
        )
    }

    /// The mails that it took, the oldest first.
    pub fn mails(&self) -> Vec<PathBuf> {
        let files = std::fs::read_dir(self.folder.path()).expect("a folder");
        let mut paths: Vec<PathBuf> = files.map(|file| file.expect("a file").path()).collect();
        paths.retain(|path| path.extension().is_some_and(|ending| ending == "eml"));
        paths.sort();
        paths
    }
}

impl Drop for Relay {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
