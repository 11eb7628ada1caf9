//! Random histories of a dynamic supervisor against a list.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use foundation_core::{
    Address, ChildError, ChildTemplate, Context, DynamicSupervisor, Exit, Process, Restart, Supervisor, Telemetry,
};
use foundation_memory::Simulation;
use proptest::prelude::*;

use super::assert_gone;
use crate::support::{SECOND, failure, runtime_on};

const INTENSITY: u32 = 3;
const PERIOD_S: u64 = 10;
const MAX_CHILDREN: usize = 6;
/// No sum of these is as long as the period, so that nothing hangs on the moment at which a restart is too old.
const STEP_S: u64 = 3;

#[derive(Clone, Debug)]
enum Step {
    /// Starts a child whose first so many starts fail.
    Start(Restart, u32),
    /// Stops one as its supervisor does.
    Terminate(usize),
    /// Ends one, and has its next so many starts fail.
    End(usize, End, u32),
    KillSupervisor,
    Wait(u32),
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum End {
    Kill,
    Normal,
    Fail,
}

fn restart() -> impl Strategy<Value = Restart> {
    prop_oneof![3 => Just(Restart::Permanent), 2 => Just(Restart::Transient), 1 => Just(Restart::Temporary)]
}

fn step() -> impl Strategy<Value = Step> {
    let failures = || prop_oneof![4 => Just(0_u32), 1 => 1..6_u32];
    let end = prop_oneof![Just(End::Kill), Just(End::Normal), Just(End::Fail)];
    prop_oneof![
        6 => (restart(), prop_oneof![5 => Just(0_u32), 1 => Just(1)])
            .prop_map(|(restart, fails)| Step::Start(restart, fails)),
        3 => (0..20_usize).prop_map(Step::Terminate),
        6 => (0..20_usize, end, failures()).prop_map(|(who, end, fails)| Step::End(who, end, fails)),
        1 => Just(Step::KillSupervisor),
        3 => (1..4_u32).prop_map(Step::Wait),
    ]
}

/// Fails to start as often as it is told to.
struct Frail(Arc<AtomicU32>);

impl Process for Frail {
    type Message = Exit;

    async fn init(&mut self, _ctx: &mut Context<Self>) -> Result<(), Exit> {
        let less = |failures: u32| failures.checked_sub(1);
        match self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, less) {
            Ok(_) => Err(failure("planned")),
            Err(_) => Ok(()),
        }
    }

    async fn handle(&mut self, exit: Exit, _ctx: &mut Context<Self>) -> Result<(), Exit> {
        Err(exit)
    }
}

/// A child as the model has it.
struct Known {
    address: Address<Exit>,
    failures: Arc<AtomicU32>,
    number: u64,
    restart: Restart,
    life: u64,
    is_there: bool,
}

/// What should be.
#[derive(Default)]
struct Model {
    children: Vec<Known>,
    /// When it restarted children, in this life.
    restarts: Vec<u64>,
    now_s: u64,
    deaths: u64,
}

impl Model {
    fn there(&self) -> usize {
        self.children.iter().filter(|child| child.is_there).count()
    }

    /// The supervisor ends, for whatever reason, and begins anew.
    fn begin_anew(&mut self) {
        self.deaths += 1;
        self.restarts.clear();
        self.children.iter_mut().for_each(|child| child.is_there = false);
    }

