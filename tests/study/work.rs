//! Cells spread over threads. Each repetition has a stream of its own, so how they are spread changes nothing.

use std::io::Write;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use crate::random::Rng;
use crate::tally::Tally;

/// How the study is run.
#[derive(Debug, Clone, Copy)]
pub struct Plan {
    /// The short form.
    pub short: bool,
    /// Seed of all streams.
    pub seed: u64,
    /// Threads.
    pub threads: usize,
}

/// One repetition of a cell: its stream, its number, and where it is counted.
pub type Repetition = Box<dyn Fn(&mut Rng, u64, &mut Tally) + Send + Sync>;

/// What is simulated in one cell.
pub struct Job {
    /// Names the stream.
    pub name: String,
    /// Repetitions.
    pub reps: u64,
    /// Rows of one repetition.
    pub rows: u64,
    /// One repetition.
    pub run: Repetition,
}

/// Rows simulated in one piece of work.
const PIECE: u64 = 4_000_000;

impl Plan {
    /// Repetitions of a cell of so many rows: within a budget of rows, and between two bounds.
    pub fn reps(&self, rows: u64, budget: u64, least: u64, most: u64) -> u64 {
        (budget / rows.max(1)).clamp(least, most)
    }

    /// Runs all repetitions of all jobs.
    pub fn run(&self, what: &str, jobs: &[Job]) -> Tally {
        let mut pieces: Vec<(usize, u64, u64)> = Vec::new();
        for (at, job) in jobs.iter().enumerate() {
            let step = (PIECE / job.rows.max(1)).clamp(1, job.reps.max(1));
            let starts = (0..job.reps).step_by(step as usize);
            pieces.extend(starts.map(|start| (at, start, (start + step).min(job.reps))));
        }
        // the largest first, so that no thread is left with one at the end
        pieces.sort_by_key(|&(at, start, end)| std::cmp::Reverse(jobs[at].rows * (end - start)));
        let (next, all) = (AtomicUsize::new(0), Mutex::new(Tally::new()));
        let progress = Mutex::new(Instant::now());
        std::thread::scope(|scope| {
            for _ in 0..self.threads {
                scope.spawn(|| {
                    let mut tally = Tally::new();
                    loop {
                        let at = next.fetch_add(1, Ordering::Relaxed);
                        let Some(&(job, start, end)) = pieces.get(at) else { break };
                        for rep in start..end {
                            let mut rng = Rng::of(self.seed, &jobs[job].name, rep);
                            (jobs[job].run)(&mut rng, rep, &mut tally);
                        }
                        say(what, at + 1, pieces.len(), &progress);
                    }
                    let mut all = all.lock().expect("no thread panics while it holds the tally");
                    for (cell, counts) in tally {
                        all.entry(cell).or_default().merge(&counts);
                    }
                });
            }
        });
        eprintln!("{what}: done, {} cells", jobs.len());
        all.into_inner().expect("all threads have ended")
    }
}

/// A line every five seconds.
fn say(what: &str, done: usize, of: usize, last: &Mutex<Instant>) {
    let Ok(mut last) = last.try_lock() else { return };
    if last.elapsed() >= Duration::from_secs(5) {
        *last = Instant::now();
        // progress is no result: that nobody reads it is no error
        let _ = writeln!(std::io::stderr(), "{what}: {done} of {of} pieces");
    }
}
