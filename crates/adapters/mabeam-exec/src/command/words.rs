//! A line split into words as a shell does it (POSIX.1-2024, Shell Command Language, 2.2 Quoting), without expansions.

use super::CommandError;

/// What a shell would do something with, outside quotes.
const OPERATORS: [char; 5] = ['|', '&', ';', '<', '>'];
/// What a shell would expand, in double quotes too.
const EXPANSIONS: [char; 2] = ['$', '`'];

/// The characters of a word, each with its column in the line.
pub(super) type Word = Vec<(char, usize)>;

/// Splits a line.
pub(super) fn split(text: &str) -> Result<Vec<Word>, CommandError> {
    let mut words = Vec::new();
    let mut word: Option<Word> = None;
    let mut rest = text.chars().zip(1..);
    while let Some((character, column)) = rest.next() {
        match character {
            _ if character.is_whitespace() => words.extend(word.take()),
            '\'' => loop {
                let (inner, at) = rest.next().ok_or_else(|| unclosed(character, column))?;
                let word = word.get_or_insert_default();
                if inner == '\'' {
                    break;
                }
                word.push((inner, at));
            },
            '"' => loop {
                let (inner, at) = rest.next().ok_or_else(|| unclosed(character, column))?;
                let word = word.get_or_insert_default();
                match inner {
                    '"' => break,
                    '\\' => match rest.next().ok_or_else(|| unclosed(character, column))? {
                        escaped @ ('"' | '\\' | '$' | '`', _) => word.push(escaped),
                        other => word.extend([(inner, at), other]),
                    },
                    _ if EXPANSIONS.contains(&inner) => return Err(no_shell(inner, at)),
                    _ => word.push((inner, at)),
                }
            },
            '\\' => {
                let escaped = rest.next().ok_or_else(|| {
                    CommandError::at(column, None, "a backslash at the end", "write two of them for one")
                })?;
                word.get_or_insert_default().push(escaped);
            }
            _ if OPERATORS.contains(&character) || EXPANSIONS.contains(&character) => {
                return Err(no_shell(character, column));
            }
            _ => word.get_or_insert_default().push((character, column)),
        }
    }
    words.extend(word);
    Ok(words)
}

fn unclosed(quote: char, column: usize) -> CommandError {
    CommandError::at(column, None, format!("the quote {quote} is not closed"), "close it, or put a backslash before it")
}

fn no_shell(character: char, column: usize) -> CommandError {
    CommandError::at(
        column,
        None,
        format!("`{character}` does nothing: no shell runs the command"),
        "put it in single quotes where it belongs to an argument; for a shell write: sh -c '…'",
    )
}

/// A word as [`split`] reads it back.
pub(super) fn quoted(word: &str) -> String {
    let is_plain = |character: char| character.is_alphanumeric() || "_-+=./,:@%{}^".contains(character);
    if !word.is_empty() && word.chars().all(is_plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', r"'\''"))
}
