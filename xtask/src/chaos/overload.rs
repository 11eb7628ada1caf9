//! `chaos overload`: a producer ten times as fast as its consumer. Memory is bounded by the mailbox, and the control
//! lane gets through to it: ends of linked processes while it is full, and the stop at the end.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use foundation_core::{Address, Context, Exit, MailboxSettings, Notice, Overflow, Process};

use super::findings::Findings;
use super::live;
use super::plant::is_planted;
use crate::args::ChaosArgs;
use crate::failure::Failure;

const SECONDS: u64 = 60;
const CAPACITY: usize = 1_024;
/// What the consumer does with one message.
const WORK: Duration = Duration::from_micros(100);
/// Messages that come in each millisecond, ten times what the consumer can do.
const PER_MS: u64 = 100;
const MESSAGE_BYTES: usize = 1_024;
/// What the mailbox may need, many times over.
const BOUND_BYTES: u64 = 32 * 1_048_576;
const LIMIT_MS: f64 = 10.0;

enum Message {
    Work(#[expect(dead_code, reason = "a message has a size, which is what fills memory")] Box<[u8; MESSAGE_BYTES]>),
    /// Where control is planted behind the mail: what a notice would say.
    ProbeEnded,
}

/// A process whose end the consumer is told of.
struct Probe;

impl Process for Probe {
    type Message = ();

    async fn handle(&mut self, (): (), _: &mut Context<Self>) -> Result<(), Exit> {
        Ok(())
    }
}

/// What the consumer and those around it share.
#[derive(Default)]
struct Board {
    /// The probe that runs, for whoever ends it.
    probe: Mutex<Option<Address<()>>>,
    ended_at: Mutex<Option<Instant>>,
    times: Mutex<Vec<Duration>>,
}

fn lock<T>(place: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    place.lock().unwrap_or_else(PoisonError::into_inner)
}

struct Consumer {
    board: Arc<Board>,
    capacity: usize,
    is_linked: bool,
}

impl Consumer {
    fn start_probe(&self, ctx: &mut Context<Self>) {
        let probe = if self.is_linked { ctx.spawn_link("probe", Probe) } else { ctx.runtime().spawn("probe", Probe) };
        *lock(&self.board.probe) = Some(probe);
    }

    fn probe_ended(&self, ctx: &mut Context<Self>) {
        if let Some(at) = lock(&self.board.ended_at).take() {
            lock(&self.board.times).push(at.elapsed());
        }
        self.start_probe(ctx);
    }
}

impl Process for Consumer {
    type Message = Message;

    fn mailbox(&self) -> MailboxSettings {
        MailboxSettings { capacity: self.capacity, overflow: Overflow::Reject }
    }

    async fn init(&mut self, ctx: &mut Context<Self>) -> Result<(), Exit> {
        ctx.trap_exits(true);
        self.start_probe(ctx);
        Ok(())
    }

    async fn handle(&mut self, message: Message, ctx: &mut Context<Self>) -> Result<(), Exit> {
        match message {
            Message::Work(_) => {
                let begun = live::now();
                while begun.elapsed() < WORK {
                    std::hint::spin_loop();
                }
            }
            Message::ProbeEnded => self.probe_ended(ctx),
        }
        Ok(())
    }

