//! One run of a program: what it writes is kept and read, and what its listener decides is passed on.

use std::io::{self, Read};
use std::os::fd::AsFd;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};

use crate::failure::Failure;
use crate::guarded::Guarded;
use crate::limits::{self, Limits};
use crate::output::{Lines, Output};
use crate::protocol::{self, Told};
use crate::wire::{Ended, Said, Word};

/// How often it is asked whether anybody still waits for the trial.
const LOOK: Duration = Duration::from_millis(20);
/// How long what was written is waited for once the program and all that it started are gone.
const LAST_WORDS: Duration = Duration::from_secs(1);
/// How often the streams are read after that. What the program left in them is read, also where this thread was not run
/// for so long: 16 times the buffer, a mebibyte, is the largest pipe. Somebody who has the other end and writes for ever
/// is not.
const LAST_READS: u32 = 16;
/// How many lines of standard error a failure quotes.
const QUOTED: usize = 10;

/// Who hears what a program says, and decides whether it goes on.
pub(crate) trait Listener {
    /// A program begins, for the first time or again after a crash.
    fn begin(&mut self);

    /// Whether nobody waits for what the program finds any more. Does not wait.
    fn is_gone(&self) -> bool;

    /// Takes a message; may wait, and then hold the program meanwhile.
    ///
    /// # Errors
    /// Why the program is to be stopped.
    fn hear(&mut self, told: &Told, program: &Guarded) -> Result<(), Stop>;
}

/// How a run went.
#[derive(Debug)]
pub(crate) enum Outcome {
    /// The program told at least one value, and ended well.
    Told,
    /// Nobody waits for a value any more.
    LetGo,
    /// It failed, with the last lines of standard error.
    Failed(Failure, Vec<String>),
}

/// Why a program is stopped before its end.
#[derive(Debug)]
pub(crate) enum Stop {
    /// Nobody waits for what it finds any more.
    LetGo,
    /// It goes on beyond what it was asked for.
    Enough,
    /// It did what no program may.
    Failed(Failure),
}

/// A run under way.
pub(crate) struct Attempt<'a> {
    listener: &'a mut dyn Listener,
    limits: &'a Limits,
    guarded: Guarded,
    output: Output,
    lines: Lines,
    has_told: bool,
    stop: Option<Stop>,
    ended: Option<Ended>,
    /// Since when the guard is gone.
    gone: Option<Instant>,
}

impl<'a> Attempt<'a> {
    /// A program that has just been started.
    pub(crate) fn new(listener: &'a mut dyn Listener, limits: &'a Limits, guarded: Guarded, output: Output) -> Self {
        Self {
            listener,
            limits,
            guarded,
            output,
            lines: Lines::default(),
            has_told: false,
            stop: None,
            ended: None,
            gone: None,
        }
    }

    /// Follows the program to its end; answers the time on processors that it took, too, where the guard told it.
    pub(crate) fn run(mut self) -> (Outcome, Option<Duration>) {
        self.listener.begin();
        let ended = self.follow();
        if let Err(error) = ended {
            self.stop.get_or_insert(Stop::Failed(Failure::lasting(format!("follow it: {error}"))));
        }
        // What was broken off here is broken off by the guard now.
        drop(self.guarded);
        let failure = match (self.stop, self.ended) {
            (Some(Stop::LetGo), _) => return (Outcome::LetGo, None),
            (Some(Stop::Failed(failure)), _) => Some(failure),
            (Some(Stop::Enough), _) => None,
            (None, Some(ended)) => Failure::of(ended, self.limits),
            (None, None) => Some(Failure::crash("its guard was killed, and it with the guard")),
        };
        let failure = match failure {
            None if self.has_told => return (Outcome::Told, self.ended.and_then(|ended| ended.cpu)),
            None => Failure::lasting("ended without a value"),
            Some(failure) => failure,
        };
        (Outcome::Failed(failure, self.output.errors.last_lines(QUOTED)), None)
    }

