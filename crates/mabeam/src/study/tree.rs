//! The supervision tree of a study: samplers, scheduler, trainers, and the panel with its critics.
//!
//! ```text
//! study (one_for_one)
//! +-- samplers (one_for_one): one process a member of the team
//! +-- scheduler
//! +-- trainers (one_for_one): one process an agent
//! +-- critics (one_for_one): the panel, and one process a critic
//! ```

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use foundation_core::{ChildSpec, Restart, Result, Shutdown, Supervisor};

use super::agent::{Agent, Measure};
use super::checkpoint::CheckpointStore;
use super::config::StudyConfig;
use super::event::StudyEvent;
use super::judge::Judge;
use super::panel::{CriticProcess, Panel};
use super::proposer::Proposer;
use super::run::StudyPorts;
use super::running::{RunningStudy, ended, killer};
use super::scheduler::{Proposers, Scheduler};
use super::team::TeamMember;

/// How often sampler and scheduler may die before the team gives up: a storage that fails again and again is told, not
/// tried for ever.
const TEAM_INTENSITY: (u32, Duration) = (10, Duration::from_secs(10));
/// How often trainers may die. Their deaths cost the study nothing but time, and storage that fails them is told to the
/// scheduler.
const TRAINER_INTENSITY: (u32, Duration) = (1_000, Duration::from_secs(10));

/// What a team is made of.
pub(super) struct Parts {
    pub(super) config: StudyConfig,
    pub(super) beginnings: Arc<[StudyEvent]>,
    pub(super) team: Vec<TeamMember>,
    /// How many trainers work, where there is something for them to measure.
    pub(super) agents: u32,
    pub(super) measure: Option<Measure>,
    pub(super) judge: Option<(u32, Arc<dyn Judge>)>,
    /// Checkpoints of fewer epochs stand in memory.
    pub(super) durable_from: u32,
}

/// Starts the processes, the samplers first.
pub(super) async fn start(parts: Parts, ports: &StudyPorts) -> Result<RunningStudy> {
    let Parts { config, beginnings, team, agents, measure, judge, durable_from } = parts;
    let checkpoints = CheckpointStore::new(ports.key_value.clone(), &config.name)?.durable_from(durable_from);
    let (restarts, period) = TEAM_INTENSITY;
    let mut members = Vec::new();

    let mut asked = Vec::new();
    let mut samplers = Supervisor::one_for_one().intensity(restarts, period);
    for TeamMember { name, sampler, bidding } in team {
        let proposer = move || Proposer::new(sampler.clone(), bidding.clone());
        let proposer = ChildSpec::new(name.clone(), proposer).kind("sampler");
        members.push(killer(&proposer.address()));
        asked.push((name, proposer.address()));
        samplers = samplers.child(proposer.restart(Restart::Permanent));
    }
    let asked = Proposers::new(asked, ports.runtime.clock().clone());

    // Scheduler and panel know each other; the panel comes into being last.
    let panel_address = Arc::new(OnceLock::new());
    let (seed, study) = (config.seed, config.name.clone());
    let scheduler = {
        let (ports, checkpoints, panel) = (ports.clone(), checkpoints.clone(), panel_address.clone());
        let scheduler = move || {
            let (config, ports, asked) = (config.clone(), ports.clone(), asked.clone());
            Scheduler::new(config, ports, asked, checkpoints.clone(), beginnings.clone(), panel.get().cloned())
        };
        ChildSpec::new("scheduler", scheduler)
    };
    let scheduler_address = scheduler.address();
    members.push(killer(&scheduler_address));

    let first_trainer = members.len();
    let mut trainers = Supervisor::one_for_one().intensity(TRAINER_INTENSITY.0, TRAINER_INTENSITY.1);
    for index in 0..measure.as_ref().map_or(0, |_| agents) {
        let Some(measure) = measure.clone() else { break };
        let (runtime, scheduler, checkpoints) = (ports.runtime.clone(), scheduler_address.clone(), checkpoints.clone());
        let agent =
            move || Agent::new(index, seed, runtime.clone(), scheduler.clone(), measure.clone(), checkpoints.clone());
        let agent = ChildSpec::new(format!("trainer-{index}"), agent).kind("trainer");
        members.push(killer(&agent.address()));
        trainers = trainers.child(agent.shutdown(Shutdown::BrutalKill));
    }

    let mut tree = Supervisor::one_for_one()
        .intensity(restarts, period)
        .child(ChildSpec::supervisor("samplers", samplers))
        .child(scheduler.restart(Restart::Permanent).shutdown(Shutdown::Timeout(Duration::from_secs(5))))
        .child(ChildSpec::supervisor("trainers", trainers));

    if let Some((critics, judge)) = judge {
        let mut supervisor = Supervisor::one_for_one().intensity(TRAINER_INTENSITY.0, TRAINER_INTENSITY.1);
        let mut voters = Vec::new();
        for index in 0..critics {
            let (name, runtime, judge) = (format!("critic-{index}"), ports.runtime.clone(), judge.clone());
            let (voter, scheduler) = (name.clone(), scheduler_address.clone());
            let critic = move || {
                let (voter, runtime, scheduler) = (voter.clone(), runtime.clone(), scheduler.clone());
                CriticProcess::new(index, voter, seed, runtime, scheduler, judge.clone())
            };
            let critic = ChildSpec::new(name.clone(), critic).kind("critic");
            voters.push((name, critic.address()));
            supervisor = supervisor.child(critic.shutdown(Shutdown::BrutalKill));
        }
        let (runtime, log, scheduler) = (ports.runtime.clone(), ports.log.clone(), scheduler_address.clone());
        let (critics, voters): (Vec<_>, Arc<[_]>) =
            (voters.iter().map(|(_, critic)| killer(critic)).collect(), voters.into());
        let panel = move || Panel::new(study.clone(), runtime.clone(), log.clone(), scheduler.clone(), voters.clone());
        let panel = ChildSpec::new("panel", panel);
        members.push(killer(&panel.address()));
        members.extend(critics);
        // Nobody else sets it.
        let _ = panel_address.set(panel.address());
        tree = tree.child(ChildSpec::supervisor("critics", supervisor.child(panel.shutdown(Shutdown::BrutalKill))));
    }

    let team = ports
        .runtime
        .supervise("study", tree)
        .await
        .map_err(|error| ended(&error.reason).during(format!("start the study's {}", error.child)))?;
    Ok(RunningStudy {
        runtime: ports.runtime.clone(),
        team,
        scheduler: scheduler_address,
        panel: panel_address.get().cloned(),
        members,
        first_trainer,
    })
}
