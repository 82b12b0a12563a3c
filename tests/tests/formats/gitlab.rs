//! GitLab's code quality report, held against what its documentation says of each key.

use std::collections::BTreeSet;

use assay_report::{Ran, Report};
use serde_json::{Map, Value};

use crate::consumers::{cases, hostile_runs, rendered};

fn assert_valid(name: &str, text: &str) {
    assert!(!text.starts_with('\u{feff}'), "{name}: no byte order mark");
    let Ok(Value::Array(violations)) = serde_json::from_str(text) else { panic!("{name}: no list") };
    let mut fingerprints = BTreeSet::new();
    for violation in &violations {
        let object = |value: &Value| value.as_object().cloned().unwrap_or_default();
        let keys = |map: &Map<String, Value>| map.keys().cloned().collect::<Vec<_>>();
        let found = object(violation);
        assert_eq!(keys(&found), ["description", "check_name", "fingerprint", "severity", "location"], "{name}");
        assert_eq!(keys(&object(&found["location"])), ["path", "lines"], "{name}");
        assert_eq!(keys(&object(&found["location"]["lines"])), ["begin"], "{name}");
        for key in ["description", "check_name"] {
            assert!(found[key].as_str().is_some_and(|text| !text.is_empty()), "{name}: {violation}");
        }
        let fingerprint = found["fingerprint"].as_str().expect("a text");
        assert!(fingerprint.len() == 64 && fingerprint.bytes().all(|byte| byte.is_ascii_hexdigit()));
        assert!(fingerprints.insert(fingerprint.to_owned()), "{name}: {violation}");
        let severity = found["severity"].as_str().expect("a text");
        assert!(["info", "minor", "major", "critical", "blocker"].contains(&severity), "{name}: {severity}");
        assert!(found["location"]["lines"]["begin"].as_u64().is_some_and(|line| line >= 1), "{name}");
        let path = found["location"]["path"].as_str().expect("a text");
        assert!(!path.is_empty() && !path.starts_with("./"), "{name}: {path}");
    }
}

#[test]
fn every_report_is_as_documented() {
    for case in cases() {
        assert_valid(case.name, &rendered("gitlab", &case.report()));
    }
    for (text, run) in hostile_runs() {
        assert_valid(&text, &rendered("gitlab", &Report::Ran(Ran::new(&run))));
    }
}

#[test]
fn what_breaks_is_major_or_worse_exactly_where_the_exit_code_says_so() {
    for case in cases() {
        let text = rendered("gitlab", &case.report());
        let violations: Vec<Value> = serde_json::from_str(&text).expect("JSON");
        let severe = |violation: &Value| !["info", "minor"].map(Value::from).contains(&violation["severity"]);
        assert_eq!(violations.iter().any(severe), case.report().exit_code() != 0, "{}", case.name);
    }
}
