use foundation_core::port::clock::WallTime;
use foundation_core::port::storage::{Bucket, Change, Key, KeyRange, Removal, Revision};

use super::{Applied, News, State};
use crate::kv::record::Record;

fn bucket() -> Bucket {
    Bucket::new("b").unwrap()
}

fn key(name: &str) -> Key {
    Key::new(name).unwrap()
}

fn put(name: &str, revision: u64, expires: Option<u64>) -> Applied {
    let now = Ok(Record { value: name.to_owned().into(), revision, expires });
    Applied { bucket: bucket(), key: key(name), revision, now }
}

fn told(news: News) -> Vec<u64> {
    match news {
        News::Changes(changes, _) => changes.iter().map(super::revision_of).collect(),
        News::Missed => vec![0],
        News::None(..) => Vec::new(),
    }
}

#[test]
fn history_is_bounded_and_says_what_it_lost() {
    let mut state = State::new(10, 3);
    assert_eq!(told(state.news(&bucket(), &KeyRange::all(), 9)), [0]);
    for revision in 11..16 {
        state.apply(vec![put("k", revision, None)]);
    }
    assert_eq!(told(state.news(&bucket(), &KeyRange::all(), 11)), [0]);
    assert_eq!(told(state.news(&bucket(), &KeyRange::all(), 12)), [13, 14, 15]);
    assert_eq!(told(state.news(&bucket(), &KeyRange::all(), 15)), [0; 0]);
    // Of a range nothing is told, and the place moves on.
    match state.news(&bucket(), &KeyRange::prefix("x"), 12) {
        News::Changes(changes, 15) => assert!(changes.is_empty()),
        other => panic!("{other:?}"),
    }
}

#[test]
fn whoever_waits_is_woken_and_knows_when_a_value_ends() {
    let mut state = State::new(0, 10);
    state.apply(vec![put("later", 1, Some(900)), put("sooner", 2, Some(500))]);
    let News::None(mut news, end) = state.news(&bucket(), &KeyRange::all(), 2) else { panic!("nothing is new") };
    assert_eq!(end, Some(WallTime(500)));
    assert_eq!(state.over(WallTime(499), 9), []);
    assert_eq!(state.over(WallTime(500), 9), [(bucket(), key("sooner"))]);
    assert_eq!(state.range(&bucket(), &KeyRange::all(), None, WallTime(500), 9).len(), 1);
    let removal = Applied { now: Err(Removal::Expired), ..put("sooner", 3, None) };
    let woken = state.apply(vec![removal]);
    assert_eq!(woken.len(), 1);
    assert!(matches!(news.try_recv(), Ok(None)));
    assert_eq!(state.over(WallTime(899), 9), []);
    match state.news(&bucket(), &KeyRange::all(), 2) {
        News::Changes(changes, 3) => {
            assert_eq!(
                changes,
                [Change::Removed { key: key("sooner"), revision: Revision(3), cause: Removal::Expired }]
            );
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn ranges_that_cross_are_empty() {
    let mut state = State::new(0, 10);
    state.apply(vec![put("a", 1, None), put("b", 2, None), put("c", 3, None)]);
    let names = |range: KeyRange, after: Option<&str>| -> Vec<String> {
        let after = after.map(key);
        let entries = state.range(&bucket(), &range, after.as_ref(), WallTime(0), 9);
        entries.iter().map(|entry| entry.key.as_str().to_owned()).collect()
    };
    assert_eq!(names(KeyRange::all(), None), ["a", "b", "c"]);
    assert_eq!(names(KeyRange::between("b", "a"), None), [""; 0]);
    assert_eq!(names(KeyRange::between("a", "c"), Some("a")), ["b"]);
    assert_eq!(names(KeyRange::between("a", "c"), Some("b")), [""; 0]);
    assert_eq!(names(KeyRange::prefix("c"), None), ["c"]);
}
