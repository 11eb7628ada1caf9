use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use proptest::prelude::*;

use super::*;

fn letter(message: u32) -> Letter<u32> {
    Letter { word: u64::from(message), message }
}

/// The next message, through what the reader has taken.
fn take(mailbox: &Mailbox<u32>, taken: &mut Taken<u32>) -> Option<u32> {
    let letter = taken.pop().or_else(|| mailbox.take(taken))?;
    assert_eq!(letter.word, u64::from(letter.message), "the word goes with its message");
    Some(letter.message)
}

#[derive(Clone, Debug)]
enum Step {
    Put,
    PutWaiting,
    Take,
    /// Poll the waiting sender of that index (modulo).
    Poll(usize),
    /// Drop the waiting sender of that index (modulo).
    GiveUp(usize),
    /// The reader awaits something in the middle of what it has taken.
    Await,
    Close,
    Open,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        4 => Just(Step::Put),
        4 => Just(Step::PutWaiting),
        5 => Just(Step::Take),
        3 => any::<usize>().prop_map(Step::Poll),
        1 => any::<usize>().prop_map(Step::GiveUp),
        1 => Just(Step::Await),
        1 => Just(Step::Close),
        2 => Just(Step::Open),
    ];
    prop::collection::vec(step, 0..120)
}

type Sender<'a> = Pin<Box<dyn Future<Output = Put<u32>> + 'a>>;

fn poll(sender: &mut Sender<'_>) -> Poll<Put<u32>> {
    sender.as_mut().poll(&mut Context::from_waker(Waker::noop()))
}

proptest! {
    /// Whatever is done to a mailbox: it stays within its capacity, nothing is counted twice or not at all, mail is
    /// read in the order in which it came, and nobody waits beside free room.
    #[test]
    fn counts_order_and_room(steps in steps(), capacity in 1_usize..9, policy in 0_usize..4) {
        let overflow = [Overflow::Wait, Overflow::Reject, Overflow::DropOldest, Overflow::DropNewest][policy];
        let settings = MailboxSettings { capacity, overflow };
        let mailbox = Mailbox::new();
        let mut taken = Taken::new();
        let mut waiting: Vec<Sender<'_>> = Vec::new();
        let (mut number, mut incarnation, mut last_taken) = (0_u32, 0, 0);
        for step in steps {
            match step {
                Step::Put => {
                    number += 1;
                    if let Put::Wait(_) = mailbox.put(letter(number)) {
                        prop_assert_eq!(overflow, Overflow::Wait);
                        mailbox.count_rejected();
                    }
                }
                Step::PutWaiting => {
                    number += 1;
                    let mut sender: Sender<'_> = Box::pin(mailbox.put_waiting(letter(number)));
                    if poll(&mut sender).is_pending() {
                        prop_assert_eq!(overflow, Overflow::Wait);
                        waiting.push(sender);
                    }
                }
                Step::Take => {
                    if let Some(message) = take(&mailbox, &mut taken) {
                        prop_assert!(message > last_taken, "{} after {}", message, last_taken);
                        last_taken = message;
                    }
                }
                Step::Poll(index) if !waiting.is_empty() => {
                    let index = index % waiting.len();
                    if poll(&mut waiting[index]).is_ready() {
                        drop(waiting.remove(index));
                    }
                }
                Step::GiveUp(index) if !waiting.is_empty() => drop(waiting.remove(index % waiting.len())),
                Step::Await => mailbox.publish(&mut taken),
                Step::Close => {
                    mailbox.put_back(&mut taken);
                    let (left, _) = mailbox.close();
                    prop_assert!(left.len() <= capacity);
                    // Whoever waits is a new sender from now on, and their order starts anew.
                    waiting.retain_mut(|sender| poll(sender).is_pending());
                    prop_assert!(waiting.is_empty());
                }
                Step::Open => {
                    if !mailbox.mail.lock().open {
                        incarnation += 1;
                        mailbox.open(incarnation, settings);
                    }
                }
                Step::Poll(_) | Step::GiveUp(_) => {}
            }
            let (tally, queued) = mailbox.tally();
            prop_assert!(queued <= capacity as u64);
            // What the reader has handled since it last said so still counts as waiting.
            prop_assert_eq!(tally.sent, tally.handled + tally.rejected + tally.undelivered + queued);
        }
        mailbox.publish(&mut taken);
        // As many looks as there are senders let everybody in who finds room.
        for _ in 0..waiting.len() {
            waiting.retain_mut(|sender| poll(sender).is_pending());
        }
        prop_assert!(waiting.is_empty() || mailbox.len() == capacity);
    }
}

