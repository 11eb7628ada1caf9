use super::*;

#[test]
fn the_newest_checkpoint_of_a_trial_stands() {
    let mut held = Held::default();
    assert!(held.hold(3, "a", b"first"));
    assert!(held.hold(3, "b", b"second"));
    assert!(held.hold(4, "a", b"other"));
    assert_eq!(
        (held.get(3, "a"), held.get(3, "b"), held.get(4, "a")),
        (None, Some(&b"second"[..]), Some(&b"other"[..]))
    );
    held.sweep(|trial| trial == 3);
    assert_eq!((held.get(3, "b"), held.get(4, "a")), (None, Some(&b"other"[..])));
}

#[test]
fn no_more_stands_than_there_is_room_for() {
    let mut held = Held::default();
    let half = vec![1; MOST_BYTES / 2];
    assert!(held.hold(1, "a", &half) && held.hold(2, "a", &half));
    assert!(!held.hold(3, "a", b"one more"));
    assert_eq!(held.get(3, "a"), None);
    // A trial's next checkpoint takes the place of its last one.
    assert!(held.hold(2, "b", b"small") && held.hold(3, "a", b"one more"));
    [1, 2, 3].into_iter().for_each(|trial| held.forget(trial));
    assert_eq!(held.bytes, 0);
}
