//! The first way: the binary `mabeam` runs the example's study, a program a trial, and both are killed.

mod output;
mod study_file;
mod told;

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::PathBuf;
use std::process::{Command, Stdio};

use super::plan::{Blow, Plan, Victim};
use super::processes::{self, Left, MARK};
use super::ran::{Ran, look};
use super::tally::{self, Told};
use super::{EPOCHS, LOOK, Outcome, Place, SLOTS, STUDY_PATIENCE, TRIALS, last_lines, now, own_binary, pause};
use crate::console::Console;
use crate::doctor::tools;
use crate::failure::Failure;
use crate::workspace;

/// The name of the study in the example's file.
const STUDY: &str = "sklearn-digits";
/// Who is killed, and how often.
const VICTIMS: [(Victim, usize); 2] = [(Victim::Study, 3), (Victim::Program, 3)];

/// One study to its end, through all its kills.
pub(super) fn run(place: &Place, console: Console) -> Result<Outcome, Failure> {
    let example = workspace::root()?.join("examples").join("sklearn-digits");
    let original = example.join("study.toml");
    let text = fs::read_to_string(&original).map_err(|error| Failure::io("read", &original, &error))?;
    let file = place.folder.join("study.toml");
    fs::write(&file, study_file::copy_of(&text, &example)?).map_err(|error| Failure::io("write", &file, &error))?;
    let study = Study { place, console, file, lives: 0, acknowledged: Vec::new(), outcome: Outcome::default() };
    study.run()
}

struct Study<'a> {
    place: &'a Place,
    console: Console,
    file: PathBuf,
    /// How often the binary was started.
    lives: u32,
    /// Everything that was told, or stood in the log, before a kill.
    acknowledged: Vec<Told>,
    outcome: Outcome,
}

