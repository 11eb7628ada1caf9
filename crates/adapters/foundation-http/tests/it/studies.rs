//! Studies over the wire: a worker's whole conversation, and everything that is refused.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use foundation_core::event::NodeId;
use foundation_core::{Code, Error, Result, Runtime, RuntimeParts, Spawner, Telemetry};
use foundation_http::{Limits, OperationsServer, Settings};
use foundation_memory::{MemoryEventLog, MemoryKeyValue, SeededEntropy, VirtualClock};
use mabeam::{
    Answer, Course, LeaseId, LocalStudies, Next, Opened, Params, Recorded, Studies, StudyConfig, StudyPorts,
    StudySummary,
};
use serde_json::{Value, json};

use crate::client::{SECRET, advance_to_timer, assert_status, body, exchange, on_tokio, serve, settings, with_token};

/// Studies on a clock that stands still.
pub(crate) fn local(clock: &VirtualClock) -> Arc<dyn Studies> {
    let clock = Arc::new(clock.clone());
    let runtime = Runtime::new(RuntimeParts {
        clock: clock.clone(),
        entropy: Arc::new(SeededEntropy::new(1)),
        spawner: Spawner::current().expect("tests run on tokio"),
        node: NodeId::new("test").expect("a name"),
        telemetry: Telemetry::none(),
    });
    let ports =
        StudyPorts { runtime, log: Arc::new(MemoryEventLog::new()), key_value: Arc::new(MemoryKeyValue::new(clock)) };
    Arc::new(LocalStudies::new(ports, []))
}

pub(crate) async fn server(clock: &VirtualClock, studies: Arc<dyn Studies>) -> OperationsServer {
    serve(Settings { studies: Some(studies), ..settings(clock) }).await
}

fn request(method: &str, path: &str, headers: &str, text: &str) -> String {
    let length = text.len();
    format!("{method} {path} HTTP/1.1\r\nconnection: close\r\ncontent-length: {length}\r\n{headers}\r\n{text}")
}

pub(crate) async fn send(address: SocketAddr, method: &str, path: &str, text: &str) -> (u16, Value) {
    let headers = "host: localhost\r\ncontent-type: application/json\r\n";
    let answer = exchange(address, &request(method, path, headers, text)).await;
    let status = answer.split(' ').nth(1).and_then(|status| status.parse().ok()).expect("a status");
    let said = match body(&answer) {
        "" => Value::Null,
        text => serde_json::from_str(text).expect("JSON"),
    };
    (status, said)
}

pub(crate) async fn post(address: SocketAddr, path: &str, mut fields: Value) -> (u16, Value) {
    fields["version"] = json!(1);
    send(address, "POST", path, &fields.to_string()).await
}

pub(crate) async fn read(address: SocketAddr, path: &str) -> (u16, Value) {
    send(address, "GET", path, "").await
}

pub(crate) fn parabola() -> Value {
    json!({
        "name": "parabola",
        "direction": "minimize",
        "trials": 4,
        "space": {"version": 2, "parameters": [{"name": "x", "kind": "float", "low": 0.0, "high": 1.0, "log": false}]},
    })
}

pub(crate) async fn ask(address: SocketAddr, worker: &str) -> Value {
    let (status, asked) = post(address, "/v1/studies/parabola/ask", json!({"worker": worker, "lease_s": 60})).await;
    assert_eq!((status, &asked["version"]), (200, &json!(1)), "{asked}");
    asked
}

pub(crate) async fn tell(address: SocketAddr, asked: &Value, value: f64) -> (u16, Value) {
    post(address, "/v1/studies/parabola/tell", json!({"lease": asked["lease"], "value": value})).await
}

