//! Scales: where a value lies between two ends, and which values deserve a tick.

use mabeam::Direction;

use super::notation::{grouped, number};

/// A value worth a tick, and how it is written.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Tick {
    pub(super) value: f64,
    pub(super) label: String,
}

/// The values between two ends, evenly spaced or evenly in their logarithm.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Scale {
    low: f64,
    high: f64,
    is_log: bool,
}

/// How many steps of ticks are ever tried: a guard against steps too small to change a large number.
const MOST_TICKS: usize = 64;

impl Scale {
    /// From `low` to `high`; ends that are equal or not finite are moved apart.
    pub(super) fn linear(low: f64, high: f64) -> Self {
        let (low, high) = apart(low, high);
        Self { low, high, is_log: false }
    }

    /// The same, even in the logarithm; a range that does not lie above zero becomes an even one.
    pub(super) fn log(low: f64, high: f64) -> Self {
        if low > 0.0 && low < high && high.is_finite() {
            Self { low, high, is_log: true }
        } else if low > 0.0 && low == high && high.is_finite() {
            Self { low: low / 2.0, high: (high * 2.0).min(f64::MAX), is_log: true }
        } else {
            Self::linear(low, high)
        }
    }

    /// Where `value` lies, from 0 at the low end to 1 at the high one; what lies beyond counts as the nearer end.
    pub(super) fn place(&self, value: f64) -> f64 {
        let place = if self.is_log {
            (value.ln() - self.low.ln()) / (self.high.ln() - self.low.ln())
        } else {
            // Halves, because the distance between two finite numbers may not be finite.
            (value / 2.0 - self.low / 2.0) / (self.high / 2.0 - self.low / 2.0)
        };
        if place.is_nan() { 0.0 } else { place.clamp(0.0, 1.0) }
    }

    /// Round values between the ends, rising: multiples of 1, 2 or 5 times a power of ten, or of a logarithmic scale
    /// the powers themselves; about as many as `about`, never more than twice that.
    pub(super) fn ticks(&self, about: usize) -> Vec<Tick> {
        let about = about.clamp(2, MOST_TICKS / 2);
        if self.is_log {
            let ticks = self.log_ticks(about);
            if ticks.len() >= 2 {
                return ticks;
            }
        }
        self.linear_ticks(about)
    }

    fn linear_ticks(&self, about: usize) -> Vec<Tick> {
        let span = self.high / about as f64 - self.low / about as f64;
        // A range that lies between two multiples of a step as large as itself holds one of half that step.
        let steps = [round_step(span), round_step(span / 2.0), round_step(span / 4.0)];
        steps
            .into_iter()
            .map(|step| self.multiples(step, 2 * about))
            .find(|ticks| !ticks.is_empty())
            .unwrap_or_default()
    }

    /// The multiples of `step` between the ends, at most so many.
    fn multiples(&self, step: f64, most: usize) -> Vec<Tick> {
        // A multiple that misses an end by the last bits counts as the end.
        let slack = step * 1e-6;
        let first = ((self.low - slack) / step).ceil();
        let mut ticks: Vec<Tick> = Vec::new();
        for n in 0..most {
            let value = (first + n as f64) * step;
            if value > self.high + slack || !value.is_finite() {
                break;
            }
            let value = value.clamp(self.low, self.high);
            if ticks.last().is_none_or(|last| last.value < value) {
                // Minus zero would be written with its sign.
                ticks.push(Tick { value: value + 0.0, label: label(value + 0.0, step) });
            }
        }
        ticks
    }

