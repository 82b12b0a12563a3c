//! Proposals to train a model again.

use assay_core::drift::monitor::{Monitor, Retrain, RetrainRule};
use assay_core::drift::store::{Proposal, WindowRow};
use assay_core::verdict::Outcome;

use super::support::*;
use crate::monitor::retrain::idempotency_key;
use crate::monitor::{EXPIRES_AFTER, Judged, WindowInput, expire, judge, judge_labels, prepare};

const DAY: i64 = 86_400;

fn is(check: &str, warn: bool) -> RetrainRule {
    RetrainRule::Is { check: check.into(), warn }
}

fn retraining(rule: RetrainRule, manual: bool) -> Monitor {
    let mut monitor = monitor();
    monitor.retrain = Some(Retrain {
        when: rule,
        text: "drift.a.fail".into(),
        webhook: None,
        cooldown_seconds: 7 * DAY,
        manual,
        at: place(),
    });
    monitor
}

/// A drifting window of the 20th after one that was as bad.
fn judged(monitor: &Monitor, history: &[WindowRow], proposals: &[Proposal], again: bool) -> Judged {
    let base: Rows = vec![("a", spread(4_000, 0.0, 10.0)), ("b", spread(4_000, 0.0, 1.0))];
    let live: Rows = vec![("a", spread(4_000, 3.0, 13.0)), ("b", spread(4_000, 0.0, 1.0))];
    let baseline = baseline(&base, None);
    let prepared = prepare(monitor, &baseline, &table_of(&live));
    let window = window(20);
    let input = WindowInput { proposals, again, ..input(&window, history) };
    judge(&prepared, &state(&prepared, &live), &input)
}

fn confirmed() -> Vec<WindowRow> {
    vec![past(19, &[("drift.a", Outcome::Fail, &[])])]
}

fn now() -> i64 {
    (window(20).end / 1_000_000_000) as i64
}

#[test]
fn a_confirmed_outcome_makes_a_proposal() {
    let monitor = retraining(is("drift.a", false), true);
    let found = judged(&monitor, &confirmed(), &[], false);
    let proposal = found.proposal.expect("a proposal");
    let key = idempotency_key(&monitor, &window(20).name, "ba5e", "drift.a.fail");
    assert_eq!(proposal.idempotency_key, key);
    assert_eq!(key.len(), 64);
    assert_eq!(proposal.id, format!("rt-{}", &key[..12]));
    assert_eq!((proposal.state.as_str(), proposal.proposed_at, proposal.changed_at), ("proposed", now(), now()));
    let record = found.record.retrain.expect("a decision");
    assert_eq!((record.state.as_str(), record.id), ("proposed", proposal.id));
    let payload: serde_json::Value = serde_json::from_str(&proposal.payload).expect("JSON");
    assert_eq!(payload["model"]["version"], "7");
    assert_eq!(payload["baseline"], "ba5e");
    assert_eq!(payload["window"]["end"], "2026-11-21T00:00:00+00:00");
    assert_eq!(payload["drifted"].as_array().map(Vec::len), Some(1));
    assert_eq!(payload["drifted"][0]["column"], "a");
    assert_eq!(payload["idempotency_key"], key);
    assert!(payload.get("report").is_none());
}

#[test]
fn a_pending_outcome_makes_none() {
    let found = judged(&retraining(is("drift.a", false), true), &[], &[], false);
    assert!(found.proposal.is_none() && found.record.retrain.is_none());
}

#[test]
fn a_window_asked_for_again_makes_none() {
    let found = judged(&retraining(is("drift.a", false), true), &confirmed(), &[], true);
    assert!(found.proposal.is_none() && found.record.retrain.is_none());
}

#[test]
fn without_a_person_to_ask_it_is_approved_at_once() {
    let found = judged(&retraining(is("drift.a", false), false), &confirmed(), &[], false);
    assert_eq!(found.proposal.expect("a proposal").state, "approved");
}

