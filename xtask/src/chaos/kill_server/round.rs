//! One round: clients and writers at work, a blow at the server that leads, and what was acknowledged looked for.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use foundation_core::port::entropy::RandomStream;
use foundation_core::port::storage::{Bucket, Key, StreamName};

use super::client::{Client, PAUSE, Tools};
use super::ground::{Blow, Ground, PATIENCE, Ports, SERVERS, patiently};
use super::objects::Objects;
use super::writers::{Audit, BatchWriter, Books, ListWriter, read_batches, read_list};
use crate::chaos::live::{self, task};
use crate::failure::Failure;

/// Clients and writers are at work for so long before the blow, …
const BEFORE: Duration = Duration::from_millis(1_500);
/// … for so long between the next success and the blow's being undone, …
const BETWEEN: Duration = Duration::from_millis(800);
/// … and for so long after that.
const AFTER: Duration = Duration::from_millis(1_500);
/// Lists that writers append to, with two writers each.
const LISTS: u32 = 2;
/// Writers of each list, and of the stream that several write.
const TOGETHER: u32 = 2;

/// Who takes part in every round.
pub(super) struct Cast {
    clients: Vec<Tools>,
    /// Connections of the writers.
    writers: Vec<Ports>,
}

impl Cast {
    /// Clients beside each other, each with the next ones as neighbours, so many that each server has one of them.
    pub(super) fn seat(mut clients: Vec<Tools>, writers: Vec<Ports>) -> Self {
        let stores: Vec<_> = clients.iter().map(|client| Arc::clone(&client.store)).collect();
        for (place, client) in clients.iter_mut().enumerate() {
            client.neighbours = stores.iter().cycle().skip(place + 1).take(SERVERS - 1).cloned().collect();
        }
        Self { clients, writers }
    }
}

/// What a round showed.
#[derive(Debug)]
pub(super) struct Round {
    pub(super) objects: Arc<Objects>,
    pub(super) server: usize,
    /// How many streams the server led that was hit, of how many.
    pub(super) led: (usize, usize),
    /// When the blow fell, from the start of the experiment.
    pub(super) fault: Duration,
    /// How long after the blow a conditional write succeeded, and an append; `None` where none did.
    pub(super) lists_back_after: Option<Duration>,
    pub(super) batches_back_after: Option<Duration>,
    pub(super) lists: Audit,
    pub(super) batches: Audit,
    pub(super) unknown: u64,
    pub(super) resolved: u64,
    pub(super) complaints: Vec<String>,
}

/// Has everything be used once, so that every stream is there before the first blow.
///
/// # Errors
/// Where a writer cannot write.
pub(super) async fn warm_up(cast: &Cast, seed: u64, epoch: Instant, ground: &Ground) -> Result<(), Failure> {
    let objects = Arc::new(Objects::of_round(0, epoch)?);
    let stop = Arc::new(AtomicBool::new(false));
    let clients = at_work(cast, &objects, &stop, 0, seed);
    let lists = Lists::of_round(0, epoch, cast)?;
    let batches = Batches::of_round(0, epoch, cast, ground)?;
    let books = [Arc::clone(&lists.books), Arc::clone(&batches.books)];
    let list_writers: Vec<_> = lists.writers.into_iter().map(|writer| task(writer.run())).collect();
    let batch_writers: Vec<_> = batches.writers.into_iter().map(|writer| task(writer.run())).collect();
    let is_used = || books.iter().all(|books| !books.pages().successes.is_empty()) && objects.are_used();
    let was_used = live::until(PATIENCE, is_used).await;
    stop.store(true, Ordering::Relaxed);
    books.iter().for_each(|books| books.stop());
    for client in clients {
        live::joined(client).await?;
    }
    for writer in list_writers {
        live::joined(writer).await?;
    }
    for writer in batch_writers {
        live::joined(writer).await?;
    }
    was_used.then_some(()).ok_or_else(|| Failure::new("the servers answered nothing before the first blow"))
}

