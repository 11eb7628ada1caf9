//! Supervisors whose children come and go: many of one kind, without names, restarted one by one.
//!
//! The table of children is shared between the supervisor and those who ask it to start or stop one, so neither goes
//! through its mailbox: a child is started on the thread of whoever wants it, and forgotten on the thread it ended on.
//! The supervisor itself is needed when a child is to be restarted, and when it ends.

mod entry;

mod brood;

mod look;

mod gone;

mod keeper;

mod partition;

mod template;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

pub use keeper::DynamicMessage;
pub use partition::PartitionSupervisor;
pub use template::ChildTemplate;

use brood::{Admission, Brood, Stop};
use entry::Made;
use gone::Gone;
use keeper::Keeper;

use template::{Respawn, Seed};

use super::child::{ChildSpec, Restart, Shutdown};
use super::handle::{ChildError, StartError};
use super::node::{Branch, TreeNode};
use crate::error::{Code, Error};
use crate::process::cell::Cell;
use crate::process::context::yield_now;
use crate::process::control::{Life, LifeStart, Parent, ParentLink, Peer};
use crate::process::current::spend_step;
use crate::process::run::{Launch, Started};
use crate::process::{Address, Exit, Refusal};
use crate::runtime::Runtime;

/// A supervisor of children that are added while it runs. Clones are the same supervisor, over its restarts too;
/// dropping them stops nothing.
///
/// It begins without children, and it is restarted without children. Each child is restarted alone; together they may
/// have as many restarts as its [intensity](Self::intensity) says. They are all stopped at once, and not in order.
/// As OTP's `simple_one_for_one`, but for any number of [templates](ChildTemplate).
///
/// ```
/// # use std::time::Duration;
/// # use foundation_core::event::NodeId;
/// # use foundation_core::{Context, Exit, Process, Runtime, RuntimeParts, Telemetry};
/// # use foundation_memory::Simulation;
/// use foundation_core::{ChildTemplate, DynamicSupervisor, Restart};
///
/// struct Session(u32);
///
/// impl Process for Session {
///     type Message = ();
///
///     async fn handle(&mut self, _message: (), _ctx: &mut Context<Self>) -> Result<(), Exit> {
///         Ok(())
///     }
/// }
///
/// # fn main() -> foundation_core::Result<()> {
/// # let world = Simulation::new(1);
/// # let runtime = Runtime::new(RuntimeParts {
/// #     clock: world.clock(),
/// #     entropy: world.entropy(),
/// #     spawner: world.spawner(),
/// #     node: NodeId::new("test")?,
/// #     telemetry: Telemetry::none(),
/// # });
/// # world.block_on(async {
/// let sessions = DynamicSupervisor::new("sessions").intensity(10, Duration::from_secs(1));
/// let session = ChildTemplate::new("session", |user: &u32| Session(*user)).restart(Restart::Transient);
/// sessions.start(&runtime).await?;
///
/// let first = sessions.start_child(&session, 1).await?;
/// let second = sessions.start_child(&session, 2).await?;
/// sessions.terminate_child(&first).await?;
/// assert!(second.is_alive());
/// assert_eq!(sessions.len(), 1);
/// sessions.shutdown().await;
/// assert!(!second.is_alive());
/// # foundation_core::Result::Ok(())
/// # })
/// # }
/// ```
#[derive(Clone)]
pub struct DynamicSupervisor {
    brood: Arc<Brood>,
    cell: Arc<Cell<DynamicMessage>>,
}

/// A child whose start has begun.
struct Begun<M> {
    address: Address<M>,
    key: u64,
    started: Started,
}

impl DynamicSupervisor {
    /// A supervisor that does not run yet. It tolerates one restart in five seconds and any number of children.
    ///
    /// `name` says what kind of process it is; it need not be unique.
    #[must_use]
    pub fn new(name: &'static str) -> Self {
        Self { brood: Arc::new(Brood::new(name)), cell: Cell::new(name, true) }
    }

    /// Tolerates `restarts` restarts, of all children together, within any span of length `period`; one more and it
    /// gives up. Counts from its next start on.
    #[must_use]
    pub fn intensity(self, restarts: u32, period: Duration) -> Self {
        self.brood.limits.lock().intensity = (restarts, period);
        self
    }

