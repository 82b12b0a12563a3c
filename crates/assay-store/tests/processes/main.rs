//! Several processes on one store, and processes that are killed while they commit.
//!
//! A program of its own rather than test functions, because it starts itself as the process that is killed:
//!
//! ```text
//! cargo test -p assay-store --test processes                    # 20 kills
//! cargo test -p assay-store --test processes -- --rounds 2000   # as many as you like
//! ```
#![allow(clippy::disallowed_methods, reason = "it starts processes and reads its arguments")]

mod notifier;

use std::hint::black_box;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use assay_core::drift::store::{Commit, RunRow, StateRow, Store, WindowCheck, WindowRow};
use assay_core::ops::Ops;
use assay_core::ops::incidents::{
    AlertEvent, Decided, EventKind, Incident, IncidentFilter, IncidentKey, IncidentKind, IncidentState,
};
use assay_core::ops::runs::{Claim, Claimed, Ending, Enqueue, Finished, Kind, Run, RunFilter, RunState, Trigger};
use assay_core::verdict::Outcome;
use assay_store::SqliteStore;

/// Commits replace the windows of so many days in turn, so that a long loop needs no more room than a short one.
const DAYS: u32 = 8;
const PROCESSES: u32 = 4;
const COMMITS: u32 = 25;

/// A test: its name, and what it does with the number of rounds.
type Test = (&'static str, fn(u32));
const TESTS: &[Test] = &[
    ("processes_that_make_the_store_and_commit_at_once_all_succeed", |_| at_once()),
    ("kill_9_loses_nothing_committed", |rounds| kill(rounds, "commit-for-ever", assert_kept)),
    ("kill_9_leaves_no_half_finished_run", |rounds| kill(rounds, "finish-for-ever", assert_runs_kept)),
    ("kill_9_leaves_no_half_told_alert", |rounds| kill(rounds, "notify-for-ever", notifier::assert_told)),
];

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["commit-for-ever", path, from] => return commit_for_ever(Path::new(path), number(from)),
        ["finish-for-ever", path, from] => return finish_for_ever(Path::new(path), number(from)),
        ["notify-for-ever", path, from] => return notifier::notify_for_ever(Path::new(path), number(from)),
        ["commit-as", path, who] => return commit_as(Path::new(path), who),
        ["--list", ..] => return TESTS.iter().for_each(|(name, _)| println!("{name}: test")),
        _ => {}
    }
    let mut rounds = 20;
    let mut filters: Vec<&str> = Vec::new();
    let mut rest = arguments.iter();
    while let Some(argument) = rest.next() {
        match argument.as_str() {
            "--rounds" => rounds = number(rest.next().expect("--rounds needs a number")),
            // Options of the usual test program, which mean nothing here.
            option if option.starts_with('-') => {}
            filter => filters.push(filter),
        }
    }
    for (name, test) in TESTS {
        if filters.is_empty() || filters.iter().any(|filter| name.contains(filter)) {
            test(rounds);
            println!("test {name} ... ok");
        }
    }
}

fn number(text: &str) -> u32 {
    text.parse().unwrap_or_else(|_| panic!("`{text}` is no number"))
}

/// Starts this program as something else.
fn start(arguments: &[&str], stdout: Stdio) -> Child {
    let program = std::env::current_exe().expect("this program");
    Command::new(program).args(arguments).stdout(stdout).spawn().expect("a process")
}

/// The commit with a number: a window, its state and its run, which belong together.
fn commit(number: u32) -> Commit {
    let day = number % DAYS;
    let (name, start) = (format!("day {day}"), i128::from(day));
    let checks = vec![WindowCheck {
        id: "dataset".into(),
        outcome: Outcome::Warn,
        effects: vec![("psi".into(), f64::from(number))],
    }];
    let window = WindowRow {
        monitor: "fare_eta".into(),
        baseline: "9c1f".into(),
        window: name.clone(),
        start,
        end: start + 1,
        revision: number,
        rows: u64::from(number),
        late_rows: 0,
        run: format!("r-{number}"),
        outcome: Outcome::Warn,
        labels_closed: false,
        accepted: false,
        checks,
    };
    let state = StateRow {
        monitor: "fare_eta".into(),
        measures: "77ab".into(),
        window: name,
        start,
        end: start + 1,
        state: bytes(number),
    };
    let run = RunRow { id: format!("r-{number}"), as_of: i64::from(number), outcome: Outcome::Warn, documents: 1 };
    Commit { run: Some(run), windows: vec![window], points: vec![], states: vec![state], proposals: vec![] }
}

/// Bytes that compress badly, so that a commit touches many pages; another size for each number.
fn bytes(number: u32) -> Vec<u8> {
    let mut random = Random(u64::from(number));
    (0..20_000 + (number as usize % 7) * 30_000).map(|_| random.next() as u8).collect()
}

/// A linear congruential generator (Knuth, MMIX), high bits only.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u32 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as u32
    }
}

