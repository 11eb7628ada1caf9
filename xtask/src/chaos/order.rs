//! `chaos order`: many senders to one receiver, whose mailbox is much smaller than what they send. Each one's messages
//! arrive once and in their order.

use std::time::Duration;

use foundation_core::{Address, Context, Exit, Process, Reply};

use super::findings::Findings;
use super::live;
use crate::args::ChaosArgs;
use crate::failure::Failure;

const SENDERS: usize = 64;
const MESSAGES: u64 = 100_000;
/// Far beyond what it takes, so that only a hang meets it.
const PATIENCE: Duration = Duration::from_secs(600);

enum Message {
    Number { sender: usize, number: u64 },
    Read(Reply<Seen>),
}

/// What the receiver saw.
#[derive(Clone, Default)]
struct Seen {
    next: Vec<u64>,
    received: u64,
    out_of_order: u64,
}

struct Receiver(Seen);

impl Process for Receiver {
    type Message = Message;

    async fn handle(&mut self, message: Message, _: &mut Context<Self>) -> Result<(), Exit> {
        match message {
            Message::Number { sender, number } => {
                self.0.received += 1;
                if let Some(next) = self.0.next.get_mut(sender) {
                    self.0.out_of_order += u64::from(*next != number);
                    *next = number + 1;
                }
            }
            Message::Read(reply) => {
                reply.send(self.0.clone());
            }
        }
        Ok(())
    }
}

pub(super) async fn run(args: &ChaosArgs) -> Result<Findings, Failure> {
    let messages = args.count.unwrap_or(MESSAGES);
    let runtime = live::runtime(args.seed)?;
    let receiver = runtime.spawn("receiver", Receiver(Seen { next: vec![0; SENDERS], ..Seen::default() }));
    let senders: Vec<_> = (0..SENDERS).map(|sender| live::task(send_all(sender, messages, receiver.clone()))).collect();
    let mut refused = 0;
    for sender in senders {
        refused += live::joined(sender).await?;
    }
    let seen = receiver.call(Message::Read, PATIENCE).await.map_err(|error| Failure::new(error.to_string()))?;
    receiver.stop(Exit::Normal);
    receiver.exited().await;

    let sent = SENDERS as u64 * messages;
    let complete = seen.next.iter().filter(|next| **next == messages).count();
    let mut found = Findings::new("order", args);
    for (name, figure) in [
        ("senders", SENDERS as u64),
        ("sent", sent),
        ("received", seen.received),
        ("refused", refused),
        ("out_of_order", seen.out_of_order),
    ] {
        found.figure(name, figure);
    }
    found.story = format!(
        "{SENDERS} senders sent {messages} messages each; {} arrived, {} of them out of their sender's order.",
        seen.received, seen.out_of_order
    );
    found.expect(seen.received == sent, || format!("{} of {sent} messages arrived", seen.received));
    found.expect(refused == 0, || format!("{refused} messages were refused by a receiver that runs"));
    found.expect(seen.out_of_order == 0, || format!("{} messages came out of order", seen.out_of_order));
    found.expect(complete == SENDERS, || format!("only {complete} senders' last message came last"));
    let ledger = runtime.ledger();
    found.expect(ledger.is_balanced() && ledger.queued == 0, || format!("the counts do not add up: {ledger:?}"));
    Ok(found)
}

/// Sends them all; answers how many were refused.
async fn send_all(sender: usize, messages: u64, receiver: Address<Message>) -> u64 {
    let mut refused = 0;
    for number in 0..messages {
        refused += u64::from(receiver.cast(Message::Number { sender, number }).await.is_err());
    }
    refused
}