#[test]
fn a_worker_opens_a_study_and_sees_it_through() {
    on_tokio(async {
        let clock = VirtualClock::new();
        let server = server(&clock, local(&clock)).await;
        let at = server.address();
        assert_eq!(read(at, "/v1/studies").await, (200, json!({"version": 1, "studies": []})));
        let (status, opened) = post(at, "/v1/studies", parabola()).await;
        assert_eq!((status, &opened["status"], &opened["best"]), (201, &json!("unfinished"), &Value::Null));
        assert_eq!(post(at, "/v1/studies", parabola()).await.0, 200, "once more is harmless");

        for number in 0.. {
            let asked = ask(at, "w").await;
            if asked["status"] == "finished" {
                assert_eq!(number, 4);
                break;
            }
            assert_eq!((&asked["status"], &asked["lease_s"]), (&json!("trial"), &json!(60.0)));
            let x = asked["params"]["x"].as_f64().expect("a number");
            let report = json!({"lease": asked["lease"], "step": 1, "value": x});
            let heard = post(at, "/v1/studies/parabola/report", report).await;
            assert_eq!(heard, (200, json!({"version": 1, "verdict": "continue"})));
            let heard = post(at, "/v1/studies/parabola/renew", json!({"lease": asked["lease"]})).await;
            assert_eq!(heard, (200, json!({"version": 1, "verdict": "continue"})));
            let told = tell(at, &asked, (x - 0.3).powi(2)).await;
            assert_eq!(told, (200, json!({"version": 1, "recorded": "now"})));
            assert_eq!(tell(at, &asked, (x - 0.3).powi(2)).await.1["recorded"], "before");
            let heard = post(at, "/v1/studies/parabola/renew", json!({"lease": asked["lease"]})).await;
            assert_eq!(heard, (200, json!({"version": 1, "verdict": "stop", "state": "completed"})));
        }
        let (status, shown) = read(at, "/v1/studies/parabola?offset=1&limit=2").await;
        assert_eq!((status, &shown["status"], &shown["n_trials"]), (200, &json!("finished"), &json!(4)));
        let trials: Vec<_> = shown["trials"].as_array().expect("a list").iter().map(|t| &t["trial"]).collect();
        assert_eq!(trials, [1, 2]);
        let best = shown["best"]["value"].as_f64().expect("a value");
        assert!(shown["trials"].as_array().expect("a list").iter().all(|t| t["value"].as_f64() >= Some(best)));
        assert_eq!(shown["counts"]["completed"], 4);
        assert_eq!(read(at, "/v1/studies").await.1["studies"], json!(["parabola"]));
    });
}

#[test]
fn a_worker_that_vanishes_is_replaced_and_refused_when_it_comes_back() {
    on_tokio(async {
        let clock = VirtualClock::new();
        let server = server(&clock, local(&clock)).await;
        let at = server.address();
        post(at, "/v1/studies", parabola()).await;
        let (gone, kept) = (ask(at, "gone").await, ask(at, "kept").await);
        let nothing = post(at, "/v1/studies/parabola/ask", json!({"worker": "next"})).await;
        assert_eq!(nothing, (204, Value::Null));
        clock.advance(Duration::from_secs(59));
        post(at, "/v1/studies/parabola/renew", json!({"lease": kept["lease"]})).await;
        clock.advance(Duration::from_secs(1));
        let next = ask(at, "next").await;
        assert_eq!((&next["trial"], &next["params"]), (&gone["trial"], &gone["params"]));
        let (status, refused) = tell(at, &gone, 1.0).await;
        assert_eq!((status, &refused["name"], &refused["code"]), (410, &json!("lease_lost"), &json!(6103)));
        assert_eq!(refused["advice"], "drop the result and ask for another trial");
        assert_eq!(tell(at, &next, 1.0).await.0, 200);
        assert_eq!(tell(at, &kept, 2.0).await.0, 200);
    });
}

#[test]
fn a_worker_may_wait_for_a_trial_as_long_as_is_allowed() {
    on_tokio(async {
        let clock = VirtualClock::new();
        let server = server(&clock, local(&clock)).await;
        let at = server.address();
        post(at, "/v1/studies", parabola()).await;
        let (_a, _b) = (ask(at, "a").await, ask(at, "b").await);
        let path = "/v1/studies/parabola/ask";
        let waiting = post(at, path, json!({"worker": "c", "wait_s": 7}));
        let (answer, ()) = futures_util::future::join(waiting, advance_to_timer(&clock, Duration::from_secs(7))).await;
        assert_eq!(answer, (204, Value::Null));
        let longest = Limits::default().longest_wait.as_secs_f64();
        let (status, refused) = post(at, path, json!({"worker": "c", "wait_s": longest + 1.0})).await;
        assert_eq!((status, &refused["name"]), (400, &json!("invalid_input")));
    });
}

