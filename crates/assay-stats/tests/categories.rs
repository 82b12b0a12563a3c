//! Tests of bins and categories against published and independently computed numbers.
//!
//! Rows of a golden case are compared with every figure that the tests give for it, at the tolerances of the formula
//! set: statistics to a relative 1e-10, total variation and L-infinity to 1e-12, p to 1e-9 down to 1e-300.

#[path = "golden/categories.rs"]
mod golden;

use assay_stats::drift::bins::top_categories;
use assay_stats::drift::chi2::{ln_survival, quantile_above};
use assay_stats::drift::shares::Shares;
use assay_stats::drift::{Categories, ColumnKind, Comparison, Missing, registry};
use golden::{
    categories, close, close_p, count, counts, golden, ln_p, number, numbers, on_bins, on_categories, on_missing,
    shown, test,
};

#[test]
fn tables_of_categories_match_the_golden_numbers() {
    for case in golden()["tables"].as_array().expect("cases") {
        let name = case["name"].as_str().expect("a name");
        let table = categories(&counts(&case["base"]), &counts(&case["live"]), false);
        let chi_square = on_categories("chi_square", &table);
        if let Some(code) = case["refused"].as_str() {
            for test in ["chi_square", "g_test", "vanished"] {
                assert_eq!(on_categories(test, &table).expect_err(name).code, code, "{name} {test}");
            }
            continue;
        }
        let chi_square = chi_square.unwrap_or_else(|refused| panic!("{name}: {refused:?}"));
        let g = on_categories("g_test", &table).expect(name);
        close(name, chi_square.statistic, number(&case["chi_square"]), 1e-10);
        close(name, g.statistic, number(&case["g"]), 1e-10);
        close_p(name, ln_p(&chi_square), number(&case["ln_p"]));
        close_p(name, ln_p(&g), number(&case["g_ln_p"]));
        assert_eq!(chi_square.df, Some(number(&case["df"])), "{name}");
        let exact = case["exact"].as_bool().expect("a boolean");
        assert_eq!(chi_square.p_from == "Fisher exact", exact, "{name}");
        for drift in [&chi_square, &g] {
            close(name, drift.effect.powi(2), number(&case["v"]).powi(2), 1e-10);
            close(name, shown(drift, "classical_v"), number(&case["classical_v"]), 1e-10);
            close(name, shown(drift, "equal_weight_v"), number(&case["equal_weight_v"]), 1e-10);
        }
    }
}

#[test]
fn divergences_on_bins_match_the_golden_numbers() {
    for case in golden()["bins"].as_array().expect("cases") {
        let name = case["name"].as_str().expect("a name");
        let (base, live) = (counts(&case["base"]), counts(&case["live"]));
        for (test, tolerance) in [
            ("psi", 1e-10),
            ("kl", 1e-10),
            ("jensen_shannon", 1e-10),
            ("hellinger", 1e-10),
            ("total_variation", 1e-12),
            ("l_infinity", 1e-12),
        ] {
            let what = format!("{name} {test}");
            let drift = on_bins(test, &base, &live).expect(&what);
            close(&what, drift.effect, number(&case[test]), tolerance);
            assert_eq!(drift.statistic, drift.effect, "{what}");
            close(&what, shown(&drift, "chi_square"), number(&case["chi_square"]), 1e-10);
            close_p(&what, ln_p(&drift), number(&case["ln_p"]));
            assert_eq!(drift.df, Some(number(&case["df"])), "{what}");
            let null = match test {
                "psi" => Some(numbers(&case["psi_null"])),
                "jensen_shannon" => Some(numbers(&case["js_null"])),
                _ => None,
            };
            let percentiles = [drift.null_p95, drift.null_p99];
            match null {
                Some(golden) => {
                    for (ours, golden) in percentiles.into_iter().zip(golden) {
                        close(&what, ours.expect("a percentile"), golden, 1e-10);
                    }
                }
                None => assert_eq!(percentiles, [None, None], "{what}"),
            }
        }
    }
}

