//! A contract's tree as columns and checks, implied checks included.

use std::collections::HashMap;

use assay_checks::checks::{implies_nan, implies_parse};
use assay_checks::written::{WrittenCheck, written};
use assay_contract::Resolved;
use assay_core::contract::Format;
use assay_core::node::{Key, Node, NodeKind};
use assay_core::problem::Span;
use assay_core::types::Type;

use crate::source;
use crate::tree::{items, show};

/// Keys of a column that are not checks.
const OPTIONS: &[&str] = &["type", "optional", "missing", "timezone", "description"];

/// A contract.
pub(crate) struct Table<'a> {
    pub columns: Vec<Column<'a>>,
    by_name: HashMap<&'a str, usize>,
    pub key: Vec<(String, Span)>,
    /// Of columns and of the table, in the order written.
    pub checks: Vec<Placed>,
}

/// A declared column.
pub(crate) struct Column<'a> {
    pub name: &'a str,
    pub at: Span,
    pub ty: Option<Type>,
    /// As written.
    pub ty_node: Option<&'a Node>,
    pub optional: bool,
    /// `null` where the column is a type alone.
    pub node: &'a Node,
}

/// A check where it stands.
#[derive(Debug, Clone)]
pub(crate) struct Placed {
    pub column: Option<String>,
    pub check: WrittenCheck,
    pub at: Span,
    /// Implied by something else, whose change is reported.
    pub implied: bool,
    pub ty: Option<Type>,
}

impl Placed {
    /// As a reader would write it: `{min: 0, max: 10}`.
    pub fn shown(&self) -> String {
        let entries = self.check.parameters.clone();
        let name = Key { text: self.check.spec.name.to_owned(), span: self.at };
        show(&Node {
            kind: NodeKind::Map(vec![(name, Node { kind: NodeKind::Map(entries), span: self.at })]),
            span: self.at,
        })
    }
}

impl<'a> Column<'a> {
    /// An option of the column.
    pub fn get(&self, name: &str) -> Option<&'a Node> {
        self.node.get(name).filter(|node| !node.is_null())
    }
}

impl<'a> Table<'a> {
    pub fn of(document: &'a Resolved) -> Self {
        let root = &document.root;
        let key = key(root);
        let format = source::format(root.get("source")).unwrap_or(Format::Parquet);
        let columns: Vec<Column<'a>> =
            root.get("columns").and_then(Node::entries).unwrap_or_default().iter().map(column).collect();
        let mut table = Table { columns: Vec::new(), by_name: HashMap::new(), key, checks: Vec::new() };
        table.schema(root);
        for column in &columns {
            table.of_column(column, format);
        }
        table.of_undeclared_key(&columns, root.span);
        for item in root.get("checks").map(items).unwrap_or_default() {
            for (key, value) in item.entries().unwrap_or_default() {
                table.place(None, key, value, None);
            }
        }
        table.by_name = columns.iter().enumerate().map(|(at, column)| (column.name, at)).collect();
        table.columns = columns;
        table
    }

    /// The declared column of this name.
    pub fn column(&self, name: &str) -> Option<&Column<'a>> {
        self.by_name.get(name).map(|at| &self.columns[*at])
    }

    /// There is always a check of the schema.
    fn schema(&mut self, root: &Node) {
        let found =
            root.entries().unwrap_or_default().iter().find(|(key, value)| key.text == "schema" && !value.is_null());
        match found {
            Some((key, value)) => self.place(None, key, value, None),
            None => self.imply("schema", None, None, root.span),
        }
    }

    fn of_column(&mut self, column: &Column<'_>, format: Format) {
        let from = self.checks.len();
        for (key, value) in column.node.entries().unwrap_or_default() {
            match key.text.as_str() {
                "checks" => {
                    for (key, value) in items(value).iter().filter_map(Node::entries).flatten() {
                        self.place(Some(column), key, value, Some(column.name));
                    }
                }
                name if OPTIONS.contains(&name) => {}
                _ => self.place(Some(column), key, value, Some(column.name)),
            }
        }
        let has = |placed: &[Placed], name: &str| placed.iter().any(|placed| placed.check.spec.name == name);
        let of_column = &self.checks[from..];
        let parse = !has(of_column, "parse") && implies_parse(column.ty.as_ref(), format);
        let is_float = column.ty.as_ref().is_some_and(Type::is_float);
        let numeric = of_column.iter().any(|placed| implies_nan(placed.check.spec.name));
        let nan = is_float && numeric && !has(of_column, "nan");
        let in_key = self.key.iter().any(|(name, _)| name == column.name);
        let complete = of_column
            .iter()
            .any(|placed| placed.check.spec.name == "completeness" && placed.check.get("where").is_none());
        for (name, implied) in [("parse", parse), ("nan", nan), ("completeness", in_key && !complete)] {
            if implied {
                self.imply(name, Some(column.name), column.ty.clone(), column.at);
            }
        }
    }

    /// A column of the key has a value, whether it is declared or not.
    fn of_undeclared_key(&mut self, columns: &[Column<'_>], at: Span) {
        for (name, _) in self.key.clone() {
            if !columns.iter().any(|column| column.name == name) {
                self.imply("completeness", Some(&name), None, at);
            }
        }
    }

    fn place(&mut self, on: Option<&Column<'_>>, key: &Key, value: &Node, column: Option<&str>) {
        let Some(check) = written(key, value, column) else { return };
        let ty = on.and_then(|column| column.ty.clone());
        self.checks.push(Placed { column: column.map(str::to_owned), check, at: key.span, implied: false, ty });
    }

    fn imply(&mut self, name: &str, column: Option<&str>, ty: Option<Type>, at: Span) {
        let key = Key { text: name.to_owned(), span: at };
        let nothing = Node { kind: NodeKind::Map(Vec::new()), span: at };
        let Some(check) = written(&key, &nothing, column) else { return };
        self.checks.push(Placed { column: column.map(str::to_owned), check, at, implied: true, ty });
    }
}

fn column((key, node): &(Key, Node)) -> Column<'_> {
    let ty_node = match &node.kind {
        NodeKind::Scalar { .. } => Some(node),
        NodeKind::Map(_) => node.get("type"),
        NodeKind::Seq(_) => None,
    };
    let ty_node = ty_node.filter(|node| !node.is_null());
    Column {
        name: &key.text,
        at: key.span,
        ty: ty_node.and_then(Node::text).and_then(|text| Type::parse(text).ok()),
        ty_node,
        optional: node.get("optional").and_then(Node::text).is_some_and(|text| text.eq_ignore_ascii_case("true")),
        node,
    }
}

fn key(root: &Node) -> Vec<(String, Span)> {
    let node = root.get("key").filter(|node| !node.is_null());
    let parts = node.map(items).unwrap_or_default();
    parts.iter().filter_map(|part| Some((part.text()?.to_owned(), part.span))).collect()
}
