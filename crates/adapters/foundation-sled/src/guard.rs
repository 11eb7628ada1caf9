//! What keeps sled's panics and endless loops from spreading: named threads, caught panics, limited time.
//!
//! sled 0.34 answers most damage to its files with a panic and some with a wait that never ends. So whatever calls
//! it runs under [`caught`] on a thread whose name begins with [`THREAD_PREFIX`], and opening and closing run
//! [`within`] a limit.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Once;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Duration;

use foundation_core::port::spawner::panic_message;
use foundation_core::{Code, Error, Result};

/// What the names of this crate's threads begin with.
pub const THREAD_PREFIX: &str = "foundation-sled";

/// What the names of sled's own threads begin with.
const ENGINE_PREFIX: &str = "sled-io-";

/// Keeps the panic hook silent about panics on this crate's threads and on sled's own; every other panic goes to the
/// hook that was installed before.
///
/// sled panics where it meets damage. Each such panic is caught here and answered as an error, so the hook's message
/// and backtrace would only alarm. For binaries to call once at their start; calling it again changes nothing.
pub fn quiet_panics() {
    static INSTALLED: Once = Once::new();
    INSTALLED.call_once(|| {
        let before = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            let here = thread::current();
            let ours =
                here.name().is_some_and(|name| name.starts_with(THREAD_PREFIX) || name.starts_with(ENGINE_PREFIX));
            if !ours {
                before(panic);
            }
        }));
    });
}

/// Starts a thread of this crate.
pub(crate) fn start(name: &str, work: impl FnOnce() + Send + 'static) -> Result<thread::JoinHandle<()>> {
    thread::Builder::new()
        .name(format!("{THREAD_PREFIX}-{name}"))
        .spawn(work)
        .map_err(|cause| Error::new(Code::ResourceExhausted, format!("start thread {name}")).caused_by(cause))
}

/// Runs `work` and answers a panic as `Corrupt`: damage is what sled panics about.
pub(crate) fn caught<T>(doing: &str, work: impl FnOnce() -> T) -> Result<T> {
    catch_unwind(AssertUnwindSafe(work)).map_err(|panic| {
        Error::new(Code::Corrupt, format!("{doing}: sled gave up: {}", one_line(&panic_message(panic.as_ref()))))
    })
}

/// Runs `work` on a thread of its own and waits for it at most `limit`. Past the limit the thread is left behind.
pub(crate) fn within<T: Send + 'static>(
    name: &str,
    limit: Duration,
    doing: &str,
    work: impl FnOnce() -> Result<T> + Send + 'static,
) -> Result<T> {
    let (sender, receiver) = mpsc::sync_channel(1);
    let doing_there = doing.to_owned();
    start(name, move || {
        let answer = caught(&doing_there, work).and_then(|answer| answer);
        // Nobody listens any more where the limit has passed.
        let _ = sender.send(answer);
    })?;
    match receiver.recv_timeout(limit) {
        Ok(answer) => answer,
        Err(RecvTimeoutError::Timeout) => {
            Err(Error::new(Code::Timeout, format!("{doing}: not done after {} s", limit.as_secs_f64()))
                .advise("the folder may be damaged: read what is readable with `salvage`, or restore from an export"))
        }
        Err(RecvTimeoutError::Disconnected) => {
            Err(Error::new(Code::Internal, format!("{doing}: its thread ended without an answer")))
        }
    }
}

/// The first 200 characters of a panic's message, without line breaks.
fn one_line(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(200).collect()
}

#[cfg(test)]
mod tests;
