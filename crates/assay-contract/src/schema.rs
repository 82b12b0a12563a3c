//! JSON Schemas of contracts and of `assay.yaml`, for editors. The checks' own schemas come from their files.

use assay_checks::registry::{CHECKS, CheckSpec, Place as StandsOn};
use assay_core::types::Type;
use serde_json::{Map, Value, json};

use crate::project;

/// JSON Schema (2020-12) of a contract file.
pub fn contract_schema() -> Value {
    let mut defs = Map::new();
    for spec in CHECKS {
        let mut lifted = Map::new();
        let schema = check(spec, &mut lifted);
        defs.insert(spec.name.to_owned(), schema);
        defs.extend(lifted);
    }
    defs.insert("type".into(), json!({"type": "string", "description": format!("one of {}, as in \"decimal(12,2)\" or \"timestamp[UTC]\"", Type::NAMES.join(", "))}));
    defs.insert("texts".into(), json!({"type": "array", "items": {"type": ["string", "number", "boolean"]}}));
    defs.insert("severity".into(), json!({"enum": ["warn", "fail"]}));
    defs.insert("failed_rows".into(), failed_rows());

    let mut column = Map::new();
    column.insert("type".into(), json!({"$ref": "#/$defs/type"}));
    column.insert("optional".into(), json!({"type": "boolean", "description": "the column may be missing"}));
    column.insert(
        "missing".into(),
        json!({"type": "array", "items": {"type": ["string", "number"]}, "description": "values that count as null"}),
    );
    column.insert("timezone".into(), json!({"type": "string", "description": "IANA zone of a naive timestamp"}));
    column.insert("description".into(), json!({"type": "string"}));
    column.insert("checks".into(), json!({"type": "array", "items": one_of(StandsOn::Column)}));
    for (name, spec) in names(StandsOn::Column) {
        column.insert(name.into(), reference(spec));
    }
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Assay contract",
        "type": "object",
        "required": ["assay", "table", "source"],
        "additionalProperties": false,
        "properties": {
            "assay": {"const": 1},
            "table": {"type": "string", "description": "the table's name, as in silver.orders"},
            "owner": {"type": "string"},
            "description": {"type": "string"},
            "tags": {"type": "array", "items": {"type": "string"}},
            "layer": {"type": "string"},
            "schedule": schedule(),
            "enabled": enabled(),
            "produced_by": produced_by(),
            "depends_on": depends_on(),
            "source": source(),
            "severity": {"$ref": "#/$defs/severity"},
            "extends": {"type": "array", "items": {"type": "string"}, "description": "packs, laid under this file from left to right"},
            "vars": {"type": "object", "additionalProperties": {"type": ["string", "number", "boolean"]}},
            "rows": {"type": "string", "description": "SQL predicate: every check sees only these rows"},
            "key": {"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}, "minItems": 1}]},
            "failed_rows": {"$ref": "#/$defs/failed_rows"},
            "schema": schema_section(),
            "columns": {"type": "object", "additionalProperties": {"anyOf": [
                {"$ref": "#/$defs/type"}, {"type": "null"},
                {"type": "object", "properties": column, "additionalProperties": false},
            ]}},
            "checks": {"type": "array", "items": one_of(StandsOn::Table)},
        },
        "$defs": defs,
    })
}

/// JSON Schema (2020-12) of `assay.yaml`.
pub fn project_schema() -> Value {
    let severity = json!({"enum": ["warn", "fail"]});
    let pass_or_fail = json!({"enum": ["pass", "fail"]});
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "assay.yaml",
        "type": "object",
        "required": ["assay"],
        "additionalProperties": false,
        "properties": {
            "assay": {"const": 1},
            "project": {"type": "string"},
            "timezone": {"type": "string", "description": "IANA zone of ${date} and current_date"},
            "paths": closed(json!({
                "checks": {"type": "string"}, "rules": {"type": "string"}, "baselines": {"type": "string"},
                "reports": {"type": "string", "description": "templates and styles that stand in for those of reports"},
            })),
            "state": project::state_schema(),
            "vars": {"type": "object", "additionalProperties": {"type": ["string", "number", "boolean"]}},
            "connections": project::connections_schema(),
            "mask_key": {"type": "string", "description": "as in ${env:MASK_KEY} or ${file:/run/secrets/mask_key}"},
            "defaults": closed(json!({
                "severity": severity,
                "failed_rows": failed_rows(),
                "freshness": closed(json!({"skew": length("how far in the future a value may be")})),
                "on_empty": closed(json!({"row_checks": pass_or_fail, "aggregates": pass_or_fail})),
            })),
            "layers": {"type": "object", "additionalProperties": closed(json!({"severity": severity, "failed_rows": failed_rows()}))},
            "engine": closed(json!({
                "memory": {"type": ["string", "integer"], "description": "as in 2GiB"},
                "threads": {"type": "integer", "minimum": 0, "description": "0: all cores"},
            })),
            "server": project::server_schema(),
            "scheduler": project::scheduler_schema(),
            "metrics": project::metrics_schema(),
        },
    })
}

