//! Figures of tests as text, with the digits it takes to repeat them by hand.

use assay_core::drift::record::TestRecord;
use assay_core::text::format_float;
use assay_core::verdict::Outcome;
use assay_stats::PValue;

use super::words::count;

/// Six digits that count, trailing zeros left off: `0.412346`, `901.5`, `3.2e-180`.
pub(crate) fn number(value: f64) -> String {
    if !value.is_finite() || value == 0.0 {
        return format_float(value + 0.0);
    }
    let rounded: f64 = format!("{value:.5e}").parse().unwrap_or(value);
    if (1e-5..1e15).contains(&rounded.abs()) { rounded.to_string() } else { format!("{rounded:e}") }
}

/// `10.2%`, `0.71%`, `0.0031%`.
pub(crate) fn percent(share: f64) -> String {
    let percent = share * 100.0;
    let digits = match percent.abs() {
        size if size >= 10.0 => 1,
        size if size >= 0.1 || size == 0.0 => 2,
        _ => 4,
    };
    let text = format!("{percent:.digits$}");
    format!("{}%", text.trim_end_matches('0').trim_end_matches('.'))
}

/// Two digits of a p-value; below 1e-300 as a power of ten.
pub(crate) fn p(p: PValue) -> String {
    let log10 = p.log10();
    if log10.is_finite() && log10 < -300.0 {
        return format!("10^{log10:.1}");
    }
    match p.value() {
        0.0 => "0".into(),
        value if value < 1e-3 => format!("{value:.1e}"),
        value => {
            let rounded: f64 = format!("{value:.1e}").parse().unwrap_or(value);
            rounded.to_string()
        }
    }
}

/// Everything of a test in one sentence: `psi: n 208,892, m 68,785, statistic 0.41, p ..`. `all`: what decides nothing,
/// too.
pub(crate) fn sentence(test: &TestRecord, all: bool) -> String {
    let mut parts = Vec::new();
    if let Some(reason) = &test.reason {
        let word = if test.outcome == Outcome::Error { "not evaluable" } else { "skipped" };
        parts.push(format!("{word}: {}", reason.text));
    }
    parts.extend(test.n.map(|n| format!("n {}", count(n))));
    parts.extend(test.m.map(|m| format!("m {}", count(m))));
    parts.extend(interval("statistic", test.statistic, test.statistic_high));
    parts.extend(significance(test));
    parts.extend(interval("effect", test.effect, test.effect_high));
    if let Some(limits) = test.limits {
        parts.extend(limits.warn.map(|warn| format!("warn at {}", number(warn))));
        parts.extend(limits.fail.map(|fail| format!("fail at {}", number(fail))));
    }
    match (test.null_p95, test.null_p99) {
        (Some(p95), Some(p99)) => {
            parts.push(format!("without drift below {} (95%) and {} (99%)", number(p95), number(p99)));
        }
        (Some(p95), None) => parts.push(format!("without drift below {} (95%)", number(p95))),
        (None, Some(p99)) => parts.push(format!("without drift below {} (99%)", number(p99))),
        (None, None) => {}
    }
    if all {
        parts.extend(test.shown.iter().map(|(name, value)| format!("{name} {}", number(*value))));
    }
    format!("{}: {}", test.test, parts.join(", "))
}

/// `p 3.1e-180 (exact, df 10), adjusted p 4.3e-178`.
fn significance(test: &TestRecord) -> Vec<String> {
    let Some(value) = test.p_value else {
        return if test.statistic.is_some() { vec!["no p-value".into()] } else { vec![] };
    };
    let df = test.df.map(|df| format!("df {}", number(df)));
    let source: Vec<String> = test.p_from.clone().into_iter().chain(df).collect();
    let source = if source.is_empty() { String::new() } else { format!(" ({})", source.join(", ")) };
    let adjusted = test.adjusted_p.map(|adjusted| format!("adjusted p {}", p(adjusted)));
    [format!("p {}{source}", p(value))].into_iter().chain(adjusted).collect()
}

pub(crate) fn interval(name: &str, low: Option<f64>, high: Option<f64>) -> Option<String> {
    let low = low?;
    Some(match high.filter(|high| *high != low) {
        Some(high) => format!("{name} {} to {}", number(low), number(high)),
        None => format!("{name} {}", number(low)),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_keep_the_digits_that_count() {
        let texts = [0.412_345_678, 901.5, 0.1 + 0.2, -0.0, 1e-7, f64::INFINITY, 123_456_789.0].map(number);
        assert_eq!(texts, ["0.412346", "901.5", "0.3", "0", "1e-7", "inf", "123457000"]);
    }

    #[test]
    fn shares_are_read_in_percent() {
        assert_eq!([0.0, 0.1, 0.2184, 0.0071, 0.000_031].map(percent), ["0%", "10%", "21.8%", "0.71%", "0.0031%"]);
    }

    #[test]
    fn p_values_below_every_double_are_powers_of_ten() {
        let texts = [PValue::new(0.0421), PValue::new(3.26e-180), PValue::new(0.0), PValue::from_ln(-3000.0)].map(p);
        assert_eq!(texts, ["0.042", "3.3e-180", "0", "10^-1302.9"]);
    }
}
