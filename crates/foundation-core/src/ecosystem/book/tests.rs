mod schedules;

use super::super::settings::Topology;
use super::*;

const RULES: Rules = Rules { capacity: 3, attempts: 2, credit: 2 };

/// A book of one coordinator and its workers, all of them there and watched.
fn book(rules: Rules, n_workers: usize) -> Book {
    let mut book = Book::new(rules, Layout::new(Topology::Star, n_workers));
    let mut effects = Vec::new();
    book.node_up(0, 1, &mut effects);
    for worker in 0..n_workers {
        book.worker_up(worker, 1, &mut effects);
        book.worker_watched(worker, 1, &mut effects);
    }
    book.look(0);
    book
}

fn act<T>(book: &mut Book, act: impl FnOnce(&mut Book, &mut Vec<Effect>) -> T) -> (T, Vec<Effect>) {
    let mut effects = Vec::new();
    let answer = act(book, &mut effects);
    book.rooms.assert_consistent(&book.layout, 0);
    (answer, effects)
}

fn submit(book: &mut Book) -> Submitted {
    act(book, |book, effects| book.submit(true, effects)).0
}

#[test]
fn what_is_accepted_wakes_the_coordinator_once_and_is_handed_to_the_freest() {
    let mut book = book(RULES, 2);
    let (submitted, effects) = act(&mut book, |book, effects| book.submit(false, effects));
    assert_eq!((submitted, effects), (Submitted::Accepted(1), vec![Effect::Look(Member::Node(0))]));
    let (_, effects) = act(&mut book, |book, effects| book.submit(false, effects));
    assert_eq!(effects, [], "it is woken already");
    book.look(0);
    let ((), effects) = act(&mut book, |book, effects| book.dispatch(0, effects));
    assert_eq!(effects, [Effect::Look(Member::Worker(0)), Effect::Look(Member::Worker(1))]);
    assert_eq!((book.in_flight(0), book.in_flight(1), book.queued()), (1, 1, 0));
    assert_eq!((book.take(0, 1), book.take(0, 1), book.take(1, 2)), (Some((1, 1)), None, None));
}

#[test]
fn the_first_ending_of_an_item_counts() {
    let mut book = book(RULES, 1);
    submit(&mut book);
    act(&mut book, |book, effects| book.dispatch(0, effects));
    assert_eq!(book.take(0, 1), Some((1, 1)));
    let report = |book: &mut Book, life, attempt| {
        act(book, |book, effects| book.finish((0, life), (1, attempt), Attempted::Done, effects)).0
    };
    assert_eq!((report(&mut book, 2, 1), report(&mut book, 1, 1)), (Taken::Stale, Taken::Settled));
    assert_eq!(report(&mut book, 1, 1), Taken::Stale);
    assert!(book.items.is_empty());
    assert_eq!((book.totals().done, book.totals().accepted), (1, 1));
}

#[test]
fn a_death_spends_the_attempt_of_what_was_at_hand_and_of_nothing_else() {
    let mut book = book(RULES, 1);
    submit(&mut book);
    submit(&mut book);
    for life in 1..=2 {
        act(&mut book, |book, effects| book.dispatch(0, effects));
        assert_eq!(book.take(0, life), Some((1, life as u32)), "the older one first, each time");
        let (lost, effects) = act(&mut book, |book, effects| book.worker_down(0, life, effects));
        assert_eq!(lost, Some(1));
        let given_up = effects.contains(&Effect::Settled(1, Ending::Failed));
        assert_eq!((given_up, effects.contains(&Effect::Again(2))), (life == 2, true));
        act(&mut book, |book, effects| {
            book.worker_up(0, life + 1, effects);
            book.worker_watched(0, life + 1, effects)
        });
    }
    act(&mut book, |book, effects| book.dispatch(0, effects));
    assert_eq!(book.take(0, 3), Some((2, 1)));
}

#[test]
fn nothing_is_handed_to_a_worker_that_nobody_watches() {
    let mut book = Book::new(RULES, Layout::new(Topology::Star, 1));
    act(&mut book, |book, effects| book.node_up(0, 1, effects));
    let ((), effects) = act(&mut book, |book, effects| book.worker_up(0, 1, effects));
    assert_eq!(effects, [Effect::Look(Member::Node(0))]);
    submit(&mut book);
    act(&mut book, |book, effects| book.dispatch(0, effects));
    assert_eq!((book.queued(), book.look(0)), (1, BTreeSet::from([Member::Worker(0)])));
    act(&mut book, |book, effects| book.worker_watched(0, 1, effects));
    act(&mut book, |book, effects| book.dispatch(0, effects));
    assert_eq!((book.queued(), book.in_flight(0)), (0, 1));
}

#[test]
fn submissions_beyond_the_capacity_wait_their_turn_or_are_refused() {
    let mut book = book(Rules { capacity: 2, ..RULES }, 1);
    let submitted: Vec<_> = (0..4).map(|_| submit(&mut book)).collect();
    use Submitted::{Accepted, Full, Waiting};
    assert_eq!(submitted, [Accepted(1), Accepted(2), Waiting(3), Waiting(4)]);
    assert_eq!(act(&mut book, |book, effects| book.submit(false, effects)).0, Full);
    let (retracted, _) = act(&mut book, |book, effects| book.retract(3, effects));
    assert!(retracted);
    let ((), effects) = act(&mut book, |book, effects| book.dispatch(0, effects));
    assert!(effects.contains(&Effect::Admitted(4)) && !effects.contains(&Effect::Admitted(3)));
    assert!(!act(&mut book, |book, effects| book.retract(4, effects)).0, "it is accepted by now");
    assert_eq!((book.totals().refused, book.totals().accepted), (2, 3));
}

