//! The JSON Schema of a study file, made of the table of keys.

use serde_json::{Map, Value, json};

use super::keys::{Key, Kind, Need, ROOT};

/// The file's name in `docs`, and beside a study file that `new-study` writes.
pub const FILE_NAME: &str = "study.schema.json";

/// A duration as [`units`](super) reads it.
const DURATION: &str = r"^([0-9]+(\.[0-9]*)?|\.[0-9]+)(ms|s|m|h|d)(([0-9]+(\.[0-9]*)?|\.[0-9]+)(ms|s|m|h|d))*$";
/// A size as it reads it.
const SIZE: &str = r"^([0-9]+(\.[0-9]*)?|\.[0-9]+)(B|kB|MB|GB|TB|KiB|MiB|GiB|TiB)$";

/// The schema, as a file's text: JSON Schema 2020-12, which editors read from a line `#:schema` in the study file.
#[must_use]
pub fn text() -> String {
    let mut schema = Map::new();
    schema.insert("$schema".to_owned(), "https://json-schema.org/draft/2020-12/schema".into());
    schema.insert("title".to_owned(), "A study file of mabeam".into());
    schema.extend(table(ROOT));
    // Keys of a JSON object come in the order of their names, so the text depends on the table alone.
    let mut text = serde_json::to_string_pretty(&Value::Object(schema)).unwrap_or_default();
    text.push('\n');
    text
}

/// What a table with these keys may have.
fn table(keys: &[Key]) -> Map<String, Value> {
    let properties: Map<String, Value> = keys.iter().map(|key| (key.name.to_owned(), property(key))).collect();
    let required: Vec<&str> =
        keys.iter().filter(|key| matches!(key.need, Need::Required)).map(|key| key.name).collect();
    let mut table = Map::new();
    table.insert("type".to_owned(), "object".into());
    table.insert("additionalProperties".to_owned(), false.into());
    table.insert("properties".to_owned(), properties.into());
    if !required.is_empty() {
        table.insert("required".to_owned(), required.into());
    }
    table
}

fn property(key: &Key) -> Value {
    let mut property = match value(key.kind) {
        Value::Object(property) => property,
        other => return other,
    };
    let default = match key.need {
        Need::Required => String::new(),
        Need::Default(written) => format!(" Default: {written}."),
        Need::Otherwise(what) => format!(" Without it: {what}."),
    };
    property.insert("description".to_owned(), format!("{}{default}", key.about).into());
    // A default in TOML's notation is one in JSON's where it is a plain value or an empty list or table.
    if let Need::Default(written) = key.need
        && let Ok(value) = serde_json::from_str::<Value>(written)
    {
        property.insert("default".to_owned(), value);
    }
    Value::Object(property)
}

fn value(kind: Kind) -> Value {
    let list = |items: Value| json!({ "type": "array", "minItems": 1, "items": items });
    match kind {
        Kind::StudyName => json!({ "type": "string", "pattern": "^[A-Za-z0-9_-]{1,64}$" }),
        Kind::Text => json!({ "type": "string", "minLength": 1 }),
        Kind::Switch => json!({ "type": "boolean" }),
        Kind::Integer(least, most) => json!({ "type": "integer", "minimum": least, "maximum": most }),
        Kind::Number => json!({ "type": "number" }),
        Kind::Word(words) => json!({ "type": "string", "enum": words }),
        Kind::Words(words) => list(json!({ "type": "string", "enum": words })),
        Kind::Texts => json!({ "type": "array", "items": { "type": "string", "minLength": 1 } }),
        Kind::Integers(least) => list(json!({ "type": "integer", "minimum": least, "maximum": u32::MAX })),
        Kind::Duration => json!({ "type": "string", "pattern": DURATION }),
        Kind::Size => json!({ "type": "string", "pattern": SIZE }),
        Kind::Scalar => json!({ "type": ["number", "string", "boolean"] }),
        Kind::Scalars => list(json!({ "type": ["number", "string", "boolean"] })),
        Kind::Command => {
            json!({ "type": ["string", "array"], "minLength": 1, "minItems": 1, "items": { "type": "string" } })
        }
        Kind::Environment => json!({ "type": "object", "additionalProperties": { "type": "string" } }),
        Kind::Settings => json!({ "type": "object" }),
        Kind::ListOfValues => json!({
            "type": "array",
            "items": { "type": "object", "additionalProperties": { "type": ["number", "string", "boolean"] } },
        }),
        Kind::Table(keys) => Value::Object(table(keys)),
        Kind::Tables(keys) => json!({ "type": "array", "items": table(keys) }),
        Kind::Named(keys) => {
            json!({ "type": "object", "minProperties": 1, "additionalProperties": table(keys) })
        }
    }
}

#[cfg(test)]
mod tests;
