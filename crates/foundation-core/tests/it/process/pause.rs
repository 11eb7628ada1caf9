//! Processes that are told to wait with their mail.

use foundation_core::diagnosis::{Activity, Finding};
use foundation_core::port::entropy::RandomStream;
use foundation_core::process::Missed;
use foundation_core::{
    Address, CallError, ChildSpec, Context, Exit, MailboxSettings, Overflow, Process, Refusal, Reply, Runtime,
    SendError, Supervisor,
};
use futures_util::future::join;

use crate::support::{Diary, Do, Fault, MILLISECOND, SECOND, Worker, each_seed};

fn activity<M: Send + 'static>(runtime: &Runtime, address: &Address<M>) -> Activity {
    let number = address.process_ref().process;
    runtime.census().processes.iter().find(|info| info.process.process == number).unwrap().activity
}

#[test]
fn nothing_is_handled_during_a_pause_and_order_is_kept_over_it() {
    each_seed(100, |world, runtime| {
        let (diary, seen) = (Diary::default(), Diary::default());
        let settings = MailboxSettings { capacity: 5, overflow: Overflow::Wait };
        let worker = runtime.spawn("worker", Worker::new("w", &diary).mailbox(settings));
        world.run_until_idle();
        for sender in 0..4_u64 {
            let (worker, clock) = (worker.clone(), runtime.clock().clone());
            let mut random = RandomStream::new(world.seed(), sender);
            world.spawner().spawn("sender", async move {
                for number in 0..50 {
                    worker.cast(Do::Note(sender * 100 + number)).await.unwrap();
                    clock.sleep(MILLISECOND * random.below(3)).await;
                }
            });
        }
        let (paused, clock, all) = (worker.clone(), runtime.clock().clone(), seen.clone());
        let mut random = RandomStream::new(world.seed(), 9);
        world.spawner().spawn("pauser", async move {
            for _ in 0..20 {
                paused.pause();
                // Its handlers never wait, so none of them is under way now.
                diary.take().into_iter().for_each(|entry| all.note(entry));
                clock.sleep(MILLISECOND * random.below(5)).await;
                paused.pause();
                assert_eq!(diary.take(), [""; 0], "handled during a pause");
                paused.resume();
                clock.sleep(MILLISECOND * random.below(5)).await;
                paused.resume();
            }
            clock.sleep(SECOND).await;
            diary.take().into_iter().for_each(|entry| all.note(entry));
        });
        world.advance(10 * SECOND);
        let handled: Vec<u64> = seen.take().iter().filter_map(|entry| entry.strip_prefix("w ")?.parse().ok()).collect();
        assert_eq!(handled.len(), 200);
        for sender in 0..4 {
            let own: Vec<_> = handled.iter().filter(|number| **number / 100 == sender).copied().collect();
            assert_eq!(own, (0..50).map(|number| sender * 100 + number).collect::<Vec<_>>());
        }
    });
}

#[test]
fn a_pause_in_the_middle_of_what_was_taken_at_once_holds_the_rest() {
    each_seed(30, |world, runtime| {
        let diary = Diary::default();
        let settings = MailboxSettings { capacity: 8, overflow: Overflow::Reject };
        let worker = runtime.spawn("worker", Worker::new("w", &diary).mailbox(settings));
        for number in 0..8 {
            worker
                .try_cast(match number {
                    2 => Do::with(|ctx| ctx.address().pause()),
                    _ => Do::Note(number),
                })
                .unwrap();
        }
        world.run_until_idle();
        assert_eq!(diary.take(), ["w init", "w 0", "w 1"]);
        assert_eq!((worker.mailbox_len(), runtime.ledger().handled), (5, 3));
        for number in 8..11 {
            worker.try_cast(Do::Note(number)).unwrap();
        }
        let full = worker.try_cast(Do::Note(99));
        assert!(matches!(full, Err(SendError { reason: Refusal::Full, .. })), "mail is taken as far as there is room");
        world.run_until_idle();
        assert_eq!(diary.take(), [""; 0]);
        worker.resume();
        world.run_until_idle();
        assert_eq!(diary.take(), [3, 4, 5, 6, 7, 8, 9, 10].map(|number| format!("w {number}")));
    });
}

#[test]
fn timers_and_sources_wait_too_and_are_late() {
    each_seed(30, |world, runtime| {
        let diary = Diary::default();
        let worker = runtime.spawn("worker", Worker::new("w", &diary));
        worker
            .try_cast(Do::with(|ctx| {
                ctx.send_after(SECOND, Do::Note(1));
                let clock = ctx.clock().clone();
                ctx.pipe(async move { clock.sleep(2 * SECOND).await }, |()| Do::Note(2));
                ctx.send_interval(10 * SECOND, Missed::Skip, |_| Do::Note(3));
            }))
            .unwrap();
        world.run_until_idle();
        worker.pause();
        world.advance(15 * SECOND);
        assert_eq!(diary.take(), ["w init"]);
        worker.resume();
        world.run_until_idle();
        let mut late = diary.take();
        late.sort();
        assert_eq!(late, ["w 1", "w 2", "w 3"]);
        world.advance(5 * SECOND);
        assert_eq!(diary.take(), ["w 3"], "the next firing is on its grid");
        worker.kill();
        world.run_until_idle();
    });
}