#[test]
fn what_is_wrong_with_a_request_is_said_as_json() {
    on_tokio(async {
        let clock = VirtualClock::new();
        let limits = Limits { body_bytes: 1_000, ..Limits::default() };
        let studies = Some(local(&clock));
        let server = serve(Settings { limits, studies, ..settings(&clock) }).await;
        let at = server.address();
        post(at, "/v1/studies", parabola()).await;
        let mut other = parabola();
        other["seed"] = json!(9);
        let mut strange = parabola();
        strange["sampler"] = json!("nobody");
        let ask = "/v1/studies/parabola/ask";
        for (path, fields, status, name) in [
            ("/v1/studies", other, 409, "study_mismatch"),
            ("/v1/studies", strange, 400, "unknown_name"),
            ("/v1/studies", json!({"name": "x", "space": {}}), 400, "invalid_input"),
            ("/v1/studies", json!({"nam": "x"}), 400, "invalid_input"),
            ("/v1/studies/none/ask", json!({"worker": "w"}), 404, "not_found"),
            (ask, json!({"worker": "w", "lease": 1}), 400, "invalid_input"),
            (ask, json!({"worker": ""}), 400, "invalid_input"),
            (ask, json!({"worker": "w", "lease_s": 0.1}), 400, "invalid_input"),
            (ask, json!({"worker": "w".repeat(2_000)}), 413, "invalid_input"),
            ("/v1/studies/parabola/renew", json!({"lease": "x"}), 400, "invalid_input"),
        ] {
            let (got, refused) = post(at, path, fields.clone()).await;
            assert_eq!((got, &refused["name"]), (status, &json!(name)), "{path} {fields}: {refused}");
            assert!(refused["message"].as_str().is_some_and(|text| !text.is_empty()), "{refused}");
            assert!(refused["advice"].as_str().is_some_and(|text| !text.is_empty()), "{refused}");
            assert_eq!(refused["version"], 1);
        }
        for text in ["", "{", "[]", "null", "{\"worker\":\"w\"}", "{\"version\":2,\"worker\":\"w\"}"] {
            assert_eq!(send(at, "POST", ask, text).await.0, 400, "{text}");
        }
        assert_eq!(send(at, "DELETE", "/v1/studies", "").await.0, 405);
        assert_eq!(read(at, "/v1/studies/parabola?limit=5000").await.0, 400);
    });
}

#[test]
fn pages_in_a_browser_cannot_speak_to_it() {
    on_tokio(async {
        let clock = VirtualClock::new();
        let server = server(&clock, local(&clock)).await;
        let json_type = "content-type: application/json\r\n";
        let description = {
            let mut fields = parabola();
            fields["version"] = json!(1);
            fields.to_string()
        };
        for (headers, status) in [
            (format!("host: evil.example\r\n{json_type}"), 403),
            (format!("host: localhost\r\norigin: https://evil.example\r\n{json_type}"), 403),
            (format!("host: localhost\r\norigin: null\r\n{json_type}"), 403),
            ("host: localhost\r\ncontent-type: text/plain\r\n".to_owned(), 415),
            ("host: localhost\r\n".to_owned(), 415),
            (format!("host: localhost\r\norigin: http://localhost\r\n{json_type}"), 201),
        ] {
            let answer = exchange(server.address(), &request("POST", "/v1/studies", &headers, &description)).await;
            assert_status(&answer, status);
        }
        let answer = exchange(server.address(), &request("GET", "/v1/studies", "host: evil.example\r\n", "")).await;
        assert_status(&answer, 403);
    });
}

