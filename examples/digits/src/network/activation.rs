//! The hyperbolic tangent and the softmax in plain additions, multiplications and divisions.
//!
//! Those of the standard library call the system's mathematical library, whose last bits differ between systems.

use ndarray::{Array1, ArrayView2, ArrayViewMut1, ArrayViewMut2, Zip};

use crate::hyperparameters::Activation;

/// Adds the offsets to a row of hidden units and applies the activation.
pub(super) fn apply(activation: Activation, offsets: &Array1<f32>, row: &mut ArrayViewMut1<'_, f32>) {
    match activation {
        // Written so that NaN stays NaN.
        Activation::Relu => Zip::from(row).and(offsets).for_each(|unit, offset| {
            let sum = *unit + offset;
            *unit = if sum < 0.0 { 0.0 } else { sum };
        }),
        Activation::Tanh => Zip::from(row).and(offsets).for_each(|unit, offset| *unit = tanh(*unit + offset)),
    }
}

/// Multiplies `errors` by the slope of the activation where it gave `units`.
pub(super) fn multiply_slope(activation: Activation, units: &ArrayView2<'_, f32>, errors: &mut ArrayViewMut2<'_, f32>) {
    match activation {
        // A choice of two values and no jump, so that it runs in vector instructions.
        Activation::Relu => {
            Zip::from(errors).and(units).for_each(|error, unit| *error = if *unit <= 0.0 { 0.0 } else { *error });
        }
        Activation::Tanh => Zip::from(errors).and(units).for_each(|error, unit| *error *= 1.0 - unit * unit),
    }
}

/// Turns outputs into probabilities. One that is no number, or infinite, makes all of them NaN.
pub(super) fn softmax(outputs: &mut ArrayViewMut1<'_, f32>) {
    let largest = outputs.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    outputs.mapv_inplace(|output| exp_below_zero(output - largest));
    let sum: f32 = outputs.iter().sum();
    outputs.mapv_inplace(|output| output / sum);
}

/// The hyperbolic tangent, to 1e-5: its continued fraction (Lambert, 1768) up to the ninth power.
#[inline]
fn tanh(x: f32) -> f32 {
    // Beyond 6.3 the fraction is 1 to the last bits that count, and further out it would rise above.
    let x = x.clamp(-6.3, 6.3);
    let square = x * x;
    let above = x * (34_459_425.0 + square * (4_729_725.0 + square * (135_135.0 + square * (990.0 + square))));
    let below = 34_459_425.0 + square * (16_216_200.0 + square * (945_945.0 + square * (13_860.0 + 45.0 * square)));
    (above / below).clamp(-1.0, 1.0)
}

/// e to the power `x` for `x` <= 0, to 2e-7 of itself; below -87 it is 2e-38, and NaN stays NaN.
#[inline]
fn exp_below_zero(x: f32) -> f32 {
    /// Adding and subtracting this rounds to the nearest integer.
    const ROUND: f32 = 12_582_912.0;
    let x = x.clamp(-87.0, 0.0);
    let rounded = x * std::f32::consts::LOG2_E + ROUND;
    let power = rounded - ROUND;
    // ln 2 in two parts, of which the first has few enough bits for an exact product.
    let rest = (x - power * 0.693_359_4) + power * 2.121_944_4e-4;
    let mut sum = 1.0 / 5_040.0;
    for factor in [1.0 / 720.0, 1.0 / 120.0, 1.0 / 24.0, 1.0 / 6.0, 0.5, 1.0, 1.0] {
        sum = sum * rest + factor;
    }
    sum * f32::from_bits((rounded.to_bits().wrapping_add(127) & 0xff) << 23)
}

#[cfg(test)]
mod tests;
