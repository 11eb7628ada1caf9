//! Calls that run the process called where they are made: nothing but their price differs from other calls.

mod threads;

use std::cell::Cell;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Poll, Waker};
use std::time::Duration;

use foundation_core::port::entropy::RandomStream;
use foundation_core::{
    Address, CallError, ChildSpec, Context, Exit, MailboxSettings, Overflow, Process, Refusal, Reply, Runtime,
    Supervisor,
};
use futures_util::future::join_all;
use parking_lot::Mutex;

use crate::support::{Diary, MILLISECOND, SECOND, each_seed};

thread_local! {
    /// How many polls of a call are on the stack.
    static CALLS_HERE: Cell<u32> = const { Cell::new(0) };
}

/// Says for the length of each poll that a call is polled.
async fn marked<T>(call: impl Future<Output = T>) -> T {
    let mut call = pin!(call);
    std::future::poll_fn(|cx| {
        CALLS_HERE.set(CALLS_HERE.get() + 1);
        let polled = call.as_mut().poll(cx);
        CALLS_HERE.set(CALLS_HERE.get() - 1);
        polled
    })
    .await
}

/// What a [`Server`] is asked.
pub(super) enum Ask {
    /// How many calls are on the stack where this is handled.
    Where(Reply<u32>),
    /// Note the sender's number, which has to be above its last one.
    Note {
        sender: u64,
        number: u64,
    },
    /// The same, and answer with it.
    Number {
        sender: u64,
        number: u64,
        reply: Reply<u64>,
    },
    /// Wait, then answer with how many calls are on the stack.
    Sleep(Duration, Reply<u32>),
    /// Say where this is handled, then ask the next of those the same, and answer with what all of them said.
    Relay(Vec<Address<Ask>>, Duration, Reply<Vec<u32>>),
    /// Set a timer.
    Later(Duration, Reply<()>),
    /// Keep the reply.
    Keep(Reply<u32>),
    Panic(Option<Reply<u32>>),
    Nothing,
}

/// Answers, and notes numbers by sender.
pub(super) struct Server<const IN_PLACE: bool> {
    pub(super) noted: Arc<Mutex<Vec<(u64, u64)>>>,
    /// The last number of each sender in this life.
    last: Vec<(u64, u64)>,
    kept: Vec<Reply<u32>>,
    diary: Diary,
    mailbox: MailboxSettings,
}

impl<const IN_PLACE: bool> Server<IN_PLACE> {
    pub(super) fn new() -> Self {
        Self {
            noted: Arc::default(),
            last: Vec::new(),
            kept: Vec::new(),
            diary: Diary::default(),
            mailbox: MailboxSettings::default(),
        }
    }

    fn note(&mut self, sender: u64, number: u64) {
        match self.last.iter_mut().find(|(other, _)| *other == sender) {
            Some((_, last)) => {
                assert!(*last < number, "out of order: {number} of {sender} after {last}");
                *last = number;
            }
            None => self.last.push((sender, number)),
        }
        self.noted.lock().push((sender, number));
    }
}

impl<const IN_PLACE: bool> Process for Server<IN_PLACE> {
    type Message = Ask;

    const CALLS_IN_PLACE: bool = IN_PLACE;

    async fn handle(&mut self, message: Ask, ctx: &mut Context<Self>) -> Result<(), Exit> {
        match message {
            Ask::Where(reply) => drop(reply.send(CALLS_HERE.get())),
            Ask::Note { sender, number } => self.note(sender, number),
            Ask::Number { sender, number, reply } => {
                self.note(sender, number);
                reply.send(number);
            }
            Ask::Sleep(span, reply) => {
                ctx.clock().sleep(span).await;
                reply.send(CALLS_HERE.get());
            }
            Ask::Relay(mut others, within, reply) => {
                let mut said = vec![CALLS_HERE.get()];
                if let Some(next) = (!others.is_empty()).then(|| others.remove(0)) {
                    match marked(next.call(|reply| Ask::Relay(others, within, reply), within)).await {
                        Ok(more) => said.extend(more),
                        Err(CallError::Deadline) => said.push(u32::MAX),
                        Err(other) => panic!("{other}"),
                    }
                }
                reply.send(said);
            }
            Ask::Later(span, reply) => {
                ctx.send_after(span, Ask::Nothing);
                reply.send(());
            }
            Ask::Keep(reply) => self.kept.push(reply),
            Ask::Panic(reply) => {
                let _held = reply;
                panic!("planned");
            }
            Ask::Nothing => {}
        }
        Ok(())
    }

