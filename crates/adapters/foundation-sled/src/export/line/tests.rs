use std::io::Cursor;

use foundation_core::Code;

use super::{Header, Hex, Line, Lines, from_hex, read, to_hex};

#[test]
fn hexadecimal_comes_back() {
    let bytes: Vec<u8> = (0..=255).collect();
    assert_eq!(from_hex(&to_hex(&bytes)), Some(bytes));
    for text in ["0", "0g", "é0"] {
        assert_eq!(from_hex(text), None, "{text}");
    }
}

#[test]
fn a_newer_format_is_named() {
    let mut file = Vec::new();
    Lines::begin(&mut file, Header { format: 9, sequence: 0, revision: 0 }).unwrap().end().unwrap();
    let error = read(&mut Cursor::new(file), |_| Ok(())).unwrap_err();
    assert_eq!(error.code(), Code::NewerVersion);
    assert!(error.what().contains("format 9") && error.what().contains("up to 1"), "{error}");
}

#[test]
fn a_line_in_hexadecimal_reads_as_bytes() {
    let line =
        serde_json::to_string(&Line::Remembered(super::Remembered { id: Hex(vec![1, 0xfe]), first: 1, last: 2 }));
    assert_eq!(line.unwrap(), r#"{"remembered":{"id":"01fe","first":1,"last":2}}"#);
}
