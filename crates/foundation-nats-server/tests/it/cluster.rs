//! Three servers.

use std::time::Duration;

use foundation_nats_server::{NatsCluster, ServerError};
use serde_json::{Value, json};

use crate::settings;

const PATIENCE: Duration = Duration::from_secs(60);

#[test]
fn the_others_lead_on_when_the_leader_of_a_stream_is_killed_or_paused() {
    let Some(settings) = settings("a cluster of three") else { return };
    let mut cluster = NatsCluster::start(3, &settings).unwrap();
    assert_eq!(cluster.urls().len(), 3);
    let body = json!({ "name": "S", "subjects": ["s.>"], "num_replicas": 3 });
    cluster.server(0).unwrap().ask("$JS.API.STREAM.CREATE.S", &body, PATIENCE).unwrap();
    for n in 0..10 {
        cluster.server(n % 3).unwrap().ask("s.x", &json!(n), PATIENCE).unwrap();
    }

    let killed = cluster.leader_of("S", PATIENCE).unwrap();
    cluster.kill(killed).unwrap();
    assert_eq!(cluster.running().len(), 2);
    let next = cluster.leader_of("S", PATIENCE).unwrap();
    assert_ne!(next, killed);
    cluster.restart(killed).unwrap();
    cluster.wait_until_writable(PATIENCE).unwrap();
    cluster.wait_until_current(PATIENCE).unwrap();

    let paused = cluster.leader_of("S", PATIENCE).unwrap();
    cluster.pause(paused).unwrap();
    assert_eq!(cluster.running().len(), 2);
    assert_ne!(cluster.leader_of("S", PATIENCE).unwrap(), paused);
    cluster.resume(paused).unwrap();
    cluster.wait_until_current(PATIENCE).unwrap();

    let leader = cluster.leader_of("S", PATIENCE).unwrap();
    let info = cluster.server(leader).unwrap().ask("$JS.API.STREAM.INFO.S", &Value::Null, PATIENCE).unwrap();
    assert_eq!(info["state"]["messages"], json!(10));
    cluster.shutdown().unwrap();
}

#[test]
fn what_makes_no_cluster_is_refused() {
    let settings = foundation_nats_server::ServerSettings::new("nats-server");
    assert!(matches!(NatsCluster::start(1, &settings), Err(ServerError::Settings(_))));
    assert!(matches!(NatsCluster::start(3, &settings.port(4222)), Err(ServerError::Settings(_))));
}
