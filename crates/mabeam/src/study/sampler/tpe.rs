//! The tree-structured Parzen estimator: draw where good trials are dense and bad ones are not.
//!
//! Sources: Bergstra, Bardenet, Bengio and Kégl, "Algorithms for hyper-parameter optimization", NIPS 2011, for the
//! split into good and bad and the ratio of their densities; Falkner, Klein and Hutter, "BOHB", ICML 2018, for one
//! density over all parameters together and for the model on a high rung.

mod parzen;
mod settings;

use std::cmp::Reverse;

use foundation_core::Result;
use foundation_core::port::entropy::RandomStream;

use self::parzen::Parzen;
pub use self::settings::{Bandwidth, RungRule, TpeSettings};
use super::axis::{Axis, places};
use super::{History, Observation, Request, Sampler};
use crate::study::space::{Domain, Params, SearchSpace};

/// Proposes where the density of the good trials most exceeds that of the others.
///
/// Each proposal sorts the trials by merit, calls the best share of them good, lays a kernel on every trial of either
/// side, draws some candidates from the good side and takes the one with the largest ratio of the two densities.
/// Trials that failed and trials that are still pending count as bad, so that parallel trials spread out. In a space
/// without floats the latest trials (as many as [`TpeSettings::max_bad`]) are not proposed again while others are left.
#[derive(Clone, Debug, Default)]
pub struct TpeSampler {
    settings: TpeSettings,
}

impl TpeSampler {
    /// A sampler with these settings.
    ///
    /// # Errors
    /// As [`TpeSettings::check`].
    pub fn new(settings: TpeSettings) -> Result<Self> {
        settings.check()?;
        Ok(Self { settings })
    }

    /// The settings.
    #[must_use]
    pub fn settings(&self) -> &TpeSettings {
        &self.settings
    }

    /// Splits what is known into the places of the good and of the bad, each a run of coordinates.
    fn split(&self, space: &SearchSpace, history: &History) -> Option<(Vec<f64>, Vec<f64>)> {
        let settings = &self.settings;
        if history.usable() < settings.startup as usize {
            return None;
        }
        let max_bad = settings.max_bad as usize;
        let latest = |n: usize| history.pending().rev().take(n).map(|one| one.params);
        let (mut good, mut bad): (Vec<&Observation>, Vec<&Observation>);
        match settings.rungs {
            RungRule::HighestFirst => {
                good = history.best_first().take(settings.n_good(history.usable())).collect();
                let last = *good.last()?;
                let is_bad = |one: &&Observation| one.by_merit(last).is_gt();
                bad = history.observations().rev().filter(is_bad).take(max_bad).collect();
            }
            RungRule::Largest { points } => {
                // More than this many are never looked at, however many trials the rung has.
                let most = settings.most_good_of().saturating_add(max_bad);
                let least = largest_rung_with(history, points);
                good = history.best_first().take(most).take_while(|one| one.rung >= least).collect();
                bad = good.split_off(settings.n_good(good.len()).min(good.len()));
                bad.truncate(max_bad);
            }
        }
        // The kernels are summed in the order of trials, whatever the order of their merit.
        good.sort_unstable_by_key(|one| one.trial);
        bad.sort_unstable_by_key(|one| one.trial);
        Some((
            places(space, good.iter().map(|one| &one.params)),
            places(space, bad.iter().map(|one| &one.params).chain(latest(max_bad))),
        ))
    }
}

impl Sampler for TpeSampler {
    fn name(&self) -> &'static str {
        "tpe"
    }

    fn settings(&self) -> serde_json::Value {
        super::settings::write(&self.settings)
    }

    fn suggest(&self, request: &Request<'_>, random: &mut RandomStream) -> Params {
        let Request { space, history, .. } = *request;
        let Some((good, bad)) = self.split(space, history) else {
            return super::RandomSampler.suggest(request, random);
        };
        let axes = Axis::all(space);
        let settings = &self.settings;
        let units = if settings.multivariate {
            // Where there are finitely many points, what was measured once need not be measured again.
            let measured = if is_finite(space) { settings.max_bad as usize } else { 0 };
            let taken = Taken {
                pending: places(space, history.pending().map(|one| one.params)),
                measured: places(space, history.observations().rev().take(measured).map(|one| &one.params)),
            };
            propose(&axes, &good, &bad, &taken, settings, random)
        } else {
            let column = |points: &[f64], at: usize| -> Vec<f64> {
                points.iter().skip(at).step_by(axes.len()).copied().collect()
            };
            let alone = |(at, axis)| {
                let axis = std::slice::from_ref(axis);
                propose(axis, &column(&good, at), &column(&bad, at), &Taken::default(), settings, random)
            };
            axes.iter().enumerate().flat_map(alone).collect()
        };
        space.params_at(&units)
    }
}

/// Points that are not worth proposing again, as runs of coordinates.
#[derive(Debug, Default)]
struct Taken {
    pending: Vec<f64>,
    measured: Vec<f64>,
}

impl Taken {
    /// What a candidate is worth that is neither.
    const FREE: Reverse<u8> = Reverse(0);

    /// What `candidate` is worth as far as it is known already.
    fn worth(&self, candidate: &[f64]) -> Reverse<u8> {
        let is_among = |points: &[f64]| points.chunks_exact(candidate.len()).any(|point| point == candidate);
        if is_among(&self.pending) {
            Reverse(2)
        } else if is_among(&self.measured) {
            Reverse(1)
        } else {
            Self::FREE
        }
    }
}

/// The candidate with the largest ratio, the first drawn among equals.
///
/// A candidate that is being measured comes after one that was measured, and this after all others. If every candidate
/// is one of these, as many are drawn evenly over the space; only if these are taken as well is a point proposed twice.
fn propose(
    axes: &[Axis],
    good: &[f64],
    bad: &[f64],
    taken: &Taken,
    settings: &TpeSettings,
    random: &mut RandomStream,
) -> Vec<f64> {
    let good = Parzen::new(axes, good, settings);
    let mut bad = Parzen::new(axes, bad, settings);
    let mut good_density = good.clone();
    let mut best: Option<(Reverse<u8>, f64, Vec<f64>)> = None;
    for drawn in 0..2 * settings.candidates {
        let found_free = best.as_ref().is_some_and(|(worth, ..)| *worth == Taken::FREE);
        if drawn >= settings.candidates && found_free {
            break;
        }
        let candidate = if drawn < settings.candidates { good.draw(random) } else { good.draw_evenly(random) };
        let worth = taken.worth(&candidate);
        let ratio = good_density.density(&candidate) / bad.density(&candidate);
        let better = match &best {
            None => true,
            Some((other_worth, other, _)) => worth > *other_worth || (worth == *other_worth && ratio > *other),
        };
        if better {
            best = Some((worth, ratio, candidate));
        }
    }
    best.map(|(_, _, candidate)| candidate).unwrap_or_default()
}

/// Whether every parameter has finitely many values, so that a point may be proposed a second time.
fn is_finite(space: &SearchSpace) -> bool {
    space.parameters().iter().all(|parameter| !matches!(parameter.domain(), Domain::Float { .. }))
}

/// The highest rung that `points` of the trials have reached, and the lowest there is if there is none such.
fn largest_rung_with(history: &History, points: u32) -> u32 {
    // The rung comes first in the order of merit.
    history.best_first().take((points as usize).max(1)).last().map_or(0, |one| one.rung)
}

#[cfg(test)]
mod tests;
