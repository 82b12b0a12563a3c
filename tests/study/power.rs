//! Windows with a known shift: how often each rule finds it, and how often p alone does.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::categories::Categories;
use crate::column::{Categorical, Numeric};
use crate::numbers::{Law, Shift, sample};
use crate::random::Rng;
use crate::report::{rows, table};
use crate::rules::{self, Rule};
use crate::tally::{Cell, Rate, Tally};
use crate::work::{Job, Plan};
use assay_stats::drift::Comparison;

/// The part of these cells.
pub const PART: &str = "power";

const SIZES: &[(u64, u64)] = &[
    (500, 500),
    (1_000, 1_000),
    (10_000, 1_000),
    (20_000, 20_000),
    (100_000, 500),
    (100_000, 100_000),
    (1_000_000, 10_000),
    (1_000_000, 1_000_000),
];

/// A kind of shift.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Mean,
    Scale,
    Tail,
    Tilt,
    New,
    NewAmongMany,
    Nulls,
}

/// For tables: what it is called, in which unit its amounts are, the amounts, the tests to show.
struct Sweep {
    kind: Kind,
    name: &'static str,
    amounts: &'static [f64],
    tests: &'static [&'static str],
}

const NUMERIC: &[&str] = &[
    "ks",
    "wasserstein",
    "psi",
    "jensen_shannon",
    "hellinger",
    "total_variation",
    "l_infinity",
    "kl",
    "anderson_darling",
    "cramer_von_mises",
    "kuiper",
];
const CATEGORICAL: &[&str] = &[
    "chi_square",
    "g_test",
    "psi",
    "jensen_shannon",
    "hellinger",
    "total_variation",
    "l_infinity",
    "kl",
    "unseen",
    "vanished",
];

const SWEEPS: &[Sweep] = &[
    Sweep {
        kind: Kind::Mean,
        name: "mean of a normal, in standard deviations",
        amounts: &[0.01, 0.02, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5, 0.7, 1.0],
        tests: NUMERIC,
    },
    Sweep {
        kind: Kind::Scale,
        name: "scale of a normal, times",
        amounts: &[1.02, 1.05, 1.1, 1.2, 1.3, 1.5, 1.75, 2.0],
        tests: NUMERIC,
    },
    Sweep {
        kind: Kind::Tail,
        name: "share of rows, the largest, that rose by 2 standard deviations",
        amounts: &[0.005, 0.01, 0.02, 0.05, 0.1, 0.2],
        tests: NUMERIC,
    },
    Sweep {
        kind: Kind::Tilt,
        name: "tilt of 20 uniform categories (largest over smallest is e to this)",
        amounts: &[0.05, 0.1, 0.2, 0.3, 0.5, 0.7, 1.0, 1.5],
        tests: CATEGORICAL,
    },
    Sweep {
        kind: Kind::New,
        name: "share of rows of a new category, beside 20",
        amounts: &[0.001, 0.002, 0.005, 0.01, 0.02, 0.05],
        tests: CATEGORICAL,
    },
    Sweep {
        kind: Kind::NewAmongMany,
        name: "share of rows of a new category, beside 1,000 by Zipf's law",
        amounts: &[0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2],
        tests: CATEGORICAL,
    },
    Sweep {
        kind: Kind::Nulls,
        name: "nulls beyond 1%, share of rows",
        amounts: &[0.002, 0.005, 0.01, 0.02, 0.05, 0.1],
        tests: &["missing", "psi", "jensen_shannon", "total_variation", "l_infinity", "ks"],
    },
];

/// Runs all cells.
pub fn run(plan: &Plan) -> Tally {
    let rules: Arc<[Rule]> = rules::all().into();
    let mut jobs = Vec::new();
    for sweep in SWEEPS {
        for &amount in sweep.amounts {
            for &(n, m) in SIZES {
                let (rules, kind, name) = (rules.clone(), sweep.kind, sweep.name);
                let reps = match plan.short {
                    true if n + m > 20_000 => 0,
                    true => plan.reps(n + m, 16_000, 2, 8),
                    false => plan.reps(n + m, 600_000, 8, 150),
                };
                let asked: Vec<Rule> =
                    rules.iter().filter(|rule| sweep.tests.contains(&rule.test.name())).copied().collect();
                jobs.push(Job {
                    name: format!("power {name} {amount} {n} {m}"),
                    reps,
                    rows: n + m,
                    run: Box::new(move |rng, _, tally| {
                        let mut record = |sides: &Comparison<'_>| {
                            for rule in &asked {
                                let amount = (1_000.0 * amount).round() as u64;
                                let cell =
                                    Cell { part: PART, test: rule.test.name().into(), law: name.into(), amount, n, m };
                                tally.entry(cell).or_default().record(rule.ask(sides));
                            }
                        };
                        match kind {
                            Kind::Tilt | Kind::New | Kind::NewAmongMany => {
                                record(&categorical(rng, kind, amount, n, m).comparison())
                            }
                            Kind::Mean | Kind::Scale | Kind::Tail | Kind::Nulls => {
                                record(&numeric(rng, kind, amount, n, m).comparison());
                            }
                        }
                    }),
                });
            }
        }
    }
    plan.run(PART, &jobs)
}

