//! What a server is started with.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

/// Who may connect.
#[derive(Clone, Default)]
#[non_exhaustive]
pub enum Access {
    /// Everybody who reaches the loopback address.
    #[default]
    Open,
    /// Who knows this token.
    Token(String),
    /// Who can sign with the key whose public half (`U…`) this is. This crate's own questions use a user with a random
    /// password, because it cannot sign.
    Nkey(String),
}

impl fmt::Debug for Access {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Open => f.write_str("Open"),
            Self::Token(_) => f.write_str("Token(…)"),
            Self::Nkey(public) => f.debug_tuple("Nkey").field(public).finish(),
        }
    }
}

/// The files of a server that speaks TLS to its clients.
#[derive(Clone, Debug)]
pub struct TlsFiles {
    /// The server's certificate, PEM.
    pub certificate: PathBuf,
    /// Its private key, PEM.
    pub key: PathBuf,
    /// The authority whose certificates clients have to show, PEM; `None`: clients show none.
    pub clients: Option<PathBuf>,
}

/// How a server is started. [`ServerSettings::new`] has the defaults.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ServerSettings {
    /// The program, see [`find`](crate::find()).
    pub binary: PathBuf,
    /// Where the store, the configuration and the log are. `None`, the default: a temporary folder that goes with the
    /// [`NatsServer`](crate::NatsServer). A given one stays, and only one process at a time has it.
    pub folder: Option<PathBuf>,
    /// The port for clients. `None`, the default: one that the system chooses.
    pub port: Option<u16>,
    /// Whether a write is on the disk before it is acknowledged (`sync_interval: always`). Off by default, as in the
    /// server itself, which then syncs every two minutes: what it acknowledged survives its death, but not the
    /// machine's.
    pub sync_always: bool,
    /// Who may connect; everybody by default.
    pub access: Access,
    /// TLS towards clients; none by default.
    pub tls: Option<TlsFiles>,
    /// The largest message, in bytes. `None`: the server's default, 1 MiB.
    pub max_payload: Option<u32>,
    /// How long the server may take to start or to end, 30 s by default: it takes 50 ms where nothing else runs.
    pub patience: Duration,
}

impl ServerSettings {
    /// The defaults, for this program.
    #[must_use]
    pub fn new(binary: impl Into<PathBuf>) -> Self {
        Self {
            binary: binary.into(),
            folder: None,
            port: None,
            sync_always: false,
            access: Access::Open,
            tls: None,
            max_payload: None,
            patience: Duration::from_secs(30),
        }
    }

    /// With a folder that stays.
    #[must_use]
    pub fn folder(mut self, folder: impl Into<PathBuf>) -> Self {
        self.folder = Some(folder.into());
        self
    }

    /// With every write on the disk before it is acknowledged.
    #[must_use]
    pub fn sync_always(mut self) -> Self {
        self.sync_always = true;
        self
    }

    /// With this port instead of one that the system chooses.
    #[must_use]
    pub fn port(mut self, port: u16) -> Self {
        self.port = Some(port);
        self
    }

    /// With a rule who may connect.
    #[must_use]
    pub fn access(mut self, access: Access) -> Self {
        self.access = access;
        self
    }

    /// With TLS towards clients.
    #[must_use]
    pub fn tls(mut self, files: TlsFiles) -> Self {
        self.tls = Some(files);
        self
    }

    /// With another largest message, in bytes.
    #[must_use]
    pub fn max_payload(mut self, bytes: u32) -> Self {
        self.max_payload = Some(bytes);
        self
    }
}
