//! A process that is going to be killed, seen from outside.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, ChildStderr, Command, Stdio};
use std::time::{Duration, Instant};

use crate::failure::Failure;

/// A running victim, whose standard error is read line by line.
pub(super) struct Victim {
    child: Child,
    lines: BufReader<ChildStderr>,
    began: Instant,
}

/// How a victim ended by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ended {
    Well,
    Badly,
}

/// What a victim can be sent beside its death.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Signal {
    /// SIGSTOP.
    Stop,
    /// SIGCONT.
    Continue,
}

impl Victim {
    /// Starts this same program with other arguments, in `folder`. It finds the NATS server that this one finds, although
    /// it looks from another place.
    pub(super) fn start(folder: &Path, arguments: &[String]) -> Result<Self, Failure> {
        let program =
            std::env::current_exe().map_err(|error| Failure::new(format!("find this program's file: {error}")))?;
        let began = now();
        let server = foundation_nats_server::find().ok();
        let mut child = Command::new(&program)
            .envs(server.map(|server| (foundation_nats_server::VARIABLE, server)))
            .args(arguments)
            .current_dir(folder)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(|error| Failure::io("start", &program, &error))?;
        let Some(stderr) = child.stderr.take() else {
            return Err(Failure::new("the victim has no standard error"));
        };
        Ok(Self { child, lines: BufReader::new(stderr), began })
    }

    /// The next line, and how long after its start the victim told it; `None` once it has ended.
    pub(super) fn line(&mut self) -> Result<Option<(String, Duration)>, Failure> {
        let mut line = String::new();
        match self.lines.read_line(&mut line) {
            Ok(0) => Ok(None),
            Ok(_) => Ok(Some((line.trim_end().to_owned(), now().duration_since(self.began)))),
            Err(error) => Err(Failure::new(format!("read the victim's lines: {error}"))),
        }
    }

    /// Stops it where it is, or lets it go on.
    pub(super) fn signal(&self, signal: Signal) -> Result<(), Failure> {
        let (signal, doing) = match signal {
            Signal::Stop => (rustix::process::Signal::STOP, "stop"),
            Signal::Continue => (rustix::process::Signal::CONT, "continue"),
        };
        let process = i32::try_from(self.child.id()).ok().and_then(rustix::process::Pid::from_raw);
        let process = process.ok_or_else(|| Failure::new("the victim has no process id"))?;
        rustix::process::kill_process(process, signal)
            .map_err(|error| Failure::new(format!("{doing} the victim: {error}")))
    }

    /// SIGKILL, after `delay`; answers the lines that it had told before.
    pub(super) fn kill(mut self, delay: Duration) -> Result<Vec<String>, Failure> {
        let until = now() + delay;
        // Microseconds count here, and a sleep takes longer than it says.
        while now() < until {
            std::hint::spin_loop();
        }
        self.child.kill().map_err(|error| Failure::new(format!("kill the victim: {error}")))?;
        let mut told = Vec::new();
        while let Some((line, _)) = self.line()? {
            told.push(line);
        }
        self.child.wait().map_err(|error| Failure::new(format!("wait for the victim: {error}")))?;
        Ok(told)
    }

    /// Waits for its own end.
    pub(super) fn end(mut self) -> Result<Ended, Failure> {
        let status = self.child.wait().map_err(|error| Failure::new(format!("wait for the victim: {error}")))?;
        Ok(if status.success() { Ended::Well } else { Ended::Badly })
    }
}

impl Drop for Victim {
    fn drop(&mut self) {
        // Nothing is left running behind an experiment that failed; one that has ended is no trouble.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[expect(clippy::disallowed_methods, reason = "an experiment times another process, on the machine's own clock")]
fn now() -> Instant {
    Instant::now()
}
