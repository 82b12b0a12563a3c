//! SQL predicates of contracts: planned by DataFusion against the table's columns, evaluated block by block.

use std::ops::ControlFlow;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, BooleanArray, RecordBatch, RecordBatchOptions};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use assay_core::measurement::MetricError;
use assay_core::suggest::did_you_mean;
use chrono::DateTime;
use datafusion::common::DFSchema;
use datafusion::config::Dialect;
use datafusion::execution::SessionState;
use datafusion::execution::context::ExecutionProps;
use datafusion::execution::session_state::SessionStateBuilder;
use datafusion::logical_expr::simplify::SimplifyContext;
use datafusion::optimizer::simplify_expressions::ExprSimplifier;
use datafusion::physical_expr::PhysicalExpr;
use datafusion::prelude::SessionConfig;
use datafusion::sql::sqlparser::ast::{Expr, Ident, VisitMut, VisitorMut};

use crate::error::bad_sql;

/// Plans predicates over one table.
pub(crate) struct Planner {
    state: SessionState,
    schema: SchemaRef,
    now: DateTime<chrono::Utc>,
}

/// A planned predicate.
pub(crate) struct Predicate {
    sql: String,
    expr: Arc<dyn PhysicalExpr>,
    /// The table's columns it reads, by index, in the order the expression knows them.
    pub(crate) columns: Vec<usize>,
    schema: SchemaRef,
}

impl Planner {
    /// `schema`: the table's columns, partition columns included. `timezone` and `now_nanos` answer `current_date`,
    /// `now()` and the like.
    pub(crate) fn new(schema: SchemaRef, timezone: &str, now_nanos: i64) -> Self {
        let mut config = SessionConfig::new().set_str("datafusion.execution.time_zone", timezone);
        let options = config.options_mut();
        options.sql_parser.dialect = Dialect::PostgreSQL;
        // `0.1` is one tenth, not the float next to it
        options.sql_parser.parse_float_as_decimal = true;
        options.sql_parser.enable_ident_normalization = false;
        let mut state = SessionStateBuilder::new().with_config(config).with_default_features().build();
        let now = DateTime::from_timestamp_nanos(now_nanos);
        *state.execution_props_mut() = ExecutionProps::new().with_query_execution_start_time(now);
        Planner { state, schema, now }
    }

    /// Plans one predicate.
    pub(crate) fn plan(&self, sql: &str) -> Result<Predicate, MetricError> {
        let mut parsed =
            self.state.sql_to_expr(sql, &Dialect::PostgreSQL).map_err(|e| bad_sql(sql, e.strip_backtrace()))?;
        let mut names = Names { schema: &self.schema, used: Vec::new() };
        if let ControlFlow::Break(why) = parsed.visit(&mut names) {
            return Err(bad_sql(sql, why));
        }
        let columns = names.used;
        let fields: Vec<Field> = columns
            .iter()
            .map(|c| {
                let field = self.schema.field(*c);
                let ty =
                    if field.data_type() == &DataType::Utf8 { DataType::Utf8View } else { field.data_type().clone() };
                Field::new(field.name(), ty, true)
            })
            .collect();
        let schema = Arc::new(Schema::new(fields));
        let expr = self.physical(&parsed.to_string(), &schema).map_err(|e| bad_sql(sql, e.strip_backtrace()))?;
        match expr.data_type(&schema) {
            Ok(DataType::Boolean | DataType::Null) => Ok(Predicate { sql: sql.into(), expr, columns, schema }),
            Ok(other) => Err(bad_sql(sql, format!("is a value of type {other}, not a condition"))),
            Err(e) => Err(bad_sql(sql, e.strip_backtrace())),
        }
    }

    fn physical(&self, sql: &str, schema: &SchemaRef) -> datafusion::common::Result<Arc<dyn PhysicalExpr>> {
        let df = DFSchema::try_from(schema.as_ref().clone())?;
        let expr = self.state.create_logical_expr(sql, &df)?;
        let context = SimplifyContext::builder()
            .with_schema(Arc::new(df.clone()))
            .with_config_options(self.state.config_options().clone())
            .with_query_execution_start_time(Some(self.now))
            .build();
        let simplifier = ExprSimplifier::new(context);
        // folds constants and replaces now() by the run's clock
        let expr = simplifier.simplify(simplifier.coerce(expr, &df)?)?;
        self.state.create_physical_expr(expr, &df)
    }
}

/// Replaces every column name by the table's own, quoted, so that case and spaces survive.
struct Names<'a> {
    schema: &'a Schema,
    used: Vec<usize>,
}

impl Names<'_> {
    fn resolve(&mut self, ident: &mut Ident) -> ControlFlow<String> {
        let at = match column_index(self.schema, &ident.value) {
            Ok(at) => at,
            Err(why) => return ControlFlow::Break(why),
        };
        if !self.used.contains(&at) {
            self.used.push(at);
        }
        *ident = Ident::with_quote('"', self.schema.field(at).name());
        ControlFlow::Continue(())
    }
}

impl VisitorMut for Names<'_> {
    type Break = String;

    fn pre_visit_expr(&mut self, expr: &mut Expr) -> ControlFlow<String> {
        match expr {
            Expr::Identifier(ident) => self.resolve(ident),
            Expr::CompoundIdentifier(parts) => match parts.first_mut() {
                Some(first) => self.resolve(first),
                None => ControlFlow::Continue(()),
            },
            Expr::Subquery(_) | Expr::Exists { .. } | Expr::InSubquery { .. } => {
                ControlFlow::Break("a predicate cannot hold a query".into())
            }
            _ => ControlFlow::Continue(()),
        }
    }
}

/// The column of this name: exact first, else the only match without regard to case.
pub(crate) fn column_index(schema: &Schema, name: &str) -> Result<usize, String> {
    if let Some((at, _)) = schema.fields().find(name) {
        return Ok(at);
    }
    let lower = name.to_lowercase();
    let mut alike = schema.fields().iter().enumerate().filter(|(_, f)| f.name().to_lowercase() == lower);
    match (alike.next(), alike.next()) {
        (Some((at, _)), None) => Ok(at),
        (Some((_, a)), Some((_, b))) => Err(format!("column `{name}` could be `{}` or `{}`", a.name(), b.name())),
        (None, _) => {
            let hint = did_you_mean(name, schema.fields().iter().map(|f| f.name().as_str()));
            Err(format!("there is no column `{name}`{}", hint.map_or(String::new(), |h| format!("; {h}"))))
        }
    }
}

impl Predicate {
    /// Evaluates over the columns of `columns`, in that order.
    pub(crate) fn evaluate(&self, arrays: &[ArrayRef], rows: usize) -> Result<BooleanArray, MetricError> {
        let fail = |e: &dyn std::fmt::Display| bad_sql(&self.sql, e);
        let arrays = arrays
            .iter()
            .zip(self.schema.fields())
            .map(|(a, f)| if a.data_type() == f.data_type() { Ok(a.clone()) } else { cast(a, f.data_type()) })
            .collect::<Result<Vec<_>, _>>()
            .map_err(|e| fail(&e))?;
        let options = RecordBatchOptions::new().with_row_count(Some(rows));
        let batch = RecordBatch::try_new_with_options(self.schema.clone(), arrays, &options).map_err(|e| fail(&e))?;
        let value =
            self.expr.evaluate(&batch).and_then(|v| v.into_array(rows)).map_err(|e| fail(&e.strip_backtrace()))?;
        match value.data_type() {
            DataType::Boolean => Ok(value.as_boolean().clone()),
            _ => Ok(BooleanArray::new_null(rows)),
        }
    }
}
