//! Figures of drift in the words people read.

use assay_core::drift::record::TestRecord;
use assay_core::text::format_float;
use assay_core::verdict::Outcome;
use assay_stats::PValue;
use assay_stats::drift::Limits;

/// `1,204,331`.
pub fn count(count: u64) -> String {
    let digits = count.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Three digits that count, without an exponent where it reads well: `0.0312`, `3.1`, `1250`, `4.2e-7`.
pub fn number(value: f64) -> String {
    if !value.is_finite() || value == 0.0 {
        return format_float(value + 0.0);
    }
    let rounded: f64 = format!("{value:.2e}").parse().unwrap_or(value);
    let size = rounded.abs();
    if (1000.0..1e15).contains(&size) {
        return format!("{value:.0}");
    }
    if (1e-4..1e15).contains(&size) { rounded.to_string() } else { format!("{rounded:e}") }
}

/// `12.1%`, with the digits that tell small shares apart: `0.89%`, `0.031%`.
pub fn percent(share: f64) -> String {
    format!("{}%", points(share))
}

/// A difference of shares in percentage points: `1.17`.
pub fn points(share: f64) -> String {
    let percent = share * 100.0;
    match percent.abs() {
        size if !size.is_finite() => format_float(percent),
        size if size >= 10.0 => trimmed(format!("{percent:.1}")),
        size if size >= 0.1 => trimmed(format!("{percent:.2}")),
        _ => number(percent),
    }
}

fn trimmed(text: String) -> String {
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
}

/// `p 0.0023`, `p 3e-180`, `log10 p -1234.5`.
pub fn p_value(p: PValue) -> String {
    if p.ln() == f64::NEG_INFINITY {
        return "p 0".to_owned();
    }
    if p.log10() < -300.0 {
        return format!("log10 p {:.1}", p.log10());
    }
    let value = p.value();
    if value >= 1e-3 {
        let rounded: f64 = format!("{value:.1e}").parse().unwrap_or(value);
        format!("p {rounded}")
    } else {
        format!("p {value:.0e}")
    }
}

/// What the effect of a test is called: `PSI`, `V`, `D`.
pub fn effect_name(test: &str) -> &str {
    match test {
        "ks" => "D",
        "psi" => "PSI",
        "chi_square" | "g_test" => "V",
        "wasserstein" => "W1 normed",
        "jensen_shannon" => "JS",
        "total_variation" => "TV",
        "l_infinity" => "L-inf",
        "kl" => "KL",
        "hellinger" => "Hellinger",
        "kuiper" => "Kuiper's V",
        "anderson_darling" => "AD",
        "cramer_von_mises" => "CvM",
        other => other,
    }
}

/// Whether a test's effect is a share, which people read in percent.
pub fn is_share(test: &str) -> bool {
    matches!(test, "missing" | "unseen" | "vanished")
}

/// An effect or limit of a test.
pub fn effect(test: &str, value: f64) -> String {
    if is_share(test) { percent(value) } else { number(value) }
}

/// A figure with as many digits as it takes to tell it from the limits it was held against, so that rounding never
/// hides a difference. `usual` is how it is shown otherwise, in units of `unit`.
fn near(value: f64, limits: &[f64], unit: f64, usual: impl Fn(f64) -> String) -> String {
    let shown = usual(value);
    let number = shown.trim_end_matches('%').parse::<f64>();
    let tells = |shown: f64| {
        limits.iter().all(|limit| shown.partial_cmp(&(limit * unit)) == (value * unit).partial_cmp(&(limit * unit)))
    };
    if !value.is_finite() || number.is_ok_and(&tells) {
        return shown;
    }
    let percent = if shown.ends_with('%') { "%" } else { "" };
    let more = (3..17).filter_map(|digits| format!("{:.digits$e}", value * unit).parse::<f64>().ok());
    let enough = more.into_iter().find(|more| tells(*more)).unwrap_or(value * unit);
    format!("{}{percent}", format_float(enough))
}

/// An effect beside its limits.
pub fn effect_near(test: &str, value: f64, limits: &[f64]) -> String {
    if is_share(test) { near(value, limits, 100.0, percent) } else { number_near(value, limits) }
}

/// A number beside its limits.
pub fn number_near(value: f64, limits: &[f64]) -> String {
    near(value, limits, 1.0, number)
}

/// A share beside its limits.
pub fn percent_near(value: f64, limits: &[f64]) -> String {
    near(value, limits, 100.0, percent)
}

/// A difference in points beside its limits.
pub fn points_near(value: f64, limits: &[f64]) -> String {
    near(value, limits, 100.0, points)
}

/// The limits of a test.
pub fn limits_of(record: &TestRecord) -> Vec<f64> {
    record.limits.iter().flat_map(|limits| [limits.warn, limits.fail]).flatten().collect()
}

/// The effect of a test as it is told beside its limits; `unknown` without one.
pub fn effect_of(record: &TestRecord) -> String {
    let shown = |value: f64| effect_near(&record.test, value, &limits_of(record));
    record.effect.map_or_else(|| "unknown".to_owned(), shown)
}

/// `PSI 0.31 (limit 0.25)`, the limit that was reached, or the first that was kept.
pub fn effect_and_limit(record: &TestRecord) -> String {
    let name = effect_name(&record.test);
    match judged_limit(record) {
        Some(limit) => format!("{name} {} (limit {})", effect_of(record), effect(&record.test, limit)),
        None => format!("{name} {}", effect_of(record)),
    }
}

/// The limit a test reached; else the lowest it stayed below.
pub fn judged_limit(record: &TestRecord) -> Option<f64> {
    let Limits { warn, fail } = record.limits?;
    match record.outcome {
        Outcome::Fail => fail,
        _ => warn.or(fail),
    }
}

/// `, p 3e-180 of 14 tests`; `, no p-value` where a test has none.
pub fn significance(record: &TestRecord, family: usize) -> String {
    match record.adjusted_p {
        Some(p) if family == 1 => format!(", {}", p_value(p)),
        Some(p) => format!(", {} of {family} tests", p_value(p)),
        None if record.p_value.is_none() => ", no p-value".to_owned(),
        None => String::new(),
    }
}
