//! The event log over links that break, servers that end, and streams that somebody meddled with.

use std::time::Duration;

use bytes::Bytes;
use foundation_core::Code;
use foundation_core::event::{Event, EventId, EventType, NodeId};
use foundation_core::port::clock::{Monotonic, WallTime};
use foundation_core::port::messaging::GroupName;
use foundation_core::port::storage::{Appended, BatchId, EventLog, Expect, Recorded, Sequence, StreamName};
use foundation_core::port::{BoxStream, clock};
use foundation_nats::{NatsConnection, NatsEventLog, NatsSettings};
use foundation_nats_server::{NatsCluster, NatsServer, ServerSettings, find_or_skip};
use futures_util::{StreamExt as _, TryStreamExt as _};
use serde_json::{Value, json};

use crate::kv_proxy::{Lost, Proxy};
use crate::server::{Servers, own_server, runtime};

const PATIENCE: Duration = Duration::from_secs(60);

fn stream(text: &str) -> StreamName {
    StreamName::new(text).unwrap()
}

fn event(text: &str) -> Event {
    Event {
        id: EventId::from(7),
        kind: EventType::new("test.event").unwrap(),
        schema: 1,
        wall: WallTime(1),
        monotonic: Monotonic(1),
        node: NodeId::new("node").unwrap(),
        process: None,
        correlation: None,
        parent: None,
        data: Bytes::copy_from_slice(text.as_bytes()),
    }
}

fn events(texts: &[&str]) -> Vec<Event> {
    texts.iter().map(|text| event(text)).collect()
}

fn text(recorded: &Recorded) -> String {
    String::from_utf8(recorded.event.data.to_vec()).unwrap()
}

async fn open(settings: NatsSettings) -> (NatsConnection, NatsEventLog) {
    let clock = std::sync::Arc::new(foundation_memory::SystemClock::new());
    let connection = NatsConnection::open(settings, clock).await.unwrap();
    let log = NatsEventLog::open(&connection).await.unwrap();
    (connection, log)
}

async fn append(log: &NatsEventLog, name: &str, batch: u128, texts: &[&str]) -> Appended {
    log.append(&stream(name), BatchId(batch), events(texts), Expect::Any).await.unwrap()
}

async fn read(log: &NatsEventLog, name: &str, from: Sequence) -> foundation_core::Result<Vec<Recorded>> {
    log.read(&stream(name), from).await?.try_collect().await
}

async fn texts(log: &NatsEventLog, name: &str) -> Vec<String> {
    read(log, name, Sequence::START).await.unwrap().iter().map(text).collect()
}

async fn within<T>(what: &str, work: impl Future<Output = T>) -> T {
    let clock: &dyn clock::Clock = &foundation_memory::SystemClock::new();
    let done = clock::deadline(clock, clock.now() + PATIENCE, work).await;
    done.unwrap_or_else(|_| panic!("{what}: nothing came within {PATIENCE:?}"))
}

async fn next(subscription: &mut BoxStream<'static, foundation_core::Result<Recorded>>) -> Recorded {
    within("the next event", subscription.next()).await.expect("a subscription does not end").unwrap()
}

/// Answers within a moment, so that a test does not wait long for those that never come.
fn impatient(url: String) -> NatsSettings {
    NatsSettings {
        answer_timeout: Duration::from_millis(500),
        ping_interval: Duration::from_millis(500),
        ..NatsSettings::at(url)
    }
}

/// Asks JetStream's API as an operator would.
fn administer(server: &NatsServer, what: &str, body: &Value) {
    let answer = server.ask(&format!("$JS.API.{what}"), body, PATIENCE).unwrap();
    assert_eq!(answer["error"], Value::Null, "{what}");
}

/// What is appended, what its last message has in it, and what it expects, given the head and the owner's.
type Case<'a> = (&'a [&'a str], &'a str, fn(Sequence, Sequence) -> Expect);

