use foundation_core::port::storage::{Revision, Ttl};

use super::*;

fn key(text: &str) -> Key {
    Key::new(text).unwrap()
}

fn put(text: &str) -> Write {
    Write::put(key(text), "x")
}

fn plan(writes: Vec<Write>) -> Plan {
    Plan::new("$KV.b.", || "bar".to_owned(), writes, 600)
}

fn shown(plan: &Plan, index: usize) -> Vec<String> {
    let headers = plan.headers(index, "id", (plan.messages.len() > 1).then_some("batch"));
    let mut shown: Vec<String> = headers
        .iter()
        .map(|(name, values)| format!("{name}: {}", values.iter().map(|value| value.as_str()).collect::<String>()))
        .collect();
    shown.sort();
    shown
}

#[test]
fn one_write_is_one_message_with_its_condition() {
    let one = plan(vec![put("a").when(Condition::At(Revision(7)))]);
    // It cannot take effect twice, so the server need not remember it.
    assert_eq!(shown(&one, 0), ["Foundation-Commit: id", "Nats-Expected-Last-Subject-Sequence: 7"]);
    let one = plan(vec![put("a").when(Condition::Absent)]);
    assert_eq!(shown(&one, 0), ["Nats-Expected-Last-Subject-Sequence: 0", "Nats-Msg-Id: id"]);
    let one = plan(vec![put("a").when(Condition::Fenced { by: key("o"), at: Revision(7) })]);
    assert_eq!(
        shown(&one, 0),
        [
            "Nats-Expected-Last-Subject-Sequence-Subject: $KV.b.o",
            "Nats-Expected-Last-Subject-Sequence: 7",
            "Nats-Msg-Id: id"
        ]
    );
    assert_eq!(one.revisions(9).collect::<Vec<_>>(), [9]);
}

#[test]
fn what_goes_by_itself_removes_what_came_before() {
    let expiring = plan(vec![put("a").expiring(Ttl::seconds(3))]);
    assert_eq!(shown(&expiring, 0), ["Nats-Msg-Id: id", "Nats-Rollup: sub", "Nats-TTL: 3"]);
    let deleting = plan(vec![Write::delete(key("a")).expiring(Ttl::seconds(3))]);
    assert_eq!(shown(&deleting, 0), ["KV-Operation: PURGE", "Nats-Msg-Id: id", "Nats-Rollup: sub", "Nats-TTL: 600"]);
}

#[test]
fn a_batch_is_numbered_and_its_last_message_commits() {
    let batch = plan(vec![put("a"), put("b")]);
    assert_eq!(shown(&batch, 0), ["Nats-Batch-Id: batch", "Nats-Batch-Sequence: 1", "Nats-Msg-Id: id"]);
    assert_eq!(shown(&batch, 1), ["Nats-Batch-Commit: 1", "Nats-Batch-Id: batch", "Nats-Batch-Sequence: 2"]);
    assert_eq!(batch.revisions(9).collect::<Vec<_>>(), [8, 9]);
}

#[test]
fn a_fence_by_a_key_of_the_batch_is_judged_ahead_of_it() {
    let fence = || Condition::Fenced { by: key("o"), at: Revision(7) };
    let writes = vec![put("o").when(Condition::At(Revision(7))), put("s").when(fence()), put("t").when(fence())];
    let batch = plan(writes);
    assert_eq!((batch.guards, batch.messages.len()), (1, 4));
    assert_eq!(batch.messages[0].subject, "bar");
    assert_eq!(
        shown(&batch, 0),
        [
            "Nats-Batch-Id: batch",
            "Nats-Batch-Sequence: 1",
            "Nats-Expected-Last-Subject-Sequence-Subject: $KV.b.o",
            "Nats-Expected-Last-Subject-Sequence: 7"
        ]
    );
    // The write of the key itself needs no second condition, nor do those that are fenced by it.
    assert!(batch.messages[1..].iter().all(|message| message.condition.is_none()));
    assert_eq!(batch.first_write().unwrap().subject, "$KV.b.o");
    assert_eq!(batch.revisions(9).collect::<Vec<_>>(), [7, 8, 9]);

    let other = plan(vec![put("s").when(fence()), put("t")]);
    assert_eq!(other.guards, 0, "nothing in the batch changes the owner");
}
