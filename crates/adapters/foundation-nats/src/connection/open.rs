//! Making a connection, and checking what it leads to.

use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use async_nats::{Client, ConnectErrorKind, ConnectOptions};
use foundation_core::port::clock::Clock;
use foundation_core::{Code, Error, Result};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::sync::watch;

use super::{NatsConnection, NatsHealth, Shared};
use crate::failure::{Trouble, number};
use crate::settings::{NatsAuth, NatsSettings, Secret};

/// The server that has what is used: atomic batches (2.12) and lives of single messages (2.11).
const OLDEST_SERVER: (i64, i64, i64) = (2, 12, 0);

/// The longest wait before a connection is tried again.
const LONGEST_WAIT: Duration = Duration::from_secs(2);

pub(super) async fn open(settings: NatsSettings, clock: Arc<dyn Clock>) -> Result<NatsConnection> {
    settings.check()?;
    let tasks = tokio::runtime::Handle::try_current().map_err(|cause| {
        Error::new(Code::InvalidConfiguration, "open a NATS connection outside of tokio").caused_by(cause)
    })?;
    let (tell, health) = watch::channel(NatsHealth::connected(clock.now()));
    let options = options(&settings).await?;
    let options = options.event_callback({
        let clock = Arc::clone(&clock);
        let tell = Arc::new(tell);
        move |event| {
            tell.send_modify(|health| health.take(&event, clock.now()));
            std::future::ready(())
        }
    });
    let client = options.connect(settings.addresses()?).await.map_err(|cause| refused(&settings, cause))?;
    // The client draws its inboxes at random; the drawn part serves as an identity without another source of chance.
    let identity = client.new_inbox().rsplit('.').next().unwrap_or_default().to_owned();
    let shared = Shared { client, settings, clock, tasks, health, identity, sent: AtomicU64::new(0) };
    let connection = NatsConnection { shared: Arc::new(shared) };
    check_server(&connection).await?;
    Ok(connection)
}

async fn options(settings: &NatsSettings) -> Result<ConnectOptions> {
    let mut options = ConnectOptions::new()
        .name(format!("foundation {}", settings.tenant))
        .custom_inbox_prefix(settings.tenant.inbox())
        .connection_timeout(settings.connect_timeout)
        .request_timeout(Some(settings.answer_timeout))
        .ping_interval(settings.ping_interval)
        .reconnect_delay_callback(wait_before)
        .require_tls(settings.tls.require);
    if settings.tls.first {
        options = options.tls_first();
    }
    if let Some(authority) = &settings.tls.authority {
        options = options.add_root_certificates(authority.clone());
    }
    if let Some((certificate, key)) = &settings.tls.client {
        options = options.add_client_certificate(certificate.clone(), key.clone());
    }
    let reveal = |secret: &Secret| secret.reveal().to_owned();
    Ok(match &settings.auth {
        NatsAuth::Anonymous => options,
        NatsAuth::Token(token) => options.token(reveal(token)),
        NatsAuth::UserPassword { user, password } => options.user_and_password(user.clone(), reveal(password)),
        NatsAuth::Nkey(seed) => options.nkey(reveal(seed)),
        NatsAuth::Credentials(path) => options.credentials_file(path).await.map_err(|cause| {
            Error::new(Code::InvalidConfiguration, format!("read the credentials in {}", path.display()))
                .advise("name a readable file as `nsc generate creds` writes it")
                .caused_by(cause)
        })?,
    })
}

/// Doubles from 10 ms; the first try of each round of servers waits not at all.
fn wait_before(attempt: usize) -> Duration {
    match u32::try_from(attempt.saturating_sub(2)).unwrap_or(u32::MAX) {
        _ if attempt <= 1 => Duration::ZERO,
        doublings => Duration::from_millis(10).saturating_mul(2_u32.saturating_pow(doublings)).min(LONGEST_WAIT),
    }
}

