//! `chaos overload`: a producer ten times as fast as its consumer. Memory is bounded by the mailbox, and the control
//! lane gets through to it: ends of linked processes while it is full, and the stop at the end.
//!
//! A control message has to wait for the message at hand and for nothing else. That is counted in messages, which a busy
//! machine does not change; how long it takes is told beside what the machine took from the consumer meanwhile, and
//! beside the wake-ups of a bare task.

mod bell;
mod board;
mod consumer;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use foundation_core::{Address, Exit, Runtime};

use super::findings::Findings;
use super::live;
use super::memory;
use crate::args::ChaosArgs;
use crate::failure::Failure;
use bell::Bell;
use board::{Board, Told};
use consumer::{Consumer, MESSAGE_BYTES, Message, Probe};

const SECONDS: u64 = 60;
const CAPACITY: usize = 1_024;
/// Messages that come in each millisecond, ten times what the consumer can do.
const PER_MS: u64 = 100;
/// What the mailbox holds when it is full, twice over, and what an experiment notes for itself.
const BOUND_BYTES: u64 = (2 * CAPACITY * MESSAGE_BYTES + 2 * 1_048_576) as u64;
const LIMIT_MS: f64 = 10.0;
/// The message at hand, and one that was begun while the end was being told.
const LIMIT_MESSAGES: u64 = 2;
/// Fewer control messages tell nothing: where the machine gives the load little time, it goes on until there are so many,
/// …
const ENOUGH: usize = 10;
/// … for at most so many times its span.
const LONGEST: u32 = 15;
/// What is not told by then is lost.
const PATIENCE: Duration = Duration::from_secs(10);

pub(super) async fn run(args: &ChaosArgs) -> Result<Findings, Failure> {
    let span = Duration::from_secs(args.seconds.unwrap_or(SECONDS));
    // Times say something where nothing else runs; a short load is for what must hold on any machine.
    let is_timed = span >= Duration::from_secs(SECONDS);
    let patience = if args.plant.is_some() { Duration::from_secs(1) } else { PATIENCE };
    let runtime = live::runtime(args.seed)?;
    let board = Arc::new(Board::default());
    let consumer = runtime.spawn("consumer", Consumer::new(Arc::clone(&board), CAPACITY));

    let before_bytes = memory::live_bytes()?;
    let is_over = Arc::new(AtomicBool::new(false));
    let producer = live::task(produce(consumer.clone(), Arc::clone(&is_over)));
    let controller = live::task(control(runtime.clone(), consumer.clone(), Arc::clone(&board), span, patience));
    let ringer = live::task(bell::ring(Bell::default(), span));
    let mut peak_bytes = before_bytes;
    let begun = live::now();
    while begun.elapsed() < span || !controller.is_finished() {
        live::pause(Duration::from_millis(20)).await;
        peak_bytes = peak_bytes.max(memory::live_bytes()?);
    }
    is_over.store(true, Ordering::Relaxed);
    let rejected = live::joined(producer).await?;
    let fill = live::joined(controller).await?;
    let mut bare = live::joined(ringer).await?;
    let stop_begun = live::now();
    consumer.stop(Exit::Shutdown);
    let at_stop = board.begun();
    consumer.exited().await;
    let stop_ms = stop_begun.elapsed().as_secs_f64() * 1e3;
    let after_stop = board.begun() - at_stop;
    let ledger = runtime.ledger();

    let told = board.take_told();
    let percentile =
        |of: fn(&Told) -> Duration, share| live::percentile_ms(&mut told.iter().map(of).collect::<Vec<_>>(), share);
    let (p50, p99, max) =
        (percentile(|told| told.all, 0.5), percentile(|told| told.all, 0.99), percentile(|told| told.all, 1.0));
    let own_p99 = percentile(Told::own, 0.99);
    let bare_p99 = live::percentile_ms(&mut bare, 0.99);
    let mut between: Vec<u64> = told.iter().map(|told| told.messages).collect();
    between.sort_unstable();
    let between_at =
        |percent: usize| between.get((between.len() * percent).div_ceil(100).saturating_sub(1)).copied().unwrap_or(0);
    let between_p99 = between_at(99);
    // Between the end of the process and the notice the thread that tells it may be put aside, and messages go on: of
    // the few notices of a short load one such moment would decide.
    let judged = if is_timed { 99 } else { 90 };
    let between_judged = between_at(judged);
    let grown = peak_bytes.saturating_sub(before_bytes);
    let ratio = ledger.sent as f64 / (ledger.handled.max(1)) as f64;

    let mut found = Findings::new("overload", args);
    found.figure("sent", ledger.sent);
    found.figure("handled", ledger.handled);
    found.figure("rejected", rejected);
    found.figure("controls", told.len());
    found.figure("controls_lost", fill.lost);
    found.figure("control_p50_ms", p50);
    found.figure("control_p99_ms", p99);
    found.figure("control_max_ms", max);
    found.figure("control_own_p99_ms", own_p99);
    found.figure("control_messages_between_p99", between_p99);
    found.figure("control_messages_between_max", between.last().copied().unwrap_or(0));
    found.figure("bare_wake_p99_ms", bare_p99);
    found.figure("stop_ms", stop_ms);
    found.figure("stop_messages_after", after_stop);
    found.figure("mailbox_filled", fill.share);
    found.figure("live_before_bytes", before_bytes);
    found.figure("live_peak_bytes", peak_bytes);
    found.figure("rss_bytes", live::resident_bytes());
    found.story = format!(
        "{} messages came for the {} that could be handled, {rejected} were rejected; memory in use grew by {:.1} MiB. {} \
         ends of a linked process were told to it, with the mailbox full {:.0} % of the time: median {p50:.3} ms, 99th \
         percentile {p99:.3} ms, longest {max:.3} ms, with {between_p99} messages in between at the 99th percentile. \
         Without the time that the machine took from the consumer the 99th percentile is {own_p99:.3} ms; that of a \
         bare task's wake-up was {bare_p99:.3} ms. It stopped in {stop_ms:.3} ms, after {after_stop} more messages.",
        ledger.sent,
        ledger.handled,
        live::mib(grown),
        told.len(),
        fill.share * 100.0,
    );
    found.expect(grown <= BOUND_BYTES, || format!("memory in use grew by {grown} bytes, more than {BOUND_BYTES}"));
    found.expect(between_judged <= LIMIT_MESSAGES, || {
        format!("control messages waited for {between_judged} messages at the {judged}th percentile")
    });
    found.expect(after_stop <= LIMIT_MESSAGES, || format!("{after_stop} messages were handled after the stop"));
    found.expect(fill.lost == 0, || format!("{} ends were not told in {} s", fill.lost, patience.as_secs()));
    found.expect(told.len() >= ENOUGH, || format!("only {} control messages: too few to tell", told.len()));
    found.expect(ratio > 5.0 && fill.share > 0.5, || {
        format!("{ratio:.1} times what can be handled, mailbox full {:.2} of the time: no overload", fill.share)
    });
    found.expect(ledger.is_balanced() && ledger.queued == 0, || format!("the counts do not add up: {ledger:?}"));
    if is_timed {
        found.expect(own_p99 < LIMIT_MS, || {
            format!("control messages took {own_p99:.3} ms at the 99th percentile, {p99:.3} ms with the machine's part")
        });
    }
    Ok(found)
}

