//! Contracts and monitors as the daemon knows them, and what has to hold of all together.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use assay_contract::Project as Settings;
use assay_core::contract::{Contract, Dependency, Format};
use assay_core::drift::monitor::{Confirm, Monitor, Retrain};
use assay_core::engine::Cost;
use assay_core::ops::runs::Kind;
use assay_core::problem::Place;
use assay_core::run::{RunRecord, TableRecord};
use assay_core::suggest::did_you_mean;
use assay_core::verdict::{Reason, Severity};
use assay_daemon::notifier;
use assay_daemon::work::{CheckInfo, Document, Project};
use assay_notify::rules::{Destination, Rules};
use assay_notify::{Subject, Subjects, health, key_check, receivers};
use assay_report::FileProblem;
use chrono::{DateTime, SecondsFormat, Utc};
use sha2::{Digest, Sha256};

use super::workshop::Loaded;
use crate::load::Problems;

/// A document, and the tables that it names.
pub(crate) struct Described {
    pub document: Document,
    /// Tables whose contracts its checks need.
    pub names: Vec<String>,
    /// Documents that run before it, with the places where they are named.
    pub depends_on: Vec<Dependency>,
    /// Whom a monitor calls to train its model again.
    pub retrain: Option<Destination>,
}

/// What the daemon knows of a contract.
pub(crate) fn of_contract(contract: &Contract, settings: &Settings) -> Described {
    let checks = contract.checks.iter().map(|placed| CheckInfo {
        id: placed.id.clone(),
        check: placed.name.to_string(),
        column: placed.column.clone(),
        dimension: placed.dimension,
        severity: word(placed.severity),
        tags: placed.tags.clone(),
    });
    let document = Document {
        name: contract.table.clone(),
        kind: Kind::Contract,
        path: contract.path.to_string(),
        sha256: contract.sha256.clone(),
        layer: contract.layer.clone(),
        owner: contract.owner.clone(),
        tags: contract.tags.clone(),
        description: contract.description.clone(),
        schedule: contract.schedule.clone(),
        timezone: contract.schedule_zone(&settings.timezone),
        enabled: contract.enabled,
        depends_on: contract.depends_on.iter().map(|on| on.name.clone()).collect(),
        source: Some(folder_of(&contract.source.resolved)),
        checks: checks.collect(),
        takes_observations: false,
        model: None,
        confirm: Confirm::default(),
    };
    Described { document, names: Vec::new(), depends_on: contract.depends_on.clone(), retrain: None }
}

/// What the daemon knows of a monitor; its checks are known when its columns are.
pub(crate) fn of_monitor(monitor: &Monitor, settings: &Settings) -> Described {
    let takes_observations = monitor.source.format == Format::Observations;
    let document = Document {
        name: monitor.name.clone(),
        kind: Kind::Monitor,
        path: monitor.path.to_string(),
        sha256: monitor.sha256.clone(),
        layer: Some("models".into()),
        owner: monitor.owner.clone(),
        tags: monitor.tags.clone(),
        description: monitor.description.clone(),
        schedule: monitor.schedule.clone(),
        timezone: monitor.schedule_zone(&settings.timezone),
        enabled: monitor.enabled,
        depends_on: monitor.depends_on.iter().map(|on| on.name.clone()).collect(),
        source: (!takes_observations).then(|| folder_of(&monitor.source.resolved)),
        checks: Vec::new(),
        takes_observations,
        model: monitor.model.as_ref().map(|(name, _)| name.clone()),
        confirm: monitor.confirm,
    };
    let retrain = monitor.retrain.as_ref().and_then(|retrain| call(&monitor.name, retrain));
    Described { document, names: Vec::new(), depends_on: monitor.depends_on.clone(), retrain }
}

/// Whom a monitor calls to train its model again.
fn call(monitor: &str, retrain: &Retrain) -> Option<Destination> {
    let webhook = retrain.webhook.as_ref()?;
    let mut made_of = Sha256::new();
    for part in [Some(&webhook.url), webhook.token.as_ref()] {
        made_of.update(part.map_or(u64::MAX, |part| part.len() as u64).to_le_bytes());
        made_of.update(part.map_or("", String::as_str));
    }
    Some(Destination {
        name: notifier::retrain_receiver(monitor),
        at: retrain.at.clone(),
        receiver: receivers::retrain::receiver(webhook),
        fallback: None,
        digest: None,
        fingerprint: made_of.finalize().iter().map(|byte| format!("{byte:02x}")).collect(),
    })
}

fn word(severity: Severity) -> &'static str {
    match severity {
        Severity::Warn => "warn",
        Severity::Fail => "fail",
    }
}

