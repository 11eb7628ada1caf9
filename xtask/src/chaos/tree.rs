//! `chaos tree`: processes under supervisors, each linked to and monitored by an observer, and killed by their root.
//! Nobody is left, nothing leaks, and each link and each monitor is told once.

use std::collections::HashMap;
use std::time::Duration;

use foundation_core::diagnosis::{Activity, ProcessInfo};
use foundation_core::event::ProcessRef;
use foundation_core::{Address, ChildSpec, Context, Exit, MonitorId, Notice, Process, Reply, Runtime, Supervisor};

use super::findings::Findings;
use super::live;
use super::memory;
use crate::args::ChaosArgs;
use crate::failure::Failure;

const PROCESSES: u64 = 100_000;
const SUPERVISORS: u64 = 100;
/// After the first there is what threads keep for themselves; the others must not add to it.
const ROUNDS: usize = 3;
/// Far beyond what it takes, so that only a hang meets it.
const PATIENCE: Duration = Duration::from_secs(120);
/// How long is waited for what a planted bug keeps from coming.
const IMPATIENCE: Duration = Duration::from_secs(2);

struct Leaf;

impl Process for Leaf {
    type Message = Reply<()>;

    async fn handle(&mut self, reply: Reply<()>, _: &mut Context<Self>) -> Result<(), Exit> {
        reply.send(());
        Ok(())
    }
}

/// What the observer heard.
#[derive(Clone, Copy, Debug, Default)]
struct Heard {
    links: u64,
    monitors: u64,
    /// More than one for the same link or monitor.
    twice: u64,
    /// For what it never watched.
    unknown: u64,
}

enum Message {
    Watch(Vec<Address<Reply<()>>>, Reply<()>),
    Read(Reply<Heard>),
}

/// Links to processes and monitors them.
#[derive(Default)]
struct Observer {
    /// Whether the end of a link has been told.
    links: HashMap<ProcessRef, bool>,
    monitors: HashMap<MonitorId, bool>,
    heard: Heard,
}

impl Process for Observer {
    type Message = Message;

    async fn init(&mut self, ctx: &mut Context<Self>) -> Result<(), Exit> {
        ctx.trap_exits(true);
        Ok(())
    }

    async fn handle(&mut self, message: Message, ctx: &mut Context<Self>) -> Result<(), Exit> {
        match message {
            Message::Watch(processes, reply) => {
                for process in &processes {
                    ctx.link(process);
                    self.links.insert(process.process_ref(), false);
                    self.monitors.insert(ctx.monitor(process), false);
                }
                reply.send(());
            }
            Message::Read(reply) => {
                reply.send(self.heard);
            }
        }
        Ok(())
    }

    async fn notice(&mut self, notice: Notice, _: &mut Context<Self>) -> Result<(), Exit> {
        let told = match &notice {
            Notice::Exit { process, .. } => {
                self.heard.links += 1;
                self.links.get_mut(process)
            }
            Notice::Down { monitor, .. } => {
                self.heard.monitors += 1;
                self.monitors.get_mut(monitor)
            }
            _ => None,
        };
        match told {
            Some(told) => self.heard.twice += u64::from(std::mem::replace(told, true)),
            None => self.heard.unknown += 1,
        }
        Ok(())
    }
}

/// What one round found.
struct Round {
    heard: Heard,
    left: u64,
    /// What the runtime's table still has when nobody holds an address any more.
    entries: u64,
    start_s: f64,
    watch_s: f64,
    end_s: f64,
}

