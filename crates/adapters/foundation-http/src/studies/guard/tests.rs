use axum::http::HeaderValue;

use super::*;

fn headers(pairs: &[(header::HeaderName, &'static str)]) -> HeaderMap {
    pairs.iter().map(|(name, value)| (name.clone(), HeaderValue::from_static(value))).collect()
}

#[test]
fn without_a_token_only_loopback_is_spoken_to() {
    for host in
        ["localhost", "LOCALHOST:80", "127.0.0.1:9464", "127.8.9.1", "[::1]:9464", "[::1]", "[::ffff:127.0.0.1]:1"]
    {
        assert!(refusal(&headers(&[(header::HOST, host)]), false).is_none(), "{host}");
    }
    for host in [
        "",
        "evil.example",
        "evil.example:9464",
        "127.0.0.1.evil.example",
        "localhost.evil.example",
        "10.0.0.1:9464",
        "[::2]:1",
        "[::1",
    ] {
        let refused = refusal(&headers(&[(header::HOST, host)]), false).expect(host);
        assert_eq!(refused.code(), Code::PermissionDenied);
        assert!(refusal(&headers(&[(header::HOST, host)]), true).is_none(), "{host} with a token");
    }
}

#[test]
fn a_page_of_another_origin_is_refused_with_or_without_a_token() {
    let from = |origin| headers(&[(header::HOST, "127.0.0.1:9464"), (header::ORIGIN, origin)]);
    for origin in
        ["null", "https://evil.example", "http://127.0.0.1:9465", "http://localhost:9464", "127.0.0.1:9464", ""]
    {
        for has_token in [false, true] {
            assert!(refusal(&from(origin), has_token).is_some(), "{origin}");
        }
    }
    assert!(refusal(&from("http://127.0.0.1:9464"), false).is_none());
}

#[test]
fn a_body_says_that_it_is_json() {
    for said in ["application/json", "Application/JSON", "application/json; charset=utf-8"] {
        assert!(is_json(&headers(&[(header::CONTENT_TYPE, said)])), "{said}");
    }
    for said in ["text/plain", "application/json-patch+json", "text/plain; application/json", ""] {
        assert!(!is_json(&headers(&[(header::CONTENT_TYPE, said)])), "{said}");
    }
    assert!(!is_json(&HeaderMap::new()));
}
