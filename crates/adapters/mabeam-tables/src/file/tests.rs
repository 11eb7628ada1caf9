use foundation_core::Code;
use mabeam::Direction;
use proptest::prelude::*;

use super::{FILE_VERSION, MAGIC, read, write};
use crate::table::{Axis, Table};

fn tables() -> Vec<Table> {
    let axis = |name: &str, is_ordered, n: usize| Axis {
        name: name.to_owned(),
        is_ordered,
        options: (0..n).map(|at| format!("{name}{at}")).collect(),
    };
    let rising = |n: usize| (0..n).map(|at| at as f32 / 7.0).collect::<Vec<_>>();
    vec![
        Table::new("höhe/a", "loss", Direction::Minimize, vec![axis("n", true, 5)], rising(5), vec![0.5; 5]).unwrap(),
        Table::new(
            "b",
            "acc",
            Direction::Maximize,
            vec![axis("n", true, 2), axis("c", false, 3)],
            rising(6),
            rising(6),
        )
        .unwrap(),
    ]
}

#[test]
fn what_is_written_is_read() {
    assert_eq!(read(&write(&tables()).unwrap()).unwrap(), tables());
    assert_eq!(read(&write(&[]).unwrap()).unwrap(), []);
}

#[test]
fn a_later_version_is_refused() {
    let mut file = write(&tables()).unwrap();
    file[MAGIC.len()..MAGIC.len() + 2].copy_from_slice(&(FILE_VERSION + 1).to_le_bytes());
    let error = read(&file).unwrap_err();
    assert_eq!(error.code(), Code::NewerVersion);
    assert!(error.what().contains("version 2"), "{error}");
}

#[test]
fn every_cut_and_every_flipped_bit_is_noticed() {
    let file = write(&tables()).unwrap();
    for cut in 0..file.len() {
        assert!(read(&file[..cut]).is_err(), "cut after {cut} bytes");
    }
    let mut longer = file.clone();
    longer.push(0);
    assert!(read(&longer).is_err());
    for at in 0..file.len() * 8 {
        let mut flipped = file.clone();
        flipped[at / 8] ^= 1 << (at % 8);
        // An earlier version than the first does not exist; its number is not looked at further.
        if (MAGIC.len()..MAGIC.len() + 2).contains(&(at / 8)) {
            continue;
        }
        assert!(read(&flipped).is_err(), "bit {at} flipped");
    }
}

proptest! {
    #[test]
    fn no_bytes_make_it_panic(mut bytes in prop::collection::vec(any::<u8>(), 0..200), sealed in any::<bool>()) {
        if sealed {
            // With header and checksum in order, so that the body is looked at.
            let mut file = MAGIC.to_vec();
            file.extend(FILE_VERSION.to_le_bytes());
            file.extend(crc32fast::hash(&bytes).to_le_bytes());
            file.append(&mut bytes);
            bytes = file;
        }
        let _ = read(&bytes);
    }
}
