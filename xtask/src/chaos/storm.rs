//! `chaos storm`: children that die ten thousand times a second under a supervisor that tolerates it, and under one that
//! does not. Limits hold, memory comes back, and another subtree's calls are hardly slower.

use std::sync::Arc;
use std::time::Duration;

use foundation_core::{Address, ChildSpec, Context, Exit, Process, Reply, Runtime, Supervisor, SupervisorHandle};

use super::findings::Findings;
use super::live;
use super::memory;
use crate::args::ChaosArgs;
use crate::failure::Failure;

const SECONDS: u64 = 10;
const CHILDREN: usize = 200;
/// One death in each span of this length: ten thousand a second.
const EVERY: Duration = Duration::from_micros(100);
/// How long a step may take that should take microseconds.
const PATIENCE: Duration = Duration::from_secs(5);
/// How often all die at once before the measure is taken.
const BURSTS: usize = 20;
/// Below this a percentile is the scheduler's wake-up of a thread, which doubles by itself from one run to the next.
const FLOOR_MS: f64 = 0.05;

struct Echo;

impl Process for Echo {
    type Message = Reply<()>;

    async fn handle(&mut self, reply: Reply<()>, _: &mut Context<Self>) -> Result<(), Exit> {
        reply.send(());
        Ok(())
    }
}

struct Mortal;

impl Process for Mortal {
    type Message = ();

    async fn handle(&mut self, (): (), _: &mut Context<Self>) -> Result<(), Exit> {
        Ok(())
    }
}

pub(super) async fn run(args: &ChaosArgs) -> Result<Findings, Failure> {
    let span = Duration::from_secs(args.seconds.unwrap_or(SECONDS));
    // Times say something where nothing else runs; a short storm is for what must hold on any machine.
    let is_timed = span >= Duration::from_secs(SECONDS);
    let runtime = live::runtime(args.seed)?;
    let echo = ChildSpec::new("echo", || Echo);
    let calm_server = echo.address();
    let calm = supervise(&runtime, "calm", Supervisor::one_for_one().child(echo)).await?;

    let tolerated = 20_000 * u32::try_from(span.as_secs()).unwrap_or(u32::MAX / 20_000);
    let mut stormy = Supervisor::one_for_one().intensity(tolerated, span);
    let mut mortals = Vec::new();
    for number in 0..CHILDREN {
        let spec = ChildSpec::new(format!("mortal-{number}"), || Mortal);
        mortals.push(spec.address());
        stormy = stormy.child(spec);
    }
    let stormy = supervise(&runtime, "stormy", stormy).await?;
    let mortals: Arc<[Address<()>]> = mortals.into();

    // Whatever a second life and a first call need is there before the measure is taken.
    restart_each(&mortals).await?;
    // So is the room of queues that all their ends lie in at once, as where the supervisor has no core for a while.
    for _ in 0..BURSTS {
        mortals.iter().for_each(Address::kill);
        live::until(PATIENCE, || mortals.iter().all(Address::is_alive)).await;
    }
    // Before as during, the thread that kills is at work, only that what it aims at is dead.
    let (dead, quiet_span) = ([ended(&runtime).await], span / 2);
    let blanks = live::thread(move || storm(&dead, quiet_span));
    let quiet_ms = live::joined(live::task(probe(calm_server.clone(), quiet_span))).await?;
    live::joined(blanks).await?;
    let before_bytes = memory::settled_bytes().await?;
    let restarts_before = restarts(&stormy).await;

    let targets = Arc::clone(&mortals);
    let load = live::thread(move || storm(&targets, span));
    let prober = live::task(probe(calm_server, span));
    let kills = live::joined(load).await?;
    let shaken_ms = live::joined(prober).await?;
    let peak_bytes = memory::live_bytes()?;
    let settled = live::until(PATIENCE, || mortals.iter().all(Address::is_alive)).await;
    let deaths = restarts(&stormy).await - restarts_before;

    let strict = strict_ends_at(&runtime).await?;
    // A restart stays in the supervisor's window for the period.
    live::pause(span).await;
    if settled {
        restart_each(&mortals).await?;
    }
    let after_bytes = memory::settled_bytes().await?;
    let stormy_lives = stormy.address().is_alive();
    stormy.shutdown().await;
    calm.shutdown().await;

    let rate = deaths as f64 / span.as_secs_f64();
    let mut found = Findings::new("storm", args);
    found.figure("kills", kills);
    found.figure("restarts", deaths);
    found.figure("restarts_per_s", rate);
    found.figure("strict_deaths", strict);
    found.figure("calm_p99_before_ms", quiet_ms);
    found.figure("calm_p99_during_ms", shaken_ms);
    found.figure("live_before_bytes", before_bytes);
    found.figure("live_during_bytes", peak_bytes);
    found.figure("live_after_bytes", after_bytes);
    found.figure("rss_bytes", live::resident_bytes());
    found.story = format!(
        "{deaths} restarts in {} s, {rate:.0} a second, within what the supervisor tolerates; one that tolerates 1 in \
         5 s ended at death {strict}. Another subtree's calls: 99th percentile {quiet_ms:.3} ms before, {shaken_ms:.3} \
         ms during. Memory in use {} KiB before, {} KiB at the end of the storm, {} KiB after it.",
        span.as_secs(),
        before_bytes / 1_024,
        peak_bytes / 1_024,
        after_bytes / 1_024
    );
    found.expect(stormy_lives, || "the supervisor gave up within what it tolerates".to_owned());
    found.expect(settled, || "not every child came back".to_owned());
    found.expect(deaths > 0 && deaths <= kills, || format!("{deaths} restarts of {kills} kills"));
    found.expect(strict == 2, || format!("a supervisor that tolerates 1 restart in 5 s ended at death {strict}"));
    found.expect(after_bytes <= before_bytes + before_bytes / 20, || {
        format!("memory in use went from {before_bytes} to {after_bytes} bytes: more than 5 % stay")
    });
    if is_timed {
        found.expect(rate > 9_000.0, || format!("only {rate:.0} restarts a second: the storm is none"));
        found.expect(shaken_ms <= 2.0 * quiet_ms.max(FLOOR_MS), || {
            format!("another subtree's 99th percentile went from {quiet_ms:.3} to {shaken_ms:.3} ms")
        });
    }
    Ok(found)
}