/// The process that is killed: commits numbers upwards and says each once it is committed.
fn commit_for_ever(path: &Path, from: u32) {
    let store = SqliteStore::open(path).expect("a store");
    let mut stdout = std::io::stdout();
    for number in from.. {
        store.commit(&commit(number)).expect("a commit");
        writeln!(stdout, "{number}").and_then(|()| stdout.flush()).expect("somebody listens");
    }
}

/// Kills a process that does something for ever, again and again; what was said before has to be there afterwards.
fn kill(rounds: u32, what: &str, assert_kept: fn(&Path, u32) -> u32) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("state.db");
    let shown = path.to_str().expect("a path in UTF-8");
    let mut random = Random(1);
    let mut next = 1;
    for round in 0..rounds {
        let mut child = start(&[what, shown, &next.to_string()], Stdio::piped());
        let stdout = BufReader::new(child.stdout.take().expect("a pipe"));
        let mut said = stdout.lines().map(|line| number(&line.expect("a line")));
        // The first rounds may die while they make the store; the others somewhere within a later commit.
        let wanted = if round < 3 { round as usize } else { 1 + random.next() as usize % 6 };
        let mut last = said.by_ref().take(wanted).last();
        for at in 0..random.next() % 3_000_000 {
            black_box(at);
        }
        child.kill().expect("SIGKILL");
        child.wait().expect("its end");
        last = said.last().or(last);
        next = 1 + assert_kept(&path, last.unwrap_or(next - 1));
    }
    println!("{rounds} kills, {} commits kept", next - 1);
}

/// A run of its own for each number. Whatever a process that was killed left is finished first.
fn finish_for_ever(path: &Path, from: u32) {
    let store = SqliteStore::open(path).expect("a store");
    let mut stdout = std::io::stdout();
    store.recover(Some("child")).expect("taken back");
    for number in from.. {
        let entry = Enqueue { run: run(number), cursor: Some(number.into()), overlaps: true };
        store.plan(1, &[entry]).expect("a plan").expect("the newest epoch");
        let claim = Claim { holder: "child".into(), lease: 60_000, most: 1, per_source: 1, after: Vec::new() };
        while let Some(Claimed { run, .. }) = store.claim(&claim).expect("a claim").pop() {
            finish(&store, &run);
            writeln!(stdout, "{}", run.planned).and_then(|()| stdout.flush()).expect("somebody listens");
        }
    }
}

fn run(number: u32) -> Run {
    Run {
        id: format!("run-{number:09}"),
        document: "fare_eta".into(),
        kind: Kind::Monitor,
        trigger: Trigger::Schedule,
        planned: number.into(),
        not_before: number.into(),
        priority: 0,
        source: None,
        state: RunState::Queued,
        reason: None,
        attempt: 0,
        holder: None,
        lease_until: None,
        queued_at: number.into(),
        started_at: None,
        ended_at: None,
        outcome: None,
        result: None,
        related: None,
        requested_by: None,
    }
}

/// Every other run opens an incident, the next one resolves it.
fn finish(store: &SqliteStore, run: &Run) {
    let number = u32::try_from(run.planned).expect("a number");
    let finished = Finished {
        run: run.id.clone(),
        attempt: run.attempt,
        holder: "child".into(),
        state: RunState::Finished,
        reason: None,
        outcome: Outcome::Warn,
        result: format!("r-{number}"),
        ended_at: run.planned,
        record: Some(record(number)),
        samples: Some(record(number + 1)),
        commit: commit(number),
        downstream: Vec::new(),
    };
    let mut decide = |known: &[Incident]| {
        let open = known.iter().find(|incident| incident.state != IncidentState::Resolved);
        let change = open.map_or_else(|| opened(run), |open| resolved(open, run));
        Decided { changes: vec![change] }
    };
    let ending = store.finish(&finished, &mut decide).expect("an end");
    assert!(matches!(ending, Ending::Written { .. }), "{ending:?}");
}

/// Short enough that all of them can be read after each kill.
fn record(number: u32) -> Vec<u8> {
    bytes(number).split_off(18_000 + (number as usize % 7) * 30_000)
}

fn opened(run: &Run) -> (Incident, Vec<AlertEvent>) {
    let incident = Incident {
        number: 0,
        key: IncidentKey {
            document: run.document.clone(),
            check: "dataset".into(),
            column: None,
            segment: None,
            kind: IncidentKind::Verdict,
        },
        state: IncidentState::Open,
        severity: Outcome::Warn,
        layer: None,
        owner: None,
        tags: Vec::new(),
        message: String::new(),
        bad: 1,
        good: 0,
        since: run.planned,
        opened_at: Some(run.planned),
        changed_at: run.planned,
        resolved_at: None,
        resolved_why: None,
        reopened: 0,
        planned: run.planned,
        run: run.id.clone(),
        acknowledged_by: None,
        note: None,
    };
    (incident, vec![event(EventKind::Opened, run)])
}

