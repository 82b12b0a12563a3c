//! `defaults`: what decides for columns without tests of their own, and when a p-value counts.

use assay_core::drift::monitor::{Defaults, Significance, TestLimits};
use assay_core::node::{Key, Node};
use assay_core::suggest::did_you_mean;
use assay_stats::corrections::Correction;
use assay_stats::drift::{ColumnKind, registry};

use super::deciding::{built_in, kind_name};
use super::section::{Reader, Section};
use crate::read;

const KEYS: &[&str] = &["numeric", "categorical", "missing", "significance", "psi_bins"];
const ALPHA: f64 = 0.01;

/// What holds without `defaults`.
fn usual() -> (Defaults, Significance) {
    let defaults = Defaults {
        numeric: built_in("psi").into_iter().collect(),
        categorical: ["chi_square", "unseen"].into_iter().filter_map(built_in).collect(),
        missing: built_in("missing"),
        psi_bins: 10,
    };
    (defaults, Significance { alpha: ALPHA, correction: Correction::default() })
}

impl Reader<'_> {
    /// Reads `defaults`.
    pub fn defaults(&mut self, entry: Option<&(Key, Node)>) -> (Defaults, Significance) {
        let (mut defaults, mut significance) = usual();
        let example = "{numeric: {psi: 0.2}}";
        let Some(section) = entry.and_then(|(key, node)| self.section(key, node, KEYS, example)) else {
            return (defaults, significance);
        };
        if let Some(tests) = self.of_kind(&section, ColumnKind::Numeric) {
            defaults.numeric = tests;
        }
        if let Some(tests) = self.of_kind(&section, ColumnKind::Categorical) {
            defaults.categorical = tests;
        }
        if let (Some((key, value)), Some(test)) = (section.entry("missing"), registry::find("missing")) {
            let missing = self.test_limits(key, value, test);
            defaults.missing = missing.filter(|test| test.limits.warn.is_some() || test.limits.fail.is_some());
        }
        if let Some((key, value)) = section.entry("significance") {
            self.significance(key, value, &mut significance);
        }
        if let Some(node) = section.get("psi_bins") {
            match node.text() {
                Some("10") => defaults.psi_bins = 10,
                Some("20") => defaults.psi_bins = 20,
                _ => {
                    let message = format!("`psi_bins` is 10 or 20, not {}", node.describe());
                    self.wrong(node.span, message, "its limits are known for these");
                }
            }
        }
        (defaults, significance)
    }

    /// The tests of columns of a kind.
    fn of_kind(&mut self, section: &Section<'_>, kind: ColumnKind) -> Option<Vec<TestLimits>> {
        let name = kind_name(kind);
        let node = section.get(name)?;
        if let Some((key, _)) = node.entries().and_then(|entries| entries.iter().find(|(key, _)| key.text == "missing"))
        {
            let message = format!("`missing` is not a test of `{name}` alone");
            self.wrong(key.span, message, "write it beside: `defaults: {missing: {fail: 5%}}`");
            return None;
        }
        self.tests(node, &format!("`{name}`"), Some(kind)).map(|deciding| deciding.tests)
    }

    fn significance(&mut self, key: &Key, node: &Node, significance: &mut Significance) {
        let example = "{alpha: 0.01, correction: benjamini_hochberg}";
        let Some(section) = self.section(key, node, &["alpha", "correction"], example) else { return };
        if let Some(node) = section.get("alpha")
            && let Some(alpha) = self.number(node, "`alpha`")
        {
            if alpha > 0.0 && alpha < 1.0 {
                significance.alpha = alpha;
            } else {
                let message = format!("`alpha` lies between 0 and 1, and here it is {}", node.describe());
                self.wrong(node.span, message, "the usual one is `0.01`");
            }
        }
        if let Some(node) = section.get("correction")
            && let Some(name) = read::text(node, "correction", &mut self.problems)
        {
            let names = || Correction::ALL.into_iter().map(Correction::name);
            match Correction::find(&name) {
                Some(correction) => significance.correction = correction,
                None => {
                    let hint = match name.as_str() {
                        "bh" | "fdr" | "fdr_bh" => Some("did you mean `benjamini_hochberg`?".to_owned()),
                        "by" | "fdr_by" => Some("did you mean `benjamini_yekutieli`?".into()),
                        name => did_you_mean(name, names()),
                    };
                    let hint = hint.unwrap_or_else(|| format!("there are {}", names().collect::<Vec<_>>().join(", ")));
                    self.wrong(node.span, format!("unknown correction {}", node.describe()), hint);
                }
            }
        }
    }
}
