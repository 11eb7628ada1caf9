//! Who may connect, how the link is protected, and that tenants never meet.

use std::path::{Path, PathBuf};
use std::process::Command;

use foundation_core::Code;
use foundation_core::port::storage::{KeyRange, KeyValue, Read, WatchFrom, Write};
use foundation_nats::{LinkState, NatsAuth, NatsConnection, NatsSettings, NatsTls, Secret, Tenant};
use foundation_nats_server::{Access, NatsServer, ServerSettings, TlsFiles, find_or_skip};
use futures_util::{FutureExt as _, StreamExt as _};

use crate::kv::{bucket, clock, connect, entry, key, next, put, scanned};
use crate::server::{Servers, own_server, runtime};

#[test]
fn two_tenants_on_one_server_never_meet() {
    let Some(settings) = Servers::One.settings() else { return };
    runtime().block_on(async {
        let one = connect(settings.clone()).await;
        let other_tenant = Tenant::new(format!("{}-other", settings.tenant)).unwrap();
        let other = connect(NatsSettings { tenant: other_tenant, ..settings }).await;
        let mut watch = other.watch(&bucket(), KeyRange::all(), WatchFrom::Snapshot).await.unwrap();
        next(&mut watch).await;

        one.write(&bucket(), put("a", "one")).await.unwrap();
        assert_eq!(entry(&other, "a").await, None);
        assert_eq!(scanned(&other).await, []);
        other.write(&bucket(), put("a", "other")).await.unwrap();
        other.write(&bucket(), Write::delete(key("a"))).await.unwrap();
        assert_eq!(entry(&one, "a").await.unwrap().value, "one");
        // The other's own two changes and nothing else.
        next(&mut watch).await;
        next(&mut watch).await;
        assert!(watch.next().now_or_never().is_none());
    });
}

#[test]
fn more_replicas_than_servers_are_refused() {
    let (Some(one), Some(three)) = (Servers::One.settings(), Servers::Three.settings()) else { return };
    runtime().block_on(async {
        for (settings, replicas) in [(one, 3), (three, 5)] {
            let settings = NatsSettings { replicas, ..settings };
            let error = NatsConnection::open(settings, clock()).await.unwrap_err();
            assert_eq!(error.code(), Code::InvalidConfiguration, "{error}");
            assert!(error.advice().contains("fewer replicas"), "{error}");
        }
    });
}

#[test]
fn a_server_that_is_not_there_is_unavailable() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    runtime().block_on(async {
        let error = NatsConnection::open(NatsSettings::at(format!("nats://{address}")), clock()).await.unwrap_err();
        assert_eq!(error.code(), Code::ServiceUnavailable, "{error}");
        assert!(error.what().contains(&address.to_string()), "{error}");
    });
}

#[test]
fn a_token_lets_in_and_is_shown_nowhere() {
    let Some(binary) = find_or_skip("a server with a token") else { return };
    let access = Access::Token("quite-secret".to_owned());
    let server = NatsServer::start(ServerSettings::new(binary).access(access)).unwrap();
    runtime().block_on(async {
        let with = |auth| NatsSettings { auth, ..NatsSettings::at(server.url()) };
        let right = with(NatsAuth::Token("quite-secret".into()));
        let connection = NatsConnection::open(right.clone(), clock()).await.unwrap();
        assert_eq!(connection.health().state, LinkState::Connected);
        let shown = format!("{right:?} {connection:?}");
        assert!(!shown.contains("quite-secret"), "{shown}");
        for wrong in [NatsAuth::Anonymous, NatsAuth::Token("wrong-secret".into())] {
            let error = NatsConnection::open(with(wrong), clock()).await.unwrap_err();
            assert_eq!(error.code(), Code::PermissionDenied, "{error}");
            assert!(!format!("{error:?} {}", error.chain()).contains("wrong-secret"), "{error:?}");
        }
    });
}

