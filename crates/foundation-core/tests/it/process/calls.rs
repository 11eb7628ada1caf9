//! Every call ends once, with its answer or with the reason why there is none.

use foundation_core::{CallError, Exit, MailboxSettings, Overflow, Refusal, Reply};
use futures_util::future::{join, join3};

use crate::support::{Diary, Do, MILLISECOND, SECOND, Worker, each_seed, failure};

#[test]
fn a_call_is_answered() {
    each_seed(20, |world, runtime| {
        let worker = runtime.spawn("worker", Worker::new("w", &Diary::default()));
        let answer = world.block_on(worker.call(|reply| Do::Ask(41, reply), SECOND));
        assert!(matches!(answer, Ok(42)));
    });
}

#[test]
fn a_call_ends_at_its_deadline() {
    each_seed(20, |world, runtime| {
        let worker = runtime.spawn("worker", Worker::new("w", &Diary::default()));
        let begun = runtime.clock().now();
        let answer = world.block_on(worker.call(Do::Keep, 300 * MILLISECOND));
        assert!(matches!(answer, Err(CallError::Deadline)));
        assert_eq!(runtime.clock().now() - begun, 300 * MILLISECOND);
        assert!(worker.is_alive());
    });
}

#[test]
fn an_answer_that_comes_later_from_the_state_counts() {
    each_seed(20, |world, runtime| {
        let worker = runtime.spawn("worker", Worker::new("w", &Diary::default()));
        let call = worker.call(Do::Keep, SECOND);
        let answer = async {
            runtime.clock().sleep(100 * MILLISECOND).await;

            worker
                .cast(Do::run(move |worker, _| {
                    for reply in worker.kept.drain(..) {
                        assert!(reply.send(7));
                    }
                    Ok(())
                }))
                .await
        };
        let (answered, cast) = world.block_on(join(call, answer));
        assert!(matches!(answered, Ok(7)));
        cast.unwrap();
    });
}

/// How a call ends that dies with the process, for each way to die.
#[test]
fn a_call_to_a_process_that_dies_ends_at_once_with_its_reason() {
    type Means = (&'static str, fn(Reply<u64>) -> Do, fn(&Exit) -> bool);
    let means: [Means; 4] = [
        ("panic", Do::PanicWith, |exit| matches!(exit, Exit::Panicked(text) if &**text == "planned")),
        ("failure", |reply| Do::EndWith(failure("planned"), reply), |exit| matches!(exit, Exit::Failed(_))),
        ("done", |reply| Do::EndWith(Exit::Normal, reply), |exit| matches!(exit, Exit::Normal)),
        (
            "stop",
            |reply| {
                Do::run(move |_, ctx| {
                    drop(reply);
                    ctx.stop(Exit::Shutdown);
                    Ok(())
                })
            },
            |exit| matches!(exit, Exit::Shutdown),
        ),
    ];
    for (name, message, expected) in means {
        each_seed(20, |world, runtime| {
            let worker = runtime.spawn("worker", Worker::new("w", &Diary::default()));
            let begun = runtime.clock().now();
            match world.block_on(worker.call(message, SECOND)) {
                Err(CallError::Down(exit)) => assert!(expected(&exit), "{name}: {exit}"),
                other => panic!("{name}: {other:?}"),
            }
            assert_eq!(runtime.clock().now(), begun, "{name}: at once");
        });
    }
}

#[test]
fn calls_in_the_mailbox_and_in_the_state_end_with_the_process() {
    each_seed(50, |world, runtime| {
        let worker = runtime.spawn("worker", Worker::new("w", &Diary::default()));
        let kept = worker.call(Do::Keep, SECOND);
        let waiting = async {
            worker.cast(Do::Sleep(SECOND / 2)).await.unwrap();
            worker.call(|reply| Do::Ask(1, reply), SECOND).await
        };
        let killer = async {
            runtime.clock().sleep(SECOND / 4).await;
            worker.kill();
        };
        let (kept, waiting, ()) = world.block_on(join3(kept, waiting, killer));
        assert!(matches!(kept, Err(CallError::Down(Exit::Killed))), "{kept:?}");
        assert!(matches!(waiting, Err(CallError::Down(Exit::Killed))), "{waiting:?}");
        assert_eq!(runtime.clock().now().0, 250_000_000, "at once");
    });
}

#[test]
fn a_reply_dropped_by_a_process_that_goes_on_is_no_reply() {
    each_seed(20, |world, runtime| {
        let worker = runtime.spawn("worker", Worker::new("w", &Diary::default()));
        assert!(matches!(world.block_on(worker.call(Do::Ignore, SECOND)), Err(CallError::NoReply)));
        assert!(worker.is_alive());
    });
}

#[test]
fn a_call_that_cannot_be_sent_says_why() {
    each_seed(20, |world, runtime| {
        let settings = MailboxSettings { capacity: 1, overflow: Overflow::Wait };
        let worker = runtime.spawn("worker", Worker::new("w", &Diary::default()).mailbox(settings));
        worker.try_cast(Do::Sleep(10 * SECOND)).unwrap();
        world.run_until_idle();
        worker.try_cast(Do::Note(1)).unwrap();
        let full = world.block_on(worker.call(Do::Keep, SECOND));
        assert!(matches!(full, Err(CallError::NotSent(Refusal::Full))), "{full:?}");
        worker.kill();
        world.run_until_idle();
        let ended = world.block_on(worker.call(Do::Keep, SECOND));
        assert!(matches!(ended, Err(CallError::NotSent(Refusal::Stopped(Exit::Killed)))), "{ended:?}");
    });
}

#[test]
fn a_reply_handed_on_is_answered_by_another_process() {
    each_seed(20, |world, runtime| {
        let diary = Diary::default();
        let front = runtime.spawn("front", Worker::new("front", &diary));
        let back = runtime.spawn("back", Worker::new("back", &diary));
        let hand_on = |reply| {
            Do::run(move |_, ctx| {
                back.try_cast(Do::Ask(1, reply)).map_err(|error| Exit::failed(error.into()))?;
                ctx.stop(Exit::Normal);
                Ok(())
            })
        };
        assert!(matches!(world.block_on(front.call(hand_on, SECOND)), Ok(2)));
    });
}
