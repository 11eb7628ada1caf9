//! A trial: one set of parameters and what became of it.

use serde::{Deserialize, Serialize};

use super::super::event::Parent;
use super::super::space::Params;

/// What a trial is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TrialState {
    /// Some slot works on it.
    Running,
    /// It waits on a rung and may go on.
    Paused,
    /// It reached the last rung, or was done before.
    Completed,
    /// Others were better.
    Stopped,
    /// It failed.
    Failed,
}

impl TrialState {
    /// Every state, in the order of their numbers.
    pub const ALL: [Self; 5] = [Self::Running, Self::Paused, Self::Completed, Self::Stopped, Self::Failed];

    /// The word for it, as JSON has it too.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Paused => "paused",
            Self::Completed => "completed",
            Self::Stopped => "stopped",
            Self::Failed => "failed",
        }
    }

    /// Whether nothing more will happen to the trial.
    #[must_use]
    pub fn is_over(self) -> bool {
        matches!(self, Self::Completed | Self::Stopped | Self::Failed)
    }
}

/// What a trial had when it reached a rung.
#[derive(Clone, Debug, PartialEq)]
pub struct RungResult {
    /// The rung, counted from 0.
    pub rung: usize,
    /// The epochs it had had.
    pub epochs: u32,
    /// The value, as the objective gave it.
    pub value: f64,
    /// Its values in the study's further objectives, in their order.
    pub further: Vec<f64>,
    /// The hash of its checkpoint.
    pub checkpoint: Option<String>,
}

/// One set of parameters and what became of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Trial {
    /// Its number, counted from 0.
    pub id: u64,
    /// Its parameters.
    pub params: Params,
    /// Whose proposal they are, by the place in the team; none where nobody of the team proposed them.
    pub member: Option<u32>,
    /// Where it is known from, where the study did not try it itself.
    pub from: Option<String>,
    /// The bracket it is in.
    pub bracket: u32,
    /// From whose checkpoint it began, where it did not begin from nothing.
    pub parent: Option<Parent>,
    /// How many epochs it has from its parent.
    pub inherited_epochs: u32,
    /// What it is doing.
    pub state: TrialState,
    /// The rungs it reached, in order.
    pub rungs: Vec<RungResult>,
    /// Why it failed.
    pub failure: Option<String>,
    /// Which agent did its latest piece of work.
    pub agent: Option<u32>,
    /// How long its work took, in seconds.
    pub seconds: f64,
}

impl Trial {
    pub(super) fn new(id: u64, member: Option<u32>, params: Params, bracket: u32) -> Self {
        Self {
            id,
            params,
            member,
            from: None,
            bracket,
            parent: None,
            inherited_epochs: 0,
            state: TrialState::Running,
            rungs: Vec::new(),
            failure: None,
            agent: None,
            seconds: 0.0,
        }
    }

    /// Notes a rung that it reached.
    pub(super) fn reach(&mut self, reached: RungResult) {
        // Most trials reach one rung, and a vector left to itself begins with room for four.
        if self.rungs.is_empty() {
            self.rungs.reserve_exact(1);
        }
        self.rungs.push(reached);
    }

    /// Its latest value.
    #[must_use]
    pub fn value(&self) -> Option<f64> {
        self.rungs.last().map(|reached| reached.value)
    }

    /// How many epochs it has had, those of its parent included.
    #[must_use]
    pub fn epochs(&self) -> u32 {
        self.rungs.last().map_or(self.inherited_epochs, |reached| reached.epochs)
    }
}
