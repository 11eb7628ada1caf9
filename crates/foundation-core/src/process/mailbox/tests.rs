use std::pin::Pin;
use std::task::Waker;

use proptest::prelude::*;

use super::*;

#[derive(Clone, Debug)]
enum Step {
    Put,
    PutWaiting,
    Take,
    /// Poll the waiting sender of that index (modulo).
    Poll(usize),
    /// Drop the waiting sender of that index (modulo).
    GiveUp(usize),
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
    fn counts_order_and_room(steps in steps(), capacity in 1_usize..5, policy in 0_usize..4) {
        let overflow = [Overflow::Wait, Overflow::Reject, Overflow::DropOldest, Overflow::DropNewest][policy];
        let settings = MailboxSettings { capacity, overflow };
        let mailbox = Mailbox::new();
        let mut waiting: Vec<Sender<'_>> = Vec::new();
        let (mut number, mut incarnation, mut last_taken) = (0_u32, 0, 0);
        for step in steps {
            match step {
                Step::Put => {
                    number += 1;
                    let _ = mailbox.put(number);
                }
                Step::PutWaiting => {
                    number += 1;
                    let mut sender: Sender<'_> = Box::pin(mailbox.put_waiting(number));
                    if poll(&mut sender).is_pending() {
                        prop_assert_eq!(overflow, Overflow::Wait);
                        waiting.push(sender);
                    }
                }
                Step::Take => {
                    if let Some(taken) = mailbox.take() {
                        prop_assert!(taken > last_taken, "{} after {}", taken, last_taken);
                        last_taken = taken;
                    }
                }
                Step::Poll(index) if !waiting.is_empty() => {
                    let index = index % waiting.len();
                    if poll(&mut waiting[index]).is_ready() {
                        drop(waiting.remove(index));
                    }
                }
                Step::GiveUp(index) if !waiting.is_empty() => drop(waiting.remove(index % waiting.len())),
                Step::Close => {
                    let (left, _) = mailbox.close();
                    prop_assert!(left.len() <= capacity);
                    // Whoever waits is a new sender from now on, and their order starts anew.
                    waiting.retain_mut(|sender| poll(sender).is_pending());
                    prop_assert!(waiting.is_empty());
                }
                Step::Open => {
                    if mailbox.0.lock().open.is_none() {
                        incarnation += 1;
                        mailbox.open(incarnation, settings);
                    }
                }
                Step::Poll(_) | Step::GiveUp(_) => {}
            }
            let (tally, queued) = mailbox.tally();
            prop_assert!(queued <= capacity as u64);
            prop_assert_eq!(tally.sent, tally.handled + tally.rejected + tally.undelivered + queued);
        }
        // As many looks as there are senders let everybody in who finds room.
        for _ in 0..waiting.len() {
            waiting.retain_mut(|sender| poll(sender).is_pending());
        }
        prop_assert!(waiting.is_empty() || mailbox.len() == capacity);
    }
}

#[test]
fn a_message_wakes_a_reader_that_sleeps_and_only_that() {
    let mailbox = Mailbox::new();
    mailbox.open(1, MailboxSettings::default());
    let wakes = |put: Put<u32>| matches!(put, Put::Done { wake: true, .. });
    assert!(!wakes(mailbox.put(1)), "it has not gone to sleep yet");
    assert_eq!(mailbox.take(), Some(1));
    assert_eq!(mailbox.take(), None);
    assert!(wakes(mailbox.put(2)));
    assert!(!wakes(mailbox.put(3)), "one wake is enough");
}

#[test]
fn a_sender_that_gives_up_its_turn_hands_it_on() {
    #[derive(Default)]
    struct Woken(std::sync::atomic::AtomicBool);
    impl std::task::Wake for Woken {
        fn wake(self: std::sync::Arc<Self>) {
            self.0.store(true, std::sync::atomic::Ordering::Relaxed);
        }
    }
    let mailbox = Mailbox::new();
    mailbox.open(1, MailboxSettings { capacity: 1, overflow: Overflow::Wait });
    let _ = mailbox.put(1);
    let mut first: Sender<'_> = Box::pin(mailbox.put_waiting(2));
    let mut second: Sender<'_> = Box::pin(mailbox.put_waiting(3));
    let woken = std::sync::Arc::new(Woken::default());
    assert!(poll(&mut first).is_pending());
    assert!(second.as_mut().poll(&mut Context::from_waker(&Waker::from(std::sync::Arc::clone(&woken)))).is_pending());
    assert_eq!(mailbox.take(), Some(1));
    let heard = || woken.0.load(std::sync::atomic::Ordering::Relaxed);
    assert!(!heard(), "it is the turn of the first");
    drop(first);
    assert!(heard());
    assert!(poll(&mut second).is_ready());
    assert_eq!(mailbox.take(), Some(3));
}

#[test]
fn a_capacity_of_zero_counts_as_one() {
    let mailbox = Mailbox::new();
    mailbox.open(1, MailboxSettings { capacity: 0, overflow: Overflow::Reject });
    assert!(matches!(mailbox.put(1), Put::Done { .. }));
    assert!(matches!(mailbox.put(2), Put::Full(2)));
}
