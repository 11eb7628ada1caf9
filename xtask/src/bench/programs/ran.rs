//! A process of ours, which goes with whoever started it; and a study's log, read once nobody writes it.

use std::path::Path;
use std::process::{Child, Command, ExitStatus};

use mabeam::{StudyEvent, StudyState, read_events, read_study};

use crate::args::Composition;
use crate::compositions::{self, Application, Place};
use crate::failure::Failure;

/// A process that is killed where the bench ends before it.
pub(super) struct Ran {
    child: Child,
}

impl Ran {
    /// Starts it.
    pub(super) fn start(command: &mut Command) -> Result<Self, Failure> {
        let child = command
            .spawn()
            .map_err(|error| Failure::new(format!("start {}: {error}", command.get_program().to_string_lossy())))?;
        Ok(Self { child })
    }

    /// What was asked for as pipes.
    pub(super) fn pipes(&mut self) -> &mut Child {
        &mut self.child
    }

    /// How it ended, if it did.
    pub(super) fn ended(&mut self) -> Result<Option<ExitStatus>, Failure> {
        self.child.try_wait().map_err(|error| Failure::new(format!("look after a process: {error}")))
    }

    /// SIGKILL; answers when it is gone.
    pub(super) fn kill(mut self) -> Result<(), Failure> {
        self.child.kill().map_err(|error| Failure::new(format!("kill a process: {error}")))?;
        self.end().map(|_| ())
    }

    /// Waits for its own end.
    pub(super) fn end(&mut self) -> Result<ExitStatus, Failure> {
        self.child.wait().map_err(|error| Failure::new(format!("wait for a process: {error}")))
    }
}

impl Drop for Ran {
    fn drop(&mut self) {
        // One that has ended is no trouble.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What a log tells of a study: its events, and the state they come to.
pub(super) fn look(data: &Path, study: &str) -> Result<(Vec<StudyEvent>, StudyState), Failure> {
    let mut found = None;
    let into = &mut found;
    compositions::block_on(async {
        let place = Place { data, ..Place::nowhere() };
        let application = Application::build(Composition::Embedded, place).await?;
        let log = &*application.ports.log;
        let events = read_events(log, study).await?.into_iter().map(|(_, event)| event).collect();
        *into = read_study(log, study).await?.map(|state| (events, state));
        application.close().await?;
        Ok(())
    })?;
    found.ok_or_else(|| Failure::new(format!("the log in {} has no study `{study}`", data.display())))
}
