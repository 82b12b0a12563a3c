//! Contracts that could not be read.

use assay_core::verdict::Outcome;
use serde::Serialize;

use super::Badge;
use super::run::Exit;
use crate::FileProblem;
use crate::formats::text::words::plural;

/// The page of a run that did not take place.
#[derive(Debug, Serialize)]
pub(crate) struct InvalidPage {
    pub title: String,
    pub badge: Badge,
    pub conclusion: String,
    pub exit: Exit,
    pub problems: Vec<ProblemView>,
}

/// What is wrong with a file.
#[derive(Debug, Serialize)]
pub(crate) struct ProblemView {
    /// `checks/a.yaml:14:11`.
    pub place: Option<String>,
    pub message: String,
    pub hint: Option<String>,
}

pub(crate) fn page(problems: &[FileProblem], exit_code: u8) -> InvalidPage {
    let view = |problem: &FileProblem| ProblemView {
        place: problem.at.as_ref().map(|at| format!("{}:{}:{}", at.path, at.line, at.column)),
        message: problem.message.clone(),
        hint: problem.hint.clone(),
    };
    InvalidPage {
        title: "INVALID — contracts".into(),
        badge: Badge { word: "INVALID", ..Badge::from(Outcome::Error) },
        conclusion: format!("{}; no data were read", plural(problems.len(), "problem")),
        exit: Exit { code: exit_code, meaning: "contracts or the project file are invalid; no data were read" },
        problems: problems.iter().map(view).collect(),
    }
}
