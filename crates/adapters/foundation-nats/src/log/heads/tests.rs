use super::*;

#[test]
fn one_stream_has_one_slot() {
    let heads = Heads::default();
    let name = StreamName::new("s").unwrap();
    heads.slot(&name).saw(7);
    heads.slot(&name).saw(5);
    assert_eq!(heads.slot(&name).seen(), 7);
}

#[test]
fn what_nobody_uses_is_forgotten_and_what_somebody_uses_is_not() {
    let heads = Heads::default();
    let used = heads.slot(&StreamName::new("used").unwrap());
    used.saw(3);
    for number in 0..2 * MOST {
        drop(heads.slot(&StreamName::new(number.to_string()).unwrap()));
    }
    assert!(heads.slots.lock().unwrap().len() <= MOST + 1);
    assert!(Arc::ptr_eq(&used, &heads.slot(&StreamName::new("used").unwrap())));
}