    fn log_ticks(&self, about: usize) -> Vec<Tick> {
        let (bottom, top) = (self.low.log10().floor() as i32, self.high.log10().ceil() as i32);
        let decades = (self.high / self.low).log10();
        let mantissas: &[f64] = match about as f64 / decades.max(0.01) {
            per_decade if per_decade >= 2.5 => &[1.0, 2.0, 5.0],
            per_decade if per_decade >= 1.6 => &[1.0, 3.0],
            _ => &[1.0],
        };
        let every = (decades / about as f64).ceil().max(1.0) as i32;
        let powers = (bottom..=top).filter(|power| power.rem_euclid(every) == 0);
        let ticks = powers.flat_map(|power| {
            // Read as it is written: a product with a power of ten may miss it by a bit.
            mantissas.iter().filter_map(move |mantissa| format!("{mantissa}e{power}").parse::<f64>().ok())
        });
        ticks
            .filter(|value| (self.low..=self.high).contains(value))
            .map(|value| Tick { value, label: number(value) })
            .take(2 * about)
            .collect()
    }
}

/// The smallest of 1, 2, 5 times a power of ten that is not below `rough`.
fn round_step(rough: f64) -> f64 {
    let power = rough.log10().floor() as i32;
    let candidates = [(1, power), (2, power), (5, power), (1, power + 1)];
    let steps = candidates.iter().filter_map(|(mantissa, power)| format!("{mantissa}e{power}").parse::<f64>().ok());
    steps.filter(|step| *step > 0.0).find(|step| *step >= rough).unwrap_or(rough)
}

/// Writes a multiple of `step` with the digits that tell it from its neighbours, and no more.
fn label(value: f64, step: f64) -> String {
    if value == 0.0 {
        return "0".to_owned();
    }
    let decimals = (-step.log10().floor()).max(0.0) as usize;
    if value.abs() >= 1e7 || decimals > 5 {
        let digits = (value.abs().log10().floor() - step.log10().floor()).clamp(0.0, 15.0) as usize;
        return format!("{value:.digits$e}");
    }
    if decimals == 0 { grouped(value) } else { format!("{value:.decimals$}") }
}

/// Two finite ends, the first below the second.
fn apart(low: f64, high: f64) -> (f64, f64) {
    let low = if low.is_finite() { low } else { 0.0 };
    let high = if high.is_finite() { high } else { low };
    if low < high {
        return (low, high);
    }
    // A tenth of its size to either side; a number at the end of the range has room on one side only.
    let margin = if low == 0.0 { 1.0 } else { (low.abs() / 10.0).max(f64::MIN_POSITIVE) };
    ((low - margin).max(f64::MIN), (low + margin).min(f64::MAX))
}

/// The range that an axis of values shows.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Range {
    pub(super) low: f64,
    pub(super) high: f64,
    /// How many values lie beyond its worse end.
    pub(super) beyond: usize,
}

impl Range {
    /// The range of `values` with a small margin, and `None` without values.
    ///
    /// Where a few are far worse than all others (below the lower quartile by more than three times the distance
    /// between the quartiles: Tukey's outer fence), the range ends before them, so that differences among the good
    /// ones stay visible.
    pub(super) fn of(values: impl IntoIterator<Item = f64>, direction: Direction) -> Option<Self> {
        // Turned so that larger is better.
        let mut sorted: Vec<f64> =
            values.into_iter().filter(|value| value.is_finite()).map(|value| direction.oriented(value)).collect();
        sorted.sort_by(f64::total_cmp);
        let (worst, best) = (*sorted.first()?, *sorted.last()?);
        let (lower, upper) = (sorted[sorted.len() / 4], sorted[sorted.len() * 3 / 4]);
        let fence = lower - 3.0 * (upper - lower);
        let is_fenced = sorted.len() >= 8 && upper > lower && fence.is_finite();
        let beyond = if is_fenced { sorted.partition_point(|value| *value < fence) } else { 0 };
        let bottom = if beyond > 0 { sorted[beyond] } else { worst };
        let (bottom, top) = if bottom < best { (bottom, best) } else { apart(bottom, best) };
        let margin = top / 25.0 - bottom / 25.0;
        let (bottom, top) = ((bottom - margin).max(f64::MIN), (top + margin).min(f64::MAX));
        Some(match direction {
            Direction::Maximize => Self { low: bottom, high: top, beyond },
            Direction::Minimize => Self { low: -top, high: -bottom, beyond },
        })
    }
}

#[cfg(test)]
mod tests;
