//! JSON Schema of a file of rules, for editors. What a receiver takes comes from its file.

use serde_json::{Map, Value, json};

use crate::labels::LABELS;
use crate::receivers::ReceiverSpec;
use crate::receivers::registry::RECEIVERS;

/// A day of the week, or several: `sat`, `mon-fri`.
const DAYS: &str = "^([Mm]on|[Tt]ue|[Ww]ed|[Tt]hu|[Ff]ri|[Ss]at|[Ss]un)([a-z]*day)?(-([Mm]on|[Tt]ue|[Ww]ed|[Tt]hu|[Ff]ri|[Ss]at|[Ss]un)([a-z]*day)?)?$";

/// JSON Schema (2020-12) of a file of rules.
pub fn rules_schema() -> Value {
    let mut defs = Map::new();
    defs.insert("length".into(), json!({"type": "string", "pattern": "^[0-9]+[smhdw]$"}));
    defs.insert("matchers".into(), matchers());
    defs.insert("labels".into(), json!({"type": "array", "items": {"enum": LABELS}, "uniqueItems": true}));
    defs.insert("digest".into(), digest());
    defs.insert("route".into(), route(true));
    let receiver = receiver(&mut defs);
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Assay rules for alerts",
        "type": "object",
        "required": ["assay", "rules"],
        "additionalProperties": false,
        "properties": {
            "assay": {"const": 1},
            "rules": text("what these rules are called"),
            "external_url": {
                "type": "string", "pattern": "^https?://",
                "description": "where Assay's pages are, for links; by default server.public_url of assay.yaml",
            },
            "receivers": {"type": "object", "additionalProperties": receiver, "description": "who is told, by name"},
            "route": route(false),
            "inhibit": {"type": "array", "items": inhibition(), "description": "which incidents mute which"},
            "mute_times": {
                "type": "object", "additionalProperties": {"type": "array", "minItems": 1, "items": mute_time()},
                "description": "times of the week in which a route is quiet, by name",
            },
            "defaults": closed(json!({
                "confirm": closed(json!({
                    "fail": times("bad runs in a row until a contract's incident is open; by default 1"),
                    "recover": times("good runs in a row until it is over; by default 1"),
                })),
                "reopen": length("in which what is bad again is the same incident; by default 24h"),
            })),
            "allow_private": {
                "type": "array", "items": {"type": "string"},
                "description": "networks that may be called although they are private, as in 10.0.0.0/8",
            },
        },
        "$defs": defs,
    })
}

fn closed(properties: Value) -> Value {
    json!({"type": "object", "additionalProperties": false, "properties": properties})
}

fn text(about: &str) -> Value {
    json!({"type": "string", "minLength": 1, "description": about})
}

fn times(about: &str) -> Value {
    json!({"type": "integer", "minimum": 1, "maximum": 100, "description": about})
}

fn length(about: &str) -> Value {
    json!({"$ref": "#/$defs/length", "description": about})
}

fn matchers() -> Value {
    let pattern = format!("^\\s*({})\\s*(=~|!~|!=|=)", LABELS.join("|"));
    json!({
        "type": "array", "items": {"type": "string", "pattern": pattern},
        "description": "a label, one of =, !=, =~, !~, and a value: severity=\"fail\"",
    })
}

fn timezone() -> Value {
    text("IANA zone; by default that of assay.yaml")
}

fn digest() -> Value {
    let mut whole = closed(json!({
        "every": {"enum": ["daily", "weekly"]},
        "at": text("as in 08:00, of a weekly one Mon 08:00"),
        "timezone": timezone(),
    }));
    whole["required"] = json!(["every"]);
    json!({
        "description": "told at these times only, of everything since the last; by default none",
        "anyOf": [{"enum": ["none", "daily", "weekly"]}, whole],
    })
}