#[test]
fn a_paused_process_is_stopped_and_killed_and_its_mail_is_undelivered() {
    for is_killed in [false, true] {
        for has_mail in [false, true] {
            each_seed(20, |world, runtime| {
                let diary = Diary::default();
                let worker = runtime.spawn("worker", Worker::new("w", &diary));
                world.run_until_idle();
                worker.pause();
                if has_mail {
                    worker.try_cast(Do::Note(1)).unwrap();
                    world.run_until_idle();
                }
                if is_killed {
                    worker.kill()
                } else {
                    worker.stop(Exit::Normal)
                }
                let exit = world.block_on(worker.exited());
                let expected = match (is_killed, exit) {
                    (true, Exit::Killed) => vec!["w init", "w dropped"],
                    (false, Exit::Normal) => vec!["w init", "w terminate: done", "w dropped"],
                    (_, other) => panic!("{other}"),
                };
                assert_eq!(diary.take(), expected);
                assert_eq!(runtime.ledger().undelivered, u64::from(has_mail));
                worker.resume();
                world.run_until_idle();
                assert!(!worker.is_alive(), "there is nothing to resume");
            });
        }
    }
}

#[test]
fn a_paused_process_hears_its_notices_and_tells_callers_of_its_life() {
    each_seed(30, |world, runtime| {
        let diary = Diary::default();
        let other = runtime.spawn("other", Worker::new("other", &Diary::default()));
        let worker = runtime.spawn("worker", Worker::new("w", &diary));
        let watched = other.clone();
        worker
            .try_cast(Do::with(move |ctx| {
                ctx.monitor(&watched);
            }))
            .unwrap();
        world.run_until_idle();
        worker.pause();
        worker.try_cast(Do::Note(1)).unwrap();
        other.kill();
        world.run_until_idle();
        assert_eq!(diary.take(), ["w init", "w down 1.1: killed"]);
        assert_eq!(activity(runtime, &worker), Activity::Paused);
        // The reply is dropped by a message that pauses its process: that it goes on is told all the same.
        worker.resume();
        let ignored = worker.call(
            |reply| {
                Do::with(move |ctx| {
                    ctx.address().pause();
                    drop::<Reply<u64>>(reply);
                })
            },
            SECOND,
        );
        assert!(matches!(world.block_on(ignored), Err(CallError::NoReply)));
        let waits = world.block_on(worker.call(|reply| Do::Ask(1, reply), SECOND));
        assert!(matches!(waits, Err(CallError::Deadline)), "{waits:?}");
        assert_eq!(diary.take(), ["w 1"]);
    });
}

#[test]
fn the_end_of_a_linked_process_ends_a_paused_one() {
    each_seed(20, |world, runtime| {
        let diary = Diary::default();
        let other = runtime.spawn("other", Worker::new("other", &Diary::default()));
        let worker = runtime.spawn("worker", Worker::new("w", &diary));
        let linked = other.clone();
        worker.try_cast(Do::with(move |ctx| ctx.link(&linked))).unwrap();
        world.run_until_idle();
        worker.pause();
        other.kill();
        let exit = world.block_on(worker.exited());
        assert!(matches!(exit, Exit::Linked { .. }), "{exit}");
        assert_eq!(diary.take(), ["w init", "w dropped"]);
    });
}

#[test]
fn a_restart_begins_unpaused_and_only_a_life_is_paused() {
    each_seed(30, |world, runtime| {
        let diary = Diary::default();
        let own = diary.clone();
        let spec = ChildSpec::new("child", move || Worker::new("w", &own));
        let child = spec.address();
        // Nothing runs yet.
        child.pause();
        let tree = world.block_on(runtime.supervise("tree", Supervisor::one_for_one().child(spec))).unwrap();
        child.try_cast(Do::Note(1)).unwrap();
        world.run_until_idle();
        child.pause();
        child.try_cast(Do::Note(2)).unwrap();
        child.kill();
        world.run_until_idle();
        child.try_cast(Do::Note(3)).unwrap();
        world.run_until_idle();
        assert_eq!(diary.take(), ["w init", "w 1", "w dropped", "w init", "w 3"]);
        child.pause();
        child.try_cast(Do::Note(4)).unwrap();
        assert!(matches!(world.block_on(tree.shutdown()), Exit::Shutdown));
        assert_eq!(runtime.clock().now().0, 0, "a paused child does not hold up its supervisor");
        assert_eq!(diary.take(), ["w terminate: stopped", "w dropped"]);
    });
}

