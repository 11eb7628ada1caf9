//! Messaging over servers that end, links that break, and subscribers that do not read.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use foundation_core::port::BoxStream;
use foundation_core::port::clock::{Clock, deadline};
use foundation_core::port::messaging::{Delivery, GroupName, Messaging, Subject, SubjectPattern};
use foundation_core::{Code, Result};
use foundation_memory::SystemClock;
use foundation_nats::{LinkState, NatsConnection, NatsMessaging, NatsSettings};
use futures_util::{FutureExt as _, StreamExt as _};

use crate::server::{Servers, own_server, runtime};

const PATIENCE: Duration = Duration::from_secs(60);

fn subject(text: &str) -> Subject {
    Subject::new(text).unwrap()
}

fn clock() -> Arc<dyn Clock> {
    Arc::new(SystemClock::new())
}

async fn open(settings: NatsSettings) -> (NatsConnection, NatsMessaging) {
    let connection = NatsConnection::open(settings, clock()).await.unwrap();
    let messaging = NatsMessaging::new(&connection);
    (connection, messaging)
}

async fn within<T>(what: &str, work: impl Future<Output = T>) -> T {
    let clock = clock();
    let done = deadline(&*clock, clock.now() + PATIENCE, work).await;
    done.unwrap_or_else(|_| panic!("{what}: nothing came within {PATIENCE:?}"))
}

async fn subscribe(messaging: &NatsMessaging, pattern: &str) -> BoxStream<'static, Result<Delivery>> {
    messaging.subscribe(&SubjectPattern::new(pattern).unwrap(), None).await.unwrap()
}

async fn next(subscription: &mut BoxStream<'static, Result<Delivery>>) -> String {
    let told = within("the next message", subscription.next()).await.expect("a subscription does not end").unwrap();
    String::from_utf8(told.payload.to_vec()).unwrap()
}

#[test]
fn subscriptions_come_back_with_the_link_and_calls_meanwhile_are_refused() {
    let Some(mut server) = own_server("a server that is killed under a subscription") else { return };
    runtime().block_on(async {
        let settings = NatsSettings { ping_interval: Duration::from_millis(500), ..NatsSettings::at(server.url()) };
        let (connection, messaging) = open(settings).await;
        let mut plain = subscribe(&messaging, "a").await;
        let group = Some(GroupName::new("g").unwrap());
        let mut member = messaging.subscribe(&SubjectPattern::new("a").unwrap(), group).await.unwrap();
        messaging.publish(&subject("a"), Bytes::from_static(b"1")).await.unwrap();
        assert_eq!((next(&mut plain).await, next(&mut member).await), ("1".to_owned(), "1".to_owned()));

        let before = connection.health();
        server.kill().unwrap();
        let mut health = connection.health_after(&before).await;
        while health.state == LinkState::Connected {
            health = connection.health_after(&health).await;
        }
        let refused = messaging.publish(&subject("a"), Bytes::from_static(b"lost")).await.unwrap_err();
        assert_eq!(refused.code(), Code::ServiceUnavailable, "{refused}");
        let refused = messaging.request(&subject("a"), Bytes::new(), PATIENCE).await.unwrap_err();
        assert_eq!(refused.code(), Code::ServiceUnavailable, "{refused}");
        let refused = messaging.subscribe(&SubjectPattern::new("b").unwrap(), None).await;
        assert_eq!(refused.err().unwrap().code(), Code::ServiceUnavailable);

        server.restart().unwrap();
        while health.state != LinkState::Connected {
            health = within("the link", connection.health_after(&health)).await;
        }
        // Nothing was kept back.
        messaging.publish(&subject("a"), Bytes::from_static(b"2")).await.unwrap();
        assert_eq!((next(&mut plain).await, next(&mut member).await), ("2".to_owned(), "2".to_owned()));
    });
}

