//! Numbers and outcomes in words.

use assay_core::verdict::Outcome;

/// A sign and a word, all of one width.
pub(crate) fn sign(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Pass => "✓ PASS ",
        Outcome::Skipped => "- SKIP ",
        Outcome::Warn => "! WARN ",
        Outcome::Fail => "✗ FAIL ",
        Outcome::Error => "? ERROR",
    }
}

/// What happened to checks of this outcome: `3 of 60 checks ..`; `all`: to every one of them.
pub(crate) fn happened(outcome: Outcome, all: bool) -> &'static str {
    match outcome {
        Outcome::Pass => "passed",
        Outcome::Skipped if all => "skipped, none evaluated,",
        Outcome::Skipped => "skipped",
        Outcome::Warn => "broken as warnings",
        Outcome::Fail => "broken",
        Outcome::Error => "could not be evaluated",
    }
}

/// `1 warning`, without the number.
pub(crate) fn counted(outcome: Outcome, n: usize) -> &'static str {
    match outcome {
        Outcome::Pass => "passed",
        Outcome::Skipped => "skipped",
        Outcome::Warn if n == 1 => "warning",
        Outcome::Warn => "warnings",
        Outcome::Fail => "broken",
        Outcome::Error => "not evaluable",
    }
}

/// `1,200,345`.
pub(crate) fn count(n: u64) -> String {
    let digits = n.to_string();
    let mut out = String::with_capacity(digits.len() * 4 / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// `1 check`, `1,024 checks`.
pub(crate) fn plural(n: usize, noun: &str) -> String {
    let s = if n == 1 { "" } else { "s" };
    format!("{} {noun}{s}", count(n as u64))
}

/// `512 B`, `3.3 MB`; powers of ten.
pub(crate) fn bytes(n: u64) -> String {
    if n < 1000 {
        return format!("{n} B");
    }
    let mut value = n as f64;
    let mut unit = "";
    for next in ["kB", "MB", "GB", "TB", "PB"] {
        if value < 999.95 {
            break;
        }
        value /= 1000.0;
        unit = next;
    }
    format!("{value:.1} {unit}")
}
