//! Holders that are stopped for longer than their lease and wake: what they then write is refused.
//!
//! Each run is a world of four programs that take one lock in turn and write to two resources. A program is stopped at
//! random moments, with everything in it, as by SIGSTOP: its renewals stop, its time goes on, and what it has sent
//! arrives. What it finds when it wakes is a token that was good when it looked.

mod network;
mod program;

use std::sync::Arc;
use std::time::Duration;

use foundation_core::coordination::{Guarded, Token};
use foundation_core::port::entropy::RandomStream;
use foundation_core::port::storage::{Change, KeyRange, KeyValue as _, Revision, WatchFrom};
use foundation_memory::{MemoryKeyValue, Simulation};
use futures_util::{FutureExt as _, StreamExt as _};
use parking_lot::Mutex;

use program::{Program, Scene, bucket, key};

/// How long a run lasts, by the world's clock.
const SPAN: Duration = Duration::from_secs(30);
/// How many programs there are.
const PROGRAMS: u64 = 4;

/// A write that a resource accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Accepted {
    token: Token,
    program: u64,
}

/// What happened in a run.
#[derive(Debug, Default)]
struct Told {
    /// Who was given which token, in order.
    holders: Vec<(Token, u64)>,
    /// Writes that were refused because of their token, by each of the resources.
    refused: [u64; 2],
    /// Leases whose holders found them lost.
    lost: u64,
}

struct Outcome {
    told: Told,
    /// What each resource accepted, in order.
    accepted: [Vec<Accepted>; 2],
}

fn run(seed: u64) -> Outcome {
    let world = Simulation::new(seed);
    let store = Arc::new(MemoryKeyValue::new(world.clock()).with_history(1 << 20));
    let scene = Arc::new(Scene {
        clock: world.clock(),
        spawner: world.spawner(),
        store: Arc::clone(&store) as _,
        random: Mutex::new(RandomStream::new(seed, 2)),
        guarded: Guarded::new(Vec::new()),
        told: Mutex::default(),
        holds: Mutex::default(),
    });
    for number in 0..PROGRAMS {
        Program::start(&scene, number);
    }
    world.advance(SPAN);
    assert_eq!(world.panics(), []);

    let mut in_store = Vec::new();
    let mut changes =
        world.block_on(store.watch(&bucket(), KeyRange::prefix("written"), WatchFrom::After(Revision(0)))).unwrap();
    while let Some(Some(change)) = changes.next().now_or_never() {
        if let Change::Put(entry) = change.unwrap() {
            assert_eq!(entry.key, key());
            let (token, program) = entry.value.split_at(8);
            let number = |bytes: &[u8]| u64::from_be_bytes(bytes.try_into().unwrap());
            in_store.push(Accepted { token: Token::from(number(token)), program: number(program) });
        }
    }
    let in_memory = scene.guarded.with(scene.guarded.highest(), |list| list.clone()).unwrap();
    let told = std::mem::take(&mut *scene.told.lock());
    drop(changes);
    Outcome { told, accepted: [in_memory, in_store] }
}

/// The first write that was accepted although a later holder had written before.
fn stale(outcome: &Outcome) -> Option<(Accepted, Accepted)> {
    let mut found = outcome.accepted.iter().flat_map(|accepted| {
        let mut highest: Option<Accepted> = None;
        accepted.iter().filter_map(move |write| {
            let before = highest.filter(|highest| highest.token > write.token);
            highest = highest.filter(|highest| highest.token >= write.token).or(Some(*write));
            before.map(|before| (before, *write))
        })
    });
    found.next()
}

/// Checks the rest of a run: tokens are given once, and whoever wrote had the token that it wrote with.
fn check(seed: u64, outcome: &Outcome) {
    let Outcome { told, accepted } = outcome;
    let mut tokens: Vec<Token> = told.holders.iter().map(|(token, _)| *token).collect();
    tokens.sort_unstable();
    tokens.dedup();
    assert_eq!(tokens.len(), told.holders.len(), "seed {seed}: a token was given twice");
    for write in accepted.iter().flatten() {
        assert!(told.holders.contains(&(write.token, write.program)), "seed {seed}: {write:?} with another's token");
    }
}

#[test]
fn a_holder_that_was_paused_past_its_lease_writes_nothing() {
    let (mut writes, mut lost, mut saved, mut refused) = (0, 0, 0, [0, 0]);
    for seed in 0..1_000 {
        let outcome = run(seed);
        check(seed, &outcome);
        if let Some((before, write)) = stale(&outcome) {
            panic!("seed {seed}: {write:?} was accepted after {before:?}");
        }
        writes += outcome.accepted.iter().map(Vec::len).sum::<usize>();
        lost += outcome.told.lost;
        saved += u64::from(outcome.told.refused != [0, 0]);
        for (sum, refused) in refused.iter_mut().zip(outcome.told.refused) {
            *sum += refused;
        }
    }
    println!(
        "1000 runs: {writes} writes accepted, 0 of them stale; {} and {} refused by the token, in {saved} runs; \
         {lost} leases lost",
        refused[0], refused[1]
    );
    // It shows something only if holders did wake too late, and wrote.
    assert!(saved > 300 && refused.iter().all(|refused| *refused > 100), "{refused:?} refused, in {saved} runs");
    assert!(writes > 10_000 && lost > 1_000, "{writes} writes, {lost} lost leases");
}

#[test]
fn one_seed_is_one_run() {
    let (one, two) = (run(5), run(5));
    assert_eq!((one.accepted, one.told.holders), (two.accepted, two.told.holders));
}

#[cfg(feature = "planted-bugs")]
#[test]
fn a_guard_that_does_not_look_at_tokens_is_caught() {
    use foundation_core::planted::{Bug, here};
    let caught = here(Bug::TokenUnchecked, || (0..100).filter(|seed| stale(&run(*seed)).is_some()).count());
    println!("with the bug planted, a stale write was seen in {caught} of 100 runs");
    assert!(caught > 10, "caught in {caught} of 100 runs");
}
