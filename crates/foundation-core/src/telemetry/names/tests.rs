use std::collections::BTreeSet;

use super::*;

#[test]
fn names_are_unique_and_follow_the_conventions() {
    let mut seen = BTreeSet::new();
    for metric in ALL {
        assert!(seen.insert(metric.name), "{} stands twice", metric.name);
        assert!(
            metric.name.starts_with("foundation_") || metric.name.starts_with("mabeam_"),
            "{} has no area",
            metric.name
        );
        assert!(
            metric.name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_'),
            "{} has other characters",
            metric.name
        );
        assert_eq!(metric.kind == Kind::Counter, metric.name.ends_with("_total"), "{}", metric.name);
        assert_eq!(metric.unit == Some(Unit::Seconds), metric.name.ends_with("_seconds"), "{}", metric.name);
        assert!(metric.help.ends_with('.'), "the help of {} is no sentence", metric.name);
    }
}