#[test]
fn an_append_whose_answer_or_request_is_lost_takes_effect_once() {
    let Some(server) = own_server("a link that loses answers to appends") else { return };
    runtime().block_on(async {
        let (_direct, direct) = open(NatsSettings::at(server.url())).await;
        for (round, lost) in [Lost::Answer, Lost::Request, Lost::AnswerOnly].into_iter().enumerate() {
            let proxy = Proxy::before(server.address()).await;
            let (_connection, log) = open(impatient(proxy.url())).await;
            let owner = append(&log, "owner", 1_000 + round as u128, &["owner"]).await.last;
            let mut head = append(&log, "s", 2_000 + round as u128, &["begin"]).await.last;
            let mut expected = texts(&direct, "s").await;
            let cases: [Case<'_>; 6] = [
                (&["any"], "Nats-Msg-Id", |_, _| Expect::Any),
                (&["any", "batch"], "Nats-Batch-Commit", |_, _| Expect::Any),
                (&["head"], "Nats-Msg-Id", |head, _| Expect::Head(head)),
                (&["head", "batch"], "Nats-Batch-Commit", |head, _| Expect::Head(head)),
                (&["fenced"], "Nats-Batch-Commit", |_, owner| Expect::HeadOf(stream("owner"), owner)),
                (&["fenced", "batch"], "Nats-Batch-Commit", |_, owner| Expect::HeadOf(stream("owner"), owner)),
            ];
            for (number, (batch, with, expect)) in cases.into_iter().enumerate() {
                let id = BatchId((round * 100 + number + 1) as u128);
                proxy.lose(lost, with);
                let sent = log.append(&stream("s"), id, events(batch), expect(head, owner)).await;
                let appended = sent.unwrap_or_else(|error| panic!("{lost:?} {batch:?}: {error}"));
                assert!(proxy.is_sprung(), "{lost:?} {batch:?}");
                assert!(!appended.duplicate, "{lost:?} {batch:?}: it was this call that appended");
                expected.extend(batch.iter().map(|text| (*text).to_owned()));
                assert_eq!(texts(&direct, "s").await, expected, "{lost:?} {batch:?}");
                let again = direct.append(&stream("s"), id, events(&["x"]), Expect::Empty).await.unwrap();
                assert_eq!(again, Appended { duplicate: true, ..appended });
                head = appended.last;
            }
            let create = async |name: &str| {
                log.append(&stream(name), BatchId(5_000 + round as u128), events(&["created"]), Expect::Empty).await
            };
            proxy.lose(lost, "Nats-Msg-Id");
            let name = format!("created.{round}");
            assert!(!create(&name).await.unwrap().duplicate);
            assert_eq!(texts(&direct, &name).await, ["created"]);
        }
    });
}

#[test]
fn an_append_that_nobody_answers_is_unknown_and_the_same_batch_settles_it() {
    let Some(mut server) = own_server("a server that stops answering") else { return };
    runtime().block_on(async {
        let hasty = NatsSettings {
            resolve_timeout: Duration::from_millis(600),
            answer_timeout: Duration::from_millis(300),
            ..NatsSettings::at(server.url())
        };
        let (_connection, log) = open(hasty).await;
        let head = append(&log, "s", 1, &["a"]).await.last;
        server.pause().unwrap();
        let create = async |batch, expect| log.append(&stream("s"), BatchId(batch), events(&["b"]), expect).await;
        let unknown = create(2, Expect::Head(head)).await.unwrap_err();
        assert_eq!(unknown.code(), Code::OutcomeUnknown, "{unknown}");
        server.resume().unwrap();
        // The server handles what waited in its buffers: the first copy may well have taken effect by now.
        let settled = within("the same batch again", async {
            loop {
                match create(2, Expect::Head(head)).await {
                    Ok(appended) => return appended,
                    Err(error) => assert!(error.is_transient() || error.code() == Code::OutcomeUnknown, "{error}"),
                }
            }
        })
        .await;
        assert_eq!(texts(&log, "s").await, ["a", "b"]);
        assert_eq!(create(2, Expect::Any).await.unwrap(), Appended { duplicate: true, ..settled });
        assert_eq!(create(3, Expect::Head(head)).await.unwrap_err().code(), Code::Conflict);
    });
}

