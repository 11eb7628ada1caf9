//! What the pictures draw: the study's state, and beside it each piece of work with its place in the study's time.

use std::collections::BTreeSet;
use std::time::Duration;

use foundation_core::event::Event;
use foundation_core::port::clock::WallTime;
use foundation_core::{Code, Error, Result};
use mabeam::{Assigned, Outcome, Reported, StudyEvent, StudyState, Trial, TrialState};

use super::books::Books;

/// A study's log, read to its end.
#[derive(Debug)]
pub(super) struct Story {
    pub(super) state: StudyState,
    /// In the order they were given out.
    pub(super) pieces: Vec<Piece>,
    pub(super) waits: Vec<Wait>,
    pub(super) times: Times,
    /// Who did the work.
    pub(super) agents: BTreeSet<u32>,
    pub(super) events: u64,
    /// Where several members propose.
    pub(super) books: Option<Books>,
    /// The trials that are known from elsewhere, and how many epochs were spent when they came in.
    pub(super) imports: Vec<(u64, u64)>,
}

/// A piece of work: bringing a trial to its next rung.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Piece {
    pub(super) slot: usize,
    /// The slot's time when it was given out, in epochs.
    pub(super) at: u64,
    pub(super) trial: u64,
    pub(super) rung: usize,
    pub(super) from_epoch: u32,
    pub(super) to_epoch: u32,
    /// How often it was cut off and begun again.
    pub(super) cut_off: u64,
    pub(super) end: End,
}

impl Piece {
    pub(super) fn cost(&self) -> u64 {
        u64::from(self.to_epoch.saturating_sub(self.from_epoch))
    }

    /// The slot's time when it ends.
    pub(super) fn until(&self) -> u64 {
        self.at.saturating_add(self.cost())
    }
}

/// How a piece of work ended.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum End {
    /// Nobody has reported yet.
    Open,
    Reached(f64),
    Failed,
}

/// A slot that found nothing to do.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Wait {
    pub(super) slot: usize,
    pub(super) from: u64,
    pub(super) until: u64,
}

/// When it happened, by the clocks of those who told it.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Times {
    pub(super) begun: WallTime,
    /// The end of the study, or the last that was heard of it.
    pub(super) last: WallTime,
    /// From the first event of each run to the last one of its study, over all runs.
    pub(super) running: Duration,
}

/// A rung that a trial reached, and how many epochs the study had spent by then.
#[derive(Clone, Copy, Debug)]
pub(super) struct RungValue<'a> {
    pub(super) trial: &'a Trial,
    pub(super) rung: usize,
    pub(super) epochs: u32,
    pub(super) value: f64,
    pub(super) spent: u64,
    /// Whether it is the value of a completed trial.
    pub(super) is_final: bool,
}

impl Story {
    /// Reads a log.
    ///
    /// # Errors
    /// `NotFound` for an empty log; `Corrupt` where it does not tell a study.
    pub(super) fn read(study: &[(Event, StudyEvent)]) -> Result<Self> {
        let Some(((first, description), rest)) = study.split_first() else {
            return Err(Error::new(Code::NotFound, "draw a study's report: its log holds no event"));
        };
        let StudyEvent::Created(config) = description else {
            let found = description.kind();
            let what = format!("draw a study's report: its log begins with `{found}`, not with a description");
            return Err(Error::new(Code::Corrupt, what));
        };
        let mut story = Self {
            state: StudyState::new((**config).clone()),
            pieces: Vec::new(),
            waits: Vec::new(),
            times: Times { begun: first.wall, last: first.wall, running: Duration::ZERO },
            agents: BTreeSet::new(),
            events: study.len() as u64,
            books: None,
            imports: Vec::new(),
        };
        story.books = story.state.market().map(Books::open);
        // Which piece each slot got last.
        let mut latest = vec![None; story.state.slots().len()];
        let mut run_began = first.monotonic;
        let mut run_lasted = Duration::ZERO;
        for (number, (event, told)) in rest.iter().enumerate() {
            let before = match told {
                StudyEvent::Waited(waited) => story.state.slots().get(waited.slot as usize).map(mabeam::Slot::time),
                _ => None,
            };
            let was_finished = story.state.is_finished();
            let place = || format!("draw a study's report: event {} of {}", number + 2, study.len());
            story.state.apply(told).map_err(|error| error.during(place()))?;
            match told {
                StudyEvent::Assigned(assigned) => {
                    latest[assigned.slot as usize] = Some(story.pieces.len());
                    story.pieces.push(Piece::given(assigned));
                }
                StudyEvent::Reported(reported) => {
                    story.agents.insert(reported.agent);
                    if let Some(piece) = latest[reported.slot as usize] {
                        story.pieces[piece].end = End::of(reported);
                    }
                }
                StudyEvent::Interrupted(interrupted) => {
                    if let Some(piece) = latest[interrupted.slot as usize] {
                        story.pieces[piece].cut_off += 1;
                    }
                }
                StudyEvent::Waited(waited) => {
                    let from = before.unwrap_or(waited.until);
                    story.waits.push(Wait { slot: waited.slot as usize, from, until: waited.until });
                }
                StudyEvent::Market(event) => {
                    if let (Some(books), Some(market)) = (&mut story.books, story.state.market()) {
                        books.note(event, market);
                    }
                }
                StudyEvent::Imported(_) => {
                    let trial = story.state.trials().len() as u64 - 1;
                    story.imports.push((trial, story.state.epochs().spent));
                }
                StudyEvent::Resumed => {
                    story.times.running += run_lasted;
                    run_began = event.monotonic;
                    run_lasted = Duration::ZERO;
                }
                // The state holds what these say.
                StudyEvent::Created(_)
                | StudyEvent::Finished
                | StudyEvent::TimedOut
                | StudyEvent::Enqueued(_)
                | StudyEvent::Judged(_)
                | StudyEvent::Told(_)
                | StudyEvent::Evaluated(_) => {}
            }
            // What was computed after the end may come from another run, whose monotonic clock cannot be compared.
            if !was_finished {
                story.times.last = event.wall;
                run_lasted = event.monotonic.since(run_began);
            }
        }
        story.times.running += run_lasted;
        Ok(story)
    }

