use foundation_core::port::entropy::RandomStream;

use super::{exp, ln, upper_tail, upper_tail_branchless};

fn relative(got: f64, wanted: f64) -> f64 {
    ((got - wanted) / wanted).abs()
}

#[test]
fn exp_agrees_with_the_library() {
    let mut random = RandomStream::new(7, 0);
    for _ in 0..20_000 {
        let x = -708.0 + random.next_f64() * 1_417.0;
        assert!(relative(exp(x), x.exp()) < 1e-15, "exp({x}) = {} and not {}", exp(x), x.exp());
        let small = x / 1_000.0;
        assert!(relative(exp(small), small.exp()) < 1e-15, "exp({small})");
    }
    assert_eq!(exp(0.0), 1.0);
    assert_eq!(exp(-1e9), 0.0);
    assert_eq!(exp(f64::NEG_INFINITY), 0.0);
    assert_eq!(exp(1e9), f64::INFINITY);
    assert!(exp(f64::NAN).is_nan());
}

#[test]
fn ln_agrees_with_the_library() {
    let mut random = RandomStream::new(7, 1);
    for _ in 0..20_000 {
        let x = (-700.0 + random.next_f64() * 1_400.0_f64).exp();
        assert!((ln(x) - x.ln()).abs() <= 1e-15 * x.ln().abs().max(0.5), "ln({x}) = {} and not {}", ln(x), x.ln());
        let near = 0.5 + random.next_f64() * 1.5;
        assert!((ln(near) - near.ln()).abs() < 4e-16, "ln({near})");
    }
    assert_eq!(ln(1.0), 0.0);
    assert_eq!(ln(0.0), f64::NEG_INFINITY);
    assert_eq!(ln(f64::INFINITY), f64::INFINITY);
    assert!(ln(-1.0).is_nan());
    assert!(relative(ln(5e-324), 5e-324_f64.ln()) < 1e-15);
}

/// Values of erfc(z / sqrt 2) / 2 computed with 40 digits.
#[test]
fn the_tail_agrees_with_its_table() {
    for (z, wanted) in [
        (0.0, 0.5),
        (0.1, 0.460_172_162_722_971),
        (0.5, 0.308_537_538_725_986_9),
        (1.0, 0.158_655_253_931_457_05),
        (1.5, 0.066_807_201_268_858_07),
        (2.0, 0.022_750_131_948_179_21),
        (3.0, 0.001_349_898_031_630_094_6),
        (5.0, 2.866_515_718_791_939e-7),
        (8.0, 6.220_960_574_271_784e-16),
    ] {
        assert!((upper_tail(z) - wanted).abs() < 1e-13, "Q({z}) = {} and not {wanted}", upper_tail(z));
    }
    assert_eq!(upper_tail(1e6), 0.0);
}

/// Whoever subtracts it from 1 gets the same bits from either.
#[test]
fn the_tail_without_a_branch_is_the_tail() {
    for step in 0..=3_700 {
        let z = f64::from(step) / 100.0;
        assert_eq!(upper_tail_branchless(z).to_bits(), upper_tail(z).to_bits(), "at {z}");
    }
    for z in [37.5, 38.0, 100.0, 1e6, 1e20, 1e300] {
        assert!(upper_tail_branchless(z).abs() < 1e-300, "at {z}: {}", upper_tail_branchless(z));
        assert_eq!((1.0 - upper_tail_branchless(z)).to_bits(), (1.0 - upper_tail(z)).to_bits(), "at {z}");
    }
}

/// The bits that a study's proposals hang on: they must be these on every machine.
#[test]
fn the_bits_are_fixed() {
    let mut random = RandomStream::new(11, 0);
    let mut mixed = 0_u64;
    for _ in 0..1_000 {
        let x = random.next_f64() * 20.0;
        for bits in [exp(-x), ln(x), upper_tail(x)].map(f64::to_bits) {
            mixed = mixed.rotate_left(5) ^ bits;
        }
    }
    assert_eq!(mixed, 17_356_981_380_399_193_926);
}
