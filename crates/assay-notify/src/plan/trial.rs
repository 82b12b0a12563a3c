//! A made-up incident, to see whether a receiver is reached.

use std::collections::BTreeMap;

use assay_core::ops::Millis;
use assay_core::ops::incidents::{IncidentKind, IncidentState};
use assay_core::verdict::Outcome;

use super::messages::id;
use super::words::{clean, shorten};
use crate::notification::{Item, Notification, Reason, SCHEMA};
use crate::rules::Rules;

/// What a receiver is told when somebody wants to see whether it arrives: an incident that is made up, and says so.
/// `route` is the route that it stands for.
pub fn test(receiver: &str, rules: &Rules, route: &str, project: Option<&str>, now: Millis) -> Notification {
    let group = format!("test|{receiver}");
    let labels = [("contract", "assay.test"), ("check", "test"), ("severity", "fail"), ("outcome", "fail")];
    let labels: Vec<(String, String)> =
        labels.into_iter().map(|(label, value)| (label.to_owned(), value.to_owned())).collect();
    let item = Item {
        number: 0,
        labels: labels.clone(),
        document: "assay.test".to_owned(),
        check: "test".to_owned(),
        column: None,
        segment: None,
        kind: IncidentKind::Verdict,
        state: IncidentState::Open,
        severity: Outcome::Fail,
        message: "nothing is broken: somebody wants to see whether this arrives".to_owned(),
        since: now,
        opened_at: now,
        resolved_at: None,
        resolved_why: None,
        reopened: 0,
        is_flapping: false,
        owner: None,
        layer: None,
        acknowledged_by: None,
        run: "test".to_owned(),
        planned: now,
        news: Some(Reason::Test),
        reproduce: None,
        strip: Vec::new(),
    };
    Notification {
        schema: SCHEMA.to_owned(),
        id: id(&group, now, Reason::Test, 0),
        receiver: receiver.to_owned(),
        group,
        labels: BTreeMap::from([("contract".to_owned(), "assay.test".to_owned())]),
        route: route.to_owned(),
        reason: Reason::Test,
        why: "somebody wants to see whether it arrives".to_owned(),
        at: now,
        is_open: true,
        title: shorten(&clean(&format!("[test] a message to {receiver} arrived: nothing is broken")), 150),
        external_url: rules.external_url.clone(),
        project: project.map(str::to_owned),
        incidents: vec![item],
        left_out: 0,
        open: 1,
        resolved: 0,
        period: None,
        retrain: None,
    }
}
