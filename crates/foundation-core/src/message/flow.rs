//! Flow control by credit: producers send no more than their consumer has granted.

mod account;
mod error;
mod window;

use std::fmt;
use std::pin::Pin;
use std::sync::{Arc, OnceLock};
use std::task::Poll;

use futures_util::future::{Either, select};

use crate::error::{Code, Error, Result};
use crate::event::ProcessRef;
use crate::process::control::Hook;
use crate::process::{Address, Context, Exit, Process};

use account::{Account, Generation, Place};
use window::Window;

pub use error::{FlowError, Unsent};

/// One side of a flow from any number of producers to one consumer. Cheap to clone; clones are the same flow.
///
/// A mailbox bounds what waits in it. A flow bounds what is not *done* yet: the consumer grants so many units of credit
/// ([`open`](Self::open)), a producer takes a unit before it sends ([`reserve`](Self::reserve)), the message carries it
/// as a [`Credit`], and it comes back when the message is handled, that is when the credit is dropped. A consumer that
/// hands work on keeps the credit with it until the work is done. There are never more messages on their way or at work
/// than units were granted, from however many producers; those who find none wait in the order they came.
///
/// Credit comes back in batches, of half of what was granted, or when nothing is in flight any more: a producer is woken
/// for several messages and not for each.
///
/// # When somebody dies
/// - A consumer: its credit is void. Who waits hears why it ended ([`FlowError::Ended`]), a permit that was taken cannot
///   be used any more, and no message sent on it reaches the next life, which opens the flow anew with all its credit.
/// - A producer: what it held and had not used, and its place in the line, go to the next. Its messages go on, and give
///   their credit back as all do; also one that ends undelivered.
///
/// Like any mail, a message is refused by a full mailbox: give the consumer's at least as much room as it grants.
///
/// Source: the credit of AMQP 1.0 links (section 2.6.7) and the demand of Reactive Streams, within one program.
///
/// ```
/// use std::time::Duration;
///
/// use foundation_core::message::{Credit, Flow};
/// use foundation_core::{Context, Exit, Process};
/// use foundation_testkit::each_seed;
///
/// struct Work(u64, Credit);
///
/// /// Needs a second for each piece of work, and takes two at a time.
/// struct Consumer(Flow<Work>);
///
/// impl Process for Consumer {
///     type Message = Work;
///
///     async fn init(&mut self, ctx: &mut Context<Self>) -> Result<(), Exit> {
///         Ok(self.0.open(ctx, 2)?)
///     }
///
///     async fn handle(&mut self, Work(_, credit): Work, ctx: &mut Context<Self>) -> Result<(), Exit> {
///         ctx.clock().sleep(Duration::from_secs(1)).await;
///         drop(credit); // It would be at the end of the block in any case.
///         Ok(())
///     }
/// }
///
/// each_seed(4, |world, runtime| {
///     let flow = Flow::new();
///     let consumer = runtime.spawn("consumer", Consumer(flow.clone()));
///     let produced = world.block_on(async {
///         flow.opened().await?;
///         for number in 0..10 {
///             let permit = flow.reserve().await?;
///             // Made only now that somebody wants it.
///             permit.send(|credit| Work(number, credit))?;
///             assert!(consumer.mailbox_len() <= 2);
///         }
///         Ok::<(), foundation_core::Error>(())
///     });
///     produced.unwrap();
/// });
/// ```
pub struct Flow<M> {
    account: Arc<Account>,
    /// Known from the first time that it is opened.
    consumer: Arc<OnceLock<Address<M>>>,
}

/// Where the credit of a flow is; all zero while nobody grants any. `granted = free + held + in_flight + returned`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FlowCounts {
    /// All there is.
    pub granted: u32,
    /// Nobody has it.
    pub free: u32,
    /// Producers have it and have not sent yet.
    pub held: u32,
    /// It is with a message that is not done yet.
    pub in_flight: u32,
    /// It came back, and waits to be given out together with more.
    pub returned: u32,
    /// So many producers wait for some.
    pub waiting: usize,
}

