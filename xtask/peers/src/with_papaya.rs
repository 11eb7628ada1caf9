//! The peer `papaya`: a lock-free hash table alone, as the floor that a registry can be measured against.
//!
//! It knows nothing of processes: nobody checks whether an identifier that it answers still lives, and nothing is taken
//! out when somebody dies.

use std::time::Instant;

use crate::lookup;
use crate::stopwatch::rate;
use crate::variant::{LOOKUP_NAMES, Round, name_of};

pub(crate) fn round(row: &str, n: u64) -> Option<Round> {
    Some(match row {
        "lookup_1" => Box::pin(look(n, 1)),
        "lookup_2" => Box::pin(look(n, 2)),
        "register_unregister" => Box::pin(register_unregister(n)),
        _ => return None,
    })
}

fn table() -> papaya::HashMap<String, u64> {
    let table = papaya::HashMap::new();
    let pin = table.pin();
    for i in 0..LOOKUP_NAMES {
        pin.insert(name_of(i), i + 1);
    }
    drop(pin);
    table
}

/// Each lookup pins the table, as one that comes out of nowhere has to, and copies the identifier.
async fn look(n: u64, threads: u64) -> f64 {
    let table = table();
    lookup::rounds(n, threads, name_of, |name| table.pin().get(name).copied().is_some())
}

/// A name goes in and out again; the table holds the other names meanwhile.
async fn register_unregister(n: u64) -> f64 {
    let table = table();
    let begun = Instant::now();
    for i in 0..n {
        let name = name_of(LOOKUP_NAMES + i % LOOKUP_NAMES);
        let pin = table.pin();
        assert!(pin.try_insert(name.clone(), i).is_ok());
        assert!(pin.remove(&name).is_some());
    }
    rate(n, begun.elapsed())
}