#[test]
fn a_subscriber_outlives_its_server() {
    let Some(mut server) = own_server("a server that is killed under a subscriber") else { return };
    runtime().block_on(async {
        let (_connection, log) = open(impatient(server.url())).await;
        let (_other, reader) = open(impatient(server.url())).await;
        let mut subscription = reader.subscribe(&stream("s"), Sequence::START).await.unwrap();
        let mut expected = Vec::new();
        for round in 0..4_u128 {
            for number in 0..20 {
                let one = format!("{round}.{number}");
                append(&log, "s", round * 100 + number + 1, &[&one]).await;
                expected.push(one);
            }
            // Some are read before the server ends, some only after.
            for place in 0..10 {
                assert_eq!(text(&next(&mut subscription).await), expected[expected.len() - 20 + place]);
            }
            server.kill().unwrap();
            server.restart().unwrap();
            for place in 10..20 {
                assert_eq!(text(&next(&mut subscription).await), expected[expected.len() - 20 + place]);
            }
            let after = format!("after {round}");
            within("an append to the server that is there again", async {
                while log.append(&stream("s"), BatchId(1_000 + round), events(&[&after]), Expect::Any).await.is_err() {}
            })
            .await;
            expected.push(after.clone());
            assert_eq!(text(&next(&mut subscription).await), after);
        }
        assert_eq!(texts(&reader, "s").await, expected);
    });
}

#[test]
fn batches_are_remembered_by_a_server_that_was_killed_and_after_a_trim() {
    let Some(mut server) = own_server("a server that is killed after appends") else { return };
    runtime().block_on(async {
        let (_connection, log) = open(impatient(server.url())).await;
        let one = append(&log, "s", 1, &["a"]).await;
        let three = append(&log, "s", 2, &["b", "c", "d"]).await;
        let last = append(&log, "s", 3, &["e", "f"]).await;
        log.trim(&stream("s"), Sequence(u64::MAX)).await.unwrap();
        server.kill().unwrap();
        server.restart().unwrap();
        let (_connection, log) = open(impatient(server.url())).await;
        assert_eq!(texts(&log, "s").await, ["f"]);
        for (batch, first_time) in [(1, one), (2, three), (3, last)] {
            let again = log.append(&stream("s"), BatchId(batch), events(&["x"]), Expect::Empty).await.unwrap();
            assert_eq!(again, Appended { duplicate: true, ..first_time }, "batch {batch}");
            // The id counts over all streams.
            assert_eq!(append(&log, "other", batch, &["x"]).await, again);
        }
        assert_eq!(texts(&log, "s").await, ["f"]);
        assert_eq!(log.streams("").await.unwrap(), [stream("s")]);
    });
}

#[test]
fn tenants_on_one_server_are_apart() {
    let (Some(one), Some(two)) = (Servers::One.settings(), Servers::One.settings()) else { return };
    runtime().block_on(async {
        let (_one, one) = open(one).await;
        let (_two, two) = open(two).await;
        let mut subscription = two.subscribe(&stream("s"), Sequence::START).await.unwrap();
        append(&one, "s", 1, &["one's"]).await;
        assert_eq!(two.head(&stream("s")).await.unwrap(), None);
        assert_eq!(two.streams("").await.unwrap(), []);
        // The same batch id is another batch.
        assert!(!append(&two, "s", 1, &["two's"]).await.duplicate);
        assert_eq!(text(&next(&mut subscription).await), "two's");
        assert_eq!(texts(&one, "s").await, ["one's"]);
        assert_eq!(texts(&two, "s").await, ["two's"]);
    });
}

