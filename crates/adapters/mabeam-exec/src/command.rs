//! The command of a program: words with places for parameters, each of which becomes one argument.

mod error;
mod template;
mod words;

use std::fmt;

use mabeam::{Params, SearchSpace};

pub use error::CommandError;
use template::{Piece, Template};

/// Names that stand for something of the trial where the space has no parameter of that name.
const OF_THE_TRIAL: [&str; 3] = ["trial", "seed", "steps"];
/// Programs whose option `-c` takes a program text.
const SHELLS: [&str; 7] = ["sh", "bash", "dash", "zsh", "ksh", "fish", "busybox"];

/// A program and its arguments, with places for parameters.
///
/// A word is `text` with `{name}` for a parameter's value, and `{{` and `}}` for braces. Each word becomes one argument,
/// whatever the values in it are: no shell reads them. `{trial}`, `{seed}` and `{steps}` stand for [`TrialFacts`],
/// unless a parameter is called so. A word that names a parameter which this trial does not have is left out, so an
/// option of a conditional parameter is written in one word: `--momentum={momentum}`.
///
/// ```
/// use mabeam::Params;
/// use mabeam_exec::{Command, TrialFacts};
///
/// let command = Command::parse("python3 train.py --lr {lr} --tag 'run {trial}'")?;
/// let params = Params::new().with("lr", "; rm -rf x");
/// let facts = TrialFacts { trial: 7, seed: 1, steps: 27 };
/// assert_eq!(command.argv(&params, &facts), ["python3", "train.py", "--lr", "; rm -rf x", "--tag", "run 7"]);
/// assert_eq!(Command::parse("train --lr {lr").unwrap_err().column(), 12);
/// # Ok::<(), mabeam_exec::CommandError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Command {
    /// At least one, and the first has no places.
    words: Vec<Template>,
}

/// What a command may name of its trial besides the parameters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TrialFacts {
    /// Its number.
    pub trial: u64,
    /// A seed of its own, made of the study's seed and its number, the same when it runs again.
    pub seed: u32,
    /// How many steps it is to run to.
    pub steps: u32,
}

impl TrialFacts {
    /// Each with the name that stands for it.
    pub(crate) fn named(&self) -> [(&'static str, String); 3] {
        let [trial, seed, steps] = OF_THE_TRIAL;
        [(trial, self.trial.to_string()), (seed, self.seed.to_string()), (steps, self.steps.to_string())]
    }
}

impl Command {
    /// Reads a command from one line, split into words as a shell splits them: at blanks, with single quotes, double
    /// quotes and backslashes. Nothing else of a shell is there; what one would expand or redirect is refused.
    ///
    /// # Errors
    /// [`CommandError`] with the column of what cannot be read.
    pub fn parse(text: &str) -> Result<Self, CommandError> {
        let words = words::split(text)?;
        let words = words.iter().map(|word| Template::parse(word, None)).collect::<Result<_, _>>()?;
        Self::of(words)
    }

    /// Takes words that are split already; quotes and backslashes are ordinary characters in them.
    ///
    /// # Errors
    /// [`CommandError`] with the word and the column in it.
    pub fn from_words<W: AsRef<str>>(words: impl IntoIterator<Item = W>) -> Result<Self, CommandError> {
        let words = words.into_iter().enumerate().map(|(at, word)| {
            let placed: Vec<_> = word.as_ref().chars().zip(1..).collect();
            Template::parse(&placed, Some(at + 1))
        });
        Self::of(words.collect::<Result<_, _>>()?)
    }

    fn of(words: Vec<Template>) -> Result<Self, CommandError> {
        let Some(program) = words.first() else {
            return Err(CommandError::at(1, None, "the command is empty", "name a program"));
        };
        if let Some((_, column, word)) = program.places().next() {
            return Err(CommandError::at(
                column,
                word,
                "the program itself is a parameter",
                "name one program, and let it choose by an argument",
            ));
        }
        let command = Self { words };
        command.check_shell()?;
        Ok(command)
    }

