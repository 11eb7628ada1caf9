use super::*;

fn names() -> Names {
    Names::of(&Tenant::new("acme").unwrap())
}

#[test]
fn stream_names_come_back_as_they_were() {
    for text in ["s", "study.digits-7.events_1", &"x".repeat(StreamName::MAX_BYTES)] {
        let stream = StreamName::new(text).unwrap();
        assert_eq!(names().stream(&names().events(&stream)), Some(stream));
    }
}

#[test]
fn what_is_no_event_names_no_stream() {
    let stream = StreamName::new("s").unwrap();
    let others = [names().mark(&stream), names().guard(&stream), names().told(&stream), names().barrier];
    for subject in others.iter().map(String::as_str).chain(["foundation.other.log.s", "foundation.acme.log.a..b"]) {
        assert_eq!(names().stream(subject), None, "{subject}");
    }
}

#[test]
fn a_filter_covers_every_name_with_the_prefix() {
    for (prefix, filter) in [
        ("", "foundation.acme.log.>"),
        ("a", "foundation.acme.log.>"),
        ("a.", "foundation.acme.log.a.>"),
        ("a.b.c", "foundation.acme.log.a.b.>"),
        (".a", "foundation.acme.log.>"),
        ("a*.b", "foundation.acme.log.>"),
    ] {
        assert_eq!(names().events_like(prefix), filter, "{prefix:?}");
    }
}
