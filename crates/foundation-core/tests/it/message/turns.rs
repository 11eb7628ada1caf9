//! Batches of messages in a turn, and fairness between processes on one worker: one thread of tokio, which runs tasks
//! in the order in which they are ready.

use std::sync::Arc;

use foundation_core::event::NodeId;
use foundation_core::{Address, Context, Exit, MailboxSettings, Process, Runtime, RuntimeParts, Spawner, Telemetry};
use foundation_memory::{SeededEntropy, SystemClock};
use futures_util::future::join_all;
use parking_lot::Mutex;

/// Who did a step, in order.
type Steps = Arc<Mutex<Vec<usize>>>;

/// Notes its number so often for each message, and lets others run in between when it has had its share.
struct Stepper {
    number: usize,
    steps: Steps,
}

impl Process for Stepper {
    type Message = u32;

    async fn handle(&mut self, steps: u32, ctx: &mut Context<Self>) -> Result<(), Exit> {
        for step in 0..steps {
            if step > 0 {
                ctx.yield_if_spent().await;
            }
            self.steps.lock().push(self.number);
        }
        Ok(())
    }

    fn mailbox(&self) -> MailboxSettings {
        MailboxSettings { capacity: usize::MAX, ..MailboxSettings::default() }
    }
}

/// Sends so many messages to each of four processes before any of them can run, and answers the lengths of their turns:
/// how many steps one of them did in a row, while all had something to do.
fn turns(messages: u32, steps: u32) -> Vec<(usize, usize)> {
    let steps_done = Steps::default();
    let thread = tokio::runtime::Builder::new_current_thread().build().unwrap();
    thread.block_on(async {
        let runtime = Runtime::new(RuntimeParts {
            clock: Arc::new(SystemClock::new()),
            entropy: Arc::new(SeededEntropy::new(1)),
            spawner: Spawner::current().unwrap(),
            node: NodeId::new("test").unwrap(),
            telemetry: Telemetry::none(),
        });
        let steppers: Vec<Address<u32>> =
            (0..4).map(|number| runtime.spawn("stepper", Stepper { number, steps: Arc::clone(&steps_done) })).collect();
        for stepper in &steppers {
            for _ in 0..messages {
                stepper.try_cast(steps).unwrap();
            }
        }
        // The last word of each: it ends when it has done everything.
        let ends = steppers.iter().map(|stepper| async {
            while stepper.mailbox_len() > 0 {
                tokio::task::yield_now().await;
            }
            stepper.stop(Exit::Normal);
            stepper.exited().await
        });
        for exit in join_all(ends).await {
            assert!(matches!(exit, Exit::Normal), "{exit}");
        }
    });
    let steps_done = steps_done.lock();
    assert_eq!(steps_done.len(), 4 * (messages * steps) as usize);
    let turns = steps_done.chunk_by(|a, b| a == b).map(|turn| (turn[0], turn.len()));
    // Once one has finished, the others have longer turns or none.
    let first_done = (messages * steps) as usize;
    let mut done = [0; 4];
    turns
        .take_while(|(number, length)| {
            done[*number] += length;
            done[*number] < first_done
        })
        .collect()
}

#[test]
fn processes_on_one_worker_take_turns_of_64_messages() {
    let turns = turns(1_000, 1);
    assert!(turns.len() >= 4 * 14, "{turns:?}");
    for round in turns.chunks_exact(4) {
        let mut numbers: Vec<_> = round.iter().map(|(number, _)| *number).collect();
        numbers.sort_unstable();
        assert_eq!(numbers, [0, 1, 2, 3], "each has one turn in each round: {turns:?}");
        assert!(round.iter().all(|(_, length)| *length == 64), "a batch of 64 in each turn: {turns:?}");
    }
}

#[test]
fn a_handler_that_computes_long_takes_turns_too() {
    let turns = turns(1, 1_000);
    assert!(turns.len() >= 4 * 14, "{turns:?}");
    for round in turns.chunks_exact(4) {
        let mut numbers: Vec<_> = round.iter().map(|(number, _)| *number).collect();
        numbers.sort_unstable();
        assert_eq!(numbers, [0, 1, 2, 3], "each has one turn in each round: {turns:?}");
        assert!(round.iter().all(|(_, length)| *length <= 64), "{turns:?}");
    }
}
