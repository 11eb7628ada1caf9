//! Holds a file against the table of keys: unknown keys, missing keys, values of the wrong kind, bad units.
//!
//! It finds everything that can be told from one key alone. What hangs on several, as low and high do, is left to those who
//! read them afterwards; they pass over in silence what was refused here.

use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::keys::{Key, Kind, Need, ROOT};
use super::problem::{Problem, Problems};
use super::units;
use super::value::{integer, json, kind_of, number, scalar};

/// Where a table is: in words, `in [exec]`, and its header.
struct Place {
    name: String,
    at: Range<usize>,
}

/// Holds the whole file against the table of keys.
pub(super) fn check(root: &DeTable<'_>, problems: &mut Problems) {
    let top = Place { name: "at the top of the file".to_owned(), at: 0..0 };
    check_table(root, ROOT, &top, problems);
}

fn check_table(table: &DeTable<'_>, keys: &[Key], place: &Place, problems: &mut Problems) {
    for (name, value) in table.iter() {
        match keys.iter().find(|key| key.name == name.get_ref()) {
            Some(key) => check_value(key, name.span(), value, place, problems),
            None => unknown(name, keys, place, problems),
        }
    }
    for key in keys.iter().filter(|key| matches!(key.need, Need::Required)) {
        if !table.keys().any(|name| name.get_ref() == key.name) {
            let what = format!("`{}` is missing {}", key.name, place.name);
            problems.error(place.at.clone(), what).missing().advise(key.about);
        }
    }
}

fn unknown(name: &Spanned<std::borrow::Cow<'_, str>>, keys: &[Key], place: &Place, problems: &mut Problems) {
    let written = name.get_ref();
    let problem = problems.error(name.span(), format!("unknown key `{written}` {}", place.name));
    match section_with(written) {
        Some(section) => problem.advise(format!("`{written}` belongs in {section}")),
        None => problem.advise_among(written, keys.iter().map(|key| key.name)),
    };
}

/// The section of the file that has a key of that name, if only one has.
fn section_with(name: &str) -> Option<String> {
    let mut sections = ROOT.iter().filter_map(|section| match section.kind {
        Kind::Table(keys) if keys.iter().any(|key| key.name == name) => Some(format!("[{}]", section.name)),
        Kind::Named(keys) if keys.iter().any(|key| key.name == name) => Some(format!("[{}.NAME]", section.name)),
        _ => None,
    });
    let found =
        sections.next().or_else(|| ROOT.iter().any(|key| key.name == name).then(|| "the top of the file".into()));
    if sections.next().is_some() { None } else { found }
}

fn check_value(key: &Key, key_at: Range<usize>, value: &Spanned<DeValue<'_>>, place: &Place, problems: &mut Problems) {
    let name = key.name;
    let inner = || Place { name: format!("in [{}]", path(place, name)), at: key_at.clone() };
    match (key.kind, value.get_ref()) {
        (Kind::Table(keys), DeValue::Table(table)) => check_table(table, keys, &inner(), problems),
        (Kind::Tables(keys), DeValue::Array(items)) => {
            for item in items.iter() {
                match item.get_ref() {
                    DeValue::Table(table) => check_table(table, keys, &Place { at: item.span(), ..inner() }, problems),
                    other => wrong_kind(name, item.span(), other, "a table", problems),
                }
            }
        }
        (Kind::Named(keys), DeValue::Table(tables)) => {
            for (own, value) in tables.iter() {
                let place = Place { name: format!("in [{name}.{}]", own.get_ref()), at: own.span() };
                match value.get_ref() {
                    DeValue::Table(table) => check_table(table, keys, &place, problems),
                    other => wrong_kind(own.get_ref(), value.span(), other, "a table", problems),
                }
            }
        }
        (Kind::ListOfValues, DeValue::Array(items)) => {
            for item in items.iter() {
                match item.get_ref() {
                    DeValue::Table(table) => check_values(table, problems),
                    other => wrong_kind(name, item.span(), other, "a table of parameters' values", problems),
                }
            }
        }
        (Kind::Environment, DeValue::Table(table)) => {
            for (own, value) in table.iter() {
                if value.get_ref().as_str().is_none() {
                    wrong_kind(own.get_ref(), value.span(), value.get_ref(), "a text", problems);
                }
            }
        }
        (Kind::Settings, DeValue::Table(table)) => {
            for (own, value) in table.iter().filter(|(_, value)| json(value.get_ref()).is_none()) {
                problems.error(value.span(), format!("`{}` is a number that nothing can be set to", own.get_ref()));
            }
        }
        (kind, value_read) => check_plain(name, kind, value.span(), value_read, problems),
    }
}

fn check_values(table: &DeTable<'_>, problems: &mut Problems) {
    for (own, value) in table.iter() {
        if scalar(value.get_ref()).is_none() {
            wrong_kind(own.get_ref(), value.span(), value.get_ref(), "a number, a word or a switch", problems);
        }
    }
}