#[test]
fn a_key_pair_lets_in() {
    let Some(binary) = find_or_skip("a server with nkeys") else { return };
    let pair = nkeys::KeyPair::new_user();
    let access = Access::Nkey(pair.public_key());
    let server = NatsServer::start(ServerSettings::new(binary).access(access)).unwrap();
    runtime().block_on(async {
        let with = |seed: String| {
            let auth = NatsAuth::Nkey(Secret::new(seed));
            NatsSettings { auth, ..NatsSettings::at(server.url()) }
        };
        let store = connect(with(pair.seed().unwrap())).await;
        store.write(&bucket(), put("a", "1")).await.unwrap();
        assert!(store.get(&bucket(), &key("a"), Read::Strict).await.unwrap().is_some());

        let stranger = with(nkeys::KeyPair::new_user().seed().unwrap());
        let error = NatsConnection::open(stranger, clock()).await.unwrap_err();
        assert_eq!(error.code(), Code::PermissionDenied, "{error}");
        let error = NatsConnection::open(with("SUnonsense".to_owned()), clock()).await.unwrap_err();
        assert!(!format!("{error:?} {}", error.chain()).contains("SUnonsense"), "{error:?}");
    });
}

#[test]
fn credentials_that_cannot_be_read_are_named() {
    let Some(server) = own_server("credentials that cannot be read") else { return };
    runtime().block_on(async {
        let settings =
            NatsSettings { auth: NatsAuth::Credentials("no/such/file.creds".into()), ..NatsSettings::at(server.url()) };
        let error = NatsConnection::open(settings, clock()).await.unwrap_err();
        assert_eq!(error.code(), Code::InvalidConfiguration, "{error}");
        assert!(error.what().contains("no/such/file.creds"), "{error}");
    });
}

#[test]
fn certificates_are_checked_on_both_sides() {
    let Some(binary) = find_or_skip("a server with TLS") else { return };
    let folder = tempfile::tempdir().unwrap();
    let Some(files) = Certificates::make(folder.path()) else {
        println!("SKIPPED: certificates_are_checked_on_both_sides — no openssl on this machine — install openssl");
        return;
    };
    let tls = TlsFiles {
        certificate: files.path("server.pem"),
        key: files.path("server.key"),
        clients: Some(files.path("authority.pem")),
    };
    let server = NatsServer::start(ServerSettings::new(binary).tls(tls)).unwrap();
    runtime().block_on(async {
        let full = NatsTls {
            require: true,
            authority: Some(files.path("authority.pem")),
            client: Some((files.path("client.pem"), files.path("client.key"))),
            first: false,
        };
        let with = |tls| NatsSettings { tls, ..NatsSettings::at(server.url()) };
        let store = connect(with(full.clone())).await;
        store.write(&bucket(), put("a", "1")).await.unwrap();

        let no_client = NatsTls { client: None, ..full.clone() };
        let other_authority = NatsTls { authority: Some(files.path("other.pem")), ..full };
        for tls in [no_client, other_authority] {
            NatsConnection::open(with(tls), clock()).await.unwrap_err();
        }
    });
}

/// An authority, another one, and certificates of the first for a server on this machine and for a client.
struct Certificates(PathBuf);

impl Certificates {
    /// `None` where there is no openssl.
    fn make(folder: &Path) -> Option<Self> {
        Command::new("openssl").arg("version").output().ok()?;
        let run = |arguments: &str| {
            let done = Command::new("openssl").args(arguments.split(' ')).current_dir(folder).output().unwrap();
            assert!(done.status.success(), "openssl {arguments}: {}", String::from_utf8_lossy(&done.stderr));
        };
        let key = "-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes";
        for name in ["authority", "other"] {
            run(&format!("req -x509 {key} -keyout {name}.key -out {name}.pem -days 2 -subj /CN={name}"));
        }
        std::fs::write(folder.join("san"), "subjectAltName=IP:127.0.0.1,DNS:localhost\nbasicConstraints=CA:FALSE\n")
            .unwrap();
        for name in ["server", "client"] {
            run(&format!("req {key} -keyout {name}.key -out {name}.csr -subj /CN={name}"));
            let sign = "-CA authority.pem -CAkey authority.key -CAcreateserial -days 2 -extfile san";
            run(&format!("x509 -req -in {name}.csr -out {name}.pem {sign}"));
        }
        Some(Self(folder.to_owned()))
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }
}
