use super::*;

const FIRST: ProcessRef = ProcessRef { process: 1, incarnation: 1 };
const SECOND: ProcessRef = ProcessRef { process: 2, incarnation: 1 };

#[test]
fn only_what_was_done_asked_for_or_given_up_is_no_failure() {
    let gave_up = Exit::gave_up("child".into(), Exit::Killed);
    let not_started = Exit::start_failed("child".into(), Exit::Killed);
    for exit in [Exit::Normal, Exit::Shutdown, Exit::Ignore, gave_up, not_started] {
        assert!(!exit.is_abnormal(), "{exit}");
        assert!(!exit.linked(FIRST).is_abnormal(), "a link passes {exit} on");
    }
    assert!(Exit::Killed.linked(FIRST).is_abnormal());
    for exit in [Exit::Killed, Exit::Panicked("x".into()), Exit::failed(Error::new(Code::Io, "read")), Exit::NoProcess]
    {
        assert!(exit.is_abnormal(), "{exit}");
    }
}

#[test]
fn a_stopped_process_takes_its_links_along_and_a_done_one_does_not() {
    assert!(Exit::Shutdown.breaks_links());
    assert!(!Exit::Normal.breaks_links());
    assert!(!Exit::Ignore.breaks_links());
}

#[test]
fn a_chain_of_links_names_the_first_process() {
    let chain = Exit::Killed.linked(FIRST).linked(SECOND);
    assert!(
        matches!(&chain, Exit::Linked { process, reason } if *process == FIRST && matches!(**reason, Exit::Killed))
    );
    assert_eq!(chain.to_string(), "linked to process 1.1, which ended: killed");
}

#[test]
fn a_reason_stays_small() {
    assert!(size_of::<Exit>() <= 32, "every process keeps one: {} bytes", size_of::<Exit>());
}