/// A mapping of these keys alone.
pub(crate) fn closed(properties: Value) -> Value {
    json!({"type": "object", "additionalProperties": false, "properties": properties})
}

/// A length of time.
pub(crate) fn length(about: &str) -> Value {
    json!({"type": "string", "pattern": "^[0-9]+[smhdw]$", "description": about})
}

/// `schedule:`.
pub(crate) fn schedule() -> Value {
    let cron = json!({"type": "string", "minLength": 1, "description": "five Unix fields, or @daily and the like"});
    let mut whole = closed(json!({
        "cron": cron,
        "timezone": {"type": "string", "description": "IANA zone of its civil time"},
        "jitter": length("by how much runs are spread; left out, as assay.yaml says"),
        "priority": {"enum": ["high", "normal", "low"], "description": "which of several that are due goes first"},
        "timeout": length("after which a run is cancelled; left out, as assay.yaml says"),
    }));
    whole["required"] = json!(["cron"]);
    json!({"description": "when it is due", "anyOf": [cron, whole]})
}

/// `enabled:`.
pub(crate) fn enabled() -> Value {
    json!({"type": "boolean", "description": "false: every check is skipped and nothing is read"})
}

/// `produced_by:`.
pub(crate) fn produced_by() -> Value {
    json!({
        "type": "array", "items": {"type": "string", "minLength": 1},
        "description": "paths or patterns, relative to the project, of the code that makes the table",
    })
}

/// `depends_on:`.
pub(crate) fn depends_on() -> Value {
    json!({
        "type": "array", "items": {"type": "string", "minLength": 1}, "uniqueItems": true,
        "description": "contracts and monitors that run before it, by their table or name",
    })
}

fn failed_rows() -> Value {
    closed(json!({
        "keep": {"type": "integer", "minimum": 0, "maximum": project::MAX_KEEP},
        "mask": {"type": "array", "items": {"type": "string"}},
    }))
}

/// `source:`.
pub(crate) fn source() -> Value {
    let character = json!({"type": "string", "minLength": 1, "maxLength": 1});
    let mut schema = closed(json!({
        "format": {"enum": ["parquet", "csv", "jsonl", "json", "arrow"]},
        "path": {"type": "string", "description": "a file, a folder or a glob, relative to the folder of assay.yaml"},
        "null_values": {"type": "array", "items": {"type": ["string", "number"]}},
        "timezone": {"type": "string"},
        "delimiter": character,
        "quote": {"anyOf": [{"const": "none"}, character]},
        "escape": character,
        "header": {"type": "boolean"},
        "encoding": {"type": "string"},
        "comment": character,
        "skip_rows": {"type": "integer", "minimum": 0},
        "ragged": {"enum": ["error", "fail"]},
        "hive": {"type": "boolean"},
    }));
    schema["required"] = json!(["path"]);
    schema
}

/// `schema:` is a check with a key of its own.
fn schema_section() -> Value {
    CHECKS.iter().find(|spec| spec.name == "schema").map_or_else(|| json!({"type": "object"}), |spec| reference(spec))
}

/// Names and aliases of the checks that stand here.
fn names(place: StandsOn) -> impl Iterator<Item = (&'static str, &'static CheckSpec)> {
    let fits =
        move |spec: &&CheckSpec| (spec.stands_on == place || spec.stands_on == StandsOn::Both) && spec.name != "schema";
    CHECKS
        .iter()
        .copied()
        .filter(fits)
        .flat_map(|spec| spec.aliases.iter().copied().chain([spec.name]).map(move |name| (name, spec)))
}

/// A list item: a mapping of one check.
fn one_of(place: StandsOn) -> Value {
    let properties: Map<String, Value> = names(place).map(|(name, spec)| (name.to_owned(), reference(spec))).collect();
    json!({"type": "object", "properties": properties, "minProperties": 1, "maxProperties": 1})
}

fn reference(spec: &CheckSpec) -> Value {
    json!({"$ref": format!("#/$defs/{}", spec.name)})
}

/// A check's whole value. Its own definitions move up to the root, under the check's name.
fn check(spec: &CheckSpec, lifted: &mut Map<String, Value>) -> Value {
    let mut schema = spec.value_schema();
    lift(&mut schema, spec.name, lifted);
    schema
}

/// Moves `$defs` out of a schema and points its references at where they moved to.
fn lift(schema: &mut Value, check: &str, lifted: &mut Map<String, Value>) {
    match schema {
        Value::Object(object) => {
            object.remove("$schema");
            if let Some(Value::Object(defs)) = object.remove("$defs") {
                for (name, mut def) in defs {
                    lift(&mut def, check, lifted);
                    lifted.insert(format!("{check}.{name}"), def);
                }
            }
            for (key, value) in object.iter_mut() {
                match value {
                    Value::String(text) if key == "$ref" => {
                        if let Some(name) = text.strip_prefix("#/$defs/") {
                            *text = format!("#/$defs/{check}.{name}");
                        }
                    }
                    value => lift(value, check, lifted),
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| lift(item, check, lifted)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}
