use bytes::Bytes;
use proptest::prelude::*;

use super::{Event, EventId, EventType, NodeId, ProcessRef};
use crate::error::Code;
use crate::port::clock::{Monotonic, WallTime};

fn event(data: &[u8]) -> Event {
    Event {
        id: EventId::from(0x0123_4567_89ab_7def_8123_4567_89ab_cdef),
        kind: EventType::new("study.created").unwrap(),
        schema: 1,
        wall: WallTime(1_763_700_000_000_000_000),
        monotonic: Monotonic(42),
        node: NodeId::new("local").unwrap(),
        process: Some(ProcessRef { process: 7, incarnation: 2 }),
        correlation: None,
        parent: Some(EventId::from(9)),
        data: Bytes::copy_from_slice(data),
    }
}

fn encoded(event: &Event) -> Vec<u8> {
    let mut bytes = Vec::new();
    event.encode(&mut bytes).unwrap();
    bytes
}

/// These bytes are on disk: version 1 has to stay readable as it is.
#[test]
fn version_1_is_fixed() {
    let bytes = encoded(&event(b"x"));
    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(hex, VERSION_1);
    assert_eq!(Event::decode(&bytes).unwrap(), event(b"x"));
}

#[test]
fn a_newer_envelope_is_refused_with_its_version() {
    let mut bytes = encoded(&event(b""));
    bytes[2] = 2;
    let error = Event::decode(&bytes).unwrap_err();
    assert_eq!(error.code(), Code::NewerVersion);
    assert!(error.what().contains("version 2"), "{error}");
}

#[test]
fn the_wrong_alphabet_is_refused() {
    for text in ["", "a b", "study..x", ".x", "x.", "ä", &"x".repeat(101)] {
        assert_eq!(EventType::new(text).unwrap_err().code(), Code::InvalidInput, "{text}");
    }
}

proptest! {
    #[test]
    fn what_is_written_is_read(data in proptest::collection::vec(any::<u8>(), 0..300), wall in any::<u64>()) {
        let mut event = event(&data);
        event.wall = WallTime(wall);
        let bytes = encoded(&event);
        prop_assert!(bytes.len() <= event.encoded_len());
        prop_assert_eq!(Event::decode(&bytes).unwrap(), event);
    }

    #[test]
    fn nonsense_is_an_error_and_no_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200), cut in 0_usize..80) {
        let _ = Event::decode(&bytes);
        let whole = encoded(&event(b"some data"));
        prop_assert!(Event::decode(&whole[..cut.min(whole.len() - 1)]).is_err());
    }
}

const VERSION_1: &str = "66650100100123456789ab7def8123456789abcdef0d73747564792e63726561746564018080edb2e3f9fabc182a056c6f63616c010702000110000000000000000000000000000000090178";
