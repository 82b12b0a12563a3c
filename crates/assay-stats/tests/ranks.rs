//! Rank tests on raw samples against scipy's numbers and the published ones. p of Cramer-von Mises and Anderson-Darling is
//! of sums without the terms of ties (the tests' headers say why), so scipy's p is met only where no rows are tied.

#[path = "golden/ranks.rs"]
mod golden;

use assay_stats::drift::ks::{exact, finite_n};
use assay_stats::drift::{anderson_darling, cramer_von_mises, ks, kuiper, wasserstein};
use golden::{case, cases, close, rows};

#[test]
fn distances_match_scipy() {
    for case in cases() {
        let found = ks::two_sample(&case.base, &case.live).expect(&case.name);
        for (key, d) in [("d", found.d), ("d_plus", found.d_plus), ("d_minus", found.d_minus)] {
            let expected = case.figure(key).expect(key);
            assert!((d - expected).abs() <= 1e-12, "{} {key}: {d} {expected}", case.name);
        }
        let share = |side: &[f64]| side.iter().filter(|x| **x <= found.at).count() as f64 / side.len() as f64;
        let there = (share(&case.live) - share(&case.base)).abs();
        assert!((there - found.d).abs() <= 1e-12, "{}: {there} at {}, {}", case.name, found.at, found.d);
    }
}

/// Whether any two rows of both sides are equal.
fn is_tied(case: &golden::Case) -> bool {
    let rows: Vec<f64> = case.base.iter().chain(&case.live).copied().collect();
    golden::distinct(&rows).len() < rows.len()
}

#[test]
fn exact_p_values_of_ks_match_scipy() {
    let mut compared = 0;
    for case in cases() {
        let found = ks::two_sample(&case.base, &case.live).expect(&case.name);
        let (p, p_from) = ks::p_value(found.n, found.m, found.excess);
        let within = exact::points(found.n, found.m, found.excess) <= ks::EXACT_POINTS;
        if let Some(expected) = case.figure("p_exact").filter(|_| within) {
            assert_eq!(p_from, "exact", "{}", case.name);
            close(&case.name, p.value(), expected, 1e-8);
            compared += 1;
        } else if found.n.max(found.m) > ks::EXACT_ROWS {
            assert_eq!(p_from, if found.d < 1.0 { "asymptotic (finite-n law)" } else { "exact" }, "{}", case.name);
            // one sample cannot be at D = 1, so scipy has 0 there; two samples can
            let expected = if found.d < 1.0 { case.figure("p_auto").expect("p") } else { apart(found.n, found.m) };
            close(&case.name, p.value(), expected, 1e-4);
        }
    }
    assert!(compared >= 150);
}

/// Two of the C(n + m, n) orders.
fn apart(n: u64, m: u64) -> f64 {
    2.0 * (1..=n.min(m)).map(|i| i as f64 / (n.max(m) + i) as f64).product::<f64>()
}

#[test]
fn asymptotic_p_values_of_ks_match_scipy() {
    for case in cases() {
        let found = ks::two_sample(&case.base, &case.live).expect(&case.name);
        if let Some(expected) = case.figure("p_asymptotic").filter(|p| *p > 1e-14) {
            let ln = finite_n::ln_sf(ks::effective_rows(found.n, found.m), found.d);
            close(&case.name, ln.exp(), expected, 1e-4);
        }
    }
}

#[test]
fn the_exact_law_matches_scipy() {
    for row in rows("exact_law") {
        let [n, m, excess, expected] = row[..] else { panic!("four numbers") };
        let ln = exact::ln_p(n as u64, m as u64, excess as u128);
        close(&format!("{n} {m} {excess}"), ln.exp(), expected, 1e-8);
    }
}

#[test]
fn the_finite_n_law_matches_scipy() {
    for row in rows("finite_law") {
        let [n, d, expected] = row[..] else { panic!("three numbers") };
        close(&format!("{n} {d}"), finite_n::ln_sf(n as u64, d).exp(), expected, 1e-4);
    }
}

