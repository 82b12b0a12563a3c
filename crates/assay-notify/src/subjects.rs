//! What incidents are about: documents, as far as alerts have to know them.

use std::collections::BTreeMap;

use assay_core::ops::incidents::Incident;
use assay_core::ops::runs::Kind;
use assay_core::verdict::Severity;

use crate::labels::{About, labels};

/// A contract or a monitor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subject {
    /// The contract's table or the monitor's name.
    pub name: String,
    /// Which of the two.
    pub kind: Kind,
    /// The file as shown to people.
    pub path: String,
    /// Its labels.
    pub tags: Vec<String>,
    /// The model that a monitor watches.
    pub model: Option<String>,
    /// Documents that it is made from.
    pub depends_on: Vec<String>,
    /// What breaking a check amounts to, by (check of the incident's key, column).
    pub severities: BTreeMap<(String, Option<String>), Severity>,
}

/// All documents of a project, by name.
pub type Subjects = BTreeMap<String, Subject>;

/// The labels of an incident; of a document that is gone as far as the incident knows them.
pub fn labels_of(subjects: &Subjects, incident: &Incident) -> Vec<(String, String)> {
    let subject = subjects.get(&incident.key.document);
    let key = (incident.key.check.clone(), incident.key.column.clone());
    let about = About {
        kind: subject.map_or(Kind::Contract, |subject| subject.kind),
        tags: subject.map_or(&[], |subject| &subject.tags),
        model: subject.and_then(|subject| subject.model.as_deref()),
        severity: subject.and_then(|subject| subject.severities.get(&key).copied()),
    };
    labels(&about, incident)
}
