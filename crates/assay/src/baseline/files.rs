//! Where baselines lie: files, and names of the registry (`fare_eta`, `fare_eta@champion`, `fare_eta@3fa9c1d2`).

use std::path::{Path, PathBuf};

use assay_contract::Project;
use assay_core::drift::baseline::Baseline;
use assay_core::drift::store::{BaselineRow, Store};
use assay_core::suggest::did_you_mean;
use assay_core::verdict::Reason;

use crate::disk;
use crate::failure::Failure;
use crate::store::outside;
use crate::{load, store};

/// The most bytes of a baseline's file. A hundred columns with full distributions take some 100 MB.
const MAX_BYTES: u64 = 2 << 30;
/// How a baseline's file ends.
pub(crate) const ENDING: &str = ".baseline.parquet";

/// The baselines of a project.
pub(crate) struct Shelf {
    root: Option<PathBuf>,
    folder: String,
    registered: Vec<BaselineRow>,
}

impl Shelf {
    /// With what the registry holds.
    pub fn new(root: Option<PathBuf>, project: &Project, registered: Vec<BaselineRow>) -> Self {
        Shelf { root, folder: project.baselines.clone(), registered }
    }

    /// Of the project around the current folder. Without a store there is nothing registered.
    pub fn of_project() -> Result<Self, Failure> {
        let (project, root) = load::project()?;
        let path = store::path(&project, root.as_deref());
        let registered = match path.is_file() {
            true => store::open(&project, root.as_deref())?.baselines().map_err(outside)?,
            false => Vec::new(),
        };
        Ok(Shelf::new(root, &project, registered))
    }

    /// The baseline that a command names, read and verified.
    pub fn read(&self, name: &str) -> Result<Baseline, Failure> {
        self.find(name).map(|(_, baseline)| baseline)
    }

    /// The same with its file.
    pub fn find(&self, name: &str) -> Result<(PathBuf, Baseline), Failure> {
        let path = self.path(name, Path::new("")).map_err(|why| {
            let hint = self.hint(name);
            Failure::usage(why.text, hint)
        })?;
        let baseline = read(&path).map_err(|why| Failure::Outside(why.text))?;
        Ok((path, baseline))
    }

    /// The file of a baseline, named as in a monitor: a path relative to `base`, or a name of the registry.
    pub fn path(&self, name: &str, base: &Path) -> Result<PathBuf, Reason> {
        let as_file = base.join(name);
        if as_file.is_file() {
            return Ok(as_file);
        }
        let in_folder = self.root.as_deref().unwrap_or(base).join(&self.folder).join(format!("{name}{ENDING}"));
        if in_folder.is_file() {
            return Ok(in_folder);
        }
        let unknown = |text: String| Reason { code: "baseline_missing".into(), text };
        if name.ends_with(".parquet") || name.contains(['/', '\\']) {
            return Err(unknown(format!("there is no baseline file `{name}`")));
        }
        let (plain, version) = match name.split_once('@') {
            Some((plain, version)) => (plain, Some(version)),
            None => (name, None),
        };
        let mut of_name = self.registered.iter().filter(|row| row.name == plain).peekable();
        if of_name.peek().is_none() {
            return Err(unknown(format!("no baseline is called `{plain}`")));
        }
        let wanted = |row: &&BaselineRow| match version {
            None => true,
            Some(version) => {
                row.aliases.iter().any(|alias| alias == version)
                    || (version.len() >= 6 && row.sha256.starts_with(version))
            }
        };
        let Some(row) = of_name.find(wanted) else {
            return Err(unknown(format!(
                "`{plain}` has neither the alias nor the hash `{}`",
                version.unwrap_or_default()
            )));
        };
        Ok(self.root.as_deref().unwrap_or(base).join(&row.path))
    }

    fn hint(&self, name: &str) -> String {
        let plain = name.split_once('@').map_or(name, |(plain, _)| plain);
        did_you_mean(plain, self.registered.iter().map(|row| row.name.as_str()))
            .unwrap_or_else(|| "`assay baseline list` lists them; `assay baseline create` makes one".into())
    }
}

/// Reads and verifies a baseline's file.
pub(crate) fn read(path: &Path) -> Result<Baseline, Reason> {
    let shown = path.display().to_string();
    let bytes = disk::read(path, MAX_BYTES).map_err(|why| Reason {
        code: "baseline_missing".into(),
        text: format!("cannot read the baseline `{shown}`: {why}"),
    })?;
    assay_profile::file::read(bytes, &shown)
        .map_err(|error| Reason { code: error.code().into(), text: error.to_string() })
}

/// What the registry remembers of a baseline.
pub(crate) fn row(baseline: &Baseline, path: &Path, root: Option<&Path>) -> BaselineRow {
    let whole = std::fs::canonicalize(path).unwrap_or_else(|_| path.to_path_buf());
    let relative = root.and_then(|root| whole.strip_prefix(root).ok()).unwrap_or(&whole);
    BaselineRow {
        name: baseline.header.name.clone(),
        sha256: baseline.header.sha256.clone(),
        path: relative.to_string_lossy().into_owned(),
        created_at: baseline.header.created_at.clone(),
        rows: baseline.header.rows,
        aliases: Vec::new(),
    }
}
