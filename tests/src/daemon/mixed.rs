//! Hours of ordinary work and bad luck: what a daemon holds in memory and in file descriptors while everything happens at
//! once.

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use assay_core::ops::Ops;
use assay_core::ops::runs::RunFilter;
use serde_json::json;

use super::{Daemon, Project, Signal};

const TABLES: usize = 40;

/// What the daemon held, and what it did. Memory in MiB.
#[derive(Debug, Default)]
pub struct Measured {
    /// Mean resident memory in the second sixth of the time, and in the last.
    pub resident: [f64; 2],
    /// The most.
    pub most_resident: u64,
    /// Mean number of file descriptors likewise.
    pub descriptors: [f64; 2],
    /// Bytes of the store at the end.
    pub store: u64,
    /// Runs that came to an end.
    pub runs: usize,
    /// Requests, and those that were answered by 5xx or not at all, faults of the test aside.
    pub requests: [u64; 2],
    /// Faults: locks of the store, standstills, bad reloads, tables that vanished.
    pub faults: usize,
    /// What is wrong; empty: nothing.
    pub wrong: Vec<String>,
}

/// A project of which some tables break their contract, and one hangs.
fn project() -> Project {
    let project = Project::new("scheduler: {concurrency: 4, per_connection: 4, jitter: 5s, timeout: 5s}\n");
    for nth in 0..TABLES {
        let after = if nth % 10 == 9 { format!("depends_on: [silver.t{:02}]\n", nth - 1) } else { String::new() };
        project.table(&format!("silver.t{nth:02}"), 100 + nth * 50, &format!("schedule: \"* * * * *\"\n{after}"));
    }
    project
}

/// Lets everything happen for so long.
pub fn trial(time: Duration, mut tell: impl FnMut(&str)) -> Measured {
    let project = project();
    let token = project.token("admin");
    let daemon = Daemon::started(project.root());
    let over = AtomicBool::new(false);
    let mut measured = Measured::default();
    let (mut resident, mut descriptors) = (Vec::new(), Vec::new());
    let begun = Instant::now();
    std::thread::scope(|scope| {
        let asking: Vec<_> = (0..3)
            .map(|side| {
                scope.spawn({
                    let (over, client) = (&over, daemon.client(&token));
                    move || ask(&client, side, over)
                })
            })
            .collect();
        let spoiling = scope.spawn(|| spoil(&project, &daemon, &token, &over));
        while begun.elapsed() < time {
            std::thread::park_timeout(Duration::from_secs(2));
            let (bytes, open) = daemon.usage();
            resident.push(bytes as f64 / f64::from(1 << 20));
            descriptors.push(open as f64);
            if resident.len() % 30 == 0 {
                tell(&format!("{} s: {} MiB, {open} descriptors", begun.elapsed().as_secs(), bytes >> 20));
            }
        }
        over.store(true, Ordering::Relaxed);
        for side in asking {
            let [asked, failed] = side.join().expect("nobody panics");
            measured.requests = [measured.requests[0] + asked, measured.requests[1] + failed];
        }
        measured.faults = spoiling.join().expect("nobody panics");
    });
    daemon.end(Signal::Term);
    let sixth = |numbers: &[f64], nth: usize| {
        let part = numbers.len() / 6;
        numbers[part * nth..part * (nth + 1)].iter().sum::<f64>() / part.max(1) as f64
    };
    measured.resident = [sixth(&resident, 1), sixth(&resident, 5)];
    measured.descriptors = [sixth(&descriptors, 1), sixth(&descriptors, 5)];
    measured.most_resident = resident.iter().fold(0.0, |most: f64, one| most.max(*one)) as u64;
    look(&project, &mut measured);
    measured
}

