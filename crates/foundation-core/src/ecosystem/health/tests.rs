use std::time::Duration;

use super::super::book::Totals;
use super::super::isolated::IsolatedThread;
use super::super::settings::Topology;
use super::super::worker::WorkerId;
use super::*;
use crate::event::ProcessRef;

fn member(member: MemberId, state: ChildState) -> MemberInfo {
    let process = ProcessRef { process: 1, incarnation: 1 };
    MemberInfo { member, process, state, lives: 1, mailbox_len: 0, memory_bytes: 0, items: 0 }
}

/// Open, one coordinator and four workers that run, nothing queued of at most 100.
fn well() -> EcosystemInfo {
    EcosystemInfo {
        name: "test",
        phase: EcosystemPhase::Open,
        topology: Topology::Star,
        coordinators: vec![member(MemberId::Coordinator(0), ChildState::Running)],
        workers: (0..4).map(|worker| member(MemberId::Worker(WorkerId(worker)), ChildState::Running)).collect(),
        token: None,
        queued: 0,
        capacity: 100,
        waiting: 0,
        in_flight: 0,
        memory_bytes: 0,
        threads: Vec::new(),
        totals: Totals::default(),
    }
}

fn judge(limits: HealthLimits, change: impl FnOnce(&mut EcosystemInfo)) -> String {
    let mut info = well();
    change(&mut info);
    EcosystemHealth::judge(&info, &limits).to_string()
}

#[test]
fn nothing_wrong_is_healthy() {
    assert_eq!(judge(HealthLimits::default(), |_| {}), "healthy");
}

#[test]
fn workers_that_do_not_run_degrade_and_too_few_are_critical() {
    let limits = HealthLimits { min_workers: 2, ..HealthLimits::default() };
    let down = |count: usize, state| {
        judge(limits, |info| info.workers.iter_mut().take(count).for_each(|worker| worker.state = state))
    };
    assert_eq!(down(1, ChildState::Restarting), "degraded: running workers: 3 of 4 (1 restarting) (degraded)");
    assert_eq!(down(2, ChildState::Quarantined), "degraded: running workers: 2 of 4 (0 restarting) (degraded)");
    assert_eq!(down(3, ChildState::Stopped), "critical: running workers: 1 of 4 (0 restarting) (critical)");
    assert_eq!(down(4, ChildState::NotStarted), "critical: running workers: 0 of 4 (0 restarting) (critical)");
}

#[test]
fn a_coordinator_that_is_restarted_degrades_and_one_that_is_not_is_critical() {
    let state = |state| judge(HealthLimits::default(), |info| info.coordinators[0].state = state);
    assert_eq!(state(ChildState::Restarting), "degraded: coordinator-0 is restarting (degraded)");
    assert_eq!(state(ChildState::Stopped), "critical: coordinator-0 is stopped (critical)");
}

#[test]
fn memory_is_judged_against_its_limit_and_not_without_one() {
    let limits = HealthLimits { memory_bytes: Some(1_000), ..HealthLimits::default() };
    let bytes = |limits, bytes| judge(limits, |info| info.memory_bytes = bytes);
    assert_eq!(bytes(limits, 799), "healthy");
    assert_eq!(bytes(limits, 800), "degraded: its workers hold 800 bytes, with a limit of 1000 (degraded)");
    assert_eq!(bytes(limits, 999), "degraded: its workers hold 999 bytes, with a limit of 1000 (degraded)");
    assert_eq!(bytes(limits, 1_000), "critical: its workers hold 1000 bytes, with a limit of 1000 (critical)");
    assert_eq!(bytes(HealthLimits::default(), u64::MAX), "healthy");
}

#[test]
fn the_backlog_is_judged_against_its_limit_or_the_queues() {
    let queued = |limits, queued| judge(limits, |info| info.queued = queued);
    let own = HealthLimits { backlog: Some(10), warning: 0.5, ..HealthLimits::default() };
    assert_eq!(queued(own, 4), "healthy");
    assert_eq!(queued(own, 5), "degraded: 5 items are queued, with a limit of 10 (degraded)");
    assert_eq!(queued(own, 10), "critical: 10 items are queued, with a limit of 10 (critical)");
    assert_eq!(queued(HealthLimits::default(), 79), "healthy");
    assert_eq!(queued(HealthLimits::default(), 80), "degraded: 80 items are queued, with a limit of 100 (degraded)");
    assert_eq!(queued(HealthLimits::default(), 100), "critical: 100 items are queued, with a limit of 100 (critical)");
    let none = HealthLimits { backlog: Some(0), ..HealthLimits::default() };
    assert_eq!((queued(none, 0), queued(none, 1).starts_with("critical")), ("healthy".to_owned(), true));
}

#[test]
fn threads_that_nobody_waits_for_degrade() {
    let thread = |is_abandoned| IsolatedThread { name: "t", running_for: Duration::ZERO, is_abandoned };
    let threads = |threads| judge(HealthLimits::default(), |info| info.threads = threads);
    assert_eq!(threads(vec![thread(false)]), "healthy");
    assert_eq!(threads(vec![thread(true), thread(false), thread(true)]), "degraded: abandoned threads: 2 (degraded)");
}

#[test]
fn what_takes_no_more_work_is_not_healthy() {
    let phase = |phase| judge(HealthLimits::default(), |info| info.phase = phase);
    assert_eq!(phase(EcosystemPhase::Draining), "degraded: it is draining (degraded)");
    assert_eq!(phase(EcosystemPhase::Over), "critical: it is over (critical)");
}

#[test]
fn the_worst_reason_decides_and_all_are_named() {
    let text = judge(HealthLimits::default(), |info| {
        info.workers[0].state = ChildState::Restarting;
        info.queued = 100;
    });
    assert_eq!(
        text,
        "critical: running workers: 3 of 4 (1 restarting) (degraded); 100 items are queued, with a limit of 100 \
         (critical)"
    );
}
