//! The little linear algebra that samplers need, on square matrices that stand row by row in a slice.
//!
//! Every sum runs in an order that is written down here, never in one that a compiler or a processor chooses, so the
//! bits are the same on every machine.

/// Replaces the lower triangle of a symmetric matrix of `n` rows by its root (Cholesky); false where there is none.
pub(super) fn cholesky(matrix: &mut [f64], n: usize) -> bool {
    let mut lanes = [0.0; 8];
    for at in 0..n {
        let (above, rest) = matrix.split_at_mut(at * n);
        let row = &mut rest[..=at];
        for other in 0..at {
            let of_other = &above[other * n..other * n + other + 1];
            row[other] = (row[other] - dot(&row[..other], &of_other[..other], &mut lanes)) / of_other[other];
        }
        let square = row[at] - dot(&row[..at], &row[..at], &mut lanes);
        if square.is_nan() || square <= 0.0 {
            return false;
        }
        row[at] = square.sqrt();
    }
    true
}

/// The sum of the products, eight running sums beside each other.
fn dot(one: &[f64], two: &[f64], lanes: &mut [f64; 8]) -> f64 {
    lanes.fill(0.0);
    let (ones, twos) = (one.chunks_exact(8), two.chunks_exact(8));
    let rest: f64 = ones.remainder().iter().zip(twos.remainder()).map(|(a, b)| a * b).sum();
    for (a, b) in ones.zip(twos) {
        for (lane, (a, b)) in lanes.iter_mut().zip(a.iter().zip(b)) {
            *lane += a * b;
        }
    }
    lanes.iter().sum::<f64>() + rest
}

/// Replaces `vector`, which may be shorter than the matrix, by its solution under the lower triangle of `n` rows.
pub(super) fn solve_lower(root: &[f64], n: usize, vector: &mut [f64]) {
    let mut lanes = [0.0; 8];
    for at in 0..vector.len() {
        let (known, rest) = vector.split_at_mut(at);
        let row = &root[at * n..=at * n + at];
        rest[0] = (rest[0] - dot(&row[..at], known, &mut lanes)) / row[at];
    }
}

/// The product of the lower triangle of `n` rows and a vector.
pub(super) fn times_lower(root: &[f64], n: usize, vector: &[f64]) -> Vec<f64> {
    let mut lanes = [0.0; 8];
    (0..n).map(|at| dot(&root[at * n..=at * n + at], &vector[..=at], &mut lanes)).collect()
}

#[cfg(test)]
mod tests;