/// What limits runs at once where there is no connection: the folder in which the table's files lie.
fn folder_of(path: &Path) -> String {
    let plain = |part: &Path| !part.to_string_lossy().contains(['*', '?', '[']);
    let folder = path.ancestors().skip(usize::from(path.extension().is_some())).find(|part| plain(part));
    folder.unwrap_or(path).to_string_lossy().into_owned()
}

/// What has to hold of all documents together: one of each name, tables that are named are there, no circle of
/// dependencies.
pub(crate) fn check(described: &[Described], problems: &mut Problems) {
    let mut known: BTreeMap<&str, &Document> = BTreeMap::new();
    for Described { document, .. } in described {
        if let Some(other) = known.insert(&document.name, document) {
            problems.add_file(format!(
                "`{}` is described twice: {} and {}; a daemon remembers by name, so keep one of them",
                document.name, other.path, document.path
            ));
        }
    }
    for Described { document, names, .. } in described {
        for name in names.iter().filter(|name| !known.contains_key(name.as_str())) {
            let hint = did_you_mean(name, known.keys().copied()).map_or(String::new(), |hint| format!("; {hint}"));
            problems.add_file(format!("no contract describes the table `{name}` that {} names{hint}", document.path));
        }
    }
    let depends: Vec<_> = described.iter().map(|of| (&of.document.name[..], &of.depends_on[..])).collect();
    problems.add_reports(assay_contract::dependencies(&depends));
}

/// A document as alerts know it.
pub(crate) fn subject(document: &Document) -> Subject {
    let severity = |check: &CheckInfo| if check.severity == "warn" { Severity::Warn } else { Severity::Fail };
    let key = |check: &CheckInfo| {
        let name = key_check(document.kind, &check.check, &check.id, check.column.as_deref());
        (name.to_string(), check.column.clone())
    };
    Subject {
        name: document.name.clone(),
        kind: document.kind,
        path: document.path.clone(),
        tags: document.tags.clone(),
        model: document.model.clone(),
        depends_on: document.depends_on.clone(),
        severities: document.checks.iter().map(|check| (key(check), severity(check))).collect(),
    }
}

/// The project as the daemon takes it.
pub(crate) fn project(
    settings: Settings,
    described: Vec<Described>,
    rules: Rules,
    loaded: Loaded,
    digest: String,
) -> Project {
    let (mut documents, mut subjects, mut retrain) = (BTreeMap::new(), Subjects::new(), BTreeMap::new());
    for of in described {
        let name = of.document.name.clone();
        subjects.insert(name.clone(), subject(&of.document));
        retrain.extend(of.retrain.map(|destination| (name.clone(), Arc::new(destination))));
        documents.insert(name, Arc::new(of.document));
    }
    subjects.insert(health::DOCUMENT.into(), health::subject());
    Project {
        name: settings.name.clone(),
        documents,
        scheduler: settings.scheduler.clone(),
        server: settings.server.clone(),
        metrics: settings.metrics,
        retention: settings.retention,
        rules: Arc::new(rules),
        subjects: Arc::new(subjects),
        retrain,
        digest,
        handle: Arc::new(loaded),
    }
}

/// The record of a document that cannot be read for this instant, although it could be when the project was loaded.
pub(crate) fn not_loadable(project: &Project, name: &str, why: &str, now: DateTime<Utc>) -> RunRecord {
    let document = project.documents.get(name);
    let reason = Reason { code: "contract_unreadable".into(), text: why.trim().to_string() };
    RunRecord {
        id: assay_daemon::ids::of_nothing(name, now.timestamp_millis()),
        as_of: now.to_rfc3339_opts(SecondsFormat::AutoSi, true),
        vars: Vec::new(),
        notes: Vec::new(),
        tables: vec![TableRecord {
            table: name.to_string(),
            layer: document.and_then(|document| document.layer.clone()),
            owner: document.and_then(|document| document.owner.clone()),
            contract_path: document.map_or(String::new(), |document| document.path.clone()),
            contract_sha256: document.map_or(String::new(), |document| document.sha256.clone()),
            snapshot: None,
            reason: Some(reason),
            cost: Cost::default(),
            monitor: None,
            checks: Vec::new(),
        }],
    }
}

/// A problem as one line.
pub(crate) fn in_words(problem: &FileProblem) -> String {
    let at =
        problem.at.as_ref().map_or(String::new(), |Place { path, line, column }| format!("{path}:{line}:{column}: "));
    let hint = problem.hint.as_ref().map_or(String::new(), |hint| format!(" ({hint})"));
    format!("{at}{}{hint}", problem.message)
}
