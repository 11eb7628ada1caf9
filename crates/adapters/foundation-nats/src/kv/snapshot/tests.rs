use proptest::prelude::*;

use super::*;

#[test]
fn whole_parts_of_a_prefix_narrow_the_filter() {
    for (range, expected) in [
        (KeyRange::all(), "p.>"),
        (KeyRange::prefix(""), "p.>"),
        (KeyRange::prefix("a"), "p.>"),
        (KeyRange::prefix("a."), "p.a.>"),
        (KeyRange::prefix("a.b.c"), "p.a.b.>"),
        (KeyRange::between("a.1", "a.2"), "p.a.>"),
        (KeyRange::between("a.1", "b"), "p.>"),
        (KeyRange::prefix("a*."), "p.>"),
        (KeyRange::prefix(".a."), "p.>"),
        (KeyRange::prefix("a..b"), "p.>"),
    ] {
        assert_eq!(filter("p.", &range), expected, "{range:?}");
    }
}

proptest! {
    #[test]
    fn a_filter_leaves_out_no_key_of_its_range(
        key in "[a-c]{1,2}(\\.[a-c]{1,2}){0,3}",
        cut in 0..12_usize,
        end in "[a-c.]{0,4}",
        is_prefix: bool,
    ) {
        let start = key.get(..cut.min(key.len())).unwrap();
        let range = if is_prefix { KeyRange::prefix(start) } else { KeyRange::between(start, end) };
        let filter = filter("p.", &range);
        let picked = filter.strip_suffix('>').unwrap();
        let subject = format!("p.{key}");
        let is_picked = subject.starts_with(picked) && subject.len() > picked.len();
        prop_assert!(is_picked || !range.contains(&key), "{filter} leaves out {key}");
    }
}
