//! Where the cluster composition's servers are.

use std::path::PathBuf;

use clap::{Args, value_parser};

use crate::failure::Failure;

/// The variable that names servers, where the option does not.
pub const NATS_URL: &str = "FOUNDATION_NATS_URL";

/// The options of the cluster composition.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Options of --composition cluster")]
pub struct NatsArgs {
    /// Servers that run already, nats://HOST:PORT, separated by commas [default: FOUNDATION_NATS_URL; without it one is
    /// started, with its store in the data folder].
    #[arg(long, value_name = "URL")]
    pub nats_url: Option<String>,
    /// A credentials file for servers that run already.
    #[arg(long, value_name = "FILE")]
    pub nats_credentials: Option<PathBuf>,
    /// How many servers keep each stream: 1, 3 or 5 [default: 1].
    #[arg(long, value_name = "N", value_parser = value_parser!(u8).range(1..=5))]
    pub nats_replicas: Option<u8>,
    /// Whose data they are; several share servers without meeting [default: default].
    #[arg(long, value_name = "NAME")]
    pub nats_tenant: Option<String>,
}

impl NatsArgs {
    /// Whether any of them is given.
    pub(super) fn is_given(&self) -> bool {
        let Self { nats_url, nats_credentials, nats_replicas, nats_tenant } = self;
        nats_url.is_some() || nats_credentials.is_some() || nats_replicas.is_some() || nats_tenant.is_some()
    }

    /// The servers that run already, if they are named: the option before the variable.
    #[must_use]
    pub fn url(&self) -> Option<String> {
        self.nats_url.clone().or_else(|| std::env::var(NATS_URL).ok()).filter(|url| !url.is_empty())
    }

    /// Checks what the options mean together.
    pub(super) fn check(&self, fresh: bool) -> Result<(), Failure> {
        let elsewhere = self.url().is_some();
        if elsewhere && fresh {
            return Err(Failure::usage("--fresh cannot set aside what is on a server that others run")
                .advise("choose another --nats-tenant, which begins with nothing"));
        }
        if !elsewhere && (self.nats_credentials.is_some() || self.nats_replicas.is_some_and(|n| n > 1)) {
            return Err(Failure::usage("credentials and replicas are for servers that run already")
                .advise(format!("name them with --nats-url or {NATS_URL}")));
        }
        Ok(())
    }
}
