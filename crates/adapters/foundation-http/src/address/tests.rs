use super::*;

fn at(text: &str) -> Address {
    Address::Exactly(text.parse().expect("an address"))
}

#[test]
fn loopback_needs_no_token() {
    for address in ["127.0.0.1:1", "127.8.8.8:1", "[::1]:1", "[::ffff:127.0.0.1]:1"] {
        assert_eq!(at(address).check(false).map_err(|error| error.to_string()), Ok(()), "{address}");
    }
}

#[test]
fn an_address_that_others_reach_needs_a_token() {
    for address in ["0.0.0.0:1", "10.0.0.1:1", "[::]:1", "[2001:db8::1]:1", "[::ffff:10.0.0.1]:1"] {
        let error = at(address).check(false).expect_err(address);
        assert_eq!(error.code(), Code::InvalidConfiguration);
        assert!(error.what().contains(address), "{error}");
        assert!(error.advice().contains("token"), "{error}");
        assert!(at(address).check(true).is_ok());
    }
}
