//! Whether the model is to be trained again: the monitor's rule over the confirmed outcomes of a window makes a
//! proposal, at most one within the cooldown. A proposal is known by a key that is the same for the same model, window,
//! baseline and rule, so that nothing is asked for twice.

use assay_core::drift::monitor::{Monitor, Retrain, RetrainRule};
use assay_core::drift::record::{MonitorRecord, Ranked, RetrainRecord};
use assay_core::drift::store::Proposal;
use assay_core::run::CheckRecord;
use assay_core::verdict::Outcome;
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use crate::duration;
use crate::monitor::windows::LiveWindow;

/// Seconds after which a proposal that nobody decided expires: 7 days.
pub const EXPIRES_AFTER: i64 = 7 * 86_400;

/// What a window means for training the model again.
pub(super) struct Decision {
    pub record: RetrainRecord,
    /// New, or none.
    pub proposal: Option<Proposal>,
}

/// How a check ended, as far as a rule asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Known {
    pub id: String,
    pub outcome: Outcome,
    /// Whether it was bad for long enough to count.
    pub confirmed: bool,
}

/// What a decision is made from.
pub(super) struct Situation<'a> {
    pub monitor: &'a Monitor,
    pub window: &'a LiveWindow,
    /// The baseline's hash.
    pub baseline: &'a str,
    /// The checks that were judged now.
    pub checks: &'a [CheckRecord],
    /// Checks of the window that were judged before.
    pub earlier: &'a [Known],
    pub record: &'a MonitorRecord,
    /// Proposals of this monitor, in any order.
    pub proposals: &'a [Proposal],
    /// Seconds since 1970-01-01T00:00:00Z.
    pub now: i64,
}

/// Applies the rule; `None` where there is none or it does not hold.
pub(super) fn decide(at: &Situation<'_>) -> Option<Decision> {
    let retrain = at.monitor.retrain.as_ref()?;
    let judged = at.checks.iter().map(|check| Known {
        id: check.id.clone(),
        outcome: check.verdict.outcome,
        confirmed: !check.is_pending(),
    });
    let known: Vec<Known> = judged.chain(at.earlier.iter().cloned()).collect();
    if !holds(&retrain.when, &known) {
        return None;
    }
    let key = idempotency_key(at.monitor, &at.window.name, at.baseline, &retrain.text);
    let own = || at.proposals.iter().filter(|proposal| proposal.monitor == at.monitor.name);
    if let Some(known) = own().find(|proposal| proposal.idempotency_key == key) {
        let text = format!("this window was proposed before: {} is {}", known.id, known.state);
        return Some(told(&known.id, &known.state, key, text));
    }
    let newest = own().max_by(|a, b| (a.proposed_at, &a.id).cmp(&(b.proposed_at, &b.id)));
    let since = |proposal: &Proposal| at.now.saturating_sub(proposal.proposed_at);
    if let Some(newest) = newest.filter(|newest| since(newest) < retrain.cooldown_seconds) {
        let cooldown = duration::show(retrain.cooldown_seconds);
        let text = format!("no new proposal within {cooldown} of {}, which is {}", newest.id, newest.state);
        return Some(told(&newest.id, "cooldown", key, text));
    }
    Some(proposed(at, retrain, key))
}

fn told(id: &str, state: &str, key: String, text: String) -> Decision {
    let record = RetrainRecord { id: id.to_owned(), state: state.to_owned(), idempotency_key: key, text };
    Decision { record, proposal: None }
}

fn proposed(at: &Situation<'_>, retrain: &Retrain, key: String) -> Decision {
    let id = format!("rt-{}", &key[..12]);
    let state = if retrain.manual { "proposed" } else { "approved" };
    let text = match retrain.manual {
        true => format!("because {}: `assay model retrain approve {id}`", retrain.text),
        false => format!("at once because {}: {id}", retrain.text),
    };
    let proposal = Proposal {
        id: id.clone(),
        monitor: at.monitor.name.clone(),
        window: at.window.name.clone(),
        idempotency_key: key.clone(),
        state: state.to_owned(),
        proposed_at: at.now,
        changed_at: at.now,
        note: None,
        payload: payload(at, retrain, &key).to_string(),
    };
    Decision { proposal: Some(proposal), ..told(&id, state, key, text) }
}

