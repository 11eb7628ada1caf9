//! Sessions that run out: many nodes on one store, some of which die.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use foundation_core::coordination::LeaseSettings;
use foundation_core::port::BoxStream;
use foundation_core::port::clock::Clock;
use foundation_core::port::entropy::RandomStream;
use foundation_core::port::registry::{Registration, Registry, RegistryChange, Session};
use foundation_core::port::storage::{
    Bucket, Change, Entry, Key, KeyRange, KeyValue, KeyValueLimits, Read, Revision, WatchFrom, Write,
};
use foundation_core::registry::KeyValueRegistry;
use foundation_core::{Code, Result};
use foundation_memory::{MemoryKeyValue, Simulation};
use foundation_testkit::{Interleaved, Simulated, Unreliable, World};
use futures_util::{FutureExt as _, StreamExt as _};
use parking_lot::Mutex;

use super::{agents, life, node, owner, register};

/// How long sessions live, in seconds.
const TTL: u32 = 3;
const SECOND: Duration = Duration::from_secs(1);
/// Long enough for a session to run out and for watchers to hear of it.
const OVER: Duration = Duration::from_secs(TTL as u64 + 1);

/// Every step of the registry can be interrupted by any other, in an order that the seed draws.
mod contract {
    use super::*;

    fn make(seed: u64) -> Simulated<dyn Registry> {
        Simulated::<dyn Registry>::new(seed, |world| {
            let store = Interleaved::new(Arc::new(MemoryKeyValue::new(world.clock())));
            Arc::new(leased(world, Arc::new(store)))
        })
    }

    foundation_testkit::registry_contract!(make, seeds = 64);
}

fn leased(world: &Simulation, store: Arc<dyn KeyValue>) -> KeyValueRegistry {
    KeyValueRegistry::leased(store, world.entropy(), world.clock(), world.spawner(), LeaseSettings::seconds(TTL))
}

/// A node, and its connection.
struct Node {
    registry: Arc<KeyValueRegistry>,
    connection: Arc<Unreliable>,
    session: Session,
}

impl Node {
    fn open(world: &Simulation, store: &Arc<dyn KeyValue>, text: &str) -> Self {
        let surroundings = World { clock: world.clock(), spawner: world.spawner(), grain: Duration::ZERO };
        let connection = Unreliable::new(Arc::clone(store), &surroundings, 1);
        let registry = Arc::new(leased(world, Arc::clone(&connection) as _));
        let session = world.block_on(registry.open_session(&node(text))).unwrap();
        Self { registry, connection, session }
    }
}

/// The name and the session of each registration that a watch holds to stand.
type Built = Arc<Mutex<BTreeMap<String, (String, u64)>>>;

/// Follows a watch, in a task of the world.
fn watch(world: &Simulation, registry: &KeyValueRegistry) -> Built {
    let mut changes = world.block_on(registry.watch(&agents())).unwrap();
    let built = Built::default();
    let builds = Arc::clone(&built);
    world.spawner().spawn("watcher", async move {
        while let Some(change) = changes.next().await {
            let mut built = builds.lock();
            match change.unwrap() {
                RegistryChange::Registered(Registration { name, owner, .. }) => {
                    built.insert(name.as_str().to_owned(), (owner.node.as_str().to_owned(), owner.boot));
                }
                RegistryChange::Released { name, .. } => {
                    assert!(built.remove(name.as_str()).is_some(), "`{name}` was released, and nobody had it");
                }
                RegistryChange::Compacted => built.clear(),
                RegistryChange::Current(_) => {}
            }
        }
    });
    built
}

/// Counts what is written to namespaces, and tells of sessions late.
#[derive(Debug)]
struct Observed {
    inner: MemoryKeyValue,
    commits: AtomicUsize,
    clock: Arc<dyn Clock>,
    /// The watch of sessions lags by up to so much.
    lag: Duration,
    random: Arc<Mutex<RandomStream>>,
}

impl Observed {
    fn new(world: &Simulation, lag: Duration) -> Arc<Self> {
        Arc::new(Self {
            inner: MemoryKeyValue::new(world.clock()),
            commits: AtomicUsize::new(0),
            clock: world.clock(),
            lag,
            random: Arc::new(Mutex::new(RandomStream::new(world.seed(), 4))),
        })
    }
}

#[async_trait]
impl KeyValue for Observed {
    fn limits(&self) -> KeyValueLimits {
        self.inner.limits()
    }

    async fn get(&self, bucket: &Bucket, key: &Key, read: Read) -> Result<Option<Entry>> {
        self.inner.get(bucket, key, read).await
    }