#[test]
fn an_item_behind_another_goes_to_a_worker_that_has_nothing_to_do() {
    let mut book = book(RULES, 2);
    for _ in 0..3 {
        submit(&mut book);
    }
    act(&mut book, |book, effects| book.dispatch(0, effects));
    assert_eq!((book.take(0, 1), book.take(1, 1)), (Some((1, 1)), Some((2, 1))));
    book.look(0);
    let (_, effects) = act(&mut book, |book, effects| book.finish((1, 1), (2, 1), Attempted::Done, effects));
    assert_eq!(effects, [Effect::Look(Member::Node(0))]);
    act(&mut book, |book, effects| book.dispatch(0, effects));
    assert_eq!(book.take(1, 1), Some((3, 1)));
}

#[test]
fn what_a_submitter_takes_back_at_a_worker_frees_it_when_the_worker_lets_go() {
    let mut book = book(Rules { credit: 1, ..RULES }, 1);
    submit(&mut book);
    act(&mut book, |book, effects| book.dispatch(0, effects));
    book.take(0, 1);
    let (withdrawn, effects) = act(&mut book, |book, effects| book.withdraw(1, effects));
    assert_eq!((withdrawn, effects), (true, vec![Effect::Revoke(1), Effect::Settled(1, Ending::Cancelled)]));
    assert_eq!(book.in_flight(0), 1);
    let again = Attempted::Failed { again: true };
    assert_eq!(act(&mut book, |book, effects| book.finish((0, 1), (1, 1), again, effects)).0, Taken::Stale);
    assert_eq!((book.in_flight(0), book.totals().redistributed), (0, 0));
}

#[test]
fn an_end_tells_everybody_and_takes_nothing_more() {
    let mut book = book(Rules { capacity: 1, ..RULES }, 1);
    for _ in 0..5 {
        submit(&mut book);
    }
    act(&mut book, |book, effects| book.dispatch(0, effects));
    book.take(0, 1);
    let ((), effects) = act(&mut book, |book, effects| book.drain(effects));
    assert_eq!(effects, [4, 5].map(|item| Effect::Settled(item, Ending::ShutDown)), "those that wait for room");
    assert_eq!(submit(&mut book), Submitted::Closed);
    let ((), effects) = act(&mut book, |book, effects| book.close(effects));
    let settled = effects.iter().filter(|effect| matches!(effect, Effect::Settled(_, Ending::ShutDown))).count();
    assert_eq!((settled, effects.contains(&Effect::Revoke(1)), effects.contains(&Effect::Drained)), (3, true, true));
    let totals = book.totals();
    assert_eq!((totals.accepted, totals.shut_down, totals.refused), (3, 3, 3));
}

#[test]
fn what_a_dead_coordinator_held_goes_back_to_the_root() {
    let mut book = Book::new(RULES, Layout::new(Topology::Tree { fan_out: 2 }, 4));
    let mut effects = Vec::new();
    for node in 0..3 {
        book.node_up(node, 1, &mut effects);
    }
    for node in 1..3 {
        book.node_watched(node, 1, &mut effects);
    }
    for worker in 0..4 {
        book.worker_up(worker, 1, &mut effects);
        book.worker_watched(worker, 1, &mut effects);
    }
    submit(&mut book);
    act(&mut book, |book, effects| book.dispatch(0, effects));
    assert_eq!((book.held(0), book.held(1), book.held(2)), (0, 1, 0));
    act(&mut book, |book, effects| book.node_down(1, 1, effects));
    assert_eq!((book.held(0), book.held(1)), (1, 0));
    act(&mut book, |book, effects| book.dispatch(0, effects));
    assert_eq!((book.held(0), book.held(2)), (0, 1), "the other part is there");
}

#[test]
fn an_item_behind_another_goes_to_another_part_of_the_tree_where_a_worker_has_nothing_to_do() {
    let mut book = Book::new(RULES, Layout::new(Topology::Tree { fan_out: 2 }, 4));
    let mut effects = Vec::new();
    let mut come = |book: &mut Book, node: usize, worker: usize| {
        book.node_up(node, 1, &mut effects);
        book.node_watched(node, 1, &mut effects);
        book.worker_up(worker, 1, &mut effects);
        book.worker_watched(worker, 1, &mut effects);
    };
    book.node_up(0, 1, &mut Vec::new());
    come(&mut book, 1, 0);
    submit(&mut book);
    submit(&mut book);
    act(&mut book, |book, effects| book.dispatch(0, effects));
    assert_eq!(book.held(1), 2, "there is nobody else yet");
    come(&mut book, 2, 2);
    book.look(0);
    let ((), effects) = act(&mut book, |book, effects| book.dispatch(1, effects));
    assert_eq!(effects, [Effect::Look(Member::Worker(0)), Effect::Look(Member::Node(0))]);
    act(&mut book, |book, effects| book.dispatch(0, effects));
    act(&mut book, |book, effects| book.dispatch(2, effects));
    assert_eq!((book.take(0, 1), book.take(2, 1)), (Some((1, 1)), Some((2, 1))));
}
