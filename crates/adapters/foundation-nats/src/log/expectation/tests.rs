use super::*;

fn name(text: &str) -> StreamName {
    StreamName::new(text).unwrap()
}

#[test]
fn expectations_become_conditions() {
    let stream = name("s");
    for (expect, plan) in [
        (Expect::Any, Plan::OnHead),
        (Expect::Empty, Plan::On(0)),
        (Expect::Head(Sequence(7)), Plan::On(7)),
        // To the engine zero means empty; to the port it is the head of nothing.
        (Expect::Head(Sequence::START), Plan::Never),
        (Expect::HeadOf(name("owner"), Sequence(7)), Plan::Fenced(name("owner"), 7)),
        (Expect::HeadOf(name("owner"), Sequence::START), Plan::Never),
        (Expect::HeadOf(name("s"), Sequence(7)), Plan::On(7)),
    ] {
        assert_eq!(Plan::of(&expect, &stream), plan, "{expect:?}");
    }
}

#[test]
fn a_verdict_is_by_the_stream_that_was_named() {
    assert_eq!(judge(&Plan::OnHead, 9, 0), Verdict::Again);
    assert_eq!(judge(&Plan::Never, 0, 0), Verdict::Over);
    assert_eq!(judge(&Plan::On(0), 0, 0), Verdict::Again);
    assert_eq!(judge(&Plan::On(0), 3, 0), Verdict::Over);
    assert_eq!(judge(&Plan::On(5), 3, 0), Verdict::NotYet);
    let fenced = Plan::Fenced(name("owner"), 5);
    assert_eq!(judge(&fenced, 100, 5), Verdict::Again);
    assert_eq!(judge(&fenced, 5, 6), Verdict::Over);
    assert_eq!(judge(&fenced, 5, 4), Verdict::NotYet);
}
