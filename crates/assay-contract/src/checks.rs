//! Builds every check of a contract in its place and gives each an id of its own.

use std::collections::HashMap;

use assay_checks::build::{self, BuildContext, Built};
use assay_checks::registry;
use assay_checks::written::written;
use assay_core::check::PlacedCheck;
use assay_core::contract::ColumnSpec;
use assay_core::node::{Key, Node, NodeKind};
use assay_core::problem::{Problem, Span};
use assay_core::suggest::{closest, did_you_mean};

use crate::columns::{Column, RESERVED};
use crate::extends::Merged;
use crate::read;
use crate::sources::Sources;
use crate::yaml::shorten;

/// What people write who come from other tools.
const ALIKE: &[(&str, &str)] = &[
    ("nullable", "required: true"),
    ("not_null", "required: true"),
    ("null", "required: true"),
    ("primary_key", "key: [..]` of the table"),
    ("regex", "pattern"),
    ("match", "pattern"),
    ("values", "in"),
    ("enum", "in"),
    ("accepted_values", "in"),
    ("one_of", "in"),
    ("min", "range: {min: ..}"),
    ("max", "range: {max: ..}"),
    ("between", "range"),
    ("min_length", "length: {min: ..}"),
    ("max_length", "length: {max: ..}"),
    ("name", "id"),
];

/// The check of a list item, which is a mapping of one key.
pub(crate) fn one_check(item: &Node, problems: &mut Vec<Problem>) -> Option<(Key, Node)> {
    match &item.kind {
        NodeKind::Map(entries) => match entries.as_slice() {
            [(key, value)] => Some((key.clone(), value.clone())),
            [] => {
                problems.push(Problem::at(item.span, "an item of `checks` is empty"));
                None
            }
            [(first, _), (second, _), ..] => {
                let hint = format!(
                    "options of `{0}` go inside of it: `{0}: {{{1}: ..}}`; another check is another item",
                    first.text, second.text
                );
                problems.push(
                    Problem::at(
                        second.span,
                        format!(
                            "an item of `checks` is one check, and here is a second key: `{}`",
                            shorten(&second.text)
                        ),
                    )
                    .hint(hint),
                );
                None
            }
        },
        NodeKind::Scalar { .. } | NodeKind::Seq(_) => {
            let hint = item.text().filter(|_| !item.is_null()).map(|name| format!("write `- {name}: {{}}`"));
            problems.push(
                Problem::at(
                    item.span,
                    format!("an item of `checks` is a check such as `row_count: {{min: 1}}`, not {}", item.describe()),
                )
                .maybe_hint(hint),
            );
            None
        }
    }
}

/// The checks of the table as they hold after `extends`: a later file says a check of the same id anew, or takes it
/// away with null. What [`place_all`] does with checks that it builds, done without building them.
pub(crate) fn last_said(items: &[(usize, Node)]) -> Vec<Node> {
    let mut said: Vec<(usize, Option<String>, &Node)> = Vec::new();
    for (step, item) in items {
        let entry = item.entries().and_then(<[_]>::first);
        if let Some((key, _)) = entry.filter(|(_, value)| value.is_null()) {
            said.retain(|(writer, id, _)| !(writer < step && id.as_deref() == Some(key.text.as_str())));
            continue;
        }
        let id = entry.and_then(|(key, value)| written(key, value, None)).map(|check| check.id);
        let earlier = said.iter().position(|(writer, other, _)| writer < step && id.is_some() && *other == id);
        match earlier {
            Some(at) => said[at] = (*step, id, item),
            None => said.push((*step, id, item)),
        }
    }
    said.into_iter().map(|(_, _, item)| item.clone()).collect()
}

/// The contract around its checks.
pub(crate) struct Around<'a> {
    /// Everything but the column.
    pub context: BuildContext<'a>,
    /// The columns with their checks.
    pub columns: &'a [Column],
    /// The contract's tree.
    pub merged: &'a Merged,
    /// Where the `table` is named: the place of what nothing else implies.
    pub table: Span,
    /// The parts of the key with their places.
    pub key: &'a [(String, Span)],
}

/// Builds all checks: schema, columns in order with what they imply, key, table.
pub(crate) fn place_all(around: &Around<'_>, sources: &Sources, problems: &mut Vec<Problem>) -> Vec<PlacedCheck> {
    let mut placing = Placing { sources, problems, placed: Vec::new(), seen: HashMap::new() };
    placing.schema(around);
    for column in around.columns {
        if read::enough(placing.problems) {
            return placing.placed;
        }
        placing.column(around, column);
    }
    placing.key(around);
    for (step, item) in &around.merged.checks {
        if read::enough(placing.problems) {
            break;
        }
        placing.table(around, *step, item);
    }
    placing.placed
}

/// Who wrote a check: the step of `extends` for checks of the table, nobody in particular for all others.
type Step = Option<usize>;

struct Placing<'a> {
    sources: &'a Sources,
    problems: &'a mut Vec<Problem>,
    placed: Vec<PlacedCheck>,
    seen: HashMap<String, (usize, Span, Step)>,
}

