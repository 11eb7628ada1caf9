//! The same on several real threads, where no seed decides what runs next.

use std::sync::mpsc;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use foundation_core::event::NodeId;
use foundation_core::port::entropy::RandomStream;
use foundation_core::{
    Address, ChildError, ChildTemplate, DynamicSupervisor, Exit, Restart, Runtime, RuntimeParts, Shutdown, Spawner,
    Supervisor, Telemetry,
};
use foundation_memory::{SeededEntropy, SystemClock};
use futures_channel::oneshot;

use super::plain;
use crate::support::{Diary, Do, Worker};

/// Far beyond what anything here needs, so that only a hang meets it.
const PATIENCE: Duration = Duration::from_secs(60);

fn on_threads<F: Future<Output = ()>>(test: impl FnOnce(Runtime) -> F) {
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

/// Starts a task; its answer.
fn task<T: Send + 'static>(runtime: &Runtime, work: impl Future<Output = T> + Send + 'static) -> oneshot::Receiver<T> {
    let (done, answer) = oneshot::channel();
    runtime.spawner().spawn("task", async move {
        // Whoever waits for it is the test, which has not failed.
        let _ = done.send(work.await);
    });
    answer
}

/// What one task does with a child of its own, and with a child that all have.
async fn live(
    pool: &DynamicSupervisor,
    shared: &Address<Do>,
    random: &mut RandomStream,
    kept: &Mutex<Vec<Address<Do>>>,
) {
    let restart = [Restart::Permanent, Restart::Transient, Restart::Temporary][random.below(3) as usize];
    let rule = [Shutdown::BrutalKill, Shutdown::Timeout(PATIENCE), Shutdown::Infinity][random.below(3) as usize];
    let template = plain(&Diary::default()).restart(restart).shutdown(rule);
    let child = pool.start_child(&template, "w").await.unwrap();
    match random.below(6) {
        0 => child.kill(),
        1 => child.stop(Exit::Normal),
        2 => drop(child.try_cast(Do::run(|_, _| panic!("planned")))),
        3 => assert_eq!(child.call(|reply| Do::Ask(1, reply), PATIENCE).await.unwrap(), 2),
        4 => shared.kill(),
        _ => {}
    }
    if random.below(4) == 0 {
        kept.lock().unwrap().push(child);
        return;
    }
    match pool.terminate_child(&child).await {
        Ok(()) => {}
        Err(ChildError::NotFound(_)) => assert_ne!(restart, Restart::Permanent, "it was there"),
        Err(other) => panic!("{other}"),
    }
    // For good: also where a restart was on its way.
    assert!(!child.is_alive());
    assert!(child.running().await.is_err());
}

#[test]
fn children_start_and_end_on_several_threads_at_once() {
    const TASKS: u64 = 8;
    const CHILDREN: usize = 400;
    on_threads(|runtime| async move {
        let pool = DynamicSupervisor::new("pool").intensity(u32::MAX, PATIENCE);
        pool.start(&runtime).await.unwrap();
        let shared = pool.start_child(&plain(&Diary::default()), "shared").await.unwrap();
        let kept = Arc::new(Mutex::new(Vec::new()));
        let tasks: Vec<_> = (0..TASKS)
            .map(|number| {
                let (pool, shared, kept) = (pool.clone(), shared.clone(), Arc::clone(&kept));
                task(&runtime, async move {
                    let mut random = RandomStream::new(3, number);
                    for _ in 0..CHILDREN {
                        live(&pool, &shared, &mut random, &kept).await;
                    }
                })
            })
            .collect();
        for task in tasks {
            task.await.unwrap();
        }
        shared.running().await.unwrap();
        assert!(shared.process_ref().incarnation > 20, "the test tests nothing");
        assert!(matches!(pool.shutdown().await, Exit::Shutdown));
        let kept = std::mem::take(&mut *kept.lock().unwrap());
        assert!(kept.len() > 200 && kept.iter().all(|child| !child.is_alive()));
        assert_eq!(pool.len(), 0);
        let ledger = runtime.ledger();
        assert!(ledger.queued == 0 && ledger.is_balanced(), "{ledger:?}");
    });
}

