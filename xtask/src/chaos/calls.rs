//! `chaos calls`: calls to supervised servers that panic, are killed and stall. Each call ends once, in time, with its
//! own answer or with the reason why there is none.

mod server;

use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::Poll;
use std::time::Duration;

use foundation_core::port::entropy::RandomStream;
use foundation_core::{Address, CallError, ChildSpec, Exit, Refusal, Runtime, Supervisor};

use super::findings::Findings;
use super::live;
use super::plant::is_planted;
use crate::args::ChaosArgs;
use crate::failure::Failure;
use server::{Ask, Death, Manner, Server};

const CALLS: u64 = 1_000_000;
const SERVERS: u32 = 100;
const CALLERS: u64 = 128;
const DEADLINE: Duration = Duration::from_millis(250);
/// How much later than its deadline a call may end on a machine whose cores are all taken.
const SLACK: Duration = Duration::from_millis(750);
/// A call whose server died this long before its deadline has no excuse for waiting until then.
const TIME_TO_TELL: Duration = Duration::from_millis(100);

/// How calls ended.
#[derive(Default)]
struct Ends {
    replies: AtomicU64,
    down: AtomicU64,
    deadline: AtomicU64,
    not_running: AtomicU64,
    not_sent_otherwise: AtomicU64,
    foreign: AtomicU64,
    unexplained: AtomicU64,
    /// Deadlines of calls whose server had died long before.
    untold: AtomicU64,
    hung: AtomicU64,
    late: AtomicU64,
    panics: AtomicU64,
    kills: AtomicU64,
    stalls: AtomicU64,
}

fn count(counter: &AtomicU64) {
    counter.fetch_add(1, Ordering::Relaxed);
}

pub(super) async fn run(args: &ChaosArgs) -> Result<Findings, Failure> {
    let calls = args.count.unwrap_or(CALLS);
    let runtime = live::runtime(args.seed)?;
    let swaps_replies = is_planted(args, "reply-swapped");
    let mut supervisor = Supervisor::one_for_one().intensity(u32::MAX, Duration::from_secs(1));
    let mut servers = Vec::new();
    for number in 0..SERVERS {
        let death = Arc::new(Death::new());
        let told = Arc::clone(&death);
        let spec = ChildSpec::new(format!("server-{number}"), move || Server::new(swaps_replies, Arc::clone(&told)));
        servers.push((spec.address(), death));
        supervisor = supervisor.child(spec);
    }
    let tree = runtime.supervise("servers", supervisor).await.map_err(|error| Failure::new(error.to_string()))?;
    let ends = Arc::new(Ends::default());
    let servers: Arc<[(Address<Ask>, Arc<Death>)]> = servers.into();
    let mut callers = Vec::new();
    for caller in 0..CALLERS {
        let ids = (caller..calls).step_by(CALLERS as usize);
        let random = RandomStream::new(args.seed, caller);
        callers.push(live::task(call_all(ids, random, Arc::clone(&servers), Arc::clone(&ends))));
    }
    for caller in callers {
        live::joined(caller).await?;
    }
    tree.shutdown().await;
    Ok(judge(args, calls, &ends, &runtime))
}

