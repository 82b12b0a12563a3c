//! Baselines that are other files under the same name: no document says so, git does.

use std::collections::BTreeSet;

use assay_contract::Resolved;
use assay_core::change::{Change, ChangeVerdict, DocumentKind};
use assay_core::node::{Node, NodeKind};

use super::home::Home;
use crate::baseline::ENDING;
use crate::failure::Failure;
use crate::git::{Commit, RepoPath, Repository};

/// The code of a monitor that is compared with something else than before.
const CODE: &str = "baseline_replaced";

/// Adds a change for each monitor whose baseline's file has another content, where none says so yet.
pub(super) fn add_replaced(
    changes: &mut Vec<Change>,
    documents: &[Resolved],
    folder: &str,
    home: &Home,
    repository: &Repository,
    (base, head): (&Commit, Option<&Commit>),
) -> Result<(), Failure> {
    let monitors = documents.iter().filter(|document| document.kind == DocumentKind::Monitor);
    let named: Vec<(&Resolved, &Node, &str)> = monitors.filter_map(stored).collect();
    if named.is_empty() {
        return Ok(());
    }
    let files = repository.changed(base, head)?.into_iter();
    // a file that is new replaces nothing
    let changed: BTreeSet<RepoPath> =
        files.filter(|file| file.old.is_some()).flat_map(|file| [file.old, file.new]).flatten().collect();
    for (monitor, node, name) in named {
        let files = [home.join(name), home.join(&format!("{folder}/{name}{ENDING}"))];
        let told = changes.iter().any(|change| change.document == monitor.name && change.code == CODE);
        if told || !files.iter().any(|file| changed.contains(file)) {
            continue;
        }
        changes.push(Change {
            verdict: ChangeVerdict::MonitoringWeakened,
            code: CODE,
            kind: DocumentKind::Monitor,
            document: monitor.name.clone(),
            column: None,
            check: None,
            at: monitor.place(node.span),
            at_base: false,
            before: None,
            after: None,
            message: format!("the baseline `{name}` has another content"),
            found: None,
        });
    }
    changes.sort_by(|a, b| (a.verdict, &a.document, &a.at, a.code).cmp(&(b.verdict, &b.document, &b.at, b.code)));
    Ok(())
}

/// The stored baseline that a monitor names: `baseline: {profile: NAME}`, or `baseline: NAME`.
fn stored(monitor: &Resolved) -> Option<(&Resolved, &Node, &str)> {
    let baseline = monitor.root.get("baseline")?;
    let node = match &baseline.kind {
        NodeKind::Map(_) => baseline.get("profile")?,
        NodeKind::Scalar { .. } | NodeKind::Seq(_) => baseline,
    };
    Some((monitor, node, node.text()?))
}
