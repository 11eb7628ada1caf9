use super::*;

fn key(number: usize) -> Key {
    Key::new(&RegisteredName::new(format!("n{number}")).unwrap())
}

fn entry(process: u64) -> Entry {
    Entry { owner: ProcessRef { process, incarnation: 1 }, process: Weak::<Cell<()>>::new() }
}

/// What is kept of names that are free stays within what is owned, and a name that comes and goes takes one place.
#[test]
fn vacant_names_do_not_pile_up() {
    let table = Table::new(7);
    for number in 0..10 {
        table.put(&table.write(&key(number)), key(number), entry(1));
    }
    for number in 10..5_000 {
        for key in [key(number), key(3)] {
            let writing = table.write(&key);
            table.put(&writing, key.clone(), entry(2));
            table.remove(&writing, key.clone());
            assert_eq!(table.get(&key), None);
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
            table.put(&table.write(&key(number)), key(number), entry(1));
        }
        let released = 30_000;
        for number in others..others + released {
            let writing = table.write(&key(number));
            table.put(&writing, key(number), entry(2));
            table.remove(&writing, key(number));
        }
        for number in 0..others {
            table.remove(&table.write(&key(number)), key(number));
        }
        let looks = table.looked_at.load(Ordering::Relaxed);
        assert!(looks <= 2 * (released + others), "{looks} looks beside {others} others");
        assert!(looks > 0, "nothing was ever taken out");
    }
}

#[test]
fn an_entry_is_small() {
    assert_eq!(size_of::<Entry>(), 32, "with its key it fills an allocation of 64 bytes");
}
