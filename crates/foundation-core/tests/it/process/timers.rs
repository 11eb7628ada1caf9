//! A process's own timers.

use std::time::Duration;

use foundation_core::{ChildSpec, MailboxSettings, Overflow, Supervisor};

use crate::support::{Diary, Do, MILLISECOND, SECOND, Worker, each_seed};

#[test]
fn timers_fire_at_their_time_and_in_their_order() {
    each_seed(20, |world, runtime| {
        let diary = Diary::default();
        let worker = runtime.spawn("worker", Worker::new("w", &diary));
        worker
            .try_cast(Do::with(|ctx| {
                ctx.send_after(30 * MILLISECOND, Do::Note(3));
                ctx.send_after(10 * MILLISECOND, Do::Note(1));
                ctx.send_after(10 * MILLISECOND, Do::Note(2));
            }))
            .unwrap();
        world.advance(9 * MILLISECOND);
        assert_eq!(diary.take(), ["w init"]);
        world.advance(MILLISECOND);
        assert_eq!(diary.take(), ["w 1", "w 2"]);
        world.advance(20 * MILLISECOND);
        assert_eq!(diary.take(), ["w 3"]);
        assert_eq!(runtime.ledger().sent, 4, "a timer that fired is a message sent");
    });
}

#[test]
fn a_cancelled_timer_gives_its_message_back_and_never_fires() {
    each_seed(20, |world, runtime| {
        let diary = Diary::default();
        let worker = runtime.spawn("worker", Worker::new("w", &diary));
        worker
            .try_cast(Do::with(|ctx| {
                let timer = ctx.send_after(SECOND, Do::Note(1));
                assert!(matches!(ctx.cancel(timer), Some(Do::Note(1))));
                assert!(ctx.cancel(timer).is_none());
            }))
            .unwrap();
        world.advance(2 * SECOND);
        assert_eq!(diary.take(), ["w init"]);
        assert!(worker.is_alive());
    });
}

#[test]
fn a_timer_ends_with_its_life() {
    each_seed(20, |world, runtime| {
        let diary = Diary::default();
        let own = diary.clone();
        let spec = ChildSpec::new("worker", move || Worker::new("w", &own));
        let worker = spec.address();
        world.block_on(runtime.supervise("tree", Supervisor::one_for_one().child(spec))).unwrap();
        worker
            .try_cast(Do::with(|ctx| {
                ctx.send_after(SECOND, Do::Note(1));
            }))
            .unwrap();
        world.run_until_idle();
        worker.kill();
        world.advance(2 * SECOND);
        assert_eq!(diary.take(), ["w init", "w dropped", "w init"]);
    });
}

#[test]
fn a_full_mailbox_does_not_hold_up_a_timer() {
    each_seed(20, |world, runtime| {
        let diary = Diary::default();
        let settings = MailboxSettings { capacity: 1, overflow: Overflow::Reject };
        let worker = runtime.spawn("worker", Worker::new("w", &diary).mailbox(settings));
        worker
            .try_cast(Do::with(|ctx| {
                ctx.send_after(MILLISECOND, Do::Note(1));
            }))
            .unwrap();
        world.run_until_idle();
        worker.try_cast(Do::Sleep(SECOND)).unwrap();
        world.run_until_idle();
        worker.try_cast(Do::Note(2)).unwrap();
        world.advance(SECOND);
        assert_eq!(diary.take(), ["w init", "w slept", "w 1", "w 2"]);
    });
}

#[test]
fn timers_that_are_always_due_leave_mail_its_turn() {
    each_seed(20, |world, runtime| {
        fn again(ctx: &mut foundation_core::Context<Worker>) {
            ctx.send_after(Duration::ZERO, Do::with(again));
        }
        let diary = Diary::default();
        let worker = runtime.spawn("worker", Worker::new("w", &diary));
        worker.try_cast(Do::with(again)).unwrap();
        let answer = world.block_on(worker.call(|reply| Do::Ask(1, reply), SECOND));
        assert!(matches!(answer, Ok(2)));
        worker.kill();
        world.run_until_idle();
    });
}