fn resolved(open: &Incident, run: &Run) -> (Incident, Vec<AlertEvent>) {
    let incident = Incident {
        state: IncidentState::Resolved,
        resolved_at: Some(run.planned),
        resolved_why: Some("recovered".into()),
        run: run.id.clone(),
        ..open.clone()
    };
    (incident, vec![event(EventKind::Resolved, run)])
}

fn event(kind: EventKind, run: &Run) -> AlertEvent {
    AlertEvent {
        number: 0,
        incident: 0,
        kind,
        at: run.planned,
        severity: Outcome::Warn,
        message: String::new(),
        run: Some(run.id.clone()),
    }
}

/// Each run that finished has all that it concluded, once; of any other there is nothing. Returns the number of the last
/// one that finished.
fn assert_runs_kept(path: &Path, said: u32) -> u32 {
    let last = assert_kept(path, said);
    let store = SqliteStore::open(path).expect("the store opens");
    let runs = store.runs(&RunFilter { most: usize::MAX, ..RunFilter::default() }).expect("runs");
    let (finished, others): (Vec<&Run>, Vec<&Run>) = runs.iter().partition(|run| run.state == RunState::Finished);
    let numbers: Vec<i64> = finished.iter().rev().map(|run| run.planned).collect();
    assert_eq!(numbers, (1..=i64::from(last)).collect::<Vec<_>>());
    for (run, number) in finished.iter().rev().zip(1..) {
        let kept = store.record(&run.id).expect("a record").expect("it is kept");
        assert!(kept.record == record(number) && kept.samples == Some(record(number + 1)), "the record of {number}");
    }
    assert!(others.len() <= 1, "only one was begun: {others:?}");
    for run in others {
        assert!(store.record(&run.id).expect("a record").is_none(), "{} is not finished", run.id);
    }
    let events = store.events(0, usize::MAX).expect("events");
    let of: Vec<&str> = events.iter().filter_map(|event| event.run.as_deref()).collect();
    assert_eq!(of, finished.iter().rev().map(|run| run.id.as_str()).collect::<Vec<_>>(), "one event of each run");
    let incidents = store.incidents(&IncidentFilter { most: usize::MAX, ..IncidentFilter::default() });
    assert_eq!(incidents.expect("incidents").len() as u32, last.div_ceil(2));
    let counted: u64 = store.counted().expect("counts").runs.iter().map(|(_, runs)| runs).sum();
    assert_eq!(counted, u64::from(last));
    last
}

/// What was committed is there, whole, and nothing half is. Returns the number of the last commit.
fn assert_kept(path: &Path, said: u32) -> u32 {
    let store = SqliteStore::open(path).expect("the store opens");
    store.verify().expect("the store is whole");
    let windows = store.windows("fare_eta").expect("windows");
    let last = windows.iter().map(|row| row.revision).max().unwrap_or(0);
    assert!(last >= said, "commit {said} was confirmed and is lost: the last one is {last}");
    let days = store.states("fare_eta", "77ab", i128::MIN, i128::MAX).expect("states");
    assert_eq!(windows.len() as u32, last.min(DAYS));
    assert_eq!(windows.len(), days.len());
    for (window, state) in windows.iter().zip(days) {
        let whole = commit(window.revision);
        assert!(window.revision + DAYS > last, "{} of {last}", window.revision);
        assert_eq!(*window, whole.windows[0]);
        assert!(state == whole.states[0], "the state of {} is of another commit", window.window);
    }
    last
}

/// One of several processes: its own windows, each in a commit of its own.
fn commit_as(path: &Path, who: &str) {
    let store = SqliteStore::open(path).expect("a store");
    for number in 0..COMMITS {
        let Commit { run, windows, states, .. } = commit(number);
        let [window, state] =
            [windows[0].window.clone(), states[0].window.clone()].map(|day| format!("{day} {number}"));
        let windows = vec![WindowRow { monitor: who.into(), window, ..windows[0].clone() }];
        let states = vec![StateRow { monitor: who.into(), window: state, ..states[0].clone() }];
        store
            .commit(&Commit { run, windows, states, points: vec![], proposals: vec![] })
            .expect("a commit while others commit");
    }
}

fn at_once() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("not yet there").join("state.db");
    let shown = path.to_str().expect("a path in UTF-8");
    let who: Vec<String> = (0..PROCESSES).map(|process| format!("m{process}")).collect();
    let children: Vec<Child> = who.iter().map(|who| start(&["commit-as", shown, who], Stdio::null())).collect();
    for mut child in children {
        assert!(child.wait().expect("its end").success());
    }
    let store = SqliteStore::open_read_only(&path).expect("the store opens").expect("there is one");
    store.verify().expect("the store is whole");
    for who in &who {
        assert_eq!(store.windows(who).expect("windows").len() as u32, COMMITS);
        assert_eq!(store.states(who, "77ab", 0, i128::MAX).expect("states").len() as u32, COMMITS);
    }
}
