use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;

const MINUTE: Duration = Duration::from_secs(60);
const AWAITED: Standing = Standing::Awaited { params: 7 };

fn at(seconds: u64) -> Monotonic {
    Monotonic::default() + Duration::from_secs(seconds)
}

fn open(trials: &[u64]) -> Vec<Open> {
    trials.iter().map(|trial| Open { trial: *trial, from_epoch: 0 }).collect()
}

fn wish(worker: &str, nonce: u64) -> Wish<'_> {
    Wish { worker, length: MINUTE, nonce }
}

/// Asks, and answers the lease and what the trial was.
fn ask(table: &mut LeaseTable, now: Monotonic, worker: &str, nonce: u64, trials: &[u64]) -> Option<(LeaseId, Was)> {
    match table.ask(now, wish(worker, nonce), &open(trials), |_| 7) {
        Given::Trial { id, was, until } => {
            assert_eq!(until, now + MINUTE);
            Some((id, was))
        }
        Given::Nothing { .. } => None,
    }
}

#[test]
fn each_worker_gets_a_trial_of_its_own_and_the_next_hears_when_to_come_back() {
    let mut table = LeaseTable::default();
    let (a, was) = ask(&mut table, at(0), "a", 1, &[4, 2]).unwrap();
    assert_eq!((a.trial(), was), (4, Was::Free), "in the order in which the study wants them");
    let (b, _) = ask(&mut table, at(5), "b", 2, &[4, 2]).unwrap();
    assert_eq!(b.trial(), 2);
    let none = table.ask(at(6), wish("c", 3), &open(&[4, 2]), |_| 7);
    assert_eq!(none, Given::Nothing { until: Some(at(60)) });
    assert_eq!(table.ask(at(6), wish("c", 3), &open(&[]), |_| 7), Given::Nothing { until: None });
}

#[test]
fn a_worker_that_asks_again_gets_its_own_trial_under_the_same_lease() {
    let mut table = LeaseTable::default();
    let (first, _) = ask(&mut table, at(0), "a", 1, &[0, 1]).unwrap();
    table.on(0).unwrap().ahead.note(3, 0.5, &[1, 3, 9]);
    assert_eq!(ask(&mut table, at(50), "a", 2, &[0, 1]), Some((first, Was::Theirs)));
    assert!(table.on(0).unwrap().ahead.is_empty(), "it begins anew");
    // Renewed by the question: at 100 it is still its own.
    assert_eq!(ask(&mut table, at(100), "b", 3, &[0]), None);
    // Also where it ran out and nobody came.
    assert_eq!(ask(&mut table, at(500), "a", 4, &[0, 1]), Some((first, Was::Theirs)));
}

#[test]
fn a_worker_whose_trial_waits_for_the_study_gets_another() {
    let mut table = LeaseTable::default();
    let (first, _) = ask(&mut table, at(0), "a", 1, &[0]).unwrap();
    let (second, _) = ask(&mut table, at(1), "a", 2, &[1]).unwrap();
    assert_eq!(second.trial(), 1);
    assert!(table.on(0).is_none());
    // The first is nobody's now, so its old lease would still count.
    assert_eq!(table.word(at(2), first, AWAITED), Word::Counts);
}

#[test]
fn a_lease_that_ran_out_counts_until_somebody_else_has_the_trial() {
    let mut table = LeaseTable::default();
    let (a, _) = ask(&mut table, at(0), "a", 1, &[0]).unwrap();
    assert_eq!(ask(&mut table, at(59), "b", 2, &[0]), None);
    assert_eq!(table.word(at(100), a, AWAITED), Word::Counts, "nobody came");
    assert_eq!(ask(&mut table, at(159), "b", 3, &[0]), None, "and it runs anew");
    let (b, was) = ask(&mut table, at(160), "b", 4, &[0]).unwrap();
    assert_eq!((b.trial(), was), (0, Was::Lapsed));
    assert_eq!(table.word(at(161), a, AWAITED), Word::Lost);
    assert_eq!(table.word(at(161), b, AWAITED), Word::Counts);
    // The first worker asks: it has no trial any more.
    assert_eq!(ask(&mut table, at(162), "a", 5, &[0]), None);
}

