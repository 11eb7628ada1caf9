//! Servers that hold each stream together.

use std::net::{Ipv4Addr, TcpListener};
use std::time::Duration;

use serde_json::{Value, json};

use crate::config::Routes;
use crate::error::ServerError;
use crate::server::NatsServer;
use crate::settings::ServerSettings;
use crate::wait::Deadline;

/// How often ports for the routes are chosen anew when another process was quicker.
const ATTEMPTS: usize = 5;
/// How long one question may take.
const ONE_QUESTION: Duration = Duration::from_secs(1);
/// The stream whose making shows that a majority works together; it is removed again.
const TRIAL: &str = "FOUNDATION_TRIAL";

/// NATS servers, each with JetStream and a store of its own, routed to each other. Dropped, all are killed.
#[derive(Debug)]
pub struct NatsCluster {
    servers: Vec<NatsServer>,
}

impl NatsCluster {
    /// Starts `n` servers and waits until a stream with a replica on each (at most five) takes a message.
    ///
    /// `settings.folder` gets a folder for each server; a port for clients cannot be given.
    ///
    /// # Errors
    /// As [`NatsServer::start`]; also where `n` is less than 2 or the settings have TLS.
    pub fn start(n: usize, settings: &ServerSettings) -> Result<Self, ServerError> {
        if n < 2 {
            return Err(ServerError::Settings(format!("a cluster has at least 2 servers, not {n}")));
        }
        if settings.tls.is_some() || settings.port.is_some() {
            return Err(ServerError::Settings("a cluster has no TLS and chooses its ports".to_owned()));
        }
        let mut attempt = 1;
        loop {
            match Self::attempt(n, settings) {
                Err(ServerError::Ended { log, .. }) if log.contains("address already in use") && attempt < ATTEMPTS => {
                    attempt += 1;
                }
                started => return started,
            }
        }
    }

    fn attempt(n: usize, settings: &ServerSettings) -> Result<Self, ServerError> {
        let ports = free_ports(n)?;
        let mut servers = Vec::with_capacity(n);
        for (index, port) in ports.iter().copied().enumerate() {
            let mut own = settings.clone();
            let name = format!("n{}", index + 1);
            own.folder = settings.folder.as_ref().map(|folder| folder.join(&name));
            let others = ports.iter().copied().filter(|other| *other != port).collect();
            servers.push(NatsServer::prepare(&name, own, Some(Routes { port, others }))?);
        }
        let mut cluster = Self { servers };
        for server in &mut cluster.servers {
            server.launch()?;
        }
        cluster.wait_until_writable(settings.patience)?;
        Ok(cluster)
    }

    /// How many servers there are, running or not.
    #[must_use]
    pub fn size(&self) -> usize {
        self.servers.len()
    }

    /// Where clients connect, one for each server in their order.
    #[must_use]
    pub fn urls(&self) -> Vec<String> {
        self.servers.iter().map(NatsServer::url).collect()
    }

    /// One server.
    #[must_use]
    pub fn server(&self, index: usize) -> Option<&NatsServer> {
        self.servers.get(index)
    }

    /// Ends one server as a crash would.
    ///
    /// # Errors
    /// When there is no such server, or it does not run.
    pub fn kill(&mut self, index: usize) -> Result<(), ServerError> {
        self.at(index)?.kill()
    }

    /// Stops one server where it is; see [`NatsServer::pause`].
    ///
    /// # Errors
    /// When there is no such server, or it does not run.
    pub fn pause(&mut self, index: usize) -> Result<(), ServerError> {
        self.at(index)?.pause()
    }

    /// Lets a paused server go on.
    ///
    /// # Errors
    /// When there is no such server, or it does not run.
    pub fn resume(&mut self, index: usize) -> Result<(), ServerError> {
        self.at(index)?.resume()
    }

    /// Ends one server in order.
    ///
    /// # Errors
    /// When there is no such server, or it does not run.
    pub fn stop(&mut self, index: usize) -> Result<(), ServerError> {
        self.at(index)?.stop()
    }

    /// Starts one server again on its store and its ports and waits until it listens. Whether it has caught up tells
    /// [`wait_until_current`](Self::wait_until_current).
    ///
    /// # Errors
    /// As [`NatsServer::restart`]; also when there is no such server.
    pub fn restart(&mut self, index: usize) -> Result<(), ServerError> {
        self.at(index)?.relaunch()
    }

