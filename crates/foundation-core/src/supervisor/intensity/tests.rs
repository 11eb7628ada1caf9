use proptest::prelude::*;

use super::*;

proptest! {
    /// Against the definition: a restart is one too many when more than `tolerated` of all restarts so far, it
    /// included, lie within the period that ends with it.
    #[test]
    fn agrees_with_the_definition(
        gaps in prop::collection::vec(0_u64..8, 0..80),
        tolerated in 0_u32..5,
        period in 0_u64..12,
    ) {
        let mut window = Intensity::new(tolerated, Duration::from_nanos(period));
        let mut all: Vec<u64> = Vec::new();
        let mut now = 0;
        for gap in gaps {
            now += gap;
            all.push(now);
            let within = all.iter().filter(|at| **at + period >= now).count();
            prop_assert_eq!(window.tolerates(Monotonic(now)), within <= tolerated as usize, "at {} of {:?}", now, all);
        }
    }
}

#[test]
fn a_restart_exactly_a_period_ago_still_counts() {
    let mut window = Intensity::new(1, Duration::from_secs(5));
    let at = |seconds| Monotonic(0) + Duration::from_secs(seconds);
    assert!(window.tolerates(at(0)));
    assert!(!window.tolerates(at(5)));
    let mut window = Intensity::new(1, Duration::from_secs(5));
    assert!(window.tolerates(at(0)));
    assert!(window.tolerates(at(5) + Duration::from_nanos(1)));
}
