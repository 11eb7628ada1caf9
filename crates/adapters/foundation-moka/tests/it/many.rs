//! Many tasks on two caches over one store, in many orders: revisions never go back for anybody, own writes are seen,
//! and in the end everything agrees.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use foundation_core::Code;
use foundation_core::port::clock::Clock;
use foundation_core::port::entropy::{Entropy, RandomStream};
use foundation_core::port::storage::{Bucket, Condition, Key, KeyValue, Read, Revision, Ttl, Write};
use foundation_memory::{MemoryKeyValue, Simulation};
use foundation_moka::{CacheSettings, CachedKeyValue};
use foundation_testkit::{Interleaved, World};
use parking_lot::Mutex;

/// The latest revision of each key that one cache has answered to anybody.
type Shown = Arc<Mutex<HashMap<Key, Revision>>>;

async fn work(cache: Arc<CachedKeyValue>, shown: Shown, clock: Arc<dyn Clock>, mut random: RandomStream) {
    let bucket = Bucket::new("b").unwrap();
    for _ in 0..60 {
        let key = Key::new(format!("k{}", random.below(3))).unwrap();
        let before = shown.lock().get(&key).copied();
        let note = |revision: Revision| {
            let mut shown = shown.lock();
            let latest = shown.entry(key.clone()).or_insert(revision);
            *latest = revision.max(*latest);
        };
        match random.below(10) {
            0..5 => {
                let read = if random.below(4) == 0 { Read::Strict } else { Read::Local };
                if let Some(entry) = cache.get(&bucket, &key, read).await.unwrap() {
                    assert!(Some(entry.revision) >= before, "{read:?} read of {key}: {entry:?} after {before:?}");
                    note(entry.revision);
                }
            }
            5 => {
                if let Ok(revision) = cache.write(&bucket, Write::delete(key.clone())).await {
                    note(revision);
                }
            }
            6 => {
                let condition = before.map_or(Condition::Absent, Condition::At);
                match cache.write(&bucket, Write::put(key.clone(), "x").when(condition)).await {
                    Ok(revision) => note(revision),
                    Err(error) => assert_eq!(error.code(), Code::Conflict, "{error}"),
                }
            }
            7 => {
                let write = Write::put(key.clone(), "x").expiring(Ttl::seconds(1));
                note(cache.write(&bucket, write).await.unwrap());
            }
            8 => clock.sleep(Duration::from_millis(u64::from(random.below(400)))).await,
            _ => {
                let revision = cache.write(&bucket, Write::put(key.clone(), "x")).await.unwrap();
                note(revision);
                let seen = cache.get(&bucket, &key, Read::Local).await.unwrap();
                // Somebody else may have deleted it meanwhile.
                assert!(seen.is_none_or(|entry| entry.revision >= revision), "an own write is not seen");
            }
        }
    }
}

#[test]
fn nobody_ever_sees_an_older_revision() {
    let mut hits = 0;
    for seed in 0..60 {
        let simulation = Simulation::new(seed);
        // Little history: watches lose their place as well.
        let store = MemoryKeyValue::new(simulation.clock()).with_history(4);
        let store: Arc<dyn KeyValue> = Arc::new(Interleaved::new(Arc::new(store)));
        let clock: Arc<dyn Clock> = simulation.clock();
        let world = World { clock: Arc::clone(&clock), spawner: simulation.spawner(), grain: Duration::ZERO };
        let caches: Vec<_> = (0..2)
            .map(|_| {
                let settings = CacheSettings::default();
                let cache = CachedKeyValue::new(Arc::clone(&store), Arc::clone(&clock), simulation.spawner(), settings);
                (Arc::new(cache), Shown::default())
            })
            .collect();
        let workers = (0..6).map(|number| {
            let (cache, shown) = &caches[number % 2];
            let random = RandomStream::new(simulation.entropy().next_u64(), 0);
            work(Arc::clone(cache), Arc::clone(shown), Arc::clone(&clock), random)
        });
        let workers: Vec<_> = workers.collect();
        simulation.block_on(world.race(workers));
        assert_eq!(simulation.panics(), [], "seed {seed}");

        simulation.advance(Duration::from_secs(3));
        simulation.block_on(async {
            let bucket = Bucket::new("b").unwrap();
            for (cache, _) in &caches {
                for number in 0..3 {
                    let key = Key::new(format!("k{number}")).unwrap();
                    let local = cache.get(&bucket, &key, Read::Local).await.unwrap();
                    assert_eq!(local, store.get(&bucket, &key, Read::Strict).await.unwrap(), "seed {seed}");
                }
            }
        });
        hits += caches.iter().map(|(cache, _)| cache.hits()).sum::<u64>();
    }
    assert!(hits > 500, "the caches have hardly worked: {hits} hits");
}