#[test]
fn tails_below_the_smallest_double_keep_their_digits() {
    for row in rows("deep_tails") {
        let [n, d, ln_p] = row[..] else { panic!("three numbers") };
        let found = finite_n::ln_sf(n as u64, d);
        assert!((found - ln_p).abs() < 1e-6, "{n} {d}: {found} {ln_p}");
    }
    // the exact law, by sizes that differ and by the closed form of D = 1
    let apart = exact::ln_p_apart(4_000, 3_999);
    assert!((apart - exact::ln_p(4_000, 4_000, 4_000 * 4_000)).abs() < 1.0, "{apart}");
    // all but one row apart: 799 paths a side reach (399, 0) or (400, 1), counted by hand
    let nearly = exact::ln_p(400, 399, 400 * 399 - 400) - exact::ln_p_apart(400, 399);
    assert!((nearly - 799_f64.ln()).abs() < 1e-9, "{nearly}");
}

#[test]
fn exact_p_values_fall_smoothly_through_the_end_of_doubles() {
    // D of 2,000 against 1,500 rows: the lattice by doubles hands over to scaled numbers on the way
    let ln = |d: f64| exact::ln_p(2_000, 1_500, (d * 2_000.0 * 1_500.0) as u128);
    let steps: Vec<f64> = (0..12).map(|i| ln(0.56 + 0.015 * f64::from(i))).collect();
    assert!(steps[0] > -700.0 && steps[11] < -750.0, "{steps:?}");
    for three in steps.windows(3) {
        let (first, second) = (three[0] - three[1], three[1] - three[2]);
        assert!(first > 0.0 && second > 0.0 && (first / second - 1.0).abs() < 0.15, "{three:?}");
    }
    let of_tail = finite_n::ln_sf(ks::effective_rows(2_000, 1_500), 0.6);
    assert!((ln(0.6) / of_tail - 1.0).abs() < 0.1, "{} {of_tail}", ln(0.6));
}

#[test]
fn quantiles_are_exceeded_with_their_probability() {
    for n in [1, 3, 17, 140, 141, 500, 5_000, 1_000_000] {
        for p in [0.05, 0.01] {
            let d = finite_n::quantile(n, p);
            close(&format!("{n} {p}"), finite_n::ln_sf(n, d).exp(), p, 1e-5);
        }
    }
}

#[test]
fn areas_match_scipy() {
    let mut compared = 0;
    for case in cases() {
        let found = wasserstein::two_sample(&case.base, &case.live).expect(&case.name);
        if let Some(expected) = case.figure("w1") {
            close(&case.name, found, expected, 1e-10);
            compared += 1;
        }
    }
    assert!(compared >= 150);
}

#[test]
fn areas_are_infinite_only_where_shares_at_an_infinity_differ() {
    let area = |name| wasserstein::two_sample(&case(name).base, &case(name).live).expect(name);
    assert_eq!(area("infinity in live"), f64::INFINITY);
    assert_eq!(area("infinity in baseline"), f64::INFINITY);
    let both = area("infinities on both sides");
    assert!((both - 0.25).abs() < 1e-12, "{both}");
}

#[test]
fn anderson_darling_matches_scipy() {
    for case in cases() {
        let found = anderson_darling::two_sample(&case.base, &case.live).expect(&case.name);
        match case.figure("a2") {
            Some(expected) => close(&case.name, found.a2, expected, 1e-9),
            None => assert_eq!(found.a2, 0.0, "{}", case.name),
        }
        close(&case.name, found.untied, case.figure("a2_untied").expect("a sum"), 1e-9);
        assert_eq!(found.p, anderson_darling::p_value(found.untied), "{}", case.name);
        if let Some(expected) = case.figure("a2_normalised") {
            let normalised = found.normalised.expect("4 rows or more");
            assert!((normalised - expected).abs() <= 1e-8 * (1.0 + expected.abs()), "{} {normalised}", case.name);
        }
    }
}