/// Whether the rule holds. A check counts once it is confirmed; one that is not there never does.
fn holds(rule: &RetrainRule, known: &[Known]) -> bool {
    match rule {
        RetrainRule::Is { check, warn } => known.iter().any(|found| {
            let bad = match found.outcome {
                Outcome::Fail => true,
                Outcome::Warn => *warn,
                Outcome::Pass | Outcome::Skipped | Outcome::Error => false,
            };
            found.id == *check && bad && found.confirmed
        }),
        RetrainRule::And(rules) => rules.iter().all(|rule| holds(rule, known)),
        RetrainRule::Or(rules) => rules.iter().any(|rule| holds(rule, known)),
        RetrainRule::Not(rule) => !holds(rule, known),
    }
}

/// SHA-256 over model, window, baseline and rule, each with its length before it, hex.
pub fn idempotency_key(monitor: &Monitor, window: &str, baseline: &str, rule: &str) -> String {
    let (name, version) = model(monitor);
    let mut hash = Sha256::new();
    for part in [name, version, window, baseline, rule] {
        hash.update((part.len() as u64).to_le_bytes());
        hash.update(part);
    }
    hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The model's name and version; a monitor without one stands for it.
fn model(monitor: &Monitor) -> (&str, &str) {
    monitor.model.as_ref().map_or((monitor.name.as_str(), ""), |(name, version)| (name, version))
}

fn payload(at: &Situation<'_>, retrain: &Retrain, key: &str) -> Value {
    let (name, version) = model(at.monitor);
    let is_bad = |outcome: Outcome| matches!(outcome, Outcome::Warn | Outcome::Fail);
    let ranked = |ranked: &Ranked| {
        json!({
            "column": ranked.column,
            "contribution": ranked.contribution,
            "outcome": ranked.outcome,
            "moved": ranked.moved,
        })
    };
    // of columns that were judged before the labels came, the outcome is all that is left
    let earlier =
        |known: &Known| known.id.strip_prefix("drift.").map(|c| json!({"column": c, "outcome": known.outcome}));
    let mut features: Vec<Value> =
        at.record.ranking.iter().filter(|column| is_bad(column.outcome)).map(ranked).collect();
    features.extend(at.earlier.iter().filter(|known| is_bad(known.outcome)).filter_map(earlier));
    let mut performance = Map::new();
    for check in at.checks.iter().filter(|check| check.check == "performance") {
        let value = check.drift.as_ref().and_then(|drift| drift.tests.first()).and_then(|test| test.statistic);
        let metric = check.id.trim_start_matches("performance.");
        performance.insert(metric.to_owned(), json!({"value": value, "outcome": check.verdict.outcome}));
    }
    let mut window = Map::new();
    window.insert("name".into(), json!(at.window.name));
    if let Some(civil) = &at.window.civil {
        window.insert("start".into(), json!(at.window.name));
        window.insert("end".into(), json!(civil.end_text));
    }
    json!({
        "monitor": at.monitor.name,
        "model": {"name": name, "version": version},
        "baseline": at.baseline,
        "window": window,
        "rule": retrain.text,
        "idempotency_key": key,
        "drifted": features,
        "performance": performance,
    })
}

/// Proposals that nobody decided within 7 days. `now` in seconds since 1970-01-01T00:00:00Z.
pub fn expire(proposals: &[Proposal], now: i64) -> Vec<&Proposal> {
    let waits = |proposal: &&Proposal| {
        proposal.state == "proposed" && now.saturating_sub(proposal.proposed_at) >= EXPIRES_AFTER
    };
    proposals.iter().filter(waits).collect()
}