#[derive(Default)]
struct Bell(std::sync::atomic::AtomicU32);

impl std::task::Wake for Bell {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

impl Bell {
    fn rings(&self) -> u32 {
        self.0.load(Ordering::Relaxed)
    }
}

#[test]
fn a_message_wakes_a_reader_that_sleeps_and_only_that() {
    let (mailbox, mut taken) = (Mailbox::new(), Taken::new());
    mailbox.open(1, MailboxSettings::default());
    let wakes = |number| matches!(mailbox.put(letter(number)), Put::Done { accepted: Accepted { wake: true, .. }, .. });
    assert!(!wakes(1), "it has not gone to sleep yet");
    assert_eq!(take(&mailbox, &mut taken), Some(1));
    assert_eq!(take(&mailbox, &mut taken), None);
    assert!(wakes(2));
    assert!(!wakes(3), "one wake is enough");
}

#[test]
fn a_reader_takes_at_most_half_and_what_it_has_taken_still_waits() {
    let (mailbox, mut taken) = (Mailbox::new(), Taken::new());
    mailbox.open(1, MailboxSettings { capacity: 8, overflow: Overflow::Reject });
    for number in 1..=8 {
        let _ = mailbox.put(letter(number));
    }
    assert_eq!(take(&mailbox, &mut taken), Some(1));
    assert_eq!((taken.len(), mailbox.len()), (3, 7));
    let _ = mailbox.put(letter(9));
    assert!(matches!(mailbox.put(letter(10)), Put::Full(10)), "the eight that wait fill it");
    assert_eq!(take(&mailbox, &mut taken), Some(2));
    mailbox.publish(&mut taken);
    assert_eq!(mailbox.len(), 7, "an await says how far the reader has come");
    mailbox.put_back(&mut taken);
    let left = mailbox.close().0.into_iter().map(|letter| letter.message).collect::<Vec<_>>();
    assert_eq!(left, [3, 4, 5, 6, 7, 8, 9], "what was taken and not handled is the oldest");
}

#[test]
fn a_sender_that_gives_up_its_turn_hands_it_on() {
    let (mailbox, mut taken) = (Mailbox::new(), Taken::new());
    mailbox.open(1, MailboxSettings { capacity: 1, overflow: Overflow::Wait });
    let _ = mailbox.put(letter(1));
    let mut first: Sender<'_> = Box::pin(mailbox.put_waiting(letter(2)));
    let mut second: Sender<'_> = Box::pin(mailbox.put_waiting(letter(3)));
    let woken = Arc::new(Bell::default());
    assert!(poll(&mut first).is_pending());
    assert!(second.as_mut().poll(&mut Context::from_waker(&Waker::from(Arc::clone(&woken)))).is_pending());
    drop(first);
    assert_eq!(take(&mailbox, &mut taken), Some(1));
    assert_eq!(woken.rings(), 1, "the reader let it in and woke it");
    assert!(poll(&mut second).is_ready());
    assert_eq!(take(&mailbox, &mut taken), Some(3));
}

#[test]
fn a_sender_that_leaves_the_line_is_told_when_it_was_let_in_already() {
    let (mailbox, mut taken) = (Mailbox::new(), Taken::new());
    mailbox.open(1, MailboxSettings { capacity: 1, overflow: Overflow::Wait });
    let _ = mailbox.put(letter(1));
    let (mut first, mut second) = (mailbox.put_waiting(letter(2)), mailbox.put_waiting(letter(3)));
    let cx = &mut Context::from_waker(Waker::noop());
    assert!(Pin::new(&mut first).poll(cx).is_pending());
    assert!(Pin::new(&mut second).poll(cx).is_pending());
    assert_eq!(take(&mailbox, &mut taken), Some(1));
    assert!(matches!(first.withdraw(), Some(Put::Done { accepted: Accepted { incarnation: 1, .. }, .. })));
    assert!(second.withdraw().is_none());
    assert_eq!(take(&mailbox, &mut taken), Some(2));
    assert_eq!(take(&mailbox, &mut taken), None);
    let tally = mailbox.tally().0;
    assert_eq!((tally.sent, tally.handled), (2, 2), "a message that was taken back was never sent");
}

#[test]
fn a_capacity_of_zero_counts_as_one() {
    let mailbox = Mailbox::new();
    mailbox.open(1, MailboxSettings { capacity: 0, overflow: Overflow::Reject });
    assert!(matches!(mailbox.put(letter(1)), Put::Done { .. }));
    assert!(matches!(mailbox.put(letter(2)), Put::Full(2)));
}