impl<M: Send + 'static> Flow<M> {
    /// A flow that belongs to nobody yet: to the first process that [opens](Self::open) it.
    #[must_use]
    pub fn new() -> Self {
        Self { account: Arc::default(), consumer: Arc::default() }
    }

    /// Grants `credit` units (at least one) until the present life of the consumer ends. The consumer calls it once in
    /// each life, as a rule in its `init`.
    ///
    /// # Errors
    /// `Conflict` where the flow belongs to another process, or where this life has opened it already.
    pub fn open<P: Process<Message = M>>(&self, ctx: &Context<P>, credit: u32) -> Result<()> {
        let life = ctx.process_ref();
        let ProcessRef { process, incarnation } = life;
        let address = ctx.address();
        if *self.consumer.get_or_init(|| address.clone()) != address {
            let what = format!("open a flow in process {process}: it belongs to another process");
            return Err(Error::new(Code::Conflict, what));
        }
        let Some(generation) = self.account.open(life, credit) else {
            let what = format!("open a flow in process {process}: life {incarnation} has opened it already");
            return Err(Error::new(Code::Conflict, what));
        };
        if !address.cell.control.at_end(incarnation, Hook::new(Arc::clone(&self.account)), generation) {
            self.account.close(generation, Exit::NoProcess);
        }
        Ok(())
    }

    /// Waits until a life of the consumer grants credit, at once where one does, and answers which life.
    ///
    /// Before the flow is first opened its consumer is unknown, so nobody hears of an end then.
    ///
    /// # Errors
    /// [`FlowError::Ended`] where the consumer has ended and nobody will start it again.
    ///
    /// # Cancel safety
    /// Dropping the future forgets the wait.
    pub async fn opened(&self) -> Result<ProcessRef, FlowError> {
        loop {
            let Some(opened) = self.account.await_open() else {
                match self.account.life() {
                    Some(life) => return Ok(life),
                    // It ended in this moment.
                    None => continue,
                }
            };
            let Some(consumer) = self.consumer.get() else {
                // Only a flow that is dropped could cancel it, and this is one.
                let _ = opened.await;
                continue;
            };
            consumer.running().await.map_err(FlowError::Ended)?;
            // It runs: it opens the flow, or this life ends as well.
            let ended = std::pin::pin!(consumer.exited());
            match select(opened, ended).await {
                Either::Left(_) | Either::Right(_) => {}
            }
        }
    }

    /// Takes a unit of credit, and waits for one where none is free. First come, first served.
    ///
    /// # Errors
    /// - [`FlowError::Ended`]: the consumer ended, before or during the wait. [`opened`](Self::opened) waits for its
    ///   next life.
    /// - [`FlowError::NotOpen`]: it has never granted any.
    ///
    /// # Cancel safety
    /// Dropping the future leaves the line; a unit that was found in that moment goes to the next.
    pub async fn reserve(&self) -> Result<Permit<M>, FlowError> {
        let generation = Reserve { account: &self.account, place: None }.await?;
        Ok(self.permit(generation))
    }

    /// Takes a unit of credit, never waiting.
    ///
    /// # Errors
    /// As [`reserve`](Self::reserve), and [`FlowError::NoCredit`] where that would wait.
    pub fn try_reserve(&self) -> Result<Permit<M>, FlowError> {
        Ok(self.permit(self.account.take()?))
    }

    /// Where the credit is now.
    #[must_use]
    pub fn counts(&self) -> FlowCounts {
        self.account.counts()
    }

    fn permit(&self, generation: Generation) -> Permit<M> {
        Permit { flow: self.clone(), generation: Some(generation) }
    }
}

/// A unit of credit that a producer holds: the right to send one message. Dropping it unused gives it back.
#[must_use = "dropping it gives the credit back"]
pub struct Permit<M> {
    flow: Flow<M>,
    /// None once it is used.
    generation: Option<Generation>,
}

impl<M: Send + 'static> Permit<M> {
    /// Sends the message that `message` makes of the credit; it must carry it, for it is given back when it is dropped.
    ///
    /// # Errors
    /// [`Unsent`] gives the message back: the life that granted the credit has ended, or its mailbox refuses. The
    /// message still has its credit, which goes back when it is dropped.
    pub fn send(mut self, message: impl FnOnce(Credit) -> M) -> Result<(), Unsent<M>> {
        let generation = self.generation.take().unwrap_or_default();
        let account = &self.flow.account;
        account.change(generation, |window| {
            window.send();
            Vec::new()
        });
        let message = message(Credit { account: Arc::clone(account), generation });
        let sent = match self.flow.consumer.get() {
            Some(consumer) => account.deliver(generation, message, |message| consumer.try_cast(message)),
            None => Err((message, FlowError::NotOpen)),
        };
        sent.map_err(|(message, reason)| Unsent { message, reason })
    }
}

/// A unit of credit on its way with a message. Dropping it gives it back: the message is done.
#[must_use = "dropping it says that its message is done"]
pub struct Credit {
    account: Arc<Account>,
    generation: Generation,
}

/// The wait for a unit of credit.
struct Reserve<'a> {
    account: &'a Account,
    place: Option<Place>,
}

impl Future for Reserve<'_> {
    type Output = Result<Generation, FlowError>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut std::task::Context<'_>) -> Poll<Self::Output> {
        let this = &mut *self;
        this.account.poll_take(&mut this.place, cx)
    }
}

impl Drop for Reserve<'_> {
    fn drop(&mut self) {
        if let Some(place) = &self.place {
            self.account.leave(place);
        }
    }
}

impl<M> Drop for Permit<M> {
    fn drop(&mut self) {
        if let Some(generation) = self.generation {
            self.flow.account.change(generation, Window::give_up);
        }
    }
}

impl Drop for Credit {
    fn drop(&mut self) {
        self.account.change(self.generation, Window::done);
    }
}

impl<M> Clone for Flow<M> {
    fn clone(&self) -> Self {
        Self { account: Arc::clone(&self.account), consumer: Arc::clone(&self.consumer) }
    }
}

impl<M: Send + 'static> Default for Flow<M> {
    fn default() -> Self {
        Self::new()
    }
}

impl<M> fmt::Debug for Flow<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let consumer = self.consumer.get();
        f.debug_struct("Flow").field("consumer", &consumer).field("counts", &self.account.counts()).finish()
    }
}

impl<M> fmt::Debug for Permit<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Permit").field("flow", &self.flow).finish_non_exhaustive()
    }
}

impl fmt::Debug for Credit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Credit")
    }
}