impl Study<'_> {
    fn output(&self) -> PathBuf {
        self.place.data().join("output")
    }

    /// What this life of the binary prints, or complains.
    fn printed(&self, what: &str) -> PathBuf {
        self.place.folder.join(format!("life-{}-{what}.txt", self.lives))
    }

    fn start(&mut self) -> Result<Ran, Failure> {
        self.lives += 1;
        let open = |what: &str| {
            let file = self.printed(what);
            File::create(&file).map_err(|error| Failure::io("make", &file, &error))
        };
        let mut command = Command::new(own_binary()?);
        command.args(["run", "--http", "off", "--seed", &self.place.seed.to_string()]);
        command.args(["--slots", "--agents"].map(|option| format!("{option}={SLOTS}")));
        command.arg("--study").arg(&self.file).arg("--data").arg(self.place.data());
        command.env(MARK, &self.place.mark).env("PYTHONPATH", tools::python_path()?);
        // No bar on the terminal of whoever runs the bench: without one the ends of trials are printed.
        Ran::start(command.stdin(Stdio::null()).stdout(open("stdout")?).stderr(open("stderr")?))
    }

    fn run(mut self) -> Result<Outcome, Failure> {
        let mut plan = Plan::draw(self.place.seed, &VICTIMS);
        let until = now() + STUDY_PATIENCE;
        let mut life = self.start()?;
        let ended = loop {
            if let Some(ended) = life.ended()? {
                break ended;
            }
            if now() >= until {
                return Err(Failure::new(format!("the study is stuck: {}", last_lines(&self.printed("stderr")))));
            }
            match plan.due(|trial| output::epochs_of_last(&self.output(), trial)) {
                None => pause(LOOK),
                Some(blow) if blow.victim == Victim::Study => {
                    self.kill_study(blow, life)?;
                    life = self.start()?;
                }
                Some(blow) => self.kill_program(blow)?,
            }
        };
        if !ended.success() {
            let said = last_lines(&self.printed("stderr"));
            return Err(Failure::new(format!("the study ended by itself, with {ended}: {said}")));
        }
        let left = processes::wait_until_gone(&self.place.mark, |_| false)?;
        self.count_left(left);
        self.close()
    }

    /// Kills the binary, in the middle of a trial, and counts what that left.
    fn kill_study(&mut self, blow: Blow, life: Ran) -> Result<(), Failure> {
        life.kill()?;
        let left = processes::wait_until_gone(&self.place.mark, |_| false)?;
        self.count_left(left);
        let (events, _) = look(&self.place.data(), STUDY)?;
        self.take_told()?;
        self.acknowledged.extend(tally::ends(&events));
        self.count_kill(blow);
        // The trials that stand open begin anew, and write where these have written.
        for trial in 0..TRIALS {
            let attempts = output::attempts(&self.output(), trial);
            if attempts.is_empty() || self.acknowledged.iter().any(|told| told.trial == trial) {
                continue;
            }
            let (all, in_vain) = output::epochs(&BTreeMap::from([(trial, attempts)]), |_| false);
            self.outcome.epochs += all;
            self.outcome.in_vain += in_vain;
            let folder = output::folder_of(&self.output(), trial);
            fs::remove_dir_all(&folder).map_err(|error| Failure::io("clear", &folder, &error))?;
        }
        Ok(())
    }

    /// Kills the program of one trial, which has to be tried again.
    fn kill_program(&mut self, blow: Blow) -> Result<(), Failure> {
        let all = processes::all()?;
        let program = processes::of_trial(&all, &self.place.mark, blow.trial).filter(|one| processes::kill(one.id));
        let Some(program) = program else {
            // It was quicker.
            return Ok(());
        };
        let ends = [program.id, program.parent];
        let left = processes::wait_until_gone(&self.place.mark, |one| !ends.contains(&one.id))?;
        self.count_left(left);
        self.count_kill(blow);
        Ok(())
    }

    fn count_kill(&mut self, blow: Blow) {
        let epochs = output::attempts(&self.output(), blow.trial).first().map_or(0, |attempt| attempt.epochs);
        self.outcome.kills += 1;
        self.outcome.in_mid_trial += u32::from((1..EPOCHS).contains(&epochs));
        self.console.line(format!(
            "{:>4}  exec      kill -9 of the {}: trial {} after {epochs} epochs, {} drawn",
            self.place.seed,
            if blow.victim == Victim::Study { "binary" } else { "program" },
            blow.trial,
            blow.epoch,
        ));
    }

    fn count_left(&mut self, left: Left) {
        self.outcome.left_over += left.over.len();
        self.outcome.slowest = self.outcome.slowest.max(left.after);
        for process in left.over {
            self.console.line(format!("left over: process {} `{}`", process.id, process.line));
            // It is counted; the rest of the run is not to meet it.
            processes::kill(process.id);
        }
    }

    fn take_told(&mut self) -> Result<(), Failure> {
        let file = self.printed("stdout");
        let text = fs::read_to_string(&file).map_err(|error| Failure::io("read", &file, &error))?;
        self.acknowledged.extend(told::read(&text));
        Ok(())
    }

    fn close(mut self) -> Result<Outcome, Failure> {
        self.take_told()?;
        let (events, state) = look(&self.place.data(), STUDY)?;
        self.outcome.tally = tally::tally(TRIALS, &self.acknowledged, &tally::ends(&events));
        let attempts: BTreeMap<u64, Vec<output::Attempt>> =
            (0..TRIALS).map(|trial| (trial, output::attempts(&self.output(), trial))).collect();
        let (all, in_vain) = output::epochs(&attempts, |_| true);
        self.outcome.epochs += all;
        self.outcome.in_vain += in_vain;
        let best = state.best().ok_or_else(|| Failure::new("no trial of the study has a value"))?;
        self.outcome.rows = f64::from(super::rows_of(best.value().unwrap_or_default()));
        let last = attempts.get(&best.id).and_then(|attempts| attempts.last());
        self.outcome.test = last.and_then(|attempt| attempt.test).unwrap_or(f64::NAN);
        Ok(self.outcome)
    }
}