fn refused(settings: &NatsSettings, cause: async_nats::ConnectError) -> Error {
    let what = format!("connect to NATS at {}", settings.servers.join(", "));
    let error = match cause.kind() {
        ConnectErrorKind::ServerParse => Error::new(Code::InvalidConfiguration, what),
        ConnectErrorKind::Authentication => Error::new(Code::InvalidConfiguration, what)
            .advise("the credentials cannot be used: an nkey's seed begins with SU, a file holds both JWT and seed"),
        ConnectErrorKind::AuthorizationViolation => {
            Error::new(Code::PermissionDenied, what).advise("the server refuses the credentials: check `auth`")
        }
        ConnectErrorKind::Tls => Error::new(Code::InvalidConfiguration, what)
            .advise("check `tls`: the authority, the names in the server's certificate, the client's certificate"),
        ConnectErrorKind::Dns | ConnectErrorKind::TimedOut | ConnectErrorKind::Io | ConnectErrorKind::MaxReconnects => {
            Error::new(Code::ServiceUnavailable, what).advise("check that a server is running there and can be reached")
        }
    };
    error.caused_by(cause)
}

async fn check_server(connection: &NatsConnection) -> Result<()> {
    check_version(connection.client())?;
    let payload = connection.client().max_payload();
    let least = foundation_core::port::messaging::MessagingLimits::FLOOR.payload_bytes + super::request::HEADER_ROOM;
    if payload < least {
        return Err(Error::new(
            Code::InvalidConfiguration,
            format!("the server takes messages of {payload} bytes, at least {least} are needed"),
        )
        .advise("raise max_payload in the server's settings"));
    }
    let account: Result<Value, Trouble> = connection.api("INFO", &()).await;
    match account {
        Ok(_) => {}
        Err(Trouble::NoResponders) => {
            return Err(Error::new(Code::InvalidConfiguration, "the server has no JetStream")
                .advise("switch it on: `jetstream {}` in its settings, or -js"));
        }
        Err(trouble) => return Err(trouble.of_read("ask for the account's JetStream")),
    }
    check_replicas(connection).await
}

fn check_version(client: &Client) -> Result<()> {
    let (major, minor, patch) = OLDEST_SERVER;
    if client.is_server_compatible(major, minor, patch) {
        return Ok(());
    }
    let version = client.server_info().version;
    Err(Error::new(
        Code::InvalidConfiguration,
        format!("the server is nats-server {version}, at least {major}.{minor} is needed"),
    )
    .advise("update the server"))
}

#[derive(Deserialize)]
struct StreamNames {
    #[serde(default)]
    total: u64,
}

/// Finds out whether the cluster is large enough by trying, because only an operator may ask it how large it is. Where
/// the tenant has streams already they say it, and a server that is down at the moment keeps nobody out.
async fn check_replicas(connection: &NatsConnection) -> Result<()> {
    let settings = connection.settings();
    if settings.replicas == 1 {
        return Ok(());
    }
    let doing = "find out how many servers the cluster has";
    let subject = settings.tenant.subject(">", "");
    let own = json!({ "subject": subject.trim_end_matches('.') });
    let names: StreamNames = connection.api("STREAM.NAMES", &own).await.map_err(|error| error.of_read(doing))?;
    if names.total > 0 {
        return Ok(());
    }
    let name = settings.tenant.stream(&format!("PROBE_{}", connection.unique()));
    let probe = json!({
        "name": name, "subjects": [settings.tenant.subject("probe", &name)], "storage": "memory",
        "retention": "limits", "discard": "new", "num_replicas": settings.replicas, "max_msgs": 1,
    });
    let made: Result<Value, Trouble> = connection.api(&format!("STREAM.CREATE.{name}"), &probe).await;
    match made {
        Ok(_) => {
            let gone: Result<Value, Trouble> = connection.api(&format!("STREAM.DELETE.{name}"), &()).await;
            gone.map(drop).map_err(|error| error.of_read("delete the probe for replicas"))
        }
        Err(trouble @ Trouble::Refused(_))
            if matches!(trouble.number(), number::NO_SUITABLE_PEERS | number::REPLICAS_WITHOUT_CLUSTER) =>
        {
            Err(trouble.of_read(&format!("keep streams on {} servers", settings.replicas)))
        }
        Err(trouble) => Err(trouble.of_read(doing)),
    }
}
