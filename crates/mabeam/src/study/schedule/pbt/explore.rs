//! A child's parameters: near its parent's, drawn from a stream of its own.

use foundation_core::port::entropy::RandomStream;

use super::Pbt;
use crate::study::space::{Domain, ParamValue, Parameter, Params, SearchSpace, numeric};

/// The streams of children: 5 in the three highest bits, where proposals have 4 and the market's rounds 6.
const CHILD_STREAM: u64 = 5 << 61;
/// How often a child's parameters are drawn until they are a point that is allowed.
const ATTEMPTS: u32 = 32;

/// The random numbers of a child, by its number.
pub(in crate::study) fn stream_of_child(seed: u64, trial: u64) -> RandomStream {
    RandomStream::new(seed, CHILD_STREAM | trial)
}

impl Pbt {
    /// Parameters near `parent`: numbers times 0.8 or 1.2, at least to the next value and never beyond their bounds;
    /// each parameter drawn anew once in a while, which is the only way for a choice or a switch to change.
    ///
    /// What breaks a constraint or is not `is_accepted` is drawn again; where nothing is found the child has its
    /// parent's parameters.
    pub(in crate::study) fn explore(
        &self,
        space: &SearchSpace,
        parent: &Params,
        random: &mut RandomStream,
        is_accepted: impl Fn(&Params) -> bool,
    ) -> Params {
        for _ in 0..ATTEMPTS {
            let units: Vec<f64> = space
                .parameters()
                .iter()
                .map(|parameter| match parent.get(parameter.name()) {
                    // It is not there beside the parent's others; it has to have a value where it comes to be.
                    None => random.next_f64(),
                    Some(value) => self.explore_one(parameter, value, random),
                })
                .collect();
            let params = space.params_at(&units);
            if space.satisfies(&params) && is_accepted(&params) {
                return params;
            }
        }
        parent.clone()
    }

    fn explore_one(&self, parameter: &Parameter, value: &ParamValue, random: &mut RandomStream) -> f64 {
        let unit = parameter.unit_of(value).unwrap_or(0.5);
        // Drawn in any case, so that a fixed parameter does not change what the others draw.
        let (is_resampled, is_up, anew) =
            (random.below(100) < self.resample_percent, random.below(2) == 1, random.next_f64());
        if self.fixed.iter().any(|fixed| fixed == parameter.name()) {
            unit
        } else if is_resampled {
            anew
        } else {
            moved(parameter, value, unit, if is_up { 1.2 } else { 0.8 })
        }
    }
}

/// Where `value` times `factor` lies, at least one value further where the parameter has steps.
fn moved(parameter: &Parameter, value: &ParamValue, unit: f64, factor: f64) -> f64 {
    let (number, low, high, log) = match (parameter.domain(), value) {
        (Domain::Int { low, high, log, .. }, ParamValue::Int(value)) => {
            (*value as f64, *low as f64, *high as f64, *log)
        }
        (Domain::Float { low, high, log, .. }, ParamValue::Float(value)) => (*value, *low, *high, *log),
        _ => return unit,
    };
    let mut distance = match log {
        true => numeric::ln(factor) / (numeric::ln(high) - numeric::ln(low)),
        false => (number * factor - number) / (high - low),
    };
    if distance == 0.0 {
        // Zero times anything is zero: it moves by a twentieth of the range instead.
        distance = if factor > 1.0 { 0.05 } else { -0.05 };
    }
    while parameter.value_at(unit + distance) == *value && (0.0..=1.0).contains(&(unit + distance)) {
        distance *= 2.0;
    }
    (unit + distance).clamp(0.0, 1.0)
}