    /// Every rung that was reached, in the order in which the study saw it, which is the same whoever did the work;
    /// what is known from elsewhere stands at the place where it came in.
    pub(super) fn values(&self) -> Vec<RungValue<'_>> {
        let mut ended: Vec<&Piece> = self.pieces.iter().filter(|piece| piece.end != End::Open).collect();
        ended.sort_by_key(|piece| (piece.until(), piece.slot));
        let mut spent = 0;
        let mut values = Vec::with_capacity(ended.len());
        let mut imports = self.imports.iter().peekable();
        for piece in ended {
            while let Some((trial, _)) = imports.next_if(|(_, at)| *at <= spent) {
                values.extend(self.imported(*trial, spent));
            }
            spent += piece.cost();
            let Some(trial) = self.state.trials().get(piece.trial as usize) else { continue };
            // A report that has not settled is not in the trial yet; nobody has seen it, so it is not drawn.
            let Some(place) = trial.rungs.iter().position(|reached| reached.rung == piece.rung) else { continue };
            let reached = &trial.rungs[place];
            let is_final = trial.state == TrialState::Completed && place + 1 == trial.rungs.len();
            values.push(RungValue {
                trial,
                rung: reached.rung,
                epochs: reached.epochs,
                value: reached.value,
                spent,
                is_final,
            });
        }
        values.extend(imports.filter_map(|(trial, _)| self.imported(*trial, spent)));
        values
    }

    /// The value of a trial that is known from elsewhere.
    fn imported(&self, trial: u64, spent: u64) -> Option<RungValue<'_>> {
        let trial = self.state.trials().get(trial as usize)?;
        let reached = trial.rungs.last()?;
        let is_final = trial.state == TrialState::Completed;
        let (rung, epochs, value) = (reached.rung, reached.epochs, reached.value);
        Some(RungValue { trial, rung, epochs, value, spent, is_final })
    }

    /// The highest rung that every trial with a value has reached.
    pub(super) fn common_rung(&self) -> Option<usize> {
        self.state.trials().iter().filter_map(|trial| Some(trial.rungs.last()?.rung)).min()
    }

    /// The highest rung that any trial has reached.
    pub(super) fn highest_rung(&self) -> Option<usize> {
        self.state.trials().iter().filter_map(|trial| Some(trial.rungs.last()?.rung)).max()
    }

    /// Whether it is the best completed trial.
    pub(super) fn is_best(&self, trial: &Trial) -> bool {
        self.state.best().is_some_and(|best| best.id == trial.id)
    }
}

impl Piece {
    fn given(assigned: &Assigned) -> Self {
        Self {
            slot: assigned.slot as usize,
            at: assigned.at,
            trial: assigned.trial,
            rung: assigned.rung as usize,
            from_epoch: assigned.from_epoch,
            to_epoch: assigned.to_epoch,
            cut_off: 0,
            end: End::Open,
        }
    }
}

impl End {
    fn of(reported: &Reported) -> Self {
        match reported.outcome {
            Outcome::Reached { value, .. } => Self::Reached(value),
            Outcome::Failed(_) => Self::Failed,
        }
    }
}

#[cfg(test)]
mod tests;