/// A route; the root has no matchers.
fn route(is_below: bool) -> Value {
    let mut route = closed(json!({
        "receiver": {
            "description": "who is told: a name, or a list of names",
            "anyOf": [text("a name"), {"type": "array", "items": text("a name"), "minItems": 1, "uniqueItems": true}],
        },
        "group_by": {
            "description": "labels whose values tell groups apart; [...]: each incident alone; by default [contract, monitor]",
            "anyOf": [{"$ref": "#/$defs/labels"}, {"const": ["..."]}],
        },
        "group_wait": length("from the first incident of a group to its first notification; by default 30s"),
        "group_interval": length("between notifications of a group; by default 5m"),
        "repeat_interval": length("until an open incident is told of again; by default 4h"),
        "mute": {"type": "array", "items": text("a mute time"), "uniqueItems": true},
        "send_resolved": {"type": "boolean", "description": "whether the end is told, too; by default true"},
        "escalate": {"description": "who else is told, and when", "anyOf": [{"const": "none"}, escalation()]},
        "routes": {
            "type": "array", "minItems": 1, "items": {"$ref": "#/$defs/route"},
            "description": "the first that matches, in place of this one",
        },
    }));
    if is_below {
        let own = &mut route["properties"];
        own["match"] = json!({"$ref": "#/$defs/matchers", "minItems": 1, "description": "all have to match"});
        own["continue"] = json!({"type": "boolean", "description": "whether routes after it are looked at, too"});
    } else {
        route["required"] = json!(["receiver"]);
    }
    route
}

fn escalation() -> Value {
    let mut escalation = closed(json!({
        "after": length("how long nobody took care of it"),
        "unless": {"const": "acknowledged"},
        "to": text("a receiver"),
    }));
    escalation["required"] = json!(["after", "to"]);
    escalation
}

fn inhibition() -> Value {
    let mut inhibition = closed(json!({
        "source": {"$ref": "#/$defs/matchers", "minItems": 1, "description": "the incident that mutes others"},
        "target": {"$ref": "#/$defs/matchers", "description": "those that it mutes; empty: any"},
        "equal": {"$ref": "#/$defs/labels", "minItems": 1, "description": "labels that both have with the same value"},
        "along": {"const": "depends_on", "description": "the target's document is made from the source's"},
        "hops": {"type": "integer", "minimum": 1, "maximum": 32, "description": "steps at most; by default 1"},
    }));
    inhibition["required"] = json!(["source", "target"]);
    inhibition["dependentRequired"] = json!({"hops": ["along"]});
    inhibition
}

fn mute_time() -> Value {
    let mut time = closed(json!({
        "days": {
            "type": "array", "minItems": 1, "uniqueItems": true,
            "items": {"type": "string", "pattern": DAYS},
        },
        "times": {
            "type": "array", "minItems": 1,
            "items": {"type": "string", "pattern": "^\\s*[0-2][0-9]:[0-5][0-9]\\s*-\\s*[0-2][0-9]:[0-5][0-9]\\s*$"},
        },
        "timezone": timezone(),
    }));
    time["anyOf"] = json!([{"required": ["days"]}, {"required": ["times"]}]);
    time
}

/// A receiver: one kind, and what any can have. The kinds' own definitions move to the root.
fn receiver(defs: &mut Map<String, Value>) -> Value {
    let mut properties = Map::new();
    for spec in RECEIVERS {
        properties.insert(spec.name.to_owned(), json!({"$ref": format!("#/$defs/{}", spec.name)}));
        let mut lifted = Map::new();
        let schema = settings(spec, &mut lifted);
        defs.insert(spec.name.to_owned(), schema);
        defs.extend(lifted);
    }
    properties.insert("fallback".into(), text("the receiver that is told where this one cannot be reached"));
    let kinds: Vec<Value> = RECEIVERS.iter().map(|spec| json!({"required": [spec.name]})).collect();
    let mut receiver = closed(Value::Object(properties));
    receiver["oneOf"] = Value::Array(kinds);
    receiver
}

fn settings(spec: &ReceiverSpec, lifted: &mut Map<String, Value>) -> Value {
    let mut schema = (spec.schema)();
    lift(&mut schema, spec.name, lifted);
    schema["description"] = json!(spec.about);
    if spec.name == super::WITH_DIGEST {
        schema["properties"]["digest"] = json!({"$ref": "#/$defs/digest"});
    }
    schema
}

/// Moves `$defs` out of a schema and points its references at where they moved to.
fn lift(schema: &mut Value, kind: &str, lifted: &mut Map<String, Value>) {
    match schema {
        Value::Object(object) => {
            object.remove("$schema");
            if let Some(Value::Object(defs)) = object.remove("$defs") {
                for (name, mut def) in defs {
                    lift(&mut def, kind, lifted);
                    lifted.insert(format!("{kind}.{name}"), def);
                }
            }
            for (key, value) in object.iter_mut() {
                match value {
                    Value::String(text) if key == "$ref" => {
                        if let Some(name) = text.strip_prefix("#/$defs/") {
                            *text = format!("#/$defs/{kind}.{name}");
                        }
                    }
                    value => lift(value, kind, lifted),
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| lift(item, kind, lifted)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}