#[test]
fn the_limiting_law_of_anderson_darling_matches_the_published_series() {
    for row in rows("anderson_law") {
        let [a2, p] = row[..] else { panic!("two numbers") };
        let found = anderson_darling::p_value(a2).value();
        assert!((found - p).abs() < 1e-11, "{a2}: {found} {p}");
    }
    // the tail is that of sqrt(3) chi-square of one degree of freedom at 2 A^2, to a part in A^2
    let ln = anderson_darling::p_value(5_000.0).ln();
    let leading = 0.5 * 3_f64.ln() - 5_000.0 - 0.5 * (std::f64::consts::PI * 5_000.0).ln();
    assert!((ln - leading).abs() < 1e-3, "{ln} {leading}");
}

#[test]
fn cramer_von_mises_matches_scipy() {
    let mut exact = 0;
    for case in cases() {
        let found = cramer_von_mises::two_sample(&case.base, &case.live).expect(&case.name);
        let Some(t) = case.figure("t") else { continue };
        assert!(
            (found.t - t).abs() <= 1e-10 * t.abs() + 1e-13 * found.n.max(found.m) as f64,
            "{}: {} {t}",
            case.name,
            found.t
        );
        close(&case.name, found.untied, case.figure("t_untied").expect("a sum"), 1e-9);
        // with ties scipy's p is of T, whose terms of ties grow with unequal sides
        if let Some(expected) = case.figure("t_p_exact").filter(|_| !is_tied(&case)) {
            assert_eq!(found.p_from, "exact", "{}", case.name);
            close(&case.name, found.p.value(), expected, 1e-9);
            exact += 1;
        }
        if let Some(expected) = case.figure("t_p_asymptotic") {
            let p = cramer_von_mises::p_limiting(found.n, found.m, t).value();
            // scipy ends its series at terms of 1e-7; the law itself is checked below
            assert!((p - expected).abs() < 5e-7, "{}: {p} {expected}", case.name);
        }
    }
    assert!(exact >= 40, "{exact}");
}

#[test]
fn the_limiting_law_of_cramer_von_mises_matches_its_bessel_series() {
    for row in rows("cramer_law") {
        let [t, p] = row[..] else { panic!("two numbers") };
        // sizes at which T has the mean and variance of its limit to 1e-13
        let found = cramer_von_mises::p_limiting(1 << 50, 1 << 50, t).value();
        assert!((found - p).abs() < 1e-11, "{t}: {found} {p}");
    }
    // T = 100: the tail falls by exp(-pi^2 T / 2)
    let ln = cramer_von_mises::p_limiting(1 << 50, 1 << 50, 100.0).ln();
    assert!((ln / (-0.5 * std::f64::consts::PI.powi(2) * 100.0) - 1.0).abs() < 0.01, "{ln}");
}

#[test]
fn the_published_numbers_hold() {
    let small = case("published 8 and 8");
    let found = ks::two_sample(&small.base, &small.live).expect("rows");
    assert_eq!(found.d, 0.625);
    close("p", ks::p_value(8, 8, found.excess).0.value(), 0.087_024_087_024_087_01, 1e-8);
    close("W1", wasserstein::two_sample(&small.base, &small.live).expect("rows"), 4.1625, 1e-10);
    let von_mises = cramer_von_mises::two_sample(&small.base, &small.live).expect("rows");
    close("T", von_mises.t, 0.4375, 1e-12);
    close("p of T", von_mises.p.value(), 0.064_335_66, 1e-6);

    let large = case("published formula");
    let found = ks::two_sample(&large.base, &large.live).expect("rows");
    assert!((found.d - 0.035).abs() < 1e-12);
    close("p", ks::p_value(10_000, 5_000, found.excess).0.value(), 5.628_915e-4, 1e-6);
    close("W1", wasserstein::two_sample(&large.base, &large.live).expect("rows"), 0.023_717_653_458_191_386, 1e-10);
}

