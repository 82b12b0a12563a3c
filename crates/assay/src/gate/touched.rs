//! What a change touches, and why: documents that change themselves, and those that stand on what changes.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use assay_contract::Project;
use assay_core::check::TableRef;
use assay_core::contract::{Contract, Source};
use assay_core::drift::monitor::{BaselineSource, Monitor};
use assay_core::paths::PathPattern;

use crate::baseline::ENDING;
use crate::compare::Compared;
use crate::failure::Failure;

/// Documents by path, with their name and why they run.
#[derive(Debug, Default)]
pub(super) struct Touched {
    reasons: BTreeMap<String, (String, Vec<String>)>,
}

/// Files that changed.
struct ChangedFiles {
    /// Without links, and as it is shown.
    files: Vec<(PathBuf, String)>,
    /// The project's folder.
    project: PathBuf,
}

impl Touched {
    /// Looks at every document of the new version.
    pub fn find(
        compared: &Compared,
        contracts: &[Contract],
        monitors: &[Monitor],
        root: Option<&Path>,
        project: &Project,
    ) -> Result<Self, Failure> {
        let files = ChangedFiles::of(compared)?;
        let mut touched = Touched::default();
        for contract in contracts {
            let own = changed_itself(compared, &contract.path, &contract.table);
            let reads = files.read_while_loading(compared, &contract.path);
            let data = files.below(&contract.source).map(|file| format!("its data change: `{file}`"));
            let produced = files.produces(&contract.produced_by);
            touched.add(&contract.path, &contract.table, own.into_iter().chain(reads).chain(data).chain(produced));
        }
        for monitor in monitors {
            let own = changed_itself(compared, &monitor.path, &monitor.name);
            let reads = files.read_while_loading(compared, &monitor.path);
            let data = files.below(&monitor.source).map(|file| format!("its data change: `{file}`"));
            let others = files.baseline(monitor, root, project).into_iter().chain(files.produces(&monitor.produced_by));
            touched.add(&monitor.path, &monitor.name, own.into_iter().chain(reads).chain(data).chain(others));
        }
        let changes = compared.record.changes.iter().filter(|change| change.code.starts_with("table_"));
        let gone = changes.flat_map(|change| [Some(change.document.clone()), change.before.clone()]).flatten();
        touched.add_those_that_stand_on(contracts, monitors, &files, root, gone);
        Ok(touched)
    }

    /// Whether the document of this path is touched.
    pub fn has(&self, path: &str) -> bool {
        self.reasons.contains_key(path)
    }

    /// Why each of these documents runs, one note each.
    pub fn notes<'p>(&self, paths: impl Iterator<Item = &'p str>) -> Vec<String> {
        let note = |(name, reasons): &(String, Vec<String>)| format!("{name} ran: {}", reasons.join("; "));
        let mut notes: Vec<String> = paths.filter_map(|path| self.reasons.get(path)).map(note).collect();
        notes.sort();
        notes
    }

    fn add(&mut self, path: &str, name: &str, reasons: impl Iterator<Item = String>) {
        let reasons: Vec<String> = reasons.collect();
        if !reasons.is_empty() {
            self.reasons.entry(path.to_string()).or_insert_with(|| (name.to_string(), Vec::new())).1.extend(reasons);
        }
    }

    /// Those that name a table of a document that is touched already, or a source whose files change.
    fn add_those_that_stand_on(
        &mut self,
        contracts: &[Contract],
        monitors: &[Monitor],
        files: &ChangedFiles,
        root: Option<&Path>,
        gone: impl Iterator<Item = String>,
    ) {
        let mut touched: BTreeSet<String> = self.reasons.values().map(|(name, _)| name.clone()).collect();
        // tables that are gone, or called otherwise, are named where they were
        touched.extend(gone);
        let why = |folder: &str, table: &TableRef| match table {
            TableRef::Named(name) => {
                touched.contains(name).then(|| format!("it references `{name}`, which the change touches"))
            }
            TableRef::Inline { path, .. } => {
                let folder = Path::new(folder).parent().unwrap_or(Path::new(""));
                let whole = root.unwrap_or(folder).join(path);
                files.under(&whole).map(|file| format!("a table that it reads changes: `{file}`"))
            }
        };
        for contract in contracts {
            let tables: BTreeSet<TableRef> = contract.checks.iter().flat_map(|placed| placed.check.tables()).collect();
            let others = tables.iter().filter(|table| **table != TableRef::Named(contract.table.clone()));
            let reasons: Vec<String> = others.filter_map(|table| why(&contract.path, table)).collect();
            self.add(&contract.path, &contract.table, reasons.into_iter());
        }
        for monitor in monitors {
            let labels = monitor.labels.as_ref().and_then(|labels| why(&monitor.path, &labels.table));
            self.add(&monitor.path, &monitor.name, labels.into_iter());
        }
    }
}