    async fn terminate(&mut self, reason: &Exit, _ctx: &mut Context<Self>) {
        self.diary.note(format!("terminate: {reason}"));
    }

    fn mailbox(&self) -> MailboxSettings {
        self.mailbox
    }
}

fn server(runtime: &Runtime) -> Address<Ask> {
    runtime.spawn("server", Server::<true>::new())
}

async fn place_of(server: &Address<Ask>) -> u32 {
    marked(server.call(Ask::Where, SECOND)).await.unwrap()
}

/// Polls once, with nobody to wake.
fn poll_once<F: Future>(future: Pin<&mut F>) -> Poll<F::Output> {
    future.poll(&mut std::task::Context::from_waker(Waker::noop()))
}

#[test]
fn a_call_that_finds_the_process_waiting_is_answered_when_it_is_first_polled() {
    each_seed(20, |world, runtime| {
        let (inline, plain) = (server(runtime), runtime.spawn("plain", Server::<false>::new()));
        world.run_until_idle();
        let at_once = (0..10).filter(|_| matches!(poll_once(pin!(place_of(&inline))), Poll::Ready(1))).count();
        // One of them may be the one after which it is time to let others run.
        assert!(at_once >= 9, "{at_once} of 10");
        assert!(poll_once(pin!(place_of(&plain))).is_pending());
        assert_eq!(world.block_on(place_of(&plain)), 0);
    });
}

#[test]
fn a_call_before_the_first_step_and_a_cast_have_a_task() {
    each_seed(20, |world, runtime| {
        let process = Server::<true>::new();
        let noted = Arc::clone(&process.noted);
        let server = runtime.spawn("server", process);
        {
            let mut early = pin!(place_of(&server));
            assert!(poll_once(early.as_mut()).is_pending(), "it has not begun");
            world.run_until_idle();
            assert_eq!(poll_once(early), Poll::Ready(0));
        }
        server.try_cast(Ask::Note { sender: 0, number: 1 }).unwrap();
        assert_eq!(*noted.lock(), [], "the sender does not wait for it");
        {
            let mut behind = pin!(place_of(&server));
            assert!(poll_once(behind.as_mut()).is_pending(), "the cast before it has a task");
            world.run_until_idle();
            assert_eq!(poll_once(behind), Poll::Ready(0));
        }
        assert_eq!(*noted.lock(), [(0, 1)]);
        assert_eq!(world.block_on(place_of(&server)), 1, "and at rest again");
    });
}

/// Casts and calls at random of several senders: the same is handled in either kind, in each sender's order.
#[test]
fn mixed_casts_and_calls_keep_each_senders_order() {
    const SENDERS: u64 = 4;
    const MESSAGES: u64 = 60;

    fn run<const IN_PLACE: bool>(
        seed: u64,
        world: &foundation_memory::Simulation,
        runtime: &Runtime,
    ) -> Vec<(u64, u64)> {
        let mut process = Server::<IN_PLACE>::new();
        process.mailbox = MailboxSettings { capacity: 4, overflow: Overflow::Wait };
        let noted = Arc::clone(&process.noted);
        let server = runtime.spawn("server", process);
        let senders = (0..SENDERS).map(|sender| {
            let (server, runtime) = (server.clone(), runtime.clone());
            async move {
                let mut random = RandomStream::new(seed, sender);
                for number in 1..=MESSAGES {
                    match random.below(8) {
                        0..=3 => server.cast(Ask::Note { sender, number }).await.unwrap(),
                        4 => {
                            runtime.clock().sleep(MILLISECOND).await;
                            let slow = server.call(|reply| Ask::Sleep(MILLISECOND, reply), 60 * SECOND);
                            slow.await.unwrap();
                            server.cast(Ask::Note { sender, number }).await.unwrap();
                        }
                        _ => {
                            let call = server.call(|reply| Ask::Number { sender, number, reply }, 60 * SECOND);
                            assert_eq!(call.await.unwrap(), number);
                        }
                    }
                }
            }
        });
        world.block_on(join_all(senders));
        world.run_until_idle();
        assert!(server.is_alive(), "it has seen something out of order");
        let mut noted = noted.lock().clone();
        for sender in 0..SENDERS {
            let own: Vec<_> = noted.iter().filter(|(other, _)| *other == sender).map(|(_, number)| *number).collect();
            assert_eq!(own, (1..=MESSAGES).collect::<Vec<_>>());
        }
        noted.sort_unstable();
        noted
    }

    let seed = Cell::new(0);
    each_seed(200, |world, runtime| {
        seed.set(seed.get() + 1);
        assert_eq!(run::<true>(seed.get(), world, runtime), run::<false>(seed.get(), world, runtime));
        assert_eq!(runtime.ledger().queued, 0);
    });
}