    fn follow(&mut self) -> io::Result<()> {
        let (mut output, mut errors) = self.guarded.streams();
        let mut buffer = vec![0; 64 << 10];
        let mut last_reads = LAST_READS;
        loop {
            if self.listener.is_gone() {
                self.stop(Stop::LetGo);
            }
            if self.gone.is_some() && output.is_none() && errors.is_none() {
                break;
            }
            let is_over = self.gone.is_some_and(|since| since.elapsed() >= LAST_WORDS);
            let [says, wrote, complained] = self.wait(output.as_ref(), errors.as_ref())?;
            if is_over {
                if last_reads == 0 || !(wrote || complained) {
                    break;
                }
                last_reads -= 1;
            }
            if wrote {
                let n_read = read(&mut output, &mut buffer)?;
                self.take_output(&buffer[..n_read])?;
            }
            if complained {
                let n_read = read(&mut errors, &mut buffer)?;
                let total = self.output.errors.take(&buffer[..n_read])?;
                self.check_size(total, "error");
            }
            if says {
                self.hear();
            }
        }
        let rest = self.lines.rest();
        self.take_line(&rest);
        self.output.finish()
    }

    /// Waits for the guard, the output and the errors, and tells which has something.
    fn wait(&self, output: Option<&impl AsFd>, errors: Option<&impl AsFd>) -> io::Result<[bool; 3]> {
        let waited = |from: Option<_>| from.map(|from| PollFd::from_borrowed_fd(from, PollFlags::IN));
        let socket = Some(self.guarded.socket().as_fd()).filter(|_| self.gone.is_none());
        let wanted = [waited(socket), waited(output.map(AsFd::as_fd)), waited(errors.map(AsFd::as_fd))];
        let mut waiting: Vec<PollFd<'_>> = wanted.iter().flatten().cloned().collect();
        let look = Timespec { tv_sec: 0, tv_nsec: i64::from(LOOK.subsec_nanos()) };
        match poll(&mut waiting, Some(&look)) {
            Ok(_) => {}
            Err(rustix::io::Errno::INTR) => return Ok([false; 3]),
            Err(error) => return Err(error.into()),
        }
        let mut answers = waiting.iter().map(|one| !one.revents().is_empty());
        Ok(wanted.map(|one| one.is_some() && answers.next().unwrap_or(false)))
    }

    /// Stops the program, for the first reason that there is.
    fn stop(&mut self, why: Stop) {
        if self.stop.is_none() {
            self.stop = Some(why);
            self.guarded.say(Word::Stop);
        }
    }

    fn hear(&mut self) {
        match self.guarded.hear() {
            Ok(Some(Said::Ended(ended))) => self.ended = Some(ended),
            Ok(Some(_)) => return,
            // Its end without a word is told by what is missing then.
            Ok(None) | Err(_) => {}
        }
        self.gone = Some(now());
    }

    fn take_output(&mut self, bytes: &[u8]) -> io::Result<()> {
        let total = self.output.standard.take(bytes)?;
        self.check_size(total, "output");
        match self.lines.take(bytes) {
            Ok(lines) => lines.iter().for_each(|line| self.take_line(line)),
            // What follows belongs to the same line, and would be told again.
            Err(_) if self.stop.is_some() => {}
            Err(long) => self.stop(Stop::Failed(Failure::lasting(format!(
                "a line on standard output is longer than {}: {}…",
                limits::shown(protocol::LONGEST_LINE as u64),
                long.beginning
            )))),
        }
        Ok(())
    }

    fn check_size(&mut self, total: u64, stream: &str) {
        if total > self.limits.output {
            let limit = limits::shown(self.limits.output);
            let what = format!("ended at the limit `output` of {limit} on standard {stream}");
            self.stop(Stop::Failed(Failure::lasting(what)));
        }
    }

    fn take_line(&mut self, line: &str) {
        if self.stop.is_some() {
            return;
        }
        let heard = match protocol::read(line) {
            Ok(None) => return,
            Ok(Some(told)) => self.listener.hear(&told, &self.guarded),
            Err(wrong) => Err(Stop::Failed(Failure::lasting(wrong))),
        };
        match heard {
            Ok(()) => self.has_told = true,
            Err(why) => self.stop(why),
        }
    }
}

/// Reads once; at the end, lets go of the stream.
fn read(stream: &mut Option<impl Read>, buffer: &mut [u8]) -> io::Result<usize> {
    let Some(open) = stream else { return Ok(0) };
    match open.read(buffer) {
        Err(error) if error.kind() == io::ErrorKind::Interrupted => Ok(0),
        Ok(0) => {
            *stream = None;
            Ok(0)
        }
        read => read,
    }
}

#[expect(clippy::disallowed_methods, reason = "a program's time is the system's, and this runs on a thread of its own")]
fn now() -> Instant {
    Instant::now()
}