#[test]
fn a_paused_server_lets_requests_time_out_and_the_next_one_succeed() {
    let Some(mut server) = own_server("a server that is paused under a request") else { return };
    runtime().block_on(async {
        let (_connection, messaging) = open(NatsSettings::at(server.url())).await;
        let mut asked = subscribe(&messaging, "echo").await;
        let answering = messaging.clone();
        let answerer = tokio::runtime::Handle::current().spawn(async move {
            while let Some(Ok(question)) = asked.next().await {
                let reply_to = question.reply_to.expect("a request says where its answer goes");
                answering.publish(&reply_to, question.payload).await.unwrap();
            }
        });
        let ask = async |timeout| messaging.request(&subject("echo"), Bytes::from_static(b"?"), timeout).await;
        assert_eq!(ask(PATIENCE).await.unwrap().payload, "?");
        server.pause().unwrap();
        // It takes the server a moment to stand still.
        let late = loop {
            if let Err(late) = ask(Duration::from_millis(50)).await {
                break late;
            }
        };
        assert_eq!(late.code(), Code::Timeout, "{late}");
        server.resume().unwrap();
        assert_eq!(ask(PATIENCE).await.unwrap().payload, "?");
        answerer.abort();
    });
}

#[test]
fn tenants_on_one_server_hear_nothing_of_each_other() {
    let (Some(one), Some(two)) = (Servers::One.settings(), Servers::One.settings()) else { return };
    runtime().block_on(async {
        let (_one, one) = open(one).await;
        let (_two, two) = open(two).await;
        let _listener = subscribe(&one, "a").await;
        let nobody = two.request(&subject("a"), Bytes::new(), PATIENCE).await.unwrap_err();
        assert_eq!(nobody.code(), Code::NoResponders, "{nobody}");
        let mut everything = subscribe(&two, ">").await;
        one.publish(&subject("a"), Bytes::from_static(b"one's")).await.unwrap();
        let beside = one.request(&subject("nowhere"), Bytes::new(), PATIENCE).await.unwrap_err();
        assert_eq!(beside.code(), Code::NoResponders, "the server has handled what was sent before");
        two.publish(&subject("b"), Bytes::from_static(b"two's")).await.unwrap();
        assert_eq!(next(&mut everything).await, "two's");
        assert!(everything.next().now_or_never().is_none());
    });
}

#[test]
fn a_subscription_on_one_server_hears_a_publisher_on_another() {
    let Some(settings) = Servers::Three.settings() else { return };
    runtime().block_on(async {
        let at = |server: usize| NatsSettings { servers: vec![settings.servers[server].clone()], ..settings.clone() };
        let (_here, here) = open(at(0)).await;
        let (_there, there) = open(at(1)).await;
        let mut heard = subscribe(&here, "a").await;
        let mut sent = 0_u32;
        // The other server hears of the subscription a moment later.
        let first: u32 = within("a message from the other server", async {
            loop {
                there.publish(&subject("a"), sent.to_string().into()).await.unwrap();
                sent += 1;
                let nowhere = there.request(&subject("nowhere"), Bytes::new(), PATIENCE).await.unwrap_err();
                assert_eq!(nowhere.code(), Code::NoResponders);
                if let Some(told) = heard.next().now_or_never() {
                    return std::str::from_utf8(&told.unwrap().unwrap().payload).unwrap().parse().unwrap();
                }
            }
        })
        .await;
        // From then on it hears everything, in order.
        for number in sent..sent + 100 {
            there.publish(&subject("a"), number.to_string().into()).await.unwrap();
        }
        for number in first + 1..sent + 100 {
            assert_eq!(next(&mut heard).await, number.to_string());
        }
    });
}

#[test]
fn a_subscriber_that_does_not_read_loses_and_is_told_how_much() {
    let Some(settings) = Servers::One.settings() else { return };
    runtime().block_on(async {
        let (_connection, messaging) = open(settings).await;
        // More than the client itself would hold, so that only counting on the way finds all of them.
        const SENT: usize = 150_000;
        let mut idle = subscribe(&messaging, "a").await;
        for _ in 0..SENT {
            messaging.publish(&subject("a"), Bytes::new()).await.unwrap();
        }
        let mut beside = subscribe(&messaging, "end").await;
        messaging.publish(&subject("end"), Bytes::from_static(b"end")).await.unwrap();
        assert_eq!(next(&mut beside).await, "end");
        let (mut told, mut lost) = (0, 0);
        while told + lost < SENT {
            match within("a message or a loss", idle.next()).await.unwrap() {
                Ok(_) => told += 1,
                Err(error) => {
                    assert_eq!(error.code(), Code::SlowConsumer, "{error}");
                    lost += error.what().split(' ').find_map(|word| word.parse::<usize>().ok()).unwrap();
                }
            }
        }
        assert_eq!(told + lost, SENT);
        assert_eq!(told, messaging.limits().pending_messages);
        assert!(idle.next().now_or_never().is_none());
    });
}