#[test]
fn with_a_token_studies_need_it() {
    on_tokio(async {
        let clock = VirtualClock::new();
        let server = serve(with_token(Settings { studies: Some(local(&clock)), ..settings(&clock) })).await;
        for (headers, status) in [
            ("host: some.host\r\n".to_owned(), 401),
            (format!("host: some.host\r\nauthorization: Bearer {SECRET}\r\n"), 200),
        ] {
            let answer = exchange(server.address(), &request("GET", "/v1/studies", &headers, "")).await;
            assert_status(&answer, status);
        }
    });
}

#[test]
fn without_studies_there_is_no_such_path_and_no_body() {
    on_tokio(async {
        let server = serve(settings(&VirtualClock::new())).await;
        let headers = "host: localhost\r\ncontent-type: application/json\r\n";
        let get = exchange(server.address(), &request("GET", "/v1/studies", headers, "")).await;
        assert_status(&get, 404);
        let post = exchange(server.address(), &request("POST", "/v1/studies", headers, "{}")).await;
        assert_status(&post, 413);
    });
}

/// Studies that fail with a code, or never answer.
#[derive(Debug)]
struct Broken(Option<Code>);

impl Broken {
    async fn fail<T>(&self) -> Result<T> {
        match self.0 {
            Some(code) => Err(Error::new(code, "it is broken")),
            None => std::future::pending().await,
        }
    }
}

#[async_trait]
impl Studies for Broken {
    async fn open(&self, _: StudyConfig, _: Vec<Params>) -> Result<Opened> {
        self.fail().await
    }
    async fn names(&self) -> Result<Vec<String>> {
        self.fail().await
    }
    async fn summary(&self, _: &str, _: std::ops::Range<usize>) -> Result<StudySummary> {
        self.fail().await
    }
    async fn ask(&self, _: &str, _: &str, _: Duration, _: Duration) -> Result<Next> {
        self.fail().await
    }
    async fn renew(&self, _: &str, _: LeaseId) -> Result<Course> {
        self.fail().await
    }
    async fn report(&self, _: &str, _: LeaseId, _: u32, _: f64) -> Result<Course> {
        self.fail().await
    }
    async fn tell(&self, _: &str, _: LeaseId, _: Answer) -> Result<Recorded> {
        self.fail().await
    }
    async fn release(&self, _: &str, _: LeaseId) -> Result<bool> {
        self.fail().await
    }
    async fn enqueue(&self, _: &str, _: &Params) -> Result<Recorded> {
        self.fail().await
    }
}

#[test]
fn a_failure_behind_the_paths_has_the_status_of_its_code() {
    on_tokio(async {
        let clock = VirtualClock::new();
        for (code, status, is_transient) in [
            (Code::NotFound, 404, false),
            (Code::Held, 409, true),
            (Code::Conflict, 409, false),
            (Code::LeaseLost, 410, false),
            (Code::ServiceUnavailable, 503, true),
            (Code::ResourceExhausted, 503, true),
            (Code::Corrupt, 500, false),
        ] {
            let server = server(&clock, Arc::new(Broken(Some(code)))).await;
            let (got, refused) = read(server.address(), "/v1/studies").await;
            assert_eq!((got, &refused["code"]), (status, &json!(code.number())));
            assert_eq!(refused["transient"], is_transient, "{code}");
        }
    });
}

#[test]
fn studies_that_do_not_answer_are_not_waited_for() {
    on_tokio(async {
        let clock = VirtualClock::new();
        let server = server(&clock, Arc::new(Broken(None))).await;
        let asked = read(server.address(), "/v1/studies");
        let late = advance_to_timer(&clock, Limits::default().answer_time);
        let ((status, refused), ()) = futures_util::future::join(asked, late).await;
        assert_eq!((status, &refused["name"]), (503, &json!("timeout")));
        let path = "/v1/studies/s/ask";
        let asked = post(server.address(), path, json!({"worker": "w", "wait_s": 1}));
        let late = advance_to_timer(&clock, Limits::default().answer_time + Limits::default().longest_wait);
        let ((status, _), ()) = futures_util::future::join(asked, late).await;
        assert_eq!(status, 503);
    });
}
