//! Histories that are linearizable by construction, and the same with a read changed.

use std::time::Duration;

use foundation_core::port::entropy::RandomStream;
use proptest::prelude::*;

use super::super::key_value::{OneKey, Op, Said, When};
use super::super::{Answer, HistoryOf, Model as _};
use super::answer;
use crate::chaos::history::{Call, History};

const CLIENTS: u32 = 6;

/// A history of a cell that is linearizable by construction: each operation takes effect at a moment of its own
/// between its invocation and its answer, and some lose their answer, of which some take no effect.
fn by_construction(seed: u64, operations: usize) -> HistoryOf<OneKey> {
    let mut random = RandomStream::new(seed, 1);
    // Invocation, effect, answer, client, all in the order of effects; clients do one thing at a time.
    let mut free_at = vec![0_u64; CLIENTS as usize];
    let mut spans = Vec::new();
    for _ in 0..operations {
        let client = random.below(CLIENTS) as usize;
        let invoked = free_at[client] + u64::from(random.below(40));
        let effect = invoked + 1 + u64::from(random.below(30));
        let answered = effect + 1 + u64::from(random.below(30));
        free_at[client] = answered + 1;
        spans.push((effect, invoked, answered, client));
    }
    spans.sort_unstable();
    let mut state = OneKey::start();
    let mut revision = 0;
    let mut seen = vec![0; CLIENTS as usize];
    let mut calls = Vec::new();
    for (value, (_, invoked, answered, client)) in (1..).zip(spans) {
        let when = match random.below(4) {
            0 => When::Always,
            1 => When::Absent,
            _ => When::At(seen[client]),
        };
        let op = match random.below(5) {
            0 | 1 => Op::Get,
            2 | 3 => Op::put(value, when),
            _ => Op::Delete { when },
        };
        let is_lost = random.below(8) == 0;
        let call = |answer: Option<Said>| Call {
            client,
            op: op.clone(),
            invoked: Duration::from_micros(invoked),
            answer: answer.map(|said| (Duration::from_micros(answered), said)),
        };
        if is_lost && random.below(2) == 0 {
            calls.push(call(None));
            continue;
        }
        revision += 1 + u64::from(random.below(3));
        let (said, after) = perform(&state, &op, revision);
        state = after;
        if let (Said::Found(Some((_, at))) | Said::Written(at), false) = (&said, is_lost) {
            seen[client] = *at;
        }
        calls.push(call((!is_lost).then_some(said)));
    }
    History::new(calls)
}

/// Does what the model allows: of all that an operation may answer the one that it accepts.
fn perform(state: &super::super::key_value::Cell, op: &Op, revision: u64) -> (Said, super::super::key_value::Cell) {
    let candidates = match op {
        Op::Get => vec![Said::Found(state.found())],
        _ => vec![Said::Written(revision), Said::Conflict],
    };
    let found = candidates.into_iter().find_map(|said| Some((said.clone(), OneKey::answered(state, op, &said)?)));
    found.expect("an operation has an answer")
}

/// The same history with one answer changed to what it cannot have been: a read of an earlier or later value, or a
/// conditional write that succeeded or failed against the state it met.
fn changed(mut history: HistoryOf<OneKey>, pick: usize) -> Option<HistoryOf<OneKey>> {
    let values: Vec<(u64, u64)> = history
        .calls
        .iter()
        .filter_map(|call| match (&call.op, &call.answer) {
            (Op::Put { value, .. }, Some((_, Said::Written(at)))) => Some((*value, *at)),
            _ => None,
        })
        .collect();
    let reads: Vec<usize> = (0..history.calls.len())
        .filter(|place| matches!(history.calls[*place].answer, Some((_, Said::Found(_)))))
        .collect();
    let place = *reads.get(pick % reads.len().max(1))?;
    let (_, said) = history.calls[place].answer.as_mut()?;
    let other = *values.get((pick / 7) % values.len().max(1))?;
    if *said == Said::Found(Some(other)) {
        return None;
    }
    *said = Said::Found(Some(other));
    Some(history)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn what_a_cell_did_is_linearizable(seed in any::<u64>(), operations in 1_usize..12) {
        prop_assert_eq!(answer::<OneKey>(by_construction(seed, operations)), Answer::Linearizable);
    }

    #[test]
    fn what_a_cell_did_is_never_refuted(seed in any::<u64>(), operations in 12_usize..40) {
        // One of the checkers may run out of steps where six clients overlap all the time.
        prop_assert_ne!(answer::<OneKey>(by_construction(seed, operations)), Answer::Not);
    }
}

#[test]
fn most_histories_with_a_read_of_another_value_are_refused() {
    let histories = (0..100).filter_map(|seed| changed(by_construction(seed, 16), seed as usize * 13));
    let answers: Vec<Answer> = histories.map(answer::<OneKey>).collect();
    let refused = answers.iter().filter(|answer| **answer == Answer::Not).count();
    // Some of them are linearizable all the same, because operations overlap.
    assert!(answers.len() > 60, "only {} histories have a read to change", answers.len());
    assert!(refused * 4 > answers.len() * 3, "{refused} of {} refused", answers.len());
}
