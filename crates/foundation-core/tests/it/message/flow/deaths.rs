//! What the death of either side changes.

use foundation_core::message::{Flow, FlowError};
use foundation_core::{Backoff, ChildSpec, Exit, Restart, Supervisor, SupervisorHandle};
use foundation_memory::Simulation;
use foundation_testkit::{LedgerProbe, Probe, expect_matches};

use super::{Consumer, Parcel, holder};
use crate::support::{SECOND, each_seed, failure};

/// A consumer that is restarted a little later, and the address of it.
fn supervised(
    world: &Simulation,
    runtime: &foundation_core::Runtime,
    consumer: Consumer,
    restart: Restart,
) -> (SupervisorHandle, foundation_core::Address<Parcel>) {
    let spec = ChildSpec::new("consumer", move || consumer.clone()).backoff(Backoff::default()).restart(restart);
    let address = spec.address();
    let tree = Supervisor::one_for_one().intensity(100, SECOND).child(spec);
    (world.block_on(runtime.supervise("tree", tree)).unwrap(), address)
}

#[test]
fn the_consumers_death_ends_the_wait_with_its_reason() {
    each_seed(16, |world, runtime| {
        for exit in [Exit::Killed, failure("planned")] {
            let expected = format!("send on a flow: its consumer ended: {exit}");
            let mut probe = Probe::spawn(world, runtime, "told");
            let flow = Flow::new();
            let consumer = runtime.spawn("consumer", Consumer::new(&flow, 1, SECOND));
            world.run_until_idle();
            let _held = flow.try_reserve().unwrap();
            for _ in 0..3 {
                let (own, to) = (flow.clone(), probe.address());
                world.spawner().spawn("producer", async move {
                    to.cast(own.reserve().await.map(drop).map_err(|error| error.to_string())).await.unwrap();
                });
            }
            probe.expect_none();
            match exit {
                Exit::Killed => consumer.kill(),
                exit => consumer.stop(exit),
            }
            for _ in 0..3 {
                assert_eq!(expect_matches!(probe, Err(error) => error), expected);
            }
            assert!(matches!(flow.try_reserve(), Err(FlowError::Ended(_))), "and who comes later hears it too");
            assert!(matches!(world.block_on(flow.opened()), Err(FlowError::Ended(_))), "nobody will open it again");
        }
    });
}

#[test]
fn the_next_life_starts_with_all_its_credit_and_gets_nothing_of_the_life_before() {
    each_seed(32, |world, runtime| {
        let flow = Flow::new();
        let consumer = Consumer::new(&flow, 4, SECOND);
        let (_tree, address) = supervised(world, runtime, consumer, Restart::Permanent);
        assert_eq!(world.block_on(flow.opened()).unwrap().incarnation, 1);
        let mark = LedgerProbe::mark(runtime);
        let old: Vec<_> = (0..3).map(|_| flow.try_reserve().unwrap()).collect();
        flow.try_reserve().unwrap().send(|credit| Parcel { number: 1, credit }).unwrap();
        assert!(matches!(flow.try_reserve(), Err(FlowError::NoCredit)));

        address.kill();
        world.run_until_idle();
        assert!(matches!(flow.try_reserve(), Err(FlowError::Ended(Exit::Killed))));
        assert_eq!(world.block_on(flow.opened()).unwrap().incarnation, 2, "the wait goes over the restart");
        assert_eq!(flow.counts().free, 4);
        let sent = mark.delta();
        let mut old = old.into_iter();
        let unsent = old.next().unwrap().send(|credit| Parcel { number: 2, credit }).unwrap_err();
        assert!(matches!(unsent.reason, FlowError::Ended(Exit::Killed)), "{unsent:?}");
        assert_eq!((unsent.message.number, mark.delta()), (2, sent), "it was never sent");
        drop((unsent, old));
        assert_eq!(flow.counts().free, 4, "void credit is no credit");

        let new: Vec<_> = (0..4).map(|_| flow.try_reserve().unwrap()).collect();
        assert!(matches!(flow.try_reserve(), Err(FlowError::NoCredit)));
        for (number, permit) in (0..).zip(new) {
            permit.send(|credit| Parcel { number, credit }).unwrap();
        }
        world.advance(10 * SECOND);
        // The supervisor's own mail counts as well, so only what did not arrive is asked for: the first parcel.
        mark.delta().undelivered(1).rejected(0).queued(0);
        assert_eq!(flow.counts().free, 4);
    });
}