/// A process that has ended.
async fn ended(runtime: &Runtime) -> Address<()> {
    let process = runtime.spawn("ended", Mortal);
    process.stop(Exit::Normal);
    process.exited().await;
    process
}

/// Kills each once and waits until all run again.
async fn restart_each(mortals: &[Address<()>]) -> Result<(), Failure> {
    for mortal in mortals {
        let life = mortal.process_ref().incarnation;
        mortal.kill();
        let is_again = || mortal.process_ref().incarnation > life;
        if !live::until(PATIENCE, is_again).await {
            return Err(Failure::new(format!("a killed child did not come back within {} s", PATIENCE.as_secs())));
        }
    }
    Ok(())
}

async fn supervise(runtime: &Runtime, name: &'static str, tree: Supervisor) -> Result<SupervisorHandle, Failure> {
    runtime.supervise(name, tree).await.map_err(|error| Failure::new(error.to_string()))
}

async fn restarts(tree: &SupervisorHandle) -> u64 {
    tree.children().await.iter().map(|child| child.restarts).sum()
}

/// Kills them in turn for `span`, evenly: on a thread of its own, whose waits are shorter than those of tokio's timer.
/// Answers how often.
fn storm(mortals: &[Address<()>], span: Duration) -> u64 {
    let begun = live::now();
    let mut kills = 0;
    let mut turn = mortals.iter().cycle();
    while begun.elapsed() < span {
        // As many as are due by now, however long the last wait was.
        let due = begun.elapsed().as_micros() / EVERY.as_micros();
        while kills < due as u64 {
            turn.next().into_iter().for_each(Address::kill);
            kills += 1;
        }
        live::wait(EVERY / 2);
    }
    kills
}

/// Calls for `span`, some in a row and then a pause; answers the 99th percentile of how long they took, in milliseconds.
async fn probe(server: Address<Reply<()>>, span: Duration) -> f64 {
    let begun = live::now();
    let mut times = Vec::new();
    while begun.elapsed() < span {
        for _ in 0..10 {
            let call_begun = live::now();
            // One that fails took as long as the deadline, and shows as that.
            let _ = server.call(|reply| reply, PATIENCE).await;
            times.push(call_begun.elapsed());
        }
        live::pause(Duration::from_millis(1)).await;
    }
    live::percentile_ms(&mut times, 0.99)
}

/// At which death a supervisor ends that tolerates one restart in five seconds; 10 where it never does.
async fn strict_ends_at(runtime: &Runtime) -> Result<u64, Failure> {
    let spec = ChildSpec::new("mortal", || Mortal);
    let mortal = spec.address();
    let tree = Supervisor::one_for_one().intensity(1, Duration::from_secs(5)).child(spec);
    let tree = supervise(runtime, "strict", tree).await?;
    for death in 1..10 {
        let life = mortal.process_ref().incarnation;
        mortal.kill();
        let is_over = || !tree.address().is_alive() || mortal.process_ref().incarnation > life;
        live::until(PATIENCE, is_over).await;
        // It may be about to give up.
        live::within(Duration::from_millis(50), tree.exited()).await;
        if !tree.address().is_alive() {
            return Ok(death);
        }
    }
    tree.shutdown().await;
    Ok(10)
}
