//! `chaos storm`: children that die ten thousand times a second under a supervisor that tolerates it, and under one that
//! does not. Limits hold, memory comes back, and another subtree's calls are hardly slower.

use std::sync::Arc;
use std::time::Duration;

use foundation_core::{Address, ChildSpec, Context, Exit, Process, Reply, Runtime, Supervisor, SupervisorHandle};

use super::findings::Findings;
use super::live;
use super::plant::is_planted;
use crate::args::ChaosArgs;
use crate::failure::Failure;

const SECONDS: u64 = 10;
const CHILDREN: usize = 200;
/// Deaths in each millisecond: ten thousand a second.
const DEATHS_PER_MS: usize = 10;
/// How long a step may take that should take microseconds.
const PATIENCE: Duration = Duration::from_secs(5);
/// Below this a percentile is the scheduler's wake-up of a thread, which doubles by itself from one run to the next.
const FLOOR_MS: f64 = 1.0;
/// Memory that an allocator keeps for itself in arenas of each thread, whatever the load.
const ALLOCATOR_BYTES: u64 = 2 * 1_048_576;

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
    let runtime = live::runtime(args.seed)?;
    let echo = ChildSpec::new("echo", || Echo);
    let calm_server = echo.address();
    let calm = supervise(&runtime, "calm", Supervisor::one_for_one().child(echo)).await?;

    let mut stormy = Supervisor::one_for_one().intensity(200_000, Duration::from_secs(10));
    let mut mortals = Vec::new();
    for number in 0..CHILDREN {
        let spec = ChildSpec::new(format!("mortal-{number}"), || Mortal);
        mortals.push(spec.address());
        stormy = stormy.child(spec);
    }
    let stormy = supervise(&runtime, "stormy", stormy).await?;
    let mortals: Arc<[Address<()>]> = mortals.into();

    // A first storm fills what the allocator and the supervisor's window keep.
    live::joined(live::task(storm(Arc::clone(&mortals), span / 2))).await?;
    live::pause(Duration::from_millis(200)).await;
    let before_bytes = live::resident_bytes();
    let mut quiet = live::joined(live::task(probe(calm_server.clone(), span / 2))).await?;
    let restarts_before = restarts(&stormy).await;

    let load = live::task(storm(mortals, span));
    let prober = live::task(probe(calm_server, span));
    let kills = live::joined(load).await?;
    let mut shaken = live::joined(prober).await?;
    live::pause(Duration::from_millis(200)).await;
    let deaths = restarts(&stormy).await - restarts_before;
    let after_bytes = live::resident_bytes();
    let strict = strict_ends_at(&runtime, is_planted(args, "intensity-ignored")).await?;
    let stormy_lives = stormy.address().is_alive();
    stormy.shutdown().await;
    calm.shutdown().await;

    let (quiet_ms, shaken_ms) = (live::percentile_ms(&mut quiet, 0.99), live::percentile_ms(&mut shaken, 0.99));
    let rate = deaths as f64 / span.as_secs_f64();
    let mut found = Findings::new("storm", args);
    found.figure("kills", kills);
    found.figure("restarts", deaths);
    found.figure("restarts_per_s", rate);
    found.figure("strict_deaths", strict);
    found.figure("calm_p99_before_ms", quiet_ms);
    found.figure("calm_p99_during_ms", shaken_ms);
    found.figure("rss_before_bytes", before_bytes);
    found.figure("rss_after_bytes", after_bytes);
    found.story = format!(
        "{deaths} restarts in {} s, {rate:.0} a second, within what the supervisor tolerates; one that tolerates 1 in \
         5 s ended at death {strict}. Another subtree's calls: 99th percentile {quiet_ms:.3} ms before, {shaken_ms:.3} \
         ms during. Memory {:.1} MiB before, {:.1} MiB after.",
        span.as_secs(),
        live::mib(before_bytes),
        live::mib(after_bytes)
    );
    found.expect(stormy_lives, || "the supervisor gave up within what it tolerates".to_owned());
    found.expect(rate > 5_000.0, || format!("only {rate:.0} restarts a second: the storm is none"));
    found.expect(strict == 2, || format!("a supervisor that tolerates 1 restart in 5 s ended at death {strict}"));
    found.expect(shaken_ms <= 2.0 * quiet_ms.max(FLOOR_MS), || {
        format!("another subtree's 99th percentile went from {quiet_ms:.3} to {shaken_ms:.3} ms")
    });
    let bound = before_bytes + before_bytes / 20 + ALLOCATOR_BYTES;
    found.expect(after_bytes <= bound, || format!("memory went from {before_bytes} to {after_bytes} bytes"));
    Ok(found)
}

async fn supervise(runtime: &Runtime, name: &'static str, tree: Supervisor) -> Result<SupervisorHandle, Failure> {
    runtime.supervise(name, tree).await.map_err(|error| Failure::new(error.to_string()))
}

async fn restarts(tree: &SupervisorHandle) -> u64 {
    tree.children().await.iter().map(|child| child.restarts).sum()
}

/// Kills them in turn for `span`; answers how often.
async fn storm(mortals: Arc<[Address<()>]>, span: Duration) -> u64 {
    let begun = live::now();
    let mut kills = 0;
    let mut turn = mortals.iter().cycle();
    while begun.elapsed() < span {
        // As many as are due by now, however long the last pause was.
        let due = begun.elapsed().as_micros() as u64 * DEATHS_PER_MS as u64 / 1_000;
        while kills < due {
            turn.next().into_iter().for_each(Address::kill);
            kills += 1;
        }
        live::pause(Duration::from_millis(1)).await;
    }
    kills
}

/// Calls for `span`, some in a row and then a pause; answers how long each took.
async fn probe(server: Address<Reply<()>>, span: Duration) -> Vec<Duration> {
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
    times
}

/// At which death a supervisor ends that tolerates one restart in five seconds; 10 where it never does.
async fn strict_ends_at(runtime: &Runtime, ignores: bool) -> Result<u64, Failure> {
    let spec = ChildSpec::new("mortal", || Mortal);
    let mortal = spec.address();
    let tolerated = if ignores { u32::MAX } else { 1 };
    let tree = Supervisor::one_for_one().intensity(tolerated, Duration::from_secs(5)).child(spec);
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
