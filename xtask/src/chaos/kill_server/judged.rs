//! The histories of a round before the checkers, and what they found over all rounds.

use std::fmt;
use std::time::Duration;

use comfy_table::{Table, presets};

use super::objects::Objects;
use super::times::right_align;
use crate::chaos::history::{History, Recorder};
use crate::chaos::linear::key_value::OneKey;
use crate::chaos::linear::lock::OneLock;
use crate::chaos::linear::registry::OneName;
use crate::chaos::linear::{self, Answer, Judgement, Model};
use crate::failure::Failure;

/// Answered operations that a history has to have.
pub(super) const OPERATIONS: usize = 20;

/// What came of the histories of one kind of object.
#[derive(Clone, Debug, Default)]
pub(super) struct Judged {
    /// Histories that count: long enough, and with answers before and after a fault that hit their leader.
    pub(super) histories: u64,
    /// Histories that do not, which were judged all the same.
    pub(super) not_counted: u64,
    pub(super) answered: u64,
    pub(super) unknown: u64,
    /// Operations without an effect that tell nothing, as where there was no leader.
    pub(super) refused: u64,
    pub(super) linearizable: u64,
    pub(super) refuted: u64,
    pub(super) undecided: u64,
    pub(super) interleavings_took: Duration,
    pub(super) search_took: Duration,
    /// What was refuted, in words.
    pub(super) complaints: Vec<String>,
}

/// What came of all kinds.
#[derive(Clone, Debug, Default)]
pub(super) struct AllJudged {
    pub(super) cells: Judged,
    pub(super) names: Judged,
    pub(super) locks: Judged,
}

impl AllJudged {
    /// Has the histories of a round judged. With a `fault` they count where they reach over it.
    ///
    /// # Errors
    /// Where the checkers disagree.
    pub(super) fn judge(&mut self, objects: &Objects, fault: Option<Duration>) -> Result<(), Failure> {
        for cell in &objects.cells {
            self.cells.judge::<OneKey>(cell.key.as_str(), &cell.calls, fault)?;
        }
        for name in &objects.names {
            self.names.judge::<OneName>(name.name.as_str(), &name.calls, fault)?;
        }
        for lock in &objects.locks {
            self.locks.judge::<OneLock>(&lock.name, &lock.calls, fault)?;
        }
        Ok(())
    }

    /// By kind, with what they are called.
    pub(super) fn kinds(&self) -> [(&'static str, &Judged); 3] {
        [("key-value", &self.cells), ("registry", &self.names), ("locks", &self.locks)]
    }

    /// Over all kinds.
    pub(super) fn sum(&self, figure: impl Fn(&Judged) -> u64) -> u64 {
        self.kinds().into_iter().map(|(_, judged)| figure(judged)).sum()
    }
}

impl Judged {
    fn judge<M: Model>(
        &mut self,
        object: &str,
        calls: &Recorder<M::Op, M::Answer>,
        fault: Option<Duration>,
    ) -> Result<(), Failure>
    where
        M::Op: fmt::Debug,
    {
        let history: History<_, _> = calls.history();
        self.refused += calls.refused() as u64;
        let (answered, unknown) = (history.answered(), history.unknown());
        let counts = answered >= OPERATIONS && fault.is_some_and(|fault| history.spans(fault));
        let judgement = linear::judge::<M>(history)?;
        self.interleavings_took += judgement.interleavings_took;
        self.search_took += judgement.search_took;
        let Judgement { answer, refuted_at, .. } = judgement;
        // A violation is one in a history of any length.
        if answer == Answer::Not {
            self.refuted += 1;
            self.complaints.push(format!("{object} is not linearizable:\n    {}", refuted_at.unwrap_or_default()));
        }
        if !counts {
            self.not_counted += 1;
            return Ok(());
        }
        self.histories += 1;
        self.answered += answered as u64;
        self.unknown += unknown as u64;
        self.linearizable += u64::from(answer == Answer::Linearizable);
        self.undecided += u64::from(answer == Answer::Undecided);
        Ok(())
    }
}

impl fmt::Display for AllJudged {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut table = Table::new();
        table.load_style(presets::UTF8_HORIZONTAL_ONLY);
        table.set_header([
            "histories of",
            "count",
            "answered",
            "unknown",
            "refused",
            "linearizable",
            "not",
            "undecided",
            "stateright s",
            "todc-utils s",
            "too short",
        ]);
        for (kind, judged) in self.kinds() {
            let figures = [
                judged.histories,
                judged.answered,
                judged.unknown,
                judged.refused,
                judged.linearizable,
                judged.refuted,
                judged.undecided,
            ];
            let seconds =
                [judged.interleavings_took, judged.search_took].map(|took| format!("{:.2}", took.as_secs_f64()));
            let mut cells = vec![kind.to_owned()];
            cells.extend(figures.map(|figure| figure.to_string()));
            cells.extend(seconds);
            cells.push(judged.not_counted.to_string());
            table.add_row(cells);
        }
        right_align(&mut table);
        write!(f, "{table}")
    }
}