fn numeric(rng: &mut Rng, kind: Kind, amount: f64, n: u64, m: u64) -> Numeric {
    let (shift, nulls) = match kind {
        Kind::Mean => (Shift::Mean(amount), 0.01),
        Kind::Scale => (Shift::Scale(amount), 0.01),
        Kind::Tail => (Shift::Tail(amount), 0.01),
        Kind::Tilt | Kind::New | Kind::NewAmongMany | Kind::Nulls => (Shift::None, 0.01 + amount),
    };
    let base = sample(rng, Law::Normal, n, 0.01, Shift::None);
    let live = sample(rng, Law::Normal, m, nulls, shift);
    Numeric::new(&base, &live)
}

fn categorical(rng: &mut Rng, kind: Kind, amount: f64, n: u64, m: u64) -> Categorical {
    let (mut shares, k): (Vec<f64>, usize) = match kind {
        Kind::NewAmongMany => ((1..=1_000).map(|i| 1.0 / f64::from(i)).collect(), 1_000),
        _ => (vec![1.0; 20], 20),
    };
    let before: f64 = shares.iter().sum();
    shares.push(0.0);
    let base = Categories::new("before".into(), shares.clone());
    if kind == Kind::Tilt {
        (0..k).for_each(|i| shares[i] = (amount * (i as f64 / (k - 1) as f64 - 0.5)).exp());
    } else {
        shares[k] = before * amount / (1.0 - amount);
    }
    let live = Categories::new("now".into(), shares);
    let (base, live) = (base.draw(rng, n), live.draw(rng, m));
    Categorical::new(&base, &live, (0, 0))
}

/// For each kind of shift a table: the amounts found in half and in nine of ten windows, by rule and by p alone.
pub fn tables(tally: &Tally) -> Vec<(String, String)> {
    let sweep = |sweep: &Sweep| {
        let mut head = vec!["test".to_owned()];
        head.extend(SIZES.iter().map(|(n, m)| format!("{}:{}", rows(*n), rows(*m))));
        let line = |test: &&str| {
            let mut line = vec![format!("`{test}`")];
            for &(n, m) in SIZES {
                let rates: BTreeMap<u64, Rate> = tally
                    .iter()
                    .filter(|(cell, _)| cell.part == PART && cell.law == sweep.name && cell.test == **test)
                    .filter(|(cell, counts)| {
                        (cell.n, cell.m) == (n, m) && counts.unanswered + counts.judged[1].windows > 0
                    })
                    .map(|(cell, counts)| (cell.amount, counts.judged[1]))
                    .collect();
                let at = |of: fn(&Rate) -> Option<f64>, share| reached(&rates, of, share);
                line.push(match rates.is_empty() {
                    true => String::new(),
                    false => {
                        format!("{} {} / {}", at(Rate::rule, 0.5), at(Rate::rule, 0.9), at(Rate::p_only, 0.5))
                    }
                });
            }
            line
        };
        let lines: Vec<Vec<String>> = sweep.tests.iter().map(line).collect();
        let head: Vec<&str> = head.iter().map(String::as_str).collect();
        (sweep.name.to_owned(), table(&head, &lines))
    };
    SWEEPS.iter().map(sweep).collect()
}

/// The amount at which a share of the windows raise an alarm, by linear interpolation; `<x` where the smallest one
/// does, `-` where none does.
fn reached(rates: &BTreeMap<u64, Rate>, of: fn(&Rate) -> Option<f64>, share: f64) -> String {
    let mut before: Option<(f64, f64)> = None;
    for (amount, rate) in rates {
        let (amount, found) = (*amount as f64 / 1_000.0, of(rate).unwrap_or(0.0));
        if found >= share {
            return match before {
                None => format!("<{amount}"),
                Some((at, had)) => {
                    let exact = at + (amount - at) * (share - had) / (found - had);
                    if exact < 0.1 { format!("{exact:.3}") } else { format!("{exact:.2}") }
                }
            };
        }
        before = Some((amount, found));
    }
    "-".to_owned()
}
