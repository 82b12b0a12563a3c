//! Outcomes and effects as the text that stands in the tables.

use assay_core::verdict::Outcome;

/// The word of an outcome.
pub(crate) fn outcome(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Pass => "pass",
        Outcome::Skipped => "skipped",
        Outcome::Warn => "warn",
        Outcome::Fail => "fail",
        Outcome::Error => "error",
    }
}

/// The outcome of a word.
pub(crate) fn read_outcome(text: &str) -> Option<Outcome> {
    Some(match text {
        "pass" => Outcome::Pass,
        "skipped" => Outcome::Skipped,
        "warn" => Outcome::Warn,
        "fail" => Outcome::Fail,
        "error" => Outcome::Error,
        _ => return None,
    })
}

/// Effects as JSON, `[["psi","0.41"]]`: numbers are text, because JSON has no infinities and its readers round.
pub(crate) fn effects(effects: &[(String, f64)]) -> String {
    let pairs: Vec<(&str, String)> = effects.iter().map(|(test, effect)| (test.as_str(), effect.to_string())).collect();
    serde_json::to_string(&pairs).expect("texts are always JSON")
}

/// The effects of a JSON text, to the bit (of NaN only that it is NaN).
pub(crate) fn read_effects(text: &str) -> Option<Vec<(String, f64)>> {
    let pairs: Vec<(String, String)> = serde_json::from_str(text).ok()?;
    pairs.into_iter().map(|(test, effect)| effect.parse().ok().map(|effect| (test, effect))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn effects_come_back_to_the_bit() {
        let values = [0.1 + 0.2, 1e-310, -0.0, f64::MAX, f64::INFINITY, f64::NEG_INFINITY, 0.602_311_7];
        let before: Vec<(String, f64)> = values.iter().map(|value| ("a \"b\" \n".to_string(), *value)).collect();
        let after = read_effects(&effects(&before)).expect("what was written is readable");
        let bits = |effects: &[(String, f64)]| effects.iter().map(|(_, value)| value.to_bits()).collect::<Vec<_>>();
        assert_eq!(bits(&before), bits(&after));
        assert_eq!(before[0].0, after[0].0);
        assert!(read_effects(&effects(&[("w1".into(), f64::NAN)])).is_some_and(|read| read[0].1.is_nan()));
        assert_eq!(read_effects("[[\"psi\",\"much\"]]"), None);
    }

    #[test]
    fn every_outcome_has_its_word() {
        for value in [Outcome::Pass, Outcome::Skipped, Outcome::Warn, Outcome::Fail, Outcome::Error] {
            assert_eq!(read_outcome(outcome(value)), Some(value));
        }
        assert_eq!(read_outcome("good"), None);
    }
}
