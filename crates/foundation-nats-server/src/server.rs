//! One server.

use std::fs::{self, File};
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::Child;
use std::time::Duration;

use rustix::process::Signal;
use serde_json::Value;
use tempfile::TempDir;

use crate::child;
use crate::claim::Claim;
use crate::config::{PROBE_USER, Routes, config};
use crate::error::ServerError;
use crate::probe::{self, Login};
use crate::settings::{Access, ServerSettings};
use crate::wait::Deadline;

/// How long one question may take while a server starts; then it is asked again.
const ONE_QUESTION: Duration = Duration::from_millis(500);
/// How many lines of the log an error shows.
const TAIL: usize = 12;

/// A NATS server with JetStream, a child of this process. Dropped, it is killed and waited for.
#[derive(Debug)]
pub struct NatsServer {
    name: String,
    settings: ServerSettings,
    folder: PathBuf,
    /// Removed when the server is dropped, after it has ended.
    temporary: Option<TempDir>,
    claim: Claim,
    probe_password: String,
    routes: Option<Routes>,
    /// Known once it has listened for the first time, and kept over restarts.
    port: Option<u16>,
    monitoring: Option<SocketAddr>,
    child: Option<Child>,
    paused: bool,
}

impl NatsServer {
    /// Starts a server and waits until JetStream answers.
    ///
    /// # Errors
    /// When the program cannot be started, ends or does not answer within [`ServerSettings::patience`] (the error has
    /// the end of its log), or when another process has the folder.
    pub fn start(settings: ServerSettings) -> Result<Self, ServerError> {
        let mut server = Self::prepare("n1", settings, None)?;
        server.launch()?;
        server.wait_for_jetstream()?;
        Ok(server)
    }

    /// A server that has its folder and its claim on it, and does not run yet.
    pub(crate) fn prepare(name: &str, settings: ServerSettings, routes: Option<Routes>) -> Result<Self, ServerError> {
        let (folder, temporary) = match &settings.folder {
            Some(folder) => {
                fs::create_dir_all(folder).map_err(|error| ServerError::path("make", folder, error))?;
                (fs::canonicalize(folder).map_err(|error| ServerError::path("find", folder, error))?, None)
            }
            None => {
                let made = tempfile::Builder::new().prefix("foundation-nats-").tempdir();
                let made = made.map_err(|error| ServerError::io("make a temporary folder", error))?;
                (made.path().to_owned(), Some(made))
            }
        };
        let claim = Claim::take(&folder)?;
        let port = settings.port;
        // Random enough to keep others of this machine out: the name of a file that nobody had before.
        let secret = tempfile::NamedTempFile::new().map_err(|error| ServerError::io("make a temporary file", error))?;
        let probe_password = secret.path().file_name().unwrap_or_default().to_string_lossy().into_owned();
        Ok(Self {
            name: name.to_owned(),
            settings,
            folder,
            temporary,
            claim,
            probe_password,
            routes,
            port,
            monitoring: None,
            child: None,
            paused: false,
        })
    }

    /// Where clients connect: `nats://127.0.0.1:PORT`, with TLS `tls://127.0.0.1:PORT`. A token is not in it.
    #[must_use]
    pub fn url(&self) -> String {
        let scheme = if self.settings.tls.is_some() { "tls" } else { "nats" };
        format!("{scheme}://{}", self.address())
    }

