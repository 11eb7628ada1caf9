//! Finds a point that keeps the constraints of a space.

use foundation_core::port::entropy::RandomStream;
use foundation_core::{Code, Error, Result};

use super::{Params, SearchSpace};

/// How often a point is drawn before the search for one that keeps all constraints is given up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Attempts {
    /// Proposals of the caller. Default 16. A caller that proposes the same point twice in a row is not asked again.
    pub proposals: u32,
    /// Draws that are even over the space, after those. Default 10,000: a space of whose points one in a thousand
    /// keeps the constraints fails this often with a probability of 5e-5.
    pub draws: u32,
}

impl Default for Attempts {
    fn default() -> Self {
        Self { proposals: 16, draws: 10_000 }
    }
}

impl SearchSpace {
    /// A point drawn evenly from the unit cube, whether or not it keeps the constraints.
    #[must_use]
    pub fn draw(&self, random: &mut RandomStream) -> Params {
        let units: Vec<f64> = self.parameters().iter().map(|_| random.next_f64()).collect();
        self.params_at(&units)
    }

    /// The first of the caller's proposals that keeps all constraints; if none does, the first such draw.
    ///
    /// Without constraints it is the first proposal, and `random` is where that proposal left it.
    ///
    /// # Errors
    /// [`Code::InvalidStudy`] when all attempts are used up, with the share of them that kept each constraint.
    pub fn feasible(
        &self,
        attempts: Attempts,
        random: &mut RandomStream,
        mut propose: impl FnMut(&mut RandomStream) -> Params,
    ) -> Result<Params> {
        let mut kept = vec![0_u32; self.constraints().len()];
        let (mut asked, mut drawn, mut last) = (0, 0, None);
        while asked < attempts.proposals || drawn < attempts.draws {
            let params = if asked < attempts.proposals {
                asked += 1;
                propose(random)
            } else {
                drawn += 1;
                self.draw(random)
            };
            let mut is_feasible = true;
            for (constraint, kept) in self.constraints().iter().zip(&mut kept) {
                let holds = constraint.holds(&params);
                *kept += u32::from(holds);
                is_feasible &= holds;
            }
            if is_feasible {
                return Ok(params);
            }
            if last.as_ref() == Some(&params) {
                asked = attempts.proposals;
            }
            last = Some(params);
        }
        let tried = asked.saturating_add(drawn);
        let share = |kept: &u32| f64::from(*kept) / f64::from(tried.max(1)) * 100.0;
        let shares: Vec<String> = self
            .constraints()
            .iter()
            .zip(&kept)
            .map(|(constraint, kept)| format!("`{constraint}` by {:.1} %", share(kept)))
            .collect();
        let what = format!(
            "draw a point that keeps the constraints: none of {tried} did; kept were {}",
            if shares.is_empty() { "none".to_owned() } else { shares.join(", ") }
        );
        Err(Error::new(Code::InvalidStudy, what)
            .advise("loosen the constraints, or narrow the ranges to where they can be kept"))
    }

    /// The share of `draws` even draws that keep all constraints: 1 where there is none.
    #[must_use]
    pub fn feasible_share(&self, draws: u32, random: &mut RandomStream) -> f64 {
        if self.constraints().is_empty() || draws == 0 {
            return 1.0;
        }
        let kept = (0..draws).filter(|_| self.satisfies(&self.draw(random))).count();
        kept as f64 / f64::from(draws)
    }
}

#[cfg(test)]
mod tests;
