//! The same guarantees on several real threads, where no seed decides what runs next.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use foundation_core::event::NodeId;
use foundation_core::port::entropy::RandomStream;
use foundation_core::{
    CallError, ChildSpec, Exit, MailboxSettings, Overflow, Runtime, RuntimeParts, Spawner, Supervisor, Telemetry,
};
use foundation_memory::{SeededEntropy, SystemClock};
use futures_util::future::join;

use crate::support::{Diary, Do, Worker};

/// Runs `test` on four threads.
pub(super) fn on_threads<F: Future<Output = ()>>(test: impl FnOnce(Runtime) -> F) {
    let threads = tokio::runtime::Builder::new_multi_thread().worker_threads(4).build().unwrap();
    threads.block_on(async {
        let runtime = Runtime::new(RuntimeParts {
            clock: Arc::new(SystemClock::new()),
            entropy: Arc::new(SeededEntropy::new(1)),
            spawner: Spawner::current().unwrap(),
            node: NodeId::new("test").unwrap(),
            telemetry: Telemetry::none(),
        });
        test(runtime).await;
    });
}

/// Far beyond what a call needs, so that only a hang meets it.
pub(super) const PATIENCE: Duration = Duration::from_secs(60);

#[test]
fn every_call_ends_once_while_processes_are_killed() {
    const CALLERS: u64 = 8;
    const CALLS: u64 = 12_500;
    on_threads(|runtime| async move {
        let settings = MailboxSettings { capacity: 16, overflow: Overflow::Wait };
        let mut tree = Supervisor::one_for_one().intensity(u32::MAX, PATIENCE);
        let mut workers = Vec::new();
        for name in ["a", "b", "c", "d"] {
            let spec = ChildSpec::new(name, move || Worker::new(name, &Diary::default()).mailbox(settings));
            workers.push(spec.address());
            tree = tree.child(spec);
        }
        let tree = runtime.supervise("tree", tree).await.unwrap();
        let (answered, down, refused) = (AtomicU64::new(0), AtomicU64::new(0), AtomicU64::new(0));
        let counts = Arc::new((answered, down, refused));
        let callers: Vec<_> = (0..CALLERS)
            .map(|caller| {
                let (workers, counts) = (workers.clone(), Arc::clone(&counts));
                let (done, wait) = futures_channel::oneshot::channel();
                runtime.spawner().spawn("caller", async move {
                    let mut random = RandomStream::new(9, caller);
                    for number in 0..CALLS {
                        let worker = &workers[random.below(4) as usize];
                        match random.below(500) {
                            0 => worker.kill(),
                            1 => worker.stop(Exit::Shutdown),
                            _ => {}
                        }
                        match worker.call(|reply| Do::Ask(number, reply), PATIENCE).await {
                            Ok(answer) => {
                                assert_eq!(answer, number + 1);
                                counts.0.fetch_add(1, Ordering::Relaxed);
                            }
                            Err(CallError::Down(exit)) => {
                                assert!(matches!(exit, Exit::Killed | Exit::Shutdown), "{exit}");
                                counts.1.fetch_add(1, Ordering::Relaxed);
                            }
                            Err(CallError::NotSent(_)) => {
                                counts.2.fetch_add(1, Ordering::Relaxed);
                                worker.running().await.unwrap();
                            }
                            Err(other) => panic!("{other}"),
                        }
                    }
                    done.send(()).unwrap();
                });
                wait
            })
            .collect();
        for caller in callers {
            caller.await.expect("a caller panicked");
        }
        let ended =
            counts.0.load(Ordering::Relaxed) + counts.1.load(Ordering::Relaxed) + counts.2.load(Ordering::Relaxed);
        assert_eq!(ended, CALLERS * CALLS);
        assert!(counts.0.load(Ordering::Relaxed) > CALLERS * CALLS / 2);
        let kills: u64 = tree.children().await.iter().map(|child| child.restarts).sum();
        assert!(kills > 20, "only {kills} restarts: the test tests nothing");
        tree.shutdown().await;
        let ledger = runtime.ledger();
        // The supervisor sends itself a message whenever a kill hits a child in its init.
        assert!(ledger.sent >= CALLERS * CALLS && ledger.queued == 0 && ledger.is_balanced(), "{ledger:?}");
    });
}

