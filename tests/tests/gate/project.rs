//! The project that the tests change.

use assay_tests::repository::Repository;
use serde_json::Value;

pub const ORDERS: &str = "checks/silver/orders.yaml";
pub const CUSTOMERS: &str = "checks/silver/customers.yaml";
pub const MONITOR: &str = "checks/models/eta.yaml";

const ORDERS_TEXT: &str = "\
assay: 1
table: silver.orders
owner: orders@shop.example
description: One row for each order
source: {format: csv, path: data/orders.csv}
key: [order_id]
columns:
  order_id: string
  customer_id: {type: int64, required: true, references: {table: silver.customers, column: id}}
  email: {type: string, completeness: 60%}
  status: {type: string, required: true, in: [placed, paid, shipped]}
  amount: {type: int32, range: [0, 1000]}
  items: {type: int64, range: {min: 1}}
checks:
  - row_count: {min: 3}
";

const ORDERS_DATA: &str = "\
order_id,customer_id,email,status,amount,items
o1,1,a@shop.example,placed,20,1
o2,2,,paid,700,2
o3,1,c@shop.example,shipped,35,1
o4,3,d@shop.example,placed,90,4
";

const CUSTOMERS_TEXT: &str = "\
assay: 1
table: silver.customers
owner: crm@shop.example
source: {format: csv, path: data/customers.csv}
key: [id]
columns:
  id: int64
  name: string
";

const REVENUE_TEXT: &str = "\
assay: 1
table: gold.revenue
source: {format: csv, path: data/revenue.csv}
columns:
  day: {type: date, required: true}
  total: {type: int64, range: {min: 0}}
";

const MONITOR_TEXT: &str = "\
assay: 1
monitor: eta
source: {format: csv, path: data/live.csv}
baseline: {from: {format: csv, path: data/train.csv}}
window: {size: all, min_rows: 100}
columns:
  x: {kind: numeric, type: float64, tests: {ks: {warn: 0.20, fail: 0.30}}}
";

const ROUTES: &str = "\
assay: 1
rules: alerts
receivers:
  - {name: oncall, webhook: {url: \"https://hooks.shop.example/oncall\"}}
route:
  receiver: oncall
  routes:
    - {match: {severity: fail}, receiver: oncall}
    - {match: {layer: gold}, receiver: oncall}
";

/// On `main`: two tables that stand on each other, one by itself, a model. Then the branch `work` begins.
pub fn project() -> Repository {
    let repository = Repository::new();
    fill(&repository);
    repository.commit("contracts");
    repository.git(&["switch", "--quiet", "--create", "work"]);
    repository
}

/// Writes the files of the project.
pub fn fill(repository: &Repository) {
    repository
        .write("assay.yaml", "assay: 1\ntimezone: UTC\n")
        .write(ORDERS, ORDERS_TEXT)
        .write(CUSTOMERS, CUSTOMERS_TEXT)
        .write("checks/gold/revenue.yaml", REVENUE_TEXT)
        .write(MONITOR, MONITOR_TEXT)
        .write("rules/alerts.yaml", ROUTES)
        .write("data/orders.csv", ORDERS_DATA)
        .write("data/customers.csv", "id,name\n1,Ada\n2,Grace\n3,Edsger\n")
        .write("data/revenue.csv", "day,total\n2026-11-19,845\n")
        .write("data/train.csv", numbers(1000, 0))
        .write("data/live.csv", numbers(500, 0));
}

/// A column of numbers, spread evenly, from `first` on.
pub fn numbers(rows: u32, first: u32) -> String {
    let values = (0..rows).map(|row| format!("{}.5\n", first + row * 7919 % 100));
    std::iter::once("x\n".to_string()).chain(values).collect()
}

/// The changes of a result.
pub fn changes(result: &Value) -> &Vec<Value> {
    let of_gate = result.pointer("/changes/changes").and_then(Value::as_array);
    of_gate.or_else(|| result["changes"].as_array()).unwrap_or_else(|| panic!("no changes in {result:#}"))
}

/// The change of this code.
pub fn change<'a>(result: &'a Value, code: &str) -> &'a Value {
    let found = changes(result).iter().find(|change| change["code"] == code);
    found.unwrap_or_else(|| panic!("no {code} in {result:#}"))
}

/// The notes of a result, one per line.
pub fn notes(result: &Value) -> String {
    let notes = result.pointer("/changes/notes").unwrap_or(&result["notes"]);
    let notes = notes.as_array().unwrap_or_else(|| panic!("no notes in {result:#}"));
    notes.iter().filter_map(Value::as_str).collect::<Vec<_>>().join("\n")
}

/// The tables that ran.
pub fn ran(result: &Value) -> Vec<&str> {
    let tables = result["tables"].as_array().map(Vec::as_slice).unwrap_or_default();
    tables.iter().filter_map(|table| table["table"].as_str()).collect()
}
