//! Sets of deciding tests: `[psi, ks]`, `{psi: 0.2}`, `{ks: {warn: 0.08, fail: 0.15}, missing: off}`.

use assay_core::drift::monitor::TestLimits;
use assay_core::node::{Key, Node, NodeKind};
use assay_core::problem::{Problem, Span};
use assay_core::suggest::did_you_mean;
use assay_stats::drift::{ColumnKind, DriftTest, Limits, registry};

use super::limits::Written;
use super::numbers::Unit;
use super::section::Reader;
use crate::read;
use crate::yaml::shorten;

/// Tests whose limits are shares.
pub(crate) const SHARES: &[&str] = &["missing", "unseen", "vanished"];
/// Tests whose effect is at most 1.
const UP_TO_ONE: &[&str] = &[
    "ks",
    "kuiper",
    "chi_square",
    "g_test",
    "jensen_shannon",
    "hellinger",
    "total_variation",
    "l_infinity",
    "z_proportion",
];
/// What people write who come from other tools.
const ALIKE: &[(&str, &str)] = &[
    ("kolmogorov_smirnov", "ks"),
    ("ks_2samp", "ks"),
    ("population_stability_index", "psi"),
    ("chi2", "chi_square"),
    ("chisquare", "chi_square"),
    ("chi_squared", "chi_square"),
    ("cramers_v", "chi_square"),
    ("js", "jensen_shannon"),
    ("jensenshannon", "jensen_shannon"),
    ("js_divergence", "jensen_shannon"),
    ("w1", "wasserstein"),
    ("emd", "wasserstein"),
    ("earth_mover", "wasserstein"),
    ("kl_div", "kl"),
    ("kullback_leibler", "kl"),
    ("tv", "total_variation"),
    ("tvd", "total_variation"),
    ("linf", "l_infinity"),
    ("ad", "anderson_darling"),
    ("anderson", "anderson_darling"),
    ("cvm", "cramer_von_mises"),
    ("z_test", "z_proportion"),
    ("g", "g_test"),
    ("null", "missing"),
    ("nulls", "missing"),
    ("missing_values", "missing"),
    ("completeness", "missing"),
    ("new_categories", "unseen"),
    ("new_values", "unseen"),
];

/// The word for a kind.
pub(crate) fn kind_name(kind: ColumnKind) -> &'static str {
    match kind {
        ColumnKind::Numeric => "numeric",
        ColumnKind::Categorical => "categorical",
    }
}

/// The kind that a test asks for; `None`: it takes both.
fn only_kind(test: &dyn DriftTest) -> Option<ColumnKind> {
    match (test.applies_to(ColumnKind::Numeric), test.applies_to(ColumnKind::Categorical)) {
        (true, false) => Some(ColumnKind::Numeric),
        (false, true) => Some(ColumnKind::Categorical),
        _ => None,
    }
}

/// The tests that were read.
#[derive(Debug, Clone, Default)]
pub(crate) struct Deciding {
    /// In the order written.
    pub tests: Vec<TestLimits>,
    /// The kind they ask for, with the test that does.
    pub kind: Option<(ColumnKind, &'static str)>,
}

impl Reader<'_> {
    /// Reads a set of tests for columns of `kind`, `whose` in messages; `None` where not one could be read.
    pub fn tests(&mut self, node: &Node, whose: &str, kind: Option<ColumnKind>) -> Option<Deciding> {
        let nothing = Node::scalar("", false, Span::default());
        let entries: Vec<(Key, &Node)> = match &node.kind {
            NodeKind::Map(entries) => entries.iter().map(|(key, value)| (key.clone(), value)).collect(),
            NodeKind::Seq(items) => self.named(items).into_iter().map(|key| (key, &nothing)).collect(),
            NodeKind::Scalar { text, .. } => {
                let message = format!("the tests of {whose} are a list or a mapping, not {}", node.describe());
                let hint = if registry::find(text).is_some() {
                    format!("write [{text}]")
                } else {
                    "as in `{psi: 0.2}`".into()
                };
                self.wrong(node.span, message, hint);
                return None;
            }
        };
        if entries.is_empty()
            && !self.unfilled.contains(&node.span)
            && !matches!(&node.kind, NodeKind::Seq(items) if !items.is_empty())
        {
            self.wrong(
                node.span,
                format!("the tests of {whose} name none"),
                "name a test, or leave `tests` out for the defaults",
            );
            return None;
        }
        let mut deciding = Deciding::default();
        for (key, value) in &entries {
            if read::enough(&self.problems) {
                break;
            }
            let Some(test) = self.find(key) else { continue };
            if deciding.tests.iter().any(|other| other.test == test.name()) {
                self.wrong(key.span, format!("a test is named twice: `{}`", test.name()), "name it once");
                continue;
            }
            if let Some(read) = self.one(key, value, test, whose, kind, &mut deciding) {
                deciding.tests.push(read);
            }
        }
        (!deciding.tests.is_empty()).then_some(deciding)
    }

