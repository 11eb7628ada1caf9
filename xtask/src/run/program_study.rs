//! A study that a file describes: any program, tuned by a team.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use foundation_core::Result;
use mabeam::{Direction, RunningStudy, Study, StudyPorts, Team};
use mabeam_exec::{Command, CommandError, ExecJudge, ExecObjective, ExecSettings, Limits, Retries};

use super::digits_study::Settings;
use crate::failure::Failure;
use crate::study_file::{self, CommandText, Critics, Exec, StudyFile};

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
        let refused = |error: CommandError| Failure::usage(format!("the command of the study: {error}"));
        let command = read(&exec.command).map_err(refused)?;
        command.check(&file.space).map_err(refused)?;
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
            critics: file.critics.is_some(),
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
        for goal in file.objectives.iter().skip(1) {
            study = study.goal(goal.name.clone().unwrap_or_default(), goal.direction);
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

    /// How the programs of the study run; what they write is kept below `data`.
    fn runs(&self, data: &Path) -> ExecSettings {
        let exec = &self.exec;
        ExecSettings {
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
        }
    }

    /// The program by which critics judge.
    fn judge(&self, critics: &Critics, runs: ExecSettings) -> Result<ExecJudge> {
        let file = &self.file;
        let direction = file.objectives.first().map(|goal| goal.direction).unwrap_or_default();
        ExecJudge::new(read(&critics.command)?, &file.space, runs, direction, file.schedule.last_rung())
    }

    /// Starts the team; what the program writes is kept below `data`.
    pub(crate) async fn start(&self, settings: &Settings, data: &Path, ports: &StudyPorts) -> Result<RunningStudy> {
        let runs = self.runs(data);
        let failed = |what: &str| format!("start the {what} of study `{}`", self.file.name);
        let objective = ExecObjective::new(self.command.clone(), &self.file.space, runs.clone())
            .map_err(|error| error.during(failed("program")))?;
        let mut study = self.study(settings)?;
        if let Some(critics) = self.file.critics.as_ref().filter(|_| settings.critics) {
            let judge = self.judge(critics, runs).map_err(|error| error.during(failed("critics")))?;
            study = study.critics(critics.count, Arc::new(judge));
        }
        study.start_objective(ports, Arc::new(objective)).await
    }
}

/// A command as the file has it.
fn read(command: &CommandText) -> std::result::Result<Command, CommandError> {
    match command {
        CommandText::Line(line) => Command::parse(line),
        CommandText::Words(words) => Command::from_words(words),
    }
}
