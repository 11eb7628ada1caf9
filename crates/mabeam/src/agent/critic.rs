//! The vote of a critic: whether a candidate beats what stands, by scores of its own.

use foundation_core::{Code, Error, Result};

use crate::coordination::{Ballot, Confidence};

/// A critic, which compares scores that belong together pair by pair.
///
/// It is in favour where the candidate's mean score is larger by more than `margin`; so a tie leaves what stands. Its
/// confidence is the probability that a difference in the direction of its vote is no chance: that of a normal variable
/// to stay below `z = |sum d| / sqrt(sum d²)` over the differences `d` from the margin. This is the sign-flip
/// (randomisation) test of paired values in its normal approximation, and for right and wrong answers McNemar's test
/// ("Note on the Sampling Error of the Difference Between Correlated Proportions or Percentages", Psychometrika 1947)
/// without correction. With few pairs it is rough: one pair gives 0.841, whatever the difference.
#[derive(Clone, Debug, PartialEq)]
pub struct Critic {
    name: String,
    margin: f64,
}

impl Critic {
    /// A critic that votes under that name, with a margin of 0.
    #[must_use]
    pub fn new(name: impl Into<String>) -> Self {
        Self { name: name.into(), margin: 0.0 }
    }

    /// By how much a candidate's mean score has to be better, in the scores' unit.
    ///
    /// # Errors
    /// `InvalidConfiguration` where it is negative or no finite number.
    pub fn with_margin(mut self, margin: f64) -> Result<Self> {
        if !margin.is_finite() || margin < 0.0 {
            let what = format!("critic `{}`: a margin of {margin}, from 0 is allowed", self.name);
            return Err(Error::new(Code::InvalidConfiguration, what));
        }
        self.margin = margin;
        Ok(self)
    }

    /// The name under which it votes.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Votes on a candidate by its scores and those of what stands, larger being better; those at one place belong
    /// together. `None` where nothing stands yet: the critic is then in favour if the candidate has finite scores, and
    /// knows nothing about how good it is.
    ///
    /// A score of the candidate that is no finite number makes a vote against it, with full confidence; one of what
    /// stands makes a vote in favour of a candidate whose scores are finite.
    ///
    /// # Errors
    /// `InvalidInput` where there are no scores, or not as many on both sides.
    pub fn vote(&self, candidate: &[f64], incumbent: Option<&[f64]>) -> Result<Ballot> {
        if candidate.is_empty() || incumbent.is_some_and(|scores| scores.len() != candidate.len()) {
            let others = incumbent.map_or(0, <[f64]>::len);
            let what =
                format!("critic `{}`: {} scores of the candidate, {others} beside them", self.name, candidate.len());
            return Err(Error::new(Code::InvalidInput, what));
        }
        if let Some(score) = candidate.iter().find(|score| !score.is_finite()) {
            return Ok(self.against(format!("a score of the candidate is {score}")));
        }
        let Some(incumbent) = incumbent else {
            let reason = format!("{:.4} on {}; nothing stands yet", mean(candidate), pairs(candidate.len()));
            return Ok(self.ballot(true, Confidence::default(), reason));
        };
        if let Some(score) = incumbent.iter().find(|score| !score.is_finite()) {
            return Ok(self.ballot(true, Confidence::FULL, format!("a score of what stands is {score}")));
        }
        let (mut sum, mut squares) = (0.0, 0.0);
        for (ours, theirs) in candidate.iter().zip(incumbent) {
            let difference = ours - theirs - self.margin;
            sum += difference;
            squares += difference * difference;
        }
        let z = if squares > 0.0 { sum.abs() / squares.sqrt() } else { 0.0 };
        let reason = format!("{:.4} against {:.4} on {}", mean(candidate), mean(incumbent), pairs(candidate.len()));
        Ok(self.ballot(sum > 0.0, Confidence::from_share(normal(z)), reason))
    }

    /// The vote against a candidate that could not be judged.
    #[must_use]
    pub fn against(&self, reason: impl Into<String>) -> Ballot {
        self.ballot(false, Confidence::FULL, reason.into())
    }

    fn ballot(&self, accept: bool, confidence: Confidence, reason: String) -> Ballot {
        Ballot { voter: self.name.clone(), accept, confidence, reason }
    }
}

fn mean(scores: &[f64]) -> f64 {
    scores.iter().sum::<f64>() / scores.len() as f64
}

fn pairs(count: usize) -> String {
    if count == 1 { "1 pair".to_owned() } else { format!("{count} pairs") }
}

/// The probability that a standard normal variable is at most `z`, for z >= 0; to 2e-7.
///
/// Source: Abramowitz and Stegun, "Handbook of Mathematical Functions", 1964, 26.2.19. It needs no exponential, so its
/// bits are the same on every machine.
fn normal(z: f64) -> f64 {
    const COEFFICIENTS: [f64; 7] =
        [1.0, 0.049_867_347_0, 0.021_141_006_1, 0.003_277_626_3, 0.000_038_003_6, 0.000_048_890_6, 0.000_005_383_0];
    let sum = COEFFICIENTS.iter().rev().fold(0.0, |sum, coefficient| sum * z + coefficient);
    let square = sum * sum;
    let eighth = square * square * square * square;
    1.0 - 0.5 / (eighth * eighth)
}

#[cfg(test)]
mod tests;
