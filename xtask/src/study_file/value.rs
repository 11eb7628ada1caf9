//! Values of TOML as what a study file asks for.

use mabeam::ParamValue;
use toml::de::{DeTable, DeValue};

/// What a value is, for messages.
pub(super) fn kind_of(value: &DeValue<'_>) -> &'static str {
    match value {
        DeValue::String(_) => "a text",
        DeValue::Integer(_) => "a whole number",
        DeValue::Float(_) => "a number",
        DeValue::Boolean(_) => "a switch",
        DeValue::Datetime(_) => "a date",
        DeValue::Array(_) => "a list",
        DeValue::Table(_) => "a table",
    }
}

/// A whole number that 64 bits hold.
pub(super) fn integer(value: &DeValue<'_>) -> Option<i64> {
    let whole = value.as_integer()?;
    i64::from_str_radix(whole.as_str(), whole.radix()).ok()
}

/// A number, whole or not, that is finite.
pub(super) fn number(value: &DeValue<'_>) -> Option<f64> {
    let read = match value {
        DeValue::Integer(_) => integer(value)? as f64,
        DeValue::Float(float) => float.as_str().parse().ok()?,
        _ => return None,
    };
    read.is_finite().then_some(read)
}

/// The value of a parameter.
pub(super) fn scalar(value: &DeValue<'_>) -> Option<ParamValue> {
    match value {
        DeValue::String(text) => Some(ParamValue::Choice(text.to_string())),
        DeValue::Boolean(switch) => Some(ParamValue::Bool(*switch)),
        DeValue::Integer(_) => integer(value).map(ParamValue::Int),
        DeValue::Float(_) => number(value).map(ParamValue::Float),
        DeValue::Datetime(_) | DeValue::Array(_) | DeValue::Table(_) => None,
    }
}

/// Anything that JSON has too; `None` for a number that it has not.
pub(super) fn json(value: &DeValue<'_>) -> Option<serde_json::Value> {
    Some(match value {
        DeValue::String(text) => text.to_string().into(),
        DeValue::Boolean(switch) => (*switch).into(),
        DeValue::Integer(_) => integer(value)?.into(),
        DeValue::Float(_) => number(value)?.into(),
        DeValue::Datetime(date) => date.to_string().into(),
        DeValue::Array(items) => {
            serde_json::Value::Array(items.iter().map(|item| json(item.get_ref())).collect::<Option<_>>()?)
        }
        DeValue::Table(table) => serde_json::Value::Object(object(table)?),
    })
}

fn object(table: &DeTable<'_>) -> Option<serde_json::Map<String, serde_json::Value>> {
    table.iter().map(|(name, value)| Some((name.get_ref().to_string(), json(value.get_ref())?))).collect()
}