    /// A child ends by itself; its next `failures` starts fail.
    fn ends(&mut self, who: usize, end: End, failures: u32) {
        let wanted = match self.children[who].restart {
            Restart::Permanent => true,
            Restart::Transient => end != End::Normal,
            Restart::Temporary => false,
        };
        if !wanted {
            self.children[who].is_there = false;
            return;
        }
        for _ in 0..=failures {
            let now = self.now_s;
            self.restarts.push(now);
            self.restarts.retain(|at| at + PERIOD_S >= now);
            if self.restarts.len() > INTENSITY as usize {
                return self.begin_anew();
            }
            self.children[who].life += 1;
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn a_dynamic_supervisor_agrees_with_a_list(seed: u64, steps in proptest::collection::vec(step(), 1..60)) {
        let world = Simulation::new(seed);
        let runtime = runtime_on(&world, Telemetry::none());
        let pool = DynamicSupervisor::new("pool")
            .intensity(INTENSITY, Duration::from_secs(PERIOD_S))
            .max_children(MAX_CHILDREN);
        let tree = Supervisor::one_for_one().intensity(1_000, SECOND).child(pool.child_spec("pool"));
        let tree = world.block_on(runtime.supervise("tree", tree)).unwrap();
        let template = ChildTemplate::new("frail", |failures: &Arc<AtomicU32>| Frail(Arc::clone(failures)));
        let mut model = Model::default();
        for step in steps {
            match step {
                Step::Start(restart, failing) => {
                    let failures = Arc::new(AtomicU32::new(failing));
                    let template = template.clone().restart(restart);
                    match world.block_on(pool.start_child(&template, Arc::clone(&failures))) {
                        Ok(address) => {
                            prop_assert!(failing == 0 && model.there() < MAX_CHILDREN);
                            let number = address.process_ref().process;
                            model.children.push(Known { address, failures, number, restart, life: 1, is_there: true });
                        }
                        Err(ChildError::MaxChildren(MAX_CHILDREN)) => prop_assert_eq!(model.there(), MAX_CHILDREN),
                        Err(ChildError::NotStarted(_)) => prop_assert_eq!(failing, 1),
                        Err(other) => prop_assert!(false, "{}", other),
                    }
                }
                Step::Terminate(who) if !model.children.is_empty() => {
                    let who = who % model.children.len();
                    let child = &mut model.children[who];
                    match world.block_on(pool.terminate_child(&child.address)) {
                        Ok(()) => prop_assert!(child.is_there),
                        Err(ChildError::NotFound(_)) => prop_assert!(!child.is_there),
                        Err(other) => prop_assert!(false, "{}", other),
                    }
                    child.is_there = false;
                }
                Step::End(who, end, failing) if !model.children.is_empty() => {
                    let who = who % model.children.len();
                    let child = &model.children[who];
                    child.failures.store(failing, Ordering::Relaxed);
                    let sent = match end {
                        End::Kill => {
                            child.address.kill();
                            child.is_there
                        }
                        End::Normal => child.address.try_cast(Exit::Normal).is_ok(),
                        End::Fail => child.address.try_cast(failure("planned")).is_ok(),
                    };
                    prop_assert_eq!(sent, child.is_there);
                    if sent {
                        model.ends(who, end, failing);
                    }
                }
                Step::KillSupervisor => {
                    pool.address().kill();
                    model.begin_anew();
                }
                Step::Wait(steps) => {
                    world.advance(Duration::from_secs(u64::from(steps) * STEP_S));
                    model.now_s += u64::from(steps) * STEP_S;
                }
                Step::Terminate(_) | Step::End(..) => {}
            }
            world.run_until_idle();
            prop_assert_eq!(pool.address().process_ref().incarnation, model.deaths + 1);
            prop_assert_eq!(pool.len(), model.there());
            for child in &model.children {
                prop_assert_eq!(child.address.is_alive(), child.is_there);
                prop_assert_eq!(child.address.process_ref().process, child.number, "the number is kept");
                if child.is_there {
                    prop_assert_eq!(child.address.process_ref().incarnation, child.life);
                } else {
                    prop_assert!(world.block_on(child.address.running()).is_err(), "nobody starts it");
                }
            }
        }
        world.block_on(tree.shutdown());
        assert_gone(&world, &pool);
        let ledger = runtime.ledger();
        prop_assert!(ledger.is_balanced(), "{:?}", ledger);
    }
}
