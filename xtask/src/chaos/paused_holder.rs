//! `chaos paused-holder`: the holder of a lock, a process of its own, is stopped (SIGSTOP) between its look at the lease
//! and its write, until another has the lock and has written. When it goes on (SIGCONT) its write has to be refused.

mod holder;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use foundation_core::coordination::{Coordination, CoordinationName, CoordinationParts, FencedStore, LeaseSettings};
use foundation_core::event::NodeId;
use foundation_core::port::clock::Clock;
use foundation_core::port::entropy::RandomStream;
use foundation_core::port::storage::{Bucket, Key, KeyValue, Read, Write};
use foundation_core::{Result, Spawner};
use foundation_memory::{SystemClock, SystemEntropy};
use foundation_nats::{NatsConnection, NatsKeyValue, NatsSettings};
use foundation_nats_server::{NatsServer, ServerSettings};

use super::findings::Findings;
use super::live;
use super::victim::{Signal, Victim};
use crate::args::ChaosArgs;
use crate::failure::Failure;
pub(super) use holder::be_holder;

/// How long a lease lives.
const LEASE_SECONDS: u32 = 1;
/// How long anything may take that should take one time to live.
const PATIENCE: Duration = Duration::from_secs(30);
/// A holder is stopped up to this long after its first write, so at any phase of its renewals.
const WORKS: Duration = Duration::from_millis(700);
/// It is left stopped up to this long after the other's write.
const SLEEPS: Duration = Duration::from_millis(700);
/// The file in the experiment's folder that has the server's address.
const ADDRESS: &str = "address";
/// The file that tells a holder of a round to make its late write: this and the round's number.
const GO: &str = "go-";

pub(super) async fn run(args: &ChaosArgs) -> Result<Findings, Failure> {
    let folder = std::env::temp_dir().join(format!("foundation-chaos-holder-{}", std::process::id()));
    std::fs::create_dir_all(&folder).map_err(|error| Failure::io("make", &folder, &error))?;
    let found = play(args, &folder).await;
    std::fs::remove_dir_all(&folder).map_err(|error| Failure::io("remove", &folder, &error))?;
    found
}

async fn play(args: &ChaosArgs, folder: &Path) -> Result<Findings, Failure> {
    let server = live::joined(live::thread(|| NatsServer::start(ServerSettings::new(foundation_nats_server::find()?))));
    let server = server.await?.map_err(|error| Failure::new(error.to_string()))?;
    let address = folder.join(ADDRESS);
    std::fs::write(&address, server.url()).map_err(|error| Failure::io("write", &address, &error))?;
    let part = Part::of("another", &server.url()).await?;
    let mut random = RandomStream::new(args.seed, 16);
    let mut sum = Sum::default();
    for round in 1..=args.rounds {
        let (works, sleeps) = (WORKS.mul_f64(random.next_f64()), SLEEPS.mul_f64(random.next_f64()));
        one(args, folder, round, &part, works, sleeps, &mut sum).await?;
        if args.plant.is_some() && sum.accepted > 0 {
            break;
        }
    }
    drop(part);
    live::joined(live::thread(move || drop(server))).await?;
    Ok(sum.findings(args))
}

/// What the rounds showed.
#[derive(Default)]
struct Sum {
    rounds: u64,
    /// Late writes that the resource refused, and took.
    refused: u64,
    accepted: u64,
    /// Late holders that were admitted anew.
    admitted: u64,
    /// Holders that, awake again, were told by their own lease that it is over.
    self_fenced: u64,
    /// From the stop to the other's having the lock.
    takeovers: Vec<Duration>,
    complaints: Vec<String>,
}

/// One round: a holder starts, works, is stopped, overtaken, and goes on.
async fn one(
    args: &ChaosArgs,
    folder: &Path,
    round: u32,
    part: &Part,
    works: Duration,
    sleeps: Duration,
    sum: &mut Sum,
) -> Result<(), Failure> {
    let mut arguments: Vec<String> = ["chaos", "paused-holder", "--victim"].map(str::to_owned).into();
    arguments.extend([folder.display().to_string(), "--life".to_owned(), round.to_string()]);
    if let Some(bug) = &args.plant {
        arguments.extend(["--plant".to_owned(), bug.clone()]);
    }
    let lock = Guarded::of_round(round)?;
    let (victim, first) = next_line(Victim::start(folder, &arguments)?).await?;
    let Some(token) = first.strip_prefix("held ").and_then(|token| token.parse::<u64>().ok()) else {
        return Err(Failure::new(format!("round {round}: the holder did not get the lock: {first}")));
    };
    live::pause(works).await;
    victim.signal(Signal::Stop)?;
    let stopped = live::now();
    // Whoever waits is told when the lock is free.
    let lease = part.coordination.lock(&lock.name)?.take(part.clock.now() + PATIENCE).await?;
    sum.takeovers.push(stopped.elapsed());
    let next = lease.token()?;
    let writer = lock.fenced(part)?.admit(next).await?;
    writer.write(Write::put(lock.key.clone(), "another")).await?;
    live::pause(sleeps).await;
    let go = folder.join(format!("{GO}{round}"));
    std::fs::write(&go, "").map_err(|error| Failure::io("write", &go, &error))?;
    victim.signal(Signal::Continue)?;
    let mut victim = victim;
    for _ in 0..3 {
        let (same, line) = next_line(victim).await?;
        victim = same;
        match line.as_str() {
            "lease over" => sum.self_fenced += 1,
            "write refused" => sum.refused += 1,
            "write accepted" => sum.accepted += 1,
            "admission refused" => {}
            "admission accepted" => sum.admitted += 1,
            _ => sum.complaints.push(format!("round {round}: {line}")),
        }
    }
    live::joined(live::thread(move || victim.end())).await??;
    let stands = part.store.get(&lock.bucket, &lock.key, Read::Strict).await?;
    let stands = stands.map(|entry| String::from_utf8_lossy(&entry.value).into_owned()).unwrap_or_default();
    if stands != "another" {
        sum.complaints.push(format!("round {round}: `{stands}` stands where the next holder wrote `another`"));
    }
    if next.as_u64() <= token {
        sum.complaints.push(format!("round {round}: token {next} comes after {token}"));
    }
    sum.rounds += 1;
    lease.release().await?;
    Ok(())
}