#[test]
fn an_event_that_is_gone_is_missed() {
    let Some(server) = own_server("a stream that loses events") else { return };
    runtime().block_on(async {
        let (_connection, log) = open(NatsSettings::at(server.url())).await;
        append(&log, "s", 1, &["a"]).await;
        let batch = append(&log, "s", 2, &["b", "c", "d"]).await;
        append(&log, "s", 3, &["e"]).await;
        let delete = |sequence: u64| {
            administer(&server, "STREAM.MSG.DELETE.FOUNDATION_LOG_default", &json!({ "seq": sequence }));
        };
        // In the middle of a batch.
        delete(batch.first.0 + 1);
        let error = read(&log, "s", Sequence::START).await.unwrap_err();
        assert_eq!(error.code(), Code::Corrupt, "{error}");
        assert!(error.what().contains(&format!("up to {} are missing", batch.first.0 + 1)), "{error}");
        // What came before it is told first.
        let mut reading = log.read(&stream("s"), Sequence::START).await.unwrap();
        assert_eq!(text(&reading.next().await.unwrap().unwrap()), "a");
        assert_eq!(text(&reading.next().await.unwrap().unwrap()), "b");
        assert_eq!(reading.next().await.unwrap().unwrap_err().code(), Code::Corrupt);
        assert!(reading.next().await.is_none());
        let mut subscription = log.subscribe(&stream("s"), batch.first.next()).await.unwrap();
        let told = within("the loss", subscription.next()).await.unwrap();
        assert_eq!(told.unwrap_err().code(), Code::Corrupt);
        // Behind it all is well.
        let behind: Vec<String> = read(&log, "s", batch.last).await.unwrap().iter().map(text).collect();
        assert_eq!(behind, ["d", "e"]);
        // A loss at the beginning is no trim.
        append(&log, "t", 4, &["a"]).await;
        let kept = append(&log, "t", 5, &["b"]).await;
        delete(kept.first.0 - 1);
        assert_eq!(read(&log, "t", Sequence::START).await.unwrap_err().code(), Code::Corrupt);
    });
}

#[test]
fn a_tail_that_is_gone_is_missed_by_whoever_knew_of_it() {
    let Some(server) = own_server("a stream that loses its tail") else { return };
    runtime().block_on(async {
        let (_connection, log) = open(NatsSettings::at(server.url())).await;
        append(&log, "s", 1, &["a"]).await;
        let last = append(&log, "s", 2, &["b"]).await.last;
        administer(&server, "STREAM.MSG.DELETE.FOUNDATION_LOG_default", &json!({ "seq": last.0 }));
        assert_eq!(read(&log, "s", Sequence::START).await.unwrap_err().code(), Code::Corrupt);
        assert_eq!(log.head(&stream("s")).await.unwrap_err().code(), Code::Corrupt);
        let append = log.append(&stream("s"), BatchId(3), events(&["c"]), Expect::Any).await;
        assert_eq!(append.unwrap_err().code(), Code::Corrupt, "nothing is put on top of a loss");
    });
}

#[test]
fn what_others_wrote_is_no_event() {
    let Some(server) = own_server("a stream that others write to") else { return };
    runtime().block_on(async {
        let (_connection, log) = open(NatsSettings::at(server.url())).await;
        append(&log, "s", 1, &["a"]).await;
        server.ask("foundation.default.log.s", &json!("not an event"), PATIENCE).unwrap();
        let error = read(&log, "s", Sequence::START).await.unwrap_err();
        assert_eq!(error.code(), Code::Corrupt, "{error}");
    });
}

#[test]
fn a_stream_that_cannot_keep_the_promises_is_refused() {
    let Some(server) = own_server("a stream that was made otherwise") else { return };
    runtime().block_on(async {
        let body = json!({ "name": "FOUNDATION_LOG_default", "subjects": ["foundation.default.log.>"], "max_age": 1_000_000_000 });
        administer(&server, "STREAM.CREATE.FOUNDATION_LOG_default", &body);
        let clock = std::sync::Arc::new(foundation_memory::SystemClock::new());
        let connection = NatsConnection::open(NatsSettings::at(server.url()), clock).await.unwrap();
        let refused = NatsEventLog::open(&connection).await.unwrap_err();
        assert_eq!(refused.code(), Code::InvalidConfiguration, "{refused}");
    });
}

