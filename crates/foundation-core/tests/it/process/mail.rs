//! Order, lanes, bounds.

use std::time::Duration;

use foundation_core::{Address, Exit, MailboxSettings, Overflow, Refusal, Runtime, SendError};
use foundation_memory::Simulation;
use futures_util::future::join;

use crate::support::{Diary, Do, MILLISECOND, SECOND, Worker, each_seed};

#[test]
fn each_senders_messages_are_handled_in_their_order() {
    each_seed(50, |world, runtime| {
        let diary = Diary::default();
        let small = MailboxSettings { capacity: 3, overflow: Overflow::Wait };
        let worker = runtime.spawn("worker", Worker::new("w", &diary).mailbox(small));
        for sender in 0..4_u64 {
            let worker = worker.clone();
            world.spawner().spawn("sender", async move {
                for number in 0..20 {
                    worker.cast(Do::Note(sender * 100 + number)).await.unwrap();
                }
            });
        }
        world.run_until_idle();
        let handled: Vec<u64> =
            diary.take().iter().filter_map(|entry| entry.strip_prefix("w ")?.parse().ok()).collect();
        assert_eq!(handled.len(), 80);
        for sender in 0..4 {
            let own: Vec<_> = handled.iter().filter(|number| **number / 100 == sender).copied().collect();
            assert_eq!(own, (0..20).map(|number| sender * 100 + number).collect::<Vec<_>>());
        }
    });
}

#[test]
fn a_cast_that_finds_room_is_sent_when_it_is_called() {
    each_seed(10, |world, runtime| {
        let diary = Diary::default();
        let small = MailboxSettings { capacity: 2, overflow: Overflow::Wait };
        let worker = runtime.spawn("worker", Worker::new("w", &diary).mailbox(small));
        drop(worker.cast(Do::Note(1)));
        let second = worker.cast(Do::Note(2));
        // This one would have to wait, so dropping it takes it back.
        drop(worker.cast(Do::Note(3)));
        world.run_until_idle();
        assert_eq!(diary.take(), ["w init", "w 1", "w 2"]);
        assert!(world.block_on(second).is_ok());
    });
}

#[test]
fn mail_sent_before_init_is_done_waits_for_it() {
    each_seed(20, |world, runtime| {
        let diary = Diary::default();
        let worker = runtime.spawn("worker", Worker::new("w", &diary));
        worker.try_cast(Do::Note(1)).unwrap();
        assert_eq!(diary.take(), [""; 0]);
        world.run_until_idle();
        assert_eq!(diary.take(), ["w init", "w 1"]);
    });
}

#[test]
fn a_stop_overtakes_mail_and_a_full_mailbox() {
    each_seed(20, |world, runtime| {
        let diary = Diary::default();
        let settings = MailboxSettings { capacity: 2, overflow: Overflow::Reject };
        let worker = runtime.spawn("worker", Worker::new("w", &diary).mailbox(settings));
        world.run_until_idle();
        worker.try_cast(Do::Sleep(SECOND)).unwrap();
        world.run_until_idle();
        worker.try_cast(Do::Note(1)).unwrap();
        worker.try_cast(Do::Note(2)).unwrap();
        assert!(matches!(worker.try_cast(Do::Note(3)), Err(SendError { reason: Refusal::Full, .. })));
        worker.stop(Exit::Shutdown);
        world.advance(SECOND);
        assert_eq!(diary.take(), ["w init", "w slept", "w terminate: stopped", "w dropped"]);
        assert_eq!(runtime.ledger().undelivered, 2);
    });
}

/// A worker that is busy for a second, with `mailbox` full of the numbers 1 to 3.
fn full(world: &Simulation, runtime: &Runtime, diary: &Diary, overflow: Overflow) -> Address<Do> {
    let settings = MailboxSettings { capacity: 3, overflow };
    let worker = runtime.spawn("worker", Worker::new("w", diary).mailbox(settings));
    worker.try_cast(Do::Sleep(SECOND)).unwrap();
    world.run_until_idle();
    for number in 1..=3 {
        worker.try_cast(Do::Note(number)).unwrap();
    }
    assert_eq!(worker.mailbox_len(), 3);
    worker
}

