//! Documents from texts, and cases from Markdown.
#![allow(dead_code)] // each test binary uses its part

use std::collections::BTreeMap;

use assay_contract::{Environment, Project, Resolved, resolve};
use assay_core::contract::Files;
use assay_diff::Version;

/// Files in memory, by their whole path.
#[derive(Debug, Default)]
pub struct Memory(pub BTreeMap<String, String>);

impl Files for Memory {
    fn read(&self, path: &str, from: &str) -> Result<Vec<u8>, String> {
        let folder = from.rsplit_once('/').map_or("", |(folder, _)| folder);
        let path = if folder.is_empty() { path.to_owned() } else { format!("{folder}/{path}") };
        self.0.get(&path).map(|text| text.clone().into_bytes()).ok_or_else(|| format!("cannot read `{path}`"))
    }
}

/// The document of a text.
pub fn document(path: &str, text: &str, project: &Project, files: &Memory) -> Result<Resolved, String> {
    let environment = Environment {
        project,
        root: None,
        vars: &BTreeMap::new(),
        env: &|_| None,
        files,
        planned: "2026-11-20T12:00:00Z".parse().expect("an instant"),
    };
    resolve(path, text.as_bytes(), &environment).map_err(|broken| broken.to_string())
}

/// A contract or a monitor with what every one has to have.
pub fn whole(text: &str) -> String {
    let has = |key: &str| text.lines().any(|line| line.starts_with(&format!("{key}:")));
    let mut whole = String::new();
    let mut add = |key: &str, line: &str| {
        if !has(key) {
            whole.push_str(line);
            whole.push('\n');
        }
    };
    add("assay", "assay: 1");
    if !has("rules") && !has("route") && !has("receivers") && !has("pack") {
        if !has("monitor") {
            add("table", "table: t");
        } else {
            add("baseline", "baseline: {profile: b.parquet}");
        }
        add("source", "source: {format: parquet, path: t.parquet}");
    }
    format!("{whole}{text}")
}

/// One side of a case.
#[derive(Debug, Default, Clone)]
pub struct Side {
    pub documents: Vec<(String, String)>,
    pub files: BTreeMap<String, String>,
    pub project: Option<String>,
}

impl Side {
    pub fn version(&self) -> Version {
        let files = Memory(self.files.clone());
        let project = self.project.as_ref().map_or_else(Project::default, |text| {
            Project::load("assay.yaml", text.as_bytes(), &|_| None, &files).expect("an assay.yaml")
        });
        let documents = self.documents.iter();
        let documents = documents
            .map(|(path, text)| document(path, &whole(text), &project, &files).unwrap_or_else(|why| panic!("{why}")));
        Version { documents: documents.collect() }
    }
}

/// A case of a file.
#[derive(Debug, Default, Clone)]
pub struct Case {
    pub title: String,
    pub base: Side,
    pub head: Side,
    pub expect: Vec<String>,
}

/// The cases of a Markdown file: each heading of the second level begins one.
pub fn cases(text: &str) -> Vec<Case> {
    let mut cases: Vec<Case> = Vec::new();
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        if let Some(title) = line.strip_prefix("## ") {
            cases.push(Case { title: title.to_owned(), ..Case::default() });
        }
        let Some(fence) = line.strip_prefix("```").filter(|fence| !fence.is_empty()) else { continue };
        let block: Vec<&str> = lines.by_ref().take_while(|line| *line != "```").collect();
        let case = cases.last_mut().expect("a heading before the first block");
        let mut words = fence.split_whitespace();
        let (kind, name) = (words.next().unwrap_or_default(), words.next());
        let text = block.join("\n") + "\n";
        let document = |default: &str| (name.unwrap_or(default).to_owned(), text.clone());
        match kind {
            "base" => case.base.documents.push(document("checks/t.yaml")),
            "head" => case.head.documents.push(document("checks/t.yaml")),
            "both" => {
                case.base.documents.push(document("checks/t.yaml"));
                case.head.documents.push(document("checks/t.yaml"));
            }
            "base-file" => drop(case.base.files.insert(name.expect("a name").to_owned(), text)),
            "head-file" => drop(case.head.files.insert(name.expect("a name").to_owned(), text)),
            "base-project" => case.base.project = Some(text),
            "head-project" => case.head.project = Some(text),
            "expect" => case.expect.extend(block.iter().map(|line| (*line).to_owned())),
            other => panic!("a block `{other}` in `{}`", case.title),
        }
    }
    cases
}
