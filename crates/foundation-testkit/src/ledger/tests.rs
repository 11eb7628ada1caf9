use foundation_core::Ledger;

use super::{Delta, imbalance};

const MARK: Ledger = Ledger { sent: 4, handled: 3, rejected: 0, undelivered: 0, queued: 1 };
const NOW: Ledger = Ledger { sent: 9, handled: 6, rejected: 1, undelivered: 2, queued: 0 };

#[test]
fn what_does_not_add_up_is_told_with_the_difference() {
    assert_eq!(imbalance(&NOW), None);
    assert_eq!(
        imbalance(&Ledger { sent: 11, ..NOW }).unwrap(),
        "the ledger does not add up: 2 of the messages sent and not accounted for\n  \
         sent 11 = handled 6 + rejected 1 + undelivered 2 + queued 0 (9 together)"
    );
    let twice = imbalance(&Ledger { undelivered: 3, ..NOW }).unwrap();
    assert!(twice.contains("1 of the messages counted more than once"), "{twice}");
}

#[test]
fn every_count_is_compared_and_shown() {
    let delta = Delta { before: MARK, after: NOW };
    delta.sent(5).handled(3).rejected(1).undelivered(2).queued(-1);
    let checks: [fn(Delta) -> Delta; 5] =
        [|d| d.sent(4), |d| d.handled(6), |d| d.rejected(0), |d| d.undelivered(3), |d| d.queued(0)];
    for (check, name) in checks.into_iter().zip(["sent", "handled", "rejected", "undelivered", "queued"]) {
        let panic = std::panic::catch_unwind(|| check(delta)).unwrap_err();
        let text = foundation_core::port::spawner::panic_message(panic.as_ref());
        assert!(text.starts_with("since the mark: expected ") && text.contains(&format!(" {name}, but")), "{text}");
    }
    assert_eq!(
        delta.told("since the mark: expected 4 handled, but it is 3"),
        "since the mark: expected 4 handled, but it is 3
                 at mark       now     since
  sent                 4         9        +5
  handled              3         6        +3
  rejected             0         1        +1
  undelivered          0         2        +2
  queued               1         0        -1"
    );
}