    /// Waits until a stream with replicas can be made and takes a message.
    ///
    /// # Errors
    /// When that does not happen in time, or no server runs.
    pub fn wait_until_writable(&mut self, within: Duration) -> Result<(), ServerError> {
        let replicas = self.size().min(5);
        let body = json!({ "name": TRIAL, "subjects": [TRIAL], "num_replicas": replicas, "storage": "memory" });
        self.until("a stream with replicas that takes a message", within, |server| {
            server.ask(&format!("$JS.API.STREAM.CREATE.{TRIAL}"), &body, ONE_QUESTION)?;
            let acknowledged = server.ask(TRIAL, &json!("trial"), ONE_QUESTION);
            server.ask(&format!("$JS.API.STREAM.DELETE.{TRIAL}"), &Value::Null, ONE_QUESTION)?;
            acknowledged.map(drop)
        })
    }

    /// Waits until every running server says that all its streams have caught up.
    ///
    /// # Errors
    /// When that does not happen in time, or no server runs.
    pub fn wait_until_current(&mut self, within: Duration) -> Result<(), ServerError> {
        let deadline = Deadline::after(within);
        for index in self.running() {
            loop {
                match self.servers[index].health(ONE_QUESTION) {
                    Ok(()) => break,
                    Err(_) if deadline.pause() => {}
                    Err(last) => return Err(self.late("every server's having caught up", within, &last)),
                }
            }
        }
        Ok(())
    }

    /// The running server that leads a stream, waited for while there is none.
    ///
    /// # Errors
    /// When no running server leads it in time, or there is no such stream.
    pub fn leader_of(&mut self, stream: &str, within: Duration) -> Result<usize, ServerError> {
        let subject = format!("$JS.API.STREAM.INFO.{stream}");
        let deadline = Deadline::after(within);
        let mut last = ServerError::no_answer(&subject, "no server runs");
        loop {
            let running = self.running();
            for index in &running {
                match self.servers[*index].ask(&subject, &Value::Null, ONE_QUESTION.min(deadline.left())) {
                    Ok(answer) => {
                        let name = answer["cluster"]["leader"].as_str().unwrap_or_default();
                        match running.iter().find(|index| self.servers[**index].name() == name) {
                            Some(leader) => return Ok(*leader),
                            None => last = ServerError::no_answer(&subject, format!("the leader is `{name}`")),
                        }
                    }
                    Err(error) => last = error,
                }
            }
            if !deadline.pause() {
                return Err(self.late(&format!("a leader of {stream}"), within, &last));
            }
        }
    }

    /// Ends all servers in order.
    ///
    /// # Errors
    /// The first thing that went wrong; the others are ended all the same.
    pub fn shutdown(mut self) -> Result<(), ServerError> {
        let mut first = Ok(());
        for index in 0..self.size() {
            if self.servers[index].process().is_some() {
                first = first.and(self.servers[index].stop());
            }
        }
        first
    }

    /// The servers that run and are not paused.
    #[must_use]
    pub fn running(&mut self) -> Vec<usize> {
        (0..self.servers.len()).filter(|index| self.servers[*index].is_running()).collect()
    }

    fn at(&mut self, index: usize) -> Result<&mut NatsServer, ServerError> {
        let n = self.servers.len();
        let unknown = || ServerError::Settings(format!("there is no server {index} among {n}"));
        self.servers.get_mut(index).ok_or_else(unknown)
    }

    /// Tries with one running server after the other until one attempt succeeds.
    fn until(
        &mut self,
        what: &str,
        within: Duration,
        attempt: impl Fn(&NatsServer) -> Result<(), ServerError>,
    ) -> Result<(), ServerError> {
        let deadline = Deadline::after(within);
        let mut last = ServerError::no_answer(what, "no server runs");
        let mut next = 0;
        loop {
            let running = self.running();
            // One that ended by itself, as where its port was taken, will not come by waiting.
            if let Some(ended) = self.servers.iter_mut().find_map(NatsServer::ended_by_itself) {
                return Err(ended);
            }
            if let Some(index) = running.get(next % running.len().max(1)) {
                match attempt(&self.servers[*index]) {
                    Ok(()) => return Ok(()),
                    Err(error) => last = error,
                }
            }
            next += 1;
            if !deadline.pause() {
                return Err(self.late(what, within, &last));
            }
        }
    }

    fn late(&self, what: &str, within: Duration, last: &ServerError) -> ServerError {
        let logs = self.servers.iter().map(|server| format!("{}:\n{}", server.name(), server.log_tail()));
        ServerError::TimedOut {
            what: what.to_owned(),
            within,
            last: last.to_string(),
            log: logs.collect::<Vec<_>>().join("\n"),
        }
    }
}

/// Ports that nobody has at the moment. Each server has to know its own and the others' before any of them starts.
fn free_ports(n: usize) -> Result<Vec<u16>, ServerError> {
    let failed = |error| ServerError::io("look for free ports", error);
    let mut held = Vec::with_capacity(n);
    for _ in 0..n {
        held.push(TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).map_err(failed)?);
    }
    held.iter().map(|listener| listener.local_addr().map(|address| address.port()).map_err(failed)).collect()
}
