//! One line of a journal.
//!
//! Python's JSON may say `NaN` and `Infinity`, which JSON does not know. They are put in quotes before the line is read,
//! and [`Number`] takes either.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

/// A number as Python writes it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Number(pub(super) f64);

impl<'de> Deserialize<'de> for Number {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Written {
            Plain(f64),
            Named(String),
        }
        match Written::deserialize(deserializer)? {
            Written::Plain(number) => Ok(Self(number)),
            Written::Named(name) if name == "NaN" => Ok(Self(f64::NAN)),
            Written::Named(name) if name == "Infinity" => Ok(Self(f64::INFINITY)),
            Written::Named(name) if name == "-Infinity" => Ok(Self(f64::NEG_INFINITY)),
            Written::Named(name) => Err(serde::de::Error::custom(format!("`{name}` is no number"))),
        }
    }
}

/// An operation, with every field that any of them has.
#[derive(Debug, Deserialize)]
pub(super) struct Line {
    pub(super) op_code: u32,
    pub(super) study_name: Option<String>,
    pub(super) directions: Option<Vec<u32>>,
    pub(super) study_id: Option<usize>,
    pub(super) trial_id: Option<usize>,
    pub(super) state: Option<u32>,
    pub(super) value: Option<Number>,
    pub(super) values: Option<Vec<Number>>,
    pub(super) param_name: Option<String>,
    pub(super) param_value_internal: Option<Number>,
    pub(super) distribution: Option<String>,
    #[serde(default)]
    pub(super) distributions: BTreeMap<String, String>,
    #[serde(default)]
    pub(super) params: BTreeMap<String, Number>,
    #[serde(default)]
    pub(super) intermediate_values: BTreeMap<String, Number>,
    pub(super) step: Option<i64>,
    pub(super) intermediate_value: Option<Number>,
}

impl Line {
    /// Reads a line; the answer to one that is none is what is wrong with it.
    pub(super) fn read(text: &str) -> Result<Self, String> {
        serde_json::from_str(&quoted(text)).map_err(|error| error.to_string())
    }
}

/// Reads a value that Python wrote.
pub(super) fn value(text: &str) -> Result<Value, String> {
    serde_json::from_str(&quoted(text)).map_err(|error| error.to_string())
}

/// The text with `NaN`, `Infinity` and `-Infinity` in quotes where they stand outside of strings.
fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    let mut in_string = false;
    while let Some(first) = rest.chars().next() {
        let word = ["NaN", "Infinity", "-Infinity"].into_iter().find(|word| !in_string && rest.starts_with(word));
        let taken = match word {
            Some(word) => {
                out.push('"');
                out.push_str(word);
                out.push('"');
                word.len()
            }
            None => {
                // What a backslash escapes is taken with it, so an escaped quote ends nothing.
                let taken = match (in_string, first) {
                    (true, '\\') => 1 + rest[1..].chars().next().map_or(0, char::len_utf8),
                    _ => first.len_utf8(),
                };
                in_string ^= first == '"';
                out.push_str(&rest[..taken]);
                taken
            }
        };
        rest = &rest[taken..];
    }
    out
}

#[cfg(test)]
mod tests {
    use super::{Line, quoted};

    #[test]
    fn what_python_writes_beside_json_is_read() {
        let text = r#"{"op_code":6,"values":[NaN,Infinity,-Infinity,1.5],"study_name":"NaN \" Infinity \\"}"#;
        let line = Line::read(text).unwrap();
        let values: Vec<f64> = line.values.unwrap().into_iter().map(|number| number.0).collect();
        assert!(values[0].is_nan());
        assert_eq!(values[1..], [f64::INFINITY, f64::NEG_INFINITY, 1.5]);
        assert_eq!(line.study_name.as_deref(), Some(r#"NaN " Infinity \"#));
    }

    #[test]
    fn a_line_that_is_cut_anywhere_is_refused_and_not_more() {
        let text = r#"{"op_code":6,"a":"ö\\","v":[-Infinity,"\""],"#;
        for cut in (0..text.len()).filter(|cut| text.is_char_boundary(*cut)) {
            assert!(Line::read(&text[..cut]).is_err(), "{cut}");
        }
        assert_eq!(quoted(""), "");
        assert_eq!(quoted("\"\\"), "\"\\");
    }
}
