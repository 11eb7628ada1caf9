//! What a study optimises: the trait of a trainer that can pause and go on, and what it is told.

use std::fmt;

use foundation_core::port::entropy::RandomStream;

use super::space::Params;

/// What a trainer may depend on besides the parameters and the checkpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TrialContext {
    /// The seed of the study.
    pub seed: u64,
    /// The number of the trial, below 2^32.
    pub trial: u64,
    /// The epochs it was trained already; 0 for a fresh trial.
    pub from_epoch: u32,
    /// The epochs it is to have been trained in the end; above `from_epoch`.
    pub to_epoch: u32,
}

impl TrialContext {
    /// The random numbers of one epoch of this trial, counted from 1; 0 is for what comes before the first.
    ///
    /// They hang on the study's seed, the trial and the epoch alone, so an epoch can be trained again, in any order
    /// and on any thread, with the same numbers, and no generator needs to stand in a checkpoint.
    #[must_use]
    pub fn stream(&self, epoch: u32) -> RandomStream {
        RandomStream::new(self.seed, (self.trial << 32) | u64::from(epoch))
    }
}

/// Trains one trial from rung to rung.
///
/// ```
/// use mabeam::{Advanced, Params, Trainer, TrialContext, TrialError};
///
/// /// "Training" moves a number towards the parameter, a tenth of the way per epoch.
/// #[derive(Debug)]
/// struct Approach;
///
/// impl Trainer for Approach {
///     fn advance(&self, trial: &TrialContext, params: &Params, from: Option<&[u8]>) -> Result<Advanced, TrialError> {
///         let goal = params.float("goal")?;
///         let mut at = match from {
///             None => 0.0,
///             Some(bytes) => f64::from_le_bytes(bytes.try_into().map_err(|_| "a checkpoint is 8 bytes")?),
///         };
///         for _ in trial.from_epoch..trial.to_epoch {
///             at += 0.1 * (goal - at);
///         }
///         Ok(Advanced { value: at, checkpoint: at.to_le_bytes().to_vec() })
///     }
/// }
///
/// let params = Params::new().with("goal", 1.0);
/// let to = |from_epoch, to_epoch| TrialContext { seed: 1, trial: 0, from_epoch, to_epoch };
/// let straight = Approach.advance(&to(0, 9), &params, None)?;
/// let paused = Approach.advance(&to(0, 3), &params, None)?;
/// let resumed = Approach.advance(&to(3, 9), &params, Some(&paused.checkpoint))?;
/// assert_eq!(straight, resumed);
/// # Ok::<(), TrialError>(())
/// ```
pub trait Trainer: Send + Sync + 'static {
    /// Trains from `trial.from_epoch` to `trial.to_epoch` and measures.
    ///
    /// `checkpoint` is what this trainer answered for `from_epoch`, and `None` from 0.
    ///
    /// # Contract
    /// - The answer depends on the arguments alone: no clock, no random number but those of
    ///   [`TrialContext::stream`], nothing kept from other calls. A call that is made again, after a crash or on
    ///   another node, answers the same bits.
    /// - To go from `a` to `b` and on to `c` answers the same as to go from `a` to `c`.
    ///
    /// It is synchronous and may keep a processor busy: a study calls it on a thread for blocking work, several
    /// trials at a time.
    ///
    /// # Errors
    /// [`TrialError`] if these parameters cannot be trained; the study notes the trial as failed and goes on. A panic
    /// counts as such a failure.
    fn advance(&self, trial: &TrialContext, params: &Params, checkpoint: Option<&[u8]>)
    -> Result<Advanced, TrialError>;
}

/// What [`Trainer::advance`] reached.
#[derive(Clone, Debug, PartialEq)]
pub struct Advanced {
    /// The objective after the last epoch. What is no finite number is a failure of the trial.
    pub value: f64,
    /// What is needed to go on from there.
    pub checkpoint: Vec<u8>,
}

/// Why a trial failed: a result like any other, kept with the trial.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrialError {
    message: String,
}

impl TrialError {
    /// A failure for the reason `message`.
    #[must_use]
    pub fn new(message: impl Into<String>) -> Self {
        Self { message: message.into() }
    }

    /// The reason.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.message
    }
}

impl fmt::Display for TrialError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for TrialError {}

impl From<foundation_core::Error> for TrialError {
    fn from(error: foundation_core::Error) -> Self {
        Self::new(error.chain())
    }
}

impl From<String> for TrialError {
    fn from(message: String) -> Self {
        Self { message }
    }
}

impl From<&str> for TrialError {
    fn from(message: &str) -> Self {
        Self::new(message)
    }
}

#[cfg(test)]
mod tests;