#[test]
fn a_full_stream_refuses_appends_and_is_read() {
    let Some(settings) = Servers::Three.settings() else { return };
    runtime().block_on(async {
        let tenant = settings.tenant.clone();
        let (connection, log) = open(settings).await;
        append(&log, "s", 1, &["a"]).await;
        let name = format!("FOUNDATION_LOG_{tenant}");
        let client = async_nats::connect(&connection.settings().servers[..]).await.unwrap();
        let ask = async |what: &str, body: Value| -> Value {
            let answer = client.request(format!("$JS.API.{what}.{name}"), body.to_string().into()).await.unwrap();
            serde_json::from_slice(&answer.payload).unwrap()
        };
        let mut config = ask("STREAM.INFO", Value::Null).await["config"].clone();
        config["max_bytes"] = json!(1);
        assert_eq!(ask("STREAM.UPDATE", config).await["error"], Value::Null);
        let full = within("a refusal", async {
            loop {
                match log.append(&stream("s"), BatchId(2), events(&["b"]), Expect::Any).await {
                    Err(error) => return error,
                    // The change is on its way.
                    Ok(_) => tokio::task::yield_now().await,
                }
            }
        })
        .await;
        assert_eq!(full.code(), Code::ResourceExhausted, "{full}");
        assert_eq!(texts(&log, "s").await[0], "a");
        assert!(log.head(&stream("s")).await.unwrap().is_some());
        assert_eq!(log.streams("").await.unwrap(), [stream("s")]);
    });
}

#[test]
fn nothing_is_lost_or_doubled_when_the_leader_is_killed() {
    let Some(binary) = find_or_skip("three servers whose leader is killed under appends") else { return };
    let mut cluster = NatsCluster::start(3, &ServerSettings::new(binary)).unwrap();
    runtime().block_on(async {
        let settings = NatsSettings { servers: cluster.urls(), replicas: 3, ..NatsSettings::default() };
        let (_connection, log) = open(settings.clone()).await;
        let (_other, reader) = open(settings).await;
        let mut subscription = reader.subscribe(&stream("s"), Sequence::START).await.unwrap();
        let mut expected = Vec::new();
        for number in 0..60_u128 {
            if number == 20 {
                let leader = cluster.leader_of("FOUNDATION_LOG_default", PATIENCE).unwrap();
                cluster.kill(leader).unwrap();
            }
            let one = number.to_string();
            within("an append over the death of a leader", async {
                loop {
                    match log.append(&stream("s"), BatchId(number), events(&[&one]), Expect::Any).await {
                        Ok(_) => return,
                        Err(error) => assert!(error.is_transient() || error.code() == Code::OutcomeUnknown, "{error}"),
                    }
                }
            })
            .await;
            expected.push(one);
        }
        for one in &expected {
            assert_eq!(&text(&next(&mut subscription).await), one);
        }
        assert_eq!(texts(&reader, "s").await, expected);
    });
}

