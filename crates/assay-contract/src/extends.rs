//! `extends`: packs are laid under a contract, left to right, and merged into one tree that keeps every place.
//!
//! Packs of packs come before the pack that names them, so the order of application is a list; a pack that is
//! reached twice is applied twice, as it is written.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::rc::Rc;

use assay_core::contract::Files;
use assay_core::node::{Key, Node, NodeKind};
use assay_core::problem::{Problem, Span};

use crate::sources::Sources;
use crate::{read, version};

/// How many packs may stand on each other.
const MAX_DEPTH: usize = 5;
/// How many packs one contract may apply.
const MAX_PACKS: usize = 100;
/// How many bytes its packs may have together.
const MAX_PACK_BYTES: usize = 4 << 20;
/// What only the contract itself can say.
const NOT_IN_PACKS: &[&str] = &["table", "rows", "key", "source", "depends_on"];
/// What a pack can say.
pub(crate) const IN_PACKS: &[&str] = &[
    "assay",
    "pack",
    "extends",
    "owner",
    "description",
    "tags",
    "layer",
    "schedule",
    "enabled",
    "produced_by",
    "severity",
    "vars",
    "failed_rows",
    "schema",
    "columns",
    "checks",
];

/// A contract with its packs merged under it.
#[derive(Debug, Default)]
pub(crate) struct Merged {
    /// Everything but the checks of the table.
    pub entries: Vec<(Key, Node)>,
    /// The checks of the table, each with the step that wrote it: packs in their order, the contract last.
    pub checks: Vec<(usize, Node)>,
    /// Whether every pack was found and read.
    pub complete: bool,
}

impl Merged {
    /// The value of a top-level key.
    pub fn get(&self, key: &str) -> Option<&(Key, Node)> {
        self.entries.iter().find(|(k, _)| k.text == key)
    }
}

/// Fills the placeholders of a path in `extends`.
pub(crate) type FillPath<'a> = dyn FnMut(&Node, &Sources) -> Result<String, Problem> + 'a;

/// Reads all packs of `root` and merges them.
pub(crate) fn merge(
    root: &Node,
    files: &dyn Files,
    sources: &mut Sources,
    fill: &mut FillPath<'_>,
    problems: &mut Vec<Problem>,
) -> Merged {
    let mut packs =
        Packs { files, sources, fill, problems, read: BTreeMap::new(), order: Vec::new(), bytes: 0, complete: true };
    packs.visit(root, &mut Vec::new());
    let (order, complete) = (std::mem::take(&mut packs.order), packs.complete);
    let mut merged = Merged { complete, ..Merged::default() };
    for (step, pack) in order.iter().enumerate() {
        lay_over(&mut merged, pack, step, problems);
    }
    lay_over(&mut merged, root, order.len(), problems);
    merged
}

struct Packs<'a, 'f> {
    files: &'a dyn Files,
    sources: &'a mut Sources,
    fill: &'a mut FillPath<'f>,
    problems: &'a mut Vec<Problem>,
    /// Packs that were read, by normal path; `None` where that failed.
    read: BTreeMap<String, Option<Rc<Node>>>,
    order: Vec<Rc<Node>>,
    bytes: usize,
    complete: bool,
}

impl Packs<'_, '_> {
    /// Puts the packs of a file, and theirs before them, into order. `above` are the files that led here.
    fn visit(&mut self, node: &Node, above: &mut Vec<String>) {
        let Some(extends) = node.get("extends") else { return };
        if extends.is_null() {
            return;
        }
        let Some(items) = read::list(extends, "extends", self.problems) else {
            self.complete = false;
            return;
        };
        for item in items {
            if let Err(problem) = self.one(item, above) {
                self.complete = false;
                self.problems.push(problem);
            }
        }
    }

    fn one(&mut self, item: &Node, above: &mut Vec<String>) -> Result<(), Problem> {
        if item.text().is_none() || item.is_null() {
            return Err(Problem::at(item.span, format!("`extends` lists paths of packs, not {}", item.describe())));
        }
        let from = self.sources.get(item.span.file).map_or_else(|| "".into(), |file| file.path.clone());
        let written = (self.fill)(item, self.sources)?;
        let path = join(&from, &written);
        let root = self.sources.get(0).map_or_else(String::new, |file| join("", &file.path));
        if path == root || above.contains(&path) {
            let chain: Vec<&str> = above.iter().map(String::as_str).chain([path.as_str()]).collect();
            return Err(Problem::at(item.span, format!("`extends` goes round in a circle: {}", chain.join(" -> "))));
        }
        if above.len() >= MAX_DEPTH {
            return Err(Problem::at(
                item.span,
                format!("packs stand on each other more than {MAX_DEPTH} deep: `{written}`"),
            ));
        }
        let Some(pack) = self.pack(&path, &written, &from, item.span)? else { return Ok(()) };
        above.push(path);
        self.visit(&pack, above);
        above.pop();
        if self.order.len() >= MAX_PACKS {
            return Err(Problem::at(item.span, format!("more than {MAX_PACKS} packs are applied: `{written}`")));
        }
        self.order.push(pack);
        Ok(())
    }

