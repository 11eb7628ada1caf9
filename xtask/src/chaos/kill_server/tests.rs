use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use foundation_core::port::BoxStream;
use foundation_core::port::clock::Clock;
use foundation_core::port::entropy::{Entropy, RandomStream};
use foundation_core::port::storage::{
    Bucket, Change, Entry, Key, KeyRange, KeyValue, KeyValueLimits, Read, Revision, WatchFrom, Write,
};
use foundation_core::{Result, Spawner};
use foundation_memory::{MemoryKeyValue, SeededEntropy, SystemClock};

use super::client::Client;
use super::ground;
use super::judged::{AllJudged, OPERATIONS};
use super::objects::Objects;
use crate::chaos::live;

const CLIENTS: usize = 4;
const PATIENCE: Duration = Duration::from_secs(60);

/// Has clients work on a store until every object was asked often, twice, and judges as if a fault had been between.
fn judge_on(store: impl Fn(Arc<dyn KeyValue>) -> Arc<dyn KeyValue>) -> AllJudged {
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let clock: Arc<dyn Clock> = Arc::new(SystemClock::new());
        let entropy: Arc<dyn Entropy> = Arc::new(SeededEntropy::new(1));
        let spawner = Spawner::current().expect("a runtime");
        let store = store(Arc::new(MemoryKeyValue::new(Arc::clone(&clock))));
        let epoch = live::now();
        let objects = Arc::new(Objects::of_round(1, epoch).expect("names"));
        let stop = Arc::new(AtomicBool::new(false));
        let mut clients = Vec::new();
        for number in 0..CLIENTS {
            let tools = ground::tools(number, Arc::clone(&store), &clock, &entropy, &spawner).await.expect("a session");
            let random = RandomStream::new(1, number as u64);
            let client = Client::new(number, tools, Arc::clone(&objects), random, Duration::from_millis(1));
            clients.push(live::task(client.run(Arc::clone(&stop))));
        }
        let have = |count: usize| (0..objects.len()).all(|place| objects.calls(place) >= count);
        assert!(live::until(PATIENCE, || have(OPERATIONS / 2)).await, "the clients do not get on");
        let fault = epoch.elapsed();
        assert!(live::until(PATIENCE, || have(OPERATIONS + 15)).await, "the clients do not get on");
        stop.store(true, Ordering::Relaxed);
        for client in clients {
            client.await.expect("a client");
        }
        let mut judged = AllJudged::default();
        judged.judge(&objects, Some(fault)).expect("the checkers agree");
        judged
    })
}

#[test]
fn what_clients_do_on_memory_is_linearizable() {
    let judged = judge_on(|store| store);
    for (kind, judged) in judged.kinds() {
        assert_eq!(judged.refuted, 0, "{kind}: {:?}", judged.complaints);
        assert!(judged.linearizable > 0, "{kind}: {judged:?}");
    }
}

/// Answers every read with what the one before it found.
#[derive(Debug)]
struct Lagging {
    store: Arc<dyn KeyValue>,
    found: Mutex<HashMap<Key, Option<Entry>>>,
}

#[async_trait]
impl KeyValue for Lagging {
    fn limits(&self) -> KeyValueLimits {
        self.store.limits()
    }

    async fn get(&self, bucket: &Bucket, key: &Key, read: Read) -> Result<Option<Entry>> {
        let found = self.store.get(bucket, key, read).await?;
        // The cells and the resources only: on stale records of its own no library works.
        if !key.as_str().starts_with('r') {
            return Ok(found);
        }
        let before = self.found.lock().expect("no panic").insert(key.clone(), found.clone());
        Ok(before.unwrap_or(found))
    }

    async fn commit(&self, bucket: &Bucket, writes: Vec<Write>) -> Result<Vec<Revision>> {
        self.store.commit(bucket, writes).await
    }

    async fn scan(&self, bucket: &Bucket, range: KeyRange, read: Read) -> Result<BoxStream<'static, Result<Entry>>> {
        self.store.scan(bucket, range, read).await
    }

    async fn watch(
        &self,
        bucket: &Bucket,
        range: KeyRange,
        from: WatchFrom,
    ) -> Result<BoxStream<'static, Result<Change>>> {
        self.store.watch(bucket, range, from).await
    }
}

#[test]
fn what_clients_read_from_a_store_that_lags_is_refuted() {
    let judged = judge_on(|store| Arc::new(Lagging { store, found: Mutex::default() }));
    assert!(judged.cells.refuted > 0 && judged.locks.refuted > 0, "{judged:?}");
}

#[test]
fn a_history_that_no_fault_divides_does_not_count() {
    let epoch = live::now();
    let objects = Objects::of_round(1, epoch).expect("names");
    for cell in &objects.cells {
        for _ in 0..OPERATIONS {
            let call = cell.calls.invoke(0, super::super::linear::key_value::Op::Get);
            call.answered(super::super::linear::key_value::Said::Found(None));
        }
    }
    for fault in [None, Some(Duration::ZERO), Some(epoch.elapsed())] {
        let mut judged = AllJudged::default();
        judged.judge(&objects, fault).expect("the checkers agree");
        assert_eq!((judged.cells.histories, judged.cells.linearizable), (0, 0), "{fault:?}");
        assert_eq!(judged.sum(|judged| judged.not_counted), objects.len() as u64);
    }
}
