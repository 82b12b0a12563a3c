//! Files that whoever opens them has to wait for, as on a disk or in a network that hangs.
//!
//! Another process has a lease on each: the system keeps everybody who opens such a file waiting until the lease is given
//! back, or until the system's own patience ends (45 s unless `fs.lease-break-time` says otherwise).

use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, ChildStdin, Command, Stdio};

/// Takes the leases, says so, and keeps them until its input ends. `SIGIO` tells it that somebody waits.
const SCRIPT: &str = "
import fcntl, signal, sys
signal.signal(signal.SIGIO, signal.SIG_IGN)
files = [open(path, 'r+b') for path in sys.argv[1:]]
for file in files:
    fcntl.fcntl(file, fcntl.F_SETLEASE, fcntl.F_WRLCK)
print('held', flush=True)
sys.stdin.read()
";

/// Files that are held; let go when it is dropped.
pub struct Held {
    script: Child,
    input: Option<ChildStdin>,
}

impl Held {
    /// Holds files that nobody has open.
    pub fn all(paths: &[PathBuf]) -> Self {
        let mut script = Command::new("python3")
            .args(["-c", SCRIPT])
            .args(paths)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("python3 is needed: apt-get install python3");
        let input = script.stdin.take();
        let mut said = String::new();
        let read = BufReader::new(script.stdout.take().expect("piped")).read_line(&mut said);
        let held = Held { script, input };
        assert!(read.is_ok() && said == "held\n", "the file system of {paths:?} has no leases");
        held
    }

    /// Lets them go.
    pub fn release(self) {}
}

impl Drop for Held {
    fn drop(&mut self) {
        drop(self.input.take());
        let _ended = self.script.wait();
    }
}
