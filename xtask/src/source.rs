//! Rust source as commands look at it: code, string literals and comments apart.
//!
//! A scanner, not a parser: it knows where comments, strings and character literals begin and end, which is what a
//! search for a name needs so as not to find it in prose. Every view keeps the lines of the file.

/// One file, taken apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Source {
    /// The code: comments blanked, string and character literals emptied to `""` and `' '`.
    pub(crate) code: String,
    /// The string literals, each with the line it begins on (from 1).
    pub(crate) literals: Vec<(usize, String)>,
}

impl Source {
    /// Takes a file apart.
    pub(crate) fn scan(text: &str) -> Self {
        let mut scanner =
            Scanner { rest: text, line: 1, code: String::with_capacity(text.len()), literals: Vec::new() };
        while scanner.step() {}
        Self { code: scanner.code, literals: scanner.literals }
    }

    /// The same without what stands under `#[cfg(test)]`: the item that follows is blanked to its closing brace or `;`.
    pub(crate) fn without_tests(&self) -> Self {
        const MARK: &str = "#[cfg(test)]";
        let mut code = self.code.clone();
        let mut blanked_lines = Vec::new();
        while let Some(start) = code.find(MARK) {
            let end = start + item_end(&code[start..]);
            let first = line_of(&code, start);
            blanked_lines.push(first..=line_of(&code, end.saturating_sub(1)));
            let blank: String = code[start..end].chars().map(|c| if c == '\n' { '\n' } else { ' ' }).collect();
            code.replace_range(start..end, &blank);
        }
        let is_kept = |line: usize| !blanked_lines.iter().any(|lines| lines.contains(&line));
        let literals = self.literals.iter().filter(|(line, _)| is_kept(*line)).cloned().collect();
        Self { code, literals }
    }

    /// The names of the functions that are defined inside of the braces of `macro_name`.
    pub(crate) fn functions_in(&self, macro_name: &str) -> Vec<String> {
        let mut names = Vec::new();
        for (start, _) in self.code.match_indices(macro_name) {
            let inside = &self.code[start..start + item_end(&self.code[start..])];
            for (at, _) in inside.match_indices("fn ") {
                let is_word = !inside[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_');
                let name = inside[at + 3..].split(|c: char| !c.is_alphanumeric() && c != '_').next();
                names.extend(name.filter(|name| is_word && !name.is_empty()).map(str::to_owned));
            }
        }
        names
    }

    /// The lines of the code on which `pattern` stands as whole words: neither side goes on with a letter, a digit or
    /// an underscore.
    pub(crate) fn lines_with(&self, pattern: &str) -> Vec<usize> {
        let is_word = |c: char| c.is_alphanumeric() || c == '_';
        let mut lines: Vec<usize> = self
            .code
            .match_indices(pattern)
            .filter(|(at, _)| {
                let before = self.code[..*at].chars().next_back();
                let after = self.code[at + pattern.len()..].chars().next();
                let open_left = pattern.starts_with(is_word) && before.is_some_and(is_word);
                let open_right = pattern.ends_with(is_word) && after.is_some_and(is_word);
                !open_left && !open_right
            })
            .map(|(at, _)| line_of(&self.code, at))
            .collect();
        lines.dedup();
        lines
    }
}

/// The line (from 1) of a byte of `text`.
fn line_of(text: &str, at: usize) -> usize {
    text[..at].matches('\n').count() + 1
}

/// Where the item at the start of `code` ends: after the brace that closes its body, or after its `;`.
fn item_end(code: &str) -> usize {
    let mut depth = 0_u32;
    let mut brackets = 0_u32;
    for (at, character) in code.char_indices() {
        match character {
            '[' | '(' => brackets += 1,
            ']' | ')' => brackets = brackets.saturating_sub(1),
            '{' => depth += 1,
            '}' => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    return at + 1;
                }
            }
            ';' if depth == 0 && brackets == 0 => return at + 1,
            _ => {}
        }
    }
    code.len()
}

struct Scanner<'a> {
    rest: &'a str,
    line: usize,
    code: String,
    literals: Vec<(usize, String)>,
}