    /// The address for clients; it stays the same over [`restart`](Self::restart).
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        loopback(self.port.unwrap_or_default())
    }

    /// The server's name, as JetStream's answers have it.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The folder with `store`, `server.conf` and `server.log`.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The child's process number, while it lives.
    #[must_use]
    pub fn process(&self) -> Option<u32> {
        self.child.as_ref().map(Child::id)
    }

    /// Whether the child has been started, has not ended, and is not paused.
    #[must_use]
    pub fn is_running(&mut self) -> bool {
        !self.paused && self.child.as_mut().is_some_and(|child| matches!(child.try_wait(), Ok(None)))
    }

    /// Ends the server as a crash would (SIGKILL) and waits until it is gone. One that is paused ends too.
    ///
    /// # Errors
    /// When it does not run.
    pub fn kill(&mut self) -> Result<(), ServerError> {
        let mut child = self.child.take().ok_or_else(|| self.state("does not run"))?;
        self.paused = false;
        let killed = child.kill().and_then(|()| child.wait());
        killed.map(drop).map_err(|error| ServerError::io("kill the server", error))
    }

    /// Stops the server where it is (SIGSTOP): its connections stay open, and nothing is answered. It looks to others as
    /// a machine that hangs or that the network cut off.
    ///
    /// # Errors
    /// When it does not run.
    pub fn pause(&mut self) -> Result<(), ServerError> {
        child::signal(self.living()?, Signal::STOP)?;
        self.paused = true;
        Ok(())
    }

    /// Lets a paused server go on (SIGCONT).
    ///
    /// # Errors
    /// When it does not run.
    pub fn resume(&mut self) -> Result<(), ServerError> {
        child::signal(self.living()?, Signal::CONT)?;
        self.paused = false;
        Ok(())
    }

    /// Ends the server in order (SIGTERM), and by force where it takes longer than [`ServerSettings::patience`].
    ///
    /// # Errors
    /// When it does not run, or cannot be waited for.
    pub fn stop(&mut self) -> Result<(), ServerError> {
        let patience = self.settings.patience;
        let child = self.living()?;
        child::signal(child, Signal::TERM)?;
        child::signal(child, Signal::CONT)?;
        if child::ended(child, Deadline::after(patience))?.is_none() {
            return self.kill();
        }
        self.child = None;
        self.paused = false;
        Ok(())
    }

    /// Starts the server again on its store and its port, killing it first if it runs, and waits until JetStream
    /// answers.
    ///
    /// # Errors
    /// As [`start`](Self::start); also where another process has taken the port meanwhile.
    pub fn restart(&mut self) -> Result<(), ServerError> {
        self.relaunch()?;
        self.wait_for_jetstream()
    }

    /// Starts the server again and waits until it listens.
    pub(crate) fn relaunch(&mut self) -> Result<(), ServerError> {
        if self.child.is_some() {
            self.kill()?;
        }
        self.launch()
    }

    /// Asks JetStream's API, over a connection of its own.
    ///
    /// # Errors
    /// What JetStream refuses, and where it does not answer in time. With TLS it cannot be asked this way.
    pub fn ask(&self, subject: &str, body: &Value, within: Duration) -> Result<Value, ServerError> {
        if self.settings.tls.is_some() {
            return Err(ServerError::Settings("a server with TLS is asked by a client that speaks TLS".to_owned()));
        }
        let login = match &self.settings.access {
            Access::Open => Login::Open,
            Access::Token(token) => Login::Token(token.clone()),
            Access::Nkey(_) => Login::Password { user: PROBE_USER.to_owned(), password: self.probe_password.clone() },
        };
        let body = if body.is_null() { String::new() } else { body.to_string() };
        probe::ask(self.address(), &login, subject, body.as_bytes(), within)
    }

    /// Asks the server's monitoring whether it is up and, in a cluster, whether its streams have caught up.
    ///
    /// # Errors
    /// What it says instead, or that it says nothing in time.
    pub fn health(&self, within: Duration) -> Result<(), ServerError> {
        let monitoring = self.monitoring.ok_or_else(|| self.state("does not run"))?;
        probe::health(monitoring, within)
    }

    /// The last lines of the server's log.
    #[must_use]
    pub fn log_tail(&self) -> String {
        let text = fs::read(self.log_path()).unwrap_or_default();
        let text = String::from_utf8_lossy(&text);
        let lines: Vec<&str> = text.lines().collect();
        lines[lines.len().saturating_sub(TAIL)..].join("\n")
    }

    fn log_path(&self) -> PathBuf {
        self.folder.join("server.log")
    }

    fn state(&self, state: &'static str) -> ServerError {
        ServerError::State { name: self.name.clone(), state }
    }

    fn living(&mut self) -> Result<&mut Child, ServerError> {
        let state = self.state("does not run");
        self.child.as_mut().ok_or(state)
    }

    /// Starts the child and waits until it says where it listens.
    pub(crate) fn launch(&mut self) -> Result<(), ServerError> {
        let ports = self.folder.join("ports");
        // What an earlier child said is not what this one says.
        let _ = fs::remove_dir_all(&ports);
        fs::create_dir_all(&ports).map_err(|error| ServerError::path("make", &ports, error))?;
        let text =
            config(&self.name, &self.settings, &self.folder, self.port, &self.probe_password, self.routes.as_ref());
        let path = self.folder.join("server.conf");
        write_private(&path, &text.to_string())?;
        let log = self.log_path();
        let log = File::options()
            .create(true)
            .append(true)
            .open(&log)
            .map_err(|error| ServerError::path("open", &log, error))?;
        self.child = Some(child::start(&self.settings.binary, &path, log, self.claim.share()?)?);
        self.paused = false;
        let (clients, monitoring) = self.until("the server's listening", |server| server.listening(&ports))?;
        self.port = Some(clients);
        self.monitoring = Some(loopback(monitoring));
        Ok(())
    }

    /// The ports for clients and for monitoring, as the server's file has them.
    fn listening(&self, ports: &Path) -> Result<(u16, u16), ServerError> {
        let not_yet = || ServerError::no_answer("the file of ports", "it is not there yet");
        let process = self.process().ok_or_else(not_yet)?;
        let text = fs::read(ports.join(format!("nats-server_{process}.ports")));
        // The name of the program is in the name of the file, and the program may have any.
        let text = text.or_else(|_| only_file(ports)).map_err(|_| not_yet())?;
        // A file that is being written is no JSON yet.
        let said: Value = serde_json::from_slice(&text).map_err(|_| not_yet())?;
        let port = |kind: &str| said[kind][0].as_str()?.rsplit(':').next()?.parse::<u16>().ok();
        port("nats").zip(port("monitoring")).ok_or_else(not_yet)
    }

    /// Why the child is gone, where nobody here ended it.
    pub(crate) fn ended_by_itself(&mut self) -> Option<ServerError> {
        let status = self.child.as_mut()?.try_wait().ok()??;
        self.child = None;
        Some(ServerError::Ended { status: status.to_string(), log: self.log_tail() })
    }

    fn wait_for_jetstream(&mut self) -> Result<(), ServerError> {
        self.until("JetStream's first answer", |server| {
            if server.settings.tls.is_some() {
                return server.health(ONE_QUESTION);
            }
            server.ask("$JS.API.INFO", &Value::Null, ONE_QUESTION).map(drop)
        })
    }

    /// Tries until it succeeds, the time is over or the server has ended.
    pub(crate) fn until<T>(
        &mut self,
        what: &str,
        mut attempt: impl FnMut(&Self) -> Result<T, ServerError>,
    ) -> Result<T, ServerError> {
        let deadline = Deadline::after(self.settings.patience);
        loop {
            let last = match attempt(self) {
                Ok(done) => return Ok(done),
                Err(last) => last,
            };
            if let Some(ended) = self.ended_by_itself() {
                return Err(ended);
            }
            if !deadline.pause() {
                return Err(ServerError::TimedOut {
                    what: what.to_owned(),
                    within: deadline.within,
                    last: last.to_string(),
                    log: self.log_tail(),
                });
            }
        }
    }
}