/// Sends what is due, whether it is taken or not; answers how many were rejected.
async fn produce(consumer: Address<Message>, is_over: Arc<AtomicBool>) -> u64 {
    let begun = live::now();
    let (mut sent, mut rejected) = (0, 0);
    while !is_over.load(Ordering::Relaxed) {
        let due = begun.elapsed().as_micros() as u64 * PER_MS / 1_000;
        while sent < due {
            rejected += u64::from(consumer.try_cast(Message::work()).is_err());
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

/// Starts a process that links itself to the consumer, and kills it, again and again.
async fn control(
    runtime: Runtime,
    consumer: Address<Message>,
    board: Arc<Board>,
    span: Duration,
    patience: Duration,
) -> Fill {
    let begun = live::now();
    let (mut rounds, mut full, mut lost) = (0_u64, 0_u64, 0_u64);
    let is_full = || consumer.mailbox_len() * 10 >= CAPACITY * 9;
    let has_time = |rounds: u64| {
        let longest = if rounds < ENOUGH as u64 { span * LONGEST } else { span };
        begun.elapsed() + Duration::from_millis(300) < longest
    };
    while has_time(rounds) && lost == 0 {
        let probe = runtime.spawn("probe", Probe::new(Arc::clone(&board), consumer.clone()));
        // Answered when it is linked and sleeps, so that its own start is not measured.
        let _ = probe.call(|reply| reply, patience).await;
        // The producer may have had no core for as long as the consumer needed for everything.
        live::until(patience, is_full).await;
        rounds += 1;
        full += u64::from(is_full());
        board.killed();
        probe.kill();
        lost += u64::from(!live::until(patience, || board.is_told()).await);
    }
    Fill { share: full as f64 / rounds.max(1) as f64, lost }
}