    /// A value in a shell's program text would be read by that shell.
    fn check_shell(&self) -> Result<(), CommandError> {
        let program = self.program();
        if !SHELLS.contains(&program.rsplit('/').next().unwrap_or(&program)) {
            return Ok(());
        }
        let is_option = |word: &Template| {
            let text = word.text();
            text.starts_with('-') && !text.starts_with("--") && text.ends_with('c')
        };
        let script = self.words.iter().position(is_option).and_then(|at| self.words.get(at + 1));
        match script.and_then(|script| script.places().next()) {
            None => Ok(()),
            Some((name, column, word)) => Err(CommandError::at(
                column,
                word,
                format!("`{{{name}}}` would become part of a shell's program text"),
                format!("give it as an argument: {program} -c '… \"$1\"' {program} {{{name}}}"),
            )),
        }
    }

    /// The program, as it was written.
    #[must_use]
    pub fn program(&self) -> String {
        self.words.first().map(Template::text).unwrap_or_default()
    }

    /// The names that stand in braces, in their order; a name may come several times.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.words.iter().flat_map(Template::places).map(|(name, ..)| name)
    }

    /// Checks that each name in braces is a parameter of the space, or one of `trial`, `seed` and `steps`.
    ///
    /// # Errors
    /// [`CommandError`] with the column of the first that is not, and the names that there are.
    pub fn check(&self, space: &SearchSpace) -> Result<(), CommandError> {
        self.check_names(space, &OF_THE_TRIAL)
    }

    /// As [`check`](Self::check), with other names besides the parameters.
    pub(crate) fn check_names(&self, space: &SearchSpace, others: &[&str]) -> Result<(), CommandError> {
        let known: Vec<&str> = space.parameters().iter().map(|parameter| parameter.name()).collect();
        let is_known = |name: &str| known.contains(&name) || others.contains(&name);
        match self.words.iter().flat_map(Template::places).find(|(name, ..)| !is_known(name)) {
            None => Ok(()),
            Some((name, column, word)) => Err(CommandError::at(
                column,
                word,
                format!("no parameter is called `{name}`"),
                format!(
                    "choose one of {}, or write {{{{{name}}}}} for the text itself",
                    [known.as_slice(), others].concat().join(", ")
                ),
            )),
        }
    }

    /// The program and its arguments for one trial.
    #[must_use]
    pub fn argv(&self, params: &Params, facts: &TrialFacts) -> Vec<String> {
        self.filled(params, &facts.named())
    }

    /// As [`argv`](Self::argv), with any facts; a parameter of the same name comes first.
    pub(crate) fn filled(&self, params: &Params, facts: &[(&str, String)]) -> Vec<String> {
        let fact = |name: &str| facts.iter().find(|(other, _)| *other == name).map(|(_, fact)| fact.clone());
        let value = |name: &str| params.get(name).map(ToString::to_string).or_else(|| fact(name));
        self.words.iter().filter_map(|word| word.filled(&value)).collect()
    }
}

/// One line that [`Command::parse`] reads back as the same command.
impl fmt::Display for Command {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, word) in self.words.iter().enumerate() {
            let gap = if at == 0 { "" } else { " " };
            write!(f, "{gap}{}", words::quoted(&word.to_string()))?;
        }
        Ok(())
    }
}

impl fmt::Display for Template {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.pieces.iter().try_for_each(|piece| match piece {
            Piece::Text(text) => f.write_str(&text.replace('{', "{{").replace('}', "}}")),
            Piece::Value { name, .. } => write!(f, "{{{name}}}"),
        })
    }
}

/// Arguments on one line, quoted where a reader could take one for several.
pub(crate) fn shown(argv: &[String]) -> String {
    argv.iter().map(|word| words::quoted(word)).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests;
