use std::sync::mpsc;
use std::time::Duration;

use super::{Progress, stalls};

const TICK: Duration = Duration::from_millis(1);

#[test]
fn a_commit_that_does_not_end_is_noticed() {
    let progress = Progress::default();
    progress.commit(|| {});
    let (_open, closing) = mpsc::channel();
    assert!(progress.commit(|| stalls(&progress, &closing, TICK, 3)));
}

#[test]
fn commits_that_end_and_quiet_times_are_no_stall() {
    let progress = Progress::default();
    let (open, closing) = mpsc::channel();
    std::thread::scope(|scope| {
        let watched = &progress;
        let watcher = scope.spawn(move || stalls(watched, &closing, TICK, 1_000_000));
        for _ in 0..1_000 {
            progress.commit(|| {});
        }
        drop(open);
        assert!(!watcher.join().unwrap());
    });
    assert_eq!(progress.under_way(), None);
}
