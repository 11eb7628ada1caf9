//! Large payloads go from process to process without a copy.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use foundation_core::message::Bytes;
use foundation_core::{Address, Context, Exit, Process};
use foundation_testkit::{LedgerProbe, Probe};

use crate::support::{SECOND, each_seed};

/// A payload that tells when it is freed.
struct Counted {
    data: Vec<u8>,
    freed: Arc<AtomicUsize>,
}

impl AsRef<[u8]> for Counted {
    fn as_ref(&self) -> &[u8] {
        &self.data
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.freed.fetch_add(1, Ordering::Relaxed);
    }
}

/// A payload of a mebibyte, the place of its data, and how often it was freed.
fn payload() -> (Bytes, *const u8, Arc<AtomicUsize>) {
    let freed = Arc::new(AtomicUsize::new(0));
    let data = vec![7; 1 << 20];
    let place = data.as_ptr();
    (Bytes::from_owner(Counted { data, freed: Arc::clone(&freed) }), place, freed)
}

/// Passes what it gets on to all, without its first 1,000 bytes.
struct Relay(Vec<Address<Bytes>>);

impl Process for Relay {
    type Message = Bytes;

    async fn handle(&mut self, payload: Bytes, _: &mut Context<Self>) -> Result<(), Exit> {
        for next in &self.0 {
            next.cast(payload.slice(1_000..)).await.map_err(|error| Exit::failed(error.into()))?;
        }
        Ok(())
    }
}

#[test]
fn every_receiver_sees_the_senders_own_bytes() {
    each_seed(4, |world, runtime| {
        let (payload, place, freed) = payload();
        let mut readers: Vec<_> = (0..100).map(|_| Probe::spawn(world, runtime, "reader")).collect();
        let addresses = readers.iter().map(Probe::address).collect();
        let second = runtime.spawn("relay", Relay(addresses));
        let first = runtime.spawn("relay", Relay(vec![second]));
        first.try_cast(payload).unwrap();
        for reader in &mut readers {
            let seen: Bytes = reader.expect();
            assert_eq!((seen.as_ptr(), seen.len()), (place.wrapping_add(2_000), (1 << 20) - 2_000));
            assert_eq!(freed.load(Ordering::Relaxed), 0);
        }
        assert_eq!(freed.load(Ordering::Relaxed), 1, "the last reader let go");
    });
}

#[test]
fn a_payload_that_nobody_handles_is_freed_too() {
    each_seed(4, |world, runtime| {
        let (payload, _, freed) = payload();
        let mark = LedgerProbe::mark(runtime);
        let relay = runtime.spawn("relay", Relay(Vec::new()));
        for _ in 0..10 {
            relay.try_cast(payload.clone()).unwrap();
        }
        relay.kill();
        world.run_until_idle();
        drop(relay.try_cast(payload).unwrap_err());
        assert_eq!(freed.load(Ordering::Relaxed), 1, "one owner, however many messages it was in");
        mark.delta().undelivered(10).rejected(1);
        world.advance(SECOND);
    });
}
