use parking_lot::Mutex;

use super::*;
use crate::process::control::LifeStart;

/// Notes what it is told.
#[derive(Default)]
struct Told(Mutex<Vec<u64>>);

impl AtEnd for Told {
    fn ended(&self, token: u64, _life: ProcessRef, _exit: &Exit) {
        self.0.lock().push(token);
    }
}

fn hang(control: &Control, incarnation: u64, what: &Arc<Told>, token: u64) -> bool {
    control.at_end(incarnation, Arc::clone(what) as Arc<dyn AtEnd>, token)
}

/// Tells what hangs on the present life, as its end does.
fn tell_all(control: &Control) {
    let life = ProcessRef { process: 1, incarnation: 1 };
    let mut state = control.state.lock();
    let (first, more) = (state.at_end.take(), state.more.take());
    drop(state);
    if let Some(first) = first {
        first.tell(life, &Exit::Normal);
    }
    if let Some(mut more) = more {
        more.at_end.tell(life, &Exit::Normal);
    }
}

#[test]
fn all_that_hangs_on_a_life_is_told_once_for_each_time() {
    let control = Control::new("p", false);
    let (one, other) = (Arc::new(Told::default()), Arc::new(Told::default()));
    assert!(!hang(&control, 1, &one, 0), "it has not begun");
    control.begin(LifeStart::ALONE, |_| ());
    for (what, token) in [(&one, 7), (&other, 7), (&one, 5), (&one, 7), (&other, 3)] {
        assert!(hang(&control, 1, what, token));
    }
    assert!(!hang(&control, 2, &one, 0), "that life is not the present one");
    tell_all(&control);
    assert_eq!((&*one.0.lock(), &*other.0.lock()), (&vec![7, 5, 7], &vec![3, 7]));
    tell_all(&control);
    assert_eq!(one.0.lock().len(), 3);
}

#[test]
fn what_was_taken_back_is_not_told() {
    let control = Control::new("p", false);
    let (one, other) = (Arc::new(Told::default()), Arc::new(Told::default()));
    control.begin(LifeStart::ALONE, |_| ());
    for (what, token) in [(&one, 1), (&one, 2), (&other, 2), (&one, 3), (&one, 3)] {
        assert!(hang(&control, 1, what, token));
    }
    // The first of all, one of two alike, one beside another's of the same token; and some that do not hang there.
    for (what, token) in [(&one, 1), (&one, 3), (&one, 2), (&one, 2), (&one, 9), (&other, 1)] {
        control.not_at_end(1, what, token);
    }
    control.not_at_end(2, &one, 3);
    assert!(hang(&control, 1, &other, 8), "and the place of the first is taken again");
    tell_all(&control);
    assert_eq!((&*one.0.lock(), &*other.0.lock()), (&vec![3], &vec![8, 2]));
    assert_eq!(Arc::strong_count(&one), 1);
}

#[test]
fn the_first_is_small() {
    assert_eq!(size_of::<First>(), 24, "the least that an allocator gives");
}
