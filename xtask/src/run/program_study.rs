//! A study that a file describes: any program, tuned by a team.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use foundation_core::Result;
use mabeam::{Direction, RunningStudy, Study, StudyPorts, Team};
use mabeam_exec::{Command, ExecObjective, ExecSettings, Limits, Retries};

use super::digits_study::Settings;
use crate::failure::Failure;
use crate::study_file::{self, CommandText, Exec, StudyFile};

/// A study file, with the program that measures.
#[derive(Debug)]
pub(crate) struct ProgramStudy {
    file: StudyFile,
    exec: Exec,
    command: Command,
}

impl ProgramStudy {
    /// Reads a study file; `command` runs in the place of the file's own, where one is given.
    ///
    /// # Errors
    /// Bad usage: every mistake of the file in one go; no program, or one with a parameter that the file has not.
    pub(crate) fn load(path: &Path, command: Option<&str>) -> Result<Self, Failure> {
        let file = study_file::load(path)?;
        let given = command.map(|line| CommandText::Line(line.to_owned()));
        let exec = match (&file.exec, given) {
            (Some(exec), None) => exec.clone(),
            (Some(exec), Some(command)) => Exec { command, ..exec.clone() },
            // Where the file has no program, the one that was typed works where it was typed.
            (None, Some(command)) => Exec::of(command, PathBuf::from(".")),
            (None, None) => {
                return Err(Failure::usage(format!("{} describes no program", path.display()))
                    .advise("add [exec] with a `command` to the file, or give --exec 'PROGRAM ARG {parameter}'"));
            }
        };
        let command = match &exec.command {
            CommandText::Line(line) => Command::parse(line),
            CommandText::Words(words) => Command::from_words(words),
        };
        let refused = |error: mabeam_exec::CommandError| Failure::usage(format!("the command of the study: {error}"));
        let command = command.map_err(refused)?;
        command.check(&file.space).map_err(refused)?;
        if file.objectives.len() > 1 {
            return Err(Failure::usage(format!("{} has several objectives", path.display()))
                .advise("a program is tuned for one objective so far; several are for Study::optimize in Rust"));
        }
        if file.critics.is_some() {
            return Err(Failure::usage(format!("{} has [critics]", path.display()))
                .advise("programs are not judged by critics yet; leave the table out"));
        }
        Ok(Self { file, exec, command })
    }

    pub(crate) fn name(&self) -> &str {
        &self.file.name
    }

    pub(crate) fn usual(&self) -> Settings {
        let file = &self.file;
        Settings {
            seed: file.seed,
            slots: file.slots,
            agents: file.agents,
            budget: file.budget,
            trials: file.trials,
            critics: false,
        }
    }

    /// The study that the file describes, with these settings.
    fn study(&self, settings: &Settings) -> Result<Study> {
        let file = &self.file;
        let mut team = Team::new().allocation(file.allocation).credit(file.credit);
        for member in &file.members {
            team = team.member(member.name.clone(), mabeam::with_settings(&member.sampler, &member.settings)?);
        }
        let mut study = Study::new(file.name.clone(), file.space.clone())
            .seed(settings.seed)
            .slots(settings.slots)
            .agents(settings.agents)
            .scheduler(file.schedule.clone())
            .team(team);
        if file.objectives.first().is_some_and(|goal| goal.direction == Direction::Minimize) {
            study = study.minimize();
        }
        if let Some(budget) = settings.budget {
            study = study.budget(budget);
        }
        if let Some(trials) = settings.trials {
            study = study.trials(trials);
        }
        if let Some(time) = file.time {
            study = study.time_limit(time);
        }
        Ok(file.enqueue.iter().cloned().fold(study, Study::enqueue))
    }

    /// Starts the team; what the program writes is kept below `data`.
    pub(crate) async fn start(&self, settings: &Settings, data: &Path, ports: &StudyPorts) -> Result<RunningStudy> {
        let exec = &self.exec;
        let settings_of_runs = ExecSettings {
            directory: Some(exec.directory.clone()),
            environment: exec.environment.clone(),
            limits: Limits {
                wall: exec.timeout,
                cpu: exec.cpu,
                memory: exec.memory_bytes,
                output: exec.output_bytes,
                ..Limits::default()
            },
            retries: Retries {
                attempts: exec.retries + 1,
                first_pause: exec.backoff,
                longest_pause: exec.longest_backoff,
            },
            grace: exec.grace,
            hold: exec.hold,
            ..ExecSettings::new(data.join("output"))
        };
        let objective = ExecObjective::new(self.command.clone(), &self.file.space, settings_of_runs)
            .map_err(|error| error.during(format!("start the program of study `{}`", self.file.name)))?;
        self.study(settings)?.start_objective(ports, Arc::new(objective)).await
    }
}