#[test]
fn an_answered_trial_remembers_under_which_lease() {
    let mut table = LeaseTable::default();
    let (a, _) = ask(&mut table, at(0), "a", 1, &[0]).unwrap();
    let (b, _) = ask(&mut table, at(60), "b", 2, &[0]).unwrap();
    table.answer(0);
    assert_eq!(table.word(at(61), b, Standing::Settled), Word::Settled { ended_it: true });
    assert_eq!(table.word(at(61), a, Standing::Settled), Word::Settled { ended_it: false });
    assert!(table.on(0).is_none());
}

#[test]
fn the_leases_that_ended_with_an_answer_are_remembered_for_a_while() {
    let mut table = LeaseTable::default();
    let answered: Vec<LeaseId> = (0..5_000)
        .map(|trial| {
            let (lease, _) = ask(&mut table, at(0), "a", trial, &[trial]).unwrap();
            table.answer(trial);
            lease
        })
        .collect();
    let mut ended = |lease: LeaseId| table.word(at(1), lease, Standing::Settled) == Word::Settled { ended_it: true };
    let remembered = answered.iter().filter(|lease| ended(**lease)).count();
    assert_eq!((remembered, ended(answered[4_999]), ended(answered[0])), (4_096, true, false));
}

#[test]
fn a_table_that_forgot_takes_a_lease_in_again_unless_somebody_else_was_first() {
    let mut before = LeaseTable::default();
    let (a, _) = ask(&mut before, at(0), "a", 1, &[0]).unwrap();
    let (b, _) = ask(&mut before, at(0), "b", 2, &[0, 1]).unwrap();
    let mut table = LeaseTable::default();
    assert_eq!(table.word(at(10), a, AWAITED), Word::Counts);
    assert_eq!(ask(&mut table, at(69), "c", 3, &[0]), None, "the lease is whole again");
    let (c, was) = ask(&mut table, at(69), "c", 4, &[0, 1]).unwrap();
    assert_eq!((c.trial(), was), (1, Was::Free));
    assert_eq!(table.word(at(70), b, AWAITED), Word::Lost, "c was first");
}

#[test]
fn a_lease_of_an_earlier_study_does_not_count() {
    let mut table = LeaseTable::default();
    let (old, _) = ask(&mut table, at(0), "a", 1, &[0]).unwrap();
    let mut table = LeaseTable::default();
    assert_eq!(table.word(at(1), old, Standing::Awaited { params: 8 }), Word::Foreign);
    assert!(table.on(0).is_none());
}

#[test]
fn numbers_of_workers_that_left_are_used_again() {
    let mut table = LeaseTable::default();
    for (trial, worker) in ["a", "b", "c"].into_iter().enumerate() {
        ask(&mut table, at(0), worker, 1, &[trial as u64]).unwrap();
    }
    table.answer(1);
    ask(&mut table, at(1), "d", 2, &[3]).unwrap();
    let agents: Vec<u32> = table.trials().collect::<Vec<_>>().iter().map(|t| table.on(*t).unwrap().agent).collect();
    assert_eq!(agents, [0, 2, 1]);
}

/// What may happen to a table.
#[derive(Clone, Debug)]
enum Step {
    Ask {
        worker: u8,
    },
    /// A word under one of the leases that were ever given.
    Word {
        lease: usize,
    },
    Answer {
        trial: u64,
    },
    Pass {
        seconds: u64,
    },
    Restart,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        4 => (0_u8..4).prop_map(|worker| Step::Ask { worker }),
        4 => (0_usize..100).prop_map(|lease| Step::Word { lease }),
        1 => (0_u64..3).prop_map(|trial| Step::Answer { trial }),
        2 => (1_u64..90).prop_map(|seconds| Step::Pass { seconds }),
        1 => Just(Step::Restart),
    ];
    prop::collection::vec(step, 1..60)
}

