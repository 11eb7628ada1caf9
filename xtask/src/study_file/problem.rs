//! What is wrong with a study file, where, and what to write instead.

use std::cmp::Ordering;
use std::ops::Range;
use std::path::Path;

use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};

/// Whether a study can run all the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Severity {
    /// It cannot.
    Error,
    /// It can, and probably not as it was meant.
    Warning,
}

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Whether the file can be used all the same.
    pub severity: Severity,
    /// Where, in bytes of the file.
    pub at: Range<usize>,
    /// What is wrong there.
    pub what: String,
    /// What to write instead, or what is allowed.
    pub advice: Option<String>,
    /// Whether it is one of the file's form as TOML, behind which others may hide.
    pub(super) is_syntax: bool,
    /// Whether something is not there, which may stand in a line that could not be read.
    pub(super) is_absence: bool,
    /// The name that there is not; a line that could not be read may have it.
    pub(super) unknown: Option<String>,
}

impl Problem {
    /// The line and the column, each from 1, the column in characters.
    #[must_use]
    pub fn line_and_column(&self, text: &str) -> (usize, usize) {
        let before = text.get(..self.at.start).unwrap_or(text);
        let line_start = before.rfind('\n').map_or(0, |at| at + 1);
        (before.matches('\n').count() + 1, before[line_start..].chars().count() + 1)
    }

    /// The file's line with a mark below the place, and the advice.
    #[must_use]
    pub fn shown(&self, path: &Path, text: &str, in_colour: bool) -> String {
        let renderer = if in_colour { Renderer::styled() } else { Renderer::plain() };
        let level = match self.severity {
            Severity::Error => Level::ERROR,
            Severity::Warning => Level::WARNING,
        };
        let path = path.display().to_string();
        let mark = AnnotationKind::Primary.span(on_characters(text, &self.at));
        let mut group: Group<'_> =
            level.primary_title(self.what.as_str()).element(Snippet::source(text).path(path.as_str()).annotation(mark));
        if let Some(advice) = &self.advice {
            group = group.element(Level::HELP.message(advice.as_str()));
        }
        renderer.render(&[group])
    }
}

/// The same place, within the text and on the borders of characters.
fn on_characters(text: &str, at: &Range<usize>) -> Range<usize> {
    let floor = |mut place: usize| {
        place = place.min(text.len());
        while !text.is_char_boundary(place) {
            place -= 1;
        }
        place
    };
    let start = floor(at.start);
    start..floor(at.end).max(start)
}

/// Collects what is wrong.
#[derive(Debug, Default)]
pub(super) struct Problems {
    found: Vec<Problem>,
}

impl Problems {
    pub(super) fn error(&mut self, at: Range<usize>, what: impl Into<String>) -> &mut Problem {
        self.add(Severity::Error, at, what.into())
    }

    pub(super) fn warning(&mut self, at: Range<usize>, what: impl Into<String>) -> &mut Problem {
        self.add(Severity::Warning, at, what.into())
    }

    fn add(&mut self, severity: Severity, at: Range<usize>, what: String) -> &mut Problem {
        let at_index = self.found.len();
        self.found.push(Problem {
            severity,
            at,
            what,
            advice: None,
            is_syntax: false,
            is_absence: false,
            unknown: None,
        });
        &mut self.found[at_index]
    }

    /// A name that no parameter has.
    pub(super) fn no_parameter<'a>(&mut self, at: Range<usize>, name: &str, known: impl IntoIterator<Item = &'a str>) {
        let problem = self.error(at, format!("there is no parameter `{name}`"));
        problem.advise_among(name, known).unknown = Some(name.to_owned());
    }

    /// Whether any of them keeps the file from being used.
    pub(super) fn has_error(&self) -> bool {
        self.found.iter().any(|problem| problem.severity == Severity::Error)
    }

    /// All of them from the top of the file to its end.
    ///
    /// Where the form of a line is broken, what else is said about that line is a consequence, and what is missed, or
    /// unknown and has its name there, may stand in it: all this is left out.
    pub(super) fn in_order(mut self, text: &str) -> Vec<Problem> {
        let line = |problem: &Problem| problem.line_and_column(text).0;
        let broken: Vec<usize> = self.found.iter().filter(|problem| problem.is_syntax).map(line).collect();
        if !broken.is_empty() {
            let lines: Vec<&str> =
                text.lines().enumerate().filter(|(at, _)| broken.contains(&(at + 1))).map(|(_, line)| line).collect();
            let may_stand_there = |name: &String| lines.iter().any(|line| line.contains(name.as_str()));
            self.found.retain(|one| {
                let is_consequence =
                    one.is_absence || broken.contains(&line(one)) || one.unknown.as_ref().is_some_and(may_stand_there);
                one.is_syntax || !is_consequence
            });
        }
        self.found.sort_by(|one, two| {
            let rank = |problem: &Problem| problem.severity == Severity::Warning;
            one.at.start.cmp(&two.at.start).then(rank(one).cmp(&rank(two))).then(Ordering::Equal)
        });
        self.found.dedup_by(|one, two| one.at == two.at && one.what == two.what);
        self.found
    }
}

impl Problem {
    /// Adds what to write instead.
    pub(super) fn advise(&mut self, advice: impl Into<String>) -> &mut Self {
        self.advice = Some(advice.into());
        self
    }

    /// Adds "did you mean", if one of `known` is near `written`; otherwise what there is.
    pub(super) fn advise_among<'a>(&mut self, written: &str, known: impl IntoIterator<Item = &'a str>) -> &mut Self {
        let known: Vec<&str> = known.into_iter().collect();
        match nearest(written, &known) {
            Some(near) => self.advise(format!("did you mean `{near}`?")),
            None if known.is_empty() => self,
            None => self.advise(format!("there are {}", known.join(", "))),
        }
    }

    pub(super) fn missing(&mut self) -> &mut Self {
        self.is_absence = true;
        self
    }

    pub(super) fn syntax(&mut self) -> &mut Self {
        self.is_syntax = true;
        self
    }
}

/// The word that was probably meant: few slips of the pen away, counted by Damerau's distance, or written out where the
/// word is its beginning, as `integer` for `int`.
pub(super) fn nearest<'a>(written: &str, known: &[&'a str]) -> Option<&'a str> {
    let fold = |word: &str| word.to_lowercase().replace('-', "_");
    let folded = fold(written);
    let distance = |word: &str| strsim::damerau_levenshtein(&folded, &fold(word));
    let found = known.iter().map(|word| (distance(word), *word)).min_by_key(|(distance, _)| *distance);
    // A third of the letters, and one even in a short word.
    let slip = found.filter(|(distance, word)| *distance <= (word.chars().count() / 3).max(1)).map(|(_, word)| word);
    let beginning = || known.iter().copied().find(|word| word.len() >= 3 && folded.starts_with(&fold(word)));
    slip.or_else(beginning)
}

#[cfg(test)]
mod tests;
