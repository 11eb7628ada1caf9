use super::*;

#[test]
fn a_life_ended_before_a_moment_if_it_or_a_later_one_did() {
    let death = Death::new();
    let (soon, long_ago) = (live::now() + Duration::from_secs(60), live::now());
    assert!(!death.was_before(1, soon), "no life has ended");
    death.note(2);
    assert!(death.was_before(1, soon));
    assert!(death.was_before(2, soon));
    assert!(!death.was_before(3, soon), "that one goes on");
    assert!(!death.was_before(2, long_ago - Duration::from_secs(1)));
}
