//! Exponential, logarithm and the tail of the normal distribution, in plain additions, multiplications, divisions.
//!
//! The functions of the standard library call the mathematical library of the system, and two systems differ in the
//! last bits. A proposal that hangs on such a bit would make the same study end differently on another machine, so
//! everything that decides uses these instead: IEEE 754 fixes their every bit. Square roots are exact anyway.

/// ln 2 with its last 32 bits clear, so that its product with an exponent is exact; the rest is [`LN_2_LOW`].
const LN_2_HIGH: f64 = 0.693_147_180_369_123_8;
const LN_2_LOW: f64 = 1.908_214_929_270_587_7e-10;

/// Adding and subtracting this rounds to the nearest integer, ties to even, where the magnitude is below 2^51.
const ROUND: f64 = 6_755_399_441_055_744.0;

/// The reciprocals of 13! down to 0!: the Taylor series of the exponential, good to 1e-17 where |x| <= ln 2 / 2.
const INVERSE_FACTORIALS: [f64; 14] = [
    1.0 / 6_227_020_800.0,
    1.0 / 479_001_600.0,
    1.0 / 39_916_800.0,
    1.0 / 3_628_800.0,
    1.0 / 362_880.0,
    1.0 / 40_320.0,
    1.0 / 5_040.0,
    1.0 / 720.0,
    1.0 / 120.0,
    1.0 / 24.0,
    1.0 / 6.0,
    0.5,
    1.0,
    1.0,
];

/// e to the power `x`, to 3e-16 of itself; 0 below -708 and infinite above 709, so never subnormal.
pub(in crate::study) fn exp(x: f64) -> f64 {
    if x < -708.0 {
        return 0.0;
    }
    if x > 709.0 {
        return f64::INFINITY;
    }
    series(x)
}

/// As [`exp`], for `x` <= 0: below -708 the result is 3e-308 and not 0. It has no branch, so that a loop of it runs in vector
/// instructions.
#[inline]
pub(in crate::study) fn exp_below_zero(x: f64) -> f64 {
    series(x.max(-708.0))
}

#[inline]
fn series(x: f64) -> f64 {
    let rounded = x * std::f64::consts::LOG2_E + ROUND;
    let power = rounded - ROUND;
    let rest = (x - power * LN_2_HIGH) - power * LN_2_LOW;
    let mut sum = 0.0;
    for factor in INVERSE_FACTORIALS {
        sum = sum * rest + factor;
    }
    // The low bits of `rounded` are the integer itself; a NaN stays one in `sum`.
    sum * f64::from_bits((rounded.to_bits().wrapping_add(1_023) & 0x7ff) << 52)
}

/// The natural logarithm, to 4e-16 of itself beyond [0.5, 2] and to 4e-16 within; NaN below zero.
///
/// Source: ln m = 2 artanh((m - 1) / (m + 1)) by its series, with m reduced to within a factor of sqrt 2 of one.
pub(in crate::study) fn ln(x: f64) -> f64 {
    if x.is_nan() || x < 0.0 {
        return f64::NAN;
    }
    if x == 0.0 {
        return f64::NEG_INFINITY;
    }
    if x == f64::INFINITY {
        return x;
    }
    let (normal, shift) = if x < f64::MIN_POSITIVE { (x * (1_u64 << 54) as f64, -54) } else { (x, 0) };
    let bits = normal.to_bits();
    let mut exponent = ((bits >> 52) as i32) - 1_023 + shift;
    let mut mantissa = f64::from_bits((bits & 0x000f_ffff_ffff_ffff) | (1_023 << 52));
    if mantissa > std::f64::consts::SQRT_2 {
        mantissa *= 0.5;
        exponent += 1;
    }
    let s = (mantissa - 1.0) / (mantissa + 1.0);
    let square = s * s;
    let mut series = 0.0;
    for odd in [23.0, 21.0, 19.0, 17.0, 15.0, 13.0, 11.0, 9.0, 7.0, 5.0, 3.0] {
        series = (series + 1.0 / odd) * square;
    }
    let power = f64::from(exponent);
    power * LN_2_HIGH + (power * LN_2_LOW + 2.0 * (s + s * series))
}

/// Chebyshev coefficients of Q(z) e^(z^2 / 2) over t = 1 / (1 + z / 4) in [0, 1], computed with 40 digits.
const TAIL: [f64; 18] = [
    0.168_288_201_623_232_8,
    0.229_157_099_905_408_95,
    0.077_788_355_090_657_55,
    0.020_384_686_418_273_967,
    0.003_918_137_045_458_214,
    0.000_466_660_628_337_778_2,
    6.287_520_132_277_929e-6,
    -8.583_985_799_266_122e-6,
    -1.016_757_610_725_780_7e-6,
    1.397_526_758_147_488e-7,
    3.669_280_805_174_477e-8,
    -2.804_179_028_807_477e-9,
    -1.258_422_277_520_568_2e-9,
    8.950_208_903_689_087e-11,
    4.536_099_962_769_02e-11,
    -4.474_421_204_708_391e-12,
    -1.671_555_178_114_698_4e-12,
    2.682_462_921_843_491e-13,
];

/// The probability that a standard normal variable exceeds `z`, for z >= 0; to 1e-13.
pub(in crate::study) fn upper_tail(z: f64) -> f64 {
    tail_factor(z) * exp(-0.5 * z * z)
}

/// As [`upper_tail`] bit for bit up to z = 37; beyond, where that one becomes 0, it is some number of less than 1e-300. It
/// has no branch, so that a loop of it runs in vector instructions.
#[inline]
pub(in crate::study) fn upper_tail_branchless(z: f64) -> f64 {
    tail_factor(z) * exp_below_zero(-0.5 * z * z)
}

/// Q(z) e^(z^2 / 2).
#[inline]
fn tail_factor(z: f64) -> f64 {
    let t = 1.0 / (1.0 + 0.25 * z);
    let twice = 2.0 * (2.0 * t - 1.0);
    // Clenshaw's recurrence.
    let (mut next, mut after) = (0.0, 0.0);
    for coefficient in TAIL[1..].iter().rev() {
        (next, after) = (twice * next - after + coefficient, next);
    }
    0.5 * twice * next - after + TAIL[0]
}

#[cfg(test)]
mod tests;
