use proptest::prelude::*;

use super::*;

/// Searches among events at `places`, of which the first `n_old` are old, up to the event at `last`; answers the last
/// old one and how many questions it took.
fn search(places: &[u64], n_old: usize, last: u64) -> (u64, usize) {
    let mut boundary = Boundary::up_to(last);
    let mut questions = 0;
    while let Some(asked) = boundary.question() {
        questions += 1;
        assert!(questions < 200, "the search does not end");
        // There is always an event behind the trimmed ones: the one that is kept.
        let at = places.iter().position(|place| *place >= asked).unwrap();
        boundary.answer(asked, places[at], at < n_old);
    }
    (boundary.last_old(), questions)
}

proptest! {
    #[test]
    fn the_last_old_event_is_found(
        steps in proptest::collection::vec(1..1_000_000_u64, 2..60), n_old in any::<prop::sample::Index>(), last in any::<prop::sample::Index>(),
    ) {
        let places: Vec<u64> = steps.iter().scan(0, |place, step| { *place += step; Some(*place) }).collect();
        let n_old = n_old.index(places.len() + 1);
        // The last trimmed event is not the last event of all.
        let at = last.index(places.len() - 1);
        let expected = places[..n_old.min(at + 1)].last().copied().unwrap_or(0);
        let (found, questions) = search(&places, n_old, places[at]);
        prop_assert_eq!(found, expected);
        prop_assert!(questions <= 40, "{questions} questions");
    }
}

#[test]
fn where_all_are_old_one_question_is_enough() {
    assert_eq!(search(&[3, 700, 900_000, 900_001], 4, 900_000), (900_000, 1));
}

#[test]
fn nothing_trimmed_is_nothing_to_ask() {
    assert_eq!(search(&[1], 0, 0), (0, 0));
}
