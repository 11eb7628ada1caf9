//! Products of small matrices, with the same bits on every processor.
//!
//! Each number of a product is the sum of its terms in their order, each added by a fused multiplication. How many such
//! sums run side by side depends on the processor, what they are does not; one without fused multiplications computes
//! them slowly.
//!
//! The left matrix is read in bands of [`ROWS`] rows, the right one in registers of columns, after Goto and van de Geijn,
//! "Anatomy of high-performance matrix multiplication" (2008). Their blocks for caches are left out: what one step of
//! these networks reads fits the second cache.

use pulp::{Arch, Simd, WithSimd};

/// How many rows are computed at a time: as many sums as hide the time that a multiplication takes, and no more than
/// there are registers, of which processors have 16 or, where they are wider, 32.
const ROWS: usize = 8;

/// A matrix in a slice, row after row or column after column.
#[derive(Clone, Copy, Debug)]
pub(super) struct Left<'a> {
    numbers: &'a [f32],
    rows: usize,
    depth: usize,
    is_transposed: bool,
}

impl<'a> Left<'a> {
    /// The matrix whose rows have `depth` numbers each.
    pub(super) fn of(numbers: &'a [f32], depth: usize) -> Self {
        Self { numbers, rows: numbers.len() / depth, depth, is_transposed: false }
    }

    /// The transpose of the matrix whose rows have `rows` numbers each.
    pub(super) fn transpose_of(numbers: &'a [f32], rows: usize) -> Self {
        Self { numbers, rows, depth: numbers.len() / rows, is_transposed: true }
    }

    /// Writes a band of [`ROWS`] rows from `row` on, one column after the other. In place of rows that there are not
    /// stands anything.
    #[inline(always)]
    fn band(&self, row: usize, band: &mut [[f32; ROWS]]) {
        if self.is_transposed {
            for (column, numbers) in band.iter_mut().zip(self.numbers.chunks_exact(self.rows)) {
                let rest = &numbers[row..];
                match rest.first_chunk() {
                    Some(whole) => *column = *whole,
                    None => column[..rest.len()].copy_from_slice(rest),
                }
            }
        } else {
            let mut rows = self.numbers[row * self.depth..].chunks_exact(self.depth);
            let last = rows.clone().next_back().unwrap_or_default();
            let mut next = || &rows.next().unwrap_or(last)[..band.len()];
            // Each by its name: written as `map` over an array, they go through memory.
            let (a, b, c, d, e, f, g, h) = (next(), next(), next(), next(), next(), next(), next(), next());
            for (at, column) in band.iter_mut().enumerate() {
                *column = [a[at], b[at], c[at], d[at], e[at], f[at], g[at], h[at]];
            }
        }
    }
}

/// Turns the matrix whose rows have `columns` numbers into its transpose.
pub(super) fn transpose(numbers: &[f32], columns: usize, into: &mut [f32]) {
    let rows = numbers.len() / columns;
    for (column, into) in into.chunks_exact_mut(rows).enumerate() {
        for (number, row) in into.iter_mut().zip(numbers.chunks_exact(columns)) {
            *number = row[column];
        }
    }
}

/// What becomes of a sum.
#[derive(Clone, Copy, Debug)]
pub(super) enum Then {
    /// It is multiplied by this and written.
    Write(f32),
    /// It is added to what is there.
    Add,
}

/// Room for what is read again and again: a band of the left matrix, and the columns of the right one that fill no
/// register, with zeros behind them.
#[derive(Debug, Default)]
pub(super) struct Packed {
    band: Vec<[f32; ROWS]>,
    rest: Vec<f32>,
}

/// Multiplies `left` by the matrix `right`, whose rows have `columns` numbers each, into one of such rows.
pub(super) fn product(
    arch: Arch,
    packed: &mut Packed,
    left: Left<'_>,
    right: &[f32],
    columns: usize,
    then: Then,
    into: &mut [f32],
) {
    arch.dispatch(Product { left, right, columns, then, into, packed });
}

struct Product<'a> {
    left: Left<'a>,
    right: &'a [f32],
    columns: usize,
    then: Then,
    into: &'a mut [f32],
    packed: &'a mut Packed,
}

