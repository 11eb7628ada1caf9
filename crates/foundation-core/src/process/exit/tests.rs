use super::*;

const FIRST: ProcessRef = ProcessRef { process: 1, incarnation: 1 };
const SECOND: ProcessRef = ProcessRef { process: 2, incarnation: 1 };

#[test]
fn only_done_and_stopped_are_no_failures() {
    assert!(!Exit::Normal.is_abnormal());
    assert!(!Exit::Shutdown.is_abnormal());
    for exit in [Exit::Killed, Exit::Panicked("x".into()), Exit::failed(Error::new(Code::Io, "read")), Exit::NoProcess]
    {
        assert!(exit.is_abnormal(), "{exit}");
    }
}

#[test]
fn a_stopped_process_takes_its_links_along_and_a_done_one_does_not() {
    assert!(Exit::Shutdown.breaks_links());
    assert!(!Exit::Normal.breaks_links());
}

#[test]
fn a_chain_of_links_names_the_first_process() {
    let chain = Exit::Killed.linked(FIRST).linked(SECOND);
    assert!(
        matches!(&chain, Exit::Linked { process, reason } if *process == FIRST && matches!(**reason, Exit::Killed))
    );
    assert_eq!(chain.to_string(), "linked to process 1.1, which ended: killed");
}