/// Whether the comparison found something in a document.
fn changed_itself(compared: &Compared, path: &str, name: &str) -> Option<String> {
    if compared.unknown_before.contains(path) {
        return Some("its old version cannot be read".into());
    }
    let mut of_it = compared.record.changes.iter().filter(|change| change.document == name).peekable();
    of_it.peek()?;
    let codes: BTreeSet<&str> = of_it.map(|change| change.code).collect();
    Some(format!("it changes ({})", codes.into_iter().collect::<Vec<_>>().join(", ")))
}

impl ChangedFiles {
    fn of(compared: &Compared) -> Result<Self, Failure> {
        let mut files = Vec::new();
        for file in compared.repository.changed(&compared.base, None)? {
            for path in [file.old, file.new].into_iter().flatten() {
                let Some(whole) = compared.repository.on_disk(&path) else { continue };
                files.push((whole, crate::git::shown(&path)));
            }
        }
        files.sort();
        files.dedup();
        let project = compared.folder.clone().unwrap_or_default();
        Ok(ChangedFiles { files, project })
    }

    /// A changed file that satisfies.
    fn any(&self, is_it: impl Fn(&Path) -> bool) -> Option<&str> {
        self.files.iter().find(|(whole, _)| is_it(whole)).map(|(_, shown)| shown.as_str())
    }

    /// One that a document reads while it is loaded: a pack, a list of codes.
    fn read_while_loading(&self, compared: &Compared, document: &str) -> Option<String> {
        let read = compared.new.files_read.get(document)?;
        self.any(|whole| read.contains(whole)).map(|file| format!("a file that it names changes: `{file}`"))
    }

    /// One of a source.
    fn below(&self, source: &Source) -> Option<&str> {
        self.under(&source.resolved)
    }

    /// The file of this path, one in the folder of this path, or one that it matches as a pattern.
    fn under(&self, path: &Path) -> Option<&str> {
        let pattern = pattern(path);
        // links are not followed in a pattern, and in a path to what is gone
        let real = std::fs::canonicalize(path).unwrap_or_else(|_| path.to_path_buf());
        self.any(|whole| {
            whole.starts_with(&real) || whole.starts_with(path) || pattern.as_ref().is_some_and(|it| matches(it, whole))
        })
    }

    /// One that `produced_by` means.
    fn produces(&self, patterns: &[PathPattern]) -> Option<String> {
        let inside = |whole: &Path| Some(whole.strip_prefix(&self.project).ok()?.to_string_lossy().into_owned());
        let produces = |whole: &Path| inside(whole).is_some_and(|path| patterns.iter().any(|it| it.matches(&path)));
        self.any(produces).map(|file| format!("what produces it changes: `{file}`"))
    }

    /// The baseline of a monitor, or the rows that it is made of.
    fn baseline(&self, monitor: &Monitor, root: Option<&Path>, project: &Project) -> Option<String> {
        let base = root.unwrap_or_else(|| Path::new(&*monitor.path).parent().unwrap_or(Path::new("")));
        let file = match &monitor.baseline {
            BaselineSource::Profile(name) => {
                let stored = base.join(&project.baselines).join(format!("{name}{ENDING}"));
                self.under(&base.join(name)).or_else(|| self.under(&stored))
            }
            BaselineSource::From { source, .. } => self.below(source),
            BaselineSource::Rolling { .. } | BaselineSource::Same { .. } => None,
        };
        file.map(|file| format!("its baseline changes: `{file}`"))
    }
}

/// A path with stars as a pattern, and the same for everything in a folder that it means.
fn pattern(path: &Path) -> Option<[glob::Pattern; 2]> {
    let text = path.to_str().filter(|text| text.contains(['*', '?', '[']))?;
    let whole = glob::Pattern::new(text).ok()?;
    let inside = glob::Pattern::new(&format!("{}/**", text.trim_end_matches('/'))).ok()?;
    Some([whole, inside])
}

fn matches(patterns: &[glob::Pattern; 2], path: &Path) -> bool {
    let options = glob::MatchOptions {
        case_sensitive: true,
        require_literal_separator: true,
        require_literal_leading_dot: false,
    };
    patterns.iter().any(|pattern| pattern.matches_path_with(path, options))
}
