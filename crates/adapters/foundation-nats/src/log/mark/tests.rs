use super::*;

#[test]
fn a_mark_comes_back_as_it_was() {
    for at in [0, 7, u64::MAX] {
        assert_eq!(decode(encode(at).as_bytes()).unwrap(), at);
    }
}

#[test]
fn what_is_no_mark_is_refused() {
    for payload in [&b""[..], b"1", b"1 ", b"1 x", b"x 1", b"\xff\xff", b"1 2 3"] {
        assert_eq!(decode(payload).unwrap_err().code(), Code::Corrupt, "{payload:?}");
    }
    assert_eq!(decode(b"2 anything").unwrap_err().code(), Code::NewerVersion);
}