#[test]
fn proportions_match_the_golden_numbers() {
    for case in golden()["proportions"].as_array().expect("cases") {
        let name = case["name"].as_str().expect("a name");
        let [base, n, live, m] = ["base", "n", "live", "m"].map(|key| count(&case[key]));
        let sparse = case["sparse"].as_bool().expect("a boolean");

        let missing = on_missing(Missing { n, base, m, live }).expect(name);
        close(name, missing.effect, number(&case["change"]).abs(), 1e-12);
        close(name, shown(&missing, "change"), number(&case["change"]), 1e-12);
        close(name, missing.statistic, number(&case["z"]), 1e-10);
        close_p(name, ln_p(&missing), number(&case[if sparse { "fisher_ln_p" } else { "z_ln_p" }]));

        let doubletons = count(&case["doubletons"]);
        let unseen = Categories { unseen: Some(live), singletons: base, doubletons, n, m, ..Categories::default() };
        let unseen = on_categories("unseen", &unseen).expect(name);
        close(name, unseen.statistic, number(&case["unseen_z"]), 1e-10);
        close_p(name, ln_p(&unseen), number(&case["unseen_ln_p"]));
        let by_fisher = case["unseen_by_fisher"].as_bool().expect("a boolean");
        assert_eq!(unseen.p_from.starts_with("Fisher"), by_fisher, "{name}");

        let values = categories(&[base, n - base], &[live, m - live], false);
        if base + live == 0 || base + live == n + m {
            assert_eq!(on_categories("fisher", &values).expect_err(name).code, "not_two_categories");
            continue;
        }
        let fisher = on_categories("fisher", &values).expect(name);
        close_p(name, ln_p(&fisher), number(&case["fisher_ln_p"]));
        match case["odds_ratio"].as_f64() {
            Some(odds_ratio) => close(name, fisher.statistic, odds_ratio, 1e-12),
            None => assert_eq!(fisher.statistic, f64::INFINITY, "{name}"),
        }
        let z = on_categories("z_proportion", &values).expect(name);
        close_p(name, ln_p(&z), number(&case["z_ln_p"]));
        close(name, z.effect, number(&case["change"]).abs(), 1e-12);
    }
}

#[test]
fn the_chi_square_law_keeps_its_tail_for_any_number_of_degrees_of_freedom() {
    for case in golden()["chi2"].as_array().expect("cases") {
        let df = number(&case["df"]);
        if let Some(x) = case["x"].as_f64() {
            close_p(&format!("df {df} x {x}"), ln_survival(x, df), number(&case["ln_sf"]));
        } else {
            close(&format!("df {df}"), quantile_above(0.05, df), number(&case["p95"]), 1e-10);
            close(&format!("df {df}"), quantile_above(0.01, df), number(&case["p99"]), 1e-10);
        }
    }
}

#[test]
fn published_numbers_are_met() {
    let six = categories(&[16, 18, 16, 14, 12, 12], &[16, 16, 16, 16, 16, 8], false);
    let chi_square = on_categories("chi_square", &six).expect("a result");
    close("chi-square", chi_square.statistic, 1.6224089635854342, 1e-10);
    close("p", ln_p(&chi_square).exp(), 0.8985262394026607, 1e-9);
    assert_eq!(chi_square.df, Some(5.0));
    let g = on_categories("g_test", &six).expect("a result");
    close("G", g.statistic, 1.6299560650379492, 1e-10);
    close("p of G", ln_p(&g).exp(), 0.8976032398668559, 1e-9);

    let two = on_categories("chi_square", &categories(&[130, 370], &[240, 260], false)).expect("a result");
    close("chi-square", two.statistic, 51.909051909051904, 1e-10);
    close("p", ln_p(&two).exp(), 5.813180472899873e-13, 1e-9);

    let (p, q) = ([0.85, 0.05, 0.05, 0.05], [0.25; 4]);
    let shares = Shares::new(&q, &p);
    close("PSI", shares.psi(), 1.6999280064337297, 1e-10);
    close("KL(p, q)", shares.kl(), 0.7987934300136834, 1e-10);
    close("JS", shares.jensen_shannon(), 0.5312393428578512, 1e-10);
    close("Hellinger", shares.hellinger(), 0.45123450722477687, 1e-10);
    close("TV", shares.total_variation(), 0.6, 1e-12);
    close("L-inf", shares.l_infinity(), 0.6, 1e-12);
}

