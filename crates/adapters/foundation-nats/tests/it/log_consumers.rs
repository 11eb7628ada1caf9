//! Named consumers of events.

use foundation_core::Code;
use foundation_core::port::messaging::GroupName;
use foundation_core::port::storage::{EventLog, Sequence};

use crate::kv_proxy::{Lost, Proxy};
use crate::log_support::{append, impatient, open, stream, text, within};
use crate::server::{Servers, own_server, runtime};

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
