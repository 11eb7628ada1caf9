//! What the tests share: a world per seed, a diary, and a process that does what it is told.

use std::sync::Arc;
use std::time::Duration;

use foundation_core::event::NodeId;
use foundation_core::{Context, Exit, MailboxSettings, Notice, Process, Reply, Runtime, RuntimeParts, Telemetry};
use foundation_memory::Simulation;
use parking_lot::Mutex;

pub(crate) const SECOND: Duration = Duration::from_secs(1);
pub(crate) const MILLISECOND: Duration = Duration::from_millis(1);

/// Runs a test once per seed and says which seed failed.
pub(crate) fn each_seed(seeds: u64, test: impl Fn(&Simulation, &Runtime)) {
    struct Tell(u64);
    impl Drop for Tell {
        fn drop(&mut self) {
            if std::thread::panicking() {
                eprintln!("failed with seed {}", self.0);
            }
        }
    }
    for seed in 0..seeds {
        let tell = Tell(seed);
        let world = Simulation::new(seed);
        let runtime = runtime_on(&world, Telemetry::none());
        test(&world, &runtime);
        assert_eq!(world.panics(), [], "a task of the runtime itself panicked");
        let ledger = runtime.ledger();
        assert!(ledger.is_balanced(), "{ledger:?}");
        drop(tell);
    }
}

pub(crate) fn runtime_on(world: &Simulation, telemetry: Telemetry) -> Runtime {
    Runtime::new(RuntimeParts {
        clock: world.clock(),
        entropy: world.entropy(),
        spawner: world.spawner(),
        node: NodeId::new("test").unwrap(),
        telemetry,
    })
}

/// What happened, in order.
#[derive(Clone, Debug, Default)]
pub(crate) struct Diary(Arc<Mutex<Vec<String>>>);

impl Diary {
    pub(crate) fn note(&self, entry: impl Into<String>) {
        self.0.lock().push(entry.into());
    }

    /// Answers what was noted since the last call.
    pub(crate) fn take(&self) -> Vec<String> {
        std::mem::take(&mut self.0.lock())
    }
}

/// What a [`Worker`] is told to do.
pub(crate) enum Do {
    /// Note a number.
    Note(u64),
    /// Answer a number with the one after it.
    Ask(u64, Reply<u64>),
    /// Take a reply and keep it unanswered.
    Keep(Reply<u64>),
    /// Drop a reply unanswered.
    Ignore(Reply<u64>),
    /// Drop the reply, then end.
    EndWith(Exit, Reply<u64>),
    /// Panic while holding a reply.
    PanicWith(Reply<u64>),
    /// Wait, then note it.
    Sleep(Duration),
    /// Anything else.
    Run(Task),
}

/// A step that a test writes.
pub(crate) type Task = Box<dyn FnOnce(&mut Worker, &mut Context<Worker>) -> Result<(), Exit> + Send>;

impl Do {
    pub(crate) fn run(
        task: impl FnOnce(&mut Worker, &mut Context<Worker>) -> Result<(), Exit> + Send + 'static,
    ) -> Self {
        Self::Run(Box::new(task))
    }

    /// Calls a function of the context.
    pub(crate) fn with(task: impl FnOnce(&mut Context<Worker>) + Send + 'static) -> Self {
        Self::run(|_, ctx| {
            task(ctx);
            Ok(())
        })
    }
}

/// What goes wrong in a [`Worker`] besides its messages.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Fault {
    #[default]
    None,
    PanicInInit,
    FailInit,
    PanicInNotice,
    EndlessNotice,
    PanicInTerminate,
    PanicInDrop,
    PanicInSettings,
    EndlessInit,
    EndlessTerminate,
}

/// A process that does what it is told and keeps a diary.
pub(crate) struct Worker {
    pub(crate) name: String,
    pub(crate) diary: Diary,
    pub(crate) fault: Fault,
    pub(crate) mailbox: MailboxSettings,
    pub(crate) turn_budget: u16,
    pub(crate) kept: Vec<Reply<u64>>,
}

