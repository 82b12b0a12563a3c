//! `assay diff`: what changes between two versions of contracts, monitors and rules, and what that means.
//!
//! Both versions are read as they are kept ([`crate::git`]), compared without knowing where they came from
//! (`assay-diff`), and reported like everything else.

mod baselines;
mod files;
mod home;
mod side;
mod snapshot;
mod versions;

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use assay_core::change::ChangesRecord;
use assay_core::run::RunRecord;
use assay_report::{Ran, Report};

use crate::args::{DiffArgs, VersionArgs};
use crate::failure::Failure;
use crate::git::{Commit, Repository};
use crate::load;
use crate::publish::Publishing;
use home::Home;
pub(crate) use side::Loaded;
use side::Side;
pub(crate) use versions::Asked;
use versions::Versions;

/// Runs the command; gives its exit code.
pub(crate) fn command(args: &DiffArgs) -> Result<u8, Failure> {
    deliver(&args.versions, || {
        let asked = Asked {
            from: args.from.as_deref(),
            base: args.versions.base.as_deref(),
            to: args.to.as_deref().or(args.head.as_deref()),
        };
        let mut compared = compare(asked, args.project.as_deref(), &args.versions)?;
        if args.suggest_version {
            let next = assay_diff::next_version(&compared.record.changes, args.current.as_deref());
            if let (Some(current), None) = (&next.current, &next.next) {
                let hint = "write it as MAJOR.MINOR.PATCH: `--current 1.4.0`";
                return Err(Failure::usage(format!("`--current` is no version: `{current}`"), hint));
            }
            compared.record.next_version = Some(next);
        }
        Ok(Outcome { changes: compared.record, run: None, fail_on_warn: false })
    })
}

/// What a comparison, and the run that may follow it, came to.
pub(crate) struct Outcome {
    pub changes: ChangesRecord,
    /// Of a gate, where something had to run.
    pub run: Option<RunRecord>,
    pub fail_on_warn: bool,
}

impl Outcome {
    fn report(&self) -> Report<'_> {
        match &self.run {
            None => Report::Compared(&self.changes),
            Some(run) => {
                Report::Ran(Ran { fail_on_warn: self.fail_on_warn, changes: Some(&self.changes), ..Ran::new(run) })
            }
        }
    }
}

/// Prepares the places of the result, does the work, and writes it.
pub(crate) fn deliver(args: &VersionArgs, work: impl FnOnce() -> Result<Outcome, Failure>) -> Result<u8, Failure> {
    let mut publishing = Publishing::prepare(&args.publish, args.verbose)?;
    // a project file that is invalid is found by the work itself
    if let Ok((project, root)) = load::project() {
        publishing.take_templates(&project, root.as_deref())?;
    }
    match work() {
        Ok(outcome) => {
            let report = outcome.report();
            publishing.publish(&report)?;
            Ok(report.exit_code())
        }
        Err(Failure::Invalid { shown, problems }) => {
            publishing.publish_problems(&problems)?;
            Err(Failure::Invalid { shown, problems })
        }
        Err(other) => Err(other),
    }
}

/// What was compared.
pub(crate) struct Compared {
    pub record: ChangesRecord,
    pub repository: Repository,
    /// The project's folder on disk; `None` in a bare repository.
    pub folder: Option<PathBuf>,
    /// The commit that was compared with.
    pub base: Commit,
    /// The new version, loaded.
    pub new: Loaded,
    /// Documents of the new version, by path, whose old version could not be read.
    pub unknown_before: BTreeSet<String>,
    pub vars: BTreeMap<String, String>,
}

/// Compares two versions of the project.
pub(crate) fn compare(asked: Asked<'_>, project: Option<&str>, args: &VersionArgs) -> Result<Compared, Failure> {
    let vars = load::variables(&args.vars)?;
    let repository = Repository::open()?;
    let Versions { base, head, notes } = versions::choose(&repository, asked)?;
    let home = match project {
        None if repository.top.is_some() => Home::here(&repository)?,
        named => Home::of(&repository, named, head.as_ref().unwrap_or(&base))?,
    };

    let side = Side { repository: &repository, home: &home, vars: &vars };
    let mut new = side.new_version(head.as_ref(), args.as_of.as_deref())?;
    let old = side.old_version(&base, new.now)?;
    let unknown_before = old.leave_out_unreadable(&mut new);
    let mut compared = assay_diff::compare(&old.version, &new.version);
    let versions = (&base, head.as_ref());
    let (documents, folder) = (&new.version.documents, new.project.baselines.as_str());
    baselines::add_replaced(&mut compared.changes, documents, folder, &home, &repository, versions)?;
    if compared.documents == 0 && unknown_before.is_empty() {
        return Err(nothing_to_compare(&new.project.checks));
    }

    let (head_name, head_commit) =
        head.map_or_else(|| ("working tree".into(), String::new()), |head| (head.name, head.id));
    let notes =
        notes.into_iter().chain(old.notes).chain(std::mem::take(&mut new.notes)).chain(compared.notes).collect();
    let record = ChangesRecord {
        base: base.name.clone(),
        base_commit: base.id.clone(),
        head: head_name,
        head_commit,
        documents: compared.documents + unknown_before.len() as u64,
        changes: compared.changes,
        allowed: args.allow.clone(),
        next_version: None,
        notes,
    };
    let folder = home.folder;
    Ok(Compared { record, repository, folder, base, new, unknown_before, vars })
}

fn nothing_to_compare(checks: &str) -> Failure {
    Failure::usage(
        format!("no contracts found: neither version has one in `{checks}`"),
        "run this in the folder of the project, that of `assay.yaml`",
    )
}
