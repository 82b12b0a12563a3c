//! What goes over columns: `segments`, `dataset`, `correlations`, `covariance`; and `confirm` and `calibrate`.

use assay_core::drift::monitor::{Calibrate, Components, Confirm, Correlations, Covariance, Dataset, Pairs, Segments};
use assay_core::node::{Key, Node, NodeKind};
use assay_core::problem::{Problem, Span};
use assay_stats::drift::Limits;

use super::numbers::{Unit, plain, share};
use super::section::Reader;
use crate::read;

const ITEM: &str = "{by: city_id, top: 20}";
const TOP_SEGMENTS: u32 = 20;
const MOST_SEGMENTS: u32 = 1_000;
const TOP_PAIRS: u32 = 50;
/// Ways to divide rows, and columns of each.
const MOST_SEGMENTATIONS: usize = 20;
const MOST_BY: usize = 5;
/// All pairs of 200 columns.
const MOST_PAIRS: u32 = 19_900;
const MOST_COMPONENTS: u32 = 200;
const MOST_CONFIRM: u32 = 100;
/// Fewer windows than this teach nothing.
const LEAST_CALIBRATE: u32 = 28;
const MOST_CALIBRATE: u32 = 1_000;

/// A column that a section names, with its place.
pub(crate) type Named = (String, Span);

