use super::{Subject, SubjectPattern};

#[test]
fn patterns_match_as_nats_does() {
    for (pattern, subject, expected) in [
        ("a.b", "a.b", true),
        ("a.b", "a.c", false),
        ("a.b", "a", false),
        ("a", "a.b", false),
        ("a.*", "a.b", true),
        ("a.*", "a", false),
        ("a.*", "a.b.c", false),
        ("*.b", "a.b", true),
        ("a.>", "a.b.c", true),
        ("a.>", "a", false),
        (">", "a", true),
    ] {
        let matched = SubjectPattern::new(pattern).unwrap().matches(&Subject::new(subject).unwrap());
        assert_eq!(matched, expected, "{pattern} against {subject}");
    }
}

#[test]
fn wildcards_stand_alone() {
    for pattern in ["a.>.b", "a.b*", "a.>b", "", "a..b", "a b"] {
        assert!(SubjectPattern::new(pattern).is_err(), "{pattern}");
    }
}
