//! Futures, streams and intervals that a process listens to beside its mail.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use foundation_core::process::{Missed, SourceHandle, Tick};
use foundation_core::{Context, Exit, Process};
use futures_util::stream::{self, StreamExt as _};
use parking_lot::Mutex;

use crate::support::{SECOND, each_seed};

type Noted = Arc<Mutex<Vec<(u64, u64)>>>;

/// Notes the second at which each message comes, and what it says.
struct Listener(Noted, Option<SourceHandle>);

type Act = Box<dyn FnOnce(&mut Context<Listener>) -> Option<SourceHandle> + Send>;

enum Heard {
    Do(Act),
    Sleep(Duration),
    Cancel,
    Number(u64),
    Tick(Tick),
}

impl Process for Listener {
    type Message = Heard;

    async fn handle(&mut self, message: Heard, ctx: &mut Context<Self>) -> Result<(), Exit> {
        let now = ctx.clock().now().0 / 1_000_000_000;
        match message {
            Heard::Do(act) => self.1 = act(ctx),
            Heard::Sleep(span) => ctx.clock().sleep(span).await,
            Heard::Cancel => self.1.take().iter().for_each(SourceHandle::cancel),
            Heard::Number(number) => self.0.lock().push((now, number)),
            Heard::Tick(tick) => self.0.lock().push((now, tick.skipped)),
        }
        Ok(())
    }
}

fn act(act: impl FnOnce(&mut Context<Listener>) -> SourceHandle + Send + 'static) -> Heard {
    Heard::Do(Box::new(|ctx| Some(act(ctx))))
}

#[test]
fn a_future_is_waited_for_while_mail_goes_on() {
    each_seed(20, |world, runtime| {
        let noted = Noted::default();
        let listener = runtime.spawn("listener", Listener(Arc::clone(&noted), None));
        listener
            .try_cast(act(move |ctx| {
                let sleep = ctx.clock().sleep(3 * SECOND);
                ctx.pipe(
                    async move {
                        sleep.await;
                        7
                    },
                    Heard::Number,
                )
            }))
            .unwrap();
        world.advance(SECOND);
        listener.try_cast(Heard::Number(1)).unwrap();
        world.advance(9 * SECOND);
        assert_eq!(*noted.lock(), [(1, 1), (3, 7)]);
    });
}

#[test]
fn a_stream_gives_its_items_in_order_and_leaves_mail_its_turn() {
    each_seed(20, |world, runtime| {
        let noted = Noted::default();
        let listener = runtime.spawn("listener", Listener(Arc::clone(&noted), None));
        listener.try_cast(act(|ctx| ctx.attach(stream::iter(0..).take(1_000), Heard::Number))).unwrap();
        for number in 5_000..5_010 {
            listener.try_cast(Heard::Number(number)).unwrap();
        }
        world.run_until_idle();
        let heard: Vec<u64> = noted.lock().iter().map(|(_, number)| *number).collect();
        let items: Vec<u64> = heard.iter().copied().filter(|number| *number < 1_000).collect();
        assert_eq!(items, (0..1_000).collect::<Vec<_>>());
        let last_mail = heard.iter().rposition(|number| *number >= 5_000).unwrap();
        assert!(last_mail < 25, "mail waits for one item at most: {last_mail}");
    });
}

#[test]
fn an_interval_that_was_missed_follows_its_policy() {
    // Busy from second 1 to second 4.5: the firings of seconds 2, 3 and 4 are missed.
    let cases: [(Missed, &[(u64, u64)]); 3] = [
        (Missed::Skip, &[(1, 0), (5, 3), (6, 0)]),
        (Missed::Once, &[(1, 0), (4, 2), (5, 0), (6, 0)]),
        (Missed::All { at_most: 2 }, &[(1, 0), (4, 1), (4, 0), (5, 0), (6, 0)]),
    ];
    for (missed, expected) in cases {
        each_seed(20, |world, runtime| {
            let noted = Noted::default();
            let listener = runtime.spawn("listener", Listener(Arc::clone(&noted), None));
            listener.try_cast(act(move |ctx| ctx.send_interval(SECOND, missed, Heard::Tick))).unwrap();
            world.advance(SECOND + SECOND / 10);
            listener.try_cast(Heard::Sleep(4 * SECOND + SECOND / 2 - (SECOND + SECOND / 10))).unwrap();
            world.advance(5 * SECOND + SECOND / 2);
            assert_eq!(*noted.lock(), expected, "{missed:?}");
            listener.try_cast(Heard::Cancel).unwrap();
            world.advance(5 * SECOND);
            assert_eq!(noted.lock().len(), expected.len(), "a cancelled interval is silent");
        });
    }
}

#[test]
fn a_panic_in_what_a_process_listens_to_is_its_own_and_all_of_it_ends_with_the_life() {
    struct Dropped(Arc<AtomicBool>);
    impl Drop for Dropped {
        fn drop(&mut self) {
            self.0.store(true, Ordering::Relaxed);
        }
    }
    each_seed(20, |world, runtime| {
        let listener = runtime.spawn("listener", Listener(Noted::default(), None));
        let is_dropped = Arc::new(AtomicBool::new(false));
        let kept = Dropped(Arc::clone(&is_dropped));
        listener
            .try_cast(act(move |ctx| {
                ctx.pipe(std::future::pending::<()>(), move |()| {
                    let _held = &kept;
                    Heard::Number(0)
                })
            }))
            .unwrap();
        listener.try_cast(act(|ctx| ctx.pipe(async { panic!("planned in a source") }, |()| Heard::Number(0)))).unwrap();
        let exit = world.block_on(listener.exited());
        assert!(matches!(&exit, Exit::Panicked(text) if &**text == "planned in a source"), "{exit}");
        assert!(is_dropped.load(Ordering::Relaxed));
    });
}
