//! One server.

use std::time::Duration;

use foundation_nats_server::{Access, NatsServer, ServerError, free_folder};
use serde_json::{Value, json};

use crate::settings;

const PATIENCE: Duration = Duration::from_secs(60);

fn make_stream(server: &NatsServer) -> Result<Value, ServerError> {
    server.ask("$JS.API.STREAM.CREATE.S", &json!({ "name": "S", "subjects": ["s.>"] }), PATIENCE)
}

fn messages(server: &NatsServer) -> Result<Value, ServerError> {
    Ok(server.ask("$JS.API.STREAM.INFO.S", &Value::Null, PATIENCE)?["state"]["messages"].clone())
}

#[test]
fn what_was_acknowledged_is_there_after_a_kill_on_the_same_port() {
    let Some(settings) = settings("a server that is killed") else { return };
    let mut server = NatsServer::start(settings.sync_always()).unwrap();
    make_stream(&server).unwrap();
    for n in 0..20 {
        server.ask("s.x", &json!(n), PATIENCE).unwrap();
    }
    let url = server.url();
    let first = server.process();
    server.kill().unwrap();
    assert_eq!(server.process(), None);
    assert!(matches!(server.kill(), Err(ServerError::State { .. })));
    server.restart().unwrap();
    assert_ne!(server.process(), first);
    assert_eq!(server.url(), url);
    assert_eq!(messages(&server).unwrap(), 20);
    server.stop().unwrap();
    server.restart().unwrap();
    assert_eq!(messages(&server).unwrap(), 20);
}

#[test]
fn a_paused_server_answers_nothing_and_goes_on_where_it_was() {
    let Some(settings) = settings("a server that is paused") else { return };
    let mut server = NatsServer::start(settings).unwrap();
    make_stream(&server).unwrap();
    server.pause().unwrap();
    assert!(!server.is_running());
    let unanswered = server.ask("$JS.API.INFO", &Value::Null, Duration::from_millis(200)).unwrap_err();
    assert!(matches!(unanswered, ServerError::NoAnswer { .. }), "{unanswered}");
    server.resume().unwrap();
    assert!(server.is_running());
    assert_eq!(messages(&server).unwrap(), 0);
    // A stop has to get through to a server that is paused, too.
    server.pause().unwrap();
    server.stop().unwrap();
    assert_eq!(server.process(), None);
}

#[test]
fn a_token_lets_in_only_who_knows_it_and_is_never_shown() {
    let Some(settings) = settings("a server with a token") else { return };
    let secret = "quite $ecret \"7\"";
    let settings = settings.access(Access::Token(secret.to_owned()));
    let server = NatsServer::start(settings.clone()).unwrap();
    assert!(!format!("{server:?}{settings:?}{}", server.url()).contains("ecret"));
    // A client that knows no token is told so and put out.
    let stream = std::net::TcpStream::connect(server.address()).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    std::io::Write::write_all(&mut &stream, b"CONNECT {\"verbose\":false}\r\nPING\r\n").unwrap();
    let mut said = Vec::new();
    std::io::Read::read_to_end(&mut &stream, &mut said).unwrap();
    assert!(String::from_utf8_lossy(&said).contains("Authorization Violation"));
}

#[test]
fn a_server_for_keys_and_small_messages_starts() {
    let Some(settings) = settings("a server with nkeys") else { return };
    let public = "UDXU4RCSJNZOIQHZNWXHXORDPRTGNJAHAHFRGZNEEJCPQTT2M7NLCNF4";
    let server = NatsServer::start(settings.access(Access::Nkey(public.to_owned())).max_payload(4096)).unwrap();
    let limits = server.ask("$JS.API.INFO", &Value::Null, PATIENCE).unwrap();
    assert_eq!(limits["streams"], json!(0));
    server.health(PATIENCE).unwrap();
}

#[test]
fn a_program_that_ends_at_once_is_told_with_what_it_said() {
    let folder = tempfile::tempdir().unwrap();
    let program = folder.path().join("no-server");
    // Written by a process of its own. A file that this one has open for writing is open, for an instant, in every child
    // that another test starts then, and cannot be run as long as that lasts.
    let script = r#"printf '#!/bin/sh\necho this is no server\nexit 3\n' > "$0" && chmod 755 "$0""#;
    assert!(std::process::Command::new("sh").args(["-c", script]).arg(&program).status().unwrap().success());
    let error = NatsServer::start(foundation_nats_server::ServerSettings::new(program)).unwrap_err();
    assert!(matches!(&error, ServerError::Ended { log, .. } if log.contains("this is no server")), "{error}");
}

#[test]
fn a_folder_belongs_to_one_server_at_a_time() {
    let Some(settings) = settings("two servers with one folder") else { return };
    let folder = tempfile::tempdir().unwrap();
    let settings = settings.folder(folder.path());
    let server = NatsServer::start(settings.clone()).unwrap();
    let error = NatsServer::start(settings.clone()).unwrap_err();
    assert!(matches!(error, ServerError::Held { .. }), "{error}");
    assert!(matches!(free_folder(folder.path()), Err(ServerError::Held { .. })));
    drop(server);
    free_folder(folder.path()).unwrap();
    drop(NatsServer::start(settings).unwrap());
}
