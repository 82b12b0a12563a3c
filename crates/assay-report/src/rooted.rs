//! Paths as CI systems count them: from the top of the repository, wherever in it the project is.

use assay_core::change::ChangesRecord;
use assay_core::problem::Place;
use assay_core::run::RunRecord;

use crate::{FileProblem, Ran, Report};

/// Shows a report whose places begin with the project's folder in its repository; `folder` is empty where the project
/// is the repository. Places outside of the project stay as they are.
pub fn rooted<T>(report: &Report<'_>, folder: &str, show: impl FnOnce(&Report<'_>) -> T) -> T {
    if folder.is_empty() {
        return show(report);
    }
    match report {
        Report::Ran(ran) => {
            let (run, changes) = (run(ran.run, folder), ran.changes.map(|record| changes(record, folder)));
            show(&Report::Ran(Ran { run: &run, changes: changes.as_ref(), ..*ran }))
        }
        Report::Compared(record) => show(&Report::Compared(&changes(record, folder))),
        Report::Invalid(problems) => {
            let mut problems: Vec<FileProblem> = problems.to_vec();
            problems.iter_mut().filter_map(|problem| problem.at.as_mut()).for_each(|at| place(at, folder));
            show(&Report::Invalid(&problems))
        }
    }
}

fn run(run: &RunRecord, folder: &str) -> RunRecord {
    let mut run = run.clone();
    for table in &mut run.tables {
        table.contract_path = path(&table.contract_path, folder);
        table.checks.iter_mut().for_each(|check| place(&mut check.at, folder));
    }
    run
}

fn changes(record: &ChangesRecord, folder: &str) -> ChangesRecord {
    let mut record = record.clone();
    record.changes.iter_mut().for_each(|change| place(&mut change.at, folder));
    record
}

fn place(at: &mut Place, folder: &str) {
    at.path = path(&at.path, folder).into();
}

fn path(path: &str, folder: &str) -> String {
    if path.is_empty() || path.starts_with('/') || path.starts_with("../") {
        return path.to_owned();
    }
    format!("{folder}/{path}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture;

    #[test]
    fn every_place_begins_with_the_folder_of_the_project() {
        let (run, problems) = (fixture::run(), fixture::problems());
        let changes = fixture::changes::record();
        let ran = Report::Ran(Ran { changes: Some(&changes), ..Ran::new(&run) });
        for report in [ran, Report::Compared(&changes), Report::Invalid(&problems)] {
            let paths = |report: &Report<'_>| -> Vec<String> {
                let of_changes =
                    |record: &ChangesRecord| record.changes.iter().map(|it| it.at.path.to_string()).collect();
                match report {
                    Report::Ran(ran) => {
                        let checks = ran.run.tables.iter().flat_map(|table| &table.checks);
                        let contracts = ran.run.tables.iter().map(|table| table.contract_path.clone());
                        let mut paths: Vec<String> =
                            checks.map(|check| check.at.path.to_string()).chain(contracts).collect();
                        paths.extend(ran.changes.map_or(Vec::new(), of_changes));
                        paths
                    }
                    Report::Compared(record) => of_changes(record),
                    Report::Invalid(problems) => {
                        problems.iter().filter_map(|it| it.at.as_ref()).map(|at| at.path.to_string()).collect()
                    }
                }
            };
            let before = paths(&report);
            let after = rooted(&report, "teams/data", |report| paths(report));
            assert!(!before.is_empty());
            assert_eq!(after, before.iter().map(|path| format!("teams/data/{path}")).collect::<Vec<_>>());
            assert_eq!(rooted(&report, "", |report| paths(report)), before);
        }
        assert_eq!(path("/elsewhere/a.yaml", "teams"), "/elsewhere/a.yaml");
        assert_eq!(path("../shared/a.yaml", "teams"), "../shared/a.yaml");
    }
}
