//! `scheduler`: what the daemon runs at once, and what it catches up on.

use assay_core::node::Node;
use assay_core::ops::Millis;
use assay_core::ops::settings::{Catchup, SchedulerSettings};
use serde_json::{Value, json};

use super::loading::Loading;
use crate::read;
use crate::schedule::LONGEST_RUN;
use crate::schema::{closed, length};

const KEYS: &[&str] = &["concurrency", "per_connection", "timeout", "catchup", "catchup_window", "jitter"];
const MOST_RUNS: u64 = 1_024;
const DAY: i64 = 86_400;
const FARTHEST_CATCHUP: i64 = 366 * DAY;

pub(super) fn read(loading: &mut Loading<'_>, node: &Node) {
    let (settings, problems) = (&mut loading.project.scheduler, &mut loading.problems);
    for (key, value) in read::map(node, "scheduler", problems).unwrap_or_default() {
        let name = key.text.as_str();
        let what = format!("scheduler.{name}");
        let runs = |problems: &mut _| {
            read::number(value, &what, 1..=MOST_RUNS, problems).and_then(|number| usize::try_from(number).ok())
        };
        let millis = |range, problems: &mut _| read::seconds_of(value, &what, range, problems).map(|s| s * 1_000);
        match name {
            "concurrency" => settings.concurrency = runs(problems).unwrap_or(settings.concurrency),
            "per_connection" => settings.per_connection = runs(problems).unwrap_or(settings.per_connection),
            "timeout" => settings.timeout = millis(1..=LONGEST_RUN, problems).unwrap_or(settings.timeout),
            "catchup" => {
                settings.catchup = match read::word(value, &what, &["latest", "all", "none"], problems) {
                    Some("latest") => Catchup::Latest,
                    Some("all") => Catchup::All,
                    Some(_) => Catchup::None,
                    None => settings.catchup,
                }
            }
            "catchup_window" => {
                let found = millis(1..=FARTHEST_CATCHUP, problems);
                settings.catchup_window = found.unwrap_or(settings.catchup_window);
            }
            "jitter" => settings.jitter = millis(0..=DAY, problems).unwrap_or(settings.jitter),
            _ => problems.push(read::unknown_key(key, "in `scheduler`", KEYS)),
        }
    }
}

pub(crate) fn schema() -> Value {
    let usual = SchedulerSettings::default();
    let runs = |about: &str, usual: usize| {
        let about = format!("{about}; by default {usual}");
        json!({"type": "integer", "minimum": 1, "maximum": MOST_RUNS, "description": about})
    };
    let time = |about: &str, usual: Millis| length(&format!("{about}; by default {}", read::length(usual / 1_000)));
    closed(json!({
        "concurrency": runs("runs at once, of one daemon", usual.concurrency),
        "per_connection": runs("runs at once that read from the same source, of all daemons", usual.per_connection),
        "timeout": time("after which a run is cancelled, unless its schedule says another", usual.timeout),
        "catchup": {
            "enum": ["latest", "all", "none"],
            "description": "which of the runs that were missed are made up for; by default latest",
        },
        "catchup_window": time("how far back", usual.catchup_window),
        "jitter": time("by how much runs of one time are spread, unless their schedule says another", usual.jitter),
    }))
}
