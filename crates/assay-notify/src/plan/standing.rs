//! What the log says of incidents, for people: who was told when, and who or what mutes.

use assay_core::ops::Millis;
use assay_core::ops::notices::NotifierLog;

use super::groups;
use super::mutes::Muted;

/// How it stands with an incident and a receiver.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// The incident's number.
    pub incident: u64,
    /// The receiver's name.
    pub receiver: String,
    /// The key of the group.
    pub group: String,
    /// When the receiver was told that it is open; `None`: it was not, or was told its end.
    pub told_at: Option<Millis>,
    /// Why it is held back, where it is.
    pub muted: Option<Muted>,
}

/// How it stands with all incidents of which there is something to tell, by group and number.
pub fn standing(log: &NotifierLog) -> Vec<Standing> {
    let mut found = Vec::new();
    for entry in &log.entries {
        let Some(state) = groups::state(entry) else { continue };
        let wait = state.wait();
        let members = state.members.into_iter().filter(|(_, member)| !member.is_settled(wait, Millis::MIN));
        found.extend(members.map(|(incident, member)| Standing {
            incident,
            receiver: entry.receiver.clone(),
            group: entry.key.clone(),
            told_at: member.told.map(|told| told.at),
            muted: member.muted,
        }));
    }
    found
}
