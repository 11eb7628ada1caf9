use super::*;

#[test]
fn a_revision_is_known_until_another_takes_its_place() {
    let known = KnownValues::new();
    assert!(!known.contains(7));
    assert!(!known.contains(0), "no value has revision 0");
    known.insert(7);
    assert!(known.contains(7) && !known.contains(8));
    known.insert(7 + PLACES as u64);
    assert!(!known.contains(7), "forgotten, not mistaken");
    assert!(known.contains(7 + PLACES as u64));
}

#[test]
fn own_writes_are_never_underestimated() {
    let own = OwnWrites::new();
    let keys: Vec<String> = (0..3 * PLACES).map(|number| format!("k{number}")).collect();
    for (number, key) in keys.iter().enumerate() {
        own.note(key, number as u64 + 1);
    }
    for (number, key) in keys.iter().enumerate() {
        assert!(own.least(key) > number as u64);
    }
    own.note("k0", 1);
    assert!(own.least("k0") >= 1);
}