#[test]
fn a_loop_of_calls_lets_others_run() {
    each_seed(20, |world, runtime| {
        let server = server(runtime);
        world.run_until_idle();
        let made = Cell::new(0);
        let mut calls = pin!(async {
            for _ in 0..1_000 {
                place_of(&server).await;
                made.set(made.get() + 1);
            }
        });
        let mut polls = 0;
        while poll_once(calls.as_mut()).is_pending() {
            polls += 1;
            assert!(made.get() <= polls * 128, "{} calls in {polls} polls", made.get());
            // Its turn comes after that of others, and one of them is the server where it got a task.
            world.run_until_idle();
        }
        // What was left of the time of the test before on this thread makes a difference of one.
        assert_eq!(made.get(), 1_000);
        assert!((7..=8).contains(&polls), "{polls} polls");
    });
}

#[test]
fn calls_in_calls_run_in_place_three_deep_and_then_in_tasks() {
    each_seed(20, |world, runtime| {
        let others: Vec<_> = (0..8).map(|_| server(runtime)).collect();
        world.run_until_idle();
        let first = server(runtime);
        world.run_until_idle();
        let said = world.block_on(marked(first.call(|reply| Ask::Relay(others, SECOND, reply), SECOND))).unwrap();
        assert_eq!(said, [1, 2, 3, 0, 1, 2, 3, 0, 1]);
        assert_eq!(world.block_on(place_of(&first)), 1, "at rest again");
    });
}

#[test]
fn a_cycle_of_calls_ends_at_its_deadline() {
    each_seed(20, |world, runtime| {
        let (a, b) = (server(runtime), server(runtime));
        world.run_until_idle();
        let begun = runtime.clock().now();
        // To itself, and round through another.
        for others in [vec![a.clone()], vec![b.clone(), a.clone()]] {
            let cycle = a.call(|reply| Ask::Relay(others.clone(), SECOND, reply), 10 * SECOND);
            let said = world.block_on(marked(cycle)).unwrap();
            assert_eq!(said.last(), Some(&u32::MAX), "{said:?}");
            assert!(said[..said.len() - 1].iter().all(|place| *place <= 2), "{said:?}");
        }
        assert_eq!(runtime.clock().now() - begun, 2 * SECOND);
        world.run_until_idle();
        assert_eq!(world.block_on(place_of(&a)), 1);
        assert_eq!(world.block_on(place_of(&b)), 1);
    });
}

#[test]
fn a_handler_that_awaits_goes_on_in_a_task() {
    each_seed(20, |world, runtime| {
        let server = server(runtime);
        world.run_until_idle();
        for _ in 0..3 {
            let begun = runtime.clock().now();
            let slow = server.call(|reply| Ask::Sleep(SECOND, reply), 2 * SECOND);
            assert_eq!(world.block_on(marked(slow)).unwrap(), 0);
            assert_eq!(runtime.clock().now() - begun, SECOND);
            world.run_until_idle();
            assert_eq!(world.block_on(place_of(&server)), 1);
        }
        let late = world.block_on(server.call(|reply| Ask::Sleep(2 * SECOND, reply), SECOND));
        assert!(matches!(late, Err(CallError::Deadline)), "{late:?}");
    });
}

