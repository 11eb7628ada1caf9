//! The same on several threads, where the life of a process goes from one to the other with each call.

use std::sync::Arc;
use std::time::Duration;

use foundation_core::event::NodeId;
use foundation_core::port::entropy::RandomStream;
use foundation_core::{CallError, ChildSpec, Exit, Runtime, RuntimeParts, Spawner, Supervisor, Telemetry};
use foundation_memory::{SeededEntropy, SystemClock};
use futures_util::future::join;

use super::{Ask, Server};

/// Far beyond what a call needs, so that only a hang meets it.
const PATIENCE: Duration = Duration::from_secs(60);
const CALLERS: u64 = 8;
const MESSAGES: u64 = 12_500;

/// How the calls of a run ended, and the casts.
#[derive(Debug, Default)]
struct Ends {
    answered: u64,
    down: u64,
    refused: u64,
    cast: u64,
}

/// A runtime on the tokio runtime that this is called from.
fn runtime() -> Runtime {
    Runtime::new(RuntimeParts {
        clock: Arc::new(SystemClock::new()),
        entropy: Arc::new(SeededEntropy::new(1)),
        spawner: Spawner::current().unwrap(),
        node: NodeId::new("test").unwrap(),
        telemetry: Telemetry::none(),
    })
}

/// Casts and calls of several callers on four threads to one process, of which one in `trouble` goes with a kill, a stop
/// or a panic.
fn storm(trouble: Option<u32>) -> (Ends, u64) {
    let threads = tokio::runtime::Builder::new_multi_thread().worker_threads(4).build().unwrap();
    threads.block_on(async {
        let runtime = runtime();
        let spec = ChildSpec::new("server", Server::<true>::new);
        let server = spec.address();
        let tree = Supervisor::one_for_one().intensity(u32::MAX, PATIENCE).child(spec);
        let tree = runtime.supervise("tree", tree).await.unwrap();
        let callers: Vec<_> = (0..CALLERS)
            .map(|sender| {
                let server = server.clone();
                let (done, wait) = futures_channel::oneshot::channel();
                runtime.spawner().spawn("caller", async move {
                    let mut random = RandomStream::new(7, sender);
                    let mut ends = Ends::default();
                    for number in 1..=MESSAGES {
                        let mishap = trouble.filter(|one_in| random.below(*one_in) == 0);
                        match mishap.map(|_| random.below(3)) {
                            Some(0) => server.kill(),
                            Some(1) => server.stop(Exit::Shutdown),
                            Some(_) => drop(server.try_cast(Ask::Panic(None))),
                            None => {}
                        }
                        if random.below(4) == 0 {
                            match server.cast(Ask::Note { sender, number }).await {
                                Ok(()) => ends.cast += 1,
                                Err(_) => {
                                    ends.refused += 1;
                                    server.running().await.unwrap();
                                }
                            }
                            continue;
                        }
                        match server.call(|reply| Ask::Number { sender, number, reply }, PATIENCE).await {
                            Ok(answer) => {
                                assert_eq!(answer, number);
                                ends.answered += 1;
                            }
                            Err(CallError::Down(exit)) => {
                                let planned = match &exit {
                                    Exit::Killed | Exit::Shutdown => true,
                                    Exit::Panicked(text) => &**text == "planned",
                                    _ => false,
                                };
                                assert!(planned, "{exit}");
                                ends.down += 1;
                            }
                            Err(CallError::NotSent(_)) => {
                                ends.refused += 1;
                                server.running().await.unwrap();
                            }
                            Err(other) => panic!("{other}"),
                        }
                    }
                    done.send(ends).unwrap();
                });
                wait
            })
            .collect();
        let mut all = Ends::default();
        for caller in callers {
            let ends = caller.await.unwrap();
            all.answered += ends.answered;
            all.down += ends.down;
            all.refused += ends.refused;
            all.cast += ends.cast;
        }
        let restarts = tree.children().await.iter().map(|child| child.restarts).sum();
        tree.shutdown().await;
        let ledger = runtime.ledger();
        assert!(ledger.is_balanced() && ledger.queued == 0, "{ledger:?}");
        (all, restarts)
    })
}

#[test]
fn every_message_arrives_once_in_its_senders_order() {
    let (ends, restarts) = storm(None);
    assert_eq!((ends.answered + ends.cast, ends.down, ends.refused, restarts), (CALLERS * MESSAGES, 0, 0, 0));
    assert!(ends.cast > MESSAGES, "{ends:?}");
}

#[test]
fn every_call_ends_once_while_the_process_is_killed_stopped_and_panics() {
    let (ends, restarts) = storm(Some(500));
    assert_eq!(ends.answered + ends.cast + ends.down + ends.refused, CALLERS * MESSAGES);
    assert!(ends.answered > CALLERS * MESSAGES / 2, "{ends:?}");
    assert!(ends.down > 0 && restarts > 20, "{ends:?}, {restarts} restarts: the test tests nothing");
}

/// It has no task that could be dropped with the others, and has been run on a thread of another runtime before.
#[test]
fn a_torn_down_tokio_runtime_ends_one_at_rest() {
    let threads = tokio::runtime::Builder::new_multi_thread().worker_threads(2).build().unwrap();
    let runtime = threads.block_on(async { runtime() });
    let server = runtime.spawn("server", Server::<true>::new());
    let outside = tokio::runtime::Builder::new_current_thread().build().unwrap();
    outside.block_on(async {
        let kept = server.call(Ask::Keep, PATIENCE);
        let teardown = async {
            // The reply is in the state once this is answered.
            server.call(|reply| Ask::Number { sender: 0, number: 1, reply }, PATIENCE).await.unwrap();
            threads.shutdown_background();
        };
        let (answer, ()) = join(kept, teardown).await;
        assert!(matches!(answer, Err(CallError::Down(Exit::Killed))), "{answer:?}");
    });
}
