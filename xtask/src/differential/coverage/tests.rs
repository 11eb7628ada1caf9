use super::super::{generate, ours};
use super::*;

#[test]
fn nothing_covers_nothing() {
    let missing = Coverage::default().missing();
    assert_eq!(missing.len(), Coverage::rows().iter().map(|(_, kinds)| kinds.len()).sum::<usize>());
    assert!(missing.contains(&"strategy: rest_for_one".to_owned()), "{missing:?}");
}

#[test]
fn too_few_supervisors_that_gave_up_are_missed() {
    let few = Coverage { trees: 100, gave_up: 9, ..Coverage::default() };
    let enough = Coverage { trees: 100, gave_up: 10, ..Coverage::default() };
    let says_so = |coverage: Coverage| coverage.missing().iter().any(|missing| missing.contains("gave up"));
    assert!(says_so(few));
    assert!(!says_so(enough));
}

#[test]
fn scenarios_are_counted_by_what_they_brought_about() {
    let mut coverage = Coverage::default();
    for number in 0..40 {
        let scenario = generate::scenario(6, number);
        coverage.add(&scenario, &ours::run(&scenario, 6).expect("an end"));
    }
    let strategies: u32 = Strategy::ALL.iter().map(|kind| coverage.counts[&("strategy", kind.word())]).sum();
    let ends: u32 = How::ALL.iter().map(|kind| coverage.counts[&("end", kind.word())]).sum();
    let restarts: u32 = Restart::ALL.iter().map(|kind| coverage.counts[&("restart", kind.word())]).sum();
    assert_eq!(coverage.trees, 40);
    assert_eq!(ends, restarts);
    assert!(0 < strategies && strategies < ends, "{strategies} restarts of {ends} ends");
}
