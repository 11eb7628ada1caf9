//! The event log on servers that others use and meddle with: tenants, losses, foreign messages, full stores.

use std::sync::Arc;

use foundation_core::Code;
use foundation_core::port::storage::{BatchId, EventLog, Expect, Sequence};
use foundation_memory::SystemClock;
use foundation_nats::{NatsConnection, NatsEventLog, NatsSettings};
use futures_util::StreamExt as _;
use serde_json::{Value, json};

use crate::log_support::{PATIENCE, administer, append, events, next, open, read, stream, text, texts, within};
use crate::server::{Servers, own_server, runtime};

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
        let clock = Arc::new(SystemClock::new());
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
fn several_processes_write_one_stream() {
    for servers in [Servers::One, Servers::Three] {
        let Some(settings) = servers.settings() else { return };
        runtime().block_on(async {
            let mut writers = Vec::new();
            for writer in 0..4_u128 {
                let (connection, log) = open(settings.clone()).await;
                writers.push(tokio::runtime::Handle::current().spawn(async move {
                    for step in 0..25 {
                        let (one, two) = (format!("{writer}:{step}.0"), format!("{writer}:{step}.1"));
                        let batch = if step % 5 == 0 { vec![&*one, &*two] } else { vec![&*one] };
                        append(&log, "s", writer * 1_000 + step + 1, &batch).await;
                    }
                    drop(connection);
                }));
            }
            for writer in writers {
                writer.await.unwrap();
            }
            let (_connection, log) = open(settings.clone()).await;
            let found = texts(&log, "s").await;
            for writer in 0..4 {
                let prefix = format!("{writer}:");
                let steps: Vec<&str> = found.iter().filter_map(|text| text.strip_prefix(&prefix)).collect();
                let expected: Vec<String> = (0..25)
                    .flat_map(|step| {
                        let last = if step % 5 == 0 { 1 } else { 0 };
                        (0..=last).map(move |part| format!("{step}.{part}"))
                    })
                    .collect();
                assert_eq!(steps, expected, "{servers:?}, writer {writer}");
            }
            assert_eq!(found.len(), 4 * 30);
        });
    }
}
