//! The server's settings in docs/cluster.md are ones that a server takes, and the permissions in them are enough for
//! every port and keep out of other tenants' subjects.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use foundation_core::Code;
use foundation_core::event::{EventSource, EventType, NodeId};
use foundation_core::port::clock::Clock;
use foundation_core::port::messaging::{Messaging, Subject, SubjectPattern};
use foundation_core::port::storage::{
    BatchId, Bucket, EventLog, Expect, Key, KeyRange, KeyValue, Read, Sequence, StreamName, WatchFrom, Write,
};
use foundation_memory::{SystemClock, SystemEntropy};
use foundation_nats::{
    NatsAuth, NatsConnection, NatsEventLog, NatsKeyValue, NatsMessaging, NatsSettings, Secret, Tenant,
};
use foundation_nats_server::find_or_skip;
use futures_util::{StreamExt as _, TryStreamExt as _};

use crate::server::runtime;

const PAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../docs/cluster.md");

/// A child that ends with its test.
struct Ended(Child);

impl Drop for Ended {
    fn drop(&mut self) {
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

/// The page's settings for one server alone, without certificates, on a port and a folder of its own.
fn alone(folder: &std::path::Path) -> String {
    let page = std::fs::read_to_string(PAGE).unwrap();
    let settings = page.split("```conf\n").nth(1).and_then(|rest| rest.split("```").next()).unwrap();
    let (before, rest) = settings.split_once("cluster {\n").unwrap();
    let (_, after) = rest.split_once("\n}\n").unwrap();
    let text = format!("{before}{after}");
    let lines = text.lines().filter(|line| !line.starts_with("tls {"));
    let text: String = lines.flat_map(|line| [line, "\n"]).collect();
    text.replace("/var/lib/nats", &folder.join("store").display().to_string())
        .replace("listen: 0.0.0.0:4222", "listen: 127.0.0.1:-1")
        .replace("http: 127.0.0.1:8222", "http: 127.0.0.1:-1")
}

#[test]
fn the_settings_of_the_page_are_enough_and_no_more() {
    let Some(binary) = find_or_skip("a server with the settings of docs/cluster.md") else { return };
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("server.conf");
    std::fs::write(&path, alone(folder.path())).unwrap();
    let pair = nkeys::KeyPair::new_user();
    let mut command = Command::new(binary);
    command.arg("--config").arg(&path).env("ACME_NKEY", pair.public_key()).env("OPERATOR_PASSWORD", "unused");
    let mut child = Ended(command.stdin(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap());
    let mut said = String::new();
    let mut lines = BufReader::new(child.0.stderr.take().unwrap()).lines();
    let port = lines.by_ref().map_while(Result::ok).find_map(|line| {
        said.push_str(&line);
        said.push('\n');
        let (_, address) = line.split_once("Listening for client connections on ")?;
        address.rsplit(':').next()?.parse::<u16>().ok()
    });
    let port = port.unwrap_or_else(|| panic!("the server did not start:\n{said}"));
    // Whatever it says from here on is read, so that it never waits for a reader.
    let reader = std::thread::Builder::new().spawn(move || lines.count()).unwrap();

    runtime().block_on(async {
        let clock: Arc<dyn Clock> = Arc::new(SystemClock::new());
        let settings = |tenant: &str| NatsSettings {
            auth: NatsAuth::Nkey(Secret::new(pair.seed().unwrap())),
            tenant: Tenant::new(tenant).unwrap(),
            answer_timeout: Duration::from_secs(1),
            resolve_timeout: Duration::from_secs(1),
            ..NatsSettings::at(format!("nats://127.0.0.1:{port}"))
        };
        let connection = NatsConnection::open(settings("acme"), Arc::clone(&clock)).await.unwrap();
        use_the_log(&connection, &clock).await;
        use_the_rows(&connection).await;
        use_messages(&connection).await;
        assert_eq!(connection.health().last_error, None, "nothing was refused on the way");

        let refused = match NatsConnection::open(settings("other"), clock).await {
            Ok(other) => NatsMessaging::new(&other).publish_and_be_refused(&other).await,
            Err(error) => error.to_string(),
        };
        assert!(refused.contains("Permissions Violation"), "{refused}");
    });
    drop(child);
    reader.join().unwrap();
}

trait Refused {
    async fn publish_and_be_refused(&self, connection: &NatsConnection) -> String;
}

impl Refused for NatsMessaging {
    /// What the server says to a message on another tenant's subject.
    async fn publish_and_be_refused(&self, connection: &NatsConnection) -> String {
        let before = connection.health();
        self.publish(&Subject::new("a").unwrap(), Bytes::new()).await.unwrap();
        connection.health_after(&before).await.last_error.unwrap_or_default()
    }
}

async fn use_the_log(connection: &NatsConnection, clock: &Arc<dyn Clock>) {
    let log = NatsEventLog::open(connection).await.unwrap();
    let source =
        EventSource::new(Arc::clone(clock), Arc::new(SystemEntropy::new().unwrap()), NodeId::new("node").unwrap());
    let event = || source.event(EventType::new("test.event").unwrap(), 1, Bytes::new());
    let stream = StreamName::new("s").unwrap();
    let owner = StreamName::new("owner").unwrap();
    let mut subscription = log.subscribe(&stream, Sequence::START).await.unwrap();
    let marker = log.append(&owner, BatchId(1), vec![event()], Expect::Any).await.unwrap().last;
    log.append(&stream, BatchId(2), vec![event(), event()], Expect::Empty).await.unwrap();
    log.append(&stream, BatchId(3), vec![event()], Expect::HeadOf(owner, marker)).await.unwrap();
    let conflict = log.append(&stream, BatchId(4), vec![event()], Expect::Empty).await.unwrap_err();
    assert_eq!(conflict.code(), Code::Conflict, "{conflict}");
    for _ in 0..3 {
        subscription.next().await.unwrap().unwrap();
    }
    log.trim(&stream, Sequence(u64::MAX)).await.unwrap();
    assert_eq!(log.streams("").await.unwrap().len(), 2);
    let kept: Vec<_> = log.read(&stream, Sequence::START).await.unwrap().try_collect().await.unwrap();
    assert_eq!(kept.len(), 1);
}

async fn use_the_rows(connection: &NatsConnection) {
    let store = NatsKeyValue::new(connection.clone());
    let (bucket, key) = (Bucket::new("own").unwrap(), Key::new("k").unwrap());
    let mut watch = store.watch(&bucket, KeyRange::all(), WatchFrom::Snapshot).await.unwrap();
    store.write(&bucket, Write::put(key.clone(), b"1".to_vec())).await.unwrap();
    let two = vec![Write::put(key.clone(), b"2".to_vec()), Write::put(Key::new("l").unwrap(), b"2".to_vec())];
    store.commit(&bucket, two).await.unwrap();
    watch.next().await.unwrap().unwrap();
    assert!(store.get(&bucket, &key, Read::Strict).await.unwrap().is_some());
    let all: Vec<_> = store.scan(&bucket, KeyRange::all(), Read::Local).await.unwrap().try_collect().await.unwrap();
    assert_eq!(all.len(), 2);
}

async fn use_messages(connection: &NatsConnection) {
    let messaging = NatsMessaging::new(connection);
    let subject = Subject::new("a.b").unwrap();
    let mut asked = messaging.subscribe(&SubjectPattern::new("a.*").unwrap(), None).await.unwrap();
    let answer = async {
        let question = asked.next().await.unwrap().unwrap();
        messaging.publish(&question.reply_to.unwrap(), question.payload).await.unwrap();
    };
    let ask = messaging.request(&subject, Bytes::from_static(b"?"), Duration::from_secs(10));
    let (answered, ()) = futures_util::future::join(ask, answer).await;
    assert_eq!(answered.unwrap().payload, "?");
}
