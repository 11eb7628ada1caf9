//! A process that a test holds in its hand: it records what it gets, and the test says what should have come.

mod down;
mod record;
mod recorder;
mod report;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use foundation_core::port::clock::{Clock as _, Monotonic};
use foundation_core::{Address, Exit, Reply, Runtime};
use foundation_memory::Simulation;
use parking_lot::Mutex;

pub use down::Watch;
use record::Record;
use recorder::Recorder;
use report::Found;

/// How long an expectation without a time of its own waits, by the world's clock: a minute.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// A process whose address is given to the code under test, and which keeps what it is sent until the test asks.
///
/// Expectations run the world. They look first at what has come, then run what can run, and move time only when all
/// is idle, from one timer to the next. So a test waits no longer than it has to, and "nothing came" is said of a
/// world at rest and not after some sleep.
///
/// Messages are expected in the order they came; each is expected once. A failure names the probe, the seed and the
/// time, and lists what did come, as [`Debug`](fmt::Debug) writes it, large messages in part. What no expectation has asked for when the test
/// ends is not looked at: say [`expect_none`](Self::expect_none).
///
/// ```
/// use std::time::Duration;
///
/// use foundation_core::{Address, Context, Exit, Process, Reply};
/// use foundation_testkit::{Probe, each_seed, expect_matches};
///
/// #[derive(Debug)]
/// enum Till {
///     Price(&'static str, Reply<u32>),
///     Paid { amount: u32 },
/// }
///
/// /// Asks what an apple costs, and pays a second later.
/// struct Customer(Address<Till>);
///
/// impl Process for Customer {
///     type Message = u32;
///
///     async fn init(&mut self, ctx: &mut Context<Self>) -> Result<(), Exit> {
///         let price = self.0.call(|reply| Till::Price("apple", reply), Duration::from_secs(1)).await;
///         let price = price.map_err(|error| Exit::failed(error.into()))?;
///         ctx.send_after(Duration::from_secs(1), price);
///         Ok(())
///     }
///
///     async fn handle(&mut self, amount: u32, _: &mut Context<Self>) -> Result<(), Exit> {
///         self.0.cast(Till::Paid { amount }).await.map_err(|error| Exit::failed(error.into()))?;
///         Err(Exit::Normal)
///     }
/// }
///
/// each_seed(8, |world, runtime| {
///     let mut till = Probe::spawn(world, runtime, "till");
///     let customer = runtime.spawn("customer", Customer(till.address()));
///
///     let price = expect_matches!(till, Till::Price("apple", reply) => reply);
///     till.expect_none(); // The customer does not pay before there is a price.
///     price.send(3);
///     expect_matches!(till, Till::Paid { amount: 3 });
///     assert!(matches!(till.expect_down(&customer), Exit::Normal));
/// });
/// ```
pub struct Probe<'w, M> {
    world: &'w Simulation,
    name: &'static str,
    address: Address<M>,
    record: Arc<Mutex<Record<M>>>,
}

