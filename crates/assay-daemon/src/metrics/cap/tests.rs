use std::collections::BTreeSet;

use super::*;
use crate::metrics::documents::Documents;
use crate::metrics::fixture;

fn settings(max_series: u64) -> MetricsSettings {
    MetricsSettings { detail: Detail::Check, max_series }
}

fn counts() -> Counts {
    let contract = Facts::new("silver.orders");
    let facts = fixture::facts("fare_eta", &fixture::monitor("fare_eta", 4), 1.0).expect("facts");
    let run = fixture::contract("silver.orders", 6);
    let table = fixture::facts("silver.orders", &run, 1.0).expect("facts");
    [contract, facts, table].iter().fold(Counts::default(), |sum, facts| sum.plus(&Counts::of(facts)))
}

#[test]
fn every_family_of_documents_falls_at_some_step_and_only_once() {
    let names = |step: &'static Step| match step {
        Step::Leave(names) => *names,
        Step::Worst => &[],
    };
    let left: Vec<&str> = STEPS.iter().flat_map(names).copied().collect();
    let once: BTreeSet<&str> = left.iter().copied().collect();
    assert_eq!(left.len(), once.len());
    assert_eq!(once, DOCUMENTS.iter().map(|family| family.name).collect());
}

#[test]
fn detail_falls_in_the_order_that_is_promised() {
    let [duration, observed, failed_rows, threshold, score] = [
        "assay_table_scan_duration_seconds",
        "assay_check_observed",
        "assay_check_failed_rows",
        "assay_drift_threshold",
        "assay_drift_score",
    ];
    let order = [duration, observed, failed_rows, threshold, score];
    for (at, _) in order.iter().enumerate() {
        let level = Level(at + 1);
        for family in DOCUMENTS {
            let gone = order[..=at].contains(&family.name);
            let told = if gone { Told::Nothing } else { Told::Detail };
            assert_eq!(level.told(family, Detail::Check), told, "{} at {at}", family.name);
        }
    }
    let checks: Vec<&Family> = DOCUMENTS.iter().filter(|family| family.has_worst()).collect();
    let names: Vec<&str> = checks.iter().map(|family| family.name).collect();
    assert_eq!(
        names,
        ["assay_check_success", "assay_check_error", "assay_check_last_run_timestamp_seconds"],
        "those that are told of a contract"
    );
    assert!(checks.iter().all(|family| Level(6).told(family, Detail::Check) == Told::Worst));
}

#[test]
fn the_cap_holds_whatever_it_is() {
    let counts = counts();
    let all = counts.at(Detail::Check, Level(0));
    let mut before = u64::MAX;
    for max in (0..all + 10).rev() {
        let level = Level(0).next(&counts, 3, settings(max));
        let told = counts.at(Detail::Check, level) + 3;
        assert!(told <= max.max(3), "{told} of {max}");
        assert!(told <= before);
        before = told;
    }
    assert_eq!(counts.at(Detail::Check, Level(STEPS.len())), 0);
}

#[test]
fn detail_comes_back_where_a_tenth_is_free() {
    let counts = counts();
    let all = counts.at(Detail::Check, Level(0));
    let fallen = Level(0).next(&counts, 0, settings(all - 1));
    assert_ne!(fallen, Level(0));
    assert_eq!(fallen.next(&counts, 0, settings(all)), fallen, "exactly at the limit it stays as it is");
    assert_eq!(fallen.next(&counts, 0, settings(all * 10 / 9)), fallen);
    assert_eq!(fallen.next(&counts, 0, settings(all * 10 / 9 + 2)), Level(0));
    assert_eq!(Level(0).next(&counts, 0, settings(all)), Level(0), "it is no reason to fall, either");
}

#[test]
fn detail_is_what_the_project_says() {
    let counts = counts();
    let [check, contract, off] =
        [Detail::Check, Detail::Contract, Detail::Off].map(|detail| counts.at(detail, Level::default()));
    assert!(check > contract && contract > 0 && off == 0, "{check} {contract} {off}");
    for family in DOCUMENTS {
        let told = Level(0).told(family, Detail::Contract);
        assert_ne!(told == Told::Detail, family.is_of_checks(), "{}", family.name);
    }
}

#[test]
fn documents_tell_what_is_left_out() {
    let mut documents = Documents::default();
    let mut project = fixture::project(&["a", "b"]);
    documents.follow(&project, 0);
    for name in ["a", "b"] {
        documents.put(name, fixture::known(name, &fixture::contract(name, 5), 1_000));
    }
    let (full, dropped) = documents.text(0);
    assert_eq!(dropped, 0);
    let series = full.lines().filter(|line| !line.starts_with('#')).count() as u64;
    project.metrics = settings(series - 1);
    project.digest.push('x');
    documents.follow(&project, 0);
    let (text, dropped) = documents.text(0);
    assert_eq!(dropped, 2, "the durations of two contracts");
    assert!(!text.contains("assay_table_scan_duration_seconds"), "{text}");
    assert!(text.contains("assay_check_observed{"));
    let (again, _) = documents.text(0);
    assert!(std::sync::Arc::ptr_eq(&text, &again), "it is written once");
    project.metrics = settings(1);
    project.digest.push('x');
    documents.follow(&project, 0);
    assert_eq!(documents.text(0), ("".into(), series));
}