impl WithSimd for Product<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self { left, right, columns, then, into, packed: Packed { band, rest } } = self;
        let band = first(band, left.depth, [0.0; ROWS]);
        let whole = columns - columns % S::F32_LANES;
        let rest = first(rest, if whole < columns { left.depth * S::F32_LANES } else { 0 }, 0.0);
        for (row, rest) in right.chunks_exact(columns).zip(S::as_mut_simd_f32s(rest).0) {
            *rest = simd.partial_load_f32s(&row[whole..]);
        }
        let right = Right { numbers: right, columns, whole, rest };
        for (number, into) in into.chunks_mut(ROWS * columns).enumerate() {
            left.band(number * ROWS, band);
            right.multiply(simd, band, then, into);
        }
    }
}

/// The first `n` of `room`, which grows to hold them and never shrinks: what stood there is written over.
#[inline(always)]
fn first<T: Copy>(room: &mut Vec<T>, n: usize, filling: T) -> &mut [T] {
    if room.len() < n {
        room.resize(n, filling);
    }
    &mut room[..n]
}

/// The right matrix.
struct Right<'a> {
    numbers: &'a [f32],
    columns: usize,
    /// How many columns fill registers.
    whole: usize,
    /// The others.
    rest: &'a [f32],
}

impl Right<'_> {
    /// Multiplies a band of rows of the left one.
    #[inline(always)]
    fn multiply<S: Simd>(&self, simd: S, band: &[[f32; ROWS]], then: Then, into: &mut [f32]) {
        let mut at = 0;
        if S::REGISTER_COUNT > 2 * ROWS {
            while at + 2 * S::F32_LANES <= self.whole {
                let sums = sums::<S, 2>(simd, band, self.numbers, self.columns, at);
                store(simd, &sums, then, self.columns, at, into);
                at += 2 * S::F32_LANES;
            }
        }
        while at < self.whole {
            let sums = sums::<S, 1>(simd, band, self.numbers, self.columns, at);
            store(simd, &sums, then, self.columns, at, into);
            at += S::F32_LANES;
        }
        if at < self.columns {
            let sums = sums::<S, 1>(simd, band, self.rest, S::F32_LANES, 0);
            store(simd, &sums, then, self.columns, at, into);
        }
    }
}

/// The sums of a band's rows at `N` registers of columns, from the column `at` on.
#[inline(always)]
fn sums<S: Simd, const N: usize>(
    simd: S,
    band: &[[f32; ROWS]],
    right: &[f32],
    columns: usize,
    at: usize,
) -> [[S::f32s; N]; ROWS] {
    let mut sums = [[simd.splat_f32s(0.0); N]; ROWS];
    for (left, row) in band.iter().zip(right.chunks_exact(columns)) {
        let (row, _) = S::as_simd_f32s(&row[at..][..N * S::F32_LANES]);
        for (sums, left) in sums.iter_mut().zip(left) {
            let left = simd.splat_f32s(*left);
            for (sum, right) in sums.iter_mut().zip(row) {
                *sum = simd.mul_add_f32s(left, *right, *sum);
            }
        }
    }
    sums
}

#[inline(always)]
fn store<S: Simd, const N: usize>(
    simd: S,
    sums: &[[S::f32s; N]; ROWS],
    then: Then,
    columns: usize,
    at: usize,
    into: &mut [f32],
) {
    let end = columns.min(at + N * S::F32_LANES);
    let mut rows = into.chunks_exact_mut(columns);
    let becomes = |place: S::f32s, sum: S::f32s| match then {
        Then::Write(share) => simd.mul_f32s(simd.splat_f32s(share), sum),
        Then::Add => simd.add_f32s(place, sum),
    };
    // Counted by a constant, so that the sums stay in their registers.
    for sums in sums {
        let Some(row) = rows.next() else { return };
        let row = &mut row[at..end];
        match S::as_mut_simd_f32s(row).0.first_chunk_mut::<N>() {
            Some(places) => {
                for (place, sum) in places.iter_mut().zip(sums) {
                    *place = becomes(*place, *sum);
                }
            }
            None => {
                let place = simd.partial_load_f32s(row);
                simd.partial_store_f32s(row, becomes(place, sums[0]));
            }
        }
    }
}

#[cfg(test)]
mod tests;
