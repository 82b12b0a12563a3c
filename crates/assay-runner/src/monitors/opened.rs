//! Opening what a monitor reads: its live rows, and the table of its labels.

use assay_core::check::{Table, TableRef, Tables};
use assay_core::contract::ColumnSpec;
use assay_core::drift::baseline::Baseline;
use assay_core::drift::monitor::Monitor;
use assay_core::engine::OpenRequest;
use assay_core::metric::TableId;
use assay_core::text::TextOptions;
use assay_core::types::Type;
use assay_core::verdict::Reason;
use assay_stats::drift::ColumnKind;

use super::One;
use crate::open;

/// What a monitor reads.
pub(crate) struct Opened {
    pub tables: Tables,
    /// Live rows.
    pub live: TableId,
    /// Labels, or why they cannot be read; `None`: the monitor names none.
    pub labels: Option<Result<TableId, Reason>>,
}

impl Opened {
    /// Live rows.
    pub fn live(&self) -> &Table {
        self.tables.get(self.live)
    }
}

/// Opens the live rows; text is read by the types that the monitor declares, else by those frozen in the baseline.
pub(crate) async fn open(one: One<'_>, baseline: Option<&Baseline>) -> Result<Opened, Reason> {
    let monitor = one.monitor;
    let request = OpenRequest {
        table: monitor.name.clone(),
        source: monitor.source.clone(),
        columns: types(monitor, baseline),
        rows: monitor.rows.clone(),
        timezone: one.setting.timezone.to_string(),
        now_nanos: one.setting.now_nanos(),
    };
    let snapshot = one.setting.open(request).await?;
    let mut tables = Tables::default();
    let live = tables.push(Table { name: monitor.name.clone(), snapshot });
    let labels = match &monitor.labels {
        None => None,
        Some(labels) => Some(open_labels(one, &labels.table, &mut tables).await),
    };
    Ok(Opened { tables, live, labels })
}

async fn open_labels(one: One<'_>, table: &TableRef, tables: &mut Tables) -> Result<TableId, Reason> {
    let name = table.name();
    let snapshot = match table {
        TableRef::Named(_) => match one.contracts.iter().find(|contract| contract.table == name) {
            Some(contract) => one.setting.open(open::request(contract, None, one.setting)).await?,
            None => {
                let text = format!("no contract describes the table `{name}`");
                return Err(Reason { code: "unknown_table".into(), text });
            }
        },
        TableRef::Inline { format, path } => {
            let folder = std::path::Path::new(&*one.monitor.path).parent().unwrap_or(std::path::Path::new(""));
            let folder = one.root.unwrap_or(folder);
            one.setting.open(open::inline(&name, *format, path.clone(), folder, one.setting)).await?
        }
    };
    Ok(tables.push(Table { name, snapshot }))
}

/// How the cells of live rows are read, where that is said or known.
pub(crate) fn types(monitor: &Monitor, baseline: Option<&Baseline>) -> Vec<ColumnSpec> {
    let mut columns = monitor.read.clone();
    if !monitor.source.format.is_text() {
        return columns;
    }
    let has = |columns: &[ColumnSpec], name: &str| columns.iter().any(|c| c.name == name && c.ty.is_some());
    let frozen = baseline.into_iter().flat_map(Baseline::whole);
    let mut more: Vec<(String, Type)> =
        frozen.filter_map(|column| Some((column.name.clone(), Type::parse(&column.dtype).ok()?))).collect();
    // without a frozen type, a column that is tested as a number is one
    more.extend(
        monitor
            .columns
            .iter()
            .filter(|column| column.kind == Some(ColumnKind::Numeric))
            .map(|column| (column.name.clone(), Type::Float(64))),
    );
    more.extend(monitor.timestamp.iter().map(|timestamp| (timestamp.column.clone(), Type::Timestamp)));
    for (name, ty) in more {
        if has(&columns, &name) {
            continue;
        }
        match columns.iter_mut().find(|column| column.name == name) {
            Some(column) => column.ty = Some(ty),
            None => columns.push(spec(monitor, name, ty)),
        }
    }
    columns
}

/// A column of this type.
pub(crate) fn spec(monitor: &Monitor, name: String, ty: Type) -> ColumnSpec {
    let timezone = monitor.source.timezone.clone().or_else(|| monitor.timestamp.as_ref()?.timezone.clone());
    let text = TextOptions { timezone: timezone.clone(), ..TextOptions::default() };
    let read = assay_core::contract::ReadOptions { timezone, text, ..Default::default() };
    ColumnSpec { name, ty: Some(ty), optional: false, read }
}