proptest! {
    /// Whatever happens: a trial is taken from nobody before the lease ran out, nothing counts that a worker says after
    /// another one was given its trial, and something counts where nobody was.
    #[test]
    fn one_holder_at_a_time_and_nobody_is_robbed(steps in steps()) {
        let mut table = LeaseTable::default();
        let mut now = at(0);
        let mut leases: Vec<LeaseId> = Vec::new();
        // Who was given the trial last, and until when nobody else may be. A restart forgets the second.
        let mut last: BTreeMap<u64, (LeaseId, Monotonic)> = BTreeMap::new();
        let mut settled = [false; 3];
        for (nonce, step) in steps.into_iter().enumerate() {
            match step {
                Step::Ask { worker } => {
                    let trials: Vec<u64> = (0..3).filter(|trial| !settled[*trial as usize]).collect();
                    let worker = format!("w{worker}");
                    if let Some((id, was)) = ask(&mut table, now, &worker, nonce as u64, &trials) {
                        if let Some((before, until)) = last.get(&id.trial())
                            && *before != id
                        {
                            prop_assert!(*until <= now, "robbed: {before} until {until:?}, {now:?}");
                            prop_assert!(was != Was::Theirs);
                        }
                        last.insert(id.trial(), (id, now + MINUTE));
                        if !leases.contains(&id) {
                            leases.push(id);
                        }
                    }
                }
                Step::Word { lease } => {
                    let Some(id) = leases.get(lease % leases.len().max(1)).copied() else { continue };
                    let trial = id.trial() as usize;
                    let standing = if settled[trial] { Standing::Settled } else { AWAITED };
                    let word = table.word(now, id, standing);
                    let holder = last.get(&id.trial()).map(|(holder, _)| *holder);
                    match word {
                        Word::Settled { .. } => prop_assert!(settled[trial]),
                        Word::Counts => {
                            prop_assert!(!settled[trial]);
                            last.insert(id.trial(), (id, now + MINUTE));
                        }
                        Word::Lost => prop_assert!(holder != Some(id)),
                        Word::Foreign => prop_assert!(false, "all have the same parameters"),
                    }
                    if holder == Some(id) && !settled[trial] {
                        prop_assert_eq!(word, Word::Counts);
                    }
                }
                Step::Answer { trial } => {
                    if table.on(trial).is_some() {
                        table.answer(trial);
                        settled[trial as usize] = true;
                        last.remove(&trial);
                    }
                }
                Step::Pass { seconds } => now = now + Duration::from_secs(seconds),
                Step::Restart => {
                    table = LeaseTable::default();
                    for (_, until) in last.values_mut() {
                        *until = now;
                    }
                }
            }
            let mut agents: Vec<u32> = Vec::new();
            for trial in table.trials().collect::<Vec<_>>() {
                let agent = table.on(trial).map(|lease| lease.agent);
                prop_assert!(agent.is_some_and(|agent| !agents.contains(&agent)));
                agents.extend(agent);
            }
        }
    }
}

#[test]
fn a_trial_that_is_given_back_is_free_at_once_for_another() {
    let mut table = LeaseTable::default();
    let (first, _) = ask(&mut table, at(0), "a", 1, &[0]).unwrap();
    assert!(!table.give_back(at(1), LeaseId::new(0, MINUTE, 7, 99)), "under another lease");
    assert!(table.give_back(at(1), first));
    assert!(!table.give_back(at(1), first), "once more is harmless");
    assert_eq!(table.word(at(1), first, AWAITED), Word::Counts, "a renewal that was on its way");
    let (second, was) = ask(&mut table, at(1), "b", 2, &[0]).unwrap();
    assert_eq!(was, Was::Lapsed);
    assert!(!table.give_back(at(2), first), "somebody else has it");
    assert_eq!(table.word(at(2), first, AWAITED), Word::Lost);
    assert_eq!(table.word(at(2), second, AWAITED), Word::Counts);
}
