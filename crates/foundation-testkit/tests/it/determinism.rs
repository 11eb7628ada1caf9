//! The virtual world that probes run in: time jumps only when all is idle, and a seed names one run.

use std::collections::BTreeSet;
use std::time::Duration;

use foundation_core::port::clock::{Clock as _, Monotonic};
use foundation_core::{Address, Backoff, ChildSpec, Context, Exit, Process, Supervisor};
use foundation_testkit::{Probe, Simulation, each_seed, runtime_in};

const SECOND: Duration = Duration::from_secs(1);

/// Does so much work that it takes many turns, and then tells when it is done.
struct Busy {
    steps: u32,
    tell: Address<(&'static str, Monotonic)>,
}

impl Process for Busy {
    type Message = ();

    async fn init(&mut self, ctx: &mut Context<Self>) -> Result<(), Exit> {
        for _ in 0..self.steps {
            ctx.yield_now().await;
        }
        // The probe of a test that has failed already may be gone.
        let _ = self.tell.cast(("busy", ctx.clock().now())).await;
        Ok(())
    }

    async fn handle(&mut self, (): (), _: &mut Context<Self>) -> Result<(), Exit> {
        Ok(())
    }
}

#[test]
fn time_stands_still_while_anything_can_run() {
    each_seed(20, |world, runtime| {
        let mut probe = Probe::spawn(world, runtime, "probe");
        let (to, clock) = (probe.address(), world.clock());
        // The shortest sleep there is: any jump would end it.
        world.spawner().spawn("sleeper", async move {
            clock.sleep(Duration::from_nanos(1)).await;
            to.cast(("sleeper", clock.now())).await.unwrap();
        });
        for steps in [1_000, 10, 3_000] {
            runtime.spawn("busy", Busy { steps, tell: probe.address() });
        }
        // By the root of `block_on`, which jumps too.
        world.block_on(world.clock().sleep(Duration::from_nanos(1)));
        let told: Vec<_> = (0..4).map(|_| probe.expect()).collect();
        let busy = ("busy", Monotonic(0));
        assert_eq!(told, [busy, busy, busy, ("sleeper", Monotonic(1))]);
    });
}

#[test]
fn work_that_a_timer_starts_is_done_before_the_next_timer() {
    each_seed(20, |world, runtime| {
        let mut probe = Probe::spawn(world, runtime, "probe");
        for number in 0..3_u64 {
            let (to, clock, runtime) = (probe.address(), world.clock(), runtime.clone());
            world.spawner().spawn("starter", async move {
                clock.sleep(SECOND + Duration::from_nanos(number)).await;
                runtime.spawn("busy", Busy { steps: 500, tell: to });
            });
        }
        // Over all three at once, or from one to the next as expectations do.
        if world.seed().is_multiple_of(2) {
            world.advance(2 * SECOND);
        }
        let told: Vec<_> = (0..3).map(|_| probe.expect().1 - (Monotonic(0) + SECOND)).collect();
        assert_eq!(told, [0, 1, 2].map(Duration::from_nanos), "each at its own time, in no other's");
    });
}

/// Four senders, chance, and a process that is killed and restarted; what a probe sees of it, and the fingerprint.
fn run(seed: u64) -> (Vec<(usize, u64, Monotonic)>, u64) {
    struct Relay(Address<(usize, u64, Monotonic)>);
    impl Process for Relay {
        type Message = (usize, u64);

        async fn handle(&mut self, (sender, number): (usize, u64), ctx: &mut Context<Self>) -> Result<(), Exit> {
            if number == 3 && ctx.runtime().entropy().next_u64().is_multiple_of(4) {
                panic!("planned");
            }
            self.0.cast((sender, number, ctx.clock().now())).await.map_err(|error| Exit::failed(error.into()))
        }
    }
    let world = Simulation::new(seed);
    let runtime = runtime_in(&world);
    let mut probe = Probe::spawn(&world, &runtime, "probe");
    let to = probe.address();
    let spec = ChildSpec::new("relay", move || Relay(to.clone())).backoff(Backoff::default());
    let relay = spec.address();
    world.block_on(runtime.supervise("tree", Supervisor::one_for_one().intensity(100, SECOND).child(spec))).unwrap();
    for sender in 0..4 {
        let (relay, clock) = (relay.clone(), world.clock());
        world.spawner().spawn("sender", async move {
            for number in 0..8 {
                // What is refused between two lives is lost, as with any cast.
                let _ = relay.cast((sender, number)).await;
                clock.sleep(Duration::from_millis(40)).await;
            }
        });
    }
    world.advance(10 * SECOND);
    let seen = std::iter::from_fn(|| (probe.waiting() > 0).then(|| probe.expect())).collect();
    (seen, world.fingerprint())
}

#[test]
fn one_seed_is_one_run() {
    for seed in 0..10 {
        assert_eq!(run(seed), run(seed), "seed {seed}");
    }
}

#[test]
fn other_seeds_are_other_interleavings_and_never_break_the_order_of_a_sender() {
    let runs: Vec<_> = (0..40).map(run).collect();
    let orders: BTreeSet<Vec<_>> = runs
        .iter()
        .map(|(seen, _)| seen.iter().take(8).map(|(sender, number, _)| (*sender, *number)).collect())
        .collect();
    assert!(orders.len() >= 20, "only {} orders of the first eight messages in 40 seeds", orders.len());
    let fingerprints: BTreeSet<_> = runs.iter().map(|(_, fingerprint)| *fingerprint).collect();
    assert_eq!(fingerprints.len(), 40);
    let lost = runs.iter().filter(|(seen, _)| seen.len() < 32).count();
    assert!((1..40).contains(&lost), "in {lost} of 40 runs the relay was restarted: chance follows the seed as well");
    for (seed, (seen, _)) in runs.iter().enumerate() {
        for sender in 0..4 {
            let numbers: Vec<_> =
                seen.iter().filter(|(own, ..)| *own == sender).map(|(_, number, _)| *number).collect();
            assert!(numbers.is_sorted_by(|a, b| a < b), "seed {seed}: sender {sender} was heard as {numbers:?}");
        }
    }
}
