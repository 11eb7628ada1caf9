use super::*;

#[test]
fn a_note_goes_with_the_last_name_of_its_life() {
    let returned = Returned::default();
    let life = ProcessRef { process: 1, incarnation: 1 };
    let key = |text: &str| Key::new(&RegisteredName::new(text).unwrap());
    assert!(!returned.take(life, &key("a")), "it has given nothing back");
    assert_eq!(returned.next_of(life), None);

    returned.give_back(life, &key("a"));
    for text in ["b", "c"] {
        assert!(returned.take(life, &key(text)));
    }
    returned.give_back(life, &key("c"));
    assert_eq!(returned.next_of(life), Some(key("b")));
    assert_eq!(returned.lives.load(Ordering::Relaxed), 1, "a name may still be given back");
    assert_eq!(returned.next_of(life), None);
    assert_eq!(returned.lives.load(Ordering::Relaxed), 0);
    assert!(returned.names.lock().is_empty());
}
