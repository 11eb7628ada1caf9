//! Credit while everybody lives.

use std::time::Duration;

use foundation_core::message::{Flow, FlowError};
use foundation_core::port::clock::Clock as _;
use foundation_core::{Code, Context, Exit, MailboxSettings, Overflow, Process, Refusal};
use foundation_testkit::{LedgerProbe, Probe};

use super::{Consumer, Parcel, holder};
use crate::support::{SECOND, each_seed};

#[test]
fn a_producer_is_let_in_by_half_windows() {
    each_seed(8, |world, runtime| {
        let flow = Flow::new();
        let mut told = Probe::spawn(world, runtime, "told");
        runtime.spawn("consumer", Consumer::new(&flow, 8, SECOND));
        let (own, to, clock) = (flow.clone(), told.address(), world.clock());
        world.spawner().spawn("producer", async move {
            own.opened().await.unwrap();
            for number in 0..20 {
                own.reserve().await.unwrap().send(|credit| Parcel { number, credit }).unwrap();
                to.cast((number, clock.now().0 / 1_000_000_000)).await.unwrap();
            }
        });
        let sent: Vec<(u64, u64)> = (0..20).map(|_| told.expect()).collect();
        // Eight at once, then four whenever four are handled, at a second each.
        let expected: Vec<_> =
            (0..20).map(|number| (number, if number < 8 { 0 } else { (number - 4) / 4 * 4 })).collect();
        assert_eq!(sent, expected);
        world.advance(60 * SECOND);
        let counts = flow.counts();
        assert_eq!((counts.granted, counts.free, counts.returned), (8, 8, 0));
    });
}

#[test]
fn those_who_wait_are_served_in_the_order_they_came_and_who_leaves_is_passed_over() {
    each_seed(16, |world, runtime| {
        let flow = Flow::new();
        let mut told = Probe::spawn(world, runtime, "told");
        runtime.spawn("consumer", Consumer::new(&flow, 1, SECOND));
        world.run_until_idle();
        let first = flow.try_reserve().unwrap();
        assert!(matches!(flow.try_reserve(), Err(FlowError::NoCredit)));
        for number in 1..=5 {
            let (own, to, clock) = (flow.clone(), told.address(), world.clock());
            world.spawner().spawn("producer", async move {
                let given_up = clock.now() + if number == 3 { 2 * SECOND } else { 100 * SECOND };
                let reserve = foundation_core::port::clock::deadline(&*clock, given_up, own.reserve());
                let Ok(permit) = reserve.await else { return };
                permit.unwrap().send(|credit| Parcel { number, credit }).unwrap();
                to.cast(number).await.unwrap();
            });
            world.run_until_idle();
        }
        assert_eq!(flow.counts().waiting, 5);
        world.advance(3 * SECOND);
        assert_eq!(flow.counts().waiting, 4, "the third gave up");
        drop(first);
        for number in [1, 2, 4, 5] {
            told.expect_eq(&number);
        }
        told.expect_none_for(100 * SECOND);
    });
}

#[test]
fn credit_that_is_kept_with_the_work_is_in_flight_until_the_work_is_done() {
    /// Hands each parcel on to a task of its own.
    struct Dispatcher(Flow<Parcel>);

    impl Process for Dispatcher {
        type Message = Parcel;

        async fn init(&mut self, ctx: &mut Context<Self>) -> Result<(), Exit> {
            Ok(self.0.open(ctx, 3)?)
        }

        async fn handle(&mut self, Parcel { number, credit }: Parcel, ctx: &mut Context<Self>) -> Result<(), Exit> {
            let clock = ctx.clock().clone();
            ctx.runtime().spawner().spawn("work", async move {
                clock.sleep(Duration::from_secs(number)).await;
                drop(credit);
            });
            Ok(())
        }
    }

    each_seed(8, |world, runtime| {
        let flow = Flow::new();
        let mark = LedgerProbe::mark(runtime);
        runtime.spawn("dispatcher", Dispatcher(flow.clone()));
        world.run_until_idle();
        for number in [10, 20, 30] {
            flow.try_reserve().unwrap().send(|credit| Parcel { number, credit }).unwrap();
        }
        world.run_until_idle();
        mark.delta().handled(3).queued(0);
        assert_eq!((flow.counts().in_flight, flow.counts().free), (3, 0));
        world.advance(10 * SECOND);
        assert!(matches!(flow.try_reserve(), Err(FlowError::NoCredit)), "one unit back is less than half of three");
        world.advance(10 * SECOND);
        assert_eq!((flow.counts().in_flight, flow.counts().free), (1, 2));
    });
}