impl Reader<'_> {
    /// Reads `segments`; beside them, the columns they name.
    pub fn segments(&mut self, node: Option<&Node>, min_rows: u64) -> (Vec<Segments>, Vec<Named>) {
        let (mut segments, mut named): (Vec<Segments>, Vec<Named>) = (Vec::new(), Vec::new());
        for item in self.items(node, "segments", ITEM) {
            if segments.len() >= MOST_SEGMENTATIONS {
                let message = format!("`segments` has more than {MOST_SEGMENTATIONS} items");
                self.wrong(item.span, message, "leave some out: every test is repeated within each segment");
                break;
            }
            if read::enough(&self.problems) {
                break;
            }
            let key = Key { text: "segments".into(), span: item.span };
            let what = "an item of `segments`".to_owned();
            let known = &["by", "top", "min_rows"];
            let Some(section) = self.called(what, &key, item, known, &format!("segments: [{ITEM}]")) else { continue };
            let Some(by) = self.required(&section, "by", "name one column or several: `by: city_id`") else { continue };
            let columns = self.by(by);
            let top = section.get("top").and_then(|node| self.whole(node, "`top`", 1, MOST_SEGMENTS));
            let rows = section.get("min_rows").and_then(|node| self.min_rows(node));
            let names: Vec<String> = columns.iter().map(|(name, _)| name.clone()).collect();
            if segments.iter().any(|other| other.by == names) {
                self.wrong(by.span, format!("the same segments again: `{}`", names.join(", ")), "leave them out");
                continue;
            }
            named.extend(columns);
            if !names.is_empty() {
                let (top, min_rows) = (top.unwrap_or(TOP_SEGMENTS), rows.unwrap_or(min_rows));
                segments.push(Segments { by: names, top, min_rows, at: self.place(item.span) });
            }
        }
        (segments, named)
    }

    fn by(&mut self, node: &Node) -> Vec<Named> {
        let items = match &node.kind {
            NodeKind::Seq(items) => items.as_slice(),
            NodeKind::Scalar { .. } | NodeKind::Map(_) => std::slice::from_ref(node),
        };
        let mut named: Vec<Named> = Vec::new();
        if items.len() > MOST_BY {
            self.wrong(node.span, format!("`by` names more than {MOST_BY} columns"), "name fewer");
            return named;
        }
        for item in items {
            let Some(name) = self.name(item, "by") else { continue };
            if named.iter().any(|(other, _)| *other == name) {
                self.wrong(item.span, format!("`by` names a column twice: `{name}`"), "name it once");
                continue;
            }
            named.push((name, item.span));
        }
        if items.is_empty() {
            self.wrong(node.span, "`by` names no column", "as in `by: city_id`");
        }
        named
    }

    /// Reads `dataset`.
    pub fn dataset(&mut self, entry: Option<&(Key, Node)>) -> Option<Dataset> {
        let (key, node) = entry?;
        let example = "{drifted_share: {warn: 20%, fail: 50%}}";
        let section = self.section(key, node, &["drifted_share"], example)?;
        self.required(&section, "drifted_share", "as in `drifted_share: {warn: 20%, fail: 50%}`")?;
        let (share_key, value) = section.entry("drifted_share")?;
        let (what, unit) = ("`drifted_share`", Unit::ShareOrFraction);
        let NodeKind::Map(_) = &value.kind else {
            let limits = self.limits(share_key, value, what, unit)?.limits;
            return Some(Dataset { limits, by_importance: false, at: self.place(key.span) });
        };
        let share = self.section(share_key, value, &["warn", "fail", "weight"], "{fail: 50%}")?;
        let weight = share.get("weight");
        let weight = weight.map(|node| read::word(node, "weight", &["importance", "equal"], &mut self.problems));
        let limits = self.levels(share_key, what, share.get("warn"), share.get("fail"), unit)?.limits;
        let by_importance = weight.unwrap_or(Some("equal"))? == "importance";
        Some(Dataset { limits, by_importance, at: self.place(key.span) })
    }

    /// Reads `correlations`; beside them, the columns of named pairs.
    pub fn correlations(&mut self, entry: Option<&(Key, Node)>) -> (Option<Correlations>, Vec<Named>) {
        let known = &["pairs", "max_change"];
        let example = "{pairs: top 50, max_change: 0.15}";
        let Some(section) = entry.and_then(|(key, node)| self.section(key, node, known, example)) else {
            return (None, Vec::new());
        };
        let limits = match section.entry("max_change") {
            // two correlations are at most 2 apart
            Some((key, node)) => self.limits(key, node, "`max_change`", Unit::UpTo(2.0)).map(|written| written.limits),
            None => Some(Limits { warn: None, fail: Some(0.15) }),
        };
        let (pairs, named) = match section.get("pairs") {
            None => (Some(Pairs::Top(TOP_PAIRS)), Vec::new()),
            Some(Node { kind: NodeKind::Seq(items), span }) => {
                if items.len() > MOST_PAIRS as usize {
                    self.wrong(*span, format!("`pairs` names more than {MOST_PAIRS}"), "write `top 50`, or name fewer");
                    return (None, Vec::new());
                }
                if items.is_empty() {
                    self.wrong(*span, "`pairs` names none", "write `top 50`, or leave `correlations` out");
                }
                let pairs = self.pairs(items);
                let plain = pairs.iter().map(|[(a, _), (b, _)]| (a.clone(), b.clone())).collect();
                (Some(Pairs::Named(plain)), pairs.into_iter().flatten().collect())
            }
            Some(node) => (self.top(node, "`pairs`", MOST_PAIRS).map(Pairs::Top), Vec::new()),
        };
        let at = self.place(section.key.span);
        let correlations = pairs.zip(limits).map(|(pairs, limits)| Correlations { pairs, limits, at });
        (correlations, named)
    }

    fn pairs(&mut self, items: &[Node]) -> Vec<[Named; 2]> {
        let mut pairs: Vec<[Named; 2]> = Vec::new();
        let mut seen = std::collections::HashSet::new();
        for item in items {
            if read::enough(&self.problems) {
                break;
            }
            let NodeKind::Seq(two) = &item.kind else {
                let message = format!("a pair is a list of two columns, not {}", item.describe());
                self.wrong(item.span, message, "as in `pairs: [[distance_km, fare]]`");
                continue;
            };
            let names: Vec<Named> =
                two.iter().filter_map(|node| Some((self.name(node, "pairs")?, node.span))).collect();
            let Ok(pair) = <[Named; 2]>::try_from(names) else {
                let message = format!("a pair is two columns, and here are {}", two.len());
                self.wrong(item.span, message, "as in `pairs: [[distance_km, fare]]`");
                continue;
            };
            let [(a, _), (b, _)] = &pair;
            if a == b {
                self.wrong(item.span, format!("a column correlates with itself: `{a}`"), "name two columns");
            } else if !seen.insert(if a < b { (a.clone(), b.clone()) } else { (b.clone(), a.clone()) }) {
                self.wrong(item.span, format!("a pair is named twice: `{a}`, `{b}`"), "name it once");
            } else {
                pairs.push(pair);
            }
        }
        pairs
    }

    /// Reads `covariance`.
    pub fn covariance(&mut self, entry: Option<&(Key, Node)>) -> Option<Covariance> {
        let (key, node) = entry?;
        let section = self.section(key, node, &["pca"], "{pca: {components: 0.65, fail: 3}}")?;
        self.required(&section, "pca", "as in `covariance: {pca: {components: 0.65, fail: 3}}`")?;
        let (pca_key, value) = section.entry("pca")?;
        let pca = self.section(pca_key, value, &["components", "warn", "fail"], "{components: 0.65, fail: 3}")?;
        let components = match pca.get("components") {
            Some(node) => self.components(node),
            None => Some(Components::Share(0.65)),
        };
        let limits = self.levels(pca_key, "`pca`", pca.get("warn"), pca.get("fail"), Unit::Number)?.limits;
        Some(Covariance { components: components?, limits, at: self.place(key.span) })
    }

    fn components(&mut self, node: &Node) -> Option<Components> {
        let text = node.text().filter(|_| !node.is_null()).unwrap_or_default().trim();
        let found = if text.bytes().all(|byte| byte.is_ascii_digit()) {
            text.parse().ok().filter(|count| (1..=MOST_COMPONENTS).contains(count)).map(Components::Count)
        } else {
            plain(text).filter(|share| *share > 0.0 && *share < 1.0).map(Components::Share)
        };
        if found.is_none() {
            let message = format!(
                "`components` is a number of them from 1 to {MOST_COMPONENTS}, or a share of the variance below 1, not {}",
                node.describe()
            );
            let hint = share(text).filter(|share| *share < 1.0).map(|share| format!("write `{share}`"));
            self.problems
                .push(Problem::at(node.span, message).hint(hint.unwrap_or_else(|| "as in `0.65` or `5`".into())));
        }
        found
    }

    /// Reads `confirm`.
    pub fn confirm(&mut self, entry: Option<&(Key, Node)>) -> Confirm {
        let mut confirm = Confirm { fail: 1, recover: 1 };
        let example = "{fail: 2 windows, recover: 2 windows}";
        let Some(section) = entry.and_then(|(key, node)| self.section(key, node, &["fail", "recover"], example)) else {
            return confirm;
        };
        if let Some(node) = section.get("fail") {
            confirm.fail = self.windows(node, "`fail`", MOST_CONFIRM).unwrap_or(1);
        }
        if let Some(node) = section.get("recover") {
            confirm.recover = self.windows(node, "`recover`", MOST_CONFIRM).unwrap_or(1);
        }
        confirm
    }

    /// Reads `calibrate`.
    pub fn calibrate(&mut self, entry: Option<&(Key, Node)>) -> Option<Calibrate> {
        let (key, node) = entry?;
        let section = self.section(key, node, &["windows"], "{windows: 28}")?;
        let node = self.required(&section, "windows", "as in `calibrate: {windows: 28}`")?;
        let windows = self.whole(node, "`windows` of `calibrate`", LEAST_CALIBRATE, MOST_CALIBRATE)?;
        Some(Calibrate { windows })
    }
}
