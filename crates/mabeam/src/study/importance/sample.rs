//! What a forest learns from: the places of trials in the unit cube, and their values on one rung.

use foundation_core::port::entropy::RandomStream;

use super::super::space::{Parameter, SearchSpace};
use super::super::state::{StudyState, Trial};

/// A side of the cube.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Axis {
    /// Values with an order.
    Ordered,
    /// So many options without one, each with an equal share of the side.
    Options(usize),
}

impl Axis {
    fn of(parameter: &Parameter) -> Self {
        parameter.categories().map_or(Self::Ordered, Self::Options)
    }

    /// The option at a place.
    pub(super) fn option_at(options: usize, unit: f64) -> usize {
        ((unit * options as f64) as usize).min(options.saturating_sub(1))
    }
}

/// Trials with a value.
pub(super) struct Sample {
    pub(super) axes: Vec<Axis>,
    /// The values, moved and scaled so that their mean is 0 and none is farther from it than 1.
    pub(super) values: Vec<f64>,
    /// What one unit of the scaled values is.
    pub(super) scale: f64,
    /// How many trials have a value, those that are not looked at included.
    pub(super) known: usize,
    /// Row after row; `None` where the parameter is not there.
    places: Vec<Option<f64>>,
}

impl Sample {
    pub(super) fn of(state: &StudyState, rung: usize, most: usize) -> Self {
        let space = &state.config().space;
        let mut found: Vec<(&Trial, f64)> =
            state.trials().iter().filter_map(|trial| Some((trial, value_on(trial, rung)?))).collect();
        let known = found.len();
        if known > most {
            // The trials at the ends of equally long stretches.
            found = (0..most).map(|at| found[at * known / most]).collect();
        }
        let values: Vec<f64> = found.iter().map(|(_, value)| *value).collect();
        let (values, scale) = scaled(values);
        let places = found.iter().flat_map(|(trial, _)| places(space, trial)).collect();
        Self { axes: space.parameters().iter().map(Axis::of).collect(), values, scale, known, places }
    }

    /// How many trials are looked at.
    pub(super) fn len(&self) -> usize {
        self.values.len()
    }

    /// The coordinates, row after row. Where a parameter is not there it gets a random one: the value does not hang on
    /// it.
    pub(super) fn points(&self, random: &mut RandomStream) -> Vec<f64> {
        self.places.iter().map(|place| place.unwrap_or_else(|| random.next_f64())).collect()
    }
}

fn places(space: &SearchSpace, trial: &Trial) -> Vec<Option<f64>> {
    let place = |parameter: &Parameter| parameter.unit_of(trial.params.get(parameter.name())?);
    space.parameters().iter().map(place).collect()
}

fn value_on(trial: &Trial, rung: usize) -> Option<f64> {
    trial
        .rungs
        .iter()
        .find(|reached| reached.rung == rung)
        .map(|reached| reached.value)
        .filter(|value| value.is_finite())
}

/// The rung on which most trials have a value, the higher one of two with as many.
pub(super) fn fullest_rung(state: &StudyState) -> Option<usize> {
    let on = |rung: usize| state.trials().iter().filter(|trial| value_on(trial, rung).is_some()).count();
    (0..state.config().schedule.rungs().len()).max_by_key(|rung| (on(*rung), *rung))
}

/// Values around 0 within -1 and 1, and the factor that leads back.
fn scaled(values: Vec<f64>) -> (Vec<f64>, f64) {
    let n = values.len().max(1) as f64;
    // Each part alone, because the sum of finite numbers may not be finite.
    let mean: f64 = values.iter().map(|value| value / n).sum();
    let largest = values.iter().map(|value| (value / 2.0 - mean / 2.0).abs()).fold(0.0, f64::max);
    if largest == 0.0 {
        return (vec![0.0; values.len()], 1.0);
    }
    let scaled = values.iter().map(|value| (value / 2.0 - mean / 2.0) / largest).collect();
    (scaled, (largest * 2.0).min(f64::MAX))
}
