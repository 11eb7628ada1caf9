//! The word that goes with a message.

use std::sync::Arc;

use foundation_core::{Address, Context, Exit, Process, Reply};
use parking_lot::Mutex;

use crate::support::{SECOND, each_seed};

/// Notes the word of each message and hands it on.
struct Relay {
    next: Option<Address<Hop>>,
    seen: Arc<Mutex<Vec<(u32, u64)>>>,
    place: u32,
}

enum Hop {
    /// Sets this word, where there is one, and goes on.
    On(Option<u64>),
    /// Goes on after a pause.
    Slowly,
    Ask(Reply<u64>),
}

impl Process for Relay {
    type Message = Hop;

    async fn handle(&mut self, message: Hop, ctx: &mut Context<Self>) -> Result<(), Exit> {
        if let Hop::On(Some(word)) = message {
            ctx.set_word(word);
        }
        if let Hop::Slowly = message {
            ctx.clock().sleep(SECOND).await;
        }
        self.seen.lock().push((self.place, ctx.word()));
        match (message, &self.next) {
            (Hop::Ask(reply), None) => {
                reply.send(ctx.word());
            }
            (Hop::Ask(reply), Some(next)) => {
                if let Ok(word) = next.call(Hop::Ask, SECOND).await {
                    assert_eq!(word, ctx.word(), "a call carries the word too, and it is kept over the wait");
                    reply.send(word);
                }
            }
            (Hop::On(_), Some(next)) => drop(next.cast(Hop::On(None)).await),
            (Hop::Slowly, Some(next)) => drop(next.try_cast(Hop::On(None))),
            (Hop::On(_) | Hop::Slowly, None) => {}
        }
        Ok(())
    }
}

#[test]
fn a_word_goes_on_with_what_a_handler_sends() {
    each_seed(20, |world, runtime| {
        let seen = Arc::new(Mutex::new(Vec::new()));
        let relay = |place, next| runtime.spawn("relay", Relay { next, seen: Arc::clone(&seen), place });
        let last = relay(3, None);
        let middle = relay(2, Some(last.clone()));
        let first = relay(1, Some(middle.clone()));
        first.try_cast(Hop::On(Some(7))).unwrap();
        world.run_until_idle();
        assert_eq!(std::mem::take(&mut *seen.lock()), [(1, 7), (2, 7), (3, 7)]);

        first.try_cast(Hop::On(None)).unwrap();
        world.run_until_idle();
        assert_eq!(std::mem::take(&mut *seen.lock()), [(1, 0), (2, 0), (3, 0)], "a word lasts for its message");

        assert_eq!(world.block_on(first.call(Hop::Ask, SECOND)).unwrap(), 0, "none comes from outside any process");
    });
}

#[test]
fn words_of_processes_that_wait_at_once_do_not_mix() {
    each_seed(20, |world, runtime| {
        let seen = Arc::new(Mutex::new(Vec::new()));
        let relay = |place, next| runtime.spawn("relay", Relay { next, seen: Arc::clone(&seen), place });
        let slow: Vec<_> = (10..14).map(|place| relay(place, None)).collect();
        let heads: Vec<_> = slow.iter().map(|slow| relay(0, Some(slow.clone()))).collect();
        for (head, word) in heads.iter().zip(20_u64..) {
            head.try_cast(Hop::On(Some(word))).unwrap();
            head.try_cast(Hop::Slowly).unwrap();
        }
        world.advance(3 * SECOND);
        let mut told: Vec<_> = seen.lock().iter().copied().filter(|(place, _)| *place >= 10).collect();
        told.sort_unstable();
        assert_eq!(told, [(10, 0), (10, 20), (11, 0), (11, 21), (12, 0), (12, 22), (13, 0), (13, 23)]);
    });
}
