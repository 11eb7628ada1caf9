//! The commands of a file: which names stand in braces, and whether there are such.

use std::ops::Range;

use toml::de::DeValue;

use super::data::CommandText;
use super::problem::{Problems, nearest};
use super::section::{Placed, Section, placed};

/// What stands for something of the trial where no parameter is called so.
pub(super) const OF_THE_TRIAL: [&str; 3] = ["trial", "seed", "steps"];

/// A command, and the names in it that are in braces.
#[derive(Debug)]
pub(super) struct Read {
    pub(super) command: CommandText,
    pub(super) named: Vec<String>,
}

/// Reads the command `key`, in whose braces one of `parameters` or of `others` may stand.
pub(super) fn read(
    section: &Section<'_>,
    key: &str,
    parameters: &[&str],
    others: &[&str],
    file: &str,
    problems: &mut Problems,
) -> Option<Read> {
    let value = section.get(key)?;
    let words = match value.get_ref() {
        DeValue::String(_) => vec![placed(value)?],
        DeValue::Array(_) => section.texts(key),
        _ => return None,
    };
    let mut named = Vec::new();
    for word in &words {
        check_braces(word, parameters, others, file, &mut named, problems);
    }
    let command = match value.get_ref() {
        DeValue::String(line) => CommandText::Line(line.to_string()),
        _ => CommandText::Words(words.iter().map(|word| word.text.to_owned()).collect()),
    };
    Some(Read { command, named })
}

/// Warns of parameters that the command does not name.
pub(super) fn check_use(
    section: &Section<'_>,
    read: &Read,
    parameters: &[(&str, Range<usize>)],
    problems: &mut Problems,
) {
    let is_named = |name: &str| read.named.iter().any(|other| other == name);
    if !parameters.iter().any(|(name, _)| is_named(name)) {
        let what = "the command names no parameter";
        let advice = "write {NAME} where a value belongs; without it the program has the values only in the variable \
                      MABEAM_PARAMS";
        problems.warning(section.value_at("command"), what).missing().advise(advice);
        return;
    }
    for (name, at) in parameters.iter().filter(|(name, _)| !is_named(name)) {
        let what = format!("the command never uses the parameter `{name}`");
        let advice = format!("write {{{name}}} in it; without it the program has the value only in MABEAM_PARAMS");
        problems.warning(at.clone(), what).advise(advice);
    }
}

fn check_braces(
    word: &Placed<'_>,
    parameters: &[&str],
    others: &[&str],
    file: &str,
    named: &mut Vec<String>,
    problems: &mut Problems,
) {
    let text = word.text;
    let mut at = 0;
    while let Some(brace) = text[at..].find(['{', '}']).map(|found| at + found) {
        let rest = &text[brace..];
        if rest.starts_with("{{") || rest.starts_with("}}") {
            at = brace + 2;
        } else if rest.starts_with('}') {
            problems
                .error(word.part(file, brace..brace + 1), "this brace closes nothing")
                .advise("write }} for a brace");
            at = brace + 1;
        } else {
            let inside = &rest[1..];
            let end = inside.find(['{', '}']).filter(|end| inside[*end..].starts_with('}'));
            let Some(end) = end else {
                let what = "this brace is not closed";
                problems.error(word.part(file, brace..brace + 1), what).advise("close it, or write {{ for a brace");
                at = brace + 1;
                continue;
            };
            let name = &inside[..end];
            let place = word.part(file, brace..brace + end + 2);
            if parameters.contains(&name) || others.contains(&name) {
                named.push(name.to_owned());
            } else if name.is_empty() {
                problems.error(place, "`{}` names no parameter").advise("write its name between the braces");
            } else {
                // Who mistypes a name uses it all the same.
                named.extend(nearest(name, parameters).map(str::to_owned));
                let known = parameters.iter().chain(others).copied();
                problems.no_parameter(place, name, known);
            }
            at = brace + end + 2;
        }
    }
}

#[cfg(test)]
mod tests;
