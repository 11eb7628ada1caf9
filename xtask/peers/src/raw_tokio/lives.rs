//! Starts, restarts and ecosystems of plain tasks: a mailbox, a hand-written stop, a supervisor that is a loop.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Instant;

use tokio::sync::{mpsc, oneshot};
use tokio::task::AbortHandle;

use crate::idle::{Kept, all_up};
use crate::measure::median;
use crate::stopwatch::{Finish, Stopwatch, micros, millis, rate};
use crate::variant::{PLANNED, Payload, Phase, Trouble, name_of};

/// What the tasks here are sent.
enum Mail {
    Stop,
    Crash,
}

/// Names of tasks, as one writes it first.
type Names = Arc<Mutex<HashMap<String, mpsc::UnboundedSender<Mail>>>>;

/// No supervisor: a task with a mailbox is spawned, tells that it runs, is sent a stop and joined.
pub(super) async fn start_stop(n: u64) -> f64 {
    let begun = Instant::now();
    for _ in 0..n {
        let (mailbox, mut mail) = mpsc::unbounded_channel();
        let (started, is_up) = oneshot::channel();
        let task = tokio::spawn(async move {
            let _ = started.send(());
            while let Some(Mail::Crash) = mail.recv().await {}
        });
        is_up.await.expect("the task runs");
        mailbox.send(Mail::Stop).expect("the task runs");
        task.await.expect("the task ends");
    }
    rate(n, begun.elapsed())
}

/// As [`start_stop`]; the task enters its name when it starts and takes it out when it ends.
pub(super) async fn start_stop_named(n: u64) -> f64 {
    let names = Names::default();
    let begun = Instant::now();
    for i in 0..n {
        let (mailbox, mut mail) = mpsc::unbounded_channel();
        let (started, is_up) = oneshot::channel();
        let (names, own, name) = (Arc::clone(&names), mailbox.clone(), name_of(i));
        let task = tokio::spawn(async move {
            lock(&names).insert(name.clone(), own);
            let _ = started.send(());
            while let Some(Mail::Crash) = mail.recv().await {}
            lock(&names).remove(&name);
        });
        is_up.await.expect("the task runs");
        mailbox.send(Mail::Stop).expect("the task runs");
        task.await.expect("the task ends");
    }
    rate(n, begun.elapsed())
}

/// A loop awaits the task's handle and spawns it again, without any limit. Each life has a mailbox of its own, enters
/// it under its name and notes that it is up.
pub(super) async fn restart(n: u64, trouble: Trouble) -> f64 {
    let names = Names::default();
    let (up, mut ups) = mpsc::unbounded_channel();
    let (handle, mut handles) = mpsc::unbounded_channel::<AbortHandle>();
    let supervised = Arc::clone(&names);
    let supervisor = tokio::spawn(async move {
        loop {
            let task = tokio::spawn(victim(Arc::clone(&supervised), up.clone()));
            let _ = handle.send(task.abort_handle());
            if task.await.is_ok() {
                break;
            }
        }
    });
    let mut took = Vec::with_capacity(n as usize);
    ups.recv().await.expect("the task runs");
    for _ in 0..n {
        let task = handles.recv().await.expect("the supervisor runs");
        let begun = Instant::now();
        match trouble {
            Trouble::Kill => task.abort(),
            Trouble::Panic => lock(&names)["victim"].send(Mail::Crash).expect("the task runs"),
        }
        let is_up: Instant = ups.recv().await.expect("the supervisor runs");
        took.push(micros(is_up - begun));
    }
    lock(&names)["victim"].send(Mail::Stop).expect("the task runs");
    supervisor.await.expect("the supervisor ends");
    median(&took)
}

async fn victim(names: Names, up: mpsc::UnboundedSender<Instant>) {
    let (own, mut mail) = mpsc::unbounded_channel();
    lock(&names).insert("victim".to_owned(), own);
    let _ = up.send(Instant::now());
    if let Some(Mail::Crash) = mail.recv().await {
        std::panic::panic_any(PLANNED);
    }
}

/// One task that counts who joins, and `n` workers that enter their names and join. Down: each is sent a stop, all at
/// once, takes its name out and is joined.
pub(super) async fn ecosystem(n: u64, phase: Phase) -> f64 {
    let names = Names::default();
    let watch = Stopwatch::new();
    let keys: Vec<String> = (0..n).map(name_of).collect();
    let begun = Instant::now();
    let (coordinator, joins) = mpsc::unbounded_channel();
    let coordinating = tokio::spawn(coordinate(joins, n, watch.finish()));
    let workers: Vec<_> =
        keys.into_iter().map(|name| tokio::spawn(work(name, Arc::clone(&names), coordinator.clone()))).collect();
    let up = watch.until_all(begun, 1).await;
    let begun = Instant::now();
    let mailboxes: Vec<_> = lock(&names).values().cloned().collect();
    for mailbox in mailboxes {
        mailbox.send(Mail::Stop).expect("the worker runs");
    }
    drop(coordinator);
    for worker in workers {
        worker.await.expect("the worker ends");
    }
    coordinating.await.expect("the coordinator ends");
    let down = begun.elapsed();
    millis(if phase == Phase::Up { up } else { down })
}

async fn coordinate(mut joins: mpsc::UnboundedReceiver<()>, n: u64, finish: Finish) {
    let mut joined = 0;
    while joins.recv().await.is_some() {
        joined += 1;
        if joined == n {
            finish.now();
        }
    }
}

async fn work(name: String, names: Names, coordinator: mpsc::UnboundedSender<()>) {
    let (own, mut mail) = mpsc::unbounded_channel();
    lock(&names).insert(name.clone(), own);
    coordinator.send(()).expect("the coordinator runs");
    while let Some(Mail::Crash) = mail.recv().await {}
    lock(&names).remove(&name);
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().expect("nobody panics while holding it")
}

/// Tasks that wait for mail which never comes, each with an unbounded mailbox and without a name.
pub(super) async fn idle(n: u64) -> Kept {
    let up = Arc::new(AtomicU64::new(0));
    let mut mailboxes = Vec::with_capacity(n as usize);
    for _ in 0..n {
        let (mailbox, mut mail) = mpsc::unbounded_channel::<Payload>();
        let started = Arc::clone(&up);
        tokio::spawn(async move {
            started.fetch_add(1, Ordering::Relaxed);
            drop(started);
            while let Some(_payload) = mail.recv().await {}
        });
        mailboxes.push(mailbox);
    }
    all_up(&up, n).await;
    Box::new(mailboxes)
}