#[test]
fn airlines_of_the_flights_pair_drift_as_published() {
    let airline = &golden()["flights"]["airline"];
    let (base, live) = (counts(&airline["base"]), counts(&airline["live"]));
    let chi_square = on_categories("chi_square", &categories(&base, &live, false)).expect("a result");
    close("chi-square", chi_square.statistic, 4409.58995863, 1e-11);
    close("bias removed", chi_square.effect, 0.2096683031854726, 1e-10);
    close("classical", shown(&chi_square, "classical_v"), 0.20999023688327917, 1e-10);
    close("equal weights", shown(&chi_square, "equal_weight_v"), 0.20997808781871327, 1e-10);
    let fail = test("chi_square").default_limits().and_then(|limits| limits.fail).expect("a limit");
    assert!(chi_square.effect >= fail);

    let psi = on_bins("psi", &base, &live).expect("a result");
    close("PSI", psi.effect, 0.6443039514686575, 1e-10);
    assert_eq!(psi.df, Some(13.0));
}

#[test]
fn missing_delays_of_the_flights_pair_warn() {
    let missing = counts(&golden()["flights"]["departure_delay"]["missing"]);
    let [n, base, m, live] = missing[..] else { panic!("four counts") };
    let drift = on_missing(Missing { n, base, m, live }).expect("a result");
    assert_eq!(format!("{:.5} {:.5}", shown(&drift, "base_share"), shown(&drift, "live_share")), "0.02060 0.00888");
    assert_eq!(format!("{:.4}", drift.effect), "0.0117");
    assert!(shown(&drift, "change") < 0.0);
    let limits = test("missing").default_limits().expect("limits");
    assert!(Some(drift.effect) >= limits.warn && Some(drift.effect) < limits.fail);
}

#[test]
fn ten_thousand_categories_are_tested_exactly() {
    // both sides the same but for two categories that swap 100 rows
    let base: Vec<u64> = (0..10_000).map(|i| 100 + i % 50).collect();
    let mut live = base.clone();
    live[0] += 100;
    live[1] -= 100;
    let drift = on_categories("chi_square", &categories(&base, &live, false)).expect("a result");
    let golden = 100.0_f64.powi(2) * (1.0 / 300.0 + 1.0 / 102.0);
    close("chi-square", drift.statistic, golden, 1e-10);
    assert_eq!((drift.df, drift.effect), (Some(9999.0), 0.0));
    assert!(drift.p.expect("p").value() > 0.999_999);
}

#[test]
fn a_side_without_rows_is_refused_by_every_test() {
    for (base, live) in [(vec![0, 0], vec![3, 4]), (vec![3, 4], vec![0, 0]), (vec![], vec![])] {
        for name in ["psi", "jensen_shannon", "hellinger", "total_variation", "l_infinity", "kl"] {
            assert_eq!(on_bins(name, &base, &live).expect_err(name).code, "no_rows", "{name}");
        }
        for name in ["chi_square", "g_test", "fisher", "z_proportion", "unseen", "vanished"] {
            let table = categories(&base, &live, false);
            assert_eq!(on_categories(name, &table).expect_err(name).code, "no_rows", "{name}");
        }
        let missing = Missing { n: base.iter().sum(), base: 0, m: live.iter().sum(), live: 0 };
        assert_eq!(on_missing(missing).expect_err("no rows").code, "no_rows");
    }
}

#[test]
fn merging_names_how_many_categories_became_one() {
    let drift = on_categories("chi_square", &categories(&[1000, 500, 3, 3], &[500, 250, 2, 2], false));
    let drift = drift.expect("a result");
    assert_eq!(drift.df, Some(1.0));
    assert_eq!(drift.notes, ["3 sparse categories were tested as one: 2 are left"]);
}

