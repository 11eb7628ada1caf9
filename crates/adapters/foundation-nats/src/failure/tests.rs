use super::*;

fn refusal(code: u16, err_code: u32, description: &str) -> Refusal {
    Refusal { code, err_code, description: description.to_owned() }
}

#[test]
fn both_numbers_of_a_lost_race_are_conflicts() {
    for err_code in [10071, 10164] {
        assert_eq!(
            Trouble::Refused(refusal(400, err_code, "wrong last sequence")).of_write("w").code(),
            Code::Conflict
        );
    }
    assert_eq!(refusal(400, 10071, "wrong last sequence: 17").last_sequence(), Some(17));
    assert_eq!(refusal(400, 10164, "wrong last sequence").last_sequence(), None);
}

#[test]
fn an_absent_leader_is_never_an_absent_stream() {
    let error = Trouble::NoResponders.of_write("w");
    assert_eq!(error.code(), Code::ServiceUnavailable);
    assert!(error.is_transient());
    assert_eq!(refusal(404, number::STREAM_NOT_FOUND, "stream not found").meaning(), Code::NotFound);
}

#[test]
fn a_lost_answer_is_unknown_for_a_write_and_a_timeout_for_a_read() {
    let lost = Trouble::Lost("no answer within 2 s".to_owned());
    assert_eq!(lost.of_write("w").code(), Code::OutcomeUnknown);
    assert_eq!(lost.of_read("r").code(), Code::Timeout);
    assert!(lost.is_open() && Trouble::Garbled(String::new()).is_open());
    assert!(!Trouble::NoResponders.is_open() && !Trouble::NotConnected(String::new()).is_open());
}

#[test]
fn too_few_servers_say_what_to_do() {
    for err_code in [number::NO_SUITABLE_PEERS, number::REPLICAS_WITHOUT_CLUSTER] {
        let error = refusal(400, err_code, "no").error("create");
        assert_eq!(error.code(), Code::InvalidConfiguration);
        assert!(error.advice().contains("replicas"), "{error}");
    }
}

#[test]
fn what_has_no_number_is_told_by_its_status() {
    assert_eq!(refusal(503, 0, "").meaning(), Code::ServiceUnavailable);
    assert_eq!(refusal(403, 0, "").meaning(), Code::PermissionDenied);
    assert_eq!(refusal(500, 1, "").meaning(), Code::Internal);
}