#[test]
fn children_that_start_while_their_supervisor_ends_do_not_outlive_it() {
    const ROUNDS: u32 = 60;
    on_threads(|runtime| async move {
        let pool = DynamicSupervisor::new("pool");
        let tree = Supervisor::one_for_one().intensity(u32::MAX, PATIENCE).child(pool.child_spec("pool"));
        let tree = runtime.supervise("tree", tree).await.unwrap();
        let rules = [Shutdown::BrutalKill, Shutdown::Timeout(PATIENCE), Shutdown::Infinity];
        for round in 0..ROUNDS {
            let template = plain(&Diary::default()).shutdown(rules[round as usize % 3]);
            let life = pool.address().process_ref();
            let starters: Vec<_> = (0..3)
                .map(|_| {
                    let (pool, template) = (pool.clone(), template.clone());
                    task(&runtime, async move {
                        let mut begun = Vec::new();
                        while pool.address().process_ref() == life {
                            begun.extend(pool.start_child(&template, "w").await);
                            // Neither a start nor a refusal need wait, and tasks of this thread are to run.
                            tokio::task::yield_now().await;
                        }
                        begun
                    })
                })
                .collect();
            while pool.len() < 20 {
                tokio::task::yield_now().await;
            }
            if round.is_multiple_of(2) {
                pool.address().kill()
            } else {
                pool.address().stop(Exit::Shutdown)
            }
            let mut begun = Vec::new();
            for starter in starters {
                begun.extend(starter.await.unwrap());
            }
            // Once the next life takes children, those of the former are gone.
            let mut first = pool.start_child(&template, "w").await;
            while first.is_err() {
                tokio::task::yield_now().await;
                first = pool.start_child(&template, "w").await;
            }
            let alive = begun.iter().filter(|child| child.is_alive()).count();
            assert_eq!(pool.len(), alive + 1, "round {round}");
        }
        tree.shutdown().await;
        assert_eq!(pool.len(), 0);
        let ledger = runtime.ledger();
        assert!(ledger.is_balanced(), "{ledger:?}");
    });
}

/// A child is made when its supervisor has let it in and before it runs: the end of the supervisor that comes in
/// between cannot stop it yet.
#[test]
fn a_child_that_is_being_made_when_its_supervisor_ends_is_stopped() {
    for kill in [true, false] {
        for (restart, rule) in [
            (Restart::Permanent, Shutdown::BrutalKill),
            (Restart::Temporary, Shutdown::BrutalKill),
            (Restart::Permanent, Shutdown::Infinity),
        ] {
            on_threads(|runtime| async move {
                let (making, made) = (mpsc::channel::<()>(), mpsc::channel::<()>());
                let (tell_making, go_on) = (making.0, Mutex::new(made.1));
                let template = ChildTemplate::new("held up", move |(): &()| {
                    tell_making.send(()).unwrap();
                    go_on.lock().unwrap().recv().unwrap();
                    Worker::new("w", &Diary::default())
                });
                let template = template.restart(restart).shutdown(rule);
                let pool = DynamicSupervisor::new("pool");
                pool.start(&runtime).await.unwrap();
                let starter = {
                    let pool = pool.clone();
                    task(&runtime, async move { pool.start_child(&template, ()).await })
                };
                while making.1.try_recv().is_err() {
                    tokio::task::yield_now().await;
                }
                if kill {
                    pool.address().kill()
                } else {
                    pool.address().stop(Exit::Shutdown)
                }
                // It takes none any more when it ends.
                let other = plain(&Diary::default());
                while let Ok(child) = pool.start_child(&other, "o").await {
                    drop(pool.terminate_child(&child).await);
                }
                made.0.send(()).unwrap();
                if let Ok(child) = starter.await.unwrap() {
                    child.exited().await;
                    assert!(child.running().await.is_err());
                }
                pool.address().exited().await;
                // Whose supervisor was killed ends by itself.
                while !pool.is_empty() {
                    tokio::task::yield_now().await;
                }
            });
        }
    }
}