#[test]
fn missing_is_a_category_of_chi_square_and_none_of_fisher() {
    let with_missing = categories(&[500, 400, 100], &[500, 400, 300], true);
    assert_eq!(on_categories("chi_square", &with_missing).expect("a result").df, Some(2.0));
    let fisher = on_categories("fisher", &with_missing).expect("a result");
    assert_eq!((fisher.statistic, fisher.n, fisher.m, ln_p(&fisher)), (1.0, 900, 900, 0.0));
    assert_eq!(on_categories("vanished", &categories(&[500, 400, 100], &[500, 400, 0], true)).expect("p").effect, 0.0);
}

#[test]
fn a_fall_of_the_odds_counts_as_much_as_a_rise() {
    let rise = on_categories("fisher", &categories(&[20, 80], &[50, 50], false)).expect("a result");
    let fall = on_categories("fisher", &categories(&[50, 50], &[20, 80], false)).expect("a result");
    assert_eq!((rise.statistic, fall.statistic), (4.0, 0.25));
    assert_eq!((rise.effect, fall.effect), (4.0, 4.0));
}

#[test]
fn vanished_is_the_baseline_share_of_what_is_gone() {
    let table = categories(&[600, 300, 100, 0], &[700, 0, 200, 50], false);
    let vanished = on_categories("vanished", &table).expect("a result");
    assert_eq!((vanished.effect, shown(&vanished, "categories")), (0.3, 1.0));
    assert_eq!(vanished.p, on_categories("chi_square", &table).expect("a result").p);
}

#[test]
fn unseen_takes_off_what_the_baseline_lets_one_expect() {
    let of = |unseen, singletons| {
        let table = Categories { unseen, singletons, n: 10_000, m: 1_000, ..Categories::default() };
        on_categories("unseen", &table)
    };
    assert_eq!(of(Some(30), 100).expect("a result").effect, 0.02);
    assert!(of(Some(5), 100).expect("a result").effect < 0.0);
    let two = of(Some(2), 0).expect("a result");
    assert_eq!((two.effect, two.notes.len()), (0.0, 1));
    assert_eq!(of(Some(3), 0).expect("a result").effect, 0.003);
    assert_eq!(of(None, 0).expect_err("too many").code, "too_many_categories");
}

#[test]
fn limits_are_those_of_the_formula_set() {
    let limits = |name| test(name).default_limits().map(|limits| (limits.warn.unwrap(), limits.fail.unwrap()));
    assert_eq!(limits("psi"), Some((0.10, 0.25)));
    for name in ["jensen_shannon", "total_variation", "chi_square", "g_test"] {
        assert_eq!(limits(name), Some((0.10, 0.20)), "{name}");
    }
    assert_eq!(limits("missing"), Some((0.01, 0.05)));
    assert_eq!(limits("unseen"), Some((0.001, 0.005)));
    for name in ["hellinger", "l_infinity", "kl", "fisher", "z_proportion", "vanished"] {
        assert_eq!(limits(name), None, "{name}");
    }
    let mut names: Vec<&str> = registry::TESTS.iter().map(|test| test.name()).collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), registry::TESTS.len(), "a name is used once");
}

/// Two samples of one law with a long tail: of 400 rare categories each side has seen its own half.
fn long_tails() -> Categories {
    let half = |even: bool| (0..400).map(move |i| u64::from((i % 2 == 0) == even));
    let base: Vec<u64> = [500, 300].into_iter().chain(half(true)).collect();
    let live: Vec<u64> = [490, 310].into_iter().chain(half(false)).collect();
    categories(&base, &live, false)
}

#[test]
fn rare_categories_of_either_side_are_merged_together_and_move_nothing() {
    for name in ["chi_square", "g_test"] {
        let drift = on_categories(name, &long_tails()).expect("a result");
        assert_eq!(drift.df, Some(2.0), "{name}");
        assert!(drift.p.expect("p").value() > 0.5, "{name}: {:?}", drift.p);
        assert_eq!(drift.effect, 0.0, "{name}");
    }
}

#[test]
fn a_new_category_of_many_rows_shows_as_itself() {
    let table = categories(&[500, 500, 0], &[450, 450, 100], false);
    let drift = on_categories("chi_square", &table).expect("a result");
    assert_eq!((drift.df, drift.notes.len()), (Some(2.0), 0));
    assert!(drift.effect > 0.2 && drift.p.expect("p").value() < 1e-20);
}

