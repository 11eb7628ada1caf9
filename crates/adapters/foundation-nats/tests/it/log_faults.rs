//! The event log over links that break and servers that end.

use std::time::Duration;

use foundation_core::Code;
use foundation_core::port::storage::{Appended, BatchId, EventLog, Expect, Sequence};
use foundation_nats::NatsSettings;
use foundation_nats_server::{NatsCluster, ServerSettings, find_or_skip};

use crate::kv_proxy::{Lost, Proxy};
use crate::log_support::{PATIENCE, append, events, impatient, next, open, read, stream, text, texts, within};
use crate::server::{Servers, own_server, runtime};

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
        // Only what is not to be answered is asked in haste.
        let (_connection, log) = open(NatsSettings::at(server.url())).await;
        let (_hasty, hasty) = open(hasty).await;
        append(&log, "s", 1, &["a"]).await;
        let begun = append(&log, "t", 2, &["a"]).await.last;
        server.pause().unwrap();
        // It takes the server a moment to stand still.
        while hasty.head(&stream("s")).await.is_ok() {}
        let unknown = hasty.append(&stream("t"), BatchId(3), events(&["b"]), Expect::Head(begun)).await.unwrap_err();
        let create = async |batch, expect| log.append(&stream("t"), BatchId(batch), events(&["b"]), expect).await;
        assert_eq!(unknown.code(), Code::OutcomeUnknown, "{unknown}");
        server.resume().unwrap();
        // The server handles what waited in its buffers: the first copy may well have taken effect by now.
        let settled = within("the same batch again", async {
            loop {
                match create(3, Expect::Head(begun)).await {
                    Ok(appended) => return appended,
                    Err(error) => assert!(error.is_transient() || error.code() == Code::OutcomeUnknown, "{error}"),
                }
            }
        })
        .await;
        assert_eq!(texts(&log, "t").await, ["a", "b"]);
        assert_eq!(create(3, Expect::Any).await.unwrap(), Appended { duplicate: true, ..settled });
        assert_eq!(create(4, Expect::Head(begun)).await.unwrap_err().code(), Code::Conflict);
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
