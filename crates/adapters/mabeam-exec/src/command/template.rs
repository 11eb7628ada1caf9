//! One word of a command: text, and places for values.

use super::CommandError;

/// A word.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Template {
    pub(super) pieces: Vec<Piece>,
}

/// A part of a word.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Piece {
    Text(String),
    Value { name: String, column: usize, word: Option<usize> },
}

impl Template {
    /// Reads the characters of a word, each with its column; `word` is its number where words are counted.
    pub(super) fn parse(characters: &[(char, usize)], word: Option<usize>) -> Result<Self, CommandError> {
        let wrong = |column, what: &str, advice: &str| Err(CommandError::at(column, word, what, advice));
        let (mut pieces, mut text) = (Vec::new(), String::new());
        let mut rest = characters.iter().copied().peekable();
        while let Some((character, column)) = rest.next() {
            match character {
                '{' | '}' if rest.next_if(|(next, _)| *next == character).is_some() => text.push(character),
                '}' => return wrong(column, "`}` closes nothing", "write }} for a brace"),
                '{' => {
                    let mut name = String::new();
                    loop {
                        match rest.next() {
                            Some(('}', _)) => break,
                            Some((inner, _)) if inner != '{' => name.push(inner),
                            _ => return wrong(column, "`{` is not closed", "close it, or write {{ for a brace"),
                        }
                    }
                    if name.is_empty() {
                        return wrong(column, "`{}` names no parameter", "write its name between the braces");
                    }
                    if !text.is_empty() {
                        pieces.push(Piece::Text(std::mem::take(&mut text)));
                    }
                    pieces.push(Piece::Value { name, column, word });
                }
                _ => text.push(character),
            }
        }
        if !text.is_empty() || pieces.is_empty() {
            pieces.push(Piece::Text(text));
        }
        Ok(Self { pieces })
    }

    /// The names in it with their columns and the number of the word.
    pub(super) fn places(&self) -> impl Iterator<Item = (&str, usize, Option<usize>)> {
        self.pieces.iter().filter_map(|piece| match piece {
            Piece::Text(_) => None,
            Piece::Value { name, column, word } => Some((name.as_str(), *column, *word)),
        })
    }

    /// Its text without what stands in braces.
    pub(super) fn text(&self) -> String {
        self.pieces
            .iter()
            .filter_map(|piece| if let Piece::Text(text) = piece { Some(&**text) } else { None })
            .collect()
    }

    /// The word with its values; nothing where one has none.
    pub(super) fn filled(&self, value: &dyn Fn(&str) -> Option<String>) -> Option<String> {
        self.pieces
            .iter()
            .map(|piece| match piece {
                Piece::Text(text) => Some(text.clone()),
                Piece::Value { name, .. } => value(name),
            })
            .collect()
    }
}