    async fn commit(&self, bucket: &Bucket, writes: Vec<Write>) -> Result<Vec<Revision>> {
        if bucket.as_str() != "registry-sessions" {
            self.commits.fetch_add(1, Ordering::Relaxed);
        }
        self.inner.commit(bucket, writes).await
    }

    async fn scan(&self, bucket: &Bucket, range: KeyRange, read: Read) -> Result<BoxStream<'static, Result<Entry>>> {
        self.inner.scan(bucket, range, read).await
    }

    async fn watch(
        &self,
        bucket: &Bucket,
        range: KeyRange,
        from: WatchFrom,
    ) -> Result<BoxStream<'static, Result<Change>>> {
        let changes = self.inner.watch(bucket, range, from).await?;
        if bucket.as_str() != "registry-sessions" || self.lag.is_zero() {
            return Ok(changes);
        }
        let (clock, lag, random) = (Arc::clone(&self.clock), self.lag, Arc::clone(&self.random));
        Ok(changes
            .then(move |change| {
                let sleep = clock.sleep(lag.mul_f64(random.lock().next_f64()));
                async move {
                    sleep.await;
                    change
                }
            })
            .boxed())
    }
}

#[test]
fn a_session_is_renewed_for_as_long_as_its_program_lives() {
    let world = Simulation::new(1);
    let store: Arc<dyn KeyValue> = Arc::new(MemoryKeyValue::new(world.clock()));
    let one = Node::open(&world, &store, "n1");
    world.block_on(register(&*one.registry, &one.session, "a", life(1, 1))).unwrap();
    world.advance(20 * OVER);
    world.block_on(async {
        assert_eq!(owner(&*one.registry, "a").await, Some(life(1, 1)));
        register(&*one.registry, &one.session, "b", life(1, 1)).await.unwrap();
        assert!(one.registry.session_over(&one.session).now_or_never().is_none());
        one.registry.close_session(&one.session).await.unwrap();
        one.registry.session_over(&one.session).await;
        assert_eq!(owner(&*one.registry, "a").await, None);
    });
}

#[test]
fn the_names_of_a_node_that_died_are_free_when_its_session_has_run_out() {
    let world = Simulation::new(2);
    let store: Arc<dyn KeyValue> = Arc::new(MemoryKeyValue::new(world.clock()));
    let (one, two) = (Node::open(&world, &store, "n1"), Node::open(&world, &store, "n2"));
    world.block_on(register(&*one.registry, &one.session, "a", life(1, 1))).unwrap();
    one.connection.cut();
    let taken = world.block_on(register(&*two.registry, &two.session, "a", life(5, 1))).unwrap_err();
    assert_eq!(taken.code(), Code::NameTaken);
    world.advance(OVER);
    world.block_on(async {
        one.registry.session_over(&one.session).await;
        assert_eq!(owner(&*two.registry, "a").await, None);
        // What the node itself is asked for is refused without the store.
        let late = one.registry.release_all(&one.session, life(1, 1)).await.unwrap_err();
        assert_eq!(late.code(), Code::SessionExpired);
        register(&*two.registry, &two.session, "a", life(5, 1)).await.unwrap();
        assert_eq!(owner(&*two.registry, "a").await, Some(life(5, 1)));
    });
}

#[test]
fn the_node_stops_before_its_names_are_free() {
    let world = Simulation::new(3);
    let store: Arc<dyn KeyValue> = Arc::new(MemoryKeyValue::new(world.clock()));
    let (one, two) = (Node::open(&world, &store, "n1"), Node::open(&world, &store, "n2"));
    world.block_on(register(&*one.registry, &one.session, "a", life(1, 1))).unwrap();
    world.advance(SECOND);
    one.connection.cut();
    world.block_on(async {
        one.registry.session_over(&one.session).await;
        assert_eq!(owner(&*two.registry, "a").await, Some(life(1, 1)), "for others it still has them");
    });
}

#[test]
fn a_session_whose_record_was_deleted_is_over() {
    let world = Simulation::new(4);
    let store: Arc<dyn KeyValue> = Arc::new(MemoryKeyValue::new(world.clock()));
    let one = Node::open(&world, &store, "n1");
    let (bucket, key) = (Bucket::new("registry-sessions").unwrap(), Key::new("n/n1").unwrap());
    world.block_on(async {
        store.write(&bucket, Write::delete(key)).await.unwrap();
        let lost = register(&*one.registry, &one.session, "a", life(1, 1)).await.unwrap_err();
        assert_eq!(lost.code(), Code::SessionExpired);
        one.registry.session_over(&one.session).await;
        let next = one.registry.open_session(&node("n1")).await.unwrap();
        assert!(next.epoch > one.session.epoch);
        register(&*one.registry, &next, "a", life(1, 1)).await.unwrap();
    });
}