#[test]
fn casts_of_many_threads_arrive_once_and_in_each_senders_order() {
    const SENDERS: u64 = 4;
    const CASTS: u64 = 5_000;
    on_threads(|runtime| async move {
        let diary = Diary::default();
        let settings = MailboxSettings { capacity: 8, overflow: Overflow::Wait };
        let worker = runtime.spawn("worker", Worker::new("w", &diary).mailbox(settings));
        let senders: Vec<_> = (0..SENDERS)
            .map(|sender| {
                let worker = worker.clone();
                let (done, wait) = futures_channel::oneshot::channel();
                runtime.spawner().spawn("sender", async move {
                    for number in 0..CASTS {
                        worker.cast(Do::Note(sender * CASTS + number)).await.unwrap();
                    }
                    done.send(()).unwrap();
                });
                wait
            })
            .collect();
        for sender in senders {
            sender.await.expect("a sender panicked");
        }
        assert_eq!(worker.call(|reply| Do::Ask(1, reply), PATIENCE).await.unwrap(), 2);
        let mut next = vec![0; SENDERS as usize];
        for entry in diary.take() {
            let Some(number) = entry.strip_prefix("w ").and_then(|text| text.parse::<u64>().ok()) else { continue };
            let sender = (number / CASTS) as usize;
            assert_eq!(number % CASTS, next[sender]);
            next[sender] += 1;
        }
        assert_eq!(next, vec![CASTS; SENDERS as usize]);
    });
}

#[test]
fn a_torn_down_tokio_runtime_ends_calls_from_outside() {
    let threads = tokio::runtime::Builder::new_multi_thread().worker_threads(2).build().unwrap();
    let runtime = threads.block_on(async {
        Runtime::new(RuntimeParts {
            clock: Arc::new(SystemClock::new()),
            entropy: Arc::new(SeededEntropy::new(1)),
            spawner: Spawner::current().unwrap(),
            node: NodeId::new("test").unwrap(),
            telemetry: Telemetry::none(),
        })
    });
    let worker = runtime.spawn("worker", Worker::new("w", &Diary::default()));
    let outside = tokio::runtime::Builder::new_current_thread().build().unwrap();
    outside.block_on(async {
        let call = worker.call(Do::Keep, PATIENCE);
        let teardown = async {
            // The reply is in the state once this is answered.
            worker.call(|reply| Do::Ask(1, reply), PATIENCE).await.unwrap();
            threads.shutdown_background();
        };
        let (answer, ()) = join(call, teardown).await;
        assert!(matches!(answer, Err(CallError::Down(Exit::Killed))), "{answer:?}");
    });
}

#[test]
fn processes_at_rest_hear_of_a_torn_down_tokio_runtime() {
    let threads = tokio::runtime::Builder::new_multi_thread().worker_threads(2).build().unwrap();
    let resting = threads.block_on(async {
        let runtime = Runtime::new(RuntimeParts {
            clock: Arc::new(SystemClock::new()),
            entropy: Arc::new(SeededEntropy::new(1)),
            spawner: Spawner::current().unwrap(),
            node: NodeId::new("test").unwrap(),
            telemetry: Telemetry::none(),
        });
        let resting = [1, 2, 3].map(|_| runtime.spawn("worker", Worker::new("w", &Diary::default())));
        // What is left is the sentinel: a process that waits for its first message has no task.
        while tokio::runtime::Handle::current().metrics().num_alive_tasks() > 1 {
            tokio::task::yield_now().await;
        }
        resting
    });
    assert!(resting.iter().all(|process| process.is_alive()));
    threads.shutdown_background();
    let outside = tokio::runtime::Builder::new_current_thread().build().unwrap();
    for process in resting {
        let exit = outside.block_on(process.exited());
        assert!(matches!(exit, Exit::Killed), "{exit}");
    }
}
