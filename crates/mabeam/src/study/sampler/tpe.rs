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
use super::taken::{self, Taken};
use super::{History, Observation, Request, Sampler};
use crate::study::space::{Params, SearchSpace};

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
        let settings = &self.settings;
        let Some((good, bad)) = self.split(space, history) else {
            return taken::draw_free(request, settings.max_bad as usize, random);
        };
        let axes = Axis::all(space);
        let units = if settings.multivariate {
            let taken = Taken::of(space, history, settings.max_bad as usize);
            propose(&axes, &good, &bad, &|units| space.impute(units), &taken, settings, random)
        } else {
            let column = |points: &[f64], at: usize| -> Vec<f64> {
                points.iter().skip(at).step_by(axes.len()).copied().collect()
            };
            let alone = |(at, axis)| {
                let axis = std::slice::from_ref(axis);
                propose(axis, &column(&good, at), &column(&bad, at), &|_| {}, &Taken::default(), settings, random)
            };
            axes.iter().enumerate().flat_map(alone).collect()
        };
        space.params_at(&units)
    }
}

/// The candidate with the largest ratio, the first drawn among equals.
///
/// `impute` sets the coordinates that mean nothing where a candidate lies, as they are set in the points known. A
/// candidate that is being measured comes after one that was measured, and this after all others. If every candidate
/// is one of these, as many are drawn evenly over the space; only if these are taken as well is a point proposed twice.
fn propose(
    axes: &[Axis],
    good: &[f64],
    bad: &[f64],
    impute: &dyn Fn(&mut [f64]),
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
        let mut candidate = if drawn < settings.candidates { good.draw(random) } else { good.draw_evenly(random) };
        impute(&mut candidate);
        let worth = taken.worth(&candidate);
        // The ratio to beat: none where the worth decides.
        let other = match &best {
            Some((other_worth, ..)) if worth < *other_worth => continue,
            Some((other_worth, other, _)) if worth == *other_worth => Some(*other),
            _ => None,
        };
        let above = good_density.density(&candidate);
        let is_lost = |below: f64| other.is_some_and(|other| above / below < other);
        let Some(below) = bad.density_unless(&candidate, is_lost) else { continue };
        let ratio = above / below;
        if other.is_none_or(|other| ratio > other) {
            best = Some((worth, ratio, candidate));
        }
    }
    best.map(|(_, _, candidate)| candidate).unwrap_or_default()
}

/// The highest rung that `points` of the trials have reached, and the lowest there is if there is none such.
fn largest_rung_with(history: &History, points: u32) -> u32 {
    // The rung comes first in the order of merit.
    history.best_first().take((points as usize).max(1)).last().map_or(0, |one| one.rung)
}

#[cfg(test)]
mod tests;
