mod oracle;
mod schedules;

use super::super::budget::Budget;
use super::super::{Backoff, WhenSpent};
use super::*;

const SECOND: Duration = Duration::from_secs(1);
const NONE: [Effect; 0] = [];

fn at(span: Duration) -> Monotonic {
    Monotonic(0) + span
}

fn start(child: Place) -> Effect {
    Effect::Start { child, restart: true }
}

fn stop(child: Place) -> Effect {
    Effect::Stop { child }
}

fn after(child: Place, delay: Duration) -> Effect {
    Effect::StartAfter { child, delay }
}

fn release(child: Place, rest: Rest) -> Effect {
    Effect::Release { child, rest }
}

fn plain(restart: Restart) -> Plan {
    Plan::new(restart, false, None, None)
}

fn waiting(wait: Duration) -> Plan {
    let backoff =
        Backoff { initial: wait, factor: 2.0, jitter: 0.0, reset_after: 10 * SECOND, max: Duration::from_secs(60) };
    Plan::new(Restart::Permanent, false, Some(std::sync::Arc::new(backoff)), None)
}

fn budgeted(restarts: u32, when_spent: WhenSpent) -> Plan {
    Plan::new(Restart::Permanent, false, None, Some(Budget { restarts, period: SECOND, when_spent }))
}

/// A supervision whose children all run since the beginning of time, and how far it has come.
struct World {
    state: State,
    now: Duration,
}

impl World {
    fn new(strategy: Strategy, tolerated: u32, plans: impl IntoIterator<Item = Plan>) -> Self {
        Self::with(strategy, AutoShutdown::Never, tolerated, plans)
    }

    fn with(
        strategy: Strategy,
        auto_shutdown: AutoShutdown,
        tolerated: u32,
        plans: impl IntoIterator<Item = Plan>,
    ) -> Self {
        let state = State::new(strategy, auto_shutdown, Intensity::new(tolerated, SECOND), plans);
        let children = state.children.len();
        let mut world = Self { state, now: Duration::ZERO };
        world.take(Event::Opened { at: at(Duration::ZERO) });
        (0..children).for_each(|child| drop(world.started(child)));
        world
    }

    fn take(&mut self, event: Event) -> Vec<Effect> {
        let mut effects = Vec::new();
        self.state.take(event, &mut effects);
        effects
    }

    fn ended(&mut self, child: Place) -> Vec<Effect> {
        self.take(Event::Exited { child, abnormal: true, at: at(self.now), chance: 0 })
    }

    fn done(&mut self, child: Place) -> Vec<Effect> {
        self.take(Event::Exited { child, abnormal: false, at: at(self.now), chance: 0 })
    }

    fn started(&mut self, child: Place) -> Vec<Effect> {
        self.take(Event::Started { child, at: at(self.now) })
    }

    fn failed(&mut self, child: Place) -> Vec<Effect> {
        self.take(Event::StartFailed { child, at: at(self.now), chance: 0 })
    }

    fn due(&mut self, child: Place) -> Vec<Effect> {
        self.take(Event::Due { child, at: at(self.now) })
    }
}

const PERMANENT: Restart = Restart::Permanent;

#[test]
fn the_kind_of_restart_decides() {
    let cases = [
        (Restart::Permanent, false, start(0)),
        (Restart::Permanent, true, start(0)),
        (Restart::Transient, false, release(0, Rest::Ended)),
        (Restart::Transient, true, start(0)),
        (Restart::Temporary, false, release(0, Rest::Forgotten)),
        (Restart::Temporary, true, release(0, Rest::Forgotten)),
    ];
    for (restart, abnormal, expected) in cases {
        let mut world = World::new(Strategy::OneForOne, 1, [plain(restart)]);
        let effects = if abnormal { world.ended(0) } else { world.done(0) };
        assert_eq!(effects, [expected], "{restart:?}, abnormal: {abnormal}");
    }
}

#[test]
fn ends_that_lead_to_no_restart_do_not_count() {
    let children = [Restart::Temporary, Restart::Transient, PERMANENT].map(plain);
    let mut world = World::new(Strategy::OneForOne, 0, children);
    world.ended(0);
    world.done(1);
    assert_eq!(world.ended(2), [Effect::End(Ending::GaveUp { child: 2 })], "and none is tolerated");
}

#[test]
fn a_group_stops_in_reverse_order_and_starts_in_order_without_temporaries() {
    let children = [PERMANENT, Restart::Temporary, PERMANENT, Restart::Transient];
    let mut world = World::new(Strategy::OneForAll, 1, children.map(plain));
    assert_eq!(world.ended(2), [stop(3), stop(1), release(1, Rest::Forgotten), stop(0), start(0)]);
    assert_eq!(world.started(0), [start(2)]);
    assert_eq!(world.started(2), [start(3)]);
    assert_eq!(world.started(3), NONE);
    let mut world = World::new(Strategy::RestForOne, 1, children.map(plain));
    assert_eq!(world.ended(2), [stop(3), start(2)]);
}

