//! How an ecosystem stands, as data and as text.

use std::collections::BTreeMap;
use std::fmt;

use serde::Serialize;

use super::book::Totals;
use super::handle::Ecosystem;
use super::health::EcosystemHealth;
use super::isolated::IsolatedThread;
use super::ring::TokenPlace;
use super::settings::Topology;
use super::worker::{MemberId, Worker, WorkerId};
use crate::event::ProcessRef;
use crate::process::Address;
use crate::supervisor::{ChildState, TreeNode};

/// Whether an ecosystem takes work.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum EcosystemPhase {
    /// It does.
    Open,
    /// It finishes what it has.
    Draining,
    /// It is over.
    Over,
}

/// How an ecosystem stands. The counts of the book are of one moment; every process is looked at by itself.
///
/// As text it is a line for the whole, and one for each member.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct EcosystemInfo {
    /// The name it was started under.
    pub name: &'static str,
    /// Whether it takes work.
    pub phase: EcosystemPhase,
    /// Who talks to whom.
    pub topology: Topology,
    /// Its coordinators, the one above all first.
    pub coordinators: Vec<MemberInfo>,
    /// Its workers, by number.
    pub workers: Vec<MemberInfo>,
    /// Where the token of a ring is; none in other topologies, and while no worker lives.
    pub token: Option<TokenPlace>,
    /// Accepted items that wait for a worker.
    pub queued: usize,
    /// How many of them there may be before submissions wait or are refused.
    pub capacity: usize,
    /// Submissions that wait for room.
    pub waiting: usize,
    /// Items that workers have.
    pub in_flight: usize,
    /// Bytes that its workers have told of as their own.
    pub memory_bytes: u64,
    /// Threads of [isolated work](super::Isolation) that its workers started and that have not ended.
    pub threads: Vec<IsolatedThread>,
    /// What became of all items so far.
    pub totals: Totals,
}

/// A coordinator or a worker.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct MemberInfo {
    /// Which one it is.
    pub member: MemberId,
    /// The process and its present or last life; zeros before the first.
    pub process: ProcessRef,
    /// How it is.
    pub state: ChildState,
    /// How often it was started.
    pub lives: u64,
    /// How many messages wait in its mailbox.
    pub mailbox_len: usize,
    /// Bytes that it has told of as its own.
    pub memory_bytes: i64,
    /// Items that it has: a worker at hand or handed to it, a coordinator waiting to be handed on.
    pub items: usize,
}

impl<W: Worker> Ecosystem<W> {
    /// How it stands.
    #[must_use]
    pub fn info(&self) -> EcosystemInfo {
        let shared = &self.inner.shared;
        let counts = shared.counts();
        let mut states = BTreeMap::new();
        note_states(&self.inner.tree.tree(), &mut states);
        let members = shared.places().map(|places| {
            let nodes = places.nodes.iter().enumerate();
            let workers = places.workers.iter().enumerate();
            let nodes =
                nodes.map(|(node, address)| look(MemberId::Coordinator(node), address, &states, counts.held.get(node)));
            let workers = workers.map(|(worker, address)| {
                look(MemberId::Worker(WorkerId(worker)), address, &states, counts.in_flight.get(worker))
            });
            (nodes.collect(), workers.collect())
        });
        let (coordinators, workers): (Vec<_>, Vec<MemberInfo>) = members.unwrap_or_default();
        let memory = workers.iter().map(|worker| u64::try_from(worker.memory_bytes).unwrap_or(0)).sum();
        EcosystemInfo {
            name: shared.name,
            phase: if self.inner.tree.address().is_alive() { counts.phase } else { EcosystemPhase::Over },
            topology: shared.topology,
            token: counts.token,
            queued: counts.queued,
            capacity: self.inner.settings.queue.max(1),
            waiting: counts.waiting,
            in_flight: counts.in_flight.iter().sum(),
            memory_bytes: memory,
            threads: shared.isolation.threads(),
            totals: counts.totals,
            coordinators,
            workers,
        }
    }