/// A value that is no table.
fn check_plain(name: &str, kind: Kind, at: Range<usize>, value: &DeValue<'_>, problems: &mut Problems) {
    match (kind, value) {
        (Kind::StudyName, DeValue::String(text)) => {
            let fits = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '_' | '-');
            if text.is_empty() || text.len() > 64 || !text.chars().all(fits) {
                let what = format!("\"{text}\" cannot be the name of a study");
                problems.error(at, what).advise("use letters, digits, `_` and `-`, at most 64 of them");
            }
        }
        (Kind::Text, DeValue::String(text)) if text.is_empty() => {
            problems.error(at, format!("`{name}` is empty"));
        }
        (Kind::Text, DeValue::String(_)) | (Kind::Switch, DeValue::Boolean(_)) => {}
        (Kind::Integer(least, most), DeValue::Integer(_)) => match integer(value) {
            Some(whole) if (least..=most).contains(&whole) => {}
            Some(whole) => {
                problems.error(at, format!("`{name}` is {whole}")).advise(bounds(least, most));
            }
            None => {
                problems.error(at, format!("`{name}` has more than 63 bits")).advise(bounds(least, most));
            }
        },
        (Kind::Number, DeValue::Integer(_) | DeValue::Float(_)) if number(value).is_some() => {}
        (Kind::Number, DeValue::Integer(_) | DeValue::Float(_)) => {
            problems.error(at, format!("`{name}` is not a finite number"));
        }
        (Kind::Word(words), DeValue::String(text)) => check_word(name, text, words, at, problems),
        (Kind::Duration, DeValue::String(text)) if units::duration(text).is_some() => {}
        (Kind::Duration, DeValue::String(text)) => {
            let problem = problems.error(at, format!("`{name}` is \"{text}\", which is no duration"));
            advise_unit(problem, units::meant_duration(text), units::A_DURATION);
        }
        (Kind::Duration, DeValue::Integer(_) | DeValue::Float(_)) => {
            let problem = problems.error(at, format!("`{name}` has no unit of time"));
            advise_unit(problem, number(value).and_then(|n| units::meant_duration(&n.to_string())), units::A_DURATION);
        }
        (Kind::Size, DeValue::String(text)) if units::size(text).is_some() => {}
        (Kind::Size, DeValue::String(text)) => {
            let problem = problems.error(at, format!("`{name}` is \"{text}\", which is no size"));
            advise_unit(problem, units::meant_size(text), units::A_SIZE);
        }
        (Kind::Size, DeValue::Integer(_) | DeValue::Float(_)) => {
            let problem = problems.error(at, format!("`{name}` has no unit of size"));
            advise_unit(problem, number(value).and_then(|n| units::meant_size(&n.to_string())), units::A_SIZE);
        }
        (Kind::Scalar, _) if scalar(value).is_some() => {}
        (Kind::Command, DeValue::String(text)) if !text.trim().is_empty() => {}
        (Kind::Command, DeValue::String(_)) => {
            problems.error(at, format!("`{name}` is empty")).advise("name a program");
        }
        (Kind::Words(_) | Kind::Texts | Kind::Integers(_) | Kind::Scalars | Kind::Command, DeValue::Array(items)) => {
            if items.is_empty() && !matches!(kind, Kind::Texts) {
                problems.error(at, format!("`{name}` is an empty list"));
            }
            let of_items = match kind {
                Kind::Words(words) => Kind::Word(words),
                Kind::Integers(least) => Kind::Integer(least, i64::from(u32::MAX)),
                Kind::Scalars => Kind::Scalar,
                // A word of a command may be empty, an option or a constraint may not.
                Kind::Command => {
                    for item in items.iter().filter(|item| item.get_ref().as_str().is_none()) {
                        wrong_kind(name, item.span(), item.get_ref(), "a list of texts", problems);
                    }
                    return;
                }
                _ => Kind::Text,
            };
            for item in items.iter() {
                check_plain(name, of_items, item.span(), item.get_ref(), problems);
            }
        }
        _ => wrong_kind(name, at, value, wanted(kind), problems),
    }
}

fn check_word(name: &str, text: &str, words: &[&str], at: Range<usize>, problems: &mut Problems) {
    if !words.contains(&text) {
        problems
            .error(at, format!("`{name}` is \"{text}\", which there is not"))
            .advise_among(text, words.iter().copied());
    }
}

fn wrong_kind(name: &str, at: Range<usize>, value: &DeValue<'_>, wanted: &str, problems: &mut Problems) {
    let found = kind_of(value);
    let problem = problems.error(at, format!("`{name}` is {found} and must be {wanted}"));
    if let (DeValue::String(text), "a number" | "a whole number" | "a switch") = (value, wanted)
        && (text.parse::<f64>().is_ok() || matches!(text.as_ref(), "true" | "false"))
    {
        problem.advise(format!("write it without quotes: {text}"));
    }
}

fn advise_unit(problem: &mut Problem, meant: Option<String>, wanted: &str) {
    match meant {
        Some(meant) => problem.advise(format!("did you mean \"{meant}\"?")),
        None => problem.advise(format!("write {wanted}")),
    };
}

fn bounds(least: i64, most: i64) -> String {
    format!("it is a whole number from {least} to {most}")
}

/// What a kind of value is called, for messages.
fn wanted(kind: Kind) -> &'static str {
    match kind {
        Kind::StudyName | Kind::Text | Kind::Word(_) => "a text",
        Kind::Switch => "a switch",
        Kind::Integer(..) => "a whole number",
        Kind::Number => "a number",
        Kind::Words(_) | Kind::Texts => "a list of texts",
        Kind::Integers(_) => "a list of whole numbers",
        Kind::Duration => "a duration",
        Kind::Size => "a size",
        Kind::Scalar => "a number, a word or a switch",
        Kind::Scalars => "a list of values",
        Kind::Command => "a text or a list of texts",
        Kind::Environment | Kind::Settings | Kind::Table(_) | Kind::Named(_) => "a table",
        Kind::Tables(_) | Kind::ListOfValues => "a list of tables",
    }
}

/// `exec` at the top of the file, `space.lr.when` within `[space.lr]`.
fn path(place: &Place, name: &str) -> String {
    match place.name.strip_prefix("in [").and_then(|rest| rest.strip_suffix(']')) {
        Some(outer) => format!("{outer}.{name}"),
        None => name.to_owned(),
    }
}
