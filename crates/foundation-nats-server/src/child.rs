//! The child process: started so that it dies with its parent where the system can do that, and signalled by its handle.

use std::fs::File;
use std::io;
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{OnceLock, mpsc};
use std::thread;

use rustix::process::{Pid, Signal, kill_process};

use crate::error::ServerError;
use crate::wait::Deadline;

/// A command to start, and where the child goes.
type Order = (Command, mpsc::Sender<io::Result<Child>>);

/// Starts `binary` with a configuration; what it prints goes to `log`, and `lock` stays held as long as it lives.
pub(crate) fn start(binary: &Path, config: &Path, log: File, lock: File) -> Result<Child, ServerError> {
    let failed = |error| ServerError::path("start", binary, error);
    let mut command = if has_setpriv() {
        let mut command = Command::new("setpriv");
        command.args(["--pdeathsig", "KILL", "--"]).arg(binary);
        command
    } else {
        Command::new(binary)
    };
    let output = log.try_clone().map_err(failed)?;
    // Ctrl-C goes to every process of the terminal's group; when this one ends is its starter's decision.
    command.process_group(0);
    command.arg("--config").arg(config).stdin(Stdio::from(lock)).stdout(output).stderr(log);
    on_launcher(command).map_err(failed)
}

/// Starts a command from a thread that lives as long as this process. The kernel sends the signal of a parent's death
/// when the *thread* ends that started the child, and the caller's may be one of a pool.
fn on_launcher(command: Command) -> io::Result<Child> {
    static LAUNCHER: OnceLock<Option<mpsc::Sender<Order>>> = OnceLock::new();
    let gone = || io::Error::other("the thread that starts servers is gone");
    let launcher = LAUNCHER.get_or_init(|| {
        let (orders, waiting) = mpsc::channel::<Order>();
        let serve = move || {
            for (mut command, started) in waiting {
                let _ = started.send(command.spawn());
            }
        };
        thread::Builder::new().name("nats-launcher".to_owned()).spawn(serve).ok().map(|_| orders)
    });
    let (started, child) = mpsc::channel();
    launcher.as_ref().ok_or_else(gone)?.send((command, started)).map_err(|_| gone())?;
    child.recv().map_err(|_| gone())?
}

/// Whether there is a `setpriv` that can tie a child's life to its parent's.
fn has_setpriv() -> bool {
    static HAS: OnceLock<bool> = OnceLock::new();
    *HAS.get_or_init(|| {
        let mut trial = Command::new("setpriv");
        trial.args(["--pdeathsig", "KILL", "--", "true"]);
        trial.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        cfg!(target_os = "linux") && trial.status().is_ok_and(|status| status.success())
    })
}

/// Sends a signal to a child that has not been waited for, so that its number is still its own.
pub(crate) fn signal(child: &Child, signal: Signal) -> Result<(), ServerError> {
    kill_process(Pid::from_child(child), signal)
        .map_err(|error| ServerError::io(format!("signal the server, process {}", child.id()), error.into()))
}

/// Waits for a child's end; nothing where it lives longer.
pub(crate) fn ended(child: &mut Child, deadline: Deadline) -> Result<Option<ExitStatus>, ServerError> {
    loop {
        let status = child.try_wait().map_err(|error| ServerError::io("wait for the server", error))?;
        if status.is_some() || !deadline.pause() {
            return Ok(status);
        }
    }
}
