//! `assay check --notify`: what a run without a daemon tells. Incidents and messages go through the store exactly as the
//! daemon's do; what is left of the daemon is one pass of its notifier and a few tries to deliver.
//!
//! Whatever becomes of it, the exit code is that of the checks: it is told on standard error.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use assay_core::drift::store::StoreError;
use assay_core::ops::outbox::{Message, MessageFilter, MessageState, OutboxSize};
use assay_core::ops::{Millis, Ops};
use assay_core::run::RunRecord;
use assay_daemon::clock::SystemClock;
use assay_daemon::daemon::Daemon;
use assay_daemon::work::{Document, Project};
use assay_daemon::{alerts, notifier};
use assay_notify::{Context, decide};
use assay_report::formats::text::printable;
use chrono::DateTime;

use super::words::plural;
use super::{desk, outbox};
use crate::failure::Failure;
use crate::load::Found;
use crate::select::Selected;
use crate::serve::{self, LocalWorkshop};
use crate::{check, output, store};

/// When a message is tried, counted from the try before.
const PAUSES: &[Duration] = &[Duration::ZERO, Duration::from_secs(5), Duration::from_secs(30)];
/// Messages that did not arrive and are named, at most.
const NAMED: usize = 20;

/// What is needed to tell anybody, made ready before any data are read.
pub(crate) struct Notifying {
    workshop: LocalWorkshop,
    project: Project,
    /// One that cannot be opened changes no exit code: it is told when there is something to tell.
    store: Result<Arc<dyn Ops>, Failure>,
}

impl Notifying {
    /// Reads rules, connections and documents, and opens the store. Rules that are invalid stop the run; a document that
    /// was not asked for and cannot be read does not: only what it is labelled with is not known then.
    pub fn prepare(found: &Found, selected: &Selected, vars: &BTreeMap<String, String>) -> Result<Self, Failure> {
        let Some(root) = &found.root else {
            let hint = "make an `assay.yaml` that says `assay: 1`, with rules in `rules/`";
            return Err(Failure::usage("`--notify` needs a project: who is told of what is in its rules", hint));
        };
        let workshop = LocalWorkshop { vars: vars.clone(), ..LocalWorkshop::new(root.clone()) };
        let settings = workshop.settings()?;
        let read = workshop.read_what_can_be()?;
        read.of_rules.into_result()?;
        if let Err(failure) = read.of_documents.into_result() {
            let n = if let Failure::Invalid { problems, .. } = &failure { problems.len() as u64 } else { 1 };
            let problems = plural(n, "problem");
            output::told(&format!("note: the project has {problems} elsewhere: {}", printable(failure.message())));
        }
        let mut project = read.project;
        add_selected(&mut project, selected, &settings);
        if project.rules.route.is_none() {
            output::told("note: the rules have no `route:`, so nobody is told; incidents are kept");
        }
        let store = store::for_daemon(&settings, Some(root));
        Ok(Notifying { workshop, project, store })
    }

    /// Opens, changes and resolves incidents, and tells whom the rules name. Gives what the outbox holds then.
    pub fn notify(self, run: &RunRecord) -> Option<OutboxSize> {
        let Notifying { workshop, project, store } = self;
        let told = |why: &Failure| {
            output::told(&format!("error: not everybody was told: {}", printable(why.message())));
        };
        let store = store.inspect_err(told).ok()?;
        let _ = Self::told(workshop, project, &store, run).inspect_err(told);
        store.outbox().ok()
    }

    fn told(workshop: LocalWorkshop, project: Project, store: &Arc<dyn Ops>, run: &RunRecord) -> Result<(), Failure> {
        judge(&**store, &project, run, desk::now()).map_err(store::outside)?;
        let own = Arc::clone(store);
        let told = check::watched(false, move |_| async move {
            let clock = Arc::new(SystemClock::new());
            let carrier = serve::carrier(&workshop.root);
            let daemon = Daemon::new(own, Arc::new(workshop), clock, carrier, serve::unique_holder(), project);
            notifier::once(&daemon, PAUSES).await
        })?;
        match told.map_err(store::outside)? {
            None => output::told("a daemon notifies for this store: it tells of what was found"),
            Some(written) => {
                let text = came_of(&**store, &written).map_err(store::outside)?;
                output::told(&text);
            }
        }
        Ok(())
    }
}

/// Documents that were asked for by name and lie outside of the project's folder of checks.
fn add_selected(project: &mut Project, selected: &Selected, settings: &assay_contract::Project) {
    let contracts = selected.contracts.iter().map(|contract| serve::of_contract(contract, settings).document);
    let monitors = selected.monitors.iter().map(|monitor| serve::of_monitor(monitor, settings).document);
    let missing: Vec<Document> =
        contracts.chain(monitors).filter(|document| !project.documents.contains_key(&document.name)).collect();
    let subjects = Arc::make_mut(&mut project.subjects);
    for document in missing {
        subjects.insert(document.name.clone(), serve::subject(&document));
        project.documents.insert(document.name.clone(), Arc::new(document));
    }
}

/// Incidents of every document of the run, each in a transaction.
fn judge(store: &dyn Ops, project: &Project, run: &RunRecord, now: Millis) -> Result<(), StoreError> {
    let planned = DateTime::parse_from_rfc3339(&run.as_of).map_or(now, |at| at.timestamp_millis());
    let names: BTreeSet<&str> = run.tables.iter().map(|table| table.table.as_str()).collect();
    for document in names.into_iter().filter_map(|name| project.documents.get(name)) {
        let policy = alerts::policy(document, &project.rules);
        let context = Context { document: &document.name, run: &run.id, planned, now, policy };
        store.judge(&document.name, &mut |known| decide(known, run, &context))?;
    }
    Ok(())
}

/// What became of the messages that were written, and what else waits.
fn came_of(store: &dyn Ops, written: &[String]) -> Result<String, StoreError> {
    let states = vec![MessageState::Waiting, MessageState::Dead];
    let left = store.messages(&MessageFilter { states, brief: true, most: usize::MAX, ..MessageFilter::default() })?;
    let is_written = |message: &&Message| written.contains(&message.id);
    let (waiting, dead): (Vec<&Message>, Vec<&Message>) =
        left.iter().filter(is_written).partition(|message| message.state == MessageState::Waiting);
    let arrived = written.len() - waiting.len() - dead.len();
    let mut lines = vec![match written.len() {
        0 => "notified: there was nothing to tell".to_string(),
        n => format!("notified: {arrived} of {} arrived", plural(n as u64, "message")),
    }];
    let named = waiting.iter().chain(&dead).take(NAMED);
    lines.extend(named.map(|message| format!("  {}  {}", printable(&message.id), outbox::line(message))));
    let all = left.iter().filter(|message| message.state == MessageState::Waiting).count() as u64;
    if all > 0 {
        lines.push(format!(
            "{} in the outbox: a daemon delivers, or the next `assay check --notify` when they are due; \
             `assay outbox retry` makes them due now",
            if all == 1 { "1 message waits".to_string() } else { format!("{all} messages wait") }
        ));
    }
    if !dead.is_empty() {
        let given_up = plural(dead.len() as u64, "message");
        lines.push(format!("{given_up} given up: `assay outbox show MESSAGE` says why"));
    }
    Ok(lines.join("\n"))
}
