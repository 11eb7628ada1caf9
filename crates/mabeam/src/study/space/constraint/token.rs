//! Cuts the text of a constraint into words, each with its place.

use std::ops::Range;

use super::ConstraintError;
use super::tree::{Comparison, Operation};

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Token {
    Number(f64),
    Word(String),
    Name(String),
    True,
    False,
    And,
    Or,
    Not,
    Compare(Comparison),
    Compute(Operation),
    Open,
    Close,
}

/// The words of `text`, in their order.
pub(super) fn tokens(text: &str) -> Result<Vec<(Range<usize>, Token)>, ConstraintError> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(first) = text[at..].chars().next() {
        if first.is_whitespace() {
            at += first.len_utf8();
            continue;
        }
        let (length, token) = match first {
            '"' | '\'' | '`' => quoted(text, at, first)?,
            '0'..='9' | '.' => number(text, at)?,
            _ if first.is_alphabetic() || first == '_' => name(&text[at..]),
            _ => sign(text, at, first)?,
        };
        found.push((at..at + length, token));
        at += length;
    }
    Ok(found)
}

fn quoted(text: &str, at: usize, quote: char) -> Result<(usize, Token), ConstraintError> {
    let inside = &text[at + 1..];
    let Some(length) = inside.find(quote) else {
        return Err(ConstraintError::new(at..text.len(), format!("the {quote} here has no second one")));
    };
    let content = inside[..length].to_owned();
    let token = if quote == '`' { Token::Name(content) } else { Token::Word(content) };
    Ok((length + 2, token))
}

fn number(text: &str, at: usize) -> Result<(usize, Token), ConstraintError> {
    let rest = &text.as_bytes()[at..];
    let mut length = 0;
    while let Some(byte) = rest.get(length) {
        let after_exponent = length > 0 && matches!(rest[length - 1], b'e' | b'E');
        let belongs = byte.is_ascii_alphanumeric()
            || matches!(byte, b'.' | b'_')
            || (matches!(byte, b'+' | b'-') && after_exponent);
        if !belongs {
            break;
        }
        length += 1;
    }
    let written = &text[at..at + length];
    match written.replace('_', "").parse::<f64>() {
        Ok(value) if value.is_finite() => Ok((length, Token::Number(value))),
        _ => Err(ConstraintError::new(at..at + length, format!("`{written}` is not a number"))),
    }
}

fn name(rest: &str) -> (usize, Token) {
    let belongs = |letter: char| letter.is_alphanumeric() || letter == '_' || letter == '.';
    let length = rest.find(|letter| !belongs(letter)).unwrap_or(rest.len());
    let token = match &rest[..length] {
        "and" => Token::And,
        "or" => Token::Or,
        "not" => Token::Not,
        "true" | "True" => Token::True,
        "false" | "False" => Token::False,
        name => Token::Name(name.to_owned()),
    };
    (length, token)
}

fn sign(text: &str, at: usize, first: char) -> Result<(usize, Token), ConstraintError> {
    const SIGNS: [(&str, Token); 17] = [
        ("<=", Token::Compare(Comparison::LessOrEqual)),
        (">=", Token::Compare(Comparison::GreaterOrEqual)),
        ("==", Token::Compare(Comparison::Equal)),
        ("!=", Token::Compare(Comparison::Unequal)),
        ("&&", Token::And),
        ("||", Token::Or),
        ("<", Token::Compare(Comparison::Less)),
        (">", Token::Compare(Comparison::Greater)),
        ("!", Token::Not),
        ("+", Token::Compute(Operation::Plus)),
        ("-", Token::Compute(Operation::Minus)),
        ("*", Token::Compute(Operation::Times)),
        ("/", Token::Compute(Operation::Over)),
        ("%", Token::Compute(Operation::Remainder)),
        ("(", Token::Open),
        (")", Token::Close),
        ("\u{2212}", Token::Compute(Operation::Minus)),
    ];
    let rest = &text[at..];
    let refuse = |length: usize, what: &str| Err(ConstraintError::new(at..at + length, what));
    if rest.starts_with("**") {
        return refuse(2, "powers are not known here: write a product");
    }
    if let Some((sign, token)) = SIGNS.iter().find(|(sign, _)| rest.starts_with(sign)) {
        return Ok((sign.len(), token.clone()));
    }
    match first {
        '=' => refuse(1, "`=` compares nothing: write `==`"),
        '&' => refuse(1, "write `and`, or `&&`"),
        '|' => refuse(1, "write `or`, or `||`"),
        '^' => refuse(1, "powers are not known here: write a product"),
        other => refuse(other.len_utf8(), &format!("`{other}` has no meaning here")),
    }
}
