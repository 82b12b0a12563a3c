//! The keys that checks share, and what follows from them: id, severity, and the rows a check sees.

use assay_core::check::Context;
use assay_core::literal::Literal;
use assay_core::metric::{Filter, Metric, MetricKind, Sql};
use assay_core::node::Key;
use assay_core::node::de::Spanned;
use assay_core::problem::{Problem, Span};
use assay_core::verdict::{NotRun, Severity};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::build::BuildContext;
use crate::columns::ColumnRef;
use crate::levels::Levels;
use crate::registry::CheckSpec;
use crate::sql;
use crate::tolerance::Tolerance;

/// Keys of checks that test rows.
pub const ROW_CHECK: &[&str] = &["tolerate", "where", "rows", "severity", "id", "why", "tags", "on_empty"];
/// Keys of checks that hold a figure against limits.
pub const AGGREGATE: &[&str] = &["where", "rows", "severity", "id", "why", "tags", "on_empty"];
/// Keys of checks whose figure always exists.
pub const COUNT: &[&str] = &["where", "rows", "severity", "id", "why", "tags"];
/// Keys of checks that do not look at rows.
pub const SHAPE: &[&str] = &["severity", "id", "why", "tags"];

/// The keys that checks share; which of them a check takes is said in its [`CheckSpec`].
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Common {
    /// The check's name in results, instead of the one made from column and check.
    #[schemars(with = "Option<String>")]
    id: Option<Spanned<String>>,
    /// Why the check is there; shown in reports.
    why: Option<String>,
    /// What breaking it amounts to.
    #[schemars(with = "Option<Level>")]
    severity: Option<Spanned<Level>>,
    /// Only rows for which this SQL predicate is true.
    #[serde(rename = "where")]
    #[schemars(with = "Option<String>", rename = "where")]
    selection: Option<Literal>,
    /// `all`: the contract's `rows` does not apply.
    rows: Option<Rows>,
    /// How many rows may fail.
    #[schemars(with = "Option<Levels<Tolerance>>")]
    tolerate: Option<Spanned<Levels<Tolerance>>>,
    /// Labels to select by.
    tags: Option<Vec<String>>,
    /// The outcome when there is nothing to test.
    on_empty: Option<OnEmpty>,
}

#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum Level {
    Warn,
    Fail,
}

#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum Rows {
    All,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum OnEmpty {
    Pass,
    Fail,
}

/// What a check has besides its own parameters.
#[derive(Debug)]
pub struct Frame {
    /// Its id.
    pub id: String,
    /// Whether the contract gave the id.
    pub id_given: bool,
    /// The severity of what is not a pair.
    pub severity: Severity,
    /// Where a severity is written.
    pub severity_span: Option<Span>,
    /// `why:`.
    pub why: Option<String>,
    /// `tags:`.
    pub tags: Vec<String>,
    /// Where the check is written.
    pub span: Span,
    /// The rows it sees.
    pub scope: Scope,
    /// `on_empty`, as whether nothing passes.
    pub empty_passes: Option<bool>,
    /// `tolerate`, where the check takes it.
    pub tolerate: Option<Spanned<Levels<Tolerance>>>,
}

impl Frame {
    /// From the shared keys of a written check. `named` are the columns that belong into its id.
    pub fn new(
        common: Common,
        spec: &CheckSpec,
        key: &Key,
        named: &[&str],
        at: &BuildContext<'_>,
        problems: &mut Vec<Problem>,
    ) -> Frame {
        if let Some(id) = common.id.as_ref().filter(|id| id.value.trim().is_empty()) {
            problems.push(Problem::at(id.span, "an id cannot be empty"));
        }
        let selection = common.selection.and_then(|text| match sql::predicate(&text.text, text.span, at) {
            Ok(sql) => Some(sql),
            Err(mut found) => {
                problems.append(&mut found);
                None
            }
        });
        let severity_span = common.severity.map(|s| s.span);
        let severity = match common.severity.map(|s| s.value) {
            None => at.severity,
            Some(Level::Warn) => Severity::Warn,
            Some(Level::Fail) => Severity::Fail,
        };
        if let Some(tolerate) = &common.tolerate {
            check_levels(&tolerate.value, tolerate.span, severity_span, Tolerance::is_tighter, problems);
        }
        Frame {
            id_given: common.id.is_some(),
            id: common
                .id
                .map_or_else(|| id_of(at.column.map(|column| column.name.as_str()), spec.name, named), |id| id.value),
            severity,
            severity_span,
            why: common.why,
            tags: common.tags.unwrap_or_default(),
            span: key.span,
            scope: Scope::new(at, selection, common.rows.is_some()),
            empty_passes: common.on_empty.map(|o| o == OnEmpty::Pass),
            tolerate: common.tolerate,
        }
    }

