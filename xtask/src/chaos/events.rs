//! `kill9 --target events`: four writers append to one stream, their process is killed, and the log is read.
//!
//! Each writer says what it is about to append and, once the log has acknowledged it, that it has. So the reader
//! knows what must be there, what may be there, and what cannot.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use foundation_core::event::{EventSource, EventType, NodeId};
use foundation_core::port::clock::Clock;
use foundation_core::port::entropy::{Entropy, RandomStream};
use foundation_core::port::storage::{BatchId, EventLog, Expect, Sequence, StreamName};
use foundation_memory::{SystemClock, SystemEntropy};
use foundation_sled::{SledSettings, SledStore};
use futures_util::StreamExt as _;

use super::plant;
use super::verdict::{Recovery, Verdict};
use super::victim::Victim;
use crate::args::ChaosArgs;
use crate::compositions;
use crate::console::Console;
use crate::failure::Failure;

const WRITERS: u64 = 4;
/// Numbers of one life; each life has its own.
const LIFE: u64 = 1_000_000;
const STREAM: &str = "chaos.events";
/// A victim is killed after up to this many acknowledgements.
const MOST_ACKS: u32 = 400;
/// A kill falls up to this long after the acknowledgement that it was drawn for.
const AFTER_ACK: Duration = Duration::from_micros(1_000);
/// One kill in so many falls while the store is being opened.
const IN_RECOVERY: u32 = 5;
/// How long the latest of these wait at most.
const RECOVERY: Duration = Duration::from_millis(60);

/// Kills writers and reads what they left.
pub(super) fn kill(args: &ChaosArgs, console: Console) -> Result<Verdict, Failure> {
    let folder = std::env::temp_dir().join(format!("foundation-chaos-events-{}", std::process::id()));
    std::fs::create_dir_all(&folder).map_err(|error| Failure::io("make", &folder, &error))?;
    let data = folder.join("store");
    let mut verdict = Verdict {
        experiment: "kill9 events".to_owned(),
        seed: args.seed,
        planted: args.plant.clone(),
        ..Verdict::default()
    };
    let mut books = Books::default();
    let mut recoveries = Vec::new();
    let mut random = RandomStream::new(args.seed, 8);
    for life in 0..u64::from(args.kills) {
        let mut arguments: Vec<String> = ["chaos", "kill9", "--target", "events", "--victim"].map(str::to_owned).into();
        arguments.extend([data.display().to_string(), "--life".to_owned(), life.to_string()]);
        arguments.extend(["--seed".to_owned(), args.seed.to_string()]);
        if let Some(bug) = &args.plant {
            arguments.extend(["--plant".to_owned(), bug.clone()]);
        }
        let mut victim = Victim::start(&folder, &arguments)?;
        let is_early = random.below(IN_RECOVERY) == 0;
        let wanted = u64::from(1 + random.below(MOST_ACKS));
        let mut acks = 0;
        let told = loop {
            if is_early && life > 0 {
                verdict.rounds_in_recovery += 1;
                break victim.kill(RECOVERY.mul_f64(random.next_f64()))?;
            }
            let Some((line, after)) = victim.line()? else { break Vec::new() };
            if acks == 0 && line.starts_with("acked") {
                recoveries.push(after);
            }
            acks += u64::from(line.starts_with("acked"));
            if !books.take(&line) {
                verdict.complaints.push(format!("life {life}: {line}"));
            }
            if acks == wanted {
                break victim.kill(AFTER_ACK.mul_f64(random.next_f64()))?;
            }
        };
        for line in &told {
            books.take(line);
        }
        verdict.rounds += 1;
        books.check(&data, &mut verdict)?;
        if verdict.planted.is_some() && verdict.lost > 0 {
            break;
        }
    }
    console.line(format!("{} events tried, {} acknowledged.", books.tried.len(), books.acked()));
    verdict.acked = books.acked();
    verdict.recovery_ms = Recovery::of(recoveries);
    std::fs::remove_dir_all(&folder).map_err(|error| Failure::io("remove", &folder, &error))?;
    Ok(verdict.close())
}

/// What the writers said.
#[derive(Default)]
struct Books {
    /// Writer and number: whether it was acknowledged.
    tried: BTreeMap<(u64, u64), bool>,
}

