use super::*;

fn link(previous: u64, index: u32, count: u32) -> Link {
    Link { previous, index, count, call: "abc-1".to_owned() }
}

#[test]
fn a_link_comes_back_as_it_was() {
    for one in [link(0, 0, 1), link(7, 2, 3), link(u64::MAX, u32::MAX - 1, u32::MAX)] {
        assert_eq!(Link::decode(&one.encode()).unwrap(), one);
    }
}

#[test]
fn what_is_no_link_is_refused() {
    for text in
        ["", "1", "1 2 0 1", "1 2 0 1 ", "1 2 1 1 abc", "1 2 0 0 abc", "1 x 0 1 abc", "0 2 0 1 abc", "1 2 0 1 a b"]
    {
        assert_eq!(Link::decode(text).unwrap_err().code(), Code::Encoding, "{text:?}");
    }
}

#[test]
fn a_later_version_is_told_apart() {
    assert_eq!(Link::decode("2 whatever it says").unwrap_err().code(), Code::NewerVersion);
}

#[test]
fn the_event_before_is_in_the_batch_or_before_it() {
    assert_eq!(link(7, 0, 3).before(20), 7);
    assert_eq!(link(7, 1, 3).before(21), 20);
    assert_eq!(link(0, 0, 1).before(1), 0);
}
