//! Long trials of the daemon, in a folder of their own: `daemon-trial kills 300`, `daemon-trial scale 10000 5`,
//! `daemon-trial scrapes 1000`, `daemon-trial mixed 30`, `daemon-trial alerts 200`,
//! `daemon-trial crowd 1000`.

#![allow(clippy::disallowed_methods, reason = "a trial measures by the clock")]

use std::io::Write;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use assay_tests::alerts;
use assay_tests::daemon::{Daemon, Signal, kills, mixed, scale};
use serde_json::json;

const USAGE: &str = "\
usage: daemon-trial kills N              kill a daemon under load N times, then look at its store
       daemon-trial scale N MINUTES      N contracts, each due once an hour: start, memory, lag, pages
       daemon-trial scrapes CONTRACTS    1,000 scrapes a second of /metrics with all series of so many contracts
       daemon-trial mixed MINUTES        everything at once, with faults: memory and file descriptors
       daemon-trial alerts N             kill a daemon N times between what it finds and what it tells
       daemon-trial crowd N              N contracts fail at once: when mails come, and how many";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let number = |text: &str| text.parse::<usize>().ok().filter(|number| *number > 0);
    let numbers: Option<Vec<usize>> = words.iter().skip(1).map(|word| number(word)).collect();
    match (words.first(), numbers.as_deref()) {
        (Some(&"kills"), Some([n])) => kills(*n),
        (Some(&"scale"), Some([n, minutes])) => scale(*n, *minutes as u64),
        (Some(&"scrapes"), Some([n])) => scrapes(*n),
        (Some(&"mixed"), Some([minutes])) => mixed(*minutes as u64),
        (Some(&"alerts"), Some([n])) => alerts(*n),
        (Some(&"crowd"), Some([n])) => crowd(*n),
        _ => {
            eprintln!("{USAGE}");
            ExitCode::from(2)
        }
    }
}

fn tell(text: &str) {
    print!("\r\x1b[K{text}");
    let _ = std::io::stdout().flush();
}

fn kills(kills: usize) -> ExitCode {
    let found = kills::trial(kills, 0x5eed_1234_5678_9abc, |nth| tell(&format!("{nth} of {kills} kills")));
    println!("\n{found:#?}");
    ExitCode::from(u8::from(!found.wrong.is_empty()))
}

fn scale(contracts: usize, minutes: u64) -> ExitCode {
    println!("\n{:#?}", scale::trial(contracts, minutes, tell));
    ExitCode::SUCCESS
}

fn scrapes(contracts: usize) -> ExitCode {
    let project =
        scale::project(contracts, "metrics: {max_series: 1000000}\nscheduler: {concurrency: 4, per_connection: 4}\n");
    let token = project.token("run");
    let daemon = Daemon::started(project.root());
    let client = daemon.client(&token);
    for nth in 0..contracts {
        let layer = ["bronze", "silver", "gold"][nth % 3];
        client.post("/api/v1/runs", &json!({"documents": [format!("{layer}.t{nth:05}")]}));
    }
    let begun = Instant::now();
    let running = || {
        client.get("/api/v1/runs?state=queued&limit=1").json()["runs"].as_array().is_some_and(|runs| !runs.is_empty())
    };
    while running() && begun.elapsed() < Duration::from_secs(300) {
        std::thread::park_timeout(Duration::from_millis(200));
    }
    let text = client.get("/metrics").body;
    let series = text.lines().filter(|line| !line.starts_with('#')).count();
    println!("{series} series, {} bytes", text.len());
    let (rate, [half, most, all]) = scale::scrapes(&client, 8, 1_000, Duration::from_secs(20));
    println!("{rate:.0} scrapes/s; answered within {half:.2} ms (50%), {most:.2} ms (99%), {all:.2} ms (all)");
    daemon.end(Signal::Term);
    ExitCode::SUCCESS
}

fn mixed(minutes: u64) -> ExitCode {
    let measured = mixed::trial(Duration::from_secs(minutes * 60), tell);
    println!("\n{measured:#?}");
    ExitCode::from(u8::from(!measured.wrong.is_empty()))
}

fn alerts(kills: usize) -> ExitCode {
    let found = alerts::kills::trial(kills, 0x0a1e_57ed, |nth| tell(&format!("{nth} of {kills} kills")));
    println!("\n{found:#?}");
    ExitCode::from(u8::from(!found.wrong.is_empty()))
}

fn crowd(contracts: usize) -> ExitCode {
    println!("{:#?}", alerts::crowd::trial(contracts, Duration::from_secs(900)));
    ExitCode::SUCCESS
}