impl Books {
    /// Takes in a line; `false` where it is none of a writer's.
    fn take(&mut self, line: &str) -> bool {
        let mut words = line.split(' ');
        let kind = words.next();
        let mut number = || words.next().and_then(|word| word.parse::<u64>().ok());
        let (Some(writer), Some(first), Some(count)) = (number(), number(), number()) else { return false };
        for n in first..first + count {
            match kind {
                Some("trying") => drop(self.tried.insert((writer, n), false)),
                Some("acked") => drop(self.tried.insert((writer, n), true)),
                _ => return false,
            }
        }
        true
    }

    fn acked(&self) -> u64 {
        self.tried.values().filter(|acked| **acked).count() as u64
    }

    /// Reads the log and compares.
    fn check(&self, data: &Path, verdict: &mut Verdict) -> Result<(), Failure> {
        let mut found: BTreeMap<(u64, u64), u64> = BTreeMap::new();
        let mut latest: BTreeMap<u64, u64> = BTreeMap::new();
        for (writer, n) in read_all(data)? {
            *found.entry((writer, n)).or_default() += 1;
            let before = latest.insert(writer, n);
            if before.is_some_and(|before| before >= n) {
                verdict.complaints.push(format!("writer {writer}: {n} stands behind {}", before.unwrap_or_default()));
            }
        }
        // Counted anew each time: what is lost once stays lost.
        verdict.lost = self.tried.iter().filter(|(key, acked)| **acked && !found.contains_key(key)).count() as u64;
        verdict.duplicated = found.values().filter(|count| **count > 1).count() as u64;
        verdict.phantom = found.keys().filter(|key| !self.tried.contains_key(key)).count() as u64;
        Ok(())
    }
}

/// Every event of the stream, in order, as writer and number.
fn read_all(data: &Path) -> Result<Vec<(u64, u64)>, Failure> {
    if !data.exists() {
        return Ok(Vec::new());
    }
    let mut read = Vec::new();
    let folder = data.to_owned();
    let collected = &mut read;
    compositions::block_on(async move {
        let store = SledStore::open(&folder, SledSettings::default(), Arc::new(SystemClock::new()))?;
        let mut events = store.log().read(&StreamName::new(STREAM)?, Sequence::START).await?;
        while let Some(recorded) = events.next().await {
            let data = recorded?.event.data;
            let text = String::from_utf8_lossy(&data);
            let mut words = text.split(' ').filter_map(|word| word.parse::<u64>().ok());
            let (Some(writer), Some(n)) = (words.next(), words.next()) else {
                return Err(Failure::new(format!("an event that nobody wrote: `{text}`")));
            };
            collected.push((writer, n));
        }
        drop(events);
        store.close();
        Ok(())
    })?;
    Ok(read)
}

/// The process that is killed: writers that append until it is.
pub(super) async fn be_victim(folder: PathBuf, seed: u64, life: u64, plant: Option<String>) -> Result<(), Failure> {
    let clock: Arc<dyn Clock> = Arc::new(SystemClock::new());
    let entropy: Arc<dyn Entropy> = Arc::new(SystemEntropy::new()?);
    let settings = plant::sled_settings(plant.as_deref())?;
    let store = SledStore::open(&folder, settings, clock.clone())?;
    let source = EventSource::new(clock, entropy.clone(), NodeId::new("victim")?);
    // Side by side on one task: the appends overlap, which is what a group commit is about.
    let writers = (0..WRITERS).map(|writer| write(store.log(), source.clone(), entropy.clone(), writer, seed, life));
    futures_util::future::try_join_all(writers).await?;
    Ok(())
}

async fn write(
    log: Arc<impl EventLog>,
    source: EventSource,
    entropy: Arc<dyn Entropy>,
    writer: u64,
    seed: u64,
    life: u64,
) -> Result<(), Failure> {
    let stream = StreamName::new(STREAM)?;
    let kind = EventType::new("chaos.written")?;
    let mut random = RandomStream::new(seed, (life << 8) | writer);
    let mut n = life * LIFE;
    loop {
        let count = u64::from(1 + random.below(5));
        let events = (n..n + count)
            .map(|n| source.event(kind.clone(), 1, format!("{writer} {n} {}", "x".repeat((n % 200) as usize))))
            .collect();
        say(&format!("trying {writer} {n} {count}\n"));
        log.append(&stream, BatchId(entropy.next_u128()), events, Expect::Any).await?;
        say(&format!("acked {writer} {n} {count}\n"));
        n += count;
    }
}

/// One write a line, so that a kill cannot leave half of one. A closed pipe is the experiment's end.
fn say(line: &str) {
    use std::io::Write as _;
    let _ = std::io::stderr().write_all(line.as_bytes());
}