impl<'w, M: fmt::Debug + Send + 'static> Probe<'w, M> {
    /// Starts a probe on a runtime of `world`. Its mailbox has no bound: it takes whatever is sent.
    #[must_use]
    pub fn spawn(world: &'w Simulation, runtime: &Runtime, name: &'static str) -> Self {
        let record = Arc::new(Mutex::new(Record::new()));
        let address = runtime.spawn(name, Recorder(Arc::clone(&record)));
        Self { world, name, address, record }
    }

    /// Where to send to it.
    #[must_use]
    pub fn address(&self) -> Address<M> {
        self.address.clone()
    }

    /// Has `answer` see each message first, as it comes: what it answers with `None` is dealt with and no expectation
    /// sees it, what it gives back is recorded. For calls that have to be answered while the test waits for something
    /// else. Replaces the one before.
    pub fn answer_with(&self, answer: impl FnMut(M) -> Option<M> + Send + 'static) {
        self.record.lock().set_answer(Box::new(answer));
    }

    /// Takes the next message, whatever it is.
    ///
    /// # Panics
    /// Where none comes: within [`PATIENCE`], or before nothing can happen any more.
    #[track_caller]
    pub fn expect(&mut self) -> M {
        self.expect_within(PATIENCE, "a message", |_| true)
    }

    /// Takes the next message, which has to be the one that `fits`. `wanted` says in words what is expected.
    ///
    /// # Panics
    /// As [`expect`](Self::expect), and where another message is the next one.
    #[track_caller]
    pub fn expect_where(&mut self, wanted: &str, fits: impl FnOnce(&M) -> bool) -> M {
        self.expect_within(PATIENCE, wanted, fits)
    }

    /// Takes the next message, which has to equal `message`.
    ///
    /// # Panics
    /// As [`expect_where`](Self::expect_where).
    #[track_caller]
    pub fn expect_eq(&mut self, message: &M) -> M
    where
        M: PartialEq,
    {
        self.expect_where(&format!("{message:?}"), |next| next == message)
    }

    /// As [`expect_where`](Self::expect_where), and it has to come within `span` of the world's time. What comes at
    /// its last moment counts.
    ///
    /// # Panics
    /// As [`expect_where`](Self::expect_where), by `span` instead of [`PATIENCE`].
    #[track_caller]
    pub fn expect_within(&mut self, span: Duration, wanted: &str, fits: impl FnOnce(&M) -> bool) -> M {
        self.take_within(span, wanted, |message| if fits(&message) { Ok(message) } else { Err(message) })
    }

    /// Takes the next message apart: `take` answers what the test needs of it, or gives back what is not expected.
    /// [`expect_matches!`](crate::expect_matches) writes `take` from a pattern.
    ///
    /// # Panics
    /// As [`expect_where`](Self::expect_where).
    #[track_caller]
    pub fn expect_with<T>(&mut self, wanted: &str, take: impl FnOnce(M) -> Result<T, M>) -> T {
        self.take_within(PATIENCE, wanted, take)
    }

    /// Takes the next message, which has to be a call, and answers it. `reply_of` takes its reply out, or gives back a
    /// message that is not expected.
    ///
    /// # Panics
    /// As [`expect_where`](Self::expect_where), and where the caller does not wait any more.
    #[track_caller]
    pub fn expect_call<T>(&mut self, wanted: &str, reply_of: impl FnOnce(M) -> Result<Reply<T>, M>, answer: T) {
        let reply = self.expect_with(wanted, reply_of);
        if !reply.send(answer) {
            let place = self.record.lock().latest_taken();
            self.fail(&Found::Forgotten { wanted, place });
        }
    }

    /// Takes the first message that `fits` and leaves those before it for later, as Erlang's selective receive does.
    ///
    /// # Panics
    /// Where none comes: within [`PATIENCE`], or before nothing can happen any more.
    #[track_caller]
    pub fn expect_selective(&mut self, wanted: &str, mut fits: impl FnMut(&M) -> bool) -> M {
        let limit = self.now() + PATIENCE;
        match self.run_until(limit, |record| record.take_where(&mut fits)) {
            Some(message) => message,
            None => self.fail(&Found::Nothing { wanted, within: PATIENCE }),
        }
    }

    /// Runs what can run now, and then nothing may be there that was not expected. Time does not move, so what a timer
    /// would bring is not waited for: see [`expect_none_for`](Self::expect_none_for).
    ///
    /// # Panics
    /// Where a message is there.
    #[track_caller]
    pub fn expect_none(&mut self) {
        self.world.run_until_idle();
        self.fail_if_any(None);
    }

    /// Moves time by `span`, running what becomes due on the way, and then nothing may be there that was not expected.
    ///
    /// # Panics
    /// Where a message is there.
    #[track_caller]
    pub fn expect_none_for(&mut self, span: Duration) {
        self.world.advance(span);
        self.fail_if_any(Some(span));
    }

    /// Waits for the end of the present life of `process` and answers why it ended; at once where none goes on.
    ///
    /// Of a process that may be restarted in the meantime, begin to [`watch`](Self::watch) before it can end.
    ///
    /// # Panics
    /// Where it lives on: for [`PATIENCE`], or when nothing can happen any more.
    #[track_caller]
    pub fn expect_down<N: Send + 'static>(&self, process: &Address<N>) -> Exit {
        self.watch(process).expect_down()
    }

    /// Watches the life of `process` that goes on now, from now on.
    pub fn watch<N: Send + 'static>(&self, process: &Address<N>) -> Watch<'w> {
        Watch::new(self.world, process)
    }

    /// Ends the probe's process as `exit` says, after the message at hand; a kill if it is [`Exit::Killed`]. What it
    /// holds and nobody expected is dropped with it, so that calls end as with any process that ends.
    pub fn end(&self, exit: Exit) {
        match exit {
            Exit::Killed => self.address.kill(),
            exit => self.address.stop(exit),
        }
    }

    /// How many messages wait to be expected.
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.record.lock().waiting()
    }

    #[track_caller]
    fn take_within<T>(&mut self, span: Duration, wanted: &str, take: impl FnOnce(M) -> Result<T, M>) -> T {
        let limit = self.now() + span;
        let Some((place, message)) = self.run_until(limit, Record::take_next) else {
            self.fail(&Found::Nothing { wanted, within: span })
        };
        match take(message) {
            Ok(taken) => taken,
            Err(_other) => self.fail(&Found::Other { wanted, place }),
        }
    }

    /// Runs the world until `take` finds what it looks for, or until nothing more can come by `limit`.
    fn run_until<T>(&self, limit: Monotonic, mut take: impl FnMut(&mut Record<M>) -> Option<T>) -> Option<T> {
        let mut found = take(&mut self.record.lock());
        run_until(self.world, limit, || {
            found = found.take().or_else(|| take(&mut self.record.lock()));
            found.is_some()
        });
        found
    }

    #[track_caller]
    fn fail_if_any(&self, for_span: Option<Duration>) {
        let place = self.record.lock().next_place();
        if let Some(place) = place {
            self.fail(&Found::Unwanted { place, for_span });
        }
    }

    fn now(&self) -> Monotonic {
        self.world.clock().now()
    }

    #[track_caller]
    fn fail(&self, found: &Found<'_>) -> ! {
        let text = report::of_probe(self.world, self.name, found, self.record.lock().came());
        panic!("{text}");
    }
}

