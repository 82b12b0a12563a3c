//! Windows without drift: both sides from the same law. Every alarm is a false one.

use std::sync::Arc;

use crate::categories::Categories;
use crate::column::{Categorical, Numeric};
use crate::numbers::{Law, Shift, sample};
use crate::rules::{self, Rule};
use crate::tally::{Cell, Tally};
use crate::work::{Job, Plan};

/// The part of these cells.
pub const PART: &str = "null";

/// Baseline and live rows.
pub const SIZES: &[(u64, u64)] = &[
    (50, 50),
    (100, 100),
    (200, 200),
    (500, 500),
    (1_000, 1_000),
    (2_000, 2_000),
    (5_000, 5_000),
    (10_000, 10_000),
    (100_000, 100_000),
    (1_000_000, 1_000_000),
    (1_000, 50),
    (10_000, 100),
    (1_000_000, 200),
    (200, 10_000),
    (1_000, 500),
    (10_000, 500),
    (100_000, 500),
    (1_000_000, 500),
    (100_000, 1_000),
    (1_000_000, 2_000),
    (1_000_000, 10_000),
    (500, 5_000),
    (500, 100_000),
    (1_000, 1_000_000),
    (10_000, 1_000_000),
    (10_000, 50_000),
];

/// Shares of missing rows; repetitions take turns.
const MISSING: [(f64, &str); 4] = [(0.0, "0%"), (0.001, "0.1%"), (0.05, "5%"), (0.5, "50%")];

/// The laws of categories.
pub fn category_laws() -> Vec<Categories> {
    let mut laws = vec![Categories::rare(0.05), Categories::rare(0.001)];
    for k in [2, 5, 20, 100, 1_000, 10_000, 100_000] {
        laws.push(Categories::uniform(k));
        laws.push(Categories::zipf(k));
    }
    laws
}

/// Runs all cells.
pub fn run(plan: &Plan) -> Tally {
    let rules: Arc<[Rule]> = rules::all().into();
    let mut jobs = Vec::new();
    for &(n, m) in SIZES {
        let reps = match plan.short {
            true if n + m > 30_000 => 0,
            true => plan.reps(n + m, 60_000, 4, 24),
            false => plan.reps(n + m, 2_000_000, 12, 400),
        };
        for law in Law::ALL {
            let rules = rules.clone();
            jobs.push(Job {
                name: format!("null {} {n} {m}", law.name()),
                reps,
                rows: n + m,
                run: Box::new(move |rng, rep, tally| {
                    let (missing, of) = MISSING[(rep % 4) as usize];
                    let base = sample(rng, law, n, missing, Shift::None);
                    let live = sample(rng, law, m, missing, Shift::None);
                    let cell = |test: &str| cell(test, law.name(), of, n, m);
                    if base.values.is_empty() || live.values.is_empty() {
                        return;
                    }
                    let column = Numeric::new(&base, &live);
                    for rule in rules.iter().filter(|rule| rule.test.applies_to(column.comparison().kind)) {
                        tally.entry(cell(rule.test.name())).or_default().record(rule.ask(&column.comparison()));
                    }
                }),
            });
        }
        for law in category_laws() {
            let rules = rules.clone();
            jobs.push(Job {
                name: format!("null {} {n} {m}", law.name()),
                reps,
                rows: n + m,
                run: Box::new(move |rng, rep, tally| {
                    let (missing, of) = MISSING[(rep % 4) as usize];
                    let gone = (rng.binomial(n, missing), rng.binomial(m, missing));
                    let (base, live) = (law.draw(rng, n - gone.0), law.draw(rng, m - gone.1));
                    let column = Categorical::new(&base, &live, gone);
                    let cell = |test: &str| cell(test, law.name(), of, n, m);
                    for rule in rules.iter().filter(|rule| rule.test.applies_to(column.comparison().kind)) {
                        tally.entry(cell(rule.test.name())).or_default().record(rule.ask(&column.comparison()));
                    }
                }),
            });
        }
    }
    plan.run("null", &jobs)
}

/// `missing` knows no law but its own share.
fn cell(test: &str, law: &str, missing: &str, n: u64, m: u64) -> Cell {
    let law = if test == "missing" { format!("missing {missing}") } else { law.to_owned() };
    Cell { part: PART, test: test.to_owned(), law, amount: 0, n, m }
}
