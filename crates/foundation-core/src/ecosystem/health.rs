//! Whether an ecosystem is well: a pure judgement of how it stands against stated limits.

use std::fmt;

use serde::Serialize;

use super::info::{EcosystemInfo, EcosystemPhase, MemberInfo, state_text};
use super::worker::MemberId;
use crate::supervisor::ChildState;

/// From when on an ecosystem counts as degraded or critical. A worker that does not run makes it degraded in any case.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct HealthLimits {
    /// With fewer workers that run it is critical; 1 by default.
    pub min_workers: usize,
    /// With as many bytes, of those that its workers have told of, it is critical; no limit by default.
    pub memory_bytes: Option<u64>,
    /// With as many queued items it is critical; as many as the queue holds, by default.
    pub backlog: Option<usize>,
    /// From this share of the limits of memory and backlog on it is degraded; 0.8 by default.
    pub warning: f64,
}

impl Default for HealthLimits {
    fn default() -> Self {
        Self { min_workers: 1, memory_bytes: None, backlog: None, warning: 0.8 }
    }
}

/// How an ecosystem is, in one word; the later the worse.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum HealthStatus {
    /// Nothing is wrong.
    #[default]
    Healthy,
    /// It does its work, and less well than it should, or not for long.
    Degraded,
    /// It does not do its work, or is about to stop.
    Critical,
}

/// Something that is wrong.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum HealthReason {
    /// It takes no more work.
    NotOpen(EcosystemPhase),
    /// A coordinator does not run.
    CoordinatorDown {
        /// Which one.
        member: MemberId,
        /// How it is instead.
        state: ChildState,
    },
    /// Some workers do not run.
    WorkersDown {
        /// How many do.
        running: usize,
        /// How many are being started again.
        restarting: usize,
        /// How many there should be.
        of: usize,
    },
    /// Its workers hold much memory.
    Memory {
        /// Bytes that they have told of.
        bytes: u64,
        /// The limit.
        limit: u64,
    },
    /// Threads of isolated work run that nobody waits for any more.
    AbandonedThreads {
        /// How many.
        count: usize,
    },
    /// Much work waits.
    Backlog {
        /// Queued items.
        queued: usize,
        /// The limit.
        limit: usize,
    },
}

/// How an ecosystem is, and why.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct EcosystemHealth {
    /// The worst of what stands below.
    pub status: HealthStatus,
    /// What is wrong, and how bad each of it is.
    pub reasons: Vec<(HealthStatus, HealthReason)>,
}

impl EcosystemHealth {
    /// Judges how an ecosystem stands.
    #[must_use]
    pub fn judge(info: &EcosystemInfo, limits: &HealthLimits) -> Self {
        let mut health = Self::default();
        match info.phase {
            EcosystemPhase::Open => {}
            EcosystemPhase::Draining => health.add(HealthStatus::Degraded, HealthReason::NotOpen(info.phase)),
            EcosystemPhase::Over => health.add(HealthStatus::Critical, HealthReason::NotOpen(info.phase)),
        }
        for MemberInfo { member, state, .. } in &info.coordinators {
            let status = match state {
                ChildState::Running => continue,
                ChildState::Restarting => HealthStatus::Degraded,
                _ => HealthStatus::Critical,
            };
            health.add(status, HealthReason::CoordinatorDown { member: *member, state: *state });
        }
        let count = |state| info.workers.iter().filter(|worker| worker.state == state).count();
        let (running, restarting, of) = (count(ChildState::Running), count(ChildState::Restarting), info.workers.len());
        if running < of {
            let status = if running < limits.min_workers { HealthStatus::Critical } else { HealthStatus::Degraded };
            health.add(status, HealthReason::WorkersDown { running, restarting, of });
        }
        if let Some(limit) = limits.memory_bytes {
            let bytes = info.memory_bytes;
            if let Some(status) = limits.judge(bytes as f64, limit as f64) {
                health.add(status, HealthReason::Memory { bytes, limit });
            }
        }
        let count = info.threads.iter().filter(|thread| thread.is_abandoned).count();
        if count > 0 {
            health.add(HealthStatus::Degraded, HealthReason::AbandonedThreads { count });
        }
        let limit = limits.backlog.unwrap_or(info.capacity);
        if let Some(status) = limits.judge(info.queued as f64, limit as f64) {
            health.add(status, HealthReason::Backlog { queued: info.queued, limit });
        }
        health
    }

    fn add(&mut self, status: HealthStatus, reason: HealthReason) {
        self.status = self.status.max(status);
        self.reasons.push((status, reason));
    }
}

impl HealthLimits {
    /// How bad a value is: nothing at all is never too much.
    fn judge(&self, value: f64, limit: f64) -> Option<HealthStatus> {
        if value <= 0.0 {
            None
        } else if value >= limit {
            Some(HealthStatus::Critical)
        } else if value >= limit * self.warning {
            Some(HealthStatus::Degraded)
        } else {
            None
        }
    }
}

impl fmt::Display for HealthStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Healthy => "healthy",
            Self::Degraded => "degraded",
            Self::Critical => "critical",
        })
    }
}

impl fmt::Display for HealthReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotOpen(phase) => write!(f, "it is {phase}"),
            Self::CoordinatorDown { member, state } => write!(f, "{member} is {}", state_text(*state)),
            Self::WorkersDown { running, restarting, of } => {
                write!(f, "running workers: {running} of {of} ({restarting} restarting)")
            }
            Self::Memory { bytes, limit } => write!(f, "its workers hold {bytes} bytes, with a limit of {limit}"),
            Self::AbandonedThreads { count } => write!(f, "abandoned threads: {count}"),
            Self::Backlog { queued, limit } => write!(f, "{queued} items are queued, with a limit of {limit}"),
        }
    }
}

impl fmt::Display for EcosystemHealth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.status)?;
        for (index, (status, reason)) in self.reasons.iter().enumerate() {
            write!(f, "{}{reason} ({status})", if index == 0 { ": " } else { "; " })?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
