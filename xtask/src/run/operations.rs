//! Metrics and health of a running application, and studies for workers elsewhere, on loopback.

use std::path::Path;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use foundation_core::port::clock::deadline;
use foundation_core::{Address, SupervisorMessage};
use foundation_http::{Component, Health, Limits, OperationsServer, Settings, Token};
use mabeam::Studies;

use crate::args::Http;
use crate::compositions::Application;
use crate::failure::Failure;

/// How long the storage may take to answer before it counts as down.
const STORAGE_PATIENCE: Duration = Duration::from_secs(2);
/// Connections where workers ask and wait: each worker holds one.
const WORKER_CONNECTIONS: u32 = 1_024;

/// The operations server of an application.
pub(crate) struct Operations {
    server: OperationsServer,
    team: Arc<OnceLock<Address<SupervisorMessage>>>,
}

impl Operations {
    /// Serves metrics and health, and studies if there are some to be served; `None` where that is off.
    pub(crate) async fn start(
        application: &Application,
        http: &Http,
        token_file: Option<&Path>,
        studies: Option<Arc<dyn Studies>>,
    ) -> Result<Option<Self>, Failure> {
        let address = match http {
            Http::Off => return Ok(None),
            Http::Usual => foundation_http::Address::default(),
            Http::At(address) => foundation_http::Address::Exactly(*address),
        };
        let runtime = application.ports.runtime.clone();
        let (recorder, refreshed) = (application.recorder.clone(), runtime.clone());
        let metrics = Arc::new(move || {
            refreshed.refresh_metrics();
            recorder.render()
        });
        let team: Arc<OnceLock<Address<SupervisorMessage>>> = Arc::default();
        let (log, watched, clock) = (application.ports.log.clone(), team.clone(), runtime.clock().clone());
        let health = Arc::new(move || -> foundation_core::port::BoxFuture<'static, Health> {
            let (log, watched, clock) = (log.clone(), watched.clone(), clock.clone());
            Box::pin(async move {
                let until = clock.now() + STORAGE_PATIENCE;
                let storage = match deadline(&*clock, until, log.streams("")).await {
                    Ok(Ok(_)) => Component::up("storage"),
                    Ok(Err(error)) => Component::down("storage", error.to_string()),
                    Err(elapsed) => Component::down("storage", elapsed.to_string()),
                };
                let study = watched.get().map(|team| match team.is_alive() {
                    true => Component::up("study"),
                    false => Component::down("study", "its team has ended"),
                });
                Health::of(std::iter::once(storage).chain(study))
            })
        });
        let mut settings = Settings::new(metrics, health, runtime.spawner().clone(), runtime.clock().clone());
        settings.token = token_file.map(token).transpose()?;
        settings.telemetry = runtime.telemetry().clone();
        if studies.is_some() {
            settings.limits = Limits { connections: WORKER_CONNECTIONS, ..settings.limits };
            settings.studies = studies;
        }
        let server = OperationsServer::bind(address, settings).await?;
        Ok(Some(Self { server, team }))
    }

    /// Counts a study's team among what has to be up.
    pub(crate) fn watch(&self, team: Address<SupervisorMessage>) {
        // Only the first study of an application is watched.
        let _ = self.team.set(team);
    }

    /// Where it listens, for people.
    pub(crate) fn line(&self) -> String {
        format!("Metrics: http://{}/metrics.", self.server.address())
    }

    /// Where it listens, for programs.
    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.server.address())
    }

    /// Ends it, open answers first.
    pub(crate) async fn stop(self) {
        self.server.shutdown().await;
    }
}

fn token(file: &Path) -> Result<Token, Failure> {
    let text = std::fs::read_to_string(file).map_err(|error| Failure::io("read the token file", file, &error))?;
    Ok(Token::new(text.lines().next().unwrap_or_default().trim())?)
}
