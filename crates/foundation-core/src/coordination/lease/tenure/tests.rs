//! The rules one by one, and then against a store that loses, delays and forgets, in random schedules.

use std::time::Duration;

use proptest::prelude::*;

use super::{Action, Ended, Event, Loss, Phase, Refusal, Standing, Tenure, Terms};
use crate::port::clock::Monotonic;
use crate::port::storage::Revision;

mod schedules;

const TERMS: Terms = Terms {
    ttl: Duration::from_millis(9_000),
    margin: Duration::from_millis(900),
    renew_after: Duration::from_millis(3_000),
    pause: Duration::from_millis(300),
    patience: Duration::from_millis(3_000),
};

/// So many milliseconds after the start.
fn at(millis: u64) -> Monotonic {
    Monotonic(millis * 1_000_000)
}

fn renew(revision: u64, token: u64) -> Option<Action> {
    Some(Action::Renew { at: Revision(revision), token: Revision(token) })
}

fn ours(revision: u64, token: Option<u64>) -> Event {
    Event::Found(Standing::Ours { revision: Revision(revision), token: token.map(Revision) })
}

/// One that was taken at 0, answered at 10 with revision 7, and renews next at 3,000.
fn held() -> Tenure {
    let mut tenure = Tenure::new(TERMS, true, at(0));
    assert_eq!(tenure.step(at(0), Event::Woke), Some(Action::Take));
    assert_eq!(tenure.step(at(10), Event::Written(Revision(7))), None);
    assert_eq!(tenure.grant(), Some((Revision(7), at(8_100))));
    assert_eq!(tenure.wake(), at(3_000));
    tenure
}

fn lost(loss: Loss, clean: bool) -> Phase {
    Phase::Over { how: Ended::Lost(loss), clean }
}

#[test]
fn the_deadline_counts_from_before_the_write_was_sent_and_the_token_stays_the_first_revision() {
    let mut tenure = held();
    assert_eq!(tenure.step(at(3_000), Event::Woke), renew(7, 7));
    assert_eq!(tenure.grant(), Some((Revision(7), at(8_100))), "what was sent counts when it is answered");
    assert_eq!(tenure.step(at(4_000), Event::Written(Revision(9))), None);
    assert_eq!(tenure.grant(), Some((Revision(7), at(11_100))));
    assert_eq!(tenure.wake(), at(6_000), "a third of the time to live after the last one was sent");
    assert_eq!(tenure.step(at(6_000), Event::Woke), renew(9, 7));
}

#[test]
fn what_is_not_renewed_is_lost_at_the_deadline_and_stays_lost() {
    let mut tenure = held();
    assert_eq!(tenure.step(at(3_000), Event::Woke), renew(7, 7));
    assert_eq!(tenure.step(at(6_000), Event::Woke), Some(Action::Read), "no answer in time: what stands?");
    assert_eq!(tenure.step(at(8_100), Event::Woke), None, "the read is still waited for");
    assert_eq!(tenure.grant(), None);
    // The renewal had taken effect after all: what it left is deleted.
    assert_eq!(tenure.step(at(8_200), ours(9, Some(7))), Some(Action::Delete { at: Revision(9) }));
    assert_eq!(tenure.grant(), None);
    assert_eq!(tenure.step(at(8_300), Event::Written(Revision(10))), None);
    assert_eq!(tenure.phase(), lost(Loss::Expired, true));
}

#[test]
fn an_answer_after_the_deadline_changes_nothing() {
    let mut tenure = held();
    assert_eq!(tenure.step(at(3_000), Event::Woke), renew(7, 7));
    assert_eq!(tenure.step(at(8_100), Event::Written(Revision(9))), Some(Action::Delete { at: Revision(9) }));
    assert_eq!(tenure.phase(), Phase::Ending(Ended::Lost(Loss::Expired)));
}

#[test]
fn a_renewal_in_doubt_is_read_back() {
    let mut tenure = held();
    assert_eq!(tenure.step(at(3_000), Event::Woke), renew(7, 7));
    assert_eq!(tenure.step(at(3_500), Event::Doubtful), Some(Action::Read));
    // It took effect: it counts from when it was sent.
    assert_eq!(tenure.step(at(3_600), ours(9, Some(7))), None);
    assert_eq!(tenure.grant(), Some((Revision(7), at(11_100))));
    assert_eq!(tenure.step(at(6_000), Event::Woke), renew(9, 7));
    // This one has not taken effect, and may still do so: the next one names the same revision.
    assert_eq!(tenure.step(at(6_100), Event::Doubtful), Some(Action::Read));
    assert_eq!(tenure.step(at(6_200), ours(9, Some(7))), None);
    assert_eq!(tenure.step(at(6_500), Event::Woke), renew(9, 7));
    // It did so late. The refusal is our own earlier write, which counts from when that was sent.
    assert_eq!(tenure.step(at(6_600), Event::Refused), Some(Action::Read));
    assert_eq!(tenure.step(at(6_700), ours(12, Some(7))), None);
    assert_eq!(tenure.grant(), Some((Revision(7), at(14_100))));
}

