//! What each path answers.

use std::sync::Arc;

use foundation_http::{Component, Health, Settings};
use foundation_memory::VirtualClock;
use serde_json::{Value, json};

use crate::client::{assert_status, body, exchange, get, on_tokio, serve, settings};

#[test]
fn metrics_are_the_text_of_their_source() {
    on_tokio(async {
        let server = serve(settings(&VirtualClock::new())).await;
        let answer = get(server.address(), "/metrics", "").await;
        assert_status(&answer, 200);
        assert!(answer.contains("content-type: text/plain; version=0.0.4"), "{answer}");
        assert_eq!(body(&answer), "turns_total 7\n");
    });
}

#[test]
fn health_names_the_components() {
    on_tokio(async {
        let server = serve(settings(&VirtualClock::new())).await;
        let answer = get(server.address(), "/healthz", "").await;
        assert_status(&answer, 200);
        assert!(answer.contains("content-type: application/json"), "{answer}");
        let expected = json!({"status": "up", "components": [
            {"name": "storage", "status": "up"},
            {"name": "events", "status": "up"},
        ]});
        assert_eq!(serde_json::from_str::<Value>(body(&answer)).expect("JSON"), expected);
    });
}

#[test]
fn one_component_that_is_down_makes_503() {
    on_tokio(async {
        let down = || Health::of([Component::up("storage"), Component::down("events", "restarting")]);
        let settings =
            Settings { health: Arc::new(move || Box::pin(async move { down() })), ..settings(&VirtualClock::new()) };
        let server = serve(settings).await;
        let answer = get(server.address(), "/healthz", "").await;
        assert_status(&answer, 503);
        let said: Value = serde_json::from_str(body(&answer)).expect("JSON");
        assert_eq!(said["status"], "down");
        assert_eq!(said["components"][1], json!({"name": "events", "status": "down", "detail": "restarting"}));
    });
}

#[test]
fn other_paths_and_methods_are_refused() {
    on_tokio(async {
        let server = serve(settings(&VirtualClock::new())).await;
        for path in ["/", "/metrics/", "/metric", "/healthz/x", "/../metrics"] {
            assert_status(&get(server.address(), path, "").await, 404);
        }
        let post = "POST /metrics HTTP/1.1\r\nhost: test\r\nconnection: close\r\n\r\n";
        assert_status(&exchange(server.address(), post).await, 405);
    });
}

#[test]
fn a_source_that_panics_costs_one_answer() {
    on_tokio(async {
        let settings = Settings { metrics: Arc::new(|| panic!("the source broke")), ..settings(&VirtualClock::new()) };
        let server = serve(settings).await;
        let answer = get(server.address(), "/metrics", "").await;
        assert_status(&answer, 500);
        assert!(body(&answer).contains("the source broke"), "{answer}");
        assert_status(&get(server.address(), "/healthz", "").await, 200);
    });
}

#[test]
fn two_servers_answer_each_its_own() {
    on_tokio(async {
        let clock = VirtualClock::new();
        let left = serve(settings(&clock)).await;
        let right = serve(Settings { metrics: Arc::new(|| "other 1\n".to_owned()), ..settings(&clock) }).await;
        assert_eq!(body(&get(left.address(), "/metrics", "").await), "turns_total 7\n");
        assert_eq!(body(&get(right.address(), "/metrics", "").await), "other 1\n");
        assert_ne!(left.address(), right.address());
    });
}