impl Worker {
    pub(crate) fn new(name: impl Into<String>, diary: &Diary) -> Self {
        Self {
            name: name.into(),
            diary: diary.clone(),
            fault: Fault::None,
            mailbox: MailboxSettings::default(),
            turn_budget: 64,
            kept: Vec::new(),
        }
    }

    pub(crate) fn fault(mut self, fault: Fault) -> Self {
        self.fault = fault;
        self
    }

    pub(crate) fn mailbox(mut self, mailbox: MailboxSettings) -> Self {
        self.mailbox = mailbox;
        self
    }

    pub(crate) fn turn_budget(mut self, turn_budget: u16) -> Self {
        self.turn_budget = turn_budget;
        self
    }

    fn note(&self, entry: &str) {
        self.diary.note(format!("{} {entry}", self.name));
    }
}

impl Process for Worker {
    type Message = Do;

    async fn init(&mut self, ctx: &mut Context<Self>) -> Result<(), Exit> {
        self.note("init");
        match self.fault {
            Fault::PanicInInit => panic!("planned in init"),
            Fault::FailInit => Err(failure("init")),
            Fault::EndlessInit => {
                ctx.clock().sleep(Duration::from_secs(1_000_000)).await;
                Ok(())
            }
            _ => Ok(()),
        }
    }

    async fn handle(&mut self, message: Do, ctx: &mut Context<Self>) -> Result<(), Exit> {
        match message {
            Do::Note(number) => self.note(&number.to_string()),
            Do::Ask(number, reply) => {
                reply.send(number + 1);
            }
            Do::Keep(reply) => self.kept.push(reply),
            Do::Ignore(reply) => drop(reply),
            Do::EndWith(exit, reply) => {
                drop(reply);
                // Lets the caller see the loss of its reply before the end.
                ctx.yield_now().await;
                return Err(exit);
            }
            Do::PanicWith(reply) => {
                let _held = reply;
                panic!("planned");
            }
            Do::Sleep(span) => {
                ctx.clock().sleep(span).await;
                self.note("slept");
            }
            Do::Run(task) => return task(self, ctx),
        }
        Ok(())
    }

    async fn notice(&mut self, notice: Notice, ctx: &mut Context<Self>) -> Result<(), Exit> {
        assert!(self.fault != Fault::PanicInNotice, "planned in notice");
        if self.fault == Fault::EndlessNotice {
            ctx.clock().sleep(Duration::from_secs(1_000_000)).await;
        }
        match notice {
            Notice::Down { process, reason, .. } => {
                self.note(&format!("down {}.{}: {reason}", process.process, process.incarnation));
            }
            Notice::Exit { process, reason } => {
                self.note(&format!("exit {}.{}: {reason}", process.process, process.incarnation));
            }
            _ => {}
        }
        Ok(())
    }

    async fn terminate(&mut self, reason: &Exit, ctx: &mut Context<Self>) {
        self.note(&format!("terminate: {reason}"));
        assert!(self.fault != Fault::PanicInTerminate, "planned in terminate");
        if self.fault == Fault::EndlessTerminate {
            ctx.clock().sleep(Duration::from_secs(1_000_000)).await;
        }
    }

    fn mailbox(&self) -> MailboxSettings {
        assert!(self.fault != Fault::PanicInSettings, "planned in settings");
        self.mailbox
    }

    fn turn_budget(&self) -> u16 {
        self.turn_budget
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        self.note("dropped");
        // A second panic while one unwinds would abort the program, for any Rust code.
        assert!(self.fault != Fault::PanicInDrop || std::thread::panicking(), "planned in drop");
    }
}

/// A failure with an error of the project's.
pub(crate) fn failure(what: &str) -> Exit {
    Exit::failed(foundation_core::Error::new(foundation_core::Code::Internal, what))
}