/// Watchers hear of it, and what that costs grows with what the node owned and not with what is registered.
#[test]
fn watchers_hear_of_a_session_that_ran_out_at_the_cost_of_what_it_owned() {
    for (owned, others) in [(3, 10), (3, 500), (200, 500)] {
        let world = Simulation::new(5);
        let counted = Observed::new(&world, Duration::ZERO);
        let store: Arc<dyn KeyValue> = Arc::clone(&counted) as _;
        let (one, two) = (Node::open(&world, &store, "n1"), Node::open(&world, &store, "n2"));
        world.block_on(async {
            for number in 0..owned {
                register(&*one.registry, &one.session, &format!("a{number}"), life(1, 1)).await.unwrap();
            }
            for number in 0..others {
                register(&*two.registry, &two.session, &format!("b{number}"), life(1, 1)).await.unwrap();
            }
        });
        let watchers = [watch(&world, &two.registry), watch(&world, &two.registry)];
        world.run_until_idle();
        assert!(watchers.iter().all(|built| built.lock().len() == owned + others));
        one.connection.cut();
        let before = counted.commits.load(Ordering::Relaxed);
        world.advance(OVER);
        let cost = counted.commits.load(Ordering::Relaxed) - before;
        for built in &watchers {
            assert_eq!(built.lock().len(), others);
            assert!(built.lock().values().all(|(node, boot)| node == "n2" && *boot == two.session.boot));
        }
        // Each of two watchers: in batches of 64, and one by one where the other was faster.
        assert!(cost <= 2 * (owned + owned / 64 + 1), "{cost} commits for {owned} names of {}", owned + others);
        println!("{owned} names of {}: {cost} commits", owned + others);
    }
}

/// Nodes die and come back, in their next session, while others register and watch: nobody that lives loses a name, and
/// every watcher ends up with what is listed.
#[test]
fn many_nodes_on_one_store() {
    for seed in 0..60 {
        let world = Simulation::new(seed);
        let store = Observed::new(&world, Duration::from_millis(250 * (seed % 4)));
        let store: Arc<dyn KeyValue> = Arc::new(Interleaved::new(store));
        let mut random = RandomStream::new(seed, 3);
        let names = ["n0", "n1", "n2", "n3", "n4"];
        let mut nodes: Vec<Node> = names.iter().map(|text| Node::open(&world, &store, text)).collect();
        // What each living session has.
        let mut expected: BTreeMap<String, usize> = BTreeMap::new();
        // The last node never dies.
        let watchers = [watch(&world, &nodes[4].registry), watch(&world, &nodes[4].registry)];
        for _ in 0..60 {
            let place = random.below(5) as usize;
            match random.below(8) {
                0 if place < 4 => {
                    nodes[place].connection.cut();
                    expected.retain(|_, owner| *owner != place);
                    if random.below(2) == 0 {
                        // Its session has run out before the next one begins.
                        world.advance(OVER);
                    }
                    nodes[place] = Node::open(&world, &store, names[place]);
                }
                1 => {
                    let Node { registry, session, .. } = &nodes[place];
                    world.block_on(registry.release_all(session, life(1, 1))).unwrap();
                    expected.retain(|_, owner| *owner != place);
                }
                2 => world.advance(SECOND),
                _ => {
                    let text = format!("a{}", random.below(12));
                    let Node { registry, session, .. } = &nodes[place];
                    let answer = world.block_on(register(&**registry, session, &text, life(1, 1)));
                    match expected.get(&text) {
                        Some(owner) if *owner != place => assert_eq!(answer.unwrap_err().code(), Code::NameTaken),
                        _ => {
                            answer.unwrap_or_else(|error| panic!("seed {seed}: {error}"));
                            expected.insert(text, place);
                        }
                    }
                }
            }
            let listed = world.block_on(nodes[4].registry.list(&agents())).unwrap();
            let of = |text: &str| names.iter().position(|name| *name == text).unwrap();
            let listed =
                listed.into_iter().map(|found| (found.name.as_str().to_owned(), of(found.owner.node.as_str())));
            let listed: BTreeMap<String, usize> = listed.collect();
            assert_eq!(listed, expected, "seed {seed}");
        }
        // A watch that lags may have much to tell.
        world.advance(20 * OVER);
        for built in &watchers {
            let built = built.lock();
            let expected = expected
                .iter()
                .map(|(text, place)| (text.clone(), (names[*place].to_owned(), nodes[*place].session.boot)));
            assert_eq!(*built, expected.collect(), "seed {seed}");
        }
        assert_eq!(world.panics(), []);
    }
}
