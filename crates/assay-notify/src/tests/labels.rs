use assay_core::ops::runs::Kind;
use assay_core::ops::silences::Silence;
use assay_core::verdict::{Outcome, Severity};

use super::support::{Kept, segmented, window};
use crate::matchers::parse_all;
use crate::{About, labels, silenced};

fn shown(labels: &[(String, String)]) -> Vec<String> {
    labels.iter().map(|(label, value)| format!("{label}={value}")).collect()
}

#[test]
fn a_contracts_incident_is_known_by_what_it_has() {
    let mut kept = Kept::default();
    kept.one(1, Outcome::Warn);
    let tags = ["gdpr".to_owned(), "pii".to_owned()];
    let about = About { kind: Kind::Contract, tags: &tags, model: None, severity: None };
    assert_eq!(
        shown(&labels(&about, &kept.incidents[0])),
        [
            "contract=silver.orders",
            "check=amount.range",
            "column=amount",
            "layer=silver",
            "owner=orders@shop.example",
            "severity=warn",
            "outcome=warn",
            "tag=gdpr",
            "tag=pii",
        ]
    );
}

#[test]
fn a_monitors_incident_names_model_and_segment() {
    let mut kept = Kept::default();
    kept.run(1, vec![window(3, false, vec![segmented("fare", Outcome::Pass, &[("7", Outcome::Fail)])])]);
    let about = About { kind: Kind::Monitor, tags: &[], model: Some("fare_eta"), severity: None };
    let labels = shown(&labels(&about, &kept.incidents[0]));
    for label in ["monitor=silver.orders", "check=drift", "segment=city_id=7", "model=fare_eta", "severity=fail"] {
        assert!(labels.iter().any(|has| has == label), "{label} in {labels:?}");
    }
}

#[test]
fn an_error_has_the_severity_of_its_check() {
    let mut kept = Kept::default();
    kept.one(1, Outcome::Error);
    for (severity, expected) in
        [(Some(Severity::Warn), "severity=warn"), (Some(Severity::Fail), "severity=fail"), (None, "severity=fail")]
    {
        let about = About { kind: Kind::Contract, tags: &[], model: None, severity };
        let labels = shown(&labels(&about, &kept.incidents[0]));
        assert!(labels.contains(&expected.to_owned()) && labels.contains(&"outcome=error".to_owned()));
    }
}

fn silence(id: &str, matchers: &str, starts_at: i64, ends_at: i64) -> Silence {
    Silence {
        id: id.into(),
        matchers: parse_all(matchers).expect("matchers"),
        starts_at,
        ends_at,
        created_by: "mia".into(),
        created_at: 0,
        comment: String::new(),
        ended_by: None,
    }
}

#[test]
fn a_silence_holds_while_it_is_in_force_and_all_of_it_matches() {
    let labels = [("contract".to_owned(), "silver.orders".to_owned()), ("severity".to_owned(), "fail".to_owned())];
    let silences = [
        silence("s-1", "contract=silver.orders, severity=fail", 10, 20),
        silence("s-2", "contract=silver.orders", 10, 30),
        silence("s-3", "contract=silver.orders, severity=warn", 0, 99),
        Silence { matchers: vec![], ..silence("s-4", "contract=x", 0, 99) },
    ];
    let found = |now| silenced(&labels, &silences, now).map(|silence| silence.id.as_str());
    assert_eq!(found(9), None);
    assert_eq!(found(10), Some("s-2"), "the one that ends last");
    assert_eq!(found(29), Some("s-2"));
    assert_eq!(found(30), None);
}

#[test]
fn a_silence_that_cannot_be_evaluated_silences_nothing() {
    let labels = [("contract".to_owned(), "silver.orders".to_owned())];
    let mut broken = silence("s-1", "contract=silver.orders, owner!~x", 0, 99);
    assert!(silenced(&labels, std::slice::from_ref(&broken), 5).is_some());
    broken.matchers[1].value = "(".into();
    assert_eq!(silenced(&labels, &[broken], 5), None);
}
