//! What must hold of the tests of bins and categories whatever the counts.

#[path = "golden/categories.rs"]
mod golden;

use golden::{categories, on_bins, on_categories, shown};
use proptest::prelude::*;

const DIVERGENCES: [&str; 6] = ["psi", "kl", "jensen_shannon", "hellinger", "total_variation", "l_infinity"];

/// Counts of both sides, neither of which is empty.
fn sides() -> impl Strategy<Value = (Vec<u64>, Vec<u64>)> {
    let count = prop_oneof![Just(0_u64), 1..10_u64, 10..2_000_u64];
    prop::collection::vec((count.clone(), count), 2..25)
        .prop_map(|counts| counts.into_iter().unzip())
        .prop_filter("rows on both sides", |(base, live): &(Vec<u64>, Vec<u64>)| {
            base.iter().sum::<u64>() > 0 && live.iter().sum::<u64>() > 0
        })
}

fn close(a: f64, b: f64) -> bool {
    (a - b).abs() <= 1e-10 * a.abs().max(b.abs()) || (a - b).abs() < 1e-15
}

proptest! {
    #[test]
    fn divergences_are_0_for_equal_sides_and_never_negative((base, live) in sides()) {
        for name in DIVERGENCES {
            prop_assert_eq!(on_bins(name, &base, &base).expect("a result").effect, 0.0, "{}", name);
            prop_assert!(on_bins(name, &base, &live).expect("a result").effect >= 0.0, "{}", name);
        }
        for name in ["jensen_shannon", "hellinger", "total_variation", "l_infinity"] {
            prop_assert!(on_bins(name, &base, &live).expect("a result").effect <= 1.0, "{}", name);
        }
    }

    #[test]
    fn all_but_kl_are_the_same_with_sides_exchanged((base, live) in sides()) {
        for name in DIVERGENCES.into_iter().filter(|&name| name != "kl") {
            let one = on_bins(name, &base, &live).expect("a result");
            let other = on_bins(name, &live, &base).expect("a result");
            prop_assert!(close(one.effect, other.effect), "{} {} {}", name, one.effect, other.effect);
            prop_assert!(close(one.p.expect("p").ln(), other.p.expect("p").ln()), "{}", name);
        }
    }

    #[test]
    fn psi_is_kl_in_both_directions((base, live) in sides()) {
        let kl = |a: &[u64], b: &[u64]| on_bins("kl", a, b).expect("a result").effect;
        let psi = on_bins("psi", &base, &live).expect("a result").effect;
        prop_assert!(close(psi, kl(&base, &live) + kl(&live, &base)));
    }

    #[test]
    fn bins_empty_on_both_sides_change_nothing((base, live) in sides(), at in 0_usize..25) {
        let with_empty = |counts: &[u64]| {
            let mut counts = counts.to_vec();
            counts.insert(at.min(counts.len()), 0);
            counts
        };
        for name in DIVERGENCES {
            let plain = on_bins(name, &base, &live);
            prop_assert_eq!(plain, on_bins(name, &with_empty(&base), &with_empty(&live)), "{}", name);
        }
    }

    #[test]
    fn the_raw_equal_weight_v_does_not_depend_on_the_ratio_of_rows(
        // well filled, so that nothing is merged at any ratio
        counts in prop::collection::vec((200_u64..2_000, 200_u64..2_000), 2..25),
        factor in 1_u64..1_000,
    ) {
        let (base, live): (Vec<u64>, Vec<u64>) = counts.into_iter().unzip();
        let many: Vec<u64> = live.iter().map(|count| count * factor).collect();
        let of = |live: &[u64]| on_categories("chi_square", &categories(&base, live, false)).expect("a result");
        let (plain, scaled) = (of(&live), of(&many));
        prop_assert!(close(shown(&plain, "equal_weight_v"), shown(&scaled, "equal_weight_v")));
        prop_assert!(shown(&scaled, "classical_v") <= shown(&scaled, "equal_weight_v") * (1.0 + 1e-10) * 2.0_f64.sqrt());
        // less bias is removed from more rows
        prop_assert!(scaled.effect >= plain.effect * (1.0 - 1e-10));
        prop_assert!(scaled.effect <= 1.0);
    }

    #[test]
    fn fisher_and_chi_square_agree_on_well_filled_tables(a in 2_000_u64..9_000, b in 2_000_u64..9_000) {
        let table = categories(&[a, 10_000 - a], &[b, 10_000 - b], false);
        let exact = on_categories("fisher", &table).expect("a result").p.expect("p").ln();
        let law = on_categories("chi_square", &table).expect("a result").p.expect("p").ln();
        prop_assert!((exact - law).abs() <= 0.1 + 0.05 * law.abs() + 1e-4 * law * law, "{exact} {law}");
    }

    #[test]
    fn fisher_is_the_same_with_sides_or_values_exchanged(
        a in 0_u64..400, b in 0_u64..400, c in 0_u64..400, d in 0_u64..400,
    ) {
        prop_assume!(a + b > 0 && c + d > 0 && a + c > 0 && b + d > 0);
        let ln_p = |base: [u64; 2], live: [u64; 2]| {
            on_categories("fisher", &categories(&base, &live, false)).expect("a result").p.expect("p").ln()
        };
        let plain = ln_p([a, b], [c, d]);
        prop_assert!((plain - ln_p([c, d], [a, b])).abs() < 1e-9);
        prop_assert!((plain - ln_p([b, a], [d, c])).abs() < 1e-9);
        prop_assert!((plain - ln_p([a, c], [b, d])).abs() < 1e-9);
    }
}
