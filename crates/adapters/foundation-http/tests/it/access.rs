//! Who may ask, and where it listens.

use std::net::SocketAddr;

use foundation_core::Code;
use foundation_http::{Address, OperationsServer};
use foundation_memory::VirtualClock;

use crate::client::{SECRET, assert_status, body, get, on_tokio, serve, settings, with_token};

#[test]
fn with_a_token_everything_but_health_needs_it() {
    on_tokio(async {
        let server = serve(with_token(settings(&VirtualClock::new()))).await;
        let right = format!("authorization: Bearer {SECRET}\r\n");
        let wrong = "authorization: Bearer fedcba9876543210\r\n";
        for (path, headers, status) in [
            ("/metrics", "", 401),
            ("/metrics", wrong, 401),
            ("/metrics", "authorization: Basic 0123456789abcdef\r\n", 401),
            ("/metrics", right.as_str(), 200),
            ("/nothing", "", 401),
            ("/nothing", right.as_str(), 404),
            ("/healthz/", "", 401),
            ("/healthz", "", 200),
            ("/healthz", wrong, 200),
            ("/healthz", right.as_str(), 200),
        ] {
            let answer = get(server.address(), path, headers).await;
            assert_status(&answer, status);
            assert_eq!(status == 401, answer.contains("www-authenticate: Bearer"), "{path}: {answer}");
            assert!(!answer.contains(SECRET), "{path}: {answer}");
        }
    });
}

#[test]
fn health_without_the_token_names_no_component() {
    on_tokio(async {
        let server = serve(with_token(settings(&VirtualClock::new()))).await;
        assert_eq!(body(&get(server.address(), "/healthz", "").await), r#"{"status":"up"}"#);
        let authorized = get(server.address(), "/healthz", &format!("authorization: Bearer {SECRET}\r\n")).await;
        assert!(body(&authorized).contains("storage"), "{authorized}");
    });
}

#[test]
fn an_address_that_others_reach_is_refused_without_a_token() {
    on_tokio(async {
        let everywhere: SocketAddr = "0.0.0.0:0".parse().expect("an address");
        let refused = OperationsServer::bind(Address::Exactly(everywhere), settings(&VirtualClock::new())).await;
        assert_eq!(refused.expect_err("no token").code(), Code::InvalidConfiguration);
        let server =
            OperationsServer::bind(Address::Exactly(everywhere), with_token(settings(&VirtualClock::new()))).await;
        assert_ne!(server.expect("a token is set").address().port(), 0);
    });
}

#[test]
fn a_taken_port_is_an_error_that_names_it_or_leads_to_the_next() {
    on_tokio(async {
        let clock = VirtualClock::new();
        let first = serve(settings(&clock)).await;
        let taken = first.address();

        let error = OperationsServer::bind(Address::Exactly(taken), settings(&clock)).await.expect_err("taken");
        assert_eq!(error.code(), Code::Held);
        assert!(error.what().contains(&taken.to_string()), "{error}");

        let next = OperationsServer::bind(Address::OrNextFree(taken), settings(&clock)).await;
        let next = next.expect("one of 63 ports is free");
        assert!(next.address().port() > taken.port(), "{} after {taken}", next.address());
        assert_status(&get(next.address(), "/metrics", "").await, 200);
    });
}

#[test]
fn an_address_of_another_machine_is_refused() {
    on_tokio(async {
        // 192.0.2.0/24 is for documentation (RFC 5737): no machine has it.
        let foreign: SocketAddr = "192.0.2.1:0".parse().expect("an address");
        let refused =
            OperationsServer::bind(Address::Exactly(foreign), with_token(settings(&VirtualClock::new()))).await;
        let error = refused.expect_err("not an address of this machine");
        assert_eq!(error.code(), Code::InvalidConfiguration);
        assert!(error.what().contains("192.0.2.1"), "{error}");
    });
}