#[test]
fn a_consumer_that_is_over_is_not_waited_for() {
    each_seed(16, |world, runtime| {
        let mut probe = Probe::spawn(world, runtime, "told");
        let flow = Flow::new();
        let consumer = Consumer::new(&flow, 1, SECOND);
        let (own, to) = (flow.clone(), probe.address());
        let wait = async move { to.cast(own.opened().await.map_err(|error| error.to_string())).await.unwrap() };
        world.spawner().spawn("early", wait);
        probe.expect_none();
        let (_tree, address) = supervised(world, runtime, consumer, Restart::Transient);
        assert_eq!(expect_matches!(probe, Ok(life) => life), address.process_ref());

        address.kill();
        world.run_until_idle();
        // Between two lives: both wait for the second.
        for _ in 0..2 {
            let (own, to) = (flow.clone(), probe.address());
            let wait = async move { to.cast(own.opened().await.map_err(|error| error.to_string())).await.unwrap() };
            world.spawner().spawn("waiting", wait);
        }
        probe.expect_none();
        for _ in 0..2 {
            assert_eq!(expect_matches!(probe, Ok(life) => life.incarnation), 2);
        }
        address.stop(Exit::Shutdown);
        world.run_until_idle();
        let over = world.block_on(flow.opened());
        assert!(matches!(over, Err(FlowError::Ended(Exit::Shutdown))), "{over:?}");
    });
}

#[test]
fn a_producers_death_frees_what_it_held_and_its_place_in_the_line() {
    each_seed(16, |world, runtime| {
        let flow = Flow::new();
        runtime.spawn("consumer", Consumer::new(&flow, 3, SECOND));
        world.run_until_idle();
        let mut told = Probe::spawn(world, runtime, "told");
        let mut last_told = Probe::spawn(world, runtime, "last told");
        let greedy = holder(runtime, &flow, 9, told.address());
        for number in 0..3 {
            told.expect_eq(&number);
        }
        told.expect_none();
        let waiting = holder(runtime, &flow, 1, told.address());
        world.run_until_idle();
        let last = holder(runtime, &flow, 2, last_told.address());
        last_told.expect_none_for(SECOND);
        assert_eq!((flow.counts().held, flow.counts().waiting), (3, 3));

        waiting.kill();
        world.run_until_idle();
        assert_eq!(flow.counts().waiting, 2, "its place is gone");
        greedy.kill();
        last_told.expect_eq(&0);
        last_told.expect_eq(&1);
        told.expect_none();
        assert_eq!((flow.counts().held, flow.counts().free, flow.counts().waiting), (2, 1, 0));
        last.kill();
        world.run_until_idle();
        assert_eq!(flow.counts().free, 3);
    });
}

#[test]
fn the_messages_of_a_dead_producer_go_on_and_give_their_credit_back() {
    each_seed(8, |world, runtime| {
        let flow = Flow::new();
        let mark = LedgerProbe::mark(runtime);
        runtime.spawn("consumer", Consumer::new(&flow, 2, SECOND));
        world.run_until_idle();
        let own = flow.clone();
        world.spawner().spawn("producer", async move {
            for number in 0..2 {
                own.reserve().await.unwrap().send(|credit| Parcel { number, credit }).unwrap();
            }
        });
        world.run_until_idle();
        assert_eq!((world.tasks().contains(&"producer"), flow.counts().in_flight), (false, 2));
        world.advance(10 * SECOND);
        assert_eq!(flow.counts().free, 2);
        mark.delta().handled(2);
    });
}
