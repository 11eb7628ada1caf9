use serde_json::Value;

use super::super::keys::{Key, Kind, ROOT};
use super::text;

#[test]
fn the_committed_schema_is_the_generated_one() {
    let committed = include_str!("../../../../docs/study.schema.json");
    assert!(committed == text(), "renew it: cargo xtask new-study --schema docs/study.schema.json");
}

/// Holds the keys of a table against the properties of its schema, and those of the tables within.
fn compare(keys: &[Key], schema: &Value, path: &str) -> usize {
    let properties = schema["properties"].as_object().unwrap_or_else(|| panic!("{path} has no properties"));
    assert_eq!(schema["additionalProperties"], Value::Bool(false), "{path}");
    let mut ours: Vec<&str> = keys.iter().map(|key| key.name).collect();
    let mut theirs: Vec<&str> = properties.keys().map(String::as_str).collect();
    ours.sort_unstable();
    theirs.sort_unstable();
    assert_eq!(ours, theirs, "{path}");
    let mut n_keys = keys.len();
    for key in keys {
        let property = &properties[key.name];
        let path = format!("{path}.{}", key.name);
        assert!(property["description"].as_str().is_some_and(|text| text.starts_with(key.about)), "{path}");
        n_keys += match key.kind {
            Kind::Table(inner) => compare(inner, property, &path),
            Kind::Tables(inner) => compare(inner, &property["items"], &path),
            Kind::Named(inner) => compare(inner, &property["additionalProperties"], &path),
            _ => 0,
        };
    }
    n_keys
}

#[test]
fn every_key_is_in_the_schema_and_back() {
    let schema: Value = serde_json::from_str(&text()).unwrap();
    assert!(compare(ROOT, &schema, "") > 50);
}

/// The patterns are the reader's own notation, said again; both are asked of the same texts.
#[cfg(feature = "app")]
#[test]
fn the_patterns_name_the_units_that_are_read() {
    use super::super::units::{duration, size};
    for (pattern, texts) in [
        (super::DURATION, ["1ms", "1s", "1m", "1h", "1d"].as_slice()),
        (super::SIZE, &["1B", "1kB", "1MB", "1GB", "1TB", "1KiB", "1MiB", "1GiB", "1TiB"]),
    ] {
        let (_, units) = pattern.split_once(")(").expect("numbers and units");
        let (units, _) = units.split_once(')').expect("units");
        let units: Vec<String> = units.split('|').map(|unit| format!("1{unit}")).collect();
        assert_eq!(units, texts);
        assert!(texts.iter().all(|text| duration(text).is_some() || size(text).is_some()), "{pattern}");
    }
}
