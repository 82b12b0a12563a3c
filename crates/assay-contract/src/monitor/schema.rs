//! JSON Schema of monitors, for editors.

use assay_core::types::Type;
use assay_stats::corrections::Correction;
use assay_stats::drift::{ColumnKind, registry};
use assay_stats::performance::{CLASSIFICATION, REGRESSION};
use serde_json::{Map, Value, json};

use crate::schema::{closed, depends_on, enabled, produced_by, schedule, source};

/// JSON Schema (2020-12) of a monitor file.
pub fn monitor_schema() -> Value {
    let mut properties = Map::new();
    for part in [rows(), columns(), limits()] {
        properties.extend(part.as_object().cloned().unwrap_or_default());
    }
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Assay monitor",
        "type": "object",
        "required": ["assay", "monitor", "source", "baseline"],
        "additionalProperties": false,
        "properties": properties,
        "$defs": definitions(),
    })
}

/// What is watched: the model, its rows, the baseline, the windows.
fn rows() -> Value {
    json!({
        "assay": {"const": 1},
        "monitor": {"type": "string", "minLength": 1, "description": "the monitor's name, as in fare_eta"},
        "owner": {"type": "string"},
        "description": {"type": "string"},
        "tags": texts(),
        "layer": {"type": "string"},
        "model": required(closed(json!({"name": {"type": "string"}, "version": {"type": ["string", "number"]}})), &["name", "version"]),
        "schedule": schedule(),
        "enabled": enabled(),
        "produced_by": produced_by(),
        "depends_on": depends_on(),
        "source": {"anyOf": [source(), required(closed(json!({
            "format": {"const": "observations", "description": "rows that the daemon takes by its API"},
            "timezone": {"type": "string"},
        })), &["format"])]},
        "rows": {"type": "string", "description": "SQL predicate: only these rows are live rows"},
        "vars": {"type": "object", "additionalProperties": {"type": ["string", "number", "boolean"]}},
        "timestamp": required(closed(json!({"column": {"type": "string"}, "timezone": {"type": "string", "description": "IANA zone of the windows' days"}})), &["column"]),
        "id": {"type": "string", "description": "the column that names a prediction"},
        "baseline": baseline(),
        "window": closed(json!({
            "size": {"anyOf": [
                {"type": "string", "pattern": "^((1|2|3|4|6|8|12|24)h|[0-9]+[dw]|all|[0-9]+ *rows)$"},
                closed(json!({"rows": {"type": "integer", "minimum": 1}})),
            ]},
            "lateness": duration(),
            "min_rows": {"type": "integer", "minimum": 1},
        })),
    })
}

