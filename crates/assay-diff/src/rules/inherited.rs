//! What a route gets from those above it where it says nothing itself.

use std::collections::BTreeSet;

use assay_core::node::Node;

use super::{at, texts};
use crate::codes::*;
use crate::findings::{About, Findings, Values};
use crate::tree::same_or_none;

/// How often an open incident is repeated where no route says it.
const REPEAT: &str = "4h";

/// What holds for the routes below a route.
#[derive(Debug, Clone)]
pub(super) struct Inherited {
    pub repeat: String,
    pub mute: BTreeSet<String>,
    /// `None` where nobody is told after a while, also where `none` is written.
    pub escalate: Option<Node>,
    pub send_resolved: bool,
}

impl Default for Inherited {
    fn default() -> Self {
        Inherited { repeat: REPEAT.to_owned(), mute: BTreeSet::new(), escalate: None, send_resolved: true }
    }
}

impl Inherited {
    /// What holds for a route and those below it.
    pub fn of(&self, route: &Node) -> Inherited {
        Inherited {
            repeat: route.get("repeat_interval").and_then(Node::text).unwrap_or(&self.repeat).to_owned(),
            mute: if route.get("mute").is_some() { texts(route, "mute") } else { self.mute.clone() },
            escalate: match route.get("escalate") {
                Some(written) => (written.text() != Some("none")).then(|| written.clone()),
                None => self.escalate.clone(),
            },
            send_resolved: match route.get("send_resolved").and_then(Node::text) {
                Some(written) => !written.eq_ignore_ascii_case("false"),
                None => self.send_resolved,
            },
        }
    }
}

/// Who else is told of what nobody takes care of.
pub(super) fn escalation(
    found: &mut Findings<'_>,
    name: &str,
    (old, new): (&Node, &Node),
    (before, after): (Option<&Node>, Option<&Node>),
) {
    if same_or_none(before, after) {
        return;
    }
    let values = Values::of(before, after);
    let (code, what) = match (before, after) {
        (None, _) => (RULES_CHANGED, "escalates"),
        (_, None) => (RECEIVER_REMOVED, "no longer escalates"),
        _ => (RECEIVER_CHANGED, "escalates otherwise"),
    };
    let message = format!("{name} {what}{}", values.words());
    found.add(code, at(old, new, "escalate"), About::default(), values, message);
}

/// Whether those who were told of an incident are told of its end.
pub(super) fn ends(found: &mut Findings<'_>, name: &str, (old, new): (&Node, &Node), told: (bool, bool)) {
    let (code, what) = match told {
        (true, false) => (RECEIVER_CHANGED, "no longer tells when an incident is over"),
        (false, true) => (RULES_CHANGED, "tells when an incident is over, too"),
        _ => return,
    };
    let values = Values::texts(&told.0.to_string(), &told.1.to_string());
    found.add(code, at(old, new, "send_resolved"), About::default(), values, format!("{name} {what}"));
}
