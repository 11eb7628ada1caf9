//! One of the clients whose operations become histories: with a connection, a session of the registry and a part in
//! the coordination of its own.

mod cells;
mod locks;
mod names;

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use foundation_core::coordination::{Coordination, LeaseSettings};
use foundation_core::port::entropy::RandomStream;
use foundation_core::port::registry::{Registry, Session};
use foundation_core::port::storage::KeyValue;
use foundation_core::{Code, Error, Result};

use super::objects::{Object, Objects};
use crate::chaos::live;
use locks::Holding;
pub(super) use names::NODE;

/// Clients wait up to this long between two operations, so that a history of a round has some dozens of them.
pub(super) const PAUSE: Duration = Duration::from_millis(70);
/// What is added to a client's number in histories where it reads over a neighbour's connection, once for each.
const ELSEWHERE: usize = 1_000;
/// How long after a refusal, as where the servers have no leader.
const BREATH: Duration = Duration::from_millis(150);
/// How long a lease of a client lives: much shorter than a leader is missed, so that leases are lost and lapse.
const LEASE_SECONDS: u32 = 2;
/// How much earlier a client holds its lease to be over and gives it up.
const MARGIN: Duration = Duration::from_millis(200);
/// How long the lock is certainly not granted to another, unless it is released.
const LEASE_LIFE: Duration = Duration::from_millis(1_800);

/// What a client works with.
#[derive(Clone)]
pub(super) struct Tools {
    pub(super) store: Arc<dyn KeyValue>,
    /// Other clients' connections, to other servers.
    pub(super) neighbours: Vec<Arc<dyn KeyValue>>,
    pub(super) registry: Arc<dyn Registry>,
    pub(super) session: Session,
    pub(super) coordination: Coordination,
}

impl Tools {
    /// The settings of the leases that clients take.
    pub(super) fn leases() -> Result<LeaseSettings> {
        LeaseSettings::seconds(LEASE_SECONDS).margin(MARGIN)
    }
}

/// What came of an operation that did not succeed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    /// It had no effect; nothing was sent, or the store says so.
    Refused,
    /// Nobody knows.
    Unknown,
}

/// What the port's contract says about an error. A time that ran out says nothing about the effect, whatever the code
/// promises.
fn fate(error: &Error) -> Fate {
    match error.code() {
        Code::ServiceUnavailable | Code::NoResponders | Code::Conflict | Code::SessionExpired | Code::LeaseLost => {
            Fate::Refused
        }
        _ => Fate::Unknown,
    }
}

/// Values that no two operations share.
static NEXT_VALUE: AtomicU64 = AtomicU64::new(1);

fn new_value() -> u64 {
    NEXT_VALUE.fetch_add(1, Ordering::Relaxed)
}

/// A client in a round.
pub(super) struct Client {
    number: usize,
    tools: Tools,
    objects: Arc<Objects>,
    random: RandomStream,
    /// It waits up to this long between two operations.
    pause: Duration,
    /// The revision that this client saw last, by cell.
    seen: HashMap<usize, u64>,
    /// The names it believes to have.
    owned: HashMap<usize, bool>,
    held: HashMap<usize, Holding>,
}

impl Client {
    pub(super) fn new(
        number: usize,
        tools: Tools,
        objects: Arc<Objects>,
        random: RandomStream,
        pause: Duration,
    ) -> Self {
        Self {
            number,
            tools,
            objects,
            random,
            pause,
            seen: HashMap::new(),
            owned: HashMap::new(),
            held: HashMap::new(),
        }
    }

    /// Works until `stop`, then reads objects once more, so that what stayed unknown shows.
    pub(super) async fn run(mut self, stop: Arc<AtomicBool>) {
        let objects = Arc::clone(&self.objects);
        while !stop.load(Ordering::Relaxed) {
            let place = self.choose();
            let was_answered = self.operate(place).await;
            let pause = if was_answered { self.pause.mul_f64(self.random.next_f64()) } else { BREATH };
            live::pause(pause).await;
        }
        self.release_all().await;
        for place in (self.number % 2..objects.len()).step_by(2) {
            self.read(place).await;
        }
    }

    /// Of three objects drawn the one with the fewest operations, so that histories are about equally long.
    fn choose(&mut self) -> usize {
        let count = u32::try_from(self.objects.len()).unwrap_or(u32::MAX);
        let drawn = [(); 3].map(|()| self.random.below(count) as usize);
        drawn.into_iter().min_by_key(|place| self.objects.calls(*place)).unwrap_or(0)
    }

    /// One operation; whether it was answered.
    async fn operate(&mut self, place: usize) -> bool {
        match self.objects.at(place) {
            Object::Cell(cell) => self.operate_cell(cell).await,
            Object::Name(name) => self.operate_name(name).await,
            Object::Lock(lock) => self.operate_lock(lock).await,
        }
    }

    async fn read(&mut self, place: usize) -> bool {
        match self.objects.at(place) {
            Object::Cell(cell) => self.get(cell).await,
            Object::Name(name) => self.look_up(name).await,
            Object::Lock(lock) => self.read_resource(lock).await,
        }
    }
}
