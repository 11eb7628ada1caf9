//! One value for many processes: encoded once, and each is given the same bytes.

use std::fmt;

use bytes::Bytes;
use futures_util::future::join_all;

use crate::port::registry::RegisteredName;
use crate::process::{Address, Refusal};
use crate::registry::ProcessGroups;

/// A value as bytes, for as many processes as there are to hear of it.
///
/// It can be cast again without encoding again: to others, or to those who had no room. Clones share the bytes.
///
/// ```
/// use foundation_core::message::{Broadcast, Bytes};
/// use foundation_testkit::{Probe, each_seed, expect_matches};
///
/// #[derive(Debug)]
/// enum Message {
///     News(Bytes),
/// }
///
/// each_seed(1, |world, runtime| {
///     let mut readers: Vec<_> = (0..3).map(|_| Probe::spawn(world, runtime, "reader")).collect();
///     let addresses: Vec<_> = readers.iter().map(|reader| reader.address()).collect();
///
///     let news = Broadcast::encode(&["rain", "sun"], postcard::to_allocvec).unwrap();
///     let delivery = news.try_cast_to(&addresses, Message::News);
///     assert_eq!(delivery.to_string(), "taken by 3 of 3");
///     for reader in &mut readers {
///         let bytes = expect_matches!(reader, Message::News(bytes) => bytes);
///         assert_eq!(postcard::from_bytes::<[&str; 2]>(&bytes).unwrap(), ["rain", "sun"]);
///     }
/// });
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Broadcast {
    bytes: Bytes,
}

/// Who took a broadcast, and who did not.
#[derive(Debug)]
#[must_use = "it says who did not take the broadcast"]
pub struct Delivery<M> {
    /// So many mailboxes took it. One that drops the newest message when it is full takes it too, and drops it.
    pub taken: usize,
    /// Those that did not, in the order they were asked.
    pub refused: Vec<Refused<M>>,
}

/// A process that did not take a broadcast.
#[derive(Debug)]
pub struct Refused<M> {
    /// The process.
    pub member: Address<M>,
    /// Why not.
    pub reason: Refusal,
}

impl Broadcast {
    /// Encodes `value`, once: `encode` may be `postcard::to_allocvec`, `serde_json::to_vec` or whatever the receivers
    /// read. Bytes that leave the program should begin with the version of their shape.
    ///
    /// # Errors
    /// Those of `encode`.
    pub fn encode<T, B, E>(value: &T, encode: impl FnOnce(&T) -> Result<B, E>) -> Result<Self, E>
    where
        T: ?Sized,
        B: Into<Bytes>,
    {
        encode(value).map(|bytes| Self { bytes: bytes.into() })
    }

    /// Bytes that were encoded before.
    pub fn of_bytes(bytes: impl Into<Bytes>) -> Self {
        Self { bytes: bytes.into() }
    }

    /// What each process is given.
    #[must_use]
    pub fn bytes(&self) -> &Bytes {
        &self.bytes
    }

    /// Casts it to each of `members`, in order and never waiting. `message` puts the bytes into a message; it is called
    /// once for each.
    ///
    /// A member that is slow does not hold up the others: it refuses it as [`Refusal::Full`], and may be asked again.
    pub fn try_cast_to<'a, M: Send + 'static>(
        &self,
        members: impl IntoIterator<Item = &'a Address<M>>,
        message: impl Fn(Bytes) -> M,
    ) -> Delivery<M> {
        let casts = members.into_iter().map(|member| (member, member.try_cast(message(self.bytes.clone()))));
        Delivery::of(casts.map(|(member, cast)| (member, cast.map_err(|error| error.reason))))
    }

    /// Casts it to each of `members`, and waits until each has taken it or refused it: those that make their senders
    /// wait for room are waited for together, each in its own line.
    ///
    /// # Cancel safety
    /// Dropping the future takes it back from those that have no room yet; the others have it.
    pub async fn cast_to<'a, M: Send + 'static>(
        &self,
        members: impl IntoIterator<Item = &'a Address<M>>,
        message: impl Fn(Bytes) -> M,
    ) -> Delivery<M> {
        let casts = members.into_iter().map(|member| {
            let message = message(self.bytes.clone());
            async move { (member, member.cast(message).await.map_err(|error| error.reason)) }
        });
        Delivery::of(join_all(casts).await)
    }

    /// Casts it to the present members of a group, as [`try_cast_to`](Self::try_cast_to). As in OTP's `pg`, one that
    /// joined several times gets it as often.
    pub fn try_cast_to_group<M: Send + 'static>(
        &self,
        groups: &ProcessGroups<M>,
        group: &RegisteredName,
        message: impl Fn(Bytes) -> M,
    ) -> Delivery<M> {
        self.try_cast_to(groups.members(group).iter(), message)
    }
}

impl<M> Delivery<M> {
    fn of<'a>(casts: impl IntoIterator<Item = (&'a Address<M>, Result<(), Refusal>)>) -> Self
    where
        M: 'a,
    {
        let mut delivery = Self { taken: 0, refused: Vec::new() };
        for (member, cast) in casts {
            match cast {
                Ok(()) => delivery.taken += 1,
                Err(reason) => delivery.refused.push(Refused { member: member.clone(), reason }),
            }
        }
        delivery
    }

    /// How many were asked.
    #[must_use]
    pub fn asked(&self) -> usize {
        self.taken + self.refused.len()
    }

    /// Those that had no room, to be asked again.
    pub fn full(&self) -> impl Iterator<Item = &Address<M>> {
        self.refused.iter().filter(|refused| matches!(refused.reason, Refusal::Full)).map(|refused| &refused.member)
    }
}

impl<M> fmt::Display for Delivery<M> {
    /// How many took it, and how many did not for which reason: "taken by 5 of 8; 2 full, 1 ended".
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "taken by {} of {}", self.taken, self.asked())?;
        let [mut full, mut ended, mut not_running, mut draining] = [0_usize; 4];
        for refused in &self.refused {
            match refused.reason {
                Refusal::Full => full += 1,
                Refusal::Stopped(_) => ended += 1,
                Refusal::NotRunning => not_running += 1,
                Refusal::Draining => draining += 1,
            }
        }
        let counts = [(full, "full"), (ended, "ended"), (not_running, "not running"), (draining, "draining")];
        for (place, (count, reason)) in counts.into_iter().filter(|(count, _)| *count > 0).enumerate() {
            write!(f, "{} {count} {reason}", if place == 0 { ";" } else { "," })?;
        }
        Ok(())
    }
}
