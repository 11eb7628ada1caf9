//! The second way: the binary serves on loopback, and workers of the Python client ask and tell; one that is killed is
//! replaced by one with another name, and its trial goes on when its lease has run out.

mod said;
mod script;
mod server;

use std::fs::File;
use std::path::PathBuf;

use serde::Deserialize;

use super::plan::{Blow, Plan, Victim};
use super::processes;
use super::ran::{Ran, look};
use super::{EPOCHS, LOOK, Outcome, Place, SLOTS, STUDY_PATIENCE, TRIALS, last_lines, now, pause, rows_of, tally};
use crate::console::Console;
use crate::failure::Failure;
use said::{Course, Ear};
use script::Script;
use server::Server;

/// The name of the study.
const STUDY: &str = "client-digits";
/// How many workers there are at a time.
const WORKERS: usize = SLOTS as usize;
/// Seconds, after which a trial that nobody speaks for is another worker's.
const LEASE_S: u32 = 3;
/// Who is killed, and how often.
const VICTIMS: [(Victim, usize); 1] = [(Victim::Worker, 3)];

/// One study to its end, through all its kills.
pub(super) fn run(place: &Place, console: Console) -> Result<Outcome, Failure> {
    let server = Server::start(place)?;
    let script = Script::write(place, &server)?;
    let study = Study {
        place,
        console,
        server,
        script,
        workers: Vec::new(),
        started: 0,
        course: Course::default(),
        killed: Vec::new(),
        outcome: Outcome::default(),
    };
    study.run()
}

/// A worker, and where it is listened to.
struct Worker {
    number: usize,
    process: Ran,
    ear: Ear,
}

struct Study<'a> {
    place: &'a Place,
    console: Console,
    server: Server,
    script: Script,
    workers: Vec<Worker>,
    /// How many workers were started.
    started: usize,
    course: Course,
    /// Who was killed with which trial.
    killed: Vec<(usize, u64)>,
    outcome: Outcome,
}

/// What a network of the example is worth.
#[derive(Deserialize)]
struct Scored {
    validation: f64,
    test: f64,
}

impl Study<'_> {
    fn printed(&self, worker: usize, what: &str) -> PathBuf {
        self.place.folder.join(format!("worker-{worker}-{what}.txt"))
    }

    fn start_worker(&mut self) -> Result<(), Failure> {
        self.started += 1;
        let number = self.started;
        let open = |what: &str| {
            let file = self.printed(number, what);
            File::create(&file).map_err(|error| Failure::io("make", &file, &error))
        };
        let (name, lease) = (format!("worker-{number}"), LEASE_S.to_string());
        let mut python = self.script.command(&["work", self.server.url(), &name, &lease])?;
        let process = Ran::start(python.stdout(open("stdout")?).stderr(open("stderr")?))?;
        let ear = Ear::at(&self.printed(number, "stdout"))?;
        self.workers.push(Worker { number, process, ear });
        Ok(())
    }

    fn run(mut self) -> Result<Outcome, Failure> {
        let begin = ["open", self.server.url(), &self.place.seed.to_string(), &TRIALS.to_string(), &SLOTS.to_string()]
            .map(str::to_owned);
        self.script.asked(&begin.each_ref().map(String::as_str))?;
        for _ in 0..WORKERS {
            self.start_worker()?;
        }
        let mut plan = Plan::draw(self.place.seed, &VICTIMS);
        let until = now() + STUDY_PATIENCE;
        while self.listen()? {
            if now() >= until {
                return Err(Failure::new(format!("the study is stuck: {}", last_lines(&self.server.complaints()))));
            }
            match plan.due(|trial| self.course.epochs_of(trial)) {
                Some(blow) => self.kill_worker(blow)?,
                None => pause(LOOK),
            }
        }
        self.close()
    }

    /// Hears what the workers say; answers whether one is still at work.
    fn listen(&mut self) -> Result<bool, Failure> {
        let mut at_work = false;
        for worker in &mut self.workers {
            // Asked first, so that the last words of one that has ended are heard.
            let ended = worker.process.ended()?;
            for line in worker.ear.lines()? {
                self.course.hear(worker.number, &line);
            }
            at_work |= ended.is_none();
            if ended.is_some_and(|ended| !ended.success()) {
                let said = last_lines(&self.place.folder.join(format!("worker-{}-stderr.txt", worker.number)));
                return Err(Failure::new(format!("worker {} ended by itself: {said}", worker.number)));
            }
        }
        Ok(at_work)
    }

    /// Kills the worker that has the trial, and starts another one.
    fn kill_worker(&mut self, blow: Blow) -> Result<(), Failure> {
        let holder = self.course.holder(blow.trial);
        let Some(at) = self.workers.iter().position(|worker| Some(worker.number) == holder) else { return Ok(()) };
        let Worker { number, mut process, mut ear } = self.workers.remove(at);
        let id = i32::try_from(process.pipes().id()).unwrap_or_default();
        process.kill()?;
        for line in ear.lines()? {
            self.course.hear(number, &line);
        }
        let left = processes::wait_until_gone(&self.place.mark, |one| one.id != id)?;
        self.outcome.left_over += left.over.len();
        self.outcome.slowest = self.outcome.slowest.max(left.after);
        let epochs = self.course.epochs_of(blow.trial);
        self.outcome.kills += 1;
        if (1..EPOCHS).contains(&epochs) {
            self.outcome.in_mid_trial += 1;
            self.killed.push((number, blow.trial));
        }
        self.console.line(format!(
            "{:>4}  client    kill -9 of worker {number}: trial {} after {epochs} epochs, {} drawn",
            self.place.seed, blow.trial, blow.epoch
        ));
        self.start_worker()
    }

    fn close(mut self) -> Result<Outcome, Failure> {
        self.server.stop()?;
        let left = processes::wait_until_gone(&self.place.mark, |_| false)?;
        self.outcome.left_over += left.over.len();
        self.outcome.slowest = self.outcome.slowest.max(left.after);
        let (events, state) = look(&self.place.data(), STUDY)?;
        self.outcome.tally = tally::tally(TRIALS, self.course.acknowledged(), &tally::ends(&events));
        self.outcome.epochs = self.course.trained();
        self.outcome.in_vain = self.course.trained().saturating_sub(self.outcome.tally.told * u64::from(EPOCHS));
        self.outcome.handed_on = Some((self.course.handed_on(&self.killed), self.killed.len()));
        let best = state.best().ok_or_else(|| Failure::new("no trial of the study has a value"))?;
        let value = best.value().unwrap_or_default();
        let params = serde_json::to_string(&best.params)
            .map_err(|error| Failure::new(format!("write the best parameters: {error}")))?;
        let scored = self.script.asked(&["score", &best.id.to_string(), &params])?;
        let scored: Scored = serde_json::from_str(&scored)
            .map_err(|error| Failure::new(format!("read what the best trial is worth, `{scored}`: {error}")))?;
        if rows_of(scored.validation) != rows_of(value) {
            return Err(Failure::new(format!(
                "trial {} told {value} and is worth {} when it is trained again",
                best.id, scored.validation
            )));
        }
        self.outcome.rows = f64::from(rows_of(value));
        self.outcome.test = scored.test;
        Ok(self.outcome)
    }
}
