//! Barriers in random worlds: parties that come, give up, die and come back, over connections that lose answers.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use foundation_core::coordination::{Barrier, Coordination, CoordinationName, CoordinationParts, LeaseSettings};
use foundation_core::event::NodeId;
use foundation_core::port::clock::{Clock as _, Monotonic};
use foundation_core::port::entropy::RandomStream;
use foundation_core::port::storage::KeyValue;
use foundation_core::{Code, Result};
use foundation_memory::{MemoryKeyValue, SeededEntropy, Simulation};
use foundation_testkit::{Interleaved, Unreliable, World};
use parking_lot::Mutex;

const PARTIES: u32 = 3;
const SPAN: Duration = Duration::from_secs(40);

/// One wait at the barrier.
#[derive(Clone, Copy, Debug)]
struct Call {
    from: Monotonic,
    to: Monotonic,
    outcome: Outcome,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outcome {
    /// It passed with this round.
    Passed(u64),
    GaveUp,
    /// It was told that it may have been counted, or was not told anything.
    Unknown,
}

type Calls = Arc<Mutex<Vec<Call>>>;

/// What one program needs.
struct Party {
    barrier: Barrier,
    clock: Arc<foundation_memory::VirtualClock>,
    random: RandomStream,
    calls: Calls,
}

impl Party {
    /// Waits again and again, each time for as long as chance says.
    async fn run(mut self) {
        loop {
            let from = self.clock.now();
            let place = self.calls.lock().len();
            // Until it is told otherwise: it may die in there.
            self.calls.lock().push(Call { from, to: Monotonic(u64::MAX), outcome: Outcome::Unknown });
            let patience = Duration::from_millis(u64::from(self.random.below(6_000)) + 50);
            let outcome = self.barrier.wait(from + patience).await;
            let call = Call { from, to: self.clock.now(), outcome: judge(outcome) };
            self.calls.lock()[place] = call;
            self.clock.sleep(Duration::from_millis(u64::from(self.random.below(900)))).await;
        }
    }
}

fn judge(outcome: Result<foundation_core::coordination::Passage>) -> Outcome {
    match outcome {
        Ok(passage) => Outcome::Passed(passage.generation),
        Err(error) if error.code() == Code::Timeout => Outcome::GaveUp,
        Err(error) => {
            assert!(matches!(error.code(), Code::LeaseLost | Code::OutcomeUnknown), "{error}");
            Outcome::Unknown
        }
    }
}

fn run(seed: u64) -> Vec<Call> {
    let world = Simulation::new(seed);
    let surroundings = World { clock: world.clock(), spawner: world.spawner(), grain: Duration::ZERO };
    let store: Arc<dyn KeyValue> = Arc::new(Interleaved::new(Arc::new(MemoryKeyValue::new(world.clock()))));
    let mut random = RandomStream::new(seed, 5);
    let calls = Calls::default();
    let mut connections = Vec::new();
    let name = CoordinationName::new("a").unwrap();
    let end = world.clock().now() + SPAN;
    let mut started = 0;
    while world.clock().now() < end {
        // More programs than the barrier needs, one of which dies now and then.
        while connections.len() < 5 {
            started += 1;
            let connection = Unreliable::new(Arc::clone(&store), &surroundings, random.next_u64());
            connection.lose_answers([0, 12, 4][(seed % 3) as usize]);
            let coordination = Coordination::new(CoordinationParts {
                store: Arc::clone(&connection) as _,
                clock: world.clock(),
                spawner: world.spawner(),
                entropy: Arc::new(SeededEntropy::new(random.next_u64())),
                node: NodeId::new(format!("n{started}")).unwrap(),
            });
            let barrier = coordination.with_leases(LeaseSettings::seconds(2)).barrier(&name, PARTIES).unwrap();
            let random = RandomStream::new(random.next_u64(), 0);
            let party = Party { barrier, clock: world.clock(), random, calls: Arc::clone(&calls) };
            world.spawner().spawn("party", party.run());
            connections.push(connection);
        }
        world.advance(Duration::from_millis(u64::from(random.below(3_000))));
        if seed.is_multiple_of(2) {
            let place = random.below(5) as usize;
            connections.swap_remove(place).cut();
        }
    }
    assert_eq!(world.panics(), []);
    std::mem::take(&mut *calls.lock())
}

#[test]
fn rounds_open_for_as_many_as_wait_at_one_moment() {
    let (mut rounds, mut unknown, mut gave_up) = (0, 0, 0);
    for seed in 0..60 {
        let calls = run(seed);
        let mut by_round: BTreeMap<u64, Vec<Call>> = BTreeMap::new();
        for call in &calls {
            match call.outcome {
                Outcome::Passed(round) => by_round.entry(round).or_default().push(*call),
                Outcome::GaveUp => gave_up += 1,
                Outcome::Unknown => unknown += 1,
            }
        }
        for (round, passed) in &by_round {
            let begin = passed.iter().map(|call| call.from).max().unwrap();
            let end = passed.iter().map(|call| call.to).min().unwrap();
            assert!(begin <= end, "seed {seed}: round {round} was passed by {passed:?}, not all of them at once");
            assert!(passed.len() <= PARTIES as usize, "seed {seed}: round {round} was passed by {passed:?}");
            // Those who were counted and do not know it.
            let silent = calls.iter().filter(|call| call.outcome == Outcome::Unknown && call.from <= end);
            let missing = PARTIES as usize - passed.len();
            assert!(silent.count() >= missing, "seed {seed}: round {round} opened for {passed:?}");
        }
        let opened: BTreeSet<u64> = by_round.keys().copied().collect();
        rounds += opened.len();
    }
    println!(
        "60 worlds: {rounds} rounds, {gave_up} waits given up, {unknown} that ended with their program or unknown"
    );
    assert!(rounds > 400 && gave_up > 40 && unknown > 40, "{rounds} rounds, {gave_up} gave up, {unknown} unknown");
}