fn look(project: &Project, measured: &mut Measured) {
    let store = project.store();
    if let Err(why) = store.verify() {
        measured.wrong.push(why.to_string());
    }
    measured.store = store.size().expect("a size");
    let runs = store.runs(&RunFilter { most: usize::MAX, ..RunFilter::default() }).expect("runs");
    measured.runs = runs.iter().filter(|run| !run.state.is_open()).count();
    let grown = |two: [f64; 2]| two[1] - two[0];
    if grown(measured.resident) > 24.0 + measured.resident[0] * 0.1 {
        measured.wrong.push("memory grows".into());
    }
    if grown(measured.descriptors) > 10.0 {
        measured.wrong.push("file descriptors grow".into());
    }
}

/// Looks at everything and asks for runs; gives requests, and those that failed.
fn ask(client: &super::Client, side: usize, over: &AtomicBool) -> [u64; 2] {
    let mut asked = [0, 0];
    for nth in 0.. {
        if over.load(Ordering::Relaxed) {
            break;
        }
        let table = format!("silver.t{:02}", (nth * 7 + side) % TABLES);
        let answer = match nth % 8 {
            0 => client.get("/"),
            1 => client.get("/metrics"),
            2 => client.post("/api/v1/runs", &json!({"documents": [table]})),
            3 => client.get(&format!("/documents/{table}")),
            4 => client.get("/api/v1/runs?limit=20"),
            5 => client.get("/incidents"),
            6 => client.get("/api/v1/documents?q=t1"),
            _ => client.get("/runs"),
        };
        asked[0] += 1;
        asked[1] += u64::from(answer.status == 0 || answer.status >= 500);
        std::thread::park_timeout(Duration::from_millis(40));
    }
    asked
}

/// Makes things go wrong, one after the other, each for some seconds; gives how often.
fn spoil(project: &Project, daemon: &Daemon, token: &str, over: &AtomicBool) -> usize {
    let client = daemon.client(token);
    let contract = "checks/silver/silver_t03.yaml";
    let good = std::fs::read_to_string(project.path(contract)).expect("a contract");
    let mut faults = 0;
    while !over.load(Ordering::Relaxed) {
        match faults % 6 {
            0 => {
                project.write(contract, "assay: 1\ntable: [\n");
                client.send("/-/reload", "text/plain", &[], b"");
                project.write(contract, &good);
                client.send("/-/reload", "text/plain", &[], b"");
            }
            1 => {
                daemon.signal(Signal::Stop);
                rest(over, 3);
                daemon.signal(Signal::Cont);
            }
            2 => locked(project, || rest(over, 4)),
            3 => {
                let (table, away) = (project.path("data/silver_t05.csv"), project.path("data/away"));
                std::fs::rename(&table, &away).expect("it moves");
                rest(over, 5);
                std::fs::rename(&away, &table).expect("it moves");
            }
            4 => {
                let table = project.path("data/silver_t07.csv");
                let rows = std::fs::read(&table).expect("rows");
                std::fs::write(&table, "id,amount\n1,5000\n1,x\n").expect("a table");
                rest(over, 5);
                std::fs::write(&table, rows).expect("a table");
            }
            _ => daemon.signal(Signal::Hup),
        }
        faults += 1;
        rest(over, 4);
    }
    daemon.signal(Signal::Cont);
    faults
}

fn rest(over: &AtomicBool, seconds: u64) {
    let until = Instant::now() + Duration::from_secs(seconds);
    while Instant::now() < until && !over.load(Ordering::Relaxed) {
        std::thread::park_timeout(Duration::from_millis(50));
    }
}

/// Another process holds the store's lock meanwhile.
fn locked(project: &Project, work: impl FnOnce()) {
    let lock = "import sqlite3, sys\nc = sqlite3.connect(sys.argv[1], isolation_level=None, timeout=30)\n\
                c.execute('BEGIN IMMEDIATE')\nprint('locked', flush=True)\nsys.stdin.read()";
    let mut process = Command::new("python3")
        .args(["-c", lock])
        .arg(project.path(".assay/state.db"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("python3 runs");
    let mut line = String::new();
    let _ = BufReader::new(process.stdout.take().expect("piped")).read_line(&mut line);
    work();
    let _ = process.kill();
    let _ = process.wait();
}