/// A process that goes from task to task hears the deadline of its own call in each of them.
#[test]
fn a_deadline_is_met_in_a_later_task_too() {
    each_seed(20, |world, runtime| {
        let (front, back) = (server(runtime), server(runtime));
        world.run_until_idle();
        // Its alarm is set for the tenth second and was not needed.
        let busy = back.call(|reply| Ask::Sleep(SECOND, reply), 2 * SECOND);
        let relayed = front.call(|reply| Ask::Relay(vec![back.clone()], 10 * SECOND, reply), 20 * SECOND);
        let (busy, relayed) = world.block_on(futures_util::future::join(busy, relayed));
        assert_eq!((busy.unwrap(), relayed.unwrap().len()), (0, 2));
        back.try_cast(Ask::Nothing).unwrap();
        let begun = runtime.clock().now();
        let blocked = back.call(|reply| Ask::Sleep(100 * SECOND, reply), 200 * SECOND);
        let relayed = async {
            let said = front.call(|reply| Ask::Relay(vec![back.clone()], 20 * SECOND, reply), 50 * SECOND).await;
            (said, runtime.clock().now() - begun)
        };
        let (blocked, (said, took)) = world.block_on(futures_util::future::join(blocked, relayed));
        assert_eq!(blocked.unwrap(), 0);
        assert_eq!((said.unwrap().last().copied(), took), (Some(u32::MAX), 20 * SECOND));
    });
}

#[test]
fn a_panic_ends_the_process_and_not_the_caller() {
    each_seed(20, |world, runtime| {
        let spec = ChildSpec::new("server", Server::<true>::new);
        let server = spec.address();
        let tree = Supervisor::one_for_one().intensity(10, SECOND).child(spec);
        let _tree = world.block_on(runtime.supervise("tree", tree)).unwrap();
        for life in 1..4 {
            assert_eq!(server.process_ref().incarnation, life);
            assert_eq!(world.block_on(place_of(&server)), 1);
            match world.block_on(server.call(|reply| Ask::Panic(Some(reply)), SECOND)) {
                Err(CallError::Down(Exit::Panicked(text))) => assert_eq!(&*text, "planned"),
                other => panic!("{other:?}"),
            }
            world.block_on(server.running()).unwrap();
            world.run_until_idle();
        }
    });
}

#[test]
fn one_at_rest_can_be_stopped_and_killed() {
    each_seed(20, |world, runtime| {
        let process = Server::<true>::new();
        let diary = process.diary.clone();
        let server = runtime.spawn("server", process);
        world.run_until_idle();
        assert_eq!(world.block_on(place_of(&server)), 1);
        server.stop(Exit::Shutdown);
        // It is asked before the message is there, so it does not handle it.
        let late = world.block_on(server.call(Ask::Where, SECOND));
        assert!(
            matches!(late, Err(CallError::Down(Exit::Shutdown) | CallError::NotSent(Refusal::Stopped(Exit::Shutdown)))),
            "{late:?}"
        );
        assert_eq!(diary.take(), ["terminate: stopped"]);

        let process = Server::<true>::new();
        let diary = process.diary.clone();
        let server = runtime.spawn("server", process);
        world.run_until_idle();
        let kept = server.call(Ask::Keep, SECOND);
        let killer = async {
            runtime.clock().sleep(MILLISECOND).await;
            server.kill();
        };
        let (kept, ()) = world.block_on(futures_util::future::join(kept, killer));
        assert!(matches!(kept, Err(CallError::Down(Exit::Killed))), "{kept:?}");
        assert_eq!(diary.take(), Vec::<String>::new());
    });
}

#[test]
fn a_caller_that_goes_away_harms_nobody() {
    each_seed(20, |world, runtime| {
        let server = server(runtime);
        world.run_until_idle();
        drop(server.call(|reply| Ask::Panic(Some(reply)), SECOND));
        {
            let mut slow = pin!(server.call(|reply| Ask::Sleep(SECOND, reply), 2 * SECOND));
            assert!(poll_once(slow.as_mut()).is_pending());
        }
        // After the one whose caller is gone.
        let begun = runtime.clock().now();
        let call = server.call(Ask::Where, 2 * SECOND);
        assert_eq!(world.block_on(call).unwrap(), 0);
        assert_eq!(runtime.clock().now() - begun, SECOND);
        assert_eq!(world.block_on(place_of(&server)), 1);
        let ledger = runtime.ledger();
        assert_eq!((ledger.sent, ledger.handled), (3, 3));
    });
}

#[test]
fn a_process_with_timers_keeps_its_task() {
    each_seed(20, |world, runtime| {
        let server = server(runtime);
        world.run_until_idle();
        world.block_on(server.call(|reply| Ask::Later(SECOND, reply), SECOND)).unwrap();
        assert_eq!(world.block_on(place_of(&server)), 0);
        world.block_on(runtime.clock().sleep(2 * SECOND));
        let ledger = runtime.ledger();
        assert_eq!((ledger.sent, ledger.handled), (3, 3), "its timer has fired");
    });
}
