//! The key-value store over links that break and servers that end.

use std::time::Duration;

use foundation_core::Code;
use foundation_core::port::storage::{Change, Condition, KeyRange, KeyValue, Revision, WatchFrom, Write};
use foundation_nats::{LinkState, NatsConnection, NatsKeyValue, NatsSettings};

use crate::kv::{bucket, clock, connect, entry, key, next, put};
use crate::kv_proxy::{Lost, Proxy};
use crate::server::{own_server, runtime};

/// Answers within a moment, so that a test does not wait long for those that never come.
fn impatient(url: String) -> NatsSettings {
    NatsSettings {
        answer_timeout: Duration::from_secs(1),
        ping_interval: Duration::from_millis(500),
        ..NatsSettings::at(url)
    }
}

#[test]
fn a_write_whose_answer_or_request_is_lost_takes_effect_once() {
    let Some(server) = own_server("a link that loses answers") else { return };
    runtime().block_on(async {
        let direct = connect(NatsSettings::at(server.url())).await;
        for lost in [Lost::Answer, Lost::Request, Lost::AnswerOnly] {
            let proxy = Proxy::before(server.address()).await;
            let store = connect(impatient(proxy.url())).await;
            let name = |what: &str| format!("{lost:?}.{what}");
            let standing = store.write(&bucket(), put(&name("at"), "1")).await.unwrap();
            let deleted = store.write(&bucket(), put(&name("deleted"), "1")).await.unwrap();
            for write in [
                put(&name("any"), "2"),
                put(&name("absent"), "2").when(Condition::Absent),
                put(&name("at"), "2").when(Condition::At(standing)),
                put(&name("fenced"), "2").when(Condition::Fenced { by: key(&name("deleted")), at: deleted }),
                Write::delete(key(&name("deleted"))).when(Condition::At(deleted)),
            ] {
                let what = format!("{write:?}");
                let mut watch = direct.watch(&bucket(), KeyRange::all(), WatchFrom::Snapshot).await.unwrap();
                while !matches!(next(&mut watch).await, Change::Current(_)) {}
                proxy.lose(lost, &format!("own.{} ", write.key));
                let target = write.key.clone();
                let revision = store.write(&bucket(), write).await.unwrap();
                assert!(proxy.is_sprung(), "{what}");
                // Told once, at the revision that the write answered.
                assert_eq!(told(next(&mut watch).await), (target, revision), "{what}");
                let mark = direct.write(&bucket(), put("mark", "")).await.unwrap();
                assert_eq!(told(next(&mut watch).await), (key("mark"), mark), "{what} was written twice");
            }
        }
    });
}

fn told(change: Change) -> (foundation_core::port::storage::Key, Revision) {
    match change {
        Change::Put(entry) => (entry.key, entry.revision),
        Change::Removed { key, revision, .. } => (key, revision),
        other => panic!("was told {other:?}"),
    }
}

#[test]
fn a_batch_whose_answer_or_request_is_lost_takes_effect_once() {
    let Some(server) = own_server("a link that loses answers to batches") else { return };
    runtime().block_on(async {
        for lost in [Lost::Answer, Lost::Request, Lost::AnswerOnly] {
            let proxy = Proxy::before(server.address()).await;
            let store = connect(impatient(proxy.url())).await;
            let owner = store.write(&bucket(), put("owner", &format!("{lost:?}"))).await.unwrap();
            let batch = vec![
                put("owner", "2").when(Condition::At(owner)),
                put("state", "2").when(Condition::Fenced { by: key("owner"), at: owner }),
                put(&format!("new.{lost:?}"), "2").when(Condition::Absent),
            ];
            proxy.lose(lost, &format!("own.new.{lost:?} "));
            let revisions = store.commit(&bucket(), batch).await.unwrap();
            assert!(proxy.is_sprung());
            for (name, revision) in ["owner", "state", &format!("new.{lost:?}")].into_iter().zip(revisions) {
                let found = entry(&store, name).await.unwrap();
                assert_eq!((&found.value[..], found.revision), (&b"2"[..], revision), "{name}");
            }
        }
    });
}

