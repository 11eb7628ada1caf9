//! The bytes that are allocated and not given back, of the whole program: what tells a leak from what an allocator
//! keeps for later, which the resident set does not.

use std::time::Duration;

use super::live;
use crate::failure::Failure;

#[cfg(feature = "counted-memory")]
#[global_allocator]
static MEMORY: peak_alloc::PeakAlloc = peak_alloc::PeakAlloc;

/// How long nothing may be given back before what is left counts as kept.
const QUIET: Duration = Duration::from_millis(100);
/// How long is waited for that at most.
const PATIENCE: Duration = Duration::from_secs(10);

/// The bytes that live now.
///
/// # Errors
/// Where this build does not count them.
#[cfg(feature = "counted-memory")]
pub(super) fn live_bytes() -> Result<u64, Failure> {
    Ok(MEMORY.current_usage() as u64)
}

/// The bytes that live now.
///
/// # Errors
/// Where this build does not count them, as here.
#[cfg(not(feature = "counted-memory"))]
pub(super) fn live_bytes() -> Result<u64, Failure> {
    Err(Failure::usage("this build does not count memory")
        .advise("use `cargo xtask chaos`, which builds one that does"))
}

/// The bytes that live when other threads have given back what they were about to.
///
/// # Errors
/// As [`live_bytes`].
pub(super) async fn settled_bytes() -> Result<u64, Failure> {
    let begun = live::now();
    let mut least = live_bytes()?;
    let mut since = live::now();
    while since.elapsed() < QUIET && begun.elapsed() < PATIENCE {
        live::pause(Duration::from_millis(5)).await;
        let bytes = live_bytes()?;
        if bytes < least {
            (least, since) = (bytes, live::now());
        }
    }
    Ok(least)
}
