//! One table of a file that was held against its keys: its values by name, with their places.
//!
//! A value of the wrong kind has been told already, so it is passed over here as if it were not there.

use std::ops::Range;
use std::time::Duration;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::units;
use super::value::{integer, number};

/// A text that stands in the file, with its place.
#[derive(Clone, Debug)]
pub(super) struct Placed<'a> {
    pub(super) text: &'a str,
    pub(super) at: Range<usize>,
}

impl Placed<'_> {
    /// Where a part of the text stands in the file; the whole of it where escapes or several lines make the two differ.
    pub(super) fn part(&self, file: &str, part: Range<usize>) -> Range<usize> {
        let content = self.at.start + 1..self.at.end.saturating_sub(1);
        if file.get(content.clone()) == Some(self.text) {
            content.start + part.start..content.start + part.end
        } else {
            self.at.clone()
        }
    }
}

/// A table, or what stands for one that is not there.
#[derive(Clone, Debug)]
pub(super) struct Section<'a> {
    table: Option<&'a DeTable<'a>>,
    /// Its header, or where it was asked for.
    pub(super) at: Range<usize>,
}

impl<'a> Section<'a> {
    pub(super) fn new(table: &'a DeTable<'a>, at: Range<usize>) -> Self {
        Self { table: Some(table), at }
    }

    fn entry(&self, name: &str) -> Option<(&'a Spanned<std::borrow::Cow<'a, str>>, &'a Spanned<DeValue<'a>>)> {
        self.table?.iter().find(|(key, _)| key.get_ref() == name)
    }

    pub(super) fn get(&self, name: &str) -> Option<&'a Spanned<DeValue<'a>>> {
        self.entry(name).map(|(_, value)| value)
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.entry(name).is_some()
    }

    /// The place of the key, or of the section if there is no such key.
    pub(super) fn key_at(&self, name: &str) -> Range<usize> {
        self.entry(name).map_or_else(|| self.at.clone(), |(key, _)| key.span())
    }

    /// The place of the value, or of the section if there is no such key.
    pub(super) fn value_at(&self, name: &str) -> Range<usize> {
        self.get(name).map_or_else(|| self.at.clone(), Spanned::span)
    }

    /// The keys that are there with their places.
    pub(super) fn keys(&self) -> impl Iterator<Item = (&'a str, Range<usize>)> {
        self.table.into_iter().flat_map(|table| table.keys()).map(|key| (&**key.get_ref(), key.span()))
    }

    pub(super) fn text(&self, name: &str) -> Option<Placed<'a>> {
        self.get(name).and_then(placed)
    }

    pub(super) fn switch(&self, name: &str) -> Option<bool> {
        self.get(name)?.get_ref().as_bool()
    }

    pub(super) fn integer(&self, name: &str) -> Option<i64> {
        integer(self.get(name)?.get_ref())
    }

    pub(super) fn u64(&self, name: &str) -> Option<u64> {
        self.integer(name).and_then(|value| u64::try_from(value).ok())
    }

    pub(super) fn u32(&self, name: &str) -> Option<u32> {
        self.integer(name).and_then(|value| u32::try_from(value).ok())
    }

    pub(super) fn number(&self, name: &str) -> Option<f64> {
        number(self.get(name)?.get_ref())
    }

    pub(super) fn duration(&self, name: &str) -> Option<Duration> {
        units::duration(self.text(name)?.text)
    }

    pub(super) fn size(&self, name: &str) -> Option<u64> {
        units::size(self.text(name)?.text)
    }

    /// The items of a list; none if there is no such list.
    pub(super) fn items(&self, name: &str) -> Vec<&'a Spanned<DeValue<'a>>> {
        let list = self.get(name).and_then(|value| value.get_ref().as_array());
        list.map(|items| items.iter().collect()).unwrap_or_default()
    }

    pub(super) fn texts(&self, name: &str) -> Vec<Placed<'a>> {
        self.items(name).into_iter().filter_map(placed).collect()
    }

    /// The table of that name; it has no keys if there is none.
    pub(super) fn section(&self, name: &str) -> Self {
        match self.entry(name) {
            Some((key, value)) => Self { table: value.get_ref().as_table(), at: key.span() },
            None => Self { table: None, at: self.at.clone() },
        }
    }

    /// The tables under names of the writer's choice, in the order of the file.
    pub(super) fn named(&self, name: &str) -> Vec<(&'a str, Self)> {
        let Some(tables) = self.get(name).and_then(|value| value.get_ref().as_table()) else { return Vec::new() };
        let mut found: Vec<(&str, Self)> = tables
            .iter()
            .filter_map(|(key, value)| Some((&**key.get_ref(), Self::new(value.get_ref().as_table()?, key.span()))))
            .collect();
        found.sort_by_key(|(_, section)| section.at.start);
        found
    }

    /// The tables of a list.
    pub(super) fn tables(&self, name: &str) -> Vec<Self> {
        let found = self.items(name).into_iter();
        found.filter_map(|item| Some(Self::new(item.get_ref().as_table()?, item.span()))).collect()
    }
}

/// A text with its place.
pub(super) fn placed<'a>(value: &'a Spanned<DeValue<'a>>) -> Option<Placed<'a>> {
    Some(Placed { text: value.get_ref().as_str()?, at: value.span() })
}
