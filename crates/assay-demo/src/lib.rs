//! A small made-up data lake of a web shop: raw files in bronze, typed tables in silver, features and a
//! model's predictions in gold. The data are seeded, so that every lake is the same, and hold a known list of defects
//! for the contracts and the monitor to find.

#![allow(clippy::disallowed_methods, reason = "the rim: this crate writes files")]

mod bronze;
mod deliveries;
mod delivery_eta;
mod gold;
mod people;
mod planted;
mod random;
mod shop;
mod silver;
mod write;

use std::fs;
use std::io;
use std::path::Path;

pub use planted::{PLANTED, Planted};

/// The clock of the demo: the lake is as it was at that moment.
pub const AS_OF: &str = "2026-11-20T06:00:00Z";

/// The project file, the contracts and the monitor, by their path in the project: the same files as in this repository.
pub static PROJECT: &[(&str, &str)] = &[
    ("assay.yaml", include_str!("../../../assay.yaml")),
    ("checks/packs/audit_columns.yaml", include_str!("../../../checks/packs/audit_columns.yaml")),
    ("checks/bronze/customers_raw.yaml", include_str!("../../../checks/bronze/customers_raw.yaml")),
    ("checks/bronze/orders_raw.yaml", include_str!("../../../checks/bronze/orders_raw.yaml")),
    ("checks/bronze/payments_raw.yaml", include_str!("../../../checks/bronze/payments_raw.yaml")),
    ("checks/models/delivery_eta.yaml", include_str!("../../../checks/models/delivery_eta.yaml")),
    ("checks/silver/customers.yaml", include_str!("../../../checks/silver/customers.yaml")),
    ("checks/silver/deliveries.yaml", include_str!("../../../checks/silver/deliveries.yaml")),
    ("checks/silver/orders.yaml", include_str!("../../../checks/silver/orders.yaml")),
    ("checks/silver/payments.yaml", include_str!("../../../checks/silver/payments.yaml")),
    ("checks/gold/churn_features.yaml", include_str!("../../../checks/gold/churn_features.yaml")),
];

/// Writes the project file, the contracts and the monitor into a folder.
pub fn write_project(folder: &Path) -> io::Result<()> {
    for (path, text) in PROJECT {
        let path = folder.join(path);
        fs::create_dir_all(path.parent().unwrap_or(folder))?;
        fs::write(path, text)?;
    }
    Ok(())
}

/// Writes the lake into the folder `lake` of a folder.
pub fn write_lake(folder: &Path) -> io::Result<()> {
    let lake = folder.join("lake");
    let customers = shop::customers();
    let lines = shop::order_lines(&customers);
    bronze::write(&lake.join("bronze"), &customers, &lines)?;
    silver::write(&lake.join("silver"), &customers, &lines)?;
    gold::write(&lake.join("gold"), &customers)?;
    delivery_eta::write(&lake)
}

#[cfg(test)]
mod tests;
