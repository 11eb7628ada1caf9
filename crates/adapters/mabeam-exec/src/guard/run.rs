//! A guard at work: starts the program, waits for whatever comes first, and buries everyone.

use std::io::{self, BufReader};
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt as _;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::{Pid, Signal};

use super::family::Family;
use super::watch::{Effect, Event, Watch};
use super::{LAUNCH, MARK};
use crate::own_executable;
use crate::wire::{self, Cause, Ended, How, Launch, Run, Said, Word};

/// How often what a program uses is looked at, where that costs little.
const MEASURE: Duration = Duration::from_millis(100);
/// The part of the guard's time that it takes at most, as its denominator: on a machine with many processes it is looked
/// less often.
const MEASURE_SHARE: u32 = 20;
/// How often orphans that died are buried, while the program runs.
const BURY: Duration = Duration::from_secs(1);
/// How often those who were killed are looked for again.
const KILL_AGAIN: Duration = Duration::from_millis(2);
/// How often the program's end is looked for where the system has no handle to wait on.
const LOOK: Duration = Duration::from_millis(20);

/// Runs a program to its end, and everything below it.
pub(super) fn run(run: Run, mut words: BufReader<&UnixStream>, socket: &UnixStream) -> io::Result<()> {
    #[cfg(target_os = "linux")]
    rustix::process::set_child_subreaper(Some(rustix::process::getpid()))?;
    let (limits, grace) = (run.limits, run.grace);
    let program = match start(run) {
        Ok(program) => program,
        Err(error) => return wire::write(socket, &Said::Refused { reason: error.to_string() }),
    };
    // Nobody hears it where the starter is gone, which the first look at the socket will show.
    let _ = wire::write(socket, &Said::Started { process: program.as_raw_nonzero().get() });
    let mut guard = Guard { began: now(), watch: Watch::new(limits, grace), family: Family::new(program) };
    let waited = guard.wait(program, &mut words, socket);
    guard.kill_all();
    waited?;
    let how = guard.family.ended().unwrap_or(How::Killed(Signal::KILL.as_raw()));
    let cause = guard.watch.cause().or_else(|| limit_of(how, limits.cpu.is_some()));
    // As above; the guard is done either way.
    let _ = wire::write(socket, &Said::Ended(Ended { how, cause, cpu: guard.family.spent() }));
    Ok(())
}

/// The kernel's own limit on processor time shows in the signal.
fn limit_of(how: How, has_limit: bool) -> Option<Cause> {
    (has_limit && how == How::Killed(Signal::XCPU.as_raw())).then_some(Cause::Cpu)
}

/// Starts the launcher and waits until it has become the program.
fn start(run: Run) -> io::Result<Pid> {
    let (ours, theirs) = UnixStream::pair()?;
    let executable = own_executable()?;
    let mut launcher = Command::new(&executable);
    // What led to this guard leads to its launcher: a subcommand, or nothing.
    launcher.args(std::env::args_os().skip(1)).arg(LAUNCH);
    launcher.stdin(Stdio::from(std::os::fd::OwnedFd::from(theirs))).process_group(0).env(MARK, "launcher");
    let child =
        launcher.spawn().map_err(|error| io::Error::other(format!("start {}: {error}", executable.display())))?;
    // Its copy of the other end goes with it: the launcher alone holds it now.
    drop(launcher);
    let program = Pid::from_child(&child);
    let order = Launch { run, guard: rustix::process::getpid().as_raw_nonzero().get() };
    // Where the launcher died meanwhile, this fails or the read answers the end; its status tells.
    let _ = wire::write(&ours, &order);
    match wire::read::<Said>(BufReader::new(&ours)) {
        // The socket was closed by becoming the program.
        Ok(None) => Ok(program),
        Ok(Some(Said::Refused { reason })) => Err(io::Error::other(reason)),
        Ok(Some(other)) => Err(io::Error::other(format!("the launcher said {other:?}"))),
        Err(error) => Err(io::Error::new(error.kind(), format!("read from the launcher: {error}"))),
    }
}

