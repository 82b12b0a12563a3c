//! The project as these commands need it: whole, or its rules alone.

use std::path::Path;

use assay_contract::Project as Settings;
use assay_daemon::work::Project;
use assay_notify::rules::Rules;

use crate::disk::Disk;
use crate::failure::Failure;
use crate::serve::LocalWorkshop;
use crate::serve::recorded::Recorded;
use crate::serve::rules::{self, RulesRead};

/// Everything; what is wrong in any file stops the command.
pub(crate) fn load(root: &Path) -> Result<Project, Failure> {
    LocalWorkshop::new(root.to_path_buf()).read()
}

/// assay.yaml and the rules, with what is wrong with them.
pub(crate) fn read_rules(root: &Path) -> Result<(Settings, RulesRead), Failure> {
    let workshop = LocalWorkshop::new(root.to_path_buf());
    let settings = workshop.settings()?;
    let files = Recorded::new(Disk { base: root.to_path_buf() });
    let read = rules::read(root, &settings, &workshop.vars, &files)?;
    Ok((settings, read))
}

/// assay.yaml and the rules, which have to be valid.
pub(crate) fn rules_of(root: &Path) -> Result<(Settings, Rules), Failure> {
    let (settings, read) = read_rules(root)?;
    read.problems.into_result()?;
    Ok((settings, read.rules))
}