#[test]
fn rows_of_categories_without_a_name_join_the_sparse_ones() {
    let table = Categories { lumped: (0, 3), ..categories(&[500, 490, 4], &[500, 490, 2], false) };
    let drift = on_categories("chi_square", &table).expect("a result");
    // 4 : 5 of the rest and the sparse one expect 4.5 rows, so the next smallest joins
    assert_eq!((drift.df, drift.n, drift.m), (Some(1.0), 994, 995));
    assert_eq!(
        drift.notes,
        ["2 sparse categories and those beyond the ones kept by name were tested as one: 2 are left"]
    );
    // a column of two named categories and a rest has not exactly two values
    let two = Categories { lumped: (0, 3), ..categories(&[500, 500], &[500, 500], false) };
    assert_eq!(on_categories("fisher", &two).expect_err("three").code, "not_two_categories");
}

#[test]
fn categories_that_were_named_for_their_luck_do_not_stand_for_themselves() {
    // of many categories those with 20 rows or more in the baseline were named
    let rows = |first: u64, each: u64| -> Vec<u64> { [first].into_iter().chain([each; 200]).collect() };
    let named = categories(&rows(5_000, 20), &rows(5_000, 10), false);
    assert!(on_categories("chi_square", &named).expect("a result").p.expect("p").value() < 1e-6);
    let with_tail = Categories { lumped: (1_000, 3_000), ..named.clone() };
    let drift = on_categories("chi_square", &with_tail).expect("a result");
    assert_eq!((drift.df, drift.p.expect("p").value()), (Some(1.0), 1.0));
    assert_eq!(on_categories("vanished", &Categories { lumped: (90, 0), ..named }).expect("a result").effect, 0.01);
}

#[test]
fn p_of_binned_tests_on_categories_is_that_of_the_categories() {
    let table = long_tails();
    let missing = Missing { n: table.n, base: 0, m: table.m, live: 0 };
    let bins = top_categories(&table, &missing);
    let sides =
        |categories| Comparison { kind: ColumnKind::Categorical, ranks: None, bins: &bins, categories, missing };
    let of_categories = on_categories("chi_square", &table).expect("a result");
    for name in ["psi", "kl", "jensen_shannon", "hellinger", "total_variation", "l_infinity"] {
        let drift = test(name).compare(&sides(Some(&table))).expect(name);
        assert_eq!((drift.p, drift.df), (of_categories.p, of_categories.df), "{name}");
        assert_eq!(drift.p_from, "chi-square homogeneity of the categories", "{name}");
        // the bins hold the commonest of the baseline's rare ones, and all unseen rows in one
        let of_bins = test(name).compare(&sides(None)).expect(name);
        assert!(of_bins.p.expect("p").value() < 1e-6, "{name}");
        assert_eq!(drift.effect, of_bins.effect, "{name}");
    }
    // nothing to compare is no pass
    let unique = categories(&[1, 1, 1, 0, 0], &[0, 0, 0, 1, 1], false);
    let bins = top_categories(&unique, &Missing { n: 3, base: 0, m: 2, live: 0 });
    let sides = Comparison { bins: &bins, ..sides(Some(&unique)) };
    assert_eq!(test("psi").compare(&sides).expect_err("sparse").code, "too_sparse");
}

#[test]
fn a_baseline_that_missed_much_makes_unseen_rows_less_surprising() {
    let p = |doubletons| {
        let table =
            Categories { unseen: Some(40), singletons: 50, doubletons, n: 5_000, m: 2_000, ..Categories::default() };
        on_categories("unseen", &table).expect("a result").p.expect("p").value()
    };
    assert!(p(0) < p(30) && p(30) < p(300), "{} {} {}", p(0), p(30), p(300));
    // a few rows that a large baseline should have held are no accident
    let new = Categories { unseen: Some(3), n: 100_000, m: 500, ..Categories::default() };
    assert!(on_categories("unseen", &new).expect("a result").p.expect("p").value() < 1e-5);
}