struct Guard {
    began: Instant,
    watch: Watch,
    family: Family,
}

impl Guard {
    /// Waits until the program has ended or was killed.
    fn wait(&mut self, program: Pid, words: &mut BufReader<&UnixStream>, socket: &UnixStream) -> io::Result<()> {
        #[cfg(target_os = "linux")]
        let handle = rustix::process::pidfd_open(program, rustix::process::PidfdFlags::empty())?;
        #[cfg(not(target_os = "linux"))]
        let _ = program;
        let mut measure_at = MEASURE;
        loop {
            let mut wait = self.watch.due().map_or(BURY, |due| due.saturating_sub(self.began.elapsed())).min(BURY);
            if self.watch.is_measured() {
                wait = wait.min(measure_at.saturating_sub(self.began.elapsed()));
            }
            if cfg!(not(target_os = "linux")) {
                wait = wait.min(LOOK);
            }
            // Words that came together with the one before are read already, and the socket is silent about them.
            let is_more = !words.buffer().is_empty();
            if is_more {
                wait = Duration::ZERO;
            }
            let mut waited = vec![PollFd::new(socket, PollFlags::IN)];
            #[cfg(target_os = "linux")]
            waited.push(PollFd::new(&handle, PollFlags::IN));
            match poll(&mut waited, Some(&timespec(wait))) {
                Ok(_) | Err(rustix::io::Errno::INTR) => {}
                Err(error) => return Err(error.into()),
            }
            let is_word = is_more || !waited[0].revents().is_empty();
            self.family.bury();
            if self.family.ended().is_some() {
                self.take(Event::Ended);
                return Ok(());
            }
            if is_word {
                // A word is a short line, written at once: the rest of one that has begun is there.
                let event = match wire::read::<Word>(&mut *words) {
                    Ok(Some(word)) => Event::Told(word),
                    Ok(None) | Err(_) => Event::StarterGone,
                };
                if self.take(event) {
                    return Ok(());
                }
            }
            if self.watch.is_measured() && self.began.elapsed() >= measure_at {
                let looked_at = self.began.elapsed();
                let usage = self.family.usage();
                let cost = self.began.elapsed().saturating_sub(looked_at);
                measure_at = self.began.elapsed() + MEASURE.max(cost * MEASURE_SHARE);
                if usage.is_some_and(|usage| self.take(Event::Used(usage))) {
                    return Ok(());
                }
            }
            if self.take(Event::Tick) {
                return Ok(());
            }
        }
    }

    /// Takes an event and does what follows; answers whether that was the kill.
    fn take(&mut self, event: Event) -> bool {
        for effect in self.watch.on(self.began.elapsed(), event) {
            match effect {
                Effect::Terminate => self.family.signal(Signal::TERM),
                Effect::Hold => self.family.signal(Signal::STOP),
                Effect::GoOn => self.family.signal(Signal::CONT),
                // It takes several rounds, which begin where this answer leads to.
                Effect::Kill => return true,
            }
        }
        false
    }

    /// Kills until nobody is left: who is born between two rounds falls to the next.
    fn kill_all(&mut self) {
        while self.family.bury() {
            self.family.signal(Signal::KILL);
            if self.family.bury() {
                pause(KILL_AGAIN);
            }
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "a guard is a process of its own, without ports")]
fn now() -> Instant {
    Instant::now()
}

/// Waits, with nothing to wait for.
fn pause(time: Duration) {
    // A signal that cuts it short does no harm.
    let _ = poll(&mut [], Some(&timespec(time)));
}

fn timespec(time: Duration) -> Timespec {
    let whole = Timespec::try_from(time);
    whole.unwrap_or(Timespec { tv_sec: i64::MAX, tv_nsec: 0 })
}
