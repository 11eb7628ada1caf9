//! The bucket bounds of histograms. They are fixed, so that series of two versions can be added up.

/// For names that end in `_seconds`: 1 µs to 100 s in steps of about a half decade. A mailbox wait lies at the low end,
/// a trial at the high one, and within a step a quantile is off by a factor of 3.2 at most.
pub(crate) const SECONDS: [f64; 17] =
    [1e-6, 3e-6, 1e-5, 3e-5, 1e-4, 3e-4, 1e-3, 3e-3, 1e-2, 3e-2, 0.1, 0.3, 1.0, 3.0, 10.0, 30.0, 100.0];

/// For every other name, which counts something (bytes, messages, epochs): the powers of 4 up to a gibi.
pub(crate) const COUNTS: [f64; 16] = [
    1.0,
    4.0,
    16.0,
    64.0,
    256.0,
    1_024.0,
    4_096.0,
    16_384.0,
    65_536.0,
    262_144.0,
    1_048_576.0,
    4_194_304.0,
    16_777_216.0,
    67_108_864.0,
    268_435_456.0,
    1_073_741_824.0,
];
