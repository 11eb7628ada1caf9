//! Numbers in equal steps: 0, 0.1, 0.2, … without the dust of binary fractions.

/// `2^53`: above it neighbouring whole numbers are one `f64`.
const LARGEST_EXACT: f64 = 9_007_199_254_740_992.0;

/// The numbers `low`, `low + step`, `low + 2 * step`, … that do not exceed `high`.
///
/// Where both `low` and `step` have few decimals, each value is the number nearest to the decimal one: the fourth of
/// 0, 0.1, … is 0.3 and not 0.30000000000000004, so that it reads and compares as people wrote it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct FloatGrid {
    low: f64,
    step: f64,
    /// The number of values.
    len: f64,
    /// The power of ten that makes whole numbers of `low` and `step`, if there is one that is exact.
    tens: Option<f64>,
}

impl FloatGrid {
    /// Lays the grid; the refusal says what is wrong with the step.
    pub(super) fn new(low: f64, high: f64, step: f64) -> Result<Self, String> {
        if step > high - low && step - (high - low) > 4.0 * f64::EPSILON * step {
            return Err(format!("step {step} leads from low {low} beyond high {high}"));
        }
        let steps = (high - low) / step;
        if low + step <= low || high - step >= high || steps >= LARGEST_EXACT {
            return Err(format!("step {step} is too small to tell neighbours between low {low} and high {high} apart"));
        }
        // A whole number of steps that rounding has moved a little is still whole.
        let nearest = steps.round();
        let whole = if (steps - nearest).abs() <= 4.0 * f64::EPSILON * steps { nearest } else { steps.floor() };
        let decimals = decimals_of(low).max(decimals_of(step));
        // Powers of ten are exact up to 10^22.
        let tens = (decimals <= 22).then(|| (0..decimals).fold(1.0, |tens, _| tens * 10.0));
        Ok(Self { low, step, len: whole + 1.0, tens })
    }

    /// The number of values, 2 or more.
    pub(super) fn len(&self) -> f64 {
        self.len
    }

    /// The value of that number, from 0; a number beyond the last one counts as the last.
    pub(super) fn value(&self, index: f64) -> f64 {
        let value = self.low + index.clamp(0.0, self.len - 1.0) * self.step;
        match self.tens {
            // Both are whole and exact, so their quotient is the number nearest to the decimal one.
            Some(tens) if (value * tens).abs() < LARGEST_EXACT => (value * tens).round() / tens,
            _ => value,
        }
    }

    /// The number of the value that is nearest to `value`.
    pub(super) fn nearest(&self, value: f64) -> f64 {
        ((value - self.low) / self.step).round().clamp(0.0, self.len - 1.0)
    }

    /// The number of `value`, if it is one of the grid's.
    pub(super) fn index_of(&self, value: f64) -> Option<f64> {
        let index = self.nearest(value);
        (self.value(index) == value).then_some(index)
    }

    /// The value of the grid that `value` means: it is off by less than a billionth of a step.
    pub(super) fn snapped(&self, value: f64) -> Option<f64> {
        let near = self.value(self.nearest(value));
        ((near - value).abs() <= 1e-9 * self.step).then_some(near)
    }
}

/// The decimals of the shortest decimal number that reads back as `value`.
fn decimals_of(value: f64) -> usize {
    // Display writes no exponent, and the fewest digits that tell the number apart.
    let written = value.to_string();
    written.split_once('.').map_or(0, |(_, decimals)| decimals.len())
}

#[cfg(test)]
mod tests;
