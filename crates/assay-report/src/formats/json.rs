//! `assay.result/v1`, a run for machines, and `assay.changes/v1`, what changed. The same record gives the same bytes.

mod changes;
mod convert;
mod result;

use std::io;

use schemars::Schema;
use schemars::generate::SchemaSettings;
use schemars::transform::RecursiveTransform;
use serde_json::Value;

use crate::{Renderer, Report};

/// The renderer.
#[derive(Debug, Clone, Copy)]
pub struct Json;

impl Renderer for Json {
    fn render(&self, report: &Report<'_>, out: &mut dyn io::Write) -> io::Result<()> {
        let exit_code = report.exit_code();
        match report {
            Report::Ran(ran) => serde_json::to_writer_pretty(&mut *out, &convert::ran(ran, exit_code))?,
            Report::Compared(record) => serde_json::to_writer_pretty(&mut *out, &changes::document(record))?,
            Report::Invalid(problems) => {
                serde_json::to_writer_pretty(&mut *out, &convert::invalid(problems, exit_code))?
            }
        }
        out.write_all(b"\n")
    }
}

/// The JSON Schema of `assay.result/v1`, as published in `docs/schemas/`.
pub fn schema() -> serde_json::Value {
    schema_of::<result::ResultV1>()
}

/// The JSON Schema of `assay.changes/v1`, as published in `docs/schemas/`.
pub fn changes_schema() -> serde_json::Value {
    schema_of::<changes::ChangesV1>()
}

fn schema_of<T: schemars::JsonSchema>() -> serde_json::Value {
    let settings =
        SchemaSettings::draft2020_12().for_serialize().with_transform(RecursiveTransform(absent_is_not_null));
    let generator = settings.into_generator();
    generator.into_root_schema_for::<T>().to_value()
}

/// What does not apply is left out of a result, never null: takes null away from the properties that are optional.
fn absent_is_not_null(schema: &mut Schema) {
    let Some(properties) = schema.get_mut("properties").and_then(Value::as_object_mut) else { return };
    for property in properties.values_mut().filter_map(Value::as_object_mut) {
        if let Some(types) = property.get_mut("type").and_then(Value::as_array_mut) {
            types.retain(|name| name != "null");
            if let [only] = &types[..] {
                let only = only.clone();
                property.insert("type".into(), only);
            }
        }
        let Some(options) = property.get("anyOf").and_then(Value::as_array) else { continue };
        let mut others = options.iter().filter(|option| option.get("type").is_none_or(|name| name != "null")).cloned();
        if let (Some(Value::Object(only)), None) = (others.next(), others.next()) {
            property.remove("anyOf");
            property.extend(only);
        }
    }
}

#[cfg(test)]
mod tests;
