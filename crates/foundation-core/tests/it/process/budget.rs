//! How long a process goes on before it lets others run.

use std::cell::RefCell;
use std::collections::BTreeSet;

use foundation_core::{MailboxSettings, Overflow};

use crate::support::{Diary, Do, Worker, each_seed};

/// How many messages a process with `budget` handles in a row, four budgets of them, while another one always has
/// something to do.
fn rows(budget: u16) -> BTreeSet<usize> {
    let rows = RefCell::new(BTreeSet::new());
    each_seed(20, |world, runtime| {
        let diary = Diary::default();
        let roomy = MailboxSettings { capacity: usize::MAX, overflow: Overflow::Reject };
        let begin = |name, budget| runtime.spawn(name, Worker::new(name, &diary).mailbox(roomy).turn_budget(budget));
        let (busy, other) = (begin("busy", budget), begin("other", 1));
        world.run_until_idle();
        diary.take();
        for number in 0..4 * u64::from(budget.max(1)) {
            busy.try_cast(Do::Note(number)).unwrap();
        }
        for number in 0..100 {
            other.try_cast(Do::Note(number)).unwrap();
        }
        world.run_until_idle();
        let entries = diary.take();
        let is_busy = |entry: &String| entry.starts_with("busy");
        let all = entries.chunk_by(|a, b| is_busy(a) == is_busy(b));
        rows.borrow_mut().extend(all.filter(|row| is_busy(&row[0])).map(<[String]>::len));
    });
    rows.into_inner()
}

#[test]
fn a_process_goes_on_for_as_many_messages_as_its_budget_says() {
    for budget in [1, 3, 64, 1_000] {
        let rows = rows(budget);
        let budget = usize::from(budget);
        // It may be its turn again at once.
        assert!(rows.iter().all(|row| row % budget == 0), "budget {budget}: {rows:?}");
        assert!(rows.contains(&budget), "budget {budget}: {rows:?}");
    }
    assert!(rows(0).contains(&1), "0 counts as 1");
}
