//! Bodies that make no sense: whatever is sent, the answer is JSON that says what is wrong, and the server goes on.

use std::net::SocketAddr;

use foundation_memory::VirtualClock;
use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use serde_json::{Value, json};

use crate::client::on_tokio;
use crate::studies::{ask, local, parabola, post, send, server};

const ASK: &str = "/v1/studies/parabola/ask";

/// A body that is right, for each path.
fn right(lease: &Value) -> Vec<(&'static str, Value)> {
    let mut described = parabola();
    described["team"] = json!({"samplers": ["random", "sobol"], "allocation": "bandit"});
    described["schedule"] = json!({"kind": "hyperband", "rungs": [1, 3, 9], "eta": 3, "brackets": 2});
    described["enqueue"] = json!([{"x": 0.5}]);
    described["slots"] = json!(2);
    described["name"] = json!("other");
    described["space"]["constraints"] = json!(["x >= 0"]);
    vec![
        ("/v1/studies", described),
        ("/v1/studies/parabola/enqueue", json!({"params": {"x": 0.5}})),
        (ASK, json!({"worker": "w", "lease_s": 60, "wait_s": 0})),
        ("/v1/studies/parabola/renew", json!({ "lease": lease })),
        ("/v1/studies/parabola/release", json!({ "lease": lease })),
        ("/v1/studies/parabola/report", json!({"lease": lease, "step": 1, "value": 0.5})),
        ("/v1/studies/parabola/tell", json!({"lease": lease, "value": 0.5})),
    ]
}

fn strange() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        Just(json!(-1)),
        Just(json!(0)),
        Just(json!(1.5)),
        Just(json!(1e308)),
        Just(json!(u64::MAX)),
        Just(json!(true)),
        Just(json!([])),
        Just(json!({})),
        Just(json!("x".repeat(5_000))),
        Just(json!("v1-0-60000-0000000000000000-0000000000000000")),
        Just(json!("v2-0-1-0-0")),
        "\\PC{0,12}".prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 12, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map("[a-z_]{0,6}", inner, 0..4).prop_map(|fields| json!(fields)),
        ]
    })
}

/// The places of all values in a body, as JSON pointers.
fn places(value: &Value, at: &str, found: &mut Vec<String>) {
    found.push(at.to_owned());
    match value {
        Value::Object(fields) => fields.iter().for_each(|(key, value)| places(value, &format!("{at}/{key}"), found)),
        Value::Array(items) => {
            items.iter().enumerate().for_each(|(key, value)| places(value, &format!("{at}/{key}"), found));
        }
        _ => {}
    }
}

/// How a right body is spoilt: where, by what, and where the text is cut.
type Spoilt = (prop::sample::Index, Value, Option<String>, Option<prop::sample::Index>);

fn spoil(right: &Value, (place, strange, key, cut): &Spoilt) -> Vec<u8> {
    let mut body = right.clone();
    body["version"] = json!(1);
    let mut found = Vec::new();
    places(&body, "", &mut found);
    let place = &found[place.index(found.len())];
    match (body.pointer_mut(place), key) {
        (Some(Value::Object(fields)), Some(key)) => drop(fields.insert(key.clone(), strange.clone())),
        (Some(value), _) => *value = strange.clone(),
        (None, _) => {}
    }
    let mut text = body.to_string().into_bytes();
    if let Some(cut) = cut {
        let at = cut.index(text.len());
        // Half of them end there, the others have a byte there that stands nowhere in JSON, or in UTF-8.
        if at % 2 == 0 { text.truncate(at) } else { text[at] = 0xff }
    }
    text
}

/// What the server answers to a body that need not be text.
async fn answer(at: SocketAddr, path: &str, body: &[u8]) -> (u16, String) {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    let mut stream = tokio::net::TcpStream::connect(at).await.expect("the server listens");
    let head = format!(
        "POST {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\ncontent-type: application/json\r\n\
         content-length: {}\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes()).await.expect("send");
    stream.write_all(body).await.expect("send");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.expect("an answer");
    let status = answer.split(' ').nth(1).and_then(|status| status.parse().ok()).expect("a status");
    (status, answer)
}

#[test]
fn no_body_breaks_the_server_or_goes_without_an_explanation() {
    on_tokio(async {
        let clock = VirtualClock::new();
        let server = server(&clock, local(&clock)).await;
        let at = server.address();
        post(at, "/v1/studies", parabola()).await;
        let lease = ask(at, "w").await["lease"].clone();
        let strategy = (
            any::<prop::sample::Index>(),
            strange(),
            prop::option::weighted(0.3, "[a-z_]{0,8}"),
            prop::option::weighted(0.2, any::<prop::sample::Index>()),
        );
        // Sockets are slow, so the cases are drawn first and then sent; a failure shows the body itself.
        let mut runner = TestRunner::new_with_rng(Config::default(), TestRng::deterministic_rng(RngAlgorithm::ChaCha));
        let mut refused = 0;
        for case in 0..60 {
            for (path, body) in right(&lease) {
                let spoilt = strategy.new_tree(&mut runner).expect("a case").current();
                let body = spoil(&body, &spoilt);
                let shown = || format!("case {case}, POST {path}: {}", String::from_utf8_lossy(&body));
                let (status, text) = answer(at, path, &body).await;
                assert!([200, 201, 204, 400, 404, 409, 410, 413].contains(&status), "{}\n{text}", shown());
                if status >= 400 {
                    refused += 1;
                    let said: Value = serde_json::from_str(crate::client::body(&text)).expect("JSON");
                    for field in ["message", "advice", "name"] {
                        let is_said = said[field].as_str().is_some_and(|text| !text.is_empty() && text.len() < 2_000);
                        assert!(is_said, "no {field} in {said}: {}", shown());
                    }
                }
            }
        }
        assert!(refused > 200, "only {refused} of 420 were wrong");
        let (status, next) = post(at, ASK, json!({"worker": "after"})).await;
        assert!(status == 200 || status == 204, "{status} {next}");
    });
}

#[test]
fn texts_that_are_hardly_json_are_refused() {
    on_tokio(async {
        let clock = VirtualClock::new();
        let server = server(&clock, local(&clock)).await;
        let at = server.address();
        post(at, "/v1/studies", parabola()).await;
        let deep = "[".repeat(100_000);
        let deep_fields = "{\"a\":".repeat(10_000);
        for text in
            ["", "\u{feff}{}", "{\"version\":1,}", "nul", "\"\\ud800\"", "{\"version\":1e0}", &deep, &deep_fields]
        {
            let (status, refused) = send(at, "POST", ASK, text).await;
            assert_eq!((status, &refused["name"]), (400, &json!("invalid_input")), "{refused}");
        }
        let (status, refused) = send(at, "POST", ASK, "{\"version\": 1,\n \"worker\": x}").await;
        let message = refused["message"].as_str().unwrap_or_default();
        assert!(status == 400 && message.contains("line 2 column 12"), "{refused}");
    });
}
