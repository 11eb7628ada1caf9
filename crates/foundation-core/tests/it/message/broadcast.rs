//! Broadcasts: one encoding, the same bytes for all, and a word about each who did not take it.

use std::cell::Cell;
use std::time::Duration;

use foundation_core::message::{Broadcast, Bytes};
use foundation_core::port::registry::RegisteredName;
use foundation_core::{
    Address, Backoff, ChildSpec, Context, Exit, MailboxSettings, Overflow, Process, ProcessGroups, Refusal, Runtime,
    Supervisor,
};
use foundation_testkit::{LedgerProbe, Probe};

use crate::support::{MILLISECOND, SECOND, each_seed, failure};

/// Takes an hour for each message, and has room for one more.
struct Slow(Overflow);

impl Process for Slow {
    type Message = Bytes;

    async fn handle(&mut self, _: Bytes, ctx: &mut Context<Self>) -> Result<(), Exit> {
        ctx.clock().sleep(Duration::from_secs(3_600)).await;
        Ok(())
    }

    fn mailbox(&self) -> MailboxSettings {
        MailboxSettings { capacity: 1, overflow: self.0 }
    }
}

/// A slow process at work, whose mailbox is full.
fn full(world: &foundation_memory::Simulation, runtime: &Runtime, overflow: Overflow) -> Address<Bytes> {
    let slow = runtime.spawn("slow", Slow(overflow));
    world.run_until_idle();
    for _ in 0..2 {
        slow.try_cast(Bytes::new()).unwrap();
        world.run_until_idle();
    }
    slow
}

#[test]
fn a_value_is_encoded_once_and_all_get_the_same_bytes() {
    each_seed(4, |world, runtime| {
        for count in [1, 2, 1_000] {
            let mut members: Vec<_> = (0..count).map(|_| Probe::spawn(world, runtime, "member")).collect();
            let addresses: Vec<_> = members.iter().map(Probe::address).collect();
            let encodings = Cell::new(0);
            let news = Broadcast::encode("some news", |value: &str| {
                encodings.set(encodings.get() + 1);
                postcard::to_allocvec(value)
            })
            .unwrap();
            let mark = LedgerProbe::mark(runtime);
            let delivery = news.try_cast_to(&addresses, |bytes| bytes);
            assert_eq!((delivery.taken, delivery.asked(), encodings.get()), (count, count, 1));
            for member in &mut members {
                let seen: Bytes = member.expect();
                assert_eq!(seen.as_ptr(), news.bytes().as_ptr());
                assert_eq!(postcard::from_bytes::<&str>(&seen).unwrap(), "some news");
                member.expect_none();
            }
            mark.delta().sent(i64::try_from(count).unwrap()).rejected(0).undelivered(0);
        }
    });
}

#[test]
fn a_value_that_cannot_be_encoded_reaches_nobody() {
    let encoded = Broadcast::encode(&1, |_: &i32| Err::<Vec<u8>, _>("no such shape"));
    assert_eq!(encoded, Err("no such shape"));
}

#[test]
fn those_who_refuse_are_told_with_their_reason_and_can_be_asked_again() {
    each_seed(8, |world, runtime| {
        let mut probe = Probe::spawn(world, runtime, "probe");
        let (rejecting, waiting) = (full(world, runtime, Overflow::Reject), full(world, runtime, Overflow::Wait));
        let ended = runtime.spawn("slow", Slow(Overflow::Wait));
        ended.stop(failure("planned"));
        let child = ChildSpec::new("slow", || Slow(Overflow::Wait)).backoff(Backoff::default());
        let resting = child.address();
        let tree = Supervisor::one_for_one().child(child);
        world.block_on(runtime.supervise("tree", tree)).unwrap();
        resting.kill();
        world.run_until_idle();

        let news = Broadcast::of_bytes("news");
        let members = [rejecting.clone(), ended.clone(), probe.address(), waiting.clone(), resting.clone()];
        let mark = LedgerProbe::mark(runtime);
        let delivery = news.try_cast_to(&members, |bytes| bytes);
        assert_eq!(delivery.to_string(), "taken by 1 of 5; 2 full, 1 ended, 1 not running");
        assert_eq!(delivery.full().collect::<Vec<_>>(), [&rejecting, &waiting]);
        let [full, over, waits, rests] = &delivery.refused[..] else { panic!("{delivery:?}") };
        assert_eq!(
            [&full.member, &over.member, &waits.member, &rests.member],
            [&rejecting, &ended, &waiting, &resting]
        );
        assert!(matches!(over.reason, Refusal::Stopped(Exit::Failed(_))), "{:?}", over.reason);
        assert!(matches!(rests.reason, Refusal::NotRunning), "{:?}", rests.reason);
        mark.delta().sent(5).rejected(4);
        assert_eq!(probe.expect(), news.bytes());
        probe.expect_none();

        // An hour later there is room, and nothing is encoded or copied again.
        world.advance(2 * 3_600 * SECOND);
        let again = news.try_cast_to(delivery.full(), |bytes| bytes);
        assert_eq!(again.to_string(), "taken by 2 of 2");
    });
}

#[test]
fn a_broadcast_that_waits_for_room_waits_for_all_at_once() {
    each_seed(8, |world, runtime| {
        let mut probe = Probe::spawn(world, runtime, "probe");
        let slow: Vec<_> = (0..3).map(|_| full(world, runtime, Overflow::Wait)).collect();
        let dying = full(world, runtime, Overflow::Wait);
        let rejecting = full(world, runtime, Overflow::Reject);
        let members: Vec<_> = slow.iter().chain([&dying, &rejecting, &probe.address()]).cloned().collect();
        let (clock, killed) = (runtime.clock().clone(), dying.clone());
        world.spawner().spawn("killer", async move {
            clock.sleep(MILLISECOND).await;
            killed.kill();
        });
        let before = runtime.clock().now();
        let news = Broadcast::of_bytes("news");
        let delivery = world.block_on(news.cast_to(&members, |bytes| bytes));
        assert_eq!(delivery.to_string(), "taken by 4 of 6; 1 full, 1 ended");
        assert_eq!(runtime.clock().now() - before, 3_600 * SECOND, "one hour for all three, not one for each");
        assert_eq!(probe.expect(), news.bytes());
    });
}

#[test]
fn a_group_hears_it_as_often_as_each_member_joined() {
    each_seed(8, |world, runtime| {
        let groups = ProcessGroups::new();
        let group = RegisteredName::new("readers").unwrap();
        let mut members: Vec<_> = (0..3).map(|_| Probe::spawn(world, runtime, "member")).collect();
        for member in [0, 1, 2, 1] {
            groups.join(&group, &members[member].address()).unwrap();
        }
        members[2].end(Exit::Killed);
        world.run_until_idle();
        let news = Broadcast::encode(&7_u8, postcard::to_allocvec).unwrap();
        let delivery = news.try_cast_to_group(&groups, &group, |bytes| bytes);
        assert_eq!(delivery.to_string(), "taken by 3 of 3", "the dead are members no more");
        for (member, times) in [(0, 1), (1, 2)] {
            for _ in 0..times {
                let seen: Bytes = members[member].expect();
                assert_eq!(seen.as_ptr(), news.bytes().as_ptr());
            }
            members[member].expect_none();
        }
        let nobody = news.try_cast_to_group(&groups, &RegisteredName::new("writers").unwrap(), |bytes| bytes);
        assert_eq!(nobody.to_string(), "taken by 0 of 0");
    });
}