impl Scanner<'_> {
    /// Takes one token or one character; answers whether there was one.
    fn step(&mut self) -> bool {
        let Some(first) = self.rest.chars().next() else { return false };
        if self.rest.starts_with("//") {
            let end = self.rest.find('\n').unwrap_or(self.rest.len());
            self.blank(end);
        } else if self.rest.starts_with("/*") {
            self.blank(block_comment_end(self.rest));
        } else if first == '"' {
            self.string(0, 0);
        } else if first == '\'' {
            self.quote();
        } else if first.is_alphabetic() || first == '_' {
            self.word();
        } else {
            self.keep(first.len_utf8());
        }
        true
    }

    /// A word, which may be the prefix of a string: `r`, `b`, `c`, `br`, `cr`; then come hashes or the quote.
    fn word(&mut self) {
        let end = self.rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(self.rest.len());
        let (word, after) = self.rest.split_at(end);
        let hashes = after.len() - after.trim_start_matches('#').len();
        let is_quoted = after[hashes..].starts_with('"');
        match word {
            "r" | "br" | "cr" if is_quoted => self.raw_string(end, hashes),
            "b" | "c" if is_quoted && hashes == 0 => self.string(end, 0),
            "b" if after.starts_with('\'') => {
                self.keep(end);
                self.quote();
            }
            _ => self.keep(end),
        }
    }

    /// A character literal, or a lifetime or label, which has no closing quote.
    fn quote(&mut self) {
        let inside = &self.rest[1..];
        let mut characters = inside.chars();
        let length = match characters.next() {
            Some('\\') => inside[2..].find('\'').map(|at| at + 4),
            Some(character) if characters.next() == Some('\'') => Some(character.len_utf8() + 2),
            _ => None,
        };
        match length {
            Some(length) => self.blank(length),
            None => self.keep(1),
        }
    }

    /// A string whose opening quote stands `prefix` bytes ahead; a backslash takes the next character with it.
    fn string(&mut self, prefix: usize, hashes: usize) {
        let start = prefix + hashes + 1;
        let mut escaped = false;
        let inner = self.rest[start..].find(|c: char| {
            let is_end = c == '"' && !escaped;
            escaped = c == '\\' && !escaped;
            is_end
        });
        self.literal(start, inner, 1);
    }

    fn raw_string(&mut self, prefix: usize, hashes: usize) {
        let start = prefix + hashes + 1;
        let close = format!("\"{}", "#".repeat(hashes));
        let inner = self.rest[start..].find(&close);
        self.literal(start, inner, close.len());
    }

    /// Notes the literal that begins at `start` and is `inner` bytes long; an unclosed one takes the rest of the file.
    fn literal(&mut self, start: usize, inner: Option<usize>, closing: usize) {
        let inner_end = inner.map_or(self.rest.len(), |length| start + length);
        self.literals.push((self.line, self.rest[start..inner_end].to_owned()));
        self.code.push('"');
        self.blank((inner_end + closing).min(self.rest.len()));
        self.code.push('"');
    }

    fn keep(&mut self, length: usize) {
        let (kept, rest) = self.rest.split_at(length);
        self.line += kept.matches('\n').count();
        self.code.push_str(kept);
        self.rest = rest;
    }

    /// Leaves out the text but for its line feeds.
    fn blank(&mut self, length: usize) {
        let (left_out, rest) = self.rest.split_at(length);
        let n_lines = left_out.matches('\n').count();
        self.line += n_lines;
        self.code.extend(std::iter::repeat_n('\n', n_lines));
        self.rest = rest;
    }
}

/// Where the block comment at the start of `text` ends; block comments nest.
fn block_comment_end(text: &str) -> usize {
    let mut depth = 0_u32;
    let mut at = 0;
    while at < text.len() {
        if text[at..].starts_with("/*") {
            depth += 1;
            at += 2;
        } else if text[at..].starts_with("*/") {
            depth -= 1;
            at += 2;
            if depth == 0 {
                return at;
            }
        } else {
            at += text[at..].chars().next().map_or(1, char::len_utf8);
        }
    }
    text.len()
}

#[cfg(test)]
mod tests;
