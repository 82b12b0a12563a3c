//! # expression
//!
//! ## What it checks
//! A SQL predicate holds for each row, across columns too.
//!
//! ## Why it matters
//! Rules between columns (shipped after ordered, net plus tax is gross) are what no test of a single column sees.
//!
//! ## Parameters
//! - `sql` (main key): the predicate, in PostgreSQL's grammar with DataFusion's function names.
//! - `nulls: fail`: a row for which the predicate is null fails. Default `skip`: it is not tested, and counted.
//! - `tolerate`: how many rows may fail, `5` or `0.1%`. Default `0`.
//! - `where`, `rows`, `severity`, `id`, `why`, `tags`, `on_empty`: as everywhere.
//!
//! ## Example
//! ```yaml
//! columns:
//!   shipped_at:
//!     type: timestamp[UTC]
//!     checks:
//!       - expression: {id: ships_after_order, sql: "shipped_at >= order_date", tolerate: 0.01%}
//! checks:
//!   - expression: {id: adds_up, sql: "net + tax = gross", nulls: fail}
//! ```
//!
//! ## How it is measured
//! Rows for which the predicate is false, of the rows for which it is true or false. Null is neither (as in SQL's
//! `CHECK`): such rows are reported as unknown.
//!
//! ## Limits
//! A predicate sees one row: no subqueries, aggregates or window functions. Functions that give another value each time
//! are refused; `now()` and `current_date` are the run's clock. Two expressions need two ids.

use assay_core::check::Context;
use assay_core::literal::Literal;
use assay_core::metric::{MetricKind, Predicate, Sql};
use assay_core::node::{Key, Node};
use assay_core::problem::Problem;
use assay_core::verdict::{Dimension, NotRun};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::build::{BuildContext, Built};
use crate::columns::ColumnRef;
use crate::common::{Frame, ROW_CHECK};
use crate::direction::Direction;
use crate::read::{read, schema};
use crate::registry::{CheckSpec, Place};
use crate::row_check::{self, RowPlan, Rule, Words};
use crate::sql;

/// The entry in the list.
pub static SPEC: CheckSpec = CheckSpec {
    name: "expression",
    aliases: &[],
    main_key: "sql",
    number_key: None,
    pair: false,
    common: ROW_CHECK,
    later: &[],
    hint: "write `expression: \"net + tax = gross\"`",
    stands_on: Place::Both,
    directions: &[("sql", Direction::Unordered), ("nulls", Direction::Words(&["skip", "fail"]))],
    dimension: Dimension::Consistency,
    source: include_str!("expression.rs"),
    build,
    schema: || schema::<Params>(&SPEC),
};

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Params {
    /// The predicate.
    #[schemars(with = "String")]
    sql: Literal,
    /// What a row is for which the predicate is null.
    nulls: Option<Nulls>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum Nulls {
    Skip,
    Fail,
}

#[derive(Debug)]
struct Expression {
    /// The column the check stands on: where it is missing, the check is skipped.
    own: Option<ColumnRef>,
    columns: Vec<ColumnRef>,
    sql: Sql,
    nulls_fail: bool,
}

fn build(key: &Key, value: &Node, at: &BuildContext<'_>) -> Result<Option<Built>, Vec<Problem>> {
    let (common, params) = read::<Params>(&SPEC, key, value)?;
    let mut problems = Vec::new();
    let frame = Frame::new(common, &SPEC, key, &[], at, &mut problems);
    match sql::predicate(&params.sql.text, params.sql.span, at) {
        Ok(sql) if problems.is_empty() => {
            let columns = sql::columns(&sql.0).iter().map(|name| ColumnRef::named(name, at)).collect();
            let own = at.column.map(|column| ColumnRef::named(&column.name, at));
            let rule = Expression { own, columns, sql, nulls_fail: params.nulls == Some(Nulls::Fail) };
            Ok(Some(row_check::build(rule, frame, &SPEC, at)))
        }
        Ok(_) => Err(problems),
        Err(mut found) => {
            problems.append(&mut found);
            Err(problems)
        }
    }
}

impl Rule for Expression {
    fn plan(&self, at: &Context<'_>) -> Result<RowPlan, NotRun> {
        let mut notes = Vec::new();
        for column in self.own.iter().chain(&self.columns) {
            notes.extend(column.find(at)?.note);
        }
        notes.dedup();
        let predicate = Predicate::Sql { sql: self.sql.clone(), nulls_fail: self.nulls_fail };
        Ok(RowPlan { kind: MetricKind::Matches(predicate), show: Vec::new(), notes })
    }

    fn words(&self) -> Words {
        let sql = &self.sql.0;
        Words::new(format!("with `{sql}`"), format!("without `{sql}`"), sql.clone())
    }
}
