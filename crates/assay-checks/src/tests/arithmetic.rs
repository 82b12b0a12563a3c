//! Shares, tolerances, limits, durations: exact, whatever the numbers.

use std::cmp::Ordering;

use bigdecimal::BigDecimal;
use proptest::prelude::*;

use crate::duration::{self, Length};
use crate::figure::Figure;
use crate::limits::Number;
use crate::percent::{Percent, as_percentage, show};
use crate::tolerance::Tolerance;

fn percent(text: &str) -> Percent {
    Percent::parse(text).expect("a share")
}

#[test]
fn a_tolerance_is_rows_or_a_share() {
    assert_eq!(Tolerance::parse("5"), Ok(Tolerance::Rows(5)));
    assert_eq!(Tolerance::parse("0.1%").map(|t| t.text()), Ok("0.1%".into()));
    for (text, hint) in [("0.05", "`5%`"), ("0.001", "`0.1%`"), (".5", "`50%`")] {
        let why = Tolerance::parse(text).expect_err("a fraction is neither");
        assert!(why.ends_with(&format!("hint: a share is written {hint}")), "{why}");
    }
    for text in ["", "-1", "five", "5 %", "%", "1e3", "5rows", ".%", "101%", "99999999999999999999"] {
        assert!(Tolerance::parse(text).is_err(), "{text}");
    }
}

#[test]
fn what_a_fraction_was_meant_to_be() {
    assert_eq!(as_percentage("0.05").as_deref(), Some("5%"));
    assert_eq!(as_percentage("0.999").as_deref(), Some("99.9%"));
    assert_eq!(as_percentage("1.0").as_deref(), Some("100%"));
    assert_eq!(as_percentage("99").as_deref(), Some("99%"));
    assert_eq!(as_percentage("abc"), None);
}

#[test]
fn shown_shares_never_reach_a_limit_they_miss() {
    assert_eq!(show(9188, 10_000, &[&percent("95%")]), "91.88%");
    assert_eq!(show(99_999, 100_000, &[&percent("100%")]), "99.999%");
    assert_eq!(show(9_999_999_999, 10_000_000_000, &[]), "99.99999999%");
    assert_eq!(show(1, 1_000_000_000, &[]), "0.0000001%");
    assert_eq!(show(94_999, 100_000, &[&percent("95%")]), "94.999%");
    assert_eq!(show(1, 3, &[]), "33.33%");
    assert_eq!(show(5, 5, &[]), "100%");
    assert_eq!(show(0, 5, &[]), "0%");
    assert_eq!(show(0, 0, &[]), "0%");
}

#[test]
fn lengths_of_time() {
    let read = |text: &str| Length::parse(text).map(|l| l.seconds);
    assert_eq!(read("30s"), Ok(30));
    assert_eq!(read("5m"), Ok(300));
    assert_eq!(read("2h"), Ok(7_200));
    assert_eq!(read("7d"), Ok(604_800));
    assert_eq!(read("2w"), Ok(1_209_600));
    assert!(read("5").expect_err("no unit").contains("`5m` is minutes"));
    for text in ["", "h", "1.5h", "-1h", "1h30m", "5 m", "5M", "9999999999999999999h", "999999d"] {
        assert!(read(text).is_err(), "{text}");
    }
    assert_eq!(duration::show(0), "0s");
    assert_eq!(duration::show(7_201), "2h 1s");
    assert_eq!(duration::show(100_000), "1d 3h 46m 40s");
}

#[test]
fn figures_compare_exactly_and_are_shown_so() {
    let limit = |text: &str| Number::parse(text).expect("a number");
    let third = Figure::Mean(BigDecimal::from(1), 3);
    assert_eq!(third.compare(&limit("0.3333333333333333333333")), Some(Ordering::Greater));
    assert_eq!(third.show(&[&limit("0.5")]), "0.333333");
    assert_eq!(third.show(&[&limit("0.333333")]), "0.3333333");
    assert_eq!(Figure::Float(0.1).compare(&limit("0.1")), Some(Ordering::Equal));
    assert_eq!(Figure::Float(f64::NAN).compare(&limit("0.1")), None);
    assert_eq!(Figure::Float(f64::INFINITY).compare(&limit("1e300")), Some(Ordering::Greater));
    let big = Figure::Mean("9007199254740993".parse().expect("a number"), 1);
    assert_eq!(big.compare(&limit("9007199254740992")), Some(Ordering::Greater));
    assert_eq!(big.show(&[]), "9007199254740993");
    assert_eq!(Figure::Float(123_456_789.25).show(&[]), "123456789");
    assert_eq!(Figure::Float(5.0).show(&[&limit("5")]), "5");
    assert_eq!(Figure::Float(0.0).show(&[]), "0");
    assert_eq!(Figure::Mean(BigDecimal::from(10_000), 1).show(&[]), "10000");
    assert!(Number::parse("1e9999").is_err());
    assert!(Number::parse("5%").is_err());
    assert!(Number::parse("five").is_err());
}

proptest! {
    #[test]
    fn a_share_agrees_with_fractions_of_big_integers(
        failing in 0u64.., tested in 0u64.., whole in 0u32..=100, decimals in "[0-9]{0,30}"
    ) {
        let text = if decimals.is_empty() || whole == 100 { format!("{whole}%") } else { format!("{whole}.{decimals}%") };
        let share: BigDecimal = text.trim_end_matches('%').parse().expect("a number");
        let fits = BigDecimal::from(failing) * BigDecimal::from(100) <= share * BigDecimal::from(tested);
        let tolerance = Tolerance::parse(&text).expect("a share");
        prop_assert_eq!(tolerance.allows(failing, tested), fits);
    }

    #[test]
    fn a_share_is_inclusive_at_the_limit(tested in 1u64..1_000_000, hundredths in 0u64..=10_000) {
        let text = format!("{}.{:02}%", hundredths / 100, hundredths % 100);
        let tolerance = Tolerance::parse(&text).expect("a share");
        let at_most = u128::from(tested) * u128::from(hundredths) / 10_000;
        let at_most = u64::try_from(at_most).expect("fits");
        prop_assert!(tolerance.allows(at_most, tested));
        prop_assert!(!tolerance.allows(at_most + 1, tested));
    }

    #[test]
    fn a_shown_share_is_on_the_right_side(part in 0u64..=u64::MAX, more in 0u64.., limit in 0u64..=10_000) {
        let whole = part.saturating_add(more).max(1);
        let limit = Percent::parse(&format!("{}.{:02}%", limit / 100, limit % 100)).expect("a share");
        let shown = Percent::parse(&show(part, whole, &[&limit]));
        // more than forty digits would be needed only where part and whole are near 2^64 and differ in the last bit
        let shown = shown.expect("what is shown reads back");
        prop_assert_eq!(shown.partial_cmp(&limit), Some(limit.compare(part, whole)));
    }
}
