use super::*;

#[test]
fn what_was_acknowledged_is_there_once_and_in_order() {
    let told = [(1, Told::Acknowledged), (2, Told::Refused), (3, Told::Unknown), (4, Told::Acknowledged)];
    let audit = |found: &[u64]| Audit::of(&told, found);
    let clean = Audit { acknowledged: 2, ..Audit::default() };
    assert_eq!(audit(&[1, 4]), clean);
    assert_eq!(audit(&[1, 3, 4]), clean);
    assert_eq!(audit(&[1]), Audit { lost: 1, ..clean });
    assert_eq!(audit(&[1, 3, 4, 4]), Audit { duplicated: 1, ..clean });
    assert_eq!(audit(&[1, 2, 4]), Audit { phantom: 1, ..clean });
    assert_eq!(audit(&[1, 4, 9]), Audit { phantom: 1, ..clean });
    assert_eq!(audit(&[4, 1]), Audit { out_of_order: 1, ..clean });
}

#[test]
fn the_order_of_two_writers_is_free() {
    let (one, other) = (id(1, 7), id(2, 3));
    let told = [(one, Told::Acknowledged), (other, Told::Acknowledged)];
    assert_eq!(Audit::of(&told, &[other, one]).out_of_order, 0);
}

#[test]
fn an_answer_that_was_on_its_way_is_no_next_success() {
    let at = Duration::from_millis;
    let pages =
        |successes: &[u64]| Pages { successes: successes.iter().map(|done| at(*done)).collect(), ..Pages::default() };
    let fault = at(100);
    assert_eq!(pages(&[99, 101, 104]).next_success(fault), None);
    assert_eq!(pages(&[101, 5_200, 5_100]).next_success(fault), Some(at(5_000)));
}
