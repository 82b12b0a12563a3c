//! Ctrl-C: the run stops and the code is 130.

#![cfg(target_os = "linux")]

use std::io::Read;
use std::process::{Command, Stdio};

use crate::support::Project;

/// SIGINT, as a bit of the mask of caught signals.
const CAUGHT: u64 = 1 << (2 - 1);

#[test]
fn ctrl_c_stops_a_run() {
    // Enough text to keep any machine busy for longer than it takes to send a signal.
    let rows = "1,2.50\n".repeat(20_000_000);
    let project = Project::with_two_tables().file("data/a.csv", format!("id,amount\n{rows}"));
    let mut running =
        project.command(&["check"]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("starts");
    let status = format!("/proc/{}/status", running.id());
    let listens = || {
        let text = std::fs::read_to_string(&status).unwrap_or_default();
        let mask =
            text.lines().find_map(|line| line.strip_prefix("SigCgt:")).map(str::trim).unwrap_or_default().to_string();
        u64::from_str_radix(&mask, 16).unwrap_or_default() & CAUGHT != 0
    };
    while !listens() {
        assert!(running.try_wait().expect("a child").is_none(), "it ended before it could be stopped");
        std::thread::yield_now();
    }
    let sent = Command::new("kill").args(["-INT", &running.id().to_string()]).status().expect("kill runs");
    assert!(sent.success());
    let ended = running.wait().expect("it ends");
    let mut out = String::new();
    running.stdout.take().expect("piped").read_to_string(&mut out).expect("UTF-8");
    assert_eq!((ended.code(), out.as_str()), (Some(130), ""));
}
