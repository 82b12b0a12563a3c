//! Tables that checks name beside their own (`references`): the contracts that describe them.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use assay_contract::{Kind, Loaded, MAX_BYTES};
use assay_core::check::TableRef;
use assay_core::contract::Contract;
use assay_core::drift::monitor::Monitor;
use assay_core::problem::Place;
use assay_core::suggest::did_you_mean;
use assay_report::FileProblem;
use chrono::{DateTime, Utc};

use crate::disk;
use crate::failure::Failure;
use crate::load::{Found, walk};

/// Loads the contracts of the tables that the checks of `contracts` name, as far as they are not among `known`.
/// One that is missing, or described twice, is a load error where it is named.
pub(crate) fn load(
    contracts: &[Contract],
    monitors: &[Monitor],
    known: Vec<Contract>,
    found: &Found,
    vars: &BTreeMap<String, String>,
    planned: DateTime<Utc>,
) -> Result<Vec<Contract>, Failure> {
    let wanted: BTreeMap<String, (Place, PathBuf)> =
        contracts.iter().flat_map(|contract| names(contract, found)).chain(labels(monitors, found)).collect();
    let mut others = known;
    if wanted.is_empty() {
        return Ok(others);
    }
    let loaded: Vec<String> = contracts.iter().chain(&others).map(|contract| contract.path.to_string()).collect();
    let mut folders: Vec<PathBuf> = wanted.values().map(|(_, folder)| folder.clone()).collect();
    folders.sort();
    folders.dedup();
    for folder in folders {
        others.extend(of_folder(&folder, &loaded, found, vars, planned)?);
    }

    let problems: Vec<FileProblem> =
        wanted.iter().filter_map(|(name, (at, _))| problem(name, at, contracts.iter().chain(&others))).collect();
    if problems.is_empty() {
        return Ok(others);
    }
    let shown = problems.iter().map(shown).collect();
    Err(Failure::Invalid { shown, problems })
}

/// The folder in which the contracts of other tables are looked for.
fn folder_of(path: &str, found: &Found) -> PathBuf {
    match &found.root {
        Some(root) => root.join(&found.project.checks),
        None => Path::new(path).parent().unwrap_or(Path::new("")).to_path_buf(),
    }
}

/// The tables that a contract's checks name, with the place and the folder in which to look.
fn names(contract: &Contract, found: &Found) -> Vec<(String, (Place, PathBuf))> {
    let folder = folder_of(&contract.path, found);
    let mut names = Vec::new();
    for placed in &contract.checks {
        for table in placed.check.tables() {
            if let TableRef::Named(name) = table {
                names.push((name, (placed.at.clone(), folder.clone())));
            }
        }
    }
    names
}

/// The tables of labels that monitors name.
fn labels<'a>(monitors: &'a [Monitor], found: &'a Found) -> impl Iterator<Item = (String, (Place, PathBuf))> + use<'a> {
    monitors.iter().filter_map(|monitor| {
        let labels = monitor.labels.as_ref()?;
        let TableRef::Named(name) = &labels.table else { return None };
        Some((name.clone(), (labels.at.clone(), folder_of(&monitor.path, found))))
    })
}

/// The contracts of a folder that are not loaded yet. Broken ones are passed over: they were not asked for, and what
/// they describe shows as missing.
fn of_folder(
    folder: &Path,
    loaded: &[String],
    found: &Found,
    vars: &BTreeMap<String, String>,
    planned: DateTime<Utc>,
) -> Result<Vec<Contract>, Failure> {
    let mut files = Vec::new();
    walk(folder, 0, &mut files)?;
    let mut contracts = Vec::new();
    for file in files.into_iter().map(|(path, _)| found.shown(path, false)) {
        if loaded.contains(&file.shown) {
            continue;
        }
        let Ok(bytes) = disk::read(&file.path, MAX_BYTES as u64) else { continue };
        if assay_contract::kind(&bytes) != Kind::Contract {
            continue;
        }
        let read =
            found.with_environment(vars, planned, |environment| assay_contract::load(&file.shown, &bytes, environment));
        if let Ok(Loaded { contract, .. }) = read {
            contracts.push(contract);
        }
    }
    Ok(contracts)
}

fn problem<'a>(name: &str, at: &Place, contracts: impl Iterator<Item = &'a Contract> + Clone) -> Option<FileProblem> {
    let describing: Vec<&str> =
        contracts.clone().filter(|contract| contract.table == name).map(|contract| &*contract.path).collect();
    let (message, hint) = match &describing[..] {
        [_] => return None,
        [] => {
            let hint = did_you_mean(name, contracts.map(|contract| contract.table.as_str()));
            let hint = hint.unwrap_or_else(|| {
                "add a contract for it, so that its source is known; `assay lint` tells broken ones".into()
            });
            (format!("no valid contract describes the table `{name}`"), hint)
        }
        several => {
            (format!("the table `{name}` is described twice: {}", several.join(" and ")), "keep one of them".into())
        }
    };
    Some(FileProblem { at: Some(at.clone()), message, hint: Some(hint) })
}

pub(crate) fn shown(problem: &FileProblem) -> String {
    shown_as("error", problem)
}

/// A problem as people read it; `label` is `error` or `warning`.
pub(crate) fn shown_as(label: &str, problem: &FileProblem) -> String {
    let at = problem.at.as_ref().map_or(String::new(), |at| format!(" --> {}:{}:{}\n", at.path, at.line, at.column));
    let hint = problem.hint.as_ref().map_or(String::new(), |hint| format!("hint: {hint}\n"));
    format!("{label}: {}\n{at}{hint}\n", problem.message)
}
