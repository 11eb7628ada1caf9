use std::sync::Arc;

use foundation_core::port::clock::Monotonic;
use foundation_core::port::storage::{Bucket, Key, Revision};

use super::{Entries, Incoming, Life, Place};
use crate::bucket::BucketState;

fn place() -> Place {
    (Bucket::new("b").unwrap(), Key::new("k").unwrap())
}

fn up() -> BucketState {
    let state = BucketState::default();
    state.watch_is_up();
    state
}

fn incoming(state: &BucketState, revision: u64, life: Life) -> Incoming {
    Incoming { value: revision.to_string().into(), revision: Revision(revision), life, phase: state.phase() }
}

fn served(entries: &Entries, state: &BucketState, now: u64) -> Option<u64> {
    let entry = entries.serve(&place(), state, Monotonic(now))?;
    assert_eq!(entry.value, entry.revision.0.to_string());
    Some(entry.revision.0)
}

#[test]
fn a_value_never_replaces_a_newer_one() {
    let (entries, state) = (Entries::new(1 << 20), up());
    entries.put(&place(), incoming(&state, 5, Life::Unknown));
    entries.put(&place(), incoming(&state, 4, Life::Endless));
    assert_eq!(served(&entries, &state, 0), Some(5));
    entries.changed(&place(), Revision(4), None, state.phase());
    assert_eq!(served(&entries, &state, 0), Some(5));
    entries.changed(&place(), Revision(6), Some(&"6".into()), state.phase());
    assert_eq!(served(&entries, &state, 0), Some(6));
    entries.changed(&place(), Revision(7), None, state.phase());
    assert_eq!(served(&entries, &state, 0), None);
}

/// The value that a slow read brings was overtaken while nothing was cached that could have told.
#[test]
fn what_was_overtaken_on_its_way_does_not_go_in() {
    let (entries, state) = (Arc::new(Entries::new(1 << 20)), up());
    for (change, expected) in [(5, None), (4, Some(4)), (3, Some(4))] {
        let begun = entries.begin(vec![place()]);
        // A second one, that ends first, must not take the note away.
        let other = entries.begin(vec![place()]);
        entries.changed(&place(), Revision(change), Some(&change.to_string().into()), state.phase());
        drop(other);
        entries.put(&place(), incoming(&state, 4, Life::Unknown));
        assert_eq!(served(&entries, &state, 0), expected, "overtaken by {change}");
        drop(begun);
        entries.forget(&place());
    }
    assert!(entries.under_way.lock().is_empty());
}

/// A change is noted before it reaches the cache: what is older than the note goes, whoever comes in between.
#[test]
fn what_is_cached_gives_way_to_what_was_noted() {
    let (entries, state) = (Arc::new(Entries::new(1 << 20)), up());
    entries.put(&place(), incoming(&state, 3, Life::Endless));
    let _begun = entries.begin(vec![place()]);
    entries.under_way.lock().get_mut(&place()).unwrap().told = Revision(5);
    entries.put(&place(), incoming(&state, 4, Life::Unknown));
    assert_eq!(served(&entries, &state, 0), None);
}

/// The same where the newer value was cached and thrown out for lack of room.
#[test]
fn what_was_thrown_out_is_not_forgotten_while_a_read_is_under_way() {
    let (entries, state) = (Arc::new(Entries::new(1 << 20)), up());
    let _slow = entries.begin(vec![place()]);
    entries.changed(&place(), Revision(9), Some(&"9".into()), state.phase());
    entries.put(&place(), incoming(&state, 9, Life::Endless));
    assert_eq!(served(&entries, &state, 0), Some(9));
    entries.cache.invalidate_all();
    entries.cache.run_pending_tasks();
    assert_eq!(served(&entries, &state, 0), None);
    entries.put(&place(), incoming(&state, 8, Life::Unknown));
    assert_eq!(served(&entries, &state, 0), None);
}

#[test]
fn lives_end() {
    let (entries, state) = (Entries::new(1 << 20), up());
    entries.put(&place(), incoming(&state, 1, Life::Until(Monotonic(10))));
    assert_eq!(served(&entries, &state, 9), Some(1));
    assert_eq!(served(&entries, &state, 10), None);
    entries.put(&place(), incoming(&state, 2, Life::Unknown));
    assert_eq!(served(&entries, &state, 10), Some(2));
    state.note_expiring();
    assert_eq!(served(&entries, &state, 10), None, "how long it lives is not known, and values here expire");
    entries.put(&place(), incoming(&state, 2, Life::Endless));
    assert_eq!(served(&entries, &state, 10), Some(2));
}

#[test]
fn a_turn_of_the_watch_throws_everything_out() {
    let (entries, state) = (Entries::new(1 << 20), up());
    let old = incoming(&state, 1, Life::Endless);
    entries.put(&place(), old.clone());
    state.watch_is_down();
    assert_eq!(served(&entries, &state, 0), None);
    state.watch_is_up();
    assert_eq!(served(&entries, &state, 0), None, "it may have changed while the watch was down");
    entries.put(&place(), old);
    assert_eq!(served(&entries, &state, 0), None, "it was read before");
    entries.put(&place(), incoming(&state, 1, Life::Endless));
    assert_eq!(served(&entries, &state, 0), Some(1));
}

#[test]
fn bytes_are_bounded() {
    let (entries, state) = (Entries::new(100_000), up());
    for number in 0..1_000 {
        let place = (place().0, Key::new(format!("k{number}")).unwrap());
        let value = vec![0; 1_000].into();
        let incoming = Incoming { value, revision: Revision(number), life: Life::Endless, phase: state.phase() };
        entries.put(&place, incoming);
    }
    let held = entries.bytes();
    assert!(held <= 100_000, "{held}");
    assert!(held >= 50_000, "{held}");
}
