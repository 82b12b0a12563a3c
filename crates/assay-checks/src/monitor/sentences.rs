//! What moved, by how much, how sure: one sentence, without the column's name.

use assay_core::drift::record::{SegmentRecord, TestRecord};
use assay_core::verdict::Outcome;
use assay_stats::drift::Bins;

use crate::monitor::case::Case;
use crate::monitor::columns::is_categorical;
use crate::monitor::decide::{leading, ratio};
use crate::monitor::segments;
use crate::monitor::show;

/// How a family decides.
#[derive(Debug, Clone, Copy)]
pub(super) struct Family {
    /// p-values in it.
    pub tests: usize,
    pub alpha: f64,
}

/// The sentence of a column's check.
pub(super) fn of_column(case: &Case, family: Family) -> String {
    let outcome = case.outcome();
    if outcome != case.whole() {
        return of_segments(case, outcome, family);
    }
    let Some(test) = leading(&case.tests) else { return "no test decides".to_owned() };
    match outcome {
        Outcome::Skipped | Outcome::Error => reason(test),
        Outcome::Pass => quiet(test, family),
        Outcome::Warn | Outcome::Fail => moved(case, test, family),
    }
}

/// The sentence of a check of one test that is not a column's: what it is, then effect, limit and p.
pub(super) fn of_test(what: &str, test: &TestRecord, family: Family) -> String {
    match test.outcome {
        Outcome::Skipped | Outcome::Error => reason(test),
        Outcome::Pass | Outcome::Warn | Outcome::Fail => {
            let limit = show::judged_limit(test)
                .map_or_else(String::new, |limit| format!(" (limit {})", show::effect(&test.test, limit)));
            format!("{what}{limit}{}{}", show::significance(test, family.tests), but(test, family))
        }
    }
}

fn reason(test: &TestRecord) -> String {
    test.reason.as_ref().map_or_else(|| "not compared".to_owned(), |reason| reason.text.clone())
}

fn quiet(test: &TestRecord, family: Family) -> String {
    let word = if reached(test) { "not significant" } else { "stable" };
    let significance = show::significance(test, family.tests);
    format!("{word}: {}{significance}{}", show::effect_and_limit(test), but(test, family))
}

/// Whether the effect reaches a limit, whatever the p-value.
fn reached(test: &TestRecord) -> bool {
    ratio(test).is_some() && test.effect.zip(show::judged_limit(test)).is_some_and(|(effect, limit)| effect >= limit)
}

/// Says that alpha held a large effect back.
fn but(test: &TestRecord, family: Family) -> String {
    if test.outcome == Outcome::Pass && reached(test) {
        format!(", not below {}", show::number(family.alpha))
    } else {
        String::new()
    }
}

fn moved(case: &Case, test: &TestRecord, family: Family) -> String {
    let significance = show::significance(test, family.tests);
    match test.test.as_str() {
        "missing" => format!("{}{significance}", missing(case, test)),
        "unseen" => format!("{}{significance}{}", unseen(test), names(&case.unseen)),
        "vanished" => {
            let limit = show::judged_limit(test).map_or_else(String::new, |l| format!(" (limit {})", show::percent(l)));
            let share = show::effect_of(test);
            format!("categories vanished that held {share} of the baseline{limit}{significance}")
        }
        _ if is_categorical(case) => {
            let mostly =
                case.bins.as_ref().and_then(most_moved).map_or_else(String::new, |text| format!(", mostly {text}"));
            format!("moved: {}{significance}{mostly}", show::effect_and_limit(test))
        }
        _ => format!("{}{}{significance}", direction(&case.figures), show::effect_and_limit(test)),
    }
}

/// `missing 2.06% -> 0.89% (1.17 points, limit 1)`.
fn missing(case: &Case, test: &TestRecord) -> String {
    let shares = case.bins.as_ref().and_then(|bins| shares_of(bins, assay_stats::drift::bins::MISSING));
    let change =
        shares.map_or_else(String::new, |(base, live)| format!(" {} -> {}", show::percent(base), show::percent(live)));
    let points = test.effect.map_or_else(String::new, |value| show::points_near(value, &show::limits_of(test)));
    let limit = show::judged_limit(test).map_or_else(String::new, |limit| format!(", limit {}", show::points(limit)));
    format!("missing{change} ({points} points{limit})")
}

