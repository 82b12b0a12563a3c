//! Labels of an incident that is only thought of: `contract=gold.revenue,severity=fail`.

use assay_core::ops::silences::MatchOp;
use assay_notify::LABELS;
use assay_notify::matchers::parse_all;

use crate::failure::Failure;

/// Labels with their values, `tag` once for each tag.
pub(crate) type Labels = Vec<(String, String)>;

/// Labels with one value each; only `tag` may have several.
const MANY: &str = "tag";

/// Reads labels. What every incident has and is not given is as it mostly is: it fails.
pub(crate) fn read(text: &str) -> Result<Labels, Failure> {
    let wrong = |why: String| {
        let hint = "as in `contract=gold.revenue,severity=fail,layer=gold`";
        Failure::usage(format!("`{text}` is no list of labels: {why}"), hint)
    };
    let matchers = parse_all(text).map_err(|why| wrong(why.to_string()))?;
    let mut labels = Labels::new();
    for matcher in matchers {
        if matcher.op != MatchOp::Is {
            return Err(wrong(format!("an incident has values, so `{}` is followed by `=`", matcher.label)));
        }
        if matcher.label != MANY && labels.iter().any(|(label, _)| *label == matcher.label) {
            return Err(wrong(format!("`{}` is there twice", matcher.label)));
        }
        labels.push((matcher.label, matcher.value));
    }
    for (label, values) in [("severity", &["warn", "fail"][..]), ("outcome", &["warn", "fail", "error"])] {
        let given = labels.iter().find(|(name, _)| name == label);
        if let Some((_, value)) = given.filter(|(_, value)| !values.contains(&value.as_str())) {
            return Err(wrong(format!("`{label}` is {}, not `{value}`", values.join(" or "))));
        }
    }
    let has = |labels: &Labels, name: &str| labels.iter().any(|(label, _)| label == name);
    if has(&labels, "contract") && has(&labels, "monitor") {
        return Err(wrong("an incident is of a contract or of a monitor".into()));
    }
    if !has(&labels, "severity") {
        labels.push(("severity".into(), severity(&labels).into()));
    }
    if !has(&labels, "outcome") {
        let outcome = labels.iter().find(|(label, _)| label == "severity").map(|(_, value)| value.clone());
        labels.push(("outcome".into(), outcome.unwrap_or_default()));
    }
    // in the order in which incidents have theirs
    labels.sort_by_key(|(label, _)| LABELS.iter().position(|known| known == label));
    Ok(labels)
}

/// How bad an incident with this outcome is, where that is not said.
fn severity(labels: &Labels) -> &'static str {
    let warns = labels.iter().any(|(label, value)| label == "outcome" && value == "warn");
    if warns { "warn" } else { "fail" }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> String {
        let labels = read(text).unwrap_or_else(|why| panic!("{text}: {}", why.message()));
        labels.iter().map(|(label, value)| format!("{label}={value}")).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn what_every_incident_has_is_filled_in() {
        assert_eq!(shown("layer=gold,contract=gold.x"), "contract=gold.x layer=gold severity=fail outcome=fail");
        assert_eq!(shown("outcome=warn"), "severity=warn outcome=warn");
        assert_eq!(shown("outcome=error,severity=warn"), "severity=warn outcome=error");
        assert_eq!(shown("tag=pii,tag=eu,monitor=m"), "monitor=m severity=fail outcome=fail tag=pii tag=eu");
    }

    #[test]
    fn what_no_incident_has_is_refused() {
        for wrong in [
            "",
            "gold",
            "layer!=gold",
            "layer=~\"g.*\"",
            "colour=red",
            "layer=a,layer=b",
            "severity=high",
            "outcome=pass",
            "contract=a,monitor=b",
            "layer=gold,",
        ] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
    }
}