/// Plays a round.
///
/// # Errors
/// Where the servers cannot be struck or do not come back, or nothing can be read at the end.
pub(super) async fn play(
    ground: &Ground,
    cast: &Cast,
    number: u32,
    blow: Blow,
    seed: u64,
    epoch: Instant,
) -> Result<Round, Failure> {
    let (server, led, streams) = ground.gather(number as usize / 2).await?;
    let objects = Arc::new(Objects::of_round(number, epoch)?);
    let stop = Arc::new(AtomicBool::new(false));
    let clients = at_work(cast, &objects, &stop, number, seed);
    let lists = Lists::of_round(number, epoch, cast)?;
    let batches = Batches::of_round(number, epoch, cast, ground)?;
    let list_writers: Vec<_> = lists.writers.into_iter().map(|writer| task(writer.run())).collect();
    let batch_writers: Vec<_> = batches.writers.into_iter().map(|writer| task(writer.run())).collect();

    live::pause(BEFORE).await;
    let fault = ground.strike(blow, server).await?.duration_since(epoch);
    let back = |books: &Arc<Books>| {
        let books = Arc::clone(books);
        move || books.pages().next_success(fault)
    };
    let (lists_back, batches_back) = (back(&lists.books), back(&batches.books));
    live::until(PATIENCE, || lists_back().is_some() && batches_back().is_some()).await;
    live::pause(BETWEEN).await;
    ground.heal(blow, server).await?;
    live::pause(AFTER).await;

    let mut complaints = Vec::new();
    stop.store(true, Ordering::Relaxed);
    lists.books.stop();
    batches.books.stop();
    ground.whole().await?;
    for client in clients {
        live::joined(client).await?;
    }
    for writer in list_writers {
        live::joined(writer).await?;
    }
    for writer in batch_writers {
        complaints.extend(live::joined(writer).await?);
    }

    let mut round = Round {
        objects,
        server,
        led: (led, streams),
        fault,
        lists_back_after: lists_back(),
        batches_back_after: batches_back(),
        lists: Audit::default(),
        batches: Audit::default(),
        unknown: 0,
        resolved: 0,
        complaints,
    };
    let ports = cast.writers.first().ok_or_else(|| Failure::new("nobody writes"))?;
    let mut found = Vec::new();
    for key in &lists.keys {
        found.extend(patiently(|| read_list(&*ports.store, &lists.bucket, key)).await?);
    }
    let pages = lists.books.pages().clone();
    round.lists = Audit::of(&pages.told, &found);
    found.clear();
    for stream in &batches.streams {
        found.extend(patiently(|| read_batches(&*ports.log, stream)).await?);
    }
    let others = batches.books.pages().clone();
    round.batches = Audit::of(&others.told, &found);
    round.unknown = pages.unknown + others.unknown;
    round.resolved = pages.resolved + others.resolved;
    Ok(round)
}

/// Sets the clients to work.
fn at_work(
    cast: &Cast,
    objects: &Arc<Objects>,
    stop: &Arc<AtomicBool>,
    round: u32,
    seed: u64,
) -> Vec<tokio::task::JoinHandle<()>> {
    let one = |(number, tools): (usize, &Tools)| {
        let random = RandomStream::new(seed, (u64::from(round) << 8) | number as u64);
        task(Client::new(number, tools.clone(), Arc::clone(objects), random, PAUSE).run(Arc::clone(stop)))
    };
    cast.clients.iter().enumerate().map(one).collect()
}

/// The writers of lists, and where they write.
struct Lists {
    bucket: Bucket,
    keys: Vec<Key>,
    books: Arc<Books>,
    writers: Vec<ListWriter>,
}

impl Lists {
    fn of_round(round: u32, epoch: Instant, cast: &Cast) -> Result<Self, Failure> {
        let bucket = Bucket::new("lists")?;
        let keys: Vec<Key> = (0..LISTS).map(|list| Key::new(format!("r{round}.l{list}"))).collect::<Result<_, _>>()?;
        let books = Arc::new(Books::new(epoch));
        let mut writers = Vec::new();
        for number in 0..LISTS * TOGETHER {
            let ports = connection(cast, number)?;
            writers.push(ListWriter {
                number,
                store: Arc::clone(&ports.store),
                bucket: bucket.clone(),
                key: keys[(number % LISTS) as usize].clone(),
                books: Arc::clone(&books),
            });
        }
        Ok(Self { bucket, keys, books, writers })
    }
}

/// The writers of events, and where they write: one stream of several writers, and one whose writer names its head.
struct Batches {
    streams: Vec<StreamName>,
    books: Arc<Books>,
    writers: Vec<BatchWriter>,
}

impl Batches {
    fn of_round(round: u32, epoch: Instant, cast: &Cast, ground: &Ground) -> Result<Self, Failure> {
        let shared = StreamName::new(format!("chaos.r{round}.shared"))?;
        let own = StreamName::new(format!("chaos.r{round}.own"))?;
        let books = Arc::new(Books::new(epoch));
        let mut writers = Vec::new();
        for number in 0..=TOGETHER {
            let expects_head = number == TOGETHER;
            let (source, entropy) = ground.source(number)?;
            writers.push(BatchWriter {
                number,
                log: Arc::clone(&connection(cast, number)?.log),
                stream: if expects_head { own.clone() } else { shared.clone() },
                source,
                entropy,
                expects_head,
                books: Arc::clone(&books),
            });
        }
        Ok(Self { streams: vec![shared, own], books, writers })
    }
}

fn connection(cast: &Cast, writer: u32) -> Result<&Ports, Failure> {
    let count = cast.writers.len().max(1);
    cast.writers.get(writer as usize % count).ok_or_else(|| Failure::new("nobody writes"))
}
