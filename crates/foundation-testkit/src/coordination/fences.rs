//! Fenced stores: the store itself refuses an older token.

use std::sync::Arc;

use foundation_core::Code;
use foundation_core::coordination::{FencedStore, Token};
use foundation_core::port::storage::{Bucket, Condition, Key, KeyValue, Read, Write};

use super::{LONG, at_last, distant, name};
use crate::case::refused;
use crate::world::World;

fn bucket() -> Bucket {
    Bucket::new("guarded").unwrap()
}

fn key(text: &str) -> Key {
    Key::new(text).unwrap()
}

fn guarded(store: &Arc<dyn KeyValue>) -> FencedStore {
    FencedStore::new(Arc::clone(store), bucket(), &name("a")).unwrap()
}

/// From the moment on at which a higher token is admitted, nothing is written with a lower one.
pub async fn an_older_token_is_refused_by_the_store(_: &World, store: &Arc<dyn KeyValue>) {
    let guarded = guarded(store);
    assert_eq!(guarded.highest().await.unwrap(), None);
    let five = guarded.admit(Token::from(5)).await.unwrap();
    five.write(Write::put(key("x"), "five")).await.unwrap();
    let also_five = guarded.admit(Token::from(5)).await.unwrap();
    also_five.write(Write::put(key("x"), "five again")).await.unwrap();
    five.write(Write::put(key("x"), "and again")).await.unwrap();

    let eight = guarded.admit(Token::from(8)).await.unwrap();
    for late in [&five, &also_five] {
        refused(late.write(Write::put(key("x"), "late")).await, Code::Fenced, "a write with an older token");
        refused(late.write(Write::put(key("new"), "late")).await, Code::Fenced, "a new key with an older token");
        refused(late.write(Write::delete(key("x"))).await, Code::Fenced, "a delete with an older token");
    }
    refused(guarded.admit(Token::from(7)).await, Code::Fenced, "an older token at the door");
    assert_eq!(guarded.highest().await.unwrap(), Some(Token::from(8)));
    let found = eight.get(&key("x")).await.unwrap().unwrap();
    assert_eq!(&found.value[..], b"and again");
    eight.write(Write::put(key("x"), "eight").when(Condition::At(found.revision))).await.unwrap();
}

/// Writes keep their own conditions; a conflict with those is no fence, and what is behind the fence is.
pub async fn fenced_writes_keep_their_conditions(_: &World, store: &Arc<dyn KeyValue>) {
    let guarded = guarded(store);
    let five = guarded.admit(Token::from(5)).await.unwrap();
    let fresh = || Write::put(key("x"), "1").when(Condition::Absent);
    let revision = five.write(fresh()).await.unwrap();
    refused(five.write(fresh()).await, Code::Conflict, "a condition of the write itself");
    let batch = vec![
        Write::put(key("x"), "2").when(Condition::At(revision)),
        Write::put(key("y"), "2").when(Condition::Absent),
    ];
    assert_eq!(five.commit(batch).await.unwrap().len(), 2, "a revision for each write and none beside");
    assert_eq!(five.commit(Vec::new()).await.unwrap(), []);
    let other = Condition::Fenced { by: key("y"), at: revision };
    refused(five.write(Write::put(key("x"), "3").when(other)).await, Code::InvalidInput, "a second fence");

    guarded.admit(Token::from(6)).await.unwrap();
    let now = store.get(&bucket(), &key("x"), Read::Strict).await.unwrap().unwrap();
    let late = Write::put(key("x"), "late").when(Condition::At(now.revision));
    refused(five.write(late).await, Code::Fenced, "a condition that holds, with an older token");
    assert_eq!(store.get(&bucket(), &key("x"), Read::Strict).await.unwrap(), Some(now));
}

/// Holders that go on writing while they are overtaken: what is written never goes back to an older token.
pub async fn written_tokens_never_go_back(world: &World, store: &Arc<dyn KeyValue>) {
    let until = at_last(world);
    let racers = (0..5_u64).map(|number| {
        let (program, connection) = distant(world, store, number, LONG);
        connection.lose_answers(5);
        let port: Arc<dyn KeyValue> = Arc::clone(&connection) as _;
        let (lock, guarded, plain) = (program.lock(&name("a")).unwrap(), guarded(&port), Arc::clone(store));
        async move {
            let lease = lock.take(until).await.unwrap();
            let token = lease.token().unwrap();
            let writer = guarded.admit(token).await.unwrap();
            // It gives the lock away and goes on, as one that was stopped would.
            drop(lease);
            let mut written = 0;
            loop {
                let before = plain.get(&bucket(), &key("x"), Read::Strict).await.unwrap();
                let before = before.map_or(0, |entry| u64::from_be_bytes(entry.value[..].try_into().unwrap()));
                let write = Write::put(key("x"), token.as_u64().to_be_bytes().to_vec());
                match writer.write(write).await {
                    Ok(_) => {
                        assert!(before <= token.as_u64(), "{token} was written over {before}");
                        written += 1;
                        if written == 20 {
                            return token;
                        }
                    }
                    Err(error) if error.code() == Code::OutcomeUnknown => {}
                    Err(error) => {
                        assert_eq!(error.code(), Code::Fenced, "{error}");
                        return token;
                    }
                }
            }
        }
    });
    let highest = world.race(racers).await.into_iter().max();
    assert_eq!(guarded(store).highest().await.unwrap(), highest);
    let last = store.get(&bucket(), &key("x"), Read::Strict).await.unwrap().unwrap();
    assert_eq!(
        Some(&last.value[..]),
        highest.map(|token| token.as_u64().to_be_bytes()).as_ref().map(|bytes| &bytes[..])
    );
}