fn unseen(test: &TestRecord) -> String {
    let share = show::effect_of(test);
    let limit = show::judged_limit(test).map_or_else(String::new, |limit| format!(" (limit {})", show::percent(limit)));
    format!("{share} of rows are of unseen categories{limit}")
}

/// `: "X" 120, "Y" 3`.
fn names(unseen: &[(String, u64)]) -> String {
    if unseen.is_empty() {
        return String::new();
    }
    let names: Vec<String> = unseen.iter().map(|(name, rows)| format!("\"{name}\" {}", show::count(*rows))).collect();
    format!(": {}", names.join(", "))
}

/// `"WN" 12.1% -> 21.4%`: the bin whose share changed most.
fn most_moved(bins: &Bins) -> Option<String> {
    let shares = bins.labels.iter().filter_map(|label| Some((label, shares_of(bins, label)?)));
    let largest = shares.fold(None, |best: Option<(&String, (f64, f64))>, one| match best {
        Some(best) if (best.1.1 - best.1.0).abs() >= (one.1.1 - one.1.0).abs() => Some(best),
        _ => Some(one),
    });
    largest.map(|(label, (base, live))| {
        let name = if label.starts_with("__") { label.clone() } else { format!("\"{label}\"") };
        format!("{name} {} -> {}", show::percent(base), show::percent(live))
    })
}

/// The shares of a bin on both sides.
fn shares_of(bins: &Bins, label: &str) -> Option<(f64, f64)> {
    let at = bins.labels.iter().position(|of| of == label)?;
    let share = |counts: &[u64]| {
        let total: u64 = counts.iter().sum();
        (total > 0).then(|| counts[at] as f64 / total as f64)
    };
    Some((share(&bins.base)?, share(&bins.live)?))
}

/// `shifted up: median 3.1 -> 4, `; where the median stays, the mean; where both do, the shape.
fn direction(figures: &[(&'static str, f64, f64)]) -> String {
    let differs = |name: &str| {
        let found = figures.iter().find(|(of, _, _)| of.starts_with(name));
        found.filter(|(_, base, live)| show::number(*base) != show::number(*live))
    };
    match differs("median").or_else(|| differs("mean")) {
        Some((name, base, live)) => {
            let way = if live > base { "up" } else { "down" };
            let name = name.trim_end_matches(" (approximate)");
            format!("shifted {way}: {name} {} -> {}, ", show::number(*base), show::number(*live))
        }
        None => "changed shape: ".to_owned(),
    }
}

/// `in city_id=7 and 2 more segments: PSI 0.31 (limit 0.25), p ..`.
fn of_segments(case: &Case, outcome: Outcome, family: Family) -> String {
    let bad: Vec<&SegmentRecord> = case.segments.iter().filter(|segment| segment.outcome == outcome).collect();
    let worst = bad.iter().filter_map(|segment| Some((segment, leading(&segment.tests)?)));
    let worst = worst.fold(None, |best: Option<(&&SegmentRecord, &TestRecord)>, one| match best {
        Some(best) if ratio(best.1).unwrap_or(0.0) >= ratio(one.1).unwrap_or(0.0) => Some(best),
        _ => Some(one),
    });
    let Some((segment, test)) = worst else { return "not compared in a segment".to_owned() };
    let more = match bad.len() - 1 {
        0 => String::new(),
        1 => " and 1 more segment".to_owned(),
        count => format!(" and {count} more segments"),
    };
    let place = format!("in {}{more}", segments::label(&segment.segment));
    match outcome {
        Outcome::Error => format!("{place}: {}", reason(test)),
        _ => format!("{place}: {}{}", show::effect_and_limit(test), show::significance(test, family.tests)),
    }
}
