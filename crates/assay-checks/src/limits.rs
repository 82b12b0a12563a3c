//! Named limits of a figure: `min max above below equals not between outside`, each a number or a pair. Exact.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::str::FromStr;

use assay_core::literal::Literal;
use assay_core::node::de::Spanned;
use assay_core::problem::{Problem, Span};
use assay_core::verdict::{Limits as Recorded, Outcome, Severity};
use bigdecimal::BigDecimal;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, de};

use crate::figure::Figure;
use crate::levels::Levels;

/// A limit's number, exact as written.
#[derive(Debug, Clone, PartialEq)]
pub struct Number {
    /// As written.
    pub text: String,
    /// Its value.
    pub value: BigDecimal,
}

impl Number {
    /// Reads a decimal number. The error is one sentence.
    pub fn parse(text: &str) -> Result<Self, String> {
        let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
        // an exponent of a few digits keeps the exact value small enough to compute with
        let exponent = digits.split_once(['e', 'E']).map_or("", |(_, e)| e.trim_start_matches(['+', '-']));
        let plain =
            digits.starts_with(|c: char| c.is_ascii_digit() || c == '.') && digits.len() <= 400 && exponent.len() <= 3;
        let value = plain.then(|| BigDecimal::from_str(text).ok()).flatten();
        match value {
            Some(value) => Ok(Number { text: text.into(), value }),
            None if text.ends_with('%') => {
                Err(format!("a limit is a plain number in the figure's own unit, not the share `{text}`"))
            }
            None => Err(format!("expected a number, found `{text}`")),
        }
    }
}

impl<'de> Deserialize<'de> for Number {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Number::parse(&Literal::deserialize(deserializer)?.text).map_err(de::Error::custom)
    }
}

impl JsonSchema for Number {
    fn schema_name() -> Cow<'static, str> {
        "Number".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": ["number", "string"], "pattern": "^[+-]?([0-9]+\\.?[0-9]*|\\.[0-9]+)([eE][+-]?[0-9]{1,3})?$"})
    }
}

/// A limit that may be written, alone or as a pair.
type Given<T> = Option<Spanned<Levels<T>>>;

/// Limits as a contract writes them: the whole map form of checks that hold a figure against limits.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LimitParams {
    /// At least.
    #[schemars(with = "Option<Levels<Number>>")]
    pub min: Given<Number>,
    /// At most.
    #[schemars(with = "Option<Levels<Number>>")]
    pub max: Given<Number>,
    /// More than.
    #[schemars(with = "Option<Levels<Number>>")]
    pub above: Given<Number>,
    /// Less than.
    #[schemars(with = "Option<Levels<Number>>")]
    pub below: Given<Number>,
    /// Exactly.
    #[schemars(with = "Option<Levels<Number>>")]
    pub equals: Given<Number>,
    /// Anything but.
    #[schemars(with = "Option<Levels<Number>>")]
    pub not: Given<Number>,
    /// From the first to the second, both included.
    #[schemars(with = "Option<Levels<(Number, Number)>>")]
    pub between: Given<(Number, Number)>,
    /// Less than the first or more than the second.
    #[schemars(with = "Option<Levels<(Number, Number)>>")]
    pub outside: Given<(Number, Number)>,
}

/// One limit at one level.
#[derive(Debug, Clone, PartialEq)]
enum Limit {
    Min(Number),
    Max(Number),
    Above(Number),
    Below(Number),
    Equals(Number),
    Not(Number),
    Between(Number, Number),
    Outside(Number, Number),
}

/// The limits of a figure, at least one.
#[derive(Debug, Clone)]
pub struct Limits(Vec<Levels<Limit>>);

/// How a figure stands to its limits.
#[derive(Debug)]
pub struct Judged {
    /// The outcome.
    pub outcome: Outcome,
    /// The limits that decided, in words: `at least 95`.
    pub expected: String,
}

