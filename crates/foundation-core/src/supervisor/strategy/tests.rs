use proptest::prelude::{any, prop, prop_assert_eq, proptest};

use super::*;

const SECOND: Duration = Duration::from_secs(1);

fn state(tolerated: u32, children: &[(Restart, Option<Backoff>)]) -> State {
    State {
        strategy: Strategy::OneForOne,
        intensity: Intensity::new(tolerated, SECOND),
        children: children
            .iter()
            .map(|(restart, backoff)| ChildPlan {
                restart: *restart,
                backoff: *backoff,
                phase: Phase::Running(Monotonic(0)),
                attempts: 0,
            })
            .collect(),
    }
}

fn exited(child: usize, abnormal: bool, at: u64) -> Event {
    Event::Exited { child, abnormal, at: Monotonic(at), chance: 0 }
}

/// Takes the steps and answers what each led to.
fn effects(mut state: State, events: &[Event]) -> Vec<Vec<Effect>> {
    let mut all = Vec::new();
    for event in events {
        let (next, effects) = step(state, *event);
        state = next;
        all.push(effects);
    }
    all
}

#[test]
fn the_policy_decides() {
    let cases = [
        (Restart::Permanent, false, Effect::Start { child: 0 }),
        (Restart::Permanent, true, Effect::Start { child: 0 }),
        (Restart::Transient, false, Effect::Release { child: 0, forget: false }),
        (Restart::Transient, true, Effect::Start { child: 0 }),
        (Restart::Temporary, false, Effect::Release { child: 0, forget: true }),
        (Restart::Temporary, true, Effect::Release { child: 0, forget: true }),
    ];
    for (restart, abnormal, expected) in cases {
        let (_, effects) = step(state(1, &[(restart, None)]), exited(0, abnormal, 1));
        assert_eq!(effects, [expected], "{restart:?}, abnormal: {abnormal}");
    }
}

#[test]
fn ends_that_lead_to_no_restart_do_not_count() {
    let children = [(Restart::Temporary, None), (Restart::Transient, None), (Restart::Permanent, None)];
    let all = effects(state(0, &children), &[exited(0, true, 1), exited(1, false, 1), exited(2, true, 1)]);
    assert_eq!(all[2], [Effect::GiveUp { child: 2 }], "and none is tolerated");
    assert!(!all[..2].iter().flatten().any(|effect| matches!(effect, Effect::GiveUp { .. })));
}

#[test]
fn a_failed_start_is_tried_again_later_and_counts() {
    let failed = Event::StartFailed { child: 0, at: Monotonic(1), chance: 0 };
    let due = Event::Due { child: 0 };
    let all = effects(state(2, &[(Restart::Permanent, None)]), &[exited(0, true, 1), failed, due, failed]);
    assert_eq!(
        all,
        [
            vec![Effect::Start { child: 0 }],
            vec![Effect::StartAfter { child: 0, delay: Duration::ZERO }],
            vec![Effect::Start { child: 0 }],
            vec![Effect::GiveUp { child: 0 }],
        ]
    );
}

#[test]
fn waits_grow_and_start_over_after_a_healthy_time() {
    let backoff = Backoff { initial: SECOND, factor: 2.0, jitter: 0.0, reset_after: 10 * SECOND, max: 60 * SECOND };
    let started = |at: Duration| Event::Started { child: 0, at: Monotonic(0) + at };
    let ended = |at: Duration| exited(0, true, (Monotonic(0) + at).0);
    let events = [
        ended(SECOND),
        Event::Due { child: 0 },
        started(2 * SECOND),
        ended(11 * SECOND),
        Event::Due { child: 0 },
        started(20 * SECOND),
        ended(30 * SECOND),
    ];
    let waits: Vec<_> = effects(state(9, &[(Restart::Permanent, Some(backoff))]), &events)
        .into_iter()
        .flatten()
        .filter_map(|effect| match effect {
            Effect::StartAfter { delay, .. } => Some(delay),
            _ => None,
        })
        .collect();
    assert_eq!(waits, [SECOND, 2 * SECOND, SECOND]);
}

#[test]
fn events_that_come_too_late_have_no_effect() {
    let children = [(Restart::Permanent, None)];
    let none: [Effect; 0] = [];
    let all = effects(state(9, &children), &[exited(0, true, 1), exited(0, true, 1), Event::Due { child: 0 }]);
    assert_eq!(all[1], none, "it does not run");
    assert_eq!(all[2], none, "it does not wait");
    assert_eq!(step(state(9, &children), exited(7, true, 1)).1, none, "there is no such child");
}

proptest! {
    /// Against OTP's rules, told the short way: which ends lead to a restart, until one is too many.
    #[test]
    fn agrees_with_the_rules(
        policies in prop::collection::vec(0_usize..3, 1..4),
        ends in prop::collection::vec((0_usize..4, any::<bool>(), 0_u64..400_000_000), 0..60),
        tolerated in 0_u32..4,
    ) {
        let policies: Vec<_> =
            policies.iter().map(|p| [Restart::Permanent, Restart::Transient, Restart::Temporary][*p]).collect();
        let plans: Vec<_> = policies.iter().map(|restart| (*restart, None)).collect();
        let mut state = state(tolerated, &plans);
        let mut running = vec![true; policies.len()];
        let mut restarts: Vec<u64> = Vec::new();
        let mut now = 0;
        for (child, abnormal, gap) in ends {
            now += gap;
            let (next, effects) = step(state, exited(child, abnormal, now));
            state = next;
            let known = running.get(child).copied().unwrap_or(false);
            let expected = if !known {
                None
            } else if policies[child] == Restart::Temporary || (policies[child] == Restart::Transient && !abnormal) {
                running[child] = false;
                Some(Effect::Release { child, forget: policies[child] == Restart::Temporary })
            } else {
                restarts.push(now);
                let recent = restarts.iter().filter(|at| now - **at <= 1_000_000_000).count();
                if recent > tolerated as usize {
                    Some(Effect::GiveUp { child })
                } else {
                    Some(Effect::Start { child })
                }
            };
            prop_assert_eq!(effects, Vec::from_iter(expected));
            match expected {
                Some(Effect::GiveUp { .. }) => break,
                Some(Effect::Start { .. }) => {
                    state = step(state, Event::Started { child, at: Monotonic(now) }).0;
                }
                _ => {}
            }
        }
    }
}