impl<M> fmt::Debug for Probe<'_, M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Probe").field("name", &self.name).field("came", &self.record.lock().came().len()).finish()
    }
}

/// Runs the world until `is_done`, moving time from timer to timer up to `limit`, and never past a moment at which
/// something can still run. Does not run it at all where that is done already.
fn run_until(world: &Simulation, limit: Monotonic, mut is_done: impl FnMut() -> bool) {
    let clock = world.clock();
    if is_done() {
        return;
    }
    world.run_until_idle();
    while !is_done() {
        match clock.next_deadline() {
            Some(next) if next <= limit => world.advance(next - clock.now()),
            _ => return,
        }
    }
}

/// Takes a probe's next message, which has to match a pattern: `expect_matches!(probe, pattern if guard => value)`
/// answers `value`, made of what the pattern binds; without `=> value`, the message.
///
/// # Panics
/// As [`Probe::expect_where`]; the failure shows the pattern.
#[macro_export]
macro_rules! expect_matches {
    ($probe:expr, $pattern:pat $(if $guard:expr)? $(,)?) => {
        $probe.expect_where(
            ::core::stringify!($pattern $(if $guard)?),
            |message| ::core::matches!(message, $pattern $(if $guard)?),
        )
    };
    ($probe:expr, $pattern:pat $(if $guard:expr)? => $value:expr $(,)?) => {
        $probe.expect_with(::core::stringify!($pattern $(if $guard)?), |message| match message {
            $pattern $(if $guard)? => ::core::result::Result::Ok($value),
            #[allow(unreachable_patterns, reason = "the caller's pattern may fit every message")]
            other => ::core::result::Result::Err(other),
        })
    };
}
