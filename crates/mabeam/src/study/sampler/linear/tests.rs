use foundation_core::port::entropy::RandomStream;

use super::{cholesky, solve_lower, times_lower};

/// A matrix of `n` rows that has a root: the products of random rows, and something on the diagonal.
fn positive(n: usize, random: &mut RandomStream) -> Vec<f64> {
    let rows: Vec<Vec<f64>> = (0..n).map(|_| (0..n).map(|_| random.next_f64() - 0.5).collect()).collect();
    let product = |i: usize, j: usize| rows[i].iter().zip(&rows[j]).map(|(a, b)| a * b).sum::<f64>();
    (0..n * n).map(|at| product(at / n, at % n) + if at / n == at % n { 0.1 } else { 0.0 }).collect()
}

#[test]
fn the_root_gives_the_matrix_back() {
    let mut random = RandomStream::new(5, 0);
    for n in [1, 2, 7, 8, 9, 33] {
        let matrix = positive(n, &mut random);
        let mut root = matrix.clone();
        assert!(cholesky(&mut root, n));
        for i in 0..n {
            for j in 0..=i {
                let product: f64 = (0..=j).map(|k| root[i * n + k] * root[j * n + k]).sum();
                assert!((product - matrix[i * n + j]).abs() < 1e-12, "{n}: {i} {j}");
            }
        }
        let vector: Vec<f64> = (0..n).map(|_| random.next_f64()).collect();
        let mut solved = times_lower(&root, n, &vector);
        solve_lower(&root, n, &mut solved);
        assert!(solved.iter().zip(&vector).all(|(a, b)| (a - b).abs() < 1e-9), "{n}: {solved:?} {vector:?}");
    }
}

#[test]
fn a_matrix_without_a_root_is_told() {
    assert!(!cholesky(&mut [-1.0], 1));
    assert!(!cholesky(&mut [f64::NAN], 1));
    assert!(!cholesky(&mut [1.0, 0.0, 2.0, 1.0], 2));
}
