//! Operations on a lock and on what it protects.
//!
//! A client writes with what it was admitted with, also when its lease is over: it plays the holder that was stopped
//! between a look at its lease and its write.

use foundation_core::Code;
use foundation_core::coordination::{CoordinationName, FencedStore, FencedWriter, Lease};
use foundation_core::port::storage::{Bucket, Key, Read, Write};
use foundation_core::{Error, Result};

use super::{Client, Fate, LEASE_LIFE, Tools, fate, new_value};
use crate::chaos::history::Open;
use crate::chaos::linear::lock::{Op, Said};

/// The bucket of the resources.
const RESOURCES: &str = "resources";

/// What a client has of a lock: a lease that may be over, and what the resource admitted it with.
pub(super) struct Holding {
    request: u64,
    token: u64,
    lease: Option<Lease>,
    writer: Option<FencedWriter>,
}

/// Where the resource of a lock lies.
struct Resource {
    lock: CoordinationName,
    bucket: Bucket,
    key: Key,
}

impl Resource {
    fn of(name: &str) -> Result<Self> {
        let (lock, bucket) = (CoordinationName::new(name)?, Bucket::new(RESOURCES)?);
        Ok(Self { lock, bucket, key: Key::new(format!("{name}.resource"))? })
    }

    fn fenced(&self, tools: &Tools) -> Result<FencedStore> {
        FencedStore::new(tools.store.clone(), self.bucket.clone(), &self.lock)
    }
}

impl Client {
    pub(super) async fn operate_lock(&mut self, lock: usize) -> bool {
        let Ok(resource) = Resource::of(&self.objects.locks[lock].name) else { return false };
        let Some(mut holding) = self.held.remove(&lock) else {
            return match self.random.below(10) {
                0..3 => self.read_resource(lock).await,
                _ => self.acquire(lock, &resource).await,
            };
        };
        let (was_answered, keeps) = match (holding.lease.is_some(), self.random.below(10)) {
            (_, 0..2) => (self.read_resource(lock).await, true),
            (true, 2..5) => (self.release(lock, &mut holding).await, true),
            (false, 2..5) => (self.acquire(lock, &resource).await, false),
            _ => (self.write_guarded(lock, &resource, &mut holding).await, true),
        };
        if keeps {
            self.held.insert(lock, holding);
        }
        was_answered
    }

    async fn acquire(&mut self, lock: usize, resource: &Resource) -> bool {
        let request = new_value();
        let Ok(asked) = self.tools.coordination.lock(&resource.lock) else { return false };
        let call = self.objects.locks[lock].calls.invoke(self.number, Op::Acquire { request, life: LEASE_LIFE });
        match asked.try_take().await {
            Ok(None) => call.answered(Said::Busy),
            Ok(Some(lease)) => match lease.token() {
                Ok(token) => {
                    call.answered(Said::Granted(token.as_u64()));
                    let mut holding = Holding { request, token: token.as_u64(), lease: Some(lease), writer: None };
                    self.write_guarded(lock, resource, &mut holding).await;
                    // Mostly not for long, so that the lock goes round and there are many holders of before.
                    if self.random.below(3) > 0 {
                        self.release(lock, &mut holding).await;
                    }
                    self.held.insert(lock, holding);
                }
                // It took so long that the lease is over already; its token is not told any more.
                Err(_) => call.unknown(),
            },
            // Whatever the error is: it may have been taken for a while.
            Err(_) => {
                call.unknown();
                return false;
            }
        }
        true
    }

    async fn release(&mut self, lock: usize, holding: &mut Holding) -> bool {
        let Some(lease) = holding.lease.take() else { return true };
        let call = self.objects.locks[lock].calls.invoke(self.number, Op::Release { request: holding.request });
        match lease.release().await {
            Ok(()) => {
                call.answered(Said::Released);
                true
            }
            // Whatever the error is: the lease is given up and may stand until it lapses.
            Err(_) => {
                call.unknown();
                false
            }
        }
    }

    async fn write_guarded(&mut self, lock: usize, resource: &Resource, holding: &mut Holding) -> bool {
        let calls = &self.objects.locks[lock].calls;
        let token = holding.token;
        if holding.writer.is_none() {
            let Ok(fenced) = resource.fenced(&self.tools) else { return false };
            let call = calls.invoke(self.number, Op::Admit { token });
            match fenced.admit(token.into()).await {
                Ok(writer) => {
                    call.answered(Said::Accepted);
                    holding.writer = Some(writer);
                }
                Err(error) if error.code() == Code::Fenced => {
                    call.answered(Said::Stale);
                    return true;
                }
                // It is tried more than once, and the last error says nothing of the first attempt.
                Err(_) => {
                    call.unknown();
                    return false;
                }
            }
        }
        let Some(writer) = &holding.writer else { return false };
        let value = new_value();
        let call = calls.invoke(self.number, Op::Write { token, value });
        match writer.write(Write::put(resource.key.clone(), value.to_string())).await {
            Ok(_) => call.answered(Said::Accepted),
            Err(error) if error.code() == Code::Fenced => call.answered(Said::Stale),
            Err(error) => return unanswered(call, &error),
        }
        true
    }

    /// Gives up what is still held, so that it does not end unnoticed with the client.
    pub(super) async fn release_all(&mut self) {
        for (lock, mut holding) in std::mem::take(&mut self.held) {
            self.release(lock, &mut holding).await;
        }
    }

    pub(super) async fn read_resource(&mut self, lock: usize) -> bool {
        let object = &self.objects.locks[lock];
        let Ok(resource) = Resource::of(&object.name) else { return false };
        let call = object.calls.invoke(self.number, Op::Read);
        match self.tools.store.get(&resource.bucket, &resource.key, Read::Strict).await {
            Ok(found) => {
                let value = |bytes: &[u8]| std::str::from_utf8(bytes).ok().and_then(|text| text.parse().ok());
                call.answered(Said::Found(found.map(|entry| value(&entry.value).unwrap_or(0))));
                true
            }
            Err(_) => {
                call.refused();
                false
            }
        }
    }
}

fn unanswered(call: Open<Op, Said>, error: &Error) -> bool {
    match fate(error) {
        Fate::Refused => call.refused(),
        Fate::Unknown => call.unknown(),
    }
    false
}
