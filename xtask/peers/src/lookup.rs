//! Looking names up, in the same way for every variant: threads of their own walk over the same names.

use std::sync::Barrier;
use std::time::Instant;

use crate::stopwatch::rate;
use crate::variant::LOOKUP_NAMES;

/// `n` lookups on `threads` threads in total, a second.
///
/// Each thread goes over all names in an order of its own; `key` makes the variant's form of a name, before the time
/// begins, and `look` says whether it found somebody.
pub(crate) fn rounds<K>(n: u64, threads: u64, key: fn(u64) -> K, look: impl Fn(&K) -> bool + Sync) -> f64 {
    let each = n / threads;
    let start = Barrier::new(threads as usize);
    let (begun, end) = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..threads)
            .map(|thread| {
                let (start, look) = (&start, &look);
                scope.spawn(move || {
                    let names: Vec<K> = shuffled(thread).map(key).collect();
                    start.wait();
                    let begun = Instant::now();
                    let mut found = 0;
                    for name in names.iter().cycle().take(each as usize) {
                        found += u64::from(look(name));
                    }
                    assert_eq!(found, each, "a name was not found");
                    (begun, Instant::now())
                })
            })
            .collect();
        let times: Vec<_> = threads.into_iter().map(|thread| thread.join().expect("every name is found")).collect();
        let begun = times.iter().map(|(begun, _)| *begun).min().expect("there is a thread");
        (begun, times.iter().map(|(_, end)| *end).max().expect("there is a thread"))
    });
    rate(each * threads, end - begun)
}

/// All places, in an order that no table has: a full-period linear congruence over the 1,024 names.
fn shuffled(seed: u64) -> impl Iterator<Item = u64> {
    let mut at = seed;
    (0..LOOKUP_NAMES).map(move |_| {
        at = (at * 421 + 1_663) % LOOKUP_NAMES;
        at
    })
}
