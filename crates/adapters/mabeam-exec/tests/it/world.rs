//! A study of one program, in memory, and the processes that it starts.

use std::io::{BufRead as _, BufReader, Read as _};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use foundation_core::event::NodeId;
use foundation_core::{Runtime, RuntimeParts, Spawner, Telemetry};
use foundation_memory::{MemoryEventLog, MemoryKeyValue, Simulation, SystemClock};
use mabeam::{SearchSpace, Study, StudyPorts, StudyState, TrialState};
use mabeam_exec::{Command, ExecObjective, ExecSettings, GuardProgram, Retries};
use tempfile::TempDir;

/// The program of the tests.
pub(crate) const PROBE: &str = env!("CARGO_BIN_EXE_mabeam-exec-probe");
/// The guard.
pub(crate) const GUARD: &str = env!("CARGO_BIN_EXE_mabeam-exec-guard");
/// Longer than anything here takes on a machine that has much else to do.
const PATIENCE: Duration = Duration::from_secs(60);

/// A folder, and the settings of programs that keep their output in it.
pub(crate) struct World {
    pub(crate) folder: TempDir,
    pub(crate) settings: ExecSettings,
    pub(crate) space: SearchSpace,
}

impl World {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut settings = ExecSettings::new(folder.path().join("output"));
        settings.guard = GuardProgram::at(GUARD);
        settings.retries = Retries::none();
        settings.grace = Duration::from_millis(200);
        let space = SearchSpace::builder().float("x", 0.0, 1.0).build().unwrap();
        Self { folder, settings, space }
    }

    pub(crate) fn objective(&self, command: Command) -> ExecObjective {
        ExecObjective::new(command, &self.space, self.settings.clone()).unwrap()
    }

    /// Runs one trial of the probe with these words.
    pub(crate) async fn one(&self, words: &[&str]) -> Arc<StudyState> {
        self.study(probe(words), |study| study.trials(1)).await
    }

    /// Why the one trial of the probe with these words failed.
    pub(crate) async fn failure(&self, words: &[&str]) -> String {
        failure(self.one(words).await)
    }

    /// The value of the one trial of the probe with these words.
    pub(crate) async fn value(&self, words: &[&str]) -> f64 {
        value(self.one(words).await)
    }

    pub(crate) async fn study(&self, command: Command, as_wanted: impl FnOnce(Study) -> Study) -> Arc<StudyState> {
        let study = as_wanted(Study::new("exec", self.space.clone()).seed(1));
        study.start_objective(&ports(), Arc::new(self.objective(command))).await.unwrap().finish().await.unwrap()
    }

    /// What a trial's first run wrote.
    pub(crate) fn output(&self, trial: u64) -> String {
        self.kept(trial, 1, "stdout.txt")
    }

    pub(crate) fn kept(&self, trial: u64, attempt: u32, file: &str) -> String {
        let folder = self.settings.output.join(format!("trial-{trial}")).join(format!("attempt-{attempt}"));
        std::fs::read_to_string(folder.join(file)).unwrap()
    }

    /// The processes of the probe that run from now on.
    pub(crate) fn processes(&mut self) -> Processes {
        let processes = Processes::listen(self.folder.path());
        self.settings.environment.push(processes.variable());
        processes
    }
}

/// The probe with these words, as they are.
pub(crate) fn probe(words: &[&str]) -> Command {
    let escaped = words.iter().map(|word| word.replace('{', "{{").replace('}', "}}"));
    Command::from_words([PROBE.to_owned()].into_iter().chain(escaped)).unwrap()
}

pub(crate) fn ports() -> StudyPorts {
    StudyPorts {
        runtime: Runtime::new(RuntimeParts {
            clock: Arc::new(SystemClock::new()),
            entropy: Simulation::new(1).entropy(),
            spawner: Spawner::current().unwrap(),
            node: NodeId::new("test").unwrap(),
            telemetry: Telemetry::none(),
        }),
        log: Arc::new(MemoryEventLog::new()),
        key_value: Arc::new(MemoryKeyValue::new(Arc::new(SystemClock::new()))),
    }
}

pub(crate) fn failure(state: Arc<StudyState>) -> String {
    let trial = &state.trials()[0];
    assert_eq!(trial.state, TrialState::Failed, "{trial:?}");
    trial.failure.clone().unwrap()
}

pub(crate) fn value(state: Arc<StudyState>) -> f64 {
    let trial = &state.trials()[0];
    assert_eq!(trial.state, TrialState::Completed, "{trial:?}");
    trial.value().unwrap()
}

/// Where probes say that they live.
pub(crate) struct Processes {
    listener: UnixListener,
    path: PathBuf,
}

/// A probe that lives: the connection ends with it, however it ends.
#[derive(Debug)]
pub(crate) struct Alive {
    pub(crate) process: u32,
    pub(crate) parent: u32,
    connection: BufReader<UnixStream>,
}

impl Processes {
    pub(crate) fn listen(folder: &Path) -> Self {
        let path = folder.join("probes");
        Self { listener: UnixListener::bind(&path).unwrap(), path }
    }

    /// What a program is told for it to be seen here.
    pub(crate) fn variable(&self) -> (String, String) {
        ("PROBE_SOCKET".to_owned(), self.path.to_str().unwrap().to_owned())
    }

    /// Waits until `n` more live.
    pub(crate) fn wait_for(&self, n: usize) -> Vec<Alive> {
        let alive = self.listener.incoming().take(n).map(|connection| {
            let connection = connection.unwrap();
            connection.set_read_timeout(Some(PATIENCE)).unwrap();
            let mut connection = BufReader::new(connection);
            let mut line = String::new();
            connection.read_line(&mut line).unwrap();
            let (process, parent) = line.trim().split_once(' ').unwrap();
            Alive { process: process.parse().unwrap(), parent: parent.parse().unwrap(), connection }
        });
        alive.collect()
    }

    /// Whether no process has this one's variable in its environment.
    pub(crate) fn are_all_gone(&self) -> bool {
        let wanted = format!("PROBE_SOCKET={}", self.path.display());
        let entries = std::fs::read_dir("/proc").unwrap().flatten();
        let environments = entries.filter_map(|entry| std::fs::read(entry.path().join("environ")).ok());
        environments.into_iter().all(|all| all.split(|byte| *byte == 0).all(|one| one != wanted.as_bytes()))
    }
}

impl Alive {
    /// Waits for its end.
    pub(crate) fn wait(mut self) {
        let mut rest = Vec::new();
        // A process that is killed may leave the connection reset instead of ended.
        if let Err(error) = self.connection.read_to_end(&mut rest) {
            assert_eq!(error.kind(), std::io::ErrorKind::ConnectionReset, "process {} lives", self.process);
        }
    }
}