/// Columns and the tests on them.
fn columns() -> Value {
    json!({
        "columns": {"type": "object", "additionalProperties": {"anyOf": [{"$ref": "#/$defs/kind"}, {"type": "null"}, column()]}},
        "columns_only": {"type": "boolean", "description": "watch none but the named columns"},
        "prediction": required(closed(json!({
            "column": {"type": "string"},
            "task": {"enum": ["regression", "classification"]},
            "score": {"type": "string", "description": "the column with the probability of the positive class"},
            "positive": {"type": ["string", "number", "boolean"]},
            "tests": {"$ref": "#/$defs/tests"},
        })), &["column", "task"]),
        "exclude": texts(),
        "defaults": closed(json!({
            "numeric": {"$ref": "#/$defs/numeric_tests"},
            "categorical": {"$ref": "#/$defs/categorical_tests"},
            "missing": {"$ref": "#/$defs/missing"},
            "significance": closed(json!({
                "alpha": {"type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 1},
                "correction": {"enum": Correction::ALL.map(Correction::name)},
            })),
            "psi_bins": {"enum": [10, 20]},
        })),
    })
}

/// What goes over columns and windows, and what follows.
fn limits() -> Value {
    let metrics: Vec<&str> =
        CLASSIFICATION.iter().map(|metric| metric.name).chain(REGRESSION.iter().map(|metric| metric.name)).collect();
    json!({
        "segments": {"type": "array", "items": required(closed(json!({
            "by": {"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}, "minItems": 1}]},
            "top": {"type": "integer", "minimum": 1, "maximum": 1000},
            "min_rows": {"type": "integer", "minimum": 1},
        })), &["by"])},
        "dataset": required(closed(json!({"drifted_share": {"anyOf": [
            {"$ref": "#/$defs/share"}, fraction(),
            closed(json!({
                "warn": {"anyOf": [{"$ref": "#/$defs/share"}, fraction()]},
                "fail": {"anyOf": [{"$ref": "#/$defs/share"}, fraction()]},
                "weight": {"enum": ["importance", "equal"]},
            })),
        ]}})), &["drifted_share"]),
        "correlations": closed(json!({
            "pairs": {"anyOf": [top(), {"type": "array", "minItems": 1, "items": {"type": "array", "items": {"type": "string"}, "minItems": 2, "maxItems": 2}}]},
            "max_change": {"$ref": "#/$defs/limits"},
        })),
        "covariance": required(closed(json!({"pca": closed(json!({
            "components": {"type": "number", "exclusiveMinimum": 0, "maximum": 200},
            "warn": {"type": "number", "minimum": 0},
            "fail": {"type": "number", "minimum": 0},
        }))})), &["pca"]),
        "labels": labels(),
        "concept": required(closed(json!({
            "target_relation": {"anyOf": [top(), {"type": "array", "items": {"type": "string"}, "minItems": 1}]},
            "max_change": {"$ref": "#/$defs/limits"},
        })), &["target_relation"]),
        "performance": {"type": "array", "items": required(closed(json!({
            "metric": {"enum": metrics},
            "max": {"$ref": "#/$defs/bounds"},
            "min": {"$ref": "#/$defs/bounds"},
        })), &["metric"])},
        "confirm": closed(json!({"fail": windows(), "recover": windows()})),
        "calibrate": required(closed(json!({"windows": {"type": "integer", "minimum": 28, "maximum": 1000}})), &["windows"]),
        "retrain": required(closed(json!({
            "when": {"type": "string", "description": "as in dataset.fail or performance.rmse.fail"},
            "webhook": required(closed(json!({"url": {"type": "string"}, "token": {"type": "string"}})), &["url"]),
            "cooldown": duration(),
            "approve": {"enum": ["manual", "auto"]},
        })), &["when"]),
    })
}

fn texts() -> Value {
    json!({"type": "array", "items": {"type": "string"}})
}

fn definitions() -> Value {
    let bound = json!({"anyOf": [{"type": "number"}, {"type": "string", "pattern": "^[0-9.]+ *[x×] *baseline$"}]});
    json!({
        "kind": {"enum": ["numeric", "categorical"]},
        "share": {"type": "string", "pattern": "^[0-9.]+%$", "description": "a share, as in 5%"},
        "limits": levels(json!({"type": "number", "minimum": 0})),
        "shares": levels(json!({"$ref": "#/$defs/share"})),
        "missing": {"anyOf": [{"const": "off"}, {"type": "null"}, {"$ref": "#/$defs/shares"}]},
        "bounds": levels(bound),
        "tests": tests(|_| true),
        "numeric_tests": tests(|test| test.applies_to(ColumnKind::Numeric) && test.name() != "missing"),
        "categorical_tests": tests(|test| test.applies_to(ColumnKind::Categorical) && test.name() != "missing"),
    })
}

/// A set of tests: their names, or each with its limits.
fn tests(fits: fn(&dyn assay_stats::drift::DriftTest) -> bool) -> Value {
    let mut properties = Map::new();
    for test in registry::TESTS.iter().filter(|test| fits(**test)) {
        let limits = match test.name() {
            "missing" => json!({"$ref": "#/$defs/missing"}),
            name if super::deciding::SHARES.contains(&name) => {
                json!({"anyOf": [{"type": "null"}, {"$ref": "#/$defs/shares"}]})
            }
            _ => json!({"anyOf": [{"type": "null"}, {"$ref": "#/$defs/limits"}]}),
        };
        properties.insert(test.name().to_owned(), limits);
    }
    let names: Vec<&String> = properties.keys().collect();
    json!({"anyOf": [
        {"type": "array", "items": {"enum": names}, "minItems": 1, "uniqueItems": true},
        {"type": "object", "properties": properties, "additionalProperties": false, "minProperties": 1},
    ]})
}

/// One value, or one for each level.
fn levels(one: Value) -> Value {
    let mut pair = closed(json!({"warn": one, "fail": one}));
    pair["minProperties"] = json!(1);
    json!({"anyOf": [one, pair]})
}

fn required(mut schema: Value, keys: &[&str]) -> Value {
    schema["required"] = json!(keys);
    schema
}

fn duration() -> Value {
    json!({"type": "string", "pattern": "^[0-9]+[smhdw]$"})
}

fn fraction() -> Value {
    json!({"type": "number", "minimum": 0, "maximum": 1})
}

fn top() -> Value {
    json!({"type": "string", "pattern": "^top [0-9]+$"})
}

fn windows() -> Value {
    json!({"anyOf": [{"type": "integer", "minimum": 1}, {"type": "string", "pattern": "^[0-9]+ *windows?$"}]})
}

fn baseline() -> Value {
    let mut from = source();
    from["properties"]["where"] = json!({"type": "string", "description": "SQL predicate"});
    let mut schema = closed(json!({
        "profile": {"type": "string", "description": "a file, or name@alias, or name@hash"},
        "from": from,
        "rolling": required(closed(json!({"windows": {"type": "integer", "minimum": 1, "maximum": 1000}, "gap": duration()})), &["windows"]),
        "same": {"enum": ["hour_of_day", "day_of_week", "hour_of_week"]},
        "weeks": {"type": "integer", "minimum": 1, "maximum": 104},
    }));
    let forms = ["profile", "from", "rolling", "same"].map(|form| json!({"required": [form]}));
    schema["oneOf"] = json!(forms);
    schema
}

fn column() -> Value {
    closed(json!({
        "kind": {"$ref": "#/$defs/kind"},
        "type": {"type": "string", "description": format!("how text is read: one of {}", Type::NAMES.join(", "))},
        "importance": {"type": "number", "minimum": 0, "maximum": 1},
        "tests": {"$ref": "#/$defs/tests"},
        "optional": {"type": "boolean", "description": "the column may be missing"},
    }))
}

fn labels() -> Value {
    let format = json!({"enum": ["parquet", "csv", "jsonl", "json", "arrow"]});
    let inner = required(closed(json!({"format": format, "path": {"type": "string"}})), &["path"]);
    let schema = closed(json!({
        "table": {"anyOf": [{"type": "string"}, required(closed(json!({"source": inner})), &["source"])]},
        "key": {"type": "string", "description": "the column that names a prediction"},
        "column": {"type": "string", "description": "the label"},
        "lag": duration(),
        "min_coverage": {"$ref": "#/$defs/share"},
    }));
    required(schema, &["table", "column"])
}

#[cfg(test)]
mod tests {
    use assay_core::literal::looks_typed;
    use assay_core::node::{Node, NodeKind};

    use super::*;
    use crate::sources::Sources;

    fn json_of(node: &Node) -> Value {
        match &node.kind {
            NodeKind::Map(entries) => {
                entries.iter().map(|(key, value)| (key.text.clone(), json_of(value))).collect::<Map<_, _>>().into()
            }
            NodeKind::Seq(items) => items.iter().map(json_of).collect::<Vec<_>>().into(),
            NodeKind::Scalar { .. } if node.is_null() => Value::Null,
            NodeKind::Scalar { text, quoted } if !quoted && looks_typed(text) => {
                serde_json::from_str(text).expect("a number or a bool")
            }
            NodeKind::Scalar { text, .. } => text.clone().into(),
        }
    }

    fn is_valid(text: &str) -> bool {
        let root =
            crate::document("m.yaml", text.as_bytes(), &mut Sources::default(), &mut Vec::new()).expect("a file");
        jsonschema::is_valid(&monitor_schema(), &json_of(&root))
    }

    #[test]
    fn a_monitor_of_everything_fits_the_schema() {
        let head = "assay: 1\nmonitor: m\nsource: {path: a.parquet}\n";
        let everything = "model: {name: m, version: \"7\"}\ntimestamp: {column: at, timezone: Asia/Dubai}\nid: ride\n\
            window: {size: 100000 rows, lateness: 2h, min_rows: 500}\nexclude: [x]\ncolumns_only: true\n\
            columns: {a: {kind: numeric, importance: 0.3, tests: {ks: {warn: 0.08, fail: 0.15}, psi: , missing: off}}, b: categorical, c: , d: {tests: [psi]}}\n\
            prediction: {column: eta, task: regression, tests: {ks: 0.1}}\n\
            defaults: {numeric: [ks], categorical: {chi_square: 0.1, unseen: 0.5%}, missing: {warn: 1%}, significance: {alpha: 0.01, correction: none}, psi_bins: 20}\n\
            segments: [{by: city, top: 5}]\ndataset: {drifted_share: {warn: 0.2, fail: 50%, weight: importance}}\n\
            correlations: {pairs: [[a, b]], max_change: 0.15}\ncovariance: {pca: {components: 0.65, fail: 3}}\n\
            labels: {table: {source: {path: l.csv}}, column: l, lag: 3d, min_coverage: 80%}\nconcept: {target_relation: top 20}\n\
            performance: [{metric: rmse, max: 1.15x baseline}, {metric: r2, min: {warn: 0.8, fail: 0.7}}]\n\
            confirm: {fail: 2 windows, recover: 1}\ncalibrate: {windows: 28}\n\
            retrain: {when: dataset.fail, webhook: {url: \"https://x\"}, cooldown: 7d, approve: auto}\n";
        for baseline in [
            "{profile: b.parquet}",
            "{from: {path: t.csv, where: \"a = 1\"}}",
            "{rolling: {windows: 28, gap: 1d}}",
            "{same: day_of_week, weeks: 4}",
        ] {
            assert!(is_valid(&format!("{head}baseline: {baseline}\n{everything}")), "{baseline}");
        }
        let observed = |source: &str| {
            is_valid(&format!("assay: 1\nmonitor: m\nsource: {source}\nbaseline: {{profile: b.parquet}}\n"))
        };
        assert!(observed("{format: observations}") && !observed("{format: observations, path: x}"));
        for wrong in ["{}", "{profile: a, rolling: {windows: 2}}", "text", "{same: month}"] {
            assert!(!is_valid(&format!("{head}baseline: {wrong}\n")), "{wrong}");
        }
        for wrong in
            ["colums: {}", "columns: {a: {tests: {pis: 1}}}", "defaults: {numeric: [chi_square]}", "window: {size: 5h}"]
        {
            assert!(!is_valid(&format!("{head}baseline: {{profile: b.parquet}}\n{wrong}\n")), "{wrong}");
        }
    }

    #[test]
    fn the_schema_knows_every_key() {
        let schema = monitor_schema();
        let keys: Vec<&String> = schema["properties"].as_object().expect("an object").keys().collect();
        assert_eq!(keys, super::super::KEYS.iter().collect::<Vec<_>>());
        let text = schema.to_string();
        for reference in text.split("\"$ref\":\"#/").skip(1).filter_map(|rest| rest.split('"').next()) {
            assert!(schema.pointer(&format!("/{reference}")).is_some(), "{reference}");
        }
    }
}
