//! `chaos tree`: processes under supervisors, each linked to and monitored by an observer, and killed by their root.
//! Nobody is left, nothing leaks, and each link and each monitor is told once.

use std::collections::HashMap;
use std::time::Duration;

use foundation_core::diagnosis::{Activity, ProcessInfo};
use foundation_core::event::ProcessRef;
use foundation_core::{Address, ChildSpec, Context, Exit, MonitorId, Notice, Process, Reply, Runtime, Supervisor};

use super::findings::Findings;
use super::live;
use super::plant::is_planted;
use crate::args::ChaosArgs;
use crate::failure::Failure;

const PROCESSES: u64 = 100_000;
const SUPERVISORS: u64 = 100;
/// The first fills what the allocator keeps; the others must not need more.
const ROUNDS: usize = 3;
/// Far beyond what it takes, so that only a hang meets it.
const PATIENCE: Duration = Duration::from_secs(120);
/// Memory that an allocator keeps for itself in arenas of each thread, whatever the load.
const ALLOCATOR_BYTES: u64 = 4 * 1_048_576;

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
    end_s: f64,
    bytes: u64,
}

pub(super) async fn run(args: &ChaosArgs) -> Result<Findings, Failure> {
    let processes = args.count.unwrap_or(PROCESSES);
    let orphans = is_planted(args, "orphan-left");
    let mut rounds = Vec::new();
    for round in 0..ROUNDS {
        let runtime = live::runtime(args.seed + round as u64)?;
        rounds.push(one(&runtime, processes, orphans).await?);
    }
    let (Some(first), Some(last)) = (rounds.first(), rounds.last()) else { return Err(Failure::new("no round")) };

    let mut found = Findings::new("tree", args);
    found.figure("processes", processes);
    found.figure("rounds", rounds.len());
    found.figure("links_told", last.heard.links);
    found.figure("monitors_told", last.heard.monitors);
    found.figure("orphans", rounds.iter().map(|round| round.left).sum::<u64>());
    found.figure("told_twice", rounds.iter().map(|round| round.heard.twice).sum::<u64>());
    found.figure("table_entries_left", rounds.iter().map(|round| round.entries).sum::<u64>());
    found.figure("end_s", last.end_s);
    found.figure("rss_first_bytes", first.bytes);
    found.figure("rss_last_bytes", last.bytes);
    found.story = format!(
        "{processes} processes under {SUPERVISORS} supervisors, killed by their root {ROUNDS} times: {} links and {} \
         monitors told the last time, after {:.2} s; {} processes left. Memory {:.1} MiB after the first time, {:.1} \
         MiB after the last.",
        last.heard.links,
        last.heard.monitors,
        last.end_s,
        last.left,
        live::mib(first.bytes),
        live::mib(last.bytes)
    );
    for (number, Round { heard, left, entries, .. }) in rounds.iter().enumerate() {
        let is_exact = heard.links == processes && heard.monitors == processes;
        found.expect(is_exact && heard.twice + heard.unknown == 0, || {
            format!("round {number}: not one notice for each of {processes} links and monitors: {heard:?}")
        });
        found.expect(*entries == 0, || format!("round {number}: the runtime's table keeps {entries} processes"));
        found.expect(*left == 0, || format!("round {number}: {left} processes are left"));
    }
    let bound = first.bytes + first.bytes / 20 + ALLOCATOR_BYTES;
    found.expect(last.bytes <= bound, || format!("memory went from {} to {} bytes", first.bytes, last.bytes));
    Ok(found)
}

async fn one(runtime: &Runtime, processes: u64, orphans: bool) -> Result<Round, Failure> {
    let failed = |error: &dyn std::fmt::Display| Failure::new(error.to_string());
    let mut leaves = Vec::new();
    let mut root = Supervisor::one_for_one();
    for number in 0..SUPERVISORS {
        let mut branch = Supervisor::one_for_one();
        for leaf in (number..processes).step_by(SUPERVISORS as usize) {
            if orphans && leaf == number {
                // The bug: it has no parent.
                leaves.push(runtime.spawn("leaf", Leaf));
                continue;
            }
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
    let observer = runtime.spawn("observer", Observer::default());
    let watch = |reply| Message::Watch(leaves.clone(), reply);
    observer.call(watch, PATIENCE).await.map_err(|error| failed(&error))?;
    drop(leaves);

    let begun = live::now();
    tree.address().kill();
    tree.exited().await;
    // The observer alone is left, unless somebody was forgotten.
    let patience = if orphans { Duration::from_secs(2) } else { PATIENCE };
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
    drop((tree, observer));
    live::until(Duration::from_secs(1), || runtime.census().processes.is_empty()).await;
    let entries = runtime.census().processes.len() as u64;
    Ok(Round { heard, left, entries, end_s, bytes: live::resident_bytes() })
}