    /// The names of a list.
    fn named(&mut self, items: &[Node]) -> Vec<Key> {
        let mut keys = Vec::new();
        for item in items {
            match item.text().filter(|_| !item.is_null()) {
                Some(text) => keys.push(Key { text: text.to_owned(), span: item.span }),
                None => {
                    let message = format!("a list of tests holds their names, not {}", item.describe());
                    self.wrong(item.span, message, "with limits it is a mapping: `{psi: 0.2, ks: {fail: 0.1}}`");
                }
            }
        }
        keys
    }

    fn find(&mut self, key: &Key) -> Option<&'static dyn DriftTest> {
        let found = registry::find(&key.text);
        if found.is_none() {
            let lower = key.text.to_lowercase();
            let names = || registry::TESTS.iter().map(|test| test.name());
            let alike =
                ALIKE.iter().find(|(other, _)| *other == lower).map(|(_, ours)| format!("did you mean `{ours}`?"));
            let hint = alike.or_else(|| did_you_mean(&key.text, names())).unwrap_or_else(|| {
                format!("there are {}", names().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", "))
            });
            self.wrong(key.span, format!("unknown drift test `{}`", shorten(&key.text)), hint);
        }
        found
    }

    fn one(
        &mut self,
        key: &Key,
        value: &Node,
        test: &'static dyn DriftTest,
        whose: &str,
        kind: Option<ColumnKind>,
        deciding: &mut Deciding,
    ) -> Option<TestLimits> {
        let name = test.name();
        if let Some(kind) = kind.filter(|kind| !test.applies_to(*kind)) {
            let fitting = registry::TESTS
                .iter()
                .filter(|test| test.applies_to(kind) && test.name() != "missing")
                .map(|test| format!("`{}`", test.name()));
            let other = kind_name(only_kind(test).unwrap_or(kind));
            let message = format!("`{name}` is for {other} columns, not for {} ones", kind_name(kind));
            self.wrong(
                key.span,
                message,
                format!("{} tests are {}", kind_name(kind), fitting.collect::<Vec<_>>().join(", ")),
            );
            return None;
        }
        if let Some(asked) = only_kind(test) {
            match deciding.kind {
                Some((other, first)) if other != asked => {
                    let message = format!(
                        "`{first}` is for {} columns and `{name}` for {} ones",
                        kind_name(other),
                        kind_name(asked)
                    );
                    self.wrong(key.span, message, format!("{whose} is one of the two: leave one test out"));
                    return None;
                }
                Some(_) => {}
                None => deciding.kind = Some((asked, name)),
            }
        }
        self.test_limits(key, value, test)
    }

    /// The limits of a test: its defaults where none are written. `missing: off` has none.
    pub fn test_limits(&mut self, key: &Key, value: &Node, test: &'static dyn DriftTest) -> Option<TestLimits> {
        let name = test.name();
        let at = Some(self.place(key.span));
        if value.is_null() {
            let Some(limits) = test.default_limits() else {
                let unit = if SHARES.contains(&name) { "1%" } else { "0.1" };
                let message = format!("`{name}` has no default limits");
                self.wrong(key.span, message, format!("write them: `{name}: {{fail: {unit}}}`"));
                return None;
            };
            return Some(TestLimits { test: name, limits, written: (None, None), at });
        }
        if matches!(value.text(), Some("off" | "false" | "none")) {
            if name == "missing" && value.text() == Some("off") {
                let limits = Limits { warn: None, fail: None };
                return Some(TestLimits { test: name, limits, written: (None, None), at });
            }
            let hint = if name == "missing" { "write `missing: off`" } else { "leave it out: only named tests decide" };
            self.problems.push(Problem::at(value.span, format!("`{name}` cannot be {}", value.describe())).hint(hint));
            return None;
        }
        let unit = match name {
            name if SHARES.contains(&name) => Unit::Share,
            name if UP_TO_ONE.contains(&name) => Unit::UpTo(1.0),
            _ => Unit::Number,
        };
        let Written { limits, texts } = self.limits(key, value, &format!("`{name}`"), unit)?;
        Some(TestLimits { test: name, limits, written: texts, at })
    }
}

/// A test with its default limits, as it decides where a monitor names none.
pub(crate) fn built_in(name: &str) -> Option<TestLimits> {
    let test = registry::find(name)?;
    let limits = test.default_limits()?;
    Some(TestLimits { test: test.name(), limits, written: (None, None), at: None })
}
