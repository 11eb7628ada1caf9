//! A program as the judge of a study's critics.

use std::path::Path;

use foundation_core::Result;
use foundation_core::port::entropy::RandomStream;
use mabeam::{Direction, Judge, Judgement, Judging, Params, SearchSpace, TrialError};

use crate::attempt::{Listener, Stop};
use crate::command::Command;
use crate::guarded::Guarded;
use crate::protocol::Told;
use crate::runs::{Finished, Input, Runs};
use crate::settings::ExecSettings;

/// Names that stand for something of the judgement.
const FACTS: [&str; 3] = ["critic", "seed", "steps"];

/// A program by which critics judge configurations.
///
/// It is run like an [`ExecObjective`](crate::ExecObjective), with `{critic}` and `MABEAM_CRITIC` for the number of the
/// critic, by which it chooses its data, and without a trial. The values of its last message are the scores, which are
/// compared place by place with those of another configuration: `{"values":[0.91,0.88,0.93]}`, one for each fold. A
/// program that reports steps has one score, its last value, and as many epochs as its last step.
///
/// A judge cannot be told to stop: what it runs when a study ends runs on, within its limits, until this process ends.
#[derive(Debug)]
pub struct ExecJudge {
    runs: Runs,
    direction: Direction,
    steps: u32,
}

impl ExecJudge {
    /// A judge that runs `command` on the parameters of `space` for `steps` steps. `direction` is the study's: where
    /// smaller is better, scores are negated.
    ///
    /// # Errors
    /// As [`ExecObjective::new`](crate::ExecObjective::new); a name in braces may be `critic`, `seed` or `steps`.
    pub fn new(
        command: Command,
        space: &SearchSpace,
        settings: ExecSettings,
        direction: Direction,
        steps: u32,
    ) -> Result<Self> {
        command.check_names(space, &FACTS)?;
        Ok(Self { runs: Runs::new(command, settings)?, direction, steps })
    }
}

impl Judge for ExecJudge {
    fn judge(&self, judging: &Judging, params: &Params) -> Result<Judgement, TrialError> {
        let critic = judging.critic;
        // Another for each critic, and the same for each configuration that it judges.
        let seed = (RandomStream::new(judging.seed, u64::from(critic)).next_u64() >> 32) as u32;
        let facts = [("critic", critic.to_string()), ("seed", seed.to_string()), ("steps", self.steps.to_string())];
        let folder = format!("critic-{critic}");
        let mut scores = Scores::default();
        let input = Input { params, facts: &facts, folder: Path::new(&folder) };
        let Finished::Told { cpu } = self.runs.run(&input, &mut scores)? else {
            return Err(TrialError::new("the judgement was broken off"));
        };
        Ok(Judgement {
            scores: scores.values.into_iter().map(|value| self.direction.oriented(value)).collect(),
            epochs: u64::from(scores.epochs),
            cpu_s: cpu.map(|cpu| cpu.as_secs_f64()),
        })
    }
}

/// The last values that were told.
#[derive(Debug, Default)]
struct Scores {
    values: Vec<f64>,
    epochs: u32,
}

impl Listener for Scores {
    fn begin(&mut self) {
        *self = Self::default();
    }

    fn is_gone(&self) -> bool {
        false
    }

    fn hear(&mut self, told: &Told, _program: &Guarded) -> Result<(), Stop> {
        self.values.clone_from(&told.values);
        self.epochs = told.step.unwrap_or(self.epochs);
        Ok(())
    }
}
