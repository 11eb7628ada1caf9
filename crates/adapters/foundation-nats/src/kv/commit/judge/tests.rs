use super::*;

fn last(seq: u64, kind: Kind) -> Stored {
    let (subject, value) = ("k".to_owned(), bytes::Bytes::new());
    Stored { seq, subject, kind, value, id: None, rolled_up: false }
}

fn needed(wants: Wants, expected: u64) -> Needed {
    Needed { subject: "k".to_owned(), wants, expected }
}

#[test]
fn a_revision_that_was_passed_never_holds_again() {
    let at = needed(Wants::Value, 5);
    assert_eq!(judge(&at, Some(&last(5, Kind::Value))), Holds::At(5));
    assert_eq!(judge(&at, Some(&last(6, Kind::Value))), Holds::Never);
    assert_eq!(judge(&at, Some(&last(6, Kind::Deleted))), Holds::Never);
    // An older state, or one whose traces are gone: it may be a leader that lags, so this alone is no proof.
    assert_eq!(judge(&at, Some(&last(4, Kind::Value))), Holds::Not);
    assert_eq!(judge(&at, None), Holds::Not);
}

#[test]
fn absence_holds_over_traces() {
    let absent = needed(Wants::NoValue, 0);
    assert_eq!(judge(&absent, None), Holds::At(0));
    assert_eq!(judge(&absent, Some(&last(4, Kind::Deleted))), Holds::At(4));
    assert_eq!(judge(&absent, Some(&last(4, Kind::Expired))), Holds::At(4));
    assert_eq!(judge(&absent, Some(&last(4, Kind::Value))), Holds::Not);
}

#[test]
fn what_stands_behind_a_revision_tells_whose_commit_took_the_place() {
    let of = |id: &str| Stored { id: Some(id.to_owned()), ..last(6, Kind::Value) };
    assert!(matches!(succeeded_by(Some(&of("own")), "own"), Some(Ok(Verdict::Done(6)))), "one's own is no conflict");
    assert!(succeeded_by(Some(&of("other")), "own").is_none());
    assert!(succeeded_by(Some(&last(6, Kind::Deleted)), "own").is_none());
    // Whoever refused had seen something there, so this answer is an older state and proves nothing.
    assert!(matches!(succeeded_by(None, "own"), Some(Err(Trouble::Lost(_)))));
}
