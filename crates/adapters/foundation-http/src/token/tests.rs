use super::*;

const SECRET: &str = "0123456789abcdef";

#[test]
fn only_the_whole_token_is_taken() {
    let token = Token::new(SECRET).expect("long enough");
    for header in ["Bearer 0123456789abcdef", "bearer 0123456789abcdef", "BEARER 0123456789abcdef"] {
        assert!(token.is_brought_by(header.as_bytes()), "{header}");
    }
    for header in [
        "",
        "Bearer",
        "Bearer ",
        "0123456789abcdef",
        "Basic 0123456789abcdef",
        "Bearer 0123456789abcdeF",
        "Bearer 0123456789abcde",
        "Bearer 0123456789abcdefg",
        "Bearer  0123456789abcdef",
    ] {
        assert!(!token.is_brought_by(header.as_bytes()), "{header}");
    }
}

#[test]
fn a_weak_or_unsendable_token_is_refused_without_being_repeated() {
    for secret in ["", "short", "0123456789abcde", "0123456789 abcdef", "0123456789abcdef\n", "0123456789abcdefé"] {
        let error = Token::new(secret).expect_err(secret);
        assert_eq!(error.code(), Code::InvalidConfiguration);
        assert!(secret.is_empty() || !error.to_string().contains(secret), "{error}");
    }
}

#[test]
fn debug_shows_no_secret() {
    assert_eq!(format!("{:?}", Token::new(SECRET).expect("long enough")), "Token(..)");
}
