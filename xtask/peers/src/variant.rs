//! What ours and each peer have in common: a name, and a way to do one round of a row.

use std::pin::Pin;

use crate::{ours, raw_tokio};

/// One round; its figure in the row's unit.
pub(crate) type Round = Pin<Box<dyn Future<Output = f64> + Send>>;
/// What every message carries: 16 bytes.
pub(crate) type Payload = [u64; 2];
/// Processes of the row `ring`.
pub(crate) const RINGS: usize = 1_000;

/// Ours or a peer.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Variant {
    pub(crate) name: &'static str,
    /// A round of that many operations; `None` where the variant has no such row.
    pub(crate) round: fn(row: &str, n: u64) -> Option<Round>,
}

/// Those in this program, ours first.
pub(crate) const VARIANTS: &[Variant] =
    &[Variant { name: "ours", round: ours::round }, Variant { name: "tokio", round: raw_tokio::round }];
