use super::*;

fn key(number: usize) -> Key {
    Key::new(&RegisteredName::new(format!("n{number}")).unwrap())
}

fn life(process: u64) -> ProcessRef {
    ProcessRef { process, incarnation: 1 }
}

fn put(table: &Table, number: usize, process: u64) {
    let name = table.hashed(key(number));
    table.write(name.hash).put(&name, life(process), process as u32);
}

fn vacate(table: &Table, number: usize) {
    let name = table.hashed(key(number));
    table.write(name.hash).vacate(&name);
}

/// What is kept of names that are free stays within what is owned, and a name that comes and goes takes one place.
#[test]
fn vacant_names_do_not_pile_up() {
    let table = Table::new(7);
    for number in 0..10 {
        put(&table, number, 1);
    }
    for number in 10..5_000 {
        for number in [number, 3] {
            put(&table, number, 2);
            vacate(&table, number);
            assert_eq!(table.get(&key(number)), None);
        }
        let stored = table.owners.len();
        assert!(stored <= 2 * 10 + VACANT + 1, "{stored} names are kept, {} are owned", table.len());
        assert_eq!(stored, table.len() + table.vacant.load(Ordering::Relaxed));
    }
    assert_eq!(table.all().len(), 9);
}

/// Whatever else is registered, freeing names costs a constant number of looks each, taken together.
#[test]
fn freeing_a_name_does_not_cost_more_in_a_larger_table() {
    for others in [0, 100, 20_000] {
        let table = Table::new(7);
        for number in 0..others {
            put(&table, number, 1);
        }
        let released = 30_000;
        for number in others..others + released {
            put(&table, number, 2);
            vacate(&table, number);
        }
        for number in 0..others {
            vacate(&table, number);
        }
        let looks = table.looked_at.load(Ordering::Relaxed);
        assert!(looks <= 2 * (released + others), "{looks} looks beside {others} others");
        assert!(looks > 0, "nothing was ever taken out");
    }
}

#[test]
fn a_name_that_is_free_is_not_freed_again() {
    let table = Table::new(7);
    put(&table, 1, 1);
    vacate(&table, 1);
    vacate(&table, 1);
    vacate(&table, 2);
    assert_eq!((table.len(), table.vacant.load(Ordering::Relaxed)), (0, 1));
}

#[test]
fn the_slot_is_that_of_the_present_owner() {
    let table = Table::new(7);
    let name = RegisteredName::new("n1").unwrap();
    put(&table, 1, 5);
    assert_eq!(table.process(&name), Some((5, 5)));
    put(&table, 1, 6);
    assert_eq!(table.process(&name), Some((6, 6)));
    vacate(&table, 1);
    assert_eq!(table.process(&name), None);
    let hashed = table.hashed(key(1));
    table.write(hashed.hash).put(&hashed, life(7), ELSEWHERE);
    assert_eq!((table.get(&key(1)), table.process(&name)), (Some(life(7)), None));
}

/// The end of a life frees its own names, and no others, even where all hashes are one.
#[test]
fn names_with_one_hash_are_freed_by_their_owner() {
    let mut hash = NameHash::new(7);
    for collide in [true, false] {
        hash.collide = collide;
        let table = Table::with_hash(hash.clone());
        // Less than the map's probing bears.
        for number in 0..12 {
            put(&table, number, 1 + number as u64 % 3);
        }
        let mut freed = Vec::new();
        for number in [1, 4, 7, 10] {
            let hash = table.hash.of(key(number).bytes());
            freed.extend(table.write(hash).vacate_of(hash, life(2)));
            assert_eq!(table.write(hash).vacate_of(hash, life(9)), None);
        }
        freed.sort_unstable();
        let mut own = [1, 4, 7, 10].map(key);
        own.sort_unstable();
        assert_eq!(freed, own);
        let left = table.all();
        assert_eq!(left.len(), 8);
        assert!(left.iter().all(|(_, owner)| *owner != life(2)));
    }
}