    /// Of an implicit check: nothing is written, everything is the contract's.
    pub fn implicit(id: String, at: &BuildContext<'_>, span: Span) -> Frame {
        Frame {
            id,
            id_given: false,
            severity: at.severity,
            severity_span: None,
            why: None,
            tags: Vec::new(),
            span,
            scope: Scope::new(at, None, false),
            empty_passes: None,
            tolerate: None,
        }
    }

    /// Reports what is wrong with a pair of this check.
    pub fn check_levels<T>(
        &self,
        levels: &Levels<T>,
        span: Span,
        tighter: impl Fn(&T, &T) -> Option<bool>,
        problems: &mut Vec<Problem>,
    ) {
        check_levels(levels, span, self.severity_span, tighter, problems);
    }
}

/// Reports what is wrong with a pair: empty, upside down, or beside `severity`.
pub fn check_levels<T>(
    levels: &Levels<T>,
    span: Span,
    severity: Option<Span>,
    tighter: impl Fn(&T, &T) -> Option<bool>,
    problems: &mut Vec<Problem>,
) {
    if let Some(message) = levels.problem(tighter) {
        problems.push(Problem::at(span, message));
    }
    if let Some(severity) = severity.filter(|_| levels.is_pair()) {
        let problem =
            Problem::at(severity, "`severity` beside a pair of `warn` and `fail`, which names its own levels");
        problems.push(problem.hint("remove `severity`, or give one limit instead of a pair"));
    }
}

/// `email.completeness`, `row_count`, `freshness.created_at`, `uniqueness.customer_id+as_of`.
pub(crate) fn id_of(column: Option<&str>, name: &str, named: &[&str]) -> String {
    let mut id = String::new();
    if let Some(column) = column {
        id.push_str(&quoted(column));
        id.push('.');
    }
    id.push_str(name);
    if !named.is_empty() {
        id.push('.');
        id.push_str(&named.iter().map(|n| quoted(n)).collect::<Vec<_>>().join("+"));
    }
    id
}

/// A column's name as it stands in an id: in double quotes unless it is plain.
pub fn quoted(name: &str) -> String {
    if !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_') {
        name.to_owned()
    } else {
        format!("\"{}\"", name.replace('"', "\"\""))
    }
}

/// The rows a check sees.
#[derive(Debug, Clone)]
pub struct Scope {
    rows: Option<Sql>,
    selection: Option<Sql>,
    lifted: bool,
    columns: Vec<ColumnRef>,
}

impl Scope {
    fn new(at: &BuildContext<'_>, selection: Option<Sql>, lifted: bool) -> Self {
        let rows = at.rows.filter(|_| !lifted).cloned();
        let named = rows.iter().chain(&selection).flat_map(|sql| sql::columns(&sql.0));
        let columns = named.map(|name| ColumnRef::named(&name, at)).collect();
        Scope { rows, selection, lifted, columns }
    }

    /// Whether the contract's `rows` was lifted.
    pub fn is_lifted(&self) -> bool {
        self.lifted
    }

    /// The metric over these rows, once every column that the predicates name was found.
    pub fn metric(&self, kind: MetricKind, at: &Context<'_>) -> Result<Metric, NotRun> {
        self.columns.iter().try_for_each(|column| column.find(at).map(|_| ()))?;
        let filter = Filter::all_of(self.rows.iter().chain(&self.selection).cloned());
        Ok(Metric { table: at.table, kind, filter })
    }

    /// The number of rows before `where`, which an empty selection is told against. The count before the contract's
    /// `rows` is not asked for: it would undo the pruning of partitions.
    pub fn base(&self, at: &Context<'_>) -> Option<Metric> {
        self.selection.as_ref()?;
        Some(Metric { table: at.table, kind: MetricKind::RowCount, filter: Filter::all_of(self.rows.iter().cloned()) })
    }
}
