//! The hyperbolic tangent and the softmax in plain additions, multiplications and divisions.
//!
//! Those of the standard library call the system's mathematical library, whose last bits differ between systems.

use pulp::NullaryFnOnce;

use crate::data::CLASSES;
use crate::hyperparameters::Activation;

/// Adds the offsets to rows of hidden units and applies the activation.
pub(super) struct Apply<'a> {
    pub(super) activation: Activation,
    pub(super) offsets: &'a [f32],
    pub(super) rows: &'a mut [f32],
}

impl NullaryFnOnce for Apply<'_> {
    type Output = ();

    #[inline(always)]
    fn call(self) {
        for row in self.rows.chunks_exact_mut(self.offsets.len()) {
            let pairs = row.iter_mut().zip(self.offsets);
            match self.activation {
                // Written so that NaN stays NaN.
                Activation::Relu => {
                    for (unit, offset) in pairs {
                        let sum = *unit + offset;
                        *unit = if sum < 0.0 { 0.0 } else { sum };
                    }
                }
                Activation::Tanh => {
                    for (unit, offset) in pairs {
                        *unit = tanh(*unit + offset);
                    }
                }
            }
        }
    }
}

/// Multiplies `errors` by the slope of the activation where it gave `units`.
pub(super) struct MultiplySlope<'a> {
    pub(super) activation: Activation,
    pub(super) units: &'a [f32],
    pub(super) errors: &'a mut [f32],
}

impl NullaryFnOnce for MultiplySlope<'_> {
    type Output = ();

    #[inline(always)]
    fn call(self) {
        let pairs = self.errors.iter_mut().zip(self.units);
        match self.activation {
            // A choice of two values and no jump, so that it runs in vector instructions.
            Activation::Relu => {
                for (error, unit) in pairs {
                    *error = if *unit <= 0.0 { 0.0 } else { *error };
                }
            }
            Activation::Tanh => {
                for (error, unit) in pairs {
                    *error *= 1.0 - unit * unit;
                }
            }
        }
    }
}

/// Turns each row of outputs into probabilities. An output that is no number, or infinite, makes its row NaN.
pub(super) struct Softmax<'a> {
    pub(super) rows: &'a mut [f32],
}

impl NullaryFnOnce for Softmax<'_> {
    type Output = ();

    #[inline(always)]
    fn call(self) {
        let (rows, _) = self.rows.as_chunks_mut::<CLASSES>();
        for rows in rows.chunks_mut(SIDE_BY_SIDE) {
            // Behind the last row stand zeros. Loops turn it: written as `map` over an array, each row is a call.
            let mut classes = [[0.0; SIDE_BY_SIDE]; CLASSES];
            for (class, places) in classes.iter_mut().enumerate() {
                for (place, row) in places.iter_mut().zip(&*rows) {
                    *place = row[class];
                }
            }
            softmax(&mut classes);
            for (at, row) in rows.iter_mut().enumerate() {
                for (place, class) in row.iter_mut().zip(&classes) {
                    *place = class[at];
                }
            }
        }
    }
}

/// How many rows are computed at a time, one in each place of a register.
const SIDE_BY_SIDE: usize = 16;

/// The softmax of rows that stand side by side.
#[inline(always)]
fn softmax(classes: &mut [[f32; SIDE_BY_SIDE]; CLASSES]) {
    let mut largest = [f32::NEG_INFINITY; SIDE_BY_SIDE];
    for outputs in &*classes {
        // A comparison and no `max`: compiled for AVX-512 by LLVM 22, that leaves out the last two of these outputs.
        for (largest, output) in largest.iter_mut().zip(outputs) {
            *largest = if *output > *largest { *output } else { *largest };
        }
    }
    let mut sums = [0.0; SIDE_BY_SIDE];
    for outputs in &mut *classes {
        for ((output, largest), sum) in outputs.iter_mut().zip(&largest).zip(&mut sums) {
            *output = exp_below_zero(*output - largest);
            *sum += *output;
        }
    }
    for outputs in classes {
        for (output, sum) in outputs.iter_mut().zip(&sums) {
            *output /= sum;
        }
    }
}

/// The hyperbolic tangent, to 1e-5: its continued fraction (Lambert, 1768) up to the ninth power.
#[inline(always)]
fn tanh(x: f32) -> f32 {
    // Beyond 6.3 the fraction is 1 to the last bits that count, and further out it would rise above.
    let x = x.clamp(-6.3, 6.3);
    let square = x * x;
    let above = x * (34_459_425.0 + square * (4_729_725.0 + square * (135_135.0 + square * (990.0 + square))));
    let below = 34_459_425.0 + square * (16_216_200.0 + square * (945_945.0 + square * (13_860.0 + 45.0 * square)));
    (above / below).clamp(-1.0, 1.0)
}

/// e to the power `x` for `x` <= 0, to 2e-7 of itself; below -87 it is 2e-38, and NaN stays NaN.
#[inline(always)]
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
