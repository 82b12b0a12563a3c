//! Programs of the system that faults are made with.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};

/// Runs statements in a SQLite file, by another library than the daemon's.
pub fn sqlite(path: &Path, statements: &str) {
    let script = "import sqlite3, sys; c = sqlite3.connect(sys.argv[1]); c.executescript(sys.argv[2]); c.close()";
    let ran = Command::new("python3").args(["-c", script]).arg(path).arg(statements).status();
    assert!(ran.is_ok_and(|status| status.success()), "python3 is needed: apt-get install python3");
}

/// Another process that holds the lock for writing on a SQLite file; let go when it is dropped.
pub struct Locked {
    script: Child,
    input: Option<ChildStdin>,
}

impl Locked {
    /// Takes the lock.
    pub fn on(path: &Path) -> Self {
        let script = "import sqlite3, sys; c = sqlite3.connect(sys.argv[1], timeout=30, isolation_level=None); \
                      c.execute('BEGIN IMMEDIATE'); print('locked', flush=True); sys.stdin.read()";
        let mut script = Command::new("python3")
            .args(["-c", script])
            .arg(path)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("python3 is needed: apt-get install python3");
        let input = script.stdin.take();
        let mut said = String::new();
        let read = BufReader::new(script.stdout.take().expect("piped")).read_line(&mut said);
        let locked = Locked { script, input };
        assert!(read.is_ok() && said == "locked\n", "{} was not locked", path.display());
        locked
    }

    /// Lets it go.
    pub fn release(self) {}
}

impl Drop for Locked {
    fn drop(&mut self) {
        drop(self.input.take());
        let _ended = self.script.wait();
    }
}

/// What a program is started through so that permission bits hold for it, also where tests run as root.
pub fn bound_by_permissions() -> Vec<&'static str> {
    let is_root = Command::new("id").arg("-u").output().expect("`id`").stdout == b"0\n";
    match is_root {
        true => vec!["setpriv", "--bounding-set=-dac_override,-dac_read_search"],
        false => Vec::new(),
    }
}

/// What a program is started through so that a file that may not grow is an error, not its end.
pub const BOUND_IN_SIZE: [&str; 4] = ["sh", "-c", "trap '' XFSZ; exec \"$@\"", "sh"];

/// How many bytes a file that a process writes may have; `unlimited` gives it all back.
pub fn limit_files(pid: u32, bytes: &str) {
    let limit = format!("--fsize={bytes}:");
    let ran = Command::new("prlimit").args(["--pid", &pid.to_string(), &limit]).status();
    assert!(ran.is_ok_and(|status| status.success()), "prlimit is needed: apt-get install util-linux");
}

/// Makes a certificate for localhost and its key.
pub fn certificate(cert: &Path, key: &Path) {
    let ran = Command::new("openssl")
        .args(["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"])
        .args(["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"])
        .arg("-out")
        .arg(cert)
        .arg("-keyout")
        .arg(key)
        .stderr(Stdio::null())
        .status();
    assert!(ran.is_ok_and(|status| status.success()), "openssl is needed: apt-get install openssl");
}