    async fn notice(&mut self, _: Notice, ctx: &mut Context<Self>) -> Result<(), Exit> {
        self.probe_ended(ctx);
        Ok(())
    }
}

pub(super) async fn run(args: &ChaosArgs) -> Result<Findings, Failure> {
    let span = Duration::from_secs(args.seconds.unwrap_or(SECONDS));
    let behind_mail = is_planted(args, "control-behind-mail");
    let capacity = if is_planted(args, "mailbox-unbounded") { usize::MAX } else { CAPACITY };
    let runtime = live::runtime(args.seed)?;
    let board = Arc::new(Board::default());
    let consumer = Consumer { board: Arc::clone(&board), capacity, is_linked: !behind_mail };
    let consumer = runtime.spawn("consumer", consumer);

    let before_bytes = live::resident_bytes();
    let producer = live::task(produce(consumer.clone(), span));
    let controller = live::task(control(consumer.clone(), Arc::clone(&board), behind_mail, span));
    let mut peak_bytes = before_bytes;
    let begun = live::now();
    while begun.elapsed() < span {
        live::pause(Duration::from_millis(20)).await;
        peak_bytes = peak_bytes.max(live::resident_bytes());
    }
    let rejected = live::joined(producer).await?;
    let fill = live::joined(controller).await?;
    let stop_begun = live::now();
    consumer.stop(Exit::Shutdown);
    consumer.exited().await;
    let stop_ms = stop_begun.elapsed().as_secs_f64() * 1e3;
    let ledger = runtime.ledger();

    let mut times = std::mem::take(&mut *lock(&board.times));
    let (p50, p99, max) = (
        live::percentile_ms(&mut times, 0.5),
        live::percentile_ms(&mut times, 0.99),
        live::percentile_ms(&mut times, 1.0),
    );
    let grown = peak_bytes.saturating_sub(before_bytes);
    let ratio = ledger.sent as f64 / (ledger.handled.max(1)) as f64;
    let mut found = Findings::new("overload", args);
    found.figure("sent", ledger.sent);
    found.figure("handled", ledger.handled);
    found.figure("rejected", rejected);
    found.figure("controls", times.len());
    found.figure("controls_lost", fill.lost);
    found.figure("control_p50_ms", p50);
    found.figure("control_p99_ms", p99);
    found.figure("control_max_ms", max);
    found.figure("stop_ms", stop_ms);
    found.figure("mailbox_filled", fill.share);
    found.figure("rss_before_bytes", before_bytes);
    found.figure("rss_peak_bytes", peak_bytes);
    found.story = format!(
        "{} messages came for the {} that could be handled, {rejected} were rejected; memory grew by {:.1} MiB. {} ends \
         of a linked process were told to it, with the mailbox full {:.0} % of the time: median {p50:.3} ms, 99th \
         percentile {p99:.3} ms, longest {max:.3} ms; it stopped in {stop_ms:.3} ms.",
        ledger.sent,
        ledger.handled,
        live::mib(grown),
        times.len(),
        fill.share * 100.0
    );
    found.expect(grown <= BOUND_BYTES, || format!("memory grew by {grown} bytes, more than {BOUND_BYTES}"));
    found.expect(p99 < LIMIT_MS, || format!("control messages took {p99:.3} ms at the 99th percentile"));
    found.expect(stop_ms < 10.0 * LIMIT_MS, || format!("it took {stop_ms:.3} ms to stop"));
    found.expect(fill.lost == 0, || format!("{} ends were never told", fill.lost));
    found.expect(times.len() >= 10, || format!("only {} control messages: too few to tell", times.len()));
    found.expect(ratio > 5.0 && fill.share > 0.5, || {
        format!("{ratio:.1} times what can be handled, mailbox full {:.2} of the time: no overload", fill.share)
    });
    found.expect(ledger.is_balanced() && ledger.queued == 0, || format!("the counts do not add up: {ledger:?}"));
    Ok(found)
}

/// Sends what is due, whether it is taken or not; answers how many were rejected.
async fn produce(consumer: Address<Message>, span: Duration) -> u64 {
    let begun = live::now();
    let (mut sent, mut rejected) = (0, 0);
    while begun.elapsed() < span {
        let due = begun.elapsed().as_micros() as u64 * PER_MS / 1_000;
        while sent < due {
            let message = Message::Work(Box::new([0x5a; MESSAGE_BYTES]));
            rejected += u64::from(consumer.try_cast(message).is_err());
            sent += 1;
        }
        live::pause(Duration::from_millis(1)).await;
    }
    rejected
}

/// How full the mailbox was when control messages were sent, and how many of them never came.
struct Fill {
    share: f64,
    lost: u64,
}

/// Ends the probe again and again, each when the one before was told.
async fn control(consumer: Address<Message>, board: Arc<Board>, behind_mail: bool, span: Duration) -> Fill {
    let begun = live::now();
    let (mut rounds, mut full, mut lost) = (0_u64, 0_u64, 0_u64);
    // The mailbox fills first.
    live::pause(Duration::from_millis(200)).await;
    while begun.elapsed() + Duration::from_millis(300) < span {
        let probe = lock(&board.probe).take();
        if let Some(probe) = probe {
            rounds += 1;
            full += u64::from(consumer.mailbox_len() * 10 >= CAPACITY * 9);
            *lock(&board.ended_at) = Some(live::now());
            probe.kill();
            // The bug: what the control lane should carry stands in the line of the mail.
            while behind_mail && consumer.try_cast(Message::ProbeEnded).is_err() && begun.elapsed() < span {
                live::pause(Duration::from_micros(50)).await;
            }
        }
        live::pause(Duration::from_millis(5)).await;
    }
    let is_told = || lock(&board.ended_at).is_none();
    lost += u64::from(!live::until(Duration::from_secs(1), is_told).await);
    Fill { share: full as f64 / rounds.max(1) as f64, lost }
}