#[test]
fn what_is_taken_away_is_lost_at_once() {
    for standing in [Standing::Nothing, Standing::Other] {
        let mut tenure = held();
        assert_eq!(tenure.step(at(3_000), Event::Woke), renew(7, 7));
        assert_eq!(tenure.step(at(3_100), Event::Refused), Some(Action::Read));
        assert_eq!(tenure.step(at(3_200), Event::Found(standing)), None);
        assert_eq!(tenure.phase(), lost(Loss::Gone, true));
    }
}

#[test]
fn a_first_write_in_doubt_is_read_back_and_written_once_more() {
    let mut tenure = Tenure::new(TERMS, true, at(0));
    assert_eq!(tenure.step(at(0), Event::Woke), Some(Action::Take));
    assert_eq!(tenure.step(at(100), Event::Doubtful), Some(Action::Read));
    assert_eq!(tenure.step(at(200), Event::Found(Standing::Nothing)), None);
    assert_eq!(tenure.step(at(500), Event::Woke), Some(Action::Take));
    // The first one arrived meanwhile.
    assert_eq!(tenure.step(at(600), Event::Refused), Some(Action::Read));
    assert_eq!(tenure.step(at(700), ours(4, None)), renew(4, 4));
    assert_eq!(tenure.grant(), None);
    assert_eq!(tenure.step(at(800), Event::Written(Revision(6))), None);
    assert_eq!(tenure.grant(), Some((Revision(4), at(8_800))));
}

#[test]
fn what_another_has_is_refused() {
    let mut tenure = Tenure::new(TERMS, true, at(0));
    assert_eq!(tenure.step(at(0), Event::Woke), Some(Action::Take));
    assert_eq!(tenure.step(at(10), Event::Refused), Some(Action::Read));
    assert_eq!(tenure.step(at(20), Event::Found(Standing::Other)), None);
    assert_eq!(tenure.phase(), Phase::Over { how: Ended::NotTaken(Refusal::Taken), clean: true });
    assert_eq!(tenure.wake(), Monotonic(u64::MAX));
}

#[test]
fn a_lease_that_ended_between_two_looks_is_asked_for_again() {
    let mut tenure = Tenure::new(TERMS, true, at(0));
    assert_eq!(tenure.step(at(0), Event::Woke), Some(Action::Take));
    assert_eq!(tenure.step(at(10), Event::Refused), Some(Action::Read));
    assert_eq!(tenure.step(at(20), Event::Found(Standing::Nothing)), Some(Action::Take));
}

#[test]
fn a_first_write_that_comes_after_the_end_is_found_and_deleted() {
    let mut tenure = Tenure::new(TERMS, true, at(0));
    assert_eq!(tenure.step(at(0), Event::Woke), Some(Action::Take));
    assert_eq!(tenure.step(at(100), Event::Doubtful), Some(Action::Read));
    assert_eq!(tenure.step(at(200), Event::Found(Standing::Nothing)), None);
    assert_eq!(tenure.step(at(500), Event::Woke), Some(Action::Take));
    assert_eq!(tenure.step(at(510), Event::Written(Revision(7))), None);
    assert_eq!(tenure.step(at(1_000), Event::GivenUp), Some(Action::Delete { at: Revision(7) }));
    tenure.step(at(1_010), Event::Written(Revision(8)));
    assert_eq!(tenure.phase(), lost(Loss::Released, true));
    assert!(!tenure.is_done());
    assert_eq!(tenure.step(at(1_310), Event::Woke), Some(Action::Read));
    assert_eq!(tenure.step(at(1_320), Event::Found(Standing::Other)), None, "the next holder's");
    assert_eq!(tenure.step(at(1_920), Event::Woke), Some(Action::Read));
    assert_eq!(tenure.step(at(1_930), ours(11, None)), Some(Action::Delete { at: Revision(11) }));
    assert_eq!(tenure.grant(), None);
    tenure.step(at(1_940), Event::Written(Revision(12)));
    assert_eq!(tenure.wake(), at(1_940 + 1_200));
    tenure.step(at(10_010), Event::Woke);
    assert!(tenure.is_done(), "for one time to live");
    assert_eq!(tenure.phase(), lost(Loss::Released, true));
}

/// A session that takes the place of an earlier one, which is closed at that moment.
#[test]
fn a_first_write_over_a_record_that_is_gone_is_given_up() {
    for answer in [Event::Refused, Event::Doubtful] {
        let mut tenure = Tenure::new(TERMS, false, at(0));
        assert_eq!(tenure.step(at(0), Event::Woke), Some(Action::Take));
        assert_eq!(tenure.step(at(10), answer), Some(Action::Read));
        assert_eq!(tenure.step(at(20), Event::Found(Standing::Nothing)), None);
        assert_eq!(tenure.phase(), Phase::Over { how: Ended::NotTaken(Refusal::Taken), clean: true });
    }
}