#[test]
fn a_consumer_goes_on_where_it_stopped() {
    for servers in [Servers::One, Servers::Three] {
        let Some(settings) = servers.settings() else { return };
        runtime().block_on(async {
            let name = GroupName::new("projector").unwrap();
            let (_connection, log) = open(settings.clone()).await;
            append(&log, "s", 1, &["a", "b", "c"]).await;
            append(&log, "other", 2, &["x"]).await;
            let mut consumer = log.consumer(&name, &stream("s")).await.unwrap();
            assert_eq!(consumer.confirmed(), Sequence::START);
            let a = within("a", consumer.next()).await.unwrap();
            let b = within("b", consumer.next()).await.unwrap();
            assert_eq!((text(&a), text(&b)), ("a".to_owned(), "b".to_owned()));
            consumer.confirm(a.sequence).await.unwrap();
            drop(consumer);

            // Another process: what was not confirmed comes again.
            let (_connection, log) = open(settings.clone()).await;
            let mut consumer = log.consumer(&name, &stream("s")).await.unwrap();
            assert_eq!(consumer.confirmed(), a.sequence);
            for expected in ["b", "c"] {
                assert_eq!(text(&within(expected, consumer.next()).await.unwrap()), expected);
            }
            let d = append(&log, "s", 3, &["d"]).await.last;
            assert_eq!(within("d", consumer.next()).await.unwrap().sequence, d);
            // Others begin at the beginning.
            let other = GroupName::new("other").unwrap();
            let mut beside = log.consumer(&other, &stream("s")).await.unwrap();
            assert_eq!(text(&within("a", beside.next()).await.unwrap()), "a");

            // Two readers of one name: the first to confirm goes on.
            let mut twin = log.consumer(&name, &stream("s")).await.unwrap();
            twin.confirm(b.sequence).await.unwrap();
            assert_eq!(consumer.confirm(d).await.unwrap_err().code(), Code::Conflict);
            twin.confirm(d).await.unwrap();
            twin.confirm(b.sequence).await.unwrap();
            assert_eq!(twin.confirmed(), d, "a place does not go back");

            // What was confirmed may be trimmed, and nothing else without being told.
            log.trim(&stream("s"), Sequence(u64::MAX)).await.unwrap();
            let mut consumer = log.consumer(&name, &stream("s")).await.unwrap();
            append(&log, "s", 4, &["e"]).await;
            assert_eq!(text(&within("e", consumer.next()).await.unwrap()), "e");
            beside.confirm(a.sequence).await.unwrap();
            let trimmed = log.consumer(&other, &stream("s")).await.unwrap_err();
            assert_eq!(trimmed.code(), Code::Compacted, "{trimmed}");
        });
    }
}

#[test]
fn a_consumer_outlives_its_server_and_a_lost_confirmation() {
    let Some(mut server) = own_server("a server that is killed under a consumer") else { return };
    runtime().block_on(async {
        let name = GroupName::new("projector").unwrap();
        let proxy = Proxy::before(server.address()).await;
        let (_connection, log) = open(impatient(proxy.url())).await;
        append(&log, "s", 1, &["a", "b", "c"]).await;
        let mut consumer = log.consumer(&name, &stream("s")).await.unwrap();
        let mut done = Vec::new();
        for lost in [Lost::Answer, Lost::Request, Lost::AnswerOnly] {
            let recorded = within("the next event", consumer.next()).await.unwrap();
            proxy.lose(lost, "log-place");
            consumer.confirm(recorded.sequence).await.unwrap_or_else(|error| panic!("{lost:?}: {error}"));
            assert!(proxy.is_sprung(), "{lost:?}");
            done.push(text(&recorded));
        }
        assert_eq!(done, ["a", "b", "c"]);
        server.kill().unwrap();
        server.restart().unwrap();
        let (_connection, log) = open(impatient(server.url())).await;
        let last = append(&log, "s", 2, &["d"]).await.last;
        let mut consumer = log.consumer(&name, &stream("s")).await.unwrap();
        assert_eq!(within("what comes behind it", consumer.next()).await.unwrap().sequence, last);
    });
}

/// Asking any copy without a proof fails this about once in a hundred rounds.
#[test]
fn a_read_through_another_server_sees_what_was_acknowledged() {
    let Some(settings) = Servers::Three.settings() else { return };
    runtime().block_on(async {
        let mut logs = Vec::new();
        for server in 0..3 {
            let servers = vec![settings.servers[server].clone()];
            logs.push(open(NatsSettings { servers, ..settings.clone() }).await.1);
        }
        let mut heard = Vec::new();
        for round in 0..400_usize {
            let (writer, reader) = (&logs[round % 3], &logs[(round / 3 + 1) % 3]);
            let name = format!("s{}", round % 5);
            let last = append(writer, &name, round as u128 + 1, &[&round.to_string()]).await.last;
            heard.push((round, reader.head(&stream(&name)).await.unwrap(), last));
            if round % 20 == 0 {
                let found = read(reader, &name, last).await.unwrap();
                assert_eq!(found.iter().map(text).collect::<Vec<_>>(), [round.to_string()]);
                assert!(reader.streams("s").await.unwrap().contains(&stream(&name)), "round {round}");
            }
        }
        heard.retain(|(_, head, last)| *head != Some(*last));
        assert_eq!(heard, [], "rounds with a head that was out of date");
    });
}
