use proptest::prelude::*;

use super::*;

proptest! {
    #[test]
    fn waits_stay_between_their_bounds(
        initial in 0_u64..10_000, max in 0_u64..100_000, factor in 1.0_f64..10.0, jitter in 0.0_f64..=1.0,
        attempt in 0_u32..2_000, chance: u64,
    ) {
        let backoff = Backoff {
            initial: Duration::from_millis(initial),
            max: Duration::from_millis(max),
            factor,
            jitter,
            reset_after: Duration::ZERO,
        };
        let delay = backoff.delay(attempt, chance);
        let whole = Backoff { jitter: 0.0, ..backoff }.delay(attempt, chance);
        prop_assert!(delay <= whole && whole <= backoff.max);
        prop_assert!(delay + Duration::from_nanos(1) >= whole.mul_f64(1.0 - jitter));
        let next = Backoff { jitter: 0.0, ..backoff }.delay(attempt + 1, chance);
        prop_assert!(whole <= next);
    }

    /// Numbers that make no sense are no reason to panic, nor to wait for longer than `max`.
    #[test]
    fn any_numbers_do(
        factor in prop::num::f64::ANY, jitter in prop::num::f64::ANY, initial: u64, max: u64, attempt: u32, chance: u64,
    ) {
        let backoff = Backoff {
            initial: Duration::from_nanos(initial),
            max: Duration::from_nanos(max),
            factor,
            jitter,
            reset_after: Duration::ZERO,
        };
        prop_assert!(backoff.delay(attempt, chance) <= backoff.max);
    }
}

#[test]
fn the_defaults_double_from_a_tenth_of_a_second_to_half_a_minute() {
    let backoff = Backoff { jitter: 0.0, ..Backoff::default() };
    let waits: Vec<_> = (0..10).map(|attempt| backoff.delay(attempt, 0).as_millis()).collect();
    assert_eq!(waits, [100, 200, 400, 800, 1_600, 3_200, 6_400, 12_800, 25_600, 30_000]);
}