/// The next line of a victim, which is waited for on a thread.
async fn next_line(victim: Victim) -> Result<(Victim, String), Failure> {
    let read = live::thread(move || {
        let mut victim = victim;
        victim.line().map(|line| (victim, line))
    });
    let read = live::within(PATIENCE, live::joined(read)).await;
    let (victim, line) = read.ok_or_else(|| Failure::new("the holder says nothing"))???;
    let Some((line, _)) = line else { return Err(Failure::new("the holder ended before its time")) };
    Ok((victim, line))
}

impl Sum {
    fn findings(mut self, args: &ChaosArgs) -> Findings {
        let mut found = Findings::new("paused-holder", args);
        let takeover_ms = [0.5, 1.0].map(|share| live::percentile_ms(&mut self.takeovers, share));
        let [median, most] = takeover_ms;
        let Self { rounds, refused, accepted, admitted, self_fenced, .. } = self;
        for (name, figure) in [
            ("rounds", rounds),
            ("refused", refused),
            ("accepted", accepted),
            ("admitted", admitted),
            ("self_fenced", self_fenced),
        ] {
            found.figure(name, figure);
        }
        found.figure("takeover_median_ms", median);
        found.figure("takeover_max_ms", most);
        found.story = format!(
            "{rounds} holders of a lease of {LEASE_SECONDS} s were stopped until another had the lock (median {median:.0} \
             ms after the stop, at most {most:.0} ms) and had written. Awake again, {self_fenced} knew by their own clock \
             that the lease was over; of their late writes {refused} were refused and {accepted} accepted."
        );
        for complaint in self.complaints {
            found.expect(false, || complaint);
        }
        found.expect(accepted == 0, || format!("{accepted} late writes were accepted"));
        found.expect(admitted == 0, || format!("{admitted} late holders were admitted anew"));
        if args.plant.is_none() {
            found.expect(refused == rounds && rounds > 0, || format!("{refused} refusals in {rounds} rounds"));
            found.expect(self_fenced == rounds, || {
                format!("{self_fenced} of {rounds} leases were over for their holder")
            });
        }
        found
    }
}

/// One program's part: a connection and what stands on it.
struct Part {
    store: Arc<dyn KeyValue>,
    clock: Arc<dyn Clock>,
    coordination: Coordination,
}

impl Part {
    async fn of(node: &str, url: &str) -> Result<Self> {
        let clock: Arc<dyn Clock> = Arc::new(SystemClock::new());
        let connection = NatsConnection::open(NatsSettings::at(url), Arc::clone(&clock)).await?;
        let store: Arc<dyn KeyValue> = Arc::new(NatsKeyValue::new(connection));
        let coordination = Coordination::new(CoordinationParts {
            store: Arc::clone(&store),
            clock: Arc::clone(&clock),
            spawner: Spawner::current()
                .map_err(|error| foundation_core::Error::new(foundation_core::Code::Internal, error.to_string()))?,
            entropy: Arc::new(SystemEntropy::new()?),
            node: NodeId::new(node)?,
        });
        let coordination = coordination.with_leases(LeaseSettings::seconds(LEASE_SECONDS));
        Ok(Self { store, clock, coordination })
    }
}

/// The lock of a round and what it protects.
struct Guarded {
    name: CoordinationName,
    bucket: Bucket,
    key: Key,
}

impl Guarded {
    fn of_round(round: u32) -> Result<Self> {
        Ok(Self {
            name: CoordinationName::new(format!("round-{round}"))?,
            bucket: Bucket::new("resources")?,
            key: Key::new(format!("round-{round}"))?,
        })
    }

    fn fenced(&self, part: &Part) -> Result<FencedStore> {
        FencedStore::new(Arc::clone(&part.store), self.bucket.clone(), &self.name)
    }
}

/// Where a holder finds the server.
fn address(folder: &Path) -> Result<String, Failure> {
    let path: PathBuf = folder.join(ADDRESS);
    std::fs::read_to_string(&path).map_err(|error| Failure::io("read", &path, &error))
}
