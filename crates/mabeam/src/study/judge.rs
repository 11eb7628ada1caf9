//! How a critic judges a configuration: by an evaluation of its own, on data that the study does not choose by.

use super::objective::TrialError;
use super::space::Params;

/// Evaluates configurations for critics.
///
/// It is called on a thread for work that computes. Its answer depends on the arguments alone, so that a critic that
/// dies and judges again comes to the same vote.
pub trait Judge: Send + Sync + 'static {
    /// Scores `params` on the data of one critic.
    ///
    /// Two configurations that the same critic judges get as many scores, and those at one place belong together: one
    /// example of a validation part, one fold, one seed. Larger is better, in the direction of the study.
    ///
    /// # Errors
    /// [`TrialError`] where these parameters cannot be judged; the critic then votes against them and says why.
    fn judge(&self, judging: &Judging, params: &Params) -> Result<Judgement, TrialError>;
}

/// Who judges, and with which random numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Judging {
    /// The seed of the study.
    pub seed: u64,
    /// The number of the critic, from 0.
    pub critic: u32,
}

/// What a critic finds.
#[derive(Clone, Debug, PartialEq)]
pub struct Judgement {
    /// The scores; at least one.
    pub scores: Vec<f64>,
    /// The epochs trained for it. They are counted apart from the study's budget.
    pub epochs: u64,
    /// The processor time it took, where whoever judges measures that.
    pub cpu_s: Option<f64>,
}
