//! All kinds of receivers. A new one is one file beside this and one line here.

use super::ReceiverSpec;
use super::alertmanager::ALERTMANAGER;
use super::email::EMAIL;
use super::pagerduty::PAGERDUTY;
use super::slack::SLACK;
use super::teams::TEAMS;
use super::webhook::WEBHOOK;

/// The kinds of receivers, by name.
pub const RECEIVERS: &[ReceiverSpec] = &[ALERTMANAGER, EMAIL, PAGERDUTY, SLACK, TEAMS, WEBHOOK];

/// The kind of this name.
pub fn named(name: &str) -> Option<&'static ReceiverSpec> {
    RECEIVERS.iter().find(|spec| spec.name == name)
}