    /// Takes at most `max` children at a time; any number by default.
    #[must_use]
    pub fn max_children(self, max: usize) -> Self {
        self.brood.limits.lock().max_children = max;
        self
    }

    /// It as a child of another supervisor, which starts it. It is waited for without limit when it is stopped.
    #[must_use]
    pub fn child_spec(&self, name: impl Into<super::ChildName>) -> ChildSpec<DynamicMessage> {
        let brood = Arc::clone(&self.brood);
        let make = move || Keeper::new(Arc::clone(&brood));
        ChildSpec::in_cell(name, Arc::clone(&self.cell), make)
            .shutdown(Shutdown::Infinity)
            .branch(Arc::clone(&self.brood) as Arc<dyn Branch>)
    }

    /// Starts it under nobody.
    ///
    /// # Errors
    /// [`StartError`] where it runs already.
    ///
    /// # Cancel safety
    /// Dropping the future leaves it to start and run.
    pub async fn start(&self, runtime: &Runtime) -> Result<(), StartError> {
        let failed = |reason| StartError { child: self.brood.name.into(), reason };
        let keeper = Keeper::new(Arc::clone(&self.brood));
        let Some(launch) = Launch::prepare(Arc::clone(&self.cell), runtime, keeper, LifeStart::ALONE) else {
            let error = Error::new(Code::Conflict, "it runs already");
            return Err(failed(error.into()));
        };
        if launch.go_here().comes_up().await {
            return Ok(());
        }
        Err(failed(self.cell.control.last_exit().unwrap_or(Exit::Killed)))
    }

    /// Starts a child and waits for its `init`. Where that ends with [`Exit::Ignore`], nothing runs at the address.
    ///
    /// The first step of the child is taken on this thread, in the place of the caller's next.
    ///
    /// # Errors
    /// [`NotStarted`](ChildError::NotStarted), and nothing is left of it;
    /// [`MaxChildren`](ChildError::MaxChildren); [`SupervisorDown`](ChildError::SupervisorDown).
    ///
    /// # Cancel safety
    /// Dropping the future leaves the child to start and run.
    pub async fn start_child<A, M>(&self, template: &ChildTemplate<A, M>, args: A) -> Result<Address<M>, ChildError>
    where
        A: Send + Sync + 'static,
        M: Send + 'static,
    {
        let begun = self.begin(template, args)?;
        let outcome = self.outcome(template, begun).await;
        if spend_step() {
            yield_now().await;
        }
        outcome
    }

    /// Starts a child for each of `args` and waits for the `init`s of all of them: the answers in the order of `args`.
    ///
    /// # Errors
    /// Each child's own, as of [`start_child`](Self::start_child); the others start all the same.
    ///
    /// # Cancel safety
    /// Dropping the future leaves those to start and run that were begun.
    pub async fn start_many<A, M>(
        &self,
        template: &ChildTemplate<A, M>,
        args: impl IntoIterator<Item = A>,
    ) -> Vec<Result<Address<M>, ChildError>>
    where
        A: Send + Sync + 'static,
        M: Send + 'static,
    {
        let args = args.into_iter();
        self.brood.reserve(args.size_hint().0);
        let begun: Vec<_> = args.map(|args| self.begin(template, args)).collect();
        let mut answers = Vec::with_capacity(begun.len());
        for begun in begun {
            answers.push(match begun {
                Ok(begun) => self.outcome(template, begun).await,
                Err(error) => Err(error),
            });
        }
        answers
    }

