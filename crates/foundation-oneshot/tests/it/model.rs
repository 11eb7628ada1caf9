//! Every interleaving of two threads on one slot, run by loom: no answer is lost, nobody sleeps for ever, nothing is
//! read while it is written, and every block, waker and value is given back once.

use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};

use foundation_oneshot::{Receiver, Unanswered, oneshot};
use loom::alloc::Track;
use loom::sync::Notify;
use loom::thread;

/// Wakes a thread of a model, and tells loom if it is never given back.
struct Bell {
    notify: Notify,
    _leak: Track<()>,
}

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        self.notify.notify();
    }
}

fn bell() -> (Arc<Bell>, Waker) {
    let bell = Arc::new(Bell { notify: Notify::new(), _leak: Track::new(()) });
    (Arc::clone(&bell), Waker::from(bell))
}

fn join<T>(thread: thread::JoinHandle<T>) -> T {
    thread.join().unwrap_or_else(|_| panic!("a thread of the model panicked"))
}

/// Polls until there is an end, and sleeps in between.
fn wait<T>(mut receiver: Receiver<T>) -> Result<T, Unanswered> {
    let (bell, waker) = bell();
    loop {
        match receiver.poll(&mut Context::from_waker(&waker)) {
            Poll::Ready(end) => return end,
            Poll::Pending => bell.notify.wait(),
        }
    }
}

/// An answer that is noticed when it is lost.
fn answer(value: u32) -> Track<Box<u32>> {
    Track::new(Box::new(value))
}

pub(crate) fn send_meets_poll() {
    let (sender, receiver) = oneshot();
    let server = thread::spawn(move || assert!(sender.send(answer(7)).is_ok()));
    assert_eq!(wait(receiver).map(|value| **value.get_ref()), Ok(7));
    join(server);
}

pub(crate) fn send_meets_the_end_of_the_receiver() {
    let (sender, mut receiver) = oneshot();
    let server = thread::spawn(move || match sender.send(answer(7)) {
        Ok(()) => None,
        Err(value) => Some(**value.get_ref()),
    });
    let (_bell, waker) = bell();
    let first = receiver.poll(&mut Context::from_waker(&waker)).is_ready();
    drop(receiver);
    let came_back = join(server);
    assert!(came_back.is_none_or(|value| value == 7 && !first));
}

pub(crate) fn send_meets_a_receiver_that_never_waited() {
    let (sender, receiver) = oneshot();
    let server = thread::spawn(move || drop(sender.send(answer(7))));
    drop(receiver);
    join(server);
}

pub(crate) fn the_end_of_the_sender_meets_poll() {
    let (sender, receiver) = oneshot::<u32>();
    let server = thread::spawn(move || drop(sender));
    assert_eq!(wait(receiver), Err(Unanswered));
    join(server);
}

pub(crate) fn the_end_of_the_sender_meets_the_end_of_the_receiver() {
    let (sender, mut receiver) = oneshot::<u32>();
    let server = thread::spawn(move || drop(sender));
    let (_bell, waker) = bell();
    let first = receiver.poll(&mut Context::from_waker(&waker));
    assert!(matches!(first, Poll::Pending | Poll::Ready(Err(Unanswered))));
    drop(receiver);
    join(server);
}

/// The receiver is polled by one task, then by another, which takes it over.
pub(crate) fn send_meets_another_waker() {
    let (sender, mut receiver) = oneshot();
    let server = thread::spawn(move || assert!(sender.send(answer(7)).is_ok()));
    let (_bell, first) = bell();
    match receiver.poll(&mut Context::from_waker(&first)) {
        Poll::Ready(end) => assert_eq!(end.map(|value| **value.get_ref()), Ok(7)),
        Poll::Pending => assert_eq!(wait(receiver).map(|value| **value.get_ref()), Ok(7)),
    }
    join(server);
}

/// The receiver moves to another thread after its first poll.
pub(crate) fn send_meets_a_receiver_that_moves() {
    let (sender, mut receiver) = oneshot();
    let server = thread::spawn(move || assert!(sender.send(answer(7)).is_ok()));
    let (_bell, first) = bell();
    if receiver.poll(&mut Context::from_waker(&first)).is_pending() {
        let other = thread::spawn(move || assert_eq!(wait(receiver).map(|value| **value.get_ref()), Ok(7)));
        join(other);
    }
    join(server);
}

pub(crate) fn a_look_at_the_receiver_meets_its_end() {
    let (sender, receiver) = oneshot();
    let server = thread::spawn(move || {
        let before = sender.is_awaited();
        let after = sender.is_awaited();
        assert!(before || !after, "nobody comes back");
        assert!(sender.send(answer(7)).is_err() || after, "who was gone gets no answer");
    });
    drop(receiver);
    join(server);
}

#[test]
fn every_interleaving_is_right() {
    for model in [
        send_meets_poll,
        send_meets_the_end_of_the_receiver,
        send_meets_a_receiver_that_never_waited,
        the_end_of_the_sender_meets_poll,
        the_end_of_the_sender_meets_the_end_of_the_receiver,
        send_meets_another_waker,
        send_meets_a_receiver_that_moves,
        a_look_at_the_receiver_meets_its_end,
    ] {
        loom::model(model);
    }
}