impl Drop for NatsServer {
    fn drop(&mut self) {
        if self.child.is_some() {
            let _ = self.kill();
        }
        if let Some(temporary) = self.temporary.take() {
            let _ = temporary.close();
        }
    }
}

/// Makes sure that no server works in a folder, and ends one there whose starter was killed. Nothing happens where there
/// is no such folder.
///
/// # Errors
/// [`ServerError::Held`] where somebody works with it.
pub fn free_folder(folder: &Path) -> Result<(), ServerError> {
    if folder.is_dir() { Claim::take(folder).map(drop) } else { Ok(()) }
}

fn loopback(port: u16) -> SocketAddr {
    SocketAddr::from((Ipv4Addr::LOCALHOST, port))
}

fn only_file(folder: &Path) -> std::io::Result<Vec<u8>> {
    let entry = fs::read_dir(folder)?.next().ok_or(std::io::ErrorKind::NotFound)??;
    fs::read(entry.path())
}

/// Writes a file that only its owner may read: it may have a token in it.
fn write_private(path: &Path, text: &str) -> Result<(), ServerError> {
    use std::io::Write as _;
    use std::os::unix::fs::OpenOptionsExt as _;

    let mut options = File::options();
    let file = options.create(true).write(true).truncate(true).mode(0o600).open(path);
    file.and_then(|mut file| file.write_all(text.as_bytes())).map_err(|error| ServerError::path("write", path, error))
}