impl LimitParams {
    /// Checks the limits against each other; `at` is where the check stands.
    pub fn limits(self, name: &str, at: Span, severity: Option<Span>, problems: &mut Vec<Problem>) -> Option<Limits> {
        let before = problems.len();
        let mut all: Vec<Spanned<Levels<Limit>>> = Vec::new();
        let single: [(_, fn(_) -> _); 6] = [
            (self.min, Limit::Min),
            (self.max, Limit::Max),
            (self.above, Limit::Above),
            (self.below, Limit::Below),
            (self.equals, Limit::Equals),
            (self.not, Limit::Not),
        ];
        for (levels, make) in single {
            all.extend(levels.map(|l| Spanned { value: l.value.map(make), span: l.span }));
        }
        let double: [(_, fn(_) -> _); 2] =
            [(self.between, |(a, b)| Limit::Between(a, b)), (self.outside, |(a, b)| Limit::Outside(a, b))];
        for (levels, make) in double {
            all.extend(levels.map(|l| Spanned { value: l.value.map(make), span: l.span }));
        }
        if all.is_empty() {
            let hint = "give `min`, `max`, `above`, `below`, `equals`, `not`, `between` or `outside`";
            problems.push(Problem::at(at, format!("`{name}` needs a limit")).hint(hint));
        }
        for levels in &all {
            check_one(levels, severity, problems);
        }
        check_together(&all, problems);
        (problems.len() == before).then(|| Limits(all.into_iter().map(|l| l.value).collect()))
    }
}

fn check_one(levels: &Spanned<Levels<Limit>>, severity: Option<Span>, problems: &mut Vec<Problem>) {
    for (_, limit) in levels.value.each(Severity::Fail) {
        if let Limit::Between(a, b) | Limit::Outside(a, b) = limit
            && a.value > b.value
        {
            problems.push(Problem::at(
                levels.span,
                format!("the lower limit {} is above the upper limit {}", a.text, b.text),
            ));
        }
    }
    crate::common::check_levels(
        &levels.value,
        levels.span,
        severity,
        |fail, warn| Some(fail.is_tighter(warn)),
        problems,
    );
}

/// At most one lower and one upper end, `equals` alone, and ends that leave something between them.
fn check_together(all: &[Spanned<Levels<Limit>>], problems: &mut Vec<Problem>) {
    let ends = |pick: fn(&Limit) -> Option<&Number>| {
        let named = all.iter().filter_map(move |levels| {
            let limit = levels.value.strictest(Severity::Fail)?;
            pick(limit).map(|number| (levels, limit, number))
        });
        named.collect::<Vec<_>>()
    };
    let (lower, upper) = (ends(Limit::lower), ends(Limit::upper));
    for found in [&lower, &upper] {
        if let [(_, first, _), (second_at, second, _), ..] = found.as_slice() {
            let message = format!("`{}` and `{}` both set the same end", first.name(), second.name());
            problems.push(Problem::at(second_at.span, message).hint("keep one of them"));
        }
    }
    if all.len() > 1
        && let Some(equals) = all.iter().find(|l| matches!(l.value.strictest(Severity::Fail), Some(Limit::Equals(_))))
    {
        problems.push(Problem::at(equals.span, "`equals` leaves nothing for another limit").hint("keep one of them"));
    }
    if let ([(_, low_limit, low)], [(at, high_limit, high)]) = (lower.as_slice(), upper.as_slice()) {
        let open = matches!(low_limit, Limit::Above(_)) || matches!(high_limit, Limit::Below(_));
        if !matches!(low_limit, Limit::Between(..)) && (low.value > high.value || (open && low.value == high.value)) {
            let message = format!("nothing is {} and {}", low_limit.words(), high_limit.words());
            problems.push(Problem::at(at.span, message));
        }
    }
}

impl Limit {
    fn lower(&self) -> Option<&Number> {
        match self {
            Limit::Min(n) | Limit::Above(n) | Limit::Between(n, _) => Some(n),
            Limit::Max(_) | Limit::Below(_) | Limit::Equals(_) | Limit::Not(_) | Limit::Outside(..) => None,
        }
    }

    fn upper(&self) -> Option<&Number> {
        match self {
            Limit::Max(n) | Limit::Below(n) | Limit::Between(_, n) => Some(n),
            Limit::Min(_) | Limit::Above(_) | Limit::Equals(_) | Limit::Not(_) | Limit::Outside(..) => None,
        }
    }

