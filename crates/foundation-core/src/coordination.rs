//! Coordination of programs that share a store: locks, leaders, permits, barriers and counters.
//!
//! Everything here is made of conditional writes to a [`KeyValue`], so it is the same in memory, on a disk and in a
//! cluster. What is held is a [`Lease`]: a key that expires, renewed by a task, which its holder stops acting on before
//! the store lets go of it.
//!
//! # A lock is no exclusion
//! A holder may be stopped for a minute between looking at its lease and writing, and its write then meets those of the
//! next holder: no lock service can prevent that. So every lease comes with a [`Token`] that rises from holder to
//! holder, and what must not be written by two is written through something that refuses an older token: [`Guarded`]
//! for what is in memory, [`FencedStore`] for what is in a store. The lock is then what keeps holders from getting in
//! each other's way, and the token what keeps them from doing harm.
//!
//! ```
//! use std::sync::Arc;
//! use std::time::Duration;
//!
//! use foundation_core::Code;
//! use foundation_core::coordination::{Coordination, CoordinationName, CoordinationParts, FencedStore};
//! use foundation_core::event::NodeId;
//! use foundation_core::port::clock::Clock as _;
//! use foundation_core::port::storage::{Bucket, Key, Write};
//! use foundation_memory::{MemoryKeyValue, Simulation};
//!
//! # fn main() -> foundation_core::Result<()> {
//! let world = Simulation::new(1);
//! let store = Arc::new(MemoryKeyValue::new(world.clock()));
//! let program = |node: &str| -> foundation_core::Result<Coordination> {
//!     Ok(Coordination::new(CoordinationParts {
//!         store: store.clone(),
//!         clock: world.clock(),
//!         spawner: world.spawner(),
//!         entropy: world.entropy(),
//!         node: NodeId::new(node)?,
//!     }))
//! };
//! let (one, two) = (program("n1")?, program("n2")?);
//! let name = CoordinationName::new("report")?;
//! let reports = FencedStore::new(store.clone(), Bucket::new("reports")?, &name)?;
//!
//! world.block_on(async {
//!     let lease = one.lock(&name)?.try_take().await?.expect("nobody has it");
//!     assert!(two.lock(&name)?.try_take().await?.is_none());
//!     let writer = reports.admit(lease.token()?).await?;
//!     writer.commit(vec![Write::put(Key::new("latest")?, "one")]).await?;
//!
//!     lease.release().await?;
//!     let next = two.lock(&name)?.take(world.clock().now() + Duration::from_secs(5)).await?;
//!     reports.admit(next.token()?).await?;
//!     let late = writer.commit(vec![Write::put(Key::new("latest")?, "too late")]).await;
//!     assert_eq!(late.unwrap_err().code(), Code::Fenced);
//!     Ok(())
//! })
//! # }
//! ```

mod barrier;
mod counter;
mod election;
mod fenced;
mod follow;
mod guarded;
pub(crate) mod lease;
mod lock;
mod semaphore;
mod token;

use std::fmt;
use std::sync::Arc;

use crate::error::{Code, Error, Result};
use crate::event::NodeId;
use crate::port::clock::Clock;
use crate::port::entropy::Entropy;
use crate::port::name::{check_dotted, name_type};
use crate::port::spawner::Spawner;
use crate::port::storage::{Bucket, Condition, Entry, Key, KeyValue, Revision};
use crate::runtime::Runtime;
use lease::record::{LeaseRecord, decode};
use lease::{Attempt, Ground};

pub use barrier::{Barrier, Passage};
pub use counter::{Counter, OperationId};
pub use election::{Election, Leader, Leadership};
pub use fenced::{FencedStore, FencedWriter};
pub use guarded::Guarded;
pub use lease::{Lease, LeaseSettings, Loss};
pub use lock::Lock;
pub use semaphore::{Permit, Semaphore};
pub use token::Token;

name_type! {
    /// What is coordinated: parts between dots, of letters, digits, `_` and `-`, at most 128 bytes. Locks, elections,
    /// barriers, counters and semaphores have their names apart.
    CoordinationName, "coordination name", 128, "_-.", check_dotted
}

/// The most bytes that a leader may say about itself.
pub const WORDS_BYTES: usize = 1_024;

/// The bucket that is used unless another one is named.
const BUCKET: &str = "coordination";

/// What coordination stands on.
#[derive(Clone, Debug)]
pub struct CoordinationParts {
    /// Where everybody who takes part reads and writes.
    pub store: Arc<dyn KeyValue>,
    /// By which leases are renewed and given up.
    pub clock: Arc<dyn Clock>,
    /// Starts the tasks that renew.
    pub spawner: Spawner,
    /// Tells one attempt from another, so no two programs may draw from the same seed.
    pub entropy: Arc<dyn Entropy>,
    /// Who takes part; named to those who are refused.
    pub node: NodeId,
}