#[test]
fn a_message_that_the_mailbox_drops_or_refuses_gives_its_credit_back() {
    each_seed(8, |world, runtime| {
        for overflow in [Overflow::DropOldest, Overflow::DropNewest, Overflow::Reject, Overflow::Wait] {
            let flow = Flow::new();
            let mut consumer = Consumer::new(&flow, 4, SECOND);
            consumer.mailbox = MailboxSettings { capacity: 1, overflow };
            runtime.spawn("consumer", consumer);
            world.run_until_idle();
            let mut refused = 0;
            for number in 0..100 {
                let unsent = flow.try_reserve().unwrap().send(|credit| Parcel { number, credit });
                if let Err(unsent) = unsent {
                    assert!(matches!(unsent.reason, FlowError::Refused(Refusal::Full)), "{unsent:?}");
                    assert_eq!(unsent.message.number, number);
                    refused += 1;
                }
            }
            let drops = matches!(overflow, Overflow::DropOldest | Overflow::DropNewest);
            assert_eq!(refused == 0, drops, "{refused} refused with {overflow:?}");
            world.advance(100 * SECOND);
            assert_eq!((flow.counts().free, flow.counts().in_flight), (4, 0), "{overflow:?}");
        }
    });
}

#[test]
fn a_flow_belongs_to_one_process_and_each_life_opens_it_once() {
    /// Opens a flow whenever it is told to, and tells what came of it.
    struct Opener {
        flow: Flow<u32>,
        tell: foundation_core::Address<Result<(), Code>>,
    }

    impl Process for Opener {
        type Message = u32;

        async fn handle(&mut self, credit: u32, ctx: &mut Context<Self>) -> Result<(), Exit> {
            let opened = self.flow.open(ctx, credit).map_err(|error| error.code());
            self.tell.cast(opened).await.map_err(|error| Exit::failed(error.into()))
        }
    }

    each_seed(4, |world, runtime| {
        let mut told = Probe::spawn(world, runtime, "told");
        let flow = Flow::new();
        assert!(matches!(flow.try_reserve(), Err(FlowError::NotOpen)));
        let spawn = || runtime.spawn("opener", Opener { flow: flow.clone(), tell: told.address() });
        let (own, other) = (spawn(), spawn());
        own.try_cast(0).unwrap();
        assert_eq!(told.expect(), Ok(()));
        own.try_cast(5).unwrap();
        assert_eq!(told.expect(), Err(Code::Conflict));
        other.try_cast(5).unwrap();
        assert_eq!(told.expect(), Err(Code::Conflict));
        assert_eq!(flow.counts().granted, 1, "none at all would be a flow that nobody can use");
    });
}

#[test]
fn who_waits_holds_nothing_and_who_holds_unused_credit_can_give_it_up() {
    each_seed(8, |world, runtime| {
        let flow = Flow::new();
        let mut told = Probe::spawn(world, runtime, "told");
        runtime.spawn("consumer", Consumer::new(&flow, 2, SECOND));
        world.run_until_idle();
        let (one, two) = (flow.try_reserve().unwrap(), flow.try_reserve().unwrap());
        let holder = holder(runtime, &flow, 3, told.address());
        told.expect_none_for(100 * SECOND);
        drop(one);
        assert_eq!(flow.counts().held, 2, "given to the one who waits, before it has looked");
        told.expect_eq(&0);
        drop(two);
        told.expect_eq(&1);
        told.expect_none_for(100 * SECOND);
        assert!(holder.is_alive());
    });
}
