//! The digits and their three parts.

use std::fmt;

use smartcore::dataset::digits;

/// How many pixels a digit has: 8 by 8.
pub(crate) const PIXELS: usize = 64;

/// How many classes there are: 0 to 9.
pub(crate) const CLASSES: usize = 10;

/// The darkest pixel: pixels are divided by it.
const DARKEST: f32 = 16.0;

/// Some digits: one row of pixels in 0 to 1 each, one after the other, and what they show.
pub(crate) struct Part {
    pub(crate) pixels: Vec<f32>,
    pub(crate) labels: Vec<usize>,
}

impl fmt::Debug for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Part").field("digits", &self.labels.len()).finish_non_exhaustive()
    }
}

/// What a trainer may see.
#[derive(Debug)]
pub(crate) struct Seen {
    pub(crate) training: Part,
    pub(crate) validation: Part,
}

/// How many ways there are to deal out what may be seen: each of its four turns can be the one to choose by.
pub(crate) const SPLITS: usize = 4;

/// The split that a study trains and chooses by.
pub(crate) const STUDY_SPLIT: usize = 3;

/// Reads the parts to train and to choose by, where the digits of turn `split` are those to choose by.
pub(crate) fn seen(split: usize) -> Seen {
    Seen { training: part(|turn| turn < SPLITS && turn != split), validation: part(|turn| turn == split) }
}

/// Reads the part that is kept for the end.
pub(crate) fn unseen() -> Part {
    part(|turn| turn == SPLITS)
}

/// The digits whose turn is among `turns`: the k-th digit of a class, in the order of the data, has turn k mod 5. So the
/// classes are as frequent in each part as in the whole.
fn part(turns: impl Fn(usize) -> bool) -> Part {
    // The names of its features and targets are those of other data, hence only numbers are read.
    let all = digits::load_dataset();
    let mut dealt = [0_usize; CLASSES];
    let mut pixels = Vec::new();
    let mut labels = Vec::new();
    for (row, label) in all.data.chunks_exact(PIXELS).zip(&all.target) {
        // Whole numbers from 0 to 9.
        let label = (*label as usize).min(CLASSES - 1);
        let turn = dealt[label] % 5;
        dealt[label] += 1;
        if turns(turn) {
            pixels.extend(row.iter().map(|pixel| pixel / DARKEST));
            labels.push(label);
        }
    }
    Part { pixels, labels }
}

#[cfg(test)]
mod tests;
