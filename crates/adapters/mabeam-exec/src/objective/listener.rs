//! What a trial makes of what its program says: reports to the study, which may end it.

use mabeam::{LiveTrial, Verdict};

use crate::attempt::{Listener, Stop};
use crate::failure::Failure;
use crate::guarded::Guarded;
use crate::protocol::Told;
use crate::wire::Word;

/// A trial that listens to its program.
#[derive(Debug)]
pub(super) struct OfTrial<'a> {
    trial: &'a mut LiveTrial,
    /// Whether the program is held while the study decides.
    hold: bool,
    value: Option<f64>,
    step: Option<u32>,
}

impl<'a> OfTrial<'a> {
    pub(super) fn new(trial: &'a mut LiveTrial, hold: bool) -> Self {
        Self { trial, hold, value: None, step: None }
    }

    /// The last value that was told.
    pub(super) fn value(&self) -> Option<f64> {
        self.value
    }

    /// Tells the values of further objectives; answers the first one.
    fn take_values(&mut self, values: &[f64]) -> Result<f64, String> {
        let goals = self.trial.further_goals();
        let (n_values, n_goals) = (values.len(), goals.len() + 1);
        let plural = |n: usize, one: &str| format!("{n} {one}{}", if n == 1 { "" } else { "s" });
        match values {
            [value, further @ ..] if n_values == n_goals => {
                for (goal, value) in goals.iter().zip(further) {
                    self.trial.further(goal, *value).map_err(|error| error.message().to_owned())?;
                }
                Ok(*value)
            }
            _ => Err(format!(
                "it told {} at once, and the study has {}",
                plural(n_values, "value"),
                plural(n_goals, "objective")
            )),
        }
    }

    fn report(&mut self, step: u32, value: f64, program: &Guarded) -> Result<(), Stop> {
        let may_wait = self.hold && self.trial.next_rung().is_some_and(|rung| step >= rung);
        if may_wait {
            program.say(Word::Hold);
        }
        match self.trial.report(step, value) {
            Ok(Verdict::Continue) => {
                if may_wait {
                    program.say(Word::GoOn);
                }
                Ok(())
            }
            Ok(Verdict::Stop) => Err(Stop::LetGo),
            Err(error) => Err(Stop::Failed(Failure::lasting(error.message()))),
        }
    }
}

impl Listener for OfTrial<'_> {
    fn begin(&mut self) {
        (self.value, self.step) = (None, None);
    }

    fn is_gone(&self) -> bool {
        self.trial.is_stopped()
    }

    fn hear(&mut self, told: &Told, program: &Guarded) -> Result<(), Stop> {
        let value = self.take_values(&told.values).map_err(|what| Stop::Failed(Failure::lasting(what)))?;
        let Some(step) = told.step else {
            self.value = Some(value);
            return Ok(());
        };
        match self.step {
            Some(last) if step <= last => {
                let what = format!("it told step {step} after step {last}, and steps only rise");
                return Err(Stop::Failed(Failure::lasting(what)));
            }
            // What comes after the last step is not the study's.
            Some(last) if last >= self.trial.steps() => return Err(Stop::Enough),
            _ => {}
        }
        (self.step, self.value) = (Some(step), Some(value));
        // The last step is told by the program's end, so that a crash after it is a crash.
        match step.min(self.trial.steps().saturating_sub(1)) {
            0 => Ok(()),
            told => self.report(told, value, program),
        }
    }
}