    fn name(&self) -> &'static str {
        match self {
            Limit::Min(_) => "min",
            Limit::Max(_) => "max",
            Limit::Above(_) => "above",
            Limit::Below(_) => "below",
            Limit::Equals(_) => "equals",
            Limit::Not(_) => "not",
            Limit::Between(..) => "between",
            Limit::Outside(..) => "outside",
        }
    }

    fn words(&self) -> String {
        match self {
            Limit::Min(n) => format!("at least {}", n.text),
            Limit::Max(n) => format!("at most {}", n.text),
            Limit::Above(n) => format!("above {}", n.text),
            Limit::Below(n) => format!("below {}", n.text),
            Limit::Equals(n) => format!("exactly {}", n.text),
            Limit::Not(n) => format!("anything but {}", n.text),
            Limit::Between(a, b) => format!("{} to {}", a.text, b.text),
            Limit::Outside(a, b) => format!("below {} or above {}", a.text, b.text),
        }
    }

    fn text(&self) -> String {
        match self {
            Limit::Min(n) | Limit::Max(n) | Limit::Above(n) | Limit::Below(n) | Limit::Equals(n) | Limit::Not(n) => {
                n.text.clone()
            }
            Limit::Between(a, b) | Limit::Outside(a, b) => format!("[{}, {}]", a.text, b.text),
        }
    }

    /// Whether a figure keeps it. NaN keeps none.
    fn holds(&self, figure: &Figure) -> bool {
        let stands = |n: &Number| figure.compare(n);
        let any_of = |n: &Number, wanted: &[Ordering]| stands(n).is_some_and(|o| wanted.contains(&o));
        use Ordering::{Equal, Greater, Less};
        match self {
            Limit::Min(n) => any_of(n, &[Equal, Greater]),
            Limit::Max(n) => any_of(n, &[Equal, Less]),
            Limit::Above(n) => any_of(n, &[Greater]),
            Limit::Below(n) => any_of(n, &[Less]),
            Limit::Equals(n) => any_of(n, &[Equal]),
            Limit::Not(n) => any_of(n, &[Less, Greater]),
            Limit::Between(a, b) => any_of(a, &[Equal, Greater]) && any_of(b, &[Equal, Less]),
            Limit::Outside(a, b) => any_of(a, &[Less]) || any_of(b, &[Greater]),
        }
    }

    /// Whether some figure breaks this and keeps `other`, a limit of the same name.
    fn is_tighter(&self, other: &Limit) -> bool {
        match (self, other) {
            (Limit::Min(a), Limit::Min(b)) | (Limit::Above(a), Limit::Above(b)) => a.value > b.value,
            (Limit::Max(a), Limit::Max(b)) | (Limit::Below(a), Limit::Below(b)) => a.value < b.value,
            (Limit::Equals(a), Limit::Equals(b)) | (Limit::Not(a), Limit::Not(b)) => a.value != b.value,
            (Limit::Between(a, b), Limit::Between(c, d)) => a.value > c.value || b.value < d.value,
            (Limit::Outside(a, b), Limit::Outside(c, d)) => a.value < c.value || b.value > d.value,
            _ => true,
        }
    }

    fn numbers(&self) -> Vec<&Number> {
        match self {
            Limit::Min(n) | Limit::Max(n) | Limit::Above(n) | Limit::Below(n) | Limit::Equals(n) | Limit::Not(n) => {
                vec![n]
            }
            Limit::Between(a, b) | Limit::Outside(a, b) => vec![a, b],
        }
    }
}

impl Limits {
    /// The worst level that is broken, and what was expected there.
    pub fn judge(&self, figure: &Figure, severity: Severity) -> Judged {
        let broken: Vec<(Severity, &Limit)> =
            self.0.iter().filter_map(|levels| levels.broken(severity, |limit| !limit.holds(figure))).collect();
        let Some(worst) = broken.iter().map(|(level, _)| *level).max() else {
            return Judged { outcome: Outcome::Pass, expected: self.expected(severity) };
        };
        let decided: Vec<&Limit> =
            broken.iter().filter(|(level, _)| *level == worst).map(|(_, limit)| *limit).collect();
        let single_level = !self.0.iter().any(Levels::is_pair);
        let expected = if single_level { self.expected(severity) } else { join(&decided) };
        Judged { outcome: worst.outcome(), expected }
    }

    /// What keeps every level, in words.
    pub fn expected(&self, severity: Severity) -> String {
        join(&self.0.iter().filter_map(|levels| levels.strictest(severity)).collect::<Vec<_>>())
    }

    /// The worst level they can break at.
    pub fn worst(&self, severity: Severity) -> Severity {
        self.0.iter().map(|levels| levels.worst(severity)).max().unwrap_or(severity)
    }

    /// As the contract has them.
    pub fn record(&self, severity: Severity, limits: &mut Recorded) {
        for levels in &self.0 {
            let name = levels.strictest(severity).map_or("", Limit::name);
            levels.record(name, severity, Limit::text, limits);
        }
    }

    /// Every number in them.
    pub fn numbers(&self) -> Vec<&Number> {
        self.0.iter().flat_map(|levels| levels.each(Severity::Fail)).flat_map(|(_, limit)| limit.numbers()).collect()
    }
}

fn join(limits: &[&Limit]) -> String {
    match limits {
        [Limit::Min(low), Limit::Max(high)] => format!("{} to {}", low.text, high.text),
        _ => limits.iter().map(|l| l.words()).collect::<Vec<_>>().join(" and "),
    }
}
