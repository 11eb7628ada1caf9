use super::*;

#[test]
fn a_key_is_its_name_at_every_length() {
    let mut before: Option<Key> = None;
    for len in 1..=RegisteredName::MAX_BYTES {
        let name = RegisteredName::new("x".repeat(len)).unwrap();
        let key = Key::new(&name);
        assert_eq!(matches!(key, Key::Short { .. }), len <= IN_PLACE, "{len}");
        assert_eq!(key.name(), name);
        assert_eq!(key.bytes(), name.as_str().as_bytes());
        assert!(before.as_ref().is_none_or(|shorter| *shorter < key && *shorter != key));
        before = Some(key);
    }
}

#[test]
fn a_key_is_small() {
    assert_eq!(size_of::<Key>(), 24);
}
