//! A daemon as its own process, and what speaks to it.

pub mod client;
pub mod held;
pub mod kills;
pub mod mixed;
pub mod postgres;
pub mod project;
pub mod prometheus;
pub mod scale;
pub mod tools;
pub mod wait;

use std::ffi::OsStr;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

pub use client::Client;
pub use project::Project;

use crate::repository::binary;

/// How long a daemon may take until it answers, on a machine that has other things to do.
const PATIENCE: Duration = Duration::from_secs(60);

/// A daemon at work; killed when it is dropped.
pub struct Daemon {
    child: Child,
    /// Where it listens.
    pub address: String,
    /// From the start of the process until it was ready.
    pub ready_after: Duration,
    log: std::thread::JoinHandle<String>,
}

/// What a daemon left when it ended.
#[derive(Debug)]
pub struct Ended {
    /// Its exit code; `None`: a signal.
    pub code: Option<i32>,
    /// All that it logged.
    pub log: String,
}

/// Signals by name, as `kill` takes them.
#[derive(Debug, Clone, Copy)]
pub enum Signal {
    /// End in good order.
    Term,
    /// End at once.
    Kill,
    /// Read the project anew.
    Hup,
    /// Stand still.
    Stop,
    /// Go on.
    Cont,
}

impl Daemon {
    /// Starts one on a free port and waits until it is ready. The error is all that it logged.
    pub fn start(folder: &Path, arguments: &[&str], environment: &[(&str, &str)]) -> Result<Daemon, Ended> {
        Daemon::through(&[], folder, arguments, environment)
    }

    /// The same by way of a program that ends by becoming the daemon, such as `setpriv`.
    pub fn through(
        wrapper: &[&str],
        folder: &Path,
        arguments: &[&str],
        environment: &[(&str, &str)],
    ) -> Result<Daemon, Ended> {
        let begun = Instant::now();
        let mut daemon = Daemon::begin(wrapper, folder, arguments, environment)?;
        let client = Client::new(&daemon.address, None);
        while client.get("/-/ready").status != 200 {
            if begun.elapsed() > PATIENCE || !matches!(daemon.child.try_wait(), Ok(None)) {
                return Err(daemon.end(Signal::Kill));
            }
            wait::pause(Duration::from_millis(5));
        }
        daemon.ready_after = begun.elapsed();
        Ok(daemon)
    }

    /// Starts one and waits until it listens.
    fn begin(
        wrapper: &[&str],
        folder: &Path,
        arguments: &[&str],
        environment: &[(&str, &str)],
    ) -> Result<Daemon, Ended> {
        let program = binary();
        let mut words = wrapper.iter().map(OsStr::new).chain([program.as_os_str()]);
        let mut command = Command::new(words.next().expect("at least the binary"));
        command.args(words).args(["serve", "--log", "json"]);
        if !arguments.contains(&"--listen") {
            command.args(["--listen", "127.0.0.1:0"]);
        }
        let mut child = command
            .args(arguments)
            .envs(environment.iter().copied())
            .current_dir(folder)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the binary starts");
        let lines = BufReader::new(child.stderr.take().expect("piped")).lines();
        let (tell, told) = mpsc::channel();
        let log = std::thread::spawn(move || {
            let mut log = String::new();
            for line in lines.map_while(Result::ok) {
                let value: serde_json::Value = serde_json::from_str(&line).unwrap_or_default();
                if value["message"] == "listening" {
                    let _ = tell.send(value["address"].as_str().unwrap_or_default().to_string());
                }
                log.push_str(&line);
                log.push('\n');
            }
            log
        });
        match told.recv_timeout(PATIENCE) {
            Ok(address) => Ok(Daemon { child, address, ready_after: Duration::ZERO, log }),
            Err(silent) => {
                // one that closed its log is about to end, with a code that is of interest
                if silent == mpsc::RecvTimeoutError::Timeout {
                    let _ = child.kill();
                }
                let code = child.wait().ok().and_then(|status| status.code());
                Err(Ended { code, log: log.join().unwrap_or_default() })
            }
        }
    }

    /// Starts one that has to refuse, and gives what it said.
    pub fn refused(wrapper: &[&str], folder: &Path, arguments: &[&str], environment: &[(&str, &str)]) -> Ended {
        match Daemon::begin(wrapper, folder, arguments, environment) {
            Ok(daemon) => panic!("it started: {:?}", daemon.end(Signal::Kill)),
            Err(ended) => ended,
        }
    }

    /// One that must start.
    pub fn started(folder: &Path) -> Daemon {
        Daemon::start(folder, &[], &[]).unwrap_or_else(|ended| panic!("the daemon did not start: {ended:?}"))
    }

    /// Somebody with this token.
    pub fn client(&self, token: &str) -> Client {
        Client::new(&self.address, Some(token))
    }

    /// Its process.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Sends a signal.
    pub fn signal(&self, signal: Signal) {
        let name = match signal {
            Signal::Term => "-TERM",
            Signal::Kill => "-KILL",
            Signal::Hup => "-HUP",
            Signal::Stop => "-STOP",
            Signal::Cont => "-CONT",
        };
        let sent = Command::new("kill").args([name, &self.pid().to_string()]).status();
        assert!(sent.is_ok_and(|status| status.success()), "kill {name}");
    }

    /// Ends it by a signal and waits.
    pub fn end(mut self, signal: Signal) -> Ended {
        if matches!(self.child.try_wait(), Ok(None)) {
            self.signal(signal);
        }
        let code = self.child.wait().ok().and_then(|status| status.code());
        let log = std::mem::replace(&mut self.log, std::thread::spawn(String::new));
        Ended { code, log: log.join().unwrap_or_default() }
    }

    /// Resident memory in bytes, and open file descriptors.
    pub fn usage(&self) -> (u64, usize) {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.pid())).unwrap_or_default();
        let resident = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap_or_default();
        let kib: u64 = resident.trim().trim_end_matches(" kB").parse().unwrap_or(0);
        let descriptors = std::fs::read_dir(format!("/proc/{}/fd", self.pid())).map_or(0, Iterator::count);
        (kib * 1024, descriptors)
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
