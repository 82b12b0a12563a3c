//! What a monitor may say but probably does not mean.

use assay_core::problem::{Problem, Span};

use super::LoadedMonitor;

/// What lint needs to know beyond the monitor itself.
#[derive(Debug)]
pub(crate) struct Clues {
    /// Where the monitor is named.
    pub monitor: Span,
    /// Where `layer` is written.
    pub layer_key: Option<Span>,
    /// The folder under `checks/`.
    pub layer_folder: Option<String>,
    /// Where `labels` stands.
    pub labels: Span,
    /// Where `dataset` stands.
    pub dataset: Span,
    /// A token that is no secret.
    pub bare_token: Option<Span>,
    /// Variables of `vars:` that nothing uses.
    pub unused: Vec<(String, Span)>,
}

/// Warnings about a monitor, in the order of their places.
pub fn lint_monitor(loaded: &LoadedMonitor) -> Vec<Problem> {
    let (monitor, clues) = (&loaded.monitor, &loaded.clues);
    let mut warnings = Vec::new();
    let mut warn = |at: Span, message: String, hint: &str| warnings.push(Problem::at(at, message).hint(hint));
    if monitor.owner.is_none() {
        warn(clues.monitor, format!("nobody looks after `{}`", monitor.name), "add `owner:`");
    }
    if let (Some(at), Some(folder)) = (clues.layer_key, &clues.layer_folder)
        && monitor.layer.as_ref() != Some(folder)
    {
        let layer = monitor.layer.as_deref().unwrap_or_default();
        let message = format!("`layer:` says layer `{layer}`, the folder says `{folder}`");
        warn(at, message, "the key is used; make them agree");
    }
    if monitor.labels.is_some() && monitor.performance.is_empty() && monitor.concept.is_none() {
        warn(clues.labels, "nothing uses the labels".into(), "add `performance:` or `concept:`");
    }
    let weighted = monitor.columns.iter().any(|column| column.importance.is_some());
    if monitor.dataset.as_ref().is_some_and(|dataset| dataset.by_importance) && !weighted {
        let message = "columns weigh by importance, and none has one: all weigh alike".to_owned();
        warn(clues.dataset, message, "give `importance` to columns, or write `weight: equal`");
    }
    if let Some(at) = clues.bare_token {
        warn(at, "a token stands in the file".into(), "keep it outside: `token: \"${env:NAME}\"`");
    }
    for (name, span) in &clues.unused {
        warnings.push(Problem::at(*span, format!("nothing uses the variable `{name}`")));
    }
    warnings.sort();
    warnings
}
