use super::*;

#[test]
fn the_wait_doubles_up_to_the_longest_one() {
    let retries = Retries { attempts: 40, first_pause: Duration::from_secs(1), longest_pause: Duration::from_secs(5) };
    let pauses: Vec<_> = (1..=5).map(|attempt| retries.pause_after(attempt).unwrap().as_secs()).collect();
    assert_eq!(pauses, [1, 2, 4, 5, 5]);
    assert_eq!(retries.pause_after(39), Some(Duration::from_secs(5)));
    assert_eq!(retries.pause_after(40), None);
}

#[test]
fn one_attempt_has_no_wait_and_none_is_refused() {
    assert_eq!(Retries::none().pause_after(1), None);
    assert!(Retries { attempts: 0, ..Retries::none() }.check().is_err());
}
