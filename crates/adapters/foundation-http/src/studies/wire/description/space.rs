//! The space of a description, in the form in which it stands in a log.

use foundation_core::{Code, Error, Result};
use mabeam::SearchSpace;
use serde_json::{Value, json};

use super::super::object::{Object, Placed, wrong};

/// Reads a space; what is wrong with one parameter is told with its place.
pub(super) fn read(placed: Placed) -> Result<SearchSpace> {
    let whole = placed.value.clone();
    let mut fields = placed.object()?;
    let version: Option<u32> = fields.whole("version")?;
    let version = fields.needed("version", version)?;
    let parameters = fields.list("parameters")?;
    let parameters = fields.needed("parameters", parameters)?;
    let _ = fields.list_of("constraints", Placed::text)?;
    fields.end()?;
    for parameter in parameters {
        let at = parameter.at.clone();
        // Alone, without its condition, which is on another parameter.
        let mut alone = parameter.value.clone();
        check_fields(parameter.object()?)?;
        if let Some(fields) = alone.as_object_mut() {
            fields.remove("when");
        }
        space(json!({"version": version, "parameters": [alone]}))
            .map_err(|error| error.during(format!("read `{at}`")))?;
    }
    space(whole).map_err(|error| error.during("read `space`"))
}

/// Refuses what the space's own reader would pass over.
fn check_fields(mut parameter: Object) -> Result<()> {
    let name = parameter.text("name")?;
    parameter.needed("name", name)?;
    let kind = parameter.take("kind");
    let kind = parameter.needed("kind", kind)?.word(&["float", "int", "choice", "bool"])?;
    let fields: &[&'static str] = match kind {
        "float" | "int" => &["low", "high", "log", "step"],
        "choice" => &["options"],
        _ => &[],
    };
    for key in fields {
        let _ = parameter.take(key);
    }
    if let Some(mut when) = parameter.object("when")? {
        let other = when.text("parameter")?;
        when.needed("parameter", other)?;
        let values = when.list("any_of")?;
        when.needed("any_of", values)?;
        when.end()?;
    }
    parameter.end()
}

fn space(written: Value) -> Result<SearchSpace> {
    serde_json::from_value(written).map_err(|error| {
        let error = error.to_string();
        match error.contains("its version is") {
            true => Error::new(Code::NewerVersion, error).advise("use a client of this server's version"),
            false if error.is_empty() => wrong("it cannot be read".to_owned()),
            false => Error::new(Code::InvalidStudy, error).advise("correct the space"),
        }
    })
}
