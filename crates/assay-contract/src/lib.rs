//! Text to validated contracts and monitors, with every problem placed.
//!
//! [`load`] reads one contract with its packs, [`load_monitor`] one monitor; [`Project::load`] reads `assay.yaml`,
//! [`rules_document`] a file of rules for alerts as a tree. None
//! touches a file, the environment or a clock: bytes, variables, files and the planned instant are arguments ([`Environment`]).
//! Whatever cannot be understood is a [`Problem`] at a line and column; all problems of a file are found at once.

mod checks;
mod columns;
mod contract;
mod dependencies;
mod environment;
mod extends;
mod fill;
mod layer;
mod lint;
mod monitor;
mod placeholders;
mod project;
mod read;
mod render;
mod resolve;
mod rules;
mod schedule;
mod schema;
mod source;
mod sources;
mod syntax;
mod yaml;

use assay_core::node::Node;
use assay_core::problem::{Problem, Span};

pub use contract::{Kind, Loaded, kind, load};
pub use dependencies::dependencies;
pub use environment::{BUILT_IN, Environment, check_variable_name};
pub use lint::lint;
pub use monitor::{LoadedMonitor, lint_monitor, load_monitor, monitor_schema};
pub use project::{Layer, PartialFailedRows, Project, Secret};
pub use render::{Excerpt, Report, SHOWN, render, render_as, reports};
pub use resolve::{Resolved, resolve};
pub use rules::{fill_secret, rules_document};
pub use schedule::schedule;
pub use schema::{contract_schema, project_schema};
pub use source::source_of_path;
pub use sources::{SourceFile, Sources};
pub use yaml::{MAX_BYTES, MAX_DEPTH};

/// A file that cannot be used, with all that is wrong with it.
#[derive(Debug)]
pub struct Broken {
    /// What is wrong; at least one.
    pub problems: Vec<Problem>,
    /// The texts that the problems point into.
    pub sources: Sources,
}

impl std::fmt::Display for Broken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(render(&self.problems, &self.sources).trim_end())
    }
}

impl std::error::Error for Broken {}

/// Reads bytes into a tree under the next file index. `None` without a problem: the file is empty.
fn document(path: &str, bytes: &[u8], sources: &mut Sources, problems: &mut Vec<Problem>) -> Option<Node> {
    let next = u16::try_from(sources.iter().count()).unwrap_or(u16::MAX);
    let (text, problem) = match yaml::decode(bytes, next) {
        Ok(text) => (text, None),
        Err((text, problem)) => (text, Some(problem)),
    };
    let mut parsed = match &problem {
        None => yaml::parse(&text, next),
        Some(_) => yaml::Parsed::default(),
    };
    sources.add(path, text)?;
    problems.extend(problem);
    problems.append(&mut parsed.problems);
    parsed.root.filter(|root| !root.is_null())
}

/// Every file says which version of the language it is written in.
fn version(root: &Node, problems: &mut Vec<Problem>) {
    match root.get("assay") {
        None => {
            let top = Span { len: 0, ..root.span };
            problems.push(
                Problem::at(top, "the version of the language is missing").hint("start the file with `assay: 1`"),
            );
        }
        Some(node) if node.text() == Some("1") => {}
        Some(node) => problems.push(
            Problem::at(node.span, format!("this version of Assay reads `assay: 1`, not {}", node.describe()))
                .hint("a file for a later Assay needs that Assay"),
        ),
    }
}