#[test]
fn overflow_reject_gives_the_message_back() {
    each_seed(10, |world, runtime| {
        let diary = Diary::default();
        let worker = full(world, runtime, &diary, Overflow::Reject);
        let error = world.block_on(worker.cast(Do::Note(4))).unwrap_err();
        assert!(matches!(error, SendError { message: Do::Note(4), reason: Refusal::Full }));
        world.advance(SECOND);
        assert_eq!(diary.take(), ["w init", "w slept", "w 1", "w 2", "w 3"]);
        assert_eq!(runtime.ledger().rejected, 1);
    });
}

#[test]
fn overflow_drop_oldest_keeps_the_latest() {
    each_seed(10, |world, runtime| {
        let diary = Diary::default();
        let worker = full(world, runtime, &diary, Overflow::DropOldest);
        world.block_on(worker.cast(Do::Note(4))).unwrap();
        worker.try_cast(Do::Note(5)).unwrap();
        world.advance(SECOND);
        assert_eq!(diary.take(), ["w init", "w slept", "w 3", "w 4", "w 5"]);
        assert_eq!(runtime.ledger().undelivered, 2);
    });
}

#[test]
fn overflow_drop_newest_keeps_the_earliest() {
    each_seed(10, |world, runtime| {
        let diary = Diary::default();
        let worker = full(world, runtime, &diary, Overflow::DropNewest);
        world.block_on(worker.cast(Do::Note(4))).unwrap();
        worker.try_cast(Do::Note(5)).unwrap();
        world.advance(SECOND);
        assert_eq!(diary.take(), ["w init", "w slept", "w 1", "w 2", "w 3"]);
        assert_eq!(runtime.ledger().undelivered, 2);
    });
}

#[test]
fn overflow_wait_serves_senders_in_the_order_they_came() {
    each_seed(50, |world, runtime| {
        let diary = Diary::default();
        let worker = full(world, runtime, &diary, Overflow::Wait);
        assert!(matches!(worker.try_cast(Do::Note(9)), Err(SendError { reason: Refusal::Full, .. })));
        for number in 4..=8 {
            let (worker, given_up) = (worker.clone(), number == 5);
            let clock = runtime.clock().clone();
            world.spawner().spawn("sender", async move {
                let cast = worker.cast(Do::Note(number));
                if given_up {
                    let until = clock.now() + 10 * MILLISECOND;
                    assert!(foundation_core::port::clock::deadline(&*clock, until, cast).await.is_err());
                } else {
                    cast.await.unwrap();
                }
            });
            world.run_until_idle();
        }
        assert_eq!(worker.mailbox_len(), 3, "those who wait are not in the mailbox");
        world.advance(SECOND);
        assert_eq!(diary.take(), ["w init", "w slept", "w 1", "w 2", "w 3", "w 4", "w 6", "w 7", "w 8"]);
        let ledger = runtime.ledger();
        assert_eq!((ledger.sent, ledger.handled, ledger.rejected), (9, 8, 1), "who gave up waiting has not sent");
    });
}

#[test]
fn senders_that_wait_hear_of_the_end() {
    each_seed(20, |world, runtime| {
        let diary = Diary::default();
        let worker = full(world, runtime, &diary, Overflow::Wait);
        let waiting = worker.clone();
        let sender = async move { waiting.cast(Do::Note(4)).await };
        let killer = async { worker.kill() };
        let (sent, ()) = world.block_on(join(sender, killer));
        assert!(matches!(sent, Err(SendError { message: Do::Note(4), reason: Refusal::Stopped(Exit::Killed) })));
        assert_eq!(runtime.ledger().undelivered, 3);
    });
}

#[test]
fn a_busy_process_lets_others_run_after_64_messages() {
    each_seed(20, |world, runtime| {
        let diary = Diary::default();
        let busy = runtime.spawn("busy", Worker::new("busy", &diary));
        let other = runtime.spawn("other", Worker::new("other", &diary));
        world.run_until_idle();
        diary.take();
        for number in 0..1_000 {
            busy.try_cast(Do::Note(number)).unwrap();
        }
        for number in 0..100 {
            other
                .try_cast(Do::with(move |ctx| {
                    // Not ready at once, so that the next message is another turn of the scheduler.
                    ctx.send_after(Duration::ZERO, Do::Note(number));
                }))
                .unwrap();
        }
        world.run_until_idle();
        let entries = diary.take();
        let mut turns = entries.chunk_by(|a, b| a.split(' ').next() == b.split(' ').next());
        let first_busy = turns.find(|turn| turn[0].starts_with("busy")).unwrap().len();
        assert!(first_busy < 1_000 && first_busy % 64 == 0, "{first_busy} messages while another process waited");
        assert_eq!(entries.len(), 1_100);
    });
}
