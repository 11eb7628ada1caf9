//! Who has a server's folder: a file in it that is locked by the process that starts the server and, through its standard
//! input, by the server itself. So the lock is free exactly when both are gone, whatever ended them.

#[cfg(target_os = "linux")]
use std::fs;
use std::fs::{File, TryLockError};
use std::path::Path;
use std::time::Duration;

use rustix::process::Signal;

use crate::error::ServerError;
use crate::wait::Deadline;

/// How long a folder that is held is waited for: a process that was just killed lets go within milliseconds.
const PATIENCE: Duration = Duration::from_secs(2);
/// How long an orphan may take to end in order before it is killed.
const ORDERLY: Duration = Duration::from_secs(5);
/// How often it is looked who has the lock before somebody is said to have it.
const LOOKS: u32 = 4;
/// How long between two of these looks; no multiple of the time between two tries of the lock.
const BETWEEN: Duration = Duration::from_millis(7);

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
        let held = |holder: String| ServerError::Held { folder: folder.to_owned(), holder };
        if let Some(claim) = Self::within(PATIENCE, &path)? {
            return Ok(claim);
        }
        for (signal, patience) in [(Signal::TERM, ORDERLY), (Signal::KILL, PATIENCE)] {
            // Nobody, where the one who had it has just let go; or where the system does not tell.
            let holders = steady_holders(&path)?;
            if let Some(starter) = holders.iter().find(|holder| !holder.by_input) {
                return Err(held(format!("process {}", starter.process)));
            }
            if holders.is_empty() && cfg!(not(target_os = "linux")) {
                break;
            }
            holders.iter().try_for_each(|orphan| orphan.end(signal))?;
            if let Some(claim) = Self::within(patience, &path)? {
                return Ok(claim);
            }
        }
        Err(held(format!("a process that has {} locked", path.display())))
    }

    /// Takes the lock once it is free. In between the file is closed, so that nobody else takes one who waits for one
    /// who has it.
    fn within(patience: Duration, path: &Path) -> Result<Option<Self>, ServerError> {
        let deadline = Deadline::after(patience);
        loop {
            let lock = File::options().create(true).read(true).write(true).truncate(false).open(path);
            let lock = lock.map_err(|error| ServerError::path("open", path, error))?;
            match lock.try_lock() {
                Ok(()) => return Ok(Some(Self { lock })),
                Err(TryLockError::WouldBlock) => drop(lock),
                Err(TryLockError::Error(error)) => return Err(ServerError::path("lock", path, error)),
            }
            if !deadline.pause() {
                return Ok(None);
            }
        }
    }

    /// The lock for a server to hold as well.
    pub(crate) fn share(&self) -> Result<File, ServerError> {
        self.lock.try_clone().map_err(|error| ServerError::io("share the lock of the server's folder", error))
    }
}

/// The processes that keep a file locked: those that have it at each of several moments, which one who has only just got
/// the lock, and gives it back at once, has not.
fn steady_holders(path: &Path) -> Result<Vec<Holder>, ServerError> {
    let mut steady = holders(path)?;
    for _ in 1..LOOKS {
        Deadline::after(BETWEEN).pause();
        let now: Vec<i32> = holders(path)?.iter().map(|holder| holder.process).collect();
        steady.retain(|holder| now.contains(&holder.process));
    }
    Ok(steady)
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
    fn end(&self, signal: Signal) -> Result<(), ServerError> {
        match rustix::process::pidfd_send_signal(&self.handle, signal) {
            Ok(()) | Err(rustix::io::Errno::SRCH) => Ok(()),
            Err(error) => {
                Err(ServerError::io(format!("end the server left behind, process {}", self.process), error.into()))
            }
        }
    }

    #[cfg(not(target_os = "linux"))]
    fn end(&self, _: Signal) -> Result<(), ServerError> {
        Ok(())
    }
}

/// The processes that have a file locked; this one too, where another part of it does. Where the system does not tell
/// whose the lock is, those that have the file open.
#[cfg(target_os = "linux")]
fn holders(path: &Path) -> Result<Vec<Holder>, ServerError> {
    use std::os::unix::fs::MetadataExt;

    use rustix::process::{Pid, PidfdFlags, pidfd_open};

    let same = fs::metadata(path).map_err(|error| ServerError::path("look at", path, error))?;
    let is_same = |open: &Path| fs::metadata(open).is_ok_and(|it| (it.dev(), it.ino()) == (same.dev(), same.ino()));
    let processes = fs::read_dir("/proc").map_err(|error| ServerError::path("read", Path::new("/proc"), error))?;
    let mut found = Vec::new();
    let mut is_told = false;
    for entry in processes.flatten() {
        let Some(process) = entry.file_name().to_str().and_then(|name| name.parse::<i32>().ok()) else { continue };
        // The handle first: what is seen afterwards is of the process that the handle stays with.
        let Some(Ok(handle)) = Pid::from_raw(process).map(|pid| pidfd_open(pid, PidfdFlags::empty())) else { continue };
        let Ok(open) = fs::read_dir(entry.path().join("fd")) else { continue };
        let open: Vec<_> = open.flatten().filter(|open| is_same(&open.path())).map(|open| open.file_name()).collect();
        if !open.is_empty() {
            let by_input = open.iter().all(|name| name == "0");
            // Whoever is about to try the lock has the file open as well, and on a busy machine for long.
            let has_locked = open.iter().any(|name| is_locked_by(&entry.path().join("fdinfo").join(name)));
            is_told |= has_locked;
            found.push((Holder { process, by_input, handle }, has_locked));
        }
    }
    Ok(found.into_iter().filter(|(_, has_locked)| *has_locked || !is_told).map(|(holder, _)| holder).collect())
}

/// Whether an open file is one that the lock lies on, by what the kernel tells of it (proc_pid_fdinfo(5)).
#[cfg(target_os = "linux")]
fn is_locked_by(told: &Path) -> bool {
    fs::read_to_string(told).is_ok_and(|told| told.lines().any(|line| line.starts_with("lock:")))
}

#[cfg(not(target_os = "linux"))]
fn holders(_: &Path) -> Result<Vec<Holder>, ServerError> {
    Ok(Vec::new())
}