#[test]
fn rules_combine_and_ask_for_levels() {
    let holds = |rule| judged(&retraining(rule, true), &confirmed(), &[], false).proposal.is_some();
    assert!(holds(is("drift.a", true)));
    assert!(!holds(is("drift.b", true)));
    assert!(!holds(is("drift.nothing", true)));
    assert!(holds(RetrainRule::Or(vec![is("drift.b", true), is("drift.a", false)])));
    assert!(!holds(RetrainRule::And(vec![is("drift.b", true), is("drift.a", false)])));
    assert!(holds(RetrainRule::And(vec![is("drift.a", true), RetrainRule::Not(Box::new(is("drift.b", true)))])));
}

#[test]
fn nothing_is_proposed_twice_and_nothing_within_the_cooldown() {
    let monitor = retraining(is("drift.a", false), true);
    let first = judged(&monitor, &confirmed(), &[], false).proposal.expect("a proposal");
    let mut known = Proposal { state: "rejected".into(), ..first.clone() };
    let found = judged(&monitor, &confirmed(), std::slice::from_ref(&known), false);
    assert!(found.proposal.is_none());
    assert_eq!(found.record.retrain.expect("a decision").state, "rejected");
    // another window's proposal, six days old
    known.idempotency_key = "0".repeat(64);
    known.id = "rt-000000000000".into();
    known.proposed_at = now() - 6 * DAY;
    let found = judged(&monitor, &confirmed(), std::slice::from_ref(&known), false);
    assert!(found.proposal.is_none());
    let record = found.record.retrain.expect("a decision");
    assert_eq!((record.state.as_str(), record.id.as_str()), ("cooldown", "rt-000000000000"));
    assert_eq!(record.text, "no new proposal within 7d of rt-000000000000, which is rejected");
    known.proposed_at = now() - 7 * DAY;
    assert!(judged(&monitor, &confirmed(), std::slice::from_ref(&known), false).proposal.is_some());
    known.proposed_at = now() - DAY;
    known.monitor = "other".into();
    assert!(judged(&monitor, &confirmed(), std::slice::from_ref(&known), false).proposal.is_some());
}

#[test]
fn the_key_tells_model_window_baseline_and_rule_apart() {
    let monitor = monitor();
    let key = |window, baseline, rule| idempotency_key(&monitor, window, baseline, rule);
    let one = key("w", "b", "r");
    assert_eq!(one, key("w", "b", "r"));
    assert!([key("wb", "", "r"), key("w", "x", "r"), key("w", "b", "q")].iter().all(|other| *other != one));
    let mut newer = self::monitor();
    newer.model = Some(("eta".into(), "8".into()));
    assert_ne!(idempotency_key(&newer, "w", "b", "r"), one);
}

#[test]
fn late_labels_are_judged_beside_what_was_known_of_the_window() {
    let rule = RetrainRule::And(vec![is("drift.a", false), RetrainRule::Not(Box::new(is("dataset", false)))]);
    let monitor = retraining(rule, true);
    let base: Rows = vec![("a", spread(1_000, 0.0, 10.0))];
    let baseline = baseline(&base, None);
    let prepared = prepare(&monitor, &baseline, &table_of(&base));
    let mut history = confirmed();
    history.push(past(20, &[("drift.a", Outcome::Fail, &[])]));
    let window = window(20);
    let found = judge_labels(&prepared, &input(&window, &history));
    let proposal = found.proposal.expect("the drift of that window is confirmed");
    let payload: serde_json::Value = serde_json::from_str(&proposal.payload).expect("JSON");
    assert_eq!(payload["drifted"][0]["column"], "a");
    assert!(judge_labels(&prepared, &input(&window, &history[1..])).proposal.is_none(), "not confirmed");
}

#[test]
fn what_nobody_decides_in_seven_days_expires() {
    let monitor = retraining(is("drift.a", false), true);
    let proposal = judged(&monitor, &confirmed(), &[], false).proposal.expect("a proposal");
    let sent = Proposal { state: "sent".into(), ..proposal.clone() };
    let all = [proposal, sent];
    assert!(expire(&all, now() + EXPIRES_AFTER - 1).is_empty());
    assert_eq!(expire(&all, now() + EXPIRES_AFTER), [&all[0]]);
}
