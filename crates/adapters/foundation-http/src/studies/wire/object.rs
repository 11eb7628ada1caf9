//! A JSON object of a request, read field by field: whatever is wrong is told with its place, as in
//! `schedule.rungs[2]`, and what was probably meant.

use foundation_core::{Code, Error, Result};
use serde_json::{Map, Value};

/// How much of a value a message shows.
const SHOWN: usize = 80;

/// An object, and the fields that were asked for so far.
#[derive(Debug)]
pub(in crate::studies) struct Object {
    at: String,
    fields: Map<String, Value>,
    known: Vec<&'static str>,
}

/// A value and its place.
#[derive(Debug)]
pub(super) struct Placed {
    pub(super) at: String,
    pub(super) value: Value,
}

impl Object {
    /// The fields of a body.
    pub(super) fn body(fields: Map<String, Value>) -> Self {
        Self { at: String::new(), fields, known: Vec::new() }
    }

    /// The place of this object; nothing for the body itself.
    pub(super) fn at(&self) -> &str {
        &self.at
    }

    /// The place of one of its fields.
    pub(super) fn place(&self, key: &str) -> String {
        if self.at.is_empty() { key.to_owned() } else { format!("{}.{key}", self.at) }
    }

    /// A field as it stands. `null` says as much as leaving it out.
    pub(super) fn take(&mut self, key: &'static str) -> Option<Placed> {
        self.known.push(key);
        let value = self.fields.remove(key).filter(|value| !value.is_null())?;
        Some(Placed { at: self.place(key), value })
    }

    pub(super) fn text(&mut self, key: &'static str) -> Result<Option<String>> {
        self.take(key).map(Placed::text).transpose()
    }

    pub(super) fn number(&mut self, key: &'static str) -> Result<Option<f64>> {
        self.take(key).map(|placed| placed.number()).transpose()
    }

    /// A whole number that is not negative and fits.
    pub(super) fn whole<T: TryFrom<u64>>(&mut self, key: &'static str) -> Result<Option<T>> {
        self.take(key).map(|placed| placed.whole()).transpose()
    }

    pub(super) fn list(&mut self, key: &'static str) -> Result<Option<Vec<Placed>>> {
        self.take(key).map(Placed::list).transpose()
    }

    /// A list, each of whose items `read` reads.
    pub(super) fn list_of<T>(
        &mut self,
        key: &'static str,
        read: impl FnMut(Placed) -> Result<T>,
    ) -> Result<Option<Vec<T>>> {
        self.list(key)?.map(|items| items.into_iter().map(read).collect()).transpose()
    }

    pub(super) fn object(&mut self, key: &'static str) -> Result<Option<Self>> {
        self.take(key).map(Placed::object).transpose()
    }

    /// Says that a field is missing, where it is.
    pub(super) fn needed<T>(&self, key: &str, found: Option<T>) -> Result<T> {
        found.ok_or_else(|| wrong(format!("`{}` is missing", self.place(key))).advise(format!("add `{key}`")))
    }

    /// Refuses a field that has no place here, and says why not.
    pub(super) fn refuse(&mut self, key: &str, why: &str, advice: &str) -> Result<()> {
        match self.fields.contains_key(key) {
            true => Err(wrong(format!("`{}`: {why}", self.place(key))).advise(advice.to_owned())),
            false => Ok(()),
        }
    }

    /// Refuses what nobody asked for, which is misspelt or of another server's version.
    pub(super) fn end(self) -> Result<()> {
        let Some(unknown) = self.fields.keys().next() else { return Ok(()) };
        let mut known = self.known.clone();
        known.sort_unstable();
        known.dedup();
        Err(wrong(format!("`{}` is not known here", cut(&self.place(unknown)))).advise(meant(unknown, &known)))
    }
}

impl Placed {
    pub(super) fn text(self) -> Result<String> {
        match self.value {
            Value::String(text) => Ok(text),
            other => Err(not(&self.at, &other, "a text")),
        }
    }

    /// One of some words.
    pub(super) fn word(self, words: &[&'static str]) -> Result<&'static str> {
        let at = self.at.clone();
        let text = self.text()?;
        let found = words.iter().copied().find(|word| *word == text);
        found.ok_or_else(|| {
            wrong(format!("`{at}` is `{}`, which is none of its words", cut(&text))).advise(meant(&text, words))
        })
    }

    pub(super) fn number(&self) -> Result<f64> {
        self.value.as_f64().ok_or_else(|| not(&self.at, &self.value, "a number"))
    }

    pub(super) fn whole<T: TryFrom<u64>>(&self) -> Result<T> {
        let whole = self.value.as_u64().and_then(|whole| T::try_from(whole).ok());
        whole.ok_or_else(|| {
            let bits = 8 * size_of::<T>();
            not(&self.at, &self.value, &format!("a whole number, not negative and of at most {bits} bits,"))
        })
    }

    pub(super) fn list(self) -> Result<Vec<Self>> {
        let Value::Array(items) = self.value else { return Err(not(&self.at, &self.value, "a list")) };
        let place = |(at, value)| Self { at: format!("{}[{at}]", self.at), value };
        Ok(items.into_iter().enumerate().map(place).collect())
    }

    pub(super) fn object(self) -> Result<Object> {
        match self.value {
            Value::Object(fields) => Ok(Object { at: self.at, fields, known: Vec::new() }),
            other => Err(not(&self.at, &other, "an object")),
        }
    }
}

/// What is wrong with a request.
pub(super) fn wrong(what: String) -> Error {
    Error::new(Code::InvalidInput, what).advise("correct the body")
}

fn not(at: &str, value: &Value, needed: &str) -> Error {
    wrong(format!("`{at}` is {}, and {needed} is needed", cut(&value.to_string())))
}

/// What a client wrote, cut to what a message can bear.
fn cut(text: &str) -> String {
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

/// The word that was probably meant, and those that there are.
pub(super) fn meant(written: &str, known: &[&str]) -> String {
    // A distance costs the product of the lengths, and a word so long is no slip of the pen.
    let near = written.len() <= 64;
    let distance = |word: &str| strsim::damerau_levenshtein(written, word);
    let nearest = known.iter().filter(|_| near).map(|word| (distance(word), *word)).min();
    let listed = format!("there are {}", known.join(", "));
    match nearest.filter(|(slips, word)| *slips <= (word.len() / 3).max(1)) {
        Some((_, word)) => format!("did you mean `{word}`? {listed}"),
        None if known.is_empty() => "leave it out".to_owned(),
        None => listed,
    }
}

#[cfg(test)]
mod tests;
