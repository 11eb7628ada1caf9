//! Histories of the memory adapter, in drawn orders and on threads.

use std::sync::Arc;
use std::task::Poll;

use foundation_core::port::storage::{Bucket, Condition, Entry, Key, KeyValue, Read, Revision, Write};
use foundation_core::{Code, Result};
use foundation_memory::{MemoryKeyValue, Simulation, SystemClock};

use super::super::key_value::{OneKey, Op, Said, When};
use super::super::{Answer, judge};
use crate::chaos::history::{End, History, Recorder};

const CLIENTS: usize = 4;
const ROUNDS: u64 = 6;

fn number(entry: &Entry) -> (u64, u64) {
    let text = String::from_utf8_lossy(&entry.value);
    (text.parse().expect("a number"), entry.revision.0)
}

fn said(written: Result<Revision>) -> Said {
    match written {
        Ok(revision) => Said::Written(revision.0),
        Err(error) if error.code() == Code::Conflict => Said::Conflict,
        Err(error) => panic!("{error}"),
    }
}

/// Lets others go first, so that operations overlap although the store never has anybody wait.
async fn turn() {
    let mut has_waited = false;
    std::future::poll_fn(|context| {
        context.waker().wake_by_ref();
        if std::mem::replace(&mut has_waited, true) { Poll::Ready(()) } else { Poll::Pending }
    })
    .await;
}

/// Reads, and writes on top of what was read.
async fn be_client(client: usize, store: Arc<dyn KeyValue>, recorder: Recorder<Op, Said>) {
    let (bucket, key) = (Bucket::new("cells").expect("a name"), Key::new("one").expect("a key"));
    for round in 0..ROUNDS {
        let call = recorder.invoke(client, Op::Get);
        turn().await;
        let found = store.get(&bucket, &key, Read::Strict).await.expect("a read").as_ref().map(number);
        turn().await;
        call.answered(Said::Found(found));
        let value = client as u64 * 1_000 + round;
        let write = Write::put(key.clone(), value.to_string());
        let (when, condition) = match found {
            _ if round % 4 == 3 => (When::Always, Condition::Any),
            None => (When::Absent, Condition::Absent),
            Some((_, revision)) => (When::At(revision), Condition::At(Revision(revision))),
        };
        let call = recorder.invoke(client, Op::put(value, when));
        turn().await;
        let written = store.write(&bucket, write.when(condition)).await;
        turn().await;
        call.answered(said(written));
        if round % 5 == 4 {
            let call = recorder.invoke(client, Op::Delete { when: When::Always });
            turn().await;
            call.answered(said(store.write(&bucket, Write::delete(key.clone())).await));
        }
    }
}

/// How many pairs of operations were under way at one time.
fn overlaps(history: &History<Op, Said>) -> usize {
    let mut open = 0;
    history.ends().into_iter().fold(0, |pairs, (end, _)| match end {
        End::Invoked => {
            open += 1;
            pairs + open - 1
        }
        End::Answered => {
            open -= 1;
            pairs
        }
    })
}

#[test]
fn the_memory_adapter_is_linearizable_in_every_order_that_a_seed_draws() {
    for seed in 0..20 {
        let world = Simulation::new(seed);
        let store: Arc<dyn KeyValue> = Arc::new(MemoryKeyValue::new(world.clock()));
        let recorder = Recorder::default();
        let clients: Vec<_> = (0..CLIENTS)
            .map(|client| world.spawner().spawn("client", be_client(client, Arc::clone(&store), recorder.clone())))
            .collect();
        world.run_until_idle();
        drop(clients);
        let history = recorder.history();
        assert!(history.calls.len() >= CLIENTS * ROUNDS as usize * 2 && history.unknown() == 0, "seed {seed}");
        assert!(overlaps(&history) > history.calls.len(), "seed {seed}: clients hardly overlap");
        let judgement = judge::<OneKey>(history).expect("the checkers agree");
        assert_eq!(judgement.answer, Answer::Linearizable, "seed {seed}: {:?}", judgement.refuted_at);
    }
}

#[test]
fn the_memory_adapter_is_linearizable_on_threads() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(4).build().expect("a runtime");
    let store: Arc<dyn KeyValue> = Arc::new(MemoryKeyValue::new(Arc::new(SystemClock::new())));
    let recorder = Recorder::default();
    runtime.block_on(async {
        let clients = (0..CLIENTS)
            .map(|client| crate::chaos::live::task(be_client(client, Arc::clone(&store), recorder.clone())));
        for client in clients.collect::<Vec<_>>() {
            client.await.expect("a client");
        }
    });
    let judgement = judge::<OneKey>(recorder.history()).expect("the checkers agree");
    assert_eq!(judgement.answer, Answer::Linearizable, "{:?}", judgement.refuted_at);
}
