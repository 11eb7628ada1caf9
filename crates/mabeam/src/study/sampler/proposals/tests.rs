use std::collections::BTreeSet;

use proptest::prelude::*;

use super::Proposals;

#[test]
fn the_ends_of_words_are_kept_apart() {
    let mut proposals = Proposals::default();
    for trial in [64, 0, 63, 128, 127, u64::MAX] {
        assert!(proposals.insert(1, trial));
        assert!(!proposals.insert(1, trial), "{trial} was there before");
    }
    assert!(proposals.insert(0, 63));
    assert!(proposals.of(1).eq([0, 63, 64, 127, 128, u64::MAX]));
    assert!(proposals.of(1).rev().eq([u64::MAX, 128, 127, 64, 63, 0]));
    assert!(proposals.of(0).eq([63]));
    assert_eq!(proposals.of(2).count(), 0);
}

proptest! {
    /// It is what a set of pairs is, and a copy does not see what is put into the other.
    #[test]
    fn it_is_a_set_of_pairs(pairs in prop::collection::vec((0_u32..3, 0_u64..300), 0..200), cut in 0_usize..200) {
        let (mut proposals, mut model) = (Proposals::default(), BTreeSet::new());
        let mut copy = None;
        for (at, (member, trial)) in pairs.iter().enumerate() {
            if at == cut {
                copy = Some((proposals.clone(), model.clone()));
            }
            prop_assert_eq!(proposals.insert(*member, *trial), model.insert((*member, *trial)));
        }
        for (proposals, model) in [Some((proposals, model)), copy].into_iter().flatten() {
            for member in 0..3 {
                let wanted: Vec<u64> = model.iter().filter(|(of, _)| *of == member).map(|(_, trial)| *trial).collect();
                prop_assert_eq!(proposals.of(member).collect::<Vec<_>>(), wanted.clone());
                prop_assert!(proposals.of(member).rev().eq(wanted.into_iter().rev()));
            }
        }
    }
}