#[test]
fn a_lost_answer_to_a_write_that_was_overtaken_is_not_taken_for_a_refusal() {
    let Some(server) = own_server("a link that loses answers to writes that are overtaken") else { return };
    runtime().block_on(async {
        let direct = connect(NatsSettings::at(server.url())).await;
        let proxy = Proxy::before(server.address()).await;
        let store = connect(impatient(proxy.url())).await;
        let standing = store.write(&bucket(), put("a", "1")).await.unwrap();
        let mut watch = direct.watch(&bucket(), KeyRange::all(), WatchFrom::After(standing)).await.unwrap();
        proxy.lose(Lost::AnswerOnly, "own.a ");
        let own = bucket();
        let write = store.write(&own, put("a", "2").when(Condition::At(standing)));
        // As soon as the write is there another client overtakes it, long before its own client asks again.
        let overtake = async {
            let Change::Put(seen) = next(&mut watch).await else { panic!("no value") };
            direct.write(&bucket(), put("a", "3").when(Condition::At(seen.revision))).await.unwrap();
            seen.revision
        };
        let (written, seen) = futures_util::future::join(write, overtake).await;
        assert_eq!(written.unwrap(), seen);
        assert_eq!(entry(&direct, "a").await.unwrap().value, "3");
    });
}

#[test]
fn what_cannot_be_resolved_is_unknown_and_what_was_not_sent_is_not() {
    let Some(mut server) = own_server("a server that hangs") else { return };
    runtime().block_on(async {
        let settings = NatsSettings {
            resolve_timeout: Duration::from_secs(2),
            answer_timeout: Duration::from_secs(1),
            // The link has to outlive the first answer that does not come.
            ping_interval: Duration::from_secs(20),
            ..NatsSettings::at(server.url())
        };
        let store = connect(settings).await;
        store.write(&bucket(), put("a", "1")).await.unwrap();
        server.pause().unwrap();
        // Its threads stop one after the other, so the first write may still get through.
        let error = loop {
            if let Err(error) = store.write(&bucket(), put("a", "2")).await {
                break error;
            }
        };
        assert_eq!(error.code(), Code::OutcomeUnknown, "{error}");
        let error = store.get(&bucket(), &key("a"), foundation_core::port::storage::Read::Strict).await.unwrap_err();
        assert_eq!(error.code(), Code::Timeout, "{error}");
        server.resume().unwrap();
        server.kill().unwrap();
        let connection = store.connection().clone();
        let mut health = connection.health();
        while health.state == LinkState::Connected {
            health = connection.health_after(&health).await;
        }
        let error = store.write(&bucket(), put("a", "3")).await.unwrap_err();
        assert_eq!(error.code(), Code::ServiceUnavailable, "{error}");
    });
}

#[test]
fn a_watch_goes_on_over_the_end_of_its_server() {
    let Some(mut server) = own_server("a watch over a server that is killed") else { return };
    runtime().block_on(async {
        let store = connect(impatient(server.url())).await;
        let mut watch = store.watch(&bucket(), KeyRange::all(), WatchFrom::Snapshot).await.unwrap();
        next(&mut watch).await;
        let mut written = Vec::new();
        let mut seen = Vec::new();
        for round in 0..3 {
            for number in 0..5 {
                written.push(store.write(&bucket(), put(&format!("k{number}"), &round.to_string())).await.unwrap());
            }
            // Some of them are told before the server ends, some after.
            seen.push(told(next(&mut watch).await).1);
            server.kill().unwrap();
            server.restart().unwrap();
            written.push(until_written(&store, "restarted", &round.to_string()).await);
        }
        while seen.len() < written.len() {
            seen.push(told(next(&mut watch).await).1);
        }
        assert_eq!(seen, written, "each change once, in order");
    });
}

/// Writes as soon as the server takes it again.
async fn until_written(store: &NatsKeyValue, name: &str, value: &str) -> Revision {
    let clock = clock();
    let until = clock.now() + Duration::from_secs(60);
    loop {
        match store.write(&bucket(), put(name, value)).await {
            Ok(revision) => return revision,
            Err(error) => assert!(error.is_transient() && clock.now() < until, "{error}"),
        }
        clock.sleep(Duration::from_millis(20)).await;
    }
}

#[test]
fn health_tells_of_a_link_that_broke_and_was_made_again() {
    let Some(mut server) = own_server("the health of a link") else { return };
    runtime().block_on(async {
        let connection = NatsConnection::open(impatient(server.url()), clock()).await.unwrap();
        let before = connection.health();
        assert_eq!((before.state, before.reconnects), (LinkState::Connected, 0));
        server.kill().unwrap();
        let mut health = connection.health_after(&before).await;
        while health.state != LinkState::Disconnected {
            health = connection.health_after(&health).await;
        }
        assert!(health.since >= before.since);
        server.restart().unwrap();
        while health.state != LinkState::Connected {
            health = connection.health_after(&health).await;
        }
        assert_eq!(health.reconnects, 1);
    });
}
