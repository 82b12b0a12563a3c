//! `prediction`: what the model says, and of which sort it is.

use assay_core::contract::Source;
use assay_core::drift::category::{Category, CategoryKind};
use assay_core::drift::monitor::{Prediction, Task};
use assay_core::literal::{Literal, looks_typed};
use assay_core::node::{Key, Node, NodeKind};
use assay_core::problem::Problem;
use assay_core::types::Type;
use assay_core::value::Value;
use assay_stats::drift::ColumnKind;

use super::columns::Written;
use super::numbers::plain;
use super::section::{Reader, Section};
use crate::read;

const KEYS: &[&str] = &["column", "task", "score", "positive", "tests"];

impl Reader<'_> {
    /// Reads `prediction`.
    pub fn prediction(
        &mut self,
        entry: Option<&(Key, Node)>,
        source: &Source,
        columns: &[Written],
    ) -> Option<Prediction> {
        let (key, node) = entry?;
        let section = self.section(key, node, KEYS, "{column: eta_pred, task: regression}")?;
        let column = self.required_text(&section, "column", "name the column: `prediction: {column: eta_pred, ..}`");
        let task = self.required(&section, "task", "say `task: regression` or `task: classification`");
        let names = ["regression", "classification"];
        let task = task.and_then(|node| read::word(node, "task", &names, &mut self.problems));
        let kind = task.map(|task| if task == "regression" { ColumnKind::Numeric } else { ColumnKind::Categorical });
        let tests = section.get("tests").and_then(|node| self.tests(node, "the prediction", kind));
        let score = section.get("score").and_then(|node| self.name(node, "score"));
        let declared = columns.iter().find(|written| Some(&written.column.name) == column.as_ref());
        let ty = declared.and_then(|written| written.column.ty.as_ref());
        let positive = section.get("positive").and_then(|node| self.class(node, source, ty));
        if task == Some("regression") {
            self.of_classes(&section);
        }
        let (column, task) = (column?, task?);
        if score.as_ref() == Some(&column) {
            let message = format!("the score is the prediction itself: `{column}`");
            self.wrong(key.span, message, "`column` holds the predicted class, `score` its probability");
        }
        let task = if task == "regression" { Task::Regression } else { Task::Classification { score, positive } };
        Some(Prediction { column, task, tests: tests.map(|deciding| deciding.tests), at: self.place(key.span) })
    }

    fn of_classes(&mut self, section: &Section<'_>) {
        for name in ["score", "positive"] {
            if let Some((key, _)) = section.entry(name) {
                let message = format!("`{name}` means nothing for a regression");
                self.wrong(key.span, message, "remove it, or write `task: classification`");
            }
        }
    }

    /// The positive class, as the values of the column are.
    fn class(&mut self, node: &Node, source: &Source, ty: Option<&Type>) -> Option<Category> {
        let NodeKind::Scalar { text, quoted } = &node.kind else {
            let message = format!("`positive` is one class, not {}", node.describe());
            self.problems.push(Problem::at(node.span, message).hint("as in `positive: 1`"));
            return None;
        };
        if node.is_null() {
            self.wrong(node.span, "`positive` has no value", "name the class, or remove the line");
            return None;
        }
        if let Some(ty) = ty {
            let literal = Literal { text: text.clone(), quoted: *quoted, span: node.span };
            return match literal.read(ty) {
                Ok(value) => Category::of(&value),
                Err(why) => {
                    self.problems.push(Problem::at(node.span, why));
                    None
                }
            };
        }
        if *quoted || source.format.is_text() || !looks_typed(text) {
            return Some(Category::text(text.clone()));
        }
        if let Some(is) = [("true", true), ("false", false)].into_iter().find(|(word, _)| text.to_lowercase() == *word)
        {
            return Category::of(&Value::Bool(is.1));
        }
        let integer = text.parse().ok().map(Category::integer);
        let class = integer.or_else(|| plain(text).and_then(Category::number));
        if class.is_none() {
            self.wrong(node.span, format!("`positive` is no number: {}", node.describe()), "quote it if it is text");
        }
        class.filter(|class| class.kind == CategoryKind::Number)
    }
}
