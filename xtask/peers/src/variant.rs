//! What ours and each peer have in common: a name, and a way to do one round of a row.

use std::pin::Pin;

use crate::idle::Idle;
use crate::{ours, raw_tokio};
#[cfg(feature = "peers")]
use crate::{with_actix, with_kameo, with_papaya, with_ractor};

/// One round; its figure in the row's unit.
pub(crate) type Round = Pin<Box<dyn Future<Output = f64> + Send>>;
/// What every message carries: 16 bytes.
pub(crate) type Payload = [u64; 2];
/// Processes of the row `ring`.
pub(crate) const RINGS: usize = 1_000;

/// Names in the table of the rows `lookup_1` and `lookup_2`.
pub(crate) const LOOKUP_NAMES: u64 = 1_024;
/// What a planned panic carries, so that the hook keeps quiet about it.
pub(crate) const PLANNED: &str = "planned";

/// How a process is made to end before it is restarted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Trouble {
    Kill,
    Panic,
}

/// Which half of an ecosystem's life is the figure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Phase {
    Up,
    Down,
}

/// The name of the `i`th process: 16 bytes, the same in every variant.
pub(crate) fn name_of(i: u64) -> String {
    format!("worker-{i:09}")
}

/// Ours or a peer.
#[derive(Clone, Copy)]
pub(crate) struct Variant {
    pub(crate) name: &'static str,
    /// A round of that many operations; `None` where the variant has no such row.
    pub(crate) round: fn(row: &str, n: u64) -> Option<Round>,
    /// Starts that many processes which wait for mail; `None` where the variant has no such row.
    pub(crate) idle: fn(row: &str, n: u64) -> Option<Idle>,
}

/// Those in this program, ours first.
pub(crate) const VARIANTS: &[Variant] = &[
    Variant { name: "ours", round: ours::round, idle: ours::idle },
    Variant { name: "tokio", round: raw_tokio::round, idle: raw_tokio::idle },
    #[cfg(feature = "peers")]
    Variant { name: "ractor", round: with_ractor::round, idle: with_ractor::idle },
    #[cfg(feature = "peers")]
    Variant { name: "kameo", round: with_kameo::round, idle: with_kameo::idle },
    #[cfg(feature = "peers")]
    Variant { name: "actix", round: with_actix::round, idle: |_row, _n| None },
    #[cfg(feature = "peers")]
    Variant { name: "papaya", round: with_papaya::round, idle: |_row, _n| None },
];
