//! What a receiver is told: one group of incidents at one moment. It is the body of a message in the outbox, so that
//! what is delivered days later still says what was found.

use std::collections::BTreeMap;

use assay_core::ops::Millis;
use assay_core::ops::incidents::{IncidentKind, IncidentState};
use assay_core::verdict::Outcome;
use serde::{Deserialize, Serialize};

/// The version of the form.
pub const SCHEMA: &str = "assay.notification/v1";
/// Incidents of one notification, at most; `left_out` says how many more there are.
pub const MOST_INCIDENTS: usize = 500;

/// Why a notification is sent; of several reasons the first in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// Somebody wants to see whether it arrives.
    Test,
    /// Nobody acknowledged in time.
    Escalated,
    /// The first of a group.
    Opened,
    /// An incident became worse.
    Worsened,
    /// Another incident of the group was opened.
    NewMember,
    /// An incident that was over is open again.
    Reopened,
    /// What was muted (by a silence, a mute time or another incident) no longer is.
    MuteEnded,
    /// Some incidents are over, others are not.
    PartlyResolved,
    /// All incidents are over.
    Resolved,
    /// Nothing changed for the repeat interval.
    Repeat,
    /// It is time for the digest.
    Digest,
    /// Another receiver could not be reached.
    Fallback,
}

/// What a receiver is told.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Notification {
    /// [`SCHEMA`].
    pub schema: String,
    /// The message's id: the same on every try.
    pub id: String,
    /// The receiver's name.
    pub receiver: String,
    /// Key of the group: stable as long as the group is.
    pub group: String,
    /// The labels that the group has in common (`group_by`).
    pub labels: BTreeMap<String, String>,
    /// The route, as its matchers from the root down.
    pub route: String,
    /// Why it is sent.
    pub reason: Reason,
    /// The same in one sentence.
    pub why: String,
    /// When it was decided.
    pub at: Millis,
    /// Whether any incident is open.
    pub is_open: bool,
    /// One line: what is broken, how bad.
    pub title: String,
    /// Where Assay's pages are, without a slash at the end.
    pub external_url: Option<String>,
    /// The project's name.
    pub project: Option<String>,
    /// Open incidents, worst first, then those that are over; [`MOST_INCIDENTS`] at most.
    pub incidents: Vec<Item>,
    /// Incidents that are not listed.
    pub left_out: u64,
    /// How many are open, listed or not.
    pub open: u64,
    /// How many are over.
    pub resolved: u64,
    /// The time that a digest covers.
    pub period: Option<(Millis, Millis)>,
    /// A call to train a model again, which is sent as it is.
    pub retrain: Option<serde_json::Value>,
}

/// An incident as a receiver is told of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Item {
    /// Its number.
    pub number: u64,
    /// Its labels, `tag` once for each tag.
    pub labels: Vec<(String, String)>,
    /// The contract's table or the monitor's name.
    pub document: String,
    /// The check's id.
    pub check: String,
    /// The column.
    pub column: Option<String>,
    /// The segment.
    pub segment: Option<String>,
    /// Broken, or could not be evaluated.
    pub kind: IncidentKind,
    /// Open, acknowledged or resolved.
    pub state: IncidentState,
    /// Warn, fail or error.
    #[serde(with = "outcome")]
    pub severity: Outcome,
    /// What was found, one sentence.
    pub message: String,
    /// When it was first bad.
    pub since: Millis,
    /// When it was opened.
    pub opened_at: Millis,
    /// When it was over.
    pub resolved_at: Option<Millis>,
    /// Why: `recovered`, `removed`.
    pub resolved_why: Option<String>,
    /// How often it was opened again under its number.
    pub reopened: u32,
    /// Whether it goes on and off too often to tell each time.
    pub is_flapping: bool,
    /// Who looks after the data.
    pub owner: Option<String>,
    /// The layer.
    pub layer: Option<String>,
    /// Who looks after the incident.
    pub acknowledged_by: Option<String>,
    /// The run that judged it last.
    pub run: String,
    /// That run's planned instant.
    pub planned: Millis,
    /// What is new about it in this notification, if anything: `opened`, `worsened`, `reopened`, `resolved`, ...
    pub news: Option<Reason>,
    /// The command that shows it on a desk.
    pub reproduce: Option<String>,
    /// Outcomes of the document's last runs, oldest first, 30 at most.
    #[serde(with = "outcomes")]
    pub strip: Vec<Outcome>,
}

impl Reason {
    /// All reasons.
    pub const ALL: &'static [Reason] = &[
        Reason::Test,
        Reason::Escalated,
        Reason::Opened,
        Reason::Worsened,
        Reason::NewMember,
        Reason::Reopened,
        Reason::MuteEnded,
        Reason::PartlyResolved,
        Reason::Resolved,
        Reason::Repeat,
        Reason::Digest,
        Reason::Fallback,
    ];

    /// The name in the store, in bodies and in metrics.
    pub fn name(self) -> &'static str {
        match self {
            Reason::Test => "test",
            Reason::Escalated => "escalated",
            Reason::Opened => "opened",
            Reason::Worsened => "worsened",
            Reason::NewMember => "new_member",
            Reason::Reopened => "reopened",
            Reason::MuteEnded => "mute_ended",
            Reason::PartlyResolved => "partly_resolved",
            Reason::Resolved => "resolved",
            Reason::Repeat => "repeat",
            Reason::Digest => "digest",
            Reason::Fallback => "fallback",
        }
    }
}

impl Item {
    /// Where it is shown.
    pub fn url(&self, external_url: Option<&str>) -> Option<String> {
        Some(format!("{}/incidents/{}", external_url?, self.number))
    }

    /// Where the run that judged it last is shown: the report. Incidents of the daemon itself have no run.
    pub fn report_url(&self, external_url: Option<&str>) -> Option<String> {
        Some(format!("{}/runs/{}", external_url.filter(|_| self.is_of_daemon())?, self.run))
    }

    /// Whether pages know its run: what `assay check --notify` found has an id of another kind.
    pub fn is_of_daemon(&self) -> bool {
        self.run.starts_with("run-")
    }
}

/// An outcome by its name.
pub(crate) mod outcome {
    use assay_core::verdict::Outcome;
    use serde::{Deserialize, Deserializer, Serializer, de};

    pub fn serialize<S: Serializer>(outcome: &Outcome, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(crate::labels::word(*outcome))
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Outcome, D::Error> {
        let name = String::deserialize(deserializer)?;
        super::named(&name).ok_or_else(|| de::Error::custom(format!("`{name}` is no outcome")))
    }
}

/// Outcomes by their names.
mod outcomes {
    use assay_core::verdict::Outcome;
    use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

    pub fn serialize<S: Serializer>(outcomes: &[Outcome], serializer: S) -> Result<S::Ok, S::Error> {
        let names: Vec<&str> = outcomes.iter().map(|outcome| crate::labels::word(*outcome)).collect();
        names.serialize(serializer)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Outcome>, D::Error> {
        let names = Vec::<String>::deserialize(deserializer)?;
        let unknown = |name: &String| de::Error::custom(format!("`{name}` is no outcome"));
        names.iter().map(|name| super::named(name).ok_or_else(|| unknown(name))).collect()
    }
}

fn named(name: &str) -> Option<Outcome> {
    [Outcome::Pass, Outcome::Skipped, Outcome::Warn, Outcome::Fail, Outcome::Error]
        .into_iter()
        .find(|outcome| crate::labels::word(*outcome) == name)
}