async fn call_all(
    ids: impl Iterator<Item = u64>,
    mut random: RandomStream,
    servers: Arc<[(Address<Ask>, Arc<Death>)]>,
    ends: Arc<Ends>,
) {
    for id in ids {
        let Some((server, death)) = servers.get(random.below(SERVERS) as usize) else { continue };
        // 1 % panics, 0.1 % stalls, 0.1 % kills.
        let manner = match random.below(1_000) {
            0..10 => Manner::Panic,
            10 => Manner::Stall,
            11 => {
                server.kill();
                count(&ends.kills);
                Manner::Answer
            }
            _ => Manner::Answer,
        };
        match manner {
            Manner::Answer => {}
            Manner::Panic => count(&ends.panics),
            Manner::Stall => count(&ends.stalls),
        }
        let begun = live::now();
        let life = server.process_ref().incarnation;
        let mut call = pin!(server.call(|reply| Ask { id, manner, reply }, DEADLINE));
        // The mailbox has room, so the first poll sends; if it was one life all along, that is the one that has it.
        let first = futures_util::poll!(&mut call);
        let sent_to = Some(life).filter(|life| *life == server.process_ref().incarnation);
        let end = match first {
            Poll::Ready(end) => Some(end),
            Poll::Pending => live::within(DEADLINE + 10 * SLACK, call).await,
        };
        if begun.elapsed() > DEADLINE + SLACK {
            count(&ends.late);
        }
        match end {
            None => count(&ends.hung),
            Some(Ok(answer)) => {
                count(&ends.replies);
                if answer != id {
                    count(&ends.foreign);
                }
            }
            Some(Err(CallError::Down(Exit::Killed | Exit::Panicked(_)))) => count(&ends.down),
            Some(Err(CallError::Deadline)) => {
                count(&ends.deadline);
                if sent_to.is_some_and(|life| death.was_before(life, begun + DEADLINE - TIME_TO_TELL)) {
                    count(&ends.untold);
                }
            }
            Some(Err(CallError::NotSent(Refusal::NotRunning))) => {
                count(&ends.not_running);
                // It is between two lives.
                let _ = live::within(10 * SLACK, server.running()).await;
            }
            Some(Err(CallError::NotSent(_))) => count(&ends.not_sent_otherwise),
            Some(Err(_)) => count(&ends.unexplained),
        }
    }
}

fn judge(args: &ChaosArgs, calls: u64, ends: &Ends, runtime: &Runtime) -> Findings {
    let get = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
    let (replies, down, deadline) = (get(&ends.replies), get(&ends.down), get(&ends.deadline));
    let (not_running, refused) = (get(&ends.not_running), get(&ends.not_sent_otherwise));
    let (foreign, unexplained) = (get(&ends.foreign), get(&ends.unexplained));
    let (hung, late, untold) = (get(&ends.hung), get(&ends.late), get(&ends.untold));
    let ledger = runtime.ledger();
    let mut found = Findings::new("calls", args);
    for (name, figure) in [
        ("calls", calls),
        ("replies", replies),
        ("down", down),
        ("deadline", deadline),
        ("not_sent_not_running", not_running),
        ("not_sent_otherwise", refused),
        ("foreign_replies", foreign),
        ("unexplained", unexplained),
        ("hung", hung),
        ("late", late),
        ("deaths_untold", untold),
        ("panics", get(&ends.panics)),
        ("kills", get(&ends.kills)),
        ("stalls", get(&ends.stalls)),
        ("ledger_sent", ledger.sent),
        ("ledger_handled", ledger.handled),
        ("ledger_rejected", ledger.rejected),
        ("ledger_undelivered", ledger.undelivered),
    ] {
        found.figure(name, figure);
    }
    found.story = format!(
        "{calls} calls to {SERVERS} servers ended in {replies} replies, {down} deaths with their reason, {deadline} \
         deadlines ({untold} of them of a server that had died long before); {not_running} were not sent, because the server was between two lives. {hung} hung, {late} ended \
         more than {} ms after their deadline, {foreign} got another's reply.",
        SLACK.as_millis()
    );
    let ended = replies + down + deadline + not_running + refused + unexplained + hung;
    found.expect(ended == calls, || format!("{ended} ends of {calls} calls"));
    found.expect(foreign == 0, || format!("{foreign} calls got another's reply"));
    found.expect(hung == 0, || format!("{hung} calls hung"));
    found
        .expect(untold == 0, || format!("{untold} calls met their deadline, though their server had died long before"));
    found.expect(late == 0, || format!("{late} calls ended long after their deadline"));
    found.expect(unexplained == 0, || format!("{unexplained} calls ended for a reason that nobody gave them"));
    found.expect(refused == 0, || format!("{refused} calls were refused by a server that has room and runs"));
    found.expect(down > 0 && deadline > 0, || "nobody died or stalled: the experiment shows nothing".to_owned());
    found.expect(ledger.is_balanced() && ledger.queued == 0, || format!("the counts do not add up: {ledger:?}"));
    found
}