#[test]
fn a_group_starts_those_too_that_had_ended_before() {
    let mut world = World::new(Strategy::OneForAll, 1, [PERMANENT, Restart::Transient].map(plain));
    assert_eq!(world.done(1), [release(1, Rest::Ended)]);
    assert_eq!(world.ended(0), [start(0)]);
    assert_eq!(world.started(0), [start(1)], "as in OTP");
}

#[test]
fn a_failed_start_in_a_group_is_tried_again_later_and_counts_then() {
    let mut world = World::new(Strategy::OneForAll, 2, [PERMANENT; 3].map(plain));
    assert_eq!(world.ended(0), [stop(2), stop(1), start(0)]);
    assert_eq!(world.started(0), [start(1)]);
    assert_eq!(world.failed(1), [after(1, Duration::ZERO)], "what was started runs until then");
    assert_eq!(world.due(1), [stop(0), start(0)]);
    world.started(0);
    world.failed(1);
    assert_eq!(world.due(1), [Effect::End(Ending::GaveUp { child: 1 })]);
}

#[test]
fn an_end_before_the_next_try_takes_it_over() {
    let mut world = World::new(Strategy::OneForAll, 2, [PERMANENT; 2].map(plain));
    world.ended(0);
    world.started(0);
    world.failed(1);
    assert_eq!(world.ended(0), [start(0)]);
    assert_eq!(world.started(0), [start(1)]);
    world.started(1);
    assert_eq!(world.due(1), NONE, "it runs again");
}

#[test]
fn a_failed_first_start_stops_those_before_in_reverse_order() {
    let plans = [PERMANENT; 4].map(plain);
    let mut world = World::new(Strategy::OneForOne, 1, []);
    world.state = State::new(Strategy::OneForOne, AutoShutdown::Never, Intensity::new(1, SECOND), plans);
    assert_eq!(world.take(Event::Opened { at: at(SECOND) }), [Effect::Start { child: 0, restart: false }]);
    world.started(0);
    assert_eq!(world.take(Event::Ignored { child: 1, at: at(SECOND) })[0], release(1, Rest::Ignored));
    world.started(2);
    assert_eq!(world.failed(3), [stop(2), stop(0), Effect::End(Ending::StartFailed { child: 3 })]);
}

#[test]
fn waits_grow_and_start_over_after_a_healthy_time() {
    let mut world = World::new(Strategy::OneForOne, 9, [waiting(SECOND)]);
    let mut waits = Vec::new();
    for (started, ended) in [(0, 1), (2, 11), (20, 30)] {
        world.now = started * SECOND;
        world.due(0);
        world.started(0);
        world.now = ended * SECOND;
        waits.extend(world.ended(0));
    }
    assert_eq!(waits, [after(0, SECOND), after(0, 2 * SECOND), after(0, SECOND)]);
}

#[test]
fn a_wait_stops_the_group_at_once_and_starts_it_when_it_is_over() {
    let mut world = World::new(Strategy::RestForOne, 9, [plain(PERMANENT), waiting(SECOND), plain(PERMANENT)]);
    assert_eq!(world.ended(1), [stop(2), after(1, SECOND)]);
    world.now = SECOND;
    assert_eq!(world.due(1), [start(1)]);
    assert_eq!(world.failed(1), [after(1, 2 * SECOND)]);
    world.now = 3 * SECOND;
    assert_eq!(world.due(1), [start(1)]);
    assert_eq!(world.started(1), [start(2)]);
    // Under one_for_all, a start that is to be repeated after a wait stops what the group had started.
    let mut world = World::new(Strategy::OneForAll, 9, [plain(PERMANENT), waiting(SECOND)]);
    world.ended(0);
    world.started(0);
    assert_eq!(world.failed(1), [stop(0), after(1, SECOND)]);
}

#[test]
fn a_restart_that_comes_meanwhile_does_not_shorten_a_wait() {
    let mut world = World::new(Strategy::RestForOne, 9, [plain(PERMANENT), waiting(SECOND), plain(PERMANENT)]);
    world.ended(1);
    world.now = SECOND / 2;
    assert_eq!(world.ended(0), [start(0)]);
    assert_eq!(world.started(0), NONE, "the others wait on");
    world.now = SECOND;
    assert_eq!(world.due(1), [start(1)]);
    assert_eq!(world.started(1), [start(2)]);
    // Under one_for_all only a child that somebody started meanwhile can end: it waits with the others.
    let mut world = World::new(Strategy::OneForAll, 9, [plain(PERMANENT), waiting(SECOND)]);
    assert_eq!(world.ended(1), [stop(0), after(1, SECOND)]);
    world.take(Event::Revived { child: 0, at: at(SECOND / 2) });
    world.started(0);
    world.now = SECOND / 2;
    assert_eq!(world.ended(0), NONE);
    world.now = SECOND;
    assert_eq!(world.due(1), [start(0)]);
    assert_eq!(world.started(0), [start(1)]);
}