impl Placing<'_> {
    fn schema(&mut self, around: &Around<'_>) {
        let entry = around.merged.get("schema");
        let span = entry.map_or(around.table, |(key, _)| key.span);
        match build::schema(entry.map(|(key, value)| (key, value)), &around.context, span) {
            Ok(built) => self.place(built, None, false, None),
            Err(problems) => self.problems.extend(problems),
        }
    }

    fn column(&mut self, around: &Around<'_>, column: &Column) {
        let at = BuildContext { column: Some(&column.spec), ..around.context };
        let mut written: Vec<&'static str> = Vec::new();
        let mut unfiltered: HashMap<&'static str, (String, Span)> = HashMap::new();
        for (key, value) in &column.checks {
            let Some(built) = self.build(key, value, &at) else { continue };
            written.push(built.name);
            let short_form = matches!(built.name, "completeness" | "uniqueness");
            if short_form && value.get("where").is_none() {
                match unfiltered.get(built.name) {
                    Some((other, first)) if *other != key.text => {
                        self.problems.push(
                            Problem::at(
                                key.span,
                                format!(
                                    "`{}` beside `{other}` of line {} says the same thing twice: column `{}`",
                                    key.text, first.line, column.spec.name
                                ),
                            )
                            .hint("keep one of the two, or limit one by `where`"),
                        );
                        continue;
                    }
                    _ => {
                        unfiltered.insert(built.name, (key.text.clone(), key.span));
                    }
                }
            }
            self.place(built, Some(&column.spec), column.spec.optional, None);
        }
        for built in build::implicit(&at, &written, unfiltered.contains_key("completeness"), column.key.span) {
            self.place(built, Some(&column.spec), column.spec.optional, None);
        }
    }

    /// The key is unique as a tuple, and every part has a value, whether its column is declared or not.
    fn key(&mut self, around: &Around<'_>) {
        for (name, span) in around.key {
            if around.columns.iter().any(|column| column.spec.name == *name) {
                continue;
            }
            let spec = ColumnSpec { name: name.clone(), ty: None, optional: false, read: Default::default() };
            let at = BuildContext { column: Some(&spec), ..around.context };
            for built in build::implicit(&at, &[], false, *span) {
                self.place(built, Some(&spec), false, None);
            }
        }
        let span = around.merged.get("key").map_or(around.table, |(key, _)| key.span);
        if let Some(built) = build::key(&around.context, span) {
            self.place(built, None, false, None);
        }
    }

    fn table(&mut self, around: &Around<'_>, step: usize, item: &Node) {
        let Some((key, value)) = one_check(item, self.problems) else { return };
        if value.is_null() {
            self.remove(&key, &value, step);
        } else if let Some(built) = self.build(&key, &value, &around.context) {
            self.place(built, None, false, Some(step));
        }
    }

    /// `- some_id: null` takes a check away that a pack brought.
    fn remove(&mut self, key: &Key, value: &Node, step: usize) {
        let inherited = self.placed.iter().position(|check| {
            let by_pack =
                self.seen.get(&check.id).is_some_and(|(_, _, writer)| writer.is_some_and(|writer| writer < step));
            by_pack && check.id == key.text
        });
        match inherited {
            Some(at) => {
                let gone = self.placed.remove(at);
                self.seen.remove(&gone.id);
                for (index, _, _) in self.seen.values_mut().filter(|(index, _, _)| *index > at) {
                    *index -= 1;
                }
            }
            None if registry::find(&key.text).is_some() && value.text() == Some("") => {
                let problem = Problem::at(key.span, format!("check `{}` has no value", key.text));
                self.problems.push(problem.hint(format!("write `{}: {{}}` for its defaults", key.text)));
            }
            None => {
                let ids = self.placed.iter().map(|check| check.id.as_str());
                let hint = did_you_mean(&key.text, ids)
                    .unwrap_or_else(|| "null removes a check that a pack of `extends` brings, by its id".into());
                self.problems.push(
                    Problem::at(key.span, format!("no inherited check has the id `{}`", shorten(&key.text))).hint(hint),
                );
            }
        }
    }

    fn build(&mut self, key: &Key, value: &Node, at: &BuildContext<'_>) -> Option<Built> {
        match build::build(key, value, at) {
            Ok(built) => built,
            Err(problems) if registry::find(&key.text).is_none() => {
                self.problems.extend(problems.into_iter().map(|problem| better_guess(problem, key, at.column)));
                None
            }
            Err(problems) => {
                self.problems.extend(problems);
                None
            }
        }
    }

    fn place(&mut self, built: Built, column: Option<&ColumnSpec>, optional: bool, step: Step) {
        let check = PlacedCheck {
            id: built.id,
            name: built.name,
            column: column.map(|spec| spec.name.clone()),
            dimension: built.dimension,
            severity: built.severity,
            at: self.sources.place(built.span),
            why: built.why,
            tags: built.tags,
            optional,
            check: built.check,
        };
        match self.seen.get(&check.id) {
            None => {
                self.seen.insert(check.id.clone(), (self.placed.len(), built.span, step));
                self.placed.push(check);
            }
            // A later file says the same check anew.
            Some((at, _, Some(writer))) if step.is_some_and(|step| *writer < step) => {
                let at = *at;
                self.seen.insert(check.id.clone(), (at, built.span, step));
                self.placed[at] = check;
            }
            Some((_, first, _)) => {
                let first = self.sources.place(*first);
                let message = format!(
                    "a second check with the id `{}`, first at {}:{}:{}",
                    check.id, first.path, first.line, first.column
                );
                self.problems.push(Problem::at(built.span, message).hint("give one of them an `id` of its own"));
            }
        }
    }
}

/// An unknown name may be one of another tool, or a key of the column that is no check.
fn better_guess(problem: Problem, key: &Key, column: Option<&ColumnSpec>) -> Problem {
    let name = key.text.as_str();
    if let Some((_, ours)) = ALIKE.iter().find(|(other, _)| *other == name) {
        return problem.hint(format!("did you mean `{ours}`? `assay explain` lists all checks"));
    }
    let guess = closest(name, registry::names().chain(RESERVED.iter().copied()));
    match guess.filter(|guess| column.is_some() && RESERVED.contains(guess)) {
        Some(guess) => Problem { message: problem.message.replace("unknown check", "unknown key"), ..problem }
            .hint(format!("did you mean `{guess}`?")),
        None => problem,
    }
}
