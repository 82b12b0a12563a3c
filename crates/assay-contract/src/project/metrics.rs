//! `metrics`: what the daemon tells Prometheus.

use assay_core::node::Node;
use assay_core::ops::settings::{Detail, MetricsSettings};
use serde_json::{Value, json};

use super::loading::Loading;
use crate::read;
use crate::schema::closed;

/// Fewer would not even hold what is never left out.
const FEWEST_SERIES: u64 = 100;
const MOST_SERIES: u64 = 10_000_000;

pub(super) fn read(loading: &mut Loading<'_>, node: &Node) {
    let (settings, problems) = (&mut loading.project.metrics, &mut loading.problems);
    for (key, value) in read::map(node, "metrics", problems).unwrap_or_default() {
        match key.text.as_str() {
            "detail" => {
                settings.detail = match read::word(value, "metrics.detail", &["check", "contract", "off"], problems) {
                    Some("check") => Detail::Check,
                    Some("contract") => Detail::Contract,
                    Some(_) => Detail::Off,
                    None => settings.detail,
                }
            }
            "max_series" => {
                let found = read::number(value, "metrics.max_series", FEWEST_SERIES..=MOST_SERIES, problems);
                settings.max_series = found.unwrap_or(settings.max_series);
            }
            _ => problems.push(read::unknown_key(key, "in `metrics`", &["detail", "max_series"])),
        }
    }
}

pub(crate) fn schema() -> Value {
    closed(json!({
        "detail": {
            "enum": ["check", "contract", "off"],
            "description": "series of every check, the worst of each contract and monitor, or none of them",
        },
        "max_series": {
            "type": "integer", "minimum": FEWEST_SERIES, "maximum": MOST_SERIES,
            "description": format!("series before detail falls; by default {}", MetricsSettings::default().max_series),
        },
    }))
}
