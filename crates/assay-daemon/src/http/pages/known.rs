//! Documents and incidents as pages have them.

use assay_core::drift::store::StoreError;
use assay_core::ops::incidents::{Incident, IncidentKind};
use assay_core::ops::silences::Silence;
use assay_core::ops::{Millis, Ops};
use assay_core::verdict::Severity;
use assay_notify::{Silences, labels};
use assay_report::pages::Bad;
use assay_report::pages::document::{About, KnownCheck};

use crate::schedule::Timetable;
use crate::work::{Document, Project};

/// What is known of a document without any run.
pub(super) fn about(document: &Document) -> About {
    let check = |check: &crate::work::CheckInfo| KnownCheck { id: check.id.clone(), severity: check.severity.into() };
    let schedule = document.schedule.as_ref();
    About {
        name: document.name.clone(),
        kind: document.kind,
        path: document.path.clone(),
        layer: document.layer.clone(),
        owner: document.owner.clone(),
        tags: document.tags.clone(),
        description: document.description.clone(),
        schedule: schedule.map(|schedule| (schedule.text.clone(), document.timezone.name().to_owned())),
        enabled: document.enabled,
        depends_on: document.depends_on.clone(),
        checks: document.checks.iter().map(check).collect(),
    }
}

/// When it is due next.
pub(super) fn next(document: &Document, now: Millis) -> Option<Millis> {
    let schedule = document.schedule.as_ref().filter(|_| document.enabled)?;
    Timetable::new(&schedule.cron, document.timezone).next_after(now)
}

/// Incidents, each with the end of the silence that keeps it quiet.
pub(super) fn bad(
    store: &dyn Ops,
    project: &Project,
    incidents: Vec<Incident>,
    now: Millis,
) -> Result<Vec<Bad>, StoreError> {
    let silences = store.silences(Some(now))?;
    let prepared = Silences::new(&silences, now);
    let of = |incident: Incident| {
        let silenced = prepared.of(&labels_of(project, &incident)).map(|silence| silence.ends_at);
        Bad { incident, silenced }
    };
    Ok(incidents.into_iter().map(of).collect())
}

/// How many of these incidents a silence keeps quiet now.
pub(super) fn quieted(project: &Project, silence: &Silence, incidents: &[Incident], now: Millis) -> usize {
    let one = std::slice::from_ref(silence);
    let prepared = Silences::new(one, now);
    incidents.iter().filter(|incident| prepared.of(&labels_of(project, incident)).is_some()).count()
}

fn labels_of(project: &Project, incident: &Incident) -> Vec<(String, String)> {
    let document = project.documents.get(&incident.key.document);
    let about = assay_notify::About {
        kind: document.map_or(assay_core::ops::runs::Kind::Contract, |document| document.kind),
        tags: document.map_or(&[][..], |document| document.tags.as_slice()),
        model: document.and_then(|document| document.model.as_deref()),
        severity: document.filter(|_| incident.key.kind == IncidentKind::Error).and_then(|document| {
            let check = document.checks.iter().find(|check| check.id == incident.key.check)?;
            Some(if check.severity == "warn" { Severity::Warn } else { Severity::Fail })
        }),
    };
    labels(&about, incident)
}
