use std::fs::OpenOptions;
use std::os::unix::fs::FileExt as _;

use foundation_core::Code;

use super::{Anchor, KeyValueHead, LogHead, PAGE};

fn head(block: u64) -> LogHead {
    LogHead { block, hash: [block as u8; 16], sequence: block * 10, base: 1 }
}

#[test]
fn the_newer_slot_counts_and_a_torn_one_leaves_the_other() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("head");
    let mut anchor = Anchor::create(&path, head(0)).unwrap();
    let mut other = Anchor::create(&path, KeyValueHead { revision: 5, reserved: 9 }).unwrap();
    for block in 1..=4 {
        anchor.advance(head(block)).unwrap();
    }
    other.advance(KeyValueHead { revision: 6, reserved: 9 }).unwrap();
    assert_eq!(Anchor::<LogHead>::open(&path).unwrap().head(), head(4));
    assert_eq!(Anchor::<KeyValueHead>::open(&path).unwrap().head().revision, 6);

    // The last write was turn 5, so it stands in the second page.
    let file = OpenOptions::new().write(true).open(&path).unwrap();
    file.write_all_at(&[0xff; 7], PAGE + 30).unwrap();
    let mut torn = Anchor::<LogHead>::open(&path).unwrap();
    assert!(torn.damaged);
    assert_eq!(torn.head(), head(3));
    torn.advance(head(4)).unwrap();
    assert_eq!(Anchor::<LogHead>::open(&path).unwrap().head(), head(4));
    assert!(!Anchor::<LogHead>::open(&path).unwrap().damaged);
}

#[test]
fn two_torn_slots_are_corrupt() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("head");
    let mut anchor = Anchor::create(&path, head(0)).unwrap();
    anchor.advance(head(1)).unwrap();
    let file = OpenOptions::new().write(true).open(&path).unwrap();
    file.write_all_at(&[0xff; 7], 30).unwrap();
    file.write_all_at(&[0xff; 7], PAGE + 30).unwrap();
    assert_eq!(Anchor::<LogHead>::open(&path).unwrap_err().code(), Code::Corrupt);
}

#[test]
fn every_flipped_bit_of_a_slot_is_seen() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("head");
    drop(Anchor::create(&path, head(7)).unwrap());
    let sound = std::fs::read(&path).unwrap();
    for bit in 0..super::slot::SLOT_BYTES * 8 {
        let mut bytes = sound.clone();
        // Turn 1 stands in the second page.
        bytes[PAGE as usize + bit / 8] ^= 1 << (bit % 8);
        std::fs::write(&path, bytes).unwrap();
        assert!(Anchor::<LogHead>::open(&path).is_err(), "bit {bit}");
    }
}
