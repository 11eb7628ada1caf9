//! The commands of a file: which names stand in braces, and whether there are such.

use std::ops::Range;

use mabeam_exec::Command;
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
    let mut are_braces_sound = true;
    for word in &words {
        are_braces_sound &= check_braces(word, parameters, others, file, &mut named, problems);
    }
    let (command, refused) = match value.get_ref() {
        DeValue::String(line) => (CommandText::Line(line.to_string()), Command::parse(line).err()),
        _ => {
            let texts: Vec<String> = words.iter().map(|word| word.text.to_owned()).collect();
            let refused = Command::from_words(&texts).err();
            (CommandText::Words(texts), refused)
        }
    };
    // What is wrong with a brace was told above, each of them; the other faults are told one at a time.
    // A command without words was told by its key.
    let is_empty = words.iter().all(|word| word.text.trim().is_empty());
    if are_braces_sound
        && !is_empty
        && let Some(error) = refused
    {
        let word = error.word().and_then(|number| words.get(number - 1)).or(words.first());
        let at = word.map_or_else(
            || value.span(),
            |word| {
                let start = word.text.char_indices().nth(error.column() - 1).map_or(word.text.len(), |(at, _)| at);
                let end = word.text[start..].chars().next().map_or(start, |letter| start + letter.len_utf8());
                word.part(file, start..end)
            },
        );
        problems.error(at, error.what()).advise(error.advice());
    }
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

/// Notes the names in braces, and answers whether every brace is one of a name or of the text.
fn check_braces(
    word: &Placed<'_>,
    parameters: &[&str],
    others: &[&str],
    file: &str,
    named: &mut Vec<String>,
    problems: &mut Problems,
) -> bool {
    let text = word.text;
    let mut at = 0;
    let mut is_sound = true;
    while let Some(brace) = text[at..].find(['{', '}']).map(|found| at + found) {
        let rest = &text[brace..];
        if rest.starts_with("{{") || rest.starts_with("}}") {
            at = brace + 2;
        } else if rest.starts_with('}') {
            problems
                .error(word.part(file, brace..brace + 1), "this brace closes nothing")
                .advise("write }} for a brace");
            at = brace + 1;
            is_sound = false;
        } else {
            let inside = &rest[1..];
            let end = inside.find(['{', '}']).filter(|end| inside[*end..].starts_with('}'));
            let Some(end) = end else {
                let what = "this brace is not closed";
                problems.error(word.part(file, brace..brace + 1), what).advise("close it, or write {{ for a brace");
                at = brace + 1;
                is_sound = false;
                continue;
            };
            let name = &inside[..end];
            let place = word.part(file, brace..brace + end + 2);
            if parameters.contains(&name) || others.contains(&name) {
                named.push(name.to_owned());
            } else if name.is_empty() {
                problems.error(place, "`{}` names no parameter").advise("write its name between the braces");
                is_sound = false;
            } else {
                // Who mistypes a name uses it all the same.
                named.extend(nearest(name, parameters).map(str::to_owned));
                let known = parameters.iter().chain(others).copied();
                problems.no_parameter(place, name, known);
            }
            at = brace + end + 2;
        }
    }
    is_sound
}

#[cfg(test)]
mod tests;
