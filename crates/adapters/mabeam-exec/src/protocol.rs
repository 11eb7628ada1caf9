//! What a program says on its standard output: lines of JSON with values, between lines of anything else.

use serde_json::Value;

/// The longest line that is read; a longer one is no output of a program that speaks this protocol.
pub(crate) const LONGEST_LINE: usize = 64 << 10;

/// A value that a program told.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Told {
    /// After how many steps; nothing for a value of the whole.
    pub(crate) step: Option<u32>,
    /// The value of each objective, at least one, each finite.
    pub(crate) values: Vec<f64>,
}

/// Reads one line. Answers nothing for a line that is output and no message.
///
/// A message is a JSON object with `value` or `values`; `step` is a whole number.
///
/// # Errors
/// What is wrong with a message.
pub(crate) fn read(line: &str) -> Result<Option<Told>, String> {
    let line = line.trim();
    if !line.starts_with('{') {
        return Ok(None);
    }
    let message: Value = match serde_json::from_str(line) {
        Ok(message) => message,
        Err(_) if is_meant_as_message(line) => return Err(unreadable(line)),
        Err(_) => return Ok(None),
    };
    let values = match (message.get("value"), message.get("values")) {
        (None, None) => return Ok(None),
        (Some(value), None) => vec![number(value, line)?],
        (None, Some(Value::Array(values))) if !values.is_empty() => {
            values.iter().map(|value| number(value, line)).collect::<Result<_, _>>()?
        }
        (None, Some(_)) => return Err(format!("`values` is no list of numbers: {}", excerpt(line))),
        (Some(_), Some(_)) => return Err(format!("both `value` and `values`: {}", excerpt(line))),
    };
    let step = match message.get("step") {
        None | Some(Value::Null) => None,
        Some(step) => {
            let step = step.as_u64().and_then(|step| u32::try_from(step).ok());
            Some(step.ok_or_else(|| format!("`step` is no whole number from 0 to {}: {}", u32::MAX, excerpt(line)))?)
        }
    };
    Ok(Some(Told { step, values }))
}

fn number(value: &Value, line: &str) -> Result<f64, String> {
    let number = value.as_f64().filter(|number| number.is_finite());
    number.ok_or_else(|| format!("the value {value} is no finite number: {}", excerpt(line)))
}

/// A line that ends like an object and names a value, but is no JSON: Python writes `NaN` and `Infinity` there.
fn is_meant_as_message(line: &str) -> bool {
    line.ends_with('}') && (line.contains("\"value\"") || line.contains("\"values\""))
}

fn unreadable(line: &str) -> String {
    match ["NaN", "Infinity"].into_iter().find(|word| line.contains(word)) {
        Some(word) => format!("the value {word} is no finite number: {}", excerpt(line)),
        None => format!("a message that is no JSON: {}", excerpt(line)),
    }
}

/// The beginning of a line, as much as a failure quotes of it.
pub(crate) fn excerpt(line: &str) -> String {
    const MOST: usize = 200;
    match line.char_indices().nth(MOST) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line.to_owned(),
    }
}

#[cfg(test)]
mod tests;
