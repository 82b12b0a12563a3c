//! Columns that checks name, and literals compared with them.

use assay_core::check::{Context, Found};
use assay_core::literal::Literal;
use assay_core::problem::{Problem, Span};
use assay_core::suggest::did_you_mean;
use assay_core::types::{Fit, Type};
use assay_core::value::Value;
use assay_core::verdict::{NotRun, Reason};

use crate::build::BuildContext;

/// A column as a contract names it, with what the contract says of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ColumnRef {
    /// As written.
    pub name: String,
    /// Whether the contract declares it: then a missing one is a failure of `schema`, and its checks are skipped.
    declared: bool,
    /// Its type, where the contract or the format fixes it.
    pub ty: Option<Type>,
}

impl ColumnRef {
    /// The column of this name.
    pub fn named(name: &str, at: &BuildContext<'_>) -> Self {
        let lower = name.to_lowercase();
        let spec = at
            .columns
            .iter()
            .find(|c| c.name == name)
            .or_else(|| at.columns.iter().find(|c| c.name.to_lowercase() == lower));
        let spec = spec.or(at.column.filter(|c| c.name == name));
        let ty = match spec.map(|c| c.ty.as_ref()) {
            Some(Some(Type::Any) | None) if at.source.format.is_text() => Some(Type::String),
            Some(Some(Type::Any)) | None => None,
            Some(ty) => ty.cloned(),
        };
        ColumnRef { name: name.to_owned(), declared: spec.is_some(), ty }
    }

    /// The same, where a name that cannot exist is a problem.
    pub fn checked(name: &str, span: Span, at: &BuildContext<'_>, problems: &mut Vec<Problem>) -> Self {
        let column = Self::named(name, at);
        if !column.declared && at.extra_columns_forbidden {
            let hint = did_you_mean(name, at.columns.iter().map(|c| c.name.as_str()));
            problems.push(Problem::at(span, format!("unknown column `{name}`")).maybe_hint(hint));
        }
        column
    }

    /// Finds it in the table. One that the contract does not declare and the table does not have is an error, since no
    /// `schema` check would speak of it.
    pub fn find(&self, at: &Context<'_>) -> Result<Found, NotRun> {
        at.column(&self.name).map_err(|why| match why {
            NotRun::Skipped(reason) if !self.declared => NotRun::Error(Reason {
                code: "unknown_column".into(),
                text: reason.text.replacen("column missing", "unknown column", 1),
            }),
            other => other,
        })
    }

    /// Finds it, and requires a type: one sentence says what is wanted. A column of nothing but nulls fits.
    pub fn find_of(&self, at: &Context<'_>, fits: fn(&Type) -> bool, wanted: &str) -> Result<Found, NotRun> {
        let found = self.find(at)?;
        if fits(&found.ty) || found.ty == Type::Null {
            return Ok(found);
        }
        let text = format!("column `{}` is {}, expected {wanted}", self.name, found.ty);
        Err(NotRun::error("type_mismatch", text))
    }

    /// The type by which literals are read: the declared one, unless the table has another family.
    pub fn literal_type(&self, found: &Found) -> Type {
        match &self.ty {
            Some(declared) if declared.fit(&found.ty) != Fit::Changed => declared.clone(),
            _ => found.ty.clone(),
        }
    }
}

/// The column a column check stands on. A declared type that does not fit is a problem at `span`.
pub fn own_column(
    at: &BuildContext<'_>,
    check: &str,
    span: Span,
    fits: fn(&Type) -> bool,
    wanted: &str,
    problems: &mut Vec<Problem>,
) -> Option<ColumnRef> {
    let Some(spec) = at.column else {
        problems.push(
            Problem::at(span, format!("`{check}` stands on a column")).hint("write it under the column in `columns:`"),
        );
        return None;
    };
    let column = ColumnRef::named(&spec.name, at);
    if let Some(ty) = column.ty.as_ref().filter(|ty| !fits(ty)) {
        problems.push(Problem::at(span, format!("`{check}` needs {wanted}, column `{}` is {ty}", spec.name)));
    }
    Some(column)
}

/// Any type.
pub fn any(_: &Type) -> bool {
    true
}

/// Reads a literal by a column's type.
pub fn read(literal: &Literal, ty: &Type) -> Result<Value, String> {
    match ty {
        // a bare `integer` holds every signed and unsigned integer
        Type::AnyInteger => literal.read(&Type::Int(64)).or_else(|_| literal.read(&Type::UInt(64))),
        Type::Null => Ok(Value::Text(literal.text.clone())),
        Type::Any => Err(format!("`{}` cannot be compared with a value of this type", literal.text)),
        _ => literal.read(ty),
    }
}

/// Reads literals by a declared type, so that one that does not fit is found while loading.
pub fn check_literals<'a>(
    literals: impl IntoIterator<Item = &'a Literal>,
    ty: &Type,
    problems: &mut Vec<Problem>,
) -> Vec<Value> {
    let mut values = Vec::new();
    for literal in literals {
        match read(literal, ty) {
            Ok(value) => values.push(value),
            Err(why) => {
                let problem = match why.split_once(": quote it as ") {
                    Some((what, how)) => Problem::at(literal.span, what).hint(format!("quote it as {how}")),
                    None => Problem::at(literal.span, why),
                };
                problems.push(problem);
            }
        }
    }
    values
}

/// Reads a literal while planning, where the type became known only now.
pub fn read_late(literal: &Literal, ty: &Type) -> Result<Value, NotRun> {
    read(literal, ty).map_err(|why| NotRun::error("type_mismatch", why))
}
