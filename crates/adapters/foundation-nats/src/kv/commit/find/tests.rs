use super::*;
use crate::kv::stored::Kind;

fn stored(seq: u64, rolled_up: bool) -> Stored {
    Stored { seq, subject: "k".to_owned(), kind: Kind::Value, value: bytes::Bytes::new(), id: None, rolled_up }
}

#[test]
fn only_a_whole_history_proves_that_nothing_was_written() {
    let later = [stored(5, false), stored(6, false)];
    assert_eq!(absent(&later, true, false), Found::Nowhere);
    assert_eq!(absent(&[], true, false), Found::Nowhere);
    assert_eq!(absent(&later, false, false), Found::Unclear, "older messages were dropped");
    assert_eq!(absent(&[stored(5, false), stored(6, true)], true, false), Found::Unclear, "a deletion removed them");
    assert_eq!(absent(&[], true, true), Found::Unclear, "it may have expired");
}
