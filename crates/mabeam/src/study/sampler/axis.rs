//! One coordinate of the unit cube in which samplers work, and draws along it.

use foundation_core::port::entropy::RandomStream;

use crate::study::space::{Parameter, Params, SearchSpace, numeric};

/// One coordinate of the cube.
#[derive(Clone, Debug)]
pub(super) struct Axis<'a> {
    parameter: &'a Parameter,
    categories: Option<usize>,
}

impl<'a> Axis<'a> {
    pub(super) fn of(parameter: &'a Parameter) -> Self {
        Self { parameter, categories: parameter.categories() }
    }

    /// The axes of a space, in its order.
    pub(super) fn all(space: &'a SearchSpace) -> Vec<Self> {
        space.parameters().iter().map(Self::of).collect()
    }

    /// The number of its values if they have no order.
    pub(super) fn categories(&self) -> Option<usize> {
        self.categories
    }

    /// The middle of the cell in which `unit` lies: the place of the value that would be run.
    pub(super) fn snapped(&self, unit: f64) -> f64 {
        self.parameter.unit_of(&self.parameter.value_at(unit)).unwrap_or(unit)
    }

    /// A place a normally distributed step of this `width` away from `place`; a category gives way to another one with
    /// the probability `change`.
    pub(super) fn near(&self, place: f64, width: f64, change: f64, random: &mut RandomStream) -> f64 {
        match self.categories {
            None => self.snapped(cut_normal(place, width, random)),
            Some(categories) if random.next_f64() < change => other_category(place, categories, random),
            Some(_) => place,
        }
    }
}

/// The coordinates of all `points` in a row; a point that is not of this space is left out.
pub(super) fn places<'a>(space: &SearchSpace, points: impl Iterator<Item = &'a Params>) -> Vec<f64> {
    let mut all = Vec::new();
    let mut units = vec![0.0; space.parameters().len()];
    for params in points {
        if space.write_units(params, &mut units) {
            all.extend_from_slice(&units);
        }
    }
    all
}

/// One of the other categories, each alike.
pub(super) fn other_category(place: f64, categories: usize, random: &mut RandomStream) -> f64 {
    let n = categories as f64;
    // Steps on by 1 to n - 1 cells, around the end, to the middle of a cell.
    let cell = (place * n) as u32;
    let steps = 1 + random.below(u32::try_from(categories).unwrap_or(u32::MAX).saturating_sub(1));
    (f64::from((cell + steps) % (categories as u32)) + 0.5) / n
}

/// Draws from the normal distribution around `place`, cut to the unit interval.
pub(super) fn cut_normal(place: f64, width: f64, random: &mut RandomStream) -> f64 {
    // With `place` inside and a width of at most 1, a third of the draws lie inside: the bound is never met in practice.
    for _ in 0..64 {
        let unit = place + width * normal(random);
        if (0.0..=1.0).contains(&unit) {
            return unit;
        }
    }
    place
}

/// Draws from the standard normal distribution (the polar method of Marsaglia and Bray, 1964).
pub(super) fn normal(random: &mut RandomStream) -> f64 {
    loop {
        let x = 2.0 * random.next_f64() - 1.0;
        let y = 2.0 * random.next_f64() - 1.0;
        let square = x * x + y * y;
        if square > 0.0 && square < 1.0 {
            return x * (-2.0 * numeric::ln(square) / square).sqrt();
        }
    }
}

#[cfg(test)]
mod tests;