pub(super) async fn run(args: &ChaosArgs) -> Result<Findings, Failure> {
    let processes = args.count.unwrap_or(PROCESSES);
    let mut rounds = Vec::new();
    let before_bytes = memory::live_bytes()?;
    let (mut kept_bytes, mut most_bytes) = (Vec::new(), before_bytes);
    for round in 0..ROUNDS {
        let runtime = live::runtime(args.seed + round as u64)?;
        let (found, bytes) = one(&runtime, processes, args).await?;
        let is_clean = found.left == 0 && found.heard.links + found.heard.monitors == 2 * processes;
        rounds.push(found);
        most_bytes = most_bytes.max(bytes);
        drop(runtime);
        kept_bytes.push(memory::settled_bytes().await?);
        if !is_clean {
            break;
        }
    }
    let Some(last) = rounds.last() else { return Err(Failure::new("no round")) };
    let (Some(first_kept), Some(last_kept)) = (kept_bytes.first(), kept_bytes.last()) else {
        return Err(Failure::new("no round"));
    };

    let mut found = Findings::new("tree", args);
    found.figure("processes", processes);
    found.figure("rounds", rounds.len());
    found.figure("links_told", last.heard.links);
    found.figure("monitors_told", last.heard.monitors);
    found.figure("orphans", rounds.iter().map(|round| round.left).sum::<u64>());
    found.figure("told_twice", rounds.iter().map(|round| round.heard.twice).sum::<u64>());
    found.figure("table_entries_left", rounds.iter().map(|round| round.entries).sum::<u64>());
    found.figure("start_s", last.start_s);
    found.figure("watch_s", last.watch_s);
    found.figure("end_s", last.end_s);
    found.figure("live_before_bytes", before_bytes);
    found.figure("live_full_bytes", most_bytes);
    found.figure("live_first_bytes", *first_kept);
    found.figure("live_last_bytes", *last_kept);
    found.figure("rss_bytes", live::resident_bytes());
    found.story = format!(
        "{processes} processes under {SUPERVISORS} supervisors, killed by their root {} times: {} links and {} \
         monitors told the last time, after {:.2} s; {} processes left. Memory in use {:.1} MiB with all of them, {:.0} \
         KiB after the first time, {:.0} KiB after the last.",
        rounds.len(),
        last.heard.links,
        last.heard.monitors,
        last.end_s,
        last.left,
        live::mib(most_bytes),
        live::mib(*first_kept) * 1_024.0,
        live::mib(*last_kept) * 1_024.0
    );
    for (number, Round { heard, left, entries, .. }) in rounds.iter().enumerate() {
        let is_exact = heard.links == processes && heard.monitors == processes;
        found.expect(is_exact && heard.twice + heard.unknown == 0, || {
            format!("round {number}: not one notice for each of {processes} links and monitors: {heard:?}")
        });
        found.expect(*entries == 0, || format!("round {number}: the runtime's table keeps {entries} processes"));
        found.expect(*left == 0, || format!("round {number}: {left} processes are left"));
    }
    found.expect(*last_kept <= first_kept + first_kept / 20, || {
        format!("what stays in use went from {first_kept} to {last_kept} bytes: a leak")
    });
    Ok(found)
}

/// One round; with it the bytes in use while all processes run.
async fn one(runtime: &Runtime, processes: u64, args: &ChaosArgs) -> Result<(Round, u64), Failure> {
    let patience = if args.plant.is_some() { IMPATIENCE } else { PATIENCE };
    let begun = live::now();
    let failed = |error: &dyn std::fmt::Display| Failure::new(error.to_string());
    let mut leaves = Vec::new();
    let mut root = Supervisor::one_for_one();
    for number in 0..SUPERVISORS {
        let mut branch = Supervisor::one_for_one();
        for leaf in (number..processes).step_by(SUPERVISORS as usize) {
            let spec = ChildSpec::new(format!("leaf-{leaf}"), || Leaf);
            leaves.push(spec.address());
            branch = branch.child(spec);
        }
        root = root.child(ChildSpec::supervisor(format!("branch-{number}"), branch));
    }
    let tree = runtime.supervise("root", root).await.map_err(|error| failed(&error))?;
    for leaf in &leaves {
        leaf.call(|reply| reply, PATIENCE).await.map_err(|error| failed(&error))?;
    }
    let start_s = begun.elapsed().as_secs_f64();
    let begun = live::now();
    let observer = runtime.spawn("observer", Observer::default());
    let watch = |reply| Message::Watch(leaves.clone(), reply);
    observer.call(watch, PATIENCE).await.map_err(|error| failed(&error))?;
    drop(leaves);
    let watch_s = begun.elapsed().as_secs_f64();
    let full_bytes = memory::live_bytes()?;

    let begun = live::now();
    // Who kills it may have nothing of it but its address.
    let root = tree.address();
    drop(tree);
    root.kill();
    root.exited().await;
    // The observer alone is left, unless somebody was forgotten.
    let is_left = |process: &&ProcessInfo| process.name != "observer" && process.activity != Activity::Down;
    let running = || runtime.census().processes.iter().filter(is_left).count();
    live::until(patience, || running() == 0).await;
    let left = running() as u64;
    let mut heard = observer.call(Message::Read, PATIENCE).await.map_err(|error| failed(&error))?;
    while heard.links + heard.monitors < 2 * processes && begun.elapsed() < patience {
        live::pause(Duration::from_millis(10)).await;
        heard = observer.call(Message::Read, PATIENCE).await.map_err(|error| failed(&error))?;
    }
    let end_s = begun.elapsed().as_secs_f64();
    // One too many would come now.
    live::pause(Duration::from_millis(100)).await;
    heard = observer.call(Message::Read, PATIENCE).await.map_err(|error| failed(&error))?;
    observer.stop(Exit::Normal);
    observer.exited().await;
    // With the last address goes the entry in the runtime's table.
    drop((root, observer));
    live::until(Duration::from_secs(1), || runtime.census().processes.is_empty()).await;
    let entries = runtime.census().processes.len() as u64;
    Ok((Round { heard, left, entries, start_s, watch_s, end_s }, full_bytes))
}
