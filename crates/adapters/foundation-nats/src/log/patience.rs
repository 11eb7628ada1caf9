//! Trying again, for a bounded time, with growing pauses.

use std::sync::Arc;
use std::time::Duration;

use foundation_core::port::clock::{Clock, Monotonic};

use crate::connection::NatsConnection;
use crate::failure::Trouble;

const FIRST_PAUSE: Duration = Duration::from_millis(1);
const LONGEST_PAUSE: Duration = Duration::from_millis(250);

/// How much longer something is tried.
#[derive(Debug)]
pub(super) struct Patience {
    clock: Arc<dyn Clock>,
    until: Monotonic,
    pause: Duration,
}

impl Patience {
    /// As long as the settings let an unclear outcome be asked after: longer than the election of a leader takes.
    pub(super) fn of(connection: &NatsConnection) -> Self {
        let clock = Arc::clone(connection.clock());
        let until = clock.now() + connection.settings().resolve_timeout;
        Self { clock, until, pause: FIRST_PAUSE }
    }

    /// When it ends.
    pub(super) fn until(&self) -> Monotonic {
        self.until
    }

    /// Waits before the next attempt; `false` where there is no time for one.
    pub(super) async fn wait(&mut self) -> bool {
        let now = self.clock.now();
        if now >= self.until {
            return false;
        }
        self.clock.sleep_until((now + self.pause).min(self.until)).await;
        self.pause = (self.pause * 2).min(LONGEST_PAUSE);
        true
    }
}

/// Numbers of refusals that only the log meets.
pub(super) mod number {
    /// There is no rollup of that kind.
    pub(crate) const NO_SUCH_ROLLUP: u32 = 10111;
    /// Not all of an atomic batch arrived.
    pub(crate) const BATCH_INCOMPLETE: u32 = 10176;
    /// More atomic batches are under way than the server holds.
    pub(crate) const TOO_MANY_BATCHES: u32 = 10210;
}

/// Whether the trouble passes by itself.
pub(super) fn passes(trouble: &Trouble) -> bool {
    use foundation_core::Code;
    match trouble {
        Trouble::Refused(refusal) => {
            matches!(refusal.err_code, number::BATCH_INCOMPLETE | number::TOO_MANY_BATCHES)
                || matches!(refusal.meaning(), Code::ServiceUnavailable | Code::Timeout)
        }
        Trouble::Unsendable(_) => false,
        Trouble::NoResponders | Trouble::NotConnected(_) | Trouble::Lost(_) | Trouble::Garbled(_) => true,
    }
}
