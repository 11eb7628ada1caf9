use foundation_core::port::entropy::RandomStream;

use super::{Left, Packed, Then, product, transpose};
use crate::network::tests::widths;

/// The sums in the order that is promised, one after the other.
fn plain(left: &[f32], right: &[f32], depth: usize, columns: usize) -> Vec<f32> {
    let rows = left.chunks_exact(depth);
    rows.flat_map(|row| {
        (0..columns).map(|column| {
            let right = right.iter().skip(column).step_by(columns);
            row.iter().zip(right).fold(0.0_f32, |sum, (left, right)| left.mul_add(*right, sum))
        })
    })
    .collect()
}

/// Every shape around the edges of bands and registers, upright and turned, to the last bit and in any width.
#[test]
fn a_product_is_the_sum_of_its_terms_in_their_order() {
    let mut random = RandomStream::new(5, 0);
    let mut numbers = |n: usize| -> Vec<f32> { (0..n).map(|_| random.next_f64() as f32 - 0.5).collect() };
    let mut packed = Packed::default();
    for rows in [1, 7, 8, 9, 24] {
        for columns in [1, 8, 10, 15, 16, 17, 32, 43, 64, 70] {
            for depth in [1, 10, 33] {
                let (left, right, before) = (numbers(rows * depth), numbers(depth * columns), numbers(rows * columns));
                let mut turned = vec![0.0; left.len()];
                transpose(&left, depth, &mut turned);
                let wanted = plain(&left, &right, depth, columns);
                for arch in widths() {
                    for left in [Left::of(&left, depth), Left::transpose_of(&turned, rows)] {
                        let case = format!("{rows} x {depth} x {columns}, {arch:?}, {left:?}");
                        let mut into = before.clone();
                        product(arch, &mut packed, left, &right, columns, Then::Write(0.3), &mut into);
                        assert!(into.iter().zip(&wanted).all(|(got, wanted)| *got == 0.3 * wanted), "{case}");
                        into.clone_from(&before);
                        product(arch, &mut packed, left, &right, columns, Then::Add, &mut into);
                        let sums = before.iter().zip(&wanted).map(|(before, wanted)| before + wanted);
                        assert!(into.iter().zip(sums).all(|(got, wanted)| *got == wanted), "{case}");
                    }
                }
            }
        }
    }
}
