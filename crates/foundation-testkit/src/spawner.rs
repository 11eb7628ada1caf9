//! What every [`Spawner`] owes.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use foundation_core::Spawner;
use futures_channel::oneshot;

use crate::world::World;

/// Every task runs to its end, also one that is started by a task.
pub async fn tasks_run(world: &World, spawner: &Arc<Spawner>) {
    let (sender, receiver) = futures_channel::mpsc::unbounded();
    for number in 0..50 {
        let (sender, inner) = (sender.clone(), (**spawner).clone());
        spawner.spawn("outer", async move {
            let from_inside = sender.clone();
            inner.spawn("inner", async move { drop(from_inside.unbounded_send(number)) });
            drop(sender.unbounded_send(number));
        });
    }
    drop(sender);
    let mut seen: Vec<i32> = world.within("the tasks", futures_util::StreamExt::collect(receiver)).await;
    seen.sort_unstable();
    assert_eq!(seen, (0..50).flat_map(|number| [number, number]).collect::<Vec<_>>());
}

/// A task that waits is run again when what it waits for comes.
pub async fn waiting_tasks_go_on(world: &World, spawner: &Arc<Spawner>) {
    let (ask, asked) = oneshot::channel();
    let (answer, answered) = oneshot::channel();
    spawner.spawn("waits", async move {
        let number: i32 = asked.await.unwrap();
        answer.send(number + 1).unwrap();
    });
    world.pass(Duration::from_millis(5)).await;
    ask.send(1).unwrap();
    assert_eq!(world.within("the answer", answered).await, Ok(2));
}

/// A panic ends its own task only.
pub async fn a_panic_harms_no_other(world: &World, spawner: &Arc<Spawner>) {
    let (sender, receiver) = oneshot::channel();
    for _ in 0..4 {
        spawner.spawn("panics", async { panic!("on purpose, by the spawner's contract") });
    }
    let clock = Arc::clone(&world.clock);
    spawner.spawn("goes on", async move {
        clock.sleep(Duration::from_millis(5)).await;
        sender.send(()).unwrap();
    });
    assert_eq!(world.within("the other task", receiver).await, Ok(()));
}

/// Blocking work answers its result; its panic is told and harms no other.
pub async fn blocking_work_answers(world: &World, spawner: &Arc<Spawner>) {
    let done = Arc::new(AtomicUsize::new(0));
    for number in 0..20 {
        let done = Arc::clone(&done);
        let work = spawner.spawn_blocking("adds", move || done.fetch_add(1, Ordering::AcqRel) + number);
        assert!(world.within("the work", work).await.unwrap() >= number);
    }
    assert_eq!(done.load(Ordering::Acquire), 20);
    let failed = spawner.spawn_blocking("fails", || -> i32 { panic!("on purpose, by the spawner's contract") });
    let aborted = world.within("the work", failed).await.unwrap_err();
    assert_eq!((aborted.task, aborted.reason.as_str()), ("fails", "on purpose, by the spawner's contract"));
    assert_eq!(world.within("the work", spawner.spawn_blocking("works", || 7)).await, Ok(7));
}

/// Blocking work runs although nobody waits for it.
pub async fn blocking_work_runs_unwatched(world: &World, spawner: &Arc<Spawner>) {
    let (sender, receiver) = oneshot::channel();
    drop(spawner.spawn_blocking("unwatched", move || sender.send(7)));
    assert_eq!(world.within("the work", receiver).await, Ok(7));
}