#[test]
fn a_budget_spares_the_siblings_and_the_intensity() {
    for (when_spent, rest) in [(WhenSpent::Stop, Rest::Ended), (WhenSpent::Quarantine, Rest::Quarantined)] {
        let mut world = World::new(Strategy::OneForAll, 0, [budgeted(1, when_spent), plain(PERMANENT)]);
        assert_eq!(world.ended(0), [stop(1), start(0)], "the supervisor tolerates none, and is not asked");
        assert_eq!(world.started(0), [start(1)]);
        world.started(1);
        assert_eq!(world.ended(0), [release(0, rest)]);
        assert_eq!(world.ended(1), [Effect::End(Ending::GaveUp { child: 1 })], "its sibling has none");
    }
    let mut world = World::new(Strategy::OneForOne, 9, [budgeted(0, WhenSpent::Escalate)]);
    assert_eq!(world.ended(0), [Effect::End(Ending::GaveUp { child: 0 })]);
}

#[test]
fn a_spent_child_is_left_out_of_groups_until_it_is_wanted() {
    let mut world = World::new(Strategy::OneForAll, 9, [budgeted(0, WhenSpent::Quarantine), plain(PERMANENT)]);
    world.ended(0);
    assert_eq!(world.ended(1), [start(1)]);
    world.started(1);
    assert_eq!(world.take(Event::Revived { child: 0, at: at(SECOND) }), [Effect::Start { child: 0, restart: false }]);
    assert_eq!(world.failed(0), [release(0, Rest::Quarantined)], "still");
    world.take(Event::Revived { child: 0, at: at(SECOND) });
    world.started(0);
    assert_eq!(world.ended(1), [stop(0), start(0)]);
}

#[test]
fn a_group_goes_on_without_a_child_whose_starts_spent_its_budget() {
    let children = [plain(PERMANENT), budgeted(1, WhenSpent::Stop), plain(PERMANENT)];
    let mut world = World::new(Strategy::OneForAll, 9, children);
    assert_eq!(world.ended(1), [stop(2), stop(0), start(0)]);
    world.started(0);
    world.failed(1);
    assert_eq!(world.due(1), [release(1, Rest::Ended), start(2)], "the first runs already");
}

#[test]
fn significant_children_end_their_supervisor() {
    let over = Effect::End(Ending::AutoShutdown);
    let significant = |restart| Plan::new(restart, true, None, None);
    let children = || [significant(Restart::Transient), significant(Restart::Temporary), plain(Restart::Transient)];
    let mut world = World::with(Strategy::OneForOne, AutoShutdown::AnySignificant, 9, children());
    assert_eq!(world.done(2), [release(2, Rest::Ended)], "it is not significant");
    assert_eq!(world.ended(0), [start(0)], "it is restarted");
    world.started(0);
    assert_eq!(world.take(Event::Terminated { child: 0 }), [stop(0), release(0, Rest::Ended)], "it was wanted");
    assert_eq!(world.ended(1), [release(1, Rest::Forgotten), over]);
    let mut world = World::with(Strategy::OneForOne, AutoShutdown::AllSignificant, 9, children());
    assert_eq!(world.ended(1), [release(1, Rest::Forgotten)]);
    assert_eq!(world.done(0), [release(0, Rest::Ended), over]);
    let mut world = World::with(Strategy::OneForAll, AutoShutdown::AnySignificant, 9, children());
    let bystanders = [release(1, Rest::Forgotten), stop(0), start(0)];
    assert_eq!(world.ended(2)[1..], bystanders, "stopped for a sibling");
}

#[test]
fn events_that_come_too_late_have_no_effect() {
    let mut world = World::new(Strategy::OneForOne, 9, [plain(PERMANENT)]);
    world.ended(0);
    assert_eq!(world.ended(0), NONE, "it does not run");
    assert_eq!(world.due(0), NONE, "it does not wait");
    assert_eq!(world.ended(7), NONE, "there is no such child");
    assert_eq!(world.take(Event::Deleted { child: 7 }), NONE);
    let mut world = World::new(Strategy::OneForOne, 9, [plain(PERMANENT)]);
    world.ended(0);
    world.failed(0);
    assert_eq!(world.take(Event::Terminated { child: 0 }), [release(0, Rest::Ended)]);
    assert_eq!(world.due(0), NONE, "somebody took the restart back");
}