    fn begin<A, M>(&self, template: &ChildTemplate<A, M>, args: A) -> Result<Begun<M>, ChildError>
    where
        A: Send + Sync + 'static,
        M: Send + 'static,
    {
        let rules = template.rules();
        let cell = Cell::new(rules.kind, true);
        let address = Address { cell: Arc::clone(&cell) };
        // Where nothing restarts it, nothing has to be kept.
        let (admission, started) = match rules.restart {
            Restart::Permanent | Restart::Transient => {
                let seed = Arc::new(Seed::new(template, Arc::clone(&cell), args));
                let admission = self.enter(Made::Lasting(Arc::clone(&seed) as Arc<dyn Respawn>))?;
                let started = seed.start(&admission.runtime, self.link(admission.key));
                (admission, started)
            }
            Restart::Temporary => {
                let admission = self.enter(Made::Temporary(Arc::clone(&cell) as Arc<dyn Peer>, rules.shutdown))?;
                let started = template.launch_once(&cell, &admission.runtime, &args, self.link(admission.key));
                (admission, started)
            }
        };
        if self.brood.has_closed_since(&admission) {
            let control = &self.cell.control;
            let in_order = control.is_running() && control.process_ref().incarnation == admission.under;
            self.brood.turn_away(admission.key, in_order);
        }
        match started {
            Ok(started) => Ok(Begun { address, key: admission.key, started }),
            Err(reason) => {
                self.brood.forget(admission.key);
                Err(ChildError::NotStarted(StartError { child: rules.kind.into(), reason }))
            }
        }
    }

    fn enter(&self, made: Made) -> Result<Admission, ChildError> {
        self.brood.enter(made).map_err(|full| match full {
            Some(max) => ChildError::MaxChildren(max),
            None => self.down(),
        })
    }

    fn link(&self, key: u64) -> ParentLink {
        (Arc::clone(&self.brood) as Arc<dyn Parent>, key)
    }

    fn down(&self) -> ChildError {
        ChildError::SupervisorDown(match self.cell.control.life() {
            Life::Over(exit) => Refusal::Stopped(exit),
            _ => Refusal::NotRunning,
        })
    }

    async fn outcome<A, M: Send + 'static>(
        &self,
        template: &ChildTemplate<A, M>,
        Begun { address, key, started }: Begun<M>,
    ) -> Result<Address<M>, ChildError> {
        if started.comes_up().await {
            return Ok(address);
        }
        // The thread that it ended on may not have come so far.
        self.brood.forget(key);
        match address.cell.control.last_exit() {
            Some(Exit::Ignore) => Ok(address),
            reason => Err(ChildError::NotStarted(StartError {
                child: template.rules().kind.into(),
                reason: reason.unwrap_or(Exit::Killed),
            })),
        }
    }

    /// Stops a child by its own rule, waits for its end, and forgets it. The `terminate` of one that has had no mail
    /// runs on this thread up to its first await, in the place of the caller's next step.
    ///
    /// # Errors
    /// [`NotFound`](ChildError::NotFound) where the supervisor does not have it (any more).
    ///
    /// # Cancel safety
    /// Dropping the future leaves the child to end; the supervisor then watches over its time to stop.
    pub async fn terminate_child<M: Send + 'static>(&self, child: &Address<M>) -> Result<(), ChildError> {
        let not_found = || ChildError::NotFound(child.name().into());
        let key = child.cell.control.key_under(&self.brood).ok_or_else(not_found)?;
        match self.brood.stop(key).ok_or_else(not_found)? {
            Stop::Gone => {}
            Stop::Asked(rule) => Gone::new(self, key).within(rule, &child.cell).await,
            // Somebody else stops it.
            Stop::Underway => drop(child.exited().await),
        }
        if spend_step() {
            yield_now().await;
        }
        Ok(())
    }

    /// How many children it has, those that wait for their restart included.
    #[must_use]
    pub fn len(&self) -> usize {
        self.brood.len()
    }

    /// Whether it has none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How its children are, in no order.
    #[must_use]
    pub fn children(&self) -> Vec<TreeNode> {
        self.brood.nodes()
    }

    /// Stops it: all its children at once, each by its own rule, then itself. Answers why it ended, at once where it
    /// has.
    ///
    /// # Cancel safety
    /// Dropping the future does not take the request back.
    pub async fn shutdown(&self) -> Exit {
        self.address().stop(Exit::Shutdown);
        self.address().exited().await
    }

    /// Its address, for links, monitors and kills.
    #[must_use]
    pub fn address(&self) -> Address<DynamicMessage> {
        Address { cell: Arc::clone(&self.cell) }
    }
}

impl fmt::Debug for DynamicSupervisor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DynamicSupervisor").field("name", &self.brood.name).field("children", &self.len()).finish()
    }
}
