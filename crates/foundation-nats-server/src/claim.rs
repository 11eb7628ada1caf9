//! Who has a server's folder: a file in it that is locked by the process that starts the server and, through its standard
//! input, by the server itself. So the lock is free exactly when both are gone, whatever ended them.

#[cfg(target_os = "linux")]
use std::fs;
use std::fs::{File, TryLockError};
use std::path::Path;
use std::time::Duration;

use crate::error::ServerError;
use crate::wait::Deadline;

/// How long a folder that is held is waited for: a process that was just killed lets go within milliseconds.
const PATIENCE: Duration = Duration::from_secs(2);
/// How long an orphan may take to end in order before it is killed.
const ORDERLY: Duration = Duration::from_secs(5);

/// A folder that is ours.
#[derive(Debug)]
pub(crate) struct Claim {
    lock: File,
}

impl Claim {
    /// Takes a folder; where a server is left in it whose own starter was killed, ends that first.
    ///
    /// # Errors
    /// [`ServerError::Held`] where somebody else works with it.
    pub(crate) fn take(folder: &Path) -> Result<Self, ServerError> {
        let path = folder.join("server.lock");
        let failed = |error| ServerError::path("open", &path, error);
        let lock = File::options().create(true).read(true).write(true).truncate(false).open(&path).map_err(failed)?;
        if free_within(&lock, PATIENCE, &path)? {
            return Ok(Self { lock });
        }
        let held = |holder: String| ServerError::Held { folder: folder.to_owned(), holder };
        let holders = holders(&path)?;
        if let Some(starter) = holders.iter().find(|holder| !holder.by_input) {
            return Err(held(format!("process {}", starter.process)));
        }
        if holders.is_empty() {
            return Err(held(format!("a process that has {} locked", path.display())));
        }
        for orphan in &holders {
            orphan.end(rustix::process::Signal::TERM)?;
        }
        if free_within(&lock, ORDERLY, &path)? {
            return Ok(Self { lock });
        }
        for orphan in &holders {
            orphan.end(rustix::process::Signal::KILL)?;
        }
        if free_within(&lock, PATIENCE, &path)? {
            return Ok(Self { lock });
        }
        Err(held(format!("process {}, a server that does not end", holders[0].process)))
    }

    /// The lock for a server to hold as well.
    pub(crate) fn share(&self) -> Result<File, ServerError> {
        self.lock.try_clone().map_err(|error| ServerError::io("share the lock of the server's folder", error))
    }
}

fn free_within(lock: &File, within: Duration, path: &Path) -> Result<bool, ServerError> {
    let deadline = Deadline::after(within);
    loop {
        match lock.try_lock() {
            Ok(()) => return Ok(true),
            Err(TryLockError::WouldBlock) if deadline.pause() => {}
            Err(TryLockError::WouldBlock) => return Ok(false),
            Err(TryLockError::Error(error)) => return Err(ServerError::path("lock", path, error)),
        }
    }
}

/// A process that has the lock file open.
#[derive(Debug)]
struct Holder {
    process: i32,
    /// Whether it is its standard input, as only a server has it.
    by_input: bool,
    /// Stays with this process, even where its number is given to another one.
    #[cfg(target_os = "linux")]
    handle: rustix::fd::OwnedFd,
}

impl Holder {
    #[cfg(target_os = "linux")]
    fn end(&self, signal: rustix::process::Signal) -> Result<(), ServerError> {
        match rustix::process::pidfd_send_signal(&self.handle, signal) {
            Ok(()) | Err(rustix::io::Errno::SRCH) => Ok(()),
            Err(error) => {
                Err(ServerError::io(format!("end the server left behind, process {}", self.process), error.into()))
            }
        }
    }

    #[cfg(not(target_os = "linux"))]
    fn end(&self, _: rustix::process::Signal) -> Result<(), ServerError> {
        Ok(())
    }
}

/// The processes that have a file open, without this one.
#[cfg(target_os = "linux")]
fn holders(path: &Path) -> Result<Vec<Holder>, ServerError> {
    use std::os::unix::fs::MetadataExt;

    use rustix::process::{Pid, PidfdFlags, pidfd_open};

    let same = fs::metadata(path).map_err(|error| ServerError::path("look at", path, error))?;
    let is_same = |open: &Path| fs::metadata(open).is_ok_and(|it| (it.dev(), it.ino()) == (same.dev(), same.ino()));
    let processes = fs::read_dir("/proc").map_err(|error| ServerError::path("read", Path::new("/proc"), error))?;
    let mut found = Vec::new();
    for entry in processes.flatten() {
        let Some(process) = entry.file_name().to_str().and_then(|name| name.parse::<i32>().ok()) else { continue };
        if process == std::process::id() as i32 {
            continue;
        }
        // The handle first: what is seen afterwards is of the process that the handle stays with.
        let Some(Ok(handle)) = Pid::from_raw(process).map(|pid| pidfd_open(pid, PidfdFlags::empty())) else { continue };
        let Ok(open) = fs::read_dir(entry.path().join("fd")) else { continue };
        let open: Vec<_> = open.flatten().filter(|open| is_same(&open.path())).map(|open| open.file_name()).collect();
        if !open.is_empty() {
            let by_input = open.iter().all(|name| name == "0");
            found.push(Holder { process, by_input, handle });
        }
    }
    Ok(found)
}

#[cfg(not(target_os = "linux"))]
fn holders(_: &Path) -> Result<Vec<Holder>, ServerError> {
    Ok(Vec::new())
}
