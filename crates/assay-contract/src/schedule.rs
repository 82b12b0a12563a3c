//! `schedule`, `produced_by` and `depends_on`, which contracts and monitors share.

use assay_core::contract::Dependency;
use assay_core::node::{Node, NodeKind};
use assay_core::paths::PathPattern;
use assay_core::problem::{Place, Problem, Span};
use assay_core::schedule::{Cron, Priority, Schedule};

use crate::read;

const KEYS: &[&str] = &["cron", "timezone", "jitter", "priority", "timeout"];
/// A day is the longest time between two runs that spreading them makes sense for.
const MOST_JITTER: i64 = 86_400;
/// A run that takes longer than a week is not going to end.
pub(crate) const LONGEST_RUN: i64 = 7 * 86_400;
/// Code that makes one table is named by a few patterns.
const MOST_PATHS: usize = 100;
/// What feeds one table is a few tables.
const MOST_DEPENDENCIES: usize = 100;

/// The schedule of a node, where it is one.
pub fn schedule(node: &Node) -> Option<Schedule> {
    read(node, &mut Vec::new())
}

/// Reads `"*/15 * * * *"` or `{cron, timezone, jitter, priority, timeout}`.
pub(crate) fn read(node: &Node, problems: &mut Vec<Problem>) -> Option<Schedule> {
    match &node.kind {
        NodeKind::Scalar { .. } => {
            let (text, cron) = cron(node, "schedule", problems)?;
            Some(Schedule {
                text,
                cron,
                timezone: None,
                jitter_seconds: None,
                priority: Priority::default(),
                timeout_seconds: None,
            })
        }
        NodeKind::Map(entries) => {
            let unknown = entries.iter().filter(|(key, _)| !KEYS.contains(&key.text.as_str()));
            let before = problems.len();
            problems.extend(unknown.map(|(key, _)| read::unknown_key(key, "in `schedule`", KEYS)));
            let Some(written) = node.get("cron") else {
                if problems.len() == before {
                    let example = "as in `schedule: {cron: \"0 6 * * *\", timezone: Europe/Berlin}`";
                    problems.push(Problem::at(node.span, "`schedule` has no `cron`").hint(example));
                }
                return None;
            };
            let cron = cron(written, "cron", problems);
            let timezone = node.get("timezone").map(|node| read::timezone(node, problems));
            let jitter = node.get("jitter").and_then(|node| jitter(node, problems));
            let priority = node.get("priority").map_or(Priority::default(), |node| priority(node, problems));
            let timeout = node.get("timeout");
            let timeout = timeout.and_then(|node| read::seconds_of(node, "timeout", 1..=LONGEST_RUN, problems));
            let (text, cron) = cron?;
            Some(Schedule {
                text,
                cron,
                timezone: timezone.flatten(),
                jitter_seconds: jitter,
                priority,
                timeout_seconds: timeout,
            })
        }
        NodeKind::Seq(_) => {
            let problem = Problem::at(node.span, "`schedule` is a text or a mapping, not a list");
            problems.push(problem.hint("as in `schedule: \"0 6 * * *\"`; two times are `\"0 6,18 * * *\"`"));
            None
        }
    }
}

fn cron(node: &Node, what: &str, problems: &mut Vec<Problem>) -> Option<(String, Cron)> {
    let text = read::text(node, what, problems)?;
    match Cron::parse(&text) {
        Ok(cron) => Some((text, cron)),
        Err(fault) => {
            problems.push(Problem::at(node.span, fault.message).hint(fault.hint));
            None
        }
    }
}

fn jitter(node: &Node, problems: &mut Vec<Problem>) -> Option<i64> {
    let seconds = read::seconds(node, "jitter", problems)?;
    if seconds > MOST_JITTER {
        let problem = Problem::at(node.span, format!("`jitter` is at most a day, not {}", node.describe()));
        problems.push(problem.hint("it spreads runs that are due at one time: `30s`"));
        return None;
    }
    Some(seconds)
}

fn priority(node: &Node, problems: &mut Vec<Problem>) -> Priority {
    match read::word(node, "priority", &["high", "normal", "low"], problems) {
        Some("high") => Priority::High,
        Some("low") => Priority::Low,
        _ => Priority::Normal,
    }
}

/// Reads `depends_on` of the document `own`; `place` tells where a span is.
pub(crate) fn depends_on(
    node: &Node,
    own: &str,
    place: &dyn Fn(Span) -> Place,
    problems: &mut Vec<Problem>,
) -> Vec<Dependency> {
    let mut found: Vec<Dependency> = Vec::new();
    for item in read::list(node, "depends_on", problems).unwrap_or_default() {
        if read::enough(problems) {
            break;
        }
        if found.len() >= MOST_DEPENDENCIES {
            let problem = Problem::at(item.span, format!("`depends_on` has more than {MOST_DEPENDENCIES} items"));
            problems.push(problem.hint("name what it is made of directly, not what that is made of"));
            break;
        }
        let Some(name) = read::text(item, "each item of `depends_on`", problems) else { continue };
        let refused = if name.trim().is_empty() {
            Some(("an item of `depends_on` is empty".to_owned(), "name a table or a monitor: `[silver.orders]`"))
        } else if name == own {
            let message = format!("`depends_on` names the document itself: `{}`", crate::yaml::shorten(&name));
            Some((message, "name what has to run before it"))
        } else if found.iter().any(|known| known.name == name) {
            let message = format!("`depends_on` names a document twice: `{}`", crate::yaml::shorten(&name));
            Some((message, "remove one of them"))
        } else {
            None
        };
        match refused {
            Some((message, hint)) => problems.push(Problem::at(item.span, message).hint(hint)),
            None => found.push(Dependency { name, at: place(item.span) }),
        }
    }
    found
}

/// Reads `produced_by`.
pub(crate) fn produced_by(node: &Node, problems: &mut Vec<Problem>) -> Vec<PathPattern> {
    let mut patterns: Vec<PathPattern> = Vec::new();
    for item in read::list(node, "produced_by", problems).unwrap_or_default() {
        if patterns.len() >= MOST_PATHS {
            let problem = Problem::at(item.span, format!("`produced_by` has more than {MOST_PATHS} items"));
            problems.push(problem.hint("name folders: `dags/orders/**`"));
            break;
        }
        let Some(text) = read::text(item, "each item of `produced_by`", problems) else { continue };
        match PathPattern::parse(&text) {
            Ok(pattern) => patterns.push(pattern),
            Err(why) => {
                let (message, hint) = why.split_once("\nhint: ").unwrap_or((&why, "as in `dags/orders/**`"));
                problems.push(Problem::at(item.span, message).hint(hint));
            }
        }
        if read::enough(problems) {
            break;
        }
    }
    patterns
}