#[test]
fn a_store_that_says_nothing_is_given_up_on() {
    let mut tenure = Tenure::new(TERMS, true, at(0));
    assert_eq!(tenure.step(at(0), Event::Woke), Some(Action::Take));
    assert_eq!(tenure.step(at(3_000), Event::Woke), Some(Action::Read));
    assert_eq!(tenure.step(at(4_000), Event::Unread), None);
    assert_eq!(tenure.step(at(4_300), Event::Woke), Some(Action::Read));
    assert_eq!(tenure.step(at(7_300), Event::Woke), None);
    assert_eq!(tenure.step(at(7_600), Event::Woke), Some(Action::Read));
    assert_eq!(tenure.wake(), at(9_000));
    tenure.step(at(9_000), Event::Woke);
    assert_eq!(tenure.phase(), Phase::Ending(Ended::NotTaken(Refusal::Unknown)));
    tenure.step(at(18_000), Event::Woke);
    assert_eq!(tenure.phase(), Phase::Over { how: Ended::NotTaken(Refusal::Unknown), clean: false });
}

#[test]
fn a_write_that_is_not_allowed_is_given_up_at_once() {
    let mut tenure = Tenure::new(TERMS, true, at(0));
    assert_eq!(tenure.step(at(0), Event::Woke), Some(Action::Take));
    assert_eq!(tenure.step(at(1), Event::Impossible), None);
    assert_eq!(tenure.phase(), Phase::Over { how: Ended::NotTaken(Refusal::Unknown), clean: true });
}

#[test]
fn a_release_deletes_what_stands_also_what_was_on_its_way() {
    let mut tenure = held();
    assert_eq!(tenure.step(at(100), Event::GivenUp), Some(Action::Delete { at: Revision(7) }));
    assert_eq!(tenure.grant(), None, "the right to act ends before the store is told");
    assert_eq!(tenure.step(at(110), Event::Written(Revision(8))), None);
    assert_eq!(tenure.phase(), lost(Loss::Released, true));

    let mut tenure = held();
    assert_eq!(tenure.step(at(3_000), Event::Woke), renew(7, 7));
    assert_eq!(tenure.step(at(3_010), Event::GivenUp), None, "the renewal is waited for");
    assert_eq!(tenure.step(at(3_020), Event::Written(Revision(9))), Some(Action::Delete { at: Revision(9) }));
    assert_eq!(tenure.step(at(3_030), Event::Doubtful), Some(Action::Read));
    assert_eq!(tenure.step(at(3_040), Event::Found(Standing::Nothing)), None);
    assert_eq!(tenure.phase(), lost(Loss::Released, true));
}

#[test]
fn one_who_leaves_before_the_answer_leaves_nothing() {
    let mut tenure = Tenure::new(TERMS, true, at(0));
    assert_eq!(tenure.step(at(0), Event::Woke), Some(Action::Take));
    assert_eq!(tenure.step(at(5), Event::GivenUp), None);
    assert_eq!(tenure.step(at(10), Event::Written(Revision(7))), Some(Action::Delete { at: Revision(7) }));
    assert_eq!(tenure.step(at(20), Event::Written(Revision(8))), None);
    assert_eq!(tenure.phase(), Phase::Over { how: Ended::NotTaken(Refusal::GivenUp), clean: true });

    let mut tenure = Tenure::new(TERMS, true, at(0));
    tenure.step(at(0), Event::GivenUp);
    assert_eq!(tenure.phase(), Phase::Over { how: Ended::NotTaken(Refusal::GivenUp), clean: true });
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    /// Whatever comes, in whatever order, at whatever times: the deadline never goes back and a lease that is not held
    /// is never held again.
    #[test]
    fn any_events_at_any_times(events in prop::collection::vec((0_u8..8, 0_u64..4_000, 1_u64..40), 1..60)) {
        let mut tenure = Tenure::new(TERMS, true, at(0));
        let (mut now, mut last, mut token, mut was_lost) = (0, Monotonic(0), None, false);
        tenure.step(at(0), Event::Woke);
        for (kind, after, number) in events {
            now += after;
            let event = match kind {
                0 => Event::Woke,
                1 => Event::Written(Revision(number)),
                2 => Event::Refused,
                3 => Event::Doubtful,
                4 => Event::Found(Standing::Nothing),
                5 => ours(number, token.or(Some(number))),
                6 => Event::Unread,
                _ => Event::Found(Standing::Other),
            };
            tenure.step(at(now), event);
            match tenure.grant() {
                Some((found, deadline)) => {
                    prop_assert!(!was_lost, "held again");
                    prop_assert!(deadline >= last && deadline > at(now));
                    prop_assert_eq!(*token.get_or_insert(found.0), found.0);
                    last = deadline;
                }
                None => was_lost |= token.is_some(),
            }
        }
    }
}
