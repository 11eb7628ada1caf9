//! Starts, restarts and ecosystems of our processes, all of them supervised.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use foundation_core::{Address, ChildSpec, Context, Exit, Process, Restart, Supervisor, SupervisorHandle};
use tokio::sync::mpsc;

use super::runtime;
use crate::idle::{Kept, all_up};
use crate::measure::median;
use crate::stopwatch::{Finish, Stopwatch, micros, millis, rate};
use crate::variant::{PLANNED, Phase, Trouble};

/// A process that waits.
struct Idler;

impl Process for Idler {
    type Message = ();

    async fn handle(&mut self, (): (), _ctx: &mut Context<Self>) -> Result<(), Exit> {
        Ok(())
    }
}

/// A supervisor for each: until there are dynamic ones.
pub(super) async fn start_stop(n: u64) -> f64 {
    let runtime = runtime();
    let begun = Instant::now();
    for _ in 0..n {
        let child = ChildSpec::new("idler", || Idler);
        let tree = runtime.supervise("starts", Supervisor::one_for_one().child(child)).await.expect("it starts");
        tree.shutdown().await;
    }
    rate(n, begun.elapsed())
}

struct Crash;

/// Notes each of its lives.
struct Victim(mpsc::UnboundedSender<Instant>);

impl Process for Victim {
    type Message = Crash;

    async fn init(&mut self, _ctx: &mut Context<Self>) -> Result<(), Exit> {
        let _ = self.0.send(Instant::now());
        Ok(())
    }

    async fn handle(&mut self, _message: Crash, _ctx: &mut Context<Self>) -> Result<(), Exit> {
        std::panic::panic_any(PLANNED)
    }
}

/// One permanent child below a one_for_one supervisor that counts its restarts; its init notes that it is up.
pub(super) async fn restart(n: u64, trouble: Trouble) -> f64 {
    let (up, mut ups) = mpsc::unbounded_channel();
    let child = ChildSpec::new("victim", move || Victim(up.clone()));
    let victim = child.address();
    let supervisor = Supervisor::one_for_one().intensity(u32::MAX, Duration::from_secs(1)).child(child);
    let tree = runtime().supervise("restarts", supervisor).await.expect("it starts");
    ups.recv().await.expect("the process runs");
    let mut took = Vec::with_capacity(n as usize);
    for _ in 0..n {
        let begun = Instant::now();
        match trouble {
            Trouble::Kill => victim.kill(),
            Trouble::Panic => victim.try_cast(Crash).expect("the process runs"),
        }
        let is_up = ups.recv().await.expect("the process is restarted");
        took.push(micros(is_up - begun));
    }
    tree.shutdown().await;
    median(&took)
}

/// Counts who joins.
struct Coordinator {
    left: u64,
    finish: Finish,
}

struct Join;

impl Process for Coordinator {
    type Message = Join;

    async fn handle(&mut self, _join: Join, _ctx: &mut Context<Self>) -> Result<(), Exit> {
        self.left -= 1;
        if self.left == 0 {
            self.finish.now();
        }
        Ok(())
    }
}

struct Worker(Address<Join>);

impl Process for Worker {
    type Message = ();

    async fn init(&mut self, _ctx: &mut Context<Self>) -> Result<(), Exit> {
        let _ = self.0.cast(Join).await;
        Ok(())
    }

    async fn handle(&mut self, (): (), _ctx: &mut Context<Self>) -> Result<(), Exit> {
        Ok(())
    }
}

/// A one_for_one supervisor with a coordinator and `n` workers. Down: until the supervisor is gone.
pub(super) async fn ecosystem(n: u64, phase: Phase) -> f64 {
    let watch = Stopwatch::new();
    let names = names(n);
    let begun = Instant::now();
    let finish = watch.finish();
    let coordinator = ChildSpec::new("coordinator", move || Coordinator { left: n, finish: finish.clone() });
    let address = coordinator.address();
    let mut supervisor = Supervisor::one_for_one().child(coordinator);
    for name in names {
        let address = address.clone();
        supervisor =
            supervisor.child(ChildSpec::new(name, move || Worker(address.clone())).restart(Restart::Transient));
    }
    let tree: SupervisorHandle = runtime().supervise("ecosystem", supervisor).await.expect("it starts");
    let started = begun.elapsed();
    let up = watch.until_all(begun, 1).await.max(started);
    let begun = Instant::now();
    tree.shutdown().await;
    let down = begun.elapsed();
    millis(if phase == Phase::Up { up } else { down })
}

/// Names that live as long as the program, made once.
fn names(n: u64) -> impl Iterator<Item = &'static str> {
    static NAMES: std::sync::Mutex<Vec<&'static str>> = std::sync::Mutex::new(Vec::new());
    let mut names = NAMES.lock().expect("nobody panics while holding it");
    while (names.len() as u64) < n {
        let next = crate::variant::name_of(names.len() as u64);
        names.push(Box::leak(next.into_boxed_str()));
    }
    names[..n as usize].to_vec().into_iter()
}

/// Counts itself when it has started.
struct Counted(Arc<AtomicU64>);

impl Process for Counted {
    type Message = ();

    async fn init(&mut self, _ctx: &mut Context<Self>) -> Result<(), Exit> {
        self.0.fetch_add(1, Ordering::Relaxed);
        Ok(())
    }

    async fn handle(&mut self, (): (), _ctx: &mut Context<Self>) -> Result<(), Exit> {
        Ok(())
    }
}

pub(super) async fn idle(n: u64) -> Kept {
    let runtime = runtime();
    let up = Arc::new(AtomicU64::new(0));
    let addresses: Vec<_> = (0..n).map(|_| runtime.spawn("idle", Counted(Arc::clone(&up)))).collect();
    all_up(&up, n).await;
    Box::new(addresses)
}