    /// The tree of a pack, read once; `None` where its problems were reported already.
    fn pack(&mut self, path: &str, written: &str, from: &str, at: Span) -> Result<Option<Rc<Node>>, Problem> {
        if let Some(known) = self.read.get(path) {
            return Ok(known.clone());
        }
        self.read.insert(path.to_owned(), None);
        let bytes = self.files.read(written, from).map_err(|why| Problem::at(at, why))?;
        self.bytes += bytes.len();
        if self.bytes > MAX_PACK_BYTES {
            return Err(Problem::at(
                at,
                format!("the packs of this contract have more than 4 MiB together: `{written}`"),
            ));
        }
        let before = self.problems.len();
        let Some(root) = crate::document(path, &bytes, self.sources, self.problems) else {
            if self.problems.len() == before {
                return Err(Problem::at(at, format!("the pack is empty: `{written}`")));
            }
            self.complete = false;
            return Ok(None);
        };
        if !check_pack(&root, written, at, self.problems) {
            self.complete = false;
            return Ok(None);
        }
        let root = Rc::new(root);
        self.read.insert(path.to_owned(), Some(root.clone()));
        Ok(Some(root))
    }
}

/// Whether a file can be used as a pack; says why not.
fn check_pack(root: &Node, written: &str, at: Span, problems: &mut Vec<Problem>) -> bool {
    let Some(entries) = root.entries() else {
        problems.push(Problem::at(at, format!("not a pack, which is a mapping with `pack:`: `{written}`")));
        return false;
    };
    if root.get("table").is_some() {
        problems.push(
            Problem::at(at, format!("a contract, not a pack: `{written}`"))
                .hint("move what is shared into a file with `pack:`"),
        );
        return false;
    }
    if root.get("pack").is_none() {
        problems.push(Problem::at(at, format!("not a pack, for it has no `pack:` key: `{written}`")));
        return false;
    }
    version(root, problems);
    for (key, _) in entries {
        if NOT_IN_PACKS.contains(&key.text.as_str()) {
            problems.push(
                Problem::at(key.span, format!("a pack cannot say `{}`", key.text)).hint("only the contract itself can"),
            );
        }
    }
    true
}

/// Lays one file over what is merged so far.
fn lay_over(merged: &mut Merged, file: &Node, step: usize, problems: &mut Vec<Problem>) {
    let mut over = Vec::new();
    for entry @ (key, value) in file.entries().unwrap_or_default() {
        match key.text.as_str() {
            "assay" | "extends" => {}
            // Of a pack its name; in a contract an unknown key.
            "pack" if key.span.file > 0 => {}
            "checks" if value.is_null() => merged.checks.clear(),
            "checks" => {
                let items = read::list(value, "`checks` of the table", problems).unwrap_or_default();
                merged.checks.extend(items.iter().map(|item| (step, item.clone())));
            }
            _ => over.push(entry),
        }
    }
    lay_map(&mut merged.entries, &over);
}

/// Maps merge by key; anything else replaces; null removes what is inherited.
fn lay_map(below: &mut Vec<(Key, Node)>, over: &[&(Key, Node)]) {
    let index: HashMap<String, usize> = below.iter().enumerate().map(|(at, (key, _))| (key.text.clone(), at)).collect();
    let mut removed = HashSet::new();
    for (key, value) in over {
        let Some(at) = index.get(&key.text).copied() else {
            below.push((key.clone(), value.clone()));
            continue;
        };
        match (&mut below[at].1.kind, &value.kind) {
            _ if value.is_null() => {
                removed.insert(at);
            }
            (NodeKind::Map(under), NodeKind::Map(over)) => lay_map(under, &over.iter().collect::<Vec<_>>()),
            _ => below[at] = (key.clone(), value.clone()),
        }
    }
    let mut at = 0;
    below.retain(|_| {
        at += 1;
        !removed.contains(&(at - 1))
    });
}

/// A path relative to the folder of the file `from`, with `.` and `..` taken out, as it is shown and compared.
pub(crate) fn join(from: &str, path: &str) -> String {
    let absolute = path.starts_with('/');
    let folder = if absolute { "" } else { from.rsplit_once('/').map_or("", |(folder, _)| folder) };
    let rooted = absolute || from.starts_with('/');
    let mut parts: Vec<&str> = Vec::new();
    for part in folder.split('/').chain(path.split('/')) {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => {
                parts.pop();
            }
            ".." if rooted => {}
            part => parts.push(part),
        }
    }
    format!("{}{}", if rooted { "/" } else { "" }, parts.join("/"))
}
