//! Processes that do not get on are found.

use std::time::Duration;

use foundation_core::diagnosis::{Activity, Finding};
use foundation_core::{Address, CallError, Context, Exit, Process, Reply};

use crate::support::{Diary, Do, SECOND, Worker, each_seed};

/// Asks the next one before it answers.
struct Asker {
    next: Option<Address<Ask>>,
}

enum Ask {
    Next(Address<Ask>),
    Value(Duration, Reply<Result<u32, CallError>>),
}

impl Process for Asker {
    type Message = Ask;

    async fn handle(&mut self, message: Ask, _ctx: &mut Context<Self>) -> Result<(), Exit> {
        match message {
            Ask::Next(next) => self.next = Some(next),
            // The caller gave up: asking on would send the question round for ever.
            Ask::Value(_, reply) if !reply.is_awaited() => {}
            Ask::Value(within, reply) => {
                let answer = match &self.next {
                    Some(next) => next.call(|reply| Ask::Value(within, reply), within).await.and_then(|answer| answer),
                    None => Ok(1),
                };
                reply.send(answer);
            }
        }
        Ok(())
    }
}

#[test]
fn a_cycle_of_calls_is_found_and_the_deadline_ends_it() {
    each_seed(20, |world, runtime| {
        let askers: Vec<_> = (0..3).map(|_| runtime.spawn("asker", Asker { next: None })).collect();
        for (asker, next) in askers.iter().zip(askers.iter().cycle().skip(1)) {
            asker.try_cast(Ask::Next(next.clone())).unwrap();
        }
        world.run_until_idle();
        let outside = runtime.census();
        assert!(outside.processes.iter().all(|info| info.activity == Activity::Idle), "{outside:?}");

        let (reply_to, first) = (askers[0].clone(), 10 * SECOND);
        let mut answer = std::pin::pin!(reply_to.call(|reply| Ask::Value(first, reply), 60 * SECOND));
        world.block_on(async {
            let mut polled = false;
            std::future::poll_fn(|cx| {
                let done = answer.as_mut().poll(cx).is_ready();
                assert!(!done, "nobody can answer yet");
                if std::mem::replace(&mut polled, true) {
                    std::task::Poll::Ready(())
                } else {
                    cx.waker().wake_by_ref();
                    std::task::Poll::Pending
                }
            })
            .await;
        });
        world.run_until_idle();
        let earlier = runtime.census();
        world.advance(3 * SECOND);
        let findings = runtime.census().since(&earlier);
        let [Finding::CallCycle { ring }] = &findings[..] else { panic!("one ring: {findings:?}") };
        assert_eq!(ring.len(), 3);

        let answer = world.block_on(answer);
        assert!(matches!(answer, Ok(Err(CallError::Deadline))), "{answer:?}");
        world.advance(60 * SECOND);
        assert!(runtime.census().processes.iter().all(|info| info.activity == Activity::Idle));
    });
}

#[test]
fn a_process_that_waits_for_its_timers_and_sources_rests() {
    each_seed(20, |world, runtime| {
        let timed = runtime.spawn("timed", Worker::new("timed", &Diary::default()));
        let listens = runtime.spawn("listens", Worker::new("listens", &Diary::default()));
        timed
            .try_cast(Do::with(|ctx| {
                ctx.send_after(100 * SECOND, Do::Sleep(100 * SECOND));
            }))
            .unwrap();
        listens.try_cast(Do::with(|ctx| drop(ctx.pipe(std::future::pending(), |()| Do::Note(1))))).unwrap();
        world.run_until_idle();
        let earlier = runtime.census();
        world.advance(SECOND);
        assert_eq!(runtime.census().since(&earlier), []);
        // In the middle of what a timer brought it does not rest.
        world.advance(100 * SECOND);
        let earlier = runtime.census();
        world.advance(SECOND);
        let findings = runtime.census().since(&earlier);
        let [Finding::Stuck { process, .. }] = &findings[..] else { panic!("{findings:?}") };
        assert_eq!(process.process, timed.process_ref());
    });
}
