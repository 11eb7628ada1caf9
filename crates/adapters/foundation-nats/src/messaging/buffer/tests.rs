use proptest::prelude::*;

use super::*;

#[test]
fn losses_in_two_places_are_counted_in_two_places() {
    let mut buffer = Buffer::new(2);
    (0..5).for_each(|number| buffer.put(number));
    assert_eq!(buffer.take(), Some(Waiting::Message(0)));
    (5..8).for_each(|number| buffer.put(number));
    let rest: Vec<_> = std::iter::from_fn(|| buffer.take()).collect();
    assert_eq!(rest, [Waiting::Message(1), Waiting::Gap(3), Waiting::Message(5), Waiting::Gap(2)]);
    assert!(buffer.is_empty());
}

proptest! {
    /// Whatever is put and taken in whatever order: what comes out is what went in, in order, with every message
    /// that is missing counted where it is missing; and no more than `most` wait.
    #[test]
    fn nothing_is_missing_uncounted(most in 1..6_usize, steps in proptest::collection::vec(any::<bool>(), 0..60)) {
        let mut buffer = Buffer::new(most);
        let (mut put, mut expected, mut waiting) = (0_u64, 0_u64, 0_usize);
        let mut check = |taken: Option<Waiting<u64>>, waiting: &mut usize| match taken {
            Some(Waiting::Message(number)) => {
                assert_eq!(number, expected);
                expected += 1;
                *waiting -= 1;
                true
            }
            Some(Waiting::Gap(missing)) => {
                assert!(missing > 0);
                expected += missing;
                true
            }
            None => {
                assert_eq!(*waiting, 0);
                false
            }
        };
        for is_put in steps {
            if is_put {
                buffer.put(put);
                put += 1;
                waiting = (waiting + 1).min(most);
            } else {
                check(buffer.take(), &mut waiting);
            }
        }
        while check(buffer.take(), &mut waiting) {}
        prop_assert_eq!(expected, put);
    }
}
