//! What became of the messages of a runtime, as something to assert.

use std::fmt::Write as _;

use foundation_core::{Ledger, Runtime};

/// Every message sent on `runtime` must have ended, or wait in a mailbox. Holds whenever nothing runs.
///
/// # Panics
/// Where the counts do not add up; the message shows them and by how much they differ.
#[track_caller]
pub fn assert_balanced(runtime: &Runtime) {
    if let Some(text) = imbalance(&runtime.ledger()) {
        panic!("{text}");
    }
}

/// What does not add up; `None` where everything does.
fn imbalance(ledger: &Ledger) -> Option<String> {
    let Ledger { sent, handled, rejected, undelivered, queued } = *ledger;
    let ended = handled + rejected + undelivered + queued;
    if sent == ended {
        return None;
    }
    let difference = sent.abs_diff(ended);
    let what = if sent > ended { "sent and not accounted for" } else { "counted more than once" };
    Some(format!(
        "the ledger does not add up: {difference} of the messages {what}\n  sent {sent} = handled {handled} + rejected \
         {rejected} + undelivered {undelivered} + queued {queued} ({ended} together)"
    ))
}

/// A mark in the ledger of a runtime, from which counts are compared.
///
/// ```
/// # use foundation_testkit::{LedgerProbe, Probe, each_seed};
/// each_seed(1, |world, runtime| {
///     let probe = Probe::spawn(world, runtime, "probe");
///     let mark = LedgerProbe::mark(runtime);
///     probe.address().try_cast("one").unwrap();
///     mark.delta().sent(1).handled(0).queued(1);
///     world.run_until_idle();
///     mark.delta().sent(1).handled(1).rejected(0).undelivered(0).queued(0);
/// });
/// ```
#[derive(Clone, Debug)]
pub struct LedgerProbe {
    runtime: Runtime,
    before: Ledger,
}

impl LedgerProbe {
    /// Takes the counts of now as the mark.
    #[must_use]
    pub fn mark(runtime: &Runtime) -> Self {
        Self { runtime: runtime.clone(), before: runtime.ledger() }
    }

    /// What has been added to the counts since the mark. Runs nothing.
    ///
    /// # Panics
    /// Where the counts of now do not add up.
    #[track_caller]
    #[must_use]
    pub fn delta(&self) -> Delta {
        assert_balanced(&self.runtime);
        Delta { before: self.before, after: self.runtime.ledger() }
    }
}

/// What was added to a ledger. Each function asserts one count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Delta {
    before: Ledger,
    after: Ledger,
}

macro_rules! counts {
    ($($(#[doc = $doc:literal])+ $count:ident;)+) => {
        impl Delta {
            $(
                $(#[doc = $doc])+
                ///
                /// # Panics
                /// Where it is another number; the message shows all counts.
                #[track_caller]
                pub fn $count(self, expected: i64) -> Self {
                    self.check(stringify!($count), |ledger| ledger.$count, expected)
                }
            )+

            /// The counts by name.
            const COUNTS: [(&'static str, fn(&Ledger) -> u64); 5] =
                [$((stringify!($count), |ledger| ledger.$count)),+];
        }
    };
}

counts! {
    /// So many messages were sent since.
    sent;
    /// So many were handed to their processes since.
    handled;
    /// So many were given back to their senders since.
    rejected;
    /// So many were in a mailbox when its process ended, or dropped by an overflow policy, since.
    undelivered;
    /// So many more wait in mailboxes; negative where it is fewer than at the mark.
    queued;
}

impl Delta {
    #[track_caller]
    fn check(self, name: &str, count: fn(&Ledger) -> u64, expected: i64) -> Self {
        let since = self.since(count);
        if since != expected {
            panic!("{}", self.told(&format!("since the mark: expected {expected} {name}, but it is {since}")));
        }
        self
    }

    fn since(&self, count: fn(&Ledger) -> u64) -> i64 {
        count(&self.after).cast_signed().wrapping_sub(count(&self.before).cast_signed())
    }

    /// All counts as a table, below `headline`.
    fn told(&self, headline: &str) -> String {
        let mut text = format!("{headline}\n  {:<12}{:>10}{:>10}{:>10}", "", "at mark", "now", "since");
        for (name, count) in Self::COUNTS {
            let (before, after) = (count(&self.before), count(&self.after));
            // Writing to a string does not fail.
            let _ = write!(text, "\n  {name:<12}{before:>10}{after:>10}{:>+10}", self.since(count));
        }
        text
    }
}

#[cfg(test)]
mod tests;
