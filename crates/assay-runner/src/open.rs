//! Opening every table of a run once: the contracts' own, and those that their checks name.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use assay_core::check::{Table, TableRef, Tables};
use assay_core::contract::{Contract, CsvOptions, Format, Source};
use assay_core::engine::{OpenRequest, Snapshot};
use assay_core::metric::{Sql, TableId};
use assay_core::verdict::{NotRun, Reason};

use crate::{Others, Setting};

/// The run's tables, and where each contract's own is among them.
pub(crate) struct Opened {
    /// Those that could be opened.
    pub tables: Tables,
    /// For each contract its table, or why there is none: it could not be opened, or was not meant to be.
    pub own: Vec<Result<TableId, NotRun>>,
}

impl Opened {
    /// The snapshot of a contract's own table.
    pub fn snapshot(&self, contract: usize) -> Option<&Snapshot> {
        self.own[contract].as_ref().ok().map(|id| &self.tables.get(*id).snapshot)
    }

    fn add(&mut self, name: &str, snapshot: Result<Snapshot, Reason>) -> Result<TableId, Reason> {
        let full = self.tables.iter().count() > usize::from(u16::MAX);
        let opened = match snapshot {
            Ok(_) if full => {
                Err(Reason { code: "too_many_tables".into(), text: "a run has at most 65,536 tables".into() })
            }
            Ok(snapshot) => Ok(self.tables.push(Table { name: name.to_string(), snapshot })),
            Err(reason) => Err(reason),
        };
        if let Err(reason) = &opened {
            self.tables.push_unopened(name.to_string(), reason.clone());
        }
        opened
    }
}

/// Opens the table of every contract, pruned by the contract's `rows` unless some check reads beyond them, and every
/// other table that a check names, whole.
pub(crate) async fn all(contracts: &[Contract], others: &Others, setting: Setting<'_>) -> Opened {
    let named: BTreeSet<(TableRef, &Path)> =
        contracts.iter().filter(|contract| contract.enabled).flat_map(tables_named).collect();
    let mut opened = Opened { tables: Tables::default(), own: Vec::with_capacity(contracts.len()) };

    for contract in contracts {
        if !contract.enabled {
            opened.own.push(Err(disabled()));
            continue;
        }
        let read_by_others =
            named.iter().any(|(table, _)| matches!(table, TableRef::Named(name) if *name == contract.table));
        let whole = read_by_others || contract.checks.iter().any(|placed| placed.check.reads_all_rows());
        let rows = contract.rows.clone().filter(|_| !whole);
        let snapshot = setting.open(request(contract, rows, setting)).await;
        let own = opened.add(&contract.table, snapshot).map_err(NotRun::Error);
        opened.own.push(own);
    }
    for (table, folder) in named {
        let name = table.name();
        if opened.tables.find(&name).is_some() || opened.tables.unopened(&name).is_some() {
            continue;
        }
        let snapshot = match table {
            TableRef::Named(_) => {
                match contracts.iter().chain(&others.contracts).find(|contract| contract.table == name) {
                    Some(contract) => setting.open(request(contract, None, setting)).await,
                    None => Err(Reason {
                        code: "unknown_table".into(),
                        text: format!("no contract describes the table `{name}`"),
                    }),
                }
            }
            TableRef::Inline { format, path } => {
                let folder = others.root.as_deref().unwrap_or(folder);
                setting.open(inline(&name, format, path, folder, setting)).await
            }
        };
        let _ = opened.add(&name, snapshot);
    }
    opened
}

/// Why nothing of a document is evaluated that says `enabled: false`.
pub(crate) fn disabled() -> NotRun {
    NotRun::skipped("disabled", "disabled by `enabled: false`")
}

/// The tables that the checks of a contract name, with the folder of the contract.
fn tables_named(contract: &Contract) -> impl Iterator<Item = (TableRef, &Path)> {
    let folder = Path::new(&*contract.path).parent().unwrap_or(Path::new(""));
    contract.checks.iter().flat_map(|placed| placed.check.tables()).map(move |table| (table, folder))
}

pub(crate) fn request(contract: &Contract, rows: Option<Sql>, setting: Setting<'_>) -> OpenRequest {
    OpenRequest {
        table: contract.table.clone(),
        source: contract.source.clone(),
        columns: contract.columns.clone(),
        rows,
        timezone: setting.timezone.to_string(),
        now_nanos: setting.now_nanos(),
    }
}

/// A source written in place, read as a contract without further words would be.
pub(crate) fn inline(name: &str, format: Format, path: String, folder: &Path, setting: Setting<'_>) -> OpenRequest {
    let resolved: PathBuf = folder.join(&path);
    let null_values = if format == Format::Csv { vec![String::new()] } else { vec![] };
    let csv = CsvOptions::default();
    OpenRequest {
        table: name.to_string(),
        source: Source { format, path, resolved, null_values, timezone: None, csv, hive: true },
        columns: vec![],
        rows: None,
        timezone: setting.timezone.to_string(),
        now_nanos: setting.now_nanos(),
    }
}
