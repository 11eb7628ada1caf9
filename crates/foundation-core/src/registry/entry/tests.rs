use super::*;

/// With the 8 bytes that the allocator keeps beside it, it fills a chunk of 48.
#[test]
fn an_entry_is_small() {
    assert_eq!(size_of::<(Stored, Owner)>(), 40);
}

#[test]
fn a_name_is_stored_as_it_is_at_every_length() {
    for len in 1..=RegisteredName::MAX_BYTES {
        let key = Key::new(&RegisteredName::new("x".repeat(len)).unwrap());
        let stored = Stored::new(&key, 7);
        assert_eq!(matches!(stored, Stored::Short { .. }), len <= IN_PLACE, "{len}");
        assert_eq!(stored.key(), key);
        assert_eq!(stored.bytes(), key.bytes());
        assert_eq!(stored.slot().load(Ordering::Relaxed), 7);
    }
}

/// Whichever way a name is asked for, it has the same hash.
#[test]
fn every_question_hashes_alike() {
    let by = NameHash::new(3);
    for len in [1, 16, IN_PLACE, IN_PLACE + 1, 100] {
        let key = Key::new(&RegisteredName::new("x".repeat(len)).unwrap());
        let hash = by.hash_one(Stored::new(&key, 0));
        assert_eq!(by.of(key.bytes()), hash);
        assert_eq!(by.hash_one(Hashed { key: key.clone(), hash }), hash);
        assert_eq!(by.hash_one(SameHash { hash, by: &by, others: &[] }), hash);
        assert_ne!(by.of(b"y"), hash);
    }
}

#[test]
fn a_name_that_is_free_has_no_owner() {
    let life = ProcessRef { process: 4, incarnation: 2 };
    let owner = Owner::new(life);
    assert_eq!(owner.life(), Some(life));
    owner.vacate();
    assert_eq!(owner.life(), None);
}
