//! Every way a slot can end, what is dropped when, and a run on threads.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, Wake, Waker};

use foundation_oneshot::{Receiver, Sender, Unanswered, oneshot};

/// Counts how often it is woken.
#[derive(Default)]
struct Woken(AtomicUsize);

impl Woken {
    fn count(&self) -> usize {
        self.0.load(Ordering::SeqCst)
    }
}

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

fn waker() -> (Arc<Woken>, Waker) {
    let woken = Arc::new(Woken::default());
    (Arc::clone(&woken), Waker::from(woken))
}

fn poll<T>(receiver: &mut Receiver<T>, waker: &Waker) -> Poll<Result<T, Unanswered>> {
    receiver.poll(&mut Context::from_waker(waker))
}

#[test]
fn an_answer_before_the_wait_is_there_at_once() {
    let (woken, waker) = waker();
    let (sender, mut receiver) = oneshot();
    assert!(sender.is_awaited());
    assert_eq!(sender.send(String::from("a")), Ok(()));
    assert_eq!(poll(&mut receiver, &waker), Poll::Ready(Ok(String::from("a"))));
    assert_eq!(woken.count(), 0);
    assert_eq!(poll(&mut receiver, &waker), Poll::Ready(Err(Unanswered)), "a second time there is nothing");
}

#[test]
fn an_answer_wakes_who_waits() {
    let (woken, waker) = waker();
    let (sender, mut receiver) = oneshot();
    assert_eq!(poll(&mut receiver, &waker), Poll::Pending);
    assert_eq!(poll(&mut receiver, &waker), Poll::Pending);
    assert_eq!(Arc::strong_count(&woken), 3, "here, in the waker, in the slot");
    assert_eq!(sender.send(7), Ok(()));
    assert_eq!((woken.count(), Arc::strong_count(&woken)), (1, 2));
    assert_eq!(poll(&mut receiver, &waker), Poll::Ready(Ok(7)));
}

#[test]
fn the_last_waker_is_woken() {
    let ((first_woken, first), (last_woken, last)) = (waker(), waker());
    let (sender, mut receiver) = oneshot();
    assert_eq!(poll(&mut receiver, &first), Poll::Pending);
    assert_eq!(Pin::new(&mut receiver).poll(&mut Context::from_waker(&last)), Poll::Pending);
    assert_eq!(Arc::strong_count(&first_woken), 2, "the slot has let go of it");
    assert_eq!(sender.send(7), Ok(()));
    assert_eq!((first_woken.count(), last_woken.count()), (0, 1));
}

#[test]
fn a_sender_that_goes_away_wakes_who_waits() {
    let (woken, waker) = waker();
    let (sender, mut receiver) = oneshot::<u32>();
    assert_eq!(poll(&mut receiver, &waker), Poll::Pending);
    drop(sender);
    assert_eq!(woken.count(), 1);
    assert_eq!(poll(&mut receiver, &waker), Poll::Ready(Err(Unanswered)));
    let (sender, mut receiver) = oneshot::<u32>();
    drop(sender);
    assert_eq!(poll(&mut receiver, &waker), Poll::Ready(Err(Unanswered)));
}

#[test]
fn a_receiver_that_goes_away_is_noticed_and_the_value_comes_back() {
    let (woken, waker) = waker();
    for polls in 0..3 {
        let (sender, mut receiver) = oneshot();
        for _ in 0..polls {
            assert_eq!(poll(&mut receiver, &waker), Poll::Pending);
        }
        drop(receiver);
        assert!(!sender.is_awaited());
        assert_eq!(Arc::strong_count(&woken), 2, "the waker goes with the receiver, not with the sender");
        assert_eq!(sender.send(vec![polls]), Err(vec![polls]));
    }
    assert_eq!(woken.count(), 0);
}

/// A value whose drops are counted.
struct Counted(Arc<AtomicUsize>);

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

#[test]
fn a_value_is_dropped_once_whoever_goes_when() {
    type Step = fn(&mut Option<Sender<Counted>>, &mut Option<Receiver<Counted>>, Counted);
    let send: Step = |sender, _, value| drop(sender.take().map(|sender| sender.send(value)));
    let poll: Step = |_, receiver, _| {
        if let Some(receiver) = receiver {
            drop(receiver.poll(&mut Context::from_waker(Waker::noop())));
        }
    };
    let leave: Step = |_, receiver, _| drop(receiver.take());
    let die: Step = |sender, _, _| drop(sender.take());
    let steps = [send, poll, leave, die];
    // Every sequence of four steps, and after each what is left goes away.
    for code in 0..steps.len().pow(4) {
        let (dropped, mut n_values) = (Arc::new(AtomicUsize::new(0)), 0);
        let (sender, receiver) = oneshot();
        let (mut sender, mut receiver) = (Some(sender), Some(receiver));
        for place in 0..4 {
            n_values += 1;
            let step = steps[code / steps.len().pow(place) % steps.len()];
            step(&mut sender, &mut receiver, Counted(Arc::clone(&dropped)));
        }
        drop((sender, receiver));
        assert_eq!(dropped.load(Ordering::SeqCst), n_values, "sequence {code}");
    }
}

/// A value whose drop panics.
struct Explosive;

impl Drop for Explosive {
    fn drop(&mut self) {
        panic!("boom");
    }
}

#[test]
fn a_value_that_panics_when_it_is_dropped_leaves_nothing_behind() {
    let (woken, waker) = waker();
    let (sender, mut receiver) = oneshot();
    assert!(receiver.poll(&mut Context::from_waker(&waker)).is_pending());
    assert!(sender.send(Explosive).is_ok());
    let said = catch_unwind(AssertUnwindSafe(|| drop(receiver))).expect_err("the drop panics");
    assert_eq!(said.downcast_ref::<&str>(), Some(&"boom"));
    assert_eq!((woken.count(), Arc::strong_count(&woken)), (1, 2));
}

#[test]
fn on_threads_each_answer_comes_once() {
    use std::sync::mpsc;
    let (to_answer, questions) = mpsc::channel::<(u64, Sender<u64>)>();
    let server = std::thread::Builder::new().spawn(move || {
        for (question, sender) in questions {
            match question % 10 {
                3 => drop(sender),
                _ => drop(sender.send(question * 2)),
            }
        }
    });
    struct Unpark(std::thread::Thread);
    impl Wake for Unpark {
        fn wake(self: Arc<Self>) {
            self.0.unpark();
        }
    }
    let waker = Waker::from(Arc::new(Unpark(std::thread::current())));
    for question in 0..20_000 {
        let (sender, mut receiver) = oneshot();
        to_answer.send((question, sender)).expect("the server lives");
        if question % 10 == 7 {
            // One look, and then nobody waits.
            let early = poll(&mut receiver, &waker);
            assert!(matches!(early, Poll::Pending | Poll::Ready(Ok(_))), "{early:?}");
            continue;
        }
        let answer = loop {
            match poll(&mut receiver, &waker) {
                Poll::Ready(answer) => break answer,
                Poll::Pending => std::thread::park(),
            }
        };
        let expected = if question % 10 == 3 { Err(Unanswered) } else { Ok(question * 2) };
        assert_eq!(answer, expected);
    }
    drop(to_answer);
    server.expect("a thread").join().expect("the server ends in order");
}
