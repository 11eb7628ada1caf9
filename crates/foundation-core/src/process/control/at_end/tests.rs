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

fn told() -> (Arc<Told>, Arc<Hook>) {
    let told = Arc::new(Told::default());
    (Arc::clone(&told), Hook::new(told))
}

/// Tells what hangs on the present life, as its end does.
fn tell_all(control: &Control) {
    let life = ProcessRef { process: 1, incarnation: 1 };
    let mut state = control.state.lock();
    let (newest, more) = (state.at_end.take(), state.more.take());
    drop(state);
    if let Some(newest) = newest {
        newest.tell(life, &Exit::Normal);
    }
    if let Some(mut more) = more {
        more.at_end.tell(life, &Exit::Normal);
    }
}

#[test]
fn all_that_hangs_on_a_life_is_told_once_for_each_time() {
    let control = Control::new("p", false);
    let ((one, a), (other, b)) = (told(), told());
    assert!(!control.at_end(1, Arc::clone(&a), 0), "it has not begun");
    control.begin(LifeStart::ALONE, false, |_| ());
    for (hook, token) in [(&a, 7), (&b, 7), (&a, 5), (&a, 7), (&b, 3)] {
        assert!(control.at_end(1, Arc::clone(hook), token));
    }
    assert!(!control.at_end(2, Arc::clone(&a), 0), "that life is not the present one");
    tell_all(&control);
    assert_eq!((&*one.0.lock(), &*other.0.lock()), (&vec![5, 7, 7], &vec![3, 7]));
    tell_all(&control);
    assert_eq!(one.0.lock().len(), 3);
}

#[test]
fn what_was_taken_back_is_not_told() {
    let control = Control::new("p", false);
    let ((one, a), (other, b)) = (told(), told());
    control.begin(LifeStart::ALONE, false, |_| ());
    for (hook, token) in [(&a, 1), (&a, 2), (&b, 2), (&a, 3), (&a, 3), (&a, 4)] {
        assert!(control.at_end(1, Arc::clone(hook), token));
    }
    // The newest, the oldest, one of two alike, one beside another's of the same token; some that do not hang there.
    for (hook, token) in [(&a, 4), (&a, 1), (&a, 3), (&a, 2), (&a, 2), (&a, 9), (&b, 1)] {
        control.not_at_end(1, hook, token);
    }
    control.not_at_end(2, &a, 3);
    assert!(control.at_end(1, Arc::clone(&b), 8), "and the place of the newest is taken again");
    tell_all(&control);
    assert_eq!((&*one.0.lock(), &*other.0.lock()), (&vec![3], &vec![8, 2]));
    assert_eq!((Arc::strong_count(&a), Arc::strong_count(&b)), (1, 1), "nothing is kept");
}

/// It stands in every process, whether it has something to give back or not.
#[test]
fn the_newest_is_small() {
    assert_eq!(size_of::<Option<Newest>>(), 16);
}