/// One program's part in the coordination over a store. Cheap to clone.
#[derive(Clone)]
pub struct Coordination {
    ground: Ground,
    entropy: Arc<dyn Entropy>,
    node: NodeId,
    bucket: Option<Bucket>,
}

impl Coordination {
    /// A part in the bucket `coordination`, with [`LeaseSettings::default`].
    #[must_use]
    pub fn new(parts: CoordinationParts) -> Self {
        let CoordinationParts { store, clock, spawner, entropy, node } = parts;
        let ground = Ground { store, clock, spawner, settings: LeaseSettings::default() };
        Self { ground, entropy, node, bucket: None }
    }

    /// The part of a runtime's node.
    #[must_use]
    pub fn of_runtime(runtime: &Runtime, store: Arc<dyn KeyValue>) -> Self {
        Self::new(CoordinationParts {
            store,
            clock: Arc::clone(runtime.clock()),
            spawner: runtime.spawner().clone(),
            entropy: Arc::clone(runtime.entropy()),
            node: runtime.node().clone(),
        })
    }

    /// Uses another bucket. Only those who use the same one meet.
    #[must_use]
    pub fn in_bucket(mut self, bucket: Bucket) -> Self {
        self.bucket = Some(bucket);
        self
    }

    /// Uses other settings for the leases taken from now on. Holders of one lock may have different ones.
    #[must_use]
    pub fn with_leases(mut self, settings: LeaseSettings) -> Self {
        self.ground.settings = settings;
        self
    }

    /// The lock of that name.
    ///
    /// # Errors
    /// None that a checked name can cause.
    pub fn lock(&self, name: &CoordinationName) -> Result<Lock> {
        Ok(Lock { seat: self.seat("lock", name)? })
    }

    /// The election of that name.
    ///
    /// # Errors
    /// None that a checked name can cause.
    pub fn election(&self, name: &CoordinationName) -> Result<Election> {
        Ok(Election { seat: self.seat("leader", name)? })
    }

    /// The semaphore of that name, of which this program uses the first `permits` permits.
    ///
    /// # Errors
    /// `InvalidConfiguration` where `permits` is 0 or more than [`Semaphore::MOST_PERMITS`].
    pub fn semaphore(&self, name: &CoordinationName, permits: u32) -> Result<Semaphore> {
        Semaphore::new(self, name, permits)
    }

    /// The barrier of that name for so many parties.
    ///
    /// # Errors
    /// `InvalidConfiguration` where `parties` is 0 or more than [`Barrier::MOST_PARTIES`].
    pub fn barrier(&self, name: &CoordinationName, parties: u32) -> Result<Barrier> {
        Barrier::new(self, name, parties)
    }

    /// The counter of that name.
    ///
    /// # Errors
    /// None that a checked name can cause.
    pub fn counter(&self, name: &CoordinationName) -> Result<Counter> {
        Counter::new(self, name)
    }

    fn bucket(&self) -> Result<Bucket> {
        self.bucket.clone().map_or_else(|| Bucket::new(BUCKET), Ok)
    }

    fn seat(&self, kind: &str, name: &CoordinationName) -> Result<Seat> {
        Ok(Seat { coordination: self.clone(), bucket: self.bucket()?, key: Key::new(format!("{kind}/{name}"))? })
    }
}

impl fmt::Debug for Coordination {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Coordination").field("node", &self.node).field("bucket", &self.bucket).finish_non_exhaustive()
    }
}

/// A key that one can hold at a time.
#[derive(Clone, Debug)]
struct Seat {
    coordination: Coordination,
    bucket: Bucket,
    key: Key,
}

/// Who sits on a seat.
#[derive(Clone, Debug)]
struct Sitting {
    record: LeaseRecord,
    revision: Revision,
}

/// How an attempt to sit down went.
enum Sat {
    Taken(Lease),
    /// Somebody else has it, or had it when it was looked at.
    Refused(Option<Sitting>),
}

impl Seat {
    /// Tries to take the seat.
    async fn try_take(&self, words: &str) -> Result<Sat> {
        if words.len() > WORDS_BYTES {
            let what =
                format!("take `{}`: {} bytes of words, at most {WORDS_BYTES} are allowed", self.key, words.len());
            return Err(Error::new(Code::InvalidInput, what));
        }
        let Coordination { ground, entropy, node, .. } = &self.coordination;
        let claim =
            LeaseRecord { node: node.clone(), nonce: entropy.next_u128(), token: None, words: words.to_owned() };
        match ground.take(&self.bucket, self.key.clone(), Arc::new(claim), Condition::Absent).await? {
            Attempt::Taken(lease) => Ok(Sat::Taken(lease)),
            Attempt::Refused(found) => Ok(Sat::Refused(found.as_ref().map(Sitting::read).transpose()?)),
        }
    }
}

impl Sitting {
    fn read(entry: &Entry) -> Result<Self> {
        Ok(Self { record: decode(entry)?, revision: entry.revision })
    }

    fn token(&self) -> Token {
        Token::of(self.record.token(self.revision))
    }
}
