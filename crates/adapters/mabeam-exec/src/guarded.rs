//! A program below a guard, as its starter has it.

use std::io::{self, BufReader};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt as _;
use std::process::{Child, ChildStderr, ChildStdout, Command, Stdio};
use std::time::Duration;

use foundation_core::{Code, Error, Result};
use rustix::process::{Pid, Signal, kill_process_group};

use crate::guard::MARK;
use crate::own_executable;
use crate::settings::GuardProgram;
use crate::wire::{self, Order, Run, Said, Task, VERSION, Word};

/// How long a guard may take to say its first words.
const FIRST_WORDS: Duration = Duration::from_secs(20);

/// A guard that runs, with its program.
#[derive(Debug)]
pub(crate) struct Guarded {
    guard: Child,
    socket: BufReader<UnixStream>,
    /// The leader of the program's group, from its start to its end.
    program: Option<Pid>,
    /// Whether it has said nothing yet.
    is_silent: bool,
}

impl Guarded {
    /// Starts a guard with an order; answers once it has said something.
    fn order(guard: &GuardProgram, task: Task, pipes: bool) -> io::Result<(Self, Option<Said>)> {
        let (ours, theirs) = UnixStream::pair()?;
        let executable = guard.program.clone().map_or_else(own_executable, Ok)?;
        let mut command = Command::new(&executable);
        let pipe = || if pipes { Stdio::piped() } else { Stdio::null() };
        command.args(&guard.arguments).env(MARK, "guard").stdin(OwnedFd::from(theirs)).stdout(pipe()).stderr(pipe());
        // Ctrl-C goes to every process of the terminal's group; when a program ends is its starter's decision.
        command.process_group(0);
        let child = command.spawn();
        // The other end is the guard's alone: otherwise its death would not be noticed.
        drop(command);
        let child =
            child.map_err(|error| io::Error::new(error.kind(), format!("start {}: {error}", executable.display())))?;
        let mut this = Self { guard: child, socket: BufReader::new(ours), program: None, is_silent: true };
        // A guard that ended at once does not take it, and the read below answers the end.
        let _ = wire::write(this.socket.get_ref(), &Order { version: VERSION, task });
        this.socket.get_ref().set_read_timeout(Some(FIRST_WORDS))?;
        let said = this.hear().map_err(|error| match error.kind() {
            io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut => {
                io::Error::new(io::ErrorKind::TimedOut, format!("no word from the guard within {FIRST_WORDS:?}"))
            }
            _ => error,
        })?;
        this.socket.get_ref().set_read_timeout(None)?;
        Ok((this, said))
    }

    /// Asks an executable whether it is a guard.
    ///
    /// # Errors
    /// `InvalidConfiguration` where it is none.
    pub(crate) fn check(guard: &GuardProgram) -> Result<()> {
        let wrong = |why: String| {
            Error::new(Code::InvalidConfiguration, format!("start a guard for programs: {why}"))
                .advise("let the executable call mabeam_exec::guard::main for the hidden subcommand, or name another")
        };
        if std::env::var_os(MARK).is_some() {
            return Err(wrong("this process was started as a guard and is none".to_owned()));
        }
        let (this, said) = Self::order(guard, Task::Hello, false).map_err(|error| wrong(error.to_string()))?;
        drop(this);
        match said {
            Some(Said::Hello { version: VERSION }) => Ok(()),
            Some(Said::Refused { reason }) => Err(wrong(reason)),
            Some(other) => Err(wrong(format!("it said {other:?}"))),
            None => Err(wrong("it ended without a word".to_owned())),
        }
    }

    /// Starts a program below a guard; answers why where it does not start.
    pub(crate) fn start(guard: &GuardProgram, run: Run) -> io::Result<Self> {
        let (mut this, said) = Self::order(guard, Task::Run(Box::new(run)), true)?;
        match said {
            Some(Said::Started { process }) => {
                this.program = Pid::from_raw(process);
                Ok(this)
            }
            Some(Said::Refused { reason }) => Err(io::Error::other(reason)),
            Some(other) => Err(io::Error::other(format!("the guard said {other:?}"))),
            None => Err(io::Error::other("the guard ended before the program began")),
        }
    }

    /// What the program writes; once.
    pub(crate) fn streams(&mut self) -> (Option<ChildStdout>, Option<ChildStderr>) {
        (self.guard.stdout.take(), self.guard.stderr.take())
    }

    /// The socket, to be waited for.
    pub(crate) fn socket(&self) -> &UnixStream {
        self.socket.get_ref()
    }

    /// Says a word; a guard that has ended does not need it.
    pub(crate) fn say(&self, word: Word) {
        let _ = wire::write(self.socket.get_ref(), &word);
    }

    /// What the guard says next; nothing at its end.
    pub(crate) fn hear(&mut self) -> io::Result<Option<Said>> {
        let said = wire::read(&mut self.socket)?;
        self.is_silent = false;
        if matches!(said, None | Some(Said::Ended(_))) {
            self.end(said.is_none());
        }
        Ok(said)
    }

    /// Ends what is left of the program's group where the guard is gone before it could.
    fn end(&mut self, guard_is_gone: bool) {
        if let Some(program) = self.program.take().filter(|_| guard_is_gone) {
            // Nobody else may be left.
            let _ = kill_process_group(program, Signal::KILL);
        }
    }
}

/// A guard whose starter lets go of it kills its program.
impl Drop for Guarded {
    fn drop(&mut self) {
        // The guard takes this as the starter's end.
        let _ = self.socket.get_ref().shutdown(std::net::Shutdown::Both);
        // One that says nothing may be no guard, and would not end.
        if self.is_silent {
            let _ = self.guard.kill();
        }
        // It ends as soon as nobody is left below it.
        let _ = self.guard.wait();
    }
}
