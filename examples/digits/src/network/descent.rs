//! The passes over all weights of a layer.

use pulp::NullaryFnOnce;

/// One step of Nesterov's momentum, in the form of scikit-learn: the look ahead is part of the step.
pub(super) struct Descend<'a> {
    pub(super) weights: &'a mut [f32],
    pub(super) momentum: &'a mut [f32],
    pub(super) slopes: &'a [f32],
    pub(super) rate: f32,
    /// How much of the momentum is kept.
    pub(super) keep: f32,
    pub(super) penalty: f32,
}

impl NullaryFnOnce for Descend<'_> {
    type Output = ();

    #[inline(always)]
    fn call(self) {
        for ((weight, momentum), slope) in self.weights.iter_mut().zip(self.momentum).zip(self.slopes) {
            let change = self.rate * (slope + self.penalty * *weight);
            *momentum = self.keep * *momentum - change;
            *weight += self.keep * *momentum - change;
        }
    }
}

/// Writes the mean of the rows of a matrix.
pub(super) struct MeanOfRows<'a> {
    pub(super) matrix: &'a [f32],
    pub(super) mean: &'a mut [f32],
}

impl NullaryFnOnce for MeanOfRows<'_> {
    type Output = ();

    #[inline(always)]
    fn call(self) {
        let columns = self.mean.len();
        let share = 1.0 / (self.matrix.len() / columns) as f32;
        self.mean.fill(0.0);
        for row in self.matrix.chunks_exact(columns) {
            for (sum, value) in self.mean.iter_mut().zip(row) {
                *sum += share * value;
            }
        }
    }
}