#[test]
fn kuiper_adds_both_distances_and_follows_its_published_law() {
    for case in cases() {
        let (v, _) = kuiper::two_sample(&case.base, &case.live).expect(&case.name);
        let sum = case.figure("d_plus").expect("D+") + case.figure("d_minus").expect("D-");
        assert!((v - sum).abs() < 1e-12, "{}", case.name);
    }
    // upper points of sqrt(N) V (Stephens 1970, table 1): 1.620 at 10%, 1.747 at 5%, 2.001 at 1%
    let n = 1_000_000_u64;
    let root = (n as f64 / 2.0).sqrt();
    for (point, p) in [(1.620, 0.10), (1.747, 0.05), (2.001, 0.01)] {
        let v = point / (root + 0.155 + 0.24 / root);
        close(&format!("{point}"), kuiper::p_value(n, n, v).value(), p, 5e-3);
    }
    // both forms of the law agree where one hands over to the other
    let at = |x: f64| kuiper::p_value(n, n, x / (root + 0.155 + 0.24 / root)).value();
    assert!((at(1.0 - 1e-9) - at(1.0 + 1e-9)).abs() < 1e-8);
    assert!(at(40.0) == 0.0 && kuiper::p_value(n, n, 0.9).ln() < -800_000.0);
}

#[test]
fn ties_on_unequal_sides_are_no_drift() {
    // the same ten values with the same shares, 50 rows against 5,000
    let side = |each: usize| -> Vec<f64> { (0..10 * each).map(|i| (i % 10) as f64).collect() };
    let found = cramer_von_mises::two_sample(&side(5), &side(500)).expect("rows");
    assert!(found.t > 1.0 && found.p.value() > 0.99, "{found:?}");
    let found = anderson_darling::two_sample(&side(5), &side(500)).expect("rows");
    assert!(found.p.value() > 0.99, "{found:?}");
    // 100 of 1,000 rows differ from the one value of the baseline: nearly constant is no shelter from drift
    let live: Vec<f64> = (0..1_000).map(|i| f64::from(i % 10 == 0)).collect();
    assert!(cramer_von_mises::two_sample(&[0.0; 1_000], &live).expect("rows").p.value() < 1.0);
    assert!(anderson_darling::two_sample(&[0.0; 1_000], &live).expect("rows").untied > 1.0);
}

#[test]
fn the_exact_p_of_ks_costs_no_more_than_it_may() {
    let excess = |d: f64, n: u64, m: u64| (d * n as f64 * m as f64) as u128;
    for (n, m, d) in [(10_000, 5_000, 0.035), (10_000, 9_999, 0.02), (9_000, 400, 0.9), (10_000, 10_000, 0.7)] {
        assert_eq!(ks::p_value(n, m, excess(d, n, m)).1, "exact", "{n} {m} {d}");
    }
    // beyond the bound the law of few rows takes over where p is far from any alpha, and differs little
    let (p, p_from) = ks::p_value(10_000, 9_999, excess(0.06, 10_000, 9_999));
    assert_eq!(p_from, "asymptotic (finite-n law)");
    let exact = exact::ln_p(10_000, 9_999, excess(0.06, 10_000, 9_999));
    assert!(exact < -30.0 && (p.ln() / exact - 1.0).abs() < 1e-3, "{} {exact}", p.ln());
    let points = exact::points(10_000, 9_999, excess(0.0512, 10_000, 9_999));
    assert!(points <= ks::EXACT_POINTS && points > 9_900_000, "{points}");
}

#[test]
fn nan_is_left_out_and_an_empty_side_is_no_pass() {
    let with_nan = ks::two_sample(&[1.0, f64::NAN, 2.0], &[f64::NAN, 2.0]).expect("rows");
    assert_eq!((with_nan.n, with_nan.m, with_nan.d), (2, 1, 0.5));
    for (base, live) in [(&[][..], &[1.0][..]), (&[1.0], &[f64::NAN])] {
        assert_eq!(ks::two_sample(base, live).expect_err("no rows").code, "no_rows");
        assert_eq!(wasserstein::two_sample(base, live).expect_err("no rows").code, "no_rows");
        assert_eq!(anderson_darling::two_sample(base, live).expect_err("no rows").code, "no_rows");
        assert_eq!(cramer_von_mises::two_sample(base, live).expect_err("no rows").code, "no_rows");
        assert_eq!(kuiper::two_sample(base, live).expect_err("no rows").code, "no_rows");
    }
}