    /// Whether it is well, and if not, why, by the limits of its settings.
    #[must_use]
    pub fn health(&self) -> EcosystemHealth {
        EcosystemHealth::judge(&self.info(), &self.inner.settings.limits)
    }
}

fn look<M: Send + 'static>(
    member: MemberId,
    address: &Address<M>,
    states: &BTreeMap<String, ChildState>,
    items: Option<&usize>,
) -> MemberInfo {
    let process = address.process_ref();
    MemberInfo {
        member,
        process,
        state: states.get(&member.to_string()).copied().unwrap_or_default(),
        lives: process.incarnation,
        mailbox_len: address.mailbox_len(),
        memory_bytes: if address.is_alive() { address.memory() } else { 0 },
        items: items.copied().unwrap_or(0),
    }
}

/// The states of all below, by name. Once a supervisor has ended, nothing below it is started any more.
fn note_states(node: &TreeNode, states: &mut BTreeMap<String, ChildState>) {
    for child in &node.children {
        let state = match child.state {
            ChildState::Restarting if node.state != ChildState::Running => node.state,
            state => state,
        };
        states.insert(child.name.to_string(), state);
        note_states(child, states);
    }
}

/// What the book counts, at one moment.
pub(super) struct Counts {
    pub(super) phase: EcosystemPhase,
    pub(super) token: Option<TokenPlace>,
    pub(super) queued: usize,
    pub(super) waiting: usize,
    pub(super) held: Vec<usize>,
    pub(super) in_flight: Vec<usize>,
    pub(super) totals: Totals,
}

impl MemberInfo {
    /// Whether it runs.
    #[must_use]
    pub fn is_running(&self) -> bool {
        self.state == ChildState::Running
    }
}

pub(super) fn state_text(state: ChildState) -> &'static str {
    match state {
        ChildState::NotStarted => "not started",
        ChildState::Running => "running",
        ChildState::Restarting => "restarting",
        ChildState::Stopped => "stopped",
        ChildState::Ignored => "ignored",
        ChildState::Quarantined => "quarantined",
    }
}

impl fmt::Display for Topology {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Star => f.write_str("star"),
            Self::Tree { fan_out } => write!(f, "tree of {fan_out}"),
            Self::Mesh => f.write_str("mesh"),
            Self::Ring { pace } => write!(f, "ring at {pace:?}"),
        }
    }
}

impl fmt::Display for EcosystemPhase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Open => "open",
            Self::Draining => "draining",
            Self::Over => "over",
        })
    }
}

impl fmt::Display for EcosystemInfo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Totals { accepted, done, failed, cancelled, shut_down, redistributed, .. } = self.totals;
        write!(
            f,
            "{} ({}, {}): {} of {} items queued, {} in flight, {} submissions waiting; {accepted} accepted: {done} done, \
             {failed} failed, {cancelled} cancelled, {shut_down} cut off; {redistributed} handed out again; {} bytes",
            self.name,
            self.topology,
            self.phase,
            self.queued,
            self.capacity,
            self.in_flight,
            self.waiting,
            self.memory_bytes
        )?;
        let members = self.coordinators.iter().chain(&self.workers);
        let width = members.clone().map(|member| member.member.to_string().len()).max().unwrap_or(0);
        for member in members {
            write!(
                f,
                "\n  {:width$}  {:11}  life {}, {} items, {} messages, {} bytes",
                member.member.to_string(),
                state_text(member.state),
                member.lives,
                member.items,
                member.mailbox_len,
                member.memory_bytes
            )?;
        }
        if let Some(TokenPlace { worker, token }) = self.token {
            write!(f, "\n  token of epoch {} at {worker}, handed over {} times", token.epoch, token.hop)?;
        }
        for thread in &self.threads {
            let left = if thread.is_abandoned { ", abandoned" } else { "" };
            write!(f, "\n  thread {} has run for {:?}{left}", thread.name, thread.running_for)?;
        }
        Ok(())
    }
}