#[test]
fn a_pause_in_init_holds_the_first_message() {
    each_seed(20, |world, runtime| {
        let diary = Diary::default();
        let worker = runtime.spawn("worker", Worker::new("w", &diary));
        worker.pause();
        worker.try_cast(Do::Note(1)).unwrap();
        world.run_until_idle();
        assert_eq!(diary.take(), ["w init"]);
        assert_eq!(activity(runtime, &worker), Activity::Paused);
        let ((), answer) =
            world.block_on(join(async { worker.resume() }, worker.call(|reply| Do::Ask(1, reply), SECOND)));
        assert_eq!(answer.unwrap(), 2);
        assert_eq!(diary.take(), ["w 1"]);
    });
}

#[test]
fn a_notice_that_hangs_is_no_pause() {
    each_seed(20, |world, runtime| {
        let other = runtime.spawn("other", Worker::new("other", &Diary::default()));
        let hears = runtime.spawn("hears", Worker::new("hears", &Diary::default()).fault(Fault::EndlessNotice));
        let watched = other.clone();
        hears
            .try_cast(Do::with(move |ctx| {
                ctx.monitor(&watched);
            }))
            .unwrap();
        world.run_until_idle();
        hears.pause();
        hears.try_cast(Do::Note(1)).unwrap();
        world.run_until_idle();
        assert_eq!(activity(runtime, &hears), Activity::Paused);
        other.kill();
        world.run_until_idle();
        assert_eq!(activity(runtime, &hears), Activity::Busy);
        hears.kill();
        world.run_until_idle();
    });
}

#[test]
fn a_census_tells_a_paused_process_from_a_stuck_one() {
    each_seed(20, |world, runtime| {
        let idle = runtime.spawn("idle", Worker::new("idle", &Diary::default()));
        let waits = runtime.spawn("waits", Worker::new("waits", &Diary::default()));
        let hangs = runtime.spawn("hangs", Worker::new("hangs", &Diary::default()));
        let ends = runtime.spawn("ends", Worker::new("ends", &Diary::default()).fault(Fault::EndlessTerminate));
        hangs.try_cast(Do::Sleep(100 * SECOND)).unwrap();
        let timed = runtime.spawn("timed", Worker::new("timed", &Diary::default()));
        timed
            .try_cast(Do::with(|ctx| {
                ctx.send_after(1_000 * SECOND, Do::Note(1));
            }))
            .unwrap();
        world.run_until_idle();
        for worker in [&idle, &waits, &hangs, &ends, &timed] {
            worker.pause();
        }
        waits.try_cast(Do::Note(1)).unwrap();
        ends.stop(Exit::Shutdown);
        world.run_until_idle();
        assert_eq!([&idle, &waits, &timed].map(|worker| activity(runtime, worker)), [Activity::Paused; 3]);
        // The one is in the middle of a message, and the other in its `terminate`.
        assert_eq!([&hangs, &ends].map(|worker| activity(runtime, worker)), [Activity::Busy; 2]);
        let earlier = runtime.census();
        world.advance(SECOND);
        let findings = runtime.census().since(&earlier);
        let [Finding::Stuck { process: one, .. }, Finding::Stuck { process: two, .. }] = &findings[..] else {
            panic!("{findings:?}");
        };
        assert_eq!([one.process, two.process], [hangs.process_ref(), ends.process_ref()]);
        world.advance(100 * SECOND);
        assert_eq!(activity(runtime, &hangs), Activity::Paused);
        for worker in [&idle, &waits, &hangs, &timed] {
            worker.resume();
        }
        world.run_until_idle();
        assert_eq!([&idle, &waits, &hangs].map(|worker| activity(runtime, worker)), [Activity::Idle; 3]);
    });
}

/// Counts its calls, which run where they are made.
struct Counter(u32);

impl Process for Counter {
    type Message = Reply<u32>;

    const CALLS_IN_PLACE: bool = true;

    async fn handle(&mut self, reply: Reply<u32>, _ctx: &mut Context<Self>) -> Result<(), Exit> {
        self.0 += 1;
        reply.send(self.0);
        Ok(())
    }
}

#[test]
fn a_call_in_place_waits_for_a_paused_process_as_any_other() {
    each_seed(50, |world, runtime| {
        let counter = runtime.spawn("counter", Counter(0));
        let call = || counter.call(|reply| reply, SECOND);
        assert_eq!(world.block_on(call()).unwrap(), 1);
        for expected in [3, 5] {
            counter.pause();
            assert_eq!(activity(runtime, &counter), Activity::Paused);
            assert!(matches!(world.block_on(call()), Err(CallError::Deadline)));
            assert_eq!((activity(runtime, &counter), counter.mailbox_len()), (Activity::Paused, 1));
            counter.resume();
            assert_eq!(world.block_on(call()).unwrap(), expected);
        }
        counter.pause();
        let drained = world.block_on(join(call(), counter.drain(10 * SECOND)));
        let (answer, drained) = (drained.0, drained.1.unwrap());
        assert!(matches!(
            answer,
            Err(CallError::Deadline | CallError::NotSent(Refusal::Draining | Refusal::Stopped(_)))
        ));
        assert_eq!((drained.handled, drained.undelivered), (0, u64::from(matches!(answer, Err(CallError::Deadline)))));
    });
}
